"""From a score to a grade, and which steps a grade may take - pure (credit.md section 6)."""

import enum
from dataclasses import dataclass
from decimal import Decimal

from credit.rulebook import Grade, GradeLines

FIRST = Grade.B
"""What a department that never had a grade is taken to have had."""


class GradeReason(enum.StrEnum):
    """Why a grade is what it is, where the score alone does not say."""

    SEVERE = "severe"
    PERFORMANCE = "performance"
    MARGIN = "margin"
    SECOND_MONTH = "second_month"
    SMALL_SAMPLE = "small_sample"
    NO_ACTIVITY = "no_activity"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a grade is decided on.

    Attributes:
        score: S; None when there was no activity.
        performance: P.
        severe: how many severe events are live.
        n: how many assignments were counted.
        before: the grade until now; None for a department that never had one.
        leaning: the grade that the score of the month before would have had by itself.
        needs_sample: True for a month: a small sample changes no grade that there is.
    """

    score: Decimal | None
    performance: Decimal | None
    severe: int
    n: int
    before: Grade | None = None
    leaning: Grade | None = None
    needs_sample: bool = False


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade and why.

    Attributes:
        grade: None when there was no activity.
        by_score: what the score alone says.
        is_trial: True when the sample is small.
    """

    grade: Grade | None
    by_score: Grade | None
    is_trial: bool
    reasons: tuple[GradeReason, ...]


def grade_of(standing: Standing, lines: GradeLines) -> Graded:
    """Return the grade at the end of a period.

    A severe event acts at once. Otherwise a grade changes when the score is beyond the line by the
    margin, or when it was beyond it the month before as well; with a small sample it falls one step
    at most, and does not change at all by a month. Who never had a grade begins as one that is good:
    a few tickets cannot say that it is not, so with a small sample it is under attention at worst.
    """
    if standing.score is None or standing.performance is None:
        return Graded(None, None, True, (GradeReason.NO_ACTIVITY,))
    by_score, reasons = _by_score(standing.score, standing.performance, lines)
    is_trial = standing.n < lines.least_n
    grade = by_score
    if standing.before is not None and grade is not standing.before:
        grade, more = _step(standing, by_score, lines)
        reasons += more
    if is_trial:
        held = _held(grade, standing)
        if held is not grade:
            grade, reasons = held, (*reasons, GradeReason.SMALL_SAMPLE)
    vetoed = _vetoed(grade, standing.severe)
    if vetoed is not grade:
        grade, reasons = vetoed, (*reasons, GradeReason.SEVERE)
    return Graded(grade, by_score, is_trial, reasons)


def _by_score(
    score: Decimal, performance: Decimal, lines: GradeLines
) -> tuple[Grade, tuple[GradeReason, ...]]:
    grade = next((one for one in Grade if score >= lines.lines.get(one, Decimal(-1))), Grade.D)
    if grade is Grade.A and performance < lines.a_performance:
        return Grade.B, (GradeReason.PERFORMANCE,)
    return grade, ()


def _step(
    standing: Standing, by_score: Grade, lines: GradeLines
) -> tuple[Grade, tuple[GradeReason, ...]]:
    """Return the grade that a score beyond a line leads to: the line must be crossed for good."""
    before, score = standing.before, standing.score
    if before is None or score is None:
        return by_score, ()
    if standing.leaning is not None and _same_side(before, by_score, standing.leaning):
        return by_score, (GradeReason.SECOND_MONTH,)
    rises = by_score.place < before.place
    surely, _ = _by_score(
        score - lines.margin if rises else score + lines.margin,
        standing.performance or Decimal(0),
        lines,
    )
    # A score beyond the line by less than the margin leaves the grade where it was.
    if (surely.place < before.place) if rises else (surely.place > before.place):
        return surely, ()
    return before, (GradeReason.MARGIN,)


def _held(grade: Grade, standing: Standing) -> Grade:
    """Return how far a small sample may take a grade: one step down at most, in a month nowhere."""
    if standing.before is not None and standing.needs_sample:
        return standing.before
    least = (standing.before or FIRST).place + 1
    return list(Grade)[min(grade.place, least)]


def _same_side(before: Grade, now: Grade, earlier: Grade) -> bool:
    return (now.place - before.place) * (earlier.place - before.place) > 0


def _vetoed(grade: Grade, severe: int) -> Grade:
    worst = Grade.D if severe > 1 else Grade.C if severe else Grade.A
    return max(grade, worst, key=lambda one: one.place)
