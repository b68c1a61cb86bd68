"""A notice as a line of a list."""

from dataclasses import dataclass
from datetime import datetime

from hotline.notices.models import Notice
from hotline.sla.policy import ClockKind, Level


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A warning that a person was told of."""

    number: str
    clock: ClockKind
    level: Level
    at: datetime
    is_new: bool


def notice_row(notice: Notice) -> NoticeRow:
    """Return a notice as a line."""
    return NoticeRow(
        notice.ticket_number,
        ClockKind(notice.clock),
        Level(notice.level),
        notice.created_at,
        notice.read_at is None,
    )
