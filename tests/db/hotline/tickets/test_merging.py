"""One matter told by several: put together and parted again, every number answering, nobody lost."""

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from hotline.escalation.acts import act_once
from hotline.escalation.sweep import sweep_once
from hotline.kernel.outbox import OutboxMessage
from hotline.notices.models import Delivery
from hotline.notices.requesters import RequesterNews, tell_requester
from hotline.people.actions import set_duty_holder
from hotline.people.principal import REQUESTER
from hotline.sla.clocks import LIVE_STATES
from hotline.sla.logbook import read_versions
from hotline.sla.models import Clock, Threshold, ThresholdState
from hotline.tickets.actions.merging import merge_many
from hotline.tickets.errors import (
    FollowedByOthers,
    MatterEnded,
    MergeImpossible,
    MergeUnconfirmed,
    TicketNotFound,
    TooManyAtOnce,
)
from hotline.tickets.events import UnitCalled
from hotline.tickets.grouping import MOST_AT_ONCE, MergeProblem
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.models import (
    Audience,
    Commitment,
    RequestType,
    TicketEvent,
    TicketRequester,
    Urgency,
)
from hotline.tickets.queries import group_requesters
from hotline.tickets.verification import verify_histories
from tests.support.builders import Build

_A = Action
SEEDS = range(10)
_KEPT = (
    *("status", "hold", "round", "urgency", "request_type", "category_code", "area", "address"),
    *("is_secret", "owner_department_id", "holder_user_id", "holder_post", "policy_id", "level"),
    *("lead_department_id", "hop", "closure_code", "parent_id", "submitted_at", "accepted_at"),
    *("closed_at", "completed_at", "query_code", "title", "content"),
)


async def _snapshot(build: Build, number: str) -> dict[str, Any]:
    """Everything that parting must give back; clocks by what they have used and have left."""
    now = build.clock.now()
    ticket = await build.find(number)
    async with build.session_maker() as session:
        clocks = (
            await session.exec(
                select(Clock).where(Clock.ticket_id == ticket.id, col(Clock.state).in_(LIVE_STATES))
            )
        ).all()
        versions = await read_versions(session, clocks, {})
        told = {}
        for clock in clocks:
            calendar = versions[clock.calendar][clock.calendar_version]
            rungs = (
                await session.exec(select(Threshold).where(Threshold.clock_id == clock.id))
            ).all()
            used = clock.timing.used_by(calendar, now)
            told[clock.kind] = {
                "state": clock.state,
                "limit": clock.limit_seconds,
                "used": used,
                "left": calendar.elapsed(now, clock.due_at) if clock.due_at > now else None,
                "due_at": clock.due_at,
                "level": clock.level,
                "policy": clock.policy_id,
                "rungs": {
                    (rung.rung, rung.nth): (
                        rung.state,
                        rung.fired_at,
                        # What has not fired yet lies so much of its use ahead.
                        rung.target_microseconds - used,
                        rung.due_at if rung.state is ThresholdState.FIRED else None,
                    )
                    for rung in rungs
                },
            }
        people = (
            await session.exec(
                select(TicketRequester).where(TicketRequester.ticket_id == ticket.id)
            )
        ).all()
        promises = (
            await session.exec(select(Commitment).where(Commitment.ticket_id == ticket.id))
        ).all()
    return {
        "ticket": {name: getattr(ticket, name) for name in _KEPT},
        "clocks": told,
        "requesters": sorted((p.name, p.phone, p.phone_index, p.on_behalf_of) for p in people),
        "promises": [(p.number, p.state, p.content, p.outcome_at) for p in promises],
        "promised": [p.due_at for p in promises],
        "due_at": ticket.due_at,
    }


def _without_instants(snapshot: dict[str, Any]) -> dict[str, Any]:
    clocks = {
        kind: {name: value for name, value in told.items() if name != "due_at"}
        for kind, told in snapshot["clocks"].items()
    }
    left_out = {"due_at", "promised"}
    return {k: v for k, v in snapshot.items() if k not in left_out} | {"clocks": clocks}


