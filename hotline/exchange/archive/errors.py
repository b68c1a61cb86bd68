"""Why an archive is refused. Each of them comes before a single row is written."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class NoArchive(DomainError):
    """The file is not an archive of ours, or only a part of one."""

    kind = ErrorKind.INVALID
    code = "no-archive"
    title = N_("This is no whole archive: {problem}")


class ArchiveAltered(DomainError):
    """What stands in the file is not what was written."""

    kind = ErrorKind.INVALID
    code = "archive-altered"
    title = N_("The archive was damaged or altered: {problem}")


class ArchiveTooNew(DomainError):
    """Its format is one that this program does not know."""

    kind = ErrorKind.INVALID
    code = "archive-too-new"
    title = N_("The archive has format {version}; this program reads format {known}")


class WrongPassphrase(DomainError):
    """The passphrase is not the one with which it was written."""

    kind = ErrorKind.INVALID
    code = "wrong-passphrase"
    title = N_("The passphrase does not open this archive")


class ShortPassphrase(DomainError):
    """The passphrase protects everybody's personal data: it may not be guessed."""

    kind = ErrorKind.INVALID
    code = "short-passphrase"
    title = N_("The passphrase needs at least {least} characters")


class OtherRevision(DomainError):
    """It was made by a program with other tables."""

    kind = ErrorKind.CONFLICT
    code = "other-revision"
    title = N_(
        "The archive is of revision {archive}, the database of {database}: use the program that "
        "made the archive, and upgrade afterwards"
    )


class SystemNotEmpty(DomainError):
    """There are data already; an archive is not mixed with them."""

    kind = ErrorKind.CONFLICT
    code = "system-not-empty"
    title = N_("An archive goes into an empty system only; there are rows in {tables}")


class UnknownColumns(DomainError):
    """Nobody has said whether a column of bytes is a secret of this house."""

    kind = ErrorKind.CONFLICT
    code = "unknown-columns"
    title = N_("It is not known how to carry these columns: {columns}")


class NotAsArchived(DomainError):
    """What was written is not what stands in the archive; all of it was taken back."""

    kind = ErrorKind.CONFLICT
    code = "not-as-archived"
    title = N_("What was written differs from the archive in {table}; nothing was kept")
