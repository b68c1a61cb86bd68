"""Bad ratings: contacted, decided by an auditor, set aside by two persons, mended in five days."""

import pytest
from sqlmodel import col, select

from hotline.followup.models import Visit
from hotline.kernel.outbox import OutboxMessage
from hotline.procedures.events import RatingUnfounded
from hotline.procedures.queries import list_procedures, waiting
from hotline.procedures.ratings import AlreadyProposed, RaterNotContacted, UnfoundedNotProposed
from hotline.sla.clocks import ClockState
from hotline.sla.models import Clock
from hotline.sla.policy import ClockKind
from hotline.tickets.errors import SecondPersonNeeded
from hotline.tickets.lifecycle import Action, ActionForbidden, Hold, Status
from tests.support.builders import Build
from web.run.subscribers import followup_exclude_rating

_A = Action


async def running(build: Build) -> set[ClockKind]:
    async with build.session_maker() as session:
        rows = await session.exec(select(Clock.kind).where(Clock.state == ClockState.RUNNING))
        return {ClockKind(kind) for kind in rows}


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
    ctx = {"session_maker": build.session_maker, "clock": build.clock, "cipher": build.cipher}
    async with build.session_maker() as session:
        fact = (
            await session.exec(
                select(OutboxMessage.id).where(OutboxMessage.topic == RatingUnfounded.topic)
            )
        ).one()
    for _ in range(2):
        await followup_exclude_rating(ctx, str(fact))
    async with build.session_maker() as session:
        visit = (await session.exec(select(Visit).where(col(Visit.is_reached)))).one()
    assert (visit.rating, visit.excluded_reason) == (1, "mistaken")
    assert visit.excluded_at == build.clock.now()
