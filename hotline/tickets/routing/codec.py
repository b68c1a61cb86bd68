"""Entries of the dispatch catalogue as JSON, and back - pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from hotline.people.levels import DepartmentLevel
from hotline.tickets.routing.rules import Entry


def entry_to_json(entry: Entry) -> dict[str, Any]:
    """Return an entry as it is stored; what says nothing is left out."""
    told: dict[str, Any] = {
        "category": entry.category,
        "area": entry.area,
        "request_types": list(entry.request_types),
        "department": entry.department,
        "co_departments": list(entry.co_departments),
        "min_level": entry.min_level.value if entry.min_level else None,
        "valid_from": entry.valid_from.isoformat() if entry.valid_from else None,
        "valid_to": entry.valid_to.isoformat() if entry.valid_to else None,
        "basis": entry.basis,
        "is_sure": entry.is_sure,
        "since": entry.since.isoformat() if entry.since else None,
    }
    return {name: value for name, value in told.items() if value not in (None, [], "", False)}


def entry_from_json(stored: Mapping[str, Any]) -> Entry:
    """Return a stored entry."""
    level = stored.get("min_level")
    return Entry(
        category=stored["category"],
        area=stored.get("area"),
        request_types=tuple(stored.get("request_types", ())),
        department=stored["department"],
        co_departments=tuple(stored.get("co_departments", ())),
        min_level=DepartmentLevel(level) if level else None,
        valid_from=_day(stored.get("valid_from")),
        valid_to=_day(stored.get("valid_to")),
        basis=stored.get("basis", ""),
        is_sure=stored.get("is_sure", False),
        since=datetime.fromisoformat(stored["since"]) if stored.get("since") else None,
    )


def entries_from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[Entry, ...]:
    """Return stored entries, in their order."""
    return tuple(entry_from_json(one) for one in stored)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
