"""What can go wrong with letters."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class LetterNotFound(DomainError):
    """There is no such letter."""

    kind = ErrorKind.NOT_FOUND
    code = "letter-not-found"
    title = N_("There is no such letter")


class LetterSettled(DomainError):
    """Somebody has dealt with the letter already."""

    code = "letter-settled"
    title = N_("Somebody has dealt with this letter already: read it again")
