"""What goes on about a ticket beside its main line, and what its reader may do next.

Pages and interface offer the same: both ask here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.followup.access import workers_of
from hotline.meetings import queries as meetings
from hotline.people.principal import Principal
from hotline.procedures.models import Procedure
from hotline.procedures.queries import (
    Chains,
    Waiting,
    closed_actions,
    list_procedures,
    read_chains,
    waiting,
)
from hotline.sla.policy import CalendarCode
from hotline.sla.timers import calendar_of
from hotline.supervision import queries as supervision
from hotline.supervision.urges.queries import TicketUrges, urges_of_ticket
from hotline.tickets.access import is_called
from hotline.tickets.actions.closing import objections
from hotline.tickets.lifecycle import Action, State
from hotline.tickets.likely import likely_first
from hotline.tickets.models import Assignment, Ticket
from hotline.tickets.policy import Standing, actions_open_to
from hotline.tickets.step import relation_of


@dataclass(frozen=True, slots=True)
class Affairs:
    """What goes on about one ticket, as one person may know of it.

    Attributes:
        tasks: the open tasks of its departments.
        procedures: every request about it, oldest first.
        chains: who asked and decided them, and the milestones of plans.
        workers: what people may not do because they worked on it.
        is_called: whether the reader's department is called to a meeting about it.
    """

    ticket: Ticket
    reader: Principal
    tasks: Sequence[Assignment]
    procedures: Sequence[Procedure]
    chains: Chains
    orders: Sequence[supervision.OrderRow]
    meetings: Sequence[meetings.MeetingRow]
    urges: TicketUrges
    workers: Sequence[Waiting]
    is_called: bool

    @property
    def own_task(self) -> Assignment | None:
        """The open task of the reader's department."""
        return next(
            (task for task in self.tasks if task.department_id == self.reader.department_id), None
        )

    def offered(self, now: datetime, direct: Collection[Action] = ()) -> list[Action]:
        """Return what the reader may do now: what is most likely first, the rest in the machine's order.

        Args:
            now: when he reads.
            direct: what the dispatch catalogue is sure enough for.
        """
        pending = self._waiting()
        standing = Standing(
            self.reader.roles,
            relation_of(self.ticket, self.reader, self.own_task, is_called=self.is_called),
            self.reader.user_id,
            pending,
        )
        closed = closed_actions(
            self.procedures,
            self.ticket,
            self.reader.roles,
            now,
            calendar_of(CalendarCode.WORKING),
        )
        state = State(self.ticket.status, self.ticket.hold)
        open_to_him = actions_open_to(
            standing, state, [*(action for action, _ in pending), *direct]
        )
        return likely_first((action for action in open_to_him if action not in closed), state)

    def _waiting(self) -> tuple[Waiting, ...]:
        return (
            *waiting(self.procedures, self.reader.roles, self.chains.milestones),
            *supervision.waiting(self.orders),
            *meetings.waiting(self.meetings, self.reader),
            *meetings.parts_waiting(self.tasks, self.reader),
            *self.workers,
            *self.urges.pending,
            *objections(self.ticket),
        )


async def read_affairs(
    session: AsyncSession, reader: Principal, ticket: Ticket, tasks: Sequence[Assignment]
) -> Affairs:
    """Return what goes on about a ticket that this person may read, in a fixed number of statements.

    Args:
        session: where to read.
        reader: who asks.
        ticket: which he may read.
        tasks: the open tasks of its departments.
    """
    procedures = await list_procedures(session, ticket.id)
    return Affairs(
        ticket,
        reader,
        tasks,
        procedures,
        await read_chains(session, procedures),
        await supervision.orders_of_ticket(session, reader, ticket.id),
        await meetings.meetings_of_ticket(session, ticket.id),
        await urges_of_ticket(session, ticket.id),
        await workers_of(session, ticket.id),
        await is_called(session, reader, ticket.id),
    )
