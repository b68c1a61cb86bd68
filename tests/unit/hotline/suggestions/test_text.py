"""What features see of a text, whatever was typed."""

import re

import pytest
from hypothesis import given, strategies as st

from hotline.suggestions.features import SPACE, count, words_of
from hotline.suggestions.text import FEWEST, LONGEST, is_enough, plain

PHONES = (
    "13900001234",
    "139 0000 1234",
    "１３９００００１２３４",
    "0512-65001234",
    "320501199001011234",
)


@pytest.mark.parametrize("phone", PHONES)
def test_numbers_of_persons_never_become_features(phone: str) -> None:
    """A text with a telephone number has the very features of one with another number."""
    text = plain("路灯不亮", f"请回电{phone}，谢谢")
    assert not re.search(r"[1-9]", text)
    bare = "1" * len(re.sub(r"\D", "", phone)) if " " not in phone and "-" not in phone else phone
    other = plain("路灯不亮", f"请回电{bare.translate(str.maketrans('139', '827'))}，谢谢")
    assert list(count(text).ids) == list(count(other).ids)
    assert not any(map(str.isdigit, "".join(words_of(text))))


def test_addresses_of_mail_are_cut_out() -> None:
    assert "@" not in plain("投诉", "联系 zhang.san@example.com 即可")
    assert "zhang" not in plain("投诉", "联系 zhang.san@example.com 即可")


@pytest.mark.parametrize(
    ("title", "content", "enough"),
    [
        ("", "", False),
        ("路", "", False),
        ("路灯", "", False),
        ("😀😀😀😀😀😀", "", False),
        ("13900001234", "！！！？？？", False),
        ("路灯不亮", "", True),
        ("", "no light", True),
        ("俺家门口", "灯冇得光哒", True),
    ],
)
def test_what_says_enough(title: str, content: str, enough: bool) -> None:
    assert is_enough(title, content) is enough


def test_the_title_counts_twice_and_long_texts_are_cut() -> None:
    assert plain("路灯", "不亮") == "路灯 路灯 不亮"
    assert plain("", "不亮") == plain("不亮") == "不亮"
    assert len(plain("题", "字" * 10_000)) == LONGEST


@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_is_typed_becomes_features(title: str, content: str) -> None:
    found = count(plain(title, content))
    assert len(found.ids) == len(set(found.ids.tolist())) == len(found.counts)
    assert all(number < SPACE for number in found.ids)
    assert list(found.ids) == sorted(found.ids)
    assert FEWEST > 0
