"""Returns as they are shown: the ledger, and the case on the ticket page for whoever decides it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.people.models import Department
from hotline.procedures.dispute_rules import SUGGESTION_MEANS, ReturnLevel
from hotline.procedures.ledger import ReturnCounts, ReturnRow
from hotline.procedures.models import Procedure
from hotline.procedures.queries import is_raised
from hotline.procedures.rules import (
    BOUNCES_TO_ARBITRATION,
    ProcedureKind,
    ProcedureState,
    ReturnReason,
)
from hotline.tickets.assignments import AssignmentRole, AssignmentState
from hotline.tickets.lifecycle import Action
from hotline.tickets.queries import TicketDetail
from web.i18n import Translator
from web.labels import label
from web.views.directory import unit_name
from web.views.forms import EMPTY, FormState


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure above the ledger, and the list behind it."""

    value: str
    text: str
    href: str
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnView:
    """One line of the ledger.

    Attributes:
        is_readable: whether the reader sees the ticket (still).
        bounce: "1 of 3".
        held: how long the department had the ticket before it asked.
        disputed: how long it was disputed.
        outcome: where the ticket went, in words.
    """

    ticket: str
    title: str | None
    is_readable: bool
    department: str
    reason: str
    suggested: str
    leader: str
    bounce: str
    state: str
    level: ReturnLevel
    is_waiting: bool
    asked_at: datetime
    window_closes_at: datetime | None
    due_at: datetime | None
    held: str
    disputed: str
    decision: str | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class EarlierHop:
    """A department that led the ticket before."""

    department: str
    assigned_at: datetime
    ended_at: datetime | None
    state: AssignmentState


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """What somebody who decides a disputed assignment has to see.

    Attributes:
        is_arbitrated: it lies before the authority for designation.
        is_raised: the hotline's own time for the decision has passed.
        means: message id of what the suggested unit is to do.
        objection: why it was taken further, when it was.
    """

    is_arbitrated: bool
    is_raised: bool
    department: str
    reason: str
    suggested: str
    means: str | None
    explanation: str
    legal_basis: str | None
    evidence: Sequence[str]
    leader: str | None
    asked_at: datetime
    window_closes_at: datetime | None
    due_at: datetime | None
    bounce: str
    rejection: str | None
    objection: str | None
    hops: Sequence[EarlierHop]


STATE_WORDS: Mapping[ProcedureState, str] = {
    ProcedureState.PENDING: N_("Awaiting decision"),
    ProcedureState.GRANTED: N_("Upheld"),
    ProcedureState.REFUSED: N_("Rejected"),
    ProcedureState.ENDED: N_("Referred to arbitration"),
    ProcedureState.WITHDRAWN: N_("Withdrawn"),
}
"""What a return came to, in the words of returns."""


def figures_of(counts: ReturnCounts, t: Translator) -> list[Figure]:
    """Return the figures above the ledger."""
    share = counts.upheld_share
    return [
        Figure(t.number(counts.pending), t.text(N_("Waiting for a decision")), _href("pending")),
        Figure(
            t.number(counts.overdue),
            t.text(N_("Not decided in time")),
            "/returns?state=pending&overdue=true",
            "red" if counts.overdue else "",
        ),
        Figure(
            "–" if share is None else f"{share:.0%}",
            t.text(
                N_("Upheld: {upheld} of {n} decided within 30 days"),
                upheld=t.number(counts.upheld),
                n=t.number(counts.upheld + counts.rejected),
            ),
            "/returns?state=granted&recent=true",
        ),
        Figure(
            t.number(counts.bounced),
            t.text(N_("Open tickets given back twice or more")),
            "/tickets?bounced=true&due=open",
            "orange" if counts.bounced else "",
        ),
    ]


def _href(state: str) -> str:
    return f"/returns?state={state}"


def bounce_words(bounce: object, t: Translator) -> str:
    """Return which bounce it would be, out of how many."""
    if not isinstance(bounce, int):
        return "–"
    return t.text(N_("{n} of {most}"), n=bounce, most=BOUNCES_TO_ARBITRATION)


def return_view(row: ReturnRow, now: datetime, t: Translator) -> ReturnView:
    """Return a line of the ledger, personal data masked."""
    request, arbitration = row.request, row.arbitration
    decided = arbitration if arbitration and arbitration.decision else request
    return ReturnView(
        ticket=row.ticket_number,
        title=mask_text(row.ticket_title) if row.ticket_title else None,
        is_readable=row.ticket_title is not None,
        department=unit_name(row.department, t),
        reason=_reason_words(request, t),
        suggested=unit_name(row.suggested, t) if row.suggested else "–",
        leader=request.details.get("leader") or "–",
        bounce=bounce_words(request.details.get("bounce"), t),
        state=STATE_WORDS[request.state],
        level=row.level,
        is_waiting=row.ended_at is None,
        asked_at=request.opened_at,
        window_closes_at=row.window_closes_at,
        due_at=row.due_at,
        held=t.duration(row.seconds_held()),
        disputed=t.duration(row.seconds_disputed(now)),
        decision=mask_text(decided.decision or "") or None,
        outcome=_outcome(row, t),
    )


