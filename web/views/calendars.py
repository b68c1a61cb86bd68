"""A calendar as a year to look at and as a form to change."""

import calendar as months
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from babel import Locale
from babel.dates import get_day_names, get_month_names

from hotline.kernel.errors import N_
from hotline.workdays.definition import (
    FIRST_DAY,
    LAST_COVERED,
    WEEKDAYS,
    DayKind,
    Definition,
    InvalidCalendar,
    Override,
    Week,
    day_from_words,
    default_day_seconds,
    make_override,
    spans_from_words,
)
from hotline.workdays.workcalendar import Span
from hotline.workdays.years import RowFault
from web.i18n import Translator
from web.labels import label
from web.views.fields import Posted, typed_values
from web.views.forms import FormState

MARKS: Mapping[DayKind, str] = {
    DayKind.HOLIDAY: N_("off"),
    DayKind.WORKDAY: N_("on"),
    DayKind.HALF: N_("half"),
    DayKind.OWN: N_("own"),
}
"""What a day's cell says beside its number, so that no colour has to be seen."""

BLANK_ROWS = 3
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day of the grid.

    Attributes:
        day: which.
        look: its style: work, rest, or a kind of day.
        mark: the short word in its corner, translated.
        words: what it is, for those who hear or hover.
        is_today: True for today.
        is_provisional: beyond what is announced.
    """

    day: date
    look: str
    mark: str
    words: str
    is_today: bool
    is_provisional: bool


@dataclass(frozen=True, slots=True)
class MonthGrid:
    """One month: weeks of seven cells, None outside the month."""

    number: int
    name: str
    weeks: Sequence[Sequence[DayCell | None]]
    work_days: int


@dataclass(frozen=True, slots=True)
class YearGrid:
    """Twelve months and what surrounds them."""

    year: int
    weekdays: Sequence[tuple[str, str]]
    months: Sequence[MonthGrid]
    earlier: int | None
    later: int | None

    @property
    def work_days(self) -> int:
        """Return how many days are worked."""
        return sum(month.work_days for month in self.months)


def year_grid(definition: Definition, year: int, today: date, t: Translator) -> YearGrid:
    """Return the year as a grid, Monday first."""
    locale = Locale.parse(t.language)
    narrow = get_day_names("narrow", locale=locale)
    wide = get_day_names("wide", locale=locale)
    names = get_month_names("wide", context="stand-alone", locale=locale)
    weeks_of = months.Calendar(firstweekday=0)
    grids = []
    for number in range(1, 13):
        weeks = [
            [_cell(definition, day, today, t) if day.month == number else None for day in week]
            for week in weeks_of.monthdatescalendar(year, number)
        ]
        days = [cell.day for week in weeks for cell in week if cell]
        worked = sum(bool(definition.hours_of(day)) for day in days)
        grids.append(MonthGrid(number, names[number], weeks, worked))
    return YearGrid(
        year,
        [(narrow[day], wide[day]) for day in range(7)],
        grids,
        year - 1 if year > FIRST_DAY.year else None,
        year + 1 if year < LAST_COVERED.year else None,
    )


def _cell(definition: Definition, day: date, today: date, t: Translator) -> DayCell:
    override = definition.overrides.get(day)
    hours = definition.hours_of(day)
    if override is None:
        words = [t.text(N_("Working day") if hours else N_("Day of rest"))]
    else:
        words = [part for part in (override.name, t.text(label(override.kind))) if part]
    if hours:
        words.append(", ".join(str(span) for span in hours))
    is_provisional = day > definition.covered_until
    if is_provisional:
        words.append(t.text(N_("not announced yet")))
    return DayCell(
        day,
        override.kind.value if override else "work" if hours else "rest",
        t.text(MARKS[override.kind]) if override else "",
        " · ".join(words),
        day == today,
        is_provisional,
    )


def shown_year(asked: str, today: date) -> int:
    """Return the year to show: what was asked for when a calendar can hold it, else this year."""
    if asked.isdecimal() and FIRST_DAY.year <= int(asked[:5]) <= LAST_COVERED.year:
        return int(asked)
    return today.year


# -- the form --------------------------------------------------------------------------------------


def calendar_form(
    definition: Definition | None, *, name: str = "", year: int, day: str = ""
) -> FormState:
    """Return the form of a calendar with the days of `year`; an empty one for a new calendar.

    Args:
        definition: what to show; None for a new one.
        name: what people call it.
        year: whose days are shown.
        day: a day that was pointed at: its row, or a new row for it, is what to change.
    """
    values = {"name": name, "covered_until": f"{year}-12-31", "day_hours": ""}
    if definition is None:
        office = "09:00-12:00 13:00-17:00"
        return FormState(values | dict.fromkeys(WEEKDAYS[:5], office) | _blank(0))
    values["covered_until"] = definition.covered_until.isoformat()
    values["day_hours"] = f"{definition.day_seconds / 3600:g}"
    for weekday, spans in zip(WEEKDAYS, definition.week, strict=True):
        values[weekday] = " ".join(str(span) for span in spans)
    rows = [(at, over) for at, over in sorted(definition.overrides.items()) if at.year == year]
    for n, (at, over) in enumerate(rows):
        values |= {
            f"day-{n}": at.isoformat(),
            f"kind-{n}": over.kind.value,
            f"like-{n}": "" if over.like is None else WEEKDAYS[over.like],
            f"hours-{n}": " ".join(str(span) for span in over.spans),
            f"name-{n}": over.name,
        }
    values |= _blank(len(rows))
    if day and date.fromisoformat(day) not in definition.overrides:
        values[f"day-{len(rows)}"] = day
    return FormState(values)


def _blank(first: int) -> dict[str, str]:
    return {
        f"{part}-{n}": ""
        for n in range(first, first + BLANK_ROWS)
        for part in ("day", "kind", "like", "hours", "name")
    }


def row_numbers(form: FormState) -> Sequence[int]:
    """Return the numbers of the rows of days in a form."""
    found = {int(name[4:]) for name in form.values if re.fullmatch(r"day-\d{1,3}", name)}
    return sorted(found)


def asked_day(text: str, year: int) -> str:
    """Return the day that was pointed at, or nothing when it is none of `year`."""
    try:
        day = day_from_words(text)
    except InvalidCalendar:
        return ""
    return text if day.year == year else ""


class _Reader:
    """Turns typed words into values and keeps what is wrong by field."""

    def __init__(self, values: Mapping[str, str], t: Translator) -> None:
        self.values = values
        self.t = t
        self.errors: dict[str, str] = {}

    def attempt(self, field: str, work: Callable[[], _T]) -> _T | None:
        try:
            return work()
        except InvalidCalendar as error:
            self.errors[field] = say(error, self.t)
            return None

    def spans(self, weekday: str) -> tuple[Span, ...]:
        words = _words(self.values.get(weekday, ""))
        name = _weekday_name(weekday, self.t)
        return self.attempt(weekday, lambda: spans_from_words(words, name)) or ()

    def day_seconds(self, week: Week) -> int:
        typed = self.values.get("day_hours", "").strip()
        if not typed:
            return default_day_seconds(week)
        try:
            return int(Decimal(typed) * 3600)
        except (InvalidOperation, ValueError, OverflowError):
            self.errors["day_hours"] = self.t.text(N_("Give hours such as 7 or 7.5"))
            return 1

    def row(self, n: int) -> tuple[date, Override] | None:
        typed = self.values.get(f"day-{n}", "").strip()
        kind = self.values.get(f"kind-{n}", "")
        if not typed or not kind:
            return None  # an empty row, or a day that goes back to the plain week
        at = self.attempt(f"day-{n}", lambda: day_from_words(typed))
        over = self.attempt(
            f"hours-{n}",
            lambda: make_override(
                typed,
                kind,
                self.values.get(f"name-{n}", ""),
                _words(self.values.get(f"hours-{n}", "")),
                like=self.values.get(f"like-{n}") or None,
            ),
        )
        return (at, over) if at and over else None


def say(error: InvalidCalendar | RowFault, t: Translator) -> str:
    """Return what is wrong with a calendar, in the reader's language."""
    return t.text(error.message, **error.details)


