"""What can go wrong with credit."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class EntryMoveRefused(DomainError):
    """An entry's state does not lead to the one asked for."""

    code = "credit-entry-state"
    title = N_("An entry that is {state} cannot become {following}")


class EntryNotFound(DomainError):
    """There is no such entry, or none for this person."""

    kind = ErrorKind.NOT_FOUND
    code = "credit-entry-not-found"
    title = N_("There is no such entry")


class UnknownEventCode(DomainError):
    """The rules in force know no such event."""

    kind = ErrorKind.INVALID
    code = "unknown-credit-event"
    title = N_("The rules of credit know no event {code}")


class DeciderInvolved(DomainError):
    """Whoever had a part in something does not decide about it."""

    kind = ErrorKind.FORBIDDEN
    code = "credit-decider-involved"
    title = N_("You had a part in this: somebody else has to decide it")


class StaleCase(DomainError):
    """Somebody else acted on an appeal or a repair since it was read."""

    code = "stale-credit-case"
    title = N_("Somebody else has changed this meanwhile: read it again, then repeat your action")
