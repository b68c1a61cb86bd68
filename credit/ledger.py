"""What the entries of a ledger weigh at an instant - pure (credit.md section 4)."""

import enum
import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType

from credit.errors import EntryMoveRefused
from credit.rulebook import Decay, RuleBook, Severity

_NOTHING = Decimal(0)

GENESIS = b"\x00" * 32
"""What the first row of every department's chain follows."""


class Measure(enum.StrEnum):
    """What an observation counts for: one of the six indicators, or the number of assignments."""

    BASE = "base"
    SIGN = "sign"
    CONTACT = "contact"
    PROMISE = "promise"
    RESOLVED = "resolved"
    SATISFIED = "satisfied"
    QUALITY = "quality"


class EntrySource(enum.StrEnum):
    """Where an entry comes from."""

    FACT = "fact"
    PERSON = "person"


class EntryState(enum.StrEnum):
    """Where an entry stands.

    It begins `provisional`: the department is told and may object. It counts while it is `in_force`.
    """

    PROVISIONAL = "provisional"
    IN_FORCE = "in_force"
    OBJECTED = "objected"
    REVOKED = "revoked"
    REPAIRED = "repaired"
    ENDED = "ended"


_FOLLOWING: Mapping[EntryState, frozenset[EntryState]] = MappingProxyType(
    {
        EntryState.PROVISIONAL: frozenset(
            {EntryState.IN_FORCE, EntryState.OBJECTED, EntryState.REVOKED}
        ),
        EntryState.IN_FORCE: frozenset(
            {EntryState.OBJECTED, EntryState.REVOKED, EntryState.REPAIRED, EntryState.ENDED}
        ),
        EntryState.OBJECTED: frozenset({EntryState.IN_FORCE, EntryState.REVOKED}),
    }
)


def require_following(state: EntryState, following: EntryState) -> None:
    """Pass in silence when an entry may go from one state to another.

    Raises:
        EntryMoveRefused: it may not.
    """
    if following not in _FOLLOWING.get(state, frozenset()):
        raise EntryMoveRefused(state=state, following=following)


def counts_then(then: EntryState, known: EntryState) -> bool:
    """Tell whether an entry counts for a day that is over.

    What has become of it since does not matter, but for one thing: what was revoked never counts, and
    what is objected to is left out until that is decided.

    Args:
        then: where it stood on that day.
        known: where it is known to stand by now; the same as `then` for the present day.
    """
    return then in {EntryState.IN_FORCE, EntryState.OBJECTED} and known not in {
        EntryState.OBJECTED,
        EntryState.REVOKED,
    }


def row_hash(previous: bytes, row: Mapping[str, object]) -> bytes:
    """Return the SHA-256 of a row of a department's chain that follows `previous`."""
    body = json.dumps(
        {name: _plain(value) for name, value in row.items()},
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(previous + body.encode()).digest()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"  # whatever number of digits the column keeps
    if value is None or isinstance(value, bool | int | Mapping | list):
        return value
    return str(value)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as the ledger had it at some instant.

    Attributes:
        id: of the event.
        code: of its rule.
        severity: its class when it was written.
        points: what it weighed when it was written.
        confirmed_on: the day in Shanghai from which it counts.
        cap: what its code may sum up to; None for no limit.
        cap_days: the span of the cap; None for as long as its class counts.
        counts: False while it is objected to, and for good once revoked, repaired or ended.
    """

    id: uuid.UUID
    code: str
    severity: Severity
    points: Decimal
    confirmed_on: date
    cap: Decimal | None = None
    cap_days: int | None = None
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Weighed:
    """What an entry brings.

    Attributes:
        entry: which.
        counted: its points as far as the cap of its code leaves them.
        weight: between 0 and 1, by its age.
        value: both together.
    """

    entry: Entry
    counted: Decimal
    weight: Decimal
    value: Decimal


@dataclass(frozen=True, slots=True)
class Balance:
    """All entries together.

    Attributes:
        items: every entry that still weighs something or is held back, the heaviest first.
        total: their sum, within the range of the rules.
        unbounded: their sum before that.
    """

    items: Sequence[Weighed]
    total: Decimal
    unbounded: Decimal


def weight_at(decay: Decay, confirmed_on: date, day: date) -> Decimal:
    """Return what is left of an event's weight on a day: all, then less in a line, then nothing."""
    age = (day - confirmed_on).days
    if age < 0 or age >= decay.end_days:
        return _NOTHING
    if age <= decay.full_days:
        return Decimal(1)
    return Decimal(decay.end_days - age) / (decay.end_days - decay.full_days)


def balance(entries: Iterable[Entry], day: date, book: RuleBook) -> Balance:
    """Return what a ledger weighs on a day.

    The order in which entries are given does not matter.
    """
    by_code: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.severity in book.decays and entry.confirmed_on <= day:
            by_code[entry.code].append(entry)
    items = [
        Weighed(entry, counted, weight, counted * weight)
        for code in sorted(by_code)
        for entry, counted in _capped(by_code[code], book)
        for weight in (weight_at(book.decays[entry.severity], entry.confirmed_on, day),)
        if weight
    ]
    items.sort(key=lambda one: (-abs(one.value), one.entry.confirmed_on, one.entry.id))
    unbounded = sum((one.value for one in items), _NOTHING)
    low, high = book.ledger_range
    return Balance(items, min(max(unbounded, low), high), unbounded)


def _capped(entries: Sequence[Entry], book: RuleBook) -> Iterable[tuple[Entry, Decimal]]:
    """Return each entry of one code with what the cap leaves of its points, oldest first."""
    counted: list[tuple[date, Decimal]] = []
    for entry in sorted(entries, key=lambda one: (one.confirmed_on, one.id)):
        if not entry.counts:
            yield entry, _NOTHING
            continue
        points = entry.points
        if entry.cap is not None:
            span = entry.cap_days or book.decays[entry.severity].end_days
            before = sum(
                (taken for on, taken in counted if (entry.confirmed_on - on).days < span), _NOTHING
            )
            room = entry.cap - before
            points = max(points, room) if points < 0 else min(points, room)
        counted.append((entry.confirmed_on, points))
        yield entry, points
