"""What can go wrong with consequences."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class CheckAhead(DomainError):
    """A routine check is recorded when it has taken place."""

    kind = ErrorKind.INVALID
    code = "routine-check-ahead"
    title = N_("A routine check is recorded once it has taken place")
