"""Consultations and whistles: who was called, what each answered, what was decided."""

from datetime import datetime, timedelta
from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.masking import mask_text
from hotline.meetings.queries import (
    MeetingRow,
    ReportRow,
    ResponseFigures,
    WhistleFilter,
    co_reports,
    consultation_of,
    list_whistles,
    response_figures,
)
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.tickets.access import find_readable
from hotline.tickets.meetings import MeetingState
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Instant, Unit
from web.resources import Resources
from web.security.guards import requires

FIGURE_DAYS = 90


class CalledUnitOut(Answer):
    """A unit that was called; its score only for the hotline and itself."""

    department: Unit
    called_at: Instant
    due_at: Instant | None
    answered_at: Instant | None
    seconds_used: int | None
    in_time: bool | None
    opinion: str | None
    words: str | None
    attendee: str | None
    deputy: bool | None
    attended: bool | None
    score: int | None
    score_words: str | None


class MeetingTaskOut(Answer):
    """A task that a meeting gave."""

    department: Unit
    text: str
    due_at: Instant
    done_at: Instant | None
    dropped_at: Instant | None
    report: str | None
    evidence: list[str]


class MeetingOut(Answer):
    """A consultation or a whistle, personal data masked."""

    number: str
    ticket: str
    kind: str
    state: str
    question: str
    held_at: Instant | None
    place: str | None
    called_by: str | None
    called_at: Instant
    units: list[CalledUnitOut]
    tasks: list[MeetingTaskOut]
    minutes: str | None
    decision: str | None
    duty: str | None
    decided_by: str | None
    decided_at: Instant | None
    ended_at: Instant | None
    call_off_reason: str | None


class WhistleList(Answer):
    """A page of whistles, the newest first."""

    items: list[MeetingOut]
    next_cursor: str | None = None


class FiguresOut(Answer):
    """How a unit answered its calls, did its tasks and gave its opinions."""

    department: Unit
    calls: int
    answered_in_time: int
    answered_late: int
    unanswered: int
    attended: int
    absent: int
    mean_score: float | None
    scores: int
    tasks: int
    tasks_in_time: int
    whistles_blown: int
    consents_by_silence: int


class FiguresList(Answer):
    """Every unit that was called, by code; nobody is ranked."""

    since: Instant
    items: list[FiguresOut]


class CoReportOut(Answer):
    """A word between a co-handler and the lead: stage, delay, opinion, asked_again or proposal."""

    department: Unit
    kind: str
    stage: str | None
    text: str
    evidence: list[str]
    reported_by: str | None
    reported_at: Instant


class CoReportList(Answer):
    """What was said, oldest first."""

    items: list[CoReportOut]


def _unit(unit: Department) -> Unit:
    return Unit(code=unit.code, name=unit.name, name_en=unit.name_en)


def _masked(text: str | None) -> str | None:
    return mask_text(text) if text else None


def _in_time(answered_at: datetime | None, due_at: datetime | None) -> bool | None:
    if answered_at is None:
        return None
    return due_at is None or answered_at <= due_at


def meeting_out(row: MeetingRow, ticket: str, principal: Principal) -> MeetingOut:
    """Return a meeting, personal data masked."""
    meeting = row.meeting
    units = []
    for one in row.units:
        unit = one.unit
        own = unit.department_id == principal.department_id
        may_read = principal.sees_every_ticket or own
        units.append(
            CalledUnitOut(
                department=_unit(one.department),
                called_at=unit.called_at,
                due_at=unit.due_at,
                answered_at=unit.answered_at,
                seconds_used=int((unit.answered_at - unit.called_at).total_seconds())
                if unit.answered_at
                else None,
                in_time=_in_time(unit.answered_at, unit.due_at),
                opinion=unit.opinion.value if unit.opinion else None,
                words=_masked(unit.words),
                attendee=unit.attendee,
                deputy=unit.is_deputy,
                attended=unit.attended,
                score=unit.score if may_read else None,
                score_words=_masked(unit.score_words) if may_read else None,
            )
        )
    return MeetingOut(
        number=meeting.number,
        ticket=ticket,
        kind=meeting.kind.value,
        state=meeting.state.value,
        question=mask_text(meeting.question),
        held_at=meeting.held_at,
        place=_masked(meeting.place),
        called_by=row.caller.username if row.caller else None,
        called_at=meeting.called_at,
        units=units,
        tasks=[
            MeetingTaskOut(
                department=_unit(one.department),
                text=mask_text(one.task.text),
                due_at=one.task.due_at,
                done_at=one.task.done_at,
                dropped_at=one.task.dropped_at,
                report=_masked(one.task.report),
                evidence=[mask_text(reference) for reference in one.task.evidence],
            )
            for one in row.tasks
        ],
        minutes=_masked(meeting.minutes),
        decision=_masked(meeting.decision),
        duty=row.duty.code if row.duty else None,
        decided_by=row.decider.username if row.decider else None,
        decided_at=meeting.decided_at,
        ended_at=meeting.ended_at,
        call_off_reason=_masked(meeting.call_off_reason),
    )


