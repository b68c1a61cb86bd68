"""Events for departments' own systems: of its own tickets alone, signed, in order, again when asked."""

import hashlib
import hmac
import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from hotline.kernel.db import SessionMaker
from hotline.kernel.outbox import OutboxMessage
from hotline.kernel.tx import Transaction
from hotline.notices.adapters.http import make_session
from hotline.notices.models import Notice
from hotline.notices.ports import NotAccepted
from hotline.notices.webhooks import actions
from hotline.notices.webhooks.actions import (
    WebhookChange,
    add_webhook,
    list_webhooks,
    pause_webhook,
    replay_delivery,
    replay_since,
    resume_webhook,
    rotate_secret,
    send_test,
)
from hotline.notices.webhooks.courier import HttpEventPort, Outgoing, prune_events, send_events_once
from hotline.notices.webhooks.errors import (
    InvalidWebhook,
    ReplayTooFar,
    TooManyWebhooks,
    WebhookNotFound,
)
from hotline.notices.webhooks.models import Webhook, WebhookDelivery
from hotline.notices.webhooks.rules import (
    FAILURES_TO_PAUSE,
    MOST_PER_DEPARTMENT,
    WebhookDeliveryState,
    WebhookTopic,
    topic_of_move,
)
from hotline.notices.webhooks.telling import tell_move, tell_warning
from hotline.people.principal import PermissionDenied
from hotline.sla.events import ClockWarned
from hotline.tickets.events import TicketMoved
from hotline.tickets.lifecycle import Action, Hold, Status
from tests.support.builders import NAME, PHONE, Build
from tests.support.gateways import http_gateway

ADDRESS = "https://oa.example.test/hook"


class Receiver:
    """Takes events, or refuses them as it is told."""

    def __init__(self) -> None:
        self.events: list[Outgoing] = []
        self.refusal: NotAccepted | None = None

    async def send(self, event: Outgoing) -> None:
        self.events.append(event)
        if self.refusal is not None:
            raise self.refusal

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [dict(event.body) for event in self.events]


async def opened(build: Build, by: str = "leader.chengguan", **given: Any) -> tuple[uuid.UUID, str]:
    async with build.acting(by) as tx:
        webhook, secret = await add_webhook(
            tx, WebhookChange(**{"name": "自有系统", "address": ADDRESS} | given)
        )
        return webhook.id, secret


async def told(build: Build) -> None:
    """Do what the subscribers do with every fact so far."""
    async with build.session_maker() as session, session.begin():
        rows = await session.exec(select(OutboxMessage).order_by(col(OutboxMessage.created_at)))
        for row in rows:
            tx = Transaction(session, build.clock.now(), build.cipher, "tests")
            if row.topic == TicketMoved.topic:
                await tell_move(tx, row.id, TicketMoved.from_payload(row.payload))
            elif row.topic == ClockWarned.topic:
                await tell_warning(tx, row.id, ClockWarned.from_payload(row.payload))


async def sent(build: Build, receiver: Receiver) -> int:
    return await send_events_once(build.session_maker, build.cipher, receiver, build.clock.now())


async def log(build: Build, webhook_id: uuid.UUID) -> list[WebhookDelivery]:
    async with build.session_maker() as session:
        found = await actions.list_webhook_deliveries(session, webhook_id)
        return list(reversed(found.items))


async def test_a_department_is_told_of_its_own_tickets_and_of_no_others(build: Build) -> None:
    mine, _ = await opened(build)
    theirs, _ = await opened(build, "leader.zhujian")
    number = await build.ticket(Status.DISPATCHED, Hold.RETURN_REVIEW)
    await build.do(Action.DECIDE_RETURN, number)
    await told(build)
    await told(build)  # a fact may come twice
    receiver = Receiver()
    assert await sent(build, receiver) > 0
    rows = await log(build, mine)
    topics = [row.topic for row in rows]
    assert WebhookTopic.DISPATCHED in topics
    assert WebhookTopic.RETURN_DECIDED in topics  # of the one who gave it back
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert {row.state for row in rows} == {WebhookDeliveryState.SENT}
    assert await log(build, theirs) == []
    body = receiver.bodies[0]
    assert body["version"] == 1
    assert body["department"] == "chengguan"
    assert body["ticket"]["number"] == number
    assert body["ticket"]["href"] == f"/api/v1/tickets/{number}"
    text = json.dumps(receiver.bodies, ensure_ascii=False)
    for secret in (NAME, PHONE, "建设路", "路灯"):
        assert secret not in text


async def test_topics_are_chosen_and_warnings_are_told_of(build: Build) -> None:
    chosen, _ = await opened(build, topics=[WebhookTopic.URGED, WebhookTopic.OVERDUE])
    number = await build.ticket(Status.PROCESSING)
    await build.do(Action.URGE, number)
    await told(build)
    department = build.city.departments["chengguan"]
    fact = ClockWarned(
        ticket_id=str(uuid.uuid4()),
        ticket_number=number,
        clock_id=str(uuid.uuid4()),
        clock="complete",
        level="red",
        department_id=department,
        holder_user_id=None,
        due_at="2026-03-02T09:00:00+00:00",
        late_by_seconds=0,
    )
    async with build.session_maker() as session, session.begin():
        tx = Transaction(session, build.clock.now(), build.cipher, "tests")
        assert await tell_warning(tx, uuid.uuid4(), fact) == 1
        assert (
            await tell_warning(
                tx, uuid.uuid4(), fact.__class__(**{**fact.payload(), "level": "yellow"})
            )
            == 0
        )
    assert [row.topic for row in await log(build, chosen)] == ["ticket.urged", "ticket.overdue"]
    assert topic_of_move("progress", "processing", "processing") is WebhookTopic.CHANGED
    assert topic_of_move("record_visit", "pending_visit", "closed") is WebhookTopic.CLOSED


