"""What would lift a department, and when: said by the rules alone, from a score's explanation - pure.

Nothing here is a promise. Everything is what the released formula says *if nothing else changes*: rates
stay as they are, no event is added, and those there are fade as their class does (credit.md section 4).
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any

from credit.formula.registry import formula_of
from credit.formula.v1 import Measured, Score, ScoreInput
from credit.grades import Graded, Standing, grade_of
from credit.ledger import Entry, weight_at
from credit.rulebook import Grade, Indicator, RuleBook, Severity
from credit.statistics import Rate

FARTHEST_DAYS = 1130
"""No event counts longer than three years; a month more, so that the month's end after it is seen."""

_QUARTER = 3
"""A small sample changes a grade with a quarter at the earliest, never with a month."""

_NOTHING, _HUNDRED = Decimal(0), Decimal(100)
_SOMETHING = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class Fading:
    """An event that still counts, and how it goes.

    Attributes:
        value: what it brings on the day.
        full_until: the last day of full weight.
        ends_on: the first day on which it counts no more.
    """

    id: uuid.UUID
    code: str
    severity: Severity
    value: Decimal
    full_until: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Lever:
    """What an indicator could still bring.

    Attributes:
        missed: how much of n was not achieved.
        room: points up to its weight.
        each: what one case achieved instead of missed brings.
        in_a_row: how many cases achieved in a row would bring what is missing to the line, by this
            indicator alone; None when it cannot, or nothing is missing.
    """

    indicator: Indicator
    missed: Decimal
    room: Decimal
    each: Decimal
    in_a_row: int | None


@dataclass(frozen=True, slots=True)
class Turn:
    """A grade that is to come if nothing else changes.

    Attributes:
        grade: which.
        on: the month's end at which it comes.
    """

    grade: Grade
    on: date


@dataclass(frozen=True, slots=True)
class Outlook:
    """How far it is to the next better grade, and what leads there.

    Attributes:
        grade: the one that is compared with; None for a department without.
        better: the next one above it; None for an A.
        missing: points to its line; 0 when the score has reached it.
        to_surely: points to the line and the margin, which change the grade at once.
        performance_missing: what the performance part lacks for an A.
        severe: how many severe events are live.
        severe_until: the first day without any; None when there is none.
        line_on: the day when the score reaches the line; None when it never does by itself.
        rises, falls: the first grades to come by themselves.
        levers: what could bring points, the most first.
        fading: what takes points, the most first.
    """

    grade: Grade | None
    better: Grade | None
    missing: Decimal
    to_surely: Decimal
    performance_missing: Decimal
    severe: int
    severe_until: date | None
    line_on: date | None
    rises: Turn | None
    falls: Turn | None
    levers: Sequence[Lever]
    fading: Sequence[Fading]


def given_of(explanation: Mapping[str, Any], day: date) -> ScoreInput:
    """Return what a score was made of, as its explanation says it: what caps took is taken already."""
    return ScoreInput(
        day,
        explanation["n"],
        {
            Indicator(line["indicator"]): Measured(
                Rate(Decimal(line["k"]), line["n"]), Decimal(line["prior"])
            )
            for line in explanation["indicators"]
            if line["n"]
        },
        [
            Entry(
                uuid.UUID(line["id"]),
                line["code"],
                Severity(line["severity"]),
                Decimal(line["counted"]),
                date.fromisoformat(line["confirmed_on"]),
                counts=line["counts"],
            )
            for line in explanation["entries"]
        ],
    )


def what_if(
    given: ScoreInput,
    book: RuleBook,
    *,
    rates: Mapping[Indicator, Rate],
    ledger: Decimal | None = None,
) -> Score:
    """Return the score as it would be with other rates, and with another ledger where one is given.

    A rate that was not counted before is held against the middle of its floor and target.
    """
    measured = {
        one: Measured(
            rate, given.measured[one].prior if one in given.measured else _middle(one, book)
        )
        for one, rate in {**{i: m.rate for i, m in given.measured.items()}, **rates}.items()
    }
    entries = given.entries
    if ledger is not None:
        entries = [Entry(_SOMETHING, "", _class_of(ledger), ledger, given.day)]
    return formula_of(book.formula)(ScoreInput(given.day, given.n, measured, entries), book)


