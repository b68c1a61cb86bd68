"""What can go wrong with drafts and versions of the rules."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class RuleVersionNotFound(DomainError):
    """No version of the rules has this number."""

    kind = ErrorKind.NOT_FOUND
    code = "credit-rules-not-found"
    title = N_("There is no version {version} of the rules of credit")


class DraftNotFound(DomainError):
    """There is no such draft, or it is no draft any more."""

    kind = ErrorKind.NOT_FOUND
    code = "credit-draft-not-found"
    title = N_("There is no such draft of the rules")


class StaleDraft(DomainError):
    """Somebody else has changed the draft since it was read."""

    code = "stale-credit-draft"
    title = N_(
        "Somebody has changed this draft meanwhile: what you typed is below, look at his first"
    )


class StaleRules(DomainError):
    """Another version was published since the draft was begun."""

    code = "stale-credit-rules"
    title = N_(
        "Version {version} was published meanwhile: carry the draft over to it, then look again"
    )


class NotRetroactive(DomainError):
    """Rules hold from their publication at the earliest."""

    kind = ErrorKind.INVALID
    code = "credit-rules-retroactive"
    title = N_("Rules never hold from before their publication: give an instant that lies ahead")


class RetroactiveRefused(DomainError):
    """The instant does not lie before the one from which the version holds anyway."""

    kind = ErrorKind.INVALID
    code = "credit-rules-not-earlier"
    title = N_("Version {version} holds from {valid_from} anyway: give an earlier instant")


class NothingChanged(DomainError):
    """The draft says what the version in force says."""

    code = "credit-draft-unchanged"
    title = N_("The draft changes nothing")
