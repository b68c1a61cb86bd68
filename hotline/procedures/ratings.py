"""Bad ratings looked into: contacted, judged by an auditor, set aside only by two persons."""

from collections.abc import Sequence

from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.kernel.outbox import emit
from hotline.people.principal import Tx
from hotline.procedures.events import RatingUnfounded
from hotline.procedures.models import Procedure
from hotline.procedures.requests import deciding, live, open_procedure, write_decision
from hotline.procedures.rules import (
    APPEAL,
    ProcedureKind,
    ProcedureState,
    unfounded_outcome,
)
from hotline.tickets.actions.closing import rework, rework_outcome, solved_code
from hotline.tickets.errors import SecondPersonNeeded
from hotline.tickets.fixing import tell_unfixed
from hotline.tickets.lifecycle import Action, Outcome
from hotline.tickets.models import Audience, Ticket
from hotline.tickets.ratings import UnfoundedReason
from hotline.tickets.step import Step


class RaterNotContacted(DomainError):
    """Nobody has spoken with whoever rated, or tried to."""

    code = "rater-not-contacted"
    title = N_("Record the contact with the requester first")


class UnfoundedNotProposed(DomainError):
    """A bad rating is set aside by two persons: one proposes it, another confirms."""

    code = "unfounded-not-proposed"
    title = N_(
        "That the rating is unfounded must first be proposed, then confirmed by another person"
    )


class AlreadyAppealed(DomainError):
    """The department has appealed already."""

    kind = ErrorKind.CONFLICT
    code = "rating-already-appealed"
    title = N_("Your department has appealed against this rating already")


class AlreadyProposed(DomainError):
    """It waits for a second person already."""

    kind = ErrorKind.CONFLICT
    code = "already-proposed"
    title = N_("It has been proposed already and waits for another person")


async def open_rating_check(
    tx: Tx, number: str, *, reason: str, expected_version: int | None = None
) -> Ticket:
    """Look into a bad rating."""
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.OPEN_RATING_CHECK)
    await open_procedure(step, ProcedureKind.RATING_CHECK, text=reason)
    return await step.finish(move, Action.OPEN_RATING_CHECK, text=reason, audience=Audience.HOTLINE)


async def appeal_rating(
    tx: Tx,
    number: str,
    *,
    reason: UnfoundedReason,
    explanation: str,
    evidence: Sequence[str],
    expected_version: int | None = None,
) -> Ticket:
    """Say for the department that a bad rating is mistaken or malicious; the check that runs hears it.

    The limits of the check stay as they are. Whoever spoke with the requester does not decide alone
    any more, whichever way it ends, and the department reads the decision.

    Raises:
        AlreadyAppealed: the department has said so already.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.APPEAL_RATING)
    check = await _check(step, explanation)
    if APPEAL in check.details:
        raise AlreadyAppealed
    check.details = {
        **check.details,
        APPEAL: {
            "reason": reason.value,
            "evidence": list(evidence),
            "by": str(tx.actor.user_id),
            "at": tx.now.isoformat(),
        },
    }
    return await step.finish(
        move,
        Action.APPEAL_RATING,
        text=explanation,
        reason=reason.value,
        audience=Audience.STAFF,
        details={"evidence": list(evidence)},
    )


async def contact_rater(
    tx: Tx, number: str, *, reached: bool, note: str, expected_version: int | None = None
) -> Ticket:
    """Write down that whoever rated was spoken with, or was tried in vain."""
    step = await Step.begin(tx, number, expected_version)
    outcome = Outcome.REACHED if reached else Outcome.UNREACHED
    move = step.decide(Action.CONTACT_RATER, outcome)
    check = await _check(step, note)
    contact = {"at": tx.now.isoformat(), "reached": reached, "by": str(tx.actor.user_id)}
    contacts = [*check.details.get("contacts", []), contact]
    check.details = {**check.details, "contacts": contacts}
    return await step.finish(
        move,
        Action.CONTACT_RATER,
        outcome,
        text=note,
        audience=Audience.HOTLINE,
        details={"reached": reached},
    )


async def propose_unfounded(
    tx: Tx,
    number: str,
    *,
    reason: UnfoundedReason,
    explanation: str,
    expected_version: int | None = None,
) -> Ticket:
    """Propose that a bad rating does not count; a second person confirms it or not.

    Raises:
        RaterNotContacted: nobody has tried to speak with whoever rated.
        AlreadyProposed: it waits for a second person already.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.PROPOSE_UNFOUNDED)
    check = await _check(step, explanation)
    _require_contact(check)
    if "proposed_by" in check.details:
        raise AlreadyProposed
    check.reason = reason.value
    check.details = {
        **check.details,
        "proposed_by": str(tx.actor.user_id),
        "proposed_at": tx.now.isoformat(),
    }
    return await step.finish(
        move,
        Action.PROPOSE_UNFOUNDED,
        text=explanation,
        reason=reason.value,
        audience=Audience.HOTLINE,
    )


