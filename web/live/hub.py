"""One hub in each web process: hints come in once and go out to every open stream that asks for them.

A hint says that a topic has changed; of a ticket it says besides how it stands, for lines of lists can be
put right with that at once. Whoever gets it fetches the page's own fragment, with his own rights. So
hints can be dropped, doubled and merged as one likes.
"""

import asyncio
import contextlib
import uuid
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hotline.kernel.clock import SystemClock
from hotline.kernel.live import Batch
from web.live.topics import (
    MATTER_TOPIC,
    PRESENCE_TOPIC,
    PRESENCES_TOPIC,
    TICKET_TOPIC,
    TICKETS_TOPIC,
)

REMEMBERED_FOR = timedelta(minutes=2)
"""Whoever was away for longer looks at everything."""

_REMEMBERED = 2000
_MARGIN = timedelta(seconds=2)
_MOST_LINES = 60
"""So many lines wait for a slow reader; with more of them he fetches his list anyway."""

_MOST_ATTENDED = 500

_LONGEST_SPREAD = 3000
_SPREAD_PER_STREAM = 2

_CLOCK = SystemClock()

Line = Mapping[str, Any]
"""How a ticket stands, as JSON values."""

Sight = tuple[bool, int | None]
"""Whether every ticket is seen, and whose otherwise."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose stream it is.

    Attributes:
        user: his account; None for nobody in particular.
        sees_every: whether he may see every ticket.
        department_id: whose tickets he may see otherwise.
        matters: on public pages, the tickets whose news are his matter's; he hears of nothing else.
    """

    user: str | None = None
    sees_every: bool = False
    department_id: int | None = None
    matters: frozenset[str] = frozenset()

    @property
    def sight(self) -> Sight:
        """What he may see; the same for all who see the same."""
        return self.sees_every, None if self.sees_every else self.department_id

    def sees(self, departments: Collection[int]) -> bool:
        """Tell whether he may see what these departments may."""
        return self.sees_every or self.department_id in departments


@dataclass(frozen=True, slots=True)
class Hint:
    """A topic has changed.

    Attributes:
        topic: which.
        user: whom it concerns; None for everybody who may know of the topic.
        departments: whose people it concerns beside those who see everything; None for all.
    """

    topic: str
    user: str | None = None
    departments: frozenset[int] | None = None

    def is_for(self, reader: Reader) -> bool:
        """Tell whether a reader is to hear of it."""
        if self.user not in {None, reader.user}:
            return False
        return self.departments is None or reader.sees(self.departments)


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who has a ticket open, and whether he writes; told when that changes.

    Attributes:
        number: of the ticket.
        departments: those that may see it.
        people: by account, whether he is filling in a form.
    """

    number: str
    departments: frozenset[int]
    people: Mapping[str, bool]

    def without(self, user: str | None) -> str:
        """Return what others do: `writing`, `looking`, or nothing."""
        others = [writes for person, writes in self.people.items() if person != user]
        return "writing" if any(others) else "looking" if others else ""


@dataclass(frozen=True, slots=True)
class Cut:
    """What of a batch concerns readers with the same sight.

    Attributes:
        topics: those that it names.
        tickets: the topics of its tickets.
        lines: how tickets stand; None for one that they may not see any more.
    """

    topics: frozenset[str]
    tickets: frozenset[str]
    lines: Mapping[str, Line | None]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many open tickets stand where, for readers with the same sight.

    Attributes:
        sight: theirs.
        places: state, hold, how many, how many of them late.
    """

    sight: Sight
    places: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Told:
    """A batch as it was heard, and how its tickets stood then.

    Attributes:
        batch: as it was heard.
        lines: by number.
    """

    batch: Batch
    lines: Mapping[str, Line] = field(default_factory=dict)
    _cuts: dict[Sight, Cut] = field(default_factory=dict)

    def cut_for(self, reader: Reader) -> Cut:
        """Return what concerns a reader; worked out once for all with his sight."""
        if reader.sight not in self._cuts:
            self._cuts[reader.sight] = self._cut(reader)
        return self._cuts[reader.sight]

    def _cut(self, reader: Reader) -> Cut:
        seen = [row.number for row in self.batch.tickets if reader.sees(row.departments)]
        lost = [row.number for row in self.batch.tickets if reader.sees(row.lost)]
        named = {
            topic
            for topic, units in self.batch.topics.items()
            if units is None or reader.sees(units)
        }
        if seen or lost:
            named.add(TICKETS_TOPIC)
        lines: dict[str, Line | None] = dict.fromkeys(lost)
        lines |= {number: self.lines[number] for number in seen if number in self.lines}
        return Cut(
            frozenset(named),
            frozenset(f"{TICKET_TOPIC}:{number}" for number in (*seen, *lost)),
            lines if len(lines) <= _MOST_LINES else {},
        )


