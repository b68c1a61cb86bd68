"""What can go wrong with a repair."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class RepairNotFound(DomainError):
    """There is no such request for this person."""

    kind = ErrorKind.NOT_FOUND
    code = "credit-repair-not-found"
    title = N_("There is no such request for a repair")


class RepairOpen(DomainError):
    """One is open already."""

    code = "credit-repair-open"
    title = N_("A repair of this entry is asked for already")


class RepairMoveRefused(DomainError):
    """A repair's state does not allow this."""

    code = "credit-repair-state"
    title = N_("The repair is {state}: this cannot be done with it now")


class NotRepairable(DomainError):
    """Only what is in force against a department is repaired."""

    code = "credit-entry-not-repairable"
    title = N_("Only an entry in force against a department is repaired; this one is {state}")


class RepairTooEarly(DomainError):
    """The least time of its class has not passed."""

    code = "credit-repair-too-early"
    title = N_("This entry may be repaired from {day} on")


class NotClean(DomainError):
    """The same thing happened again lately."""

    code = "credit-repair-not-clean"
    title = N_("The same event was recorded again within {days} days")


class ProofMissing(DomainError):
    """Something that the class asks for is missing."""

    kind = ErrorKind.INVALID
    code = "credit-repair-proof-missing"
    title = N_(
        "A repair of this class needs the cure with its proof, a pledge and, if severe, training"
    )


class RepairBanned(DomainError):
    """A false statement was made not long ago."""

    code = "credit-repair-banned"
    title = N_("After a false statement no repair is heard until {day}")


class CheckMissing(DomainError):
    """The check by the hotline was not passed."""

    code = "credit-repair-check-missing"
    title = N_("A repair is granted only after a check that it passed")


class AlreadyPutOff(DomainError):
    """A decision is put off once."""

    code = "credit-repair-put-off"
    title = N_("This decision was put off once already")


class FalseStatementOpen(DomainError):
    """It is not settled whether the request is true."""

    code = "credit-repair-false-open"
    title = N_("It was reported that a statement in this request is false: that is decided first")


class NothingReported(DomainError):
    """Nobody has reported a false statement."""

    code = "credit-repair-nothing-reported"
    title = N_("Nobody has reported a false statement in this request")
