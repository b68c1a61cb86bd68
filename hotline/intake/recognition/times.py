"""When it happened: days and hours as callers tell them, counted from now."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta

from hotline.intake.recognition.found import FoundTime
from hotline.kernel.clock import SHANGHAI

_DIGITS = {
    **{str(n): n for n in range(10)},
    **dict(zip("零一二三四五六七八九", range(10), strict=True)),
}
_DIGITS |= {"〇": 0, "两": 2, "俩": 2}
_NUMBER = r"(?:\d{1,3}|[一二两三四五六七八九十]{1,3})"
_LATEST_HOUR = 23
_NOON = 12
_MOST = 20
_FULL_WIDTH = {ord("０") + n: str(n) for n in range(10)} | {ord("："): ":", ord("／"): "/"}


def chinese_number(words: str) -> int | None:
    """Return the number that digits or Chinese words below a hundred stand for; None for none."""
    if words.isdecimal():
        return int(words)
    tens, ten, ones = words.partition("十")
    if not ten:
        return _DIGITS.get(words)
    first = 1 if not tens else _DIGITS.get(tens)
    last = 0 if not ones else _DIGITS.get(ones)
    return None if first is None or last is None else first * 10 + last


_PARTS = {
    **dict.fromkeys(("凌晨", "半夜", "深夜"), 2),
    **dict.fromkeys(("早上", "清晨", "早晨", "今早", "一早"), 8),
    "上午": 10,
    "中午": 12,
    "下午": 15,
    "傍晚": 18,
    **dict.fromkeys(("晚上", "夜里", "夜间", "晚"), 20),
}
_LATE = frozenset({"下午", "傍晚", "晚上", "夜里", "夜间", "晚"})
_PART = "|".join(sorted(_PARTS, key=len, reverse=True))
_HOUR = (
    rf"(?:\s*的?(?P<part>{_PART}))?"
    rf"(?:\s*(?P<hour>{_NUMBER})(?:[点时](?P<half>半|(?P<minute>{_NUMBER})分?|整|钟)?|:(?P<colon>\d{{2}})))?"
)
_DAYS = {"大前天": 3, "前天": 2, "前晚": 2, "昨天": 1, "昨日": 1, "昨晚": 1, "昨夜": 1}
_DAYS |= {"今天": 0, "今日": 0, "今早": 0, "今晨": 0, "今晚": 0}
_SAID = {
    "昨晚": "晚上",
    "昨夜": "晚上",
    "前晚": "晚上",
    "今晚": "晚上",
    "今早": "早上",
    "今晨": "早上",
}
_WEEKDAYS = {**dict(zip("一二三四五六", range(6), strict=True)), "日": 6, "天": 6}
_WEEKDAYS |= {str(n + 1): n for n in range(6)}

_ISO = re.compile(
    r"(?<!\d)(?P<year>20\d{2})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})(?:日|号)?(?:T|\s)?"
    + _HOUR
    + r"(?!\d)"
)
_MONTH_DAY = re.compile(
    rf"(?<![\d年])(?P<month>{_NUMBER})月(?:份)?(?P<day>{_NUMBER})(?:日|号)" + _HOUR
)
_RELATIVE = re.compile(rf"(?P<word>{'|'.join(sorted(_DAYS, key=len, reverse=True))})" + _HOUR)
_WEEKDAY = re.compile(
    r"(?P<week>上上|上|这|本|这个|上个)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天1-6])" + _HOUR
)
_AGO = re.compile(
    rf"(?:(?P<count>{_NUMBER}|半)(?:个)?(?P<half>半)?)(?P<unit>分钟|小时|钟头|天|日|周|星期|礼拜|月|年)"
    r"(?:之前|以前|前)"
)
_UNITS = {
    "分钟": timedelta(minutes=1),
    **dict.fromkeys(("小时", "钟头"), timedelta(hours=1)),
    **dict.fromkeys(("天", "日"), timedelta(days=1)),
    **dict.fromkeys(("周", "星期", "礼拜"), timedelta(days=7)),
    "月": timedelta(days=30),
    "年": timedelta(days=365),
}
_SHORT = frozenset({"分钟", "小时", "钟头"})


def find_times(text: str, now: datetime) -> list[FoundTime]:
    """Return when a text says that something happened, in the order in which it says so.

    A day without a year is the last one that has been; a day of the week likewise.

    Args:
        text: what was typed.
        now: from which "three days ago" counts; aware.
    """
    plain = text.translate(_FULL_WIDTH)  # one character for one: places stay the same
    here = now.astimezone(SHANGHAI)
    found: list[FoundTime] = []
    for start, end, at, has_hour in sorted(_readings(plain, here)):
        if found and start < found[-1].end:
            continue
        found.append(FoundTime(start, end, text[start:end], at, has_hour))
    return found[:_MOST]


Reading = tuple[int, int, datetime, bool]


def _readings(text: str, now: datetime) -> Iterator[Reading]:
    days: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], date | None]], ...] = (
        (_ISO, _iso_day),
        (_MONTH_DAY, _day_of_year),
        (_RELATIVE, _relative_day),
        (_WEEKDAY, _day_of_week),
    )
    for pattern, day_of in days:
        for match in pattern.finditer(text):
            day = day_of(match, now.date())
            if day is not None:
                at, has_hour = _with_hour(match, day)
                yield match.start(), match.end(), at, has_hour
    for match in _AGO.finditer(text):
        then = _ago(match, now)
        if then is not None:
            is_short = match["unit"] in _SHORT
            moment = then if is_short else datetime.combine(then.date(), time(), SHANGHAI)
            yield match.start(), match.end(), moment, is_short


def _iso_day(match: re.Match[str], _today: date) -> date | None:
    return _day(int(match["year"]), int(match["month"]), int(match["day"]))


def _day_of_year(match: re.Match[str], today: date) -> date | None:
    month, day = chinese_number(match["month"]), chinese_number(match["day"])
    if month is None or day is None:
        return None
    this = _day(today.year, month, day)
    return this if this is not None and this <= today else _day(today.year - 1, month, day)


def _relative_day(match: re.Match[str], today: date) -> date:
    return today - timedelta(days=_DAYS[match["word"]])


def _day_of_week(match: re.Match[str], today: date) -> date:
    monday = today - timedelta(days=today.weekday())
    day = monday + timedelta(days=_WEEKDAYS[match["weekday"]])
    week = match["week"] or ""
    if week.startswith("上"):
        return day - timedelta(days=14 if week == "上上" else 7)
    if week:
        return day
    return day if day <= today else day - timedelta(days=7)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _with_hour(match: re.Match[str], day: date) -> tuple[datetime, bool]:
    part = match["part"] or _SAID.get(match.groupdict().get("word") or "")
    hour = chinese_number(match["hour"]) if match["hour"] else None
    if hour is None or hour > _LATEST_HOUR:
        told = _PARTS.get(part or "")
        return datetime.combine(day, time(told or 0), SHANGHAI), told is not None
    if part in _LATE and hour < _NOON:
        hour += _NOON
    return datetime.combine(day, time(hour, _minute(match)), SHANGHAI), True


def _minute(match: re.Match[str]) -> int:
    if match["half"] == "半":
        return 30
    minute = chinese_number(match["minute"] or match["colon"] or "0")
    return minute if minute is not None and minute < 60 else 0  # noqa: PLR2004


def _ago(match: re.Match[str], now: datetime) -> datetime | None:
    count = 0.5 if match["count"] == "半" else chinese_number(match["count"])
    if count is None:
        return None
    if match["half"]:
        count += 0.5
    return now - count * _UNITS[match["unit"]]
