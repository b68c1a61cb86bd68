"""What can go wrong while a citizen helps himself."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class SubmissionNotFound(DomainError):
    """Nothing is kept under this key: never begun, sent long ago, or forgotten."""

    kind = ErrorKind.NOT_FOUND
    code = "begun-report-gone"
    title = N_("What was typed here is kept for a day and is gone: please begin again")


class SubmissionTooLong(DomainError):
    """More was typed than any ticket could hold."""

    kind = ErrorKind.TOO_LARGE
    code = "begun-report-too-long"
    title = N_("This is too long to be kept: at most {most} characters")


class PhotoNotFound(DomainError):
    """There is no such photo here."""

    kind = ErrorKind.NOT_FOUND
    code = "sent-photo-not-found"
    title = N_("There is no such photo")


class MonthNotPublished(DomainError):
    """There are no public figures of this month."""

    kind = ErrorKind.NOT_FOUND
    code = "month-not-published"
    title = N_("There are no public figures of {month}")


class MonthNotOver(DomainError):
    """A month is published when it is over and what it promised has had its time."""

    kind = ErrorKind.CONFLICT
    code = "month-not-over"
    title = N_("The figures of {month} can be published from {day} on")


class NothingToRevise(DomainError):
    """Counted again, the figures are the same."""

    kind = ErrorKind.CONFLICT
    code = "nothing-to-revise"
    title = N_("Counted again, the figures of {month} are the same: there is nothing to correct")
