"""Reading calls: what an operator has in hand, lists, the board, what belongs to a ticket."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.calls.access import is_in_hand
from hotline.calls.models import (
    CallBack,
    CallCommand,
    MissedCall,
    OperatorPresence,
    OperatorSeat,
    PhoneCall,
    TicketCall,
)
from hotline.calls.rules import (
    LONGEST_RING,
    Activity,
    CallState,
    MissState,
    activity_of,
    live_until,
    wrapped_up_at,
)
from hotline.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_place, page_of
from hotline.people.models import User
from hotline.people.permissions import Role
from hotline.tickets.lifecycle import OPEN_STATUSES
from hotline.tickets.models import Post, Ticket

_LOOKED_AT = 4
"""Of an operator's latest calls: one may ring while he speaks another."""

_RANK = {CallState.TALKING: 0, CallState.RINGING: 1}


async def call_in_hand(
    session: AsyncSession, user_id: uuid.UUID, now: datetime
) -> PhoneCall | None:
    """Return the call that an operator has: spoken before ringing, ringing before written down."""
    rows = await session.exec(
        select(PhoneCall)
        .where(PhoneCall.agent_id == user_id)
        .order_by(col(PhoneCall.started_at).desc(), col(PhoneCall.id).desc())
        .limit(_LOOKED_AT)
    )
    found = [row for row in rows if is_in_hand(row, now)]
    return min(found, key=lambda row: _RANK.get(row.state, 2), default=None)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where an operator sits and whether he takes calls."""

    extension: str | None
    is_away: bool


async def desk_of(session: AsyncSession, user_id: uuid.UUID) -> Desk:
    """Return where an operator sits."""
    seat = (
        await session.exec(
            select(OperatorSeat.extension).where(
                OperatorSeat.user_id == user_id, col(OperatorSeat.left_at).is_(None)
            )
        )
    ).first()
    presence = await session.get(OperatorPresence, user_id)
    return Desk(seat, presence is not None and presence.is_away)


async def count_open_misses(session: AsyncSession) -> int:
    """Return how many missed callers are still to be called back."""
    found = await session.exec(
        select(sa.func.count()).select_from(MissedCall).where(col(MissedCall.closed_at).is_(None))
    )
    return found.one()


# -- lists -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls a list is to show; an empty part asks for nothing.

    Attributes:
        state: in this state; ringing and talking only while it can be believed.
        agent: user name of whoever has or had it.
        since: begun at this instant or later.
        until: begun before this instant.
    """

    state: CallState | None = None
    agent: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call with who has it and the tickets that came of it; the number is still encrypted."""

    call: PhoneCall
    agent: User | None
    tickets: Sequence[str] = ()


async def list_calls(
    session: AsyncSession,
    wanted: CallFilter,
    *,
    now: datetime,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[CallRow]:
    """Return calls, the newest first.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    query = (
        sa.select(PhoneCall, User)
        .outerjoin(User, col(User.id) == col(PhoneCall.agent_id))
        .where(*_conditions(wanted, now))
        .order_by(col(PhoneCall.started_at).desc(), col(PhoneCall.id).desc())
    )
    if cursor:
        at, key = decode_place(cursor)
        query = query.where(
            sa.tuple_(col(PhoneCall.started_at), col(PhoneCall.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    rows: Any = await session.exec(query.limit(limit + 1))  # type: ignore[call-overload]
    page = page_of(
        [CallRow(call, agent) for call, agent in rows],
        limit,
        lambda row: (row.call.started_at, row.call.id),
    )
    tickets = await _tickets_of(session, [row.call.id for row in page.items])
    items = [CallRow(row.call, row.agent, tickets.get(row.call.id, ())) for row in page.items]
    return Page(items, page.next_cursor)


def _conditions(wanted: CallFilter, now: datetime) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.state is not None:
        found.append(col(PhoneCall.state) == wanted.state)
        if wanted.state in (CallState.RINGING, CallState.TALKING):
            silence = live_until(wanted.state, now) - now
            found.append(col(PhoneCall.last_at) > now - silence)
    if wanted.agent:
        user_id = sa.select(col(User.id)).where(col(User.username) == wanted.agent)
        found.append(col(PhoneCall.agent_id) == user_id.scalar_subquery())
    if wanted.since is not None:
        found.append(col(PhoneCall.started_at) >= wanted.since)
    if wanted.until is not None:
        found.append(col(PhoneCall.started_at) < wanted.until)
    return found


async def _tickets_of(
    session: AsyncSession, calls: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[str]]:
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    if calls:
        rows = await session.exec(
            select(TicketCall.call_id, Ticket.number)
            .join(Ticket, col(Ticket.id) == col(TicketCall.ticket_id))
            .where(col(TicketCall.call_id).in_(calls))
            .order_by(col(Ticket.number))
        )
        for call_id, number in rows:
            found[call_id].append(number)
    return found


@dataclass(frozen=True, slots=True)
class MissRow:
    """A missed call; the number is still encrypted."""

    miss: MissedCall
    call: PhoneCall
    taken_by: User | None
    attempts: Sequence[CallBack] = ()


async def list_misses(
    session: AsyncSession,
    *,
    state: MissState | None = None,
    mine: uuid.UUID | None = None,
    is_settled: bool = False,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[MissRow]:
    """Return missed calls: those to call back by when it is due, settled ones the latest first.

    Args:
        session: reading.
        state: only in this state.
        mine: only those that this person has taken.
        is_settled: those that are settled, instead of those that are not.
        cursor: where to go on.
        limit: how many.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    at = col(MissedCall.missed_at if is_settled else MissedCall.call_back_by)
    key = col(MissedCall.call_id)
    query = (
        sa.select(MissedCall, PhoneCall, User)
        .join(PhoneCall, col(PhoneCall.id) == key)
        .outerjoin(User, col(User.id) == col(MissedCall.taken_by))
        .where(
            col(MissedCall.closed_at).is_not(None)
            if is_settled
            else col(MissedCall.closed_at).is_(None)
        )
        .order_by(*((at.desc(), key.desc()) if is_settled else (at, key)))
    )
    if state is not None:
        query = query.where(col(MissedCall.state) == state)
    if mine is not None:
        query = query.where(col(MissedCall.taken_by) == mine)
    if cursor:
        here, there = sa.tuple_(at, key), sa.tuple_(*map(sa.literal, decode_place(cursor)))
        query = query.where(here < there if is_settled else here > there)
    rows: Any = await session.exec(query.limit(limit + 1))  # type: ignore[call-overload]
    page = page_of(
        [MissRow(*row) for row in rows],
        limit,
        lambda row: (
            row.miss.missed_at if is_settled else row.miss.call_back_by,
            row.miss.call_id,
        ),
    )
    attempts = await _attempts(session, [row.miss.call_id for row in page.items])
    return Page(
        [
            MissRow(row.miss, row.call, row.taken_by, attempts.get(row.miss.call_id, ()))
            for row in page.items
        ],
        page.next_cursor,
    )


async def _attempts(
    session: AsyncSession, calls: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[CallBack]]:
    found: dict[uuid.UUID, list[CallBack]] = defaultdict(list)
    if calls:
        rows = await session.exec(
            select(CallBack).where(col(CallBack.call_id).in_(calls)).order_by(col(CallBack.attempt))
        )
        for row in rows:
            found[row.call_id].append(row)
    return found


# -- of a ticket -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TicketCallRow:
    """A call that a ticket came of, with what its operator asked the exchange for."""

    call: PhoneCall
    agent: User | None
    commands: Sequence[CallCommand]


async def calls_of_ticket(session: AsyncSession, ticket_id: uuid.UUID) -> Sequence[TicketCallRow]:
    """Return the calls of a ticket, the earliest first."""
    statement = (
        sa.select(PhoneCall, User)
        .join(TicketCall, col(TicketCall.call_id) == col(PhoneCall.id))
        .outerjoin(User, col(User.id) == col(PhoneCall.agent_id))
        .where(col(TicketCall.ticket_id) == ticket_id)
        .order_by(col(PhoneCall.started_at), col(PhoneCall.id))
    )
    rows: Any = await session.exec(statement)  # type: ignore[call-overload]
    found: list[tuple[PhoneCall, User | None]] = list(rows)
    commands = await commands_of(session, [call.id for call, _ in found])
    return [TicketCallRow(call, agent, commands.get(call.id, ())) for call, agent in found]


async def commands_of(
    session: AsyncSession, calls: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[CallCommand]]:
    """Return what was asked of the exchange, by call, the earliest first."""
    found: dict[uuid.UUID, list[CallCommand]] = defaultdict(list)
    if calls:
        rows = await session.exec(
            select(CallCommand)
            .where(col(CallCommand.call_id).in_(calls))
            .order_by(col(CallCommand.at), col(CallCommand.id))
        )
        for row in rows:
            found[row.call_id].append(row)
    return found


# -- the board -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OperatorLine:
    """One operator on the board.

    Attributes:
        since: since when he does what he does, if it is known.
        call_count: calls he has answered today.
        talk_seconds: how long he spoke in all of them that are over.
        over_count: how many of them are over.
        ticket_count: open tickets that wait for him by name.
    """

    user: User
    extension: str | None
    activity: Activity
    since: datetime | None
    call_count: int
    talk_seconds: float
    over_count: int
    ticket_count: int


@dataclass(frozen=True, slots=True)
class DeskBoard:
    """What waits at the desk, and for whom.

    Attributes:
        waiting_count: calls that ring.
        waiting_since: since when the longest of them does.
        talking_count: calls that are spoken.
        miss_count: missed callers to be called back.
        late_miss_count: those of them whose time has passed.
        today_count: calls of today.
        missed_count: those of them that were missed.
        posts: open tickets by the post that holds them.
    """

    waiting_count: int
    waiting_since: datetime | None
    talking_count: int
    miss_count: int
    late_miss_count: int
    today_count: int
    missed_count: int
    operators: Sequence[OperatorLine]
    posts: Sequence[tuple[Post, int]]


_COUNTS = sa.text(
    "SELECT "
    "(SELECT count(*) FROM calls WHERE state = 'ringing' AND direction = 'in' "
    "AND last_at > :ringing_from), "
    "(SELECT min(started_at) FROM calls WHERE state = 'ringing' AND direction = 'in' "
    "AND last_at > :ringing_from), "
    "(SELECT count(*) FROM calls WHERE state = 'talking' AND last_at > :talking_from), "
    "(SELECT count(*) FROM missed_calls WHERE closed_at IS NULL), "
    "(SELECT count(*) FROM missed_calls WHERE closed_at IS NULL AND call_back_by < :now), "
    "count(*), count(*) FILTER (WHERE state = 'missed') "
    "FROM calls WHERE started_at >= :midnight AND direction = 'in'"
)

_LATEST = sa.text(
    "SELECT u.id, c.* FROM users u CROSS JOIN LATERAL ("
    "SELECT state, last_at, ended_at, answered_at, started_at, outside IS NOT NULL AS is_outside, "
    "linked_at, closed_at FROM calls WHERE agent_id = u.id "
    "ORDER BY started_at DESC, id DESC LIMIT 1) c WHERE u.id = ANY(:users)"
)

_TODAY = sa.text(
    "SELECT agent_id, count(*), "
    "coalesce(sum(greatest(extract(epoch FROM ended_at - answered_at), 0)), 0)::float, "
    "count(ended_at) FROM calls WHERE started_at >= :midnight AND answered_at IS NOT NULL "
    "AND agent_id IS NOT NULL GROUP BY agent_id"
)


async def read_desk_board(session: AsyncSession, *, now: datetime, midnight: datetime) -> DeskBoard:
    """Return the board of the desk in seven statements, whatever its size.

    Args:
        session: reading.
        now: the present instant.
        midnight: when today began.
    """
    counts: Any = (
        await session.exec(  # type: ignore[call-overload]
            _COUNTS,
            params={
                "now": now,
                "midnight": midnight,
                "ringing_from": now - LONGEST_RING,
                "talking_from": now - (live_until(CallState.TALKING, now) - now),
            },
        )
    ).one()
    held, posts = await _holders(session)
    waiting, waiting_since, talking, misses, late, today, missed = counts
    return DeskBoard(
        waiting,
        waiting_since,
        talking,
        misses,
        late,
        today,
        missed,
        operators=await _operators(session, now, midnight, held),
        posts=sorted(posts.items(), key=lambda item: list(Post).index(item[0])),
    )


async def _operators(
    session: AsyncSession, now: datetime, midnight: datetime, held: Mapping[uuid.UUID, int]
) -> Sequence[OperatorLine]:
    users = (
        await session.exec(
            select(User)
            .where(col(User.roles).contains([Role.OPERATOR.value]), col(User.is_active).is_(True))
            .order_by(col(User.username))
        )
    ).all()
    ids = [user.id for user in users]
    latest: Any = await session.exec(_LATEST, params={"users": ids})  # type: ignore[call-overload]
    today: Any = await session.exec(_TODAY, params={"midnight": midnight})  # type: ignore[call-overload]
    last, spoken = {row[0]: row for row in latest}, {row[0]: row[1:] for row in today}
    seats = dict(
        (
            await session.exec(
                select(OperatorSeat.user_id, OperatorSeat.extension).where(
                    col(OperatorSeat.left_at).is_(None)
                )
            )
        ).all()
    )
    away = {row.user_id: row for row in await session.exec(select(OperatorPresence))}
    lines = []
    for user in users:
        presence, row = away.get(user.id), last.get(user.id)
        activity = _activity(row, presence, now)
        count, seconds, over = spoken.get(user.id, (0, 0.0, 0))
        lines.append(
            OperatorLine(
                user,
                seats.get(user.id),
                activity,
                _since(activity, row, presence),
                count,
                seconds,
                over,
                held.get(user.id, 0),
            )
        )
    return lines


def _activity(row: Any, presence: OperatorPresence | None, now: datetime) -> Activity:  # noqa: ANN401  # a row of plain SQL
    return activity_of(
        is_away=presence is not None and presence.is_away,
        state=CallState(row.state) if row else None,
        last_at=row.last_at if row else None,
        ended_at=row.ended_at if row else None,
        is_outside=bool(row and row.is_outside),
        wrapped_at=wrapped_up_at(row.ended_at, row.linked_at, row.closed_at) if row else None,
        now=now,
    )


def _since(
    activity: Activity,
    row: Any,  # noqa: ANN401  # a row of plain SQL
    presence: OperatorPresence | None,
) -> datetime | None:
    if activity is Activity.AWAY:
        return presence.since if presence else None
    if row is None or activity is Activity.FREE:
        return None
    at: datetime | None = {
        Activity.RINGING: row.started_at,
        Activity.TALKING: row.answered_at,
        Activity.WRAP_UP: row.ended_at,
    }[activity]
    return at


async def _holders(
    session: AsyncSession,
) -> tuple[Mapping[uuid.UUID, int], Mapping[Post, int]]:
    """Return how many open tickets wait by name, and how many at each post of the hotline."""
    is_open = sa.literal_column(
        "tickets.status IN (" + ", ".join(f"'{status.value}'" for status in OPEN_STATUSES) + ")",
        sa.Boolean,
    )
    statement = (
        sa.select(col(Ticket.holder_user_id), col(Ticket.holder_post), sa.func.count())
        .where(is_open)
        .group_by(col(Ticket.holder_user_id), col(Ticket.holder_post))
    )
    rows: Any = await session.exec(statement)  # type: ignore[call-overload]
    people: dict[uuid.UUID, int] = defaultdict(int)
    posts: dict[Post, int] = defaultdict(int)
    for user_id, post, count in rows:
        if user_id is not None:
            people[user_id] += count
        elif post is not None:
            posts[Post(post)] += count
    return people, posts
