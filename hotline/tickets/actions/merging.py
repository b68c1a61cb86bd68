"""Joining one matter told several times, and parting it again.

While a ticket follows another one its clocks wait: the other's clocks run for the same matter, so the
time spent together is counted there and not twice. Parting gives everything back as it was: the
state, the holder, the promise, and what was used and what remained of each clock.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from hotline.kernel.outbox import emit
from hotline.people.models import User
from hotline.people.principal import Tx
from hotline.sla.policy import ClockKind, rule_for
from hotline.tickets.access import lock_for_action
from hotline.tickets.actions.following import lock_in_order, lock_with_parent, write_on_parent
from hotline.tickets.errors import (
    MatterEnded,
    MergeImpossible,
    MergeUnconfirmed,
    TooManyAtOnce,
)
from hotline.tickets.events import GroupChanged, TicketMerged
from hotline.tickets.grouping import (
    MOST_AT_ONCE,
    Side,
    differences,
    may_be_parted,
    merge_problem,
)
from hotline.tickets.history import rebuild
from hotline.tickets.lifecycle import Action, ClosureCode, Outcome, State, Status
from hotline.tickets.models import (
    Audience,
    Commitment,
    CommitmentState,
    Post,
    Ticket,
    TicketEvent,
)
from hotline.tickets.step import Step


async def merge_ticket(
    tx: Tx,
    number: str,
    *,
    parent: str,
    is_confirmed: bool = False,
    expected_version: int | None = None,
) -> Ticket:
    """Let a ticket follow another one on the same matter; its own number goes on answering.

    The two are locked in the order of their numbers, as in every merge, so that two merges never
    wait for each other.

    Args:
        tx: the transaction.
        number: the ticket that will follow.
        parent: the number of the one to be followed.
        is_confirmed: somebody has looked at them and says that they are one matter, though they
            differ in type or area.
        expected_version: the version the actor has read.

    Raises:
        TicketNotFound: one of the two does not exist for the actor.
        MergeImpossible: the parent is the ticket itself, has ended or follows another one, or the
            ticket is followed itself, or one of the two is secret and the other is not.
        MergeUnconfirmed: they differ, and nobody says that it does not matter.
    """
    await lock_in_order(tx, {number, parent})
    first, _ = await lock_for_action(tx.session, tx.actor, parent, None)
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.MERGE)
    child_side = side_of(step.ticket, 1 if await step.has_followers() else 0)
    parent_side = side_of(first)
    problem = merge_problem(child_side, parent_side)
    if problem is not None:
        raise MergeImpossible(parent=parent, problem=problem)
    differing = differences(child_side, parent_side)
    if differing and not is_confirmed:
        raise MergeUnconfirmed(parent=parent, differences=differing)
    step.ticket.parent_id = first.id
    step.ticket.closure_code = ClosureCode.MERGED
    ticket = await step.finish(
        move, Action.MERGE, audience=Audience.PUBLIC, details={"parent": parent}
    )
    await write_on_parent(tx, first, Action.MERGE, child=number)
    await emit(
        tx,
        GroupChanged(ticket_id=str(first.id), ticket_number=parent),
        TicketMerged(ticket_id=str(ticket.id), ticket_number=number, parent_number=parent),
    )
    return ticket


def side_of(ticket: Ticket, followers: int = 0) -> Side:
    """Return a ticket as the rules of merging take it."""
    return Side(
        ticket.number,
        State(ticket.status, ticket.hold),
        ticket.is_secret,
        ticket.request_type.value,
        ticket.area,
        followers,
    )


# -- many at once ----------------------------------------------------------------------------------


async def merge_many(
    tx: Tx, parent: str, numbers: Collection[str], *, is_confirmed: bool = False
) -> Sequence[Ticket]:
    """Let several tickets follow one, all or none of them.

    Raises:
        TooManyAtOnce: more than fifty.
        MergeImpossible: one of them cannot; nothing is done.
        MergeUnconfirmed: likewise.
    """
    wanted = sorted(set(numbers) - {parent})
    if len(wanted) > MOST_AT_ONCE:
        raise TooManyAtOnce(most=MOST_AT_ONCE)
    await lock_in_order(tx, {parent, *wanted})
    return [
        await merge_ticket(tx, number, parent=parent, is_confirmed=is_confirmed)
        for number in wanted
    ]


# -- parting ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Before:
    """What a ticket was when it was merged."""

    at: datetime
    state: Mapping[str, object]

    @property
    def is_accepted(self) -> bool:
        return self.state["status"] == Status.ACCEPTED


async def split_ticket(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """Let a merged ticket go its own way again, exactly as it was when it was merged.

    What its clocks had used stays used, what remained remains; the time spent together is not
    counted against anybody. What the promise had left is left to it, on the work's own calendar.

    Raises:
        MatterEnded: the matter that it followed ended longer ago than it could be reopened.
    """
    parent = await lock_with_parent(tx, number)
    step = await Step.begin(tx, number, expected_version)
    before = await _before_merge(step)
    outcome = Outcome.PROMISED if before and before.is_accepted else Outcome.UNPROMISED
    move = step.decide(Action.SPLIT, outcome)
    if parent is not None and not may_be_parted(
        State(parent.status, parent.hold), parent.closed_at, tx.now
    ):
        raise MatterEnded(parent=parent.number)
    step.ticket.parent_id = None
    if before is not None:
        await _give_back(step, before)
    ticket = await step.finish(move, Action.SPLIT, outcome, text=reason, audience=Audience.PUBLIC)
    if parent is not None:
        await write_on_parent(tx, parent, Action.SPLIT, child=number, text=reason, outcome=outcome)
    return ticket


async def _before_merge(step: Step) -> _Before | None:
    """Return the ticket as its timeline knows it before it was merged; None for an imported one."""
    session, ticket_id = step.tx.session, step.ticket.id
    merged = (
        await session.exec(
            select(TicketEvent.seq, TicketEvent.at)
            .where(
                TicketEvent.ticket_id == ticket_id,
                TicketEvent.action == Action.MERGE.value,
                TicketEvent.to_status == Status.MERGED,
                TicketEvent.from_status != Status.MERGED,
            )
            .order_by(col(TicketEvent.seq).desc())
            .limit(1)
        )
    ).first()
    if merged is None:
        return None
    seq, at = merged
    rows = await session.exec(
        select(TicketEvent.changes, TicketEvent.to_status, TicketEvent.to_hold, TicketEvent.round)
        .where(TicketEvent.ticket_id == ticket_id, col(TicketEvent.seq) < seq)
        .order_by(col(TicketEvent.seq))
    )
    names = ("changes", "to_status", "to_hold", "round")
    return _Before(at, rebuild(dict(zip(names, row, strict=True)) for row in rows))


async def _give_back(step: Step, before: _Before) -> None:
    """Return the ticket to whoever held it, and its promise to the requester."""
    held_by, post = before.state["holder_user_id"], before.state["holder_post"]
    if held_by is not None:
        user = await step.tx.session.get(User, uuid.UUID(str(held_by)))
        if user is not None and user.is_active:
            step.hand_to(user_id=user.id)
    elif post is not None:
        step.hand_to(post=Post(str(post)))
    promise = (
        await step.tx.session.exec(
            select(Commitment)
            .where(
                Commitment.ticket_id == step.ticket.id,
                Commitment.state == CommitmentState.VOID,
                Commitment.outcome_at == before.at,
            )
            .limit(1)
        )
    ).first()
    if promise is not None:
        promise.state, promise.outcome_at = CommitmentState.ACTIVE, None
        promise.due_at = _later(step, promise.due_at, before.at)


def _later(step: Step, due_at: datetime, since: datetime) -> datetime:
    """Return a promised instant moved by the time since `since`, on the work's own calendar."""
    now = step.tx.now
    rule = rule_for(step.policy.policy, ClockKind.COMPLETE)
    if rule is None or due_at <= since or now == since:
        return due_at
    calendar = step.calendars[rule.calendar]
    return calendar.add(now, calendar.elapsed(since, due_at))
