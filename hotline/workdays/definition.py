"""What a calendar is made of: a weekly pattern, and the days that differ from it.

A definition is a value: it is kept as JSON, one version after the other, and turned into a calendar
that counts. Beyond `covered_until` nothing is announced yet: the plain week holds there.
"""

import enum
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.workdays.workcalendar import Span, WorkingTime

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONE = "Asia/Shanghai"
FIRST_DAY = date(2004, 1, 1)
LAST_DAY = date(2036, 12, 31)
LAST_COVERED = date(2099, 12, 31)
LONGEST_PAUSE_DAYS = 60
"""A calendar without work for longer than this is a mistake: nothing would fall due meanwhile."""

_YEARS_BEYOND = 10
_DAY_SECONDS = 86400
_NOON = time(12)
_MOST_SPANS = 12
_LONGEST_NAME = 60
_LONGEST_CODE = 24

Week = tuple[tuple[Span, ...], ...]


class InvalidCalendar(DomainError):
    """A calendar that cannot be kept; the problem says what to do about it."""

    kind = ErrorKind.INVALID
    code = "invalid-calendar"
    title = N_("The calendar is not valid: {problem}")

    def __init__(self, message: str = "", **details: object) -> None:
        super().__init__(problem=message.format_map(details))
        self.message = message
        self.details = details


class DayKind(enum.StrEnum):
    """How a day differs from the plain week."""

    HOLIDAY = "holiday"
    WORKDAY = "workday"
    HALF = "half"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Override:
    """A day that differs from the plain week.

    Attributes:
        kind: holiday: no work; workday: a rest day that is worked; half: its morning; own: `spans`.
        name: why, in people's words.
        like: the weekday, 0 for Monday, whose pattern a workday or a half day follows; None for its
            own weekday, or the first working one when that is a rest day.
        spans: the hours of a day of its own.
    """

    kind: DayKind
    name: str = ""
    like: int | None = None
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """A whole calendar.

    Attributes:
        week: the working spans of each weekday, Monday first.
        overrides: the days that differ.
        covered_until: last day for which the holidays are announced.
        day_seconds: what a limit of one working day means.
    """

    week: Week
    overrides: Mapping[date, Override]
    covered_until: date
    day_seconds: int
    _plans: dict[tuple[int, Override | None], tuple[Span, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "overrides", MappingProxyType(dict(self.overrides)))
        self._check()

    def hours_of(self, day: date) -> tuple[Span, ...]:
        """Return the working spans of a day, in order."""
        override = self.overrides.get(day)
        if override is None:
            return self.week[day.weekday()]
        key = (day.weekday(), override)
        if key not in self._plans:
            self._plans[key] = self._plan(*key)
        return self._plans[key]

    def _plan(self, weekday: int, override: Override | None) -> tuple[Span, ...]:
        if override is None or override.kind is DayKind.HOLIDAY:
            return ()
        if override.kind is DayKind.OWN:
            return override.spans
        pattern = self.week[self.pattern_of(weekday, override)]
        return _morning(pattern) if override.kind is DayKind.HALF else pattern

    def pattern_of(self, weekday: int, override: Override) -> int:
        """Return the weekday whose pattern a workday or a half day follows."""
        if override.like is not None:
            return override.like
        if self.week[weekday]:
            return weekday
        return next((day for day, spans in enumerate(self.week) if spans), weekday)

    def _check(self) -> None:
        if not any(self.week):
            raise InvalidCalendar(
                N_("no day of the week has working hours: give at least one such as 09:00-12:00")
            )
        if not FIRST_DAY <= self.covered_until <= LAST_COVERED:
            raise InvalidCalendar(
                N_("covered_until must lie between {first} and {last}"),
                first=FIRST_DAY.isoformat(),
                last=LAST_COVERED.isoformat(),
            )
        if not 1 <= self.day_seconds <= _DAY_SECONDS:
            raise InvalidCalendar(N_("a working day must be 1 to 86400 seconds long"))
        for day, override in self.overrides.items():
            self._check_override(day, override)
        self._check_pauses()

    def _check_override(self, day: date, override: Override) -> None:
        at = day.isoformat()
        if not FIRST_DAY <= day <= self.covered_until:
            raise InvalidCalendar(
                N_("{day} lies outside the covered days {first} to {last}: move covered_until"),
                day=at,
                first=FIRST_DAY.isoformat(),
                last=self.covered_until.isoformat(),
            )
        if override.kind is not DayKind.HOLIDAY and not self.hours_of(day):
            raise InvalidCalendar(
                N_("{day} would have no working hours: give its own, or call it a holiday"), day=at
            )

    def _check_pauses(self) -> None:
        worked = FIRST_DAY - timedelta(days=1)
        end = self.covered_until + timedelta(days=LONGEST_PAUSE_DAYS + 1)
        for day in days_between(FIRST_DAY, end):
            if (day - worked).days > LONGEST_PAUSE_DAYS and day != end:
                raise InvalidCalendar(
                    N_("nobody works for {days} days after {day}: take holidays out"),
                    days=LONGEST_PAUSE_DAYS,
                    day=worked.isoformat(),
                )
            if self.hours_of(day):
                worked = day

    def calendar(self, code: str, version: str) -> WorkingTime:
        """Return the calendar that counts by this definition; its first use builds it."""
        return WorkingTime(
            code=code,
            version=version,
            first=FIRST_DAY,
            last=max(LAST_DAY, date(self.covered_until.year + _YEARS_BEYOND, 12, 31)),
            hours_of=self.hours_of,
            known_until=self.covered_until,
            day_seconds=self.day_seconds,
        )

    def with_year(self, year: int, overrides: Mapping[date, Override]) -> "Definition":
        """Return the same calendar with other days in `year`; a later year is covered by it then.

        Raises:
            InvalidCalendar: the years before it are missing, or the outcome cannot be kept.
        """
        if year > self.covered_until.year + 1:
            raise InvalidCalendar(
                N_("the calendar is covered until {day}: load {year} first"),
                day=self.covered_until.isoformat(),
                year=self.covered_until.year + 1,
            )
        kept = {day: over for day, over in self.overrides.items() if day.year != year}
        return replace(
            self,
            overrides=kept | dict(overrides),
            covered_until=max(self.covered_until, date(year, 12, 31)),
            _plans={},
        )


def days_between(first: date, last: date) -> Iterator[date]:
    """Return every day from `first` to `last`, both included."""
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(ordinal)


def _morning(spans: Sequence[Span]) -> tuple[Span, ...]:
    return tuple(
        span if span.end <= _NOON and span.end != time() else Span(span.start, _NOON)
        for span in spans
        if span.start < _NOON
    )


def default_day_seconds(week: Week) -> int:
    """Return what one working day means when nobody says: the longest ordinary weekday."""
    return max(sum(span.seconds for span in spans) for spans in week)


_CODE = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{_LONGEST_CODE - 1}}}")


