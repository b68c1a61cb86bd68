"""The inbox: written by thousands, read and acknowledged by one."""

import uuid

from sqlmodel import select

from hotline.notices.actions import acknowledge
from hotline.notices.models import Notice
from hotline.notices.queries import Waiting, count_waiting, list_notices
from hotline.notices.writing import NewNotice, write_notices
from tests.support.builders import Build


async def test_thousands_are_written_at_once_and_each_once(build: Build) -> None:
    people = [p.user_id for p in build.city.people.values() if p.user_id is not None]
    rows = [
        NewNotice(
            user_id=person,
            fact_id=uuid.UUID(int=fact),
            kind="clock_warned",
            ticket_number="2611210000017",
            clock="complete",
            rung="listing",
            params={"hours": fact},
            needs_ack=True,
            is_urgent=fact % 2 == 0,
            late_by_seconds=fact,
            escalation_id=uuid.UUID(int=fact + 1),
        )
        for fact in range(300)
        for person in people
    ]
    assert len(rows) > 3_000
    for _ in range(2):
        async with build.acting("operator") as tx:
            await write_notices(tx, rows)
            await write_notices(tx, ())
    async with build.session_maker() as session:
        notices = (await session.exec(select(Notice))).all()
    assert len(notices) == len(rows)
    by_key = {(notice.user_id, notice.fact_id): notice for notice in notices}
    for row in rows:
        notice = by_key[row.user_id, row.fact_id]
        assert notice.params == row.params
        assert (notice.clock, notice.rung, notice.is_urgent) == (
            "complete",
            "listing",
            row.is_urgent,
        )
        assert (notice.late_by_seconds, notice.escalation_id) == (
            row.late_by_seconds,
            row.escalation_id,
        )
        assert notice.acknowledged_at is notice.read_at is notice.routed_at is None


async def test_acknowledging_is_ones_own_word(build: Build) -> None:
    people = build.city.people
    one, other = (people[name].user_id for name in ("handler.chengguan", "leader.chengguan"))
    assert one is not None
    assert other is not None
    async with build.acting("operator") as tx:
        await write_notices(
            tx,
            [
                NewNotice(user_id=person, fact_id=uuid.UUID(int=n), kind="k", needs_ack=n < 2)
                for n in range(3)
                for person in (one, other)
            ],
        )
    async with build.session_maker() as session:
        notices = await list_notices(session, one)
        waiting = await list_notices(session, one, only_waiting=True)
        theirs = await list_notices(session, other)
        assert await count_waiting(session, one) == Waiting(3, 2)
    assert [notice.needs_ack for notice in notices] == [True, True, False]
    assert list(waiting) == list(notices[:2])
    async with build.acting("handler.chengguan") as tx:
        assert await acknowledge(tx, [row.id for row in theirs]) == 0
        assert await acknowledge(tx, [notices[0].id, notices[2].id]) == 1
        assert await acknowledge(tx, [notices[0].id]) == 0
    async with build.session_maker() as session:
        assert await count_waiting(session, one) == Waiting(1, 1)
        assert await count_waiting(session, other) == Waiting(3, 2)
