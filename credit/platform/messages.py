"""What is told to a platform outside: ids, codes, points, nothing personal - pure."""

import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

FORMAT = 1
"""Counted on when the meaning of a field changes; a new field does not change it."""


class PushKind(enum.StrEnum):
    """What a message is about."""

    ENTRY = "entry"
    GRADE = "grade"


class PushState(enum.StrEnum):
    """How far a message is."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTold:
    """An event of the ledger and the state that it came to."""

    entry_id: uuid.UUID
    change_id: uuid.UUID
    department: str
    seq: int
    code: str
    severity: str
    points: Decimal
    state: str
    rule_version: int
    document: str | None
    occurred_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeTold:
    """A department's published grade of a period."""

    period: str
    revision: int
    department: str
    score: Decimal | None
    grade: str | None
    is_trial: bool
    published_at: datetime


def entry_key(change_id: uuid.UUID) -> str:
    """Return what names the message of a change of the ledger."""
    return f"change:{change_id}"


def grade_key(period: str, revision: int, department: str) -> str:
    """Return what names the message of a published grade."""
    return f"grade:{period}:{revision}:{department}"


def entry_payload(told: EntryTold) -> Mapping[str, Any]:
    """Return an event as it is sent."""
    return {
        "format": FORMAT,
        "kind": PushKind.ENTRY.value,
        "entry_id": str(told.entry_id),
        "change_id": str(told.change_id),
        "department": told.department,
        "seq": told.seq,
        "code": told.code,
        "severity": told.severity,
        "points": f"{told.points:f}",
        "state": told.state,
        "rule_version": told.rule_version,
        "document": told.document,
        "occurred_at": _instant(told.occurred_at),
        "changed_at": _instant(told.changed_at),
    }


def grade_payload(told: GradeTold) -> Mapping[str, Any]:
    """Return a published grade as it is sent."""
    return {
        "format": FORMAT,
        "kind": PushKind.GRADE.value,
        "period": told.period,
        "revision": told.revision,
        "department": told.department,
        "score": None if told.score is None else f"{told.score:f}",
        "grade": told.grade,
        "is_trial": told.is_trial,
        "published_at": _instant(told.published_at),
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
