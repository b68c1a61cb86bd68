"""Interviews: planned, held, followed up, closed. Each step is one action under the row's lock."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select

from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.people.permissions import Permission, Role
from hotline.people.principal import Tx
from hotline.people.queries import find_department
from hotline.supervision.errors import (
    InterviewMoveRefused,
    InterviewNotFound,
    PromiseDone,
    PromiseNotFound,
    StaleRecord,
)
from hotline.supervision.events import InterviewCalled
from hotline.supervision.interviews.proposals import take_up_proposals
from hotline.supervision.interviews.queries import readable
from hotline.supervision.interviews.rules import (
    InterviewPromise,
    InterviewReason,
    InterviewState,
    Warned,
    require_following,
    require_held,
    require_promises_done,
)
from hotline.supervision.models import Interview, InterviewTicket, PromisedThing
from hotline.supervision.numbering import INTERVIEW, next_number
from hotline.tickets.access import find_readable
from hotline.tickets.errors import UnknownCode


async def plan_interview(
    tx: Tx,
    *,
    department: str,
    reason: InterviewReason,
    explanation: str,
    interviewer: str,
    called: str,
    planned_at: datetime,
    place: str,
    tickets: Sequence[str] = (),
) -> Interview:
    """Call the people of a department to an interview; its leaders are told.

    Args:
        tx: the transaction.
        department: whose people are called.
        reason: why, as a code.
        explanation: why, in words.
        interviewer: who interviews.
        called: who is called.
        planned_at: when.
        place: where.
        tickets: numbers of the tickets that it is about.

    Raises:
        PermissionDenied: the actor may not call anybody.
        UnknownCode: there is no such department, or no ticket goes by a number.
    """
    tx.actor.require(Permission.INTERVIEW)
    unit = await find_department(tx.session, department)
    if unit is None:
        raise UnknownCode(what="department", value=department)
    about = [await find_readable(tx.session, tx.actor, number) for number in dict.fromkeys(tickets)]
    interview = Interview(
        id=uuid7(tx.now),
        number=await next_number(tx, INTERVIEW),
        department_id=unit.id,
        reason=reason,
        explanation=explanation,
        interviewer=interviewer,
        called=called,
        place=place,
        state=InterviewState.PLANNED,
        planned_at=planned_at,
        planned_by=tx.actor.user_id,
        created_at=tx.now,
        due_at=planned_at,
    )
    tx.session.add(interview)
    await tx.session.flush()  # what it is about refers to it
    tx.session.add_all(
        InterviewTicket(interview_id=interview.id, ticket_id=ticket.id) for ticket in about
    )
    await take_up_proposals(tx, interview)
    await emit(tx, InterviewCalled(interview_id=str(interview.id), department_id=unit.id))
    return interview


async def hold_interview(
    tx: Tx,
    number: str,
    *,
    held_at: datetime,
    attendance: str,
    minutes: str,
    promises: Sequence[InterviewPromise],
    follow_up_due_at: datetime,
    expected_version: int | None = None,
) -> Interview:
    """Record an interview that was held: who came, what was said, what was promised.

    Args:
        tx: the transaction.
        number: the interview's.
        held_at: when it was held.
        attendance: who was there.
        minutes: what was said.
        promises: what was promised, each with its day.
        follow_up_due_at: until when somebody looks at what became of it.
        expected_version: the version the actor has read.

    Raises:
        HeldInFuture: it is still to come.
        InvalidFollowUp: what follows lies before it.
    """
    interview = await _lock(tx, number, InterviewState.HELD, expected_version)
    require_held(held_at, follow_up_due_at, promises, tx.now)
    interview.state = InterviewState.HELD
    interview.held_at, interview.attendance, interview.minutes = held_at, attendance, minutes
    interview.recorded_by, interview.recorded_at = tx.actor.user_id, tx.now
    interview.due_at, interview.warned = follow_up_due_at, Warned.NOTHING
    tx.session.add_all(
        PromisedThing(
            interview_id=interview.id, position=place, text=promise.text, due_at=promise.due_at
        )
        for place, promise in enumerate(promises, 1)
    )
    return interview


async def fulfil_promise(
    tx: Tx,
    number: str,
    *,
    position: int,
    evidence: str,
    expected_version: int | None = None,
) -> Interview:
    """Show that what was promised at an interview is done; a leader of the department does so.

    Raises:
        InterviewNotFound: there is none for the actor.
        InterviewMoveRefused: it is not held yet, or over.
        PromiseNotFound: it has no such promise.
        PromiseDone: it was done before.
    """
    tx.actor.require(Permission.READ_INTERVIEWS)
    interview = await _find(tx, number, expected_version)
    if interview.state not in {InterviewState.HELD, InterviewState.FOLLOWED_UP}:
        raise InterviewMoveRefused(state=interview.state)
    promise = (
        await tx.session.exec(
            select(PromisedThing)
            .where(
                PromisedThing.interview_id == interview.id,
                col(PromisedThing.position) == position,
            )
            .with_for_update()
        )
    ).first()
    if promise is None:
        raise PromiseNotFound(position=position)
    if promise.done_at is not None:
        raise PromiseDone
    promise.done_at, promise.done_by = tx.now, tx.actor.user_id
    promise.evidence = evidence
    interview.version += 1
    return interview


async def follow_up_interview(
    tx: Tx, number: str, *, finding: str, expected_version: int | None = None
) -> Interview:
    """Record what became of an interview, after somebody looked."""
    interview = await _lock(tx, number, InterviewState.FOLLOWED_UP, expected_version)
    interview.state = InterviewState.FOLLOWED_UP
    interview.follow_up = finding
    interview.followed_up_by, interview.followed_up_at = tx.actor.user_id, tx.now
    interview.due_at = None
    return interview


async def close_interview(
    tx: Tx, number: str, *, explanation: str | None = None, expected_version: int | None = None
) -> Interview:
    """Close an interview.

    Raises:
        PromisesOpen: a promise is not done and no explanation is given.
    """
    interview = await _lock(tx, number, InterviewState.CLOSED, expected_version)
    left = (
        await tx.session.exec(
            select(PromisedThing.position).where(
                PromisedThing.interview_id == interview.id, col(PromisedThing.done_at).is_(None)
            )
        )
    ).all()
    require_promises_done(len(left), explanation)
    return _end(tx, interview, InterviewState.CLOSED, explanation)


async def cancel_interview(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Interview:
    """Call off an interview that was planned."""
    interview = await _lock(tx, number, InterviewState.CANCELLED, expected_version)
    return _end(tx, interview, InterviewState.CANCELLED, reason)


def _end(tx: Tx, interview: Interview, state: InterviewState, words: str | None) -> Interview:
    interview.state = state
    interview.closing = words
    interview.closed_by, interview.closed_at = tx.actor.user_id, tx.now
    interview.due_at = None
    return interview


async def _lock(
    tx: Tx, number: str, following: InterviewState, expected_version: int | None
) -> Interview:
    """Return an interview to take further, locked, its version counted on."""
    if Role.LEADER in tx.actor.roles and Permission.INTERVIEW not in tx.actor.permissions:
        await _find(tx, number, None)  # of another department's he is not to know
    tx.actor.require(Permission.INTERVIEW)
    interview = await _find(tx, number, expected_version)
    require_following(interview.state, following)
    interview.version += 1
    return interview


async def _find(tx: Tx, number: str, expected_version: int | None) -> Interview:
    interview = (
        await tx.session.exec(
            select(Interview)
            .where(Interview.number == number, readable(tx.actor))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).first()
    if interview is None:
        raise InterviewNotFound(number=number)
    if expected_version is not None and expected_version != interview.version:
        raise StaleRecord
    return interview
