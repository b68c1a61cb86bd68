"""Lists of visits: the visitors' desk, what was answered, field checks, own visits compared."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.followup.access import asked_so_far
from hotline.followup.comparison import Compared, Heard
from hotline.followup.models import (
    CheckState,
    DepartmentVisit,
    FieldCheck,
    FieldCheckPlan,
    RatingLink,
    Visit,
    VisitBy,
)
from hotline.followup.rules import Asked, part_of
from hotline.kernel.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    InvalidCursor,
    Page,
    decode_cursor,
    encode_cursor,
    page_of,
)
from hotline.people.models import Department, User
from hotline.people.queries import departments_by_id
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.models import Ticket, TicketEvent, TicketRequester
from hotline.tickets.ratings import BAD_RATINGS, UnfoundedReason

SKIPPED_FOR = timedelta(hours=1)
"""How long a ticket that a visitor left for later does not come first."""

_PENDING = sa.and_(col(Ticket.status) == Status.PENDING_VISIT, col(Ticket.hold).is_(None))


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A ticket whose requesters are to be asked.

    Title as it was written: mask it before showing.
    """

    ticket: Ticket
    lead: Department | None
    requesters: Sequence[TicketRequester]
    asked: Sequence[Asked]
    visits: Sequence[Visit]
    links: Sequence[RatingLink]
    skipped: str | None = None

    @property
    def is_waiting(self) -> bool:
        """Tell whether nobody is to be called any more and an answer by link is waited for."""
        return not any(one.is_open for one in self.asked) and any(
            one.is_used_up for one in self.asked
        )

    @property
    def has_nobody_to_call(self) -> bool:
        """Tell whether nobody behind the matter left a number."""
        return not any(one.has_phone or one.answer for one in self.asked)


