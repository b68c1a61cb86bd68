"""What the relay tells open pages of: tickets with whoever may see them, once, and nothing personal."""

import json
from collections.abc import Sequence

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.live import Batch, packed
from hotline.kernel.outbox import relay_once
from hotline.tickets.access import find_readable
from hotline.tickets.errors import TicketNotFound
from hotline.tickets.lifecycle import Action, Hold, Status
from hotline.tickets.sights.queries import changed_tickets, readable_numbers, standings
from tests.support.builders import NAME, PHONE, Build
from web.live.lines import line_of
from web.live.telling import Teller


class Told:
    """Batches that were told, in a house whose queue may be away."""

    def __init__(self, build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
        self.batches: list[Batch] = []
        self.seconds = 100.0
        self.is_away = False
        self._build = build
        self._teller = Teller(
            build.session_maker, ["promise_ended"], monotonic=lambda: self.seconds
        )

        async def keep(_session: AsyncSession, batch: Batch) -> None:
            self.batches.append(batch)

        monkeypatch.setattr("web.live.telling.hint_batch", keep)

    async def enqueue(self, _job: str, _job_id: str, _fact_id: str) -> None:
        if self.is_away:
            raise ConnectionError

    async def round(self) -> Sequence[Batch]:
        """Let the relay go round once; return what was told."""
        self.batches = []
        await relay_once(
            self._build.session_maker,
            self.enqueue,
            {"ticket_moved": ("any.job",)},
            now=self._build.clock.now(),
            tell=lambda facts: self._teller.tell(facts, self._build.clock.now()),
        )
        return self.batches


@pytest.fixture
def told(build: Build, monkeypatch: pytest.MonkeyPatch) -> Told:
    return Told(build, monkeypatch)


async def test_a_round_is_told_at_once_with_whoever_may_see_its_tickets(
    build: Build, told: Told
) -> None:
    mine = await build.ticket(Status.PROCESSING)
    other = await build.ticket(Status.SUBMITTED)
    (batch,) = await told.round()
    unit = build.city.departments["chengguan"]
    assert [(row.number, list(row.departments), list(row.lost)) for row in batch.tickets] == [
        (mine, [unit], []),
        (other, [], []),
    ]
    assert set(batch.topics) == {"board"}
    assert await told.round() == []
    told.seconds += 0.5
    await build.do(Action.CONTACT, mine)
    (batch,) = await told.round()
    assert batch.topics == {}  # boards were told a moment ago
    told.seconds += 2
    (batch,) = await told.round()
    assert (batch.tickets, dict(batch.topics)) == ((), {"board": None})


async def test_nothing_personal_travels(build: Build, told: Told) -> None:
    await build.ticket(Status.CLOSED)
    (batch,) = await told.round()
    payload = "".join(packed(batch))
    assert NAME not in payload
    assert PHONE not in payload
    said = json.loads(payload)
    assert set(said) == {"batch", "topics", "tickets"}
    assert all(
        len(row) == 3 and isinstance(unit, int)
        for row in said["tickets"]
        for unit in (*row[1], *row[2])
    )


async def test_whoever_has_lost_a_ticket_hears_it_once(build: Build, told: Told) -> None:
    ticket = await build.ticket(Status.PROCESSING, Hold.RETURN_REVIEW)
    await told.round()
    await build.do(Action.DECIDE_RETURN, ticket, uphold=True, department="jiaotong")
    (batch,) = await told.round()
    units = build.city.departments
    (row,) = batch.tickets
    assert (list(row.departments), list(row.lost)) == ([units["jiaotong"]], [units["chengguan"]])
    build.clock.move(minutes=2)
    await build.do(Action.NOTE, ticket)
    (batch,) = await told.round()
    assert list(batch.tickets[0].lost) == []


async def test_a_queue_that_is_away_does_not_keep_pages_in_the_dark(
    build: Build, told: Told
) -> None:
    ticket = await build.ticket(Status.SUBMITTED)
    told.is_away = True
    with pytest.raises(ConnectionError):
        await told.round()
    assert [row.number for row in told.batches[0].tickets] == [ticket]
    told.is_away = False
    assert await told.round() == []  # they know


async def test_orders_concern_their_department(build: Build, told: Told) -> None:
    ticket = await build.ticket(Status.PROCESSING)
    await told.round()
    await build.do(Action.ISSUE_ORDER, ticket)
    (batch,) = await told.round()
    assert batch.topics["orders"] == {build.city.departments["chengguan"]}


async def test_sight_is_the_same_from_either_end(build: Build) -> None:
    numbers = [
        await build.ticket(Status.SUBMITTED),
        await build.ticket(Status.PROCESSING),
        await build.ticket(Status.ACCEPTED, Hold.CONSULTATION),
    ]
    async with build.acting("supervisor") as tx:
        found = {
            row.number: row for row in await changed_tickets(tx.session, numbers, build.clock.now())
        }
        stand = await standings(tx.session, numbers)
        for person in build.city.people.values():
            sees = await readable_numbers(tx.session, person, [*numbers, "2026"])
            for number in numbers:
                try:
                    await find_readable(tx.session, person, number)
                    assert number in sees
                except TicketNotFound:
                    assert number not in sees
                if person.is_department:
                    assert (person.department_id in found[number].departments) is (number in sees)
    line = line_of(stand[numbers[2]])
    assert line["state"] == "consultation"
    assert set(line) == {"state", "level", "due", "version"}
