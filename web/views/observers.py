"""Observers, their surveys, visits and reports, as they are shown; persons never by name to others."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from credit.observers.models import Observer, ObserverFindingStep, Survey
from credit.observers.queries import DepartmentResult, OwnAnswer, SnapDetail, SnapLine, SurveyLine
from credit.observers.rules import (
    CheckItem,
    FindingState,
    FindingStep,
    ItemVerdict,
    Question,
    QuestionKind,
    SurveyKind,
    SurveyState,
    is_open,
)
from credit.observers.tallying import QuestionResult, SurveyScore
from credit.observers.visit_queries import FindingDetail, FindingRow, VisitRow
from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.people.permissions import Role
from hotline.tickets.lifecycle import Action, Hold, Status
from hotline.tickets.queries import TimelineRow
from web.i18n import Translator
from web.labels import label
from web.views.directory import unit_name
from web.views.fields import Field, Kind
from web.views.timelines import joint_row
from web.views.tracking import ProgressStep, progress


def known_as(observer: Observer) -> str:
    """Return what others know an observer by."""
    return f"{observer.number} {observer.nickname}"


_SHOWN_ACTIONS = frozenset(one.value for one in Action)


@dataclass(frozen=True, slots=True)
class SnapStep:
    """A public step of a ticket: what was done, by which unit, when; no word that went with it."""

    at: datetime
    action: str
    unit: str


def snap_steps(steps: Sequence[TimelineRow]) -> list[SnapStep]:
    """Return the steps of a ticket that its reporter may know of."""
    return [
        SnapStep(
            row.event.at,
            row.event.action,
            "" if row.event.role == Role.REQUESTER else (row.department_name or ""),
        )
        for row in steps
        if row.event.action in _SHOWN_ACTIONS
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapView:
    """A report as its sender sees it."""

    number: str
    title: str
    status: Status
    hold: Hold | None
    sent_at: datetime
    progress: Sequence[ProgressStep] = ()
    steps: Sequence[tuple[str, datetime, str]] = ()


def snap_line(row: SnapLine) -> SnapView:
    """Return a report as a line."""
    return SnapView(
        number=row.snap.ticket_number,
        title=row.snap.title,
        status=row.standing.status,
        hold=row.standing.hold,
        sent_at=row.snap.sent_at,
    )


def snap_view(detail: SnapDetail, t: Translator) -> SnapView:
    """Return a report with the public steps of its ticket, the newest first."""
    line = snap_line(detail.line)
    shown = [joint_row(row, t) for row in detail.steps if row.event.action in _SHOWN_ACTIONS]
    return SnapView(
        number=line.number,
        title=line.title,
        status=line.status,
        hold=line.hold,
        sent_at=line.sent_at,
        progress=progress(line.status),
        steps=[(row.head, row.at, row.who) for row in reversed(shown)],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyView:
    """A survey in a list or over its page.

    Attributes:
        period: what it is about, in words.
        last_day: the last day on which it takes answers.
    """

    id: uuid.UUID
    title: str
    kind: SurveyKind
    state: SurveyState
    version: int
    period: str
    opens_at: datetime
    closes_at: datetime
    is_open: bool
    least: int
    asked: int = 0
    answered: int = 0


def survey_view(
    one: Survey, t: Translator, now: datetime, *, asked: int = 0, answered: int = 0
) -> SurveyView:
    """Return a survey as it is shown."""
    period = (
        t.text(N_("{year}, quarter {quarter}"), year=one.year, quarter=one.quarter)
        if one.quarter
        else str(one.year)
    )
    return SurveyView(
        id=one.id,
        title=one.title,
        kind=one.kind,
        state=one.state,
        version=one.version,
        period=period,
        opens_at=one.opens_at,
        closes_at=one.closes_at,
        is_open=is_open(one.state, one.opens_at, one.closes_at, now),
        least=one.least_answers,
        asked=asked,
        answered=answered,
    )


def survey_line(row: SurveyLine, t: Translator, now: datetime) -> SurveyView:
    """Return a survey of a list."""
    return survey_view(row.survey, t, now, asked=row.asked, answered=row.answered)


@dataclass(frozen=True, slots=True)
class AskedAbout:
    """A department that an observer is asked about: `answered`, `keeps_out`, `gone` or `open`."""

    code: str
    name: str
    state: str
    answered_at: datetime | None


def asked_about(row: OwnAnswer, t: Translator) -> AskedAbout:
    """Return a department with what the observer has to do about it."""
    if row.keeps_out:
        state = "keeps_out"
    elif not row.department.is_active:
        state = "gone"
    else:
        state = "answered" if row.answer else "open"
    return AskedAbout(
        row.department.code,
        unit_name(row.department, t),
        state,
        row.answer.answered_at if row.answer else None,
    )


_FIELD_OF: Mapping[QuestionKind, tuple[Kind, bool]] = {
    QuestionKind.SCALE: (Kind.RATING, True),
    QuestionKind.YES_NO: (Kind.YES_NO, True),
    QuestionKind.WORDS: (Kind.WORDS, False),
}


def question_fields(questions: Sequence[Question]) -> tuple[Field, ...]:
    """Return the form of a survey: one field for each question."""
    return tuple(
        Field(
            f"q{position}",
            question.text,
            _FIELD_OF[question.kind][0],
            required=_FIELD_OF[question.kind][1],
            hint=N_("No names, no telephone numbers.")
            if question.kind is QuestionKind.WORDS
            else None,
            most=200,
        )
        for position, question in enumerate(questions, start=1)
    )


def typed_answer(values: Sequence[int | bool | str | None]) -> dict[str, str]:
    """Return an answer as it stands in the form."""
    return {
        f"q{position}": ("true" if value else "false") if isinstance(value, bool) else str(value)
        for position, value in enumerate(values, start=1)
        if value is not None
    }


@dataclass(frozen=True, slots=True)
class ResultView:
    """What a survey or a year said about a department."""

    department: str
    score: str
    interval: str
    n: int
    questions: Sequence[str] = ()
    words: Sequence[str] = ()


def score_words(score: SurveyScore, t: Translator) -> tuple[str, str]:
    """Return a score and its interval in words."""
    if score.score is None or score.low is None or score.high is None:
        return t.text(N_("Not enough answers")), ""
    return f"{score.score}", f"{score.low} – {score.high}"


def result_view(row: DepartmentResult, t: Translator) -> ResultView:
    """Return a department's result."""
    shown, interval = score_words(row.score, t)
    return ResultView(
        unit_name(row.department, t),
        shown,
        interval,
        row.score.n,
        [_question_words(one) for one in row.questions],
        [mask_text(text) for one in row.questions for text in one.words],
    )