def _middle(indicator: Indicator, book: RuleBook) -> Decimal:
    how = book.weighings[indicator]
    return (how.floor + how.target) / 2


def _class_of(points: Decimal) -> Severity:
    return Severity.PLUS if points > 0 else Severity.MINOR


def ledger_on(entries: Sequence[Entry], day: date, book: RuleBook) -> Decimal:
    """Return what a ledger brings on a day; the points of the entries have gone through their caps."""
    low, high = book.ledger_range
    total = sum(
        (
            one.points * weight_at(book.decays[one.severity], one.confirmed_on, day)
            for one in entries
            if one.counts and one.severity in book.decays
        ),
        _NOTHING,
    )
    return min(max(total, low), high)


def score_on(performance: Decimal, entries: Sequence[Entry], day: date, book: RuleBook) -> Decimal:
    """Return the score of a day, the performance part being what it is."""
    return min(max(performance + ledger_on(entries, day, book), _NOTHING), _HUNDRED)


def projection(
    explanation: Mapping[str, Any], day: date, book: RuleBook, days: int, step: int = 7
) -> Sequence[tuple[date, Decimal]]:
    """Return the scores of the days to come, if nothing else changes."""
    if explanation["performance"] is None:
        return ()
    performance, entries = Decimal(explanation["performance"]), given_of(explanation, day).entries
    coming = [day + timedelta(days=after) for after in range(0, days + 1, step)]
    return [(one, score_on(performance, entries, one, book)) for one in coming]


def outlook(
    explanation: Mapping[str, Any],
    day: date,
    book: RuleBook,
    *,
    before: Grade | None,
    leaning: Grade | None = None,
) -> Outlook | None:
    """Return what leads to the next better grade; None without a score.

    Args:
        explanation: of the score of `day`.
        day: in Shanghai.
        book: the rules.
        before: the grade in force; None for the one that the score has by itself.
        leaning: the grade that the score of the month before would have had by itself.
    """
    if explanation["score"] is None:
        return None
    seen = _Seen(explanation, day, book)
    grade = before or seen.graded(day, None, None).grade
    better = None if grade is None or grade is Grade.A else list(Grade)[grade.place - 1]
    line = book.grades.lines[better] if better else _NOTHING
    missing = max(line - Decimal(explanation["score"]), _NOTHING)
    to_surely = max(line + book.grades.margin - Decimal(explanation["score"]), _NOTHING)
    rises, falls = _turns(seen, grade, leaning)
    return Outlook(
        grade,
        better,
        missing,
        to_surely if better else _NOTHING,
        max(book.grades.a_performance - seen.performance, _NOTHING)
        if better is Grade.A
        else _NOTHING,
        seen.severe(day),
        max((_ends_on(one, book) for one in seen.severe_entries(day)), default=None),
        _line_on(seen, line) if better and missing else None,
        rises,
        falls,
        levers(explanation, book, missing),
        fading(explanation, day, book),
    )


class _Seen:
    """A score's explanation, looked at from the days to come."""

    def __init__(self, explanation: Mapping[str, Any], day: date, book: RuleBook) -> None:
        self.day, self.book = day, book
        self.n: int = explanation["n"]
        self.performance = Decimal(explanation["performance"])
        self.entries = given_of(explanation, day).entries

    def score(self, day: date) -> Decimal:
        return score_on(self.performance, self.entries, day, self.book)

    def severe_entries(self, day: date) -> Sequence[Entry]:
        return [
            one
            for one in self.entries
            if one.counts
            and one.severity is Severity.SEVERE
            and weight_at(self.book.decays[Severity.SEVERE], one.confirmed_on, day) > 0
        ]

    def severe(self, day: date) -> int:
        return len(self.severe_entries(day))

    def graded(self, day: date, before: Grade | None, leaning: Grade | None) -> Graded:
        return grade_of(
            Standing(
                self.score(day),
                self.performance,
                self.severe(day),
                self.n,
                before,
                leaning,
                needs_sample=day.month % _QUARTER != 0,
            ),
            self.book.grades,
        )


