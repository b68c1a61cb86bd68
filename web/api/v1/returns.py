"""The ledger of returns: every disputed assignment and what became of it."""

from datetime import datetime
from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.masking import mask_text
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.procedures.dispute_rules import ReturnLevel
from hotline.procedures.ledger import ReturnFilter, ReturnRow, count_returns, list_returns
from hotline.procedures.rules import ProcedureState, ReturnReason
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Instant, Unit
from web.api.ticket_schemas import iso_duration
from web.resources import Resources
from web.security.guards import requires


class ReturnOut(Answer):
    """A disputed assignment, personal data masked.

    `level` is how far up it went; `held` is how long the department had the ticket before it asked,
    `disputed` how long it was disputed, both on the clock of the wall.
    """

    ticket: str
    department: Unit
    reason: str
    suggested_department: Unit | None
    explanation: str
    legal_basis: str | None
    evidence: list[str]
    leader: str | None
    bounce: int | None
    state: str
    level: str
    asked_at: Instant
    window_closes_at: Instant | None
    due_at: Instant | None
    decision: str | None
    decided_at: Instant | None
    arbitration: str | None
    arbitration_decided_at: Instant | None
    next_department: Unit | None
    held: str
    disputed: str


class ReturnList(Answer):
    """A page of returns, the newest first."""

    items: list[ReturnOut]
    next_cursor: str | None = None


class ReturnFigures(Answer):
    """How many returns wait and are late, how many of the last thirty days were upheld.

    `bounced` counts open tickets that were given back twice or more.
    """

    pending: int
    overdue: int
    upheld: int
    rejected: int
    upheld_share: float | None
    bounced: int


def _unit(unit: Department | None) -> Unit | None:
    return Unit(code=unit.code, name=unit.name, name_en=unit.name_en) if unit else None


def return_out(row: ReturnRow, now: datetime) -> ReturnOut:
    """Return a disputed assignment, personal data masked."""
    request, arbitration, details = row.request, row.arbitration, row.request.details
    return ReturnOut(
        ticket=row.ticket_number,
        department=Unit(
            code=row.department.code, name=row.department.name, name_en=row.department.name_en
        ),
        reason=request.reason or "",
        suggested_department=_unit(row.suggested),
        explanation=mask_text(request.text),
        legal_basis=mask_text(details.get("legal_basis") or "") or None,
        evidence=[mask_text(text) for text in details.get("evidence") or ()],
        leader=details.get("leader"),
        bounce=details.get("bounce"),
        state=request.state.value,
        level=row.level.value,
        asked_at=request.opened_at,
        window_closes_at=row.window_closes_at,
        due_at=row.due_at,
        decision=mask_text(request.decision or "") or None,
        decided_at=request.decided_at,
        arbitration=mask_text(arbitration.decision or "") or None if arbitration else None,
        arbitration_decided_at=arbitration.decided_at if arbitration else None,
        next_department=_unit(row.following),
        held=iso_duration(row.seconds_held()),
        disputed=iso_duration(row.seconds_disputed(now)),
    )


class ReturnController(Controller):
    """Disputed assignments."""

    path = "/returns"
    tags = ("returns",)
    guards = (requires(Permission.READ_RETURNS),)

    @get(
        operation_id="listReturns",
        operation_class=ApiOperation,
        summary="List disputed assignments",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def listed(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        states: Annotated[list[ProcedureState] | None, QueryParameter(name="state")] = None,
        reason: Annotated[list[ReturnReason] | None, QueryParameter(name="reason")] = None,
        level: Annotated[list[ReturnLevel] | None, QueryParameter(name="level")] = None,
        department: Annotated[str | None, QueryParameter(max_length=64)] = None,
        overdue: Annotated[bool, QueryParameter()] = False,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> ReturnList:
        """List the returns you may see, newest first: a department its own, the hotline all."""
        now = resources.clock.now()
        page = await list_returns(
            reader,
            principal,
            ReturnFilter(
                state=tuple(states or ()),
                reason=tuple(reason or ()),
                level=tuple(level or ()),
                department=department,
                overdue_at=now if overdue else None,
            ),
            cursor=cursor,
            limit=limit,
        )
        return ReturnList(
            items=[return_out(row, now) for row in page.items], next_cursor=page.next_cursor
        )

    @get(
        "/figures",
        operation_id="countReturns",
        operation_class=ApiOperation,
        summary="How many returns wait, and how many were upheld",
        responses=problem_responses(401, 403, 503),
    )
    async def figures(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
    ) -> ReturnFigures:
        """Count the returns you may see."""
        counts = await count_returns(reader, principal, resources.clock.now())
        return ReturnFigures(
            pending=counts.pending,
            overdue=counts.overdue,
            upheld=counts.upheld,
            rejected=counts.rejected,
            upheld_share=counts.upheld_share,
            bounced=counts.bounced,
        )
