"""What follows red: each rung at its own instant, finite, in order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from hotline.escalation.ladder import LADDER_LEVELS, acknowledge_by, rungs_after
from hotline.sla.clocks import Timing, setting_of
from hotline.sla.policy import LADDER, Beyond, ClockKind, ClockRule, Limit, Policy, Rung, rule_for
from hotline.sla.presets import PRESETS
from hotline.workdays.official import official_calendars

CALENDARS = official_calendars()
BY_CODE = {preset.policy.code: preset.policy for preset in PRESETS}
NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)  # Monday, nine o'clock in Shanghai


def _ladder(policy: Policy, kind: ClockKind) -> dict[tuple[Rung, int], datetime]:
    rule = rule_for(policy, kind)
    assert rule is not None
    calendar = CALENDARS[rule.calendar]
    limit = setting_of(rule, "help", calendar).limit_seconds
    timing = Timing.begun(calendar, limit, NINE)
    found: dict[tuple[Rung, int], datetime] = {}
    fired = [(Rung.RED, 1)]
    while fired:
        rung, nth = fired.pop()
        for after in rungs_after(
            rung, nth, policy, kind, "help", timing, NINE, calendar, CALENDARS
        ):
            assert (after.rung, after.nth) not in found
            found[after.rung, after.nth] = after.due_at
            fired.append((after.rung, after.nth))
    return found


@pytest.mark.parametrize(
    ("kind", "rungs"),
    [
        (
            ClockKind.ACCEPT,
            {(Rung.ACT, 1): 45, **{(Rung.URGE, n): 30 + 30 * n for n in range(1, 11)}},
        ),
        (
            ClockKind.DISPATCH,
            {(Rung.ACT, 1): 90, **{(Rung.URGE, n): 60 + 60 * n for n in range(1, 11)}},
        ),
        (ClockKind.SIGN, {(Rung.URGE, 1): 60, (Rung.ACT, 1): 120}),
        (
            ClockKind.COMPLETE,
            {
                (Rung.URGE, 1): 30 * 60,
                (Rung.URGE, 2): 36 * 60,
                (Rung.URGE, 3): 42 * 60,
                (Rung.ORDER, 1): 36 * 60,
                (Rung.LISTING, 1): 48 * 60,
            },
        ),
        (ClockKind.CO_OPINION, {(Rung.ACT, 1): 12 * 60}),
        (ClockKind.FIRST_CONTACT, {}),
        (ClockKind.VISIT, {(Rung.URGE, n): 24 * 60 * (1 + n) for n in range(1, 11)}),
    ],
)
def test_the_fast_policy(kind: ClockKind, rungs: dict[tuple[Rung, int], int]) -> None:
    assert _ladder(BY_CODE["fast-24"], kind) == {
        rung: NINE + timedelta(minutes=minutes) for rung, minutes in rungs.items()
    }


def test_half_over_a_limit_of_days_counts_working_days() -> None:
    ladder = _ladder(BY_CODE["general-5"], ClockKind.COMPLETE)
    working = CALENDARS["working"]
    assert working.elapsed(NINE, ladder[Rung.ORDER, 1]) == int(7.5 * 7 * 3600 * 1_000_000)
    assert working.elapsed(NINE, ladder[Rung.LISTING, 1]) == 10 * 7 * 3600 * 1_000_000


def test_who_has_not_signed_when_the_window_ends_has_signed() -> None:
    """Five days: the window is one working day, and so is the limit to sign."""
    ladder = _ladder(BY_CODE["general-5"], ClockKind.SIGN)
    assert ladder[Rung.ACT, 1] == datetime(2026, 3, 2, 9, tzinfo=UTC)
    wide = replace(BY_CODE["general-5"], return_window=Limit(Decimal(2)))
    assert _ladder(wide, ClockKind.SIGN)[Rung.ACT, 1] == datetime(2026, 3, 3, 9, tzinfo=UTC)


def test_a_policy_may_say_otherwise_or_nothing() -> None:
    fast = BY_CODE["fast-24"]

    def with_ladder(beyond: dict[Rung, Beyond]) -> Policy:
        rule = replace(fast.clocks[ClockKind.COMPLETE], beyond=beyond)
        return replace(fast, clocks={**fast.clocks, ClockKind.COMPLETE: rule})

    assert _ladder(with_ladder({}), ClockKind.COMPLETE) == {}
    own = with_ladder({Rung.URGE: Beyond(Limit(seconds=3600), times=2)})
    assert _ladder(own, ClockKind.COMPLETE) == {
        (Rung.URGE, 1): NINE + timedelta(hours=25),
        (Rung.URGE, 2): NINE + timedelta(hours=26),
    }


def test_a_clock_that_the_policy_leaves_out_has_no_ladder() -> None:
    consult = BY_CODE["consult"]
    timing = Timing.begun(CALENDARS["natural"], 60, NINE)
    kind, natural = ClockKind.FIRST_CONTACT, CALENDARS["natural"]
    assert not rungs_after(Rung.RED, 1, consult, kind, "help", timing, NINE, natural, CALENDARS)


def test_every_rung_has_its_place_on_the_ladder_of_supervision() -> None:
    assert set(LADDER_LEVELS) == set(Rung)
    numbers = [Decimal(LADDER_LEVELS[rung]) for rung in Rung if rung is not Rung.ACT]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("kind", list(LADDER))
def test_the_ladder_is_finite_and_beyond_red(kind: ClockKind) -> None:
    rule = ClockRule(Limit(seconds=3600))
    for beyond in LADDER[kind].values():
        assert beyond.seconds(3600, 86400) >= 0
        assert 1 <= beyond.times <= 10
    assert rule.beyond is None


def test_an_urgent_alert_is_acknowledged_at_night_and_another_in_the_morning() -> None:
    evening = datetime(2026, 3, 2, 14, tzinfo=UTC)  # ten at night
    working = CALENDARS["working"]
    assert acknowledge_by(evening, is_urgent=True, working=working) == evening + timedelta(hours=2)
    assert acknowledge_by(evening, is_urgent=False, working=working) == datetime(
        2026, 3, 3, 3, tzinfo=UTC
    )
