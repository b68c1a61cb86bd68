"""What can go wrong with a hand-over file."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class HandOverFileNotFound(DomainError):
    """There is no file of this number."""

    kind = ErrorKind.NOT_FOUND
    code = "hand-over-file-not-found"
    title = N_("There is no hand-over file {number}")


class NothingToHandOver(DomainError):
    """A file holds at least one ticket and not more than can be carried."""

    kind = ErrorKind.INVALID
    code = "nothing-to-hand-over"
    title = N_("Choose 1 to {most} tickets")


class NoRecipient(DomainError):
    """It is not said whom the file is for."""

    kind = ErrorKind.INVALID
    code = "no-recipient"
    title = N_("Say whom the file is for")


class TicketsNotFound(DomainError):
    """Numbers of tickets that there are not."""

    kind = ErrorKind.NOT_FOUND
    code = "tickets-not-found"
    title = N_("There are no such tickets: {numbers}")


class HandedOverBefore(DomainError):
    """A ticket goes to one authority at a time, until that one refuses it."""

    kind = ErrorKind.CONFLICT
    code = "handed-over-before"
    title = N_("These tickets stand in a hand-over file that was not refused: {numbers}")


class HandOverGiven(DomainError):
    """It was handed over before."""

    kind = ErrorKind.CONFLICT
    code = "hand-over-given"
    title = N_("The file was handed over before")


class HandOverNotGiven(DomainError):
    """Nobody answers a file that he has not been given."""

    kind = ErrorKind.CONFLICT
    code = "hand-over-not-given"
    title = N_("Say first that the file was handed over")


class HandOverFileGone(DomainError):
    """Once all of it is answered, the file is not kept."""

    kind = ErrorKind.CONFLICT
    code = "hand-over-file-gone"
    title = N_("Every ticket of the file is answered: the file itself is not kept any more")


class HandOverFileOfOther(DomainError):
    """A file with requesters in full is fetched by whoever answers for it."""

    kind = ErrorKind.FORBIDDEN
    code = "hand-over-file-of-other"
    title = N_("Requesters stand in this file in full: only who made it may fetch it")


class ReceiptRefused(DomainError):
    """The file of the other side cannot be read as a whole."""

    kind = ErrorKind.INVALID
    code = "receipt-not-taken"
    title = N_("The receipt cannot be read: {why}")


class NotAHandOverFile(DomainError):
    """The file is none of ours, or something was done to it."""

    kind = ErrorKind.INVALID
    code = "not-a-hand-over-file"
    title = N_("This is no hand-over file as it was made: {why}")
