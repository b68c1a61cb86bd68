"""The Chinese catalogue is complete, and dates and durations read as people say them."""

from datetime import UTC, datetime, timedelta

import pytest

from web import i18n
from web.i18n import negotiate, translate, translator

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


def test_every_message_has_its_translation() -> None:
    assert i18n.check() == []


@pytest.mark.parametrize(
    ("seconds", "chinese", "english"),
    [
        (0, "0秒", "0 s"),
        (59, "59秒", "59 s"),
        (60, "1分", "1 min"),
        (95, "1分35秒", "1 min 35 s"),
        (8100, "2小时15分", "2 h 15 min"),
        (86400 * 3 + 60, "3天", "3 d"),
        (86400 * 3 + 7200, "3天2小时", "3 d 2 h"),
        (-8100, "2小时15分", "2 h 15 min"),
    ],
)
def test_a_duration_is_said_in_its_two_largest_units(
    seconds: int, chinese: str, english: str
) -> None:
    assert translator("zh_CN").duration(seconds) == chinese
    assert translator("en").duration(timedelta(seconds=seconds)) == english


def test_what_remains_and_what_is_late() -> None:
    assert translator("zh_CN").remaining(NOON + timedelta(minutes=135), NOON) == "剩余2小时15分"
    assert translator("en").remaining(NOON - timedelta(minutes=5), NOON) == "5 min overdue"
    assert translator("en").ago(NOON - timedelta(hours=3), NOON) == "3 h ago"
    assert translator("zh_CN").ago(NOON, NOON) == "刚刚"


def test_instants_are_read_in_shanghai() -> None:
    assert translator("zh_CN").instant(NOON) == "2026-11-21 12:00"
    assert translator("zh_CN").day(datetime(2026, 11, 21, 20, 0, tzinfo=UTC)) == "2026-11-22"
    assert translator("zh_CN").clock_time(NOON) == "12:00"
    assert translator("en").number(12345) == "12,345"


@pytest.mark.parametrize(
    ("chosen", "cookie", "accept", "spoken"),
    [
        (None, None, None, "zh_CN"),
        (None, None, "en-GB,en;q=0.9", "en"),
        (None, None, "fr,en;q=0.3,zh-TW;q=0.8", "zh_CN"),
        (None, None, "*;q=x", "zh_CN"),
        (None, "zh_CN", "en", "zh_CN"),
        ("en", "zh_CN", None, "en"),
        ("xx", "yy", "en", "en"),
    ],
)
def test_the_account_comes_before_the_cookie_before_the_browser(
    chosen: str | None, cookie: str | None, accept: str | None, spoken: str
) -> None:
    assert negotiate(chosen=chosen, cookie=cookie, accept=accept) == spoken


def test_a_missing_parameter_never_breaks_a_page() -> None:
    assert translate("en", "There is no ticket {number}", {"other": 1}) == (
        "There is no ticket {number}"
    )
