"""Calendars in versions: read them, try a change, publish it, load a year, move running clocks."""

from datetime import date
from typing import Annotated, Any

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.sla.calendars import (
    CalendarPreview,
    import_year,
    preview_calendar_change,
    preview_recalculation,
    publish_calendar,
    recalculate,
)
from hotline.workdays.book import (
    CALENDARS,
    NATURAL,
    UnknownCalendar,
    list_calendar_versions,
    list_calendars,
)
from hotline.workdays.horizon import horizon_of
from hotline.workdays.models import CalendarVersion
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, Words
from web.resources import Resources
from web.security.guards import requires

_DEFINITION_EXAMPLE = {
    "week": {"mon": ["09:00-12:00", "13:00-17:00"], "sat": []},
    "overrides": {
        "2026-10-01": {"kind": "holiday", "name": "国庆节"},
        "2026-10-10": {"kind": "workday", "like": "mon", "name": "国庆节调休"},
    },
    "covered_until": "2026-12-31",
    "day_seconds": 25200,
}


class CalendarOut(Answer):
    """One version of a calendar; `natural` is built in and has no definition."""

    code: str
    version: int
    label: str
    name: str
    definition: dict[str, Any] | None
    covered_until: date | None
    is_active: bool
    is_built_in: bool = False
    created_at: Instant | None = None
    created_by: str | None = None
    note: str = ""


class HorizonOut(Answer):
    """How far a calendar in force reaches."""

    code: str
    covered_until: date
    days_left: int
    is_near: bool


class CalendarList(Answer):
    """The newest version of every calendar, and how far those in force reach."""

    items: list[CalendarOut]
    horizon: list[HorizonOut]
    next_cursor: str | None = None


class CalendarVersions(Answer):
    """A calendar: every version, newest first."""

    code: str
    in_force: str | None
    items: list[CalendarOut]
    next_cursor: str | None = None


class CalendarBody(Body):
    """The next version of a calendar."""

    code: Annotated[str, Field(min_length=1, max_length=24)]
    name: Annotated[Words, Field(max_length=120)]
    definition: dict[str, Any] = Field(examples=[_DEFINITION_EXAMPLE])
    note: Annotated[str, Field(max_length=500)] = ""
    is_active: bool = True


class CalendarPreviewBody(Body):
    """What the calendar would become; left out: what it is in force."""

    definition: dict[str, Any] | None = Field(default=None, examples=[_DEFINITION_EXAMPLE])


class DueChangeOut(Answer):
    """A clock that would be due at another instant."""

    ticket: str
    clock: str
    due_at: Instant
    new_due_at: Instant


class CalendarPreviewOut(Answer):
    """What a change would do to open clocks: figures for all, a list of the first."""

    looked_at: int
    changed: int
    later: int
    earlier: int
    paused: int
    overdue: int
    items: list[DueChangeOut]


class YearBody(Body):
    """A year's announced days as CSV lines `date,kind,name`."""

    year: Annotated[int, Field(ge=2004, le=2099)]
    text: Annotated[str, Field(max_length=100_000)] = Field(
        examples=["2027-01-01,holiday,元旦\n2027-01-03,workday,元旦调休\n"]
    )
    dry_run: bool = False


class YearFault(Answer):
    """A line that cannot be used."""

    line: int
    problem: str


class YearOut(Answer):
    """What loading a year did, or would do."""

    year: int
    days: int
    counts: dict[str, int]
    faults: list[YearFault]
    covered_until: date
    version: str | None


class RecalculationOut(Answer):
    """What moving clocks to the version in force has done; call again while some remain."""

    version: str
    moved: int
    changed: int
    remaining: int


def calendar_out(row: CalendarVersion) -> CalendarOut:
    """Return one version of a calendar."""
    return CalendarOut(
        code=row.code,
        version=row.version,
        label=row.label,
        name=row.name,
        definition=row.definition,
        covered_until=row.covered_until,
        is_active=row.is_active,
        created_at=row.created_at,
        created_by=row.created_by,
        note=row.note,
    )


def _natural() -> CalendarOut:
    return CalendarOut(
        code=NATURAL.code,
        version=1,
        label=NATURAL.version,
        name="自然日",
        definition=None,
        covered_until=None,
        is_active=True,
        is_built_in=True,
    )


def _preview_out(preview: CalendarPreview) -> CalendarPreviewOut:
    return CalendarPreviewOut(
        looked_at=preview.looked_at,
        changed=preview.changed,
        later=preview.later,
        earlier=preview.earlier,
        paused=preview.paused,
        overdue=preview.overdue,
        items=[
            DueChangeOut(
                ticket=change.ticket_number,
                clock=change.kind.value,
                due_at=change.due_at,
                new_due_at=change.new_due_at,
            )
            for change in preview.changes
        ],
    )


