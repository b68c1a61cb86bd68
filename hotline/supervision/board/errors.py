"""What can go wrong with the board and with screens on a wall."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class FigureNotFound(DomainError):
    """The board knows no such figure."""

    kind = ErrorKind.NOT_FOUND
    code = "board-figure-not-found"
    title = N_("The board has no figure {figure}")


class ScreenNotFound(DomainError):
    """There is no such screen that still shows anything."""

    kind = ErrorKind.NOT_FOUND
    code = "wall-screen-not-found"
    title = N_("There is no such screen, or it was taken away")
