"""Why a batch was refused as a whole."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class TooManyRows(DomainError):
    """More callers than are taken down in one go."""

    kind = ErrorKind.TOO_LARGE
    code = "too-many-callers"
    title = N_("At most {most} callers at once")
