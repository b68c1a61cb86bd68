"""Each detector: what is planted is found, what is clean is silent, and the edges are where they are."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from hotline.anomalies import rules
from hotline.anomalies.likeness import alike, essence, overlap, says_something
from hotline.anomalies.rules import (
    FOLLOWING,
    NEXT_STEPS,
    AnomalyKind,
    CardState,
    Finish,
    Handover,
    Likeness,
    Rating,
    Reclassified,
    Result,
    Return,
    Withdrawal,
)

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
TICK = timedelta(microseconds=1)
CLEAN = Result(
    ticket="t1",
    number="1",
    round=1,
    department_id=7,
    submitted_at=NOON,
    signed_at=NOON - timedelta(hours=3),
    said_nobody=False,
    is_complaint=True,
    overlap=0.2,
)


def _subjects(found: list[rules.Found]) -> list[str]:
    return [one.subject for one in found]


@pytest.mark.parametrize(
    ("change", "is_found"),
    [
        ({}, False),
        ({"said_nobody": None}, False),
        ({"has_contact": False}, True),
        ({"has_contact": False, "excuse": "anonymous"}, False),
        # Whoever asked for secrecy is not to be spoken with: that nobody did is no contradiction.
        ({"has_contact": False, "excuse": "secret", "said_nobody": True}, False),
        ({"has_contact": False, "excuse": "unreachable", "said_nobody": True}, True),
        ({"has_contact": False, "excuse": "contact_refused", "said_nobody": True}, True),
        ({"said_nobody": True}, True),
    ],
)
def test_no_contact(change: dict[str, object], is_found: bool) -> None:
    found = rules.find_no_contact([replace(CLEAN, **change)], DAY)  # type: ignore[arg-type]
    assert _subjects(found) == (["1/1"] if is_found else [])


@pytest.mark.parametrize(("share", "is_found"), [(0.0, True), (0.059, True), (0.06, False)])
def test_unrelated(share: float, is_found: bool) -> None:
    assert bool(rules.find_unrelated([replace(CLEAN, overlap=share)], DAY)) is is_found
    assert not rules.find_unrelated([replace(CLEAN, overlap=None)], DAY)


def test_quick() -> None:
    def found(after: timedelta, **change: object) -> bool:
        one = replace(CLEAN, submitted_at=CLEAN.signed_at + after, **change)  # type: ignore[operator,arg-type]
        return bool(rules.find_quick([one], DAY))

    assert found(timedelta(minutes=10) - TICK)
    assert not found(timedelta(minutes=10))
    assert not found(timedelta(minutes=1), is_complaint=False)
    assert not rules.find_quick([replace(CLEAN, signed_at=None)], DAY)


def _handed_in(count: int, apart: timedelta, **change: object) -> list[Result]:
    return [
        replace(CLEAN, ticket=f"t{n}", number=str(n), submitted_at=NOON + n * apart, **change)  # type: ignore[arg-type]
        for n in range(count)
    ]


def test_bulk() -> None:
    (one,) = rules.find_bulk(_handed_in(5, timedelta(seconds=15)), DAY)
    assert (one.subject, one.department_id, len(one.tickets)) == ("unit:7", 7, 5)
    assert not rules.find_bulk(_handed_in(4, timedelta(seconds=1)), DAY)
    assert not rules.find_bulk(_handed_in(5, timedelta(seconds=15, microseconds=1)), DAY)
    units = [replace(one, department_id=n) for n, one in enumerate(_handed_in(9, TICK))]
    assert not rules.find_bulk(units, DAY)
    # Twenty spread over the day with five of them at once: those five.
    spread = _handed_in(20, timedelta(minutes=10)) + [
        replace(one, ticket=f"b{n}") for n, one in enumerate(_handed_in(5, timedelta(seconds=1)))
    ]
    assert len(rules.find_bulk(spread, DAY)[0].tickets) == 6


def test_copied() -> None:
    assert not rules.find_copied([Likeness(7, "a", "b", 0.9)], DAY)
    assert not rules.find_copied([Likeness(7, "a", "a", 1.0)], DAY)
    pairs = [Likeness(7, "a", "b", 0.91), Likeness(7, "a", "c", 1.0), Likeness(8, "d", "e", 0.95)]
    first, second = rules.find_copied(pairs, DAY)
    assert first.tickets == ("a", "b", "c")
    assert (first.figures["count"], first.figures["highest"]) == (1, 1.0)
    assert second.department_id == 8


def _finishes(late: int, early: int) -> list[Finish]:
    return [Finish(7, f"l{n}", 0.951) for n in range(late)] + [
        Finish(7, f"e{n}", 0.95) for n in range(early)
    ]


@pytest.mark.parametrize(
    ("late", "early", "is_found"),
    [(9, 11, True), (8, 12, False), (19, 0, False), (20, 0, True), (0, 200, False)],
)
def test_last_minute(late: int, early: int, is_found: bool) -> None:
    found = rules.find_last_minute(_finishes(late, early), date(2026, 3, 20))
    assert bool(found) is is_found
    if found:
        assert (found[0].day, len(found[0].tickets)) == (date(2026, 3, 1), late)


AGAIN = Return("t2", "2", "t1", 7, NOON, NOON - timedelta(days=30), True, False)


def test_back_again() -> None:
    assert _subjects(rules.find_back_again([AGAIN], DAY)) == ["2"]
    assert not rules.find_back_again([replace(AGAIN, submitted_at=NOON + TICK)], DAY)
    assert not rules.find_back_again([replace(AGAIN, same_place=False)], DAY)
    assert rules.find_back_again([replace(AGAIN, same_place=False, same_requester=True)], DAY)
    assert not rules.find_back_again([replace(AGAIN, solved_at=NOON + TICK)], DAY)
    (one,) = rules.find_back_again([AGAIN, replace(AGAIN, earlier="t0")], DAY)
    assert one.tickets == ("t2", "t1", "t0")


def _ratings(count: int, apart: timedelta, source: str | None = "x") -> list[Rating]:
    return [Rating(f"t{n}", n % 2, NOON + n * apart, source) for n in range(count)]


def test_one_source() -> None:
    (one,) = rules.find_one_source(_ratings(5, timedelta(hours=6)), DAY)
    assert (one.subject, one.department_id, len(one.tickets)) == ("source:x", None, 5)
    assert not rules.find_one_source(_ratings(4, TICK), DAY)
    assert not rules.find_one_source(_ratings(5, timedelta(hours=6, microseconds=1)), DAY)
    # Of unknown source, but in one breath for one unit.
    burst = [replace(one, department_id=7) for one in _ratings(5, timedelta(seconds=15), None)]
    assert _subjects(rules.find_one_source(burst, DAY)) == ["unit:7"]
    slow = [replace(one, department_id=7) for one in _ratings(5, timedelta(seconds=16), None)]
    assert not rules.find_one_source(slow, DAY)
    # One ticket rated again and again is one ticket.
    assert not rules.find_one_source([replace(one, ticket="t") for one in burst], DAY)


def _moves(*pairs: tuple[int, int]) -> list[Handover]:
    return [Handover(f"t{n}", giver, taker, NOON) for n, (giver, taker) in enumerate(pairs)]


def test_ping_pong() -> None:
    (one,) = rules.find_ping_pong(_moves((1, 2), (2, 1), (1, 2)), DAY)
    assert (one.subject, one.figures["count"]) == ("pair:1:2", 3)
    assert not rules.find_ping_pong(_moves((1, 2), (2, 1)), DAY)
    # One unit that never takes what is not its own is no ping-pong.
    assert not rules.find_ping_pong(_moves((1, 2), (1, 2), (1, 2), (1, 2)), DAY)
    assert not rules.find_ping_pong(_moves((1, 1), (1, 1), (1, 1)), DAY)


def test_withdrawn() -> None:
    one = Withdrawal("t", "1", 7, NOON, NOON + timedelta(days=3))
    assert rules.find_withdrawn([one], DAY)
    assert not rules.find_withdrawn([replace(one, withdrawn_at=one.withdrawn_at + TICK)], DAY)


@pytest.mark.parametrize(
    ("before", "after", "is_found"),
    [
        ("complaint", "consult", True),
        ("report", "consult", True),
        ("help", "consult", False),
        ("complaint", "report", False),
    ],
)
def test_made_consult(before: str, after: str, is_found: bool) -> None:
    found = rules.find_made_consult([Reclassified("t", "1", 7, before, after)], DAY)
    assert bool(found) is is_found


def test_what_is_decided_stays_decided() -> None:
    assert set(FOLLOWING) == {CardState.OPEN, CardState.LOOKED_INTO}
    assert all(CardState.OPEN not in following for following in FOLLOWING.values())
    assert set(NEXT_STEPS) == set(AnomalyKind)


# -- how alike two replies are ---------------------------------------------------------------------

REPLY = "经现场核查，建设路十二号门前路灯因电缆老化损坏，已更换电缆并恢复照明，请您放心出行。"
OTHER = "幸福小区二号楼电梯主板故障，维保单位已更换主板并经检验合格，现已恢复运行，请居民注意安全。"


def test_greetings_figures_and_signs_are_left_aside() -> None:
    dressed = "尊敬的市民：您好！" + REPLY + "2026年3月2日。感谢您对我局工作的支持！"
    assert essence(dressed).removesuffix("年月日") == essence(REPLY)
    assert not says_something(essence("您好，已处理完毕，感谢您的来电！"))
    assert says_something(essence(REPLY))


def test_the_same_again_is_found_and_another_is_not() -> None:
    again = REPLY.replace("十二号", "十三号")
    ((place, share),) = alike([essence(again)], [essence(OTHER), essence(REPLY)])[0]
    assert place == 1
    assert 0.9 < share < 1
    assert not alike([essence(REPLY)], [essence(OTHER)])[0]


def test_a_reply_touches_its_matter_or_does_not() -> None:
    matter = essence("建设路12号路灯不亮。建设路的路灯三天不亮，出行不便")
    assert (overlap(essence(REPLY), matter) or 0) > 0.2
    assert (overlap(essence(OTHER), matter) or 0) < 0.06
    assert overlap("已处理", matter) is None
