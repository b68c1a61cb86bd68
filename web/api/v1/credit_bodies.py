"""Bodies and answers of appeals and repairs."""

import uuid
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from credit.appeals.effects import Effect
from credit.appeals.queries import AppealRow
from credit.appeals.rules import AppealGrounds
from credit.cases.queries import StepTaken
from credit.repairs.queries import RepairRow
from credit.rulebook import Indicator
from hotline.kernel.masking import mask_text
from web.api.schemas import ActionBody, Answer, Body, Instant, OptionalWords, Unit, Words

ShortWords = Annotated[Words, Field(max_length=500)]
Proofs = Annotated[tuple[ShortWords, ...], Field(max_length=50)]


class AppealBody(Body):
    """Against an event: why, and what shows it."""

    grounds: AppealGrounds
    text: Words
    evidence: Proofs = ()
    new_evidence: bool = Field(
        default=False, description="After the time: heard once within a year, with evidence"
    )


class ObjectionBody(Body):
    """Against a figure shown for notice: which tickets do not belong in it, and why."""

    indicator: Indicator
    tickets: tuple[Annotated[str, Field(max_length=13)], ...] = Field(min_length=1, max_length=50)
    grounds: AppealGrounds
    text: Words
    evidence: Proofs = ()


class AppealDecisionBody(ActionBody):
    """Whether an appeal is upheld, and why."""

    uphold: bool
    explanation: Words


class SecondLevelBody(ActionBody):
    """Why the first decision is wrong."""

    text: Words


class RepairBody(Body):
    """What was done about the cause, what shows it, and what is promised."""

    cure: Words
    evidence: Proofs = ()
    pledge: OptionalWords = None
    training: OptionalWords = None


class RepairCheckBody(ActionBody):
    """What a return visit or a look on the spot found."""

    passed: bool
    visit: ShortWords
    finding: Words


class RepairDecisionBody(ActionBody):
    """Whether a repair is granted, and why."""

    approve: bool
    explanation: Words


class PutOffBody(ActionBody):
    """Why the decision takes longer."""

    reason: Words


class DoubtBody(ActionBody):
    """Which statement is false, and how that shows."""

    words: Words


class DoubtDecisionBody(ActionBody):
    """Whether the statement is false."""

    confirm: bool
    explanation: Words


class StepOut(Answer):
    """One step of a case."""

    step: str
    at: Instant
    words: str | None
    by: str | None


class EffectOut(Answer):
    """A score if the appeal is refused and if it is upheld; `period` is null for the live one."""

    period: str | None
    is_published: bool
    refused: str | None
    upheld: str | None


class AppealLine(Answer):
    """An appeal in a list."""

    id: uuid.UUID
    subject: str
    department: Unit
    event_id: uuid.UUID | None
    event_code: str | None
    period: str | None
    indicator: str | None
    state: str
    opened_at: Instant
    duty: str | None
    due_at: Instant | None


class AppealList(Answer):
    """A page of appeals."""

    items: list[AppealLine]
    next_cursor: str | None = None


class AppealOut(AppealLine):
    """Everything about one appeal, personal data masked."""

    version: int
    grounds: str
    text: str
    evidence: list[str]
    tickets: list[str]
    is_late: bool
    second_until: Instant | None
    recalculated_at: Instant | None
    steps: list[StepOut]
    effects: list[EffectOut]


class RepairLine(Answer):
    """A repair in a list."""

    id: uuid.UUID
    department: Unit
    event_id: uuid.UUID
    event_code: str
    severity: str
    state: str
    asked_at: Instant
    duty: str | None
    due_at: Instant | None


class RepairList(Answer):
    """A page of repairs."""

    items: list[RepairLine]
    next_cursor: str | None = None


class RepairOut(RepairLine):
    """Everything about one repair, personal data masked."""

    version: int
    cure: str
    evidence: list[str]
    pledge: str | None
    training: str | None
    is_good: bool | None
    visit: str | None
    finding: str | None
    is_doubted: bool
    steps: list[StepOut]


def _masked(text: str | None) -> str | None:
    return mask_text(text) if text else None


def unit_out(row: AppealRow | RepairRow) -> Unit:
    """Return whose case it is."""
    unit = row.department
    return Unit(code=unit.code, name=unit.name, name_en=unit.name_en)


def appeal_line(row: AppealRow) -> AppealLine:
    """Return an appeal as a line of a list."""
    one = row.appeal
    return AppealLine(
        id=one.id,
        subject=one.subject.value,
        department=unit_out(row),
        event_id=one.entry_id,
        event_code=row.entry.code if row.entry else None,
        period=one.period,
        indicator=one.indicator.value if one.indicator else None,
        state=one.state.value,
        opened_at=one.opened_at,
        duty=row.deadline.duty.value if row.deadline else None,
        due_at=row.deadline.due_at if row.deadline else None,
    )


def steps_out(steps: Sequence[StepTaken]) -> list[StepOut]:
    """Return the steps of a case, the oldest first."""
    return [
        StepOut(step=one.step.value, at=one.at, words=_masked(one.words), by=one.by)
        for one in steps
    ]


def effect_out(effect: Effect) -> EffectOut:
    """Return what an appeal means for one score; decimals are text."""
    return EffectOut(
        period=effect.period,
        is_published=effect.is_public,
        refused=None if effect.refused.score is None else str(effect.refused.score),
        upheld=None if effect.upheld.score is None else str(effect.upheld.score),
    )


def appeal_out(row: AppealRow, steps: Sequence[StepTaken], effects: Sequence[Effect]) -> AppealOut:
    """Return everything about an appeal."""
    line, one = appeal_line(row), row.appeal
    return AppealOut(
        **{name: getattr(line, name) for name in line.__struct_fields__},
        version=one.version,
        grounds=one.grounds.value,
        text=mask_text(one.text),
        evidence=[mask_text(text) for text in one.evidence],
        tickets=one.tickets,
        is_late=one.is_late,
        second_until=one.second_until,
        recalculated_at=one.recalculated_at,
        steps=steps_out(steps),
        effects=[effect_out(effect) for effect in effects],
    )


def repair_line(row: RepairRow) -> RepairLine:
    """Return a repair as a line of a list."""
    one = row.repair
    return RepairLine(
        id=one.id,
        department=unit_out(row),
        event_id=one.entry_id,
        event_code=row.entry.code,
        severity=one.severity.value,
        state=one.state.value,
        asked_at=one.asked_at,
        duty=row.deadline.duty.value if row.deadline else None,
        due_at=row.deadline.due_at if row.deadline else None,
    )


def repair_out(row: RepairRow, steps: Sequence[StepTaken]) -> RepairOut:
    """Return everything about a repair."""
    line, one = repair_line(row), row.repair
    return RepairOut(
        **{name: getattr(line, name) for name in line.__struct_fields__},
        version=one.version,
        cure=mask_text(one.cure),
        evidence=[mask_text(text) for text in one.evidence],
        pledge=_masked(one.pledge),
        training=_masked(one.training),
        is_good=one.is_good,
        visit=_masked(one.visit),
        finding=_masked(one.finding),
        is_doubted=one.doubted_at is not None and one.doubt_decided_at is None,
        steps=steps_out(steps),
    )
