"""What would have changed: every department's last quarter by a draft of the rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.books import PublishedBook, book_at
from credit.formula.registry import formula_of
from credit.formula.v1 import Score
from credit.grades import Standing, grade_of
from credit.ledger import Entry
from credit.models import Observation
from credit.period_models import PeriodRevision
from credit.periods import Period
from credit.rulebook import Grade, RuleBook
from credit.scoring import Scored, Window, live_severe, places_of, rolling, score_all
from credit.units import Unit


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a department stands by one book: the grade by the score alone, whatever it was before."""

    score: Decimal | None
    performance: Decimal | None
    ledger: Decimal
    grade: Grade | None
    rank: int | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a draft does to one department."""

    department: Unit
    n: int
    before: Stand
    after: Stand

    @property
    def is_changed(self) -> bool:
        """Tell whether anything that people see would be another."""
        return self.before != self.after

    @property
    def moved(self) -> Decimal:
        """By how much the score moves; 0 where there is none."""
        if self.before.score is None or self.after.score is None:
            return Decimal(0)
        return self.after.score - self.before.score


@dataclass(frozen=True, slots=True)
class Preview:
    """What a draft does to everybody.

    Attributes:
        period: the quarter that was looked at; None for the rolling window, where no quarter has
            anything in it.
        window: its instants.
        as_of: what was recorded later is not known.
        against: the version that it is held against.
        reweighed: how many entries weigh another number of points, or belong to another class.
    """

    period: Period | None
    window: Window
    as_of: datetime
    against: int
    reweighed: int
    effects: Sequence[Effect]

    @property
    def changed(self) -> int:
        """How many departments would stand elsewhere."""
        return sum(one.is_changed for one in self.effects)

    @property
    def grade_changed(self) -> int:
        """How many would have another grade."""
        return sum(one.before.grade is not one.after.grade for one in self.effects)


def quarter_before(now: datetime) -> Period:
    """Return the last quarter that is over."""
    return Period.month_of(now).around[0].before


def reweighed(entry: Entry, book: RuleBook) -> Entry:
    """Return an entry as a book would have written it; what it does not know stays as it is."""
    rule = book.events.get(entry.code)
    if rule is None:
        return entry
    return replace(
        entry, severity=rule.severity, points=rule.points, cap=rule.cap, cap_days=rule.cap_days
    )


async def preview_rules(session: AsyncSession, book: RuleBook, now: datetime) -> Preview:
    """Return what a book would have made of the last full quarter, or else of the last days.

    Entries are weighed anew with the book's points; for real they keep what they were written with.
    """
    rules = await book_at(session, now)
    period, window, as_of = await _looked_at(session, rules.book, now)
    before = await score_all(session, as_of, window, rules)
    drafted = await score_all(session, as_of, window, PublishedBook(rules.version, book))
    evaluate = formula_of(book.formula)
    changed = 0
    after: list[Scored] = []
    for one in drafted:
        entries = [reweighed(entry, book) for entry in one.given.entries]
        changed += sum(new != old for new, old in zip(entries, one.given.entries, strict=True))
        given = replace(one.given, entries=entries)
        after.append(
            replace(
                one,
                given=given,
                score=evaluate(given, book),
                severe=live_severe(entries, given.day, book),
            )
        )
    old, new = _stands(before, rules.book), _stands(after, book)
    return Preview(
        period,
        window,
        as_of,
        rules.version,
        changed,
        [
            Effect(one.department, one.score.n, old[one.department.id], new[one.department.id])
            for one in before
        ],
    )


async def _looked_at(
    session: AsyncSession, book: RuleBook, now: datetime
) -> tuple[Period | None, Window, datetime]:
    quarter = quarter_before(now)
    window = Window(quarter.since, quarter.until)
    newest: datetime | None = (
        await session.exec(
            select(sa.func.max(col(PeriodRevision.as_of))).where(
                PeriodRevision.period == str(quarter)
            )
        )
    ).one()
    if newest is not None:
        return quarter, window, newest
    observed = (
        await session.exec(
            select(Observation.id)
            .where(
                col(Observation.finished_at) >= window.since,
                col(Observation.finished_at) < window.until,
            )
            .limit(1)
        )
    ).first()
    if observed is not None:
        return quarter, window, quarter.until
    return None, rolling(now, book), now


def _stands(scored: Sequence[Scored], book: RuleBook) -> Mapping[int, Stand]:
    places = places_of(
        [one.department for one in scored], {one.department.id: one.score for one in scored}, book
    )
    return {
        one.department.id: _stand(one.score, one.severe, places[one.department.id].rank, book)
        for one in scored
    }


def _stand(score: Score, severe: int, rank: int | None, book: RuleBook) -> Stand:
    grade = grade_of(Standing(score.score, score.performance, severe, score.n), book.grades)
    return Stand(score.score, score.performance, score.ledger, grade.grade, rank)
