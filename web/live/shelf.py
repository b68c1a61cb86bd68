"""What many pages ask for at the same instant is made once: lists that look the same to all of a sight.

What was made before something was told is not given to whoever asks because of it. A page says what it
has heard last; a process that has not heard of that yet makes everything anew for it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass

from web.live.hub import Hub

_SECONDS = 2.0
"""Time itself changes lists: what falls due."""

_MOST = 200


@dataclass(slots=True)
class _Made:
    epoch: int
    began: float
    done: asyncio.Future[str]


class Shelf:
    """Fragments that were made lately, by what they show.

    Args:
        hub: knows what was told.
        monotonic: seconds that only go forward.
    """

    def __init__(self, hub: Hub, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._hub = hub
        self._monotonic = monotonic
        self._made: dict[Hashable, _Made] = {}

    async def get(
        self, key: Hashable, make: Callable[[], Awaitable[str]], *, after: str = ""
    ) -> str:
        """Return a fragment, made now or a moment ago by somebody who asked for the same.

        Args:
            key: everything that it depends on: sight, language, filter.
            make: makes it.
            after: the batch that whoever asks has heard of last.
        """
        if after and after not in self._hub.seen:
            return await make()
        while (found := self._current(key)) is not None:
            try:
                return await asyncio.shield(found.done)
            except asyncio.CancelledError:
                if not found.done.cancelled():
                    raise  # it is we who are to stop
        return await self._make(key, make)

    def _current(self, key: Hashable) -> _Made | None:
        found = self._made.get(key)
        if found is None or found.epoch != self._hub.epoch or found.done.cancelled():
            return None
        return found if self._monotonic() - found.began < _SECONDS else None

    async def _make(self, key: Hashable, make: Callable[[], Awaitable[str]]) -> str:
        made = _Made(self._hub.epoch, self._monotonic(), asyncio.get_running_loop().create_future())
        while len(self._made) >= _MOST:
            del self._made[next(iter(self._made))]
        self._made[key] = made
        try:
            text = await make()
        except BaseException:
            made.done.cancel()  # whoever waits for it makes it himself
            raise
        made.done.set_result(text)
        return text
