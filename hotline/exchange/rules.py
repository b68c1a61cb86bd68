"""What may be exported, how much of it, and for how long a file lies ready."""

import enum
from dataclasses import dataclass
from datetime import timedelta

AT_ONCE = 1_000
"""So many rows are handed over with the answer; more are written by a worker."""

PERSONAL_AT_ONCE = 50
MOST = 300_000
PERSONAL_MOST = 2_000
"""Rows of one export with personal data: each of its requesters gets a line in his log."""

QUOTA_OF = timedelta(hours=24)
QUOTA = 60
PERSONAL_QUOTA = 5

KEPT = timedelta(hours=24)
"""For how long a file lies ready."""

SHORTEST_REASON = 4
LONGEST_REASON = 200


class ExportFormat(enum.StrEnum):
    """How a table is written."""

    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"


MEDIA_TYPES = {
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSON: "application/json",
}


class ExportState(enum.StrEnum):
    """What has become of an export.

    `handed_over`: given with the answer, nothing is kept. `ready`: its file can be fetched.
    """

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    HANDED_OVER = "handed_over"
    FAILED = "failed"
    EXPIRED = "expired"


UNDER_WAY = (ExportState.WAITING, ExportState.RUNNING)


class ExportFault(enum.StrEnum):
    """Why an export came to nothing."""

    TOO_MANY_ROWS = "too_many_rows"
    NO_LONGER_ALLOWED = "no_longer_allowed"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Spent:
    """How many exports somebody asked for within the time of the quota."""

    exports: int
    personal: int


def is_within_quota(spent: Spent, *, has_personal: bool) -> bool:
    """Tell whether one more may be asked for."""
    return spent.exports < QUOTA and (not has_personal or spent.personal < PERSONAL_QUOTA)


def most_rows(*, has_personal: bool) -> int:
    """Return how many rows one export may have."""
    return PERSONAL_MOST if has_personal else MOST


def at_once(*, has_personal: bool) -> int:
    """Return how many rows are handed over with the answer."""
    return PERSONAL_AT_ONCE if has_personal else AT_ONCE


def is_reason(reason: str | None) -> bool:
    """Tell whether somebody has said what for."""
    return reason is not None and SHORTEST_REASON <= len(reason.strip()) <= LONGEST_REASON
