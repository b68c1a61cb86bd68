"""What another policy would do to tickets: a dry computation with the functions that do it.

The number of statements does not depend on the number of tickets: open tickets are counted by their
traits, a policy is chosen once for each of these groups, and only those that are shown are read.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.sla.actions import Draft, drafted
from hotline.sla.clocks import LIVE_STATES, MICROSECONDS, setting_of
from hotline.sla.models import Clock, PolicyVersion
from hotline.sla.policy import (
    ClockKind,
    Level,
    Limit,
    Policy,
    TicketTraits,
    choose_policy,
    rule_for,
)
from hotline.sla.queries import PinnedPolicy, find_policy, newest_policy_id, pinned_policy
from hotline.sla.terms import Held, Terms, terms_of
from hotline.tickets.lifecycle import HANDLING, OPEN_STATUSES
from hotline.tickets.models import Commitment, CommitmentState, Ticket
from hotline.tickets.step import POLICIES
from hotline.workdays.book import CALENDARS
from hotline.workdays.workcalendar import Calendar, Calendars

SHOWN = 50
"""So many tickets a preview lists; it counts all."""

NEW_DAYS = 7
"""Tickets submitted in these last days show what a policy would have taken."""

DRAFT_ID = 0
"""Stands for the id of a version that is not published."""


def traits_of(ticket: Ticket) -> TicketTraits:
    """Return what a policy may look at."""
    return TicketTraits(
        urgency=ticket.urgency,
        channel=ticket.channel,
        programme=ticket.programme,
        request_type=ticket.request_type,
        category=ticket.category_code,
        area=ticket.area,
        secret=ticket.is_secret,
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """The policies in force, or as they would be."""

    active: Sequence[PinnedPolicy]

    def of(self, traits: TicketTraits) -> PinnedPolicy:
        """Return the policy for a ticket of these traits."""
        chosen = choose_policy(traits, [pinned.policy for pinned in self.active])
        return next(pinned for pinned in self.active if pinned.policy is chosen)


async def choice_in_force(session: AsyncSession) -> Choice:
    """Return the policies in force."""
    return Choice(await POLICIES.active(session, await newest_policy_id(session)))


async def choice_with(session: AsyncSession, draft: Draft) -> Choice:
    """Return the policies as they would be if a draft were published."""
    newest = await find_policy(session, draft.code)
    policy = drafted(draft, newest)
    others = [
        pinned
        for pinned in (await choice_in_force(session)).active
        if pinned.policy.code != draft.code
    ]
    if not draft.is_active:
        return Choice(others)
    return Choice([*others, PinnedPolicy(DRAFT_ID, newest.version + 1 if newest else 1, policy)])


def asks_otherwise(before: Policy, after: Policy) -> bool:
    """Tell whether a ticket would notice that it went from one policy to the other."""
    return (before.code, before.clocks, before.return_window) != (
        after.code,
        after.clocks,
        after.return_window,
    )


@dataclass(frozen=True, slots=True)
class ClockMove:
    """What becomes of one live clock.

    Attributes:
        kind: which.
        limit_seconds: its limit, in seconds of its calendar.
        new_limit_seconds: its new limit, in seconds of its new calendar.
        calendar: what it counts on.
        new_calendar: what it counts on from now on.
        due_at: when it is due.
        new_due_at: when it is due from now on.
        is_overdue_at_once: it was in time and no longer is.
        was_overdue: it was overdue and has time again; what fired and what was broken stays so.
    """

    kind: ClockKind
    limit_seconds: int
    new_limit_seconds: int
    calendar: str
    new_calendar: str
    due_at: datetime
    new_due_at: datetime
    is_overdue_at_once: bool
    was_overdue: bool

    @property
    def gained_seconds(self) -> int:
        """By how much it is due later; negative when time is lost."""
        return int((self.new_due_at - self.due_at).total_seconds())


@dataclass(frozen=True, slots=True)
class TicketMove:
    """What becomes of one ticket.

    Attributes:
        number: its number.
        before: the policy it has.
        after: the policy it would have.
        clocks: the live clocks that change.
        promise_due_at: until when the work is promised, where that changes.
        new_promise_due_at: until when it would be.
    """

    number: str
    before: PinnedPolicy
    after: PinnedPolicy
    clocks: Sequence[ClockMove]
    promise_due_at: datetime | None = None
    new_promise_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewTickets:
    """What a policy would have taken of the tickets of the last days.

    Attributes:
        days: how many days.
        submitted: tickets submitted in them.
        under: of these, how many would have fallen under it.
        taken: of those, how many from another policy.
        left: how many it had and would have left to another.
    """

    days: int
    submitted: int
    under: int
    taken: int
    left: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a policy would do.

    Attributes:
        open_count: open tickets that re-applying it would touch.
        tickets: the first of them, by when they are due.
        new: what it would have taken lately; None where it is in force already.
    """

    open_count: int
    tickets: Sequence[TicketMove]
    new: NewTickets | None = None


