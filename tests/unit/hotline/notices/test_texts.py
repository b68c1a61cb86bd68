"""Texts: one for every kind in every language, with the same words as the screens, and no matter."""

import re
from pathlib import Path

import pytest

from hotline.notices import texts
from hotline.notices.requesters import RequesterNews
from hotline.notices.routing import DIGEST, SINGLE
from hotline.notices.texts import LANGUAGES, write
from hotline.sla.policy import ClockKind, Rung
from web.i18n import translate
from web.labels import label
from web.views.notices import KINDS as KIND_WORDS

FOLDER = Path(texts.__file__).parent
KINDS = [SINGLE, DIGEST, *(news.value for news in RequesterNews)]
WORDS = {
    "number": "2611210000017",
    "query_code": "ABC234",
    "link": "https://example.test/track",
    "expected_at": "2026-11-21T10:00:00+00:00",
    "due_at": "2026-11-21T10:00:00+00:00",
    "count": 500,
    "rungs": {"red": 300, "yellow": 199, "anything": 1},
    "tickets": ["2611210000017", "2611210000025"],
    "clock": "complete",
    "rung": "red",
    "late_by_seconds": 600,
    "needs_ack": True,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_message_has_its_words(kind: str, language: str) -> None:
    full = write(kind, language, WORDS)
    assert full.subject
    assert "\n" not in full.subject + full.body
    assert "None" not in full.body
    if kind in {news.value for news in RequesterNews}:
        for word in ("number", "query_code", "link"):
            assert str(WORDS[word]) in full.body
        if kind != RequesterNews.CLOSED:
            assert "2026-11-21 18:00" in full.body
        assert "2026" not in write(kind, language, WORDS | {"expected_at": None}).body
    if language == "en":
        assert not re.search(r"[\u4e00-\u9fff]", full.subject + full.body)


def test_every_file_is_a_message_of_ours() -> None:
    names = {path.name for path in FOLDER.glob("*.txt")}
    assert names == {f"{kind}.{one}.txt" for kind in [*KINDS, "words"] for one in LANGUAGES}


@pytest.mark.parametrize("kind", list(ClockKind))
def test_clocks_are_called_as_on_the_screens(kind: ClockKind) -> None:
    text = write(SINGLE, "zh_CN", {"number": "1", "clock": kind.value, "rung": "red"}).subject
    assert text == f"工单 1：{translate('zh_CN', label(kind))}已超时限"
    english = write(SINGLE, "en", {"number": "1", "clock": kind.value, "rung": "red"}).subject
    assert kind.value not in english or kind.value.isalpha()


@pytest.mark.parametrize("rung", list(Rung))
def test_every_step_has_its_words(rung: Rung) -> None:
    for language, unknown in (("zh_CN", "有新情况"), ("en", "news")):
        words = WORDS | {"rung": rung.value}
        assert unknown not in write(SINGLE, language, words).body


@pytest.mark.parametrize("kind", KIND_WORDS)
def test_other_kinds_are_named_as_on_the_screens(kind: str) -> None:
    chinese = write(SINGLE, "zh_CN", WORDS | {"kind": kind}).subject
    assert chinese == f"工单 2611210000017：{translate('zh_CN', KIND_WORDS[kind])}"
    english = write(SINGLE, "en", WORDS | {"kind": kind}).subject
    assert english.lower() == f"ticket 2611210000017: {KIND_WORDS[kind]}".lower()


def test_a_notice_of_an_unknown_kind_still_says_something() -> None:
    assert write(SINGLE, None, {"number": "1", "rung": None, "clock": None}).subject == (
        "工单 1：有新情况"
    )
    assert write(SINGLE, "xx", {}).body == "12345 热线：有新情况。请登录系统查看。"
