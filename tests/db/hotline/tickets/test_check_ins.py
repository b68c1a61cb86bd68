"""Checking in on the spot: kept once, with or without a place, masked, for whoever sees the ticket."""

import uuid
from datetime import timedelta

import pytest
from sqlmodel import func, select

from hotline.kernel.errors import DomainError
from hotline.tickets.errors import NotYourTask, StaleTicket, TicketNotFound
from hotline.tickets.lifecycle import Action, ActionForbidden, Hold, Status
from hotline.tickets.models import TicketEvent
from hotline.tickets.onsite.actions import Entry
from hotline.tickets.onsite.errors import (
    CheckInTaken,
    CheckInTimeRefused,
    PhotoNotFound,
    PhotoRefused,
    TooManyPhotos,
)
from hotline.tickets.onsite.models import CheckIn, CheckInPhoto
from hotline.tickets.onsite.queries import check_ins_of, read_photo
from hotline.tickets.onsite.rules import Moment, Place, PlaceState
from tests.support.builders import Build
from tests.support.photographs import SECRETS, jpeg, png

CHECK_IN = Action.CHECK_IN


async def events(build: Build, number: str) -> list[TicketEvent]:
    ticket = await build.find(number)
    async with build.session_maker() as session:
        rows = await session.exec(
            select(TicketEvent).where(
                TicketEvent.ticket_id == ticket.id, TicketEvent.action == CHECK_IN.value
            )
        )
        return list(rows)


async def test_an_entry_keeps_time_place_and_photographs(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING, lat=30.0, long=104.0)
    build.clock.move(hours=2)
    made_at = build.clock.now() - timedelta(hours=1)
    await build.do(
        CHECK_IN,
        number,
        place=Place(30.001, 104.0, 20.0),
        photos=[jpeg(), png()],
        made_at=made_at,
        note="灯杆倾斜，电话13900001234",
    )
    ticket = await build.find(number)
    async with build.session_maker() as session:
        (row,) = await check_ins_of(session, ticket.id)
        assert (row.entry.position, row.entry.distance_m, row.entry.photo_count) == (1, 111, 2)
        assert (row.entry.made_at, row.entry.came_at) == (made_at, build.clock.now())
        assert row.department.code == "chengguan"
        stored = (await session.exec(select(CheckInPhoto.content))).all()
        assert not any(secret in content for secret in SECRETS for content in stored)
        person = build.city.people["auditor"]
        shown = await read_photo(session, person, build.cipher, number, 1, 2)
        assert shown.media_type == "image/png"
        with pytest.raises(PhotoNotFound):
            await read_photo(session, person, build.cipher, number, 1, 3)
        stranger = build.city.people["handler.zhujian"]
        with pytest.raises(TicketNotFound):
            await read_photo(session, stranger, build.cipher, number, 1, 1)
    (event,) = await events(build, number)
    assert event.details["photos"] == 2
    assert not {"lat", "long"} & set(event.details)
    assert ticket.status is Status.PROCESSING


async def test_sent_again_it_is_there_once(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    name = uuid.uuid4()
    for _ in range(3):
        await build.do(CHECK_IN, number, id=name, photos=[jpeg()])
    assert len(await events(build, number)) == 1
    async with build.session_maker() as session:
        assert (await session.exec(select(func.count()).select_from(CheckInPhoto))).one() == 1
    other = await build.ticket(Status.PROCESSING)
    with pytest.raises(CheckInTaken):
        await build.do(CHECK_IN, other, id=name)
    with pytest.raises(CheckInTaken):
        await build.do(CHECK_IN, number, id=name, by="second.chengguan")


async def test_a_place_is_no_condition(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    await build.do(CHECK_IN, number, is_refused=True)
    await build.do(CHECK_IN, number, moment=Moment.FINISHED)
    ticket = await build.find(number)
    async with build.session_maker() as session:
        rows = await check_ins_of(session, ticket.id)
    assert [row.entry.place for row in rows] == [PlaceState.REFUSED, PlaceState.UNKNOWN]
    assert [row.entry.position for row in rows] == [1, 2]


async def test_it_may_come_after_the_feedback_and_not_after_the_ticket_left(build: Build) -> None:
    number = await build.ticket(Status.FEEDBACK_SUBMITTED)
    await build.do(CHECK_IN, number)
    closed = await build.ticket(Status.CLOSED)
    with pytest.raises(DomainError):
        await build.do(CHECK_IN, closed)
    disputed = await build.ticket(Status.PROCESSING, Hold.RETURN_REVIEW)
    with pytest.raises(DomainError):
        await build.do(CHECK_IN, disputed)


async def test_what_cannot_be_is_refused_and_nothing_is_kept(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    now = build.clock.now()
    for error, words in (
        (CheckInTimeRefused, {"made_at": now + timedelta(hours=1)}),
        (CheckInTimeRefused, {"made_at": now - timedelta(days=3)}),
        (PhotoRefused, {"photos": [b"GIF89a"]}),
        (TooManyPhotos, {"photos": [jpeg()] * 7}),
        (StaleTicket, {"expected_version": 1}),
    ):
        with pytest.raises(error):
            await build.do(CHECK_IN, number, **words)
    with pytest.raises(TicketNotFound):
        await build.do(CHECK_IN, number, by="handler.zhujian")
    with pytest.raises(ActionForbidden):
        await build.do(CHECK_IN, number, by="operator")
    assert await events(build, number) == []
    async with build.session_maker() as session:
        assert (await session.exec(select(CheckIn))).all() == []


async def test_a_co_handler_checks_in_for_its_part(build: Build) -> None:
    number = await build.ticket(Status.ACCEPTED)
    await build.do(Action.DISPATCH, number, co_departments=["zhujian"])
    await build.do(CHECK_IN, number, by="handler.zhujian")
    assert len(await events(build, number)) == 1


def test_an_entry_needs_only_its_moment() -> None:
    assert Entry(uuid.uuid4(), Moment.ARRIVED).photos == ()


async def test_a_called_unit_has_no_part_to_check_in_for(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(Action.BLOW_WHISTLE, number, departments=["huanbao"])
    with pytest.raises((NotYourTask, ActionForbidden)):
        await build.do(CHECK_IN, number, by="handler.huanbao")