def _outcome(row: ReturnRow, t: Translator) -> str | None:
    if row.arbitration is not None:
        if row.following is None:
            return t.text(N_("the authority decides"))
        return t.text(N_("designated: {department}"), department=unit_name(row.following, t))
    return f"→ {unit_name(row.following, t)}" if row.following else None


def _reason_words(request: Procedure, t: Translator) -> str:
    reason = _reason(request)
    return t.text(label(reason)) if reason else request.reason or "–"


def _reason(request: Procedure) -> ReturnReason | None:
    return next((one for one in ReturnReason if one.value == request.reason), None)


# -- on the ticket page ----------------------------------------------------------------------------


def open_dispute(
    procedures: Sequence[Procedure],
) -> tuple[Procedure | None, Procedure | None]:
    """Return the return that somebody has to decide, and the arbitration if it has come to one."""
    waiting = [one for one in procedures if one.state is ProcedureState.PENDING]
    arbitration = next((one for one in waiting if one.kind is ProcedureKind.ARBITRATION), None)
    if arbitration is not None:
        wanted = arbitration.details.get("return")
        return next((one for one in procedures if str(one.id) == wanted), None), arbitration
    return next((one for one in waiting if one.kind is ProcedureKind.RETURN), None), None


def case_view(
    procedures: Sequence[Procedure],
    detail: TicketDetail,
    departments: Sequence[Department],
    t: Translator,
) -> CaseView | None:
    """Return the case that waits for a decision; None when none does."""
    request, arbitration = open_dispute(procedures)
    if request is None:
        return None
    names = {unit.code: unit_name(unit, t) for unit in departments}
    ids = {unit.id: unit_name(unit, t) for unit in departments}
    details, ticket, reason = request.details, detail.ticket, _reason(request)
    return CaseView(
        is_arbitrated=arbitration is not None,
        is_raised=arbitration is None and is_raised(ticket),
        department=ids.get(request.opened_department_id or 0, "–"),
        reason=_reason_words(request, t),
        suggested=names.get(details.get("suggested_department", ""), "–"),
        means=SUGGESTION_MEANS[reason] if reason else None,
        explanation=mask_text(request.text),
        legal_basis=mask_text(details.get("legal_basis") or "") or None,
        evidence=[mask_text(text) for text in details.get("evidence") or ()],
        leader=details.get("leader"),
        asked_at=request.opened_at,
        window_closes_at=_instant(details.get("window_closes_at")),
        due_at=ticket.due_at,
        bounce=bounce_words(details.get("bounce"), t),
        rejection=mask_text(request.decision or "") or None,
        objection=mask_text(arbitration.text)
        if arbitration and arbitration.text != request.decision
        else None,
        hops=[
            EarlierHop(
                unit_name(row.department, t),
                row.assignment.assigned_at,
                row.assignment.ended_at,
                row.assignment.state,
            )
            for row in detail.assignments
            if row.assignment.role is AssignmentRole.LEAD
        ],
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def beside_case(procedures: Sequence[Procedure]) -> list[Procedure]:
    """Return the requests that the case does not show already."""
    shown = open_dispute(procedures)
    return [one for one in procedures if all(one is not other for other in shown)]


def prefilled(
    action: Action,
    procedures: Sequence[Procedure],
    detail: TicketDetail,
    leader: str,
) -> FormState:
    """Return the form of an action on a dispute with what is known already.

    Args:
        action: the action.
        procedures: every request about the ticket.
        detail: the ticket.
        leader: who would answer for a return of the reader's department.
    """
    if action in {Action.DECIDE_RETURN, Action.DECIDE_ARBITRATION}:
        request, _ = open_dispute(procedures)
        suggested = request.details.get("suggested_department") if request else None
        returned = {
            row.department.code
            for row in detail.assignments
            if row.assignment.state is AssignmentState.RETURNED
        }
        if suggested and (suggested not in returned or action is Action.DECIDE_ARBITRATION):
            return FormState({"department": suggested})
    if action is Action.REQUEST_RETURN and leader:
        return FormState({"leader": leader})
    return EMPTY


def filters_of(asked: Mapping[str, str]) -> dict[str, str]:
    """Return what was asked for, without what was left empty."""
    return {name: text for name, text in asked.items() if text}
