"""What can go wrong with an action on many tickets, before any of them is touched."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class NothingChosen(DomainError):
    """No ticket was chosen, or none that the person may see."""

    kind = ErrorKind.INVALID
    code = "nothing-chosen"
    title = N_("Choose the tickets first")


class TooManyChosen(DomainError):
    """More tickets than one run takes."""

    kind = ErrorKind.INVALID
    code = "too-many-chosen"
    title = N_("At most {most} tickets at once; {count} were chosen")


class WordsMissing(DomainError):
    """What has to be said with the action is missing."""

    kind = ErrorKind.INVALID
    code = "bulk-words-missing"
    title = N_("Say what goes with it: {field}")


class BulkRunNotFound(DomainError):
    """There is no such run of this person."""

    kind = ErrorKind.NOT_FOUND
    code = "bulk-run-not-found"
    title = N_("You have not started this")
