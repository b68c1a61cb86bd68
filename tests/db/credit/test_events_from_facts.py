"""What departments do becomes events of their ledgers, told by the very actions of the loop."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from credit.intake.facts import ExclusionEnded, WorkExcluded
from credit.ledger import EntrySource, EntryState
from credit.verification import verify_chains
from hotline.escalation.acts import act_once
from hotline.escalation.sweep import sweep_once
from hotline.followup import field_checks
from hotline.followup.actions import exclude_rating
from hotline.followup.field_checks import Finding, candidates, confirm_check, record_check
from hotline.followup.models import CheckState, FieldCheck, FieldCheckPlan
from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.notices.models import Notice
from hotline.people.actions import save_department
from hotline.sla.policy import Limit
from hotline.tickets.actions.feedback import AuditGround, NoContactReason
from hotline.tickets.events import TicketMerged
from hotline.tickets.lifecycle import Action, Hold, Status
from hotline.tickets.meetings import ResponseScore
from hotline.tickets.models import Ticket
from hotline.tickets.ratings import UnfoundedReason
from tests.support.builders import Build
from tests.support.credit_told import facts_of, ledger, only_entry, standing, tell_credit

A = Action
PROVISIONAL, IN_FORCE, REVOKED = "provisional", "in_force", "revoked"


async def _watch(build: Build) -> None:
    """Fire whatever is due, and do what is done by itself."""
    now = build.clock.now()
    busy = True
    while busy:
        busy = (await sweep_once(build.session_maker, build.cipher, now=now)).may_be_more
        busy = await act_once(build.session_maker, build.cipher, now=now) or busy


async def _pass(build: Build, **time: float) -> None:
    build.clock.move(**time)
    await _watch(build)


async def _whole(build: Build) -> None:
    async with build.session_maker() as session:
        assert [one async for one in verify_chains(session)] == []


# -- each from its own actions -------------------------------------------------------------------------


async def test_an_order_is_an_event_once_for_each_task(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(A.ISSUE_ORDER, number, level=1)
    await tell_credit(build)
    assert await standing(build) == []  # a letter is none
    for _ in range(2):
        build.clock.move(minutes=1)
        await build.do(A.RAISE_ORDER, number)
    await tell_credit(build)
    row = await only_entry(build)
    assert (row.entry.code, row.state) == ("supervision_l2", EntryState.PROVISIONAL)
    assert (row.entry.ticket_number, row.entry.document) == (number, f"{number}-D2")
    assert row.entry.source is EntrySource.FACT
    assert row.entry.proof["level"] == 2


async def test_an_order_that_nobody_answers(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(A.ISSUE_ORDER, number)
    await _watch(build)
    for _ in range(25):  # watched all the time: nobody is excused
        await _pass(build, hours=1)
    await tell_credit(build)
    assert ("supervision_unanswered", PROVISIONAL) in await standing(build)
    [fact] = await facts_of(build, "order_unanswered")
    assert (fact["order_number"], fact["is_excused"]) == (f"{number}-D1", False)


async def test_a_late_answer_is_no_answer_in_time(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(A.ISSUE_ORDER, number, level=3, reply_limit=Limit.parse("PT6H"))
    for _ in range(7):
        await _pass(build, hours=1)
    await build.do(A.ANSWER_ORDER, number)
    await tell_credit(build, times=2)
    codes = [code for code, _ in await standing(build)]
    assert codes.count("supervision_unanswered") == 1


async def test_nobody_is_blamed_for_what_he_was_not_warned_of(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(A.ISSUE_ORDER, number)
    build.clock.move(hours=30)  # the sweeper does not run
    await build.do(A.ANSWER_ORDER, number)
    await tell_credit(build)
    [fact] = await facts_of(build, "order_unanswered")
    assert fact["is_excused"]
    assert [code for code, _ in await standing(build)] == ["supervision_l2"]


async def test_a_rejected_return(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED, Hold.RETURN_REVIEW)
    await build.do(A.DECIDE_RETURN, number)
    await tell_credit(build)
    row = await only_entry(build)
    assert (row.entry.code, row.entry.points) == ("unfounded_return", -row.entry.points.copy_abs())


async def test_a_return_taken_back_is_none_the_first_time(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED, Hold.RETURN_REVIEW)
    await build.do(A.WITHDRAW_RETURN, number)
    await tell_credit(build)
    assert await standing(build) == []


async def test_closed_without_a_word(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(A.SUBMIT_FEEDBACK, number, no_contact_reason=NoContactReason.UNREACHABLE)
    await build.do(A.PASS_AUDIT, number)
    await build.do(A.RECORD_VISIT, number, was_contacted=False)
    await tell_credit(build)
    assert await standing(build) == [("no_contact_close", PROVISIONAL)]


async def test_what_was_said_in_confidence_becomes_no_event(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(A.SUBMIT_FEEDBACK, number, no_contact_reason=NoContactReason.UNREACHABLE)
    await build.do(A.PASS_AUDIT, number)
    await build.do(A.RECORD_VISIT, number, was_contacted=False, is_anonymous=True)
    assert await facts_of(build, "contact_denied") == []


@pytest.mark.parametrize("reason", [None, NoContactReason.ANONYMOUS])
async def test_a_record_or_a_true_reason_is_for_people_to_judge(
    build: Build, reason: NoContactReason | None
) -> None:
    number = await build.ticket(Status.PROCESSING)
    if reason is None:
        await build.do(A.CONTACT, number)
    await build.do(A.SUBMIT_FEEDBACK, number, no_contact_reason=reason)
    await build.do(A.PASS_AUDIT, number)
    await build.do(A.RECORD_VISIT, number, was_contacted=False)
    await tell_credit(build)
    assert len(await facts_of(build, "contact_denied")) == 1
    assert await standing(build) == []


@pytest.mark.parametrize(
    ("ground", "events"),
    [
        (AuditGround.NONRESPONSIVE, [("nonresponsive_reply", PROVISIONAL)]),
        (AuditGround.NO_EVIDENCE, []),
        (None, []),
    ],
)
async def test_a_reply_beside_the_point(
    build: Build, ground: AuditGround | None, events: list[Any]
) -> None:
    number = await build.ticket(Status.FEEDBACK_SUBMITTED)
    await build.do(A.REJECT_AUDIT, number, ground=ground)
    await tell_credit(build)
    assert await standing(build) == events


async def test_back_again_within_thirty_days(build: Build) -> None:
    number = await build.ticket(Status.CLOSED)
    build.clock.move(days=14)
    await build.do(A.REOPEN, number)
    await tell_credit(build)
    row = await only_entry(build)
    assert (row.entry.code, row.entry.proof["again_number"]) == ("repeat_after_done", number)


@pytest.mark.parametrize(("days", "count"), [(20, 1), (40, 0)])
async def test_told_of_again_in_a_new_ticket(build: Build, days: int, count: int) -> None:
    earlier = await build.ticket(Status.CLOSED)
    build.clock.move(days=days)
    again = (await build.create()).number
    await build.do(A.EXPLAIN_REPEAT, again, earlier=earlier)
    await build.do(A.DECIDE_REPEAT, again, approve=False, explanation="确有新情况")
    await tell_credit(build)
    rows = await ledger(build)
    assert [(row.entry.code, row.entry.ticket_number) for row in rows] == [
        ("repeat_after_done", earlier)
    ] * count


async def test_milestones_and_the_plan(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING, Hold.RECTIFICATION)
    for _ in range(45):
        await _pass(build, days=1)
    await tell_credit(build)
    codes = [code for code, _ in await standing(build)]
    assert codes.count("milestone_missed") == 2
    assert codes.count("plan_failed") == 1
    assert (await build.find(number)).hold is None


async def test_a_milestone_done_late(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING, Hold.RECTIFICATION)
    for _ in range(12):
        await _pass(build, days=1)
    await build.do(A.COMPLETE_MILESTONE, number)
    await tell_credit(build)
    assert ("milestone_missed", PROVISIONAL) in await standing(build)
    assert "plan_failed" not in {code for code, _ in await standing(build)}


async def test_a_co_handler_that_keeps_silent(build: Build) -> None:
    number = (await build.create()).number
    await build.follow(
        number, A.ACCEPT, (A.DISPATCH, {"co_departments": ["zhujian"]}), A.SIGN, A.CONTACT
    )
    for _ in range(30):
        await _pass(build, hours=4)
    await tell_credit(build)
    assert await standing(build, "zhujian") == [("co_timeout", PROVISIONAL)]


async def _badly_rated_again(build: Build) -> str:
    number = await build.ticket(Status.PENDING_VISIT, Hold.RATING_CHECK)
    await build.follow(
        number,
        A.CONTACT_RATER,
        (A.DECIDE_RATING_CHECK, {"by": "auditor"}),
        A.CONTACT,
        A.SUBMIT_FEEDBACK,
        A.PASS_AUDIT,
    )
    return number


async def test_a_founded_rating_that_was_not_put_right(build: Build) -> None:
    number = await _badly_rated_again(build)
    await build.do(A.RECORD_VISIT, number, solved=False, rating=None)
    await tell_credit(build)
    row = await only_entry(build)
    assert (row.entry.code, row.entry.proof["outcome"]) == (
        "bad_rating_founded_unfixed",
        "unsolved",
    )


async def test_a_founded_rating_put_right_is_over(build: Build) -> None:
    number = await _badly_rated_again(build)
    await build.do(A.RECORD_VISIT, number, solved=True, rating=5)
    await tell_credit(build)
    assert await standing(build) == []


async def _led(build: Build, *others: str) -> str:
    """Return a ticket that was solved at once with others beside the lead."""
    number = (await build.create()).number
    await build.follow(
        number, A.ACCEPT, (A.DISPATCH, {"co_departments": list(others)}), A.SIGN, A.CONTACT
    )
    for other in others:
        await build.do(A.SUBMIT_OPINION, number, by=f"handler.{other}")
    await build.follow(number, A.SUBMIT_FEEDBACK, A.PASS_AUDIT, A.RECORD_VISIT)
    return number


async def test_that_one_helps_is_everyday_work(build: Build) -> None:
    await _led(build, "zhujian")
    await tell_credit(build)
    assert await standing(build) == []


async def test_the_first_that_leads_many_to_the_end(build: Build) -> None:
    await _led(build, "zhujian", "huanbao")
    await tell_credit(build)
    assert await standing(build) == [("first_receiver_lead", PROVISIONAL)]
    assert await standing(build, "zhujian") == []


@pytest.mark.parametrize(
    ("score", "count"), [(ResponseScore.EXCELLENT, 1), (ResponseScore.GOOD, 1), (3, 0)]
)
async def test_a_whistle_answered_well(build: Build, score: int, count: int) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.follow(
        number,
        A.BLOW_WHISTLE,
        A.REPORT_IN,
        A.DECIDE_WHISTLE,
        (A.SCORE_WHISTLE, {"score": ResponseScore(score)}),
    )
    await tell_credit(build)
    assert await standing(build, "zhujian") == [("whistle_good", PROVISIONAL)] * count


# -- an independent check of two persons ---------------------------------------------------------------


async def _field_check(build: Build, number: str) -> FieldCheck:
    ticket = await build.find(number)
    month = field_checks.month_before(build.clock.now() + timedelta(days=31))
    async with build.acting("supervisor") as tx:
        assert number in {one.number for one, _ in await candidates(tx.session, month)}
        tx.session.add(
            FieldCheckPlan(month=month, seed="s", closed_count=1, drawn_count=1, planned_at=tx.now)
        )
        await tx.session.flush()
        check = FieldCheck(
            id=uuid7(tx.now),
            month=month,
            ticket_id=ticket.id,
            department_id=ticket.lead_department_id or 0,
            state=CheckState.PLANNED,
        )
        tx.session.add(check)
    return check


async def test_false_completion_found_by_two(build: Build) -> None:
    number = await build.ticket(Status.CLOSED)
    check = await _field_check(build, number)
    async with build.acting("supervisor") as tx:
        await record_check(tx, check.id, Finding(is_done=False, words="仍然不亮"))
    await tell_credit(build)
    assert await standing(build) == []  # one person alone is none
    async with build.acting("supervisor.second") as tx:
        await confirm_check(tx, check.id, confirm=True, explanation="属实", reopen=True)
    await tell_credit(build, times=2)
    row = await only_entry(build)  # and what was never done has not come back
    assert (row.entry.code, row.state) == ("false_closure", EntryState.IN_FORCE)
    people = build.city.people
    assert row.entry.recorded_by == people["supervisor"].user_id
    assert row.entry.second_by == people["supervisor.second"].user_id
    assert row.confirm_by is None


async def test_a_finding_set_aside_is_no_event(build: Build) -> None:
    number = await build.ticket(Status.CLOSED)
    check = await _field_check(build, number)
    async with build.acting("supervisor") as tx:
        await record_check(tx, check.id, Finding(is_done=False, words="仍然不亮"))
    async with build.acting("supervisor.second") as tx:
        await confirm_check(tx, check.id, confirm=False, explanation="看错地方")
    await tell_credit(build)
    assert await standing(build) == []


# -- what makes events void, in whatever order it is told ----------------------------------------------


async def _overturned(build: Build) -> str:
    number = await build.ticket(Status.PROCESSING, Hold.ARBITRATION)
    build.clock.move(minutes=5)
    await build.do(A.DECIDE_ARBITRATION, number, department="jiaotong")
    return number


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_return_that_the_authority_upholds(build: Build, *, backwards: bool) -> None:
    await _overturned(build)
    await tell_credit(build, backwards=backwards, times=3)
    rows = await ledger(build)
    [reversal] = [row for row in rows if row.entry.reverses_id]
    [entry] = [row for row in rows if row is not reversal]
    assert (entry.entry.code, entry.state) == ("unfounded_return", EntryState.REVOKED)
    assert (reversal.entry.reverses_id, reversal.state) == (entry.entry.id, EntryState.IN_FORCE)
    assert reversal.entry.points == -entry.entry.points
    await _whole(build)


async def test_a_return_that_the_authority_rejects_stays(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING, Hold.ARBITRATION)
    await build.do(A.DECIDE_ARBITRATION, number, department="chengguan")
    await tell_credit(build, times=2)
    assert await standing(build) == [("unfounded_return", PROVISIONAL)]


@pytest.mark.parametrize("backwards", [False, True])
async def test_whoever_never_had_the_duty_did_nothing_wrong(
    build: Build, *, backwards: bool
) -> None:
    number = await build.ticket(Status.DISPATCHED)
    await build.do(A.ISSUE_ORDER, number)
    await build.do(A.REQUEST_RETURN, number)
    build.clock.move(minutes=5)
    await build.do(A.DECIDE_RETURN, number, uphold=True, department="jiaotong")
    build.clock.move(minutes=5)
    await build.do(A.ISSUE_ORDER, number)
    await tell_credit(build, backwards=backwards)
    assert await standing(build) == [("supervision_l2", REVOKED)]
    assert await standing(build, "jiaotong") == [("supervision_l2", PROVISIONAL)]


@pytest.mark.parametrize("backwards", [False, True])
async def test_an_unfounded_rating_takes_back_what_followed_from_it(
    build: Build, *, backwards: bool
) -> None:
    number = await _badly_rated_again(build)
    await build.do(A.RECORD_VISIT, number, solved=True, rating=1)
    await build.do(A.CONTACT_RATER, number)
    await build.do(A.DECIDE_RATING_CHECK, number, by="auditor")
    await build.follow(number, A.CONTACT, A.SUBMIT_FEEDBACK, A.PASS_AUDIT)
    await build.do(A.RECORD_VISIT, number, solved=True, rating=1)
    await build.do(A.CONTACT_RATER, number)
    await build.do(A.PROPOSE_UNFOUNDED, number, reason=UnfoundedReason.MALICIOUS)
    await build.do(A.DECIDE_RATING_CHECK, number, founded=False, by="auditor.second")
    ticket = await build.find(number)
    async with build.acting("system") as tx:
        await exclude_rating(tx, ticket.id, ticket.round, UnfoundedReason.MALICIOUS)
    await tell_credit(build, backwards=backwards)
    # The second rating was founded and stays; the third one is none.
    assert await standing(build) == [("bad_rating_founded_unfixed", PROVISIONAL)]


async def test_a_field_check_takes_back_the_praise(build: Build) -> None:
    number = await _led(build, "zhujian", "huanbao")
    check = await _field_check(build, number)
    async with build.acting("supervisor") as tx:
        await record_check(tx, check.id, Finding(is_done=False, words="没有修"))
    async with build.acting("supervisor.second") as tx:
        await confirm_check(tx, check.id, confirm=True, explanation="属实")
    await tell_credit(build, backwards=True)
    assert sorted(await standing(build)) == [
        ("false_closure", IN_FORCE),
        ("first_receiver_lead", REVOKED),
    ]


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_ticket_that_follows_another_one(build: Build, *, backwards: bool) -> None:
    number = await build.ticket(Status.DISPATCHED)
    await build.do(A.ISSUE_ORDER, number)
    await build.do(A.REQUEST_RETURN, number)
    await build.do(A.WITHDRAW_RETURN, number)
    ticket = await build.find(number)
    async with build.acting("system") as tx:
        await emit(
            tx,
            TicketMerged(
                ticket_id=str(ticket.id), ticket_number=number, parent_number="2603029999990"
            ),
        )
    await tell_credit(build, backwards=backwards, times=2)
    assert await standing(build) == [("supervision_l2", REVOKED)]


async def test_a_merge_is_told(build: Build) -> None:
    number = await build.ticket()
    await build.do(A.MERGE, number)
    [fact] = await facts_of(build, "ticket_merged")
    assert fact["ticket_number"] == number


# -- exclusions ----------------------------------------------------------------------------------------


def _excluded(ticket: Ticket, **more: Any) -> WorkExcluded:
    return WorkExcluded(
        **{
            "exclusion_id": "e1",
            "ticket_id": str(ticket.id),
            "ticket_number": ticket.number,
            "cause": "malicious",
        }
        | more
    )


@pytest.mark.parametrize("backwards", [False, True])
async def test_excluded_work_weighs_nothing(build: Build, *, backwards: bool) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(A.ISSUE_ORDER, number)
    async with build.acting("system") as tx:
        await emit(tx, _excluded(await build.find(number)))
    await tell_credit(build, backwards=backwards)
    assert await standing(build) == [("supervision_l2", REVOKED)]


async def test_work_of_another_department_stays(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(A.ISSUE_ORDER, number)
    other = build.city.departments["zhujian"]
    async with build.acting("system") as tx:
        await emit(tx, _excluded(await build.find(number), department_id=other))
    await tell_credit(build)
    assert await standing(build) == [("supervision_l2", PROVISIONAL)]


@pytest.mark.parametrize("backwards", [False, True])
async def test_an_exclusion_that_ended_touches_nothing_new(
    build: Build, *, backwards: bool
) -> None:
    number = await build.ticket(Status.PROCESSING)
    ticket = await build.find(number)
    async with build.acting("system") as tx:
        await emit(tx, _excluded(ticket))
        await emit(
            tx, ExclusionEnded(exclusion_id="e1", ticket_id=str(ticket.id), ticket_number=number)
        )
    await tell_credit(build, backwards=backwards)
    await build.do(A.ISSUE_ORDER, number)
    await tell_credit(build)
    assert await standing(build) == [("supervision_l2", PROVISIONAL)]


# -- departments that change ---------------------------------------------------------------------------


async def test_a_department_that_was_renamed_and_closed(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(A.ISSUE_ORDER, number)
    async with build.acting("admin") as tx:
        await save_department(
            tx, code="chengguan", name="综合执法局", name_en="Law Enforcement", is_active=False
        )
    await tell_credit(build)
    row = await only_entry(build)
    assert (row.department.name, row.state) == ("综合执法局", EntryState.PROVISIONAL)


# -- told, and kept ------------------------------------------------------------------------------------


async def test_leaders_are_told_once(build: Build) -> None:
    await _overturned(build)
    await tell_credit(build, times=2)
    async with build.session_maker() as session:
        rows = (await session.exec(select(Notice).where(sa.text("kind LIKE 'credit%'")))).all()
    leader = build.city.people["leader.chengguan"].user_id
    assert sorted((row.kind, row.user_id) for row in rows) == [
        ("credit_event", leader),
        ("credit_event_taken_back", leader),
    ]
    [entry] = [row.entry for row in await ledger(build) if row.entry.reverses_id is None]
    assert {row.params["entry"] for row in rows} == {str(entry.id)}


async def test_nothing_of_it_can_be_changed_in_sql(build: Build) -> None:
    await _overturned(build)
    await tell_credit(build)
    for statement in (
        "UPDATE credit_entries SET points = 0",
        "DELETE FROM credit_entries",
        "TRUNCATE credit_entries CASCADE",
        "UPDATE credit_entry_changes SET state = 'in_force'",
        "DELETE FROM credit_entry_changes",
        "TRUNCATE credit_entry_changes CASCADE",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):
            async with build.session_maker() as session, session.begin():
                await session.exec(sa.text(statement))  # type: ignore[call-overload]
    await _whole(build)
