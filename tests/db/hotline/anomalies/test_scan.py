"""Looking through a day: what was planted is found once, a clean city is silent, people decide."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select

from hotline.anomalies.actions import decide_card, look_into_card, scan_day, scan_due
from hotline.anomalies.cards import CardFilter, find_card, list_cards
from hotline.anomalies.errors import CardDecided, CardNotFound
from hotline.anomalies.models import AnomalyCard, AnomalyScan
from hotline.anomalies.rules import AnomalyKind, CardState
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.outbox import OutboxMessage
from hotline.people.principal import REQUESTER, PermissionDenied
from hotline.procedures.rules import ReturnReason
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.models import RequestType
from tests.support.builders import Build
from tests.support.queries import count_queries

_A = Action
REPLIES = (
    "经现场核查，建设路路灯因电缆老化损坏，抢修班组已更换电缆两段并恢复照明，夜间巡查确认正常。",
    "该处路灯系配电箱跳闸所致，已更换断路器、加装防水罩，三天内每晚复查，均正常亮灯。",
    "路灯不亮是施工挖断线缆造成，已责令施工单位当天修复并赔偿，建设路全线恢复照明。",
    "建设路三天不亮的路灯共六盏，灯头进水短路，已全部换成节能灯头，住户现场签字认可。",
)


def _day(build: Build) -> date:
    return build.clock.now().astimezone(SHANGHAI).date()


async def _scan(build: Build, day: date | None = None) -> list[AnomalyCard]:
    async with build.acting("supervisor") as tx:
        await scan_day(tx, day or _day(build))
    async with build.session_maker() as session:
        return list((await session.exec(select(AnomalyCard).order_by(col(AnomalyCard.kind)))).all())


async def _kinds(build: Build) -> list[str]:
    return [card.kind.value for card in await _scan(build)]


async def _handed_in(build: Build, reply: str = REPLIES[0], **overrides: Any) -> str:
    """Return a ticket whose result was handed in as it should be: signed, spoken with, worked on."""
    number = await build.ticket(Status.PROCESSING, **overrides)
    await build.do(_A.CONTACT, number)
    build.clock.move(minutes=25)
    await build.do(_A.SUBMIT_FEEDBACK, number, reply=reply, resolved=True)
    return number


async def test_a_clean_day_is_silent_and_costs_the_same_however_long(
    build: Build, city_engine: AsyncEngine
) -> None:
    for place, reply in enumerate(REPLIES):
        number = await _handed_in(
            build,
            reply,
            address=f"建设路{place}号",
            category="urban.roads" if place % 2 else "urban",
            requester_phone=f"1390000333{place}",
        )
        await build.do(_A.PASS_AUDIT, number)
        await build.do(_A.RECORD_VISIT, number, was_contacted=True, by=REQUESTER)
    async with build.acting("supervisor") as tx:
        with count_queries(city_engine) as statements:
            assert await scan_day(tx, _day(build)) == 0
    assert 8 < len(statements) < 20


async def test_a_word_that_nobody_heard(build: Build) -> None:
    number = await _handed_in(build)
    await build.do(_A.PASS_AUDIT, number)
    handed_in_on = _day(build)
    build.clock.move(days=1)
    await build.do(_A.RECORD_VISIT, number, was_contacted=False)
    (card,) = await _scan(build)
    assert (card.kind, card.subject) == (AnomalyKind.NO_CONTACT, f"{number}/1")
    assert card.day == handed_in_on
    assert len(await _scan(build, handed_in_on)) == 1


async def test_copied_and_unrelated_replies(build: Build) -> None:
    first = await _handed_in(build, REPLIES[0], address="甲路1号", requester_phone=None)
    build.clock.move(days=40)
    second = await _handed_in(build, REPLIES[0] + "2026年4月", address="乙路2号")
    assert await _kinds(build) == ["copied_reply"]
    async with build.session_maker() as session:
        supervisor = build.city.people["supervisor"]
        (row,) = (await list_cards(session, supervisor, CardFilter())).items
    assert sorted(row.tickets) == sorted([first, second])
    build.clock.move(days=91)
    beside = "幸福小区电梯主板故障，维保单位换过主板，检验合格恢复运行，居民注意乘梯安全规范。"
    await _handed_in(
        build, beside, address="丙街3号", content="污水横流", title="井盖冒水", area="东城"
    )
    assert [c.kind for c in await _scan(build) if c.day == _day(build)] == ["unrelated_reply"]


async def test_minutes_bunches_and_types(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED, request_type=RequestType.COMPLAINT)
    await build.follow(number, _A.SIGN, _A.CONTACT)
    build.clock.move(minutes=9)
    await build.do(_A.SUBMIT_FEEDBACK, number, reply=REPLIES[1])
    later = [
        await build.ticket(Status.PROCESSING, requester_phone=None, address=f"路{n}号")
        for n in range(5)
    ]
    for place in later:
        await build.do(_A.CONTACT, place)
    build.clock.move(hours=1)
    for n, place in enumerate(later):
        await build.do(_A.SUBMIT_FEEDBACK, place, reply=f"短答复{n}")
    changed = await build.ticket(request_type=RequestType.COMPLAINT)
    await build.do(_A.RECLASSIFY, changed, urgency=None, request_type=RequestType.CONSULT)
    assert await _kinds(build) == ["bulk_close", "made_consult", "quick_close"]


async def test_what_comes_back(build: Build) -> None:
    number = await _handed_in(build)
    await build.do(_A.PASS_AUDIT, number)
    await build.do(_A.RECORD_VISIT, number, was_contacted=True)
    build.clock.move(days=10)
    await build.ticket(requester_phone=None, address="别处9号")
    again = await build.ticket()
    (card,) = await _scan(build)
    assert (card.kind, card.subject) == (AnomalyKind.BACK_AGAIN, again)
    assert card.department_id == build.city.departments["chengguan"]
    assert card.figures["same_place"] is card.figures["same_requester"] is True
    build.clock.move(days=31)
    await build.ticket()
    assert len(await _scan(build)) == 1


async def test_ratings_of_one_hand(build: Build) -> None:
    numbers = []
    for n in range(5):
        numbers.append(await build.ticket(address=f"路{n}号", category="urban.roads"))
        await build.do(_A.ANSWER, numbers[-1])
    for number in numbers:
        build.clock.move(minutes=20)
        await build.do(_A.RECORD_VISIT, number, by=REQUESTER)
    (card,) = await _scan(build)
    assert card.kind is AnomalyKind.ONE_SOURCE
    assert (card.subject.startswith("source:"), card.department_id) == (True, None)


async def test_a_unit_that_finishes_just_before_its_limits(build: Build) -> None:
    numbers = [await build.ticket(Status.PROCESSING) for _ in range(20)]
    for number in numbers:
        await build.do(_A.CONTACT, number)
    for number in numbers[:11]:
        await build.do(_A.SUBMIT_FEEDBACK, number)
    due_at = (await build.find(numbers[-1])).due_at
    assert due_at is not None
    build.clock.set(due_at - timedelta(minutes=20))  # of a day
    for number in numbers[11:]:
        await build.do(_A.SUBMIT_FEEDBACK, number)
    for number in numbers:
        await build.do(_A.PASS_AUDIT, number)  # in time is what was handed in so and is accepted
    [card] = [one for one in await _scan(build) if one.kind is AnomalyKind.LAST_MINUTE]
    assert card.department_id == build.city.departments["chengguan"]
    assert (card.figures["count"], card.figures["of"]) == (9, 20)


async def test_back_and_forth_and_taken_back(build: Build) -> None:
    for giver, taker in (
        ("chengguan", "zhujian"),
        ("zhujian", "chengguan"),
        ("chengguan", "zhujian"),
    ):
        number = await build.ticket(Status.ACCEPTED)
        await build.do(_A.DISPATCH, number, department=giver)
        await build.do(
            _A.REQUEST_RETURN,
            number,
            by=f"handler.{giver}",
            reason=ReturnReason.NOT_MY_DUTY,
            suggested_department=taker,
        )
        await build.do(_A.DECIDE_RETURN, number, uphold=True, department=taker)
        build.clock.move(minutes=5)
    assert await _kinds(build) == ["ping_pong"]
    back = await build.ticket(Status.PROCESSING, requester_phone="13900009999", address="丁路1号")
    await build.do(_A.CONTACT, back)
    await build.do(_A.REQUEST_RETURN, back, suggested_department="jiaotong")
    await build.do(_A.DECIDE_RETURN, back, uphold=True, department=None)
    build.clock.move(hours=2)
    await build.do(_A.WITHDRAW, back, by=REQUESTER)
    assert await _kinds(build) == ["ping_pong", "withdrawn_after_contact"]


async def test_a_night_makes_good_what_was_missed_and_nothing_twice(build: Build) -> None:
    changed = await build.ticket(request_type=RequestType.COMPLAINT)
    await build.do(_A.RECLASSIFY, changed, urgency=None, request_type=RequestType.CONSULT)
    first = _day(build)
    maker, cipher = build.session_maker, build.cipher
    build.clock.move(days=3)
    assert await scan_due(maker, cipher, build.clock.now()) == 1
    assert await scan_due(maker, cipher, build.clock.now()) == 0
    async with maker() as session:
        days = (
            await session.exec(select(col(AnomalyScan.day), col(AnomalyScan.found_count)))
        ).all()
    assert dict(days)[first] == 1
    assert max(day for day, _ in days) == _day(build) - timedelta(days=1)
    assert len(await _scan(build, first)) == 1


async def test_people_decide_and_the_leader_sees_only_what_is_so(build: Build) -> None:
    number = await _handed_in(build)
    await build.do(_A.PASS_AUDIT, number)
    await build.do(_A.RECORD_VISIT, number, was_contacted=False)
    (card,) = await _scan(build)
    people = build.city.people
    async with build.session_maker() as session:
        for nobody in ("leader.chengguan", "handler.chengguan", "operator", "observer"):
            with pytest.raises(CardNotFound):
                await find_card(session, people[nobody], card.id)
    with pytest.raises(PermissionDenied):
        async with build.acting("admin") as tx:
            await look_into_card(tx, card.id)
    async with build.acting("auditor") as tx:
        await look_into_card(tx, card.id)
    async with build.acting("supervisor") as tx:
        await decide_card(tx, card.id, founded=True, words="单位承认没有联系")
    for again in (True, False):
        with pytest.raises(CardDecided):
            async with build.acting("supervisor") as tx:
                await decide_card(tx, card.id, founded=again, words="再看")
    with pytest.raises(CardDecided):
        async with build.acting("auditor") as tx:
            await look_into_card(tx, card.id)
    async with build.session_maker() as session:
        row = await find_card(session, people["leader.chengguan"], card.id)
        with pytest.raises(CardNotFound):
            await find_card(session, people["leader.zhujian"], card.id)
        facts = (
            await session.exec(
                select(OutboxMessage.payload).where(OutboxMessage.topic == "anomaly_decided")
            )
        ).all()
        # Nothing else follows from it.
        ended = await session.exec(
            select(OutboxMessage.id).where(OutboxMessage.topic == "unit_called")
        )
    assert row.card.state is CardState.FOUNDED
    assert [fact["state"] for fact in facts] == ["founded"]
    assert not ended.all()
