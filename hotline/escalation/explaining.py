"""Everything about a ticket's time: its clocks taken apart, its rungs, its hops."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.escalation.models import Escalation, Outage
from hotline.people.models import Department, User
from hotline.people.queries import departments_by_id, users_by_id
from hotline.sla.explanation import Explanation, RungFate, explain_clock, fate_of
from hotline.sla.logbook import read_changes, read_versions
from hotline.sla.models import Clock, Threshold
from hotline.sla.queries import PinnedPolicy, list_clocks
from hotline.tickets.holdings import Counted, Holdings, Share, shares_of
from hotline.tickets.models import Ticket
from hotline.tickets.queries import read_holdings
from hotline.tickets.step import POLICIES
from hotline.workdays.workcalendar import Calendar


@dataclass(frozen=True, slots=True)
class RungAccount:
    """A rung of a clock and what became of it.

    Attributes:
        rung: when it falls due, when it fired.
        fate: what became of it.
        escalation: who was told, if it fired.
        outage: the time without a sweeper in which it fell due.
    """

    rung: Threshold
    fate: RungFate
    escalation: Escalation | None
    outage: Outage | None


@dataclass(frozen=True, slots=True)
class ClockAccount:
    """A clock, taken apart."""

    clock: Clock
    policy: PinnedPolicy
    calendar: Calendar
    explanation: Explanation
    rungs: Sequence[RungAccount]


@dataclass(frozen=True, slots=True)
class TicketAccount:
    """A ticket's time.

    Attributes:
        clocks: every clock it ever had, in the order they started.
        holdings: who held it.
        shares: what each unit had to do with it.
        departments: the units in it, by id.
        users: the people in it, by id.
    """

    clocks: Sequence[ClockAccount]
    holdings: Holdings
    shares: Sequence[Share]
    departments: Mapping[int, Department]
    users: Mapping[uuid.UUID, User]


async def explain_ticket(session: AsyncSession, ticket: Ticket, now: datetime) -> TicketAccount:
    """Return everything about a ticket's time, in a fixed number of statements.

    Args:
        session: may be read-only.
        ticket: one that the reader may see.
        now: up to where what still runs is counted.
    """
    pairs = await list_clocks(session, ticket.id)
    clocks = [clock for clock, _ in pairs]
    log = await read_changes(session, [clock.id for clock in clocks])
    versions = await read_versions(session, clocks, log)
    fired = await _escalations(session, ticket.id)
    holdings = await read_holdings(session, ticket.id, now)
    explained = [
        Counted(
            clock,
            log.get(clock.id, ()),
            explain_clock(clock, log.get(clock.id, ()), versions[clock.calendar], now),
            versions[clock.calendar],
        )
        for clock in clocks
    ]
    shares = shares_of(holdings, explained)
    holders = [hop.holder for hop in holdings.hops if hop.holder is not None]
    people = {
        *(holder.user_id for holder in holders),
        *(user for escalation, _ in fired.values() for user in escalation.told),
        *(escalation.acknowledged_by for escalation, _ in fired.values()),
    }
    accounts = []
    for (clock, rungs), counted in zip(pairs, explained, strict=True):
        accounts.append(
            ClockAccount(
                clock,
                await POLICIES.version(session, clock.policy_id),
                counted.versions[clock.calendar_version],
                counted.explanation,
                [
                    RungAccount(
                        rung,
                        fate_of(rung, clock.state, now),
                        *fired.get((clock.id, rung.rung, rung.nth), (None, None)),
                    )
                    for rung in rungs
                ],
            )
        )
    return TicketAccount(
        accounts,
        holdings,
        shares,
        await departments_by_id(session, {share.department_id for share in shares}),
        await users_by_id(session, people),
    )


async def _escalations(
    session: AsyncSession, ticket_id: uuid.UUID
) -> Mapping[tuple[uuid.UUID, str, int], tuple[Escalation, Outage | None]]:
    rows = await session.exec(
        select(Escalation, Outage)
        .outerjoin(Outage, col(Outage.id) == col(Escalation.outage_id))
        .where(Escalation.ticket_id == ticket_id)
    )
    return {
        (escalation.clock_id, escalation.rung, escalation.nth): (escalation, outage)
        for escalation, outage in rows
    }
