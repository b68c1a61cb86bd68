"""The page of the looks: for everybody signed in, in both languages, and nothing is left out."""

import re

import pytest

from hotline.sla.policy import Level
from tests.web.pages.conftest import Person, PersonAs, said
from web.i18n import translate
from web.labels import label
from web.views.static_files import STATIC
from web.views.style import GROUPS, icons, tokens

TOKENS = (STATIC / "tokens.css").read_text(encoding="utf-8")
SHEET = (STATIC / "style.css").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["operator", "handler.chengguan", "observer", "admin"])
async def test_whoever_is_signed_in_reads_how_pages_are_made(
    person_as: PersonAs, name: str
) -> None:
    assert (await person_as(name).get("/style")).status_code == 200


async def test_a_stranger_does_not(stranger: Person) -> None:
    assert (await stranger.get("/style")).headers["location"].startswith("/sign-in")


async def test_it_shows_everything_in_both_languages(person_as: PersonAs) -> None:
    operator = person_as("operator")
    colours, sizes = tokens()
    for language in ("zh_CN", "en"):
        await operator.post("/language", {"language": language})
        page = (await operator.get("/style")).text
        words = said(page)
        for group in (*colours, *sizes):
            assert translate(language, group.text) in words
            for token in group.tokens:
                assert f"<code>{token.name}</code>" in page, token.name
        for name in icons():
            assert f"#{name}" in page
        for level in Level:
            assert translate(language, label(level)) in words


def test_every_value_of_the_sheet_has_its_place() -> None:
    colours, sizes = tokens()
    shown = {token.name for group in (*colours, *sizes) for token in group.tokens}
    root = TOKENS[TOKENS.index(":root {") : TOKENS.index("@media screen {")]
    for name, value in re.findall(r"(--[\w-]+):\s*([^;]+);", root):
        if name.startswith(("--type", "--space", "--radius", "--target", "--shadow")):
            assert f".sample-{name.removeprefix('--')} " in SHEET, name
            assert name in shown
        elif re.match(r"#|rgb\(", value):
            assert name in shown or name == "--backdrop", name
    assert {group.text for group in colours} == set(GROUPS.values())
