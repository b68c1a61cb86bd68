"""What may be excluded, which steps an exclusion takes, and when so many of them look odd - pure."""

import enum
import hashlib
import uuid
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from credit.exclusions.errors import DeciderTookPart, ExclusionDecided
from credit.rulebook import RuleBook

_SHARES = 10_000


class ExclusionCode(enum.StrEnum):
    """Why work does not count (credit.md section 2)."""

    OUT_OF_DUTY = "out_of_duty"
    UNREASONABLE = "unreasonable"
    MALICIOUS = "malicious"
    DUPLICATE_CHILD = "duplicate_child"
    WITHDRAWN = "withdrawn"
    MISDISPATCH = "misdispatch"
    FORCE_MAJEURE = "force_majeure"
    PILOT = "pilot"


class ExclusionState(enum.StrEnum):
    """How far an exclusion has come. Only what is approved takes work out."""

    ASKED = "asked"
    SECONDED = "seconded"
    APPROVED = "approved"
    REFUSED = "refused"
    REVOKED = "revoked"


OPEN_STATES = frozenset({ExclusionState.ASKED, ExclusionState.SECONDED})

_APPROVED: Mapping[ExclusionState, ExclusionState] = MappingProxyType(
    {
        ExclusionState.ASKED: ExclusionState.SECONDED,
        ExclusionState.SECONDED: ExclusionState.APPROVED,
    }
)


def following(state: ExclusionState, *, approve: bool) -> ExclusionState:
    """Return where a person's decision leads: two approve it, one is enough to refuse it.

    Raises:
        ExclusionDecided: it is over.
    """
    if state not in OPEN_STATES:
        raise ExclusionDecided(state=state)
    return _APPROVED[state] if approve else ExclusionState.REFUSED


def require_apart(
    user_id: uuid.UUID | None,
    department_id: int | None,
    *,
    of_department: int,
    took_part: Collection[uuid.UUID | None],
) -> None:
    """Pass in silence when somebody had no part in what he decides.

    Args:
        user_id: who decides.
        department_id: where he works.
        of_department: the department whose work it is.
        took_part: whoever asked, decided before, or worked on the ticket.

    Raises:
        DeciderTookPart: he had.
    """
    if user_id is None or user_id in took_part or department_id == of_department:
        raise DeciderTookPart


def is_sampled(exclusion_id: uuid.UUID, share: Decimal) -> bool:
    """Tell whether an approved exclusion is looked at again: drawn by its id, so for everybody alike."""
    drawn = int.from_bytes(hashlib.sha256(exclusion_id.bytes).digest()[:4]) % _SHARES
    return drawn < share * _SHARES


def share_of(excluded: int, counted: int) -> Decimal:
    """Return how much of a department's work was excluded."""
    whole = excluded + counted
    return Decimal(excluded) / whole if whole else Decimal(0)


LEAST_EXCLUDED = 3
"""Fewer exclusions than this are looked into one by one, not as a share: one of ten says nothing."""


def is_unusual(excluded: int, counted: int, peers: Sequence[Decimal], book: RuleBook) -> bool:
    """Tell whether so much exclusion has to be looked into.

    Args:
        excluded: how much of the department's work.
        counted: how much of it counts.
        peers: shares of the others in its peer group.
        book: says which share is too much, and how far one may be off the peers' middle.
    """
    if excluded < LEAST_EXCLUDED:
        return False
    share = share_of(excluded, counted)
    if share > book.exclusion_alarm:
        return True
    usual = _middle(peers)
    return usual > 0 and share > usual * book.exclusion_factor


def _middle(shares: Sequence[Decimal]) -> Decimal:
    """Return the median; nothing of nobody."""
    if not shares:
        return Decimal(0)
    ordered, half = sorted(shares), len(shares) // 2
    return ordered[half] if len(shares) % 2 else (ordered[half - 1] + ordered[half]) / 2