async def _work(build: Build) -> None:
    maker, cipher, now = build.session_maker, build.cipher, build.clock.now()
    busy = True
    while busy:
        busy = (await sweep_once(maker, cipher, now=now)).may_be_more
        busy = await act_once(maker, cipher, now=now) or busy


async def _lived(build: Build, chance: random.Random) -> str:
    """Return a ticket at the desk that has been through this and that."""
    number = await build.ticket()
    for _ in range(chance.randrange(6)):
        build.clock.move(minutes=chance.choice([1, 7, 15, 20, 45, 300]))
        if chance.random() < 0.7:
            await _work(build)
        status = (await build.find(number)).status
        what = chance.choice(["papers", "again", "accept", "urge", "note"])
        if what == "papers" and status is Status.SUBMITTED:
            await build.do(_A.REQUEST_SUPPLEMENT, number)
            build.clock.move(minutes=chance.randrange(1, 90))
            await build.do(_A.PROVIDE_SUPPLEMENT, number)
        elif what == "again":
            urgency = Urgency.P1 if (await build.find(number)).urgency is Urgency.P2 else Urgency.P2
            await build.do(_A.RECLASSIFY, number, urgency=urgency)
        elif what == "accept" and status is Status.SUBMITTED:
            await build.do(_A.ACCEPT, number)
        elif what == "urge":
            await build.do(_A.URGE, number)
    state = await build.find(number)
    return number if state.hold is None else await build.ticket()


@pytest.mark.parametrize("seed", SEEDS)
async def test_merging_and_parting_is_the_identity(build: Build, seed: int) -> None:
    """On clocks, rungs, promise, holder, level and contacts; the timeline only grows."""
    chance = random.Random(seed)  # noqa: S311  # repeatable on purpose
    async with build.acting("admin") as tx:
        await set_duty_holder(tx, department="hotline", username="supervisor.second")
    parent = await build.ticket(Status.PROCESSING)
    number = await _lived(build, chance)
    build.clock.move(minutes=chance.choice([0, 3, 29, 31]))
    if chance.random() < 0.5:
        await _work(build)
    before = await _snapshot(build, number)
    rows_before = await _rows(build, number)
    await build.do(_A.MERGE, number, parent=parent)
    await build.do(_A.SPLIT, number)
    assert await _snapshot(build, number) == before
    # And again, with time going by: to the microsecond, what was left is left.
    await build.do(_A.MERGE, number, parent=parent)
    build.clock.move(hours=chance.choice([0.01, 5, 40, 300]), seconds=chance.random())
    after = await _snapshot(build, number)
    assert after["due_at"] is None
    await build.do(_A.SPLIT, number)
    after = await _snapshot(build, number)
    assert _without_instants(after) == _without_instants(before)
    for promised, was in zip(after["promised"], before["promised"], strict=True):
        assert promised >= was
    rows_after = await _rows(build, number)
    assert rows_after[: len(rows_before)] == rows_before
    async with build.session_maker() as session:
        for one in (number, parent):
            async for found in verify_histories(session, one):
                assert not found.faults
    # Nothing that had fired fires again, whatever comes.
    build.clock.move(days=3)
    await _work(build)
    async with build.session_maker() as session:
        fired = (
            await session.exec(
                select(TicketEvent.details).where(
                    TicketEvent.ticket_id == (await build.find(number)).id,
                    TicketEvent.action == "clock_fired",
                )
            )
        ).all()
    told = [(d["clock"], d["level"], d["nth"], d["due_at"]) for d in fired]
    assert len(told) == len(set(told))


async def _rows(build: Build, number: str) -> list[bytes]:
    ticket = await build.find(number)
    async with build.session_maker() as session:
        return list(
            (
                await session.exec(
                    select(TicketEvent.hash)
                    .where(TicketEvent.ticket_id == ticket.id)
                    .order_by(col(TicketEvent.seq))
                )
            ).all()
        )


async def test_time_together_is_counted_on_the_parent_only(build: Build) -> None:
    parent = await build.ticket(Status.PROCESSING)
    number = await build.ticket()
    build.clock.move(minutes=10)
    await build.do(_A.MERGE, number, parent=parent)
    build.clock.move(days=9)
    await _work(build)
    ticket = await build.do(_A.SPLIT, number)
    assert ticket.due_at == build.clock.now() + timedelta(minutes=20)
    assert ticket.level.value == "green"


