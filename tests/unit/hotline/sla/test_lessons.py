"""Forty lessons of other people's faults, each with what proves here that it was learnt.

The table says where; that what it names is there is itself a test. The faults that a pure function
can show are below under the names of the systems that had them; those that take a database are in
`tests/db/hotline/sla/test_kept_lessons.py`.
"""

import ast
import importlib
import inspect
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given, settings, strategies as st
from sqlalchemy.dialects import postgresql

from hotline.escalation.ladder import rungs_after
from hotline.escalation.receivers import (
    Case,
    Receiver,
    Roster,
    SkipReason,
    chains_for,
    resolve,
)
from hotline.kernel.tables import TableModel
from hotline.people.permissions import Role
from hotline.sla.clocks import MICROSECONDS, Timing, setting_of
from hotline.sla.models import ThresholdState
from hotline.sla.policy import (
    ACTED_RUNGS,
    FIRING_LEVELS,
    LADDER,
    MAX_URGES,
    ClockKind,
    ClockRule,
    Limit,
    Rung,
    rule_for,
)
from hotline.sla.presets import PRESETS
from hotline.sla.timers import SKIP_REASON, levels_of
from hotline.workdays.definition import (
    DayKind,
    Definition,
    InvalidCalendar,
    Override,
    definition_from_json,
    definition_to_json,
)
from hotline.workdays.official import official_calendars, official_definition
from hotline.workdays.workcalendar import Calendar, CalendarTooShort, Span
from tests.contracts.test_imports import ROOT
from tests.support.clock import MONDAY
from web.run import worker

_DB = "tests/db/hotline"
_UNIT = "tests/unit/hotline"
_SWEEP = f"{_DB}/escalation/test_sweep.py"
_ACTS = f"{_DB}/escalation/test_acts.py"
_OUTAGE = f"{_DB}/escalation/test_outage.py"
_CRASHES = f"{_DB}/escalation/test_crashes.py"
_WALK = f"{_DB}/tickets/test_walk.py"
_POLICIES = f"{_DB}/tickets/test_policies.py"
_CALENDARS = f"{_DB}/sla/test_calendars.py"
_KEPT = f"{_DB}/sla/test_kept_lessons.py"
_ORACLE = f"{_UNIT}/sla/test_oracle.py"
_CLOCKS = f"{_UNIT}/sla/test_clocks.py"
_DEFINITION = f"{_UNIT}/workdays/test_definition.py"
_WORKING = f"{_UNIT}/workdays/test_workcalendar.py"
_EXPLAINING = f"{_DB}/escalation/test_explaining.py"
_HOLDINGS = f"{_UNIT}/tickets/test_holdings.py"
_RETURNS = "test_a_return_upheld_costs_the_unit_nothing_and_one_refused_costs_it_the_time"
_WHOLE = "tests/whole/test_crash.py"
_HERE = f"{_UNIT}/sla/test_lessons.py"

