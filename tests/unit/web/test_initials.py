"""First letters of Chinese words, and what a palette finds by them."""

import pytest
from hypothesis import given, strategies as st

from web.views.initials import initials
from web.views.palette import found_by, page_commands, words_for
from web.views.rendering import NavGroup, NavItem


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("待受理", "dsl"),
        ("交接班", "jjb"),
        ("新建诉求", "xjsq"),
        ("知识库", "zsk"),
        ("啊", "a"),
        ("座", "z"),
        ("做", "z"),
        ("12345 Hotline", "12345hotline"),
        ("，。（）", ""),
        ("丌", ""),
        ("😀", ""),
        ("", ""),
    ],
)
def test_the_first_letters(text: str, letters: str) -> None:
    assert initials(text) == letters


@given(st.text())
def test_whatever_is_asked_is_answered_in_letters_and_digits(text: str) -> None:
    found = initials(text)
    assert len(found) <= len(text)
    assert found == found.lower()


def test_a_page_is_found_by_both_languages_letters_and_address() -> None:
    words = words_for("Shift hand-over", "desk handover")
    assert words == "交接班 jjb Shift hand-over desk handover"
    assert found_by("abc") == "abc"
    group = NavGroup("My work", [NavItem("Notices", "/notices", "bell")])
    [command] = page_commands([group, group])
    assert (command.href, command.group) == ("/notices", "My work")