def check_code(code: str) -> None:
    """Pass in silence when `code` may name a calendar.

    Raises:
        InvalidCalendar: it may not.
    """
    if not _CODE.fullmatch(code):
        raise InvalidCalendar(N_("a code is 1 to 24 small letters, digits, - and _"))


def spans_from_words(words: Sequence[str], where: str) -> tuple[Span, ...]:
    """Return the working spans that `words` such as `09:00-12:00` describe, in order.

    Raises:
        InvalidCalendar: one is no span, or two overlap; `where` names the place.
    """
    if len(words) > _MOST_SPANS:
        raise InvalidCalendar(
            N_("{where} has more than {most} spans"), where=where, most=_MOST_SPANS
        )
    spans = []
    for word in words:
        try:
            spans.append(Span.parse(word))
        except (ValueError, AttributeError, TypeError):
            raise InvalidCalendar(
                N_("{where}: {span} is not a span such as 09:00-12:00, its end after its start"),
                where=where,
                span=repr(word),
            ) from None
    spans.sort(key=lambda span: span.start)
    for earlier, later in pairwise(spans):
        if later.start_second < earlier.end_second:
            raise InvalidCalendar(
                N_("{where}: {one} and {other} overlap"),
                where=where,
                one=str(earlier),
                other=str(later),
            )
    return tuple(spans)


# -- JSON ----------------------------------------------------------------------------------------


def definition_from_json(given: Mapping[str, Any]) -> Definition:
    """Return the calendar that `given` describes; the inverse of `definition_to_json`.

    Raises:
        InvalidCalendar: a field is unknown, a span is none, the calendar is empty, ...
    """
    _only(given, {"week", "overrides", "covered_until", "day_seconds", "zone"}, "calendar")
    if given.get("zone", ZONE) != ZONE:
        raise InvalidCalendar(N_("the zone must be {zone}"), zone=ZONE)
    week = _week(given.get("week"))
    overrides = given.get("overrides", {})
    if not isinstance(overrides, Mapping):
        raise InvalidCalendar(N_("overrides must be an object of days"))
    day_seconds = given.get("day_seconds", None)
    if day_seconds is None:
        day_seconds = default_day_seconds(week)
    if not isinstance(day_seconds, int) or isinstance(day_seconds, bool):
        raise InvalidCalendar(N_("a working day must be 1 to 86400 seconds long"))
    return Definition(
        week,
        {day_from_words(day): _override(day, over) for day, over in overrides.items()},
        day_from_words(given.get("covered_until")),
        day_seconds,
    )


