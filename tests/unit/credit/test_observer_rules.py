"""What observers may write, how a finding moves, and what their answers come to."""

import itertools
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from credit.observers.errors import (
    FindingMoveRefused,
    InvalidSurvey,
    InvalidVisit,
    PersonalDataInWords,
    SurveyMoveRefused,
)
from credit.observers.rules import (
    MOST_QUESTIONS,
    CheckItem,
    FindingState,
    FindingStep,
    ItemVerdict,
    Question,
    QuestionKind,
    SurveyKind,
    SurveyState,
    VisitRecord,
    card_is_valid,
    checked_values,
    finding_after,
    is_open,
    require_survey,
    require_survey_following,
    require_visit,
)
from credit.observers.tallying import (
    SurveyScore,
    Voice,
    result_of,
    score_departments,
    score_of,
    share_of,
    voice_of,
)

TODAY = date(2026, 3, 2)
SCALE = Question(QuestionKind.SCALE, "态度")
YES_NO = Question(QuestionKind.YES_NO, "告知")
WORDS = Question(QuestionKind.WORDS, "建议")
DRAFT: dict[str, Any] = {
    "kind": SurveyKind.YEAR,
    "quarter": None,
    "opens_on": TODAY,
    "closes_on": TODAY,
    "least_answers": 1,
    "questions": (SCALE,),
}
FIRST, SECOND = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.mark.parametrize(
    "words",
    [
        {"kind": SurveyKind.QUARTER},
        {"quarter": 1},
        {"kind": SurveyKind.QUARTER, "quarter": 5},
        {"closes_on": TODAY - timedelta(days=1)},
        {"least_answers": 0},
        {"questions": (SCALE,) * (MOST_QUESTIONS + 1)},
        {"questions": (Question(QuestionKind.SCALE, " "),)},
    ],
)
def test_a_survey_that_contradicts_itself(words: dict[str, Any]) -> None:
    require_survey(**DRAFT)
    with pytest.raises(InvalidSurvey):
        require_survey(**{**DRAFT, **words})


def test_a_survey_goes_one_way() -> None:
    allowed = {
        (SurveyState.DRAFT, SurveyState.DRAFT),
        (SurveyState.DRAFT, SurveyState.PUBLISHED),
        (SurveyState.PUBLISHED, SurveyState.CLOSED),
    }
    for pair in itertools.product(SurveyState, SurveyState):
        if pair in allowed:
            require_survey_following(*pair)
        else:
            with pytest.raises(SurveyMoveRefused):
                require_survey_following(*pair)


def test_answers_are_taken_from_the_opening_until_the_closing() -> None:
    opens, closes = (datetime(2026, 3, day, tzinfo=UTC) for day in (2, 5))
    tick = timedelta(microseconds=1)
    cases = [(opens - tick, False), (opens, True), (closes - tick, True), (closes, False)]
    for now, expected in cases:
        assert is_open(SurveyState.PUBLISHED, opens, closes, now) is expected
        assert not is_open(SurveyState.DRAFT, opens, closes, now)
        assert not is_open(SurveyState.CLOSED, opens, closes, now)


def test_words_are_trimmed_and_empty_ones_are_none() -> None:
    assert checked_values([SCALE, WORDS], [1, "  "]) == [1, None]
    assert checked_values([WORDS], [" 好 "]) == ["好"]
    with pytest.raises(PersonalDataInWords):
        checked_values([WORDS], ["写给zhang@example.com"])


def test_a_finding_moves_along_its_loop_and_nowhere_else() -> None:
    moves = {
        ("open", "answered"): "answered",
        ("open", "set_aside"): "set_aside",
        ("answered", "sent_back"): "open",
        ("answered", "confirmed"): "confirmed",
        ("answered", "set_aside"): "set_aside",
    }
    for state, step in itertools.product(FindingState, FindingStep):
        if (state.value, step.value) in moves:
            assert finding_after(state, step).value == moves[state.value, step.value]
        else:
            with pytest.raises(FindingMoveRefused):
                finding_after(state, step)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ({"visited_on": TODAY + timedelta(days=1)}, InvalidVisit),
        ({"items": {}}, InvalidVisit),
        ({"lat": 36.0}, InvalidVisit),
        ({"lat": 91.0, "long": 0.0}, InvalidVisit),
        ({"lat": 0.0, "long": -181.0}, InvalidVisit),
        ({"finding": "打13900001234"}, PersonalDataInWords),
        ({"photos": ["a@example.com"]}, PersonalDataInWords),
    ],
)
def test_a_record_of_a_visit_that_cannot_be_true(
    words: dict[str, Any], error: type[Exception]
) -> None:
    good: dict[str, Any] = {
        "visited_on": TODAY,
        "place": "大厅",
        "items": {CheckItem.ATTITUDE: ItemVerdict.GOOD},
    }
    require_visit(VisitRecord(**good, lat=36.0, long=117.0), TODAY)
    with pytest.raises(error):
        require_visit(VisitRecord(**{**good, **words}), TODAY)


