"""Meetings, the units called to them, and what departments at work say to each other, as shown."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.meetings.queries import (
    CallRow,
    MeetingRow,
    ReportRow,
    ResponseFigures,
    TaskRow,
    UnitRow,
    WhistleLine,
)
from hotline.people.models import Department
from hotline.people.principal import Principal
from hotline.sla.policy import ClockKind
from hotline.tickets.assignments import OPINION_OPEN, AssignmentRole, AssignmentState
from hotline.tickets.meetings import (
    DutyOpinion,
    MeetingKind,
    MeetingState,
    ReportKind,
    ResponseScore,
    WorkStage,
)
from hotline.tickets.queries import AssignmentRow
from web.i18n import Translator
from web.views.directory import unit_name
from web.views.explanations import ClockView
from web.views.fields import ASKABLE, CONSULTED, OPINIONS, PARTS, UNSCORED, WHISTLED

Options = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitView:
    """A unit that was called, and how it came."""

    department: str
    answered_at: datetime | None
    due_at: datetime | None
    used: str | None
    is_late: bool
    is_silent: bool
    opinion: DutyOpinion | None
    words: str | None
    attendee: str | None
    is_deputy: bool
    attended: bool | None
    score: ResponseScore | None
    score_words: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingTaskView:
    """A task that a meeting gave."""

    department: str
    text: str
    due_at: datetime
    done_at: datetime | None
    is_dropped: bool
    report: str | None
    evidence: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingView:
    """A meeting."""

    number: str
    kind: MeetingKind
    state: MeetingState
    question: str
    held_at: datetime | None
    place: str | None
    caller: str
    called_at: datetime
    is_undecided: bool
    units: Sequence[UnitView]
    tasks: Sequence[MeetingTaskView]
    minutes: str | None
    decision: str | None
    duty: str | None
    decider: str | None
    decided_at: datetime | None
    call_off_reason: str | None
    ticket: str = ""
    title: str | None = None

    @property
    def answered(self) -> int:
        """How many units have answered."""
        return sum(unit.answered_at is not None for unit in self.units)

    @property
    def owed_at(self) -> datetime | None:
        """The first instant by which a unit still owes its answer."""
        owed = [unit.due_at for unit in self.units if unit.due_at and unit.answered_at is None]
        return min(owed, default=None) if self.is_undecided else None


def meeting_view(
    row: MeetingRow, principal: Principal, now: datetime, t: Translator
) -> MeetingView:
    """Return a meeting as it is shown, personal data masked.

    How a unit was scored is shown to the hotline and to the unit itself.
    """
    meeting = row.meeting
    return MeetingView(
        number=meeting.number,
        kind=meeting.kind,
        state=meeting.state,
        question=mask_text(meeting.question),
        held_at=meeting.held_at,
        place=mask_text(meeting.place or "") or None,
        caller=row.caller.display_name if row.caller else t.text(N_("the system")),
        called_at=meeting.called_at,
        is_undecided=row.is_undecided,
        units=[_unit_view(one, row, principal, now, t) for one in row.units],
        tasks=[_task_view(one, t) for one in row.tasks],
        minutes=mask_text(meeting.minutes or "") or None,
        decision=mask_text(meeting.decision or "") or None,
        duty=unit_name(row.duty, t) if row.duty else None,
        decider=row.decider.display_name if row.decider else None,
        decided_at=meeting.decided_at,
        call_off_reason=mask_text(meeting.call_off_reason or "") or None,
    )


def _unit_view(
    one: UnitRow, row: MeetingRow, principal: Principal, now: datetime, t: Translator
) -> UnitView:
    unit = one.unit
    is_over = not row.is_undecided or (unit.due_at is not None and unit.due_at < now)
    may_read = principal.sees_every_ticket or unit.department_id == principal.department_id
    return UnitView(
        department=unit_name(one.department, t),
        answered_at=unit.answered_at,
        due_at=unit.due_at,
        used=t.duration(int((unit.answered_at - unit.called_at).total_seconds()))
        if unit.answered_at
        else None,
        is_late=bool(unit.answered_at and unit.due_at and unit.answered_at > unit.due_at),
        is_silent=unit.answered_at is None
        and is_over
        and row.meeting.state is not MeetingState.CALLED_OFF,
        opinion=unit.opinion,
        words=mask_text(unit.words or "") or None,
        attendee=unit.attendee,
        is_deputy=bool(unit.is_deputy),
        attended=unit.attended,
        score=ResponseScore(unit.score) if unit.score and may_read else None,
        score_words=mask_text(unit.score_words or "") or None if may_read else None,
    )


def _task_view(one: TaskRow, t: Translator) -> MeetingTaskView:
    task = one.task
    return MeetingTaskView(
        department=unit_name(one.department, t),
        text=mask_text(task.text),
        due_at=task.due_at,
        done_at=task.done_at,
        is_dropped=task.dropped_at is not None,
        report=mask_text(task.report or "") or None,
        evidence=[mask_text(reference) for reference in task.evidence],
    )


def whistle_view(
    line: WhistleLine, principal: Principal, now: datetime, t: Translator
) -> MeetingView:
    """Return a whistle of the list, with its ticket's title for whoever may read that."""
    return replace(
        meeting_view(line.row, principal, now, t),
        ticket=line.ticket_number,
        title=mask_text(line.ticket_title) if line.ticket_title is not None else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """What a meeting wants of the reader's department."""

    kind: MeetingKind
    is_task: bool
    number: str
    ticket: str
    title: str
    words: str
    due_at: datetime | None
    held_at: datetime | None
    place: str | None


def call_view(row: CallRow) -> CallView:
    """Return a call as it is shown, personal data masked."""
    return CallView(
        kind=row.kind,
        is_task=row.is_task,
        number=row.meeting_number,
        ticket=row.ticket_number,
        title=mask_text(row.ticket_title),
        words=mask_text(row.words),
        due_at=row.due_at,
        held_at=row.held_at,
        place=row.place,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresView:
    """How a unit came, as a line of a table."""

    name: str
    figures: ResponseFigures

    @property
    def mean(self) -> str:
        """The mean score with the number of scores that it is of."""
        found = self.figures
        return f"{found.mean_score:.1f} ({found.scored})" if found.mean_score is not None else "–"


def figures_view(line: ResponseFigures, t: Translator) -> FiguresView:
    """Return a unit's figures as they are shown."""
    return FiguresView(name=unit_name(line.department, t), figures=line)


# -- departments at work on one ticket -------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """A word between a co-handler and the lead."""

    kind: ReportKind
    stage: WorkStage | None
    department: str
    reporter: str | None
    at: datetime
    text: str
    evidence: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    """A department's task with everything it said."""

    code: str
    department: str
    role: AssignmentRole
    state: AssignmentState
    handler: str | None
    signed_at: datetime | None
    used: str | None
    opinion: str | None
    opinion_at: datetime | None
    consent_at: datetime | None
    is_asked_again: bool
    is_used: bool
    reports: Sequence[ReportView]


def part_views(
    rows: Sequence[AssignmentRow],
    reports: Sequence[ReportRow],
    clocks: Sequence[ClockView],
    used: Collection[str],
    t: Translator,
) -> Sequence[PartView]:
    """Return every department's task on a ticket, personal data masked.

    Args:
        rows: the tasks.
        reports: what was said between co-handlers and the lead, oldest first.
        clocks: the ticket's clocks, of which each co-handler has some.
        used: ids of the opinions that went into the last reply.
        t: the reader's language.
    """
    return [_part(row, reports, clocks, used, t) for row in rows]


def _part(
    row: AssignmentRow,
    reports: Sequence[ReportRow],
    clocks: Sequence[ClockView],
    used: Collection[str],
    t: Translator,
) -> PartView:
    task, name = row.assignment, unit_name(row.department, t)
    own = [one for one in reports if one.report.assignment_id == task.id]
    timed = [c for c in clocks if c.kind is ClockKind.CO_OPINION and c.holder == name]
    is_co = task.role is AssignmentRole.CO
    return PartView(
        code=row.department.code,
        department=name,
        role=task.role,
        state=task.state,
        handler=row.handler.display_name if row.handler else None,
        signed_at=task.signed_at,
        used=f"{timed[-1].used} / {timed[-1].limit}" if is_co and timed else None,
        opinion=mask_text(task.opinion or "") or None,
        opinion_at=task.submitted_at if is_co else None,
        consent_at=task.defaulted_at,
        is_asked_again=task.asked_again_at is not None,
        is_used=any(str(one.report.id) in used for one in own),
        reports=[_report_view(one, t) for one in own],
    )


def _report_view(row: ReportRow, t: Translator) -> ReportView:
    report = row.report
    return ReportView(
        kind=report.kind,
        stage=report.stage,
        department=unit_name(row.department, t),
        reporter=row.reporter.display_name if row.reporter else None,
        at=report.reported_at,
        text=mask_text(report.text),
        evidence=[mask_text(reference) for reference in report.evidence],
    )


def taken_over(parts: Sequence[PartView], codes: Collection[str], t: Translator) -> dict[str, str]:
    """Return the values of a feedback's form that takes over the opinions of these units."""
    taken = [part for part in parts if part.code in codes and part.opinion]
    lines = [
        t.text(N_("{department}: {opinion}"), department=part.department, opinion=part.opinion)
        for part in taken
    ]
    text = "\n".join(lines)
    return {"reply": text, "result": text, "used_opinions": " ".join(p.code for p in taken)}


def choices(
    assignments: Sequence[AssignmentRow], meetings: Sequence[MeetingRow], t: Translator
) -> Mapping[str, Options]:
    """Return which departments of a ticket each form chooses among."""
    parts = [
        row
        for row in assignments
        if row.assignment.role is AssignmentRole.CO and row.assignment.ended_at is None
    ]
    return {
        PARTS: _options((row.department for row in parts), t),
        OPINIONS: _options((row.department for row in parts if row.assignment.opinion), t),
        ASKABLE: _options(
            (
                row.department
                for row in parts
                if row.assignment.state not in OPINION_OPEN
                and row.assignment.asked_again_at is None
            ),
            t,
        ),
        CONSULTED: _options(_called(meetings, MeetingKind.CONSULTATION), t),
        WHISTLED: _options(_called(meetings, MeetingKind.WHISTLE), t),
        UNSCORED: _options(
            {
                one.department.code: one.department
                for row in meetings
                if row.meeting.kind is MeetingKind.WHISTLE and row.meeting.decided_at
                for one in row.units
                if one.unit.score is None
            }.values(),
            t,
        ),
    }


def _called(meetings: Sequence[MeetingRow], kind: MeetingKind) -> Sequence[Department]:
    return [
        one.department
        for row in meetings
        if row.meeting.kind is kind and row.is_undecided
        for one in row.units
    ]


def _options(units: Iterable[Department], t: Translator) -> Options:
    return [(unit.code, unit_name(unit, t)) for unit in units]
