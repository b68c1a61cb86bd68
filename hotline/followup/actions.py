"""Recording return visits, by phone, page or link. Nothing is ever satisfied by default."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlmodel import col, select, update

from hotline.followup import links
from hotline.followup.access import (
    answer_of,
    asked_so_far,
    group_of,
    visits_of,
    workers_of,
)
from hotline.followup.models import DepartmentVisit, RatingLink, Visit, VisitBy
from hotline.followup.rules import (
    MAX_ATTEMPTS,
    AlreadyAnswered,
    Asked,
    InvalidVisit,
    NoPhone,
    NothingToVisit,
    VisitAnswer,
    VisitNotOver,
    VisitSkip,
    part_of,
    require_complete,
    verdict,
    visit_outcome,
)
from hotline.kernel.ids import uuid7
from hotline.kernel.tx import Transaction
from hotline.people.permissions import Permission, Role
from hotline.people.principal import Tx
from hotline.sla.policy import ClockKind
from hotline.tickets.actions.closing import reopen_ticket, rework, rework_outcome, solved_code
from hotline.tickets.counted import RequesterAnswered
from hotline.tickets.lifecycle import (
    Action,
    ActionForbidden,
    ClosureCode,
    Outcome,
    Relation,
    Status,
)
from hotline.tickets.models import Audience, Feedback, Ticket
from hotline.tickets.ratings import BAD_RATINGS, UnfoundedReason
from hotline.tickets.step import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What came with an answer.

    Attributes:
        note: the visitor's or the requester's words.
        is_anonymous: the requester wants the department not to know what he said.
        road: how the answer came; None for a call by a visitor, or the page for a requester.
        source: where an answer by link or page came from, kept as a keyed digest only.
    """

    note: str | None = None
    is_anonymous: bool = False
    road: VisitBy | None = None
    source: str | None = None