def _line_on(seen: _Seen, line: Decimal) -> date | None:
    coming = (seen.day + timedelta(days=after) for after in range(1, FARTHEST_DAYS))
    return next((day for day in coming if seen.score(day) >= line), None)


def _turns(
    seen: _Seen, grade: Grade | None, leaning: Grade | None
) -> tuple[Turn | None, Turn | None]:
    """Return the first better and the first worse grade at the months' ends to come."""
    if grade is None:
        return None, None
    rises: Turn | None = None
    falls: Turn | None = None
    for day in month_ends(seen.day, FARTHEST_DAYS):
        found = seen.graded(day, grade, leaning)
        leaning = found.by_score
        if found.grade is None or found.grade is grade:
            continue
        if found.grade.place < grade.place:
            rises = rises or Turn(found.grade, day)
        else:
            falls = falls or Turn(found.grade, day)
    return rises, falls


def month_ends(day: date, days: int) -> Sequence[date]:
    """Return the last days of the months within so many days, the running month's first."""
    found: list[date] = []
    first = day.replace(day=1)
    while True:
        first = (first + timedelta(days=32)).replace(day=1)
        end = first - timedelta(days=1)
        if (end - day).days >= days:
            return found
        found.append(end)


def levers(
    explanation: Mapping[str, Any], book: RuleBook, missing: Decimal = _NOTHING
) -> Sequence[Lever]:
    """Return what each indicator that was counted could still bring, the most first."""
    found = [_lever(line, book, missing) for line in explanation["indicators"] if line["n"]]
    return sorted(found, key=lambda one: (-one.room, one.indicator))


def _lever(line: Mapping[str, Any], book: RuleBook, missing: Decimal) -> Lever:
    indicator = Indicator(line["indicator"])
    how, n, k = book.weighings[indicator], line["n"], Decimal(line["k"])
    weight, points = Decimal(line["weight"]), Decimal(line["points"])
    room = max(weight - points, _NOTHING)
    slope = weight / (how.target - how.floor)
    return Lever(
        indicator,
        n - k,
        room,
        min(slope / (n + book.strength), room),
        _in_a_row(line, book, missing) if _NOTHING < missing <= room else None,
    )


def _in_a_row(line: Mapping[str, Any], book: RuleBook, missing: Decimal) -> int | None:
    """Return how many cases achieved in a row bring the missing points: the rate solved for n."""
    how, n = book.weighings[Indicator(line["indicator"])], line["n"]
    wanted = how.floor + (Decimal(line["points"]) + missing) / Decimal(line["weight"]) * (
        how.target - how.floor
    )
    if wanted >= 1:
        return None
    reached = Decimal(line["k"]) + book.strength * Decimal(line["prior"])
    lacking = (wanted * (n + book.strength) - reached) / (1 - wanted)
    return max(int(lacking.to_integral_value(ROUND_CEILING)), 1)


def fading(explanation: Mapping[str, Any], day: date, book: RuleBook) -> Sequence[Fading]:
    """Return the events that take points on a day, the heaviest first."""
    found = []
    for one in given_of(explanation, day).entries:
        if not one.counts or one.severity not in book.decays:
            continue
        decay = book.decays[one.severity]
        value = one.points * weight_at(decay, one.confirmed_on, day)
        if value < 0:
            full_until = one.confirmed_on + timedelta(days=decay.full_days)
            found.append(
                Fading(one.id, one.code, one.severity, value, full_until, _ends_on(one, book))
            )
    return sorted(found, key=lambda one: (one.value, one.ends_on, one.id))


def _ends_on(entry: Entry, book: RuleBook) -> date:
    return entry.confirmed_on + timedelta(days=book.decays[entry.severity].end_days)
