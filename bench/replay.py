"""Real requests of three American cities, timed again by our own engine.

A city's file tells when a request was opened, when it was due, when it was closed and whether that was
on time. For every type of request a rule is learned from one half of its rows - which time it counts
and how much of it - and judged on the other half, and the other way round, so that no row is judged by
a rule that it helped to make. The files stay where they are: `--data` names their folder.

Our calendars count on a clock without summer time. A city's wall clock is therefore put in as if it
were Shanghai's, and natural time is counted between the true instants of the city's own zone.
"""

import argparse
import csv
import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hotline.kernel.clock import SHANGHAI
from hotline.sla.clocks import MICROSECONDS, instants, is_met, setting_of
from hotline.sla.policy import ClockRule, Limit, Rung
from hotline.workdays.workcalendar import Calendar, NaturalTime, Span, WorkingTime

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
FILED_WITHIN = timedelta(minutes=10)
"""How long a form may have been open before the case was filed."""

_A_FEW = 3
_OFTEN = 0.02
"""A limit that one row in fifty of a type has is one of its limits."""

OPENING = time(8, 30)
CLOSING = time(17)
_FIRST, _LAST = date(2010, 1, 1), date(2061, 12, 31)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Request:
    """One row of a city's file; its times are the city's wall clock, put in as if Shanghai's.

    Attributes:
        kind: the city's type of request.
        opened: when it came in.
        due: the city's own due instant.
        closed: when it was closed; None while it is open.
        was_on_time: the city's own verdict.
    """

    kind: str
    opened: datetime
    due: datetime | None = None
    closed: datetime | None = None
    was_on_time: bool | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a city's file keeps what."""

    zone: ZoneInfo
    spelling: str
    kind: str
    opened: str
    due: str
    closed: str
    verdict: str = ""


def wall(text: str, spelling: str) -> datetime | None:
    """Read a wall clock's time, None when there is none."""
    return datetime.strptime(text, spelling).replace(tzinfo=SHANGHAI) if text else None


def read_request(row: Mapping[str, str], columns: Columns) -> Request | None:
    """Return a row as a request, None when it does not tell when it was opened."""
    opened = wall(row[columns.opened], columns.spelling)
    if opened is None:
        return None
    verdict = row[columns.verdict] if columns.verdict else ""
    return Request(
        row[columns.kind],
        opened,
        wall(row[columns.due], columns.spelling),
        wall(row[columns.closed], columns.spelling),
        {"ONTIME": True, "OVERDUE": False}.get(verdict),
    )


# -- Ways of counting ------------------------------------------------------------------------------


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def holidays_of(year: int) -> frozenset[date]:
    """Return the holidays of the American year 2011 in Massachusetts, as they lie in `year`."""
    fixed = [date(year, month, day) for month, day in ((1, 1), (7, 4), (11, 11), (12, 25))]
    moved = [holiday + timedelta(days={5: -1, 6: 1}.get(holiday.weekday(), 0)) for holiday in fixed]
    memorial = _nth(year, 6, 0, 1) - timedelta(days=7)
    mondays = [
        _nth(year, month, 0, nth) for month, nth in ((1, 3), (2, 3), (4, 3), (9, 1), (10, 2))
    ]
    return frozenset([*moved, *mondays, memorial, _nth(year, 11, 3, 4)])


def is_weekday(day: date) -> bool:
    """Tell whether a day is no Saturday and no Sunday."""
    return day.weekday() < _SATURDAY


def is_business_day(day: date) -> bool:
    """Tell whether a day is a weekday and no holiday."""
    return is_weekday(day) and day not in holidays_of(day.year)


def business_time(works: Callable[[date], bool], hours: Sequence[Span]) -> WorkingTime:
    """Return the calendar that counts `hours` of the days that `works` names."""
    return WorkingTime(
        version="city",
        first=_FIRST,
        last=_LAST,
        hours_of=lambda day: hours if works(day) else (),
        known_until=_LAST,
        code="city",
        day_seconds=sum(span.seconds for span in hours),
    )


