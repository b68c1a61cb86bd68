"""Matters wander at random through real actions, hours passing, the sweeper at work.

After every step the same things hold: rules that no sequence of actions may break.
"""

import random
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.escalation.sweep import sweep_once
from hotline.kernel.db import SessionMaker
from hotline.kernel.errors import DomainError
from hotline.procedures.rules import ReturnReason
from hotline.sla.clocks import LIVE_STATES
from hotline.sla.models import Clock
from hotline.tickets.assignments import AssignmentRole
from hotline.tickets.history import REBUILT, rebuild, snapshot, verify_chain
from hotline.tickets.lifecycle import (
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
from tests.support.builders import DOINGS, Build

WALKS = 12
STEPS = 45
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
    Action.DECIDE_SUSPENSION: _decided,
    Action.DECIDE_RECTIFICATION: _decided,
    Action.DECIDE_FINAL_REPLY: _decided,
}
"""The several ends that an action can come to."""


def _words(action: Action, chance: random.Random) -> dict[str, Any]:
    return ENDS[action](chance) if action in ENDS else {}


async def _doer(build: Build, ticket: Ticket, action: Action, chance: random.Random) -> str:
    usual = DOINGS[action].by
    if "." not in usual or usual.endswith(".second"):
        return usual
    units = {number: code for code, number in build.city.departments.items()}
    if action is Action.SUBMIT_OPINION:
        return f"handler.{chance.choice(UNITS)}"
    role = usual.partition(".")[0]
    return f"{role}.{units.get(ticket.lead_department_id or 0, 'huanbao')}"


async def timeline_rows(session: AsyncSession, ticket_id: uuid.UUID) -> list[Mapping[str, Any]]:
    found = await session.exec(  # type: ignore[call-overload]
        sa.text("SELECT * FROM ticket_events WHERE ticket_id = :id ORDER BY seq, id"),
        params={"id": ticket_id},
    )
    return list(found.mappings())


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
        rows = await timeline_rows(session, ticket.id)
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
    assert verify_chain(rows, ticket.history_count, ticket.history_head) == [], where
    rebuilt = rebuild(rows)
    stored = {
        **snapshot(ticket),
        "status": ticket.status.value,
        "hold": ticket.hold.value if ticket.hold else None,
        "round": ticket.round,
    }
    assert {name: rebuilt[name] for name in (*REBUILT, "status", "hold", "round")} == stored, where
    active = [promise for promise in promises if promise.state is CommitmentState.ACTIVE]
    assert len(active) <= 1, where
    if ticket.status in HANDED_OVER:
        assert promises, where
    if not is_held:
        assert not clocks, where
        assert not active, where
        assert ticket.due_at is None, where
    else:
        guides = [clock.due_at for clock in clocks if clock.kind in guiding_clocks(state)]
        assert ticket.due_at == min(guides), where
    leads = [task for task in tasks if task.role is AssignmentRole.LEAD]
    assert len(leads) == int(ticket.status in HANDED_OVER), where
    if leads:
        assert leads[0].department_id == ticket.lead_department_id, where


@pytest.mark.parametrize("seed", range(WALKS))
async def test_no_way_through_the_machine_breaks_a_rule(build: Build, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # repeatable on purpose
    number = (await build.create()).number
    done = 0
    for _ in range(STEPS):
        before = await build.find(number)
        choices = actions_from(State(before.status, before.hold))
        quiet = {Action.NOTE, Action.URGE}
        choices = tuple(
            c for c in choices if c in DOINGS and (c not in quiet or chance.random() < 0.1)
        )
        if not choices:
            break
        build.clock.move(minutes=chance.choice([0, 1, 10, 90, 600, 1500]))
        if chance.random() < 0.5:
            await sweep_once(build.session_maker, build.cipher, now=build.clock.now())
        action = chance.choice(choices)
        if action is Action.ARCHIVE:
            build.clock.set(build.clock.now() + timedelta(days=31))
        try:
            await build.do(
                action,
                number,
                by=await _doer(build, before, action, chance),
                **_words(action, chance),
            )
            done += 1
        except DomainError:
            after = await build.find(number)
            assert (after.status, after.version) == (before.status, before.version)
        await check(build.session_maker, await build.find(number), before.round)
    assert done >= 1
