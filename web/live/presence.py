"""Who has which ticket open, and who is filling in a form on it.

Whoever has a stream that says so is there; each web process writes its own people into Valkey every three
seconds, in one command, and reads everybody's. Nothing of it reaches the database, and without Valkey
nobody is seen, that is all. Who is who stands nowhere but in the account's id.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from hotline.tickets.sights.queries import changed_tickets
from web.live.hub import Attendance, Hub
from web.resources import Resources

BEAT_SECONDS = 3.0
LIFE_SECONDS = 9.0
"""Whoever was not seen for so long has left: three beats, so that a page may be loaded anew."""

_SHORTEST_SECONDS = 0.3
_HERE = "live:here"
_PENS = "live:pens"

log = structlog.get_logger(__name__)


def attended(here: Collection[str], pens: Collection[str]) -> Mapping[str, Mapping[str, bool]]:
    """Return by ticket who is there and whether he writes, from members `number account`."""
    found: dict[str, dict[str, bool]] = {}
    for member in here:
        number, _, user = member.partition(" ")
        if user:
            found.setdefault(number, {})[user] = member in pens
    return found


class Presence:
    """The people of this process and, as of the last beat, those of all."""

    def __init__(self, hub: Hub, resources: Resources) -> None:
        self._hub = hub
        self._resources = resources
        self._own: Counter[str] = Counter()
        self._woken = asyncio.Event()
        self._is_away = False

    @contextlib.contextmanager
    def attending(self, numbers: Collection[str], user: str | None) -> Iterator[None]:
        """Let a person be with these tickets for the time of the block."""
        members = [f"{number} {user}" for number in numbers] if user else []
        self._own.update(members)
        if members:
            self._woken.set()
        try:
            yield
        finally:
            self._own.subtract(members)
            self._own += Counter()  # whoever is nowhere any more is forgotten

    async def write(self, number: str, user: str, *, is_writing: bool) -> None:
        """Note that a person has begun to fill in a form on a ticket, or has ended it."""
        member = f"{number} {user}"
        with contextlib.suppress(RedisError, OSError):
            if is_writing:
                await self._resources.redis.zadd(_PENS, {member: await self._time() + LIFE_SECONDS})
            else:
                await self._resources.redis.zrem(_PENS, member)
            self._woken.set()

    async def run(self) -> None:
        """Keep the people of this process alive and find out about the others, until cancelled."""
        while True:
            await self.beat()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), BEAT_SECONDS)
            self._woken.clear()
            await asyncio.sleep(_SHORTEST_SECONDS)

    async def beat(self) -> None:
        """Say who is here and hear who is elsewhere; tell pages what has changed."""
        try:
            found = await self._exchange()
        except (RedisError, OSError) as error:
            if not self._is_away:
                log.warning("nobody's presence is known", error=type(error).__name__)
            self._is_away, found = True, {}
        else:
            self._is_away = False
        before = self._hub.attendances
        changed = {
            number
            for number in {*found, *before}
            if found.get(number, {}) != (before[number].people if number in before else {})
        }
        if not changed:
            return
        try:
            sights = await self._read_sights(changed)
        except (SQLAlchemyError, OSError) as error:
            log.warning("nobody is told of presences", error=type(error).__name__)
            return
        for number in sorted(changed):
            people = found.get(number, {})
            self._hub.publish(Attendance(number, sights.get(number, frozenset()), people))

    async def _read_sights(self, numbers: Collection[str]) -> Mapping[str, frozenset[int]]:
        """Return the departments that may see each of these tickets."""
        async with self._resources.read_maker() as session:
            found = await changed_tickets(session, numbers, self._resources.clock.now())
        return {row.number: frozenset(row.departments) for row in found}

    async def _exchange(self) -> Mapping[str, Mapping[str, bool]]:
        now = await self._time()
        own = dict.fromkeys(self._own, now + LIFE_SECONDS)
        async with self._resources.redis.pipeline(transaction=False) as pipe:
            if own:
                pipe.zadd(_HERE, own)
                pipe.zadd(_PENS, own, xx=True)
            pipe.zremrangebyscore(_HERE, "-inf", now)
            pipe.zremrangebyscore(_PENS, "-inf", now)
            pipe.zrange(_HERE, 0, -1)
            pipe.zrange(_PENS, 0, -1)
            *_, here, pens = await pipe.execute()
        return attended([one.decode() for one in here], {one.decode() for one in pens})

    async def _time(self) -> float:
        """Return the time of Valkey: the one clock that all processes share."""
        seconds, microseconds = await self._resources.redis.time()
        return float(seconds) + float(microseconds) / 1_000_000
