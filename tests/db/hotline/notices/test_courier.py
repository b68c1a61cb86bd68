"""The courier loses nothing, doubles nothing that a receiver can tell apart, and floods nobody."""

import asyncio
import re
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select

from hotline.kernel.alarms import AlarmKind, open_alarms
from hotline.kernel.db import SessionMaker, make_session_maker
from hotline.notices import courier
from hotline.notices.actions import acknowledge
from hotline.notices.contacts import (
    ContactChange,
    remove_subscription,
    save_contact,
)
from hotline.notices.courier import LEASE, courier_once
from hotline.notices.models import (
    Delivery,
    DeliveryChannel,
    DeliveryState,
    Notice,
    SuppressReason,
)
from hotline.notices.outgoing import (
    DeliveryNotFound,
    lay_aside,
    resend,
    resend_dead,
    take_receipt,
)
from hotline.notices.ports import Accepted, Message, NotAccepted
from hotline.notices.requesters import RequesterNews, tell_requester
from hotline.notices.routing import DIGEST
from hotline.notices.timing import MAX_TRIES, SETTLING
from hotline.people.principal import PermissionDenied
from hotline.tickets.follow_links import read_follow_word
from tests.support.builders import Build
from tests.support.messages import (
    HANDLER,
    NUMBER,
    Recorder,
    carry,
    everywhere,
    reach,
    subscribe,
    tell,
)

S = DeliveryState


async def deliveries(build: Build) -> Sequence[Delivery]:
    async with build.session_maker() as session:
        return (await session.exec(select(Delivery).order_by(col(Delivery.id)))).all()


async def states(build: Build) -> list[DeliveryState]:
    return [row.state for row in await deliveries(build)]


# -- the ordinary way ----------------------------------------------------------------------------


async def test_a_notice_travels_by_every_open_road(build: Build) -> None:
    await reach(build, email="zhang@example.test")
    await tell(build, HANDLER, "leader.chengguan", params={"due_at": "2026-03-02T01:00:00Z"})
    port = Recorder()
    await carry(build, port, rounds=3)
    assert {m.channel: m.address for m in port.messages} == {
        DeliveryChannel.EMAIL: "zhang@example.test",
        DeliveryChannel.SMS: "13900001234",
    }
    for message in port.messages:
        assert f"工单 {NUMBER}：办结已超时限" in message.text
        assert "2026-03-02 09:00" in message.text
        assert message.data["rung"] == "red"
    rows = await deliveries(build)
    assert [(row.state, row.attempts, row.sent_at) for row in rows] == [
        (S.SENT, 1, build.clock.now())
    ] * 2
    assert {row.provider_ref for row in rows} == {"ref-1", "ref-2"}
    async with build.session_maker() as session:
        notices = (await session.exec(select(Notice))).all()
    assert all(notice.routed_at == build.clock.now() for notice in notices)


async def test_no_address_is_stored_in_a_message(build: Build) -> None:
    await reach(build, email="zhang@example.test")
    await tell(build, HANDLER)
    await carry(build, Recorder(NotAccepted("no zhang@example.test, 13900001234 unknown")))
    async with build.session_maker() as session:
        text = str((await session.exec(sa.text("SELECT json_agg(d) FROM deliveries d"))).one())  # type: ignore[call-overload]
    assert "zhang@" not in text
    assert "13900001234" not in text


async def test_the_reader_is_spoken_to_in_his_language(build: Build) -> None:
    await reach(build)
    async with build.session_maker() as session, session.begin():
        await session.exec(sa.text("UPDATE users SET language = 'en'"))  # type: ignore[call-overload]
    await tell(build, HANDLER)
    port = Recorder()
    await carry(build, port)
    assert port.messages[0].text.startswith(f"Ticket {NUMBER}: completion, limit passed")


async def test_at_night_only_the_urgent_ring(build: Build) -> None:
    await reach(build)
    build.clock.set(datetime(2026, 3, 2, 15, tzinfo=UTC))  # eleven at night in Shanghai
    await tell(build, HANDLER)
    await tell(build, HANDLER, is_urgent=True)
    port = Recorder()
    await carry(build, port, rounds=2)
    assert [message.data["is_urgent"] for message in port.messages] == [True]
    build.clock.set(datetime(2026, 3, 2, 22, 59, 59, tzinfo=UTC))
    assert await carry(build, port) == 0
    build.clock.set(datetime(2026, 3, 2, 23, tzinfo=UTC))
    await carry(build, port)
    assert len(port.messages) == 2


