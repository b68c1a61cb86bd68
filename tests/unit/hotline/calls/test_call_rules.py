"""The fold of a call: any order, any repetition, anything missing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from hotline.calls.rules import (
    LONGEST_RING,
    LONGEST_TALK,
    LONGEST_WRAP_UP,
    Activity,
    Call,
    CallEvent,
    CallEventKind,
    CallState,
    Direction,
    MissState,
    activity_of,
    after_attempt,
    fold,
    is_live,
    is_missed,
    is_outside_number,
    wrapped_up_at,
)

NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)
K, S = CallEventKind, CallState


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def told(kind: CallEventKind, seconds: float, **more: object) -> CallEvent:
    return CallEvent(event_id=f"{kind.value}-{seconds}", kind=kind, at=at(seconds), **more)  # type: ignore[arg-type]


RING = told(K.RINGING, 0, number="13900001234", line="12345")
ANSWER = told(K.ANSWERED, 8, agent="8001")
END = told(K.ENDED, 100, agent="8001")
PLAIN_END = told(K.ENDED, 100)
MISS = told(K.MISSED, 40)


@pytest.mark.parametrize(
    ("events", "state", "answered", "ended"),
    [
        ([RING], S.RINGING, None, None),
        ([RING, ANSWER], S.TALKING, 8, None),
        ([RING, ANSWER, END], S.ENDED, 8, 100),
        ([RING, MISS], S.MISSED, None, 40),
        ([RING, PLAIN_END], S.MISSED, None, 100),
        # what was never told
        ([ANSWER], S.TALKING, 8, None),
        ([END], S.ENDED, 100, 100),
        ([RING, END], S.ENDED, 100, 100),
        ([PLAIN_END], S.MISSED, None, 100),
        ([RING, told(K.TRANSFERRED, 30, agent="8002"), PLAIN_END], S.ENDED, 30, 100),
        ([RING, told(K.JOINED, 30, target="110")], S.TALKING, 30, None),
        ([told(K.RECORDING, 120, recording="https://r.example/1"), RING], S.RINGING, None, None),
        # it rings on at another desk, or is answered after all
        ([RING, MISS, told(K.RINGING, 41)], S.RINGING, None, None),
        ([RING, MISS, told(K.ANSWERED, 50, agent="8002")], S.TALKING, 50, None),
        ([RING, MISS, told(K.RINGING, 41), told(K.MISSED, 60)], S.MISSED, None, 60),
        ([RING, MISS, END], S.MISSED, None, 100),
        # a clock that goes wrong by a little
        ([RING, END, told(K.ANSWERED, 101, agent="8001")], S.ENDED, 101, 100),
    ],
)
def test_a_call_is_what_was_said_of_it(
    events: list[CallEvent], state: CallState, answered: int | None, ended: int | None
) -> None:
    call = fold(events)
    assert call.state is state
    assert call.answered_at == (None if answered is None else at(answered))
    assert call.ended_at == (None if ended is None else at(ended))


def test_who_has_a_call_and_where_it_went() -> None:
    call = fold([RING, told(K.RINGING, 1, agent="8000"), ANSWER])
    assert (call.agent, call.agent_at, call.number, call.line) == (
        "8001",
        at(8),
        "13900001234",
        "12345",
    )
    passed = fold([RING, ANSWER, told(K.TRANSFERRED, 20, agent="8002")])
    assert (passed.agent, passed.agent_at, passed.outside) == ("8002", at(20), None)
    away = fold([RING, ANSWER, told(K.TRANSFERRED, 20, target="110")])
    assert (away.agent, away.outside, away.state) == ("8001", "110", S.TALKING)
    three = fold([RING, ANSWER, told(K.JOINED, 20, target="119"), told(K.JOINED, 30, target="119")])
    assert three.joined == ("119",)
    held = fold([RING, ANSWER, told(K.HELD, 20)])
    assert held.is_held
    assert not fold([RING, ANSWER, told(K.HELD, 20), told(K.RESUMED, 25)]).is_held
    assert not fold([RING, ANSWER, told(K.HELD, 20), END]).is_held
    heard = fold([RING, ANSWER, END, told(K.RECORDING, 160, recording="https://r.example/1")])
    assert (heard.recording, heard.last_at) == ("https://r.example/1", at(160))


def test_a_call_without_an_event_is_none() -> None:
    with pytest.raises(ValueError, match="without an event"):
        fold([])


_EVENTS = st.lists(
    st.builds(
        CallEvent,
        event_id=st.text("abc", min_size=1, max_size=2),
        kind=st.sampled_from(K),
        at=st.integers(0, 12).map(at),
        direction=st.sampled_from([None, *Direction]),
        number=st.sampled_from([None, "13900001234", "02500001111"]),
        line=st.sampled_from([None, "12345"]),
        agent=st.sampled_from([None, "8001", "8002"]),
        target=st.sampled_from([None, "110", "119"]),
        recording=st.sampled_from([None, "https://r.example/1"]),
    ),
    min_size=1,
    max_size=12,
)


@given(events=_EVENTS, data=st.data())
def test_order_and_repetition_do_not_matter(events: list[CallEvent], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(events), max_size=8))
    assert fold(data.draw(st.permutations([*events, *again]))) == fold(events)


@given(events=_EVENTS)
def test_a_call_holds_together(events: list[CallEvent]) -> None:
    call = fold(events)
    assert (call.ended_at is not None) == (call.state in {S.ENDED, S.MISSED})
    assert (call.answered_at is not None) == (call.state in {S.TALKING, S.ENDED})
    assert call.started_at <= call.last_at
    assert not (call.is_held and call.ended_at)


def test_an_end_that_is_never_told_is_believed_at_last() -> None:
    ringing, talking, over = fold([RING]), fold([RING, ANSWER]), fold([RING, ANSWER, END])
    assert is_live(ringing, at(60))
    assert not is_live(ringing, at(0) + LONGEST_RING)
    assert is_live(talking, at(3600))
    assert not is_live(talking, at(8) + LONGEST_TALK)
    assert not is_live(over, at(100))


@pytest.mark.parametrize(
    ("ended", "linked", "closed", "wrapped"),
    [
        (None, 10, None, None),
        (100, None, None, None),
        (100, 130, None, 130),
        (100, 130, 110, 110),
        (100, 60, None, 100),
        (100, None, 150, 150),
    ],
)
def test_work_after_a_call(
    ended: int | None, linked: int | None, closed: int | None, wrapped: int | None
) -> None:
    def or_none(seconds: int | None) -> datetime | None:
        return None if seconds is None else at(seconds)

    assert wrapped_up_at(or_none(ended), or_none(linked), or_none(closed)) == or_none(wrapped)


def _doing(call: Call | None, now: float, **more: object) -> Activity:
    return activity_of(
        **{
            "is_away": False,
            "state": call.state if call else None,
            "last_at": call.last_at if call else None,
            "ended_at": call.ended_at if call else None,
            "is_outside": bool(call and call.outside),
            "wrapped_at": None,
            "now": at(now),
        }  # type: ignore[arg-type]
        | more
    )


def test_what_an_operator_is_doing() -> None:
    ringing, talking, over = fold([RING]), fold([RING, ANSWER]), fold([RING, ANSWER, END])
    assert _doing(None, 0) is Activity.FREE
    assert _doing(None, 0, is_away=True) is Activity.AWAY
    assert _doing(ringing, 5) is Activity.RINGING
    assert _doing(ringing, 5, is_away=True) is Activity.RINGING
    assert _doing(ringing, 3600) is Activity.FREE
    assert _doing(talking, 50) is Activity.TALKING
    assert _doing(over, 110) is Activity.WRAP_UP
    assert _doing(over, 110, wrapped_at=at(105)) is Activity.FREE
    assert _doing(over, 110, is_away=True) is Activity.AWAY
    assert _doing(over, 100 + LONGEST_WRAP_UP.total_seconds()) is Activity.FREE
    passed_on = fold([RING, ANSWER, told(K.TRANSFERRED, 20, target="110")])
    assert _doing(passed_on, 30) is Activity.FREE


def test_who_is_missed() -> None:
    assert is_missed(fold([RING, MISS]))
    assert not is_missed(fold([RING, ANSWER, END]))
    assert not is_missed(fold([told(K.RINGING, 0), MISS]))  # withheld: nobody to call back
    assert not is_missed(fold([RING, told(K.MISSED, 9, direction=Direction.OUTBOUND)]))
    assert after_attempt(reached=True, attempts=3, most=3) is MissState.REACHED
    assert after_attempt(reached=False, attempts=2, most=3) is MissState.TAKEN
    assert after_attempt(reached=False, attempts=3, most=3) is MissState.GIVEN_UP


@pytest.mark.parametrize(
    ("text", "is_number"),
    [("110", True), ("+8613900001234", True), ("1", False), ("11 0", False), ("", False)],
)
def test_what_can_be_called(text: str, *, is_number: bool) -> None:
    assert is_outside_number(text) is is_number
