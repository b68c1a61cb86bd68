"""Who may decide, and by when: the same for appeals and for repairs - pure (credit.md section 7)."""

import enum
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from credit.errors import DeciderInvolved
from hotline.workdays.workcalendar import Calendar


class CaseKind(enum.StrEnum):
    """What a department asks for; `entry` where an entry ends and nobody had to ask."""

    APPEAL = "appeal"
    REPAIR = "repair"
    ENTRY = "entry"


class Duty(enum.StrEnum):
    """What somebody owes a department by a deadline."""

    FIRST_DECISION = "first_decision"
    SECOND_DECISION = "second_decision"
    REPAIR_DECISION = "repair_decision"


class CaseStep(enum.StrEnum):
    """One step of an appeal or a repair, as the department reads it."""

    APPEALED = "appealed"
    MARKED = "marked"
    UPHELD = "upheld"
    REFUSED = "refused"
    WENT_ON = "went_on"
    WITHDRAWN = "withdrawn"
    RECALCULATED = "recalculated"
    REPAIR_ASKED = "repair_asked"
    REPAIR_CHECKED = "repair_checked"
    REPAIR_PUT_OFF = "repair_put_off"
    REPAIRED = "repaired"
    REPAIR_REFUSED = "repair_refused"
    REPAIR_WITHDRAWN = "repair_withdrawn"
    FALSE_REPORTED = "false_reported"
    FALSE_CONFIRMED = "false_confirmed"
    FALSE_DISMISSED = "false_dismissed"
    ENDED = "ended"


class RemedyReason(enum.StrEnum):
    """Why an entry came to another state by an appeal, by a repair, or by itself."""

    APPEAL = "appeal"
    APPEAL_UPHELD = "appeal_upheld"
    APPEAL_REFUSED = "appeal_refused"
    APPEAL_WITHDRAWN = "appeal_withdrawn"
    REPAIRED = "repaired"
    MINOR_CURED = "minor_cured"
    FALSE_STATEMENT = "false_statement"
    TIME_OVER = "time_over"


@dataclass(frozen=True, slots=True)
class Decider:
    """Who would decide.

    Attributes:
        user_id: his account.
        department_id: where he works.
    """

    user_id: uuid.UUID | None
    department_id: int | None


def due_after(calendar: Calendar, start: datetime, days: int) -> datetime:
    """Return the instant at which so many days of work have passed since `start`."""
    return calendar.add(start, days * calendar.day_seconds * 1_000_000)


def require_uninvolved(
    decider: Decider, department_id: int, before: Collection[uuid.UUID | None]
) -> None:
    """Pass in silence when somebody had no part in what he would decide.

    Args:
        decider: he.
        department_id: whose case it is; none of its people decides it.
        before: who recorded, confirmed or decided before; the system is nobody.

    Raises:
        DeciderInvolved: he had a part in it.
    """
    if decider.department_id == department_id or (
        decider.user_id is not None and decider.user_id in before
    ):
        raise DeciderInvolved
