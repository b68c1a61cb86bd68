"""The two ledgers as they are shown: suspended matters, and plans to be struck off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.kernel.masking import mask_text
from hotline.procedures.ledgers import PlanRow, SuspensionRow
from hotline.procedures.pauses import SUSPENSION_DAYS
from hotline.procedures.rules import ProcedureState
from web.i18n import Translator
from web.views.directory import unit_name
from web.views.requests import MilestoneView, milestone_view, reason_words

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspensionView:
    """A suspended matter.

    Attributes:
        days: for how many days it has been suspended in all.
        days_left: how many of the 180 are left.
    """

    ticket: str
    title: str
    department: str
    reason: str
    text: str
    since: datetime
    review_at: datetime
    ended_at: datetime | None
    days: int
    days_left: int


def suspension_view(row: SuspensionRow, t: Translator) -> SuspensionView:
    """Return a line of the list of suspended matters, personal data masked."""
    one = row.suspension
    days = row.total // _A_DAY
    return SuspensionView(
        ticket=row.ticket_number,
        title=mask_text(row.ticket_title),
        department=unit_name(row.department, t) if row.department else "–",
        reason=reason_words(one, t) or "–",
        text=mask_text(one.text),
        since=one.decided_at or one.opened_at,
        review_at=row.review_at,
        ended_at=one.ended_at,
        days=days,
        days_left=max(0, SUSPENSION_DAYS - days),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A plan with its milestones."""

    ticket: str
    title: str
    department: str
    text: str
    state: ProcedureState
    close_out_at: datetime | None
    next_due_at: datetime | None
    is_late: bool
    done: int
    milestones: Sequence[MilestoneView]


def plan_view(row: PlanRow, t: Translator) -> PlanView:
    """Return a plan of the ledger, personal data masked."""
    running = row.plan.state is ProcedureState.RUNNING
    milestones = [milestone_view(one, t) for one in row.milestones]
    return PlanView(
        ticket=row.ticket_number,
        title=mask_text(row.ticket_title),
        department=unit_name(row.department, t) if row.department else "–",
        text=mask_text(row.plan.text),
        state=row.plan.state,
        close_out_at=row.close_out_at,
        next_due_at=row.next.due_at if running and row.next else None,
        is_late=running and any(one.state == "missed" for one in milestones),
        done=row.done_count,
        milestones=milestones,
    )