LESSONS: Mapping[int, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        1: (
            "one clock is one row, one threshold is one row",
            ("hotline.sla.models:Threshold", f"{_KEPT}::test_itop_what_is_due_outlives_a_stop"),
        ),
        2: (
            "every level is laid out at once, not only the next",
            (f"{_KEPT}::test_glpi_5319_and_5805_a_lost_row_does_not_stop_the_ladder",),
        ),
        3: (
            "the database is the truth, the queue is a hint",
            (f"{_HERE}::test_bk_itsm_no_deadline_hangs_on_a_queue",),
        ),
        4: (
            "instants are UTC, calendars count in their own zone",
            (
                f"{_HERE}::test_frappe_bk_itsm_fixmystreet_no_column_without_a_zone",
                f"{_HERE}::test_fixmystreet_the_zone_of_whoever_asks_does_not_matter",
                "tests/contracts/test_times.py::test_no_instant_without_a_zone",
            ),
        ),
        5: (
            "the sweep is much faster than the smallest target",
            (f"{_HERE}::test_zammad_glpi_ccrs_chatwoot_nobody_waits_minutes_for_a_poll",),
        ),
        6: (
            "fire and mark in one transaction, effects through the outbox",
            (
                f"{_CRASHES}::test_a_round_of_the_sweeper_is_all_or_nothing",
                f"{_KEPT}::test_glpi_1996_mails_once",
            ),
        ),
        7: (
            "late is normal: once each, in order, an alarm for a stopped sweeper",
            (
                f"{_OUTAGE}::test_thirty_six_hours_of_nothing",
                f"{_KEPT}::test_ten_urgings_that_were_missed_are_one",
                f"{_OUTAGE}::test_a_stopped_sweeper_is_louder_than_any_late_ticket",
            ),
        ),
        8: (
            "the clock is an argument",
            (
                "tests/contracts/test_times.py::test_the_time_of_day_comes_from_one_place",
                "tests.support.clock:FrozenClock",
            ),
        ),
        9: (
            "a row that cannot be handled stops no other",
            (
                f"{_SWEEP}::test_a_ticket_that_cannot_be_handled_does_not_stop_the_others",
                f"{_ACTS}::test_an_act_that_fails_is_set_aside_with_an_alarm",
            ),
        ),
        10: (
            "sums for speed, events for truth, and a checker",
            (
                f"{_EXPLAINING}::test_a_clock_written_over_is_found_and_named",
                f"{_WALK}::test_no_way_through_the_machine_breaks_a_rule",
            ),
        ),
        11: (
            "elapsed time is never read off the last change",
            (f"{_KEPT}::test_ccrs_an_edit_does_not_restart_a_clock",),
        ),
        12: (
            "clocks are apart and none overrules another",
            (f"{_KEPT}::test_zammad_5177_3140_1322_no_clock_hides_another",),
        ),
        13: (
            "a hop has its own clock",
            (f"{_KEPT}::test_glpi_1911_and_14427_the_second_unit_gets_a_clock_of_its_own",),
        ),
        14: (
            "what remains is kept, dates are not moved",
            (
                f"{_HERE}::test_frappe_pr_2449_and_erpnext_pr_49414_hold_is_not_added_as_wall_time",
                f"{_ORACLE}::test_a_pause_over_free_time_changes_nothing",
            ),
        ),
        15: (
            "a pause stops every threshold of its clock, and ends by itself",
            (
                f"{_KEPT}::test_glpi_24481_a_pause_stops_warnings_and_urging_too",
                f"{_ACTS}::test_a_suspension_that_nobody_reviews_ends_by_itself",
            ),
        ),
        16: (
            "another priority keeps what was used",
            (
                f"{_KEPT}::test_glpi_6902_another_urgency_keeps_what_was_used",
                f"{_POLICIES}::test_a_change_of_urgency_keeps_the_used_time",
            ),
        ),
        17: (
            "versions are pinned, a change for open tickets is an act of its own",
            (
                f"{_POLICIES}::test_an_edit_leaves_the_deadlines_of_open_tickets_unchanged",
                f"{_POLICIES}::test_the_preview_says_what_re_applying_does",
                f"{_KEPT}::test_zammad_4353_a_changed_policy_leaves_no_ghosts",
                f"{_CALENDARS}::test_a_late_holiday_is_previewed_then_moved_to",
            ),
        ),
        18: (
            "what ends drops its thresholds, what is reopened gets new clocks",
            (
                f"{_KEPT}::test_zammad_904_merged_tickets_drop_their_levels",
                f"{_KEPT}::test_zammad_904_reopening_revives_no_old_clock",
            ),
        ),
        19: (
            "exactly at the deadline is met",
            (
                f"{_CLOCKS}::test_exactly_at_the_deadline_is_in_time",
                f"{_SWEEP}::test_a_microsecond_decides",
            ),
        ),
        20: (
            "several spans a day, days that differ, ends exclusive",
            (
                f"{_DEFINITION}::test_a_day_is_its_override_or_the_plain_week",
                f"{_DEFINITION}::test_work_may_go_through_midnight",
                f"{_DEFINITION}::test_the_bounds_of_spans_to_a_microsecond",
            ),
        ),
        21: (
            "an empty calendar is refused and every walk is bounded",
            (
                f"{_HERE}::test_frappe_and_itop_an_empty_calendar_neither_hangs_nor_crashes",
                f"{_DEFINITION}::test_nobody_may_be_off_for_more_than_sixty_days",
            ),
        ),
        22: (
            "a calendar knows where it ends",
            (
                f"{_HERE}::test_chinesecalendar_beyond_what_is_announced_is_provisional",
                f"{_CALENDARS}::test_sixty_days_before_its_end_a_calendar_calls",
                f"{_CALENDARS}::test_what_is_provisional_follows_by_itself",
            ),
        ),
        23: (
            "the calendar hangs on the rule, not on the ticket",
            (f"{_HERE}::test_the_desk_counts_day_and_night_and_the_audit_does_not",),
        ),
        24: (
            "adding and counting are two binary searches",
            (
                f"{_DEFINITION}::test_many_at_once_are_the_same_as_one_by_one",
                "bench.recalculate:__doc__",
            ),
        ),
        25: (
            "a holiday never brings a deadline nearer",
            (
                f"{_HERE}::test_django_helpdesk_a_holiday_lengthens",
                f"{_ORACLE}::test_a_holiday_never_brings_an_end_nearer",
            ),
        ),
        26: (
            "warnings are rows like the rest; one that lies in the past is skipped and says why",
            (
                f"{_HERE}::test_ccrs_a_warning_is_a_row_that_no_missed_tick_loses",
                f"{_HERE}::test_zammad_a_warning_longer_than_its_limit_is_skipped_with_the_reason",
            ),
        ),
        27: (
            "receivers are tried in turn, the last is on duty, nobody at all is an alarm",
            (
                f"{_HERE}::test_ccrs_no_supervisor_is_not_the_end",
                f"{_ACTS}::test_nobody_at_all_is_an_alarm",
            ),
        ),
        28: (
            "what repeats has a cap and each time is a row",
            (f"{_HERE}::test_urging_is_finite_and_visible",),
        ),
        29: (
            "quiet hours act on delivery, not on firing",
            (
                f"{_UNIT}/notices/test_timing.py::test_the_urgent_pass_at_night_and_over_the_limit",
                f"{_KEPT}::test_zammad_4432_and_frappe_2967_the_night_delays_no_firing",
            ),
        ),
        30: (
            "every decision explains itself",
            (
                f"{_EXPLAINING}::test_every_road_adds_up",
                f"{_ACTS}::test_who_was_told_and_who_was_passed_over_is_written",
                f"{_DB}/tickets/test_simulating.py::test_the_same_policy_changes_nothing",
            ),
        ),
        31: (
            "events are scored, not states",
            (f"{_KEPT}::test_chatwoot_a_later_fix_does_not_erase_the_miss",),
        ),
        32: (
            "whoever held it answers for it; what nobody watched is excused",
            (
                f"{_HOLDINGS}::{_RETURNS}",
                f"{_OUTAGE}::test_a_promise_broken_unwatched_is_excused",
            ),
        ),
        33: (
            "no share without its number: figures come with their counts, nobody is ranked by them",
            ("credit.queries:PromiseTally",),
        ),
        34: (
            "what gaming would show in is kept: each pause with its instant and reason",
            ("hotline.sla.models:ClockChange", "hotline.tickets.holdings:shares_of"),
        ),
        35: (
            "laws: inverse, monotone, neutral pauses, sums",
            (
                f"{_WORKING}::test_elapsed_undoes_add",
                f"{_WORKING}::test_a_longer_limit_is_never_due_earlier",
                f"{_WORKING}::test_starting_later_is_never_due_earlier",
                f"{_ORACLE}::test_a_pause_cut_in_two_is_one_pause",
                f"{_ORACLE}::test_a_pause_over_free_time_changes_nothing",
                f"{_HOLDINGS}::test_the_hops_are_the_whole_time",
            ),
        ),
        36: (
            "a slow walker agrees with the fast arithmetic",
            (
                f"{_ORACLE}::test_random_histories_are_walked_to_the_same_end",
                f"{_ORACLE}::test_the_walker_notices_a_difference",
            ),
        ),
        37: (
            "random events on one ticket break no rule",
            (f"{_WALK}::test_no_way_through_the_machine_breaks_a_rule",),
        ),
        38: (
            "killed between any two statements, and two at once",
            (
                f"{_CRASHES}::test_an_act_is_done_whole_or_not_at_all",
                f"{_CRASHES}::test_two_at_once_and_one_of_them_killed",
                f"{_WHOLE}::test_every_answered_ticket_survives_and_every_clock_fires_once",
            ),
        ),
        39: (
            "other systems' cases are ours",
            (f"{_HERE}::test_rt_hours_and_due_of_a_working_week",),
        ),
        40: (
            "a hundred thousand clocks: the claim is read off the partial index",
            (
                "bench.clocks:__doc__",
                f"{_KEPT}::test_the_claim_is_read_off_the_partial_index",
            ),
        ),
    }
)
"""The lesson, and what proves it: a test by its file and name, or a module and what is in it."""