@dataclass(frozen=True, slots=True)
class _Group:
    """Tickets that no policy tells apart."""

    traits: TicketTraits
    policy_id: int
    count: int


_TRAITS = (
    col(Ticket.urgency),
    col(Ticket.channel),
    col(Ticket.programme),
    col(Ticket.request_type),
    col(Ticket.category_code),
    col(Ticket.area),
    col(Ticket.is_secret),
    col(Ticket.policy_id),
)


def is_open() -> sa.ColumnElement[bool]:
    """Return what picks open tickets, written as their index writes it."""
    words = ", ".join(f"'{status.value}'" for status in OPEN_STATUSES)
    return sa.text(f"tickets.status IN ({words})")  # type: ignore[return-value]


async def _groups(session: AsyncSession, *where: sa.ColumnElement[bool]) -> Sequence[_Group]:
    rows = await session.exec(
        select(*_TRAITS, sa.func.count())  # type: ignore[call-overload]
        .where(*where)
        .group_by(*_TRAITS)
    )
    return [
        _Group(
            TicketTraits(
                urgency=row[0],
                channel=row[1],
                programme=row[2],
                request_type=row[3],
                category=row[4],
                area=row[5],
                secret=row[6],
            ),
            row[7],
            row[8],
        )
        for row in rows
    ]


async def _versions(session: AsyncSession, groups: Sequence[_Group]) -> Mapping[int, PinnedPolicy]:
    ids = {group.policy_id for group in groups}
    rows = await session.exec(select(PolicyVersion).where(col(PolicyVersion.id).in_(ids)))
    return {row.id: pinned_policy(row) for row in rows}


async def preview_policy(session: AsyncSession, draft: Draft, *, now: datetime) -> Preview:
    """Return what publishing a draft would mean for new tickets, and re-applying it for open ones.

    Raises:
        InvalidPolicy: the draft cannot be kept.
        DefaultPolicyNeeded: it would switch off the default.
    """
    choice = await choice_with(session, draft)
    count, moves = await _open_moves(session, draft.code, choice, now)
    return Preview(count, moves, await _new_tickets(session, draft.code, choice, now))


async def preview_reapplication(session: AsyncSession, code: str, *, now: datetime) -> Preview:
    """Return what re-applying a policy as it is in force would do to open tickets."""
    return Preview(*await _open_moves(session, code, await choice_in_force(session), now))


async def _open_moves(
    session: AsyncSession, code: str, choice: Choice, now: datetime
) -> tuple[int, Sequence[TicketMove]]:
    touched, versions = await _touched(session, code, choice)
    count = sum(group.count for group in touched)
    if not touched:
        return 0, ()
    tickets = (
        await session.exec(
            select(Ticket)
            .where(is_open(), _in_groups(touched))
            .order_by(col(Ticket.due_at).asc().nulls_last(), col(Ticket.id))
            .limit(SHOWN)
        )
    ).all()
    live = await _live_clocks(session, [ticket.id for ticket in tickets])
    calendars = await CALENDARS.in_force(session)
    moves = []
    for ticket in tickets:
        clocks, promised = live.get(ticket.id, ([], None))
        pins = [
            LiveClock(
                clock,
                versions_pinned,
                await CALENDARS.version(session, clock.calendar, clock.calendar_version),
            )
            for clock, versions_pinned in clocks
        ]
        moves.append(
            move_of(
                ticket.number,
                versions[ticket.policy_id],
                choice.of(traits_of(ticket)),
                pins,
                Promised.of(promised),
                request_type=(ticket.request_type.value, ticket.request_type.value),
                calendars=calendars,
                now=now,
            )
        )
    return count, moves


