"""Bad ratings: contacted, decided by an auditor, set aside by two persons, mended in five days."""

import pytest
from sqlmodel import col, select

from hotline.followup.models import Visit
from hotline.kernel.outbox import OutboxMessage
from hotline.procedures.events import RatingUnfounded
from hotline.procedures.queries import list_procedures, waiting
from hotline.procedures.ratings import (
    AlreadyAppealed,
    AlreadyProposed,
    RaterNotContacted,
    UnfoundedNotProposed,
)
from hotline.sla.clocks import ClockState
from hotline.sla.models import Clock
from hotline.sla.policy import ClockKind
from hotline.tickets.errors import SecondPersonNeeded
from hotline.tickets.lifecycle import (
    Action,
    ActionForbidden,
    ClosureCode,
    Hold,
    IllegalTransition,
    Status,
)
from hotline.tickets.models import Post, Ticket, TicketRequester
from hotline.tickets.queries import list_timeline
from tests.support.builders import Build
from web.run.subscribers import followup_exclude_rating

_A = Action


async def running(build: Build) -> set[ClockKind]:
    async with build.session_maker() as session:
        rows = await session.exec(select(Clock.kind).where(Clock.state == ClockState.RUNNING))
        return {ClockKind(kind) for kind in rows}


async def exclude(build: Build) -> None:
    """Do what the worker does with a rating that was set aside."""
    ctx = {"session_maker": build.session_maker, "clock": build.clock, "cipher": build.cipher}
    async with build.session_maker() as session:
        fact = (
            await session.exec(
                select(OutboxMessage.id).where(OutboxMessage.topic == RatingUnfounded.topic)
            )
        ).one()
    await followup_exclude_rating(ctx, str(fact))


async def test_contacted_then_founded_then_mended_in_five_working_days(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT, Hold.RATING_CHECK)
    assert await running(build) == {ClockKind.BAD_RATING_CONTACT}
    with pytest.raises(RaterNotContacted):
        await build.do(_A.DECIDE_RATING_CHECK, number)
    await build.do(_A.CONTACT_RATER, number, reached=False, note="无人接听")
    assert await running(build) == {ClockKind.BAD_RATING_CONTACT}
    await build.do(_A.CONTACT_RATER, number)
    assert await running(build) == {ClockKind.BAD_RATING_DECISION}
    # Whoever spoke with the rater may decide: it was the requester who set the check going.
    ticket = await build.do(_A.DECIDE_RATING_CHECK, number, by="auditor")
    assert (ticket.status, ticket.round) == (Status.PROCESSING, 2)
    assert await running(build) == {ClockKind.BAD_RATING_FIX}
    await build.follow(number, _A.CONTACT, _A.SUBMIT_FEEDBACK, _A.PASS_AUDIT)
    assert (await build.find(number)).status is Status.PENDING_VISIT  # visited again
    assert await running(build) == {ClockKind.VISIT}


@pytest.mark.parametrize("state", [Status.PENDING_VISIT, Status.CLOSED])
async def test_set_aside_by_two_persons(build: Build, state: Status) -> None:
    number = await build.ticket(state, Hold.RATING_CHECK)
    proposer = "auditor.second" if state is Status.CLOSED else "auditor"
    confirmer = "supervisor" if state is Status.CLOSED else "auditor.second"
    with pytest.raises(RaterNotContacted):
        await build.do(_A.PROPOSE_UNFOUNDED, number, by=proposer)
    await build.do(_A.CONTACT_RATER, number, by=proposer)
    with pytest.raises(UnfoundedNotProposed):
        await build.do(_A.DECIDE_RATING_CHECK, number, by=confirmer, founded=False)
    await build.do(_A.PROPOSE_UNFOUNDED, number, by=proposer)
    with pytest.raises(AlreadyProposed):
        await build.do(_A.PROPOSE_UNFOUNDED, number, by=proposer)
    with pytest.raises(SecondPersonNeeded):
        await build.do(_A.DECIDE_RATING_CHECK, number, by=proposer, founded=False)
    ticket = await build.find(number)
    async with build.session_maker() as session:
        procedures = await list_procedures(session, ticket.id)
    offered = waiting(procedures, build.city.people[confirmer].roles, {})
    proposing = build.city.people[proposer].user_id
    assert (_A.DECIDE_RATING_CHECK, proposing) in offered
    ticket = await build.do(_A.DECIDE_RATING_CHECK, number, by=confirmer, founded=False)
    assert (ticket.status, ticket.hold) == (Status.CLOSED, None)


async def set_aside(build: Build, number: str) -> Ticket:
    await build.do(_A.CONTACT_RATER, number, reached=False, note="无人接听")
    await build.do(_A.PROPOSE_UNFOUNDED, number, by="auditor")
    return await build.do(_A.DECIDE_RATING_CHECK, number, by="auditor.second", founded=False)


