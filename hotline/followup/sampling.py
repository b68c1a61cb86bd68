"""Which solved matters are looked at on the spot: drawn by rule and seed - pure.

The draw is not chosen by anybody: each ticket's rank is a digest of seed, month and number, and of each
department the lowest ranks are taken.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, Decimal

DEFAULT_GRADE = "default"
"""Names the share of departments without a grade of their own."""

LEAST_SOLVED = 10
"""A department with fewer solved tickets in a month is not drawn from."""

SHARE = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class SamplingRule:
    """How much is drawn, and from which seed.

    Attributes:
        shares: the share of solved tickets by credit grade; `default` for every other.
        seed: a word that stands beside the draw, so that it can be made again.
        least: from how many solved tickets on a department is drawn from.
    """

    shares: Mapping[str, Decimal] = field(default_factory=lambda: {DEFAULT_GRADE: SHARE})
    seed: str = "field-checks"
    least: int = LEAST_SOLVED

    def size(self, solved: int, grade: str | None, share: Decimal | None = None) -> int:
        """Return how many of a department's solved tickets are drawn: at least one, if any.

        Args:
            solved: how many there are.
            grade: of the department.
            share: what its grade asks for; a share that is set for the grade goes before it.
        """
        if solved < self.least:
            return 0
        usual = self.shares.get(DEFAULT_GRADE, SHARE) if share is None else share
        share = self.shares.get(grade, usual) if grade is not None else usual
        return min(solved, max(1, int((share * solved).to_integral_value(ROUND_CEILING))))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A solved ticket that may be drawn.

    Attributes:
        grade: the department's credit grade in force.
        share: the share of its solved tickets that the grade asks for.
    """

    number: str
    department_id: int
    grade: str | None = None
    share: Decimal | None = None


def rank_of(seed: str, month: date, number: str) -> bytes:
    """Return where a ticket stands in the draw of a month; the lowest are taken."""
    return hashlib.sha256(f"{seed}|{month:%Y-%m}|{number}".encode()).digest()


def draw(candidates: Sequence[Candidate], rule: SamplingRule, month: date) -> Sequence[Candidate]:
    """Return the tickets drawn, by department and rank; their order as given does not matter."""
    by_department: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        by_department[candidate.department_id].append(candidate)
    drawn: list[Candidate] = []
    for department_id in sorted(by_department):
        solved = by_department[department_id]
        solved.sort(key=lambda one: (rank_of(rule.seed, month, one.number), one.number))
        drawn += solved[: rule.size(len(solved), solved[0].grade, solved[0].share)]
    return drawn
