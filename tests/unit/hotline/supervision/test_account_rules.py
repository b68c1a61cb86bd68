"""Interviews, bulletins, clues and repeated rework: who, when, and what the figures say."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from hotline.supervision.bulletins import rules as bulletins
from hotline.supervision.bulletins.rules import BulletinState, Counted, UnitFigures
from hotline.supervision.clues import rules as clues
from hotline.supervision.clues.rules import ClueState
from hotline.supervision.errors import (
    BulletinMoveRefused,
    ClueMoveRefused,
    HeldInFuture,
    InterviewMoveRefused,
    InvalidFollowUp,
    InvalidPeriod,
    PromisesOpen,
    SecondPersonForBulletin,
)
from hotline.supervision.interviews import rules as interviews
from hotline.supervision.interviews.queries import months_before
from hotline.supervision.interviews.rules import (
    Floors,
    InterviewPromise,
    InterviewReason,
    InterviewState,
    MonthFigures,
    Warned,
)
from hotline.supervision.numbering import record_number, year_of
from hotline.supervision.rules import OrderLevel, level_of_reworks
from hotline.tickets.lifecycle import URGE_ANSWERABLE, Hold, Outcome, State, Status
from hotline.tickets.urges import outcome_of

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("round_", "level"),
    [(1, None), (2, None), (3, OrderLevel.ORDER), (4, OrderLevel.LISTING), (9, OrderLevel.LISTING)],
)
def test_rework_is_ordered_the_second_and_listed_the_third_time(
    round_: int, level: OrderLevel | None
) -> None:
    assert level_of_reworks(round_) is level


def test_an_urge_owes_an_answer_once_and_only_where_a_department_has_it() -> None:
    held = State(Status.PROCESSING)
    assert outcome_of(held, is_merged=False, has_clock=False) is Outcome.ANSWER_OWED
    assert outcome_of(held, is_merged=False, has_clock=True) is Outcome.DONE
    assert outcome_of(held, is_merged=True, has_clock=False) is Outcome.NOTED
    for state in (
        State(Status.SUBMITTED),
        State(Status.FEEDBACK_SUBMITTED),
        State(Status.PROCESSING, Hold.RETURN_REVIEW),
    ):
        assert state not in URGE_ANSWERABLE
        assert outcome_of(state, is_merged=False, has_clock=False) is Outcome.DONE


def test_the_course_of_an_interview() -> None:
    s = InterviewState
    allowed = {
        (s.PLANNED, s.HELD),
        (s.PLANNED, s.CANCELLED),
        (s.HELD, s.FOLLOWED_UP),
        (s.FOLLOWED_UP, s.CLOSED),
    }
    for before in s:
        for after in s:
            if (before, after) in allowed:
                interviews.require_following(before, after)
            else:
                with pytest.raises(InterviewMoveRefused):
                    interviews.require_following(before, after)


def test_the_record_of_an_interview_is_written_afterwards() -> None:
    later = NOW + HOUR
    interviews.require_held(NOW, later, [InterviewPromise("修好", later)], NOW)
    with pytest.raises(HeldInFuture):
        interviews.require_held(later, later + HOUR, (), NOW)
    with pytest.raises(InvalidFollowUp):
        interviews.require_held(NOW, NOW, (), NOW)
    with pytest.raises(InvalidFollowUp):
        interviews.require_held(NOW, later, [InterviewPromise("修好", NOW)], NOW)


def test_a_promise_left_open_needs_words() -> None:
    interviews.require_promises_done(0, None)
    interviews.require_promises_done(2, "单位已撤并")
    with pytest.raises(PromisesOpen):
        interviews.require_promises_done(1, None)


def test_warnings_of_a_due_instant() -> None:
    for before, warning in (
        (timedelta(hours=25), Warned.NOTHING),
        (timedelta(hours=24), Warned.REMINDED),
        (timedelta(seconds=1), Warned.REMINDED),
        (timedelta(0), Warned.OVERDUE),
        (-HOUR, Warned.OVERDUE),
    ):
        assert interviews.warning_due(NOW + before, NOW) is warning


def _month(n: int, **figures: int) -> MonthFigures:
    return MonthFigures(1, n, **figures)


def test_two_months_below_the_floor_propose_an_interview() -> None:
    low, good = {"ratings": 40, "satisfied": 33}, {"ratings": 40, "satisfied": 34}
    [found] = interviews.propose([_month(0, **low), _month(1, **low)], Floors())
    assert (found.department_id, found.reason) == (1, InterviewReason.LOW_SATISFACTION)
    assert (found.shares, found.counts) == ((0.825, 0.825), (40, 40))
    assert interviews.propose([_month(0, **low), _month(1, **good)], Floors()) == []
    assert interviews.propose([_month(0, **low)], Floors()) == []
    few = {"ratings": 29, "satisfied": 0}
    assert interviews.propose([_month(0, **few), _month(1, **few)], Floors()) == []
    late = {"answered": 50, "in_time": 45}
    [reply] = interviews.propose([_month(0, **late), _month(1, **late)], Floors())
    assert reply.reason is InterviewReason.LOW_REPLY
    assert interviews.propose([_month(0, **late), _month(1, **late)], Floors(reply=0.9)) == []


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(0, 1), st.integers(0, 60), st.integers(0, 60)),
        max_size=8,
        unique_by=lambda row: row[:2],
    )
)
def test_nobody_is_proposed_on_few_cases(rows: list[tuple[int, int, int, int]]) -> None:
    figures = [
        MonthFigures(unit, month, ratings=n, satisfied=min(n, good))
        for unit, month, n, good in rows
    ]
    for found in interviews.propose(figures, Floors()):
        assert all(count >= 30 for count in found.counts)
        assert all(share < 0.85 for share in found.shares)


def test_the_last_two_months_are_whole_and_of_shanghai() -> None:
    earliest, latest, until = months_before(datetime(2026, 1, 31, 17, tzinfo=UTC))
    assert [f"{at:%Y-%m-%d %H:%M %z}" for at in (earliest, latest, until)] == [
        "2025-12-01 00:00 +0800",
        "2026-01-01 00:00 +0800",
        "2026-02-01 00:00 +0800",
    ]


def test_the_course_of_a_bulletin() -> None:
    s = BulletinState
    allowed = {
        (s.DRAFT, s.DRAFT),
        (s.DRAFT, s.REVIEWED),
        (s.REVIEWED, s.DRAFT),
        (s.REVIEWED, s.PUBLISHED),
        (s.PUBLISHED, s.RECALLED),
    }
    for before in s:
        for after in s:
            if (before, after) in allowed:
                bulletins.require_following(before, after)
            else:
                with pytest.raises(BulletinMoveRefused):
                    bulletins.require_following(before, after)


def test_two_persons_stand_behind_a_bulletin() -> None:
    one, other = uuid.uuid4(), uuid.uuid4()
    bulletins.require_reviewer(drafted_by=one, actor=other)
    bulletins.require_reviewer(drafted_by=None, actor=one)
    with pytest.raises(SecondPersonForBulletin):
        bulletins.require_reviewer(drafted_by=one, actor=one)
    for publisher in (one, other):
        bulletins.require_publisher(drafted_by=one, reviewed_by=other, actor=publisher)
    bulletins.require_publisher(drafted_by=None, reviewed_by=one, actor=other)
    with pytest.raises(SecondPersonForBulletin):
        bulletins.require_publisher(drafted_by=None, reviewed_by=one, actor=one)


def test_a_period_is_over_and_not_turned_round() -> None:
    today = date(2026, 3, 2)
    bulletins.require_period(today, today, today)
    for begins, ends in (
        (date(2026, 3, 3), today),
        (today, date(2026, 3, 3)),
        (date(2025, 2, 1), today),
    ):
        with pytest.raises(InvalidPeriod):
            bulletins.require_period(begins, ends, today)


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        (datetime(2026, 3, 1, 23, 59, tzinfo=UTC), date(2026, 2, 16)),  # Monday, 07:59
        (datetime(2026, 3, 2, 0, 0, tzinfo=UTC), date(2026, 2, 23)),  # Monday, 08:00
        (datetime(2026, 3, 8, 15, 59, tzinfo=UTC), date(2026, 2, 23)),  # Sunday, 23:59
    ],
)
def test_which_week_is_to_be_drafted(now: datetime, begins: date) -> None:
    assert bulletins.week_to_draft(now) == (begins, begins + timedelta(days=6))


def test_figures_are_listed_by_code_and_never_ranked() -> None:
    units = {1: ("b", "乙局", "B"), 2: ("a", "甲局", "A"), 3: ("c", "丙局", "C")}
    lines = bulletins.figures_of(
        [Counted("late", 1, 9), Counted("late", 2, 1), Counted("listed", 1, 2)], units
    )
    assert [(line.code, line.late, line.listed) for line in lines] == [("a", 1, 0), ("b", 9, 2)]
    assert bulletins.total_of(lines)["late"] == 10
    assert [UnitFigures(**line) for line in bulletins.stored(lines)] == lines  # type: ignore[arg-type]


def test_the_course_of_a_clue() -> None:
    s = ClueState
    allowed = {
        (s.TRANSFERRED, s.ACKNOWLEDGED),
        (s.ACKNOWLEDGED, s.ASKED_BACK),
        (s.ACKNOWLEDGED, s.CONCLUDED),
        (s.ASKED_BACK, s.ACKNOWLEDGED),
    }
    for before in s:
        for after in s:
            if (before, after) in allowed:
                clues.require_following(before, after)
            else:
                with pytest.raises(ClueMoveRefused):
                    clues.require_following(before, after)


def test_numbers_of_records() -> None:
    assert record_number("YT", 2026, 1) == "YT-2026-0001"
    assert year_of(datetime(2026, 12, 31, 16, tzinfo=UTC)) == 2027
