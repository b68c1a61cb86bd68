"""What would change if an appeal was upheld: scores before and after - pure.

A score that was kept explains itself down to k of n: with the entries of its day it is made again, once
with what is in dispute and once without.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from credit.formula.registry import formula_of
from credit.formula.v1 import Measured, Score, ScoreInput
from credit.ledger import Entry
from credit.rulebook import Indicator, RuleBook
from credit.statistics import Rate


@dataclass(frozen=True, slots=True)
class Effect:
    """What an appeal means for one score.

    Attributes:
        period: of the frozen period; None for the live score.
        is_public: the period is published.
        refused: the score if the appeal is refused.
        upheld: the score if it is upheld.
    """

    period: str | None
    is_public: bool
    refused: Score
    upheld: Score


def given_by(explanation: Mapping[str, Any], entries: Sequence[Entry], day: date) -> ScoreInput:
    """Return what a kept score was made of."""
    measured = {
        Indicator(line["indicator"]): Measured(
            Rate(Decimal(line["k"]), int(line["n"])), Decimal(line["prior"])
        )
        for line in explanation["indicators"]
        if line["n"]
    }
    return ScoreInput(day, int(explanation["n"]), measured, list(entries))


def without_entry(
    given: ScoreInput, entry_id: uuid.UUID, book: RuleBook
) -> tuple[Score, Score] | None:
    """Return the scores with an entry and without it; None when it does not weigh there."""
    if all(one.id != entry_id for one in given.entries):
        return None
    evaluate = formula_of(book.formula)
    found = []
    for counts in (True, False):
        entries = [
            replace(one, counts=counts) if one.id == entry_id else one for one in given.entries
        ]
        found.append(evaluate(replace(given, entries=entries), book))
    return found[0], found[1]


def without_tickets(
    given: ScoreInput, indicator: Indicator, taken: Rate, book: RuleBook
) -> tuple[Score, Score] | None:
    """Return the scores with some tickets in a figure and without them; None when it has none."""
    before = given.measured.get(indicator)
    if before is None:
        return None
    evaluate = formula_of(book.formula)
    left = Rate(before.rate.k - taken.k, before.rate.n - taken.n)
    measured = {**given.measured, indicator: replace(before, rate=left)}
    if left.n <= 0:
        del measured[indicator]
    return evaluate(given, book), evaluate(replace(given, measured=measured), book)
