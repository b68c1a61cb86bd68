"""What can go wrong with periods."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class PeriodNotOver(DomainError):
    """A period can be frozen when it is over, not before."""

    code = "credit-period-not-over"
    title = N_("{period} is not over yet")


class PeriodIsFrozen(DomainError):
    """A period is frozen once; what changes later is a revision."""

    code = "credit-period-frozen"
    title = N_("{period} is frozen already")


class PeriodNotFrozen(DomainError):
    """There is no such period, or not yet."""

    kind = ErrorKind.NOT_FOUND
    code = "credit-period-not-frozen"
    title = N_("{period} is not frozen")


class QuartersMissing(DomainError):
    """A year is made of its quarters: they are frozen first."""

    code = "credit-quarters-missing"
    title = N_("Freeze the quarters of {period} first: {missing}")


class FreezingUnderway(DomainError):
    """Somebody else is freezing at this moment."""

    code = "credit-freezing-underway"
    title = N_("A period is being frozen at this moment: try again in a minute")


class PeriodMoveRefused(DomainError):
    """The state of a period does not lead to the one asked for."""

    code = "credit-period-state"
    title = N_("{period} is {state}: this cannot be done now")


class NoticeRunning(DomainError):
    """A quarter or a year is published when its notice has ended."""

    code = "credit-notice-running"
    title = N_("The notice of {period} runs until {until}")


class ObjectionsOpen(DomainError):
    """Objections that touch a period hold its publication up, unless a supervisor decides otherwise."""

    code = "credit-objections-open"
    title = N_("{count} open objections touch {period}: a supervisor may publish it")
