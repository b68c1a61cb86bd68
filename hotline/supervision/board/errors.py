"""What can go wrong with a screen on a wall."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class ScreenNotFound(DomainError):
    """There is no such screen that still shows anything."""

    kind = ErrorKind.NOT_FOUND
    code = "wall-screen-not-found"
    title = N_("There is no such screen, or it was taken away")