async def _touched(
    session: AsyncSession, code: str, choice: Choice
) -> tuple[Sequence[_Group], Mapping[int, PinnedPolicy]]:
    """Return the groups of open tickets that re-applying `code` would touch."""
    groups = await _groups(session, is_open())
    versions = await _versions(session, groups)
    touched = []
    for group in groups:
        before, after = versions[group.policy_id], choice.of(group.traits)
        is_meant = code in {before.policy.code, after.policy.code}
        if is_meant and before.id != after.id and asks_otherwise(before.policy, after.policy):
            touched.append(group)
    return touched, versions


def _in_groups(groups: Sequence[_Group]) -> sa.ColumnElement[bool]:
    """Return what picks the tickets of some groups: one row of values for each."""
    listed = sa.values(
        *(sa.column(name, sa.String) for name in ("u", "c", "p", "r", "k", "a")),
        sa.column("s", sa.Boolean),
        sa.column("v", sa.Integer),
        name="groups",
    ).data(
        [
            (
                group.traits.urgency,
                group.traits.channel,
                group.traits.programme,
                group.traits.request_type,
                group.traits.category or "",
                group.traits.area or "",
                group.traits.secret,
                group.policy_id,
            )
            for group in groups
        ]
    )
    return sa.tuple_(
        *(sa.cast(column, sa.String) for column in _TRAITS[:4]),
        sa.func.coalesce(col(Ticket.category_code), ""),
        sa.func.coalesce(col(Ticket.area), ""),
        col(Ticket.is_secret),
        col(Ticket.policy_id),
    ).in_(select(listed))  # type: ignore[call-overload]


async def numbers_to_reapply(
    session: AsyncSession, code: str, *, after: str = "", limit: int
) -> tuple[int, Sequence[str]]:
    """Return how many open tickets re-applying a policy would touch behind a number, and the next.

    Args:
        session: reads.
        code: the policy.
        after: a ticket number; only what comes behind it.
        limit: so many numbers at most.
    """
    touched, _ = await _touched(session, code, await choice_in_force(session))
    if not touched:
        return 0, ()
    where = (is_open(), _in_groups(touched), col(Ticket.number) > after)
    count = (await session.exec(select(sa.func.count()).select_from(Ticket).where(*where))).one()
    numbers = await session.exec(
        select(Ticket.number).where(*where).order_by(col(Ticket.number)).limit(limit)
    )
    return count, numbers.all()


async def _live_clocks(
    session: AsyncSession, ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, tuple[list[tuple[Clock, Policy]], Commitment | None]]:
    rows = await session.exec(
        select(Clock, PolicyVersion, Commitment)
        .join(PolicyVersion, col(PolicyVersion.id) == col(Clock.policy_id))
        .outerjoin(
            Commitment,
            sa.and_(
                col(Commitment.ticket_id) == col(Clock.ticket_id),
                col(Commitment.state) == CommitmentState.ACTIVE,
            ),
        )
        .where(col(Clock.ticket_id).in_(ids), col(Clock.state).in_(LIVE_STATES))
        .order_by(col(Clock.started_at), col(Clock.id))
    )
    found: dict[uuid.UUID, tuple[list[tuple[Clock, Policy]], Commitment | None]] = {}
    policies: dict[int, Policy] = {}
    for clock, version, commitment in rows:
        if version.id not in policies:
            policies[version.id] = pinned_policy(version).policy
        found.setdefault(clock.ticket_id, ([], commitment))[0].append((clock, policies[version.id]))
    return found


async def _new_tickets(
    session: AsyncSession, code: str, choice: Choice, now: datetime
) -> NewTickets:
    since = now - timedelta(days=NEW_DAYS)
    groups = await _groups(session, col(Ticket.submitted_at) >= since)
    versions = await _versions(session, groups)
    under = taken = left = 0
    for group in groups:
        had = versions[group.policy_id].policy.code == code
        gets = choice.of(group.traits).policy.code == code
        under += group.count if gets else 0
        taken += group.count if gets and not had else 0
        left += group.count if had and not gets else 0
    return NewTickets(NEW_DAYS, sum(group.count for group in groups), under, taken, left)


# -- one ticket ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LiveClock:
    """A live clock with the policy it was set by and the calendar it is pinned to."""

    clock: Clock
    policy: Policy
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Promised:
    """What is promised for the work.

    Attributes:
        due_at: until when.
        limit: the stricter limit, if one was promised.
    """

    due_at: datetime
    limit: Limit | None

    @classmethod
    def of(cls, commitment: Commitment | None) -> "Promised | None":
        """Return what an active promise says."""
        if commitment is None:
            return None
        text = commitment.handler_limit
        return cls(commitment.due_at, Limit.parse(text) if text else None)