def read_calendar(
    posted: Posted, base: Definition | None, year: int, t: Translator
) -> tuple[Definition | None, FormState]:
    """Return the calendar that a sent form describes, and the form as it is to be shown again.

    Args:
        posted: what was sent.
        base: what it was made from: the days of other years are taken over.
        year: whose days the form holds.
        t: speaks the errors.

    Returns:
        No calendar when the form has errors.
    """
    values = typed_values(posted)
    reader = _Reader(values, t)
    if not values.get("name", "").strip():
        reader.errors["name"] = t.text(N_("This must be filled"))
    week = tuple(reader.spans(weekday) for weekday in WEEKDAYS)
    day_seconds = reader.day_seconds(week)
    until = reader.attempt("covered_until", lambda: day_from_words(values.get("covered_until")))
    days = {at: over for at, over in (base.overrides if base else {}).items() if at.year != year}
    for n in row_numbers(FormState(values)):
        found = reader.row(n)
        if found is None:
            continue
        if found[0] in days:
            reader.errors[f"day-{n}"] = t.text(
                N_("{day} is listed twice"), day=found[0].isoformat()
            )
        days[found[0]] = found[1]
    if reader.errors or until is None:
        return None, FormState(values, reader.errors)
    try:
        return Definition(week, days, until, day_seconds), FormState(values)
    except InvalidCalendar as error:
        return None, FormState(values, refusal=say(error, t))


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,;，；、]+", text) if word]


def _weekday_name(weekday: str, t: Translator) -> str:
    names = get_day_names("wide", locale=Locale.parse(t.language))
    return str(names[WEEKDAYS.index(weekday)])


def weekday_names(t: Translator) -> Sequence[tuple[str, str]]:
    """Return the weekdays by their names in JSON, and in words."""
    return [(weekday, _weekday_name(weekday, t)) for weekday in WEEKDAYS]


def kind_options(t: Translator) -> Sequence[tuple[str, str]]:
    """Return the kinds of day as values and words."""
    return [(kind.value, t.text(label(kind))) for kind in DayKind]
