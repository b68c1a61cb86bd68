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
    title = N_("A supervision order is of level 2, 3 or 4, not {level}")
