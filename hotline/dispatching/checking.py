"""What keeps a dispatch catalogue from being published, row by row - pure."""

import enum
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from hotline.people.levels import DepartmentLevel, is_below
from hotline.tickets.routing.rules import Entry, Unit


class FaultKind(enum.StrEnum):
    """What is wrong with a row."""

    UNKNOWN_CATEGORY = "unknown_category"
    UNKNOWN_DEPARTMENT = "unknown_department"
    INACTIVE_DEPARTMENT = "inactive_department"
    UNKNOWN_REQUEST_TYPE = "unknown_request_type"
    EMPTY_VALIDITY = "empty_validity"
    LEAD_AS_CO = "lead_as_co"
    BELOW_LEVEL = "below_level"
    CONFLICT = "conflict"
    BAD_DATE = "bad_date"
    BAD_FLAG = "bad_flag"
    BAD_LEVEL = "bad_level"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        row: which row, from 1.
        kind: what.
        value: what stands there; of a conflict the other row.
    """

    row: int
    kind: FaultKind
    value: str = ""


GUARD_LEVELS = (DepartmentLevel.BUREAU, DepartmentLevel.DISTRICT)
"""Levels that a guard may ask for; every unit stands at least as high as a street."""

AREA_MAX, BASIS_MAX = 64, 500


def find_faults(
    entries: Sequence[Entry],
    *,
    categories: Collection[str],
    units: Mapping[str, Unit],
    request_types: Collection[str],
) -> list[Fault]:
    """Return everything that is wrong, in the order of rows.

    Args:
        entries: of the draft.
        categories: codes in use.
        units: every department by code.
        request_types: every request type.
    """
    faults = [
        fault
        for row, entry in enumerate(entries, start=1)
        for fault in (
            *_of_subject(row, entry, categories, request_types),
            *_of_units(row, entry, units),
            *_of_form(row, entry),
        )
    ]
    return sorted([*faults, *_conflicts(entries)], key=lambda fault: fault.row)


def _of_subject(
    row: int, entry: Entry, categories: Collection[str], request_types: Collection[str]
) -> Iterator[Fault]:
    if entry.category not in categories:
        yield Fault(row, FaultKind.UNKNOWN_CATEGORY, entry.category)
    for word in entry.request_types:
        if word not in request_types:
            yield Fault(row, FaultKind.UNKNOWN_REQUEST_TYPE, word)


def _of_units(row: int, entry: Entry, units: Mapping[str, Unit]) -> Iterator[Fault]:
    for code in (entry.department, *entry.co_departments):
        if code not in units:
            yield Fault(row, FaultKind.UNKNOWN_DEPARTMENT, code)
        elif not units[code].is_active:
            yield Fault(row, FaultKind.INACTIVE_DEPARTMENT, code)
    if entry.department in entry.co_departments:
        yield Fault(row, FaultKind.LEAD_AS_CO, entry.department)
    lead = units.get(entry.department)
    if lead is not None and is_below(lead.level, entry.min_level):
        yield Fault(row, FaultKind.BELOW_LEVEL, entry.department)


def _of_form(row: int, entry: Entry) -> Iterator[Fault]:
    if entry.valid_from and entry.valid_to and entry.valid_to < entry.valid_from:
        yield Fault(row, FaultKind.EMPTY_VALIDITY, f"{entry.valid_from}–{entry.valid_to}")
    if entry.min_level is not None and entry.min_level not in GUARD_LEVELS:
        yield Fault(row, FaultKind.BAD_LEVEL, entry.min_level.value)
    if len(entry.area or "") > AREA_MAX or len(entry.basis) > BASIS_MAX:
        yield Fault(row, FaultKind.TOO_LONG)


def _conflicts(entries: Sequence[Entry]) -> Iterator[Fault]:
    """Two rows are equally narrow for the same thing on the same day."""
    by_subject: dict[tuple[str, str | None], list[tuple[int, Entry]]] = {}
    for row, entry in enumerate(entries, start=1):
        by_subject.setdefault((entry.category, entry.area), []).append((row, entry))
    for rivals in by_subject.values():
        for (first, one), (second, other) in combinations(rivals, 2):
            if _share_types(one, other) and _share_days(one, other):
                yield Fault(second, FaultKind.CONFLICT, str(first))


def _share_types(one: Entry, other: Entry) -> bool:
    if not one.request_types or not other.request_types:
        return not one.request_types and not other.request_types
    return bool(set(one.request_types) & set(other.request_types))


def _share_days(one: Entry, other: Entry) -> bool:
    begins = max(one.valid_from or date.min, other.valid_from or date.min)
    ends = min(one.valid_to or date.max, other.valid_to or date.max)
    return begins <= ends
