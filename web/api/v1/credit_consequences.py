"""What grades bring: consequences in force, the watch list, honours, routine checks."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import AwareDatetime, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.consequences.actions import record_routine_check
from credit.consequences.queries import (
    StandingConsequence,
    consequences_in_force,
    due_checks,
    find_own_department,
    honours_of,
    past_consequences,
)
from credit.consequences.rules import ConsequenceKind
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, Unit, Words
from web.resources import Resources
from web.security.guards import requires


class ConsequenceOut(Answer):
    """A consequence in force. `value` is a share or a number of days, where it has a measure."""

    department: Unit
    kind: str
    value: str
    grade: str
    period: str
    is_trial: bool
    since: Instant
    lifted_by: str | None


class PastConsequenceOut(Answer):
    """A consequence that is over, and the grade that ended it."""

    kind: str
    value: str
    grade: str
    period: str
    since: Instant
    ended_at: Instant
    ended_by: str | None


class DepartmentConsequencesOut(Answer):
    """What a department's grade brings, and what it has brought."""

    department: Unit
    in_force: list[ConsequenceOut]
    ended: list[PastConsequenceOut]


class WatchList(Answer):
    """The departments on the watch list, the longest on it first."""

    items: list[ConsequenceOut]
    next_cursor: str | None = None


class HonourOut(Answer):
    """Whether a department may be honoured; `veto` says why not."""

    department: Unit
    may_be_honoured: bool
    grade: str | None
    is_trial: bool
    veto: ConsequenceOut | None


class HonourList(Answer):
    """Whether departments may be honoured."""

    items: list[HonourOut]
    next_cursor: str | None = None


class DueCheckOut(Answer):
    """When a department is due for its next routine check."""

    department: Unit
    grade: str
    every_days: int
    last_at: Instant | None
    due_at: Instant


class DueCheckList(Answer):
    """The routine checks, the longest due first."""

    items: list[DueCheckOut]
    next_cursor: str | None = None


class RoutineCheckBody(Body):
    """A routine check that took place."""

    department: str = Field(max_length=64)
    checked_at: AwareDatetime
    findings: Words


class RoutineCheckOut(Answer):
    """A routine check as it was recorded."""

    department: str
    checked_at: Instant
    findings: str


def _unit(unit: Department) -> Unit:
    return Unit(code=unit.code, name=unit.name, name_en=unit.name_en)


def consequence_out(row: StandingConsequence) -> ConsequenceOut:
    """Return a consequence in force."""
    one = row.consequence
    return ConsequenceOut(
        department=_unit(row.department),
        kind=one.kind.value,
        value=one.value,
        grade=one.grade.value,
        period=one.period,
        is_trial=one.is_trial,
        since=one.since,
        lifted_by=row.lifted_by.value if row.lifted_by else None,
    )


class CreditConsequenceController(Controller):
    """What grades bring."""

    path = "/credit"
    tags = ("credit",)

    @get(
        "/departments/{code:str}/consequences",
        guards=[requires(Permission.READ_CREDIT)],
        operation_id="listCreditConsequences",
        operation_class=ApiOperation,
        summary="What a department's grade brings",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def of_department(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        code: FromPath[str],
    ) -> DepartmentConsequencesOut:
        """Return what is in force, since when and why, and what is over; a department's own only."""
        unit = await find_own_department(reader, principal, code)
        now = resources.clock.now()
        rows = await consequences_in_force(reader, now, department_id=unit.id)
        return DepartmentConsequencesOut(
            department=_unit(unit),
            in_force=[consequence_out(row) for row in rows],
            ended=[
                PastConsequenceOut(
                    kind=row.consequence.kind.value,
                    value=row.consequence.value,
                    grade=row.consequence.grade.value,
                    period=row.consequence.period,
                    since=row.consequence.since,
                    ended_at=row.ended_at,
                    ended_by=row.grade.value if row.grade else None,
                )
                for row in await past_consequences(reader, unit.id)
            ],
        )

    @get(
        "/watchlist",
        guards=[requires(Permission.READ_BOARD)],
        operation_id="listWatchedDepartments",
        operation_class=ApiOperation,
        summary="Departments on the watch list",
        responses=problem_responses(401, 403, 503),
    )
    async def watchlist(
        self, reader: NamedDependency[AsyncSession], resources: NamedDependency[Resources]
    ) -> WatchList:
        """List who is on the watch list, since when and because of which grade."""
        rows = await consequences_in_force(
            reader, resources.clock.now(), kinds=(ConsequenceKind.WATCHED,)
        )
        return WatchList(items=[consequence_out(row) for row in rows])

    @get(
        "/honours",
        guards=[requires(Permission.READ_BOARD)],
        operation_id="listHonours",
        operation_class=ApiOperation,
        summary="Who may be honoured, and who may not and why",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def honours(
        self,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        departments: Annotated[str | None, QueryParameter(max_length=4000)] = None,
    ) -> HonourList:
        """Say it of the departments whose codes are given, separated by commas; of all otherwise."""
        codes = [one.strip() for one in departments.split(",")] if departments else None
        rows = await honours_of(reader, resources.clock.now(), codes)
        return HonourList(
            items=[
                HonourOut(
                    department=_unit(row.department),
                    may_be_honoured=row.veto is None,
                    grade=row.grade.value if row.grade else None,
                    is_trial=row.is_trial,
                    veto=consequence_out(
                        StandingConsequence(row.veto, row.department, row.lifted_by)
                    )
                    if row.veto
                    else None,
                )
                for row in rows
            ]
        )

    @get(
        "/checks",
        guards=[requires(Permission.READ_VISITS)],
        operation_id="listRoutineChecks",
        operation_class=ApiOperation,
        summary="Which departments are due for a routine check",
        responses=problem_responses(401, 403, 503),
    )
    async def checks(self, reader: NamedDependency[AsyncSession]) -> DueCheckList:
        """List when each department is due, by the cycle that its grade asks for."""
        return DueCheckList(
            items=[
                DueCheckOut(
                    department=_unit(row.department),
                    grade=row.grade.value,
                    every_days=row.days,
                    last_at=row.last,
                    due_at=row.due_at,
                )
                for row in await due_checks(reader)
            ]
        )

    @post(
        "/checks",
        guards=[requires(Permission.CHECK_PLACES)],
        operation_id="recordRoutineCheck",
        operation_class=ApiOperation,
        summary="Record a routine check",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def record(
        self, tx: NamedDependency[Tx], data: JSONBody[RoutineCheckBody]
    ) -> RoutineCheckOut:
        """Record a check that took place; the next is counted from it."""
        check = await record_routine_check(
            tx, data.department, checked_at=data.checked_at, findings=data.findings
        )
        return RoutineCheckOut(
            department=data.department, checked_at=check.checked_at, findings=check.findings
        )
