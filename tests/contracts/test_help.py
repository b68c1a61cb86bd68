"""Help is whole: every field, list, word and picture has what it promises."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest
from babel.messages.pofile import read_po
from litestar import Litestar

from hotline.kernel.settings import Settings
from hotline.people.permissions import ASSIGNABLE_ROLES
from hotline.people.principal import Principal
from hotline.practice.rules import TASKS
from tests.support.guides import SHOTS
from web.app import create_app
from web.help.empty import ABOUT, advice_for
from web.help.fields import HELP, OBVIOUS, help_for
from web.help.guides import (
    FOLDERS,
    GUIDES,
    PICTURES,
    find_guide,
    guide_of,
    guide_page,
    pictures,
    search_guides,
    written_in,
)
from web.help.words import OTHERS, word_groups
from web.i18n import CATALOGUE, LANGUAGES, translate, translator
from web.labels import LABELS
from web.pages.action_forms import FORMS
from web.resources import Resources

MOST_BYTES = 4 * 2**20
MOST_PICTURES = 40


@pytest.fixture(scope="module")
def paths() -> set[str]:
    app: Litestar = create_app(Settings(), cast("Resources", None))
    return {route.path for route in app.routes}


def _is_served(path: str, paths: set[str]) -> bool:
    pattern = {re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(one)) for one in paths}
    return any(re.fullmatch(one, path) for one in pattern)


def test_every_field_of_an_action_has_a_label_and_help_or_is_obvious() -> None:
    for action, form in FORMS.items():
        for field in form.fields:
            assert field.text, (action, field.name)
            has_help = field.hint or help_for(f"{action.value}-{field.name}", field.name)
            assert has_help or field.name in OBVIOUS, (
                f"{action.value}.{field.name}: say what is meant"
            )


def test_help_stands_beside_a_field_that_is_there() -> None:
    names = {field.name for form in FORMS.values() for field in form.fields}
    for key in HELP:
        action, _, name = key.rpartition(".")
        if action:
            assert any(a.value == action for a in FORMS), key
            assert name in names, key
    assert names >= OBVIOUS


def test_every_list_that_is_explained_is_a_page_and_leads_to_one(paths: set[str]) -> None:
    for path, about in ABOUT.items():
        assert _is_served(path.replace("*", "other"), paths), path
        if about.href:
            assert _is_served(about.href, paths), (path, about.href)
            assert about.text


def test_tasks_lead_to_pages(paths: set[str]) -> None:
    for task in TASKS:
        for step in task.steps:
            assert step.href is None or _is_served(step.href, paths), step.href


def test_advice_knows_a_filter_from_a_place_in_the_list() -> None:
    somebody = Principal(frozenset())
    for query, expected in (
        ("", False),
        ("after=x", False),
        ("level=red", True),
        ("level=", False),
    ):
        advice = advice_for("/tickets", query, somebody)
        assert advice is not None
        assert advice.is_filtered is expected
        assert advice.href is None
        assert advice.take() is advice
        assert advice.take() is None
    assert advice_for("/nowhere", "", somebody) is None


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_word_is_explained_in_both_languages(language: str) -> None:
    groups = word_groups(translator(language))
    assert groups[0].code == "words"
    for group in groups:
        assert all(word.name and word.meaning for word in group.words), group.code
    for kind in ("Status", "Hold", "ClockKind", "Level", "Indicator", "Grade", "Role"):
        members = next(kind_ for kind_ in LABELS if kind_.__name__ == kind)
        told = {word.code for group in groups for word in group.words}
        assert {str(member.value) for member in members} <= told, kind
    for _, name, meaning in OTHERS:
        assert translate("zh_CN", name) != name
        assert translate("zh_CN", meaning) != meaning


def test_every_role_has_a_guide() -> None:
    for guide in GUIDES:
        assert find_guide(guide.code), guide.code
    for role in ASSIGNABLE_ROLES:
        assert find_guide(guide_of([role]).code)


def test_the_guides_are_one_to_one_in_both_languages() -> None:
    assert set(FOLDERS) == set(PICTURES) == set(LANGUAGES)
    codes = {guide.code for guide in GUIDES}
    for language, folder in FOLDERS.items():
        assert {path.stem for path in folder.glob("*.md")} == codes, language
    for code in codes:
        chinese, english = (guide_page(code, language) for language in LANGUAGES)
        assert chinese.language == "zh_CN"
        assert english.language == "en"
        assert [one.level for one in chinese.headings] == [one.level for one in english.headings]
        assert _pictures_named(code, "zh_CN") == _pictures_named(code, "en"), code


def test_where_a_guide_is_missing_the_chinese_one_is_given(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("web.help.guides.FOLDERS", dict(FOLDERS) | {"en": tmp_path})
        assert written_in("operator", "en") == "zh_CN"
        assert guide_page("operator", "en").title == guide_page("operator", "zh_CN").title
    assert written_in("operator", "en") == "en"


def _pictures_named(code: str, language: str) -> list[str]:
    source = rf"src=\"/help/pictures/{language}/([\w-]+)\.webp\""
    return re.findall(source, guide_page(code, language).body)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_of_a_guide_is_made_by_the_script_and_the_other_way_round(
    language: str,
) -> None:
    named = [name for guide in GUIDES for name in _pictures_named(guide.code, language)]
    assert sorted(named) == sorted(shot.name for shot in SHOTS)
    assert {path.stem for path in PICTURES[language].glob("*.webp")} == set(named)
    assert len(SHOTS) <= MOST_PICTURES
    assert all(pictures(language)[f"{name}.webp"].parent == PICTURES[language] for name in named)


def test_the_pictures_of_the_guides_are_small() -> None:
    paths = {path for language in LANGUAGES for path in pictures(language).values()}
    assert sum(path.stat().st_size for path in paths) < MOST_BYTES


@pytest.mark.parametrize("language", LANGUAGES)
def test_guides_speak_no_html_of_their_own(language: str) -> None:
    for guide in GUIDES:
        page = guide_page(guide.code, language)
        assert page.title
        assert not re.search(r"<script|javascript:|style=", page.body)
        assert all(heading.anchor for heading in page.headings)


def test_a_search_finds_where_all_words_stand() -> None:
    names = {guide.code: guide.code for guide in GUIDES}
    found = search_guides("首次密码 七天", names, "zh_CN")
    assert [(one.guide, one.anchor) for one in found] == [("administrator", "账号和首次密码")]
    found = search_guides("Cut Apart", names, "en")
    assert [(one.guide, one.anchor) for one in found] == [
        ("administrator", "accounts-and-first-passwords")
    ]
    for language in LANGUAGES:
        assert search_guides("  ", names, language) == []
        assert search_guides("没有这样的话", names, language) == []


def test_the_guides_quote_the_same_words_of_the_screens_in_both_languages() -> None:
    in_chinese: dict[str, set[str]] = {}
    with CATALOGUE.open("rb") as stream:
        for message in read_po(stream, locale="zh_CN"):
            for text in _all(message.id):
                in_chinese.setdefault(text, set()).add(_all(message.string or "")[0])
    for guide in GUIDES:
        chinese = set(re.findall(r"「([^」]+)」", guide_page(guide.code, "zh_CN").body))
        english = set(re.findall(r"“([^”]+)”", guide_page(guide.code, "en").body))
        english = {text.replace("&amp;", "&") for text in english}
        assert english <= set(in_chinese), (guide.code, english - set(in_chinese))
        told = {text for one in english for text in in_chinese[one]}
        assert english
        assert told == chinese, (guide.code, told ^ chinese)


def _all(words: str | Sequence[str]) -> Sequence[str]:
    return (words,) if isinstance(words, str) else words