News = Hint | Told | Attendance | Counted
"""Whatever is handed to streams."""


class StreamEnded(Exception):
    """The house stops: the stream is over."""


@dataclass(slots=True)
class Said:
    """What a stream says next.

    Attributes:
        topics: what has changed.
        lines: how tickets stand, by number; None for one that is out of sight.
        attended: by number, what others do there.
        counts: how many tickets stand where, when that was counted anew.
        batch: the last that it was heard from.
    """

    topics: set[str] = field(default_factory=set)
    lines: dict[str, Line | None] = field(default_factory=dict)
    attended: dict[str, str] = field(default_factory=dict)
    counts: Sequence[Sequence[Any]] = ()
    batch: str = ""

    def __bool__(self) -> bool:
        return bool(self.topics or self.attended or self.counts)


@dataclass(eq=False, slots=True)
class Subscription:
    """One open stream. What waits for a slow reader is a set of topics and a few lines: it cannot grow.

    Attributes:
        topics: what it asks for.
        reader: who reads it.
    """

    topics: frozenset[str]
    reader: Reader
    _waiting: Said = field(default_factory=Said)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _is_over: bool = False

    def offer(self, told: News) -> None:
        """Let the reader have what is for him; what waits already is not doubled."""
        if isinstance(told, Hint):
            if told.topic in self.topics and told.is_for(self.reader):
                self._waiting.topics.add(told.topic)
        elif isinstance(told, Told):
            self._take_batch(told)
        elif isinstance(told, Counted):
            if told.sight == self.reader.sight and TICKETS_TOPIC in self.topics:
                self._waiting.counts = told.places
        else:
            self._take_attendance(told)
        if self._waiting:
            self._woken.set()

    @property
    def routes(self) -> frozenset[str]:
        """By which topics it is found."""
        return self.topics | {f"{MATTER_TOPIC}:{number}" for number in self.reader.matters}

    def _take_batch(self, told: Told) -> None:
        if self.reader.matters:
            if any(row.number in self.reader.matters for row in told.batch.tickets):
                self._waiting.topics.add(MATTER_TOPIC)
            return
        cut = told.cut_for(self.reader)
        self._waiting.topics |= self.topics & cut.topics
        if cut.tickets:
            self._waiting.topics |= self.topics & cut.tickets
        if TICKETS_TOPIC in self.topics:
            self._waiting.lines.update(cut.lines)
            if len(self._waiting.lines) > _MOST_LINES:
                self._waiting.lines.clear()
        self._waiting.batch = told.batch.id

    def _take_attendance(self, told: Attendance) -> None:
        if not self.reader.sees(told.departments):
            return
        self._waiting.topics |= self.topics & {f"{PRESENCE_TOPIC}:{told.number}"}
        if PRESENCES_TOPIC in self.topics and len(self._waiting.attended) < _MOST_ATTENDED:
            self._waiting.attended[told.number] = told.without(self.reader.user)

    def renew(self) -> None:
        """Let the reader look at everything that he asks for anew."""
        self._waiting.topics = set(self.topics)
        self._woken.set()

    def end(self) -> None:
        """End the stream."""
        self._is_over = True
        self._woken.set()

    async def next(self, patience: float) -> Said:
        """Return what has changed; nothing when nothing did for `patience` seconds.

        Raises:
            StreamEnded: the house stops.
        """
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), patience)
        if self._is_over:
            raise StreamEnded
        self._woken.clear()
        said, self._waiting = self._waiting, Said()
        return said


