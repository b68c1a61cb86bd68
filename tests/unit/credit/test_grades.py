"""Grades: lines, margins, two months, small samples, severe vetoes."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from credit.grades import GradeReason, Standing, grade_of
from credit.rulebook import DEFAULT_BOOK, Grade

LINES = DEFAULT_BOOK.grades


def _graded(
    score: str, *, performance: str = "95", **more: object
) -> tuple[Grade | None, set[GradeReason]]:
    standing = Standing(Decimal(score), Decimal(performance), **{"severe": 0, "n": 100, **more})  # type: ignore[arg-type]
    found = grade_of(standing, LINES)
    return found.grade, set(found.reasons)


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        ("100", "A"),
        ("90", "A"),
        ("89.99", "B"),
        ("80", "B"),
        ("79.99", "C"),
        ("70", "C"),
        ("69.99", "D"),
        ("0", "D"),
    ],
)
def test_a_first_grade_is_what_the_score_says(score: str, grade: str) -> None:
    assert _graded(score) == (Grade(grade), set())


def test_an_a_needs_work_that_is_good_by_itself() -> None:
    assert _graded("91", performance="84.99") == (Grade.B, {GradeReason.PERFORMANCE})


@pytest.mark.parametrize(
    ("before", "score", "leaning", "grade", "why"),
    [
        ("B", "90.50", None, "B", GradeReason.MARGIN),
        ("B", "91.00", None, "A", None),
        ("B", "90.10", "A", "A", GradeReason.SECOND_MONTH),
        ("A", "89.50", None, "A", GradeReason.MARGIN),
        ("A", "89.00", None, "A", GradeReason.MARGIN),
        ("A", "88.99", None, "B", None),
        ("A", "89.90", "B", "B", GradeReason.SECOND_MONTH),
        ("A", "60.00", None, "D", None),
        ("B", "90.10", "C", "B", GradeReason.MARGIN),
    ],
)
def test_a_grade_changes_when_the_line_is_crossed_for_good(
    before: str, score: str, leaning: str | None, grade: str, why: GradeReason | None
) -> None:
    found = _graded(score, before=Grade(before), leaning=Grade(leaning) if leaning else None)
    assert found == (Grade(grade), {why} if why else set())


def test_a_small_sample_is_on_trial_and_falls_one_step_at_most() -> None:
    standing = Standing(Decimal(40), Decimal(40), 0, 29, before=Grade.A)
    found = grade_of(standing, LINES)
    assert (found.grade, found.is_trial) == (Grade.B, True)
    assert GradeReason.SMALL_SAMPLE in found.reasons
    assert (
        grade_of(Standing(Decimal(40), Decimal(40), 0, 30, before=Grade.A), LINES).grade is Grade.D
    )


def test_a_few_tickets_cannot_warn_whoever_never_had_a_grade() -> None:
    found = grade_of(Standing(Decimal(40), Decimal(40), 0, 1), LINES)
    assert (found.grade, found.by_score, found.is_trial) == (Grade.C, Grade.D, True)
    assert GradeReason.SMALL_SAMPLE in found.reasons
    month = Standing(Decimal(40), Decimal(40), 0, 1, needs_sample=True)
    assert grade_of(month, LINES).grade is Grade.C
    assert grade_of(Standing(Decimal(95), Decimal(95), 0, 1), LINES).grade is Grade.A
    assert grade_of(Standing(Decimal(40), Decimal(40), 0, 30), LINES).grade is Grade.D
    assert grade_of(Standing(Decimal(40), Decimal(40), 2, 1), LINES).grade is Grade.D


def test_severe_events_act_at_once_and_whatever_the_score() -> None:
    assert _graded("99", severe=1) == (Grade.C, {GradeReason.SEVERE})
    assert _graded("99", severe=2, before=Grade.A) == (Grade.D, {GradeReason.SEVERE})
    assert _graded("60", severe=1) == (Grade.D, set())
    assert _graded("99", severe=2, n=3, before=Grade.A)[0] is Grade.D


def test_whoever_did_nothing_has_no_grade() -> None:
    found = grade_of(Standing(None, None, 0, 0, before=Grade.A), LINES)
    assert (found.grade, found.reasons) == (None, (GradeReason.NO_ACTIVITY,))


@given(st.decimals(0, 100, places=2), st.sampled_from(Grade), st.integers(0, 3))
def test_no_severe_event_is_ever_forgiven_by_a_margin(
    score: Decimal, before: Grade, severe: int
) -> None:
    found = grade_of(Standing(score, score, severe, 100, before=before), LINES)
    assert found.grade is not None
    assert found.grade.place >= min(severe, 2) + (severe > 0)
