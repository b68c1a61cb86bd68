"""A year's announced days as a file: one day a line, `date,kind,name`, and hours where it needs them.

The State Council's list of holidays and make-up working days becomes such a file in a minute.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from hotline.kernel.errors import N_
from hotline.workdays.definition import (
    DayKind,
    InvalidCalendar,
    Override,
    day_from_words,
    make_override,
)

_WORDS: Mapping[str, DayKind] = MappingProxyType(
    {kind.value: kind for kind in DayKind}
    | {
        "休": DayKind.HOLIDAY,
        "放假": DayKind.HOLIDAY,
        "班": DayKind.WORKDAY,
        "上班": DayKind.WORKDAY,
        "调休": DayKind.WORKDAY,
        "半天": DayKind.HALF,
    }
)
_MOST_CELLS = 4
_MOST_LINES = 400


@dataclass(frozen=True, slots=True)
class RowFault:
    """A line that cannot be used.

    Attributes:
        line: its number in the file, from 1.
        problem: what is wrong and what to do, in English.
        message: the same as a message id.
        details: values for the message.
    """

    line: int
    problem: str
    message: str
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class YearFile:
    """What a file says, and which of its lines cannot be used."""

    days: Mapping[date, Override]
    faults: Sequence[RowFault]


def read_year(text: str, year: int) -> YearFile:
    """Return the days of `year` that a file lists.

    Args:
        text: CSV `date,kind,name[,hours]`; a heading, blank lines and lines after # are passed over.
            Kinds are holiday, workday, half, own; hours such as `09:00-12:00 13:00-15:00` belong to
            own.
        year: every day must lie in it.
    """
    days: dict[date, Override] = {}
    faults: list[RowFault] = []
    for line, written in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        row = [cell.strip() for cell in _cells(written)]
        if not any(row) or row[0].startswith("#") or (line == 1 and row[0].lower() in _HEADINGS):
            continue
        try:
            day, override = _read_row(row, year)
            if day in days:
                raise InvalidCalendar(N_("{day} is listed twice"), day=day.isoformat())  # noqa: TRY301  # told like any other
            days[day] = override
        except InvalidCalendar as error:
            problem = str(error.params["problem"])
            faults.append(RowFault(line, problem, error.message, error.details))
        if line > _MOST_LINES:
            faults.append(_fault(line, N_("the file is longer than a year")))
            break
    if not days and not faults:
        faults.append(_fault(1, N_("the file lists no day")))
    return YearFile(days, faults)


def _cells(line: str) -> Sequence[str]:
    try:
        return next(csv.reader((line,)), [])
    except csv.Error:
        return [line]  # no such day: refused with its number, as any other


_HEADINGS = {"date", "day", "日期"}


def _fault(line: int, message: str) -> RowFault:
    return RowFault(line, message, message)


def _read_row(row: Sequence[str], year: int) -> tuple[date, Override]:
    if not 2 <= len(row) <= _MOST_CELLS:  # noqa: PLR2004  # a day and its kind
        raise InvalidCalendar(N_("write date,kind,name and, for own hours, the hours"))
    day = day_from_words(row[0].replace("/", "-"))
    if day.year != year:
        raise InvalidCalendar(N_("{day} does not lie in {year}"), day=day.isoformat(), year=year)
    name = row[2] if len(row) > 2 else ""  # noqa: PLR2004  # the third cell
    hours = row[3].split() if len(row) == _MOST_CELLS else []
    kind = _WORDS.get(row[1].lower(), row[1])
    return day, make_override(day.isoformat(), kind, name, hours)


def year_as_csv(days: Mapping[date, Override], year: int) -> str:
    """Return the days of `year` as the file that `read_year` would read back."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("date", "kind", "name", "hours"))
    for day, over in sorted(days.items()):
        if day.year == year:
            hours = " ".join(str(span) for span in over.spans)
            writer.writerow((day.isoformat(), over.kind.value, over.name, hours))
    return out.getvalue()