class CalendarController(Controller):
    """Calendars in versions."""

    path = "/sla/calendars"
    tags = ("sla",)

    @get(
        "/",
        guards=[requires(Permission.READ_POLICIES)],
        operation_id="listCalendars",
        operation_class=ApiOperation,
        summary="List calendars",
        responses=problem_responses(401, 403),
    )
    async def list_(
        self, reader: NamedDependency[AsyncSession], resources: NamedDependency[Resources]
    ) -> CalendarList:
        """Return the newest version of every calendar, and how far those in force reach."""
        horizons = horizon_of((await CALENDARS.in_force(reader)).values(), resources.clock.now())
        return CalendarList(
            items=[_natural(), *(calendar_out(row) for row in await list_calendars(reader))],
            horizon=[
                HorizonOut(
                    code=horizon.code,
                    covered_until=horizon.covered_until,
                    days_left=horizon.days_left,
                    is_near=horizon.is_near,
                )
                for horizon in horizons
            ],
        )

    @get(
        "/{calendar:str}",
        guards=[requires(Permission.READ_POLICIES)],
        operation_id="readCalendar",
        operation_class=ApiOperation,
        summary="Read a calendar with its versions",
        responses=problem_responses(401, 403, 404),
    )
    async def read(
        self, reader: NamedDependency[AsyncSession], calendar: FromPath[str]
    ) -> CalendarVersions:
        """Return every version of a calendar, newest first."""
        if calendar == NATURAL.code:
            return CalendarVersions(code=calendar, in_force=NATURAL.version, items=[_natural()])
        rows = await list_calendar_versions(reader, calendar)
        if not rows:
            raise UnknownCalendar(calendar=calendar)
        in_force = (await CALENDARS.in_force(reader)).get(calendar)
        return CalendarVersions(
            code=calendar,
            in_force=in_force.version if in_force else None,
            items=[calendar_out(row) for row in rows],
        )

    @post(
        "/",
        guards=[requires(Permission.MANAGE_POLICIES)],
        operation_id="publishCalendar",
        operation_class=ApiOperation,
        summary="Publish the next version of a calendar",
        responses=problem_responses(401, 403, 409, 422),
    )
    async def publish(self, tx: NamedDependency[Tx], data: JSONBody[CalendarBody]) -> CalendarOut:
        """Publish the next version of a calendar; clocks that run keep the one they have."""
        row = await publish_calendar(
            tx,
            code=data.code,
            name=data.name,
            definition=data.definition,
            note=data.note,
            is_active=data.is_active,
        )
        return calendar_out(row)

    @post(
        "/{calendar:str}/preview",
        status_code=200,
        guards=[requires(Permission.MANAGE_POLICIES)],
        operation_id="previewCalendar",
        operation_class=ApiOperation,
        summary="Preview a change of a calendar",
        responses=problem_responses(401, 403, 404, 422),
    )
    async def preview(
        self,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        calendar: FromPath[str],
        data: JSONBody[CalendarPreviewBody],
    ) -> CalendarPreviewOut:
        """Tell which open clocks would be due at another instant; nothing is changed."""
        now = resources.clock.now()
        if data.definition is None:
            return _preview_out(await preview_recalculation(reader, calendar, now))
        return _preview_out(await preview_calendar_change(reader, calendar, data.definition, now))

    @post(
        "/{calendar:str}/import-year",
        status_code=200,
        guards=[requires(Permission.MANAGE_POLICIES)],
        operation_id="importCalendarYear",
        operation_class=ApiOperation,
        summary="Load a year's announced days",
        responses=problem_responses(401, 403, 404, 409, 422),
    )
    async def import_(
        self, tx: NamedDependency[Tx], calendar: FromPath[str], data: JSONBody[YearBody]
    ) -> YearOut:
        """Load a year's announced days; a dry run reports each line that cannot be used."""
        report = await import_year(
            tx, code=calendar, year=data.year, text=data.text, dry_run=data.dry_run
        )
        return YearOut(
            year=report.year,
            days=report.days,
            counts=dict(report.counts),
            faults=[YearFault(line=fault.line, problem=fault.problem) for fault in report.faults],
            covered_until=report.covered_until,
            version=report.version,
        )

    @post(
        "/{calendar:str}/recalculate",
        status_code=200,
        guards=[requires(Permission.MANAGE_POLICIES)],
        operation_id="recalculateCalendar",
        operation_class=ApiOperation,
        summary="Move running clocks to the version in force",
        responses=problem_responses(401, 403, 404, 409),
    )
    async def recalculate(
        self, tx: NamedDependency[Tx], calendar: FromPath[str]
    ) -> RecalculationOut:
        """Move running clocks to the version in force, 10,000 tickets at a call."""
        done = await recalculate(tx, calendar)
        return RecalculationOut(
            version=done.version, moved=done.moved, changed=done.changed, remaining=done.remaining
        )
