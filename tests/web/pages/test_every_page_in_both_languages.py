"""Every page in both languages: no Chinese in the English one that is not somebody's own words, and
no English in the Chinese one that is not a name.

What stands in the city's database is data, whichever language it is in; all else is ours.
"""

import enum
import re
from collections.abc import Mapping
from contextlib import suppress
from html.parser import HTMLParser

import pytest

from tests.support.peopled import Opened
from tests.support.samples import page_routes, sample_of
from web.i18n import DEFAULT_LANGUAGE, LANGUAGE_NAMES, translate
from web.labels import LABELS

SPOKEN = ("aria-label", "alt", "placeholder", "title", "label")
"""Attributes that people are told."""

SAID = ("data-say", "data-confirm", "data-unit-", "data-key-words")
"""What scripts say for the server."""

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "use", "wbr"}

SHOWN_OFF = frozenset({"/style"})
"""Pages that show how both languages are set."""

SILENT = {"script", "style", "code", "kbd", "samp", "pre", "template"}
"""What holds no words of a language."""

NAMES = frozenset(
    (
        *("Alt", "Ctrl", "Enter", "Esc", "Open", "Shift", "Tab"),
        *(
            "API",
            "APP",
            "BOM",
            "GET",
            "GPS",
            "HMAC",
            "HTML",
            "HTTP",
            "HTTPS",
            "IMAP",
            "POST",
            "PUT",
        ),
        *("CSV", "DOCX", "Excel", "JPEG", "JSON", "Markdown", "PDF", "PNG", "WAV", "Word", "WPS"),
        *("KiB", "SHA", "SLA", "SMTP", "TLS", "URL", "UTF", "XLSX", "XML", "ZIP"),
        *("Bearer", "Email", "English", "GeoReport", "Token", "Webhook"),
    )
)
"""Names that are the same in Chinese."""

_PLACE = re.compile(r"\{\w+\}|HOTLINE_\w+")
_CHINESE = re.compile(r"[㐀-鿿]+")
_ENGLISH = re.compile(r"[A-Za-z]{3,}")


class Words(HTMLParser):
    """The words of a page in its own language, as they are read or read out.

    What is marked as being in another language (WCAG 3.1.2) is left out with all that is in it.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.title = ""
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._language = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        language = given.get("lang")
        if tag == "html":
            self._language = str(language)
        is_silent = self._is_silent or tag in SILENT
        is_silent |= language is not None and language != self._language
        if not is_silent:
            self.found += [str(given[name]) for name in SPOKEN if given.get(name)]
            self.found += [text for name, text in attrs if text and name.startswith(SAID)]
        if tag not in VOID:
            self._open.append((tag, is_silent))

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1][0] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] == "title":
            self.title += data
        if not self._is_silent and data.strip():
            self.found.append(" ".join(data.split()))

    @property
    def _is_silent(self) -> bool:
        return bool(self._open) and self._open[-1][1]


@pytest.fixture(scope="module")
async def said_by_people(open_city: Opened) -> str:
    """All that is written in the database, as one text."""
    names = await open_city.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    )
    texts = []
    for (name,) in names:
        texts += [str(row[0]) for row in await open_city.rows(f"SELECT t::text FROM {name} t")]
    # What is encrypted there is people's words as well: letters, reports to the discipline body.
    secret = await _decrypted(open_city)
    return "\n".join([*texts, *secret, *LANGUAGE_NAMES.values()])


async def _decrypted(city: Opened) -> list[str]:
    columns = await city.rows(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type = 'bytea'"
    )
    found = []
    for table, column in columns:
        for (value,) in await city.rows(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL"):
            with suppress(Exception):  # a digest, or bytes that are no words
                found.append(city.cipher.decrypt(value) or "")
    return found


@pytest.fixture(scope="module")
async def codes(open_city: Opened) -> Mapping[str, str]:
    """Values of enumerations that have a word, with that word; but for the names of people and units."""
    taken = await open_city.rows(
        "SELECT username FROM users UNION SELECT code FROM departments UNION SELECT code FROM categories"
        " UNION SELECT code FROM peer_groups UNION SELECT code FROM sla_policies"
    )
    names = {str(row[0]) for row in taken}
    found = {}
    for kind, labels in LABELS.items():
        assert issubclass(kind, enum.Enum)
        for member, word in labels.items():
            value = str(member.value)
            if re.fullmatch(r"[a-z_]{4,}", value) and value not in names:
                found[value] = translate(DEFAULT_LANGUAGE, word)
    return found


TITLES: dict[tuple[str, str, str], dict[str, str]] = {}
"""Where a title was read, by language, words and reader."""


@pytest.mark.parametrize("route", page_routes())
async def test_a_page_speaks_one_language(
    open_city: Opened, said_by_people: str, codes: Mapping[str, str], route: str
) -> None:
    sample = await sample_of(open_city, route)
    if not sample.is_whole or route in SHOWN_OFF:
        return
    faults = []
    for language in ("zh-CN", "en"):
        page = Words((await open_city.get(sample.who, sample.path, language)).text)
        told = f"{sample.path} as {sample.who or 'the public'} in {language}"
        find = foreign_to_english if language == "en" else foreign_to_chinese
        own = said_by_people + sample.path
        faults += [
            f"{told}: {word!r} in {text[:80]!r}" for text in page.found for word in find(text, own)
        ]
        faults += [
            f"{told}: the bare code {text!r}, not {codes[text]!r}"
            for text in page.found
            if language == "zh-CN" and text in codes
        ]
        title = page.title.partition(" · ")[0].strip()
        if not title:
            faults.append(f"{told}: no title")
        there = TITLES.setdefault((language, title, sample.who), {})
        there[route] = sample.path
    assert faults == []


def foreign_to_english(text: str, own: str) -> list[str]:
    """Return Chinese that nobody of the city has written."""
    return [word for word in _CHINESE.findall(text) if word not in own]


def foreign_to_chinese(text: str, own: str) -> list[str]:
    """Return English that is neither a name nor somebody's own."""
    words = [word for word in _ENGLISH.findall(_PLACE.sub("", text)) if word not in NAMES]
    return [word for word in words if word not in own]


def test_pages_are_told_apart_by_their_titles() -> None:
    doubled = {words: where for words, where in TITLES.items() if len(where) > 1}
    assert doubled == {}, "pages of different routes have the same title"


def test_words_are_read_off_a_page() -> None:
    page = Words(
        '<html lang="en"><title>A · B</title><p title="Tip">Hello <b>you</b><code>x</code></p>'
        '<input placeholder="Type"><button data-confirm="Sure?">Go</button></html>'
    )
    assert page.title == "A · B"
    assert page.found == ["A · B", "Tip", "Hello", "you", "Type", "Sure?", "Go"]
    assert foreign_to_english("Unit 城市 of 市民", "城市") == ["市民"]
    assert foreign_to_chinese("状态 Signed CSV", "") == ["Signed"]
