"""Clocks under another rule: what was used stays used, and nobody is overdue before the change."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, strategies as st

from hotline.sla.clocks import MICROSECONDS, ClockState, Timing
from hotline.sla.differences import Difference, differences
from hotline.sla.policy import (
    REQUIRED_CLOCKS,
    Beyond,
    ClockKind,
    ClockRule,
    Limit,
    Match,
    Policy,
    Rung,
)
from hotline.sla.terms import OWN_LIMITS, Held, Terms, terms_of
from hotline.workdays.official import official_calendars
from hotline.workdays.workcalendar import Calendar

CALENDARS = official_calendars()
NATURAL, WORKING = CALENDARS["natural"], CALENDARS["working"]
MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOUR = 3600
DAY = Limit(seconds=24 * HOUR)


def policy(rule: ClockRule, **others: ClockRule) -> Policy:
    clocks = dict.fromkeys(REQUIRED_CLOCKS, rule)
    clocks |= {ClockKind(kind): other for kind, other in others.items()}
    return Policy("own", "own", Match(), clocks)


def held(timing: Timing, rule: ClockRule, calendar: Calendar = NATURAL, **more: Limit) -> Held:
    return Held(ClockKind.COMPLETE, policy(rule), "help", calendar, timing, **more)


def moved(old: Held, rule: ClockRule, now: datetime, request_type: str = "help") -> Terms | None:
    return terms_of(old, policy(rule), request_type, CALENDARS, now)


LIMITS = st.integers(1, 10 * 86400)
CALENDAR = st.sampled_from([NATURAL, WORKING])
STATES = st.sampled_from(["running", "paused", "submitted"])


def lived(calendar: Calendar, limit: int, ran: int, waited: int, state: str) -> Timing:
    timing = Timing.begun(calendar, limit, MONDAY)
    at = MONDAY + timedelta(seconds=ran)
    if state == "paused":
        return timing.paused(calendar, at)
    if state == "submitted":
        return timing.submitted(at)
    return timing.paused(calendar, at).resumed(calendar, at + timedelta(seconds=waited))


@given(
    old=CALENDAR,
    new=CALENDAR,
    limit=LIMITS,
    other=LIMITS,
    ran=LIMITS,
    waited=LIMITS,
    later=LIMITS,
    state=STATES,
)
def test_what_was_used_stays_used(
    old: Calendar,
    new: Calendar,
    limit: int,
    other: int,
    ran: int,
    waited: int,
    later: int,
    state: str,
) -> None:
    before = lived(old, limit, ran, waited, state)
    now = MONDAY + timedelta(seconds=ran + waited + later)
    after = before.reapplied(old, new, other, now)
    at = before.stopped_at or now
    assert after.used == before.used_by(old, at)
    assert after.used_by(new, at) == after.used
    assert (after.state, after.stopped_at) == (before.state, before.stopped_at)
    remaining = other * MICROSECONDS - after.used
    if remaining > 0:
        assert new.elapsed(at, after.due_at) == remaining
    else:
        assert after.due_at == min(before.due_at, at)
    # Whoever was in time when it changed, or when he handed the work in, still is.
    if before.due_at >= at:
        assert after.due_at >= at


@given(limit=LIMITS, other=LIMITS, ran=LIMITS, once=LIMITS)
def test_there_and_back_is_nothing(limit: int, other: int, ran: int, once: int) -> None:
    before = Timing.begun(NATURAL, limit, MONDAY)
    now = MONDAY + timedelta(seconds=min(ran, limit - 1))
    later = now + timedelta(seconds=once)
    there = before.reapplied(NATURAL, NATURAL, other, now)
    back = there.reapplied(NATURAL, NATURAL, limit, later)
    if later < before.due_at:
        assert back.due_at == before.due_at


@given(limit=LIMITS, more=LIMITS, ran=LIMITS)
def test_a_longer_limit_is_never_due_earlier(limit: int, more: int, ran: int) -> None:
    before = Timing.begun(WORKING, limit, MONDAY)
    now = MONDAY + timedelta(seconds=ran)
    assert before.reapplied(WORKING, WORKING, limit + more, now).due_at >= before.due_at


def test_the_same_rule_changes_nothing() -> None:
    timing = Timing.begun(NATURAL, 86400, MONDAY)
    assert moved(held(timing, ClockRule(DAY)), ClockRule(DAY), MONDAY) is None


def test_another_type_may_change_the_limit_of_the_same_rule() -> None:
    rule = ClockRule(DAY, by_type={"consult": Limit(seconds=2 * HOUR)})
    old = held(Timing.begun(NATURAL, 86400, MONDAY), rule)
    terms = moved(old, rule, MONDAY, "consult")
    assert terms is not None
    assert terms.timing.due_at == MONDAY + timedelta(hours=2)


def test_what_a_plan_or_an_order_set_is_left_alone() -> None:
    for kind in OWN_LIMITS:
        old = Held(
            kind, policy(ClockRule(DAY)), "help", NATURAL, Timing.begun(NATURAL, 86400, MONDAY)
        )
        other = policy(ClockRule(DAY), **{kind.value: ClockRule(Limit(seconds=HOUR))})
        assert terms_of(old, other, "help", CALENDARS, MONDAY) is None


def test_a_clock_that_the_policy_leaves_out_runs_on() -> None:
    timing = Timing.begun(NATURAL, 4 * HOUR, MONDAY)
    old = Held(ClockKind.FIRST_CONTACT, policy(ClockRule(DAY)), "help", NATURAL, timing)
    assert terms_of(old, policy(ClockRule(Limit(seconds=HOUR))), "help", CALENDARS, MONDAY) is None


def test_granted_time_is_kept_in_days_of_the_new_calendar() -> None:
    timing = Timing.begun(NATURAL, 86400 + 86400, MONDAY)
    terms = moved(held(timing, ClockRule(DAY)), ClockRule(Limit(Decimal(5)), "working"), MONDAY)
    assert terms is not None
    assert terms.setting.limit_seconds == 6 * WORKING.day_seconds


def test_a_ladder_of_its_own_is_a_change() -> None:
    timing = Timing.begun(NATURAL, 86400, MONDAY)
    quiet = ClockRule(DAY, beyond={})
    louder = ClockRule(DAY, beyond={Rung.ORDER: Beyond(Decimal("0.1"))})
    assert moved(held(timing, quiet), louder, MONDAY) is not None
    assert moved(held(timing, quiet), quiet, MONDAY) is None
    assert timing.state is ClockState.RUNNING


def test_differences_name_each_part_and_nothing_else() -> None:
    before = {
        "match": {"urgency": ["p1"]},
        "clocks": {"accept": {"limit": "PT30M"}, "sign": {"limit": "PT1H"}},
    }
    after = {
        "match": {},
        "clocks": {"accept": {"limit": "PT20M", "beyond": {}}},
        "return_window": "PT2H",
    }
    assert differences(before, before) == []
    assert differences(before, after) == [
        Difference("clocks.accept.limit", "PT30M", "PT20M"),
        Difference("clocks.accept.beyond", None, {}),
        Difference("return_window", None, "PT2H"),
        Difference("match.urgency", ["p1"], None),
        Difference("clocks.sign.limit", "PT1H", None),
    ]
