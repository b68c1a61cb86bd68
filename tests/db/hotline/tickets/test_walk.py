"""Matters wander at random through real actions, hours passing, the worker at work or stopped.

Policies and calendars change under them, clocks of machines are set right, the worker stops for days
and comes back. After every step the same things hold: rules that no sequence may break.
"""

import copy
import os
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from hotline.escalation.acknowledgement import raise_unacknowledged
from hotline.escalation.acts import act_once
from hotline.escalation.house import nothing_ahead
from hotline.escalation.outages import SWEEPER, note_outage
from hotline.escalation.sweep import sweep_once
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.db import SessionMaker
from hotline.kernel.errors import DomainError
from hotline.kernel.heartbeat import beat
from hotline.people.actions import set_duty_holder
from hotline.procedures.lifespans import has_lapsed
from hotline.procedures.models import Procedure
from hotline.procedures.rules import ReturnReason
from hotline.sla.actions import Draft
from hotline.sla.calendars import calendar_in_force, publish_calendar, recalculate
from hotline.sla.clocks import LIVE_STATES, ClockState
from hotline.sla.models import Clock
from hotline.sla.queries import find_policy
from hotline.tickets.actions.policies import publish_policy, reapply_policy
from hotline.tickets.assignments import AssignmentRole
from hotline.tickets.lifecycle import (
    KEEPS_CLOCKS,
    OPEN_STATUSES,
    REACHABLE_STATES,
    Action,
    State,
    Status,
    actions_from,
    guiding_clocks,
)
from hotline.tickets.models import (
    Assignment,
    Commitment,
    CommitmentState,
    Ticket,
)
from hotline.tickets.verification import verify_histories
from tests.support.builders import DOINGS, ROADS, Build

WALKS = range(int(os.environ.get("HOTLINE_WALKS", "12")))
STEPS = 45
SATURDAY = 5
UNITS = ("chengguan", "zhujian", "jiaotong")
HANDED_OVER = {Status.DISPATCHED, Status.PROCESSING, Status.FEEDBACK_SUBMITTED}


def _handed_over(chance: random.Random) -> dict[str, Any]:
    units = chance.sample(UNITS, 3)
    return {"department": units[0], "co_departments": units[1 : chance.randrange(1, 4)]}


def _visited(chance: random.Random) -> dict[str, Any]:
    if chance.random() < 0.3:
        return {"reached": False, "solved": None, "rating": None}
    return {"solved": chance.random() < 0.5, "rating": chance.choice([None, 1, 3, 5])}


def _decided(chance: random.Random) -> dict[str, Any]:
    return {"approve": chance.random() < 0.7}


ENDS: Mapping[Action, Callable[[random.Random], dict[str, Any]]] = {
    Action.ANSWER: lambda chance: {"is_confirmed": chance.random() < 0.5},
    Action.DISPATCH: _handed_over,
    Action.DECIDE_CONSULTATION: _handed_over,
    Action.CALL_UNITS: lambda chance: {"departments": chance.sample(UNITS, 2)},
    Action.ADD_CO_DEPARTMENT: lambda chance: {"department": chance.choice(UNITS)},
    Action.RELEASE_CO_DEPARTMENT: lambda chance: {"department": chance.choice(UNITS)},
    Action.ASK_AGAIN: lambda chance: {"department": chance.choice(UNITS)},
    Action.BLOW_WHISTLE: lambda chance: {"departments": chance.sample(UNITS, 2)},
    Action.DECIDE_WHISTLE: lambda chance: {"co_departments": chance.choice([[], ["jiaotong"]])},
    Action.SCORE_WHISTLE: lambda chance: {"department": chance.choice(UNITS)},
    Action.DECIDE_ARBITRATION: lambda chance: {"department": chance.choice(UNITS)},
    Action.CONTACT: lambda chance: {"reached": chance.random() < 0.7},
    Action.SUBMIT_FEEDBACK: lambda chance: {"resolved": chance.random() < 0.8},
    Action.RECORD_VISIT: _visited,
    Action.REQUEST_RETURN: lambda chance: {
        "reason": chance.choice(list(ReturnReason)),
        "suggested_department": chance.choice(UNITS),
    },
    Action.DECIDE_RETURN: lambda chance: {
        "uphold": chance.random() < 0.7,
        "department": chance.choice([None, *UNITS]),
    },
    Action.END_RECTIFICATION: lambda chance: {"completed": chance.random() < 0.5},
    Action.DECIDE_RATING_CHECK: lambda chance: {"founded": chance.random() < 0.5},
    Action.DECIDE_REFUSAL: _decided,
    Action.DECIDE_EXTENSION: _decided,
    Action.DECIDE_SUPPLEMENT: _decided,
    Action.DECIDE_SUSPENSION: _decided,
    Action.REVIEW_SUSPENSION: lambda chance: {"goes_on": chance.random() < 0.7},
    Action.COMPLETE_MILESTONE: lambda chance: {"milestone": chance.choice([1, 2])},
    Action.REVIEW_FINAL_REPLY: _decided,
    Action.DECIDE_RECTIFICATION: _decided,
    Action.DECIDE_FINAL_REPLY: _decided,
}
"""The several ends that an action can come to."""


