"""Founding a house as its administrator sees it: steps, sheets, and what becomes of each line."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hotline.founding.actions import Trial
from hotline.founding.columns import Sheet, Subject
from hotline.founding.house import SetupStep, StepReport, StepState
from hotline.founding.planning import Fault, LineVerdict, PlannedRow
from hotline.founding.sheets import SHEETS
from hotline.kernel.errors import N_
from web.founding.words import SUBJECT_ABOUT
from web.i18n import Translator
from web.labels import label

STEP_SHEETS: Mapping[SetupStep, Sequence[Subject]] = {
    SetupStep.CALENDARS: (Subject.CALENDARS,),
    SetupStep.DEPARTMENTS: (Subject.GROUPS, Subject.DEPARTMENTS),
    SetupStep.PEOPLE: (Subject.PEOPLE,),
    SetupStep.CATEGORIES: (Subject.CATEGORIES, Subject.QUESTIONS),
    SetupStep.CATALOGUE: (Subject.CATALOGUE,),
    SetupStep.POLICIES: (Subject.POLICIES,),
}
"""Which sheets a step can be done by."""

STEP_PAGES: Mapping[SetupStep, tuple[str, str]] = {
    SetupStep.HOTLINE: ("/admin/departments/hotline", N_("The hotline's own unit")),
    SetupStep.CALENDARS: ("/admin/calendars", N_("Working calendars")),
    SetupStep.DEPARTMENTS: ("/departments", N_("Departments")),
    SetupStep.PEOPLE: ("/admin/users", N_("Users")),
    SetupStep.CATEGORIES: ("/admin/categories", N_("Categories")),
    SetupStep.CATALOGUE: ("/catalogue", N_("Dispatch catalogue")),
    SetupStep.POLICIES: ("/admin/policies", N_("Time-limit policies")),
    SetupStep.PORTS: ("/help/administrator", N_("The administrator's guide")),
    SetupStep.FIRST_MATTER: ("/help/operator", N_("For operators")),  # those record it
}
"""Where the same is done by hand."""

MARKS = {
    StepState.DONE: ("mark-green", "circle-check"),
    StepState.WARNING: ("mark-yellow", "alert-triangle"),
    StepState.MISSING: ("mark-red", "alert-octagon-filled"),
}
VERDICT_MARKS = {
    "make": ("mark-blue", "plus"),
    "change": ("mark-yellow", "writing-sign"),
    "same": ("mark-plain", "circle-check"),
    "wrong": ("mark-red", "alert-triangle"),
    "made": ("mark-green", "circle-check"),
    "changed": ("mark-green", "circle-check"),
    "refused": ("mark-red", "alert-triangle"),
}
_OUTCOMES = {
    "made": N_("Was made"),
    "changed": N_("Was changed"),
    "refused": N_("Was refused"),
}
_SAID_FIRST = {"wrong": 0, "refused": 0, "change": 1, "changed": 1, "make": 2, "made": 2, "same": 3}


@dataclass(frozen=True, slots=True)
class RemarkView:
    """One thing about a step."""

    state: StepState
    mark: str
    icon: str
    text: str
    href: str | None


@dataclass(frozen=True, slots=True)
class StepView:
    """A step.

    Attributes:
        sheets: the sheets it can be done by, with their names.
        page: where it is done by hand, with what the page is called.
    """

    code: str
    number: int
    name: str
    about: str
    state: StepState
    word: str
    mark: str
    icon: str
    remarks: Sequence[RemarkView]
    sheets: Sequence[tuple[str, str]]
    page: tuple[str, str]


ABOUT: Mapping[SetupStep, str] = {
    SetupStep.HOTLINE: N_("What the hotline is called, how it is reached, which areas it serves."),
    SetupStep.CALENDARS: N_("Which days are worked: limits of working days count on them."),
    SetupStep.DEPARTMENTS: N_("The units that matters go to, and what stands above each."),
    SetupStep.PEOPLE: N_("Accounts with their roles. Every unit needs somebody who signs."),
    SetupStep.CATEGORIES: N_("What matters are about, what is asked, and what has to be done."),
    SetupStep.CATALOGUE: N_("Which unit leads for what, so that it is proposed at once."),
    SetupStep.POLICIES: N_("How long each step may take. Ten policies are there: are they yours?"),
    SetupStep.PORTS: N_(
        "How people are reached, and reach you: messages, e-mail, letters, telephone."
    ),
    SetupStep.FIRST_MATTER: N_("Take down a first matter and follow it to its end."),
}
"""What each step is for."""


def step_views(steps: Sequence[StepReport], t: Translator) -> list[StepView]:
    """Return steps in the reader's language."""
    return [_step_view(number, report, t) for number, report in enumerate(steps, 1)]