async def test_what_was_seen_in_the_night_is_not_sent_in_the_morning(build: Build) -> None:
    await reach(build)
    build.clock.set(datetime(2026, 3, 2, 15, tzinfo=UTC))
    await tell(build, HANDLER, needs_ack=True)
    await carry(build, Recorder())
    async with build.acting(HANDLER) as tx:
        ids = (await tx.session.exec(select(Notice.id))).all()
        assert await acknowledge(tx, ids) == 1
    build.clock.move(hours=9)
    port = Recorder()
    await carry(build, port)
    assert port.messages == []
    assert [(row.state, row.last_error) for row in await deliveries(build)] == [
        (S.SUPPRESSED, SuppressReason.SEEN)
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sms_on": False}, SuppressReason.SWITCHED_OFF),
        ({"phone": ""}, SuppressReason.NO_ADDRESS),
    ],
)
async def test_what_he_says_meanwhile_holds(
    build: Build, change: dict[str, Any], reason: SuppressReason
) -> None:
    await reach(build)
    build.clock.set(datetime(2026, 3, 2, 15, tzinfo=UTC))
    await tell(build, HANDLER)
    await carry(build, Recorder())
    async with build.acting(HANDLER) as tx:
        await save_contact(tx, HANDLER, ContactChange(**change))
    build.clock.move(hours=9)
    port = Recorder()
    await carry(build, port)
    assert port.messages == []
    assert [row.last_error for row in await deliveries(build)] == [reason]


async def test_a_road_that_is_not_set_up_says_so(build: Build) -> None:
    await reach(build)
    await tell(build, HANDLER)
    await carry(build, Recorder(), ports={})
    assert [(row.state, row.last_error) for row in await deliveries(build)] == [
        (S.SUPPRESSED, SuppressReason.NOT_SET_UP)
    ]


# -- storms --------------------------------------------------------------------------------------


async def test_five_hundred_at_once_are_one_message(build: Build) -> None:
    await reach(build)
    await tell(build, HANDLER, count=300, rung="red")
    await tell(build, HANDLER, count=200, rung="yellow")
    port = Recorder()
    await carry(build, port, rounds=3)
    assert port.messages == []
    build.clock.move(seconds=SETTLING.total_seconds())
    await carry(build, port, rounds=3)
    (message,) = port.messages
    assert "500 条" in message.text
    assert "已超时限 300 条" in message.text
    assert "时限提醒 200 条" in message.text
    assert [(row.kind, row.state) for row in await deliveries(build)] == [(DIGEST, S.SENT)]


async def test_a_storm_that_trickles_becomes_a_digest_too(build: Build) -> None:
    await reach(build)
    port = Recorder()
    for _ in range(60):
        await tell(build, HANDLER)
        await carry(build, port)
        build.clock.move(seconds=20)
    build.clock.move(minutes=20)
    await carry(build, port)
    singles = [message for message in port.messages if message.data.get("rung")]
    digests = [message.data["count"] for message in port.messages if "count" in message.data]
    assert len(singles) == 10
    assert len(singles) + sum(digests) == 60
    assert len(digests) <= 3


async def test_the_night_is_told_in_the_morning_as_one(build: Build) -> None:
    await reach(build)
    build.clock.set(datetime(2026, 3, 2, 15, tzinfo=UTC))
    port = Recorder()
    for _ in range(12):
        await tell(build, HANDLER)
        await carry(build, port)
        build.clock.move(minutes=20)
    build.clock.set(datetime(2026, 3, 2, 23, 5, tzinfo=UTC))
    await carry(build, port)
    (message,) = port.messages
    assert message.data["count"] == 12
    rows = await deliveries(build)
    assert [row.state for row in rows if row.kind != DIGEST] == [S.SUPPRESSED] * 10


# -- faults --------------------------------------------------------------------------------------


