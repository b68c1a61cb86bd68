"""What follows from requesters' answers, and when they may be asked again."""

import uuid
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, strategies as st

from hotline.followup.rules import (
    CALLING_HOURS,
    MAX_ATTEMPTS,
    Asked,
    DayPart,
    InvalidVisit,
    LinkState,
    VisitAnswer,
    link_state,
    next_attempt,
    part_of,
    require_complete,
    verdict,
    visit_outcome,
)
from hotline.kernel.clock import SHANGHAI
from hotline.tickets.lifecycle import Outcome

_O = Outcome
_M, _A, _E = DayPart
IN_VAIN = VisitAnswer(False)
HAPPY = VisitAnswer(True, True, 5)


@pytest.mark.parametrize(
    ("solved", "rating", "explained", "outcome"),
    [
        (True, None, False, _O.SOLVED),
        (True, 5, False, _O.SOLVED),
        (True, 3, False, _O.SOLVED),
        (True, 2, False, _O.BADLY_RATED),
        (True, 1, True, _O.BADLY_RATED),
        (False, None, False, _O.UNSOLVED),
        (False, 5, False, _O.UNSOLVED),
        (False, 5, True, _O.SOLVED),
        (False, 3, True, _O.SOLVED),
        (False, 2, True, _O.UNSOLVED),
        (False, None, True, _O.UNSOLVED),
    ],
)
def test_what_was_said(solved: bool, rating: int | None, explained: bool, outcome: Outcome) -> None:
    answer = VisitAnswer(True, solved, rating)
    require_complete(answer)
    assert verdict(answer, was_explained=explained) is outcome
    alone = [Asked(uuid.uuid4(), answer=answer)]
    for waiting in (True, False):
        assert visit_outcome(alone, answer, was_explained=explained, is_waiting=waiting) is outcome


@pytest.mark.parametrize(
    ("tried", "waiting", "outcome"),
    [
        ({_M}, False, _O.UNREACHED),
        ({_M, _E}, False, _O.UNREACHED),
        ({_M, _A, _E}, False, _O.LINK_SENT),
        ({_M, _A, _E}, True, _O.UNREACHED),
    ],
)
def test_nobody_is_satisfied_by_silence(
    tried: set[DayPart], waiting: bool, outcome: Outcome
) -> None:
    asked = [Asked(uuid.uuid4(), tried=frozenset(tried))]
    assert visit_outcome(asked, IN_VAIN, was_explained=False, is_waiting=waiting) is outcome


_ASKED = st.builds(
    Asked,
    st.uuids(),
    has_phone=st.booleans(),
    tried=st.frozensets(st.sampled_from(DayPart)),
    answer=st.none()
    | st.builds(
        VisitAnswer, st.just(True), st.booleans(), st.none() | st.integers(1, 5), st.booleans()
    ),
)


@given(st.lists(_ASKED, min_size=1, max_size=5), st.booleans(), st.booleans(), st.data())
def test_a_group_ends_when_everybody_was_asked_and_the_worst_answer_decides(
    asked: list[Asked], explained: bool, waiting: bool, data: st.DataObject
) -> None:
    latest = data.draw(st.sampled_from([one.answer or IN_VAIN for one in asked]))
    outcome = visit_outcome(asked, latest, was_explained=explained, is_waiting=waiting)
    said = [verdict(one.answer, was_explained=explained) for one in asked if one.answer]
    if any(one.is_open for one in asked):
        assert outcome in {_O.PARTLY_VISITED, _O.UNREACHED}
    elif _O.UNSOLVED in said:
        assert outcome is _O.UNSOLVED
    elif _O.BADLY_RATED in said:
        assert outcome is _O.BADLY_RATED
    elif any(one.is_used_up for one in asked):
        assert outcome in ({_O.PARTLY_VISITED, _O.UNREACHED} if waiting else {_O.LINK_SENT})
    else:
        # Solved is said by somebody or by nobody; silence never says it.
        assert (outcome is _O.SOLVED) is bool(said)


def test_answers_that_contradict_one_another() -> None:
    for solved, rating in product((True, False, None), (None, 1, 5)):
        if solved is not None or rating is not None:
            with pytest.raises(InvalidVisit):
                require_complete(VisitAnswer(False, solved, rating))
    for rating in (None, 5):
        with pytest.raises(InvalidVisit):
            require_complete(VisitAnswer(True, None, rating))


@pytest.mark.parametrize(
    ("clock", "part"),
    [
        ("00:00", _E),
        ("05:59", _E),
        ("06:00", _M),
        ("11:59", _M),
        ("12:00", _A),
        ("17:59", _A),
        ("18:00", _E),
        ("23:59", _E),
    ],
)
def test_where_the_parts_of_the_day_begin(clock: str, part: DayPart) -> None:
    here = datetime.fromisoformat(f"2026-03-02T{clock}:59+08:00")
    assert part_of(here) is part_of(here.astimezone(UTC)) is part


@pytest.mark.parametrize(
    ("tried", "now", "expected"),
    [
        (set(), "2026-03-02T09:00", "2026-03-02T09:00"),
        ({_M}, "2026-03-02T09:00", "2026-03-02T14:00"),
        ({_M}, "2026-03-02T13:00", "2026-03-02T14:00"),
        ({_M, _A}, "2026-03-02T15:00", "2026-03-02T18:00"),
        ({_A, _E}, "2026-03-02T19:00", "2026-03-03T08:30"),
        (set(), "2026-03-02T21:00", "2026-03-03T08:30"),
        ({_M}, "2026-03-02T23:00", "2026-03-03T14:00"),
        ({_E}, "2026-03-02T18:30", "2026-03-03T08:30"),
    ],
)
def test_when_to_try_next(tried: set[DayPart], now: str, expected: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI).astimezone(UTC)
    assert next_attempt(tried, at) == datetime.fromisoformat(expected).replace(tzinfo=SHANGHAI)


@given(
    st.frozensets(st.sampled_from(DayPart)),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_the_next_time_lies_ahead_in_a_part_not_tried(
    tried: frozenset[DayPart], now: datetime
) -> None:
    following = next_attempt(tried, now)
    assert (following is None) is (len(tried) == MAX_ATTEMPTS)
    if following is not None:
        assert now <= following < now + timedelta(days=1)
        part = part_of(following)
        assert part not in tried
        opens, closes = CALLING_HOURS[part]
        assert opens <= following.astimezone(SHANGHAI).time() < closes


def test_a_link_opens_once_for_its_time_and_for_its_round() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    later = now + timedelta(days=1)

    def state(*, used: bool = False, until: datetime = later, round_: int = 1) -> LinkState:
        return link_state(is_used=used, expires_at=until, round_=round_, present_round=1, now=now)

    assert state() is LinkState.OPEN
    assert state(used=True) is LinkState.USED
    assert state(until=now) is LinkState.DEAD
    assert state(round_=2, used=True) is LinkState.DEAD
    assert state(used=True, until=now) is LinkState.DEAD


def test_a_rating_that_nobody_gave_is_none() -> None:
    assert HAPPY.rating == 5
    assert VisitAnswer(True, True).rating is None
    assert Asked(None).answer is None