async def decide_rating_check(
    tx: Tx, number: str, *, founded: bool, explanation: str, expected_version: int | None = None
) -> Ticket:
    """Find a bad rating founded, and have the matter handled again; or confirm that it is not.

    Set aside, it ends the matter; but where nobody has ended the return visit, that goes on.

    Raises:
        RaterNotContacted: nobody has tried to speak with whoever rated.
        UnfoundedNotProposed: nobody has proposed that it does not count.
        SecondPersonNeeded: the actor opened the check, or made the proposal; or the department has
            appealed, and he alone spoke with the requester.
    """
    step = await Step.begin(tx, number, expected_version)
    step.decide(Action.DECIDE_RATING_CHECK, Outcome.UNFOUNDED)
    check = await _check(step, explanation)
    outcome = (
        rework_outcome(step, Outcome.FOUNDED)
        if founded
        else unfounded_outcome(step.ticket.status, is_by_hand=check.opened_by is not None)
    )
    procedure, move = await deciding(
        step, ProcedureKind.RATING_CHECK, Action.DECIDE_RATING_CHECK, outcome
    )
    _require_contact(procedure)
    if not founded:
        _require_second(step, procedure)
    _require_uninvolved(step, procedure)
    write_decision(
        step,
        procedure,
        ProcedureState.GRANTED if founded else ProcedureState.REFUSED,
        explanation,
    )
    if founded:
        await tell_unfixed(step, Outcome.FOUNDED)
        return await rework(
            step,
            move,
            Action.DECIDE_RATING_CHECK,
            outcome,
            text=explanation,
            audience=Audience.STAFF,
        )
    await emit(
        tx,
        RatingUnfounded(
            ticket_id=str(step.ticket.id),
            ticket_number=step.ticket.number,
            round=step.ticket.round,
            reason=procedure.reason or UnfoundedReason.MISTAKEN.value,
        ),
    )
    if outcome is Outcome.UNFOUNDED:
        step.ticket.closure_code = step.ticket.closure_code or await solved_code(step)
    return await step.finish(
        move,
        Action.DECIDE_RATING_CHECK,
        outcome,
        text=explanation,
        reason=procedure.reason,
        audience=Audience.STAFF if APPEAL in procedure.details else Audience.HOTLINE,
    )


async def _check(step: Step, text: str) -> Procedure:
    """Return the check; one that a visit with a bad rating set going begins its record now."""
    present = await live(step, ProcedureKind.RATING_CHECK)
    if present is not None:
        return present
    opened = await open_procedure(step, ProcedureKind.RATING_CHECK, text=text)
    opened.opened_by = opened.opened_department_id = None
    return opened


def _require_contact(check: Procedure) -> None:
    if not check.details.get("contacts"):
        raise RaterNotContacted


def _require_second(step: Step, check: Procedure) -> None:
    proposer = check.details.get("proposed_by")
    if proposer is None:
        raise UnfoundedNotProposed
    if proposer == str(step.tx.actor.user_id):
        raise SecondPersonNeeded(action=Action.DECIDE_RATING_CHECK)


def _require_uninvolved(step: Step, check: Procedure) -> None:
    """Pass in silence unless a department has appealed and one person would do all of it."""
    if APPEAL not in check.details:
        return
    others = {one.get("by") for one in check.details["contacts"]}
    if others == {str(step.tx.actor.user_id)}:
        raise SecondPersonNeeded(action=Action.DECIDE_RATING_CHECK)
