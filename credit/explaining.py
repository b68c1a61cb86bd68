"""A score's explanation as JSON: from S down to k of n, exact and readable without the program - pure."""

from decimal import Decimal
from typing import Any

from credit.formula.v1 import IndicatorPoints, Score
from credit.ledger import Weighed

_DIGITS = Decimal("0.0001")


def score_to_json(score: Score) -> dict[str, Any]:
    """Return the explanation tree of a score; rates and weights to four digits."""
    return {
        "formula": score.formula,
        "score": _text(score.score),
        "performance": _text(score.performance),
        "ledger": _text(score.ledger),
        "low": _text(score.interval.low) if score.interval else None,
        "high": _text(score.interval.high) if score.interval else None,
        "n": score.n,
        "indicators": [_indicator(line) for line in score.indicators],
        "entries": [_entry(item) for item in score.balance.items],
        "ledger_before_range": _digits(score.balance.unbounded),
    }


def _indicator(line: IndicatorPoints) -> dict[str, Any]:
    return {
        "indicator": line.indicator.value,
        "k": _text(line.rate.k),
        "n": line.rate.n,
        "raw": _digits(line.raw),
        "prior": _digits(line.prior),
        "shrunk": _digits(line.shrunk),
        "low": _digits(line.interval.low),
        "high": _digits(line.interval.high),
        "weight": _digits(line.weight),
        "points": _digits(line.points),
    }


def _entry(item: Weighed) -> dict[str, Any]:
    return {
        "id": str(item.entry.id),
        "code": item.entry.code,
        "severity": item.entry.severity.value,
        "points": _text(item.entry.points),
        "counted": _text(item.counted),
        "confirmed_on": item.entry.confirmed_on.isoformat(),
        "counts": item.entry.counts,
        "weight": _digits(item.weight),
        "value": _digits(item.value),
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _digits(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.quantize(_DIGITS):f}"
