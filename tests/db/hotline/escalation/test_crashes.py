"""Killed between any two statements: whoever comes next leaves what one clean round would have left.

Every statement that a round sends is a place to die at, its commit included. What is compared is the
whole database: every row of every table, with the ids that a round makes up left aside.
"""

import asyncio
import json
import re
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, async_sessionmaker
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.escalation.acknowledgement import raise_unacknowledged
from hotline.escalation.acts import act_once
from hotline.escalation.outages import SWEEPER, note_outage
from hotline.escalation.sweep import sweep_once
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.heartbeat import beat
from hotline.people.actions import set_duty_holder
from hotline.tickets.lifecycle import Action, Hold, Status
from hotline.tickets.models import Urgency
from hotline.tickets.verification import verify_histories
from tests.support.builders import Build
from tests.support.clock import MONDAY
from web.run.embedded import Postgres

Round = Callable[[SessionMaker, FieldCipher, datetime], Awaitable[bool]]
"""Does some of what is due; tells whether there may be more."""


async def swept(maker: SessionMaker, cipher: FieldCipher, now: datetime) -> bool:
    return (await sweep_once(maker, cipher, now=now)).may_be_more


async def acted(maker: SessionMaker, cipher: FieldCipher, now: datetime) -> bool:
    return await act_once(maker, cipher, now=now)


async def raised(maker: SessionMaker, cipher: FieldCipher, now: datetime) -> bool:
    return bool(await raise_unacknowledged(maker, cipher, now=now))


class Killed(BaseException):
    """The process is gone: nothing that catches errors catches this."""


class Life:
    """Counts what is sent to the database, and ends before a chosen statement."""

    def __init__(self) -> None:
        self.sent = 0
        self.has_ended = False
        self._last: int | None = None

    def begin(self, last: int | None = None) -> None:
        self.sent, self.has_ended, self._last = 0, False, last

    def go_on(self, *_event: object) -> None:
        if self.has_ended:
            return  # what is rolled back now is the server's doing
        self.sent += 1
        if self.sent == self._last:
            self.has_ended = True
            raise Killed


class MortalSession(AsyncSession):
    """A session that may end before any statement, before and after a flush, before the commit."""

    def __init__(self, *args: Any, life: Life, **given: Any) -> None:
        super().__init__(*args, **given)
        for name in ("do_orm_execute", "before_flush", "after_flush", "before_commit"):
            sa.event.listen(self.sync_session, name, life.go_on)
        self._life = life

    async def connection(self, *args: Any, **given: Any) -> AsyncConnection:
        """Whoever takes the connection itself sends something on it."""
        self._life.go_on()
        return await super().connection(*args, **given)


def mortal_maker(maker: SessionMaker, life: Life) -> SessionMaker:
    """Sessions like those of another maker, but mortal."""
    session: type[AsyncSession] = MortalSession
    return async_sessionmaker(class_=session, life=life, **maker.kw)


# -- everything that is written --------------------------------------------------------------------

_EVERYTHING = sa.text(
    " UNION ALL ".join(
        f"SELECT '{name}', to_jsonb(t) FROM {name} t" for name in sorted(SQLModel.metadata.tables)
    )
)
_MADE_UP = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def _rows(connection: AsyncConnection) -> list[tuple[str, dict[str, Any]]]:
    return [(table, row) for table, row in await connection.execute(_EVERYTHING)]


async def known_ids(connection: AsyncConnection) -> frozenset[str]:
    return frozenset(_MADE_UP.findall(json.dumps(await _rows(connection))))


async def shape(connection: AsyncConnection, known: frozenset[str]) -> Counter[str]:
    """Every row of every table; ids that were made up since `known` and counters are left aside."""

    def plain(row: dict[str, Any]) -> str:
        row.pop("recorded_at", None)  # by the server's own clock
        if isinstance(row.get("id"), int):
            del row["id"]
        text = json.dumps(row, sort_keys=True, ensure_ascii=False)
        return _MADE_UP.sub(lambda found: found[0] if found[0] in known else "new", text)

    return Counter(f"{table} {plain(row)}" for table, row in await _rows(connection))


def require_same(written: Counter[str], wanted: Counter[str], place: int) -> None:
    """Fail with the rows that differ: all of them would fill the screen."""
    assert (written - wanted, wanted - written) == (Counter(), Counter()), place


