"""Interviews, as they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.kernel.settings import Settings
from hotline.people.models import Department
from hotline.supervision.interviews.proposals import InterviewProposal
from hotline.supervision.interviews.queries import InterviewDetail, InterviewRow
from hotline.supervision.interviews.rules import (
    Floors,
    InterviewReason,
    InterviewState,
    Proposal,
)
from web.i18n import Translator
from web.views.directory import unit_name


def floors_of(settings: Settings) -> Floors:
    """Return below what a unit is proposed for an interview here."""
    return Floors(
        settings.interview_satisfaction_floor,
        settings.interview_reply_floor,
        settings.interview_minimum,
    )


@dataclass(frozen=True, slots=True)
class InterviewLine:
    """An interview in a list."""

    number: str
    department: str
    reason: InterviewReason
    state: InterviewState
    planned_at: datetime
    due_at: datetime | None


def interview_line(row: InterviewRow, t: Translator) -> InterviewLine:
    """Return an interview as a line."""
    one = row.interview
    return InterviewLine(
        one.number,
        unit_name(row.department, t),
        one.reason,
        one.state,
        one.planned_at,
        one.due_at,
    )


@dataclass(frozen=True, slots=True)
class GradedLine:
    """A unit that its published grade proposes for an interview.

    Attributes:
        words: because of which grade; the explanation that its form begins with.
    """

    id: str
    code: str
    department: str
    reason: InterviewReason
    words: str
    proposed_at: datetime


def graded_line(row: InterviewProposal, department: Department, t: Translator) -> GradedLine:
    """Return a proposal of a grade as a line."""
    return GradedLine(
        str(row.id),
        department.code,
        unit_name(department, t),
        row.reason,
        t.text(
            N_("Credit grade {grade} of {period}"),
            grade=row.params.get("grade", "–"),
            period=row.params.get("period", "–"),
        ),
        row.proposed_at,
    )


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """A unit that the figures propose: the months' shares, the latest first."""

    code: str
    department: str
    reason: InterviewReason
    figures: str


def proposal_line(proposal: Proposal, unit: Department, t: Translator) -> ProposalLine:
    """Return a proposal as a line."""
    return ProposalLine(
        unit.code,
        unit_name(unit, t),
        proposal.reason,
        t.listed(
            t.text(N_("{share} % of {n}"), share=f"{share * 100:.1f}", n=count)
            for share, count in zip(proposal.shares, proposal.counts, strict=True)
        ),
    )


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """What was promised."""

    position: int
    text: str
    due_at: datetime
    done_at: datetime | None
    evidence: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewView:
    """An interview in full, personal data masked.

    Attributes:
        tickets: number and title of those it is about.
        parts: what was written in the end, as message id, words, name, instant.
    """

    number: str
    version: int
    department: str
    reason: InterviewReason
    state: InterviewState
    explanation: str
    interviewer: str
    called: str
    place: str
    planned_at: datetime
    planned_by: str
    due_at: datetime | None
    held_at: datetime | None
    attendance: str | None
    minutes: str | None
    promises: Sequence[PromiseLine]
    tickets: Sequence[tuple[str, str]]
    parts: Sequence[tuple[str, str, str, datetime]]


def interview_view(detail: InterviewDetail, t: Translator) -> InterviewView:
    """Return an interview as it is shown."""
    one = detail.interview
    closing = N_("Called off") if one.state is InterviewState.CANCELLED else N_("Said at the close")
    written = (
        (N_("What became of it"), one.follow_up, "followed_up_by", one.followed_up_at),
        (closing, one.closing or "–", "closed_by", one.closed_at),
    )
    return InterviewView(
        number=one.number,
        version=one.version,
        department=unit_name(detail.department, t),
        reason=one.reason,
        state=one.state,
        explanation=mask_text(one.explanation),
        interviewer=one.interviewer,
        called=one.called,
        place=one.place,
        planned_at=one.planned_at,
        planned_by=detail.names.get("planned_by", "–"),
        due_at=one.due_at,
        held_at=one.held_at,
        attendance=one.attendance,
        minutes=mask_text(one.minutes or "") or None,
        promises=[
            PromiseLine(
                promise.position,
                mask_text(promise.text),
                promise.due_at,
                promise.done_at,
                mask_text(promise.evidence or "") or None,
            )
            for promise in detail.promises
        ],
        tickets=[(number, mask_text(title)) for number, title in detail.tickets],
        parts=[
            (text, mask_text(words or "–"), detail.names.get(by, "–"), at)
            for text, words, by, at in written
            if at is not None
        ],
    )
