"""What can go wrong with anomaly cards."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class CardNotFound(DomainError):
    """There is no such card, or none for the reader."""

    kind = ErrorKind.NOT_FOUND
    code = "card-not-found"
    title = N_("There is no such anomaly card")


class CardDecided(DomainError):
    """What people made of a card stands."""

    code = "card-decided"
    title = N_("The card is {state} already")
