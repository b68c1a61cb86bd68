"""Joining one matter told several times, and parting it again."""

from sqlmodel import col, select

from hotline.people.principal import Tx
from hotline.tickets.access import lock_for_action
from hotline.tickets.errors import MergeImpossible
from hotline.tickets.lifecycle import OPEN_STATUSES, Action, ClosureCode, Outcome, State
from hotline.tickets.models import Audience, Commitment, CommitmentState, Ticket
from hotline.tickets.step import Step
from hotline.tickets.timeline import Entry, append


async def merge_ticket(
    tx: Tx, number: str, *, parent: str, expected_version: int | None = None
) -> Ticket:
    """Let a ticket follow another one on the same matter; its own number goes on answering.

    The two are locked in the order of their numbers, as in every merge, so that two merges never
    wait for each other.

    Raises:
        TicketNotFound: one of the two does not exist for the actor.
        MergeImpossible: the parent is the ticket itself, is not open, or follows another one.
    """
    if parent == number:
        raise MergeImpossible(parent=parent, problem="it is the same ticket")
    locked = {
        name: (await lock_for_action(tx.session, tx.actor, name, None))[0]
        for name in sorted((parent, number))
    }
    first = locked[parent]
    if first.status not in OPEN_STATUSES:
        raise MergeImpossible(parent=parent, problem=f"it is {first.status}")
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.MERGE)
    step.ticket.parent_id = first.id
    step.ticket.closure_code = ClosureCode.MERGED
    ticket = await step.finish(
        move, Action.MERGE, audience=Audience.PUBLIC, details={"parent": parent}
    )
    await append(
        tx,
        first,
        Entry(Action.MERGE, details={"child": number}),
        role=None,
        before=State(first.status, first.hold),
        changes={},
    )
    first.version += 1
    return ticket


async def split_ticket(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """Let a merged ticket go its own way again, with clocks of its own."""
    step = await Step.begin(tx, number, expected_version)
    promised = (
        await tx.session.exec(
            select(Commitment)
            .where(
                Commitment.ticket_id == step.ticket.id,
                Commitment.state == CommitmentState.VOID,
            )
            .order_by(col(Commitment.promised_at).desc())
            .limit(1)
        )
    ).first()
    outcome = Outcome.PROMISED if promised else Outcome.UNPROMISED
    move = step.decide(Action.SPLIT, outcome)
    step.ticket.parent_id = None
    if promised is not None:
        # The promise that merging had made void is owed again.
        promised.state, promised.outcome_at = CommitmentState.ACTIVE, None
    return await step.finish(move, Action.SPLIT, outcome, text=reason)