def test_every_lesson_is_accounted_for() -> None:
    assert sorted(LESSONS) == list(range(1, 41))


@pytest.mark.parametrize("number", LESSONS)
def test_what_proves_a_lesson_is_there(number: int) -> None:
    _, proofs = LESSONS[number]
    assert proofs
    for proof in proofs:
        path, _, name = proof.partition("::")
        if name:
            source = (ROOT / path).read_text(encoding="utf-8")
            assert re.search(rf"^(async )?def {name}\(", source, re.MULTILINE), proof
        else:
            module, _, attribute = proof.partition(":")
            assert getattr(importlib.import_module(module), attribute) is not None, proof


# -- storage and running ---------------------------------------------------------------------------


def test_bk_itsm_no_deadline_hangs_on_a_queue() -> None:
    """bk-itsm loses its timers with Redis. Here nothing that fires even knows that there is one."""
    for path in sorted((ROOT / "hotline/escalation").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            named += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in named if name.partition(".")[0] in {"arq", "redis"}], path


def test_frappe_bk_itsm_fixmystreet_no_column_without_a_zone() -> None:
    """Naive times go wrong twice a year, or when a server moves."""
    importlib.import_module("web.run.tables")
    types = {
        str(column): column.type.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
        for table in TableModel.metadata.tables.values()
        for column in table.columns
    }
    assert [name for name, kind in types.items() if kind == "TIMESTAMP WITHOUT TIME ZONE"] == []
    assert list(types.values()).count("TIMESTAMP WITH TIME ZONE") > 50


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Urumqi"])
def test_fixmystreet_the_zone_of_whoever_asks_does_not_matter(zone: str) -> None:
    working = official_calendars()["working"]
    at = datetime(2026, 3, 6, 8, 30, tzinfo=UTC)
    there = at.astimezone(ZoneInfo(zone))
    assert working.add(there, 9 * 3600 * MICROSECONDS) == working.add(at, 9 * 3600 * MICROSECONDS)
    assert working.elapsed(there, at + timedelta(days=3)) == working.elapsed(
        at, at + timedelta(days=3)
    )


