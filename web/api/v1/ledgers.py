"""The two ledgers: suspended matters, and rectification plans."""

from datetime import timedelta
from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.masking import mask_text
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.procedures.ledgers import (
    PlanFilter,
    PlanRow,
    SuspensionFilter,
    SuspensionRow,
    list_plans,
    list_suspensions,
)
from hotline.procedures.queries import MilestoneRow
from hotline.procedures.rules import PauseReason, ProcedureState
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Instant, Unit
from web.resources import Resources
from web.security.guards import requires


class SuspensionOut(Answer):
    """A suspended matter, personal data masked; `days` is for how long it was suspended in all."""

    ticket: str
    department: Unit | None
    reason: str | None
    explanation: str
    since: Instant
    review_at: Instant
    ended_at: Instant | None
    days: int


class SuspensionList(Answer):
    """A page of suspended matters, the one to be looked at first at the head."""

    items: list[SuspensionOut]
    next_cursor: str | None = None


class MilestoneOut(Answer):
    """A milestone of a plan; `level` is how close it is to its date."""

    position: int
    text: str
    person: str
    due_at: Instant
    done_at: Instant | None
    is_late: bool
    level: str
    evidence: list[str]
    told_at: Instant | None


class PlanOut(Answer):
    """A rectification plan, personal data masked."""

    ticket: str
    department: Unit | None
    state: str
    reason: str
    opened_at: Instant
    close_out_requested_at: Instant | None
    milestones: list[MilestoneOut]


class PlanList(Answer):
    """A page of plans, the newest first."""

    items: list[PlanOut]
    next_cursor: str | None = None


def _unit(unit: Department | None) -> Unit | None:
    return Unit(code=unit.code, name=unit.name, name_en=unit.name_en) if unit else None


def suspension_out(row: SuspensionRow) -> SuspensionOut:
    """Return a suspended matter, personal data masked."""
    one = row.suspension
    return SuspensionOut(
        ticket=row.ticket_number,
        department=_unit(row.department),
        reason=one.reason,
        explanation=mask_text(one.text),
        since=one.decided_at or one.opened_at,
        review_at=row.review_at,
        ended_at=one.ended_at,
        days=row.total.days,
    )


def _milestone_out(row: MilestoneRow) -> MilestoneOut:
    one = row.milestone
    return MilestoneOut(
        position=one.position,
        text=mask_text(one.text),
        person=one.person,
        due_at=row.due_at,
        done_at=one.done_at,
        is_late=row.is_late,
        level=row.level.value,
        evidence=[mask_text(text) for text in one.evidence],
        told_at=one.told_at,
    )


def plan_out(row: PlanRow) -> PlanOut:
    """Return a plan with its milestones, personal data masked."""
    return PlanOut(
        ticket=row.ticket_number,
        department=_unit(row.department),
        state=row.plan.state.value,
        reason=mask_text(row.plan.text),
        opened_at=row.plan.opened_at,
        close_out_requested_at=row.close_out_at,
        milestones=[_milestone_out(one) for one in row.milestones],
    )


class LedgerController(Controller):
    """What is held up for long."""

    tags = ("tickets",)
    guards = (requires(Permission.READ_TICKETS),)

    @get(
        "/suspensions",
        operation_id="listSuspensions",
        operation_class=ApiOperation,
        summary="List suspended matters",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def suspensions(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        ended: Annotated[bool, QueryParameter()] = False,
        reason: Annotated[PauseReason | None, QueryParameter()] = None,
        department: Annotated[str | None, QueryParameter(max_length=64)] = None,
        review_within_days: Annotated[int | None, QueryParameter(ge=0, le=366)] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> SuspensionList:
        """List the suspended matters you may see: a department its own, the hotline all."""
        now = resources.clock.now()
        page = await list_suspensions(
            reader,
            principal,
            SuspensionFilter(
                is_ended=ended,
                reason=reason,
                department=department,
                review_before=None
                if review_within_days is None
                else now + timedelta(days=review_within_days),
            ),
            now=now,
            cursor=cursor,
            limit=limit,
        )
        return SuspensionList(
            items=[suspension_out(row) for row in page.items], next_cursor=page.next_cursor
        )

    @get(
        "/plans",
        operation_id="listPlans",
        operation_class=ApiOperation,
        summary="List rectification plans",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def plans(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        states: Annotated[list[ProcedureState] | None, QueryParameter(name="state")] = None,
        department: Annotated[str | None, QueryParameter(max_length=64)] = None,
        late: Annotated[bool, QueryParameter()] = False,
        close_out: Annotated[bool, QueryParameter()] = False,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> PlanList:
        """List the plans you may see, the newest first: a department its own, the hotline all."""
        page = await list_plans(
            reader,
            principal,
            PlanFilter(
                state=tuple(states or ()),
                department=department,
                late_at=resources.clock.now() if late else None,
                close_out=close_out,
            ),
            cursor=cursor,
            limit=limit,
        )
        return PlanList(items=[plan_out(row) for row in page.items], next_cursor=page.next_cursor)
