"""Reading tickets: lists in one statement each, and everything about one ticket."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    InvalidCursor,
    Page,
    decode_cursor,
    encode_cursor,
)
from hotline.people.models import Department, User
from hotline.people.permissions import Role
from hotline.people.principal import Principal
from hotline.people.queries import departments_by_id, users_by_id
from hotline.sla.clocks import ClockState
from hotline.sla.models import Clock
from hotline.sla.policy import ClockKind, Level
from hotline.tickets.access import cheaper_sight, readable, readable_each
from hotline.tickets.finding import found
from hotline.tickets.holdings import Holdings, holdings_of
from hotline.tickets.lifecycle import OPEN_STATUSES, Hold, Status
from hotline.tickets.models import (
    EVENT_KINDS,
    Assignment,
    Audience,
    Category,
    Channel,
    Commitment,
    Feedback,
    Post,
    RequestType,
    ServiceItem,
    Ticket,
    TicketEvent,
    TicketRequester,
    Urgency,
)
from hotline.tickets.timeline import audiences_of

BY_DUE = "due_at"
BY_NEWEST = "-created_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockWait:
    """Which running clock a ticket must have to be in a list; an empty part asks for nothing.

    Attributes:
        kind: of this kind.
        unit: code of the unit that is on it.
        due_from: due at this instant or later.
        due_to: due before this instant.
    """

    kind: ClockKind | None = None
    unit: str | None = None
    due_from: datetime | None = None
    due_to: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFilter:
    """Which tickets a list is to show; an empty part asks for nothing.

    Attributes:
        status: any of these.
        hold: any of these.
        department: code of the leading department.
        owner: code of the unit that holds the ticket now.
        holder: user name of the person who holds it.
        post: the duty post that holds it, where no person is named.
        level: any of these.
        category: a category's code, with everything below it.
        area: where the matter is.
        channel: any of these roads.
        q: a ticket number or how one begins, or words that are found wherever he may read them.
        created_from: submitted at this instant or later.
        created_to: submitted before this instant.
        due_from: due at this instant or later.
        due_to: due before this instant.
        mine: only what waits for the reader: named to him, or held by a post of his.
        open_only: only tickets that somebody still owes something.
        bounced: only tickets that were given back twice or more.
        clock: only tickets with such a running clock.
    """

    status: tuple[Status, ...] = ()
    hold: tuple[Hold, ...] = ()
    department: str | None = None
    owner: str | None = None
    holder: str | None = None
    post: Post | None = None
    level: tuple[Level, ...] = ()
    category: str | None = None
    area: str | None = None
    channel: tuple[Channel, ...] = ()
    q: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    due_from: datetime | None = None
    due_to: datetime | None = None
    mine: bool = False
    open_only: bool = False
    bounced: bool = False
    clock: ClockWait | None = None


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One line of a list. Title and address are as they were written: mask them before showing."""

    id: uuid.UUID
    number: str
    status: Status
    hold: Hold | None
    round: int
    version: int
    urgency: Urgency
    channel: Channel
    request_type: RequestType
    category_code: str | None
    category_name: str | None
    category_name_en: str | None
    title: str
    area: str | None
    is_secret: bool
    owner_code: str | None
    owner_name: str | None
    owner_name_en: str | None
    lead_code: str | None
    lead_name: str | None
    lead_name_en: str | None
    holder_username: str | None
    holder_name: str | None
    holder_post: Post | None
    due_at: datetime | None
    level: Level
    submitted_at: datetime
    closed_at: datetime | None


_OWNER = aliased(Department, name="owner")
_LEAD = aliased(Department, name="lead")

_COLUMNS: Sequence[Mapped[Any]] = (
    col(Ticket.id),
    col(Ticket.number),
    col(Ticket.status),
    col(Ticket.hold),
    col(Ticket.round),
    col(Ticket.version),
    col(Ticket.urgency),
    col(Ticket.channel),
    col(Ticket.request_type),
    col(Ticket.category_code),
    col(Category.name),
    col(Category.name_en),
    col(Ticket.title),
    col(Ticket.area),
    col(Ticket.is_secret),
    col(_OWNER.code),
    col(_OWNER.name),
    col(_OWNER.name_en),
    col(_LEAD.code),
    col(_LEAD.name),
    col(_LEAD.name_en),
    col(User.username),
    col(User.display_name),
    col(Ticket.holder_post),
    col(Ticket.due_at),
    col(Ticket.level),
    col(Ticket.submitted_at),
    col(Ticket.closed_at),
)