def _question_words(one: QuestionResult) -> str:
    return "–" if one.mean is None else f"{one.mean} ({one.low} – {one.high})"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitView:
    """A visit."""

    id: uuid.UUID
    number: str
    observer: str
    department: str
    due_at: datetime | None
    is_overdue: bool
    is_late: bool
    is_made: bool
    checked_in_at: datetime | None
    visited_on: date | None
    place: str
    items: Sequence[tuple[CheckItem, ItemVerdict]]
    words: str
    spot: str
    photos: Sequence[str]
    finding_id: uuid.UUID | None
    finding_state: FindingState | None


def visit_view(row: VisitRow, t: Translator, now: datetime) -> VisitView:
    """Return a visit as it is shown."""
    one = row.visit
    is_late = bool(one.due_at and one.checked_in_at and one.checked_in_at >= one.due_at)
    return VisitView(
        id=one.id,
        number=one.number,
        observer=known_as(row.observer),
        department=unit_name(row.department, t),
        due_at=one.due_at,
        is_overdue=row.is_overdue(now),
        is_late=is_late,
        is_made=row.is_made,
        checked_in_at=one.checked_in_at,
        visited_on=one.visited_on,
        place=mask_text(one.place or ""),
        items=[
            (item, ItemVerdict(one.items[item.value]))
            for item in CheckItem
            if item.value in one.items
        ],
        words=mask_text(one.words or ""),
        spot=f"{one.lat}, {one.long}" if one.lat is not None else "",
        photos=one.photos,
        finding_id=row.finding.id if row.finding else None,
        finding_state=row.finding.state if row.finding else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """A finding.

    Attributes:
        steps: head, instant, by whom, words, photographs, until when the next was due.
    """

    id: uuid.UUID
    department: str
    observer: str
    visit_id: uuid.UUID
    visit: str
    place: str
    state: FindingState
    text: str
    version: int
    opened_at: datetime
    due_at: datetime | None
    is_overdue: bool
    steps: Sequence[tuple[str, datetime, str, str, Sequence[str]]] = ()


def finding_line(row: FindingRow, t: Translator, now: datetime) -> FindingView:
    """Return a finding as a line."""
    one = row.finding
    return FindingView(
        id=one.id,
        department=unit_name(row.department, t),
        observer=known_as(row.observer),
        visit_id=row.visit.id,
        visit=row.visit.number,
        place=mask_text(row.visit.place or ""),
        state=one.state,
        text=mask_text(one.text),
        version=one.version,
        opened_at=one.opened_at,
        due_at=one.due_at,
        is_overdue=row.is_overdue(now),
    )


def finding_view(detail: FindingDetail, t: Translator, now: datetime) -> FindingView:
    """Return a finding with what was done about it."""
    line = finding_line(detail.row, t, now)
    return FindingView(
        id=line.id,
        department=line.department,
        observer=line.observer,
        visit_id=line.visit_id,
        visit=line.visit,
        place=line.place,
        state=line.state,
        text=line.text,
        version=line.version,
        opened_at=line.opened_at,
        due_at=line.due_at,
        is_overdue=line.is_overdue,
        steps=[
            (
                label(one.step),
                one.at,
                done_by(one, line.observer, line.department, t),
                mask_text(one.text),
                one.photos,
            )
            for one in detail.steps
        ],
    )


def done_by(one: ObserverFindingStep, observer: str, department: str, t: Translator) -> str:
    """Return who did something about a finding: no person by name."""
    if one.is_observer:
        return observer
    return department if one.step is FindingStep.ANSWERED else t.text(label(Role.SUPERVISOR))
