"""One revision of a period made out of what was known: every department's row, and two digests.

Whatever a revision depends on beside observations and entries is pinned: the rules, the departments with
their peers, the grades before, the revisions of a year's quarters, the survey. Made again from the same
pins, it has the same digests (`credit.recomputing`).
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.books import PublishedBook
from credit.grades import Graded, Standing, grade_of
from credit.ledger import Measure
from credit.period_models import PeriodScore
from credit.periods import Period, PeriodKind
from credit.ranking import Place
from credit.rulebook import Grade, RuleBook
from credit.scoring import (
    PATIENTLY,
    Progress,
    Scored,
    Window,
    explanation_of,
    graded,
    places_of,
    score_all,
)
from credit.units import Unit
from credit.yearly import QuarterScore, YearInput, YearScore, evaluate_year

_DIGITS = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """What a revision is made of, beside the rows that were recorded by `as_of`.

    Attributes:
        before: each department's grade until then.
        leaning: the grade that its score of the month before would have had by itself.
        quarters: of a year, each with its revision.
        surveys: of a year, by department; None where observers were not asked.
    """

    period: Period
    as_of: datetime
    rules: PublishedBook
    units: Sequence[Unit]
    before: Mapping[int, Grade] = field(default_factory=dict)
    leaning: Mapping[int, Grade] = field(default_factory=dict)
    quarters: Sequence[tuple[str, int]] = ()
    surveys: Mapping[int, Decimal | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A revision as it will stand in the tables.

    Attributes:
        rows: of `credit_period_scores`, but for the period's key and the revision.
    """

    rows: Sequence[Mapping[str, Any]]
    input_digest: bytes
    result_digest: bytes


async def snapshot(session: AsyncSession, pins: Pins, progress: Progress | None = None) -> Snapshot:
    """Return what a period's revision is, as of an instant and by what is pinned."""
    await session.exec(PATIENTLY)  # type: ignore[call-overload]
    window = Window(pins.period.since, pins.period.until)
    scored = await score_all(
        session, pins.as_of, window, pins.rules, units=pins.units, progress=progress
    )
    if pins.period.kind is PeriodKind.YEAR:
        years = await _years(session, pins, scored)
        places = places_of([one.department for one in scored], years, pins.rules.book)
        rows = [
            _year_row(one, years[one.department.id], places[one.department.id], pins)
            for one in scored
        ]
    else:
        rows = [_row(one, pins) for one in scored]
    return Snapshot(rows, _input_digest(pins, rows), result_digest(rows))


def _row(one: Scored, pins: Pins) -> dict[str, Any]:
    unit, score, book = one.department, one.score, pins.rules.book
    before, leaning = pins.before.get(unit.id), pins.leaning.get(unit.id)
    grade = graded(
        one,
        book,
        before=before,
        leaning=leaning,
        needs_sample=pins.period.kind is PeriodKind.MONTH,
    )
    explanation = explanation_of(score)
    solved = explanation["case_mix"].get(Measure.RESOLVED.value, {})
    return _unit(unit) | {
        "input_digest": one.digest,
        "score": score.score,
        "performance": score.performance,
        "ledger": score.ledger,
        "low": score.interval.low if score.interval else None,
        "high": score.interval.high if score.interval else None,
        "n": score.n,
        "band": one.place.band,
        "rank": one.place.rank,
        "severe": one.severe,
        **_grades(grade, before, leaning),
        "observed": Decimal(solved["observed"]) if solved else None,
        "expected": Decimal(solved["expected"]) if solved else None,
        "explanation": explanation,
    }


def _unit(unit: Unit) -> dict[str, Any]:
    return {
        "department_id": unit.id,
        "department_code": unit.code,
        "department_name": unit.name,
        "department_name_en": unit.name_en,
        "peer_group": unit.peer_group,
        "is_active": unit.is_active,
    }


