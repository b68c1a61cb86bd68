"""The ledger of returns: who reads which, what narrows it, and what its figures count."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hotline.kernel.paging import InvalidCursor
from hotline.procedures.dispute_rules import ReturnLevel
from hotline.procedures.ledger import (
    BOUNCED,
    RECENT,
    ReturnFilter,
    ReturnRow,
    count_returns,
    list_returns,
)
from hotline.procedures.rules import ProcedureState, ReturnReason
from hotline.tickets.lifecycle import Action, Hold, Status
from hotline.tickets.queries import list_tickets
from tests.support.builders import Build
from tests.support.queries import count_queries

_A = Action
REJECTED = (_A.REQUEST_RETURN, _A.DECIDE_RETURN)
UPHELD = (_A.REQUEST_RETURN, (_A.DECIDE_RETURN, {"uphold": True, "department": "jiaotong"}))


class Ledger:
    """One return of each kind."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.numbers: dict[str, str] = {}

    async def fill(self) -> None:
        roads: dict[str, Any] = {
            "rejected": REJECTED,
            "upheld": UPHELD,
            "referred": (_A.REQUEST_RETURN, _A.REFER_ARBITRATION),
            "disputed": (*REJECTED, _A.DISPUTE_RETURN),
            "designated": (*REJECTED, _A.DISPUTE_RETURN, _A.DECIDE_ARBITRATION),
            "withdrawn": (_A.REQUEST_RETURN, _A.WITHDRAW_RETURN),
            "pending": ((_A.REQUEST_RETURN, {"reason": ReturnReason.WRONG_AREA}),),
        }
        for name, road in roads.items():
            self.numbers[name] = await self.build.ticket(Status.PROCESSING)
            self.build.clock.move(minutes=1)
            await self.build.follow(self.numbers[name], *road)

    async def rows(self, by: str = "supervisor", **wanted: Any) -> list[ReturnRow]:
        person = self.build.city.people[by]
        async with self.build.session_maker() as session:
            found: list[ReturnRow] = []
            cursor = None
            while True:
                page = await list_returns(
                    session, person, ReturnFilter(**wanted), cursor=cursor, limit=3
                )
                found += page.items
                cursor = page.next_cursor
                if cursor is None:
                    return found

    async def names(self, by: str = "supervisor", **wanted: Any) -> set[str]:
        names = {number: name for name, number in self.numbers.items()}
        return {names[row.ticket_number] for row in await self.rows(by, **wanted)}


@pytest.fixture
async def ledger(build: Build) -> Ledger:
    filled = Ledger(build)
    await filled.fill()
    return filled


async def test_the_newest_first_page_by_page(ledger: Ledger) -> None:
    rows = await ledger.rows()
    assert [row.ticket_number for row in rows] == list(ledger.numbers.values())[::-1]


async def test_what_narrows_it(ledger: Ledger) -> None:
    every = set(ledger.numbers)
    assert await ledger.names() == every
    assert await ledger.names(state=(ProcedureState.PENDING,)) == {"pending"}
    refused = {"rejected", "disputed", "designated"}
    assert await ledger.names(state=(ProcedureState.REFUSED,)) == refused
    assert await ledger.names(level=(ReturnLevel.ARBITRATION,)) == {
        "referred",
        "disputed",
        "designated",
    }
    assert await ledger.names(level=(ReturnLevel.AUTHORITY,)) == set()
    assert await ledger.names(reason=(ReturnReason.WRONG_AREA,)) == {"pending"}
    assert await ledger.names(department="chengguan") == every
    assert await ledger.names(department="jiaotong") == set()
    now = ledger.build.clock.now()
    assert await ledger.names(overdue_at=now) == set()
    assert await ledger.names(overdue_at=now + timedelta(days=2)) == {"pending"}
    assert await ledger.names(decided_from=now + timedelta(minutes=1)) == set()
    assert await ledger.names(decided_from=now - RECENT) == every - {"pending"}


async def test_what_lies_before_the_authority_is_said_to(ledger: Ledger) -> None:
    await ledger.build.do(_A.RAISE_RETURN, ledger.numbers["pending"])
    assert await ledger.names(level=(ReturnLevel.AUTHORITY,)) == {"pending"}


async def test_what_a_line_says(ledger: Ledger) -> None:
    rows = {row.ticket_number: row for row in await ledger.rows()}
    now = ledger.build.clock.now()
    pending = rows[ledger.numbers["pending"]]
    assert (pending.ended_at, pending.following) == (None, None)
    assert pending.due_at is not None
    assert pending.suggested is not None
    assert pending.suggested.code == "jiaotong"
    assert pending.seconds_held() == 60
    assert pending.seconds_disputed(now + timedelta(hours=1)) == 3600
    assert pending.window_closes_at is not None
    upheld = rows[ledger.numbers["upheld"]]
    assert upheld.following is not None
    assert (upheld.following.code, upheld.due_at) == ("jiaotong", None)
    designated = rows[ledger.numbers["designated"]]
    assert designated.arbitration is not None
    assert designated.following is not None
    assert designated.following.code == "chengguan"
    disputed = rows[ledger.numbers["disputed"]]
    assert disputed.arbitration is not None
    assert (disputed.ended_at, disputed.level) == (None, ReturnLevel.ARBITRATION)


async def test_a_department_reads_its_own(ledger: Ledger) -> None:
    assert await ledger.names("leader.chengguan") == set(ledger.numbers)
    for by in ("handler.jiaotong", "operator", "visitor", "observer"):
        assert await ledger.rows(by) == [], by
    own = {row.ticket_number: row for row in await ledger.rows("handler.chengguan")}
    # What it gave back for good it sees no more; that it did stays on its record.
    assert own[ledger.numbers["upheld"]].ticket_title is None
    assert own[ledger.numbers["pending"]].ticket_title == "路灯不亮"


async def test_the_figures(ledger: Ledger) -> None:
    build = ledger.build
    twice = await build.ticket(Status.ACCEPTED, Hold.ARBITRATION)
    supervisor = build.city.people["supervisor"]
    async with build.session_maker() as session:
        counts = await count_returns(session, supervisor, build.clock.now())
        later = await count_returns(session, supervisor, build.clock.now() + timedelta(days=31))
        own = await count_returns(session, build.city.people["handler.huanbao"], build.clock.now())
        bounced = await list_tickets(session, supervisor, BOUNCED)
    assert (counts.pending, counts.overdue, counts.bounced) == (1, 0, 1)
    assert (counts.upheld, counts.rejected) == (4, 3)
    assert counts.upheld_share == 4 / 7
    assert (later.pending, later.overdue, later.upheld, later.rejected) == (1, 1, 0, 0)
    assert later.upheld_share is None
    assert (own.pending, own.upheld, own.rejected, own.bounced) == (0, 1, 0, 0)
    assert [row.number for row in bounced.items] == [twice]


async def test_a_list_is_one_statement(ledger: Ledger, city_engine: AsyncEngine) -> None:
    person = ledger.build.city.people["supervisor"]
    async with ledger.build.session_maker() as session:
        with count_queries(city_engine) as statements:
            await list_returns(session, person, ReturnFilter())
        assert len(statements) == 1


@pytest.mark.parametrize("cursor", ["x", "WzEsMl0", "WyJub3ciLCAibm8iXQ"])
async def test_a_cursor_of_another_list_is_refused(build: Build, cursor: str) -> None:
    async with build.session_maker() as session:
        with pytest.raises(InvalidCursor):
            await list_returns(
                session, build.city.people["supervisor"], ReturnFilter(), cursor=cursor
            )