BY_ANY_UNIT = frozenset(
    {
        *(Action.SIGN_CO, Action.REPORT_STAGE, Action.EXPLAIN_DELAY, Action.SUBMIT_OPINION),
        *(Action.RESPOND_CONSULTATION, Action.REPORT_IN, Action.FINISH_MEETING_TASK),
    }
)
"""What co-handlers do, and units that were called; the walk does not ask who that is."""


def _words(action: Action, chance: random.Random) -> dict[str, Any]:
    return ENDS[action](chance) if action in ENDS else {}


async def _doer(build: Build, ticket: Ticket, action: Action, chance: random.Random) -> str:
    usual = DOINGS[action].by
    if "." not in usual or usual.endswith(".second"):
        return usual
    units = {number: code for code, number in build.city.departments.items()}
    if action in BY_ANY_UNIT:
        return f"handler.{chance.choice(UNITS)}"
    role = usual.partition(".")[0]
    return f"{role}.{units.get(ticket.lead_department_id or 0, 'huanbao')}"


async def check(maker: SessionMaker, ticket: Ticket, round_before: int) -> None:
    """Everything that must hold of a ticket between two actions."""
    state = State(ticket.status, ticket.hold)
    where = f"{ticket.number} {state}"
    assert state in REACHABLE_STATES
    assert ticket.round >= round_before, where
    is_held = ticket.status in OPEN_STATUSES or ticket.hold is not None
    holders = [ticket.holder_user_id, ticket.holder_post]
    assert (ticket.owner_department_id is not None) is is_held, where
    assert sum(holder is not None for holder in holders) == int(is_held), where
    assert (ticket.closure_code is not None) is (ticket.status not in OPEN_STATUSES), where
    async with maker() as session:
        async for found in verify_histories(session, ticket.number):
            # The chain, the state rebuilt from it, and every clock rebuilt from its log.
            assert not found.faults, where
        promises = (
            await session.exec(select(Commitment).where(Commitment.ticket_id == ticket.id))
        ).all()
        clocks = (
            await session.exec(
                select(Clock).where(Clock.ticket_id == ticket.id, col(Clock.state).in_(LIVE_STATES))
            )
        ).all()
        tasks = (
            await session.exec(
                select(Assignment).where(
                    Assignment.ticket_id == ticket.id, col(Assignment.ended_at).is_(None)
                )
            )
        ).all()
        asked = (
            await session.exec(
                select(Procedure).where(
                    Procedure.ticket_id == ticket.id, col(Procedure.ended_at).is_(None)
                )
            )
        ).all()
    active = [promise for promise in promises if promise.state is CommitmentState.ACTIVE]
    assert len(active) <= 1, where
    if ticket.status in HANDED_OVER:
        assert promises, where
    if not is_held:
        # Whoever follows another one has clocks that wait, until he goes his own way again.
        waits = ticket.status in KEEPS_CLOCKS
        assert all(waits and clock.state is ClockState.PAUSED for clock in clocks), where
        assert not active, where
        assert ticket.due_at is None, where
    else:
        guides = [clock.due_at for clock in clocks if clock.kind in guiding_clocks(state)]
        assert ticket.due_at == min(guides), where
    for request in asked:
        assert not has_lapsed(request.kind, request.state, state), f"{where} {request.kind}"
    leads = [task for task in tasks if task.role is AssignmentRole.LEAD]
    assert len(leads) == int(ticket.status in HANDED_OVER), where
    if leads:
        assert leads[0].department_id == ticket.lead_department_id, where