async def test_who_has_left_the_house_holds_nothing(build: Build) -> None:
    async with build.acting("admin") as tx:
        await set_duty_holder(tx, department="hotline", username="supervisor.second")
    number = await build.ticket()
    await build.do(_A.HAND_TO_DUTY_HEAD, number)
    head = (await build.find(number)).holder_user_id
    assert head is not None
    await build.do(_A.MERGE, number)
    ticket = await build.do(_A.SPLIT, number)
    assert ticket.holder_user_id == head


# -- guards ----------------------------------------------------------------------------------------


async def test_what_may_not_be_put_together(build: Build) -> None:
    parent, child, other = [await build.ticket() for _ in range(3)]
    secret = await build.ticket(secret=True)
    await build.do(_A.MERGE, child, parent=parent)
    refusals = [
        (other, other, MergeProblem.SAME_TICKET),
        (other, child, MergeProblem.PARENT_FOLLOWS),
        (parent, child, MergeProblem.PARENT_FOLLOWS),
        (parent, other, MergeProblem.HAS_FOLLOWERS),
        (secret, parent, MergeProblem.SECRECY),
        (other, secret, MergeProblem.SECRECY),
        (other, await build.ticket(Status.CLOSED), MergeProblem.PARENT_ENDED),
    ]
    for number, of, problem in refusals:
        with pytest.raises(MergeImpossible) as caught:
            await build.do(_A.MERGE, number, parent=of)
        assert caught.value.params["problem"] is problem
    with pytest.raises(FollowedByOthers):
        await build.do(_A.WITHDRAW, parent)
    await build.do(_A.SPLIT, child)
    await build.do(_A.WITHDRAW, parent)


async def test_what_differs_is_confirmed(build: Build) -> None:
    parent = await build.ticket(Status.DISPATCHED)
    number = await build.ticket(request_type=RequestType.COMPLAINT, area="老城街道")
    with pytest.raises(MergeUnconfirmed) as caught:
        await build.do(_A.MERGE, number, parent=parent)
    assert len(caught.value.params["differences"]) == 2  # type: ignore[arg-type]
    assert (await build.do(_A.MERGE, number, parent=parent, is_confirmed=True)).parent_id


async def test_many_at_once_or_none(build: Build) -> None:
    parent = await build.ticket(Status.DISPATCHED)
    numbers = [await build.ticket() for _ in range(3)]
    async with build.acting("dispatcher") as tx:
        assert len(await merge_many(tx, parent, [*numbers, parent])) == 3
    more, closed = await build.ticket(), await build.ticket(Status.CLOSED)
    with pytest.raises(Exception, match="illegal-transition"):
        async with build.acting("dispatcher") as tx:
            await merge_many(tx, parent, [more, closed])
    assert (await build.find(more)).status is Status.SUBMITTED
    with pytest.raises(TooManyAtOnce):
        async with build.acting("dispatcher") as tx:
            await merge_many(tx, parent, [str(n) for n in range(MOST_AT_ONCE + 1)])


async def test_parting_from_what_has_ended(build: Build) -> None:
    parent = await build.ticket(Status.PENDING_VISIT)
    early, late = await build.ticket(), await build.ticket()
    for number in (early, late):
        await build.do(_A.MERGE, number, parent=parent)
    await build.ask_everybody(parent)
    build.clock.move(days=15)
    assert (await build.do(_A.SPLIT, early)).status is Status.SUBMITTED
    build.clock.move(seconds=1)
    with pytest.raises(MatterEnded):
        await build.do(_A.SPLIT, late)
    # Opened again, it is a matter to be parted from again.
    again = await build.ticket(Status.PENDING_VISIT)
    third = await build.ticket()
    await build.do(_A.MERGE, third, parent=again)
    await build.ask_everybody(again)
    await build.do(_A.REOPEN, again)
    build.clock.move(days=40)
    assert (await build.do(_A.SPLIT, third)).parent_id is None


