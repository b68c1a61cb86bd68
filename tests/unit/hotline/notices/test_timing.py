"""Quiet hours, digests, limits: nobody is woken for nothing, nobody is flooded, nothing is lost."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, strategies as st

from hotline.kernel.clock import SHANGHAI
from hotline.notices.timing import (
    DEFAULT_PREFERENCES,
    DIGEST_OVER,
    DIGEST_WINDOW,
    HOUR,
    SETTLING,
    Earlier,
    Plan,
    Preferences,
    delay_before_retry,
    out_of_quiet,
    plan,
)


def at(clock: str, day: int = 2) -> datetime:
    return datetime.combine(datetime(2026, 3, day), time.fromisoformat(clock), SHANGHAI).astimezone(  # noqa: DTZ001
        UTC
    )


NOON = at("12:00")
TIMES = st.times().map(lambda moment: moment.replace(microsecond=0))
INSTANTS = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001
    datetime(2027, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
PREFERENCES = st.builds(Preferences, TIMES, TIMES, st.integers(1, 30))


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (at("21:59:59"), at("21:59:59")),
        (at("22:00"), at("07:00", 3)),
        (at("23:59:59"), at("07:00", 3)),
        (at("00:00", 3), at("07:00", 3)),
        (at("06:59:59"), at("07:00")),
        (at("07:00"), at("07:00")),
    ],
)
def test_the_night_ends_in_the_morning(instant: datetime, expected: datetime) -> None:
    assert out_of_quiet(instant, DEFAULT_PREFERENCES) == expected


def test_quiet_hours_may_lie_in_the_day_or_be_none() -> None:
    nap = Preferences(time(12), time(14))
    assert out_of_quiet(at("13:00"), nap) == at("14:00")
    assert out_of_quiet(at("23:00"), nap) == at("23:00")
    none = Preferences(time(8), time(8))
    assert all(out_of_quiet(at(f"{hour:02}:00"), none) == at(f"{hour:02}:00") for hour in range(24))


@given(INSTANTS, PREFERENCES)
def test_what_is_moved_is_moved_to_the_end_and_less_than_a_day(
    instant: datetime, preferences: Preferences
) -> None:
    moved = out_of_quiet(instant, preferences)
    assert instant <= moved < instant + timedelta(days=1)
    assert out_of_quiet(moved, preferences) == moved
    assert moved == instant or moved.astimezone(SHANGHAI).time() == preferences.quiet_to


def test_ten_go_one_by_one_and_eleven_together() -> None:
    assert plan(NOON, 10, ()) == Plan(NOON, as_digest=False)
    assert plan(NOON, 11, ()) == Plan(NOON + SETTLING, as_digest=True)
    ten = [Earlier(NOON - timedelta(minutes=n), 1, is_digest=False) for n in range(10)]
    assert plan(NOON, 1, ten).as_digest
    later = NOON + timedelta(minutes=6)
    assert plan(later, 1, ten) == Plan(later, as_digest=False), "one has left the window"


def test_after_a_digest_the_next_waits_a_quarter_of_an_hour() -> None:
    digest = [Earlier(NOON, 500, is_digest=True)]
    soon = NOON + timedelta(minutes=5)
    assert plan(soon, 1, digest) == Plan(NOON + DIGEST_WINDOW, as_digest=True)
    assert plan(soon, 1, digest, urgent=True) == Plan(soon + SETTLING, as_digest=True)
    later = NOON + DIGEST_WINDOW
    assert plan(later, 1, digest) == Plan(later, as_digest=False)


def test_the_urgent_pass_at_night_and_over_the_limit() -> None:
    night = at("23:00")
    assert plan(night, 1, (), urgent=True) == Plan(night, as_digest=False)
    assert plan(night, 1, ()) == Plan(at("07:00", 3), as_digest=False)
    full = [Earlier(NOON - timedelta(minutes=20 + n), 1, is_digest=False) for n in range(2)]
    two = Preferences(hourly_limit=2)
    assert plan(NOON, 1, full, two, urgent=True) == Plan(NOON, as_digest=False)
    assert plan(NOON, 1, full, two) == Plan(NOON + timedelta(minutes=39), as_digest=True)


def test_the_morning_brings_no_storm() -> None:
    """What the night has kept counts as told in the moment in which it is going to be."""
    morning = [Earlier(at("07:00", 3), 1, is_digest=False) for _ in range(10)]
    assert plan(at("23:00"), 1, morning) == Plan(at("07:01", 3), as_digest=True)


@given(
    st.lists(
        st.tuples(st.integers(0, 40 * 60), st.integers(1, 20), st.booleans()),
        min_size=1,
        max_size=60,
    ),
    st.integers(1, 12),
)
def test_whatever_comes_a_person_is_not_flooded(
    arrivals: list[tuple[int, int, bool]], limit: int
) -> None:
    """Played through minute by minute: a waiting digest takes in all that comes until it leaves."""
    preferences = Preferences(hourly_limit=limit)
    sent: list[tuple[Earlier, bool]] = []
    now = NOON
    total = 0
    for gap, new, urgent in arrivals:
        now += timedelta(seconds=gap)
        total += new
        waiting = next(
            (
                n
                for n, (message, its) in enumerate(sent)
                if message.is_digest and its == urgent and message.due > now
            ),
            None,
        )
        if waiting is not None:
            message = sent[waiting][0]
            sent[waiting] = (Earlier(message.due, message.notices + new, is_digest=True), urgent)
            continue
        earlier = [message for message, _ in sent if message.due > now - HOUR]
        planned = plan(now, new, earlier, preferences, urgent=urgent)
        assert planned.due >= now
        assert urgent or out_of_quiet(planned.due, preferences) == planned.due
        if planned.as_digest:
            sent.append((Earlier(planned.due, new, is_digest=True), urgent))
        else:
            sent += [(Earlier(planned.due, 1, is_digest=False), urgent)] * new
    assert sum(message.notices for message, _ in sent) == total
    calm = sorted(message.due for message, urgent in sent if not urgent)
    for message, urgent in sent:
        in_hour = [due for due in calm if message.due - HOUR < due <= message.due]
        assert urgent or len(in_hour) <= limit
        single = [
            other
            for other, _ in sent
            if not other.is_digest and message.due - DIGEST_WINDOW < other.due <= message.due
        ]
        assert len(single) <= DIGEST_OVER


@given(st.integers(1, 100), st.floats(0, 1))
def test_tries_grow_apart_up_to_an_hour(attempt: int, chance: float) -> None:
    delay = delay_before_retry(attempt, chance)
    assert timedelta(seconds=15) <= delay <= timedelta(hours=1)
    assert delay_before_retry(attempt + 1, chance) >= delay
