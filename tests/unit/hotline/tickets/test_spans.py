"""What a ticket's time went on: spans without a gap, whose lengths are the whole time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from hotline.tickets.lifecycle import OPEN_STATUSES, REACHABLE_STATES, Hold, Status
from hotline.tickets.spans.rules import WHOLE, Stage, Turn, parts_of, spans_of, stage_of

NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)
HOUR = 3_600_000_000


def turn(hours: float, status: Status, hold: Hold | None = None, unit: int | None = None) -> Turn:
    changes = {} if unit is None else {"owner_department_id": unit}
    return Turn(NINE + timedelta(hours=hours), status, hold, changes)


def test_every_state_has_a_stage() -> None:
    for state in REACHABLE_STATES:
        is_over = state.status not in OPEN_STATUSES and state.hold is None
        assert (stage_of(*state) is Stage.ENDED) == is_over, state


def test_a_day_in_its_stages() -> None:
    use = spans_of(
        [
            turn(0, Status.SUBMITTED, unit=1),
            turn(1, Status.ACCEPTED),
            turn(1.5, Status.DISPATCHED, unit=2),
            turn(2, Status.PROCESSING),
            turn(5, Status.PROCESSING, Hold.SUSPENSION),
            turn(9, Status.PROCESSING),
            turn(9.5, Status.PROCESSING, Hold.RECTIFICATION),
        ],
        NINE + timedelta(hours=12),
        NINE + timedelta(hours=10),
    )
    assert [(span.stage, span.department_id, span.microseconds / HOUR) for span in use.spans] == [
        (Stage.ACCEPTING, 1, 1),
        (Stage.DISPATCHING, 1, 0.5),
        (Stage.SIGNING, 2, 0.5),
        (Stage.HANDLING, 2, 3),
        (Stage.PAUSED, 2, 4),
        (Stage.HANDLING, 2, 1),
    ]
    assert (use.total, use.left, use.over) == (10 * HOUR, 2 * HOUR, 0)


def test_what_is_late_says_by_how_much_and_what_has_ended_owes_nothing() -> None:
    turns = [turn(0, Status.SUBMITTED, unit=1)]
    late = spans_of(turns, NINE + timedelta(hours=1), NINE + timedelta(hours=3))
    assert (late.left, late.over) == (0, 2 * HOUR)
    ended = spans_of(
        [*turns, turn(2, Status.CLOSED)], NINE + timedelta(hours=1), NINE + timedelta(hours=9)
    )
    assert (ended.total, ended.left, ended.over, ended.due_at) == (2 * HOUR, 0, 0, None)


def test_it_begins_when_it_was_submitted() -> None:
    imported = Turn(NINE, Status.SUBMITTED, None, {"submitted_at": "2026-11-22T01:00:00+00:00"})
    assert spans_of([imported], None, NINE).total == 24 * HOUR


def test_a_timeline_has_a_row() -> None:
    with pytest.raises(ValueError, match="at least one row"):
        spans_of([], None, NINE)


@given(
    later=st.lists(
        st.tuples(
            st.integers(-3, 10**12),
            st.sampled_from(sorted(REACHABLE_STATES, key=str)),
            st.sampled_from([None, 1, 2]),
        ),
        max_size=12,
    ),
    rest=st.integers(0, 10**12),
    limit=st.integers(-(10**12), 10**12) | st.none(),
)
def test_the_spans_are_the_whole_time(
    later: list[tuple[int, tuple[Status, Hold | None], int | None]], rest: int, limit: int | None
) -> None:
    at, turns = NINE, [turn(0, Status.SUBMITTED, unit=1)]
    for past, (status, hold), unit in later:
        at += timedelta(microseconds=past)
        changes = {} if unit is None else {"owner_department_id": unit}
        turns.append(Turn(at, status, hold, changes))
    now = at + timedelta(microseconds=rest)
    due_at = None if limit is None else now + timedelta(microseconds=limit)
    use = spans_of(turns, due_at, now)
    assert sum(span.microseconds for span in use.spans) == use.total
    for one, other in zip(use.spans, use.spans[1:], strict=False):
        assert one.until == other.since
        assert (one.stage, one.department_id) != (other.stage, other.department_id)
    assert not (use.left and use.over)


@given(st.lists(st.integers(0, 10**15), max_size=20), st.integers(1, 5000))
def test_the_parts_of_a_bar_are_the_whole_bar(lengths: list[int], whole: int) -> None:
    parts = parts_of(lengths, whole)
    assert sum(parts) == (whole if any(lengths) else 0)
    for length, part in zip(lengths, parts, strict=True):
        if any(lengths):
            assert abs(part - length * whole / sum(lengths)) <= 1
        assert part or length * whole <= sum(lengths)


def test_a_bar_has_a_thousand_parts() -> None:
    assert parts_of([1, 1, 1]) == [334, 333, 333]
    assert sum(parts_of([7, 9])) == WHOLE