async def test_what_a_gateway_refuses_for_now_comes_back_later(build: Build) -> None:
    await reach(build)
    await tell(build, HANDLER)
    port = Recorder(
        NotAccepted("answered 503"), NotAccepted("answered 429", retry_after=600), TimeoutError()
    )
    await carry(build, port)
    (row,) = await deliveries(build)
    assert (row.state, row.attempts, row.last_error) == (S.WAITING, 1, "answered 503")
    assert row.next_try_at > build.clock.now() + timedelta(seconds=14)
    assert await carry(build, port) == 0
    build.clock.move(seconds=30)
    await carry(build, port)
    (row,) = await deliveries(build)
    assert row.next_try_at == build.clock.now() + timedelta(minutes=10)
    build.clock.move(minutes=10)
    await carry(build, port)
    (row,) = await deliveries(build)
    assert (row.state, row.last_error) == (S.WAITING, "no answer in time")
    build.clock.move(minutes=10)
    await carry(build, port)
    assert await states(build) == [S.SENT]
    assert len(port.messages) == 1


async def test_what_never_works_is_given_up_and_may_be_sent_again(build: Build) -> None:
    await reach(build)
    await tell(build, HANDLER)
    port = Recorder(*[NotAccepted("answered 503")] * MAX_TRIES)
    for _ in range(MAX_TRIES + 3):
        await carry(build, port)
        build.clock.move(hours=1)
    (row,) = await deliveries(build)
    assert (row.state, row.attempts) == (S.DEAD, MAX_TRIES)
    with pytest.raises(PermissionDenied):
        async with build.acting(HANDLER) as tx:
            await resend(tx, row.id)
    async with build.acting("supervisor") as tx:
        await resend(tx, row.id)
    await carry(build, port)
    assert await states(build) == [S.SENT]
    async with build.acting("supervisor") as tx:
        with pytest.raises(DeliveryNotFound):
            await resend(tx, row.id)
        assert await resend_dead(tx) == 0


async def test_a_final_refusal_and_a_fault_of_ours_stop_nothing_else(build: Build) -> None:
    for name in (HANDLER, "leader.chengguan", "supervisor"):
        await reach(build, name)
    await tell(build, HANDLER, "leader.chengguan", "supervisor")
    port = Recorder(NotAccepted("answered 400", is_final=True), RuntimeError("of 13900001234"))
    await carry(build, port)
    assert sorted(await states(build)) == sorted([S.DEAD, S.WAITING, S.SENT])
    assert {row.last_error for row in await deliveries(build)} == {
        "answered 400",
        "RuntimeError",
        None,
    }
    async with build.acting("admin") as tx:
        assert await resend_dead(tx, DeliveryChannel.EMAIL) == 0
        assert await resend_dead(tx, DeliveryChannel.SMS) == 1


async def _alarms(build: Build) -> list[tuple[AlarmKind, str]]:
    async with build.session_maker() as session:
        return [(alarm.kind, alarm.subject) for alarm in await open_alarms(session)]


async def test_a_closed_road_is_an_alarm_until_somebody_has_looked(build: Build) -> None:
    await reach(build)
    await tell(build, HANDLER)
    port = Recorder(*[NotAccepted("answered 503")] * MAX_TRIES)
    for _ in range(MAX_TRIES):
        assert await _alarms(build) == []
        await carry(build, port)
        build.clock.move(hours=1)
    assert await _alarms(build) == [(AlarmKind.DELIVERY_DEAD, "sms")]
    async with build.acting("supervisor") as tx:
        assert await resend_dead(tx) == 1
    assert await _alarms(build) == []


async def test_one_wrong_number_is_no_alarm_and_five_are(build: Build) -> None:
    await reach(build)
    await tell(build, HANDLER, count=5)
    faults = [NotAccepted("answered 400", is_final=True)] * 5
    await carry(build, Recorder(*faults[:1]))
    assert await _alarms(build) == []
    await tell(build, HANDLER, count=4)
    await carry(build, Recorder(*faults[:4]))
    assert await _alarms(build) == [(AlarmKind.DELIVERY_DEAD, "sms")]
    with pytest.raises(PermissionDenied):
        async with build.acting(HANDLER) as tx:
            await lay_aside(tx)
    dead = [row.id for row in await deliveries(build) if row.state is S.DEAD]
    async with build.acting("supervisor") as tx:
        assert await lay_aside(tx, dead[0]) == 1
    assert await _alarms(build) != []
    async with build.acting("supervisor") as tx:
        assert await lay_aside(tx) == 4
    assert await _alarms(build) == []
    assert {row.last_error for row in await deliveries(build) if row.id in dead} == {
        SuppressReason.DISMISSED
    }


