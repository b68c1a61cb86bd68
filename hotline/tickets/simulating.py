"""The tickets of a period under another policy, read some at a time; nothing is written."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.sla.actions import Draft, drafted
from hotline.sla.clocks import Change
from hotline.sla.logbook import Log, read_changes
from hotline.sla.models import Clock
from hotline.sla.policy import Policy, TicketTraits
from hotline.sla.queries import find_policy, newest_policy_id
from hotline.sla.simulation import Excluded, Past, Proposal, Simulation, simulate_clock
from hotline.tickets.models import Ticket
from hotline.tickets.step import POLICIES
from hotline.workdays.book import CALENDARS, UnknownCalendar
from hotline.workdays.workcalendar import Calendars

BATCH = 500


class SimulationTooLarge(DomainError):
    """More tickets than one request should look at; the command line has no such bound."""

    kind = ErrorKind.INVALID
    code = "simulation-too-large"
    title = N_(
        "{tickets} tickets were submitted in this period, at most {most} can be simulated here: "
        "choose a shorter one, or use `hotline sla simulate`"
    )


class _Row(NamedTuple):
    id: uuid.UUID
    number: str
    submitted_at: datetime
    policy_id: int
    urgency: str
    channel: str
    programme: str
    request_type: str
    category_code: str | None
    area: str | None
    is_secret: bool

    @property
    def traits(self) -> TicketTraits:
        return TicketTraits(
            self.urgency,
            self.channel,
            self.programme,
            self.request_type,
            self.category_code,
            self.area,
            self.is_secret,
        )


_COLUMNS = tuple(getattr(Ticket, name) for name in _Row._fields)


def _in_period(since: datetime, until: datetime) -> Sequence[sa.ColumnElement[bool]]:
    return (col(Ticket.submitted_at) >= since, col(Ticket.submitted_at) < until)


async def count_submitted(session: AsyncSession, since: datetime, until: datetime) -> int:
    """Return how many tickets were submitted in a period."""
    statement = select(sa.func.count()).select_from(Ticket).where(*_in_period(since, until))
    return (await session.exec(statement)).one()


async def propose(session: AsyncSession, draft: Draft) -> Proposal:
    """Return what would be in force if a draft were published.

    Raises:
        InvalidPolicy: the definition cannot be kept.
        DefaultPolicyNeeded: it would switch off the default.
        UnknownCalendar: it counts on a calendar that there is not.
    """
    policy = drafted(draft, await find_policy(session, draft.code))
    calendars = await CALENDARS.in_force(session)
    for rule in policy.clocks.values():
        if rule.calendar not in calendars:
            raise UnknownCalendar(calendar=rule.calendar)
    active = await POLICIES.active(session, await newest_policy_id(session))
    return Proposal.among([pinned.policy for pinned in active], policy, is_active=draft.is_active)


async def simulate(
    session: AsyncSession,
    proposal: Proposal,
    since: datetime,
    until: datetime,
    *,
    now: datetime,
    most: int | None = None,
    progress: Callable[[int], object] = lambda _tickets: None,
) -> Simulation:
    """Return what a proposal would have meant for the tickets submitted in a period.

    Args:
        session: may be read-only.
        proposal: of `propose`.
        since: the period's first instant.
        until: its end, exclusive.
        now: for what still runs.
        most: refuse to look at more tickets than this.
        progress: told after each batch how many tickets it had.

    Raises:
        SimulationTooLarge: there are more than `most`.
    """
    if most is not None:
        tickets = await count_submitted(session, since, until)
        if tickets > most:
            raise SimulationTooLarge(tickets=tickets, most=most)
    simulation = Simulation()
    calendars = await CALENDARS.in_force(session)
    after: tuple[datetime, uuid.UUID] | None = None
    while rows := await _batch(session, since, until, after):
        affected = await _affected(session, rows, proposal, simulation)
        pasts = await _pasts(session, affected)
        # Arithmetic, but a second of it for ten thousand tickets: others must be served meanwhile.
        await asyncio.to_thread(_add, simulation, pasts, calendars, now)
        simulation.tickets += len(rows)
        progress(len(rows))
        after = rows[-1].submitted_at, rows[-1].id
        session.expunge_all()
    return simulation


async def _batch(
    session: AsyncSession,
    since: datetime,
    until: datetime,
    after: tuple[datetime, uuid.UUID] | None,
) -> Sequence[_Row]:
    statement = sa.select(*_COLUMNS).where(*_in_period(since, until))  # noqa: TID251
    if after is not None:
        statement = statement.where(
            sa.tuple_(col(Ticket.submitted_at), col(Ticket.id))
            > sa.tuple_(*(sa.literal(value) for value in after))
        )
    statement = statement.order_by(col(Ticket.submitted_at), col(Ticket.id)).limit(BATCH)
    found: Any = await session.exec(statement)  # type: ignore[call-overload]
    return [_Row(*row) for row in found]


_Affected = Sequence[tuple[_Row, Policy]]


async def _affected(
    session: AsyncSession, rows: Sequence[_Row], proposal: Proposal, simulation: Simulation
) -> _Affected:
    affected = []
    for row in rows:
        pinned = await POLICIES.version(session, row.policy_id)
        policy = proposal.policy_for(row.traits, pinned.policy.code)
        if policy is None:
            simulation.excluded[Excluded.OTHER_POLICY] += 1
        else:
            affected.append((row, policy))
    return affected


_Pasts = Sequence[tuple[str, Policy, Past]]


async def _pasts(session: AsyncSession, affected: _Affected) -> _Pasts:
    by_id = {row.id: (row, policy) for row, policy in affected}
    clocks = (
        await session.exec(
            select(Clock)
            .where(col(Clock.ticket_id).in_(list(by_id)))
            .order_by(col(Clock.ticket_id), col(Clock.started_at))
        )
    ).all()
    log = await read_changes(session, [clock.id for clock in clocks])
    pasts = []
    for clock in clocks:
        row, policy = by_id[clock.ticket_id]
        pasts.append((row.number, policy, await _past(session, clock, log, row.request_type)))
    return pasts


async def _past(session: AsyncSession, clock: Clock, log: Log, request_type: str) -> Past:
    changes = log.get(clock.id, ())
    # Once it was put under another policy, the one it started under is not on its row any more.
    is_known = all(change.change is not Change.REAPPLIED for change in changes)
    began = await POLICIES.version(session, clock.policy_id) if is_known else None
    calendar = await CALENDARS.version(session, clock.calendar, clock.calendar_version)
    return Past(clock, changes, began.policy if began else None, calendar.day_seconds, request_type)


def _add(simulation: Simulation, pasts: _Pasts, calendars: Calendars, now: datetime) -> None:
    for number, policy, past in pasts:
        compared = simulate_clock(past, policy, calendars, now)
        if isinstance(compared, Excluded):
            simulation.excluded[compared] += 1
        else:
            simulation.add(number, past.clock.department_id, past.clock.kind, compared)