def terms_for(
    live: LiveClock,
    after: Policy,
    promised: Promised | None,
    *,
    request_type: tuple[str, str],
    calendars: Calendars,
    now: datetime,
) -> Terms | None:
    """Return what a live clock is put under; None when nothing changes for it.

    Args:
        live: the clock.
        after: the policy that shall hold.
        promised: what is promised for the work.
        request_type: the ticket's, as it was and as it shall be.
        calendars: those in force.
        now: when it changes.
    """
    was, shall = request_type
    held = Held(
        live.clock.kind,
        live.policy,
        was,
        live.calendar,
        live.clock.timing,
        promised.limit if promised and live.clock.kind is ClockKind.COMPLETE else None,
    )
    return terms_of(held, after, shall, calendars, now)


def clock_move(live: LiveClock, terms: Terms, now: datetime) -> ClockMove:
    """Return what terms do to a clock, in figures."""
    clock, due_at = live.clock, terms.timing.due_at
    at = clock.stopped_at or now
    was_late = clock.due_at < at or clock.level is Level.RED
    return ClockMove(
        kind=clock.kind,
        limit_seconds=clock.limit_seconds,
        new_limit_seconds=terms.setting.limit_seconds,
        calendar=live.calendar.code,
        new_calendar=terms.calendar.code,
        due_at=clock.due_at,
        new_due_at=due_at,
        is_overdue_at_once=not was_late and clock.stopped_at is None and due_at <= now,
        was_overdue=was_late and due_at > at,
    )


def promise_due(
    before: Policy,
    after: Policy,
    promised: Promised,
    moved: Mapping[ClockKind, datetime],
    live: Mapping[ClockKind, datetime],
    *,
    request_type: tuple[str, str],
    calendars: Calendars,
) -> datetime:
    """Return until when the work is promised: until its clock is due.

    Before a department has it, that is the dispatch limit and the work's own, one after the other.

    Args:
        before: the policy that held.
        after: the policy that shall hold.
        promised: the promise as it is.
        moved: when the clocks are due that change.
        live: when each live clock is due from now on.
        request_type: the ticket's, as it was and as it shall be.
        calendars: those in force.
    """
    if any(kind in live for kind in HANDLING):
        return min((moved[kind] for kind in HANDLING if kind in moved), default=promised.due_at)
    was, rule = rule_for(before, ClockKind.COMPLETE), rule_for(after, ClockKind.COMPLETE)
    if ClockKind.DISPATCH not in live or was is None or rule is None:
        return promised.due_at
    is_same = (was.limit_for(request_type[0]), was.calendar) == (
        rule.limit_for(request_type[1]),
        rule.calendar,
    )
    if is_same and ClockKind.DISPATCH not in moved:
        return promised.due_at
    calendar = calendars[rule.calendar]
    seconds = setting_of(rule, request_type[1], calendar).limit_seconds
    if promised.limit is not None:
        seconds = min(seconds, promised.limit.on_calendar(calendar.day_seconds))
    return calendar.add(live[ClockKind.DISPATCH], seconds * MICROSECONDS)


def move_of(
    number: str,
    before: PinnedPolicy,
    after: PinnedPolicy,
    live: Sequence[LiveClock],
    promised: Promised | None,
    *,
    request_type: tuple[str, str],
    calendars: Calendars,
    now: datetime,
) -> TicketMove:
    """Return what another policy does to a ticket.

    Args:
        number: the ticket's.
        before: the policy it has.
        after: the policy that shall hold.
        live: its live clocks.
        promised: what is promised for the work.
        request_type: the ticket's, as it was and as it shall be.
        calendars: those in force.
        now: when it changes.
    """
    moves = []
    moved: dict[ClockKind, datetime] = {}
    for item in live:
        terms = terms_for(
            item, after.policy, promised, request_type=request_type, calendars=calendars, now=now
        )
        if terms is not None:
            moves.append(clock_move(item, terms, now))
            moved[item.clock.kind] = terms.timing.due_at
    if promised is None:
        return TicketMove(number, before, after, moves)
    due_at = promise_due(
        before.policy,
        after.policy,
        promised,
        moved,
        {item.clock.kind: item.clock.due_at for item in live} | moved,
        request_type=request_type,
        calendars=calendars,
    )
    if due_at == promised.due_at:
        return TicketMove(number, before, after, moves)
    return TicketMove(number, before, after, moves, promised.due_at, due_at)
