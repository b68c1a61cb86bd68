"""First-dispatch accuracy: the statement says what counting by hand says."""

import random
from collections import Counter
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select

from hotline.dispatching.accuracy import (
    AccuracyRow,
    DispatchFilter,
    DispatchVerdict,
    list_dispatches,
    months_back,
    read_accuracy,
)
from hotline.dispatching.actions import publish_catalogue
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import DomainError
from hotline.tickets.assignments import AssignmentRole, AssignmentState
from hotline.tickets.lifecycle import Action, Hold, Status
from hotline.tickets.models import Assignment, Ticket
from hotline.tickets.routing.models import DispatchRecord, DispatchRoad
from hotline.tickets.routing.rules import Entry
from tests.support.builders import Build
from tests.support.queries import count_queries


async def by_hand(build: Build) -> Counter[tuple[str, DispatchRoad, str | None, DispatchVerdict]]:
    """Count every first dispatch one by one."""
    counted: Counter[tuple[str, DispatchRoad, str | None, DispatchVerdict]] = Counter()
    now = build.clock.now()
    async with build.session_maker() as session:
        for record in await session.exec(select(DispatchRecord)):
            ticket = await session.get_one(Ticket, record.ticket_id)
            tasks = await session.exec(
                select(Assignment)
                .where(Assignment.ticket_id == ticket.id, Assignment.role == AssignmentRole.LEAD)
                .order_by(col(Assignment.hop))
            )
            leads = tasks.all()
            if record.returnable_until > now:
                verdict = DispatchVerdict.OPEN
            elif any(task.department_id != record.department_id for task in leads) or (
                leads[-1].state is AssignmentState.RETURNED and ticket.hold is not Hold.ARBITRATION
            ):
                verdict = DispatchVerdict.WRONG
            elif ticket.hold in {Hold.RETURN_REVIEW, Hold.ARBITRATION}:
                verdict = DispatchVerdict.OPEN
            else:
                verdict = DispatchVerdict.RIGHT
            month = record.dispatched_at.astimezone(SHANGHAI).strftime("%Y-%m")
            counted[month, record.road, record.category_code, verdict] += 1
    return counted


async def _answer(build: Build, number: str, chance: random.Random) -> None:
    """End a return in one of the ways it may, or leave it."""
    end = chance.choice(["kept", "back", "moved", "referred", "open", "settled"])
    if end == "kept":
        await build.do(Action.DECIDE_RETURN, number)
    elif end in {"back", "moved"}:
        unit = {"back": None, "moved": "jiaotong"}[end]
        await build.do(Action.DECIDE_RETURN, number, uphold=True, department=unit)
    elif end != "open":
        await build.do(Action.REFER_ARBITRATION, number)
    if end == "settled":
        unit = chance.choice(["chengguan", "zhujian"])
        await build.do(Action.DECIDE_ARBITRATION, number, department=unit)


async def _many(build: Build, chance: random.Random) -> None:
    async with build.acting("admin") as tx:
        await publish_catalogue(
            tx,
            [Entry(category="urban", department="chengguan", is_sure=True)],
            is_direct=True,
            note="",
        )
    for _ in range(26):
        number = await build.ticket(category=chance.choice(["urban", "urban.roads", "housing"]))
        await build.do(Action.ACCEPT, number)
        road = chance.choice([Action.DISPATCH, Action.DIRECT_DISPATCH, Action.DECIDE_CONSULTATION])
        try:
            if road is Action.DECIDE_CONSULTATION:
                await build.do(Action.REQUEST_CONSULTATION, number)
            await build.do(road, number)
        except DomainError:  # housing is in no catalogue
            await build.do(Action.DISPATCH, number)
        if chance.random() < 0.5:
            await build.do(Action.REQUEST_RETURN, number)
            await _answer(build, number, chance)
        build.clock.move(hours=chance.choice([1, 30, 90]))


async def test_the_figure_is_what_counting_says(build: Build, city_engine: AsyncEngine) -> None:
    await _many(build, random.Random(4))  # noqa: S311  # repeatable on purpose
    now = build.clock.now()
    counted = await by_hand(build)
    assert {verdict for *_, verdict in counted} == set(DispatchVerdict)
    async with build.session_maker() as session:
        with count_queries(city_engine) as statements:
            rows = await read_accuracy(session, now)
        assert len(statements) == 1
        expected = {
            AccuracyRow(
                month,
                road,
                category,
                counted[month, road, category, DispatchVerdict.RIGHT]
                + counted[month, road, category, DispatchVerdict.WRONG],
                counted[month, road, category, DispatchVerdict.RIGHT],
            )
            for month, road, category, verdict in counted
            if verdict is not DispatchVerdict.OPEN
        }
        assert set(rows) == expected
        # The list behind each number is as long as the number says.
        for row in rows:
            month = next(m for m in months_back(now, 6) if m.strftime("%Y-%m") == row.month)
            for verdict, count in (
                (DispatchVerdict.RIGHT, row.right),
                (DispatchVerdict.WRONG, row.judged - row.right),
            ):
                wanted = DispatchFilter(month=month, road=row.road, verdict=verdict)
                page = await list_dispatches(session, wanted, now, limit=200)
                here = [one for one in page.items if one.record.category_code == row.category]
                assert len(here) == count


async def test_a_list_of_dispatches_is_paged(build: Build) -> None:
    numbers = []
    for _ in range(5):
        numbers.append(await build.ticket(Status.DISPATCHED))
        build.clock.move(minutes=1)
    seen: list[str] = []
    cursor = None
    async with build.session_maker() as session:
        while True:
            page = await list_dispatches(
                session, DispatchFilter(), build.clock.now(), cursor=cursor, limit=2
            )
            seen += [row.number for row in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert seen == numbers[::-1]


async def test_nobody_knows_before_the_window_has_closed(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    ticket = await build.find(number)
    async with build.session_maker() as session:
        record = await session.get_one(DispatchRecord, ticket.id)
        at = record.returnable_until
        assert await read_accuracy(session, at - timedelta(seconds=1)) == []
        [row] = await read_accuracy(session, at)
    assert (row.judged, row.right) == (1, 1)


async def test_months_are_counted_back_over_the_year(build: Build) -> None:
    now = build.clock.now()  # 2 March 2026
    assert [month.isoformat() for month in months_back(now, 4)] == [
        "2026-03-01",
        "2026-02-01",
        "2026-01-01",
        "2025-12-01",
    ]
