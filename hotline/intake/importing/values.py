"""What files write and what it means: texts, codes, dates. Nothing here evaluates a formula."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

Cell = str | float | datetime | date
"""What a reader hands over: CSV only text; XLSX text, numbers and dates."""

DateOnly = Literal["start", "end"]
"""Which instant of the day a date without a time stands for."""

ISO = "iso"
"""The name, among date formats, of ISO 8601 with or without an offset."""

_EXACT_INTEGER = 10**15
"""Excel keeps 15 digits; a longer number in a number cell has already lost its last ones."""

_END_OF_DAY = time(23, 59, 59)
_BLANK_EDGE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
_LINE_BREAK = re.compile(r"\r\n?|\x85|\u2028|\u2029")
_BLANKS = re.compile(r"\s+")
_MISREAD = re.compile(
    r"[\u00c2-\u00df][\u0080-\u00bf]|[\u00e0-\u00ef][\u0080-\u00bf]{2}|[\u00f0-\u00f4][\u0080-\u00bf]{3}"
)


class UnreadableDate(ValueError):
    """None of the formats reads the text."""


class InexactNumber(ValueError):
    """A number cell with more digits than a spreadsheet keeps."""


def text_of(cell: Cell) -> str:
    """Return a cell as text: whole numbers without a point, dates in ISO 8601.

    Raises:
        InexactNumber: a number cell of more than 15 digits.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        if abs(cell) >= _EXACT_INTEGER:
            raise InexactNumber
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()


def repair_misread(text: str) -> str:
    r"""Mend UTF-8 that was once read as Latin-1, such as `â\x80\x99` for an apostrophe."""

    def mended(match: re.Match[str]) -> str:
        try:
            return match[0].encode("latin-1").decode("utf-8")
        except UnicodeDecodeError:
            return match[0]

    return _MISREAD.sub(mended, text)


def clean_text(text: str) -> str:
    """Return a text of several lines as it will be kept.

    Line breaks become plain newlines; control characters, NUL among them, are dropped, because
    neither the database nor a screen can hold them; blanks of every width go at the two ends.
    Inside nothing is changed: full-width letters, emoji and rare characters stay as written.
    """
    return _strip(_CONTROL.sub("", _LINE_BREAK.sub("\n", text)))


def clean_line(text: str) -> str:
    """Return a text of one line: as `clean_text`, every run of blanks inside made one space."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return _BLANKS.sub(" ", clean_text(text))


def clean_code(text: str) -> str:
    """Return a number or code: one line, full-width forms made plain (NFKC)."""
    return clean_line(unicodedata.normalize("NFKC", text))


def _strip(text: str) -> str:
    """Take every blank off both ends, those of no width as well."""
    start, end = 0, len(text)
    while start < end and (text[start].isspace() or text[start] in _BLANK_EDGE):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in _BLANK_EDGE):
        end -= 1
    return text[start:end]


def local_time(cell: Cell, formats: Sequence[str], date_only: DateOnly) -> datetime:
    """Read a date cell: naive when the file names no offset.

    Raises:
        UnreadableDate: no format fits.
    """
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime.combine(cell, _day_edge(date_only))
    text = clean_code(text_of(cell))
    for spelling in formats:
        try:
            if spelling == ISO:
                found = datetime.fromisoformat(text)
                has_time = len(text) > len("2019-01-31")
            else:
                found = datetime.strptime(text, spelling)  # noqa: DTZ007  # the zone comes next
                has_time = "%H" in spelling or "%I" in spelling
        except ValueError:
            continue
        return found if has_time else datetime.combine(found.date(), _day_edge(date_only))
    raise UnreadableDate


def to_utc(local: datetime, zone: ZoneInfo, *, second_reading: bool = False) -> datetime:
    """Return the instant that a wall clock in `zone` shows as `local`; an offset of its own wins.

    An hour that comes twice (the clocks went back) is read as its first coming, with
    `second_reading` as its second. An hour that never comes (the clocks went forward) is moved on
    by the gap, so that the order of rows is kept.
    """
    aware = local if local.tzinfo else local.replace(tzinfo=zone, fold=int(second_reading))
    if second_reading and not local.tzinfo and _never_comes(local, zone):
        aware = aware.replace(fold=0)
    return aware.astimezone(UTC)


def clash_of_formats(formats: Sequence[str]) -> tuple[str, str] | None:
    """Return two formats that read one text as two different days, or None."""
    sample = datetime(2001, 2, 3, 4, 5, 6)  # noqa: DTZ001  # formats know no zones
    for first in formats:
        if first == ISO:
            continue
        text = sample.strftime(first)
        for second in formats:
            if second in (ISO, first):
                continue
            try:
                read = datetime.strptime(text, second)  # noqa: DTZ007
            except ValueError:
                continue
            if read.date() != datetime.strptime(text, first).date():  # noqa: DTZ007
                return first, second
    return None


def _day_edge(date_only: DateOnly) -> time:
    return time.min if date_only == "start" else _END_OF_DAY


def _never_comes(local: datetime, zone: ZoneInfo) -> bool:
    there_and_back = local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return there_and_back.replace(tzinfo=None) != local