class Hub:
    """All open streams of this process, and what was told in the last two minutes.

    Args:
        now: tells the time that pages are told.
    """

    def __init__(self, now: Callable[[], datetime] = _CLOCK.now) -> None:
        self._open: dict[uuid.UUID, Subscription] = {}
        self._by_topic: dict[str, set[Subscription]] = {}
        self._lately: deque[tuple[datetime, Hint | Told]] = deque(maxlen=_REMEMBERED)
        self._complete_from: datetime | None = None
        self.now = now
        self._is_closed = False
        self.attendances: dict[str, Attendance] = {}
        self.seen: deque[str] = deque(maxlen=_REMEMBERED)
        self.epoch = 0

    def __len__(self) -> int:
        return len(self._open)

    @property
    def spread(self) -> int:
        """Within how many milliseconds all that listen should ask: the more they are, the longer."""
        return min(_LONGEST_SPREAD, len(self._open) * _SPREAD_PER_STREAM)

    def listens(self, topic: str) -> bool:
        """Tell whether anybody asks for a topic."""
        return topic in self._by_topic

    @contextlib.contextmanager
    def subscribed(
        self, topics: Collection[str], reader: Reader, since: datetime | None = None
    ) -> Iterator[Subscription]:
        """Open a stream for the time of the block.

        Args:
            topics: what it is told of.
            reader: who reads it.
            since: of what instant the reader's page is; what was told since then, or everything
                when that is not known any more, is told to him first.
        """
        subscription = Subscription(frozenset(topics), reader)
        if self._is_closed:
            subscription.end()
        self._catch_up(subscription, since)
        for attendance in self.attendances.values():
            subscription.offer(attendance)
        key = uuid.uuid4()
        self._open[key] = subscription
        for topic in subscription.routes:
            self._by_topic.setdefault(topic, set()).add(subscription)
        try:
            yield subscription
        finally:
            del self._open[key]
            for topic in subscription.routes:
                self._by_topic[topic].discard(subscription)
                if not self._by_topic[topic]:
                    del self._by_topic[topic]

    def _catch_up(self, subscription: Subscription, since: datetime | None) -> None:
        oldest = self.now() - REMEMBERED_FOR
        if len(self._lately) == _REMEMBERED:
            oldest = max(oldest, self._lately[0][0])
        begin = since - _MARGIN if since and self._complete_from else None
        if begin is None or begin < max(oldest, self._complete_from or oldest):
            subscription.renew()
            return
        for at, told in self._lately:
            if at >= begin:
                subscription.offer(told)

    def sights(self) -> set[Sight]:
        """Return the sights of all who look at tickets."""
        return {one.reader.sight for one in self._by_topic.get(TICKETS_TOPIC, ())}

    def publish(self, told: News) -> None:
        """Hand what was told to every stream that asks for it."""
        if isinstance(told, Attendance):
            self.attendances[told.number] = told
            if not told.people:
                del self.attendances[told.number]
        elif not isinstance(told, Counted):
            self._lately.append((self.now(), told))
        if isinstance(told, Told):
            self.epoch += 1
            self.seen.append(told.batch.id)
        for subscription in self._concerned(told):
            subscription.offer(told)

    def _concerned(self, told: News) -> Iterable[Subscription]:
        if isinstance(told, Hint):
            topics = [told.topic]
        elif isinstance(told, Attendance):
            topics = [PRESENCES_TOPIC, f"{PRESENCE_TOPIC}:{told.number}"]
        elif isinstance(told, Counted):
            topics = [TICKETS_TOPIC]
        else:
            topics = [*told.batch.topics, TICKETS_TOPIC]
            topics += [
                f"{word}:{row.number}"
                for row in told.batch.tickets
                for word in (TICKET_TOPIC, MATTER_TOPIC)
            ]
        return set().union(*(self._by_topic.get(topic, ()) for topic in topics))

    def renew(self) -> None:
        """Let every reader look anew: hints may have been lost."""
        self._complete_from = self.now()
        self.epoch += 1
        self._lately.clear()
        for subscription in self._open.values():
            subscription.renew()

    def close(self) -> None:
        """End every stream, and those that come after, so that nothing holds up the end."""
        self._is_closed = True
        for subscription in self._open.values():
            subscription.end()
