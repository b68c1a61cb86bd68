"""The made-up day of calls: its shape, its repeatability, and that it holds together."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from hotline.calls.rules import CallEvent, CallEventKind, CallState, fold
from web.run.call_day import DayEvent, disorder, plan_day

AGENTS = [f"80{place:02}" for place in range(20)]
CALLERS = [f"1990000{number:04}" for number in range(2000, 4000)]
MIDNIGHT = datetime(2026, 3, 1, 16, tzinfo=UTC)


def _plan(calls: int = 3000, **more: object) -> list[DayEvent]:
    given = {"name": "day", "calls": calls, "agents": AGENTS, "callers": CALLERS, "seed": 1}
    return plan_day(**given | more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def events() -> list[DayEvent]:
    return _plan()


def _event(one: DayEvent) -> CallEvent:
    body = dict(one.body)
    return CallEvent(
        event_id=body.pop("id"),
        kind=CallEventKind(body.pop("event")),
        at=MIDNIGHT + timedelta(seconds=one.seconds),
        **{name: text for name, text in body.items() if name != "call"},
    )


def test_the_same_seed_gives_the_same_day(events: list[DayEvent]) -> None:
    again = _plan()
    assert [one.body for one in again] == [one.body for one in events]
    assert [one.body for one in _plan(seed=2)] != [one.body for one in events]


def test_a_day_has_two_peaks_and_calls_of_usual_length(events: list[DayEvent]) -> None:
    calls = defaultdict(list)
    for one in events:
        calls[one.body["call"]].append(_event(one))
    folded = [fold(said) for said in calls.values()]
    hours = Counter(int((call.started_at - MIDNIGHT).total_seconds() // 3600) for call in folded)
    assert {hour for hour, _ in hours.most_common(2)} == {10, 14}
    spoken = [
        (call.ended_at - call.answered_at).total_seconds()
        for call in folded
        if call.answered_at is not None and call.ended_at is not None
    ]
    mean = sum(spoken) / len(spoken)
    assert 135 < mean < 165
    missed = sum(call.state is CallState.MISSED for call in folded)
    assert 0.02 < missed / len(folded) < 0.25
    assert {call.state for call in folded} == {CallState.ENDED, CallState.MISSED}
    assert any(call.outside for call in folded)
    assert any(call.joined for call in folded)
    numbers = Counter(call.number for call in folded)
    assert numbers.most_common(1)[0][1] > 3


def test_nobody_speaks_with_two_at_once(events: list[DayEvent]) -> None:
    busy: dict[str, str] = {}
    for one in events:
        body = one.body
        if body["event"] == "answered":
            assert body["agent"] not in busy
            busy[body["agent"]] = body["call"]
        elif body["event"] == "ended":
            busy = {agent: call for agent, call in busy.items() if call != body["call"]}


def test_a_bad_line_says_the_same_in_another_order(events: list[DayEvent]) -> None:
    shaken = disorder(events, 1)
    assert len(shaken) > len(events)
    assert shaken[: len(events)] != events
    assert {one.body["id"] for one in shaken} == {one.body["id"] for one in events}
