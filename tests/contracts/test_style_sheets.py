"""Colours stand in one sheet; day and night name the same ones; all of them can be read."""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

import pytest

from web.views.rendering import WEB
from web.views.static_files import STATIC

TOKENS = (STATIC / "tokens.css").read_text(encoding="utf-8")
SHEETS = sorted(p for p in STATIC.glob("*.css") if p.name != "tokens.css")
NAMED = (
    "aqua black blue brown crimson cyan fuchsia gold gray green grey indigo ivory lime magenta "
    "maroon navy olive orange pink plum purple red salmon silver tan teal tomato violet white yellow"
)
COLOUR = re.compile(
    r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color|color-mix|light-dark)\("
    rf"|(?<![\w-])(?:{NAMED.replace(' ', '|')})(?![\w-])",
    re.IGNORECASE,
)
DECLARATION = re.compile(r"(?:^|[{;])\s*([\w-]+)\s*:\s*([^;{}]+)(?=[;}])")
ENOUGH = 4.5
"""What WCAG asks between writing and its ground."""
ENOUGH_FOR_MARKS = 3.0
"""And between a mark or the rim of a field and what it stands on."""


def _values(sheet: str) -> Iterator[str]:
    without_comments = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    for name, value in DECLARATION.findall(without_comments):
        if name not in {"font-family", "grid-area", "grid-template-areas", "animation-name"}:
            yield f"{name}: {value.strip()}"


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_no_sheet_but_the_tokens_names_a_colour(sheet: Path) -> None:
    named = [line for line in _values(sheet.read_text(encoding="utf-8")) if COLOUR.search(line)]
    assert named == [], "take a token of tokens.css, or add one there in both themes"


def test_no_template_names_a_colour() -> None:
    said = re.compile(r"""\s(?:fill|stroke|color|bgcolor)=["'](?!none|currentColor|var\()""")
    for path in (WEB / "templates").rglob("*.html"):
        assert not said.search(path.read_text(encoding="utf-8")), path.name


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_every_token_that_is_used_is_there(sheet: Path) -> None:
    text = sheet.read_text(encoding="utf-8")
    used = set(re.findall(r"var\((--[\w-]+)\s*\)", text))
    known = set(re.findall(r"(--[\w-]+)\s*:", TOKENS + text))
    assert {name for name in used - known if not name.startswith("--tblr-")} == set()


def _block(selector: str) -> Mapping[str, str]:
    found = re.search(re.escape(selector) + r"\s*\{(.*?)\n\s*\}", TOKENS, re.DOTALL)
    assert found, selector
    text = re.sub(r"/\*.*?\*/", "", found[1], flags=re.DOTALL)
    return dict(re.findall(r"(--[\w-]+):\s*((?:\"[^\"]*\"|[^;])+);", text))


LIGHT = _block(":root")
DARK = _block('html[data-theme="dark"]')


def test_both_dark_blocks_say_the_same() -> None:
    assert _block('html[data-theme="auto"]') == DARK


def test_dark_has_a_value_for_every_colour_of_light() -> None:
    coloured = {
        name
        for name, value in LIGHT.items()
        if COLOUR.search(value) and not name.startswith("--paper")
    }
    assert coloured - DARK.keys() == set()
    assert {name for name in DARK if name not in LIGHT and not name.startswith("--tblr-")} == set()


def _luminance(text: str) -> float:
    parts = (int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _contrast(one: str, other: str) -> float:
    a, b = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (a + 0.05) / (b + 0.05)


GROUNDS = ("--surface", "--surface-soft", "--surface-hover", "--ground", "--chosen-ground")
WRITTEN = (
    *product(("--ink", "--ink-soft"), (*GROUNDS, "--plain-ground", "--primary-wash")),
    *product(("--tblr-primary", "--tblr-link-color", "--tblr-link-hover-color"), GROUNDS),
    *product(("--green", "--yellow", "--orange", "--red"), GROUNDS),
    ("--placeholder", "--surface"),
    ("--on-primary", "--tblr-primary"),
    ("--on-primary", "--tblr-primary-darken"),
    ("--primary-ink", "--primary-ground"),
    ("--plain-ink", "--plain-ground"),
    *((f"--{tone}", f"--{tone}-ground") for tone in ("green", "yellow", "orange", "red")),
    ("--on-red", "--red-solid"),
    ("--on-red", "--red-solid-strong"),
    ("--on-brand", "--brand"),
    *product(("--side-ink", "--side-soft", "--on-side"), ("--side",)),
    ("--on-side", "--side-active"),
    ("--on-side-late", "--side-late"),
    *(("--on-hop", f"--hop-{n}") for n in range(1, 7)),
    ("--ink", "--hop-none"),
    *(("--on-part", f"--part-{n}") for n in range(1, 7)),
)
MARKED = (
    *product(("--line-strong",), ("--surface", "--surface-soft")),
    *product(("--green-mark", "--yellow-mark", "--orange-mark", "--red-mark"), ("--surface",)),
    *((f"--{tone}-mark", f"--{tone}-ground") for tone in ("green", "yellow", "orange", "red")),
    ("--focus-rim", "--focus"),
    ("--chart-red", "--surface"),
    ("--chart-plain", "--surface"),
    ("--chart-whisker", "--surface"),
    *((f"--chart-line-{n}", "--surface") for n in (1, 2, 3)),
    *((f"--hop-{n}", "--surface") for n in range(1, 7)),
    *((f"--part-{n}", "--surface") for n in range(1, 7)),
)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_everything_can_be_read_by_day_and_by_night(theme: Mapping[str, str]) -> None:
    faint = [
        f"{ink} on {ground}: {_contrast(theme[ink], theme[ground]):.2f}"
        for pairs, least in ((WRITTEN, ENOUGH), (MARKED, ENOUGH_FOR_MARKS))
        for ink, ground in pairs
        if _contrast(theme[ink], theme[ground]) < least
    ]
    assert faint == []
