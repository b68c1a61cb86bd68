"""What can go wrong where something leaves the house."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class ExportNotFound(DomainError):
    """No such export, or none of his."""

    kind = ErrorKind.NOT_FOUND
    code = "export-not-found"
    title = N_("There is no such export")


class ListNotFound(DomainError):
    """No list of this name can be exported, or not by him."""

    kind = ErrorKind.NOT_FOUND
    code = "list-not-found"
    title = N_("There is no such list to export: {list}")


class ExportNeedsReason(DomainError):
    """Personal data leave for a written reason only."""

    kind = ErrorKind.INVALID
    code = "export-needs-reason"
    title = N_("Say in 4 to 200 characters what the personal data are needed for")


class NoPersonalData(DomainError):
    """The list has no personal data to be shown in full."""

    kind = ErrorKind.INVALID
    code = "no-personal-data"
    title = N_("This list has no personal data to be shown in full")


class ExportQuotaSpent(DomainError):
    """He has exported enough for a day."""

    kind = ErrorKind.TOO_MANY
    code = "export-quota-spent"
    title = N_(
        "You have exported as much as is allowed within 24 hours: {exports}, {personal} personal"
    )


class TooManyRows(DomainError):
    """The list is longer than an export may be."""

    kind = ErrorKind.TOO_LARGE
    code = "too-many-rows"
    title = N_("The list has more than {most} rows: narrow it")


class ExportNotReady(DomainError):
    """Its file is not there: not yet, no more, or never kept."""

    kind = ErrorKind.CONFLICT
    code = "export-not-ready"
    title = N_("There is no file to fetch: the export is {state}")
