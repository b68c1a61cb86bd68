"""How both languages say days, numbers, lengths of time and plurals."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from hotline.kernel.clock import SHANGHAI
from web.i18n import LANGUAGES, negotiate, translator

NOW = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
LENGTHS = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=4000))
_SIZES = {"d": 86400, "天": 86400, "h": 3600, "小时": 3600, "min": 60, "分": 60, "s": 1, "秒": 1}
_PART = re.compile(r"(\d+) ?(天|小时|分|秒|min|d|h|s)")


@pytest.mark.parametrize("language", LANGUAGES)
@given(length=LENGTHS)
def test_a_length_of_time_is_said_in_its_two_largest_units(
    language: str, length: timedelta
) -> None:
    said = translator(language).duration(length)
    parts = [(int(count), _SIZES[unit]) for count, unit in _PART.findall(said)]
    assert 1 <= len(parts) <= 2, said
    told = sum(count * size for count, size in parts)
    whole = int(length.total_seconds())
    assert told <= whole < told + max(parts[-1][1], 1) or (len(parts) == 1 and told <= whole)
    assert whole - told < parts[0][1]
    assert [size for _, size in parts] == sorted((size for _, size in parts), reverse=True)


@pytest.mark.parametrize("language", LANGUAGES)
@given(length=LENGTHS)
def test_what_is_left_and_what_is_over_say_the_same_length(
    language: str, length: timedelta
) -> None:
    t = translator(language)
    assert t.duration(length) in t.remaining(NOW + length, NOW)
    if length >= timedelta(minutes=1):
        assert t.duration(length) in t.ago(NOW - length, NOW)
        assert t.remaining(NOW - length, NOW) != t.remaining(NOW + length, NOW)
    assert t.duration(-length) == t.duration(length)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1,000"),
        (1234567, "1,234,567"),
        (-1234, "-1,234"),
        (0.5, "0.5"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_big_and_negative_numbers(language: str, value: float, said: str) -> None:
    assert translator(language).number(value) == said


@pytest.mark.parametrize(
    ("n", "english", "chinese"),
    [
        (0, "0 tickets", "0"),
        (1, "1 ticket", "1"),
        (2, "2 tickets", "2"),
        (1000, "1,000 tickets", "1,000"),
    ],
)
def test_one_and_many(n: int, english: str, chinese: str) -> None:
    one, many = "{n} ticket", "{n} tickets"
    shown = translator("en").number(n)
    assert translator("en").plural(one, many, n).replace(str(n), shown) == english
    assert translator("zh_CN").plural(one, many, n).replace(str(n), shown).startswith(chinese)


@given(day=st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 12, 31)))
def test_a_day_is_written_alike_in_both(day: date) -> None:
    assert {translator(one).day(day) for one in LANGUAGES} == {day.isoformat()}


@given(at=st.datetimes(min_value=datetime(2000, 1, 2), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_an_instant_is_read_in_shanghai(at: datetime) -> None:
    at = at.replace(tzinfo=UTC)
    local = at.astimezone(SHANGHAI)
    for one in LANGUAGES:
        t = translator(one)
        assert t.instant(at) == f"{local:%Y-%m-%d %H:%M}"
        assert t.instant(at) == f"{t.day(at)} {t.clock_time(at)}"


@given(
    chosen=st.sampled_from([None, *LANGUAGES]),
    cookie=st.sampled_from([None, "", "fr", *LANGUAGES]),
    accept=st.text(alphabet="enzh-,;q=.019 CN", max_size=40),
)
def test_the_account_comes_before_the_cookie_before_the_browser(
    chosen: str | None, cookie: str | None, accept: str
) -> None:
    found = negotiate(chosen=chosen, cookie=cookie, accept=accept)
    assert found in LANGUAGES
    if chosen:
        assert found == chosen
    elif cookie in LANGUAGES:
        assert found == cookie


@pytest.mark.parametrize("language", LANGUAGES)
def test_units_of_the_browser_are_those_of_the_server(language: str) -> None:
    t = translator(language)
    units = t.units()
    said = units["join"].join((units["day"].replace("{n}", "2"), units["hour"].replace("{n}", "3")))
    assert said == t.duration(timedelta(days=2, hours=3, minutes=59))
