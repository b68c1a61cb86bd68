"""Which consequences a grade brings, and what changes when another comes - pure (credit.md section 6)."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from credit.rulebook import Consequences, Grade


class ConsequenceKind(enum.StrEnum):
    """One thing that a grade brings."""

    QA_SHARE = "qa_share"
    CHECK_SHARE = "check_share"
    CHECK_CYCLE = "check_cycle"
    WATCHED = "watched"
    NO_EXTENSION = "no_extension"
    INTERVIEW = "interview"
    PLAN = "plan"
    NO_HONOURS = "no_honours"
    GOVERNMENT_REPORT = "government_report"


BURDENS = frozenset(ConsequenceKind) - {
    ConsequenceKind.QA_SHARE,
    ConsequenceKind.CHECK_SHARE,
    ConsequenceKind.CHECK_CYCLE,
}
"""What only a worse grade brings; the rest every grade has, in another measure."""

WORST_IN_A_ROW = 2
"""So many quarters of the worst grade in a row are proposed to be reported to the government."""


@dataclass(frozen=True, slots=True)
class Due:
    """A consequence that ought to be in force.

    Attributes:
        value: its measure: a share, a number of days; empty where there is none.
    """

    kind: ConsequenceKind
    value: str = ""


def due_of(rules: Consequences, *, worst_quarters: int = 0) -> Sequence[Due]:
    """Return what a grade's consequences bring.

    Args:
        rules: of the grade.
        worst_quarters: how many published quarters in a row ended with the worst grade.
    """
    kinds = ConsequenceKind
    found = [
        Due(kinds.QA_SHARE, _share(rules.qa_share)),
        Due(kinds.CHECK_SHARE, _share(rules.check_share)),
        Due(kinds.CHECK_CYCLE, str(rules.check_days)),
    ]
    burdens = {
        kinds.WATCHED: rules.is_watched,
        kinds.NO_EXTENSION: not rules.may_extend,
        kinds.INTERVIEW: rules.interview,
        kinds.PLAN: rules.plan,
        kinds.NO_HONOURS: not rules.honours,
        kinds.GOVERNMENT_REPORT: worst_quarters >= WORST_IN_A_ROW,
    }
    return [*found, *(Due(kind) for kind, is_so in burdens.items() if is_so)]


def turned(
    standing: Mapping[ConsequenceKind, str], due: Sequence[Due]
) -> tuple[Sequence[ConsequenceKind], Sequence[Due]]:
    """Return which consequences end and which begin; one whose measure changes does both."""
    wanted = {one.kind: one.value for one in due}
    ended = [kind for kind, value in standing.items() if wanted.get(kind) != value]
    begun = [one for one in due if standing.get(one.kind) != one.value]
    return ended, begun


def lifts(consequences: Mapping[Grade, Consequences], kind: ConsequenceKind) -> Grade | None:
    """Return the worst grade that does not bring a consequence; None when every grade does.

    The report to the government ends with any grade but the worst.
    """
    if kind not in BURDENS:
        return None
    free = [
        grade
        for grade in Grade
        if grade in consequences
        and kind not in {one.kind for one in due_of(consequences[grade], worst_quarters=0)}
        and not (kind is ConsequenceKind.GOVERNMENT_REPORT and grade is Grade.D)
    ]
    return free[-1] if free else None


def worst_in_a_row(grades: Sequence[Grade | None]) -> int:
    """Return how many quarters, the latest first, ended with the worst grade without a break."""
    count = 0
    for grade in grades:
        if grade is not Grade.D:
            break
        count += 1
    return count


def _share(value: Decimal) -> str:
    return f"{value.normalize():f}"
