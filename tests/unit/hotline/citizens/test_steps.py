"""The way from the first page to the last, and what is kept on it."""

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from hotline.citizens.steps import (
    STEP_FIELDS,
    TITLE_LENGTH,
    SubmitStep,
    first_open,
    is_filled,
    kept_of,
    merged,
    number_of,
    step_after,
    step_before,
    title_of,
    way,
)

S = SubmitStep
WHOLE = {"request_type": ["help"], "content": ["灯不亮"], "address": ["解放路"], "phone": ["1"]}


def test_three_steps_are_counted() -> None:
    assert [number_of(step) for step in S] == [1, 2, 2, 3, 4]


@pytest.mark.parametrize("asks", [True, False])
def test_forward_and_back_is_the_same_way(asks: bool) -> None:
    pages = way(asks=asks)
    assert (S.DETAILS in pages) is asks
    for one, other in pairwise(pages):
        assert step_after(one, asks=asks) is other
        assert step_before(other, asks=asks) is one
    assert step_before(S.WHAT, asks=asks) is None
    assert step_after(S.CHECK, asks=asks) is S.CHECK


@pytest.mark.parametrize(
    ("missing", "step"),
    [("request_type", S.WHAT), ("content", S.WHAT), ("address", S.WHERE), ("phone", S.WHO)],
)
def test_the_first_page_with_something_missing_comes_first(missing: str, step: S) -> None:
    fields = {name: values for name, values in WHOLE.items() if name != missing}
    assert first_open(fields, asks=False, is_answered=True) is step
    assert not is_filled(step, fields)


def test_whole_leads_to_the_last_page() -> None:
    assert first_open(WHOLE, asks=False, is_answered=True) is S.CHECK
    assert first_open(WHOLE, asks=True, is_answered=False) is S.DETAILS
    place = {**WHOLE, "address": [], "lat": ["36.6"]}
    assert first_open(place, asks=False, is_answered=True) is S.CHECK
    mail = {**WHOLE, "phone": [" "], "email": ["a@b.cn"]}
    assert first_open(mail, asks=False, is_answered=True) is S.CHECK


def test_a_page_says_nothing_of_the_others() -> None:
    sent = {"content": ["neu"], "phone": ["fremd"], "request_type": [""], "_csrf_token": ["x"]}
    kept = kept_of(S.WHAT, sent)
    assert set(kept) == set(STEP_FIELDS[S.WHAT])
    assert merged(WHOLE, kept) == {"content": ["neu"], "address": ["解放路"], "phone": ["1"]}


def test_answers_belong_to_their_category() -> None:
    begun = merged(WHOLE, {"category": ["urban"], **kept_of(S.DETAILS, {"answer.lamps": ["3"]})})
    assert "answer.lamps" not in begun
    answered = merged(begun, kept_of(S.DETAILS, {"answer.lamps": ["3"]}))
    assert answered["answer.lamps"] == ["3"]
    assert "answer.lamps" in merged(answered, {"category": ["urban"]})
    assert "answer.lamps" not in merged(answered, {"category": ["housing"]})


@given(st.lists(st.sampled_from(list(S))), st.data())
def test_whatever_the_order_the_last_word_of_each_page_stands(
    order: list[S], data: st.DataObject
) -> None:
    """Two windows, back and forth: no page undoes what another one said."""
    fields: dict[str, list[str]] = {}
    said: dict[str, list[str]] = {}
    for step in order:
        sent = {name: [data.draw(st.sampled_from(["", "a", "b"]))] for name in STEP_FIELDS[step]}
        fields = merged(fields, kept_of(step, sent))
        said |= sent
    assert fields == {name: values for name, values in said.items() if values != [""]}


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("路灯不亮。已经一周了", "路灯不亮"),
        ("路灯\n不亮", "路灯 不亮"),
        ("好。路灯不亮", "好。路灯不亮"),
        ("The lamp is out. Since Monday.", "The lamp is out"),
    ],
)
def test_a_title_is_the_first_sentence(content: str, title: str) -> None:
    assert title_of(content) == title


@given(st.text(min_size=1, max_size=200))
def test_a_title_is_never_too_long(content: str) -> None:
    assert len(title_of(content)) <= TITLE_LENGTH
