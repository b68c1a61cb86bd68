"""Appeals and repairs, as they are shown: personal data masked, deadlines and figures in words."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from credit.appeals.effects import Effect
from credit.appeals.queries import AppealRow
from credit.appeals.rules import AppealState
from credit.cases.outlook import Outlook
from credit.cases.queries import StepTaken
from credit.cases.rules import RemedyReason
from credit.models import CreditEntry
from credit.repairs.queries import RepairRow
from credit.repairs.rules import RepairState
from credit.rulebook import Severity
from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from web.i18n import Translator
from web.labels import label
from web.views.credit_entries import points_words
from web.views.credit_figures import signed
from web.views.credit_words import event_words
from web.views.directory import unit_name
from web.views.problems import explain


@dataclass(frozen=True, slots=True)
class CaseLine:
    """An appeal or a repair in a list.

    Attributes:
        about: the event, or the period and the figure.
        due_at: when somebody owes something; None when nobody does.
    """

    href: str
    about: str
    department: str
    state: AppealState | RepairState
    at: datetime
    duty: str | None
    due_at: datetime | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class EventView:
    """An entry of the ledger, as far as a case about it goes.

    Attributes:
        proof: what it rests on, in words.
    """

    id: uuid.UUID
    code: str
    words: str
    severity: Severity
    points: str
    ticket: str | None
    document: str | None
    happened_at: datetime
    recorded_at: datetime
    proof: Sequence[str]


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step in the timeline."""

    head: str
    at: datetime
    who: str
    words: str | None
    is_warning: bool


@dataclass(frozen=True, slots=True)
class EffectLine:
    """A score if the appeal is refused, and if it is upheld."""

    period: str
    is_public: bool
    refused: str
    upheld: str
    difference: str


@dataclass(frozen=True, slots=True)
class Doing:
    """Something that can be done about an event, or why it cannot.

    Attributes:
        until: until when, if that is limited.
    """

    text: str
    href: str | None
    hint: str | None
    until: datetime | None = None


_CODED = {reason.value: label(reason) for reason in RemedyReason}
"""Reasons of changes that no person wrote."""


def appeal_case_line(row: AppealRow, t: Translator) -> CaseLine:
    """Return an appeal as a line."""
    one = row.appeal
    return CaseLine(
        href=f"/credit/appeals/{one.id}",
        about=about_appeal(row, t),
        department=unit_name(row.department, t),
        state=one.state,
        at=one.opened_at,
        duty=t.text(label(row.deadline.duty)) if row.deadline else None,
        due_at=row.deadline.due_at if row.deadline else None,
        is_open=row.deadline is not None,
    )


def about_appeal(row: AppealRow, t: Translator) -> str:
    """Return what an appeal is against."""
    one = row.appeal
    if row.entry is not None:
        return event_words(row.entry.code, t)
    figure = t.text(label(one.indicator)) if one.indicator else ""
    return f"{one.period} · {figure}"


def repair_case_line(row: RepairRow, t: Translator) -> CaseLine:
    """Return a repair as a line."""
    one = row.repair
    return CaseLine(
        href=f"/credit/repairs/{one.id}",
        about=event_words(row.entry.code, t),
        department=unit_name(row.department, t),
        state=one.state,
        at=one.asked_at,
        duty=t.text(label(row.deadline.duty)) if row.deadline else None,
        due_at=row.deadline.due_at if row.deadline else None,
        is_open=one.state in {RepairState.ASKED, RepairState.CHECKED},
    )


def event_view(entry: CreditEntry, t: Translator) -> EventView:
    """Return an entry with its proof in words."""
    finding, evidence = entry.proof.get("finding"), entry.proof.get("evidence")
    proof = [mask_text(str(finding))] if finding else []
    if isinstance(evidence, list):
        proof += [mask_text(str(one)) for one in evidence]
    return EventView(
        id=entry.id,
        code=entry.code,
        words=event_words(entry.code, t),
        severity=entry.severity,
        points=points_words(entry.points),
        ticket=entry.ticket_number,
        document=entry.document,
        happened_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        proof=proof,
    )


_WARNINGS = frozenset({"appealed", "went_on", "false_reported", "false_confirmed"})


def step_line(one: StepTaken, t: Translator) -> StepLine:
    """Return a step as a line of the timeline."""
    return StepLine(
        t.text(label(one.step)),
        one.at,
        one.by or t.text(N_("By itself")),
        mask_text(one.words) if one.words else None,
        one.step.value in _WARNINGS,
    )


def effect_line(effect: Effect, t: Translator) -> EffectLine:
    """Return what an appeal means for one score."""
    before, after = effect.refused.score, effect.upheld.score
    difference = after - before if before is not None and after is not None else None
    return EffectLine(
        period=effect.period or t.text(N_("Score of today")),
        is_public=effect.is_public,
        refused="–" if before is None else str(before),
        upheld="–" if after is None else str(after),
        difference="–" if difference is None else signed(difference),
    )


def doings_of(entry: CreditEntry, outlook: Outlook, t: Translator, *, is_own: bool) -> list[Doing]:
    """Return what can be done about an event, for its page, and the cases that it has."""
    return [
        *_appeals(entry, outlook, t, is_own=is_own),
        *_repairs(entry, outlook, t, is_own=is_own),
    ]


def _appeals(entry: CreditEntry, outlook: Outlook, t: Translator, *, is_own: bool) -> list[Doing]:
    found = []
    if outlook.appeal_id is not None:
        found.append(
            Doing(t.text(N_("See the appeal")), f"/credit/appeals/{outlook.appeal_id}", None)
        )
    text = t.text(N_("Appeal against this event"))
    if outlook.may_appeal:
        hint = t.text(N_("Only with new evidence, once.")) if outlook.is_late else None
        href = f"/credit/events/{entry.id}/appeal"
        found.append(Doing(text, href, hint, outlook.appeal_until))
    elif is_own and outlook.no_appeal is not None and outlook.appeal_id is None:
        found.append(Doing(text, None, explain(outlook.no_appeal, t.language)))
    return found


def _repairs(entry: CreditEntry, outlook: Outlook, t: Translator, *, is_own: bool) -> list[Doing]:
    found = []
    if outlook.repair_id is not None:
        found.append(
            Doing(t.text(N_("See the repair")), f"/credit/repairs/{outlook.repair_id}", None)
        )
    text = t.text(N_("Ask for a repair"))
    if outlook.may_repair:
        found.append(Doing(text, f"/credit/events/{entry.id}/repair", None))
    elif is_own and outlook.no_repair is not None and outlook.repair_id is None:
        found.append(Doing(text, None, explain(outlook.no_repair, t.language)))
    return found