def _can_be_tried(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that some requester was not tried in this part of the day yet."""
    own = aliased(Ticket, name="own")
    tried = sa.exists().where(
        col(Visit.ticket_id) == col(Ticket.id),
        col(Visit.round) == col(Ticket.round),
        col(Visit.requester_id) == col(TicketRequester.id),
        sa.or_(col(Visit.is_reached), col(Visit.part) == part_of(now)),
    )
    return sa.exists(
        sa.select(sa.literal(1))
        .select_from(TicketRequester)
        .join(own, col(own.id) == col(TicketRequester.ticket_id))
        .where(
            sa.or_(
                col(own.id) == col(Ticket.id),
                sa.and_(col(own.parent_id) == col(Ticket.id), col(own.status) == Status.MERGED),
            ),
            col(TicketRequester.phone).is_not(None),
            ~tried,
        )
        .correlate(Ticket)
    )


def _skipped_since(since: datetime) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        col(TicketEvent.ticket_id) == col(Ticket.id),
        col(TicketEvent.action) == Action.NOTE.value,
        col(TicketEvent.reason).startswith("skipped_"),
        col(TicketEvent.at) > since,
    )


async def list_desk(
    session: AsyncSession,
    now: datetime,
    *,
    only_now: bool = False,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[DeskRow]:
    """Return a page of the tickets whose requesters are to be asked, the one due first at the head.

    Args:
        session: where to read.
        now: the instant.
        only_now: only those of whom somebody can be tried in this part of the day, and that nobody
            has just left for later.
        cursor: of an earlier page.
        limit: rows at most.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    statement = select(Ticket).where(_PENDING, col(Ticket.due_at).is_not(None))
    if only_now:
        statement = statement.where(_can_be_tried(now), ~_skipped_since(now - SKIPPED_FOR))
    if cursor:
        at, key = after(cursor)
        statement = statement.where(
            sa.tuple_(col(Ticket.due_at), col(Ticket.id))
            > sa.tuple_(sa.literal(at), sa.literal(key))
        )
    found = (
        await session.exec(statement.order_by(col(Ticket.due_at), col(Ticket.id)).limit(limit + 1))
    ).all()
    shown = found[:limit]
    following = None
    if len(found) > limit:
        last = shown[-1]
        following = encode_cursor(last.due_at.isoformat() if last.due_at else "", str(last.id))
    return Page(await _desk_rows(session, shown, now), following)


async def desk_row(session: AsyncSession, ticket: Ticket, now: datetime) -> DeskRow:
    """Return one ticket as the desk shows it."""
    (row,) = await _desk_rows(session, [ticket], now)
    return row


async def next_to_visit(
    session: AsyncSession, now: datetime, but: uuid.UUID | None = None
) -> str | None:
    """Return the number of the ticket to be visited next, other than `but`."""
    page = await list_desk(session, now, only_now=True, limit=2)
    return next((row.ticket.number for row in page.items if row.ticket.id != but), None)


@dataclass(frozen=True, slots=True)
class DeskCounts:
    """How many tickets are to be visited, how many of them now, and how many wait for a link."""

    pending: int
    now: int
    late: int


async def count_desk(session: AsyncSession, now: datetime) -> DeskCounts:
    """Return what is on the desk, in one statement."""
    number = sa.func.count()
    statement = (
        sa.select(
            number,
            number.filter(_can_be_tried(now)),
            number.filter(col(Ticket.due_at) < now),
        )
        .select_from(Ticket)
        .where(_PENDING)
    )
    return DeskCounts(*(await session.exec(statement)).one())  # type: ignore[call-overload]


async def _desk_rows(
    session: AsyncSession, tickets: Sequence[Ticket], now: datetime
) -> Sequence[DeskRow]:
    ids = [ticket.id for ticket in tickets]
    parent = sa.case((col(Ticket.id).in_(ids), col(Ticket.id)), else_=col(Ticket.parent_id))
    requesters: dict[uuid.UUID, list[TicketRequester]] = defaultdict(list)
    for requester, of in await session.exec(
        select(TicketRequester, parent)
        .join(Ticket, col(Ticket.id) == col(TicketRequester.ticket_id))
        .where(
            sa.or_(
                col(Ticket.id).in_(ids),
                sa.and_(col(Ticket.parent_id).in_(ids), col(Ticket.status) == Status.MERGED),
            )
        )
        .order_by(col(Ticket.parent_id).is_not(None), col(Ticket.number), col(TicketRequester.id))
    ):
        requesters[of].append(requester)
    visits: dict[tuple[uuid.UUID, int], list[Visit]] = defaultdict(list)
    for visit in await session.exec(
        select(Visit).where(col(Visit.ticket_id).in_(ids)).order_by(col(Visit.attempt))
    ):
        visits[visit.ticket_id, visit.round].append(visit)
    links: dict[tuple[uuid.UUID, int], list[RatingLink]] = defaultdict(list)
    for link in await session.exec(select(RatingLink).where(col(RatingLink.ticket_id).in_(ids))):
        links[link.ticket_id, link.round].append(link)
    left = await session.exec(
        select(TicketEvent.ticket_id, TicketEvent.reason)
        .where(
            col(TicketEvent.ticket_id).in_(ids),
            TicketEvent.action == Action.NOTE.value,
            col(TicketEvent.reason).startswith("skipped_"),
            col(TicketEvent.at) > now - SKIPPED_FOR,
        )
        .order_by(col(TicketEvent.seq))
    )
    skipped = dict(left.all())
    units = await departments_by_id(session, {ticket.lead_department_id for ticket in tickets})
    return [
        DeskRow(
            ticket,
            units.get(ticket.lead_department_id or 0),
            requesters[ticket.id],
            asked_so_far(requesters[ticket.id], visits[ticket.id, ticket.round]),
            visits[ticket.id, ticket.round],
            links[ticket.id, ticket.round],
            skipped.get(ticket.id),
        )
        for ticket in tickets
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFilter:
    """Which answers a list is to show; an empty part asks for nothing.

    Attributes:
        own: the departments' own visits instead of the hotline's.
        department: code of the department that is asked about.
        since: given at this instant or later.
        until: given before this instant.
        unsatisfied: only unsolved or badly rated.
        rated: only with a rating.
    """

    own: bool = False
    department: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    unsatisfied: bool = False
    rated: bool = False


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer; without a road it was given to the department itself.

    Words as they were written: mask them before showing.
    """

    id: uuid.UUID
    at: datetime
    number: str
    department: Department | None
    road: VisitBy | None
    is_solved: bool
    rating: int | None
    was_contacted: bool | None
    note: str | None
    excluded_reason: UnfoundedReason | None


def _answered(table: type[Visit | DepartmentVisit]) -> sa.ColumnElement[bool]:
    return col(Visit.is_reached).is_(True) if table is Visit else sa.true()


def _unsatisfied(table: type[Visit | DepartmentVisit]) -> sa.ColumnElement[bool]:
    return sa.or_(col(table.is_solved).is_(False), col(table.rating).in_(BAD_RATINGS))


def _counts(table: type[Visit | DepartmentVisit]) -> sa.ColumnElement[bool]:
    """Return what makes an answer count: a rating that was found unfounded does not."""
    return col(Visit.excluded_at).is_(None) if table is Visit else sa.true()


def _unit_of(table: type[Visit | DepartmentVisit]) -> Mapped[Any]:
    own: Mapped[Any] = col(DepartmentVisit.department_id)
    led: Mapped[Any] = col(Ticket.lead_department_id)
    return led if table is Visit else own


async def list_answers(
    session: AsyncSession,
    wanted: AnswerFilter,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[AnswerRow]:
    """Return a page of answers, the newest first, in one statement.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    table: type[Visit | DepartmentVisit] = DepartmentVisit if wanted.own else Visit
    nothing = sa.null()
    statement = (
        sa.select(
            col(table.id),
            col(table.at),
            col(Ticket.number),
            Department,
            nothing if wanted.own else col(Visit.road),
            col(table.is_solved),
            col(table.rating),
            nothing if wanted.own else col(Visit.was_contacted),
            col(table.note),
            nothing if wanted.own else col(Visit.excluded_reason),
        )
        .select_from(table)
        .join(Ticket, col(Ticket.id) == col(table.ticket_id))
        .outerjoin(Department, col(Department.id) == _unit_of(table))
        .where(_answered(table), *_conditions(table, wanted))
    )
    if cursor:
        at, key = after(cursor)
        statement = statement.where(
            sa.tuple_(col(table.at), col(table.id)) < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    statement = statement.order_by(col(table.at).desc(), col(table.id).desc()).limit(limit + 1)
    rows = [AnswerRow(*row) for row in await session.exec(statement)]  # type: ignore[call-overload]
    return page_of(rows, limit, lambda row: (row.at, row.id))


def _conditions(
    table: type[Visit | DepartmentVisit], wanted: AnswerFilter
) -> list[sa.ColumnElement[bool]]:
    asked: list[sa.ColumnElement[bool]] = []
    if wanted.department:
        asked.append(col(Department.code) == wanted.department)
    if wanted.since:
        asked.append(col(table.at) >= wanted.since)
    if wanted.until:
        asked.append(col(table.at) < wanted.until)
    if wanted.unsatisfied:
        asked += [_unsatisfied(table), _counts(table)]
    if wanted.rated:
        asked += [col(table.rating).is_not(None), _counts(table)]
    return asked


@dataclass(frozen=True, slots=True)
class ComparedUnit:
    """A department with what it heard and what the hotline heard."""

    department: Department
    heard: Compared


async def compare_units(
    session: AsyncSession, since: datetime, until: datetime
) -> Sequence[ComparedUnit]:
    """Return every department about which somebody answered, in a fixed number of statements."""
    hotline = await _heard(session, Visit, since, until)
    own = await _heard(session, DepartmentVisit, since, until)
    units = await departments_by_id(session, {*hotline, *own})
    return [
        ComparedUnit(units[key], Compared(own.get(key, Heard()), hotline.get(key, Heard())))
        for key in sorted(units, key=lambda key: units[key].code)
    ]


async def _heard(
    session: AsyncSession,
    table: type[Visit | DepartmentVisit],
    since: datetime,
    until: datetime,
) -> dict[int, Heard]:
    number = sa.func.count()
    counts, rated = _counts(table), col(table.rating).is_not(None)
    statement = (
        sa.select(
            _unit_of(table),
            number,
            number.filter(_unsatisfied(table), counts),
            number.filter(rated, counts),
            number.filter(rated, col(table.rating).not_in(BAD_RATINGS)),
        )
        .select_from(table)
        .join(Ticket, col(Ticket.id) == col(table.ticket_id))
        .where(
            _answered(table),
            col(table.at) >= since,
            col(table.at) < until,
            _unit_of(table).is_not(None),
        )
        .group_by(_unit_of(table))
    )
    rows = await session.exec(statement)  # type: ignore[call-overload]
    return {row[0]: Heard(*row[1:]) for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFilter:
    """Which field checks a list is to show; an empty part asks for nothing.

    Attributes:
        month: drawn for this month.
        state: so far.
        department: code of the department.
        unconfirmed: found not done, and nobody has confirmed it yet.
    """

    month: date | None = None
    state: CheckState | None = None
    department: str | None = None
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A field check. Title, address and words as they were written: mask them before showing."""

    check: FieldCheck
    number: str
    title: str
    address: str | None
    status: Status
    department: Department
    checker: User | None


_CHECKER = aliased(User, name="checker")
_CHECKS = (
    sa.select(
        FieldCheck,
        col(Ticket.number),
        col(Ticket.title),
        col(Ticket.address),
        col(Ticket.status),
        Department,
        _CHECKER,
    )
    .join(Ticket, col(Ticket.id) == col(FieldCheck.ticket_id))
    .join(Department, col(Department.id) == col(FieldCheck.department_id))
    .outerjoin(_CHECKER, col(_CHECKER.id) == col(FieldCheck.checked_by))
)


async def list_checks(
    session: AsyncSession,
    wanted: CheckFilter,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[CheckRow]:
    """Return a page of field checks, the latest month first, in one statement.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    statement = _CHECKS
    if wanted.month:
        statement = statement.where(col(FieldCheck.month) == wanted.month)
    if wanted.state:
        statement = statement.where(col(FieldCheck.state) == wanted.state)
    if wanted.department:
        statement = statement.where(col(Department.code) == wanted.department)
    if wanted.unconfirmed:
        statement = statement.where(
            col(FieldCheck.is_done).is_(False), col(FieldCheck.confirmed_at).is_(None)
        )
    if cursor:
        month, key = decode_cursor(cursor, 2)
        statement = statement.where(
            sa.tuple_(col(FieldCheck.month), col(FieldCheck.id))
            < sa.tuple_(sa.literal(_date(month)), sa.literal(_key(key)))
        )
    statement = statement.order_by(col(FieldCheck.month).desc(), col(FieldCheck.id).desc())
    found = await session.exec(statement.limit(limit + 1))  # type: ignore[call-overload]
    rows = [CheckRow(*row) for row in found]
    return page_of(rows, limit, lambda row: (row.check.month, row.check.id))


async def find_check(session: AsyncSession, check_id: uuid.UUID) -> CheckRow | None:
    """Return one field check."""
    found = await session.exec(_CHECKS.where(col(FieldCheck.id) == check_id))  # type: ignore[call-overload]
    row = found.first()
    return CheckRow(*row) if row else None


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A month's plan and what was done of it."""

    plan: FieldCheckPlan
    done: int
    missed: int
    not_done: int

    @property
    def planned(self) -> int:
        """How many still wait."""
        return self.plan.drawn_count - self.done - self.missed


async def list_plans(session: AsyncSession, limit: int = 12) -> Sequence[PlanRow]:
    """Return the latest months with what was planned and done, in one statement."""
    number = sa.func.count(col(FieldCheck.id))
    statement = (
        sa.select(
            FieldCheckPlan,
            number.filter(col(FieldCheck.state) == CheckState.DONE),
            number.filter(col(FieldCheck.state) == CheckState.MISSED),
            number.filter(col(FieldCheck.is_done).is_(False)),
        )
        .outerjoin(FieldCheck, col(FieldCheck.month) == col(FieldCheckPlan.month))
        .group_by(col(FieldCheckPlan.month))
        .order_by(col(FieldCheckPlan.month).desc())
        .limit(limit)
    )
    return [PlanRow(*row) for row in await session.exec(statement)]  # type: ignore[call-overload]


def after(cursor: str) -> tuple[datetime, uuid.UUID]:
    """Return the instant and the id that a cursor stands for.

    Raises:
        InvalidCursor: it was not made by such a list.
    """
    at, key = decode_cursor(cursor, 2)
    try:
        instant = datetime.fromisoformat(at)
    except ValueError as error:
        raise InvalidCursor from error
    if instant.tzinfo is None:
        raise InvalidCursor
    return instant, _key(key)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidCursor from error


def _key(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise InvalidCursor from error
