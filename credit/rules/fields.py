"""A rule book as flat fields and back: what a form asks, what differs, what is carried over - pure."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Any

from credit.rulebook import (
    Grade,
    Indicator,
    InvalidRuleBook,
    Remedies,
    RuleBook,
    RuleFault,
    RuleFaultCode,
    Severity,
)

Book = Mapping[str, Any]
"""A rule book as JSON values."""

EVENT_PARTS = ("severity", "points", "cap", "cap_days", "from_checks")
WEIGHING_PARTS = ("weight", "floor", "target")
DECAY_PARTS = ("full_days", "end_days", "shown_days.0", "shown_days.1")
GRADE_PARTS = (
    *("lines.A", "lines.B", "lines.C"),
    *("a_performance", "margin", "least_n"),
)
CONSEQUENCE_FLAGS = ("is_watched", "may_extend", "interview", "plan", "honours")
CONSEQUENCE_PARTS = ("qa_share", "check_share", "check_days", *CONSEQUENCE_FLAGS)
_LISTED = {
    "ledger_range": ("ledger_range.0", "ledger_range.1"),
    "year_shares": ("year_shares.0", "year_shares.1", "year_shares.2"),
    "rating_values": tuple(f"rating_values.{stars}" for stars in range(5, 0, -1)),
    "remedies": tuple(f"remedies.{one.name}" for one in fields(Remedies)),
}
_TABLES = frozenset({"events", "weighings", "decays", "grades", "consequences"})
SCALARS = tuple(
    path
    for one in fields(RuleBook)
    if one.name not in _TABLES
    for path in _LISTED.get(one.name, (one.name,))
)
"""What stands by itself: a value that the rules gain later is a field at once."""

DECAYING = (Severity.MINOR, Severity.GENERAL, Severity.SEVERE, Severity.PLUS)

_FLAGS = frozenset({"from_checks", *CONSEQUENCE_FLAGS})
_OPTIONAL = frozenset({"cap", "cap_days"})
_EVENT = re.compile(r"events\.([^.]+)\.points")
TRUE = "true"


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs.

    Attributes:
        field: its path.
        before: as text; None when it was not there.
        after: as text; None when it is not there any more.
    """

    field: str
    before: str | None
    after: str | None


def paths(codes: Iterable[str]) -> Sequence[str]:
    """Return every field of a book with these events, in the order of reading."""
    return (
        *(f"events.{code}.{part}" for code in codes for part in EVENT_PARTS),
        *(f"weighings.{one}.{part}" for one in Indicator for part in WEIGHING_PARTS),
        *(f"decays.{one}.{part}" for one in DECAYING for part in DECAY_PARTS),
        *(f"grades.{part}" for part in GRADE_PARTS),
        *(f"consequences.{one}.{part}" for one in Grade for part in CONSEQUENCE_PARTS),
        *SCALARS,
    )


def flat(book: Book) -> dict[str, str]:
    """Return every value of a book as text by its path; what is None is empty."""
    found = {path: _text(_at(book, path.split("."))) for path in paths(book["events"])}
    return {path: text for path, text in found.items() if text is not None}


def codes_in(sent: Mapping[str, str]) -> Sequence[str]:
    """Return the codes of the events that a sent form names."""
    return [match[1] for name in sent if (match := _EVENT.fullmatch(name))]


def nested(sent: Mapping[str, str]) -> dict[str, Any]:
    """Return the book that flat fields say, as JSON values; whether it holds is asked elsewhere."""
    book: dict[str, Any] = {}
    for path in paths(codes_in(sent)):
        parts = path.split(".")
        _put(book, parts, _value(parts[-1], sent.get(path, "").strip()))
    for decay in book["decays"].values():
        shown = [decay["shown_days"]["0"], decay["shown_days"]["1"]]
        decay["shown_days"] = shown if any(shown) else None
    for name in ("ledger_range", "year_shares"):
        book[name] = [book[name][key] for key in sorted(book[name])]
    return book


def differences(before: Book, after: Book) -> Sequence[Difference]:
    """Return what differs between two books, in the order of reading."""
    old, new = flat(before), flat(after)
    every = dict.fromkeys((*new, *old))
    return [
        Difference(path, old.get(path), new.get(path))
        for path in every
        if not _same(old.get(path), new.get(path))
    ]


def carried_over(base: Book, newest: Book, mine: Book) -> tuple[dict[str, Any], Sequence[str]]:
    """Return the newest book with what a draft changed of its base, and where both changed.

    Where both changed one value, the draft's stands: whoever carries it over is shown which.
    """
    own = {one.field: one for one in differences(base, mine)}
    theirs = {one.field for one in differences(base, newest)}
    values = flat(newest)
    for path, one in own.items():
        if one.after is None:
            values.pop(path, None)
        else:
            values[path] = one.after
    return nested(values), [path for path in own if path in theirs]


def require_events_kept(before: Book, after: Book) -> None:
    """Pass in silence when every event of a book is in the next one.

    Raises:
        InvalidRuleBook: one is dropped; facts that name it could not be counted any more.
    """
    faults = [
        RuleFault(f"events.{code}.points", RuleFaultCode.EVENT_DROPPED)
        for code in before["events"]
        if code not in after["events"]
    ]
    if faults:
        raise InvalidRuleBook(*faults)


def copied(book: Book) -> dict[str, Any]:
    """Return a copy of a book that may be changed."""
    made: dict[str, Any] = json.loads(json.dumps(book))
    return made


def _at(value: Any, parts: Sequence[str]) -> Any:  # noqa: ANN401  # JSON values
    for part in parts:
        if value is None:
            return None
        value = value[int(part)] if isinstance(value, list | tuple) else value.get(part)
    return "" if value is None else value


def _put(book: dict[str, Any], parts: Sequence[str], value: object) -> None:
    for part in parts[:-1]:
        book = book.setdefault(part, {})
    book[parts[-1]] = value


def _value(name: str, text: str) -> object:
    if name in _FLAGS:
        return text == TRUE
    if not text and (name in _OPTIONAL or name in {"0", "1"}):
        return None
    return text


def _text(value: object) -> str | None:
    if value is None:
        return ""
    if isinstance(value, bool):
        return TRUE if value else ""
    return str(value)


def _same(one: str | None, other: str | None) -> bool:
    if one == other:
        return True
    try:
        return Decimal(one or "x") == Decimal(other or "x")
    except InvalidOperation:
        return False
