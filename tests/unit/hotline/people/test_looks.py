"""Looks: what is understood, what is kept, what falls back."""

import pytest
from hypothesis import given, strategies as st

from hotline.people.looks import Density, Looks, TextSize, Theme, read_looks

ALL = st.builds(
    Looks,
    theme=st.sampled_from(Theme),
    density=st.sampled_from(Density),
    size=st.sampled_from(TextSize),
)


@given(ALL)
def test_what_is_spelled_is_read_again(looks: Looks) -> None:
    assert read_looks(looks.spelled()) == looks


@given(st.text())
def test_nothing_that_a_browser_keeps_breaks_a_page(text: str) -> None:
    assert isinstance(read_looks(text), Looks)


@pytest.mark.parametrize(
    ("kept", "looks"),
    [
        (None, Looks()),
        ("", Looks()),
        ("dark", Looks(theme=Theme.DARK)),
        ("pink.roomy.large", Looks(density=Density.ROOMY, size=TextSize.LARGE)),
        ("light.dense.large.more", Looks(theme=Theme.LIGHT, size=TextSize.LARGE)),
    ],
    ids=["nothing", "empty", "half", "unknown word", "too much"],
)
def test_what_can_be_read_is_taken(kept: str | None, looks: Looks) -> None:
    assert read_looks(kept) == looks


@given(ALL)
def test_only_what_is_named_changes(looks: Looks) -> None:
    assert looks.changed() == looks
    assert looks.changed(theme="", density="", size="") == looks
    assert looks.changed(size="large") == Looks(looks.theme, looks.density, TextSize.LARGE)