async def record_visit(
    tx: Tx,
    number: str,
    answer: VisitAnswer,
    *,
    note: str | None = None,
    is_anonymous: bool = False,
    requester_id: uuid.UUID | None = None,
    source: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Record one attempt to ask a requester, and do what follows from his answer.

    Solved closes the ticket; unsolved hands it back for another round; a bad rating of a solved
    matter is looked into. After an attempt in vain in each part of the day a link goes out, and an
    answer by it is waited for. A matter of several requesters waits for all of them.

    Args:
        tx: the transaction.
        number: the ticket.
        answer: what the requester said, or that he was not reached.
        note: the visitor's or the requester's words.
        is_anonymous: the requester wants the department not to know what he said.
        requester_id: who was asked; may be left out where there is only one.
        source: where an answer by page came from; kept as a digest.
        expected_version: the version the actor has read.

    Raises:
        InvalidVisit: the answers contradict one another, or do not say who was asked.
        AlreadyAnswered: he has said it in this round.
        NoPhone: nobody can have called him.
        SecondPersonNeeded: the visitor worked on this ticket himself.
    """
    said = Said(note=note, is_anonymous=is_anonymous, source=source)
    step = await Step.begin(tx, number, expected_version)
    return await _record(step, answer, said, requester_id)


async def answer_by_link(
    tx: Tx, token: str, answer: VisitAnswer, said: Said, *, reopen: bool = False
) -> Ticket:
    """Record what a requester answers by his link; of two answers at once exactly one counts.

    An answer about a matter that was closed because he was not reached is a rating of a closed
    ticket: unsolved, it is handled again if he asks for that.

    Args:
        tx: a requester's transaction.
        token: the word in the link's address.
        answer: what he says.
        said: his words, and where they came from.
        reopen: he wants an unsolved matter handled again.

    Raises:
        LinkUnknown: no such link opens.
        LinkUsed: he has answered already, by this link or by another road.
        InvalidVisit: the answer is not complete.
    """
    require_complete(answer)
    found = await links.open_link(tx, token)
    step = await Step.begin(tx, found.number)
    # Whoever waited here for another answer's transaction finds what it has left.
    found = await links.open_link(tx, token)
    found.link.used_at = tx.now
    said = replace(said, road=VisitBy.LINK)
    if step.state == (Status.PENDING_VISIT, None):
        return await _record(step, answer, said, found.link.requester_id)
    if step.state != (Status.CLOSED, None):
        raise links.LinkUnknown
    ticket = await _rate_closed(step, answer, said, found.link.requester_id)
    if reopen and not answer.solved and ticket.hold is None:
        await tx.session.flush()  # reopening reads the ticket anew
        ticket = await reopen_ticket(tx, found.number, reason=said.note or "诉求人反映问题未解决")
    return ticket


async def close_unreached(tx: Tx, number: str, *, expected_version: int | None = None) -> Ticket:
    """Close a matter whose requester could not be reached.

    He was tried in every part of the day, the message with the link was written, and the time for an
    answer by it has passed; or nobody behind the matter left a number. When the message was not
    written yet, the time begins anew.

    Raises:
        VisitNotOver: he may still be reached, or may still answer.
    """
    step = await Step.begin(tx, number, expected_version)
    step.decide(Action.CLOSE_UNREACHED, Outcome.UNREACHABLE)
    asked = await _asked(step)
    reason = await _why_unreached(step, asked)
    outcome = Outcome.UNREACHABLE if reason else Outcome.LINK_SENT
    move = step.decide(Action.CLOSE_UNREACHED, outcome)
    if reason:
        answered = any(one.answer for one in asked)
        step.ticket.closure_code = (
            await _answered_code(step, asked) if answered else ClosureCode.UNREACHABLE
        )
    return await step.finish(
        move, Action.CLOSE_UNREACHED, outcome, reason=reason, audience=Audience.PUBLIC
    )


async def _why_unreached(step: Step, asked: Sequence[Asked]) -> str | None:
    """Return the coded reason to close; None when the message with the link is not written yet."""
    if not any(one.has_phone or one.answer for one in asked):
        return "no_phone"
    clock = step.clocks.first((ClockKind.VISIT_LINK,))
    if clock is None or clock.due_at > step.tx.now or any(one.is_open for one in asked):
        raise VisitNotOver
    untold = (
        await step.tx.session.exec(
            select(sa.func.count())
            .select_from(RatingLink)
            .where(
                col(RatingLink.ticket_id) == step.ticket.id,
                col(RatingLink.round) == step.ticket.round,
                col(RatingLink.told_at).is_(None),
            )
        )
    ).one()
    # Nobody is written to about a matter that is secret.
    return None if untold and not step.ticket.is_secret else "no_answer"


async def note_link_told(tx: Transaction, link_id: uuid.UUID) -> None:
    """Keep that the message with a link was written."""
    await tx.session.exec(
        update(RatingLink)
        .where(col(RatingLink.id) == link_id, col(RatingLink.told_at).is_(None))
        .values(told_at=tx.now)
    )


async def exclude_rating(
    tx: Transaction, ticket_id: uuid.UUID, round_: int, reason: UnfoundedReason
) -> None:
    """Let the bad ratings of a round not count: kept, and marked with the reason."""
    await tx.session.exec(
        update(Visit)
        .where(
            col(Visit.ticket_id) == ticket_id,
            col(Visit.round) == round_,
            col(Visit.rating).in_(BAD_RATINGS),
            col(Visit.excluded_at).is_(None),
        )
        .values(excluded_at=tx.now, excluded_reason=reason)
    )


async def skip_visit(
    tx: Tx, number: str, *, reason: VisitSkip, expected_version: int | None = None
) -> Ticket:
    """Leave a ticket for an hour, so that others come first; the reason stands in the timeline.

    Raises:
        NothingToVisit: nobody is to be asked about it now.
    """
    tx.actor.require(Permission.SKIP_VISITS)
    step = await Step.begin(tx, number, expected_version)
    if step.state != (Status.PENDING_VISIT, None):
        raise NothingToVisit
    move = step.decide(Action.NOTE)
    return await step.finish(
        move, Action.NOTE, reason=f"skipped_{reason.value}", audience=Audience.HOTLINE
    )


async def record_own_visit(
    tx: Tx,
    number: str,
    *,
    solved: bool,
    rating: int | None = None,
    note: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Keep what a requester told the department itself; it closes nothing and scores nothing."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.RECORD_OWN_VISIT)
    department_id = tx.actor.department_id
    if department_id is None:
        raise ActionForbidden(action=Action.RECORD_OWN_VISIT)
    tx.session.add(
        DepartmentVisit(
            id=uuid7(tx.now),
            ticket_id=step.ticket.id,
            round=step.ticket.round,
            department_id=department_id,
            at=tx.now,
            visitor_id=tx.actor.user_id,
            is_solved=solved,
            rating=rating,
            note=note,
        )
    )
    return await step.finish(
        move,
        Action.RECORD_OWN_VISIT,
        text=note,
        details={"solved": solved, "rating": rating},
    )


async def _asked(step: Step) -> Sequence[Asked]:
    session, ticket = step.tx.session, step.ticket
    return asked_so_far(
        await group_of(session, ticket.id), await visits_of(session, ticket.id, ticket.round)
    )


def _chosen(asked: Sequence[Asked], requester_id: uuid.UUID | None, step: Step) -> int:
    """Return the place of whoever was asked.

    Raises:
        InvalidVisit: it was not said which of several, or he is not among them.
    """
    if requester_id is None:
        # With a query code it is the ticket's own requester who speaks.
        if len(asked) == 1 or Role.REQUESTER in step.tx.actor.roles:
            return 0
        raise InvalidVisit(problem="say which of the requesters was asked")
    for place, one in enumerate(asked):
        if one.requester_id == requester_id:
            return place
    raise InvalidVisit(problem="this is not a requester of the ticket")


async def _record(
    step: Step, answer: VisitAnswer, said: Said, requester_id: uuid.UUID | None
) -> Ticket:
    tx, ticket = step.tx, step.ticket
    workers = await workers_of(tx.session, ticket.id)
    step.decide(Action.RECORD_VISIT, Outcome.UNREACHED, workers)
    if step.relation is not Relation.NONE:
        # Whoever asks must not be of the department that is asked about, whatever his role.
        raise ActionForbidden(action=Action.RECORD_VISIT)
    require_complete(answer)
    asked = list(await _asked(step))
    place = _chosen(asked, requester_id, step)
    before = asked[place]
    if before.answer is not None:
        raise AlreadyAnswered
    if not answer.reached and not before.has_phone:
        raise NoPhone
    part = part_of(tx.now)
    asked[place] = (
        replace(before, answer=answer)
        if answer.reached
        else replace(before, tried=before.tried | {part})
    )
    was_explained = await _was_explained(step)
    outcome = visit_outcome(
        asked,
        answer,
        was_explained=was_explained,
        is_waiting=step.clocks.first((ClockKind.VISIT_LINK,)) is not None,
    )
    if outcome is Outcome.UNSOLVED:
        outcome = rework_outcome(step, Outcome.UNSOLVED)
    move = step.decide(Action.RECORD_VISIT, outcome, workers)
    visit = await _add_visit(step, answer, said, before)
    step.tell(*_answered(step, visit, was_explained=was_explained))
    if asked[place].is_used_up and not before.is_used_up and before.requester_id:
        await links.make_link(tx, ticket, before.requester_id)
    details = {**_details(step, visit, said), "tried": len(asked[place].tried)}
    text = None if said.is_anonymous else said.note
    if outcome in {Outcome.UNSOLVED, Outcome.WITHOUT_LEAD}:
        return await rework(step, move, Action.RECORD_VISIT, outcome, text=text, details=details)
    if outcome is Outcome.SOLVED:
        ticket.closure_code = await _answered_code(step, asked)
    return await step.finish(
        move,
        Action.RECORD_VISIT,
        outcome,
        text=text,
        audience=Audience.PUBLIC,
        details=details,
    )


async def _answered_code(step: Step, asked: Sequence[Asked]) -> ClosureCode:
    """Return why a matter ends whose requesters are content: solved, or explained to one of them."""
    solved = all(one.answer.solved for one in asked if one.answer)
    return await solved_code(step) if solved else ClosureCode.EXPLAINED


async def _rate_closed(
    step: Step, answer: VisitAnswer, said: Said, requester_id: uuid.UUID
) -> Ticket:
    was_explained = await _was_explained(step)
    outcome = verdict(answer, was_explained=was_explained)
    move = step.decide(Action.RATE_CLOSED, outcome)
    visit = await _add_visit(step, answer, said, Asked(requester_id))
    step.tell(*_answered(step, visit, was_explained=was_explained))
    return await step.finish(
        move,
        Action.RATE_CLOSED,
        outcome,
        text=None if said.is_anonymous else said.note,
        audience=Audience.PUBLIC,
        details=_details(step, visit, said),
    )


async def _add_visit(step: Step, answer: VisitAnswer, said: Said, asked: Asked) -> Visit:
    tx, ticket = step.tx, step.ticket
    is_requester = Role.REQUESTER in tx.actor.roles
    earlier = await visits_of(tx.session, ticket.id, ticket.round)
    part = part_of(tx.now)
    visit = Visit(
        id=uuid7(tx.now),
        ticket_id=ticket.id,
        requester_id=asked.requester_id,
        round=ticket.round,
        attempt=len(earlier) + 1,
        at=tx.now,
        part=part,
        road=said.road or (VisitBy.PAGE if is_requester else VisitBy.PHONE),
        is_counted=answer.reached or part not in asked.tried,
        is_reached=answer.reached,
        was_contacted=answer.was_contacted,
        is_solved=answer.solved,
        rating=answer.rating,
        note=said.note,
        is_anonymous=said.is_anonymous,
        visitor_id=tx.actor.user_id,
        source_digest=tx.cipher.blind_index(f"rating source:{said.source}")
        if said.source
        else None,
    )
    tx.session.add(visit)
    return visit


def _answered(step: Step, visit: Visit, *, was_explained: bool) -> Sequence[RequesterAnswered]:
    """Return what a requester said of a department's work; nothing if he was not reached, or of none."""
    ticket = step.ticket
    if ticket.lead_department_id is None or not visit.is_reached:
        return ()
    return (
        RequesterAnswered(
            ticket_id=str(ticket.id),
            ticket_number=ticket.number,
            visit_id=str(visit.id),
            department_id=ticket.lead_department_id,
            hop=ticket.hop,
            round=visit.round,
            category=ticket.category_code or "",
            solved=bool(visit.is_solved),
            rating=visit.rating,
            was_explained=was_explained,
            is_in_confidence=visit.is_anonymous,
        ),
    )


def _details(step: Step, visit: Visit, said: Said) -> dict[str, object]:
    answer = answer_of(visit)
    return {
        "attempt": visit.attempt,
        "attempts": MAX_ATTEMPTS,
        "part": visit.part.value,
        "counted": visit.is_counted,
        "road": visit.road.value,
        "reached": answer.reached,
        "solved": answer.solved,
        # What the department is not to know stays out of what it reads.
        "rating": None if said.is_anonymous else answer.rating,
        "by_requester": Role.REQUESTER in step.tx.actor.roles,
    }


async def _was_explained(step: Step) -> bool:
    """Tell whether the department's passed result was that the law does not allow what was asked."""
    feedback = (
        await step.tx.session.exec(
            select(Feedback)
            .where(
                Feedback.ticket_id == step.ticket.id,
                Feedback.round == step.ticket.round,
                col(Feedback.is_passed).is_(True),
            )
            .order_by(col(Feedback.submitted_at).desc())
            .limit(1)
        )
    ).first()
    return feedback is not None and not feedback.is_resolved
