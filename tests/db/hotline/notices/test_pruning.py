"""What has served its time goes, and nothing that is still needed with it."""

import uuid
from datetime import timedelta

from sqlmodel import col, select, update

from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import InboxReceipt, OutboxMessage
from hotline.notices.models import Delivery, DeliveryState
from hotline.notices.outgoing import replay
from hotline.notices.pruning import Pruned, Retention, prune_once
from hotline.tickets.models import IdempotencyKey
from tests.support.builders import Build
from tests.support.messages import HANDLER, Recorder, carry, reach, tell
from web.run.redelivery import redeliver

NOTHING = Pruned(0, 0, 0, 0)


async def _facts(maker: SessionMaker) -> set[uuid.UUID]:
    async with maker() as session:
        return set((await session.exec(select(OutboxMessage.id))).all())


def _fact(build: Build, *, relayed: bool = True, parked: bool = False) -> OutboxMessage:
    now = build.clock.now()
    return OutboxMessage(
        id=uuid7(now),
        topic="ticket_moved",
        payload={},
        trace_id="t",
        created_at=now,
        relayed_at=now if relayed else None,
        parked_at=now if parked else None,
    )


async def test_old_facts_go_but_for_those_that_wait(build: Build) -> None:
    done, waiting, parked = _fact(build), _fact(build, relayed=False), _fact(build, parked=True)
    async with build.session_maker() as session, session.begin():
        session.add_all([done, waiting, parked])
    build.clock.move(days=30)
    assert await prune_once(build.session_maker, build.clock.now()) == NOTHING
    build.clock.move(seconds=1)
    pruned = await prune_once(build.session_maker, build.clock.now())
    assert pruned == Pruned(1, 0, 0, 0)
    assert await _facts(build.session_maker) == {waiting.id, parked.id}


async def test_a_receipt_outlives_its_fact(build: Build) -> None:
    """Sent again after months, a fact must still find who has dealt with it."""
    gone, parked = _fact(build), _fact(build, parked=True)
    async with build.session_maker() as session, session.begin():
        session.add_all([gone, parked])
        session.add_all(
            InboxReceipt(subscriber="one", fact_id=fact.id, received_at=build.clock.now())
            for fact in (gone, parked)
        )
    build.clock.move(days=90)
    assert await prune_once(build.session_maker, build.clock.now()) == Pruned(1, 1, 0, 0)
    async with build.session_maker() as session:
        (receipt,) = (await session.exec(select(InboxReceipt))).all()
    assert receipt.fact_id == parked.id
    async with build.acting("supervisor") as tx:
        assert await replay(tx, parked.id) == 1


async def test_what_lost_jobs_are_looked_for_by_stays(build: Build) -> None:
    """However short the retention, three days of facts and receipts are needed."""
    fact = _fact(build)
    async with build.session_maker() as session, session.begin():
        session.add(fact)
        session.add(InboxReceipt(subscriber="one", fact_id=fact.id, received_at=build.clock.now()))
    build.clock.move(days=3)
    shortest = Retention(facts=timedelta(days=4), receipts=timedelta(days=4))
    assert await prune_once(build.session_maker, build.clock.now(), shortest) == NOTHING
    subscribers = {"ticket_moved": ("one",)}
    assert await redeliver(build.session_maker, subscribers, now=build.clock.now()) == 0


async def test_keys_and_messages_go_in_their_time(build: Build) -> None:
    operator = build.city.people["operator"].user_id
    assert operator is not None
    async with build.session_maker() as session, session.begin():
        session.add(
            IdempotencyKey(
                user_id=operator,
                key="k",
                body_digest=b"",
                ticket_id=uuid.uuid4(),
                created_at=build.clock.now(),
            )
        )
    await reach(build)
    await tell(build, HANDLER, count=2)
    await carry(build, Recorder())
    async with build.session_maker() as session, session.begin():
        first = select(Delivery.id).order_by(col(Delivery.id)).limit(1)
        await session.exec(
            update(Delivery).where(col(Delivery.id).in_(first)).values(state=DeliveryState.WAITING)
        )
    build.clock.move(days=7, seconds=1)
    assert (await prune_once(build.session_maker, build.clock.now())).keys == 1
    build.clock.move(days=173)
    pruned = await prune_once(build.session_maker, build.clock.now())
    assert pruned.deliveries == 1
    async with build.session_maker() as session:
        (left,) = (await session.exec(select(Delivery))).all()
    assert left.state is DeliveryState.WAITING


async def test_much_goes_in_little_pieces(build: Build) -> None:
    async with build.session_maker() as session, session.begin():
        session.add_all([_fact(build) for _ in range(25)])
    build.clock.move(days=31)
    assert (await prune_once(build.session_maker, build.clock.now(), batch=10)).facts == 25
