"""What can go wrong at the desk of what other systems report, with keys, services and public texts."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class SubmissionNotFound(DomainError):
    """No such report waits."""

    kind = ErrorKind.NOT_FOUND
    code = "submission-not-found"
    title = N_("There is no such report from another system")


class SubmissionDecided(DomainError):
    """Somebody else was faster."""

    code = "submission-decided"
    title = N_("Somebody has decided this report already")


class OpenKeyNotFound(DomainError):
    """No such key."""

    kind = ErrorKind.NOT_FOUND
    code = "other-system-key-not-found"
    title = N_("There is no such key")


class InvalidOpenKey(DomainError):
    """A key that cannot be given out like this."""

    kind = ErrorKind.INVALID
    code = "invalid-other-system-key"
    title = N_("A key needs a name, and from 1 to 6000 reports a minute")


class PublicationImpossible(DomainError):
    """The matter is nobody else's business, whatever is written about it."""

    code = "publication-impossible"
    title = N_("Nothing is made public about a ticket that is secret")


class PublicationNotFound(DomainError):
    """Nothing is public yet."""

    kind = ErrorKind.NOT_FOUND
    code = "publication-not-found"
    title = N_("No public text has been written for this ticket")


class InvalidPublication(DomainError):
    """A public text that cannot be shown."""

    kind = ErrorKind.INVALID
    code = "invalid-publication"
    title = N_(
        "A public text needs words, 2,000 characters at most, and a photo an address on the web"
    )