def test_a_card_is_good_through_its_last_day() -> None:
    assert card_is_valid(is_active=True, valid_until=TODAY, today=TODAY)
    assert not card_is_valid(is_active=True, valid_until=TODAY, today=TODAY + timedelta(days=1))
    assert not card_is_valid(is_active=False, valid_until=TODAY, today=TODAY)


@pytest.mark.parametrize(
    ("question", "value", "share"),
    [
        (SCALE, 1, "0"),
        (SCALE, 2, "0.25"),
        (SCALE, 5, "1"),
        (YES_NO, True, "1"),
        (YES_NO, False, "0"),
        (WORDS, "好", None),
        (SCALE, None, None),
    ],
)
def test_what_an_answer_is_worth(question: Question, value: Any, share: str | None) -> None:
    assert share_of(question, value) == (None if share is None else Decimal(share))


def test_an_answer_is_the_mean_of_its_counted_questions() -> None:
    assert voice_of([SCALE, YES_NO, WORDS], [4, False, "好"]) == Decimal("0.375")
    assert voice_of([WORDS], ["好"]) is None


def test_the_worked_example_of_the_guide() -> None:
    """Three observers: 5 and yes; 4 and yes in one survey, 2 and no in the next; 3 and yes."""
    questions = [SCALE, YES_NO]
    answers = [(1, [5, True]), (2, [4, True]), (2, [2, False]), (3, [3, True])]
    voices = []
    for observer, values in answers:
        value = voice_of(questions, values)
        assert value is not None
        voices.append(Voice(uuid.UUID(int=observer), 7, value))
    assert [voice.value for voice in voices] == [
        *(Decimal(1), Decimal("0.875"), Decimal("0.125"), Decimal("0.75"))
    ]
    scores = score_departments(voices, {7: 3, 8: 3})
    assert scores[7] == SurveyScore(Decimal("75.00"), 3, Decimal("31.06"), Decimal("95.23"))
    assert scores[8] == SurveyScore(None, 0)
    assert score_departments(voices, {7: 4})[7] == SurveyScore(None, 3)


def test_nothing_is_said_of_too_few() -> None:
    assert score_of([], 0) == SurveyScore(None, 0)
    assert score_of([Decimal(1)] * 4, 5) == SurveyScore(None, 4)
    assert score_of([Decimal(1)] * 5, 5).score == Decimal("100.00")
    assert result_of(SCALE, [5, None], 2).mean is None
    assert result_of(WORDS, ["乙", "甲", None], 2).words == sorted(["乙", "甲"])
    assert result_of(WORDS, ["甲"], 2).words == ()
    scale = result_of(SCALE, [1, 5], 2)
    assert (scale.mean, scale.n) == (Decimal("3.00"), 2)
    assert scale.mean is not None
    assert scale.low is not None
    assert scale.high is not None
    assert Decimal(1) <= scale.low <= scale.mean <= scale.high <= Decimal(5)


_SHARES = st.lists(st.decimals(0, 1, places=3), min_size=1, max_size=30)


@given(_SHARES)
def test_a_score_lies_in_its_interval_and_between_0_and_100(shares: Sequence[Decimal]) -> None:
    found = score_of(shares, 1)
    assert found.score is not None
    assert found.low is not None
    assert found.high is not None
    assert Decimal(0) <= found.low <= found.score <= found.high <= Decimal(100)
    assert found == score_of(list(reversed(shares)), 1)


@given(_SHARES, st.integers(1, 5))
def test_answering_more_often_makes_no_voice_louder(shares: Sequence[Decimal], times: int) -> None:
    once = [Voice(FIRST, 1, Decimal(1)), *(Voice(SECOND, 1, one) for one in shares)]
    often = [Voice(FIRST, 1, Decimal(1))] * times + once[1:]
    assert score_departments(once, {1: 1}) == score_departments(often, {1: 1})
    assert score_departments(once, {1: 1})[1].n == 2