async def verify(maker: SessionMaker) -> None:
    async with maker() as session:
        async for found in verify_histories(session):
            assert not found.faults


# -- one at a time ---------------------------------------------------------------------------------


@asynccontextmanager
async def taken_back(connection: AsyncConnection) -> AsyncIterator[None]:
    point = await connection.begin_nested()
    try:
        yield
    finally:
        await point.rollback()


@pytest.fixture
async def duty(build: Build) -> Build:
    async with build.acting("admin") as tx:
        await set_duty_holder(tx, department="hotline", username="supervisor.second")
        await set_duty_holder(tx, department="chengguan", username="second.chengguan")
    return build


async def until_done(build: Build, *rounds: Round) -> None:
    busy = True
    while busy:
        busy = False
        for one in rounds:
            busy = await one(build.session_maker, build.cipher, build.clock.now()) or busy


async def killed_everywhere(build: Build, one: Round) -> int:
    """Kill a round before each statement, let clean rounds follow; return how many places there are."""
    connection: AsyncConnection = build.session_maker.kw["bind"]
    known = await known_ids(connection)
    life = Life()
    mortal = mortal_maker(build.session_maker, life)
    untouched = await shape(connection, known)
    async with taken_back(connection):
        await until_done(build, one)  # what a process remembers is warm from here on
        clean = await shape(connection, known)
        await verify(build.session_maker)
    async with taken_back(connection):
        life.begin()
        await one(mortal, build.cipher, build.clock.now())
        places = life.sent
    assert clean != untouched
    for place in range(1, places + 1):
        async with taken_back(connection):
            life.begin(place)
            with pytest.raises(Killed):
                await one(mortal, build.cipher, build.clock.now())
            await until_done(build, one)
            require_same(await shape(connection, known), clean, place)
    return places


async def test_a_round_of_the_sweeper_is_all_or_nothing(duty: Build) -> None:
    """Rungs of every colour, a promise that breaks, what follows red, an outage, nobody on duty."""
    await beat(duty.session_maker, SWEEPER, duty.clock.now())
    for status in (Status.SUBMITTED, Status.ACCEPTED, Status.DISPATCHED, Status.PROCESSING):
        await duty.ticket(status)
    await duty.ticket(Status.SUBMITTED, Hold.SUPPLEMENT, urgency=Urgency.P1)
    await duty.ticket(Status.PROCESSING, Hold.SUSPENSION)
    await note_outage(duty.session_maker, duty.clock.move(days=3))
    assert await killed_everywhere(duty, swept) >= 15


ACTS: dict[str, tuple[Status, Hold | None, timedelta, str]] = {
    "an acceptance goes to the duty head": (
        *(Status.SUBMITTED, None, timedelta(minutes=45)),
        "hand_to_duty_head",
    ),
    "whoever did not sign has signed": (
        *(Status.DISPATCHED, None, timedelta(hours=2)),
        "sign",
    ),
    "a matter without papers ends": (
        *(Status.SUBMITTED, Hold.SUPPLEMENT, timedelta(days=4)),
        "cancel_unsupplemented",
    ),
    "a suspension ends": (
        *(Status.PROCESSING, Hold.SUSPENSION, timedelta(days=30)),
        "end_suspension",
    ),
    "work gets its order": (Status.PROCESSING, None, timedelta(hours=36), "issue_order"),
}


@pytest.mark.parametrize("name", ACTS)
async def test_an_act_is_done_whole_or_not_at_all(duty: Build, name: str) -> None:
    status, hold, later, action = ACTS[name]
    number = await duty.ticket(status, hold)
    for part in (0.75, 0.25):  # nobody's matter ends before he was told a second time
        duty.clock.move(seconds=part * later.total_seconds())
        await until_done(duty, swept)
    assert await killed_everywhere(duty, acted) >= 15
    await until_done(duty, acted)
    async with duty.session_maker() as session:
        done = await session.exec(  # type: ignore[call-overload]
            sa.text(
                "SELECT count(*) FROM ticket_events e JOIN tickets k ON k.id = e.ticket_id "
                "WHERE k.number = :number AND e.actor = 'system' AND e.action = :action"
            ),
            params={"number": number, "action": action},
        )
        assert done.scalar_one() == 1


async def test_an_act_that_does_nothing_says_so_once(build: Build) -> None:
    """There is no duty head: the reason is written, and that too is killed everywhere."""
    await build.ticket()
    build.clock.move(minutes=45)
    await until_done(build, swept)
    assert await killed_everywhere(build, acted) >= 10


