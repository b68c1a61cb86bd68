"""The stream of a page on which a requester follows his matter: it says that something has happened.

It opens by the word of a link to look, says nothing but that, and ends like every other stream.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.response import Stream

from hotline.kernel.clock import SHANGHAI
from hotline.tickets.follow_links import read_follow_word
from hotline.tickets.models import Ticket
from web.live.hub import Hub, Reader, StreamEnded
from web.live.stream import HEARTBEAT_SECONDS, LIFE_SECONDS, STREAM_HEADERS, instant_of
from web.live.topics import MATTER_TOPIC, TICKET_TOPIC
from web.pages.frame import PageRequest, shell_of
from web.resources import Resources

_RETRY_MILLISECONDS = 3000


class MatterStreamController(Controller):
    """What a page of the public listens to."""

    include_in_schema = False

    @get("/track/live")
    async def listen(
        self, request: PageRequest, resources: NamedDependency[Resources]
    ) -> Response[Any]:
        """Tell that a matter has changed, again and again."""
        today = shell_of(request).now.astimezone(SHANGHAI).date()
        word = request.query_params.get("token", "")
        ticket_id = read_follow_word(resources.cipher, word, today)
        numbers = []
        if ticket_id is not None:
            async with resources.read_maker() as session:
                ticket = await session.get(Ticket, ticket_id)
                parent = await session.get(Ticket, ticket.parent_id) if _follows(ticket) else None
                numbers = [one.number for one in (ticket, parent) if one is not None]
        if not numbers:  # with this answer a browser does not ask again
            return Response(None, status_code=204)
        since = instant_of(request.query_params.get("since", ""))
        # Streams that were opened together do not end together.
        life = LIFE_SECONDS * random.uniform(0.8, 1.2)  # noqa: S311  # nothing is guessed by it
        said = matter_events(
            request.app.state.live, {f"{TICKET_TOPIC}:{one}" for one in numbers}, since, life=life
        )
        stream: Response[Any] = Stream(said, media_type=MediaType.TEXT, headers=STREAM_HEADERS)
        return stream


def _follows(ticket: Ticket | None) -> bool:
    return ticket is not None and ticket.parent_id is not None


async def matter_events(
    hub: Hub,
    topics: set[str],
    since: float | None = None,
    *,
    heartbeat: float = HEARTBEAT_SECONDS,
    life: float = LIFE_SECONDS,
) -> AsyncIterator[bytes]:
    """Yield what the stream says: that the matter has changed, and not a word of how.

    Args:
        hub: of this process.
        topics: the tickets behind the matter.
        since: when the page was last told something.
        heartbeat: seconds after which it says that it is still there.
        life: seconds after which it ends.
    """
    end = asyncio.get_running_loop().time() + life
    # Whoever has the word may know that it has changed, whichever department holds it.
    with hub.subscribed(frozenset(topics), Reader(sees_every=True), since) as subscription:
        yield f"retry: {_RETRY_MILLISECONDS}\n\n".encode() + _event("hello", {})
        while asyncio.get_running_loop().time() < end:
            try:
                said = await subscription.next(heartbeat)
            except StreamEnded:
                return
            if said:
                yield _event("changed", {"topics": [MATTER_TOPIC], "spread": hub.spread})
            else:
                yield _event("ping", {})


def _event(name: str, said: dict[str, object]) -> bytes:
    told = {"now": datetime.now(UTC).isoformat(timespec="milliseconds"), **said}
    return f"event: {name}\ndata: {json.dumps(told, separators=(',', ':'))}\n\n".encode()