async def test_both_timelines_tell_it_and_neither_shows_the_other_one(build: Build) -> None:
    parent, number = await build.ticket(Status.PROCESSING), await build.ticket()
    await build.do(_A.MERGE, number, parent=parent)
    await build.do(_A.URGE, number, by=REQUESTER, note="我家也没水")
    await build.do(_A.CONTRIBUTE, number, by=REQUESTER, text="三号楼也一样")
    await build.do(_A.SPLIT, number)
    ticket = await build.find(parent)
    async with build.session_maker() as session:
        rows = (
            await session.exec(
                select(TicketEvent)
                .where(TicketEvent.ticket_id == ticket.id)
                .order_by(col(TicketEvent.seq).desc())
                .limit(4)
            )
        ).all()
    assert [row.action for row in rows] == [_A.SPLIT, _A.CONTRIBUTE, _A.URGE, _A.MERGE]
    assert {row.audience for row in rows} == {Audience.STAFF}
    assert {row.details["child"] for row in rows} == {number}
    assert ticket.status is Status.PROCESSING
    async with build.session_maker() as session:
        calls = (
            await session.exec(select(OutboxMessage).where(OutboxMessage.topic == "unit_called"))
        ).all()
    assert [call.payload["ticket_number"] for call in calls] == [parent, parent]  # urged, added to


async def test_nobody_speaks_for_a_matter_that_has_ended(build: Build) -> None:
    parent, number = await build.ticket(Status.PENDING_VISIT), await build.ticket()
    await build.do(_A.MERGE, number, parent=parent)
    await build.ask_everybody(parent)
    for action in (_A.URGE, _A.CONTRIBUTE):
        with pytest.raises(MatterEnded):
            await build.do(action, number)
    with pytest.raises(TicketNotFound):
        await build.do(_A.URGE, "2603029999990")


# -- everybody is kept and told --------------------------------------------------------------------


async def test_everybody_is_told_once_under_his_own_number(build: Build) -> None:
    parent = await build.ticket(Status.PROCESSING)
    numbers = [await build.ticket(requester_phone=f"1390000200{n}") for n in range(3)]
    silent = await build.ticket(requester_phone=None)
    for number in (*numbers, silent):
        await build.do(_A.MERGE, number, parent=parent)
    await build.do(_A.SPLIT, numbers[0])
    ticket = await build.find(parent)
    async with build.acting("operator") as tx:
        fact = (
            await tx.session.exec(
                select(OutboxMessage).where(OutboxMessage.topic == "requester_concerned").limit(1)
            )
        ).one()
    for _ in range(2):
        async with build.acting("operator") as tx:
            await tell_requester(tx, ticket.id, RequesterNews.CLOSED, fact_id=fact.id)
    async with build.session_maker() as session:
        told = (await session.exec(select(Delivery.ticket_number))).all()
        family = await group_requesters(session, ticket.id)
    assert sorted(str(number) for number in told) == sorted([parent, *numbers[1:]])
    assert [row.number for row in family] == [parent, *numbers[1:], silent]
    codes = {number: (await build.find(number)).query_code for number in numbers[1:]}
    assert {row.number: row.query_code for row in family if row.number in codes} == codes


async def test_putting_together_and_parting_is_told(build: Build) -> None:
    number = await build.ticket()
    await build.follow(number, _A.MERGE, timedelta(minutes=1), _A.SPLIT)
    async with build.session_maker() as session:
        facts = (
            await session.exec(
                select(OutboxMessage)
                .where(OutboxMessage.topic == "requester_concerned")
                .order_by(col(OutboxMessage.id))
            )
        ).all()
    assert [(f.payload["ticket_number"], f.payload["news"]) for f in facts] == [
        (number, "merged"),
        (number, "split"),
    ]


async def test_what_a_requester_adds_is_told_to_whoever_does_the_work(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    before = await build.find(number)
    await build.do(_A.CONTRIBUTE, number, by=REQUESTER, text="又多了一盏")
    after = await build.find(number)
    assert (after.status, after.hold, after.due_at) == (before.status, before.hold, before.due_at)
    async with build.session_maker() as session:
        facts = (
            await session.exec(
                select(OutboxMessage.payload).where(OutboxMessage.topic == UnitCalled.topic)
            )
        ).all()
    assert [fact["call"] for fact in facts if fact["ticket_number"] == number] == ["added"]