async def test_signatures_hold_over_a_change_of_secret(build: Build) -> None:
    async with http_gateway() as gateway, make_session(guarded=False) as session:
        async with build.acting("leader.chengguan") as tx:
            webhook, first = await add_webhook(
                tx, WebhookChange(name="自有系统", address=gateway.url), allow_loopback=True
            )
            await send_test(tx, webhook.id)
        port = HttpEventPort(session)
        now = build.clock.now()

        def signatures() -> list[str]:
            headers, _, body = gateway.requests[-1]
            parts = (headers["X-Hotline-Timestamp"], headers["X-Hotline-Event"], body.decode())
            assert headers["Idempotency-Key"] == json.loads(body)["event_id"]
            return [
                secret
                for secret in (first, second)
                if "v1="
                + hmac.new(secret.encode(), ".".join(parts).encode(), hashlib.sha256).hexdigest()
                in headers["X-Hotline-Signature"].split(",")
            ]

        second = ""
        assert await send_events_once(build.session_maker, build.cipher, port, now) == 1
        assert signatures() == [first]
        async with build.acting("leader.chengguan") as tx:
            second = await rotate_secret(tx, webhook.id)
            await send_test(tx, webhook.id)
        await send_events_once(build.session_maker, build.cipher, port, now)
        assert signatures() == [first, second]
        build.clock.move(hours=25)
        async with build.acting("leader.chengguan") as tx:
            await send_test(tx, webhook.id)
        await send_events_once(build.session_maker, build.cipher, port, build.clock.now())
        assert signatures() == [second]


async def test_what_was_sent_is_sent_again_under_its_own_id(build: Build) -> None:
    webhook_id, _ = await opened(build)
    await build.ticket(Status.PROCESSING)
    await told(build)
    receiver = Receiver()
    count = await sent(build, receiver)
    since = build.clock.now()
    build.clock.move(hours=1)
    async with build.acting("leader.chengguan") as tx:
        assert await replay_since(tx, webhook_id, build.clock.now()) == 0
        assert await replay_since(tx, webhook_id, since) == count
        with pytest.raises(ReplayTooFar):
            await replay_since(tx, webhook_id, since - timedelta(days=31))
    again = Receiver()
    assert await sent(build, again) == count
    assert [event.event_id for event in again.events] == [
        event.event_id for event in receiver.events
    ]
    assert [body["seq"] for body in again.bodies] == [body["seq"] for body in receiver.bodies]
    assert {body["is_replay"] for body in again.bodies} == {True}
    (first, *_) = await log(build, webhook_id)
    async with build.acting("admin") as tx:
        await replay_delivery(tx, webhook_id, first.id)
    assert await sent(build, again) == 1
    assert await prune_events(build.session_maker, build.clock.now() + timedelta(days=1)) == count


async def test_a_receiver_that_takes_nothing_is_paused_and_its_people_are_told(
    build: Build, maker: SessionMaker
) -> None:
    webhook_id, _ = await opened(build)
    await build.ticket(Status.PROCESSING)
    await told(build)
    receiver = Receiver()
    receiver.refusal = NotAccepted("answered 503 to 13900001234")
    for _ in range(FAILURES_TO_PAUSE):
        await sent(build, receiver)
        build.clock.move(hours=2)
    async with maker() as session:
        webhook = (await session.exec(select(Webhook))).one()
        kinds = (
            await session.exec(select(Notice.kind).where(Notice.kind == "webhook_paused"))
        ).all()
    assert webhook.paused_at is not None
    assert len(kinds) == 2  # the leader and the administrator
    tries = len(receiver.events)
    assert await sent(build, receiver) == 0
    rows = await log(build, webhook_id)
    assert {row.last_error for row in rows} == {"answered 503 to ***"}
    receiver.refusal = None
    async with build.acting("leader.chengguan") as tx:
        await resume_webhook(tx, webhook_id)
    await sent(build, receiver)
    assert len(receiver.events) > tries
    async with build.acting("leader.chengguan") as tx:
        await pause_webhook(tx, webhook_id)
        await send_test(tx, webhook_id)
    assert await sent(build, receiver) == 0


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/x",
        "http://localhost:8000",
        "http://169.254.169.254/",
        "ftp://x.test",
        "no",
        "https://user:secret@x.test/",
        "http://[::1]/",
        "http://100.100.100.200/",
    ],
)
async def test_some_machines_are_never_called(build: Build, address: str) -> None:
    with pytest.raises(InvalidWebhook):
        await opened(build, address=address)


async def test_whose_webhooks_are_whose(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, _ = await opened(build)
    for by in ("handler.chengguan", "supervisor", "operator", "observer"):
        with pytest.raises(PermissionDenied):
            await opened(build, by)
    with pytest.raises(InvalidWebhook):
        await opened(build, department="zhujian")
    with pytest.raises(InvalidWebhook):
        await opened(build, "admin")
    await opened(build, "admin", department="zhujian")
    async with build.acting("leader.zhujian") as tx:
        with pytest.raises(WebhookNotFound):
            await rotate_secret(tx, mine)
        assert len(await list_webhooks(tx.session, tx.cipher, tx.actor)) == 1
    async with build.acting("admin") as tx:
        assert len(await list_webhooks(tx.session, tx.cipher, tx.actor)) == 2
    monkeypatch.setattr(actions, "MOST_PER_DEPARTMENT", 1)
    with pytest.raises(TooManyWebhooks):
        await opened(build)
    assert MOST_PER_DEPARTMENT == 10