async def test_a_program_that_refuses_is_an_alarm_at_once(build: Build) -> None:
    await subscribe(build)
    await tell(build, HANDLER)
    await carry(build, Recorder(NotAccepted("answered 404", is_final=True)))
    assert await _alarms(build) == [(AlarmKind.DELIVERY_DEAD, "webhook")]


# -- crashes -------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def own(own_build: Build) -> Build:
    return own_build


async def test_killed_between_sending_and_marking(own: Build) -> None:
    """The next courier sends it again under the same id, and the receiver knows it by that."""
    await reach(own)
    await tell(own, HANDLER)
    port = Recorder()

    class Cut(Recorder):
        async def send(self, message: Message) -> Accepted:
            await port.send(message)
            raise Killed

    with pytest.raises(Killed):
        await carry(own, Cut())
    assert await states(own) == [S.SENDING]
    assert await carry(own, port) == 0, "the claim still holds"
    own.clock.move(seconds=LEASE.total_seconds())
    await carry(own, port)
    assert await states(own) == [S.SENT]
    assert len(port.messages) == 2
    assert len(port.distinct) == 1


async def test_killed_between_planning_and_the_mark_on_the_notices(
    own: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reach(own)
    await tell(own, HANDLER, count=3)
    with monkeypatch.context() as cut:
        cut.setattr("hotline.notices.routing._ROUTED", sa.text("SELECT 1 / 0"))
        with pytest.raises(sa.exc.DBAPIError):
            await carry(own, Recorder())
    assert await states(own) == []
    port = Recorder()
    await carry(own, port, rounds=2)
    assert len(port.messages) == 3


async def test_cut_off_at_every_try_is_given_up(own: Build) -> None:
    await reach(own)
    await tell(own, HANDLER)

    class Cut(Recorder):
        async def send(self, _message: Message) -> Accepted:
            raise Killed

    for _ in range(MAX_TRIES):
        with pytest.raises(Killed):
            await carry(own, Cut())
        own.clock.move(seconds=LEASE.total_seconds())
    await carry(own, Recorder())
    assert await states(own) == [S.DEAD]


async def test_many_couriers_send_each_message_once(own_city: AsyncEngine, own: Build) -> None:
    maker: SessionMaker = make_session_maker(own_city)
    names = [HANDLER, "leader.chengguan", "supervisor", "operator", "dispatcher"]
    for name in names:
        await reach(own, name, email=f"{name.replace('.', '-')}@example.test")
    for _ in range(4):
        await tell(own, *names)
        await tell(own, *names, is_urgent=True)
    port = Recorder()

    async def work() -> None:
        for _ in range(20):
            await courier_once(maker, own.cipher, everywhere(port), own.clock.now(), 7)
            await asyncio.sleep(0.005)

    await asyncio.gather(*(work() for _ in range(4)))
    assert len(port.messages) == len(port.distinct) == len(names) * 2 * 8
    assert set(await states(own)) == {S.SENT}


# -- subscriptions -------------------------------------------------------------------------------


async def test_a_subscription_hears_once_of_what_many_are_told(build: Build) -> None:
    _, secret = await subscribe(build, department="chengguan", kinds=["red"])
    await subscribe(build, name="中心", channel=DeliveryChannel.DINGTALK, secret="s3cret")
    await subscribe(build, name="停用", is_active=False)
    await tell(build, HANDLER, "leader.chengguan", "supervisor")
    await tell(build, HANDLER, rung="yellow")
    await tell(build, "supervisor")
    port = Recorder()
    await carry(build, port, rounds=2)
    heard = [(m.channel.value, m.data["rung"], m.secret) for m in port.messages]
    assert sorted(heard) == [
        ("dingtalk", "red", "s3cret"),
        ("dingtalk", "red", "s3cret"),
        ("dingtalk", "yellow", "s3cret"),
        ("webhook", "red", secret),
    ]


async def test_a_removed_subscription_hears_no_more(build: Build) -> None:
    subscription_id, _ = await subscribe(build)
    await tell(build, HANDLER)
    await carry(build, Recorder(NotAccepted("answered 500")))
    async with build.acting("admin") as tx:
        await remove_subscription(tx, subscription_id)
    build.clock.move(hours=1)
    port = Recorder()
    await carry(build, port)
    assert port.messages == []
    assert await states(build) == [S.SUPPRESSED]


async def test_a_program_may_see_a_message_again(build: Build) -> None:
    await subscribe(build)
    await subscribe(build, name="群", channel=DeliveryChannel.WECOM)
    await tell(build, HANDLER)
    port = Recorder()
    await carry(build, port)
    for row in await deliveries(build):
        async with build.acting("supervisor") as tx:
            if row.channel is DeliveryChannel.WEBHOOK:
                await resend(tx, row.id)
            else:
                with pytest.raises(DeliveryNotFound):
                    await resend(tx, row.id)
    await carry(build, port)
    heard = [message.delivery_id for message in port.messages if message.channel == "webhook"]
    assert len(heard) == 2
    assert len(set(heard)) == 1
    assert len(port.messages) == 3


# -- requesters ----------------------------------------------------------------------------------


async def _news(build: Build, number: str, news: RequesterNews, **params: Any) -> int:
    ticket = await build.find(number)
    fact = uuid.UUID(int=7)
    async with build.acting("operator") as tx:
        await tell_requester(tx, ticket.id, news, params, fact_id=fact)
        return await tell_requester(tx, ticket.id, news, params, fact_id=fact)


async def test_a_requester_is_told_how_and_never_what(build: Build) -> None:
    created = await build.create()
    assert await _news(
        build, created.number, RequesterNews.DELAYED, expected_at="2026-03-03T01:00:00+00:00"
    )
    port = Recorder()
    await carry(build, port, rounds=2)
    (message,) = port.messages
    ticket = await build.find(created.number)
    for wanted in (created.number, ticket.query_code, "https://example.test/f/", "2026-03-03"):
        assert wanted in message.text
    (word,) = re.findall(r"https://example\.test/f/([\w-]+)", message.text)
    today = build.clock.now().date()
    assert read_follow_word(build.cipher, word, today) == ticket.id
    assert ticket.title not in str(message)
    assert ticket.content not in message.text
    assert message.channel is DeliveryChannel.SMS


async def test_a_secret_requester_is_left_alone(build: Build) -> None:
    created = await build.create()
    await _news(build, created.number, RequesterNews.CLOSED)
    async with build.session_maker() as session, session.begin():
        await session.exec(sa.text("UPDATE tickets SET is_secret = true"))  # type: ignore[call-overload]
    assert await _news(build, created.number, RequesterNews.CLOSED) == 0
    port = Recorder()
    await carry(build, port)
    assert port.messages == []
    assert [row.last_error for row in await deliveries(build)] == [SuppressReason.CONFIDENTIAL]


async def test_a_requester_sleeps_unless_he_has_just_called(build: Build) -> None:
    created = await build.create()
    build.clock.set(datetime(2026, 3, 2, 15, tzinfo=UTC))
    ticket = await build.find(created.number)
    async with build.acting("operator") as tx:
        await tell_requester(tx, ticket.id, RequesterNews.ACCEPTED)
        await tell_requester(tx, ticket.id, RequesterNews.CLOSED)
    port = Recorder()
    await carry(build, port)
    assert ["已受理" in message.text for message in port.messages] == [True]


# -- receipts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_ours", [True, False])
async def test_a_receipt_says_what_became_of_it(build: Build, *, by_ours: bool) -> None:
    await reach(build)
    await tell(build, HANDLER)
    await carry(build, Recorder())
    (row,) = await deliveries(build)
    name = str(row.id) if by_ours else str(row.provider_ref)

    async def receipt(*, arrived: bool, channel: DeliveryChannel = DeliveryChannel.SMS) -> None:
        async with build.acting("operator") as tx:
            await take_receipt(tx, channel, reference=name, arrived=arrived, remark="空号")

    with pytest.raises(DeliveryNotFound):
        await receipt(arrived=True, channel=DeliveryChannel.EMAIL)
    await receipt(arrived=False)
    (row,) = await deliveries(build)
    assert (row.state, row.last_error, row.receipt_at) == (S.DEAD, "空号", build.clock.now())
    await receipt(arrived=True)
    await receipt(arrived=False)
    assert await states(build) == [S.DELIVERED]


def test_a_lease_outlasts_a_call() -> None:
    assert LEASE.total_seconds() > courier._PATIENCE_SECONDS * 3
