"""What a grade brings, what changes with another, and what would lift it."""

from dataclasses import replace

import pytest

from credit.consequences.rules import (
    BURDENS,
    ConsequenceKind,
    Due,
    due_of,
    lifts,
    turned,
    worst_in_a_row,
)
from credit.consequences.telling import notice_kind
from credit.rulebook import DEFAULT_BOOK, Grade

_K = ConsequenceKind
BY_GRADE = DEFAULT_BOOK.consequences


@pytest.mark.parametrize(
    ("grade", "burdens"),
    [
        (Grade.A, set()),
        (Grade.B, set()),
        (Grade.C, {_K.WATCHED, _K.NO_EXTENSION, _K.NO_HONOURS}),
        (Grade.D, {_K.WATCHED, _K.NO_EXTENSION, _K.NO_HONOURS, _K.INTERVIEW, _K.PLAN}),
    ],
)
def test_what_each_grade_brings(grade: Grade, burdens: set[ConsequenceKind]) -> None:
    found = {one.kind: one.value for one in due_of(BY_GRADE[grade])}
    assert set(found) & BURDENS == burdens
    assert set(found) - BURDENS == set(_K) - BURDENS


def test_measures_are_those_of_the_rules() -> None:
    found = {one.kind: one.value for one in due_of(BY_GRADE[Grade.D])}
    assert (found[_K.QA_SHARE], found[_K.CHECK_SHARE], found[_K.CHECK_CYCLE]) == ("1", "0.05", "15")


def test_two_worst_quarters_in_a_row_go_to_the_government() -> None:
    kinds = [{one.kind for one in due_of(BY_GRADE[Grade.D], worst_quarters=n)} for n in (0, 1, 2)]
    assert [_K.GOVERNMENT_REPORT in one for one in kinds] == [False, False, True]


@pytest.mark.parametrize(
    ("grades", "count"),
    [
        ([], 0),
        ([Grade.D], 1),
        ([Grade.D, Grade.D, Grade.C], 2),
        ([Grade.C, Grade.D, Grade.D], 0),
        ([Grade.D, None, Grade.D], 1),
    ],
)
def test_a_row_is_broken_by_another_grade_or_none(grades: list[Grade | None], count: int) -> None:
    assert worst_in_a_row(grades) == count


def test_what_stands_stays_and_a_changed_measure_begins_anew() -> None:
    standing = {one.kind: one.value for one in due_of(BY_GRADE[Grade.C])}
    assert turned(standing, due_of(BY_GRADE[Grade.C])) == ([], [])
    ended, begun = turned(standing, due_of(BY_GRADE[Grade.D]))
    assert set(ended) == {_K.QA_SHARE, _K.CHECK_CYCLE}
    assert {one.kind for one in begun} == {_K.QA_SHARE, _K.CHECK_CYCLE, _K.INTERVIEW, _K.PLAN}
    ended, begun = turned(standing, ())
    assert (set(ended), begun) == (set(standing), [])
    assert turned({}, [Due(_K.WATCHED)]) == ([], [Due(_K.WATCHED)])


def test_what_would_lift_it() -> None:
    assert lifts(BY_GRADE, _K.NO_EXTENSION) is Grade.B
    assert lifts(BY_GRADE, _K.INTERVIEW) is Grade.C
    assert lifts(BY_GRADE, _K.GOVERNMENT_REPORT) is Grade.C
    assert lifts(BY_GRADE, _K.QA_SHARE) is None
    nobody = {grade: replace(rules, may_extend=False) for grade, rules in BY_GRADE.items()}
    assert lifts(nobody, _K.NO_EXTENSION) is None


@pytest.mark.parametrize(
    ("begun", "ended", "kind"),
    [
        ((), (), None),
        (("watched", "plan"), (), "credit_plan_asked"),
        (("watched",), (), "credit_watched"),
        ((), ("watched",), "credit_unwatched"),
        ((), ("no_extension",), "credit_consequences_changed"),
    ],
)
def test_a_department_is_told_the_gravest(
    begun: tuple[str, ...], ended: tuple[str, ...], kind: str | None
) -> None:
    assert notice_kind(begun, ended) == kind
