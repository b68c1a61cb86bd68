"""Like cases, incidents and bursts over real tickets: rights, history, what people decide, a storm."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select

from hotline.escalation.incidents import tell_burst
from hotline.incidents import actions
from hotline.incidents.choosing import join_caller, urge_for_caller
from hotline.incidents.errors import (
    BurstNotFound,
    IncidentEnded,
    IncidentNotFound,
    OtherCaller,
    SameIncident,
    SecretStaysOut,
    TicketElsewhere,
    TicketNotInIncident,
)
from hotline.incidents.events import BurstBegan
from hotline.incidents.gathering import gather_anew, take_in_ticket
from hotline.incidents.indexing import WEIGHTS, reindex
from hotline.incidents.like_cases.queries import Asked, Found, find_like
from hotline.incidents.models import (
    Burst,
    CallUrge,
    Incident,
    IncidentEvent,
    IncidentTicket,
    TicketLikeness,
)
from hotline.incidents.queries import FIND_BY_KEYS
from hotline.incidents.register.queries import (
    IncidentFilter,
    find_burst,
    find_incident,
    list_bursts,
    list_incident_tickets,
    list_incidents,
)
from hotline.incidents.rules import IncidentDeed, IncidentState
from hotline.incidents.watching import watch
from hotline.kernel.alarms import AlarmKind, open_alarms
from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import OutboxMessage
from hotline.notices.models import Notice
from hotline.people.principal import PermissionDenied
from hotline.tickets.actions.intake import NewTicket
from hotline.tickets.errors import MergeImpossible, TicketNotFound
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.models import Channel, RequestType, Ticket, Urge
from tests.support.builders import Build
from tests.support.queries import count_queries

PIPE = {
    "title": "柳塘街自来水管爆裂停水",
    "content": "柳塘街的自来水管爆了，水漫了一地，家里停水",
    "address": "柳塘街3号",
    "area": "清河区",
    "category": "urban",
}
LAMP = {
    "title": "望钟路路灯不亮",
    "content": "望钟路的灯坏了",
    "address": "望钟路1号",
    "area": "东岭区",
}


@pytest.fixture(autouse=True)
def _weights() -> None:
    WEIGHTS.forget()


async def told(build: Build, phone: int = 0, **given: Any) -> str:
    """Return the number of a ticket that was told of and taken in."""
    created = await build.create(**{**PIPE, "requester_phone": f"139{phone:08}", **given})
    async with build.acting("system") as tx:
        await take_in_ticket(tx, created.id)
    build.clock.move(minutes=1)
    return created.number


async def told_by(build: Build, count: int, **given: Any) -> list[str]:
    return [await told(build, n, **given) for n in range(count)]


async def incidents(build: Build) -> Sequence[Incident]:
    async with build.session_maker() as session:
        return (await session.exec(select(Incident).order_by(col(Incident.first_seen_at)))).all()


async def the_incident(build: Build) -> Incident:
    (found,) = await incidents(build)
    return found


async def look(build: Build, by: str = "operator", phone: int | None = None, **given: Any) -> Found:
    said: dict[str, Any] = {**PIPE, **given}
    index = None if phone is None else build.cipher.blind_index(f"139{phone:08}")
    async with build.acting(by) as tx:
        return await find_like(
            tx.session,
            tx.actor,
            Asked(**said, phone_index=index, at=build.clock.now()),
        )


# -- like cases ------------------------------------------------------------------------------------


async def test_the_same_matter_by_this_caller_and_by_others(build: Build) -> None:
    own, other = await told(build, 1), await told(build, 2, title="柳塘街停水了水管爆裂")
    await told(build, 3, **LAMP)
    found = await look(build, phone=1)
    assert [case.number for case in found.own] == [own]
    assert [case.number for case in found.others] == [other]
    case = found.others[0]
    assert case.may_join
    assert case.acting_name == "热线中心"
    assert not (await look(build, title="路", content="", address=None)).others


async def test_open_ones_come_first_and_what_follows_another_leads_to_it(build: Build) -> None:
    closed = await told(build, 1)
    await build.do(Action.TRANSFER_OUT, closed)
    parent, child = await told(build, 2), await told(build, 3)
    await build.do(Action.MERGE, child, parent=parent)
    found = await look(build)
    assert [case.matter for case in found.others] == [parent, closed]
    assert not found.others[1].may_join
    own = (await look(build, phone=3)).own[0]
    assert (own.number, own.matter, own.is_open) == (child, parent, True)


async def test_a_secret_ticket_shows_itself_nowhere(build: Build) -> None:
    await told(build, 1, secret=True)
    assert not await look(build, phone=1)
    async with build.session_maker() as session:
        assert (await session.exec(select(TicketLikeness))).first() is None
    found = await look(build, phone=2, is_secret=True)
    assert not found.others


async def test_others_rights_hold(build: Build) -> None:
    await told(build, 1)
    assert not (await look(build, "handler.huanbao")).others


@pytest.mark.parametrize("text", ["路", "😀😀", "13900000001", "水" * 10_000, "'; --", "%_\\"])
async def test_odd_texts_find_little_and_break_nothing(build: Build, text: str) -> None:
    await told(build, 1)
    title = text[:200]
    await told(build, 2, title=title, content=text)
    assert await look(build, title=title, content=text) is not None


async def test_the_panel_costs_the_same_however_many_there_are(
    build: Build, city_engine: AsyncEngine
) -> None:
    await told_by(build, 2)
    with count_queries(city_engine) as few:
        await look(build, phone=1)
    await told_by(build, 5)
    with count_queries(city_engine) as many:
        await look(build, phone=1)
    assert len(many) <= len(few) <= 9


async def test_candidates_are_found_by_the_index(build: Build) -> None:
    await told(build, 1)
    async with build.session_maker() as session:
        await session.exec(sa.text("SET LOCAL enable_seqscan = off"))  # type: ignore[call-overload]
        plan = await session.exec(  # type: ignore[call-overload]
            sa.text(f"EXPLAIN {FIND_BY_KEYS}"),
            params={
                "places": [1],
                "words": [2],
                "subjects": [3],
                "since": build.clock.now(),
                "most": 10,
            },
        )
        words = "\n".join(row[0] for row in plan)
    assert words.count("Bitmap Index Scan on ix_ticket_likenesses_keys") == 3


async def test_the_index_is_written_anew(build: Build) -> None:
    numbers = await told_by(build, 3)
    async with build.acting("system") as tx:
        await tx.session.exec(sa.delete(TicketLikeness))
    WEIGHTS.forget()
    assert await reindex(build.session_maker, build.cipher, build.clock.now()) == len(numbers)
    assert len((await look(build)).others) == len(numbers)


# -- urging and joining at the desk ----------------------------------------------------------------


async def test_a_caller_urges_his_own_ticket_once_for_each_form(build: Build) -> None:
    number = await told(build, 1)
    index = build.cipher.blind_index("13900000001")
    for key in ("a", "a", "b"):
        async with build.acting("operator") as tx:
            await urge_for_caller(tx, number, phone_index=index, note="还没水", key=key, call="C1")
    async with build.session_maker() as session:
        assert len((await session.exec(select(Urge))).all()) == 2
        assert len((await session.exec(select(CallUrge))).all()) == 2
    case = (await look(build, phone=1)).own[0]
    assert (case.urge_count, case.call_count) == (2, 2)
    async with build.acting("operator") as tx:
        with pytest.raises(OtherCaller):
            await urge_for_caller(tx, number, phone_index=None, note="急", key="c")
    async with build.acting("handler.huanbao") as tx:
        with pytest.raises(PermissionDenied):
            await urge_for_caller(tx, number, phone_index=index, note="急", key="d")


def caller(phone: str, **given: Any) -> NewTicket:
    said = {
        "channel": Channel.PHONE,
        "request_type": RequestType.HELP,
        "title": "我家也停水",
        "content": "柳塘街我家也停水",
        "requester_phone": phone,
    }
    return NewTicket(**{**said, **given})


async def test_a_caller_joins_what_others_told_of(build: Build) -> None:
    first = await told(build, 1)
    follower = await told(build, 2)
    await build.do(Action.MERGE, follower, parent=first)
    joined = []
    for _ in range(2):
        async with build.acting("operator") as tx:
            joined.append(await join_caller(tx, follower, caller("13900000009"), key="k"))
    assert joined[0].number == joined[1].number
    ticket = await build.find(joined[0].number)
    parent = await build.find(first)
    assert (ticket.status, ticket.parent_id) == (Status.MERGED, parent.id)
    assert (ticket.area, ticket.category_code) == ("清河区", "urban")
    assert ticket.content == "柳塘街我家也停水"
    async with build.session_maker() as session:
        followers = await session.exec(select(Ticket).where(Ticket.parent_id == parent.id))
        assert len(followers.all()) == 2


async def test_who_cannot_join_leaves_no_ticket_behind(build: Build) -> None:
    number = await told(build, 1)
    async with build.acting("operator") as tx:
        with pytest.raises(MergeImpossible):
            async with tx.session.begin_nested():
                await join_caller(tx, number, caller("13900000009", secret=True))
    async with build.acting("operator") as tx:
        with pytest.raises(TicketNotFound):
            await join_caller(tx, "2603029999990", caller("13900000009"))
    async with build.session_maker() as session:
        assert len((await session.exec(select(Ticket))).all()) == 1


# -- incidents -------------------------------------------------------------------------------------


async def test_three_like_tickets_are_an_incident_and_more_join_it(build: Build) -> None:
    numbers = await told_by(build, 2)
    assert await incidents(build) == []
    numbers.append(await told(build, 1, title="柳塘街水管爆裂停水"))
    await told(build, 7, **LAMP)
    numbers.append(await told(build, 4, address="柳塘街90号"))
    incident = await the_incident(build)
    assert incident.ticket_count == 4
    assert "停水" in incident.name or "水管" in incident.name
    async with build.acting("supervisor") as tx:
        account = await find_incident(tx.session, tx.actor, incident.id)
        tickets = await list_incident_tickets(tx.session, tx.actor, incident.id)
    spread = account.row.spread
    assert (spread.tickets, spread.callers, spread.areas, spread.addresses) == (4, 3, 1, 2)
    assert sorted(row.number for row in tickets.items) == sorted(numbers)
    assert account.row.first_number == numbers[0]
    assert sum(count for _, count in account.counts) == 4
    assert [row.event.deed for row in account.history] == [IncidentDeed.FOUND]
    assert incident.ticket_count == 4


async def test_a_ticket_is_taken_in_once(build: Build) -> None:
    numbers = await told_by(build, 4)
    ticket = await build.find(numbers[-1])
    async with build.acting("system") as tx:
        await take_in_ticket(tx, ticket.id)
    assert (await the_incident(build)).ticket_count == 4


async def test_gathering_anew_makes_good_and_changes_nothing_that_stands(build: Build) -> None:
    for n in range(4):
        await build.create(**{**PIPE, "requester_phone": f"139{n:08}"})
    await reindex(build.session_maker, build.cipher, build.clock.now())
    WEIGHTS.forget()
    for expected in ((1, 0), (0, 0)):
        async with build.acting("system") as tx:
            assert await gather_anew(tx) == expected
    assert (await the_incident(build)).ticket_count == 4
    build.clock.move(hours=80)
    async with build.acting("system") as tx:
        assert await gather_anew(tx) == (0, 1)
    incident = await the_incident(build)
    assert incident.state is IncidentState.OVER
    assert incident.ended_at is not None


async def test_people_confirm_name_speak_and_end(build: Build) -> None:
    await told_by(build, 3)
    incident = await the_incident(build)
    async with build.acting("dispatcher") as tx:
        await actions.confirm_incident(tx, incident.id)
        await actions.rename_incident(tx, incident.id, name="柳塘街爆管")
        await actions.set_words(tx, incident.id, words="抢修中，预计今晚八点来水")
    found = await look(build)
    assert found.incident is not None
    assert found.incident.read_out == "抢修中，预计今晚八点来水"
    async with build.acting("operator") as tx:
        with pytest.raises(PermissionDenied):
            await actions.end_incident(tx, incident.id, reason="好了")
    async with build.acting("handler.huanbao") as tx:
        with pytest.raises(IncidentNotFound):
            await actions.end_incident(tx, incident.id, reason="好了")
    async with build.acting("supervisor") as tx:
        await actions.end_incident(tx, incident.id, reason="已来水")
        with pytest.raises(IncidentEnded):
            await actions.confirm_incident(tx, incident.id)
    assert (await look(build)).incident is None
    async with build.session_maker() as session:
        events = (await session.exec(select(IncidentEvent).order_by(col(IncidentEvent.seq)))).all()
    assert [event.deed.value for event in events] == [
        "found",
        "confirm",
        "rename",
        "set_words",
        "end",
    ]
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        async with build.acting("system") as tx:
            await tx.session.exec(sa.text("DELETE FROM incident_events"))  # type: ignore[call-overload]


async def test_a_dismissed_incident_is_not_found_again(build: Build) -> None:
    await told_by(build, 3)
    incident = await the_incident(build)
    async with build.acting("supervisor") as tx:
        await actions.dismiss_incident(tx, incident.id, reason="各是各的")
    await told_by(build, 3)
    async with build.acting("system") as tx:
        assert await gather_anew(tx) == (0, 0)
    dismissed = await the_incident(build)
    assert (dismissed.state, dismissed.ticket_count) == (IncidentState.DISMISSED, 6)


async def test_tickets_join_and_leave_by_hand(build: Build) -> None:
    numbers = await told_by(build, 4)
    lamp, secret = await told(build, 8, **LAMP), await told(build, 9, secret=True)
    incident = await the_incident(build)
    async with build.acting("supervisor") as tx:
        await actions.leave_incident(tx, incident.id, number=numbers[0])
        await actions.join_ticket(tx, incident.id, number=lamp)
        await actions.join_ticket(tx, incident.id, number=lamp)
        with pytest.raises(TicketNotInIncident):
            await actions.leave_incident(tx, incident.id, number=numbers[0])
        with pytest.raises(SecretStaysOut):
            await actions.join_ticket(tx, incident.id, number=secret)
    async with build.acting("system") as tx:
        assert await gather_anew(tx) == (0, 0)
    changed = await the_incident(build)
    assert changed.ticket_count == 4
    assert changed.first_ticket_id == (await build.find(numbers[1])).id
    async with build.acting("supervisor") as tx:
        await actions.join_ticket(tx, incident.id, number=numbers[0])
    assert (await the_incident(build)).ticket_count == 5


async def test_one_incident_takes_in_another(build: Build) -> None:
    pipes = await told_by(build, 3)
    lamps = await told_by(build, 3, **LAMP)
    first, second = await incidents(build)
    async with build.acting("supervisor") as tx:
        with pytest.raises(TicketElsewhere):
            await actions.join_ticket(tx, first.id, number=lamps[0])
        with pytest.raises(SameIncident):
            await actions.take_in_incident(tx, first.id, other=first.id)
        await actions.take_in_incident(tx, first.id, other=second.id)
        with pytest.raises(IncidentEnded):
            await actions.take_in_incident(tx, first.id, other=second.id)
    first, second = await incidents(build)
    assert (first.ticket_count, second.ticket_count) == (len(pipes) + len(lamps), 0)
    assert (second.state, second.into_id) == (IncidentState.OVER, first.id)
    async with build.acting("supervisor") as tx:
        page = await list_incidents(
            tx.session, tx.actor, IncidentFilter(state=(IncidentState.OPEN,)), limit=1
        )
        rest = await list_incidents(
            tx.session, tx.actor, IncidentFilter(area="东岭区", category="urban")
        )
    assert [row.incident.id for row in page.items] == [first.id]
    assert {row.incident.id for row in rest.items} >= {first.id}


async def test_its_tickets_are_put_together(build: Build) -> None:
    numbers = await told_by(build, 4)
    await build.follow(numbers[0], Action.ACCEPT, Action.DISPATCH)
    incident = await the_incident(build)
    async with build.acting("dispatcher") as tx:
        with pytest.raises(TicketNotInIncident):
            await actions.put_together(tx, incident.id, parent=(await build.create(**LAMP)).number)
        done = await actions.put_together(tx, incident.id, parent=numbers[0])
    assert [ticket.number for ticket in done] == numbers[1:]
    assert (await build.find(numbers[3])).status is Status.MERGED
    async with build.acting("supervisor") as tx:
        with pytest.raises(PermissionDenied):
            await actions.put_together(tx, incident.id, parent=numbers[0])


async def test_a_storm_of_copies_is_one_incident_and_one_alarm(
    build: Build, city_engine: AsyncEngine
) -> None:
    spent = []
    for n in range(60):
        created = await build.create(**{**PIPE, "requester_phone": f"139{n:08}"})
        with count_queries(city_engine) as statements:
            async with build.acting("system") as tx:
                await take_in_ticket(tx, created.id)
        spent.append(len(statements))
    incident = await the_incident(build)
    assert incident.ticket_count == 60
    assert len(incident.words) < 100
    assert max(spent[10:]) <= spent[5]
    for _ in range(2):
        async with build.acting("system") as tx:
            await watch(tx)
    async with build.session_maker() as session:
        assert len((await session.exec(select(Burst))).all()) == 1
        assert len(await open_alarms(session)) == 1


# -- bursts ----------------------------------------------------------------------------------------


async def burst_of(build: Build) -> Burst:
    async with build.session_maker() as session:
        return (await session.exec(select(Burst))).one()


async def test_a_burst_is_raised_told_acknowledged_and_ends(build: Build) -> None:
    await told_by(build, 7)
    async with build.acting("system") as tx:
        assert await watch(tx) == 0
    await told_by(build, 3)
    async with build.acting("system") as tx:
        assert await watch(tx) == 1
        assert await watch(tx) == 0
        (alarm,) = await open_alarms(tx.session)
    assert (alarm.kind, alarm.details["count"]) == (AlarmKind.BURST, 10)
    burst = await burst_of(build)
    fact = BurstBegan(burst_id=str(burst.id), category="urban", area="清河区", count=10)
    key = uuid7(build.clock.now())
    for _ in range(2):
        async with build.acting("system") as tx:
            await tell_burst(tx, key, fact)
    async with build.session_maker() as session:
        notices = (await session.exec(select(Notice).where(Notice.fact_id == key))).all()
        facts = (
            await session.exec(select(OutboxMessage).where(OutboxMessage.topic == "burst_began"))
        ).all()
    assert len(notices) == 4
    assert len(facts) == 1
    async with build.acting("handler.huanbao") as tx:
        with pytest.raises(BurstNotFound):
            await actions.acknowledge_burst(tx, burst.id)
        with pytest.raises(BurstNotFound):
            await find_burst(tx.session, tx.actor, burst.id)
    async with build.acting("supervisor") as tx:
        await actions.acknowledge_burst(tx, burst.id)
    async with build.acting("dispatcher") as tx:
        await actions.acknowledge_burst(tx, burst.id)
        (row,) = (await list_bursts(tx.session, tx.actor, is_on=True)).items
        assert await open_alarms(tx.session) == []
    assert row.acknowledged_by is not None
    assert row.acknowledged_by.username == "supervisor"
    build.clock.move(hours=3)
    async with build.acting("system") as tx:
        assert await watch(tx) == 0
    assert (await burst_of(build)).until_at is not None


async def test_what_is_usual_at_this_hour_is_no_burst(build: Build) -> None:
    now = build.clock.now()
    for week in range(5, 0, -1):
        build.clock.set(now - timedelta(weeks=week, minutes=30))
        for n in range(9):
            created = await build.create(**{**PIPE, "requester_phone": f"139{n:08}"})
            async with build.acting("system") as tx:
                await take_in_ticket(tx, created.id)
    build.clock.set(now)
    await told_by(build, 10)
    async with build.acting("system") as tx:
        assert await watch(tx) == 0


async def test_nobody_reads_incidents_without_the_right(build: Build) -> None:
    await told_by(build, 3)
    incident = await the_incident(build)
    async with build.acting("leader.chengguan") as tx:
        assert not (await list_incidents(tx.session, tx.actor, IncidentFilter())).items
        assert not (await list_incident_tickets(tx.session, tx.actor, incident.id)).items
        assert not (await list_bursts(tx.session, tx.actor)).items
        with pytest.raises(IncidentNotFound):
            await find_incident(tx.session, tx.actor, incident.id)
    async with build.acting("supervisor") as tx:
        with pytest.raises(IncidentNotFound):
            await find_incident(tx.session, tx.actor, uuid.UUID(int=1))


async def test_a_ticket_made_secret_leaves(build: Build) -> None:
    numbers = await told_by(build, 4)
    ticket = await build.find(numbers[1])
    async with build.acting("system") as tx:
        await tx.session.exec(
            sa.update(Ticket).where(col(Ticket.id) == ticket.id).values(is_secret=True)
        )
    async with build.acting("system") as tx:
        await take_in_ticket(tx, ticket.id)
    assert (await the_incident(build)).ticket_count == 3
    async with build.session_maker() as session:
        row = await session.get_one(IncidentTicket, ((await the_incident(build)).id, ticket.id))
    assert row.left_at is not None
