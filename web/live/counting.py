"""What waits where, for side bars that are open: counted once for all who see the same, and told them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hotline.kernel.clock import Clock
from hotline.kernel.db import SessionMaker
from hotline.people.permissions import Role
from hotline.people.principal import Principal
from hotline.tickets.queries import count_queues
from web.live.hub import Counted, Hub, Sight, Told

SECONDS = 2.0
"""The same is counted so often at most; what changes meanwhile is counted afterwards."""

log = structlog.get_logger(__name__)

Count = Callable[[Sight], Awaitable[Sequence[Sequence[Any]]]]
"""Takes a sight and returns state, hold, how many, how many late."""


def sights_of(told: Told, open_sights: Iterable[Sight]) -> set[Sight]:
    """Return the sights whose figures a batch may have changed, of those that are on any screen."""
    units = {unit for row in told.batch.tickets for unit in (*row.departments, *row.lost)}
    return {
        (sees_every, unit)
        for sees_every, unit in open_sights
        if told.batch.tickets and (sees_every or unit in units)
    }


def counting(maker: SessionMaker, clock: Clock) -> Count:
    """Return what counts through sessions of `maker`."""

    async def count(sight: Sight) -> Sequence[Sequence[Any]]:
        sees_every, unit = sight
        role = Role.SUPERVISOR if sees_every else Role.HANDLER
        reader = Principal(frozenset({role}), department_id=unit)
        async with maker() as session:
            found = await count_queues(session, reader, clock.now())
        return [
            (row.status.value, row.hold.value if row.hold else "", row.count, row.late)
            for row in found
        ]

    return count


class Counter:
    """Counts for open side bars after tickets have changed."""

    def __init__(self, hub: Hub, count: Count, *, seconds: float = SECONDS) -> None:
        self._hub = hub
        self._count = count
        self._seconds = seconds
        self._wanted: set[Sight] = set()
        self._woken = asyncio.Event()

    def note(self, told: Told) -> None:
        """Note that a batch may have changed what waits."""
        self._wanted |= sights_of(told, self._hub.sights())
        if self._wanted:
            self._woken.set()

    async def run(self) -> None:
        """Count what may have changed, until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            wanted, self._wanted = self._wanted, set()
            for sight in wanted:
                try:
                    self._hub.publish(Counted(sight, await self._count(sight)))
                except (SQLAlchemyError, OSError) as error:
                    log.warning("side bars are not counted", error=type(error).__name__)
            await asyncio.sleep(self._seconds)
