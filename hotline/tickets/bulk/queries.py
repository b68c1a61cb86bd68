"""Reading what an action on many tickets will come to, and how far a run is."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import DomainError
from hotline.people.models import User
from hotline.people.principal import Principal
from hotline.sla.clocks import ClockState
from hotline.sla.models import Clock
from hotline.tickets.access import readable_each
from hotline.tickets.bulk.errors import BulkRunNotFound
from hotline.tickets.bulk.models import BulkItem, BulkRun
from hotline.tickets.bulk.rules import BulkDoing, BulkState, Candidate, foretell
from hotline.tickets.lifecycle import State
from hotline.tickets.models import Assignment, Ticket
from hotline.tickets.policy import Standing
from hotline.tickets.step import relation_of
from hotline.tickets.urges import URGE_CLOCKS


@dataclass(frozen=True, slots=True)
class Pick:
    """A ticket that was chosen, with the version that was read, when that is said."""

    number: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Foretold:
    """What an action will come to for a ticket.

    Attributes:
        ticket: as it stands.
        refusal: why it will not be done; None when it will.
    """

    ticket: Ticket
    refusal: DomainError | None


async def preview_bulk(
    session: AsyncSession,
    principal: Principal,
    doing: BulkDoing,
    picks: Sequence[Pick],
    colleague: User | None = None,
) -> Sequence[Foretold]:
    """Return what an action will come to for each ticket, in the order given, in three statements.

    What the person may not see is left out, exactly like what is not there.
    """
    wanted = {pick.number: pick.version for pick in picks}
    rows = await session.exec(
        select(Ticket).where(
            col(Ticket.number).in_(wanted), readable_each(principal, col(Ticket.id))
        )
    )
    tickets = {ticket.number: ticket for ticket in rows}
    keys = [ticket.id for ticket in tickets.values()]
    tasks = await _own_tasks(session, principal, keys)
    urged = await _urged(session, principal, keys)
    told = []
    for number, version in wanted.items():
        ticket = tickets.get(number)
        if ticket is None:
            continue
        task = tasks.get(ticket.id)
        candidate = Candidate(
            number,
            State(ticket.status, ticket.hold),
            Standing(principal.roles, relation_of(ticket, principal, task), principal.user_id),
            task is not None,
            task.handler_id if task else None,
            ticket.id in urged,
            ticket.version,
            version,
        )
        refusal = foretell(
            candidate,
            doing,
            colleague=colleague.id if colleague else None,
            name=colleague.display_name if colleague else "",
        )
        told.append(Foretold(ticket, refusal))
    return told


async def _own_tasks(
    session: AsyncSession, principal: Principal, keys: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, Assignment]:
    rows = await session.exec(
        select(Assignment).where(
            col(Assignment.ticket_id).in_(keys),
            Assignment.department_id == principal.department_id,
            col(Assignment.ended_at).is_(None),
        )
    )
    return {task.ticket_id: task for task in rows}


async def _urged(
    session: AsyncSession, principal: Principal, keys: Sequence[uuid.UUID]
) -> set[uuid.UUID]:
    rows = await session.exec(
        select(Clock.ticket_id).where(
            col(Clock.ticket_id).in_(keys),
            col(Clock.kind).in_(URGE_CLOCKS),
            Clock.state == ClockState.RUNNING,
            Clock.department_id == principal.department_id,
        )
    )
    return set(rows.all())


@dataclass(frozen=True, slots=True)
class BulkLine:
    """A ticket of a run with its title, as it was written: mask it before showing."""

    item: BulkItem
    title: str


@dataclass(frozen=True, slots=True)
class BulkProgress:
    """How far a run is."""

    run: BulkRun
    lines: Sequence[BulkLine]

    @property
    def waiting(self) -> int:
        """How many tickets still wait."""
        return sum(line.item.state is BulkState.WAITING for line in self.lines)


async def find_bulk_run(session: AsyncSession, principal: Principal, run_id: uuid.UUID) -> BulkRun:
    """Return a run of this person.

    Raises:
        BulkRunNotFound: there is none, or it is somebody else's.
    """
    run = await session.get(BulkRun, run_id, populate_existing=True)
    if run is None or run.requested_by != principal.user_id:
        raise BulkRunNotFound
    return run


async def read_bulk(session: AsyncSession, principal: Principal, run_id: uuid.UUID) -> BulkProgress:
    """Return how far a run of this person is, with the result of each ticket.

    Raises:
        BulkRunNotFound: there is none, or it is somebody else's.
    """
    run = await find_bulk_run(session, principal, run_id)
    rows = await session.exec(
        select(BulkItem, Ticket.title)
        .join(Ticket, col(Ticket.number) == col(BulkItem.ticket_number))
        .where(BulkItem.run_id == run_id)
        .order_by(col(BulkItem.position))
    )
    return BulkProgress(run, [BulkLine(item, title) for item, title in rows])
