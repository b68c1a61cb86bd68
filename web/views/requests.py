"""Requests about a ticket as they are shown: what was asked, the chain of decisions, the milestones."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.people.permissions import Role
from hotline.procedures.models import Procedure
from hotline.procedures.queries import Chains, MilestoneRow
from hotline.procedures.rules import (
    DECIDED_BY,
    ExtensionReason,
    FinalReplyReason,
    PauseReason,
    ProcedureKind,
    ProcedureState,
    ReturnReason,
)
from hotline.sla.policy import Level
from hotline.tickets.actions.handling import ContactMethod
from hotline.tickets.lifecycle import TRANSITIONS
from web.i18n import Translator
from web.labels import label
from web.views.fields import Field, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLink:
    """A step of a decision: who has taken it or has to, and what he said.

    Attributes:
        head: what was done, or is to be done.
        who: the person, or the role that has to decide.
        at: when it was done.
        until: until when it holds, or has to be done.
        is_open: it waits to be done.
    """

    head: str
    who: str
    at: datetime | None = None
    until: datetime | None = None
    text: str | None = None
    is_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneView:
    """A milestone; `state` is done, late, missed, soon or ahead, and never told by colour alone."""

    position: int
    text: str
    person: str
    due_at: datetime
    state: str
    words: str
    done_at: datetime | None = None
    note: str | None = None
    evidence: Sequence[str] = ()
    told: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """Something that was asked for about the ticket, and what was decided."""

    kind: ProcedureKind
    state: ProcedureState
    at: datetime
    reason: str | None
    text: str
    facts: Sequence[tuple[str, str]] = ()
    chain: Sequence[ChainLink] = ()
    milestones: Sequence[MilestoneView] = ()


_REASONS_OF: Mapping[
    ProcedureKind, type[ReturnReason | PauseReason | ExtensionReason | FinalReplyReason]
] = {
    ProcedureKind.RETURN: ReturnReason,
    ProcedureKind.SUPPLEMENT: PauseReason,
    ProcedureKind.SUSPENSION: PauseReason,
    ProcedureKind.EXTENSION: ExtensionReason,
    ProcedureKind.FINAL_REPLY: FinalReplyReason,
}
_DETAIL_WORDS: Mapping[str, str] = {
    "until": N_("New limit"),
    "requester_told": N_("How and when the requester was told"),
    "suggested_department": N_("Whose duty it is"),
    "legal_basis": N_("Legal basis"),
    "leader": N_("Leader who answers for it"),
    "next_department": N_("Next department"),
    "where_to": N_("Where the requester can turn to"),
    "department": N_("Lead department"),
    "reply": N_("Final reply to the requester"),
    "evidence": N_("Evidence"),
}


_NAMING_UNITS = frozenset({"suggested_department", "next_department"})
"""Details that hold a department's code."""


def request_view(
    procedure: Procedure,
    chains: Chains,
    t: Translator,
    units: Mapping[str, str],
    due_at: datetime | None = None,
) -> RequestView:
    """Return a request with its reason in words, and the chain of its decisions.

    Args:
        procedure: the request.
        chains: what belongs to it.
        t: the reader's language.
        units: departments' names by code, for what a request names by code.
        due_at: until when its ticket's present step is to be taken.
    """
    return RequestView(
        kind=procedure.kind,
        state=procedure.state,
        at=procedure.opened_at,
        reason=reason_words(procedure, t),
        text="" if procedure.kind is ProcedureKind.SUPPLEMENT else mask_text(procedure.text),
        facts=list(_facts(procedure, t, units)),
        chain=list(_chain(procedure, chains, t, due_at)),
        milestones=[milestone_view(row, t) for row in chains.milestones.get(procedure.id, ())],
    )


def reason_words(procedure: Procedure, t: Translator) -> str | None:
    """Return the coded reason of a request in words."""
    reasons = _REASONS_OF.get(procedure.kind)
    if reasons is None or procedure.reason not in {member.value for member in reasons}:
        return procedure.reason
    return t.text(label(reasons(procedure.reason)))


