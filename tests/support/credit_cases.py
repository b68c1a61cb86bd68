"""Departments whose scores were worked out by hand: inputs in one place, results in golden files."""

import uuid
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from credit.formula.v1 import Measured, ScoreInput
from credit.ledger import Entry
from credit.rulebook import DEFAULT_EVENTS, Indicator
from credit.statistics import Rate

DAY = date(2026, 11, 30)
PEERS = {
    Indicator.SIGN: "0.97",
    Indicator.CONTACT: "0.95",
    Indicator.PROMISE: "0.97",
    Indicator.RESOLVED: "0.88",
    Indicator.SATISFIED: "0.85",
    Indicator.QUALITY: "0.93",
}
"""What the peer group reaches with the same mix of categories."""


def measured(**rates: str) -> Mapping[Indicator, Measured]:
    """Return what was measured from `sign="6/7"` and the like; what is left out was not counted."""
    found = {}
    for name, text in rates.items():
        k, _, n = text.partition("/")
        indicator = Indicator(name)
        found[indicator] = Measured(Rate(Decimal(k), int(n)), Decimal(PEERS[indicator]))
    return found


def entry(code: str, on: date, *, counts: bool = True, number: int = 1) -> Entry:
    """Return an event of the default rules."""
    rule = DEFAULT_EVENTS[code]
    return Entry(
        uuid.UUID(int=number), code, rule.severity, rule.points, on, rule.cap, rule.cap_days, counts
    )


_GOOD = measured(
    sign="118/120",
    contact="116/120",
    promise="114/120",
    resolved="90/100",
    satisfied="54.0/60",
    quality="28/30",
)

CASES: Mapping[str, ScoreInput] = {
    # One of seven signed late and one of six done late: by the old count 78.04 and last of all.
    "seven_tickets_one_late": ScoreInput(
        DAY,
        7,
        measured(
            sign="6/7",
            contact="7/7",
            promise="5/6",
            resolved="6/6",
            satisfied="2.7/3",
            quality="2/2",
        ),
        [],
    ),
    # One of five late: by the old count 84 and last.
    "five_tickets_one_late": ScoreInput(
        DAY, 5, measured(sign="5/5", contact="5/5", promise="4/5", resolved="4/4"), []
    ),
    "many_tickets": ScoreInput(
        DAY,
        8500,
        measured(
            sign="8075/8500",
            contact="8075/8500",
            promise="8075/8500",
            resolved="6840/7600",
            satisfied="3672.0/4320",
            quality="408/430",
        ),
        [],
    ),
    "perfect": ScoreInput(
        DAY,
        200,
        measured(
            sign="200/200",
            contact="200/200",
            promise="200/200",
            resolved="180/180",
            satisfied="90.0/90",
            quality="40/40",
        ),
        [],
    ),
    "one_severe_event": ScoreInput(DAY, 120, _GOOD, [entry("false_closure", date(2026, 9, 1))]),
    "successful_appeal": ScoreInput(
        DAY, 120, _GOOD, [entry("false_closure", date(2026, 9, 1), counts=False)]
    ),
    # Confirmed in March and repaired in November: of 20 points none is left.
    "repaired": ScoreInput(
        DAY,
        120,
        _GOOD,
        [
            entry("rude_service", date(2026, 3, 2), counts=False),
            entry("supervision_l2", date(2026, 10, 1), number=2),
        ],
    ),
    # A plan that failed in May: 204 days old, so its 4 points weigh (365 - 204) / 275.
    "an_old_general_event": ScoreInput(DAY, 120, _GOOD, [entry("plan_failed", date(2026, 5, 10))]),
    # Twelve orders within a month: the cap leaves 5 points of 6.
    "twelve_orders": ScoreInput(
        DAY,
        120,
        _GOOD,
        [entry("supervision_l2", date(2026, 11, 1 + n), number=n + 1) for n in range(12)],
    ),
    "no_activity": ScoreInput(DAY, 0, {}, []),
}