def _step_view(number: int, report: StepReport, t: Translator) -> StepView:
    mark, icon = MARKS[report.state]
    href, name = STEP_PAGES[report.step]
    return StepView(
        code=report.step.value,
        number=number,
        name=t.text(label(report.step)),
        about=t.text(ABOUT[report.step]),
        state=report.state,
        word=t.text(label(report.state)),
        mark=mark,
        icon=icon,
        remarks=[
            RemarkView(
                remark.state,
                *MARKS[remark.state],
                t.text(remark.text, **_params(remark.params, t)),
                remark.href,
            )
            for remark in report.remarks
        ],
        sheets=[
            (subject.value, t.text(label(subject))) for subject in STEP_SHEETS.get(report.step, ())
        ],
        page=(href, t.text(name)),
    )


def _params(params: Mapping[str, object], t: Translator) -> dict[str, object]:
    return {
        name: t.text(label(value)) if isinstance(value, enum.Enum) else value
        for name, value in params.items()
    }


def fault_said(sheet: Sheet, fault: Fault, t: Translator) -> str:
    """Return what is wrong with a line, and what to do, in the reader's language."""
    if fault.reason is not None:
        said = t.text(label(fault.reason))
    elif fault.message:
        said = t.text(fault.message, **fault.details)
    else:
        said = t.text(label(fault.kind))
    where = t.text(sheet.column(fault.column).text) if fault.column else ""
    value = f" ({fault.value})" if fault.value else ""
    return f"{where}: {said}{value}" if where else f"{said}{value}"


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of a sheet, and what becomes or became of it."""

    line: int
    name: str
    title: str
    code: str
    word: str
    mark: str
    icon: str
    said: Sequence[str]


def line_views(trial: Trial, t: Translator) -> list[LineView]:
    """Return the lines of a file, those first that need somebody's eyes."""
    sheet = SHEETS[trial.file.subject]
    views = [_line_view(sheet, row, trial.outcomes.get(row.line), t) for row in trial.rows]
    return sorted(views, key=lambda view: (_SAID_FIRST[view.code], view.line))


def _line_view(
    sheet: Sheet, row: PlannedRow, outcome: Mapping[str, Any] | None, t: Translator
) -> LineView:
    code = str(outcome["state"]) if outcome else row.verdict.value
    mark, icon = VERDICT_MARKS[code]
    return LineView(
        line=row.line,
        name=" · ".join(part for part in row.key if part) or "–",
        title=_title(row),
        code=code,
        word=t.text(_OUTCOMES[code] if outcome else label(row.verdict)),
        mark=mark,
        icon=icon,
        said=_said(sheet, row, outcome, t),
    )


def _title(row: PlannedRow) -> str:
    names = ("name", "description", "department", "display_name", "kind")
    return next((row.values[name] for name in names if row.values.get(name)), "")


def refusal_said(outcome: Mapping[str, Any], t: Translator) -> str:
    """Return why the house refused a line, in the reader's language."""
    params = {name: t.text(str(value)) for name, value in outcome["params"].items()}
    return t.text(outcome["title"], **params)


def _said(
    sheet: Sheet, row: PlannedRow, outcome: Mapping[str, Any] | None, t: Translator
) -> list[str]:
    if outcome and outcome["state"] == "refused":
        return [refusal_said(outcome, t)]
    if row.verdict is LineVerdict.CHANGE and not outcome:
        return [
            t.text(
                N_("Changes: {columns}"),
                columns=", ".join(t.text(sheet.column(name).text) for name in row.changed),
            )
        ]
    return [fault_said(sheet, fault, t) for fault in row.faults]


@dataclass(frozen=True, slots=True)
class TrialView:
    """A file as a whole.

    Attributes:
        counts: how many lines there are of each kind, with mark and word.
        total: lines to be done in all.
        done: how many of them are.
        is_begun: something was done.
        is_over: nothing is left to do.
        is_wrong: lines were wrong or refused.
    """

    file_id: str
    name: str
    subject: str
    subject_name: str
    counts: Sequence[tuple[str, str, str, int]]
    total: int
    done: int
    is_begun: bool
    is_over: bool
    wrong: int


def trial_view(trial: Trial, t: Translator) -> TrialView:
    """Return a file as a whole in the reader's language."""
    tally: dict[str, int] = {}
    for row in trial.rows:
        outcome = trial.outcomes.get(row.line)
        code = str(outcome["state"]) if outcome else row.verdict.value
        tally[code] = tally.get(code, 0) + 1
    waiting = len(trial.waiting)
    words = {verdict.value: label(verdict) for verdict in LineVerdict} | _OUTCOMES
    return TrialView(
        file_id=str(trial.file.id),
        name=trial.file.name,
        subject=trial.file.subject.value,
        subject_name=t.text(label(trial.file.subject)),
        counts=[
            (*VERDICT_MARKS[code], t.text(words[code]), tally[code])
            for code in VERDICT_MARKS
            if tally.get(code)
        ],
        total=waiting + len(trial.outcomes),
        done=len(trial.outcomes),
        is_begun=bool(trial.outcomes),
        is_over=not waiting,
        wrong=tally.get("wrong", 0) + tally.get("refused", 0),
    )


def sheet_about(subject: Subject, t: Translator) -> str:
    """Return what a sheet is about."""
    return t.text(SUBJECT_ABOUT[subject])
