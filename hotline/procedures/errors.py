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


class ReturnAskedBefore(DomainError):
    """A department may ask once for each time that it was given the ticket."""

    code = "return-asked-before"
    title = N_("Your department has asked to return this ticket before: it can ask only once")


class ReturnNeedsContact(DomainError):
    """A matter is unclear only when asking the requester was tried."""

    code = "return-needs-contact"
    title = N_("What is unclear must be asked first: record a contact with the requester")


class ReturnToSelf(DomainError):
    """The department named is the very one that disputes the matter."""

    kind = ErrorKind.INVALID
    code = "return-to-self"
    title = N_("Name another department than the one that has the ticket")


class LeaderNeeded(DomainError):
    """A return names the leader who answers for it."""

    kind = ErrorKind.INVALID
    code = "leader-needed"
    title = N_("Name the leader who answers for the return")


class ReturnWithAuthority(DomainError):
    """The review's limit has passed: the return lies before the authority."""

    kind = ErrorKind.FORBIDDEN
    code = "return-with-authority"
    title = N_("The time for the decision has passed: the authority decides this return now")


class NothingToDispute(DomainError):
    """No rejection of the hotline can be taken to the authority."""

    code = "nothing-to-dispute"
    title = N_("No rejected return can be disputed: it was the last word, or disputed before")


class DisputeWindowClosed(DomainError):
    """A rejection can be disputed within two working hours."""

    kind = ErrorKind.EXPIRED
    code = "dispute-window-closed"
    title = N_("The window for disputing the rejection closed at {closed_at}")


class ExtensionBarred(DomainError):
    """A department of a low credit grade may not ask for more time."""

    kind = ErrorKind.FORBIDDEN
    code = "extension-barred-by-credit"
    title = N_(
        "Your department's credit grade is {grade} ({period}): it cannot ask for more time. "
        "A published grade of {lifted_by} or better lifts this"
    )


class ExtensionTooLate(DomainError):
    """More time has to be asked for before the limit has passed."""

    kind = ErrorKind.EXPIRED
    code = "extension-too-late"
    title = N_("More time has to be asked for before the limit has passed")


class ExtensionLimit(DomainError):
    """At most two extensions, each no longer than the first limit and three working days."""

    code = "extension-limit"
    title = N_("More time cannot be given: {problem}")


class SupplementLimit(DomainError):
    """Everything that is missing is asked for at once."""

    code = "supplement-limit"
    title = N_("The requester was asked for supplements already: everything is asked for at once")


class SupplementNotReminded(DomainError):
    """Nobody's matter is cancelled before he was told a second time, and had time after it."""

    code = "supplement-not-reminded"
    title = N_("The requester has to be told a second time, and then has time to answer")


class NothingProvided(DomainError):
    """Neither an item of the checklist nor a word."""

    kind = ErrorKind.INVALID
    code = "nothing-provided"
    title = N_("Fill in what was provided: at least one item, or a word on it")


class RequesterNotTold(DomainError):
    """The requester is told before anything is asked for."""

    kind = ErrorKind.INVALID
    code = "requester-not-told"
    title = N_("When the requester was told cannot be right: {problem}")


class ApproverNeeded(DomainError):
    """The decision is another person's: of a higher level, or of an earlier step of the chain."""

    kind = ErrorKind.FORBIDDEN
    code = "approver-needed"
    title = N_("This has to be decided by: {approver}")


class AskedByLeader(DomainError):
    """Only a department's leader may ask for a suspension that depends on somebody outside."""

    kind = ErrorKind.FORBIDDEN
    code = "asked-by-leader"
    title = N_("Only the department's leader may ask for this")


class SuspensionLimit(DomainError):
    """A suspension is reviewed every thirty days and lasts 180 at most."""

    code = "suspension-limit"
    title = N_("The matter cannot be suspended so long: {problem}")


class SupplementStillRunning(DomainError):
    """The requester still has time to supply what he was asked for."""

    code = "supplement-still-running"
    title = N_("The requester has until {due_at} to supply what is missing")


class InvalidPlan(DomainError):
    """A plan has two to twelve milestones, each later than the one before."""

    kind = ErrorKind.INVALID
    code = "invalid-plan"
    title = N_("The plan is not valid: {problem}")


class NoSuchMilestone(DomainError):
    """The plan has no open milestone of this place."""

    code = "no-such-milestone"
    title = N_("Milestone {position} of the plan is not open")


class EvidenceNeeded(DomainError):
    """What is claimed here is claimed with evidence."""

    kind = ErrorKind.INVALID
    code = "evidence-needed"
    title = N_("Name the evidence: photographs, minutes, documents")


class MilestonesOpen(DomainError):
    """A plan is struck off when every milestone is done, not before."""

    code = "milestones-open"
    title = N_("{count} milestones of the plan are not done yet")


class CloseOutNeeded(DomainError):
    """A plan is completed only on the department's request to strike it off."""

    code = "close-out-needed"
    title = N_("The department has not asked to strike the plan off")