def taken_in(opened: datetime, works: Callable[[date], bool]) -> datetime:
    """Return when the city's clock starts by its rule of intake.

    What comes on a free day starts on the next business day at the same time of day; what comes in the
    evening starts at the next opening. No calendar can say this: Monday 17:00 starts later than Tuesday
    02:00, and a calendar never turns two instants round.
    """
    started = opened
    while not works(started.date()):
        started += DAY
    if started.time() >= CLOSING:
        started += DAY
        while not works(started.date()):
            started += DAY
        started = datetime.combine(started.date(), OPENING, started.tzinfo)
    return started


@dataclass(frozen=True, slots=True)
class Way:
    """One way of counting a limit: which time, and from when.

    Attributes:
        name: for the table.
        calendar: counts it.
        starts: when the clock starts for what was opened at an instant.
        zone: counts between true instants of this zone, when given; else on the wall clock.
    """

    name: str
    calendar: Calendar
    starts: Callable[[datetime], datetime] = lambda opened: opened
    zone: ZoneInfo | None = None

    def due(self, opened: datetime, minutes: int) -> datetime:
        """Return the due instant, on the wall clock, by the engine that times our own tickets."""
        rule = ClockRule(Limit(seconds=minutes * 60))
        setting = setting_of(rule, "", self.calendar)
        start = self.starts(opened)
        if self.zone is None:
            return instants(self.calendar, setting, start)[Rung.RED].astimezone(SHANGHAI)
        true = instants(self.calendar, setting, start.replace(tzinfo=self.zone).astimezone(UTC))
        return true[Rung.RED].astimezone(self.zone).replace(tzinfo=SHANGHAI)

    def minutes(self, opened: datetime, due: datetime) -> int:
        """Return the limit that a city's own due instant amounts to, to the minute."""
        return round(self.calendar.elapsed(self.starts(opened), due) / MICROSECONDS / 60)


BEST = "and the city's rule of intake"
"""All that our engine can count, with what the city does before its clock starts."""


def ways_of(zone: ZoneInfo) -> Mapping[str, Sequence[Way]]:
    """Return what a rule may be made of, from the plainest engine to the city's own habits."""
    whole_day = (Span(time(0), time(0)),)
    weekdays = business_time(is_weekday, whole_day)
    business = business_time(is_business_day, whole_day)
    natural = Way("natural time", NaturalTime(), zone=zone)
    by_calendar = [
        Way("weekdays", weekdays),
        Way("business days", business),
        Way("office hours", business_time(is_weekday, (Span(OPENING, CLOSING),))),
    ]
    by_intake = [
        Way("weekdays, taken in", weekdays, lambda at: taken_in(at, is_weekday)),
        Way("business days, taken in", business, lambda at: taken_in(at, is_business_day)),
    ]
    return {
        "natural time alone": [natural],
        "natural or working time": [natural, *by_calendar],
        BEST: [natural, *by_calendar, *by_intake],
        "and days of the wall clock": [
            Way("days of the wall clock", NaturalTime()),
            *by_calendar,
            *by_intake,
        ],
    }


# -- Learning and judging --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """How one type of request is timed."""

    way: Way
    minutes: int


def learn(requests: Iterable[Request], ways: Sequence[Way]) -> Mapping[str, Rule]:
    """Return, for every type, the way and limit by which most of its due instants come out.

    Every way offers the limit that most rows have by it. Limits are learned on the wall clock: a
    city means so many days, not so many days and an hour.
    """
    kinds: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for request in requests:
        if request.due is not None and request.due > request.opened:
            kinds[request.kind].append((request.opened, request.due))
    return {kind: _best(spans, ways) for kind, spans in kinds.items()}


def _best(spans: Sequence[tuple[datetime, datetime]], ways: Sequence[Way]) -> Rule:
    best, most = None, -1
    for way in ways:
        on_the_wall = replace(way, zone=None)
        limits = Counter(way.minutes(opened, due) for opened, due in spans)
        minutes = max(limits, key=lambda limit: (limits[limit], -limit))
        right = sum(abs(on_the_wall.due(opened, minutes) - due) <= MINUTE for opened, due in spans)
        if right > most:
            best, most = Rule(way, minutes), right
    assert best is not None
    return best


