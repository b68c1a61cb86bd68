"""Return visits: in parts of the day, of every requester, by somebody else, and by link."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from hotline.escalation.acts import act_once
from hotline.escalation.sweep import sweep_once
from hotline.followup.actions import Said, answer_by_link, skip_visit
from hotline.followup.links import LinkUnknown, LinkUsed, open_link, word_of
from hotline.followup.models import RatingLink, Visit, VisitBy
from hotline.followup.queries import count_desk, list_desk, next_to_visit
from hotline.followup.rules import (
    AlreadyAnswered,
    DayPart,
    InvalidVisit,
    NoPhone,
    VisitAnswer,
    VisitNotOver,
    VisitSkip,
)
from hotline.kernel.outbox import OutboxMessage
from hotline.notices.models import Delivery
from hotline.people.permissions import Role
from hotline.people.principal import REQUESTER, PermissionDenied, Principal
from hotline.sla.clocks import ClockState
from hotline.sla.models import Clock
from hotline.sla.policy import ClockKind
from hotline.tickets.errors import SecondPersonNeeded
from hotline.tickets.events import RequesterConcerned
from hotline.tickets.lifecycle import Action, ActionForbidden, ClosureCode, Hold, Status
from hotline.tickets.models import Ticket, TicketEvent, TicketRequester
from tests.support.builders import Build
from web.run.subscribers import notices_tell_requester

_A = Action
IN_VAIN: dict[str, Any] = {"reached": False, "solved": None, "rating": None}
HAPPY = VisitAnswer(True, True, 5, True)
A_DAY = timedelta(days=1)


async def visits(build: Build) -> Sequence[Visit]:
    async with build.session_maker() as session:
        return (await session.exec(select(Visit).order_by(col(Visit.at), col(Visit.attempt)))).all()


async def links(build: Build) -> Sequence[RatingLink]:
    async with build.session_maker() as session:
        return (await session.exec(select(RatingLink).order_by(col(RatingLink.id)))).all()


async def token(build: Build, place: int = 0) -> str:
    return word_of(build.cipher, (await links(build))[place].id)


async def try_three_times(build: Build, number: str, **words: Any) -> Ticket:
    """In the morning of Monday, where every test begins, at three and at seven."""
    start = build.clock.now().replace(hour=1, minute=0)
    ticket = None
    for hours in (0, 6, 10):
        build.clock.set(start + timedelta(hours=hours, minutes=5))
        ticket = await build.do(_A.RECORD_VISIT, number, **IN_VAIN, **words)
    assert ticket is not None
    return ticket


async def tell(build: Build) -> None:
    """Do what the worker does with the news for requesters."""
    ctx = {"session_maker": build.session_maker, "clock": build.clock, "cipher": build.cipher}
    async with build.session_maker() as session:
        facts = (
            await session.exec(
                select(OutboxMessage.id).where(OutboxMessage.topic == RequesterConcerned.topic)
            )
        ).all()
    for fact in facts:
        await notices_tell_requester(ctx, str(fact))


async def work(build: Build) -> None:
    now, maker, cipher = build.clock.now(), build.session_maker, build.cipher
    while (await sweep_once(maker, cipher, now=now)).may_be_more or await act_once(
        maker, cipher, now=now
    ):
        pass


async def by_link(
    build: Build, word: str, answer: VisitAnswer = HAPPY, *, reopen: bool = False, **said: Any
) -> Ticket:
    async with build.acting(REQUESTER) as tx:
        return await answer_by_link(tx, word, answer, Said(**said), reopen=reopen)


async def test_three_parts_of_the_day_then_a_link_then_unreachable(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    ticket = await try_three_times(build, number)
    assert (ticket.status, ticket.closure_code) == (Status.PENDING_VISIT, None)
    assert ticket.due_at == build.clock.now() + A_DAY
    with pytest.raises(VisitNotOver):
        await build.do(_A.CLOSE_UNREACHED, number)
    await tell(build)
    async with build.session_maker() as session:
        sent = (await session.exec(select(Delivery).where(Delivery.kind == "visit_link"))).one()
        (asking,) = await session.exec(select(Clock).where(Clock.kind == ClockKind.VISIT))
    assert asking.state is ClockState.MET
    (link,) = await links(build)
    assert sent.params["link_id"] == str(link.id)
    assert await token(build) not in str(sent.params)
    assert link.told_at is not None
    build.clock.set(build.clock.now() + A_DAY)
    await work(build)
    closed = await build.find(number)
    assert (closed.status, closed.closure_code) == (Status.CLOSED, ClosureCode.UNREACHABLE)
    assert [visit.rating for visit in await visits(build)] == [None, None, None]


async def test_a_part_tried_already_is_kept_but_does_not_count(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    for _ in range(4):
        await build.do(_A.RECORD_VISIT, number, **IN_VAIN)
        build.clock.move(minutes=20)
    assert [(one.part, one.is_counted) for one in await visits(build)] == [
        (DayPart.MORNING, True),
        *[(DayPart.MORNING, False)] * 3,
    ]
    assert not await links(build)


async def test_an_unwritten_message_makes_the_waiting_begin_anew(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    await try_three_times(build, number)
    build.clock.set(build.clock.now() + A_DAY)
    await work(build)
    waiting = await build.find(number)
    assert (waiting.status, waiting.due_at) == (
        Status.PENDING_VISIT,
        build.clock.now() + A_DAY,
    )
    await tell(build)
    build.clock.set(build.clock.now() + A_DAY)
    await work(build)
    assert (await build.find(number)).status is Status.CLOSED


async def test_a_secret_matter_is_closed_without_a_message(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT, secret=True)
    await try_three_times(build, number)
    build.clock.set(build.clock.now() + A_DAY)
    ticket = await build.do(_A.CLOSE_UNREACHED, number)
    assert ticket.closure_code is ClosureCode.UNREACHABLE


async def test_who_left_no_number_cannot_have_been_called(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT, requester_phone=None, requester_name=None)
    with pytest.raises(NoPhone):
        await build.do(_A.RECORD_VISIT, number, **IN_VAIN)
    ticket = await build.do(_A.CLOSE_UNREACHED, number)
    assert ticket.closure_code is ClosureCode.UNREACHABLE
    async with build.session_maker() as session:
        row = (
            await session.exec(
                select(TicketEvent).where(TicketEvent.action == _A.CLOSE_UNREACHED.value)
            )
        ).one()
    assert row.reason == "no_phone"


@pytest.mark.parametrize("who", ["handler.chengguan", "leader.chengguan", "operator", "auditor"])
async def test_only_visitors_visit(build: Build, who: str) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    with pytest.raises(ActionForbidden):
        await build.do(_A.RECORD_VISIT, number, by=who)


@pytest.mark.parametrize("who", ["auditor", "dispatcher", "operator"])
async def test_who_worked_on_it_does_not_ask_how_it_was(build: Build, who: str) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    person = build.city.people[who]
    also = Principal(
        person.roles | {Role.VISITOR},
        person.user_id,
        person.username,
        department_id=person.department_id,
    )
    with pytest.raises(SecondPersonNeeded):
        await build.do(_A.RECORD_VISIT, number, by=also)
    await build.do(_A.NOTE, number, by="visitor", note="听取录音")
    assert (await build.do(_A.RECORD_VISIT, number)).status is Status.CLOSED


async def test_a_visitor_of_the_department_does_not_visit(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    person = build.city.people["second.chengguan"]
    turncoat = Principal(
        frozenset({Role.VISITOR}), person.user_id, "x", department_id=person.department_id
    )
    with pytest.raises(ActionForbidden):
        await build.do(_A.RECORD_VISIT, number, by=turncoat)


async def test_a_link_is_used_once(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    await try_three_times(build, number)
    word = await token(build)
    ticket = await by_link(build, word, source="198.51.100.7|phone", note="修好了")
    assert (ticket.status, ticket.closure_code) == (Status.CLOSED, ClosureCode.SOLVED)
    answer = (await visits(build))[-1]
    assert (answer.road, answer.rating, answer.visitor_id) == (VisitBy.LINK, 5, None)
    assert answer.source_digest == build.cipher.blind_index("rating source:198.51.100.7|phone")
    for guess, error in ((word, LinkUsed), ("x" * 40, LinkUnknown), ("", LinkUnknown)):
        with pytest.raises(error):
            await by_link(build, guess)
    async with build.session_maker() as session:
        live = await session.exec(
            select(Clock).where(col(Clock.state).in_((ClockState.RUNNING, ClockState.PAUSED)))
        )
    assert not live.all()


async def test_a_link_dies_with_its_time_and_with_its_round(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    await try_three_times(build, number)
    word = await token(build)
    begun = build.clock.now()
    build.clock.set(begun + timedelta(days=15))
    with pytest.raises(LinkUnknown):
        await by_link(build, word)
    build.clock.set(begun)
    await build.do(_A.RECORD_VISIT, number, solved=False)
    with pytest.raises(LinkUnknown):
        await by_link(build, word)


async def test_an_answer_by_telephone_uses_the_link_up(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    await try_three_times(build, number)
    await build.do(_A.RECORD_VISIT, number)
    with pytest.raises(LinkUsed):
        await by_link(build, await token(build))
    async with build.acting(REQUESTER) as tx:
        with pytest.raises(LinkUsed):
            await open_link(tx, await token(build))


@pytest.mark.parametrize(
    ("answer", "status", "hold"),
    [
        (VisitAnswer(True, True, 2), Status.PENDING_VISIT, Hold.RATING_CHECK),
        (VisitAnswer(True, False, None), Status.PROCESSING, None),
        (VisitAnswer(True, True, None), Status.CLOSED, None),
    ],
)
async def test_what_follows_from_an_answer_by_link(
    build: Build, answer: VisitAnswer, status: Status, hold: Hold | None
) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    await try_three_times(build, number)
    ticket = await by_link(build, await token(build), answer)
    assert (ticket.status, ticket.hold) == (status, hold)
    assert (await visits(build))[-1].rating == answer.rating


@pytest.mark.parametrize(
    ("answer", "reopen", "status", "hold"),
    [
        (VisitAnswer(True, True, 4), True, Status.CLOSED, None),
        (VisitAnswer(True, False, 2), False, Status.CLOSED, None),
        (VisitAnswer(True, False, 2), True, Status.PROCESSING, None),
        (VisitAnswer(True, True, 1), False, Status.CLOSED, Hold.RATING_CHECK),
    ],
)
async def test_an_answer_after_the_end_rates_a_closed_ticket(
    build: Build, answer: VisitAnswer, reopen: bool, status: Status, hold: Hold | None
) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    await try_three_times(build, number)
    await tell(build)
    build.clock.set(build.clock.now() + 2 * A_DAY)
    await work(build)
    ticket = await by_link(build, await token(build), answer, reopen=reopen, note="又坏了")
    assert (ticket.status, ticket.hold) == (status, hold)
    assert (await visits(build))[-1].rating == answer.rating


async def test_what_the_department_is_not_to_know(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    await build.do(
        _A.RECORD_VISIT, number, solved=False, rating=1, note="态度很差", is_anonymous=True
    )
    async with build.session_maker() as session:
        rows = (await session.exec(select(TicketEvent))).all()
    assert not [row for row in rows if row.text == "态度很差"]
    row = next(row for row in rows if row.action == _A.RECORD_VISIT.value)
    assert (row.details["rating"], row.details["solved"]) == (None, False)
    kept = (await visits(build))[-1]
    assert (kept.note, kept.rating) == ("态度很差", 1)


async def group(
    build: Build, *phones: str | None, resolved: bool = True
) -> tuple[str, Sequence[uuid.UUID]]:
    """Return a ticket in visit that others follow, and its requesters in their order."""
    number = (await build.create()).number
    for phone in phones:
        child = (await build.create(requester_phone=phone)).number
        await build.do(_A.MERGE, child, parent=number)
    await build.follow(number, _A.ACCEPT, _A.DISPATCH, _A.SIGN, _A.CONTACT)
    await build.do(_A.SUBMIT_FEEDBACK, number, resolved=resolved)
    await build.do(_A.PASS_AUDIT, number)
    async with build.session_maker() as session:
        rows = await session.exec(
            select(TicketRequester.id)
            .join(Ticket, col(Ticket.id) == col(TicketRequester.ticket_id))
            .order_by(col(Ticket.number))
        )
        return number, rows.all()


async def test_every_requester_of_a_group_is_asked(build: Build) -> None:
    number, (own, second, third) = await group(build, "13900005678", "13900009999")
    with pytest.raises(InvalidVisit):
        await build.do(_A.RECORD_VISIT, number)
    with pytest.raises(InvalidVisit):
        await build.do(_A.RECORD_VISIT, number, requester_id=uuid.uuid4())
    ticket = await build.do(_A.RECORD_VISIT, number, requester_id=second, solved=False, rating=2)
    assert ticket.status is Status.PENDING_VISIT
    with pytest.raises(AlreadyAnswered):
        await build.do(_A.RECORD_VISIT, number, requester_id=second)
    ticket = await build.do(_A.RECORD_VISIT, number, requester_id=own)
    assert ticket.status is Status.PENDING_VISIT
    ticket = await try_three_times(build, number, requester_id=third)
    # The third used up his attempts: now the worst answer decides.
    assert (ticket.status, ticket.round) == (Status.PROCESSING, 2)
    ratings = {visit.requester_id: visit.rating for visit in await visits(build)}
    assert ratings == {own: 5, second: 2, third: None}
    assert [link.requester_id for link in await links(build)] == [third]


async def test_a_group_in_which_all_are_content_but_one_is_away(build: Build) -> None:
    number, (own, second, _) = await group(build, "13900005678", None)
    await build.do(_A.RECORD_VISIT, number, requester_id=own)
    ticket = await try_three_times(build, number, requester_id=second)
    assert ticket.status is Status.PENDING_VISIT
    await tell(build)
    build.clock.set(build.clock.now() + A_DAY)
    await work(build)
    closed = await build.find(number)
    assert (closed.status, closed.closure_code) == (Status.CLOSED, ClosureCode.SOLVED)
    async with build.session_maker() as session:
        told = (await session.exec(select(Delivery).where(Delivery.kind == "visit_link"))).all()
    # The message names the ticket that its reader knows, not the one that his follows.
    assert [one.requester_id for one in told] == [second]
    assert told[0].ticket_number != number


async def test_what_was_explained_to_one_is_not_solved_because_another_is_away(
    build: Build,
) -> None:
    number, (own, second) = await group(build, "13900005678", resolved=False)
    await build.do(_A.RECORD_VISIT, number, requester_id=own, solved=False, rating=4)
    await try_three_times(build, number, requester_id=second)
    await tell(build)
    build.clock.set(build.clock.now() + A_DAY)
    await work(build)
    closed = await build.find(number)
    assert (closed.status, closed.closure_code) == (Status.CLOSED, ClosureCode.EXPLAINED)


@pytest.mark.parametrize("level", [_A.REVIEW_FINAL_REPLY, _A.DECIDE_FINAL_REPLY])
async def test_after_a_final_reply_refused_the_answer_by_link_is_waited_for_again(
    build: Build, level: Action
) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    await try_three_times(build, number)
    await tell(build)
    await build.do(_A.REQUEST_FINAL_REPLY, number)
    if level is _A.DECIDE_FINAL_REPLY:
        await build.do(_A.REVIEW_FINAL_REPLY, number)
    build.clock.move(minutes=30)
    ticket = await build.do(level, number, approve=False)
    assert ticket.due_at == build.clock.now() + A_DAY
    build.clock.set(build.clock.now() + A_DAY)
    await work(build)
    closed = await build.find(number)
    assert (closed.status, closed.closure_code) == (Status.CLOSED, ClosureCode.UNREACHABLE)


async def test_the_desk(build: Build) -> None:
    first = await build.ticket(Status.PENDING_VISIT)
    build.clock.move(minutes=10)
    second, _ = await group(build, "13900005678")
    waiting = await build.ticket(Status.PENDING_VISIT)
    await try_three_times(build, waiting)
    now = build.clock.now()
    start = now.replace(hour=1, minute=30)
    async with build.session_maker() as session:
        numbers = [row.ticket.number for row in (await list_desk(session, start)).items]
        assert set(numbers) == {first, second, waiting}
        rows = {row.ticket.number: row for row in (await list_desk(session, start)).items}
        assert rows[waiting].is_waiting
        assert len(rows[second].requesters) == 2
        page = await list_desk(session, start, limit=2)
        rest = await list_desk(session, start, limit=2, cursor=page.next_cursor)
        assert len(rest.items) == 1
    build.clock.set(start)
    await build.do(_A.RECORD_VISIT, first, **IN_VAIN)
    async with build.session_maker() as session:
        only = [row.ticket.number for row in (await list_desk(session, start, only_now=True)).items]
        assert only == [second]
        counts = await count_desk(session, start)
        assert (counts.pending, counts.now) == (3, 1)
        assert await next_to_visit(session, start) == second
    async with build.acting("visitor") as tx:
        await skip_visit(tx, second, reason=VisitSkip.LINE_ENGAGED)
    async with build.session_maker() as session:
        assert await next_to_visit(session, start) is None
        skipped = {
            row.ticket.number: row.skipped for row in (await list_desk(session, start)).items
        }
        assert skipped[second] == "skipped_line_engaged"
        assert await next_to_visit(session, start + timedelta(hours=2)) is not None
    with pytest.raises(PermissionDenied):
        async with build.acting("auditor") as tx:
            await skip_visit(tx, second, reason=VisitSkip.LINE_ENGAGED)


async def test_no_path_sets_a_rating_that_nobody_gave(build: Build) -> None:
    """Whatever ends a matter, the ratings kept are exactly those that were given."""
    given: list[int] = []
    for road in range(5):
        build.clock.set(datetime.fromisoformat(f"2026-03-{9 + road:02}T01:00:00+00:00"))
        number = await build.ticket(Status.PENDING_VISIT)
        if road == 0:
            await build.do(_A.RECORD_VISIT, number, rating=None)
        elif road == 1:
            await try_three_times(build, number)
            await by_link(build, await token(build, -1), VisitAnswer(True, True))
        elif road == 2:
            await try_three_times(build, number)
            await tell(build)
            build.clock.set(build.clock.now() + 2 * A_DAY)
            await work(build)
        elif road == 3:
            await build.do(_A.RECORD_VISIT, number, by=REQUESTER, rating=4)
            given.append(4)
        else:
            await build.follow(
                number, _A.REQUEST_FINAL_REPLY, _A.REVIEW_FINAL_REPLY, _A.DECIDE_FINAL_REPLY
            )
        assert (await build.find(number)).status is Status.CLOSED
    assert [one.rating for one in await visits(build) if one.rating is not None] == given
