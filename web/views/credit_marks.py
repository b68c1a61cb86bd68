"""A department's credit where a promise is made: the grade in force, and whether its sample is small."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from credit.rulebook import Grade
from hotline.kernel.errors import N_
from hotline.people.models import Department
from hotline.people.treatments import DepartmentTreatment
from hotline.tickets.lifecycle import Action
from web.i18n import Translator
from web.views.credit_figures import GradeView, grade_view
from web.views.directory import unit_name

PROMISING = frozenset({Action.ACCEPT, Action.DISPATCH, Action.DIRECT_DISPATCH, Action.SIGN})
"""Actions by which a department comes under a promise, or makes one."""


@dataclass(frozen=True, slots=True)
class CreditMark:
    """How one department stands."""

    code: str
    name: str
    grade: GradeView
    period: str


@dataclass(frozen=True, slots=True)
class CreditMarks:
    """How departments stand, for one page.

    Attributes:
        known: by code; a department without a published grade is missing.
        beside: what stands beside the form of an action, by its value.
    """

    known: Mapping[str, CreditMark] = field(default_factory=dict)
    beside: Mapping[str, Sequence[CreditMark]] = field(default_factory=dict)

    def options(
        self, departments: Sequence[tuple[str, str]], t: Translator
    ) -> Sequence[tuple[str, str]]:
        """Return departments to choose among, each with its grade behind its name."""
        return [(code, self._named(code, name, t)) for code, name in departments]

    def _named(self, code: str, name: str, t: Translator) -> str:
        mark = self.known.get(code)
        if mark is None:
            return name
        named = f"{name} · {mark.grade.letter}"
        return " ".join((named, t.text(N_("small sample")))) if mark.grade.is_trial else named


def credit_marks(
    departments: Sequence[Department],
    treatments: Mapping[int, DepartmentTreatment],
    offered: Sequence[Action],
    t: Translator,
    *,
    own: str | None,
    proposed: str | None,
) -> CreditMarks:
    """Return how departments stand, and which of it belongs beside which form.

    Args:
        departments: of the directory.
        treatments: by department; they hold the published grade in force.
        offered: what may be done on the page.
        t: of the reader.
        own: code of the reader's department, which is to sign.
        proposed: code of the department to which the ticket would go.
    """
    known = {
        unit.code: CreditMark(unit.code, unit_name(unit, t), grade, row.period)
        for unit in departments
        if (row := treatments.get(unit.id)) is not None
        and (grade := grade_view(Grade(row.grade), t, is_trial=row.is_trial)) is not None
    }
    beside = {}
    for action in offered:
        code = own if action is Action.SIGN else proposed
        if action in PROMISING and code in known:
            beside[action.value] = [known[code]]
    return CreditMarks(known, beside)
