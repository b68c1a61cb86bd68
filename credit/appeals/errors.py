"""What can go wrong with an appeal."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class AppealNotFound(DomainError):
    """There is no such appeal for this person."""

    kind = ErrorKind.NOT_FOUND
    code = "credit-appeal-not-found"
    title = N_("There is no such appeal")


class AppealOpen(DomainError):
    """One is open already."""

    code = "credit-appeal-open"
    title = N_("An appeal against this is open already")


class AppealMoveRefused(DomainError):
    """An appeal's state does not allow this."""

    code = "credit-appeal-state"
    title = N_("The appeal is {state}: this cannot be done with it now")


class AppealTooLate(DomainError):
    """The time is over."""

    kind = ErrorKind.EXPIRED
    code = "credit-appeal-too-late"
    title = N_("The time for this appeal is over")


class NothingNew(DomainError):
    """The time is over, and only new evidence is still heard."""

    kind = ErrorKind.EXPIRED
    code = "credit-appeal-nothing-new"
    title = N_("The time for an appeal is over: only new evidence is still heard, once")


class AlreadyHeard(DomainError):
    """It was heard as often as it may be."""

    code = "credit-appeal-heard"
    title = N_("This was heard before: it is not heard again")


class NotAppealable(DomainError):
    """The entry weighs on nobody, or no more."""

    code = "credit-entry-not-appealable"
    title = N_("An entry that is {state} or gives points cannot be appealed against")


class OtherLevelDecides(DomainError):
    """The other level decides."""

    kind = ErrorKind.FORBIDDEN
    code = "credit-appeal-other-level"
    title = N_("This appeal is decided by another level")


class NotInNotice(DomainError):
    """Figures are objected to while they are shown for notice."""

    code = "credit-period-not-in-notice"
    title = N_("The figures of {period} are not shown for notice now")


class TicketNotCounted(DomainError):
    """A ticket is no part of the figure."""

    kind = ErrorKind.INVALID
    code = "credit-ticket-not-counted"
    title = N_("Ticket {ticket} is no part of this figure of your department")