def test_fixmystreet_summers_of_another_clock_are_refused() -> None:
    """The zone had summer time until 1991; a calendar that did not know would be an hour wrong."""
    working = official_calendars()["working"]
    with pytest.raises(CalendarTooShort):
        working.add(datetime(1990, 7, 2, 1, tzinfo=UTC), 3600 * MICROSECONDS)


def test_zammad_glpi_ccrs_chatwoot_nobody_waits_minutes_for_a_poll() -> None:
    """Polls of five minutes are a sixth of a limit of thirty; of our smallest target, a hundredth."""
    shortest = min(
        setting.target(rung)
        for preset in PRESETS
        for rule in preset.policy.clocks.values()
        for setting in [setting_of(rule, "", official_calendars()[rule.calendar])]
        for rung in FIRING_LEVELS
    )
    assert shortest >= worker._LONGEST_SLEEP_SECONDS * MICROSECONDS * 100


# -- computing -------------------------------------------------------------------------------------

FRIDAY = datetime(2026, 3, 6, 8, 0, tzinfo=UTC)
"""Four in the afternoon: an hour before the office closes for two days."""


def calendars() -> tuple[Calendar, Calendar]:
    official = official_calendars()
    return official["natural"], official["working"]


@pytest.mark.parametrize("wait", [timedelta(hours=1), timedelta(days=2), timedelta(days=40)])
def test_frappe_pr_2449_and_erpnext_pr_49414_hold_is_not_added_as_wall_time(
    wait: timedelta,
) -> None:
    """Frappe moved the start by the length of the hold: what was left was then another amount."""
    for calendar in calendars():
        begun = Timing.begun(calendar, 20 * 3600, MONDAY)
        at = calendar.add(MONDAY, 6 * 3600 * MICROSECONDS)
        resumed = begun.paused(calendar, at).resumed(calendar, at + wait)
        assert calendar.elapsed(at + wait, resumed.due_at) == 14 * 3600 * MICROSECONDS


