"""Server-sent events: one answer that stays open and says which topics have changed."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterable
from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.response import Stream

from hotline.people.principal import Principal
from web.live.hub import Hub, StreamEnded
from web.live.topics import allowed
from web.pages.frame import PageRequest
from web.security.guards import signed_in

HEARTBEAT_SECONDS = 15.0
LIFE_SECONDS = 300.0
"""After so long a stream ends and the browser opens another: rights that were taken away end with it."""

_RETRY_MILLISECONDS = 2000


def _event(topics: Iterable[str]) -> bytes:
    return f"event: changed\ndata: {json.dumps(sorted(topics))}\n\n".encode()


async def events(
    hub: Hub,
    topics: frozenset[str],
    user: str | None,
    *,
    heartbeat: float = HEARTBEAT_SECONDS,
    life: float = LIFE_SECONDS,
) -> AsyncIterator[bytes]:
    """Yield what a stream says, until its life is over or the house stops.

    The first event names every topic: whoever comes back after a break looks at all of them anew.
    """
    end = asyncio.get_running_loop().time() + life
    with hub.subscribed(topics, user) as subscription:
        yield f"retry: {_RETRY_MILLISECONDS}\n\n".encode()
        yield _event(topics)
        while asyncio.get_running_loop().time() < end:
            try:
                changed = await subscription.next(heartbeat)
            except StreamEnded:
                return
            yield _event(changed) if changed else b"event: ping\ndata: {}\n\n"


class LiveController(Controller):
    """What open pages listen to."""

    path = "/live"
    guards = (signed_in,)
    include_in_schema = False

    @get()
    async def listen(
        self, request: PageRequest, principal: NamedDependency[Principal]
    ) -> Response[Any]:
        """Tell which of the topics asked for have changed, again and again."""
        hub: Hub = request.app.state.live
        topics = allowed(principal, request.query_params.get("topics", ""))
        if not topics:  # with this answer a browser does not ask again
            return Response(None, status_code=204)
        # Streams that were opened together do not end together.
        life = LIFE_SECONDS * random.uniform(0.8, 1.2)  # noqa: S311  # nothing is guessed by it
        user = str(principal.user_id) if principal.user_id else None
        stream: Response[Any] = Stream(
            events(hub, topics, user, life=life),
            media_type=MediaType.TEXT,
            headers={
                "content-type": "text/event-stream; charset=utf-8",
                "x-accel-buffering": "no",
            },
        )
        return stream
