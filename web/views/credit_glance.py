"""Credit at a glance on desks whose subject is another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from credit.appeals.rules import appeal_until
from credit.glance import CasesWaiting, Glance
from credit.ledger import EntryState
from credit.rulebook import Grade, Remedies
from hotline.kernel.errors import N_
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.workdays.workcalendar import Calendar
from web.i18n import Translator
from web.views.credit_charts import spark
from web.views.credit_figures import GradeView, grade_view, rounded, span


@dataclass(frozen=True, slots=True)
class GlanceView:
    """A small card about a department's credit.

    Attributes:
        since: the period that the grade was published with.
        course: the live score as a small line; nothing for too few.
        provisional: how many events may still be appealed against.
        until: by when the first of them.
    """

    href: str
    grade: GradeView | None
    since: str | None
    score: str | None
    interval: str
    course: str
    provisional: int
    objected: int
    until: datetime | None


def glance_view(
    glance: Glance, code: str, calendar: Calendar, remedies: Remedies, t: Translator
) -> GlanceView:
    """Return a department's credit as a small card."""
    last = glance.course[-1] if glance.course else None
    provisional = [one for one in glance.waiting if one.state is EntryState.PROVISIONAL]
    return GlanceView(
        href=f"/credit/departments/{code}",
        grade=grade_view(glance.in_force.grade, t, is_trial=glance.in_force.is_trial)
        if glance.in_force
        else None,
        since=glance.in_force.period if glance.in_force else None,
        score=rounded(last.score) if last else None,
        interval=span(last.low, last.high) if last else "",
        course=spark([one.score for one in glance.course]),
        provisional=len(provisional),
        objected=len(glance.waiting) - len(provisional),
        until=min(
            (appeal_until(calendar, one.recorded_at, remedies) for one in provisional), default=None
        ),
    )


@dataclass(frozen=True, slots=True)
class GradeCount:
    """How many departments have a grade in force, and who they are."""

    grade: GradeView
    count: int
    href: str


def grade_counts(counts: Mapping[Grade, int], t: Translator) -> Sequence[GradeCount]:
    """Return the grades with their departments; nothing while no grade is published."""
    if not any(counts.values()):
        return ()
    return [
        GradeCount(view, counts[one], f"/credit/departments?{urlencode({'grade': one.value})}")
        for one in Grade
        for view in (grade_view(one, t, is_trial=False),)
        if view is not None
    ]


@dataclass(frozen=True, slots=True)
class WaitingMark:
    """So much of one kind waits for a decision, and where it stands."""

    text: str
    tone: str
    href: str


def waiting_marks(waiting: CasesWaiting, reader: Principal, t: Translator) -> Sequence[WaitingMark]:
    """Return what waits for a decision, for whoever may open the list; nothing where nothing waits."""
    marks = []
    if waiting.proposals and Permission.ENTER_CREDIT in reader.permissions:
        text = t.plural(
            N_("{n} proposed event waits"), N_("{n} proposed events wait"), waiting.proposals
        )
        marks.append(WaitingMark(text, "yellow", "/credit/proposals"))
    if waiting.appeals and Permission.READ_CREDIT_CASES in reader.permissions:
        text = t.plural(N_("{n} appeal waits"), N_("{n} appeals wait"), waiting.appeals)
        if waiting.overdue:
            late = t.plural(N_("{n} of them overdue"), N_("{n} of them overdue"), waiting.overdue)
            text = f"{text} · {late}"
        tone = "red" if waiting.overdue else "yellow"
        marks.append(WaitingMark(text, tone, "/credit/appeals?show=waiting"))
    return marks
