"""Appeals against credit and repairs of it."""

import uuid
from typing import Annotated

from litestar import Controller, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.appeals.actions import (
    decide_appeal,
    open_appeal,
    open_objection,
    open_second_level,
    withdraw_appeal,
)
from credit.appeals.previewing import effects_of
from credit.appeals.queries import list_appeals, read_appeal
from credit.appeals.rules import AppealState
from credit.cases.listing import CaseFilter
from credit.cases.queries import steps_of
from credit.repairs.actions import (
    check_repair,
    decide_false_statement,
    decide_repair,
    put_off_repair,
    report_false_statement,
    request_repair,
    withdraw_repair,
)
from credit.repairs.queries import list_repairs, read_repair
from credit.repairs.rules import RepairState
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import ActionBody
from web.api.v1 import credit_bodies as bodies
from web.resources import Resources
from web.security.guards import requires

_REFUSALS = problem_responses(401, 403, 404, 409, 410, 422, 503)
_READING = problem_responses(401, 403, 404, 503)
_LISTING = problem_responses(401, 403, 422, 503)

Waits = Annotated[
    bool,
    QueryParameter(description="Only what somebody owes a decision in, the most urgent first"),
]
Code = Annotated[str | None, QueryParameter(max_length=64)]
Cursor = Annotated[str | None, QueryParameter(max_length=400)]
Limit = Annotated[int, QueryParameter(ge=1, le=200)]


async def _appeal(tx: Tx, appeal_id: uuid.UUID) -> bodies.AppealOut:
    await tx.session.flush()  # the answer reads back what the action has written
    row = await read_appeal(tx.session, tx.actor, appeal_id)
    steps = await steps_of(tx.session, appeal_id)
    return bodies.appeal_out(row, steps, await effects_of(tx.session, row.appeal, tx.now))


async def _repair(tx: Tx, repair_id: uuid.UUID) -> bodies.RepairOut:
    await tx.session.flush()  # the answer reads back what the action has written
    row = await read_repair(tx.session, tx.actor, repair_id)
    return bodies.repair_out(row, await steps_of(tx.session, repair_id))


class CreditRemedyController(Controller):
    """What a department does about its own credit."""

    path = "/credit"
    tags = ("credit",)
    guards = (requires(Permission.APPEAL_CREDIT),)

    @post(
        "/events/{entry_id:uuid}/appeals",
        status_code=201,
        operation_id="openAppeal",
        operation_class=ApiOperation,
        summary="Appeal against an event",
        responses=_REFUSALS,
    )
    async def appeal(
        self,
        tx: NamedDependency[Tx],
        entry_id: FromPath[uuid.UUID],
        data: JSONBody[bodies.AppealBody],
    ) -> bodies.AppealOut:
        """Appeal against an event of your department; it is marked at once and counts no more."""
        return await _appeal(tx, (await open_appeal(tx, entry_id, **dict(data))).id)

    @post(
        "/events/{entry_id:uuid}/repairs",
        status_code=201,
        operation_id="requestRepair",
        operation_class=ApiOperation,
        summary="Ask for the repair of an event",
        responses=_REFUSALS,
    )
    async def repair(
        self,
        tx: NamedDependency[Tx],
        entry_id: FromPath[uuid.UUID],
        data: JSONBody[bodies.RepairBody],
    ) -> bodies.RepairOut:
        """Ask for a repair; a minor event repairs itself when it is cured and clean for long enough."""
        return await _repair(tx, (await request_repair(tx, entry_id, **dict(data))).id)

    @post(
        "/periods/{period:str}/objections",
        status_code=201,
        operation_id="openObjection",
        operation_class=ApiOperation,
        summary="Object to a figure shown for notice",
        responses=_REFUSALS,
    )
    async def objection(
        self,
        tx: NamedDependency[Tx],
        period: FromPath[str],
        data: JSONBody[bodies.ObjectionBody],
    ) -> bodies.AppealOut:
        """Object to a figure of your department; the period is not published before it is decided."""
        return await _appeal(tx, (await open_objection(tx, period, **dict(data))).id)


