"""What can go wrong with exclusions."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class ExclusionNotFound(DomainError):
    """There is no such exclusion, or none for this person."""

    kind = ErrorKind.NOT_FOUND
    code = "exclusion-not-found"
    title = N_("There is no such exclusion")


class ExclusionAsked(DomainError):
    """It is asked for already, or the work is out already."""

    code = "exclusion-asked"
    title = N_("This exclusion of {number} is asked for or decided already")


class ExclusionDecided(DomainError):
    """What is decided stays decided."""

    code = "exclusion-decided"
    title = N_("This exclusion is {state} already")


class NothingToExclude(DomainError):
    """Nothing of the ticket counts for the department."""

    code = "nothing-to-exclude"
    title = N_("Nothing of {number} counts for this department")


class NoRecheckDue(DomainError):
    """Only what was drawn is looked at again, and once."""

    code = "no-recheck-due"
    title = N_("This exclusion waits for no second look")


class InvalidExclusion(DomainError):
    """What was asked for is not complete."""

    kind = ErrorKind.INVALID
    code = "invalid-exclusion"
    title = N_("The exclusion cannot be asked for like this: {problem}")


class DeciderTookPart(DomainError):
    """Whoever asked, decided before, worked on the ticket or in the department decides nothing here."""

    kind = ErrorKind.FORBIDDEN
    code = "decider-took-part"
    title = N_("Somebody who had no part in it has to decide this")
