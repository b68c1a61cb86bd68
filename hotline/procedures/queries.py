"""Reading requests about tickets."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.models import User
from hotline.people.permissions import Role
from hotline.procedures.dispute_rules import PastReturn, ReturnLevel, may_dispute, may_return
from hotline.procedures.models import PlanMilestone, Procedure, ProcedureStep
from hotline.procedures.requests import may_approve
from hotline.procedures.rules import APPEAL, DECIDED_BY, ProcedureKind, ProcedureState
from hotline.sla.clocks import ClockState
from hotline.sla.models import Clock
from hotline.sla.policy import Level
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import Post, Ticket
from hotline.workdays.workcalendar import Calendar


async def list_procedures(session: AsyncSession, ticket_id: uuid.UUID) -> Sequence[Procedure]:
    """Return every request about a ticket, oldest first."""
    rows = await session.exec(
        select(Procedure)
        .where(Procedure.ticket_id == ticket_id)
        .order_by(col(Procedure.opened_at), col(Procedure.id))
    )
    return rows.all()


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """A milestone of a plan with its clock, which it has from the day the plan was approved."""

    milestone: PlanMilestone
    clock: Clock | None

    @property
    def due_at(self) -> datetime:
        """When it is due; by its clock, which may end with the office hours before."""
        return self.clock.due_at if self.clock else self.milestone.due_at

    @property
    def is_done(self) -> bool:
        """Tell whether it is done."""
        return self.milestone.done_at is not None

    @property
    def is_late(self) -> bool:
        """Tell whether it was done late."""
        return self.clock is not None and self.is_done and self.clock.state is ClockState.MISSED

    @property
    def level(self) -> Level:
        """How close it is to its end."""
        return self.clock.level if self.clock else Level.GREEN


@dataclass(frozen=True, slots=True)
class Chains:
    """What belongs to the requests about a ticket.

    Attributes:
        steps: what was decided on the way, by request.
        milestones: of plans, by request.
        names: of the accounts that asked and decided.
    """

    steps: Mapping[uuid.UUID, Sequence[ProcedureStep]]
    milestones: Mapping[uuid.UUID, Sequence[MilestoneRow]]
    names: Mapping[uuid.UUID, str]


async def read_chains(session: AsyncSession, procedures: Sequence[Procedure]) -> Chains:
    """Return the steps, the milestones and the people of these requests."""
    if not procedures:
        return Chains({}, {}, {})
    ids = [procedure.id for procedure in procedures]
    steps: dict[uuid.UUID, list[ProcedureStep]] = defaultdict(list)
    for step in await session.exec(
        select(ProcedureStep)
        .where(col(ProcedureStep.procedure_id).in_(ids))
        .order_by(col(ProcedureStep.id))
    ):
        steps[step.procedure_id].append(step)
    people = {
        person for procedure in procedures for person in (procedure.opened_by, procedure.decided_by)
    } | {step.by for taken in steps.values() for step in taken}
    names = await session.exec(
        select(User.id, User.display_name).where(col(User.id).in_(people - {None}))
    )
    return Chains(steps, await milestones_of(session, ids), dict(names.all()))


async def milestones_of(
    session: AsyncSession, plans: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[MilestoneRow]]:
    """Return the milestones of plans in their order, by plan, in one statement."""
    found: dict[uuid.UUID, list[MilestoneRow]] = defaultdict(list)
    for milestone, clock in await session.exec(
        select(PlanMilestone, Clock)
        .outerjoin(Clock, col(Clock.id) == col(PlanMilestone.clock_id))
        .where(col(PlanMilestone.procedure_id).in_(plans))
        .order_by(col(PlanMilestone.procedure_id), col(PlanMilestone.position))
    ):
        found[milestone.procedure_id].append(MilestoneRow(milestone, clock))
    return found


Waiting = tuple[Action, uuid.UUID | None]


def waiting(
    procedures: Sequence[Procedure],
    roles: Collection[Role],
    milestones: Mapping[uuid.UUID, Sequence[MilestoneRow]],
) -> tuple[Waiting, ...]:
    """Return which steps wait that someone of these roles may take, each with who may not.

    Args:
        procedures: every request about a ticket.
        roles: the reader's.
        milestones: of its plans.
    """
    live = {procedure.kind for procedure in procedures if procedure.state in _LIVE}
    return tuple(
        one
        for procedure in procedures
        if procedure.state in _LIVE
        for one in (
            _decisions(procedure, roles)
            if procedure.state is ProcedureState.PENDING
            else _work(procedure, milestones.get(procedure.id, ()), live)
        )
    )


def past_return(procedure: Procedure) -> PastReturn:
    """Return a return as the rules look at it."""
    level = procedure.details.get("level")
    return PastReturn(
        hop=procedure.details.get("hop", 0),
        state=procedure.state,
        level=ReturnLevel(level) if level else None,
        decided_at=procedure.decided_at,
        is_disputed="disputed_at" in procedure.details,
    )


def is_raised(ticket: Ticket) -> bool:
    """Tell whether the time for the hotline's decision has passed: the authority decides."""
    return ticket.holder_post is Post.AUTHORITY


def closed_actions(
    procedures: Sequence[Procedure],
    ticket: Ticket,
    roles: Collection[Role],
    now: datetime,
    working: Calendar,
) -> frozenset[Action]:
    """Return what the machine allows but the rules of requests would refuse: it is not offered.

    Args:
        procedures: every request about the ticket.
        ticket: the ticket.
        roles: the reader's.
        now: when he reads.
        working: the calendar of working hours.
    """
    past = [past_return(one) for one in procedures if one.kind is ProcedureKind.RETURN]
    hop, is_designated = ticket.hop, ticket.is_designated
    closed = set()
    if not may_return(past, hop=hop, is_designated=is_designated):
        closed.add(Action.REQUEST_RETURN)
    if not may_dispute(past, hop=hop, is_designated=is_designated, now=now, working=working):
        closed.add(Action.DISPUTE_RETURN)
    if is_raised(ticket) and Role.AUTHORITY not in roles:
        closed.add(Action.DECIDE_RETURN)
    if any(APPEAL in one.details for one in procedures if one.state in _LIVE):
        closed.add(Action.APPEAL_RATING)
    return frozenset(closed)


_LIVE = frozenset({ProcedureState.PENDING, ProcedureState.RUNNING})


def _decisions(procedure: Procedure, roles: Collection[Role]) -> Iterator[Waiting]:
    if not may_approve(roles, procedure.approver):
        return
    actions = [DECIDED_BY[procedure.kind]]
    if procedure.kind is ProcedureKind.CLOSE_OUT:
        actions.append(Action.REFUSE_CLOSE_OUT)
    if procedure.kind is ProcedureKind.FINAL_REPLY and procedure.approver is Role.SUPERVISOR:
        actions = [Action.REVIEW_FINAL_REPLY]
    proposer = procedure.details.get("proposed_by")
    for wanted in actions:
        yield wanted, procedure.opened_by
        if procedure.reviewed_by is not None:
            yield wanted, procedure.reviewed_by
        if isinstance(proposer, str):
            yield wanted, uuid.UUID(proposer)


def _work(
    procedure: Procedure, milestones: Sequence[MilestoneRow], live: Collection[ProcedureKind]
) -> Iterator[Waiting]:
    """Return what a running plan waits for: its next milestone, or to be struck off."""
    if procedure.kind is not ProcedureKind.RECTIFICATION:
        return
    if any(not row.is_done for row in milestones):
        yield Action.COMPLETE_MILESTONE, None
    elif ProcedureKind.CLOSE_OUT not in live:
        yield Action.REQUEST_CLOSE_OUT, None