@dataclass(frozen=True, slots=True)
class Judged:
    """One request beside what the engine made of it; None where no rule was learned."""

    request: Request
    rule: Rule | None
    due: datetime | None

    @property
    def apart(self) -> timedelta:
        """How much later our due instant is than the city's; very much where there is none."""
        assert self.request.due is not None
        return timedelta.max if self.due is None else self.due - self.request.due

    @property
    def limit(self) -> int | None:
        """The limit, in minutes, that the city's due instant amounts to by the learned way."""
        assert self.request.due is not None
        if self.rule is None:
            return None
        if self.request.due <= self.request.opened:
            return 0
        return self.rule.way.minutes(self.request.opened, self.request.due)

    @property
    def is_summer_hour(self) -> bool:
        """Whether it differs only between true instants and would not on the wall clock."""
        return (
            self.rule is not None
            and self.rule.way.zone is not None
            and self.limit is not None
            and abs(self.limit - self.rule.minutes) <= 1
        )

    @property
    def is_same_day(self) -> bool:
        """Whether both fall on one day."""
        assert self.request.due is not None
        return self.due is not None and self.due.date() == self.request.due.date()


def judge(requests: Sequence[Request], ways: Sequence[Way]) -> Sequence[Judged]:
    """Time every request that has a due instant by a rule learned from the other half."""
    halves = (requests[::2], requests[1::2])
    judged = []
    for half, other in (halves, halves[::-1]):
        rules = learn(other, ways)
        for request in half:
            if request.due is not None:
                rule = rules.get(request.kind)
                due = rule.way.due(request.opened, rule.minutes) if rule else None
                judged.append(Judged(request, rule, due))
    return judged


