"""The board as figures: what happened within some days and before, and the list behind each number."""

from datetime import date, datetime
from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.clock import SHANGHAI
from hotline.people.actions import DepartmentNotFound
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.people.queries import departments_by_id, find_department
from hotline.supervision.board.counting import Scope, count_behind, list_behind
from hotline.supervision.board.errors import FigureNotFound
from hotline.supervision.board.figures import FIGURES, GROUPS
from hotline.supervision.board.queries import count_pressing
from hotline.supervision.board.spans import Period, Spans, spans_of
from hotline.supervision.board.sums import Gathered, gather
from hotline.tickets.queries import rows_of
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Instant, Unit
from web.api.v1.supervision import LateByClock, LateFigures, late_figures, unit_out
from web.resources import Resources
from web.security.guards import reads_board

Since = Annotated[date | None, QueryParameter(description="Only with `period=free`")]
DepartmentCode = Annotated[str | None, QueryParameter(max_length=64)]
Area = Annotated[str | None, QueryParameter(max_length=64)]


class DayCount(Answer):
    """How often something happened on a day of Shanghai."""

    day: date
    count: int


class BoardFigure(Answer):
    """How often something happened within the days asked for, and within those before them.

    `days` are those asked for on which it happened.
    """

    figure: str
    count: int
    before: int
    days: list[DayCount]


class UnitFigure(Answer):
    """The same of one department, without its days."""

    figure: str
    count: int
    before: int


class UnitFigures(Answer):
    """What happened at a department."""

    department: Unit
    figures: list[UnitFigure]


class BoardOut(Answer):
    """The board; what each figure is stands under `/board/definitions` of the pages.

    `departments` are filled for the whole city only.
    """

    as_of: Instant
    since: date
    until: date
    before_since: date
    before_until: date
    department: Unit | None
    area: str | None
    late: LateFigures
    late_by_clock: list[LateByClock]
    figures: list[BoardFigure]
    departments: list[UnitFigures]


class HappeningOut(Answer):
    """One line behind a number. Who may not read the ticket is told when and where alone."""

    figure: str
    at: Instant
    ticket: str | None
    department: Unit | None
    area: str | None


class HappeningList(Answer):
    """A page of the list behind a number, the newest first, and how long the whole is."""

    total: int
    items: list[HappeningOut]
    next_cursor: str | None = None


async def _department(
    session: AsyncSession, principal: Principal, code: str | None
) -> Department | None:
    """Return whose figures are asked for; None for everybody's.

    Raises:
        DepartmentNotFound: there is none, or not for this caller.
    """
    if Permission.READ_BOARD not in principal.permissions:
        if code not in {None, principal.department_code}:
            raise DepartmentNotFound(department=code)
        code = principal.department_code
    if code is None:
        return None
    found = await find_department(session, code)
    if found is None:
        raise DepartmentNotFound(department=code)
    return found


def _spans(now: datetime, period: Period, since: date | None, until: date | None) -> Spans:
    return spans_of(period, now.astimezone(SHANGHAI).date(), since, until)


def _units(gathered: Gathered, units: dict[int, Department]) -> list[UnitFigures]:
    return [
        UnitFigures(
            department=unit_out(unit),
            figures=[
                UnitFigure(figure=figure, count=count, before=before)
                for figure, (count, before) in sorted(gathered.units[unit_id].items())
            ],
        )
        for unit_id, unit in sorted(units.items(), key=lambda pair: pair[1].code)
    ]


class BoardController(Controller):
    """The board."""

    path = "/board"
    tags = ("supervision",)
    guards = (reads_board,)

    @get(
        operation_id="readBoard",
        operation_class=ApiOperation,
        summary="What is late, and what happened within some days and before",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def figures(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        period: Annotated[Period, QueryParameter()] = Period.WEEK,
        since: Since = None,
        until: Since = None,
        department: DepartmentCode = None,
        area: Area = None,
    ) -> BoardOut:
        """Return the figures of everybody, of a department or of an area; a department gets its own."""
        unit = await _department(reader, principal, department)
        now = resources.clock.now()
        spans = _spans(now, period, since, until)
        scope = Scope(unit.id if unit else None, area)
        gathered = await gather(
            reader,
            spans,
            scope,
            earliest=spans.before.first,
            year=spans.now,
            of_units=() if unit or area else tuple(FIGURES),
        )
        pressing = await count_pressing(reader, scope, now)
        course = gathered.course
        return BoardOut(
            as_of=now,
            since=spans.now.first,
            until=spans.now.last,
            before_since=spans.before.first,
            before_until=spans.before.last,
            department=unit_out(unit) if unit else None,
            area=area,
            late=late_figures(pressing.total),
            late_by_clock=[
                LateByClock(clock=kind.value, count=late_figures(count))
                for kind, count in sorted(pressing.kinds.items())
            ],
            figures=[
                BoardFigure(
                    figure=figure,
                    count=course.sum(spans.now, figure),
                    before=course.sum(spans.before, figure),
                    days=[
                        DayCount(day=day, count=count)
                        for day, count in sorted(course.counts.get(figure, {}).items())
                        if spans.now.holds(day) and count
                    ],
                )
                for figure in FIGURES
            ],
            departments=_units(
                gathered, dict(await departments_by_id(reader, set(gathered.units)))
            ),
        )

    @get(
        "/behind/{figure:str}",
        operation_id="listBehindBoard",
        operation_class=ApiOperation,
        summary="The list behind a number of the board",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def behind(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        figure: FromPath[str],
        period: Annotated[Period, QueryParameter()] = Period.WEEK,
        since: Since = None,
        until: Since = None,
        department: DepartmentCode = None,
        area: Area = None,
        category: Annotated[str | None, QueryParameter(max_length=96)] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> HappeningList:
        """Return what was counted, line by line: as many lines as the number says."""
        if figure not in GROUPS:
            raise FigureNotFound(figure=figure)
        unit = await _department(reader, principal, department)
        days = _spans(resources.clock.now(), period, since, until).now
        scope = Scope(unit.id if unit else None, area, category)
        found = await list_behind(reader, figure, days, scope, cursor=cursor, limit=limit)
        tickets = await rows_of(reader, principal, [one.ticket_id for one in found.items])
        return HappeningList(
            total=await count_behind(reader, figure, days, scope),
            items=[
                HappeningOut(
                    figure=one.figure,
                    at=one.at,
                    ticket=tickets[one.ticket_id].number if one.ticket_id in tickets else None,
                    department=unit_out(one.department) if one.department else None,
                    area=one.area,
                )
                for one in found.items
            ],
            next_cursor=found.next_cursor,
        )
