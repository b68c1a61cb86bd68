"""What can go wrong with a supervision order."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class NoOrder(DomainError):
    """The ticket has no order that somebody still owes something on."""

    code = "no-supervision-order"
    title = N_("No supervision order is open on this ticket")


class OrderExists(DomainError):
    """An order of the same or a higher level is open already."""

    code = "supervision-order-exists"
    title = N_("The supervision order {number} is open on this ticket already")


class OrderAtTop(DomainError):
    """An order cannot be raised any further by whoever asked."""

    code = "supervision-order-at-top"
    title = N_("A supervision order of level {level} is not raised any further here")


class OrderMoveRefused(DomainError):
    """An order's state does not allow this."""

    code = "supervision-order-state"
    title = N_("The supervision order is {state}: this cannot be done with it now")


class NothingToUrge(DomainError):
    """No ticket of the list would be urged."""

    code = "nothing-to-urge"
    title = N_("There is no ticket in this list that would be urged now")


class UrgeRunNotFound(DomainError):
    """There is no such run, or it is somebody else's."""

    kind = ErrorKind.NOT_FOUND
    code = "urge-run-not-found"
    title = N_("There is no such urging")


class InvalidOrderLevel(DomainError):
    """There is no such level of orders."""

    kind = ErrorKind.INVALID
    code = "invalid-order-level"
    title = N_("A supervision order is of level 1, 2, 3 or 4, not {level}")


class ListingNotFound(DomainError):
    """There is no such matter on the list of supervision."""

    kind = ErrorKind.NOT_FOUND
    code = "listing-not-found"
    title = N_("There is no matter {number} on the list of supervision")


class AlreadyDelisted(DomainError):
    """The matter was taken off the list before."""

    code = "already-delisted"
    title = N_("This matter was taken off the list already")


class InterviewNotFound(DomainError):
    """There is no such interview for this person."""

    kind = ErrorKind.NOT_FOUND
    code = "interview-not-found"
    title = N_("There is no interview {number}")


class ProposalNotFound(DomainError):
    """No proposal of an interview waits under this id."""

    kind = ErrorKind.NOT_FOUND
    code = "interview-proposal-not-found"
    title = N_("There is no such proposal that waits")


class InterviewMoveRefused(DomainError):
    """An interview's state does not allow this."""

    code = "interview-state"
    title = N_("The interview is {state}: this cannot be done with it now")


class HeldInFuture(DomainError):
    """An interview cannot have been held at an instant that is still to come."""

    kind = ErrorKind.INVALID
    code = "interview-not-held"
    title = N_("The interview has not been held yet: its record is written afterwards")


class InvalidFollowUp(DomainError):
    """What follows an interview lies before it."""

    kind = ErrorKind.INVALID
    code = "invalid-follow-up"
    title = N_("Promises and the follow-up must fall due after the interview")


class PromisesOpen(DomainError):
    """Promises of an interview are not done yet."""

    code = "promises-open"
    title = N_("{count} promises are not done: say why the interview is closed all the same")


class PromiseNotFound(DomainError):
    """The interview has no such promise."""

    kind = ErrorKind.NOT_FOUND
    code = "promise-not-found"
    title = N_("The interview has no promise {position}")


class PromiseDone(DomainError):
    """A promise was done before."""

    code = "promise-done"
    title = N_("This promise is done already")


class BulletinNotFound(DomainError):
    """There is no such bulletin for this person."""

    kind = ErrorKind.NOT_FOUND
    code = "bulletin-not-found"
    title = N_("There is no such bulletin")


class BulletinMoveRefused(DomainError):
    """A bulletin's state does not allow this."""

    code = "bulletin-state"
    title = N_("The bulletin is {state}: this cannot be done with it now")


class SecondPersonForBulletin(DomainError):
    """One person alone would stand behind a bulletin."""

    kind = ErrorKind.FORBIDDEN
    code = "bulletin-second-person"
    title = N_("A bulletin needs two persons: somebody else has to do this")


class InvalidPeriod(DomainError):
    """A bulletin's period cannot be counted."""

    kind = ErrorKind.INVALID
    code = "invalid-period"
    title = N_("The period must end by today, not before it begins, and be a year at most")


class StaleRecord(DomainError):
    """Somebody else acted on an interview or a bulletin since it was read."""

    code = "stale-record"
    title = N_("Somebody else has changed this meanwhile: read it again, then repeat your action")


class ClueNotFound(DomainError):
    """There is no such clue for this person."""

    kind = ErrorKind.NOT_FOUND
    code = "clue-not-found"
    title = N_("There is no clue {number}")


class ClueMoveRefused(DomainError):
    """A clue's state does not allow this."""

    code = "clue-state"
    title = N_("The clue is {state}: this cannot be done with it now")
