"""Clues: handed to the discipline inspection, and from then on read by nobody else.

Whoever hands one over keeps its number, its date and how far it is. Every reading leaves a record.
"""

from collections.abc import Sequence

from sqlmodel import col, select

from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.supervision.clues.rules import ClueGrounds, ClueOutcome, ClueState, require_following
from hotline.supervision.errors import ClueMoveRefused, ClueNotFound
from hotline.supervision.events import ClueMoved
from hotline.supervision.models import Clue, ClueQuestion, ClueRead, ClueTicket
from hotline.supervision.numbering import CLUE, next_number
from hotline.tickets.access import lock_for_action
from hotline.tickets.lifecycle import State
from hotline.tickets.models import CLUE_TRANSFERRED, Audience
from hotline.tickets.timeline import Entry, append


async def transfer_clue(
    tx: Tx, *, grounds: ClueGrounds, text: str, tickets: Sequence[str] = ()
) -> Clue:
    """Hand a clue to the discipline inspection.

    The timeline of every ticket that goes with it gets a row that nobody else reads.

    Args:
        tx: the transaction.
        grounds: what it is about.
        text: what is known.
        tickets: numbers of the tickets that go with it.

    Raises:
        PermissionDenied: the actor hands over no clues.
        TicketNotFound: a number is none of a ticket that he may read.
    """
    tx.actor.require(Permission.TRANSFER_CLUE)
    if tx.actor.user_id is None:
        raise AssertionError("nobody without an account hands over a clue")
    # Tickets are locked in the order of their numbers, so that two clues cannot wait for each other.
    about = [
        (await lock_for_action(tx.session, tx.actor, number, None))[0]
        for number in sorted(set(tickets))
    ]
    clue = Clue(
        id=uuid7(tx.now),
        number=await next_number(tx, CLUE),
        grounds=grounds,
        state=ClueState.TRANSFERRED,
        text=_sealed(tx, text),
        transferred_by=tx.actor.user_id,
        transferred_at=tx.now,
    )
    tx.session.add(clue)
    await tx.session.flush()  # what goes with it refers to it
    for ticket in about:
        tx.session.add(ClueTicket(clue_id=clue.id, ticket_id=ticket.id))
        await append(
            tx,
            ticket,
            Entry(CLUE_TRANSFERRED, audience=Audience.DISCIPLINE, details={"clue": clue.number}),
            role=None,
            before=State(ticket.status, ticket.hold),
            changes={},
        )
    await emit(tx, ClueMoved(clue_id=str(clue.id), is_for_discipline=True))
    return clue


async def acknowledge_clue(tx: Tx, number: str) -> Clue:
    """Say that the discipline inspection has taken a clue up."""
    clue = await _lock(tx, number)
    if clue.state is not ClueState.TRANSFERRED:
        raise ClueMoveRefused(state=clue.state)
    clue.state = ClueState.ACKNOWLEDGED
    clue.acknowledged_by, clue.acknowledged_at = tx.actor.user_id, tx.now
    return clue


async def ask_about_clue(tx: Tx, number: str, *, question: str) -> Clue:
    """Ask whoever handed a clue over; he reads the question and answers it, no more."""
    clue = await _lock(tx, number)
    require_following(clue.state, ClueState.ASKED_BACK)
    if tx.actor.user_id is None:
        raise AssertionError("nobody without an account reads clues")
    asked = await _questions(tx, clue)
    clue.state = ClueState.ASKED_BACK
    tx.session.add(
        ClueQuestion(
            clue_id=clue.id,
            nth=len(asked) + 1,
            question=_sealed(tx, question),
            asked_by=tx.actor.user_id,
            asked_at=tx.now,
        )
    )
    await emit(tx, ClueMoved(clue_id=str(clue.id), is_for_discipline=False))
    return clue


async def answer_about_clue(tx: Tx, number: str, *, answer: str) -> Clue:
    """Answer what the discipline inspection asked about a clue that one handed over.

    Raises:
        ClueNotFound: the actor handed over no such clue.
    """
    tx.actor.require(Permission.TRANSFER_CLUE)
    clue = (
        await tx.session.exec(
            select(Clue)
            .where(Clue.number == number, Clue.transferred_by == tx.actor.user_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).first()
    if clue is None:
        raise ClueNotFound(number=number)
    if clue.state is not ClueState.ASKED_BACK:
        raise ClueMoveRefused(state=clue.state)
    clue.state = ClueState.ACKNOWLEDGED
    question = (await _questions(tx, clue))[-1]
    question.answer, question.answered_at = _sealed(tx, answer), tx.now
    await emit(tx, ClueMoved(clue_id=str(clue.id), is_for_discipline=True))
    return clue


async def conclude_clue(
    tx: Tx, number: str, *, outcome: ClueOutcome, conclusion: str, document: str | None = None
) -> Clue:
    """Record what the discipline inspection found.

    Args:
        tx: the transaction.
        number: the clue's.
        outcome: what it came to.
        conclusion: in words.
        document: the reference of the document on accountability, when there is one.
    """
    clue = await _lock(tx, number)
    require_following(clue.state, ClueState.CONCLUDED)
    clue.state = ClueState.CONCLUDED
    clue.outcome = outcome
    clue.conclusion = _sealed(tx, conclusion)
    clue.document = tx.cipher.encrypt(document)
    clue.concluded_by, clue.concluded_at = tx.actor.user_id, tx.now
    return clue


async def read_clue(tx: Tx, number: str) -> Clue:
    """Return a clue to the discipline inspection, and write down that it was read.

    Raises:
        ClueNotFound: there is none for the actor.
    """
    clue = await _lock(tx, number)
    if tx.actor.user_id is None:
        raise AssertionError("nobody without an account reads clues")
    tx.session.add(
        ClueRead(id=uuid7(tx.now), clue_id=clue.id, user_id=tx.actor.user_id, read_at=tx.now)
    )
    await tx.session.flush()  # whoever reads sees his own reading among the others
    return clue


def _sealed(tx: Tx, text: str) -> bytes:
    sealed = tx.cipher.encrypt(text)
    if sealed is None:
        raise AssertionError("words are never empty here")
    return sealed


async def _questions(tx: Tx, clue: Clue) -> Sequence[ClueQuestion]:
    return (
        await tx.session.exec(
            select(ClueQuestion)
            .where(ClueQuestion.clue_id == clue.id)
            .order_by(col(ClueQuestion.nth))
        )
    ).all()


async def _lock(tx: Tx, number: str) -> Clue:
    """Return a clue to the discipline inspection, locked.

    Raises:
        ClueNotFound: there is none, or the actor is not of the inspection: nobody else is told which.
    """
    clue = None
    if Permission.READ_CLUES in tx.actor.permissions:
        clue = (
            await tx.session.exec(
                select(Clue)
                .where(Clue.number == number)
                .with_for_update()
                .execution_options(populate_existing=True)
            )
        ).first()
    if clue is None:
        raise ClueNotFound(number=number)
    return clue