def _figures_out(line: ResponseFigures) -> FiguresOut:
    return FiguresOut(
        department=_unit(line.department),
        calls=line.called,
        answered_in_time=line.in_time,
        answered_late=line.late,
        unanswered=line.silent,
        attended=line.came,
        absent=line.absent,
        mean_score=round(float(line.mean_score), 2) if line.mean_score is not None else None,
        scores=line.scored,
        tasks=line.tasks,
        tasks_in_time=line.tasks_in_time,
        whistles_blown=line.whistles,
        consents_by_silence=line.consents,
    )


def _report_out(row: ReportRow) -> CoReportOut:
    report = row.report
    return CoReportOut(
        department=_unit(row.department),
        kind=report.kind.value,
        stage=report.stage.value if report.stage else None,
        text=mask_text(report.text),
        evidence=[mask_text(reference) for reference in report.evidence],
        reported_by=row.reporter.username if row.reporter else None,
        reported_at=report.reported_at,
    )


class WhistleController(Controller):
    """Units whistled together."""

    path = "/whistles"
    tags = ("meetings",)
    guards = (requires(Permission.READ_MEETINGS),)

    @get(
        operation_id="listWhistles",
        operation_class=ApiOperation,
        summary="List whistles",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def whistles(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        states: Annotated[list[MeetingState] | None, QueryParameter(name="state")] = None,
        department: Annotated[str | None, QueryParameter(max_length=96)] = None,
        ticket: Annotated[str | None, QueryParameter(max_length=13)] = None,
        unanswered: Annotated[bool, QueryParameter()] = False,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> WhistleList:
        """List the whistles you may see, newest first: a department those it blew or was called by."""
        page = await list_whistles(
            reader,
            principal,
            WhistleFilter(
                state=tuple(states or ()),
                department=department,
                ticket=ticket,
                is_unanswered=unanswered,
            ),
            cursor=cursor,
            limit=limit,
        )
        return WhistleList(
            items=[meeting_out(line.row, line.ticket_number, principal) for line in page.items],
            next_cursor=page.next_cursor,
        )

    @get(
        "/figures",
        operation_id="readResponseFigures",
        operation_class=ApiOperation,
        summary="How units came",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def figures(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        days: Annotated[int, QueryParameter(ge=1, le=366)] = FIGURE_DAYS,
    ) -> FiguresList:
        """Count how units answered calls of the last days; a department reads its own figures."""
        now = resources.clock.now()
        since = now - timedelta(days=days)
        lines = await response_figures(reader, principal, since, now)
        return FiguresList(since=since, items=[_figures_out(line) for line in lines])


class JointHandlingController(Controller):
    """What units say to each other about one ticket."""

    path = "/tickets/{number:str}"
    tags = ("meetings",)
    guards = (requires(Permission.READ_TICKETS),)

    @get(
        "/consultation",
        operation_id="getTicketConsultation",
        operation_class=ApiOperation,
        summary="Read the newest consultation",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def consultation(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        number: FromPath[str],
    ) -> MeetingOut:
        """Return the newest consultation about a ticket with the answers of the units called."""
        ticket = await find_readable(reader, principal, number)
        return meeting_out(await consultation_of(reader, ticket.id), ticket.number, principal)

    @get(
        "/co-reports",
        operation_id="listCoReports",
        operation_class=ApiOperation,
        summary="What co-handlers reported",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def reports(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        number: FromPath[str],
    ) -> CoReportList:
        """Return stage reports, reasons for delay and opinions of co-handlers, oldest first."""
        ticket = await find_readable(reader, principal, number)
        rows = await co_reports(reader, ticket.id)
        return CoReportList(items=[_report_out(row) for row in rows])
