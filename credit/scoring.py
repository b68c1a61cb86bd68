"""Scores of all departments as of any instant, out of what was known then.

Observations and entries are never changed, only taken back by later rows: what was known at an instant
is what had been recorded by then. The same instant gives the same digits, whenever it is asked.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.books import PublishedBook, book_at
from credit.explaining import score_to_json
from credit.formula.registry import formula_of
from credit.formula.v1 import Measured, Score, ScoreInput
from credit.grades import Graded, Standing, grade_of
from credit.ledger import Entry, EntryState, Measure, counts_then, weight_at
from credit.models import LiveScore
from credit.period_models import PeriodScore
from credit.published import grades_in_force
from credit.ranking import Candidate, Place, ranked
from credit.rulebook import Grade, Indicator, RuleBook, Severity
from credit.statistics import NOTHING, Interval, Rate, prior_for
from credit.units import Unit, units_as_of
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.tx import Transaction

Rates = Mapping[Measure, Mapping[str, Rate]]
"""By measure and category."""

Progress = Callable[[int, int], None]
"""Takes how many departments are done, and of how many."""


class Placed(Protocol):
    """What a rank is made of."""

    @property
    def n(self) -> int:
        """How many assignments were counted."""
        ...

    @property
    def score(self) -> Decimal | None:
        """None without activity."""
        ...

    @property
    def interval(self) -> Interval | None:
        """As far as chance goes."""
        ...


_RATES = sa.text(
    "SELECT department_id, measure, category, "
    "coalesce(sum(k) FILTER (WHERE finished_at >= :since), 0), "
    "coalesce(sum(n) FILTER (WHERE finished_at >= :since), 0), "
    "coalesce(sum(k) FILTER (WHERE finished_at >= :past), 0), "
    "coalesce(sum(n) FILTER (WHERE finished_at >= :past), 0) "
    "FROM credit_observations "
    "WHERE finished_at >= least(:since, :past) AND finished_at < :until AND recorded_at <= :as_of "
    "GROUP BY department_id, measure, category"
).bindparams(*(sa.bindparam(name, type_=sa.DateTime(timezone=True)) for name in ("since", "past")))
"""What was reached in a window, and in the longer one that peers are judged by, in one pass."""

_ENTRIES = sa.text(
    "SELECT e.department_id, e.id, e.code, e.severity, e.points, e.cap, e.cap_days, before.state, "
    "last.state, forced.at FROM credit_entries e "
    "JOIN LATERAL (SELECT min(c.changed_at) AS at FROM credit_entry_changes c "
    "WHERE c.entry_id = e.id AND c.state = 'in_force' AND c.changed_at <= least(:at, :as_of)) forced "
    "ON forced.at IS NOT NULL "
    "JOIN LATERAL (SELECT c.state FROM credit_entry_changes c WHERE c.entry_id = e.id "
    "AND c.changed_at <= least(:at, :as_of) ORDER BY c.seq DESC LIMIT 1) before ON true "
    "JOIN LATERAL (SELECT c.state FROM credit_entry_changes c WHERE c.entry_id = e.id "
    "AND c.changed_at <= :as_of ORDER BY c.seq DESC LIMIT 1) last ON true "
    "WHERE e.recorded_at <= least(:at, :as_of) AND e.reverses_id IS NULL"
).bindparams(*(sa.bindparam(name, type_=sa.DateTime(timezone=True)) for name in ("at", "as_of")))

PATIENTLY = sa.text("SET LOCAL statement_timeout = '120s'")
"""For a transaction that goes through the work of a year."""

_TICK = timedelta(microseconds=1)
_DIGITS = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time in which assignments were finished."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Scored:
    """A department with its score and where that puts it.

    Attributes:
        given: what the score was made of.
        digest: of it and of the rules' version; equal digests mean equal scores.
        severe: how many severe events are live.
    """

    department: Unit
    given: ScoreInput
    score: Score
    place: Place
    severe: int
    digest: bytes
    rule_version: int


def rolling(as_of: datetime, book: RuleBook) -> Window:
    """Return the window of the live score."""
    return Window(as_of - timedelta(days=book.window_days), as_of)


async def score_all(
    session: AsyncSession,
    as_of: datetime,
    window: Window | None = None,
    rules: PublishedBook | None = None,
    *,
    units: Sequence[Unit] | None = None,
    progress: Progress | None = None,
) -> Sequence[Scored]:
    """Return every department's score as of an instant, by department.

    A window that is over is scored as of its last day: later events do not weigh on it, and of what
    has become of earlier ones since only what was revoked, or is objected to, is left out.

    Args:
        session: may be read-only.
        as_of: what was recorded later is not known.
        window: of the finished assignments; None for the rolling one.
        rules: None for those that held.
        units: None for the departments as they were then.
        progress: called with how many are done, of how many.
    """
    rules = rules or await book_at(session, as_of)
    at = as_of if window is None else min(as_of, window.until - _TICK)
    window = window or rolling(as_of, rules.book)
    if units is None:
        units = await units_as_of(session, as_of, at)
    units = sorted(units, key=lambda one: one.code)
    rates, past = await _rates(session, window, as_of, rules.book)
    priors = _by_group(past, units)
    entries = await entries_as_of(session, as_of, at)
    day = at.astimezone(SHANGHAI).date()
    evaluate = formula_of(rules.book.formula)
    given, scores = {}, {}
    for done, unit in enumerate(units, start=1):
        given[unit.id] = ScoreInput(
            day,
            _total(rates[unit.id].get(Measure.BASE, {})).n,
            _measured(rates[unit.id], priors[unit.peer_group], rules.book),
            entries[unit.id],
        )
        scores[unit.id] = evaluate(given[unit.id], rules.book)
        if progress:
            progress(done, len(units))
    places = places_of(units, scores, rules.book)
    return [
        Scored(
            unit,
            given[unit.id],
            scores[unit.id],
            places[unit.id],
            live_severe(entries[unit.id], day, rules.book),
            input_digest(given[unit.id], rules.version),
            rules.version,
        )
        for unit in units
    ]


_Sums = defaultdict[int, dict[Measure, dict[str, Rate]]]


async def _rates(
    session: AsyncSession, window: Window, as_of: datetime, book: RuleBook
) -> tuple[_Sums, _Sums]:
    """Return what was reached in a window, and in the months before its end."""
    past = window.until - timedelta(days=book.prior_months * 365 // 12)
    rows = await session.exec(  # type: ignore[call-overload]
        _RATES,
        params={"since": window.since, "until": window.until, "past": past, "as_of": as_of},
    )
    own: _Sums = defaultdict(dict)
    longer: _Sums = defaultdict(dict)
    for department_id, measure, category, k, n, past_k, past_n in rows:
        if n:
            own[department_id].setdefault(Measure(measure), {})[category] = Rate(k, n)
        if past_n:
            longer[department_id].setdefault(Measure(measure), {})[category] = Rate(past_k, past_n)
    return own, longer


def _by_group(
    rates: Mapping[int, Rates], units: Sequence[Unit]
) -> defaultdict[str | None, dict[Measure, dict[str, Rate]]]:
    """Sum up the rates of each peer group."""
    found: defaultdict[str | None, dict[Measure, dict[str, Rate]]] = defaultdict(dict)
    for unit in units:
        for measure, by_category in rates.get(unit.id, {}).items():
            group = found[unit.peer_group].setdefault(measure, {})
            for category, rate in by_category.items():
                group[category] = group.get(category, NOTHING) + rate
    return found


def _total(by_category: Mapping[str, Rate]) -> Rate:
    return sum(by_category.values(), NOTHING)


def _measured(own: Rates, peers: Rates, book: RuleBook) -> Mapping[Indicator, Measured]:
    found = {}
    for indicator in Indicator:
        measure = Measure(indicator.value)
        by_category, of_peers = own.get(measure, {}), peers.get(measure, {})
        rate = _total(by_category)
        if rate.n <= 0:
            continue
        how = book.weighings[indicator]
        found[indicator] = Measured(
            rate,
            prior_for(
                {category: one.n for category, one in by_category.items()},
                of_peers,
                _total(of_peers),
                (how.floor + how.target) / 2,
                book.strength,
            ),
        )
    return found


async def entries_as_of(
    session: AsyncSession, as_of: datetime, at: datetime | None = None
) -> defaultdict[int, list[Entry]]:
    """Return what each ledger had at an instant; what had not come into force by then is left out.

    Args:
        session: may be read-only.
        as_of: what was recorded later is not known.
        at: an earlier instant that the ledger is weighed at; None for the same.
    """
    rows = await session.exec(  # type: ignore[call-overload]
        _ENTRIES, params={"as_of": as_of, "at": at or as_of}
    )
    found: defaultdict[int, list[Entry]] = defaultdict(list)
    for department_id, entry_id, code, severity, points, cap, cap_days, *states, forced_at in rows:
        then, known = map(EntryState, states)
        found[department_id].append(
            Entry(
                entry_id,
                code,
                Severity(severity),
                points,
                forced_at.astimezone(SHANGHAI).date(),
                cap,
                cap_days,
                counts=counts_then(then, known),
            )
        )
    for entries in found.values():
        entries.sort(key=lambda one: (one.confirmed_on, one.id))
    return found


def live_severe(entries: Sequence[Entry], day: date, book: RuleBook) -> int:
    """Return how many severe events still weigh on a department."""
    decay = book.decays[Severity.SEVERE]
    return sum(
        one.counts
        and one.severity is Severity.SEVERE
        and weight_at(decay, one.confirmed_on, day) > 0
        for one in entries
    )


def places_of(
    units: Sequence[Unit], scores: Mapping[int, Placed], book: RuleBook
) -> Mapping[int, Place]:
    """Rank each peer group by itself; a department without one is compared with nobody."""
    groups: defaultdict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        if unit.is_active and unit.peer_group is not None:
            groups[unit.peer_group].append(unit)
    ids = {unit.code: unit.id for unit in units}
    found = {
        ids[place.candidate.code]: place
        for group in groups.values()
        for place in ranked(
            [_candidate(unit, scores[unit.id]) for unit in group], book.least_ranked_n
        )
    }
    alone = {
        unit.id: Place(_candidate(unit, scores[unit.id]), None, None)
        for unit in units
        if unit.peer_group is None or not unit.is_active
    }
    return found | alone


def _candidate(unit: Unit, score: Placed) -> Candidate:
    return Candidate(unit.code, score.n, score.score, score.interval)


def input_digest(given: ScoreInput, rule_version: int) -> bytes:
    """Return a digest of everything that a score is made of."""
    body: dict[str, Any] = {
        "rules": rule_version,
        "day": given.day.isoformat(),
        "n": given.n,
        "measured": {
            one.value: [_exact(m.rate.k), m.rate.n, _exact(m.prior)]
            for one, m in given.measured.items()
        },
        "entries": [
            [
                str(one.id),
                one.code,
                one.severity.value,
                _exact(one.points),
                one.confirmed_on.isoformat(),
                _exact(one.cap) if one.cap is not None else None,
                one.cap_days,
                one.counts,
            ]
            for one in given.entries
        ],
    }
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def _exact(value: Decimal) -> str:
    return f"{value.normalize():f}"


def graded(
    scored: Scored,
    book: RuleBook,
    *,
    before: Grade | None = None,
    leaning: Grade | None = None,
    needs_sample: bool = False,
) -> Graded:
    """Return the grade that a score has by itself and after the one before it."""
    return grade_of(
        Standing(
            scored.score.score,
            scored.score.performance,
            scored.severe,
            scored.score.n,
            before,
            leaning,
            needs_sample,
        ),
        book.grades,
    )


def explanation_of(score: Score) -> dict[str, Any]:
    """Return the explanation tree with what peers would have reached of the same mix of work."""
    mix = {
        line.indicator.value: {
            "observed": _thousandths(line.rate.k),
            "expected": _thousandths(line.prior * line.rate.n),
            "difference": _thousandths(line.rate.k - line.prior * line.rate.n),
        }
        for line in score.indicators
        if line.rate.n
    }
    return score_to_json(score) | {"case_mix": mix}


def _thousandths(value: Decimal) -> str:
    return f"{value.quantize(_DIGITS):f}"


async def write_live_scores(
    tx: Transaction, as_of: datetime, progress: Progress | None = None
) -> int:
    """Write every department's score of the day; a second run of the day takes the first one's place.

    Returns:
        How many departments were scored.
    """
    await tx.session.exec(PATIENTLY)  # type: ignore[call-overload]
    rules = await book_at(tx.session, as_of)
    scored = await score_all(tx.session, as_of, rules=rules, progress=progress)
    before = await grades_in_force(tx.session)
    rows = [_row(one, rules.book, as_of, before.get(one.department.id)) for one in scored]
    if rows:
        statement = insert(LiveScore)
        await tx.session.exec(
            statement.on_conflict_do_update(
                index_elements=["department_id", "day"],
                set_={name: statement.excluded[name] for name in rows[0]},
            ),
            params=rows,
        )
    return len(rows)


def _row(
    one: Scored, book: RuleBook, as_of: datetime, before: PeriodScore | None
) -> dict[str, Any]:
    score, grade = one.score, graded(one, book, before=before.grade if before else None)
    return {
        "department_id": one.department.id,
        "day": one.given.day,
        "as_of": as_of,
        "formula": score.formula,
        "rule_version": one.rule_version,
        "peer_group": one.department.peer_group,
        "input_digest": one.digest,
        "score": score.score,
        "performance": score.performance,
        "ledger": score.ledger,
        "low": score.interval.low if score.interval else None,
        "high": score.interval.high if score.interval else None,
        "n": score.n,
        "band": one.place.band,
        "rank": one.place.rank,
        "grade": grade.grade,
        "is_trial": grade.is_trial,
        "explanation": explanation_of(score),
    }
