"""Policies in versions, what they would do to tickets, and open tickets put under another one."""

import copy
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select

from hotline.escalation.sweep import sweep_once
from hotline.people.principal import PermissionDenied, Tx
from hotline.sla.actions import DefaultPolicyNeeded, Draft, UnknownPolicy
from hotline.sla.clocks import Change, ClockState
from hotline.sla.differences import differences
from hotline.sla.models import Clock, ClockChange, PolicyVersion, Threshold, ThresholdState
from hotline.sla.policy import ClockKind, InvalidPolicy, Level, Limit, Rung
from hotline.sla.queries import find_policy, list_policy_versions
from hotline.tickets.actions.policies import (
    NothingChanges,
    preview_draft,
    publish_policy,
    reapply_policy,
    reapply_to,
    restore_preset,
    roll_back_policy,
    switch_policy,
)
from hotline.tickets.errors import UnknownCode
from hotline.tickets.history import rebuild, snapshot, verify_chain
from hotline.tickets.lifecycle import Action, ActionForbidden, Hold, IllegalTransition, Status
from hotline.tickets.models import (
    Commitment,
    CommitmentState,
    Programme,
    RequestType,
    Ticket,
    TicketEvent,
    Urgency,
)
from hotline.tickets.reapplication import SHOWN, Preview, numbers_to_reapply
from hotline.tickets.verification import verify_histories
from tests.support.builders import Build
from tests.support.queries import count_queries

FAST = "fast-24"
WHY = "新政策施行"


async def definition_of(build: Build, code: str = FAST) -> dict[str, Any]:
    async with build.session_maker() as session:
        row = await find_policy(session, code)
    assert row is not None
    return copy.deepcopy(row.definition)


async def draft_of(build: Build, code: str = FAST, **clocks: Mapping[str, Any]) -> Draft:
    """The newest version with some clocks' rules changed."""
    definition = await definition_of(build, code)
    for kind, rule in clocks.items():
        definition["clocks"][kind] = definition["clocks"].get(kind, {}) | rule
    return Draft(code=code, name=code, definition=definition)


async def publish(build: Build, code: str = FAST, **clocks: Mapping[str, Any]) -> int:
    async with build.acting("admin") as tx:
        row = await publish_policy(tx, await draft_of(build, code, **clocks))
    return row.id


async def reapply(build: Build, number: str, **words: Any) -> bool:
    async with build.acting("admin") as tx:
        return await reapply_policy(tx, number, reason=WHY, **words)


async def previewed(build: Build, draft: Draft) -> Preview:
    async with build.acting("admin") as tx:
        return await preview_draft(tx, draft)


async def clock_of(build: Build, number: str, kind: ClockKind) -> Clock:
    ticket = await build.find(number)
    async with build.session_maker() as session:
        return (
            await session.exec(
                select(Clock)
                .where(Clock.ticket_id == ticket.id, Clock.kind == kind)
                .order_by(col(Clock.started_at).desc())
            )
        ).first() or pytest.fail("there is no such clock")


async def rungs_of(build: Build, clock: Clock) -> dict[str, Threshold]:
    async with build.session_maker() as session:
        rows = await session.exec(select(Threshold).where(Threshold.clock_id == clock.id))
        return {f"{Rung(row.rung).value}{row.nth if row.nth > 1 else ''}": row for row in rows}


async def events_of(build: Build, number: str) -> Sequence[TicketEvent]:
    ticket = await build.find(number)
    async with build.session_maker() as session:
        rows = await session.exec(
            select(TicketEvent)
            .where(TicketEvent.ticket_id == ticket.id)
            .order_by(col(TicketEvent.seq))
        )
        return rows.all()


async def promise_of(build: Build, number: str) -> Commitment:
    ticket = await build.find(number)
    async with build.session_maker() as session:
        return (
            await session.exec(select(Commitment).where(Commitment.ticket_id == ticket.id))
        ).one()