_RUNGS = sa.text(
    "SELECT count(*) FILTER (WHERE t.state = 'armed' AND t.due_at <= :now) AS overslept, "
    "count(*) FILTER (WHERE t.state = 'armed') AS armed, "
    "count(*) FILTER (WHERE t.state = 'parked') AS parked, "
    "count(*) FILTER (WHERE t.state = 'fired' AND NOT acted) AS fired, "
    "(SELECT count(*) FROM ticket_events e WHERE e.ticket_id = :id AND e.action = 'clock_fired') "
    "AS written, "
    "count(e.id) FILTER (WHERE NOT acted) AS escalated, "
    "count(*) FILTER (WHERE acted AND (t.state = 'fired' OR t.reason IS NOT NULL)) AS acted, "
    "count(e.id) FILTER (WHERE acted) AS acts_escalated, "
    "count(*) FILTER (WHERE t.state = 'armed' AND c.state <> 'running' AND t.due_at > :now) AS idle, "
    "count(*) FILTER (WHERE c.state = 'running' AND (t.state = 'disarmed' OR t.rung = 'red' "
    "AND t.state = 'armed' AND t.due_at > :now AND t.due_at <> c.due_at)) AS misplaced "
    "FROM sla_clocks c JOIN (SELECT *, rung IN ('act', 'order', 'listing') AS acted "
    "FROM sla_thresholds) t ON t.clock_id = c.id LEFT JOIN escalations e "
    "ON (e.clock_id, e.rung, e.nth) = (t.clock_id, t.rung, t.nth) WHERE c.ticket_id = :id"
)


async def check_rungs(build: Build, ticket: Ticket, *, is_swept: bool) -> None:
    """What must hold of a ticket's rungs; more of it when nobody has anything left to do."""
    where = f"{ticket.number} {State(ticket.status, ticket.hold)}"
    async with build.session_maker() as session:
        given = {"id": ticket.id, "now": build.clock.now()}
        rungs = (await session.exec(_RUNGS, params=given)).one()  # type: ignore[call-overload]
        stranded = await nothing_ahead(session, build.clock.now())
    # Nothing fires twice: one row of the timeline and one escalation for each rung that fired.
    assert rungs.fired == rungs.written == rungs.escalated, where
    assert rungs.acted == rungs.acts_escalated, where
    assert rungs.parked == 0, where
    assert rungs.idle == 0, where
    assert rungs.misplaced == 0, where
    if is_swept:
        assert rungs.overslept == 0, where
        is_owed = ticket.status in OPEN_STATUSES
        assert (ticket.number in stranded) is (is_owed and not rungs.armed), where


# -- what happens beside the actions ---------------------------------------------------------------


async def work(build: Build) -> None:
    """Do what the worker does until nothing is left."""
    maker, cipher, now = build.session_maker, build.cipher, build.clock.now()
    busy = True
    while busy:
        busy = (await sweep_once(maker, cipher, now=now)).may_be_more
        busy = await act_once(maker, cipher, now=now) or busy
        busy = bool(await raise_unacknowledged(maker, cipher, now=now)) or busy


async def _time_passes(build: Build, chance: random.Random) -> None:
    build.clock.move(minutes=chance.choice([1, 10, 90, 600, 1500]))


async def _one_round(build: Build, _chance: random.Random) -> None:
    """A round that is not the last: some of what is due is left."""
    await sweep_once(build.session_maker, build.cipher, now=build.clock.now(), batch=1)


async def _stopped(build: Build, chance: random.Random) -> None:
    """The worker is away for hours or days, and makes good what it missed."""
    await beat(build.session_maker, SWEEPER, build.clock.now())
    await note_outage(build.session_maker, build.clock.move(hours=chance.choice([1, 7, 40, 200])))
    await work(build)
    await beat(build.session_maker, SWEEPER, build.clock.now())


async def _clock_jumps(build: Build, chance: random.Random) -> None:
    """The machine's clock is set right: a little back, or a little on."""
    build.clock.move(seconds=chance.choice([-300, -2, 2, 300]))


