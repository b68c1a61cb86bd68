"""Downtime: everything missed fires once, in order, says how late; nobody is scored for silence."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlmodel import col, select

from credit.ledger import Measure
from hotline.escalation import house
from hotline.escalation.acts import act_once
from hotline.escalation.house import (
    HOUSE_ALARM,
    archive_due,
    check_house,
    nothing_ahead,
    watch_sweeper,
)
from hotline.escalation.models import Escalation, Outage
from hotline.escalation.outages import SWEEPER, note_outage
from hotline.escalation.sweep import sweep_once
from hotline.kernel.alarms import AlarmKind, clear_alarm, open_alarms, raise_alarm
from hotline.kernel.heartbeat import beat
from hotline.kernel.outbox import OutboxMessage
from hotline.notices.models import Notice
from hotline.people.actions import set_duty_holder
from hotline.sla.models import Clock, Threshold, ThresholdState
from hotline.sla.policy import ClockKind, Rung
from hotline.tickets.events import PromiseEnded
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.models import CLOCK_FIRED, TicketEvent
from tests.support.builders import Build
from tests.support.clock import MONDAY
from tests.support.credit_facts import causes_of, deliver, rates_of

OUT = timedelta(hours=36)


async def catch_up(build: Build) -> None:
    """What the worker does when it comes back."""
    now = build.clock.now()
    await note_outage(build.session_maker, now)
    busy = True
    while busy:
        busy = (await sweep_once(build.session_maker, build.cipher, now=now)).may_be_more
        busy = await act_once(build.session_maker, build.cipher, now=now) or busy
    await beat(build.session_maker, SWEEPER, now)


@pytest.fixture
async def down(build: Build) -> Build:
    """A city whose sweeper stops with tickets at every desk, and comes back after 36 hours."""
    async with build.acting("admin") as tx:
        await set_duty_holder(tx, department="hotline", username="supervisor.second")
    for status in (Status.SUBMITTED, Status.ACCEPTED, Status.DISPATCHED, Status.PROCESSING):
        for _ in range(3):
            await build.ticket(status)
    await build.ticket(Status.FEEDBACK_SUBMITTED)
    await build.ticket(Status.PENDING_VISIT)
    await beat(build.session_maker, SWEEPER, build.clock.now())
    build.clock.set(MONDAY + OUT)
    return build


async def test_thirty_six_hours_of_nothing(down: Build) -> None:
    await catch_up(down)
    async with down.session_maker() as session:
        (outage,) = (await session.exec(select(Outage))).all()
        fired = (
            await session.exec(
                select(Escalation).order_by(col(Escalation.fired_at), col(Escalation.due_at))
            )
        ).all()
        left = (
            await session.exec(
                select(Threshold).where(
                    Threshold.state == ThresholdState.ARMED, Threshold.due_at <= down.clock.now()
                )
            )
        ).all()
        rows = (
            await session.exec(
                select(TicketEvent)
                .where(TicketEvent.action == CLOCK_FIRED)
                .order_by(col(TicketEvent.ticket_id), col(TicketEvent.seq))
            )
        ).all()
        notices = (await session.exec(select(Notice))).all()
    assert (outage.began_at, outage.ended_at) == (MONDAY, MONDAY + OUT)
    assert not left
    # Once each, every one marked with how late and with the outage that made it so.
    assert max(Counter((e.clock_id, e.rung, e.nth) for e in fired).values()) == 1
    assert {e.late_by_seconds for e in fired} == {
        int((down.clock.now() - e.due_at).total_seconds()) for e in fired
    }
    assert {e.outage_id for e in fired} == {outage.id}
    # In order, ticket by ticket, as they fell due; what follows red comes in the rounds after it.
    for ticket_id in {row.ticket_id for row in rows}:
        dues: dict[str, list[str]] = {}
        for row in rows:
            if row.ticket_id == ticket_id:
                dues.setdefault(row.details["clock"], []).append(row.details["due_at"])
        assert all(instants == sorted(instants) for instants in dues.values())
    # One alert per clock in a round and person, not three.
    told = [e for e in fired if not e.is_collapsed and e.told]
    assert {e.rung for e in fired if e.is_collapsed} >= {Rung.YELLOW, Rung.ORANGE}
    assert len(notices) == sum(len(e.told) for e in told)


async def test_a_promise_broken_unwatched_is_excused(down: Build) -> None:
    await catch_up(down)
    async with down.session_maker() as session:
        broken = (
            await session.exec(
                select(OutboxMessage).where(OutboxMessage.topic == PromiseEnded.topic)
            )
        ).all()
    ended = [PromiseEnded.from_payload(row.payload) for row in broken]
    facts = [fact for fact in ended if fact.outcome == "broken"]
    assert len(facts) == 6
    assert all(fact.is_excused for fact in facts)
    assert not any(fact.is_excused for fact in ended if fact.outcome == "kept")
    await deliver(down)
    assert all(hop and round_ for hop, round_ in ((fact.hop, fact.round) for fact in facts))
    assert ("promise", "outage") in await causes_of(down)
    kept, due = (await rates_of(down))[Measure.PROMISE]
    assert kept == due


async def test_who_was_warned_before_the_lights_went_out_is_not(build: Build) -> None:
    await build.ticket(Status.PROCESSING)
    now = build.clock.move(hours=20)
    await sweep_once(build.session_maker, build.cipher, now=now)  # yellow and orange were told
    await beat(build.session_maker, SWEEPER, now)
    build.clock.move(hours=20)
    await catch_up(build)
    async with build.session_maker() as session:
        (row,) = (
            await session.exec(
                select(OutboxMessage).where(OutboxMessage.topic == PromiseEnded.topic)
            )
        ).all()
    assert not PromiseEnded.from_payload(row.payload).is_excused


async def test_work_handed_in_late_while_nobody_watched_is_excused_too(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    build.clock.move(hours=25)
    await build.follow(number, Action.CONTACT, Action.SUBMIT_FEEDBACK, Action.PASS_AUDIT)
    async with build.session_maker() as session:
        (row,) = (
            await session.exec(
                select(OutboxMessage).where(OutboxMessage.topic == PromiseEnded.topic)
            )
        ).all()
    fact = PromiseEnded.from_payload(row.payload)
    assert (fact.outcome, fact.is_excused) == ("broken", True)


async def test_a_short_gap_is_no_outage_and_one_outage_is_written_once(build: Build) -> None:
    assert await note_outage(build.session_maker, build.clock.now()) is None
    await beat(build.session_maker, SWEEPER, build.clock.now())
    assert await note_outage(build.session_maker, build.clock.move(seconds=60)) is None
    now = build.clock.move(seconds=1)
    assert await note_outage(build.session_maker, now) == MONDAY
    assert await note_outage(build.session_maker, now) == MONDAY  # two sweepers come back at once
    async with build.session_maker() as session:
        assert len((await session.exec(select(Outage))).all()) == 1


async def test_a_stopped_sweeper_is_louder_than_any_late_ticket(build: Build) -> None:
    maker, cipher = build.session_maker, build.cipher
    assert await watch_sweeper(maker, cipher, build.clock.now())
    await beat(maker, SWEEPER, build.clock.now())
    build.clock.move(seconds=61)
    for _ in range(3):
        assert not await watch_sweeper(maker, cipher, build.clock.now())
    async with maker() as session:
        (alarm,) = await open_alarms(session)
        notices = (await session.exec(select(Notice).where(Notice.kind == HOUSE_ALARM))).all()
    assert alarm.kind is AlarmKind.SWEEPER_LATE
    people = {person.user_id: name for name, person in build.city.people.items()}
    assert sorted(people[row.user_id] for row in notices) == [
        "admin",
        "supervisor",
        "supervisor.second",
    ]
    assert all(row.needs_ack and row.is_urgent for row in notices)
    await beat(maker, SWEEPER, build.clock.now())
    assert await watch_sweeper(maker, cipher, build.clock.now())
    async with maker() as session:
        assert not await open_alarms(session)


async def test_an_alarm_is_up_once_until_it_is_cleared(build: Build) -> None:
    now = build.clock.now()
    async with build.session_maker() as session, session.begin():
        kind = AlarmKind.TICKET_PARKED
        assert await raise_alarm(session, kind, "26030200000017", {"error": "X"}, now)
        assert not await raise_alarm(session, kind, "26030200000017", {"error": "X"}, now)
        assert await raise_alarm(session, kind, "26030200000025", {"error": "X"}, now)
        await clear_alarm(session, kind, "26030200000017", now)
        assert [alarm.subject for alarm in await open_alarms(session)] == ["26030200000025"]
        assert await raise_alarm(session, kind, "26030200000017", {}, now)


async def test_an_open_ticket_with_nothing_ahead_is_an_alarm(build: Build) -> None:
    number = await build.ticket()
    async with build.session_maker() as session:
        assert await nothing_ahead(session, build.clock.now()) == []
    async with build.session_maker() as session, session.begin():
        for row in (await session.exec(select(Threshold))).all():
            row.state = ThresholdState.DISARMED
    await check_house(build.session_maker, build.cipher, build.clock.now())
    async with build.session_maker() as session:
        kinds = {alarm.kind: alarm.details for alarm in await open_alarms(session)}
    assert kinds[AlarmKind.DEADLINE_MISSING] == {"count": 1, "tickets": [number]}
    async with build.session_maker() as session, session.begin():
        for row in (await session.exec(select(Threshold))).all():
            row.state = ThresholdState.ARMED
    await check_house(build.session_maker, build.cipher, build.clock.now())
    async with build.session_maker() as session:
        assert AlarmKind.DEADLINE_MISSING not in {a.kind for a in await open_alarms(session)}


async def test_what_has_been_closed_for_thirty_days_is_archived(build: Build) -> None:
    old = await build.ticket(Status.CLOSED)
    build.clock.move(days=1)
    young = await build.ticket(Status.CLOSED)
    build.clock.set(MONDAY + timedelta(days=30))
    now = build.clock.now()
    assert await archive_due(build.session_maker, build.cipher, now) == 1
    assert (await build.find(old)).status is Status.ARCHIVED
    assert (await build.find(young)).status is Status.CLOSED
    assert await archive_due(build.session_maker, build.cipher, now) == 0


def test_the_house_names_no_more_tickets_than_a_person_reads() -> None:
    assert house._MOST_NAMED == 50


async def test_the_clock_of_work_without_red_is_not_overdue(build: Build) -> None:
    """Yellow alone breaks nothing."""
    await build.ticket(Status.PROCESSING)
    await sweep_once(build.session_maker, build.cipher, now=build.clock.move(hours=15))
    async with build.session_maker() as session:
        (clock,) = (await session.exec(select(Clock).where(Clock.kind == ClockKind.COMPLETE))).all()
        facts = (
            await session.exec(
                select(OutboxMessage).where(OutboxMessage.topic == PromiseEnded.topic)
            )
        ).all()
    assert clock.level.value == "yellow"
    assert not facts
