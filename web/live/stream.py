"""Server-sent events: one answer that stays open and says which topics have changed."""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable
from datetime import datetime
from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.response import Stream

from hotline.people.principal import Principal
from hotline.tickets.sights.queries import readable_numbers
from web.live.hub import Hub, Reader, Said, StreamEnded
from web.live.presence import Presence
from web.live.topics import PRESENCE_TOPIC, allowed, tickets_asked
from web.pages.frame import PageRequest
from web.resources import Resources
from web.security.guards import signed_in

HEARTBEAT_SECONDS = 10.0
LIFE_SECONDS = 300.0
"""After so long a stream ends and the browser opens another: rights that were taken away end with it."""

_RETRY_MILLISECONDS = 1000
_RETRY_SPREAD_MILLISECONDS = 2000

STREAM_HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "x-accel-buffering": "no",
}


def _event(name: str, said: dict[str, object], batch: str = "") -> bytes:
    head = f"id: {batch}\n" if batch else ""
    body = json.dumps(said, separators=(",", ":"))
    return f"{head}event: {name}\ndata: {body}\n\n".encode()


def _now(hub: Hub) -> str:
    return hub.now().isoformat(timespec="milliseconds")


def _changed(hub: Hub, said: Said) -> bytes:
    told: dict[str, object] = {
        "now": _now(hub),
        "topics": sorted(said.topics),
        "spread": hub.spread,
    }
    if said.lines:
        told["lines"] = said.lines
    if said.attended:
        told["attended"] = said.attended
    if said.counts:
        told["counts"] = said.counts
    return _event("changed", told, said.batch)


async def events(
    hub: Hub,
    topics: Iterable[str],
    reader: Reader,
    *,
    since: datetime | None = None,
    heartbeat: float = HEARTBEAT_SECONDS,
    life: float = LIFE_SECONDS,
) -> AsyncGenerator[bytes]:
    """Yield what a stream says, until its life is over or the house stops.

    Whoever comes back after a break hears first what was told meanwhile, or of every topic when that is
    not known any more. Every event says what time it is here.
    """
    end = asyncio.get_running_loop().time() + life
    with hub.subscribed(frozenset(topics), reader, since) as subscription:
        # When the house starts again, those whom it left do not all come back at the same instant.
        retry = _RETRY_MILLISECONDS + random.randrange(_RETRY_SPREAD_MILLISECONDS)  # noqa: S311
        yield f"retry: {retry}\n\n".encode() + _event("hello", {"now": _now(hub)})
        while asyncio.get_running_loop().time() < end:
            try:
                said = await subscription.next(heartbeat)
            except StreamEnded:
                return
            yield _changed(hub, said) if said else _event("ping", {"now": _now(hub)})


def instant_of(text: str) -> datetime | None:
    """Return the instant that a page names; None for what is no instant."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


class LiveController(Controller):
    """What open pages listen to."""

    path = "/live"
    guards = (signed_in,)
    include_in_schema = False

    @get()
    async def listen(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
    ) -> Response[Any]:
        """Tell which of the topics asked for have changed, again and again."""
        hub: Hub = request.app.state.live
        asked = request.query_params.get("topics", "")
        topics = allowed(principal, asked) | await _of_tickets(resources, principal, asked)
        if not topics:  # with this answer a browser does not ask again
            return Response(None, status_code=204)
        # Streams that were opened together do not end together.
        life = LIFE_SECONDS * random.uniform(0.8, 1.2)  # noqa: S311  # nothing is guessed by it
        reader = reader_of(principal)
        here = {
            number
            for number in request.query_params.get("here", "").split(",")
            if f"{PRESENCE_TOPIC}:{number}" in topics
        }
        since = instant_of(request.query_params.get("since", ""))
        said = events(hub, topics, reader, since=since, life=life)
        stream: Response[Any] = Stream(
            _attending(request.app.state.presence, here, reader, said),
            media_type=MediaType.TEXT,
            headers=STREAM_HEADERS,
        )
        return stream


async def _attending(
    presence: Presence, here: Collection[str], reader: Reader, said: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    """Yield what a stream says; its reader is with these tickets as long as it lasts."""
    with presence.attending(here, reader.user):
        async for one in said:
            yield one


def reader_of(principal: Principal) -> Reader:
    """Return whose stream it is."""
    return Reader(
        str(principal.user_id) if principal.user_id else None,
        principal.sees_every_ticket,
        principal.department_id if principal.is_department else None,
    )


async def _of_tickets(resources: Resources, principal: Principal, asked: str) -> frozenset[str]:
    """Return the topics of tickets that somebody may read; the others are as if they were not there."""
    named = tickets_asked(asked)
    if not named:
        return frozenset()
    async with resources.read_maker() as session:
        numbers = await readable_numbers(session, principal, list(named))
    return frozenset().union(*(named[number] for number in numbers))