def _facts(
    procedure: Procedure, t: Translator, units: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    details = procedure.details
    yield from (
        (
            t.text(words),
            units.get(details[name], details[name])
            if name in _NAMING_UNITS
            else _detail(details[name], t),
        )
        for name, words in _DETAIL_WORDS.items()
        if details.get(name)
    )
    if details.get("told_at"):
        yield (
            t.text(N_("The requester was told")),
            told_words(details["told_how"], datetime.fromisoformat(details["told_at"]), t),
        )
    if procedure.kind is ProcedureKind.SUPPLEMENT:
        provided = details.get("provided", {})
        for place, item in enumerate(details.get("items", ())):
            given = provided.get(str(place))
            yield mask_text(item), mask_text(given) if given else t.text(N_("not provided yet"))


def told_words(how: str, at: datetime, t: Translator) -> str:
    """Return how and when the requester was told."""
    return f"{t.text(label(ContactMethod(how)))} · {t.instant(at)}"


def _detail(value: object, t: Translator) -> str:
    if isinstance(value, list):
        return "\n".join(_detail(part, t) for part in value)
    text = str(value)
    try:
        return t.instant(datetime.fromisoformat(text)) if "T" in text else mask_text(text)
    except ValueError:
        return mask_text(text)


def _chain(
    procedure: Procedure, chains: Chains, t: Translator, due_at: datetime | None
) -> Iterator[ChainLink]:
    """Tell who asked, who consented on the way, who decided, and who has to."""

    def name(person: uuid.UUID | None) -> str:
        return chains.names.get(person, "") if person else ""

    yield ChainLink(
        head=t.text(N_("Asked for")),
        who=name(procedure.opened_by) or t.text(label(Role.SYSTEM)),
        at=procedure.opened_at,
    )
    for step in chains.steps.get(procedure.id, ()):
        yield ChainLink(
            head=t.text(label(step.outcome)),
            who=f"{t.text(label(step.role))} {name(step.by)}".strip(),
            at=step.at,
            until=step.until,
            text=mask_text(step.text),
        )
    if procedure.state is ProcedureState.PENDING:
        yield ChainLink(
            head=t.text(N_("Has to decide")),
            who=_approvers(procedure, t),
            until=due_at,
            is_open=True,
        )
    elif procedure.decided_at is not None and procedure.decision is not None:
        yield ChainLink(
            head=_decided(procedure, t),
            who=name(procedure.decided_by),
            at=procedure.decided_at,
            text=mask_text(procedure.decision),
        )
    if procedure.state is ProcedureState.RUNNING and procedure.review_at is not None:
        yield ChainLink(
            head=t.text(N_("Next review")),
            who=t.text(label(Role.SUPERVISOR)),
            until=procedure.review_at,
            is_open=True,
        )
    if procedure.ended_at is not None and procedure.ended_at != procedure.decided_at:
        yield ChainLink(head=t.text(label(procedure.state)), who="", at=procedure.ended_at)


def _decided(procedure: Procedure, t: Translator) -> str:
    """Return what a decision was; what it came to afterwards is said where that ended."""
    state = procedure.state
    if procedure.ended_at is None or procedure.ended_at != procedure.decided_at:
        state = ProcedureState.GRANTED
    if state is ProcedureState.ENDED:  # neither yes nor no: the words say it
        return t.text(N_("Decision"))
    return t.text(N_("Decided: {state}"), state=t.text(label(state)))


def _approvers(procedure: Procedure, t: Translator) -> str:
    if procedure.approver is not None:
        return t.text(label(procedure.approver))
    roles = TRANSITIONS[DECIDED_BY[procedure.kind]].roles - {Role.SYSTEM}
    return t.listed(t.text(label(role)) for role in Role if role in roles)


_MILESTONE_WORDS: Mapping[str, str] = {
    "done": N_("Done in time"),
    "late": N_("Done late"),
    "missed": N_("Missed"),
    "soon": N_("Due soon"),
    "ahead": N_("Ahead"),
}


def milestone_state(row: MilestoneRow) -> str:
    """Return how far a milestone is."""
    if row.is_done:
        return "late" if row.is_late else "done"
    if row.level is Level.RED:
        return "missed"
    return "ahead" if row.level is Level.GREEN else "soon"


def milestone_view(row: MilestoneRow, t: Translator) -> MilestoneView:
    """Return a milestone in words."""
    one, state = row.milestone, milestone_state(row)
    return MilestoneView(
        position=one.position,
        text=mask_text(one.text),
        person=one.person,
        due_at=row.due_at,
        state=state,
        words=t.text(_MILESTONE_WORDS[state]),
        done_at=one.done_at,
        note=mask_text(one.note or "") or None,
        evidence=[mask_text(text) for text in one.evidence],
        told=told_words(one.told_how, one.told_at, t) if one.told_how and one.told_at else None,
    )


# -- what a form offers because of them ------------------------------------------------------------

Choices = Mapping[Kind, tuple[tuple[str, str], ...]]


def choices_of(
    procedures: Sequence[Procedure],
    milestones: Mapping[uuid.UUID, Sequence[MilestoneRow]],
    t: Translator,
) -> Choices:
    """Return what can be chosen: the open milestones of the plan, the items still asked for."""
    running = [one for one in procedures if one.state is ProcedureState.RUNNING]
    return {
        Kind.MILESTONE: tuple(
            (
                str(row.milestone.position),
                f"{t.instant(row.due_at)} {mask_text(row.milestone.text)}",
            )
            for one in running
            for row in milestones.get(one.id, ())
            if not row.is_done
        ),
        Kind.ITEMS: tuple(
            (str(place), mask_text(item))
            for one in running
            if one.kind is ProcedureKind.SUPPLEMENT
            for place, item in enumerate(one.details["items"])
            if str(place) not in one.details.get("provided", {})
        ),
    }


def with_choices(fields: Sequence[Field], choices: Choices) -> Sequence[Field]:
    """Return the fields of a form with what can be chosen on this ticket."""
    return [
        replace(field, choices=choices[field.kind]) if field.kind in choices else field
        for field in fields
    ]
