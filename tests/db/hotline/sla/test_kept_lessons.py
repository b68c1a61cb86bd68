"""Faults of other systems that show only in a database, each under its name.

All forty lessons and where each is proven: `tests/unit/hotline/sla/test_lessons.py`.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, delete, select

from hotline.escalation import sweep
from hotline.escalation.acts import act_once
from hotline.escalation.models import Escalation
from hotline.escalation.sweep import sweep_once
from hotline.notices.models import Notice
from hotline.procedures.rules import ReturnReason
from hotline.sla.actions import Draft
from hotline.sla.clocks import MICROSECONDS, ClockState
from hotline.sla.models import Clock, Threshold, ThresholdState
from hotline.sla.policy import FIRING_LEVELS, ClockKind, Rung
from hotline.sla.queries import find_policy
from hotline.tickets.actions.policies import publish_policy, reapply_policy
from hotline.tickets.lifecycle import Action, Hold, Status
from hotline.tickets.models import CLOCK_FIRED, Commitment, CommitmentState, TicketEvent, Urgency
from hotline.workdays.book import CALENDARS
from tests.support.builders import Build
from tests.support.clock import MONDAY


async def work(build: Build, **amount: float) -> None:
    """Let time pass, then everything happen that is due."""
    now = build.clock.move(**amount)
    busy = True
    while busy:
        busy = (await sweep_once(build.session_maker, build.cipher, now=now)).may_be_more
        busy = await act_once(build.session_maker, build.cipher, now=now) or busy


async def rows(build: Build, what: Any, *where: Any) -> Sequence[Any]:
    async with build.session_maker() as session:
        return (await session.exec(select(what).where(*where))).all()


async def clocks(build: Build, number: str, *kinds: ClockKind) -> list[Clock]:
    ticket = await build.find(number)
    found = await rows(
        build, Clock, Clock.ticket_id == ticket.id, col(Clock.kind).in_(kinds or list(ClockKind))
    )
    return sorted(found, key=lambda clock: clock.started_at)


async def levels(build: Build, clock: Clock) -> dict[Rung, Threshold]:
    """Return a clock's rungs up to red."""
    found = await rows(
        build, Threshold, Threshold.clock_id == clock.id, col(Threshold.rung).in_(FIRING_LEVELS)
    )
    return {row.rung: row for row in found}


async def armed(build: Build, number: str) -> list[Rung]:
    ticket = await build.find(number)
    found = await rows(
        build,
        Threshold,
        Threshold.ticket_id == ticket.id,
        Threshold.state == ThresholdState.ARMED,
    )
    return [row.rung for row in found]


async def test_itop_what_is_due_outlives_a_stop(build: Build) -> None:
    """What falls due while nobody runs is still there: it is data, not a timer."""
    number = await build.ticket()
    (clock,) = await clocks(build, number)
    before = {rung: row.due_at for rung, row in (await levels(build, clock)).items()}
    assert set(before) == set(FIRING_LEVELS)
    await work(build, days=3)
    after = await levels(build, clock)
    assert {row.state for row in after.values()} == {ThresholdState.FIRED}
    assert {rung: row.due_at for rung, row in after.items()} == before


@pytest.mark.parametrize("lost", [Rung.YELLOW, Rung.ORANGE])
async def test_glpi_5319_and_5805_a_lost_row_does_not_stop_the_ladder(
    build: Build, lost: Rung
) -> None:
    """GLPI kept only the next level: when that row was lost, nothing came after it."""
    number = await build.ticket(Status.PROCESSING)
    (clock,) = await clocks(build, number, ClockKind.COMPLETE)
    async with build.session_maker() as session, session.begin():
        await session.exec(
            delete(Threshold).where(
                col(Threshold.clock_id) == clock.id, col(Threshold.rung) == lost
            )
        )
    await work(build, hours=37)
    fired = await rows(
        build, Threshold, Threshold.clock_id == clock.id, Threshold.state == ThresholdState.FIRED
    )
    assert {row.rung for row in fired} == {
        *({*FIRING_LEVELS} - {lost}),
        *(Rung.URGE, Rung.ORDER),
    }


async def test_glpi_1996_mails_once(build: Build) -> None:
    """GLPI mailed the same alert for ever: nothing was marked in the transaction that told of it."""
    await build.ticket()
    await work(build, minutes=20)
    first = await rows(build, Notice)
    for _ in range(20):
        await work(build, seconds=1)
    assert len(await rows(build, Notice)) == len(first) > 0


async def test_ten_urgings_that_were_missed_are_one(build: Build) -> None:
    """After a day and a half of nothing each is written, and people hear of the last."""
    number = await build.ticket()
    await work(build, hours=36)
    ticket = await build.find(number)
    fired = await rows(
        build, Escalation, Escalation.ticket_id == ticket.id, Escalation.rung == Rung.URGE
    )
    assert sorted((row.nth, row.is_collapsed) for row in fired) == [
        *((nth, True) for nth in range(1, 10)),
        (10, False),
    ]
    told = [(row.user_id, row.rung) for row in await rows(build, Notice)]
    assert len(told) == len(set(told)) > 0


