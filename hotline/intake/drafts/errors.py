"""What can go wrong with a draft."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class DraftNotFound(DomainError):
    """There is no such draft of this person: absent and somebody else's look the same."""

    kind = ErrorKind.NOT_FOUND
    code = "draft-not-found"
    title = N_("There is no such draft of yours")


class DraftTooLong(DomainError):
    """More was typed than any ticket could hold."""

    kind = ErrorKind.TOO_LARGE
    code = "draft-too-long"
    title = N_("The draft is too long to be kept: at most {most} characters")
