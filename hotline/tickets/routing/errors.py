"""What can go wrong on the way to a department."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class GrassrootsGuard(DomainError):
    """What a bureau owns is not handed down to the streets and towns."""

    code = "grassroots-guard"
    title = N_(
        "By the dispatch catalogue such a matter is not for {department}: its level is too low. "
        "Choose another department, or give a reason for going past the guard"
    )


class DeviationNeedsReason(DomainError):
    """The catalogue is sure, and somebody dispatches elsewhere."""

    kind = ErrorKind.INVALID
    code = "deviation-needs-reason"
    title = N_("The dispatch catalogue is sure of {department}: say why it goes elsewhere")


class DirectDispatchImpossible(DomainError):
    """Direct dispatch is for what the catalogue is sure of, while it is switched on."""

    code = "direct-dispatch-impossible"
    title = N_("This cannot be dispatched directly: leave it to the dispatch desk")
