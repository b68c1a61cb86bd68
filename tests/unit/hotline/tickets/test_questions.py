"""What a category asks, and which answers stand."""

import pytest
from hypothesis import given, strategies as st

from hotline.tickets.questions import (
    ANSWER_MAX,
    AnswerFault,
    Choice,
    Datatype,
    Fault,
    Question,
    check_answers,
    shown,
    stop_of,
)

_F = AnswerFault
CHOICES = (
    Choice("D1", "一天内", "Within a day"),
    Choice("W1", "一周内", "Within a week"),
    Choice("GAS", "闻到燃气味", "Smells of gas", "请立即开窗离开，拨打119", "Leave, ring 119"),
)


def _question(datatype: Datatype, *, required: bool = False, code: str = "Q") -> Question:
    is_list = datatype in {Datatype.ONE, Datatype.MANY}
    return Question(code, datatype, required, 1, "多久了", "How long", choices=CHOICES * is_list)


@pytest.mark.parametrize(
    ("datatype", "values", "fault"),
    [
        (Datatype.STRING, ["16度"], None),
        (Datatype.STRING, ["a", "b"], _F.ONE_ONLY),
        (Datatype.STRING, ["x" * (ANSWER_MAX + 1)], _F.TOO_LONG),
        (Datatype.STRING, ["x" * ANSWER_MAX], None),
        (Datatype.NUMBER, ["14.5"], None),
        (Datatype.NUMBER, ["-3"], None),
        (Datatype.NUMBER, ["十四"], _F.NOT_A_NUMBER),
        (Datatype.NUMBER, ["nan"], _F.NOT_A_NUMBER),
        (Datatype.NUMBER, ["1e9"], _F.NOT_A_NUMBER),
        (Datatype.DATETIME, ["2026-11-21T09:30:00+08:00"], None),
        (Datatype.DATETIME, ["2026-11-21T01:30:00Z"], None),
        (Datatype.DATETIME, ["2026-11-21T09:30:00"], _F.NOT_A_TIME),
        (Datatype.DATETIME, ["昨天"], _F.NOT_A_TIME),
        (Datatype.ONE, ["D1"], None),
        (Datatype.ONE, ["D1", "W1"], _F.ONE_ONLY),
        (Datatype.ONE, ["X"], _F.NO_SUCH_CHOICE),
        (Datatype.MANY, ["W1", "D1"], None),
        (Datatype.MANY, ["W1", "X"], _F.NO_SUCH_CHOICE),
    ],
)
def test_an_answer_stands_or_is_refused(
    datatype: Datatype, values: list[str], fault: AnswerFault | None
) -> None:
    answers, faults = check_answers([_question(datatype)], {"Q": values})
    assert faults == ([] if fault is None else [Fault("Q", fault)])
    assert answers == ({"Q": values} if fault is None else {})


@pytest.mark.parametrize("values", [[], [""], ["  "]])
def test_nothing_is_no_answer(values: list[str]) -> None:
    asked = _question(Datatype.TEXT)
    assert check_answers([asked], {"Q": values}) == ({}, [])
    required = _question(Datatype.TEXT, required=True)
    assert check_answers([required], {"Q": values}) == ({}, [Fault("Q", _F.MISSING)])


def test_every_fault_is_named() -> None:
    questions = [_question(Datatype.ONE, required=True, code=code) for code in ("A", "B")]
    _, faults = check_answers(questions, {"C": ["x"]})
    assert faults == [
        Fault("C", _F.NO_SUCH_QUESTION),
        Fault("A", _F.MISSING),
        Fault("B", _F.MISSING),
    ]


def test_several_answers_keep_their_order_and_stand_once() -> None:
    answers, _ = check_answers([_question(Datatype.MANY)], {"Q": ["W1", "D1", "W1"]})
    assert answers == {"Q": ["W1", "D1"]}
    assert shown(_question(Datatype.MANY), answers["Q"]) == (
        "一周内、一天内",
        "Within a week, Within a day",
    )


def test_an_answer_may_end_the_intake() -> None:
    questions = [_question(Datatype.ONE)]
    assert stop_of(questions, {"Q": ["D1"]}) is None
    assert stop_of(questions, {"Q": ["GAS"]}) == CHOICES[2]


@given(
    st.sampled_from(Datatype),
    st.booleans(),
    st.dictionaries(st.sampled_from(["Q", "X"]), st.lists(st.text(max_size=20), max_size=3)),
)
def test_whatever_comes_is_an_answer_or_a_fault(
    datatype: Datatype,
    required: bool,  # drawn
    values: dict[str, list[str]],
) -> None:
    answers, faults = check_answers([_question(datatype, required=required)], values)
    assert not answers.keys() & {fault.code for fault in faults}
    assert answers.keys() <= {"Q"}
    assert ("X" in values) is (Fault("X", _F.NO_SUCH_QUESTION) in faults)
