"""Looking at what units say of themselves and ask for."""

from datetime import timedelta

from sqlmodel import select

from hotline.anomalies.actions import scan_day
from hotline.anomalies.models import AnomalyCard, AnomalyTicket
from hotline.anomalies.queries import Span
from hotline.anomalies.rules import AnomalyKind
from hotline.anomalies.unit_queries import read_respites, read_self_raised
from hotline.kernel.clock import SHANGHAI
from hotline.notices.contacts import ContactChange, save_contact
from hotline.people.actions import save_department
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import Build

OFFICE, MOBILE = "025-83001234", "13811112222"


def _span(build: Build) -> Span:
    return Span.of(build.clock.now().astimezone(SHANGHAI).date())


async def test_tickets_from_a_units_own_numbers_are_found(build: Build) -> None:
    async with build.acting("admin") as tx:
        await save_department(
            tx, code="chengguan", name="城市管理局", name_en="Urban Management", phone=OFFICE
        )
    async with build.acting("handler.chengguan") as tx:
        await save_contact(tx, "handler.chengguan", ContactChange(phone=MOBILE))
    for phone in (OFFICE, MOBILE, MOBILE):
        await build.ticket(Status.PROCESSING, requester_phone=phone)
    await build.ticket(Status.PROCESSING)
    async with build.acting("supervisor") as tx:
        raised = await read_self_raised(tx.session, _span(build), tx.cipher)
        assert {one.department_id for one in raised} == {build.city.departments["chengguan"]}
        assert len(raised) == 3
        await scan_day(tx, build.clock.now().astimezone(SHANGHAI).date())
    async with build.session_maker() as session:
        cards = (
            await session.exec(
                select(AnomalyCard).where(AnomalyCard.kind == AnomalyKind.SELF_RAISED)
            )
        ).all()
        tickets = (
            await session.exec(
                select(AnomalyTicket.ticket_id).where(AnomalyTicket.card_id == cards[0].id)
            )
        ).all()
    assert [card.figures for card in cards] == [{"count": 3, "days": 30}]
    assert len(tickets) == 3
    assert MOBILE not in str(cards[0].figures)


async def test_what_a_unit_asks_for_is_counted_of_its_works(build: Build) -> None:
    numbers = [await build.ticket(Status.PROCESSING) for _ in range(3)]
    await build.do(Action.REQUEST_EXTENSION, numbers[0])
    build.clock.set(build.clock.now() + timedelta(minutes=5))
    async with build.session_maker() as session:
        rows = await read_respites(session, _span(build))
    mine = {
        row.what: row for row in rows if row.department_id == build.city.departments["chengguan"]
    }
    assert {what: (len(row.tickets), row.works) for what, row in mine.items()} == {
        "suspension": (0, 3),
        "extension": (1, 3),
        "rectification": (0, 3),
    }
