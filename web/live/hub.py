"""One hub in each web process: hints come in once and go out to every open stream that asks for them.

A hint says that a topic has changed, never what: whoever gets it fetches the page's own fragment, with
his own rights. So hints can be dropped, doubled and merged as one likes.
"""

import asyncio
import contextlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Hint:
    """A topic has changed.

    Attributes:
        topic: which.
        user: whom it concerns; None for everybody who may know of the topic.
    """

    topic: str
    user: str | None = None


class StreamEnded(Exception):
    """The house stops: the stream is over."""


@dataclass(eq=False, slots=True)
class Subscription:
    """One open stream. What waits for a slow reader is a set of topics: it cannot grow.

    Attributes:
        topics: what it asks for.
        user: who reads it.
    """

    topics: frozenset[str]
    user: str | None
    _waiting: set[str] = field(default_factory=set)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _is_over: bool = False

    def offer(self, hint: Hint) -> None:
        """Let the reader have a hint if it is for him; what waits already is not doubled."""
        if hint.topic in self.topics and hint.user in {None, self.user}:
            self._waiting.add(hint.topic)
            self._woken.set()

    def renew(self) -> None:
        """Let the reader look at everything that he asks for anew."""
        self._waiting = set(self.topics)
        self._woken.set()

    def end(self) -> None:
        """End the stream."""
        self._is_over = True
        self._woken.set()

    async def next(self, patience: float) -> list[str]:
        """Return the topics that have changed; none when nothing did for `patience` seconds.

        Raises:
            StreamEnded: the house stops.
        """
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), patience)
        if self._is_over:
            raise StreamEnded
        self._woken.clear()
        changed, self._waiting = sorted(self._waiting), set()
        return changed


class Hub:
    """All open streams of this process."""

    def __init__(self) -> None:
        self._open: set[Subscription] = set()
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._open)

    @contextlib.contextmanager
    def subscribed(self, topics: Collection[str], user: str | None) -> Iterator[Subscription]:
        """Open a stream for the time of the block."""
        subscription = Subscription(frozenset(topics), user)
        if self._is_closed:
            subscription.end()
        self._open.add(subscription)
        try:
            yield subscription
        finally:
            self._open.discard(subscription)

    def publish(self, hint: Hint) -> None:
        """Hand a hint to every stream that asks for it."""
        for subscription in self._open:
            subscription.offer(hint)

    def renew(self) -> None:
        """Let every reader look anew: hints may have been lost."""
        for subscription in self._open:
            subscription.renew()

    def close(self) -> None:
        """End every stream, and those that come after, so that nothing holds up the end."""
        self._is_closed = True
        for subscription in self._open:
            subscription.end()