def test_frappe_pr_2449_a_hold_over_a_weekend_changes_nothing() -> None:
    """Added as wall time it would have given the unit two days of work."""
    _, working = calendars()
    begun = Timing.begun(working, 7 * 3600, MONDAY + timedelta(days=4))
    closed = datetime(2026, 3, 6, 10, 0, tzinfo=UTC)
    opened = datetime(2026, 3, 9, 0, 30, tzinfo=UTC)
    assert begun.paused(working, closed).resumed(working, opened).due_at == begun.due_at


def test_frappe_and_itop_an_empty_calendar_neither_hangs_nor_crashes() -> None:
    """Frappe walked for ever through a calendar without work, iTop's extension fell over it."""
    official = official_definition()
    with pytest.raises(InvalidCalendar):
        Definition(((),) * 7, {}, official.covered_until, 7 * 3600)
    all_off = {
        (first := date(2026, 1, 1) + timedelta(days=n)): Override(DayKind.HOLIDAY, str(first))
        for n in range(90)
    }
    with pytest.raises(InvalidCalendar):
        Definition(official.week, all_off, official.covered_until, 7 * 3600)
    with pytest.raises(CalendarTooShort):
        calendars()[1].add(MONDAY, 10**9 * MICROSECONDS)


def test_chinesecalendar_beyond_what_is_announced_is_provisional() -> None:
    """Beyond its last year the library raises: here the plain week holds, and says it is a guess."""
    _, working = calendars()
    if working.known_until is None:
        raise AssertionError("an official calendar ends where nothing is announced")
    beyond = datetime.combine(working.known_until + timedelta(days=3), time(4), UTC)
    due = working.add(beyond, 7 * 3600 * MICROSECONDS)
    assert working.is_provisional(due)
    assert not working.is_provisional(MONDAY)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.policy.code)
def test_the_desk_counts_day_and_night_and_the_audit_does_not(preset: object) -> None:
    policy = preset.policy  # type: ignore[attr-defined]
    calendar = {kind: rule.calendar for kind, rule in policy.clocks.items()}
    assert calendar[ClockKind.ACCEPT] == "natural"
    assert policy.code in {"p0", "p1"} or calendar[ClockKind.AUDIT] == "working"


DAYS = st.dates(date(2026, 1, 5), date(2026, 9, 30))


@settings(max_examples=15)  # each builds a calendar of thirty years
@given(day=DAYS, start=DAYS, hours=st.integers(1, 200))
def test_django_helpdesk_a_holiday_lengthens(day: date, start: date, hours: int) -> None:
    """Its arithmetic was inverted: the more holidays, the earlier everything was due."""
    official = official_definition()
    longer = Definition(
        official.week,
        {**official.overrides, day: Override(DayKind.HOLIDAY, "补发")},
        official.covered_until,
        official.day_seconds,
    )
    at = datetime.combine(start, time(3), UTC)
    amount = hours * 3600 * MICROSECONDS
    before = official_calendars()["working"].add(at, amount)
    assert longer.calendar("working", "b").add(at, amount) >= before


def test_rt_hours_and_due_of_a_working_week() -> None:
    """RT's own case: 9 to 18 on weekdays, due in so many business hours, whatever stands between."""
    given_week = definition_to_json(official_definition())
    day = ["09:00-18:00"]
    given_week["week"] = {
        name: day if name not in {"sat", "sun"} else [] for name in given_week["week"]
    }
    given_week["overrides"] = {}
    office = definition_from_json(given_week).calendar("working", "rt")
    shanghai = ZoneInfo("Asia/Shanghai")

    def due(start: datetime, hours: int) -> datetime:
        return office.add(start, hours * 3600 * MICROSECONDS).astimezone(shanghai)

    def at(month_day: int, hour: int) -> datetime:
        return datetime(2026, 6, month_day, hour, tzinfo=shanghai)

    assert due(at(1, 13), 2) == at(1, 15)  # Monday, within the day
    assert due(at(1, 17), 2) == at(2, 10)  # over the night
    assert due(at(5, 17), 2) == at(8, 10)  # Friday, over the weekend
    assert due(at(6, 12), 2) == at(8, 11)  # begun on a Saturday
    assert due(at(1, 7), 2) == at(1, 11)  # begun before the office opens
    assert due(at(1, 9), 9) == at(1, 18)  # to the very end of the day, not the next morning


def test_spans_do_not_overlap_and_may_end_at_midnight() -> None:
    assert Span.parse("20:00-24:00").seconds == 4 * 3600