def definition_to_json(definition: Definition) -> dict[str, Any]:
    """Return the JSON that `definition_from_json` would read back."""
    return {
        "zone": ZONE,
        "day_seconds": definition.day_seconds,
        "covered_until": definition.covered_until.isoformat(),
        "week": {
            name: [str(span) for span in spans]
            for name, spans in zip(WEEKDAYS, definition.week, strict=True)
        },
        "overrides": {
            day.isoformat(): _override_json(over)
            for day, over in sorted(definition.overrides.items())
        },
    }


def _override_json(override: Override) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": override.kind.value}
    if override.name:
        said["name"] = override.name
    if override.like is not None:
        said["like"] = WEEKDAYS[override.like]
    if override.spans:
        said["spans"] = [str(span) for span in override.spans]
    return said


def _only(given: Mapping[str, Any], known: set[str], what: str) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise InvalidCalendar(
            N_("{what} has unknown fields: {fields}"), what=what, fields=", ".join(unknown)
        )


def _week(given: object) -> Week:
    if not isinstance(given, Mapping):
        raise InvalidCalendar(N_("week must be an object with the spans of mon to sun"))
    _only(given, set(WEEKDAYS), "week")
    week = []
    for name in WEEKDAYS:
        words = given.get(name, [])
        if not isinstance(words, list | tuple):
            raise InvalidCalendar(N_("{where} must be a list of spans"), where=name)
        week.append(spans_from_words(words, name))
    return tuple(week)


def day_from_words(text: object) -> date:
    """Return the day that `text` names.

    Raises:
        InvalidCalendar: it names none.
    """
    try:
        if not isinstance(text, str) or len(text) != len("2026-01-01"):
            raise ValueError  # noqa: TRY301  # said in the same words as any other
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidCalendar(N_("{day} is not a day such as 2026-10-01"), day=repr(text)) from None


def _override(day: str, given: object) -> Override:
    if not isinstance(given, Mapping):
        raise InvalidCalendar(N_("the override of {day} must be an object"), day=day)
    _only(given, {"kind", "name", "like", "spans"}, day)
    words = given.get("spans", [])
    if not isinstance(words, list | tuple):
        raise InvalidCalendar(N_("{where} must be a list of spans"), where=day)
    return make_override(
        day, given.get("kind"), given.get("name", ""), words, like=given.get("like")
    )


def make_override(
    where: str, kind: object, name: object, words: Sequence[str], *, like: object = None
) -> Override:
    """Return the override that words from outside describe.

    Args:
        where: the day, for the error.
        kind: a member of `DayKind`.
        name: why it differs.
        words: the hours of a day of its own.
        like: `mon` to `sun`.

    Raises:
        InvalidCalendar: a word is unknown, or hours are given where none belong.
    """
    try:
        known = DayKind(kind)  # type: ignore[arg-type]  # a word from outside may be anything
    except ValueError:
        raise InvalidCalendar(
            N_("{where}: {kind} is not a kind of day; kinds are: {kinds}"),
            where=where,
            kind=repr(kind),
            kinds=", ".join(DayKind),
        ) from None
    if not isinstance(name, str) or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidCalendar(
            N_("{where}: a name has {most} characters at most"), where=where, most=_LONGEST_NAME
        )
    if like is not None and like not in WEEKDAYS:
        raise InvalidCalendar(N_("{where}: like must be one of mon to sun"), where=where)
    if bool(words) != (known is DayKind.OWN):
        raise InvalidCalendar(
            N_("{where}: give hours for a day of its own hours, and only there"), where=where
        )
    if like is not None and known not in {DayKind.WORKDAY, DayKind.HALF}:
        raise InvalidCalendar(
            N_("{where}: only a working day or a half day is like another"), where=where
        )
    return Override(
        known,
        name.strip(),
        WEEKDAYS.index(str(like)) if like is not None else None,
        spans_from_words(words, where),
    )
