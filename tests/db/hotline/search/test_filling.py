"""The index is as the tickets are: filled after facts, in any order, twice, and checked."""

import uuid

import sqlalchemy as sa
from sqlmodel import col, select

from hotline.kernel.tx import Transaction
from hotline.search.filling.actions import check_index, fill_tickets
from hotline.search.filling.queries import count_unfilled
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.models import Ticket
from hotline.tickets.text_models import TextTier, TicketKey, TicketText
from tests.support.builders import PHONE, Build
from tests.support.searching import fill
from web.run.subscribers import SUBSCRIBERS


async def _rows(build: Build, number: str) -> dict[TextTier, TicketText]:
    async with build.session_maker() as session:
        rows = await session.exec(
            select(TicketText)
            .join(Ticket, col(Ticket.id) == col(TicketText.ticket_id))
            .where(Ticket.number == number)
        )
        return {row.tier: row for row in rows}


async def _checked(build: Build) -> list[str]:
    differing: list[str] = []
    async for progress in check_index(build.session_maker, build.cipher):
        differing = progress.differing
    return differing


async def test_filling_again_changes_nothing(build: Build) -> None:
    number = await build.ticket(Status.CLOSED)
    assert await fill(build) == 1
    first = await _rows(build, number)
    assert await fill(build, every=True) == 0
    assert {tier: row.digest for tier, row in first.items()} == {
        tier: row.digest for tier, row in (await _rows(build, number)).items()
    }
    assert await _checked(build) == []


async def test_what_the_hotline_alone_may_read_stands_in_a_row_of_its_own(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await fill(build)
    assert set(await _rows(build, number)) == {TextTier.BOTH}
    await build.do(Action.NOTE, number, by="dispatcher", note="只给热线看的话")
    await fill(build)
    rows = await _rows(build, number)
    assert set(rows) == {TextTier.HOTLINE, TextTier.DEPARTMENTS}
    assert "只给热线看的话" in rows[TextTier.HOTLINE].text
    assert "只给热线看的话" not in rows[TextTier.DEPARTMENTS].text


async def test_nothing_personal_is_stored_in_plain_words(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING, content=f"回电{PHONE}")
    await fill(build)
    (row,) = (await _rows(build, number)).values()
    assert PHONE not in row.text
    assert "139****1234" in row.text
    async with build.session_maker() as session:
        keys = (await session.exec(select(TicketKey.key))).all()
    assert keys
    assert all(len(key) == 16 for key in keys)


async def test_a_check_finds_what_was_changed_behind_its_back(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    other = (await build.create()).number
    await fill(build)
    assert await _checked(build) == []
    async with build.session_maker() as session, session.begin():
        await session.exec(
            sa.text("UPDATE tickets SET title = '别的' WHERE number = :number"),  # type: ignore[call-overload]
            params={"number": number},
        )
        await session.exec(
            sa.text(  # type: ignore[call-overload]
                "DELETE FROM ticket_texts USING tickets WHERE id = ticket_id AND number = :number"
            ),
            params={"number": other},
        )
    assert sorted(await _checked(build)) == sorted([number, other])
    await fill(build, every=True)
    assert await _checked(build) == []


async def test_an_unknown_ticket_is_no_trouble(build: Build) -> None:
    async with build.session_maker() as session, session.begin():
        tx = Transaction(session, build.clock.now(), build.cipher, "test")
        assert await fill_tickets(tx, [uuid.uuid4()]) == 0
        assert await fill_tickets(tx, []) == 0


async def test_how_far_it_is_behind(build: Build) -> None:
    await build.create()
    now = build.clock.move(minutes=2)
    async with build.session_maker() as session:
        behind = await count_unfilled(session, now)
    assert (behind.count, behind.age) == (1, 120.0)
    await fill(build)
    async with build.session_maker() as session:
        assert (await count_unfilled(session, now)).count == 0


def test_every_step_of_a_ticket_is_followed() -> None:
    assert "search.fill" in SUBSCRIBERS["ticket_moved"]
    assert "search.fill" in SUBSCRIBERS["timeline_grew"]