_ROW = (
    sa.select(*_COLUMNS)
    .select_from(Ticket)
    .outerjoin(Category, col(Category.code) == col(Ticket.category_code))
    .outerjoin(_OWNER, col(_OWNER.id) == col(Ticket.owner_department_id))
    .outerjoin(_LEAD, col(_LEAD.id) == col(Ticket.lead_department_id))
    .outerjoin(User, col(User.id) == col(Ticket.holder_user_id))
)

_POST_OF: dict[Role, Post] = {
    Role.OPERATOR: Post.ACCEPTANCE_DESK,
    Role.DISPATCHER: Post.DISPATCH_DESK,
    Role.AUDITOR: Post.AUDIT_DESK,
    Role.VISITOR: Post.VISIT_DESK,
    Role.SUPERVISOR: Post.SUPERVISION_DESK,
    Role.AUTHORITY: Post.AUTHORITY,
}


def _department_id(code: str | None) -> sa.ScalarSelect[int]:
    return sa.select(col(Department.id)).where(col(Department.code) == code).scalar_subquery()


def _user_id(username: str | None) -> sa.ScalarSelect[uuid.UUID]:
    return sa.select(col(User.id)).where(col(User.username) == username).scalar_subquery()


def _mine(principal: Principal) -> sa.ColumnElement[bool]:
    posts = [post for role, post in _POST_OF.items() if role in principal.roles]
    conditions = [
        col(Ticket.holder_user_id) == principal.user_id,
        col(Ticket.holder_post).in_(posts),
    ]
    if principal.is_department:
        conditions.append(
            sa.and_(
                col(Ticket.owner_department_id) == principal.department_id,
                col(Ticket.holder_post) == Post.DEPARTMENT_DUTY,
            )
        )
    return sa.or_(*conditions)


_IS_OPEN: sa.ColumnElement[bool] = sa.literal_column(
    "tickets.status IN (" + ", ".join(f"'{status.value}'" for status in OPEN_STATUSES) + ")",
    sa.Boolean,
)
"""Written out, so that the planner sees the very condition of the partial indexes."""

_IS_BOUNCED: sa.ColumnElement[bool] = sa.literal_column("tickets.bounce_count > 1", sa.Boolean)


def conditions(
    principal: Principal, wanted: TicketFilter, sight: sa.ColumnElement[bool] | None = None
) -> list[sa.ColumnElement[bool]]:
    """Return everything a row must satisfy to be in the list: the reader's rights first.

    Args:
        principal: the reader.
        wanted: which tickets.
        sight: the reader's rights in another form than `readable`.
    """
    is_open = wanted.open_only or (wanted.status and set(wanted.status) <= set(OPEN_STATUSES))
    asked: list[tuple[object, Callable[[], sa.ColumnElement[bool]]]] = [
        (is_open, lambda: _IS_OPEN),
        (wanted.status, lambda: col(Ticket.status).in_(wanted.status)),
        (wanted.hold, lambda: col(Ticket.hold).in_(wanted.hold)),
        (
            wanted.department,
            lambda: col(Ticket.lead_department_id) == _department_id(wanted.department),
        ),
        (wanted.owner, lambda: col(Ticket.owner_department_id) == _department_id(wanted.owner)),
        (wanted.holder, lambda: col(Ticket.holder_user_id) == _user_id(wanted.holder)),
        (wanted.post, lambda: col(Ticket.holder_post) == wanted.post),
        (wanted.level, lambda: col(Ticket.level).in_(wanted.level)),
        (wanted.category, lambda: _under(wanted.category)),
        (wanted.area, lambda: col(Ticket.area) == wanted.area),
        (wanted.channel, lambda: col(Ticket.channel).in_(wanted.channel)),
        (wanted.mine, lambda: _mine(principal)),
        ((wanted.q or "").strip(), lambda: found(principal, wanted.q or "")),
        (wanted.created_from, lambda: col(Ticket.submitted_at) >= wanted.created_from),
        (wanted.created_to, lambda: col(Ticket.submitted_at) < wanted.created_to),
        (wanted.due_from, lambda: col(Ticket.due_at) >= wanted.due_from),
        (wanted.due_to, lambda: col(Ticket.due_at) < wanted.due_to),
        (wanted.bounced, lambda: _IS_BOUNCED),
        (wanted.clock, lambda: _waits(wanted.clock or ClockWait())),
    ]
    rights = readable(principal) if sight is None else sight
    return [rights, *(condition() for given, condition in asked if given)]