async def test_an_alert_is_raised_once(duty: Build) -> None:
    number = await duty.ticket(Status.PROCESSING, urgency=Urgency.P1)
    await duty.ticket(Status.PROCESSING, urgency=Urgency.P1)
    duty.clock.move(hours=24)
    await until_done(duty, swept)
    await duty.follow(number, Action.CONTACT, Action.SUBMIT_FEEDBACK, Action.PASS_AUDIT)
    duty.clock.move(hours=2)
    assert await killed_everywhere(duty, raised) >= 6


# -- several at once, one of them killed -----------------------------------------------------------

NOW = MONDAY + timedelta(hours=37)


@pytest.fixture
async def crowd(own_build: Build, own_city: AsyncEngine) -> str:
    """The name of a database with tickets at every desk that are long overdue, to be copied."""
    async with own_build.acting("admin") as tx:
        await set_duty_holder(tx, department="hotline", username="supervisor.second")
    for status in (Status.SUBMITTED, Status.ACCEPTED, Status.DISPATCHED, Status.PROCESSING) * 2:
        await own_build.ticket(status)
    await own_build.ticket(Status.DISPATCHED, Hold.RETURN_REVIEW)
    await own_city.dispose()
    return str(own_city.url.database)


@asynccontextmanager
async def copy_of(postgres: Postgres, database: str) -> AsyncIterator[AsyncEngine]:
    name = f"copy_{uuid.uuid4().hex}"
    postgres.psql(f"CREATE DATABASE {name} TEMPLATE {database}")
    engine = make_engine(postgres.url(name), application_name="hotline.tests")
    try:
        yield engine
    finally:
        await engine.dispose()
        postgres.psql(f"DROP DATABASE {name} WITH (FORCE)")


async def swept_by_twos(maker: SessionMaker, cipher: FieldCipher, now: datetime) -> bool:
    return (await sweep_once(maker, cipher, now=now, batch=2)).may_be_more


async def raised_later(maker: SessionMaker, cipher: FieldCipher, now: datetime) -> bool:
    later = now + timedelta(days=3)
    return bool(await raise_unacknowledged(maker, cipher, now=later, batch=3))


async def over_and_over(one: Round, maker: SessionMaker, cipher: FieldCipher) -> None:
    while await one(maker, cipher, NOW):
        pass


@pytest.mark.parametrize(
    ("before", "one", "places"),
    [
        ((), swept_by_twos, (1, 9, 16)),
        ((swept,), acted, (4, 17, 24)),
        ((swept, acted), raised_later, (2, 7, 8)),
    ],
    ids=["sweepers", "actors", "raisers"],
)
async def test_two_at_once_and_one_of_them_killed(
    postgres: Postgres,
    crowd: str,
    cipher: FieldCipher,
    before: Sequence[Round],
    one: Round,
    places: Sequence[int],
) -> None:
    async with copy_of(postgres, crowd) as engine:
        maker = make_session_maker(engine)
        for earlier in before:
            await over_and_over(earlier, maker, cipher)
        ready = str(engine.url.database)
        async with engine.connect() as connection:
            known = await known_ids(connection)
            untouched = await shape(connection, known)
        await engine.dispose()
        async with copy_of(postgres, ready) as clean:
            await over_and_over(one, make_session_maker(clean), cipher)
            async with clean.connect() as connection:
                wanted = await shape(connection, known)
        assert wanted != untouched
        ended = 0
        for last in places:
            async with copy_of(postgres, ready) as shared:
                ended += await fight(shared, one, cipher, last)
                async with shared.connect() as connection:
                    require_same(await shape(connection, known), wanted, last)
        assert ended >= 1  # the other one may have left him too little to die at


async def fight(engine: AsyncEngine, one: Round, cipher: FieldCipher, last: int) -> bool:
    """Let two at it at once, one of whom is killed, and then one; tell whether he was killed."""
    life = Life()
    life.begin(last)
    maker = make_session_maker(engine)
    mortal = mortal_maker(maker, life)
    ends = await asyncio.gather(
        over_and_over(one, mortal, cipher),
        over_and_over(one, maker, cipher),
        return_exceptions=True,
    )
    assert [type(end) for end in ends] == [Killed if life.has_ended else type(None), type(None)]
    await over_and_over(one, maker, cipher)
    await verify(maker)
    return life.has_ended