def _grades(grade: Graded, before: Grade | None, leaning: Grade | None) -> dict[str, Any]:
    return {
        "grade": grade.grade,
        "grade_by_score": grade.by_score,
        "grade_before": before,
        "leaning": leaning,
        "grade_reasons": [reason.value for reason in grade.reasons],
        "is_trial": grade.is_trial,
    }


async def _years(
    session: AsyncSession, pins: Pins, scored: Sequence[Scored]
) -> Mapping[int, YearScore]:
    found: defaultdict[int, list[QuarterScore]] = defaultdict(list)
    rows = await session.exec(
        select(PeriodScore)
        .where(sa.tuple_(col(PeriodScore.period), col(PeriodScore.revision)).in_(pins.quarters))
        .order_by(col(PeriodScore.period))
    )
    for row in rows:
        found[row.department_id].append(
            QuarterScore(row.period, row.revision, row.score, row.performance, row.low, row.high)
        )
    return {
        one.department.id: evaluate_year(
            YearInput(
                found[one.department.id],
                one.score.ledger,
                pins.surveys.get(one.department.id),
                one.score.n,
            ),
            pins.rules.book,
        )
        for one in scored
    }


def _year_row(one: Scored, year: YearScore, place: Place, pins: Pins) -> dict[str, Any]:
    row = _row(one, pins)
    grade = _year_grade(one, year, pins.rules.book)
    low, high = year.interval or (None, None)
    return row | {
        "score": year.score,
        "performance": year.performance,
        "low": low,
        "high": high,
        "band": place.band,
        "rank": place.rank,
        **_grades(grade, None, None),
        "explanation": row["explanation"] | _year_json(year, pins),
    }


def _year_grade(one: Scored, year: YearScore, book: RuleBook) -> Graded:
    """Return what a year's score says by itself; it only sums up, consequences follow quarters."""
    return grade_of(Standing(year.score, year.performance, one.severe, year.n), book.grades)


def _year_json(year: YearScore, pins: Pins) -> dict[str, Any]:
    return {
        "score": _text(year.score),
        "performance": _text(year.performance),
        "low": _text(year.interval.low) if year.interval else None,
        "high": _text(year.interval.high) if year.interval else None,
        "year": {
            "quarters": _text(year.quarters),
            "revisions": [list(one) for one in pins.quarters],
            "ledger_part": _text(year.ledger_part),
            "survey": _text(year.survey),
            "shares": {
                "quarters": _text(year.shares.quarters.quantize(_DIGITS)),
                "ledger": _text(year.shares.ledger.quantize(_DIGITS)),
                "survey": _text(year.shares.survey.quantize(_DIGITS)),
            },
        },
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _input_digest(pins: Pins, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return a digest of everything that all departments' rows are made of."""
    body = {
        "period": str(pins.period),
        "formula": pins.rules.book.formula,
        "rules": pins.rules.version,
        "quarters": [list(one) for one in pins.quarters],
        "units": [
            [
                row["department_code"],
                row["peer_group"],
                row["is_active"],
                row["input_digest"].hex(),
                row["grade_before"],
                row["leaning"],
                _text(pins.surveys.get(row["department_id"])),
            ]
            for row in sorted(rows, key=lambda one: one["department_code"])
        ],
    }
    return _digest(body)


RESULTS = (
    *("department_code", "department_name", "department_name_en", "peer_group", "is_active"),
    *("score", "performance", "ledger", "low", "high", "n", "band", "rank", "severe"),
    *("grade", "grade_by_score", "grade_before", "grade_reasons", "is_trial"),
    *("observed", "expected", "explanation"),
)


def result_digest(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return a digest of all that a revision says, from rows as they are made or as they stand."""
    return _digest(
        [
            [_plain(row[name]) for name in RESULTS]
            for row in sorted(rows, key=lambda one: one["department_code"])
        ]
    )


def _plain(value: object) -> object:
    # However many digits a column keeps, a figure is the same figure.
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def _digest(body: object) -> bytes:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()