def _waits(clock: ClockWait) -> sa.ColumnElement[bool]:
    asked: list[tuple[object, Callable[[], sa.ColumnElement[bool]]]] = [
        (clock.kind, lambda: col(Clock.kind) == clock.kind),
        (clock.unit, lambda: col(Clock.department_id) == _department_id(clock.unit)),
        (clock.due_from, lambda: col(Clock.due_at) >= clock.due_from),
        (clock.due_to, lambda: col(Clock.due_at) < clock.due_to),
    ]
    return sa.exists().where(
        col(Clock.ticket_id) == col(Ticket.id),
        col(Clock.state) == ClockState.RUNNING,
        *(condition() for given, condition in asked if given),
    )


def _under(category: str | None) -> sa.ColumnElement[bool]:
    return sa.or_(
        col(Ticket.category_code) == category,
        col(Ticket.category_code).startswith(f"{category}.", autoescape=True),
    )


async def list_tickets(
    session: AsyncSession,
    principal: Principal,
    wanted: TicketFilter,
    *,
    sort: str = BY_NEWEST,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[TicketRow]:
    """Return a page of the tickets this person may see, in one statement, two for a department.

    Args:
        session: where to read.
        principal: the reader.
        wanted: which tickets.
        sort: `due_at`, soonest first (only tickets that have a due instant), or `-created_at`.
        cursor: of an earlier page.
        limit: rows at most.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    sight = await cheaper_sight(session, principal)
    statement = _ROW.where(*conditions(principal, wanted, sight))
    after = decode_cursor(cursor, 2) if cursor else None
    at = _instant(after[0]) if after else None
    key = _key(after[1]) if after else None
    if sort == BY_DUE:
        statement = statement.where(col(Ticket.due_at).is_not(None))
        if after:
            statement = statement.where(
                sa.tuple_(col(Ticket.due_at), col(Ticket.id))
                > sa.tuple_(sa.literal(at), sa.literal(key))
            )
        statement = statement.order_by(col(Ticket.due_at), col(Ticket.id))
    else:
        if after:
            statement = statement.where(
                sa.tuple_(col(Ticket.submitted_at), col(Ticket.id))
                < sa.tuple_(sa.literal(at), sa.literal(key))
            )
        statement = statement.order_by(col(Ticket.submitted_at).desc(), col(Ticket.id).desc())
    rows = [
        TicketRow(*row)
        for row in await session.exec(statement.limit(limit + 1))  # type: ignore[call-overload]
    ]
    next_cursor = None
    if len(rows) > limit:
        rows = rows[:limit]
        last = rows[-1]
        instant = last.due_at if sort == BY_DUE else last.submitted_at
        next_cursor = encode_cursor(instant.isoformat() if instant else "", str(last.id))
    return Page(rows, next_cursor)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
        in_utc = instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidCursor from error
    if instant.tzinfo is None:
        raise InvalidCursor
    return in_utc


def _key(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise InvalidCursor from error


async def count_tickets(session: AsyncSession, principal: Principal, wanted: TicketFilter) -> int:
    """Return how many tickets a list would show in all."""
    statement = sa.select(sa.func.count()).select_from(Ticket).where(*conditions(principal, wanted))
    return int((await session.exec(statement)).scalar_one())  # type: ignore[call-overload]


async def count_up_to(
    session: AsyncSession, principal: Principal, wanted: TicketFilter, *, most: int
) -> int:
    """Return how many tickets a list would show, `most` for as many or more."""
    sight = await cheaper_sight(session, principal)
    some = (
        sa.select(sa.literal(1))
        .select_from(Ticket)
        .where(*conditions(principal, wanted, sight))
        .limit(most)
        .subquery()
    )
    statement = sa.select(sa.func.count()).select_from(some)
    return int((await session.exec(statement)).scalar_one())  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True)
class QueueCount:
    """How many open tickets stand at one place of the machine, and how many of them are late."""

    status: Status
    hold: Hold | None
    count: int
    late: int


async def count_queues(
    session: AsyncSession, principal: Principal, now: datetime
) -> Sequence[QueueCount]:
    """Return the open tickets this person may see, counted by status and hold."""
    late = sa.func.count().filter(col(Ticket.due_at) < now)
    sight = await cheaper_sight(session, principal)
    statement = (
        sa.select(col(Ticket.status), col(Ticket.hold), sa.func.count(), late)
        .where(*conditions(principal, TicketFilter(open_only=True), sight))
        .group_by(col(Ticket.status), col(Ticket.hold))
    )
    return [QueueCount(*row) for row in await session.exec(statement)]  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True)
class ClockCount:
    """How many tickets have a running clock, and how many of those are late or will be soon."""

    running: int
    late: int
    soon: int


@dataclass(frozen=True, slots=True)
class ClockCounts:
    """Tickets with running clocks, counted three ways; each figure is the length of a list.

    Attributes:
        kinds: by the clock's kind.
        units: by the unit that is on it.
        total: with any clock.
    """

    kinds: Sequence[tuple[ClockKind, ClockCount]]
    units: Sequence[tuple[Department, ClockCount]]
    total: ClockCount


async def count_clocks(session: AsyncSession, now: datetime, soon_until: datetime) -> ClockCounts:
    """Return the tickets with running clocks, counted in one statement."""
    tickets = sa.func.count(sa.distinct(col(Clock.ticket_id)))
    statement = (
        sa.select(
            col(Clock.kind),
            col(Clock.department_id),
            tickets,
            tickets.filter(col(Clock.due_at) < now),
            tickets.filter(col(Clock.due_at) >= now, col(Clock.due_at) < soon_until),
        )
        .where(col(Clock.state) == ClockState.RUNNING)
        .group_by(
            sa.func.grouping_sets(
                sa.tuple_(col(Clock.kind)), sa.tuple_(col(Clock.department_id)), sa.tuple_()
            )
        )
    )
    rows = (await session.exec(statement)).all()  # type: ignore[call-overload]
    units = await departments_by_id(session, {row[1] for row in rows})
    return ClockCounts(
        kinds=[(row[0], ClockCount(*row[2:])) for row in rows if row[0] is not None],
        units=[(units[row[1]], ClockCount(*row[2:])) for row in rows if row[1] is not None],
        total=next(ClockCount(*row[2:]) for row in rows if row[0] is None and row[1] is None),
    )


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """A department's task with the department's name."""

    assignment: Assignment
    department: Department
    handler: User | None


@dataclass(frozen=True, slots=True)
class Followed:
    """The matter that a merged ticket follows, and what was promised for it."""

    ticket: Ticket
    owner: Department | None
    commitment: Commitment | None


@dataclass(frozen=True, slots=True)
class TicketDetail:
    """One ticket with everything that belongs to it but its timeline and clocks.

    Personal data is still encrypted; title, content and address are as they were written.
    """

    ticket: Ticket
    category: Category | None
    owner: Department | None
    lead: Department | None
    holder: User | None
    requesters: Sequence[TicketRequester]
    commitments: Sequence[Commitment]
    services: Sequence[ServiceItem]
    assignments: Sequence[AssignmentRow]
    feedbacks: Sequence[Feedback]
    parent_number: str | None
    child_numbers: Sequence[str]
    earlier_number: str | None
    repeat_numbers: Sequence[str]
    followed: "Followed | None"

    @property
    def commitment(self) -> Commitment | None:
        """The latest promise."""
        return self.commitments[-1] if self.commitments else None


async def ticket_detail(session: AsyncSession, ticket: Ticket) -> TicketDetail:
    """Return everything about one ticket, in a fixed number of statements."""
    requesters = await session.exec(
        select(TicketRequester).where(TicketRequester.ticket_id == ticket.id)
    )
    commitments = await session.exec(
        select(Commitment)
        .where(Commitment.ticket_id == ticket.id)
        .order_by(col(Commitment.promised_at))
    )
    services = await session.exec(
        select(ServiceItem)
        .where(ServiceItem.ticket_id == ticket.id)
        .order_by(col(ServiceItem.position))
    )
    assignments = (
        await session.exec(
            select(Assignment)
            .where(Assignment.ticket_id == ticket.id)
            .order_by(col(Assignment.assigned_at), col(Assignment.role).desc())
        )
    ).all()
    feedbacks = await session.exec(
        select(Feedback).where(Feedback.ticket_id == ticket.id).order_by(col(Feedback.submitted_at))
    )
    departments = await departments_by_id(
        session,
        {
            ticket.owner_department_id,
            ticket.lead_department_id,
            *(assignment.department_id for assignment in assignments),
        },
    )
    users = await users_by_id(
        session,
        {ticket.holder_user_id, *(assignment.handler_id for assignment in assignments)},
    )
    kin = [col(Ticket.parent_id) == ticket.id, col(Ticket.repeat_of_id) == ticket.id]
    named = [key for key in (ticket.parent_id, ticket.repeat_of_id) if key is not None]
    family = (
        await session.exec(
            select(Ticket.id, Ticket.number, Ticket.parent_id, Ticket.repeat_of_id)
            .where(sa.or_(*kin, col(Ticket.id).in_(named)))
            .order_by(col(Ticket.number))
        )
    ).all()
    return TicketDetail(
        ticket=ticket,
        category=await session.get(Category, ticket.category_code)
        if ticket.category_code
        else None,
        owner=departments.get(ticket.owner_department_id or 0),
        lead=departments.get(ticket.lead_department_id or 0),
        holder=users.get(ticket.holder_user_id) if ticket.holder_user_id else None,
        requesters=requesters.all(),
        commitments=commitments.all(),
        services=services.all(),
        assignments=[
            AssignmentRow(
                assignment,
                departments[assignment.department_id],
                users.get(assignment.handler_id) if assignment.handler_id else None,
            )
            for assignment in assignments
        ],
        feedbacks=feedbacks.all(),
        parent_number=next((row[1] for row in family if row[0] == ticket.parent_id), None),
        child_numbers=[row[1] for row in family if row[2] == ticket.id],
        earlier_number=next((row[1] for row in family if row[0] == ticket.repeat_of_id), None),
        repeat_numbers=[row[1] for row in family if row[3] == ticket.id],
        followed=await _followed(session, ticket.parent_id) if ticket.parent_id else None,
    )


async def _followed(session: AsyncSession, parent_id: uuid.UUID) -> Followed:
    parent, owner = (
        await session.exec(
            select(Ticket, Department)
            .outerjoin(Department, col(Department.id) == col(Ticket.owner_department_id))
            .where(Ticket.id == parent_id)
        )
    ).one()
    commitment = (
        await session.exec(
            select(Commitment)
            .where(Commitment.ticket_id == parent_id)
            .order_by(col(Commitment.promised_at).desc())
            .limit(1)
        )
    ).first()
    return Followed(parent, owner, commitment)


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """A timeline row with the names behind its keys.

    Attributes:
        place: the row's number as its reader may know it: rows for the discipline inspection alone are
            not counted for anybody else.
    """

    event: TicketEvent
    actor_name: str | None
    department_name: str | None
    department_name_en: str | None
    place: int


async def list_timeline(
    session: AsyncSession, principal: Principal, ticket_id: uuid.UUID
) -> Sequence[TimelineRow]:
    """Return the timeline rows that this person may read, oldest first."""
    audiences = audiences_of(principal)
    rows = await session.exec(
        select(TicketEvent, User.display_name, Department.name, Department.name_en)
        .outerjoin(User, col(User.id) == col(TicketEvent.actor_id))
        .outerjoin(Department, col(Department.id) == col(TicketEvent.department_id))
        .where(
            TicketEvent.ticket_id == ticket_id,
            col(TicketEvent.audience).in_({*audiences, Audience.DISCIPLINE}),
        )
        .order_by(col(TicketEvent.seq))
    )
    shown, hidden = [], 0
    for event, actor, unit, unit_en in rows:
        if event.audience in audiences:
            shown.append(TimelineRow(event, actor, unit, unit_en, event.seq - hidden))
        else:
            hidden += 1
    return shown


async def first_of_last(session: AsyncSession, ticket_id: uuid.UUID, steps: int) -> int:
    """Return the number of the row with which the last so many steps of a ticket begin.

    Rows that this or that reader may not see are counted: the ticket's version counts them too.
    """
    rows = await session.exec(
        select(TicketEvent.seq)
        .where(
            TicketEvent.ticket_id == ticket_id,
            col(TicketEvent.action).not_in(list(EVENT_KINDS)),
        )
        .order_by(col(TicketEvent.seq).desc())
        .limit(max(steps, 0))
    )
    return min(rows.all(), default=0)


_HOLDER_COLUMNS = ["owner_department_id", "holder_user_id", "holder_post"]


async def read_holdings(session: AsyncSession, ticket_id: uuid.UUID, now: datetime) -> Holdings:
    """Return who held a ticket from when to when, read off its timeline in one statement."""
    rows = await session.exec(
        select(TicketEvent.at, TicketEvent.changes)
        .where(
            TicketEvent.ticket_id == ticket_id,
            sa.or_(
                col(TicketEvent.seq) == 1,
                col(TicketEvent.changes).op("?|")(sa.cast(_HOLDER_COLUMNS, ARRAY(sa.Text))),
            ),
        )
        .order_by(col(TicketEvent.seq))
    )
    return holdings_of([{"at": at, "changes": changes} for at, changes in rows], now)


async def open_assignments(session: AsyncSession, ticket_id: uuid.UUID) -> Sequence[Assignment]:
    """Return the open tasks of every department on a ticket."""
    rows = await session.exec(
        select(Assignment).where(
            Assignment.ticket_id == ticket_id, col(Assignment.ended_at).is_(None)
        )
    )
    return rows.all()


async def earlier_tickets(
    session: AsyncSession, principal: Principal, phone_index: bytes, limit: int = 10
) -> Sequence[TicketRow]:
    """Return the latest tickets of whoever has this telephone number, newest first."""
    statement = (
        _ROW.where(
            readable(principal),
            col(Ticket.id).in_(
                sa.select(col(TicketRequester.ticket_id)).where(
                    col(TicketRequester.phone_index) == phone_index
                )
            ),
        )
        .order_by(col(Ticket.submitted_at).desc(), col(Ticket.id).desc())
        .limit(limit)
    )
    return [TicketRow(*row) for row in await session.exec(statement)]  # type: ignore[call-overload]


async def rows_of(
    session: AsyncSession, principal: Principal, ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, TicketRow]:
    """Return those of these tickets that this person may read, by id, in one statement."""
    statement = _ROW.where(readable_each(principal, col(Ticket.id)), col(Ticket.id).in_(ids))
    found_rows = [TicketRow(*row) for row in await session.exec(statement)]  # type: ignore[call-overload]
    return {row.id: row for row in found_rows}


def behind(ticket_id: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return the condition for a ticket and whatever follows it: everybody behind one matter."""
    return sa.or_(
        col(Ticket.id) == ticket_id,
        sa.and_(col(Ticket.parent_id) == ticket_id, col(Ticket.status) == Status.MERGED),
    )


@dataclass(frozen=True, slots=True)
class GroupRequester:
    """A requester behind a matter, and the ticket under whose number he knows it.

    Personal data is still encrypted. Of one whose ticket is secret a department is shown nothing.
    """

    requester: TicketRequester
    ticket_id: uuid.UUID
    number: str
    query_code: str
    is_secret: bool
    submitted_at: datetime


async def group_requesters(session: AsyncSession, parent_id: uuid.UUID) -> Sequence[GroupRequester]:
    """Return everybody behind a matter: its own requesters first, then those of what follows it."""
    statement = (
        sa.select(
            TicketRequester,
            col(Ticket.id),
            col(Ticket.number),
            col(Ticket.query_code),
            col(Ticket.is_secret),
            col(Ticket.submitted_at),
        )
        .join(Ticket, col(Ticket.id) == col(TicketRequester.ticket_id))
        .where(behind(parent_id))
        .order_by(
            col(Ticket.parent_id).is_not(None),
            col(Ticket.submitted_at),
            col(Ticket.number),
            col(TicketRequester.id),
        )
    )
    return [GroupRequester(*row) for row in await session.exec(statement)]  # type: ignore[call-overload]


async def find_tracked(session: AsyncSession, number: str, query_code: str) -> Ticket | None:
    """Return the ticket that a requester asks for, when number and query code belong together."""
    return (
        await session.exec(
            select(Ticket).where(
                Ticket.number == number.strip(),
                Ticket.query_code == query_code.strip().upper(),
            )
        )
    ).first()


async def count_all(session: AsyncSession) -> int:
    """Return how many tickets there are."""
    return (await session.exec(select(sa.func.count()).select_from(Ticket))).one()
