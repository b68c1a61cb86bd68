"""Letters, the list, interviews, bulletins and clues: each by whom it is, and what is refused."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from arq import Retry
from sqlmodel import col, select

from hotline.escalation.accounting import (
    remind_of_interviews,
    tell_bulletin,
    tell_clue,
    tell_interview,
)
from hotline.escalation.acts import act_once
from hotline.escalation.sweep import sweep_once
from hotline.kernel.db import SessionMaker
from hotline.kernel.facts import Fact
from hotline.kernel.outbox import OutboxMessage
from hotline.kernel.tx import Transaction
from hotline.notices.models import Notice
from hotline.people.models import User
from hotline.people.principal import SYSTEM, PermissionDenied
from hotline.supervision.bulletins import actions as bulletins
from hotline.supervision.bulletins.queries import list_bulletins, read_bulletin
from hotline.supervision.bulletins.rules import BulletinState
from hotline.supervision.clues import actions as clues
from hotline.supervision.clues.queries import list_clues, read_detail
from hotline.supervision.clues.rules import ClueGrounds, ClueOutcome, ClueState
from hotline.supervision.errors import (
    AlreadyDelisted,
    BulletinMoveRefused,
    BulletinNotFound,
    ClueMoveRefused,
    ClueNotFound,
    HeldInFuture,
    InterviewMoveRefused,
    InterviewNotFound,
    ListingNotFound,
    PromiseDone,
    PromiseNotFound,
    PromisesOpen,
    SecondPersonForBulletin,
    StaleRecord,
)
from hotline.supervision.events import BulletinPublished, ClueMoved, InterviewCalled
from hotline.supervision.interviews import actions as interviews
from hotline.supervision.interviews.queries import (
    InterviewFilter,
    count_interviews,
    list_interviews,
    read_interview,
    read_proposals,
)
from hotline.supervision.interviews.rules import (
    Floors,
    InterviewPromise,
    InterviewReason,
    InterviewState,
)
from hotline.supervision.listings.actions import delist, name_leaders
from hotline.supervision.listings.queries import count_listed, list_listings
from hotline.supervision.models import Bulletin, Clue, ClueRead, Interview
from hotline.supervision.queries import orders_of_ticket
from hotline.tickets.errors import UnknownCode
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.models import CLUE_TRANSFERRED, Ticket, Urgency
from hotline.tickets.queries import list_timeline
from hotline.tickets.verification import verify_histories
from tests.support.builders import Build
from web.run.worker import draft_weekly_bulletin

DAY = timedelta(days=1)


async def _as(build: Build, by: str, action: Any, *args: Any, **words: Any) -> Any:
    async with build.acting(by) as tx:
        return await action(tx, *args, **words)


async def _told(maker: SessionMaker, kind: str) -> list[str]:
    async with maker() as session:
        rows = await session.exec(
            select(User.username)
            .join(Notice, col(Notice.user_id) == col(User.id))
            .where(Notice.kind == kind)
            .order_by(col(User.username))
        )
        return list(rows)


async def _deliver(build: Build, job: Any, kind: type[Fact]) -> None:
    async with build.session_maker() as session, session.begin():
        messages = await session.exec(
            select(OutboxMessage).where(OutboxMessage.topic == kind.topic)
        )
        message = messages.all()[-1]
        tx = Transaction(session, build.clock.now(), build.cipher, "tests")
        for _ in range(2):
            await job(tx, message.id, kind.from_payload(message.payload))


# -- letters and the list ----------------------------------------------------------------------


async def test_a_letter_goes_up_the_ladder_when_nobody_answers(
    build: Build, maker: SessionMaker
) -> None:
    number = await build.ticket(Status.PROCESSING, urgency=Urgency.P3)
    await build.do(Action.ISSUE_ORDER, number, level=1)
    ticket = await build.find(number)
    for hours in (24, 24, 24 * 3):
        now = build.clock.move(hours=hours, seconds=1)
        await sweep_once(maker, build.cipher, now=now)
        while await act_once(maker, build.cipher, now=now):
            pass
    async with maker() as session:
        orders = await orders_of_ticket(session, SYSTEM, ticket.id)
        # Level 4 is never reached by itself.
        assert [row.order.level for row in orders] == [3, 2, 1]
        assert await count_listed(session) == 1
    await build.do(Action.RAISE_ORDER, number)
    async with maker() as session:
        assert (await orders_of_ticket(session, SYSTEM, ticket.id))[0].order.level == 4
        assert await count_listed(session) == 1  # raising takes nothing off the list


async def test_a_matter_stays_listed_until_it_is_verified(
    build: Build, maker: SessionMaker
) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(Action.ISSUE_ORDER, number, level=3)
    order = f"{number}-D1"
    named = {"city_leader": "副市长", "responsible": "局长"}
    for by in ("handler.chengguan", "leader.chengguan", "operator"):
        with pytest.raises(PermissionDenied):
            await _as(build, by, name_leaders, order, **named)
    with pytest.raises(ListingNotFound):
        await _as(build, "supervisor", name_leaders, f"{number}-D2", **named)
    await _as(build, "supervisor", name_leaders, order, **named)
    await build.follow(
        number, Action.CONTACT, Action.SUBMIT_FEEDBACK, Action.PASS_AUDIT, Action.RECORD_VISIT
    )
    async with maker() as session:
        [row] = (await list_listings(session)).items
    assert (row.listing.city_leader, row.listing.responsible) == ("副市长", "局长")
    assert row.status is Status.CLOSED  # the end of the ticket takes nothing off either
    await _as(build, "authority", delist, order, explanation="现场已核实")
    with pytest.raises(AlreadyDelisted):
        await _as(build, "supervisor", delist, order, explanation="再核实")
    async with maker() as session:
        assert (await list_listings(session)).items == []
        [kept] = (await list_listings(session, is_over=True)).items
        assert (kept.listing.delisting, kept.delisted_by) == ("现场已核实", "authority先生")
        async for found in verify_histories(session, number):
            assert not found.faults


async def test_a_good_reply_takes_a_matter_off_the_list(build: Build, maker: SessionMaker) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.follow(number, (Action.ISSUE_ORDER, {"level": 3}), Action.ANSWER_ORDER)
    await build.do(Action.VERIFY_ORDER, number, accept=False)
    async with maker() as session:
        assert await count_listed(session) == 1
    await build.follow(number, Action.ANSWER_ORDER, Action.VERIFY_ORDER)
    async with maker() as session:
        [row] = (await list_listings(session, is_over=True, department="chengguan")).items
    assert row.listing.delisting == "情况属实"


# -- interviews ----------------------------------------------------------------------------------


async def _plan(build: Build, by: str = "supervisor", **words: Any) -> Interview:
    given = {
        "department": "chengguan",
        "reason": InterviewReason.ORDER_UNANSWERED,
        "explanation": "督办单两次逾期未回复",
        "interviewer": "热线中心主任",
        "called": "城市管理局分管副局长",
        "planned_at": build.clock.now() + 2 * DAY,
        "place": "热线中心会议室",
    }
    interview: Interview = await _as(build, by, interviews.plan_interview, **(given | words))
    return interview


def _record(build: Build) -> dict[str, Any]:
    now = build.clock.now()
    return {
        "held_at": now,
        "attendance": "主任、副局长",
        "minutes": "通报情况并提出要求",
        "promises": [
            InterviewPromise("三日内办结", now + 3 * DAY),
            InterviewPromise("建立台账", now + 9 * DAY),
        ],
        "follow_up_due_at": now + 10 * DAY,
    }


async def test_the_whole_of_an_interview(build: Build, maker: SessionMaker) -> None:
    ticket = await build.ticket(Status.PROCESSING)
    number = (await _plan(build, tickets=[ticket, ticket])).number
    assert number == "YT-2026-0001"
    assert (await _plan(build)).number == "YT-2026-0002"
    await _deliver(build, tell_interview, InterviewCalled)
    assert await _told(maker, "interview_called") == ["leader.chengguan"]
    with pytest.raises(HeldInFuture):
        await _as(
            build,
            "supervisor",
            interviews.hold_interview,
            number,
            **(_record(build) | {"held_at": build.clock.now() + timedelta(minutes=1)}),
        )
    with pytest.raises(InterviewMoveRefused):
        await _as(build, "supervisor", interviews.follow_up_interview, number, finding="已落实")
    build.clock.move(days=2)
    with pytest.raises(StaleRecord):
        await _as(
            build,
            "supervisor",
            interviews.hold_interview,
            number,
            **_record(build),
            expected_version=9,
        )
    await _as(build, "supervisor", interviews.hold_interview, number, **_record(build))
    leader = "leader.chengguan"
    with pytest.raises(PromiseNotFound):
        await _as(build, leader, interviews.fulfil_promise, number, position=3, evidence="照片")
    await _as(build, leader, interviews.fulfil_promise, number, position=1, evidence="照片")
    with pytest.raises(PromiseDone):
        await _as(build, leader, interviews.fulfil_promise, number, position=1, evidence="再交")
    await _as(build, "authority", interviews.follow_up_interview, number, finding="一项未完成")
    with pytest.raises(PromisesOpen):
        await _as(build, "supervisor", interviews.close_interview, number)
    await _as(build, "supervisor", interviews.close_interview, number, explanation="并入下次约谈")
    async with maker() as session:
        detail = await read_interview(session, build.city.people["supervisor"], number)
    assert detail.interview.state is InterviewState.CLOSED
    assert [promise.evidence for promise in detail.promises] == ["照片", None]
    assert [one for one, _ in detail.tickets] == [ticket]
    assert detail.names["followed_up_by"] == "authority先生"


async def test_who_knows_of_an_interview(build: Build, maker: SessionMaker) -> None:
    number = (await _plan(build)).number
    people = build.city.people
    for by in ("operator", "leader.chengguan", "admin", "discipline"):
        with pytest.raises(PermissionDenied):
            await _plan(build, by)
    async with maker() as session:
        for name, count in (
            ("supervisor", 1),
            ("authority", 1),
            ("leader.chengguan", 1),
            ("leader.huanbao", 0),
            ("handler.chengguan", 0),
            ("operator", 0),
        ):
            page = await list_interviews(session, people[name], InterviewFilter())
            assert len(page.items) == count, name
        with pytest.raises(InterviewNotFound):
            await read_interview(session, people["leader.huanbao"], number)
    with pytest.raises(InterviewNotFound):
        await _as(
            build, "leader.huanbao", interviews.fulfil_promise, number, position=1, evidence="x"
        )
    with pytest.raises(InterviewNotFound):
        await _as(build, "leader.huanbao", interviews.cancel_interview, number, reason="x")
    with pytest.raises(PermissionDenied):
        await _as(build, "leader.chengguan", interviews.cancel_interview, number, reason="x")
    with pytest.raises(UnknownCode):
        await _plan(build, department="nowhere")


async def test_reminders_come_once_for_each_level(build: Build, maker: SessionMaker) -> None:
    number = (await _plan(build)).number
    due = build.clock.now() + 2 * DAY

    async def remind(at: timedelta) -> int:
        return await remind_of_interviews(maker, build.cipher, due + at)

    assert await remind(-25 * timedelta(hours=1)) == 0
    assert [await remind(-DAY), await remind(-DAY)] == [1, 0]
    assert await _told(maker, "interview_due") == [
        "leader.chengguan",
        "supervisor",
        "supervisor.second",
    ]
    async with maker() as session:
        assert await count_interviews(session, due + DAY) == (0, 1)
    assert [await remind(timedelta(0)), await remind(DAY)] == [1, 0]
    build.clock.set(due)
    await _as(build, "supervisor", interviews.hold_interview, number, **_record(build))
    assert [await remind(9 * DAY), await remind(20 * DAY)] == [1, 1]
    assert len(await _told(maker, "interview_overdue")) == 6


async def test_two_decisions_at_once(own_build: Build) -> None:
    number = (await _plan(own_build)).number

    async def cancel(by: str) -> object:
        try:
            return await _as(own_build, by, interviews.cancel_interview, number, reason="改期")
        except InterviewMoveRefused as refusal:
            return refusal

    found = await asyncio.gather(cancel("supervisor"), cancel("authority"))
    assert sum(isinstance(one, InterviewMoveRefused) for one in found) == 1


async def test_numbers_have_no_gap_when_many_come_at_once(own_build: Build) -> None:
    made = await asyncio.gather(*(_plan(own_build) for _ in range(5)))
    assert sorted(one.number for one in made) == [f"YT-2026-{n:04d}" for n in range(1, 6)]


async def test_figures_propose_and_nothing_follows(build: Build, maker: SessionMaker) -> None:
    for days in (0, 31):
        build.clock.set(build.clock.now() + days * DAY)
        number = await build.ticket(Status.PENDING_VISIT)
        await build.do(Action.RECORD_VISIT, number, solved=False, rating=1)
    now = build.clock.now() + 31 * DAY
    async with maker() as session:
        assert await read_proposals(session, Floors(), now) == []
        [(proposal, unit)] = await read_proposals(session, Floors(minimum=1, reply=0.1), now)
        assert (unit.code, proposal.reason) == ("chengguan", InterviewReason.LOW_SATISFACTION)
        assert (await session.exec(select(Interview))).all() == []


# -- bulletins -----------------------------------------------------------------------------------


async def _draft(build: Build, by: str = "supervisor", **words: Any) -> Bulletin:
    given = {
        "title": "三月上旬通报",
        "begins": date(2026, 3, 1),
        "ends": date(2026, 3, 2),
        "text": "总体平稳",
    }
    bulletin: Bulletin = await _as(build, by, bulletins.draft_bulletin, **(given | words))
    return bulletin


async def test_a_bulletin_needs_two_persons(build: Build, maker: SessionMaker) -> None:
    for by in ("operator", "leader.chengguan", "discipline"):
        with pytest.raises(PermissionDenied):
            await _draft(build, by)
    key = (await _draft(build, departments=["chengguan"])).id
    for action in (bulletins.review_bulletin, bulletins.publish_bulletin):
        with pytest.raises((SecondPersonForBulletin, BulletinMoveRefused)):
            await _as(build, "supervisor", action, key)
    await _as(build, "authority", bulletins.review_bulletin, key)
    # Who changes what was reviewed makes it a draft again, and his own.
    await _as(
        build,
        "authority",
        bulletins.change_bulletin,
        key,
        title="三月通报",
        text="个别单位超期",
        departments=["chengguan"],
    )
    with pytest.raises(SecondPersonForBulletin):
        await _as(build, "authority", bulletins.review_bulletin, key)
    await _as(build, "supervisor", bulletins.review_bulletin, key)
    out = await _as(build, "authority", bulletins.publish_bulletin, key)
    assert (out.number, out.title) == ("TB-2026-0001", "三月通报")
    await _deliver(build, tell_bulletin, BulletinPublished)
    assert await _told(maker, "bulletin_published") == ["leader.chengguan"]
    people = build.city.people
    async with maker() as session:
        for name, count in (("handler.chengguan", 1), ("leader.huanbao", 0), ("operator", 1)):
            assert len((await list_bulletins(session, people[name])).items) == count, name
        with pytest.raises(BulletinNotFound):
            await read_bulletin(session, people["leader.huanbao"], key)
    with pytest.raises(BulletinMoveRefused):
        await _as(
            build, "supervisor", bulletins.change_bulletin, key, title="x", text="x", departments=[]
        )
    recalled = await _as(build, "supervisor", bulletins.recall_bulletin, key, reason="数据有误")
    assert recalled.state is BulletinState.RECALLED


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE bulletins SET text = '改动'",
        "UPDATE bulletins SET title = '改题', recalled_at = now()",
        "UPDATE bulletins SET published_at = NULL, number = NULL",
        "DELETE FROM bulletins",
    ],
)
async def test_the_database_keeps_what_was_published(
    build: Build, maker: SessionMaker, change: str
) -> None:
    key = (await _draft(build)).id
    await _as(build, "authority", bulletins.review_bulletin, key)
    await _as(build, "supervisor", bulletins.publish_bulletin, key)
    async with maker() as session:
        with pytest.raises(sa.exc.DBAPIError, match="published bulletin"):
            await session.exec(sa.text(change))  # type: ignore[call-overload]


async def test_the_weekly_digest_is_drafted_once(build: Build, maker: SessionMaker) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(Action.ISSUE_ORDER, number, level=3)
    await build.do(Action.REQUEST_RETURN, await build.ticket(Status.PROCESSING))
    build.clock.move(days=7)
    async with build.acting(SYSTEM) as tx:
        assert [await bulletins.draft_weekly(tx), await bulletins.draft_weekly(tx)] == [True, False]
    async with maker() as session:
        [one] = (await list_bulletins(session, build.city.people["supervisor"])).items
    assert (one.begins, one.ends, one.drafted_by) == (date(2026, 3, 2), date(2026, 3, 8), None)
    assert [(line["code"], line["received"], line["returned"]) for line in one.figures] == [
        ("chengguan", 2, 1)
    ]
    assert (one.figures[0]["listed"], one.figures[0]["unanswered"]) == (1, 1)
    assert "申请退回 1 件" in one.text
    await _as(build, "supervisor", bulletins.review_bulletin, one.id)
    with pytest.raises(SecondPersonForBulletin):
        await _as(build, "supervisor", bulletins.publish_bulletin, one.id)
    await _as(build, "authority", bulletins.publish_bulletin, one.id)


async def test_a_city_without_work_has_no_digest(build: Build) -> None:
    async with build.acting(SYSTEM) as tx:
        assert not await bulletins.draft_weekly(tx)


async def test_the_worker_drafts_and_tries_again_when_the_database_is_away(build: Build) -> None:
    await build.ticket(Status.PROCESSING)
    build.clock.move(days=7)
    ctx = {"session_maker": build.session_maker, "clock": build.clock, "cipher": build.cipher}
    assert await draft_weekly_bulletin(ctx)
    assert not await draft_weekly_bulletin(ctx)

    def away() -> None:
        raise ConnectionRefusedError

    with pytest.raises(Retry):
        await draft_weekly_bulletin({**ctx, "session_maker": away})


# -- clues ---------------------------------------------------------------------------------------


async def _transfer(build: Build, by: str = "supervisor", **words: Any) -> Clue:
    given = {"grounds": ClueGrounds.FALSIFICATION, "text": "照片系旧照，涉嫌虚假办结"}
    clue: Clue = await _as(build, by, clues.transfer_clue, **(given | words))
    return clue


async def test_a_clue_is_read_by_the_inspection_alone(build: Build, maker: SessionMaker) -> None:
    ticket = await build.ticket(Status.PROCESSING)
    before = await build.find(ticket)
    for by in ("operator", "leader.chengguan", "admin", "discipline"):
        with pytest.raises(PermissionDenied):
            await _transfer(build, by)
    clue = await _transfer(build, tickets=[ticket, ticket])
    assert clue.number == "XS-2026-0001"
    assert "旧照".encode() not in clue.text
    await _deliver(build, tell_clue, ClueMoved)
    assert await _told(maker, "clue_came") == ["discipline"]
    for by in ("supervisor", "authority", "admin", "leader.chengguan", "handler.chengguan"):
        with pytest.raises(ClueNotFound):
            await _as(build, by, clues.read_clue, clue.number)
        with pytest.raises(ClueNotFound):
            await _as(build, by, clues.acknowledge_clue, clue.number)
    async with maker() as session:
        people = build.city.people
        [kept] = (await list_clues(session, people["supervisor"])).items
        assert (kept.number, kept.grounds, kept.question) == (clue.number, None, None)
        assert (await list_clues(session, people["authority"])).items == []
        [seen] = (await list_clues(session, people["discipline"])).items
        assert seen.grounds is ClueGrounds.FALSIFICATION
    async with build.acting("discipline") as tx:
        read = await clues.read_clue(tx, clue.number)
        detail = await read_detail(tx.session, tx.actor, read)
        assert tx.cipher.decrypt(read.text) == "照片系旧照，涉嫌虚假办结"
    assert [one.ticket.number for one in detail.tickets] == [ticket]
    assert detail.reads == [("discipline先生", build.clock.now())]
    # Its row of the timeline is no gap to anybody else, and the chain holds.
    await build.do(Action.PROGRESS, ticket)
    async with maker() as session:
        for name in ("supervisor", "admin", "handler.chengguan"):
            rows = await list_timeline(session, people[name], before.id)
            assert [row.place for row in rows] == list(range(1, len(rows) + 1)) or name.startswith(
                "handler"
            )
            assert CLUE_TRANSFERRED not in {row.event.action for row in rows}
        rows = await list_timeline(session, people["discipline"], before.id)
        assert CLUE_TRANSFERRED in {row.event.action for row in rows}
        assert [row.place for row in rows] == [row.event.seq for row in rows]
        async for found in verify_histories(session, ticket):
            assert not found.faults
    assert (await build.find(ticket)).version == before.version + 1


async def test_a_clue_is_asked_about_and_concluded(build: Build, maker: SessionMaker) -> None:
    number = (await _transfer(build, grounds=ClueGrounds.LEAK)).number
    with pytest.raises(ClueMoveRefused):
        await _as(build, "discipline", clues.ask_about_clue, number, question="有何凭据")
    await _as(build, "discipline", clues.acknowledge_clue, number)
    with pytest.raises(ClueMoveRefused):
        await _as(build, "supervisor", clues.answer_about_clue, number, answer="无")
    await _as(build, "discipline", clues.ask_about_clue, number, question="有何凭据")
    await _deliver(build, tell_clue, ClueMoved)
    assert await _told(maker, "clue_asked") == ["supervisor"]
    async with maker() as session:
        [kept] = (await list_clues(session, build.city.people["supervisor"])).items
    assert build.cipher.decrypt(kept.question) == "有何凭据"
    for by in ("authority", "supervisor.second"):
        with pytest.raises(ClueNotFound):
            await _as(build, by, clues.answer_about_clue, number, answer="见附件")
    with pytest.raises(ClueMoveRefused):
        await _as(build, "discipline", clues.acknowledge_clue, number)
    await _as(build, "supervisor", clues.answer_about_clue, number, answer="见录音")
    done = await _as(
        build,
        "discipline",
        clues.conclude_clue,
        number,
        outcome=ClueOutcome.ACCOUNTABLE,
        conclusion="属实",
        document="纪字〔2026〕3号",
    )
    assert (done.state, build.cipher.decrypt(done.document)) == (
        ClueState.CONCLUDED,
        "纪字〔2026〕3号",
    )


async def test_who_read_a_clue_stays_written(build: Build, maker: SessionMaker) -> None:
    number = (await _transfer(build)).number
    for _ in range(2):
        await _as(build, "discipline", clues.read_clue, number)
    async with maker() as session:
        assert len((await session.exec(select(ClueRead))).all()) == 2
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):
            await session.exec(sa.delete(ClueRead))


async def test_a_clue_with_a_ticket_that_is_not_there_is_not_handed_over(
    build: Build, maker: SessionMaker
) -> None:
    with pytest.raises(Exception, match="ticket-not-found"):
        await _transfer(build, tickets=["2603020000017"])
    async with maker() as session:
        assert (await session.exec(select(Clue))).all() == []
        assert (await session.exec(select(Ticket))).all() == []
