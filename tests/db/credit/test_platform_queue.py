"""The queue to a platform outside: each thing once, sent at least once, dead where people see it."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from credit.events import CreditEntryMoved
from credit.ledger import EntryState
from credit.models import CreditEntryChange
from credit.platform.actions import push_once, queue_entry, queue_grades, queue_since
from credit.platform.messages import PushState
from credit.platform.models import CreditPush
from credit.platform.ports import PlatformMessage
from credit.rulebook import Grade
from hotline.kernel.alarms import AlarmKind, open_alarms
from hotline.kernel.outbox import OutboxMessage
from hotline.notices.ports import NotAccepted
from hotline.notices.timing import MAX_TRIES
from tests.support.builders import NAME, PHONE, Build
from tests.support.credit_rows import became, happened
from tests.support.graded import grade


class Platform:
    """Takes messages, or does not."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.refusal = refusal
        self.taken: list[PlatformMessage] = []

    async def push(self, message: PlatformMessage) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.taken.append(message)


class _Killed(BaseException):
    """The process is gone."""


async def _queued(build: Build) -> int:
    """Do what the subscriber does with every fact of the ledger, in the order of the ledger."""
    async with build.acting("supervisor") as tx:
        facts = await tx.session.exec(
            select(OutboxMessage).where(OutboxMessage.topic == CreditEntryMoved.topic)
        )
        told = {uuid.UUID(fact.payload["change_id"]) for fact in facts}
        changes = await tx.session.exec(
            select(CreditEntryChange.id)
            .where(col(CreditEntryChange.id).in_(told))
            .order_by(col(CreditEntryChange.changed_at), col(CreditEntryChange.seq))
        )
        return sum([await queue_entry(tx, change) for change in changes.all()])


async def _rows(build: Build) -> Sequence[CreditPush]:
    async with build.session_maker() as session:
        return (await session.exec(select(CreditPush).order_by(col(CreditPush.position)))).all()


async def _push(build: Build, platform: Platform, **later: Any) -> int:
    build.clock.set(build.clock.now() + timedelta(**later))
    return await push_once(build.session_maker, platform, build.clock.now())


async def test_every_state_of_an_event_is_told_once_in_its_order(build: Build) -> None:
    entry = await happened(build, "chengguan", "rude_service")
    build.clock.set(build.clock.now() + timedelta(hours=1))
    await became(build, entry, EntryState.REVOKED)
    assert await _queued(build) == 3
    assert await _queued(build) == 0
    platform = Platform()
    assert await _push(build, platform) == 3
    assert [one.payload["state"] for one in platform.taken] == [
        "provisional",
        "in_force",
        "revoked",
    ]
    assert {one.payload["department"] for one in platform.taken} == {"chengguan"}
    assert {one.payload["points"] for one in platform.taken} == {"-3.00"}
    assert await _push(build, platform) == 0
    assert {row.state for row in await _rows(build)} == {PushState.SENT}


async def test_nothing_personal_leaves(build: Build) -> None:
    await happened(build, "chengguan", "rude_service")
    await grade(build, "2026-09", {"chengguan": Grade.C})
    async with build.acting("supervisor") as tx:
        await queue_since(tx, build.clock.now() - timedelta(days=1))
    said = " ".join(str(row.payload) for row in await _rows(build))
    assert NAME not in said
    assert PHONE not in said
    for person in build.city.people.values():
        assert str(person.user_id) not in said
        assert person.display_name not in said


async def test_published_grades_are_told_revision_by_revision(build: Build) -> None:
    await grade(build, "2026-09", {"chengguan": Grade.C, "huanbao": Grade.A})
    async with build.acting("supervisor") as tx:
        assert await queue_grades(tx, "2026-09") == 2
        assert await queue_grades(tx, "2026-09") == 0
        assert await queue_grades(tx, "2026-08") == 0
    await grade(build, "2026-09", {"chengguan": Grade.D}, revision=2)
    async with build.acting("supervisor") as tx:
        assert await queue_grades(tx, "2026-09") == 1
    platform = Platform()
    await _push(build, platform)
    assert [
        (one.payload["department"], one.payload["revision"], one.payload["grade"])
        for one in platform.taken
    ] == [("chengguan", 1, "C"), ("huanbao", 1, "A"), ("chengguan", 2, "D")]


async def test_what_was_not_taken_is_tried_again_under_the_same_key(build: Build) -> None:
    await happened(build, "chengguan", "rude_service", None)
    await _queued(build)
    assert await _push(build, Platform(NotAccepted("answered 503"))) == 1
    (row,) = await _rows(build)
    assert (row.state, row.attempts, row.last_error) == (PushState.WAITING, 1, "answered 503")
    platform = Platform()
    assert await _push(build, platform) == 0
    assert await _push(build, platform, minutes=1) == 1
    assert platform.taken[0].id == str(row.id)


async def test_a_sender_that_died_leaves_nothing_behind(build: Build) -> None:
    await happened(build, "chengguan", "rude_service", None)
    await _queued(build)

    class Dies(Platform):
        async def push(self, message: PlatformMessage) -> None:
            raise _Killed(message.id)

    with pytest.raises(_Killed):
        await _push(build, Dies())
    (row,) = await _rows(build)
    assert row.state is PushState.SENDING
    platform = Platform()
    assert await _push(build, platform, minutes=1) == 0
    assert await _push(build, platform, minutes=5) == 1


async def test_a_dead_message_raises_an_alarm_until_it_is_sent_again(build: Build) -> None:
    await happened(build, "chengguan", "rude_service", None)
    await _queued(build)
    since = build.clock.now() - timedelta(minutes=1)
    for _ in range(MAX_TRIES):
        assert await _push(build, Platform(OSError("no road")), hours=2) == 1
    (row,) = await _rows(build)
    assert (row.state, row.last_error) == (PushState.DEAD, "OSError")
    assert await _push(build, Platform(), hours=2) == 0
    async with build.session_maker() as session:
        assert [one.kind for one in await open_alarms(session)] == [AlarmKind.CREDIT_PUSH_DEAD]
    async with build.acting("supervisor") as tx:
        assert await queue_since(tx, since) == 1
    platform = Platform()
    assert await _push(build, platform) == 1
    assert platform.taken[0].id == str(row.id)
    async with build.session_maker() as session:
        assert await open_alarms(session) == []


async def test_a_final_refusal_is_not_tried_again_and_holds_up_no_other(build: Build) -> None:
    await happened(build, "chengguan", "rude_service")
    await _queued(build)

    class Picky(Platform):
        async def push(self, message: PlatformMessage) -> None:
            if message.payload["state"] == "provisional":
                raise NotAccepted("answered 400", is_final=True)
            await super().push(message)

    platform = Picky()
    await _push(build, platform)
    assert [row.state for row in await _rows(build)] == [PushState.DEAD, PushState.SENT]
    assert await _push(build, platform, hours=3) == 0
