"""What can go wrong with entering events."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class NotAnEvent(DomainError):
    """A code that is not entered: it counts in a rate only, or cancels another event."""

    kind = ErrorKind.INVALID
    code = "not-a-credit-event"
    title = N_("{code} is no event to be entered")


class SecondPersonOfCheckNeeded(DomainError):
    """Whoever decides must not have proposed it, nor be of the department."""

    kind = ErrorKind.FORBIDDEN
    code = "credit-second-person"
    title = N_("This takes another person, who is not of the department")


class ProposalNotFound(DomainError):
    """There is no such proposal."""

    kind = ErrorKind.NOT_FOUND
    code = "credit-proposal-not-found"
    title = N_("There is no such proposal")


class ProposalOver(DomainError):
    """It was decided already."""

    kind = ErrorKind.CONFLICT
    code = "credit-proposal-over"
    title = N_("This proposal was decided already")


class AlreadyProposedForEntry(DomainError):
    """That an entry is taken back was proposed before and waits for a second person."""

    kind = ErrorKind.CONFLICT
    code = "credit-reversal-waits"
    title = N_("It waits for a second person already")


class NothingToRestOn(DomainError):
    """An event rests on a ticket or on a document."""

    kind = ErrorKind.INVALID
    code = "credit-event-without-proof"
    title = N_("Name the ticket or the document that it rests on")


class NoPartInTicket(DomainError):
    """The department had nothing to do with the ticket."""

    kind = ErrorKind.INVALID
    code = "credit-no-part-in-ticket"
    title = N_("{department} had no task on ticket {number}")


class PersonalDataInWords(DomainError):
    """What is written into the ledger cannot be taken out again, so nobody may be named in it."""

    kind = ErrorKind.INVALID
    code = "credit-personal-data"
    title = N_("Leave out names, numbers and addresses of people: the ledger keeps every word")


class EntryIsReversal(DomainError):
    """An entry that takes another one back is not taken back itself."""

    kind = ErrorKind.CONFLICT
    code = "credit-entry-is-reversal"
    title = N_("This entry takes another one back: enter the event anew instead")
