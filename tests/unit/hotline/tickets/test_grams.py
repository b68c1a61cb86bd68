"""Text cut so that it is found: no word is missed, none is found that is not there."""

import pytest
from hypothesis import given, settings, strategies as st

from hotline.tickets.grams import SEPARATOR, Word, fold, grams_of, holds_all, mark, words_of

_SAID = st.text(
    alphabet=st.one_of(
        st.sampled_from("路灯不亮漏水 abAB12ＡＢ１２％%_\\\"'“”*?|&!()-😀👨‍👩‍👧é臺台\n\t\x00\x1f"),
        st.characters(),
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("WiFi", "wifi"),
        ("路灯\t不亮\n", "路灯 不亮 "),
        ("臺灣", "臺灣"),
        ("５０％", "50%"),
        ("e\u0301", "é"),
        ("ﾃﾞ", "テ\u3099"),
        ("a\x00b\x1fc", "a b c"),
    ],
)
def test_width_case_and_space_are_evened_out(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("路灯 不亮", ["路灯", "不亮"]),
        ('"路灯 不亮" 小区', ["路灯 不亮", "小区"]),
        ("“路灯 不亮”", ["路灯 不亮"]),
        ("路灯 路灯", ["路灯"]),
        ('5" 管', ['5"', "管"]),
        ('"" " "', []),
        ("title:路灯* OR (a|b)", ["title:路灯*", "or", "(a|b)"]),
        ("'; DROP TABLE tickets; --", ["';", "drop", "table", "tickets;", "--"]),
        ("  ", []),
    ],
)
def test_only_space_and_double_quotes_mean_something(question: str, words: list[str]) -> None:
    assert [word.text for word in words_of(question)] == words


@settings(max_examples=400)
@given(pieces=st.lists(_SAID, max_size=4), question=_SAID)
def test_what_the_index_finds_is_what_stands_there(pieces: list[str], question: str) -> None:
    words = words_of(question)
    folded = [fold(piece) for piece in pieces]
    numbers = grams_of(folded)
    joined = SEPARATOR.join(folded)
    by_index = all(
        word.grams <= numbers and (word.is_exact or word.text in joined) for word in words
    )
    assert by_index == holds_all(words, folded)


@settings(max_examples=200)
@given(text=_SAID, begin=st.integers(0, 40), length=st.integers(1, 12))
def test_every_part_of_a_text_is_found_in_it(text: str, begin: int, length: int) -> None:
    folded = fold(text)
    part = folded[begin : begin + length]
    if part and not part.isspace():
        assert Word(part).grams <= grams_of([folded])


@given(text=_SAID)
def test_folding_twice_changes_nothing_and_leaves_no_separator(text: str) -> None:
    once = fold(text)
    assert SEPARATOR not in once
    assert "\x00" not in once
    once.encode()


def test_one_and_two_characters_need_no_second_look() -> None:
    assert Word("路").is_exact
    assert Word("路灯").is_exact
    assert Word("😀").is_exact
    assert not Word("路灯亮").is_exact
    assert not Word("路😀").is_exact


def test_the_numbers_fit_and_marks_are_like_no_text() -> None:
    numbers = grams_of(["".join(map(chr, range(0x20, 0xD800, 7))), "😀🚧"])
    assert all(-(2**31) <= number < 2**31 for number in numbers)
    assert not numbers & set(range(0x10000))
    assert 0 <= mark("category", "urban.roads") < 0x10000


def test_wildcards_of_like_are_characters() -> None:
    assert Word("50%_\\").pattern == "%50\\%\\_\\\\%"