async def test_ccrs_an_edit_does_not_restart_a_clock(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    (before,) = await clocks(build, number, ClockKind.COMPLETE)
    build.clock.move(hours=10)
    await build.follow(number, Action.NOTE, Action.CONTACT, Action.PROGRESS, Action.URGE)
    (after,) = await clocks(build, number, ClockKind.COMPLETE)
    assert (after.since, after.due_at) == (before.since, before.due_at)


async def test_zammad_5177_3140_1322_no_clock_hides_another(build: Build) -> None:
    """An update clock hid the first response; a single "due" hides which promise is at risk."""
    number = await build.ticket(Status.DISPATCHED)
    kinds = {ClockKind.SIGN, ClockKind.FIRST_CONTACT, ClockKind.COMPLETE}
    live = {clock.kind: clock for clock in await clocks(build, number) if clock.ended_at is None}
    assert set(live) == kinds
    await build.do(Action.SIGN, number)
    build.clock.move(hours=5)
    await build.do(Action.PROGRESS, number)
    await work(build, seconds=0)
    (contact,) = await clocks(build, number, ClockKind.FIRST_CONTACT)
    assert contact.due_at == live[ClockKind.FIRST_CONTACT].due_at
    assert (await levels(build, contact))[Rung.RED].state is ThresholdState.FIRED
    (complete,) = await clocks(build, number, ClockKind.COMPLETE)
    assert complete.due_at == live[ClockKind.COMPLETE].due_at
    assert complete.level.value == "green"


async def test_glpi_1911_and_14427_the_second_unit_gets_a_clock_of_its_own(build: Build) -> None:
    """The second team inherited a dead clock, or one that ran from the wrong start."""
    number = await build.ticket(Status.DISPATCHED)
    build.clock.move(hours=1)
    await build.do(Action.REQUEST_RETURN, number, reason=ReturnReason.NOT_MY_DUTY)
    moved = build.clock.move(minutes=90)
    await build.do(
        Action.DECIDE_RETURN, number, uphold=True, department="jiaotong", explanation="属交通部门"
    )
    if (await build.find(number)).status is Status.ACCEPTED:
        await build.do(Action.DISPATCH, number, department="jiaotong")
    first, second = await clocks(build, number, ClockKind.COMPLETE)
    assert first.ended_at == moved
    assert first.state is ClockState.CANCELLED
    assert (second.started_at, second.since, second.used_microseconds) == (moved, moved, 0)
    assert second.due_at == moved + timedelta(hours=24)
    units = build.city.departments
    assert [first.department_id, second.department_id] == [units["chengguan"], units["jiaotong"]]
    assert second.hop > first.hop


async def test_glpi_24481_a_pause_stops_warnings_and_urging_too(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await work(build, hours=25)  # red has fired, what follows it lies ahead
    await build.follow(number, Action.REQUEST_SUSPENSION, Action.DECIDE_SUSPENSION)
    (clock,) = await clocks(build, number, ClockKind.COMPLETE)
    assert clock.state is ClockState.PAUSED
    waiting = await rows(build, Threshold, Threshold.clock_id == clock.id)
    assert ThresholdState.ARMED not in {row.state for row in waiting}
    before = len(await rows(build, Escalation, Escalation.clock_id == clock.id))
    await work(build, days=10)
    assert len(await rows(build, Escalation, Escalation.clock_id == clock.id)) == before
    await build.do(Action.END_SUSPENSION, number)
    (clock,) = await clocks(build, number, ClockKind.COMPLETE)
    assert clock.state is ClockState.RUNNING
    await work(build, hours=6)
    assert len(await rows(build, Escalation, Escalation.clock_id == clock.id)) > before


async def test_glpi_6902_another_urgency_keeps_what_was_used(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    build.clock.move(hours=10)
    await build.do(Action.RECLASSIFY, number, urgency=Urgency.P1)
    (clock,) = await clocks(build, number, ClockKind.COMPLETE)
    timing = clock.timing
    async with build.acting("admin") as tx:
        calendar = (await CALENDARS.in_force(tx.session))[clock.calendar]
    assert clock.started_at == MONDAY
    assert timing.used_by(calendar, build.clock.now()) == 10 * 3600 * MICROSECONDS


async def test_zammad_4353_a_changed_policy_leaves_no_ghosts(build: Build) -> None:
    """Neither the old instants nor the new ones twice: one set of rungs, by the new rule."""
    number = await build.ticket(Status.PROCESSING)
    (before,) = await clocks(build, number, ClockKind.COMPLETE)
    async with build.acting("admin") as tx:
        newest = await find_policy(tx.session, "fast-24")
        assert newest is not None
        definition = dict(newest.definition)
        definition["clocks"] = {
            **definition["clocks"],
            "complete": {**definition["clocks"]["complete"], "limit": "PT48H"},
        }
        await publish_policy(tx, Draft(code="fast-24", name=newest.name, definition=definition))
    (same,) = await clocks(build, number, ClockKind.COMPLETE)
    assert same.due_at == before.due_at
    build.clock.move(hours=1)
    async with build.acting("admin") as tx:
        assert await reapply_policy(tx, number, reason="期限调整")
    (after,) = await clocks(build, number, ClockKind.COMPLETE)
    found = await levels(build, after)
    assert {rung: row.due_at - MONDAY for rung, row in found.items()} == {
        Rung.YELLOW: timedelta(hours=48 * 0.6),
        Rung.ORANGE: timedelta(hours=48 * 0.8),
        Rung.RED: timedelta(hours=48),
    }
    await work(build, hours=26)
    assert (await levels(build, after))[Rung.RED].state is ThresholdState.ARMED


@pytest.mark.parametrize(
    ("status", "action"),
    [(Status.SUBMITTED, Action.MERGE), (Status.SUBMITTED, Action.WITHDRAW)],
)
async def test_zammad_904_merged_tickets_drop_their_levels(
    build: Build, status: Status, action: Action
) -> None:
    number = await build.ticket(status)
    await build.do(action, number)
    assert await armed(build, number) == []
    running = {ClockState.RUNNING, ClockState.SUBMITTED}
    assert not [clock for clock in await clocks(build, number) if clock.state in running]
    await work(build, days=30)
    ticket = await build.find(number)
    assert not await rows(build, Escalation, Escalation.ticket_id == ticket.id)


async def test_zammad_904_reopening_revives_no_old_clock(build: Build) -> None:
    number = await build.ticket(Status.CLOSED)
    old = {clock.id: clock.timing for clock in await clocks(build, number)}
    build.clock.move(days=2)
    await build.do(Action.REOPEN, number)
    again = await clocks(build, number)
    assert {clock.id: clock.timing for clock in again if clock.id in old} == old
    new = [clock for clock in again if clock.id not in old]
    assert new
    assert {clock.started_at for clock in new} == {build.clock.now()}
    assert await armed(build, number)


async def test_zammad_4432_and_frappe_2967_the_night_delays_no_firing(build: Build) -> None:
    """Quiet hours are for messages: at three in the morning a rung fires at its very instant."""
    build.clock.move(hours=18)
    await build.ticket()
    await work(build, minutes=30)
    fired = await rows(build, Escalation)
    assert [(row.rung, row.late_by_seconds) for row in fired if row.rung is Rung.RED] == [
        (Rung.RED, 0)
    ]
    notices = await rows(build, Notice)
    assert {row.created_at for row in notices} == {build.clock.now()}


async def test_chatwoot_a_later_fix_does_not_erase_the_miss(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await work(build, hours=25)
    await build.follow(number, Action.CONTACT, Action.SUBMIT_FEEDBACK, Action.PASS_AUDIT)
    await build.do(Action.RECORD_VISIT, number)
    ticket = await build.find(number)
    assert ticket.status is Status.CLOSED
    (clock,) = await clocks(build, number, ClockKind.COMPLETE)
    assert clock.state is ClockState.MISSED
    (promise,) = await rows(build, Commitment, Commitment.ticket_id == ticket.id)
    assert promise.state is CommitmentState.BROKEN
    red = await rows(
        build,
        TicketEvent,
        TicketEvent.ticket_id == ticket.id,
        TicketEvent.action == CLOCK_FIRED,
        TicketEvent.reason == Rung.RED,
    )
    assert ClockKind.COMPLETE in {row.details["clock"] for row in red}


async def test_a_suspension_is_asked_for_with_a_reason_and_decided_by_another(build: Build) -> None:
    """A pause needs who, why, and an end of its own: the review that is itself a clock."""
    number = await build.ticket(Status.PROCESSING, Hold.SUSPENSION)
    (review,) = await clocks(build, number, ClockKind.SUSPENSION_REVIEW)
    assert review.state is ClockState.RUNNING
    assert review.due_at == MONDAY + timedelta(days=30)


async def test_the_claim_is_read_off_the_partial_index(build: Build) -> None:
    """However many rungs have fired, only those that are armed are looked at."""
    await build.ticket()
    async with build.session_maker() as session, session.begin():
        await session.exec(sa.text("SET LOCAL enable_seqscan = off"))  # type: ignore[call-overload]
        plan = await session.exec(  # type: ignore[call-overload]
            sa.text(f"EXPLAIN {sweep._CLAIM.text}"),
            params={
                "since": build.clock.now() - timedelta(days=9),
                "now": build.clock.now(),
                "batch": 500,
                "window": 4000,
            },
        )
        lines = list(plan.scalars())
    assert any("ix_sla_thresholds_armed" in line for line in lines), lines
