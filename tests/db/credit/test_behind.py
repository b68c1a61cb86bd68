"""The tickets behind a rate, page by page, as they stand; and what is left out, with its cause."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from credit.behind import Counted, LeftOut, Spot, left_out_of, tickets_behind
from credit.bookkeeping import NewObservation, observe
from credit.ledger import Measure
from hotline.kernel.paging import InvalidCursor, encode_cursor
from tests.support.builders import Build
from tests.support.credit_rows import shanghai

SINCE, UNTIL = shanghai(2026, 11, 1, 0), shanghai(2026, 12, 1, 0)
NOON = shanghai(2026, 11, 9)


class Rows:
    """Writes rows of one department, known at the clock's instant."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.count = 0

    async def add(self, ticket: int, k: int, n: int, at: datetime = NOON, **more: Any) -> None:
        self.count += 1
        given: dict[str, Any] = {"hop": 1, "round": 1, "measure": Measure.PROMISE, **more}
        async with self.build.acting("supervisor") as tx:
            row = NewObservation(
                source_key=f"behind:{self.count}",
                department_id=self.build.city.departments["chengguan"],
                ticket_id=uuid.UUID(int=ticket),
                ticket_number=f"{ticket:013}",
                category="urban",
                k=Decimal(k),
                n=n,
                finished_at=at,
                **given,
            )
            await observe(tx, [row])

    def spot(self, **more: Any) -> Spot:
        given = {"since": SINCE, "until": UNTIL, "as_of": self.build.clock.now()} | more
        unit = self.build.city.departments["chengguan"]
        return Spot(unit, given.pop("measure", Measure.PROMISE), **given)

    async def behind(self, spot: Spot, limit: int = 2, **how: Any) -> list[tuple[int, int, int]]:
        """Return ticket, k and n of everything, read page by page."""
        items: list[Counted] = []
        cursor = None
        async with self.build.session_maker() as session:
            while True:
                page = await tickets_behind(session, spot, cursor=cursor, limit=limit, **how)
                items += page.items
                assert len(page.items) <= limit
                cursor = page.next_cursor
                if cursor is None:
                    break
        return [(int(one.ticket_number), int(one.k), one.n) for one in items]

    async def left_out(self, spot: Spot) -> list[LeftOut]:
        async with self.build.session_maker() as session:
            return list(await left_out_of(session, spot))


@pytest.fixture
async def rows(build: Build) -> Rows:
    build.clock.set(shanghai(2026, 11, 20))
    return Rows(build)


async def test_the_latest_come_first_page_by_page(rows: Rows) -> None:
    for ticket in range(1, 6):
        await rows.add(ticket, ticket % 2, 1, NOON + timedelta(hours=ticket // 2))
    spot = rows.spot()
    everything = [(5, 1, 1), (4, 0, 1), (3, 1, 1), (2, 0, 1), (1, 1, 1)]
    for limit in (1, 2, 5, 50):
        assert await rows.behind(spot, limit) == everything
        assert await rows.behind(spot, limit, missed_only=True) == [(4, 0, 1), (2, 0, 1)]
    assert await rows.behind(rows.spot(until=NOON)) == []
    assert await rows.behind(rows.spot(measure=Measure.SIGN)) == []


async def test_what_was_taken_back_or_put_right_stands_as_it_is_known(rows: Rows) -> None:
    await rows.add(1, 0, 1)
    await rows.add(2, 1, 1)
    known = rows.spot()
    rows.build.clock.move(hours=1)
    # The one was put right, the other taken back and found missed at another time.
    await rows.add(1, 0, -1, cause="corrected")
    await rows.add(1, 1, 1)
    await rows.add(2, -1, -1, cause="corrected")
    await rows.add(2, 0, 1, NOON - timedelta(hours=1))
    now = rows.spot()
    assert await rows.behind(now) == [(1, 1, 1), (2, 0, 1)]
    assert await rows.behind(now, missed_only=True) == [(2, 0, 1)]
    assert await rows.behind(known) == [(2, 1, 1), (1, 0, 1)]
    assert await rows.behind(known, missed_only=True) == [(1, 0, 1)]
    assert await rows.left_out(now) == []


async def test_several_promises_of_a_round_are_one_line_and_rounds_are_their_own(
    rows: Rows,
) -> None:
    await rows.add(1, 0, 1)
    await rows.add(1, 1, 1)
    await rows.add(1, 1, 1, round=2)
    await rows.add(1, 0, 0, round=2, cause="outage")
    await rows.add(1, 1, 1, hop=2)
    spot = rows.spot()
    assert await rows.behind(spot) == [(1, 1, 1), (1, 1, 1), (1, 1, 2)]
    assert await rows.behind(spot, missed_only=True) == [(1, 1, 2)]
    assert await rows.left_out(spot) == []


async def test_what_is_left_out_says_why_once_a_measure(rows: Rows) -> None:
    await rows.add(1, 0, 0, cause="outage")
    await rows.add(2, 1, 1, NOON + timedelta(hours=1))
    known = rows.spot()
    rows.build.clock.move(hours=1)
    await rows.add(2, -1, -1, NOON + timedelta(hours=1), cause="pilot")
    await rows.add(2, 0, 0, NOON + timedelta(hours=1), measure=Measure.SIGN, cause="merged")
    now = rows.spot()
    found = [(int(one.ticket_number), one.measure, one.cause) for one in await rows.left_out(now)]
    assert found == [
        (2, Measure.SIGN, "merged"),
        (2, Measure.PROMISE, "pilot"),
        (1, Measure.PROMISE, "outage"),
    ]
    assert [one.cause for one in await rows.left_out(known)] == ["outage"]
    assert await rows.behind(now) == []


@pytest.mark.parametrize("key", [("x", "1"), ("2026-11-09", "x"), ("2026-11-09", str(2**63))])
async def test_a_foreign_cursor_is_refused(rows: Rows, key: tuple[str, str]) -> None:
    async with rows.build.session_maker() as session:
        with pytest.raises(InvalidCursor):
            await tickets_behind(session, rows.spot(), cursor=encode_cursor(*key))