async def sweep(build: Build) -> None:
    while (await sweep_once(build.session_maker, build.cipher, now=build.clock.now())).may_be_more:
        pass


async def whole(build: Build) -> None:
    """Nothing is wrong with any timeline or any clock's log."""
    async with build.session_maker() as session:
        async for verified in verify_histories(session):
            assert verified.faults == {}


# -- versions --------------------------------------------------------------------------------------


async def test_an_edit_leaves_the_deadlines_of_open_tickets_unchanged(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    before = await build.find(number)
    clock = await clock_of(build, number, ClockKind.COMPLETE)
    rungs = {word: row.due_at for word, row in (await rungs_of(build, clock)).items()}
    await publish(build, complete={"limit": "PT2H"}, visit={"limit": "PT1H"})
    after = await build.find(number)
    assert (after.policy_id, after.due_at) == (before.policy_id, before.due_at)
    same = await clock_of(build, number, ClockKind.COMPLETE)
    assert (same.limit_seconds, same.due_at) == (clock.limit_seconds, clock.due_at)
    assert {word: row.due_at for word, row in (await rungs_of(build, same)).items()} == rungs
    # The steps that follow are counted by the version that the ticket started with as well.
    await build.follow(number, Action.CONTACT, Action.SUBMIT_FEEDBACK, Action.PASS_AUDIT)
    assert (await clock_of(build, number, ClockKind.VISIT)).limit_seconds == 24 * 3600
    assert (await build.find(await build.ticket(Status.PROCESSING))).due_at == (
        build.clock.now() + timedelta(hours=2)
    )


async def test_an_earlier_version_is_published_once_more(build: Build) -> None:
    first = await definition_of(build)
    await publish(build, accept={"limit": "PT10M"})
    async with build.acting("admin") as tx:
        row = await roll_back_policy(tx, FAST, 1)
        assert (row.version, row.definition, row.is_default) == (3, first, True)
        with pytest.raises(UnknownPolicy):
            await roll_back_policy(tx, FAST, 9)
    async with build.session_maker() as session:
        newest, second, _ = await list_policy_versions(session, FAST)
    (found,) = differences(second.definition, newest.definition)
    assert (found.part, found.before, found.after) == ("clocks.accept.limit", "PT10M", "PT30M")


async def test_switching_on_and_off_is_a_version_as_well(build: Build) -> None:
    async with build.acting("admin") as tx:
        row = await switch_policy(tx, "general-5", is_active=True)
        assert (row.version, row.is_active) == (2, True)
    assert (await build.find(await build.ticket())).policy_id == row.id
    async with build.acting("admin") as tx:
        row = await switch_policy(tx, "general-5", is_active=False)
        assert (row.version, row.is_active) == (3, False)
        with pytest.raises(DefaultPolicyNeeded):
            await switch_policy(tx, FAST, is_active=False)
        with pytest.raises(UnknownPolicy):
            await switch_policy(tx, "nothing", is_active=True)


async def test_a_preset_is_restored(build: Build) -> None:
    first = await definition_of(build, "p1")
    await publish(build, "p1", accept={"limit": "PT1H"})
    async with build.acting("admin") as tx:
        row = await restore_preset(tx, "p1")
        assert (row.version, row.definition, row.name) == (3, first, "紧急")
        with pytest.raises(UnknownPolicy):
            await restore_preset(tx, "own")


async def test_only_an_administrator_changes_policies(build: Build) -> None:
    draft = await draft_of(build)
    async with build.acting("supervisor") as tx:
        for attempt in (
            publish_policy(tx, draft),
            preview_draft(tx, draft),
            roll_back_policy(tx, FAST, 1),
            switch_policy(tx, "p0", is_active=False),
            restore_preset(tx, FAST),
        ):
            with pytest.raises(PermissionDenied):
                await attempt
    number = await build.ticket()
    async with build.acting("supervisor") as tx:
        with pytest.raises(ActionForbidden):
            await reapply_policy(tx, number, reason=WHY)


@pytest.mark.parametrize(
    ("match", "clocks", "word", "known"),
    [
        ({"urgency": ["p9"]}, {}, "'p9'", "p0, p1, p2, p3"),
        ({"channel": ["pigeon"]}, {}, "'pigeon'", "phone, web"),
        ({"programme": ["moon"]}, {}, "'moon'", "general, enterprise"),
        ({"request_type": ["wish"]}, {}, "'wish'", "consult, help"),
        ({"category": ["urban", "rural"]}, {}, "'rural'", "housing, urban"),
        ({"area": ["月球"]}, {}, "'月球'", "新城街道"),
        ({}, {"accept": {"calendar": "lunar"}}, "'lunar'", "natural, working"),
        ({}, {"complete": {"by_type": {"wish": "P1D"}}}, "'wish'", "consult, help"),
    ],
)
async def test_an_unknown_word_is_refused_and_the_known_ones_are_named(
    build: Build, match: dict[str, Any], clocks: dict[str, Any], word: str, known: str
) -> None:
    await build.ticket()
    draft = await draft_of(build, **clocks)
    unknown = Draft(code="own", name="自定", definition={**draft.definition, "match": match})
    for attempt in (publish_policy, preview_draft):
        async with build.acting("admin") as tx:
            with pytest.raises(InvalidPolicy) as refused:
                await attempt(tx, unknown)
            await tx.session.rollback()
        assert word in str(refused.value.params["problem"])
        assert known in str(refused.value.params["problem"])


async def test_where_no_ticket_has_an_area_every_area_is_taken(build: Build) -> None:
    definition = {**await definition_of(build), "match": {"area": ["东城"]}}
    async with build.acting("admin") as tx:
        await publish_policy(tx, Draft(code="east", name="东城", definition=definition))
    number = await build.ticket(area="东城")
    async with build.session_maker() as session:
        east = await find_policy(session, "east")
    assert east is not None
    assert (await build.find(number)).policy_id == east.id


# -- re-application --------------------------------------------------------------------------------


async def test_what_a_clock_has_used_stays_used(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    begun = build.clock.now()
    build.clock.move(hours=10)
    version = await publish(build, complete={"limit": "PT36H"})
    before = await build.find(number)
    assert await reapply(build, number)
    after = await build.find(number)
    clock = await clock_of(build, number, ClockKind.COMPLETE)
    assert clock.due_at == after.due_at == begun + timedelta(hours=36)
    assert clock.used_microseconds == 10 * 3600 * 1_000_000
    assert (after.policy_id, clock.policy_id) == (version, version)
    assert (await promise_of(build, number)).due_at == clock.due_at
    rungs = await rungs_of(build, clock)
    assert {word: rung.due_at - begun for word, rung in rungs.items()} == {
        "yellow": timedelta(hours=21.6),
        "orange": timedelta(hours=28.8),
        "red": timedelta(hours=36),
    }
    event = (await events_of(build, number))[-1]
    assert (event.action, event.text, event.role) == (Action.REAPPLY_POLICY, WHY, "admin")
    assert event.changes == {"policy_id": version}
    assert event.policy_id == version
    assert event.details["policy"] == {
        "from": {"code": FAST, "version": 1},
        "to": {"code": FAST, "version": 2},
    }
    (moved,) = event.details["clocks"]
    assert before.due_at is not None
    was, now = before.due_at.isoformat(), clock.due_at.isoformat()
    assert moved["clock"] == "complete"
    assert moved["due_at"] == event.details["promise_due_at"] == {"from": was, "to": now}
    assert moved["limit_seconds"] == {"from": 86400, "to": 129600}
    await whole(build)


async def test_done_once_more_nothing_changes(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    assert not await reapply(build, number)
    await publish(build, complete={"limit": "PT36H"})
    assert await reapply(build, number)
    before = await build.find(number)
    build.clock.move(hours=1)
    assert not await reapply(build, number)
    assert (await build.find(number)).version == before.version


async def test_a_shorter_limit_never_makes_anybody_overdue_before_the_change(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    build.clock.move(hours=10)
    await publish(build, complete={"limit": "PT4H"})
    assert await reapply(build, number)
    clock = await clock_of(build, number, ClockKind.COMPLETE)
    assert clock.due_at == build.clock.now()
    assert (await build.find(number)).due_at == build.clock.now()
    await sweep(build)
    rungs = await rungs_of(build, clock)
    for word in ("yellow", "orange", "red"):
        assert (rungs[word].state, rungs[word].late_by_seconds) == (ThresholdState.FIRED, 0)
    assert (await build.find(number)).level is Level.RED
    await whole(build)


async def test_from_natural_to_working_time(build: Build) -> None:
    """Ten natural hours are used; what remains of five working days is counted in working time."""
    number = await build.ticket(Status.PROCESSING)
    build.clock.move(hours=10)
    await publish(build, complete={"limit": "P5D", "calendar": "working"})
    assert await reapply(build, number)
    clock = await clock_of(build, number, ClockKind.COMPLETE)
    assert (clock.calendar, clock.calendar_version) == ("working", "working-1")
    # Monday 19:00: 25 of 35 working hours remain, seven a day, from Tuesday morning on.
    assert clock.used_microseconds == 10 * 3600 * 1_000_000
    assert clock.since == build.clock.now()
    assert clock.due_at.isoformat() == "2026-03-06T06:00:00+00:00"
    async with build.session_maker() as session:
        (change,) = await session.exec(select(ClockChange).where(ClockChange.clock_id == clock.id))
    assert (change.change, change.previous_calendar_version) == (Change.REAPPLIED, "1")
    await whole(build)


async def test_work_that_was_handed_in_in_time_stays_in_time(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    build.clock.move(hours=10)
    await build.follow(number, Action.CONTACT, Action.SUBMIT_FEEDBACK)
    build.clock.move(hours=1)
    await publish(build, complete={"limit": "PT4H"})
    assert await reapply(build, number)
    clock = await clock_of(build, number, ClockKind.COMPLETE)
    assert clock.state is ClockState.SUBMITTED
    assert clock.due_at == build.clock.now() - timedelta(hours=1)
    assert {rung.state for rung in (await rungs_of(build, clock)).values()} == {
        ThresholdState.DISARMED
    }
    await sweep(build)
    await build.do(Action.PASS_AUDIT, number)
    assert (await clock_of(build, number, ClockKind.COMPLETE)).state is ClockState.MET
    assert (await promise_of(build, number)).state is CommitmentState.KEPT
    await whole(build)


async def test_work_sent_back_goes_on_under_the_new_limit(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    begun = build.clock.now()
    build.clock.move(hours=10)
    await build.follow(number, Action.CONTACT, Action.SUBMIT_FEEDBACK)
    await publish(build, complete={"limit": "PT48H"})
    build.clock.move(hours=1)
    assert await reapply(build, number)
    build.clock.move(hours=1)
    await build.do(Action.REJECT_AUDIT, number)
    clock = await clock_of(build, number, ClockKind.COMPLETE)
    assert clock.due_at == begun + timedelta(hours=48)
    red = (await rungs_of(build, clock))["red"]
    assert (red.state, red.due_at) == (ThresholdState.ARMED, clock.due_at)
    await whole(build)


async def test_a_clock_that_waits_goes_on_with_what_remains_of_the_new_limit(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    build.clock.move(hours=10)
    await build.do(Action.REQUEST_SUPPLEMENT, number)
    build.clock.move(hours=5)
    await publish(build, complete={"limit": "PT30H"}, supplement={"limit": "P5D"})
    assert await reapply(build, number)
    build.clock.move(hours=5)
    await build.do(Action.PROVIDE_SUPPLEMENT, number)
    clock = await clock_of(build, number, ClockKind.COMPLETE)
    assert clock.due_at == build.clock.now() + timedelta(hours=20)
    assert (await rungs_of(build, clock))["red"].due_at == clock.due_at
    await whole(build)


async def test_time_given_back_does_not_undo_what_has_happened(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    begun = build.clock.now()
    build.clock.move(hours=25)
    await sweep(build)
    await publish(build, complete={"limit": "PT48H"})
    async with build.session_maker() as session:
        count, _ = await numbers_to_reapply(session, FAST, limit=10)
    assert count == 1
    assert await reapply(build, number)
    clock = await clock_of(build, number, ClockKind.COMPLETE)
    rungs = await rungs_of(build, clock)
    assert clock.due_at == begun + timedelta(hours=48)
    assert clock.level is Level.RED
    assert rungs["red"].state is ThresholdState.FIRED
    # What lies beyond red moves with the limit.
    assert rungs["order"].due_at == begun + timedelta(hours=48 + 12)
    assert (await build.find(number)).level is Level.RED
    await whole(build)


async def test_a_broken_promise_stays_broken(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    build.clock.move(hours=30)
    await build.follow(number, Action.CONTACT, Action.SUBMIT_FEEDBACK, Action.PASS_AUDIT)
    broken = await promise_of(build, number)
    assert broken.state is CommitmentState.BROKEN
    await publish(build, complete={"limit": "PT48H"}, visit={"limit": "PT48H"})
    assert await reapply(build, number)
    still = await promise_of(build, number)
    assert (still.state, still.due_at) == (CommitmentState.BROKEN, broken.due_at)


async def test_a_stricter_promise_and_granted_time_survive(build: Build) -> None:
    strict = await build.ticket()
    words = {"handler_limit": Limit.parse("PT12H")}
    await build.follow(strict, (Action.ACCEPT, words), Action.DISPATCH, Action.SIGN)
    granted = await build.ticket(Status.PROCESSING)
    begun = build.clock.now()
    await build.follow(granted, Action.REQUEST_EXTENSION, Action.DECIDE_EXTENSION)
    assert (await build.find(granted)).due_at == begun + timedelta(hours=36)
    await publish(build, complete={"limit": "PT30H"})
    assert await reapply(build, strict)
    assert await reapply(build, granted)
    assert (await build.find(strict)).due_at == begun + timedelta(hours=12)
    assert (await build.find(granted)).due_at == begun + timedelta(hours=42)
    await publish(build, complete={"limit": "PT6H"})
    assert await reapply(build, strict)
    assert (await build.find(strict)).due_at == begun + timedelta(hours=6)
    await whole(build)


async def test_a_promise_before_dispatch_follows_both_limits(build: Build) -> None:
    number = await build.ticket(Status.ACCEPTED)
    begun = build.clock.now()
    await publish(build, dispatch={"limit": "PT2H"}, complete={"limit": "PT30H"})
    assert await reapply(build, number)
    assert (await build.find(number)).due_at == begun + timedelta(hours=2)
    assert (await promise_of(build, number)).due_at == begun + timedelta(hours=32)


async def test_a_plan_keeps_its_own_dates(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING, Hold.RECTIFICATION)
    before = await build.find(number)
    await publish(build, complete={"limit": "PT2H"}, co_opinion={"limit": "PT1H"})
    assert await reapply(build, number)
    assert (await build.find(number)).due_at == before.due_at


async def test_warnings_are_laid_out_anew(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    begun = build.clock.now()
    await publish(build, complete={"warnings": ["P2D", "PT6H"]})
    assert await reapply(build, number)
    clock = await clock_of(build, number, ClockKind.COMPLETE)
    rungs = await rungs_of(build, clock)
    assert rungs["yellow"].state is ThresholdState.SKIPPED
    assert rungs["orange"].due_at == begun + timedelta(hours=18)
    await publish(build, complete={"limit": "P5D"})
    assert await reapply(build, number)
    rungs = await rungs_of(build, clock)
    assert rungs["yellow"].state is ThresholdState.ARMED
    assert rungs["yellow"].due_at == begun + timedelta(days=3)
    assert rungs["yellow"].reason is None


async def test_only_an_open_ticket_is_put_under_another_policy(build: Build) -> None:
    number = await build.ticket(Status.CLOSED)
    await publish(build, visit={"limit": "PT1H"})
    with pytest.raises(IllegalTransition):
        await reapply(build, number)


async def test_a_given_version_may_be_asked_for(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    first = (await build.find(number)).policy_id
    await publish(build, complete={"limit": "PT36H"})
    assert await reapply(build, number)
    assert await reapply(build, number, policy_id=first)
    assert (await build.find(number)).policy_id == first
    assert (await clock_of(build, number, ClockKind.COMPLETE)).limit_seconds == 86400


# -- preview ---------------------------------------------------------------------------------------


async def test_the_preview_says_what_re_applying_does(build: Build) -> None:
    waiting = await build.ticket()
    begun = build.clock.now()
    working = await build.ticket(Status.PROCESSING)
    await build.ticket(urgency=Urgency.P0)
    await build.ticket(Status.CLOSED)
    build.clock.move(hours=10)
    draft = await draft_of(build, accept={"limit": "PT20H"}, complete={"limit": "PT4H"})
    preview = await previewed(build, draft)
    assert preview.open_count == 2
    found = {move.number: move for move in preview.tickets}
    assert set(found) == {waiting, working}
    (accept,) = found[waiting].clocks
    assert (accept.kind, accept.new_due_at) == (ClockKind.ACCEPT, begun + timedelta(hours=20))
    assert (accept.was_overdue, accept.is_overdue_at_once) == (True, False)
    (complete,) = found[working].clocks
    assert (complete.gained_seconds, complete.is_overdue_at_once) == (-14 * 3600, True)
    assert found[working].new_promise_due_at == build.clock.now()
    assert preview.new is not None
    assert (preview.new.submitted, preview.new.under, preview.new.taken) == (4, 3, 0)
    # It has changed nothing, and doing it comes to the same.
    async with build.session_maker() as session:
        assert len(await list_policy_versions(session, FAST)) == 1
    async with build.acting("admin") as tx:
        await publish_policy(tx, draft)
    for number in (waiting, working):
        assert await reapply(build, number)
        (clock,) = found[number].clocks
        assert (await build.find(number)).due_at == clock.new_due_at
        assert (await clock_of(build, number, clock.kind)).limit_seconds == clock.new_limit_seconds


async def test_a_policy_that_takes_tickets_from_another(build: Build) -> None:
    for request_type in (RequestType.HELP, RequestType.HELP, RequestType.CONSULT):
        await build.ticket(request_type=request_type)
    build.clock.move(days=8)
    await build.ticket()
    definition = await definition_of(build, "general-5")
    draft = Draft(code="general-5", name="一般五日", definition=definition)
    preview = await previewed(build, draft)
    assert preview.open_count == 3
    assert {move.before.policy.code for move in preview.tickets} == {FAST}
    assert {move.after.policy.code for move in preview.tickets} == {"general-5"}
    assert preview.new is not None
    assert (preview.new.submitted, preview.new.taken, preview.new.left) == (1, 1, 0)
    off = Draft(
        code="consult",
        name="咨询",
        definition=await definition_of(build, "consult"),
        is_active=False,
    )
    assert (await previewed(build, off)).open_count == 1


async def test_the_same_definition_touches_nothing(build: Build) -> None:
    await build.ticket(Status.PROCESSING)
    assert (await previewed(build, await draft_of(build))).open_count == 0


GENERATE = """
INSERT INTO tickets (id, number, query_code, status, urgency, channel, programme,
    request_type, title, content, is_secret, owner_department_id, holder_post, is_designated,
    bounce_count, hop, policy_id, level, closure_code, due_at, submitted_at, history_count,
    history_head, version, round)
SELECT gen_random_uuid(), to_char(n, 'FM0000000000000'), '000000',
    CASE WHEN n % 20 = 0 THEN 'processing' ELSE 'closed' END,
    CASE WHEN n % 3 = 0 THEN 'p2' ELSE 'p3' END, 'phone', 'general', 'help', 't', 'c', false,
    :unit, 'department_duty', false, 0, 1, (SELECT id FROM sla_policies WHERE code = 'fast-24'),
    'green', CASE WHEN n % 20 = 0 THEN NULL ELSE 'solved' END,
    CAST(:now AS timestamptz) + n * interval '1 second',
    CAST(:now AS timestamptz) - n * interval '1 minute', 0, '', 1, 1
FROM generate_series(1, 100000) n
"""


async def test_a_preview_asks_the_same_few_questions_among_a_hundred_thousand(
    own_build: Build, own_city: AsyncEngine
) -> None:
    await own_build.ticket(Status.PROCESSING)
    draft = await draft_of(own_build, complete={"limit": "PT36H"})
    await previewed(own_build, draft)
    with count_queries(own_city) as few:
        await previewed(own_build, draft)
    unit = own_build.city.departments["chengguan"]
    async with own_city.begin() as connection:
        await connection.execute(sa.text(GENERATE), {"unit": unit, "now": own_build.clock.now()})
        await connection.execute(sa.text("ANALYZE tickets"))
    plans: list[str] = []

    def explain(
        connection: Any, _cursor: object, statement: str, parameters: Any, *_more: object
    ) -> None:
        if "tickets.policy_id" in statement and statement.startswith("SELECT"):
            raw = connection.connection.cursor()
            raw.execute(f"EXPLAIN {statement}", parameters)
            plans.append("\n".join(row[0] for row in raw.fetchall()))

    sa.event.listen(own_city.sync_engine, "before_cursor_execute", explain)
    with count_queries(own_city) as many:
        preview = await previewed(own_build, draft)
    sa.event.remove(own_city.sync_engine, "before_cursor_execute", explain)
    assert preview.open_count == 1 + 100_000 // 20
    assert len(preview.tickets) == SHOWN
    assert len(many) == len(few) <= 12
    assert len(plans) == 3
    for plan in plans:
        assert "Seq Scan on tickets" not in plan, plan
    assert preview.new is not None
    assert preview.new.submitted == 1 + 7 * 24 * 60


# -- many at once ----------------------------------------------------------------------------------


def opening(build: Build) -> Callable[[], AbstractAsyncContextManager[Tx]]:
    return lambda: build.acting("admin")


async def test_each_ticket_is_a_transaction_of_its_own(own_build: Build) -> None:
    numbers = [await own_build.ticket(Status.PROCESSING) for _ in range(3)]
    closed = await own_build.ticket(Status.CLOSED)
    await publish(own_build, complete={"limit": "PT36H"})
    async with own_build.session_maker() as session:
        count, first = await numbers_to_reapply(session, FAST, limit=2)
        assert (count, list(first)) == (3, numbers[:2])
        count, rest = await numbers_to_reapply(session, FAST, after=first[-1], limit=2)
        assert (count, list(rest)) == (1, numbers[2:])
    asked = [numbers[0], closed, "2026030299999", *numbers[1:], numbers[0]]
    done = await reapply_to(opening(own_build), asked, reason=WHY)
    assert (done.changed, done.unchanged) == (3, 0)
    assert [(f.number, f.error.code if f.error else None) for f in done.failures] == [
        (closed, "illegal-transition"),
        ("2026030299999", "ticket-not-found"),
    ]
    again = await reapply_to(opening(own_build), numbers, reason=WHY)
    assert (again.changed, again.unchanged, again.failures) == (0, 3, [])
    async with own_build.session_maker() as session:
        assert await numbers_to_reapply(session, FAST, limit=2) == (0, ())


# -- reclassification ------------------------------------------------------------------------------


async def test_a_change_of_urgency_keeps_the_used_time(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    begun = build.clock.now()
    build.clock.move(minutes=10)
    await build.do(Action.RECLASSIFY, number, urgency=Urgency.P0)
    ticket = await build.find(number)
    assert ticket.urgency is Urgency.P0
    sign = await clock_of(build, number, ClockKind.SIGN)
    assert (sign.limit_seconds, sign.due_at) == (900, begun + timedelta(minutes=15))
    contact = await clock_of(build, number, ClockKind.FIRST_CONTACT)
    assert contact.due_at == begun + timedelta(minutes=15)
    # Both policies give the work a day: its clock is left alone.
    work = await clock_of(build, number, ClockKind.COMPLETE)
    assert (work.due_at, work.used_microseconds) == (begun + timedelta(hours=24), 0)
    event = (await events_of(build, number))[-1]
    assert event.action == Action.RECLASSIFY
    assert event.text == "事出有因"
    assert event.details["reclassified"] == {"urgency": {"from": "p2", "to": "p0"}}
    assert {clock["clock"] for clock in event.details["clocks"]} == {"sign", "first_contact"}
    assert event.details["policy"]["to"]["code"] == "p0"
    assert set(event.changes) == {"urgency", "policy_id"}
    await whole(build)


async def test_another_request_type_under_the_same_policy(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING, programme=Programme.ENTERPRISE)
    await publish(build, "enterprise", complete={"limit": "P9D"})
    pinned = (await build.find(number)).policy_id
    await build.do(
        Action.RECLASSIFY, number, urgency=None, request_type=RequestType.CONSULT, area="老城"
    )
    ticket = await build.find(number)
    assert (ticket.request_type, ticket.area) == (RequestType.CONSULT, "老城")
    assert ticket.policy_id == pinned, "an edit reaches open tickets by re-application alone"
    work = await clock_of(build, number, ClockKind.COMPLETE)
    assert work.limit_seconds == 2 * 7 * 3600


async def test_a_category_may_bring_another_policy(build: Build) -> None:
    definition = {**await definition_of(build, "p1"), "match": {"category": ["housing"]}}
    async with build.acting("admin") as tx:
        await publish_policy(tx, Draft(code="homes", name="住房", definition=definition))
    number = await build.ticket()
    await build.do(Action.RECLASSIFY, number, urgency=None, category="housing")
    ticket = await build.find(number)
    assert ticket.category_code == "housing"
    assert (await clock_of(build, number, ClockKind.ACCEPT)).limit_seconds == 600
    with pytest.raises(NothingChanges):
        await build.do(Action.RECLASSIFY, number, urgency=Urgency.P2, category="housing")
    with pytest.raises(UnknownCode):
        await build.do(Action.RECLASSIFY, number, category="nothing")


@pytest.mark.parametrize("who", ["operator", "dispatcher", "supervisor"])
async def test_who_reclassifies(build: Build, who: str) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    await build.do(Action.RECLASSIFY, number, by=who)
    assert (await build.find(number)).urgency is Urgency.P1
    rows = [row.model_dump() for row in await events_of(build, number)]
    ticket = await build.find(number)
    assert verify_chain(rows, ticket.history_count, ticket.history_head) == []
    assert snapshot(ticket).items() <= rebuild(rows).items()


async def test_who_does_not(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    for who in ("handler.chengguan", "auditor", "visitor", "admin"):
        with pytest.raises(ActionForbidden):
            await build.do(Action.RECLASSIFY, number, by=who)


def test_a_version_that_is_published_is_never_changed() -> None:
    assert "updated_at" not in PolicyVersion.model_fields
    assert Ticket.model_fields["policy_id"].is_required()
