"""What can go wrong when a house is founded by sheets."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class SetupFileRefused(DomainError):
    """A file that is no sheet of a house."""

    kind = ErrorKind.INVALID
    code = "setup-file-refused"
    title = N_("The file cannot be read: {problem}")


class SetupFileNotFound(DomainError):
    """No such file waits, or it is somebody else's."""

    kind = ErrorKind.NOT_FOUND
    code = "setup-file-not-found"
    title = N_("There is no such file: upload it again")
