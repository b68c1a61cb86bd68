"""The register of departments: the grade in force beside what the live score would say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from credit.glance import GradeHeld
from credit.standings import Standing
from web.i18n import Translator
from web.views.credit_figures import NOTHING, GradeView, grade_view, rounded


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A department as a line.

    Attributes:
        since: the period that its grade was published with.
        tone: of the grade in force.
    """

    code: str
    name: str
    peer_group: str
    is_active: bool
    in_force: GradeView | None
    since: str
    live: GradeView | None
    score: str
    interval: str
    n: int
    tone: str


def register_rows(
    items: Sequence[Standing],
    in_force: Mapping[int, GradeHeld],
    groups: Mapping[str, str],
    t: Translator,
) -> list[RegisterRow]:
    """Return departments as lines, by code."""
    return [
        _row(one, in_force.get(one.department_id), groups, t)
        for one in sorted(items, key=lambda each: each.code)
    ]


def _row(
    one: Standing, in_force: GradeHeld | None, groups: Mapping[str, str], t: Translator
) -> RegisterRow:
    grade = grade_view(in_force.grade, t, is_trial=in_force.is_trial) if in_force else None
    return RegisterRow(
        code=one.code,
        name=one.name_en if t.language == "en" else one.name,
        peer_group=groups.get(one.peer_group or "", ""),
        is_active=one.is_active,
        in_force=grade,
        since=in_force.period if in_force else "",
        live=grade_view(one.grade, t, is_trial=one.is_trial),
        score=NOTHING if one.score is None else rounded(one.score, 1),
        interval=f"{rounded(one.interval.low, 1)}–{rounded(one.interval.high, 1)}"
        if one.interval
        else "",
        n=one.n,
        tone=grade.tone if grade else "",
    )
