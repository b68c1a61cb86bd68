"""Reading meetings: those of a ticket, the list of whistles, what waits for a unit, how units came."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Page,
    decode_place,
    encode_cursor,
)
from hotline.meetings.errors import MeetingNotFound
from hotline.people.models import Department, User
from hotline.people.principal import Principal
from hotline.people.queries import departments_by_id, users_by_id
from hotline.tickets.access import readable
from hotline.tickets.assignments import OPINION_OPEN, AssignmentRole, AssignmentState
from hotline.tickets.lifecycle import Action
from hotline.tickets.meeting_models import (
    UNDECIDED_SQL,
    CoReport,
    Meeting,
    MeetingTask,
    MeetingUnit,
)
from hotline.tickets.meetings import UNDECIDED, MeetingKind, MeetingState
from hotline.tickets.models import Assignment, Ticket

_IS_UNDECIDED: sa.ColumnElement[bool] = sa.literal_column(f"meetings.{UNDECIDED_SQL}", sa.Boolean)
"""Written out, so that the planner sees the very condition of the partial index."""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit that was called."""

    unit: MeetingUnit
    department: Department


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task that a meeting gave."""

    task: MeetingTask
    department: Department


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """A meeting with all that belongs to it; words as they were written: mask them before showing."""

    meeting: Meeting
    caller: User | None
    decider: User | None
    duty: Department | None
    units: Sequence[UnitRow]
    tasks: Sequence[TaskRow]

    @property
    def is_undecided(self) -> bool:
        """Tell whether units may still answer."""
        return self.meeting.state in UNDECIDED


async def meetings_of_ticket(session: AsyncSession, ticket_id: uuid.UUID) -> Sequence[MeetingRow]:
    """Return every meeting about a ticket, newest first, in a fixed number of statements."""
    rows = await session.exec(
        select(Meeting)
        .where(Meeting.ticket_id == ticket_id)
        .order_by(col(Meeting.called_at).desc(), col(Meeting.nth).desc())
    )
    return await _whole(session, rows.all())


async def _whole(session: AsyncSession, meetings: Sequence[Meeting]) -> Sequence[MeetingRow]:
    if not meetings:
        return ()
    ids = [meeting.id for meeting in meetings]
    units = await session.exec(
        select(MeetingUnit, Department)
        .join(Department, col(Department.id) == col(MeetingUnit.department_id))
        .where(col(MeetingUnit.meeting_id).in_(ids))
        .order_by(col(MeetingUnit.called_at), col(Department.code))
    )
    tasks = await session.exec(
        select(MeetingTask, Department)
        .join(Department, col(Department.id) == col(MeetingTask.department_id))
        .where(col(MeetingTask.meeting_id).in_(ids))
        .order_by(col(MeetingTask.due_at), col(MeetingTask.id))
    )
    called: dict[uuid.UUID, list[UnitRow]] = {key: [] for key in ids}
    given: dict[uuid.UUID, list[TaskRow]] = {key: [] for key in ids}
    for unit, department in units:
        called[unit.meeting_id].append(UnitRow(unit, department))
    for task, department in tasks:
        given[task.meeting_id].append(TaskRow(task, department))
    people = await users_by_id(
        session, {who for m in meetings for who in (m.called_by, m.decided_by)}
    )
    duties = await departments_by_id(session, {m.duty_department_id for m in meetings})
    return [
        MeetingRow(
            meeting,
            people.get(meeting.called_by) if meeting.called_by else None,
            people.get(meeting.decided_by) if meeting.decided_by else None,
            duties.get(meeting.duty_department_id or 0),
            called[meeting.id],
            given[meeting.id],
        )
        for meeting in meetings
    ]


async def consultation_of(session: AsyncSession, ticket_id: uuid.UUID) -> MeetingRow:
    """Return the newest consultation about a ticket.

    Raises:
        MeetingNotFound: there was none.
    """
    found = await session.exec(
        select(Meeting)
        .where(Meeting.ticket_id == ticket_id, Meeting.kind == MeetingKind.CONSULTATION)
        .order_by(col(Meeting.nth).desc())
        .limit(1)
    )
    rows = await _whole(session, found.all())
    if not rows:
        raise MeetingNotFound
    return rows[0]


def waiting(
    meetings: Sequence[MeetingRow], principal: Principal
) -> tuple[tuple[Action, uuid.UUID | None], ...]:
    """Return which steps the meetings of a ticket wait for, as far as this reader could take them."""
    return tuple((action, None) for action in _waiting(meetings, principal.department_id))


def _waiting(meetings: Sequence[MeetingRow], own: int | None) -> Iterable[Action]:
    for row in meetings:
        answers = {
            MeetingKind.WHISTLE: Action.REPORT_IN,
            MeetingKind.CONSULTATION: Action.RESPOND_CONSULTATION,
        }[row.meeting.kind]
        is_whistle = row.meeting.kind is MeetingKind.WHISTLE
        if row.is_undecided:
            if any(r.unit.department_id == own and r.unit.answered_at is None for r in row.units):
                yield answers
            if is_whistle:
                yield from (Action.DECIDE_WHISTLE, Action.CALL_OFF_WHISTLE)
        elif is_whistle and row.meeting.decided_at and any(r.unit.score is None for r in row.units):
            yield Action.SCORE_WHISTLE
        if any(_is_open(r.task) and r.task.department_id == own for r in row.tasks):
            yield Action.FINISH_MEETING_TASK


def _is_open(task: MeetingTask) -> bool:
    return task.done_at is None and task.dropped_at is None


def parts_waiting(
    assignments: Iterable[Assignment], principal: Principal
) -> tuple[tuple[Action, uuid.UUID | None], ...]:
    """Return which steps the co-handlers' parts wait for, as far as this reader could take them."""
    actions: dict[Action, None] = {}
    for task in assignments:
        if task.role is not AssignmentRole.CO or task.ended_at is not None:
            continue
        actions[Action.RELEASE_CO_DEPARTMENT] = None
        if task.department_id == principal.department_id:
            if task.state is AssignmentState.PENDING_SIGN:
                actions[Action.SIGN_CO] = None
            if task.state in OPINION_OPEN:
                actions[Action.REPORT_STAGE] = None
            actions[Action.EXPLAIN_DELAY] = None
        elif task.state not in OPINION_OPEN and task.asked_again_at is None:
            actions[Action.ASK_AGAIN] = None
    return tuple((action, None) for action in actions)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A word between a co-handler and the lead, with whose and about whom it is."""

    report: CoReport
    department: Department
    reporter: User | None


async def co_reports(session: AsyncSession, ticket_id: uuid.UUID) -> Sequence[ReportRow]:
    """Return what co-handlers and the lead wrote to each other, oldest first."""
    rows = await session.exec(
        select(CoReport, Department, User)
        .join(Department, col(Department.id) == col(CoReport.department_id))
        .outerjoin(User, col(User.id) == col(CoReport.reported_by))
        .where(CoReport.ticket_id == ticket_id)
        .order_by(col(CoReport.reported_at), col(CoReport.id))
    )
    return [ReportRow(*row) for row in rows]


# -- the list of whistles --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WhistleFilter:
    """Which whistles a list is to show; an empty part asks for nothing.

    Attributes:
        state: any of these.
        department: code of a unit that was called.
        ticket: number of the ticket.
        is_unanswered: only those that a unit called still owes an answer.
    """

    state: tuple[MeetingState, ...] = ()
    department: str | None = None
    ticket: str | None = None
    is_unanswered: bool = False


@dataclass(frozen=True, slots=True)
class WhistleLine:
    """A whistle in the list.

    Attributes:
        row: the whistle.
        ticket_number: of its ticket.
        ticket_title: as it was written; None when the reader may not read the ticket any more.
    """

    row: MeetingRow
    ticket_number: str
    ticket_title: str | None


def _visible(principal: Principal) -> sa.ColumnElement[bool]:
    """A department reads the whistles that it blew or was called by, the hotline all of them."""
    if principal.sees_every_ticket:
        return sa.true()
    if not principal.is_department:
        return sa.false()
    return sa.or_(
        col(Meeting.called_department_id) == principal.department_id,
        col(Meeting.id).in_(
            select(MeetingUnit.meeting_id).where(
                col(MeetingUnit.department_id) == principal.department_id
            )
        ),
    )


async def list_whistles(
    session: AsyncSession,
    principal: Principal,
    wanted: WhistleFilter,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[WhistleLine]:
    """Return a page of the whistles that this person may read, newest first.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    statement = (
        select(Meeting, Ticket.number, Ticket.title, readable(principal))
        .join(Ticket, col(Ticket.id) == col(Meeting.ticket_id))
        .where(
            Meeting.kind == MeetingKind.WHISTLE,
            _visible(principal),
            *_conditions(wanted),
        )
    )
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(
            sa.tuple_(col(Meeting.called_at), col(Meeting.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    found = (
        await session.exec(
            statement.order_by(col(Meeting.called_at).desc(), col(Meeting.id).desc()).limit(
                limit + 1
            )
        )
    ).all()
    whole = await _whole(session, [meeting for meeting, *_ in found[:limit]])
    lines = [
        WhistleLine(row, number, title if may_read else None)
        for row, (_, number, title, may_read) in zip(whole, found[:limit], strict=True)
    ]
    if len(found) <= limit:
        return Page(lines, None)
    last = lines[-1].row.meeting
    return Page(lines, encode_cursor(last.called_at.isoformat(), str(last.id)))


def _conditions(wanted: WhistleFilter) -> list[sa.ColumnElement[bool]]:
    asked: list[sa.ColumnElement[bool]] = []
    if wanted.state:
        asked.append(col(Meeting.state).in_(wanted.state))
    if wanted.ticket:
        asked.append(col(Ticket.number) == wanted.ticket)
    if wanted.department:
        asked.append(
            col(Meeting.id).in_(
                select(MeetingUnit.meeting_id)
                .join(Department, col(Department.id) == col(MeetingUnit.department_id))
                .where(Department.code == wanted.department)
            )
        )
    if wanted.is_unanswered:
        asked += [
            _IS_UNDECIDED,
            col(Meeting.id).in_(
                select(MeetingUnit.meeting_id).where(col(MeetingUnit.answered_at).is_(None))
            ),
        ]
    return asked


# -- what waits for a unit -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call that a unit has to answer, or a task that it has to do.

    Attributes:
        kind: of the meeting.
        is_task: whether it is a task; a call otherwise.
        words: the question, or the task: mask them before showing.
    """

    kind: MeetingKind
    is_task: bool
    meeting_number: str
    ticket_number: str
    ticket_title: str
    words: str
    called_at: datetime
    due_at: datetime | None
    held_at: datetime | None
    place: str | None


MOST_CALLS = 50


async def calls_waiting(session: AsyncSession, principal: Principal) -> Sequence[CallRow]:
    """Return what meetings wait for this person's department to do, the one due first at the head."""
    if not principal.is_department:
        return ()
    own = principal.department_id
    calls = await session.exec(
        select(MeetingUnit, Meeting, Ticket.number, Ticket.title)
        .join(Meeting, col(Meeting.id) == col(MeetingUnit.meeting_id))
        .join(Ticket, col(Ticket.id) == col(MeetingUnit.ticket_id))
        .where(
            MeetingUnit.department_id == own,
            col(MeetingUnit.sight_ended_at).is_(None),
            col(MeetingUnit.answered_at).is_(None),
            _IS_UNDECIDED,
        )
        .limit(MOST_CALLS)
    )
    tasks = await session.exec(
        select(MeetingTask, Meeting, Ticket.number, Ticket.title)
        .join(Meeting, col(Meeting.id) == col(MeetingTask.meeting_id))
        .join(Ticket, col(Ticket.id) == col(MeetingTask.ticket_id))
        .where(
            MeetingTask.department_id == own,
            col(MeetingTask.done_at).is_(None),
            col(MeetingTask.dropped_at).is_(None),
        )
        .limit(MOST_CALLS)
    )
    rows = [
        CallRow(
            meeting.kind,
            False,
            meeting.number,
            number,
            title,
            meeting.question,
            unit.called_at,
            unit.due_at,
            meeting.held_at,
            meeting.place,
        )
        for unit, meeting, number, title in calls
    ]
    rows += [
        CallRow(
            meeting.kind,
            True,
            meeting.number,
            number,
            title,
            task.text,
            meeting.decided_at or meeting.called_at,
            task.due_at,
            None,
            None,
        )
        for task, meeting, number, title in tasks
    ]
    return sorted(rows, key=lambda row: row.due_at or row.held_at or row.called_at)


# -- how units came --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ResponseFigures:
    """How a unit answered its calls, did its tasks and gave its opinions; nobody is ranked by it.

    Attributes:
        called: calls that were answered or whose time is over.
        in_time: answered in time.
        late: answered late.
        silent: not answered.
        came: sittings that it came to.
        absent: sittings that it did not come to.
        mean_score: of the hotline's scores; None where there is none.
        scored: how many scores that is.
        tasks: tasks that were done or are overdue.
        tasks_in_time: done in time.
        whistles: how often it blew a whistle itself.
        consents: opinions that its silence stood for.
    """

    department: Department
    called: int = 0
    in_time: int = 0
    late: int = 0
    silent: int = 0
    came: int = 0
    absent: int = 0
    mean_score: Decimal | None = None
    scored: int = 0
    tasks: int = 0
    tasks_in_time: int = 0
    whistles: int = 0
    consents: int = 0


async def response_figures(
    session: AsyncSession, principal: Principal, since: datetime, now: datetime
) -> Sequence[ResponseFigures]:
    """Return how units answered what was called since `since`, by the unit's code.

    A department reads its own figures only.
    """
    counts: dict[int, dict[str, Any]] = {}
    for statement in (
        _answers(since, now),
        _task_counts(since, now),
        _blown(since),
        _silence(since),
    ):
        for row in await session.exec(statement):  # type: ignore[call-overload]
            given = dict(row._mapping)  # noqa: SLF001  # the documented way to a row's names
            counts.setdefault(given.pop("department_id"), {}).update(given)
    if not principal.sees_every_ticket:
        own = principal.department_id
        counts = {own: counts[own]} if own is not None and own in counts else {}
    units = await departments_by_id(session, counts.keys())
    found = [ResponseFigures(units[key], **given) for key, given in counts.items()]
    return sorted(
        (line for line in found if not line.department.is_hotline),
        key=lambda line: line.department.code,
    )


def _answers(since: datetime, now: datetime) -> sa.Select[Any]:
    unit, number = MeetingUnit, sa.func.count()
    answered = col(unit.answered_at).is_not(None)
    # Whoever has no instant to answer by, in a consultation, is late for nothing but the decision.
    is_late = sa.and_(col(unit.due_at).is_not(None), col(unit.answered_at) > col(unit.due_at))
    is_over = sa.or_(
        sa.and_(col(unit.due_at).is_not(None), col(unit.due_at) < now),
        col(Meeting.decided_at).is_not(None),
    )
    silent = sa.and_(col(unit.answered_at).is_(None), is_over)
    columns: Sequence[Any] = (
        col(unit.department_id).label("department_id"),
        number.filter(sa.or_(answered, silent)).label("called"),
        number.filter(answered, ~is_late).label("in_time"),
        number.filter(answered, is_late).label("late"),
        number.filter(silent).label("silent"),
        number.filter(col(unit.attended).is_(True)).label("came"),
        number.filter(col(unit.attended).is_(False)).label("absent"),
        sa.func.avg(col(unit.score)).label("mean_score"),
        sa.func.count(col(unit.score)).label("scored"),
    )
    return (
        sa.select(*columns)
        .join(Meeting, col(Meeting.id) == col(unit.meeting_id))
        .where(col(unit.called_at) >= since, col(Meeting.state) != MeetingState.CALLED_OFF)
        .group_by(col(unit.department_id))
    )


def _task_counts(since: datetime, now: datetime) -> sa.Select[Any]:
    task, number = MeetingTask, sa.func.count()
    done = col(task.done_at).is_not(None)
    overdue = sa.and_(
        col(task.done_at).is_(None), col(task.dropped_at).is_(None), col(task.due_at) < now
    )
    columns: Sequence[Any] = (
        col(task.department_id).label("department_id"),
        number.filter(sa.or_(done, overdue)).label("tasks"),
        number.filter(done, col(task.done_at) <= col(task.due_at)).label("tasks_in_time"),
    )
    return (
        sa.select(*columns)
        .join(Meeting, col(Meeting.id) == col(task.meeting_id))
        .where(col(Meeting.called_at) >= since)
        .group_by(col(task.department_id))
    )


def _blown(since: datetime) -> sa.Select[Any]:
    columns: Sequence[Any] = (
        col(Meeting.called_department_id).label("department_id"),
        sa.func.count().label("whistles"),
    )
    return (
        sa.select(*columns)
        .where(
            col(Meeting.called_at) >= since,
            col(Meeting.kind) == MeetingKind.WHISTLE,
            col(Meeting.called_department_id).is_not(None),
        )
        .group_by(col(Meeting.called_department_id))
    )


def _silence(since: datetime) -> sa.Select[Any]:
    columns: Sequence[Any] = (
        col(Assignment.department_id).label("department_id"),
        sa.func.count().label("consents"),
    )
    return (
        sa.select(*columns)
        .where(col(Assignment.defaulted_at) >= since)
        .group_by(col(Assignment.department_id))
    )
