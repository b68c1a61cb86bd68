"""What can go wrong when a desk is handed over."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class HandOverNotFound(DomainError):
    """There is no such hand-over."""

    kind = ErrorKind.NOT_FOUND
    code = "hand-over-not-found"
    title = N_("There is no such hand-over")


class HandOverTaken(DomainError):
    """Somebody has taken the desk already."""

    code = "hand-over-taken"
    title = N_("Somebody has taken this desk over already")


class DeskWaits(DomainError):
    """The desk was handed over and nobody has taken it yet."""

    code = "desk-waits"
    title = N_("This desk is handed over already and waits to be taken: take it first")


class OwnHandOver(DomainError):
    """Nobody takes over from himself."""

    code = "own-hand-over"
    title = N_("Another person takes the desk over from you")