async def test_a_check_opened_by_hand_is_no_return_visit(build: Build) -> None:
    """However little there is to it, the requester is asked before the matter ends."""
    number = await build.ticket(Status.PENDING_VISIT)
    await build.do(_A.OPEN_RATING_CHECK, number)
    ticket = await set_aside(build, number)
    assert (ticket.status, ticket.hold, ticket.closure_code) == (Status.PENDING_VISIT, None, None)
    assert ticket.holder_post is Post.VISIT_DESK
    assert await running(build) == {ClockKind.VISIT}
    ticket = await build.do(_A.RECORD_VISIT, number)
    assert (ticket.status, ticket.closure_code) == (Status.CLOSED, ClosureCode.SOLVED)


async def test_a_rating_set_aside_does_not_come_back_with_the_next_requester(build: Build) -> None:
    number = (await build.create()).number
    child = (await build.create(requester_phone="13900005678")).number
    await build.do(_A.MERGE, child, parent=number)
    await build.follow(number, _A.ACCEPT, _A.DISPATCH, _A.SIGN, _A.CONTACT, _A.SUBMIT_FEEDBACK)
    await build.do(_A.PASS_AUDIT, number)
    async with build.session_maker() as session:
        first, second = await session.exec(
            select(TicketRequester.id)
            .join(Ticket, col(Ticket.id) == col(TicketRequester.ticket_id))
            .order_by(col(Ticket.number))
        )
    ticket = await build.do(_A.RECORD_VISIT, number, requester_id=first, rating=1)
    assert (ticket.status, ticket.hold) == (Status.PENDING_VISIT, None)
    await build.do(_A.OPEN_RATING_CHECK, number)
    ticket = await set_aside(build, number)
    assert (ticket.status, ticket.hold) == (Status.PENDING_VISIT, None)
    await exclude(build)
    ticket = await build.do(_A.RECORD_VISIT, number, requester_id=second)
    assert (ticket.status, ticket.hold) == (Status.CLOSED, None)


@pytest.mark.parametrize("who", ["handler.chengguan", "leader.chengguan", "visitor"])
@pytest.mark.parametrize("action", [_A.CONTACT_RATER, _A.PROPOSE_UNFOUNDED, _A.DECIDE_RATING_CHECK])
async def test_never_by_the_unit(build: Build, who: str, action: Action) -> None:
    number = await build.ticket(Status.PENDING_VISIT, Hold.RATING_CHECK)
    with pytest.raises(ActionForbidden):
        await build.do(action, number, by=who)


async def test_a_rating_found_unfounded_is_kept_and_does_not_count(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT, Hold.RATING_CHECK)
    await build.follow(number, _A.CONTACT_RATER, _A.PROPOSE_UNFOUNDED)
    await build.do(_A.DECIDE_RATING_CHECK, number, founded=False)
    for _ in range(2):
        await exclude(build)
    async with build.session_maker() as session:
        visit = (await session.exec(select(Visit).where(col(Visit.is_reached)))).one()
    assert (visit.rating, visit.excluded_reason) == (1, "mistaken")
    assert visit.excluded_at == build.clock.now()


async def test_a_department_appeals_against_a_rating(build: Build) -> None:
    """The check that runs hears it; whoever spoke with the requester does not decide alone."""
    number = await build.ticket(Status.PENDING_VISIT, Hold.RATING_CHECK)
    with pytest.raises(ActionForbidden):
        await build.do(_A.APPEAL_RATING, number, by="handler.chengguan")
    ticket = await build.do(_A.APPEAL_RATING, number)
    assert (ticket.status, ticket.hold) == (Status.PENDING_VISIT, Hold.RATING_CHECK)
    assert await running(build) == {ClockKind.BAD_RATING_CONTACT}
    with pytest.raises(AlreadyAppealed):
        await build.do(_A.APPEAL_RATING, number)
    await build.do(_A.CONTACT_RATER, number, by="auditor")
    with pytest.raises(SecondPersonNeeded):
        await build.do(_A.DECIDE_RATING_CHECK, number, by="auditor")
    await build.do(_A.PROPOSE_UNFOUNDED, number, by="auditor")
    ticket = await build.do(_A.DECIDE_RATING_CHECK, number, founded=False)
    assert (ticket.status, ticket.hold) == (Status.CLOSED, None)
    async with build.session_maker() as session:
        rows = await list_timeline(session, build.city.people["leader.chengguan"], ticket.id)
    seen = [row.event.action for row in rows]
    assert _A.APPEAL_RATING in seen
    assert _A.DECIDE_RATING_CHECK in seen  # the department reads what became of its appeal


async def test_without_a_bad_rating_there_is_nothing_to_appeal_against(build: Build) -> None:
    number = await build.ticket(Status.CLOSED)
    with pytest.raises(IllegalTransition):
        await build.do(_A.APPEAL_RATING, number)