# -- warnings and escalation -----------------------------------------------------------------------


def test_ccrs_a_warning_is_a_row_that_no_missed_tick_loses() -> None:
    """Its 75 % was asked at each tick: a tick that was missed took the warning with it."""
    natural, _ = calendars()
    rule = ClockRule(Limit(seconds=1800), warnings=(Decimal("0.6"), Decimal("0.75")))
    setting = setting_of(rule, "", natural)
    levels = levels_of(natural, setting, Timing.begun(natural, 1800, MONDAY))
    assert [(level.rung, level.due_at - MONDAY, level.state) for level in levels] == [
        (Rung.YELLOW, timedelta(minutes=18), ThresholdState.ARMED),
        (Rung.ORANGE, timedelta(minutes=22, seconds=30), ThresholdState.ARMED),
        (Rung.RED, timedelta(minutes=30), ThresholdState.ARMED),
    ]


def test_zammad_a_warning_longer_than_its_limit_is_skipped_with_the_reason() -> None:
    """A fixed lead is half of a short limit, and more than all of a shorter one."""
    natural, _ = calendars()
    rule = ClockRule(Limit(seconds=600), warnings=(Limit(seconds=900), Limit(seconds=300)))
    setting = setting_of(rule, "", natural)
    levels = levels_of(natural, setting, Timing.begun(natural, 600, MONDAY))
    assert [(level.state, level.reason) for level in levels] == [
        (ThresholdState.SKIPPED, SKIP_REASON),
        (ThresholdState.ARMED, None),
        (ThresholdState.ARMED, None),
    ]


@pytest.mark.parametrize("rung", Rung)
@pytest.mark.parametrize("kind", ClockKind)
def test_ccrs_no_supervisor_is_not_the_end(kind: ClockKind, rung: Rung) -> None:
    """Where CCRS gave up with NO_SUPERVISOR, the next one in the chain is told, and it is written."""
    admin = sa.Uuid().python_type(int=7)
    roster = Roster({}, {Role.ADMIN.value: [admin]}, {}, frozenset({admin}), 1)
    told = resolve(Case(kind, rung, 2, None), roster)
    assert told.users == (admin,)
    assert not told.is_nobody
    passed_over = {receiver for chain in chains_for(kind, rung) for receiver in chain[:-1]}
    assert {receiver for receiver, _ in told.skipped} == passed_over
    reasons = dict(told.skipped)
    assert reasons.get(Receiver.SUPERVISORS, SkipReason.NOBODY) is SkipReason.NOBODY


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.policy.code)
@pytest.mark.parametrize("kind", LADDER)
def test_urging_is_finite_and_visible(preset: object, kind: ClockKind) -> None:
    policy = preset.policy  # type: ignore[attr-defined]
    rule = rule_for(policy, kind)
    if rule is None:
        return
    official = official_calendars()
    calendar = official[rule.calendar]
    timing = Timing.begun(calendar, setting_of(rule, "", calendar).limit_seconds, MONDAY)
    seen: dict[tuple[Rung, int], datetime] = {}
    fired = [(Rung.RED, 1)]
    while fired:
        for after in rungs_after(
            *fired.pop(), policy, kind, "", timing, MONDAY, calendar, official
        ):
            assert (after.rung, after.nth) not in seen
            seen[after.rung, after.nth] = after.due_at
            fired.append((after.rung, after.nth))
    urges = [due_at for (rung, _), due_at in seen.items() if rung is Rung.URGE]
    assert len(urges) <= MAX_URGES
    assert urges == sorted(set(urges))
    assert all(nth == 1 for rung, nth in seen if rung in ACTED_RUNGS)
    assert all(due_at >= timing.due_at for due_at in seen.values())


def test_the_lessons_of_this_file_are_those_of_the_table() -> None:
    """A test of a named system that the table does not know would be a lesson nobody counts."""
    named = re.compile(r"def (test_(?:bk_itsm|ccrs|chinese|django|frappe|rt_|zammad)\w*)")
    source = Path(inspect.getfile(test_every_lesson_is_accounted_for)).read_text(encoding="utf-8")
    known = {proof.partition("::")[2] for _, proofs in LESSONS.values() for proof in proofs}
    assert set(named.findall(source)) - known == {
        "test_frappe_pr_2449_a_hold_over_a_weekend_changes_nothing"
    }
