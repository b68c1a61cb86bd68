"""What facts mean for open pages: told from the relay, all of a round at once.

One NOTIFY for a round, in a transaction of its own: whoever acts on a ticket never notifies, so his
commit waits for nobody (decision 3). What a crash in between has lost is told again, as the facts are.
"""

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from hotline.calls.receiving import BOARD_TOPIC
from hotline.kernel.db import SessionMaker
from hotline.kernel.live import Batch, hint_batch
from hotline.kernel.outbox import WaitingFact
from hotline.supervision.events import OrderIssued, OrderUnanswered
from hotline.tickets.lifecycle import Action
from hotline.tickets.sights.queries import changed_tickets
from web.live.topics import CREDIT_TOPIC, ORDERS_TOPIC

_ORDER_FACTS = frozenset({OrderIssued.topic, OrderUnanswered.topic})
_ORDER_ACTIONS = frozenset(
    action.value
    for action in (
        *(Action.ISSUE_ORDER, Action.ACKNOWLEDGE_ORDER, Action.ANSWER_ORDER),
        *(Action.VERIFY_ORDER, Action.RAISE_ORDER),
    )
)
_REMEMBERED = 5000

BOARD_SECONDS = 2.0
"""Boards count the whole city: they are told so often at most."""

CREDIT_SECONDS = 3.0
"""Credit is booked by jobs that follow the facts: its pages are told so much later."""


def concerns_orders(fact: WaitingFact) -> bool:
    """Tell whether a supervision order may stand otherwise after a fact."""
    return fact.topic in _ORDER_FACTS or fact.action in _ORDER_ACTIONS


class Teller:
    """Tells open pages of the facts of each round of the relay; one in each worker.

    Args:
        counted: topics of the facts that credit counts.
        monotonic: seconds that only go forward.
    """

    def __init__(
        self,
        session_maker: SessionMaker,
        counted: Sequence[str],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session_maker = session_maker
        self._counted = frozenset(counted)
        self._monotonic = monotonic
        self._told: dict[uuid.UUID, None] = {}
        self._later: dict[str, float] = {}
        self._board_told = 0.0
        self._lock = asyncio.Lock()

    async def tell(self, facts: Sequence[WaitingFact], now: datetime) -> bool:
        """Tell what a round of facts and the time since mean; return whether there was anything.

        Facts that come again, because the queue was away, are told of once.
        """
        async with self._lock:
            return await self._tell([one for one in facts if one.id not in self._told], now)

    async def _tell(self, fresh: Sequence[WaitingFact], now: datetime) -> bool:
        self._plan(fresh)
        topics = self._due()
        numbers = {fact.ticket_number for fact in fresh if fact.ticket_number}
        if not numbers and not topics:
            self._remember(fresh)
            return False
        ordered = {fact.ticket_number for fact in fresh if concerns_orders(fact)}
        async with self._session_maker() as session, session.begin():
            tickets = await changed_tickets(session, numbers, now) if numbers else ()
            told: dict[str, frozenset[int] | None] = dict.fromkeys(topics)
            if ordered:
                told[ORDERS_TOPIC] = frozenset(
                    unit
                    for row in tickets
                    if row.number in ordered
                    for unit in (*row.departments, *row.lost)
                )
            await hint_batch(session, Batch(uuid.uuid4().hex[:12], tickets, told))
        self._remember(fresh)
        return True

    def _plan(self, fresh: Sequence[WaitingFact]) -> None:
        """Note what is to be told a little later, so that it is told once for many facts."""
        at = self._monotonic()
        if any(fact.ticket_number for fact in fresh):
            self._later.setdefault(BOARD_TOPIC, max(at, self._board_told + BOARD_SECONDS))
        if any(fact.topic in self._counted for fact in fresh):
            self._later.setdefault(CREDIT_TOPIC, at + CREDIT_SECONDS)

    def _due(self) -> list[str]:
        at = self._monotonic()
        due = [topic for topic, when in self._later.items() if when <= at]
        for topic in due:
            del self._later[topic]
            if topic == BOARD_TOPIC:
                self._board_told = at
        return due

    def _remember(self, facts: Sequence[WaitingFact]) -> None:
        for fact in facts:
            self._told[fact.id] = None
        while len(self._told) > _REMEMBERED:
            del self._told[next(iter(self._told))]
