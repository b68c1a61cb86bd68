"""What can go wrong with a request about a ticket."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class NothingToDecide(DomainError):
    """No such request waits for a decision on this ticket."""

    code = "nothing-to-decide"
    title = N_("Nothing of this kind waits for a decision on this ticket")


class AlreadyRequested(DomainError):
    """The same thing was asked for already and is not decided yet."""

    code = "already-requested"
    title = N_("This was asked for already and waits for a decision")


class ReturnForbidden(DomainError):
    """A designated department cannot return the ticket."""

    code = "return-forbidden"
    title = N_("This ticket was designated to your department and cannot be returned")


class ReturnWindowClosed(DomainError):
    """A return can be asked for in the first quarter of the limit only."""

    kind = ErrorKind.EXPIRED
    code = "return-window-closed"
    title = N_("The window for returning this ticket closed at {closed_at}")


class ExtensionTooLate(DomainError):
    """More time has to be asked for before the limit has passed."""

    kind = ErrorKind.EXPIRED
    code = "extension-too-late"
    title = N_("More time has to be asked for before the limit has passed")


class ExtensionLimit(DomainError):
    """At most two extensions, each no longer than the first limit."""

    code = "extension-limit"
    title = N_("More time cannot be given: {problem}")


class SupplementLimit(DomainError):
    """Everything that is missing is asked for at once."""

    code = "supplement-limit"
    title = N_("The requester was asked for supplements already: everything is asked for at once")


class SupplementStillRunning(DomainError):
    """The requester still has time to supply what he was asked for."""

    code = "supplement-still-running"
    title = N_("The requester has until {due_at} to supply what is missing")


class InvalidPlan(DomainError):
    """A plan has two to twelve milestones, each later than the one before."""

    kind = ErrorKind.INVALID
    code = "invalid-plan"
    title = N_("The plan is not valid: {problem}")