def agreement(judged: Sequence[Judged]) -> dict[str, float]:
    """Return the shares of due instants that agree with the city's, within ever wider bounds."""
    bounds = {"exactly": timedelta(0), "within_a_minute": MINUTE, "within_a_day": DAY}
    return {
        name: _share(sum(abs(one.apart) <= bound for one in judged), len(judged))
        for name, bound in bounds.items()
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def causes(judged: Sequence[Judged]) -> Counter[str]:
    """Return why due instants differ by more than a minute, counted; the first that fits."""
    limits = Counter((one.request.kind, one.limit) for one in judged)
    sizes = Counter(one.request.kind for one in judged)
    shared = Counter(one.request.due for one in judged)

    def several(one: Judged) -> bool:
        kind = one.request.kind
        return limits[kind, one.limit] >= max(_A_FEW, sizes[kind] * _OFTEN)

    def is_next_opening(one: Judged) -> bool:
        return one.request.due is not None and one.request.due.time() == OPENING

    reasons: Sequence[tuple[str, Callable[[Judged], bool]]] = (
        ("due before it was opened", lambda one: one.limit is not None and one.limit <= 0),
        ("a type that only one half has", lambda one: one.rule is None),
        ("the hour of summer time", lambda one: one.is_summer_hour),
        (
            "counted from minutes before it was filed",
            lambda one: timedelta(0) < one.apart <= FILED_WITHIN,
        ),
        ("the right day at another hour", lambda one: one.is_same_day),
        ("a type with several limits", several),
        ("started at an opening, by hours of its own", is_next_opening),
        ("moved in one go with others", lambda one: shared[one.request.due] >= _A_FEW),
        ("a limit that hardly any other row has: set by hand", lambda _one: True),
    )
    return Counter(
        next(name for name, fits in reasons if fits(one))
        for one in judged
        if abs(one.apart) > MINUTE
    )


def outcomes(judged: Sequence[Judged], as_of: datetime) -> dict[str, object]:
    """Compare our verdicts with the city's; what is still open is judged as of the file's end."""
    table: Counter[str] = Counter()
    for one in judged:
        if one.request.was_on_time is not None and one.due is not None:
            ours = is_met(one.request.closed or as_of, one.due)
            table[f"{_verdict(one.request.was_on_time)}, ours {_verdict(ours)}"] += 1
    if not table:
        return {"judged": 0}
    agree = table["met, ours met"] + table["missed, ours missed"]
    return {"judged": table.total(), "agree": _share(agree, table.total()), **sorted_counts(table)}


def own_due(requests: Iterable[Request], as_of: datetime) -> dict[str, object]:
    """Feed the city's own due instants into our verdict and compare with its flag."""
    table: Counter[str] = Counter()
    for request in requests:
        if request.due is not None and request.was_on_time is not None:
            ended = request.closed or as_of
            agrees = is_met(ended, request.due) == request.was_on_time
            table["agree" if agrees else "differ"] += 1
            table["closed in the very second it was due"] += request.closed == request.due
    return sorted_counts(table)


def _verdict(met: bool) -> str:
    return "met" if met else "missed"


def sorted_counts(counted: Counter[str]) -> dict[str, object]:
    """Return counts, the greatest first."""
    return dict(counted.most_common())


def replay(requests: Sequence[Request], zone: ZoneInfo) -> dict[str, Any]:
    """Return how far the engine agrees with a city, and why it does not where it does not."""
    as_of = max(
        (instant for one in requests for instant in (one.closed, one.opened) if instant),
        default=datetime.now(SHANGHAI),
    )
    results: dict[str, Any] = {
        "rows": len(requests),
        "without_due": sum(one.due is None for one in requests),
        "closed_before_opened": sum(
            one.closed is not None and one.closed < one.opened for one in requests
        ),
        "types": len({one.kind for one in requests if one.due}),
        "due": {},
        "outcome": {},
    }
    for name, ways in ways_of(zone).items():
        judged = judge(requests, ways)
        results["judged"] = len(judged)
        results["due"][name] = agreement(judged)
        results["outcome"][name] = outcomes(judged, as_of)
        if name == BEST:
            results["apart"] = sorted_counts(causes(judged))
            results["ways"] = sorted_counts(
                Counter(one.rule.way.name for one in judged if one.rule is not None)
            )
    results["own_due_into_verdict"] = own_due(requests, as_of)
    return results


# -- Files -----------------------------------------------------------------------------------------

_NEW_YORK = ZoneInfo("America/New_York")
_PLAIN = "%Y-%m-%d %H:%M:%S"

FILES: Mapping[str, tuple[str, Columns]] = {
    "boston_2011": (
        "boston311/requests_2011_07_10.csv.gz",
        Columns(_NEW_YORK, _PLAIN, "type", "open_dt", "target_dt", "closed_dt", "ontime"),
    ),
    "new_york_2023": (
        "nyc311/half_day_2023_02_28.csv.gz",
        Columns(
            _NEW_YORK,
            "%m/%d/%Y %I:%M:%S %p",
            "Complaint Type",
            "Created Date",
            "Due Date",
            "Closed Date",
        ),
    ),
    "new_york_2019": (
        "nyc311/last_hours_of_2019.csv",
        Columns(
            _NEW_YORK,
            "%Y-%m-%dT%H:%M:%S.%f",
            "complaint_type",
            "created_date",
            "due_date",
            "closed_date",
        ),
    ),
    "san_francisco_2011": (
        "sf_open311/requests.csv",
        Columns(
            ZoneInfo("America/Los_Angeles"),
            _PLAIN,
            "service_name",
            "requested_datetime",
            "expected_datetime",
            "updated_datetime",
        ),
    ),
}


def _rows(path: Path) -> Iterator[Mapping[str, str]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def table_of(results: Mapping[str, Any]) -> Iterator[str]:
    """Return the results as lines for people."""
    for city, found in results.items():
        yield (
            f"\n{city}: {found['rows']:,} rows, {found['judged']:,} with a due instant, "
            f"{found['types']} types"
        )
        yield f"  {'':34}{'exactly':>10}{'1 minute':>10}{'1 day':>10}{'verdict':>10}"
        for name, shares in found["due"].items():
            verdict = found["outcome"][name]
            cells = [f"{share:>10.2%}" for share in shares.values()]
            cells.append(f"{verdict['agree']:>10.2%}" if verdict["judged"] else f"{'-':>10}")
            yield f"  {name:34}{''.join(cells)}"
        yield f"  ways learned: {found['ways']}"
        yield f"  the city's own due instants: {found['own_due_into_verdict']}"
        yield f"  more than a minute apart, {BEST}:"
        yield from (f"    {count:>7,}  {cause}" for cause, count in found["apart"].items())


def main() -> None:
    """Replay every file that is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="the folder with the cities' files"
    )
    folder: Path = parser.parse_args().data
    results = {}
    for city, (name, columns) in FILES.items():
        if (folder / name).exists():
            rows = (read_request(row, columns) for row in _rows(folder / name))
            results[city] = replay([row for row in rows if row is not None], columns.zone)
    if not results:
        sys.exit(f"None of the cities' files is in {folder}.")
    print("\n".join(table_of(results)), file=sys.stderr)
    json.dump(results, sys.stdout, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main()
