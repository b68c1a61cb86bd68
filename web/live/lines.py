"""How tickets stand, for lines of lists that are open: read once for all who see them."""

from collections.abc import Collection, Mapping

from hotline.kernel.db import SessionMaker
from hotline.tickets.sights.queries import Standing, standings
from web.live.hub import Line
from web.live.listening import ReadLines


def line_of(row: Standing) -> Line:
    """Return how a ticket stands as JSON values; nothing of what it is about."""
    return {
        "state": row.hold.value if row.hold else row.status.value,
        "level": row.level.value,
        "due": row.due_at.isoformat() if row.due_at else None,
        "version": row.version,
    }


def reading_lines(maker: SessionMaker) -> ReadLines:
    """Return what reads lines through sessions of `maker`."""

    async def read(numbers: Collection[str]) -> Mapping[str, Line]:
        async with maker() as session:
            found = await standings(session, numbers)
        return {number: line_of(row) for number, row in found.items()}

    return read
