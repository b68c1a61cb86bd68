"""The formula in the open, and a calculator: what a score would be if rates were others."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from credit.formula.v1 import Score, ScoreInput
from credit.grades import Standing, grade_of
from credit.outlook import given_of, what_if
from credit.rulebook import Grade, Indicator, RuleBook, Severity
from credit.statistics import Rate
from hotline.kernel.errors import N_
from web.i18n import Translator
from web.labels import label
from web.views.credit_figures import (
    NOTHING,
    GradeView,
    exact,
    grade_view,
    part_words,
    rounded,
    share,
    signed,
    span,
)
from web.views.credit_words import event_words
from web.views.forms import FormState

MOST_N = 10_000_000
_NUMBER = re.compile(r"[+-]?\d{1,9}(\.\d{1,4})?")
_WEIGHING = (Severity.MINOR, Severity.GENERAL, Severity.SEVERE, Severity.PLUS)


@dataclass(frozen=True, slots=True)
class FormulaLine:
    """How one rate becomes points."""

    name: str
    key: int
    weight: str
    floor: str
    target: str


@dataclass(frozen=True, slots=True)
class DecayLine:
    """How long a class of events counts."""

    severity: Severity
    full_days: int
    end_days: int
    shown: str


@dataclass(frozen=True, slots=True)
class EventLine:
    """What an event weighs."""

    code: str
    name: str
    severity: Severity
    points: str
    cap: str
    from_checks: bool


@dataclass(frozen=True, slots=True)
class GradeLine:
    """Where a grade begins."""

    grade: GradeView
    line: str


@dataclass(frozen=True, slots=True)
class FormulaView:
    """A rule book as everybody may read it."""

    lines: Sequence[FormulaLine]
    decays: Sequence[DecayLine]
    events: Sequence[EventLine]
    grades: Sequence[GradeLine]
    strength: int
    window_days: int
    prior_months: int
    least: str
    most: str
    margin: str
    a_performance: str
    least_n: int
    least_ranked_n: int
    ratings: Sequence[tuple[int, str]]
    year_shares: Sequence[str]


def formula_view(book: RuleBook, t: Translator) -> FormulaView:
    """Return the rules in force as everybody may read them."""
    low, high = book.ledger_range
    return FormulaView(
        lines=[
            FormulaLine(
                part_words(one.value, t),
                key,
                exact(how.weight),
                share(how.floor, 0),
                share(how.target, 0),
            )
            for key, one in enumerate(Indicator, start=1)
            for how in (book.weighings[one],)
        ],
        decays=[
            DecayLine(one, how.full_days, how.end_days, _shown(how.shown_days, t))
            for one in _WEIGHING
            for how in (book.decays[one],)
        ],
        events=_events(book, t),
        grades=[
            GradeLine(view, rounded(book.grades.lines[one], 0) if one in book.grades.lines else "0")
            for one in Grade
            for view in (grade_view(one, t, is_trial=False),)
            if view is not None
        ],
        strength=book.strength,
        window_days=book.window_days,
        prior_months=book.prior_months,
        least=signed(low, 0),
        most=signed(high, 0),
        margin=exact(book.grades.margin),
        a_performance=exact(book.grades.a_performance),
        least_n=book.grades.least_n,
        least_ranked_n=book.least_ranked_n,
        ratings=[
            (value, exact(worth))
            for value, worth in sorted(book.rating_values.items(), reverse=True)
        ],
        year_shares=[share(one, 0) for one in book.year_shares],
    )


def _shown(days: tuple[int, int] | None, t: Translator) -> str:
    if days is None:
        return t.text(N_("not shown"))
    return t.text(N_("{least}-{most} days"), least=days[0], most=days[1])


def _events(book: RuleBook, t: Translator) -> list[EventLine]:
    order = list(Severity)
    return [
        EventLine(
            code,
            event_words(code, t),
            rule.severity,
            signed(rule.points) if rule.points else NOTHING,
            NOTHING if rule.cap is None else signed(rule.cap),
            rule.from_checks,
        )
        for code, rule in sorted(
            book.events.items(), key=lambda one: (order.index(one[1].severity), one[1].points)
        )
    ]


# -- calculator ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CalculatorLine:
    """One indicator of the calculator: what is typed, and what comes of it."""

    code: str
    name: str
    key: int
    k: str
    n: str
    prior: str
    error: str | None
    shrunk: str
    points: str
    weight: str
    change: str
    tone: str


@dataclass(frozen=True, slots=True)
class CalculatorView:
    """The calculator.

    Attributes:
        of: the department whose figures it begins with; None for made-up ones.
        result: None where what was typed means nothing.
    """

    of: str | None
    lines: Sequence[CalculatorLine]
    form: FormState
    ledger: str
    ledger_error: str | None
    score: str
    interval: str
    performance: str
    grade: GradeView | None
    before: str
    change: str
    tone: str
    is_asked: bool


def calculator_view(
    explanation: Mapping[str, Any] | None,
    asked: Mapping[str, str],
    day: date,
    book: RuleBook,
    of: str | None,
    t: Translator,
) -> CalculatorView:
    """Return the calculator: it begins with a department's figures, or with peers' usual ones.

    Args:
        explanation: of the score that it begins with; None for made-up figures.
        asked: what was typed, by field; `sign_k` and the like.
        day: of the score.
        book: the rules in force.
        of: whose figures they are.
        t: the reader's language.
    """
    given = given_of(explanation, day) if explanation else _usual(day, book)
    typed = {name: text.strip() for name, text in asked.items() if text.strip()}
    rates, errors = _rates(given, typed, t)
    ledger, ledger_error = _ledger(typed, book, t)
    base = what_if(given, book, rates={})
    score = what_if(given, book, rates=rates, ledger=ledger)
    lines = [
        _line(key, one, base, score, given, typed, errors, t)
        for key, one in enumerate(Indicator, start=1)
    ]
    change = (score.score or Decimal(0)) - (base.score or Decimal(0))
    return CalculatorView(
        of=of,
        lines=lines,
        form=FormState({}),
        ledger=typed.get("ledger", exact(base.ledger).replace("−", "-")),
        ledger_error=ledger_error,
        score=NOTHING if score.score is None else rounded(score.score),
        interval=span(*score.interval) if score.interval else NOTHING,
        performance=NOTHING if score.performance is None else rounded(score.performance),
        grade=_grade(score, book, t),
        before=NOTHING if base.score is None else rounded(base.score),
        change=signed(change),
        tone="up" if change > 0 else "down" if change < 0 else "even",
        is_asked=bool(typed) and not errors and ledger_error is None,
    )


def _usual(day: date, book: RuleBook) -> ScoreInput:
    """Return a department that does in everything what brings half of the points, in 100 cases each."""
    return given_of(
        {
            "n": 100,
            "indicators": [
                {
                    "indicator": one.value,
                    "k": str(100 * middle),
                    "n": 100,
                    "prior": str(middle),
                }
                for one in Indicator
                for middle in ((book.weighings[one].floor + book.weighings[one].target) / 2,)
            ],
            "entries": [],
        },
        day,
    )


def _rates(
    given: ScoreInput, typed: Mapping[str, str], t: Translator
) -> tuple[Mapping[Indicator, Rate], Mapping[Indicator, str]]:
    rates, errors = {}, {}
    for one in Indicator:
        known = given.measured[one].rate if one in given.measured else Rate(Decimal(0), 0)
        k = _number(typed.get(f"{one.value}_k"), known.k)
        n = _number(typed.get(f"{one.value}_n"), Decimal(known.n))
        if k is None or n is None or n != int(n) or not 0 <= k <= n <= MOST_N:
            errors[one] = t.text(
                N_("Type numbers from 0 on, the first no greater than the second.")
            )
        elif (k, int(n)) != (known.k, known.n):
            rates[one] = Rate(k, int(n))
    return rates, errors


def _ledger(
    typed: Mapping[str, str], book: RuleBook, t: Translator
) -> tuple[Decimal | None, str | None]:
    if "ledger" not in typed:
        return None, None
    low, high = book.ledger_range
    value = _number(typed["ledger"], Decimal(0))
    if value is None or not low <= value <= high:
        return None, t.text(
            N_("Type points from {least} to {most}."), least=signed(low, 0), most=signed(high, 0)
        )
    return value, None


def _number(text: str | None, otherwise: Decimal) -> Decimal | None:
    if text is None:
        return otherwise
    plain = text.replace("−", "-")
    if not _NUMBER.fullmatch(plain):
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None


def _line(
    key: int,
    one: Indicator,
    base: Score,
    score: Score,
    given: ScoreInput,
    typed: Mapping[str, str],
    errors: Mapping[Indicator, str],
    t: Translator,
) -> CalculatorLine:
    before, now = base.indicators[key - 1], score.indicators[key - 1]
    change = now.points - before.points
    return CalculatorLine(
        code=one.value,
        name=t.text(label(one)),
        key=key,
        k=typed.get(f"{one.value}_k", exact(before.rate.k)),
        n=typed.get(f"{one.value}_n", str(before.rate.n)),
        prior=share(now.prior) if one in given.measured else NOTHING,
        error=errors.get(one),
        shrunk=share(now.shrunk),
        points=rounded(now.points) if now.rate.n else NOTHING,
        weight=exact(now.weight.quantize(Decimal("0.01"))),
        change=signed(change) if change.quantize(Decimal("0.01")) else NOTHING,
        tone="up" if change > 0 else "down" if change < 0 else "even",
    )


def _grade(score: Score, book: RuleBook, t: Translator) -> GradeView | None:
    """Return what the score alone says: severe events and the grade before are left aside."""
    found = grade_of(Standing(score.score, score.performance, 0, score.n), book.grades)
    return grade_view(found.grade, t, is_trial=False)