async def _policy_changes(build: Build, chance: random.Random) -> None:
    """The default policy gets other limits and calendars, for what comes."""
    async with build.acting("admin") as tx:
        newest = await find_policy(tx.session, "fast-24")
        if newest is None:
            raise AssertionError("every city has its default policy")
        definition = copy.deepcopy(newest.definition)
        kind = chance.choice(["accept", "dispatch", "sign", "complete", "audit", "visit"])
        definition["clocks"][kind] |= {
            "limit": chance.choice(["PT10M", "PT2H", "PT30H", "P3D"]),
            "calendar": chance.choice(["natural", "working"]),
        }
        await publish_policy(tx, Draft(code="fast-24", name=newest.name, definition=definition))


async def _calendar_changes(build: Build, chance: random.Random) -> None:
    """A holiday is announced late, and clocks that run are moved to it."""
    async with build.acting("admin") as tx:
        newest = await calendar_in_force(tx.session, "working")
        definition = copy.deepcopy(newest.definition)
        day = build.clock.now().astimezone(SHANGHAI).date() + timedelta(days=chance.randrange(4))
        kind = chance.choice(["holiday", "half" if day.weekday() < SATURDAY else "workday"])
        definition["overrides"][day.isoformat()] = {"kind": kind, "name": "补发"}
        await publish_calendar(tx, code="working", name=newest.name, definition=definition)
    async with build.acting("admin") as tx:
        await recalculate(tx, "working")


HAPPENINGS: Mapping[Callable[[Build, random.Random], Awaitable[None]], int] = {
    _time_passes: 12,
    _one_round: 3,
    _stopped: 2,
    _clock_jumps: 2,
    _policy_changes: 1,
    _calendar_changes: 1,
}
"""What may happen between two actions, and how often."""


SELDOM = frozenset(
    {
        *(Action.NOTE, Action.URGE, Action.WITHDRAW, Action.TRANSFER_OUT, Action.MERGE),
        *(Action.ANSWER, Action.REFUSE, Action.ARCHIVE),
    }
)
"""What changes nothing or ends a matter: a walk that took it often would not get far."""

OVER = frozenset({Status.CANCELLED, Status.TRANSFERRED_OUT, Status.ARCHIVED})
STARTS = [state for state in ROADS if state.status not in OVER]


async def _begun(build: Build, chance: random.Random) -> Ticket:
    state = chance.choice(STARTS)
    return await build.find(await build.ticket(state.status, state.hold))


async def _reapplied(build: Build, number: str) -> None:
    async with build.acting("admin") as tx:
        await reapply_policy(tx, number, reason="政策调整")


async def _acted(build: Build, ticket: Ticket, chance: random.Random) -> None:
    choices = [
        action
        for action in actions_from(State(ticket.status, ticket.hold))
        if action in {*DOINGS, Action.REAPPLY_POLICY}
        and (action not in SELDOM or chance.random() < 0.1)
    ]
    if not choices:
        return
    action = chance.choice(choices)
    if action is Action.ARCHIVE:
        build.clock.move(days=31)
    try:
        if action is Action.REAPPLY_POLICY:
            await _reapplied(build, ticket.number)
        else:
            by = await _doer(build, ticket, action, chance)
            await build.do(action, ticket.number, by=by, **_words(action, chance))
    except DomainError:
        after = await build.find(ticket.number)
        assert (after.status, after.version) == (ticket.status, ticket.version)


@pytest.mark.parametrize("seed", WALKS)
async def test_no_way_through_the_machine_breaks_a_rule(build: Build, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # repeatable on purpose
    if chance.random() < 0.7:
        async with build.acting("admin") as tx:
            await set_duty_holder(tx, department="hotline", username="supervisor.second")
    happenings, weights = list(HAPPENINGS), list(HAPPENINGS.values())
    ticket = await _begun(build, chance)
    for _ in range(STEPS):
        if ticket.status in OVER:
            ticket = await _begun(build, chance)
        number, round_before = ticket.number, ticket.round
        await chance.choices(happenings, weights)[0](build, chance)
        if chance.random() < 0.6:
            await work(build)
            await check_rungs(build, await build.find(number), is_swept=True)
        await _acted(build, await build.find(number), chance)
        ticket = await build.find(number)
        await check(build.session_maker, ticket, round_before)
        await check_rungs(build, ticket, is_swept=False)