class CreditAppealController(Controller):
    """Appeals: the hotline sees all, a department its own."""

    path = "/credit/appeals"
    tags = ("credit",)
    guards = (requires(Permission.READ_CREDIT_CASES),)

    @get(
        "/",
        operation_id="listAppeals",
        operation_class=ApiOperation,
        summary="List appeals",
        responses=_LISTING,
    )
    async def appeals(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        *,
        waits: Waits = False,
        states: Annotated[list[AppealState] | None, QueryParameter(name="state")] = None,
        department: Code = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> bodies.AppealList:
        """List the appeals you may see, the newest first."""
        wanted = CaseFilter(waits=waits, states=tuple(states or ()), department=department)
        page = await list_appeals(reader, principal, wanted, cursor=cursor, limit=limit)
        return bodies.AppealList(
            items=[bodies.appeal_line(row) for row in page.items], next_cursor=page.next_cursor
        )

    @get(
        "/{appeal_id:uuid}",
        operation_id="readAppeal",
        operation_class=ApiOperation,
        summary="Read an appeal",
        responses=_READING,
    )
    async def appeal(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        appeal_id: FromPath[uuid.UUID],
    ) -> bodies.AppealOut:
        """Return an appeal with its steps, and with what changes if it is upheld."""
        row = await read_appeal(reader, principal, appeal_id)
        effects = await effects_of(reader, row.appeal, resources.clock.now())
        return bodies.appeal_out(row, await steps_of(reader, appeal_id), effects)

    @post(
        "/{appeal_id:uuid}/decide-appeal",
        status_code=200,
        guards=[requires(Permission.DECIDE_APPEALS)],
        operation_id="decideAppeal",
        operation_class=ApiOperation,
        summary="Decide an appeal",
        responses=_REFUSALS,
    )
    async def decide(
        self,
        tx: NamedDependency[Tx],
        appeal_id: FromPath[uuid.UUID],
        data: JSONBody[bodies.AppealDecisionBody],
    ) -> bodies.AppealOut:
        """Decide at the level at which it is; never by whoever had a part in it."""
        await decide_appeal(tx, appeal_id, **dict(data))
        return await _appeal(tx, appeal_id)

    @post(
        "/{appeal_id:uuid}/second-level",
        status_code=200,
        guards=[requires(Permission.APPEAL_CREDIT)],
        operation_id="openSecondLevel",
        operation_class=ApiOperation,
        summary="Take a refused appeal to the second level",
        responses=_REFUSALS,
    )
    async def second_level(
        self,
        tx: NamedDependency[Tx],
        appeal_id: FromPath[uuid.UUID],
        data: JSONBody[bodies.SecondLevelBody],
    ) -> bodies.AppealOut:
        """Have the authority decide, within ten working days from the refusal."""
        await open_second_level(tx, appeal_id, **dict(data))
        return await _appeal(tx, appeal_id)

    @post(
        "/{appeal_id:uuid}/withdraw-appeal",
        status_code=200,
        guards=[requires(Permission.APPEAL_CREDIT)],
        operation_id="withdrawAppeal",
        operation_class=ApiOperation,
        summary="Take an appeal back",
        responses=_REFUSALS,
    )
    async def withdraw(
        self,
        tx: NamedDependency[Tx],
        appeal_id: FromPath[uuid.UUID],
        data: JSONBody[ActionBody],
    ) -> bodies.AppealOut:
        """Take an appeal back; the event is in force again."""
        await withdraw_appeal(tx, appeal_id, **dict(data))
        return await _appeal(tx, appeal_id)


class CreditRepairController(Controller):
    """Repairs: the hotline sees all, a department its own."""

    path = "/credit/repairs"
    tags = ("credit",)
    guards = (requires(Permission.READ_CREDIT_CASES),)

    @get(
        "/",
        operation_id="listRepairs",
        operation_class=ApiOperation,
        summary="List repairs",
        responses=_LISTING,
    )
    async def repairs(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        *,
        waits: Waits = False,
        states: Annotated[list[RepairState] | None, QueryParameter(name="state")] = None,
        department: Code = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> bodies.RepairList:
        """List the repairs you may see, the newest first."""
        wanted = CaseFilter(waits=waits, states=tuple(states or ()), department=department)
        page = await list_repairs(reader, principal, wanted, cursor=cursor, limit=limit)
        return bodies.RepairList(
            items=[bodies.repair_line(row) for row in page.items], next_cursor=page.next_cursor
        )

    @get(
        "/{repair_id:uuid}",
        operation_id="readRepair",
        operation_class=ApiOperation,
        summary="Read a repair",
        responses=_READING,
    )
    async def repair(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        repair_id: FromPath[uuid.UUID],
    ) -> bodies.RepairOut:
        """Return a repair with its steps."""
        row = await read_repair(reader, principal, repair_id)
        return bodies.repair_out(row, await steps_of(reader, repair_id))

    @post(
        "/{repair_id:uuid}/check-repair",
        status_code=200,
        guards=[requires(Permission.CHECK_REPAIRS)],
        operation_id="checkRepair",
        operation_class=ApiOperation,
        summary="Record the check of a cure",
        responses=_REFUSALS,
    )
    async def check(
        self,
        tx: NamedDependency[Tx],
        repair_id: FromPath[uuid.UUID],
        data: JSONBody[bodies.RepairCheckBody],
    ) -> bodies.RepairOut:
        """Record what a return visit or a look on the spot found; another person decides."""
        await check_repair(tx, repair_id, **dict(data))
        return await _repair(tx, repair_id)

    @post(
        "/{repair_id:uuid}/decide-repair",
        status_code=200,
        guards=[requires(Permission.DECIDE_REPAIRS)],
        operation_id="decideRepair",
        operation_class=ApiOperation,
        summary="Decide a repair",
        responses=_REFUSALS,
    )
    async def decide(
        self,
        tx: NamedDependency[Tx],
        repair_id: FromPath[uuid.UUID],
        data: JSONBody[bodies.RepairDecisionBody],
    ) -> bodies.RepairOut:
        """Grant or refuse it; granted, the event weighs nothing and is hidden at once."""
        await decide_repair(tx, repair_id, **dict(data))
        return await _repair(tx, repair_id)

    @post(
        "/{repair_id:uuid}/put-off-repair",
        status_code=200,
        guards=[requires(Permission.DECIDE_REPAIRS)],
        operation_id="putOffRepair",
        operation_class=ApiOperation,
        summary="Put the decision off",
        responses=_REFUSALS,
    )
    async def put_off(
        self,
        tx: NamedDependency[Tx],
        repair_id: FromPath[uuid.UUID],
        data: JSONBody[bodies.PutOffBody],
    ) -> bodies.RepairOut:
        """Give the decision three more working days, once and with a reason."""
        await put_off_repair(tx, repair_id, **dict(data))
        return await _repair(tx, repair_id)

    @post(
        "/{repair_id:uuid}/withdraw-repair",
        status_code=200,
        guards=[requires(Permission.APPEAL_CREDIT)],
        operation_id="withdrawRepair",
        operation_class=ApiOperation,
        summary="Take a request for a repair back",
        responses=_REFUSALS,
    )
    async def withdraw(
        self,
        tx: NamedDependency[Tx],
        repair_id: FromPath[uuid.UUID],
        data: JSONBody[ActionBody],
    ) -> bodies.RepairOut:
        """Take a request back that is not decided yet."""
        await withdraw_repair(tx, repair_id, **dict(data))
        return await _repair(tx, repair_id)

    @post(
        "/{repair_id:uuid}/report-false-statement",
        status_code=200,
        operation_id="reportFalseStatement",
        operation_class=ApiOperation,
        summary="Report a false statement",
        responses=_REFUSALS,
    )
    async def report_false(
        self,
        tx: NamedDependency[Tx],
        repair_id: FromPath[uuid.UUID],
        data: JSONBody[bodies.DoubtBody],
    ) -> bodies.RepairOut:
        """Report that a statement in a request is false; a second person decides whether it is."""
        await report_false_statement(tx, repair_id, **dict(data))
        return await _repair(tx, repair_id)

    @post(
        "/{repair_id:uuid}/decide-false-statement",
        status_code=200,
        guards=[requires(Permission.DECIDE_REPAIRS)],
        operation_id="decideFalseStatement",
        operation_class=ApiOperation,
        summary="Decide whether a statement is false",
        responses=_REFUSALS,
    )
    async def decide_false(
        self,
        tx: NamedDependency[Tx],
        repair_id: FromPath[uuid.UUID],
        data: JSONBody[bodies.DoubtDecisionBody],
    ) -> bodies.RepairOut:
        """False, it is a severe event of its own, and no repair is heard for a year."""
        await decide_false_statement(tx, repair_id, **dict(data))
        return await _repair(tx, repair_id)


credit_cases_router = Router(
    "/",
    route_handlers=[CreditRemedyController, CreditAppealController, CreditRepairController],
)
