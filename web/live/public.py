"""The stream of a requester who follows his matter: that it has changed, and nothing else.

The word of the follow link opens it, which stands on the page of a matter too: it is signed, and names
the ticket by an id that nobody knows. So nobody can try numbers here, and no address holds a query code.
"""

import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import structlog
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.response import Stream
from redis.asyncio import Redis
from redis.exceptions import RedisError

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.crypto import FieldCipher
from hotline.tickets.follow_links import read_follow_word
from hotline.tickets.sights.queries import numbers_of_matter
from web.live.hub import Hub, Reader
from web.live.stream import STREAM_HEADERS, events, instant_of
from web.live.topics import MATTER_TOPIC
from web.pages.frame import PageRequest
from web.pages.session import client_address
from web.resources import Resources

LIFE_SECONDS = 600.0
HEARTBEAT_SECONDS = 20.0

MOST_OPEN = 2000
"""Streams of requesters in one process; whoever comes later sees his page as it was without them."""

MOST_OPEN_BY_ADDRESS = 20
MOST_A_MINUTE = 60
"""Streams that one address opens: a whole office may stand behind it."""

_MINUTE = 60

log = structlog.get_logger(__name__)


class Doors:
    """How many streams requesters have open in this process, by address."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def is_free(self, address: str) -> bool:
        """Tell whether one more may be opened."""
        return self._open.total() < MOST_OPEN and self._open[address] < MOST_OPEN_BY_ADDRESS

    @contextmanager
    def passed(self, address: str) -> Iterator[None]:
        """Count a stream for the time of the block."""
        self._open[address] += 1
        try:
            yield
        finally:
            self._open[address] -= 1
            self._open += Counter()


async def comes_too_often(redis: Redis, cipher: FieldCipher, address: str, now: datetime) -> bool:
    """Count one more stream of an address in this minute; while Valkey is away everybody is let in."""
    digest = (cipher.blind_index(f"track live:{address}") or b"").hex()
    name = f"track-live:{digest}:{int(now.timestamp()) // _MINUTE}"
    try:
        async with redis.pipeline(transaction=False) as pipe:
            pipe.incr(name)
            pipe.expire(name, _MINUTE * 2)
            count, _ = await pipe.execute()
    except (RedisError, OSError) as error:
        log.warning("streams of requesters are not counted", error=type(error).__name__)
        return False
    return int(count) > MOST_A_MINUTE


class TrackLiveController(Controller):
    """What the public page of a matter listens to."""

    path = "/track/live"
    include_in_schema = False

    @get()
    async def listen(
        self, request: PageRequest, resources: NamedDependency[Resources]
    ) -> Response[Any]:
        """Tell that the matter has changed, again and again; without a good word, nothing at all."""
        now = resources.clock.now()
        word, today = request.query_params.get("token", ""), now.astimezone(SHANGHAI).date()
        ticket_id = read_follow_word(resources.cipher, word, today)
        if ticket_id is None:  # with this answer a browser does not ask again
            return Response(None, status_code=204)
        address, doors = client_address(request), request.app.state.doors
        if not doors.is_free(address) or await comes_too_often(
            resources.redis, resources.cipher, address, now
        ):
            return Response(None, status_code=429, headers={"retry-after": str(_MINUTE)})
        async with resources.read_maker() as session:
            numbers = await numbers_of_matter(session, ticket_id)
        if not numbers:
            return Response(None, status_code=204)
        hub: Hub = request.app.state.live
        said = events(
            hub,
            {MATTER_TOPIC},
            Reader(matters=numbers),
            since=instant_of(request.query_params.get("since", "")),
            heartbeat=HEARTBEAT_SECONDS,
            life=LIFE_SECONDS * random.uniform(0.8, 1.2),  # noqa: S311  # nothing is guessed by it
        )
        stream: Response[Any] = Stream(
            _counted(doors, address, said), media_type=MediaType.TEXT, headers=STREAM_HEADERS
        )
        return stream


async def _counted(doors: Doors, address: str, said: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    with doors.passed(address):
        async for one in said:
            yield one
