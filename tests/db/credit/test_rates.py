"""From real actions through the outbox to the rates: who is counted, for what, and what takes it back."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select

from credit.intake.facts import ExclusionEnded, WorkExcluded
from credit.intake.posting import ToldFact, post_fact
from credit.ledger import Measure
from hotline.escalation.acts import act_once
from hotline.escalation.sweep import sweep_once
from hotline.followup.field_checks import Finding, confirm_check, plan_month, record_check
from hotline.followup.models import FieldCheck
from hotline.followup.sampling import SamplingRule
from hotline.people.actions import save_department
from hotline.tickets.actions.feedback import NoContactReason
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.models import TicketRequester
from tests.support.builders import Build
from tests.support.clock import MONDAY
from tests.support.credit_facts import causes_of, deliver, observations, rates_of

A, M = Action, Measure
ONE, NOT = (Decimal(1), 1), (Decimal(0), 1)
WHOLE = {M.BASE: ONE, M.SIGN: ONE, M.CONTACT: ONE, M.PROMISE: ONE, M.QUALITY: ONE}
"""A ticket that was handled well, and about which nobody was asked yet."""
SAYS: Mapping[str, Any] = {"reached": True, "solved": True, "rating": 5}


async def _watch(build: Build) -> None:
    """Let the sweeper do what is due."""
    now = build.clock.now()
    while (await sweep_once(build.session_maker, build.cipher, now=now)).may_be_more:
        pass


async def test_a_ticket_from_signature_to_rating(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    await deliver(build)
    assert await rates_of(build) == WHOLE
    await build.do(A.RECORD_VISIT, number, rating=4)
    await deliver(build)
    assert await rates_of(build) == {
        **WHOLE,
        M.RESOLVED: ONE,
        M.SATISFIED: (Decimal("0.900"), 1),
    }
    assert await causes_of(build) == set()
    for row in await observations(build):
        assert (row.ticket_number, row.hop, row.round, row.category) == (number, 1, 1, "urban")


async def test_a_ticket_under_way_is_not_counted(build: Build) -> None:
    await build.ticket(Status.FEEDBACK_SUBMITTED)
    assert await deliver(build) == 0


async def test_no_rating_is_no_rating(build: Build) -> None:
    for _ in range(3):
        number = await build.ticket(Status.PENDING_VISIT)
        await build.do(A.RECORD_VISIT, number, rating=None)
    await deliver(build)
    rates = await rates_of(build)
    assert M.SATISFIED not in rates
    assert rates[M.RESOLVED] == (Decimal(3), 3)


async def test_late_signature_late_contact_late_work(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    for _ in range(40):
        build.clock.move(hours=1)
        await _watch(build)
    if (await build.find(number)).status is Status.DISPATCHED:
        await build.do(A.SIGN, number)
    await build.follow(number, A.CONTACT, A.SUBMIT_FEEDBACK, A.PASS_AUDIT)
    await deliver(build)
    rates = await rates_of(build)
    assert rates == {M.BASE: ONE, M.SIGN: NOT, M.CONTACT: NOT, M.PROMISE: NOT, M.QUALITY: ONE}


async def test_what_broke_while_nobody_watched_is_listed_and_not_counted(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    build.clock.move(hours=40)
    await build.follow(number, A.SIGN, A.CONTACT, A.SUBMIT_FEEDBACK, A.PASS_AUDIT)
    await deliver(build)
    assert await rates_of(build) == {M.BASE: ONE, M.QUALITY: ONE}
    assert await causes_of(build) == {
        ("sign", "outage"),
        ("contact", "outage"),
        ("promise", "outage"),
    }


async def test_nobody_to_contact_is_not_late(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.follow(
        number, (A.SUBMIT_FEEDBACK, {"no_contact_reason": NoContactReason.ANONYMOUS}), A.PASS_AUDIT
    )
    await deliver(build)
    assert M.CONTACT not in await rates_of(build)
    assert ("contact", "nobody_to_contact") in await causes_of(build)


async def test_only_who_held_it_when_it_broke_is_charged(build: Build) -> None:
    """The first was right to give it back; the second is late; nothing of that is the first one's."""
    number = await build.ticket(Status.PROCESSING)
    build.clock.move(hours=1)
    await build.follow(
        number, A.REQUEST_RETURN, (A.DECIDE_RETURN, {"uphold": True, "department": "jiaotong"})
    )
    for _ in range(40):
        build.clock.move(hours=1)
        await _watch(build)
    if (await build.find(number)).status is Status.DISPATCHED:
        await build.do(A.SIGN, number, by="handler.jiaotong")
    for action in (A.CONTACT, A.SUBMIT_FEEDBACK):
        await build.do(action, number, by="handler.jiaotong")
    await build.do(A.PASS_AUDIT, number)
    await build.do(A.RECORD_VISIT, number, rating=3)
    await deliver(build)
    assert await rates_of(build, "chengguan") == {}
    assert await causes_of(build, "chengguan") == {
        ("base", "misdispatch"),
        ("sign", "misdispatch"),
    }
    assert await rates_of(build, "jiaotong") == {
        M.BASE: ONE,
        M.SIGN: NOT,
        M.CONTACT: NOT,
        M.PROMISE: NOT,
        M.QUALITY: ONE,
        M.RESOLVED: ONE,
        M.SATISFIED: (Decimal("0.700"), 1),
    }
    assert {row.hop for row in await observations(build, "jiaotong")} == {2}


async def test_a_return_in_vain_leaves_everything_counted(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.follow(
        number, A.REQUEST_RETURN, A.DECIDE_RETURN, A.CONTACT, A.SUBMIT_FEEDBACK, A.PASS_AUDIT
    )
    await deliver(build)
    assert await rates_of(build) == WHOLE
    assert await causes_of(build) == set()


async def test_a_rejected_audit_counts_and_so_does_the_next(build: Build) -> None:
    number = await build.ticket(Status.FEEDBACK_SUBMITTED)
    await build.follow(number, A.REJECT_AUDIT, timedelta(hours=1), A.SUBMIT_FEEDBACK, A.PASS_AUDIT)
    await deliver(build)
    assert (await rates_of(build))[M.QUALITY] == (Decimal(1), 2)


async def test_co_handlers_count_in_the_base_alone(build: Build) -> None:
    number = await build.ticket(Status.ACCEPTED)
    await build.follow(
        number,
        (A.DISPATCH, {"co_departments": ["zhujian", "huanbao"]}),
        A.SIGN,
        (A.RELEASE_CO_DEPARTMENT, {"department": "huanbao"}),
        A.SUBMIT_OPINION,
        A.CONTACT,
        A.SUBMIT_FEEDBACK,
        A.PASS_AUDIT,
        A.RECORD_VISIT,
    )
    await deliver(build)
    assert await rates_of(build, "zhujian") == {M.BASE: ONE}
    assert await rates_of(build, "huanbao") == {}
    assert await causes_of(build, "huanbao") == {("base", "released")}
    assert (await rates_of(build))[M.BASE] == ONE


async def test_each_round_is_work_of_its_own_and_reopening_takes_the_solved_back(
    build: Build,
) -> None:
    number = await build.ticket(Status.CLOSED)
    build.clock.move(days=2)
    await build.do(A.REOPEN, number)
    await deliver(build)
    assert M.RESOLVED not in await rates_of(build)
    assert ("resolved", "reopened") in await causes_of(build)
    await build.follow(
        number, A.CONTACT, A.SUBMIT_FEEDBACK, A.PASS_AUDIT, (A.RECORD_VISIT, {"rating": 2})
    )
    await deliver(build)
    assert await rates_of(build) == {
        M.BASE: (Decimal(2), 2),
        M.SIGN: ONE,  # nobody is given a ticket anew that he has
        M.CONTACT: ONE,
        M.PROMISE: (Decimal(2), 2),
        M.QUALITY: (Decimal(2), 2),
        M.RESOLVED: ONE,
        M.SATISFIED: (Decimal("1.200"), 2),
    }


async def test_an_unsolved_matter_stays_unsolved_in_its_round(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    await build.follow(
        number,
        (A.RECORD_VISIT, {"solved": False, "rating": 1}),
        A.CONTACT,
        A.SUBMIT_FEEDBACK,
        A.PASS_AUDIT,
        A.RECORD_VISIT,
    )
    await deliver(build)
    assert (await rates_of(build))[M.RESOLVED] == (Decimal(1), 2)


async def test_an_explanation_that_passed_is_not_asked_whether_it_solved(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.follow(
        number,
        A.CONTACT,
        (A.SUBMIT_FEEDBACK, {"resolved": False}),
        A.PASS_AUDIT,
        (A.RECORD_VISIT, {"solved": False, "rating": 3}),
    )
    await deliver(build)
    rates = await rates_of(build)
    assert M.RESOLVED not in rates
    assert rates[M.SATISFIED] == (Decimal("0.700"), 1)
    assert ("resolved", "explained") in await causes_of(build)


async def test_a_bad_rating_without_ground_does_not_count(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    await build.do(A.RECORD_VISIT, number, rating=1)
    await deliver(build)
    assert (await rates_of(build))[M.SATISFIED] == NOT
    await build.follow(
        number, A.CONTACT_RATER, A.PROPOSE_UNFOUNDED, (A.DECIDE_RATING_CHECK, {"founded": False})
    )
    await deliver(build)
    rates = await rates_of(build)
    assert M.SATISFIED not in rates
    assert rates[M.RESOLVED] == ONE
    assert ("satisfied", "mistaken") in await causes_of(build)


async def test_a_group_counts_once_and_rates_together(build: Build) -> None:
    first = await build.ticket(Status.ACCEPTED)
    others = [await build.ticket(requester_phone=f"1390000{n}") for n in (2001, 2002)]
    for other in others:
        await build.do(A.MERGE, other, parent=first)
    await build.follow(first, A.DISPATCH, A.SIGN, A.CONTACT, A.SUBMIT_FEEDBACK, A.PASS_AUDIT)
    async with build.session_maker() as session:
        people = (await session.exec(select(TicketRequester.id))).all()
    for person, (solved, rating) in zip(people, [(True, 5), (True, 4), (False, 3)], strict=True):
        await build.do(A.RECORD_VISIT, first, requester_id=person, solved=solved, rating=rating)
    await deliver(build)
    assert await rates_of(build) == {
        **WHOLE,
        M.RESOLVED: NOT,
        M.SATISFIED: (Decimal("0.867"), 1),
    }


async def test_merged_after_it_was_given_back_and_split_again(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.follow(
        number, A.REQUEST_RETURN, (A.DECIDE_RETURN, {"uphold": True, "department": None})
    )
    await build.follow(number, A.MERGE)
    await deliver(build)
    assert ("base", "duplicate_child") in await causes_of(build)
    await build.follow(
        number,
        A.SPLIT,
        (A.DISPATCH, {"department": "zhujian"}),
        (A.SIGN, {"by": "handler.zhujian"}),
        (A.CONTACT, {"by": "handler.zhujian"}),
        (A.SUBMIT_FEEDBACK, {"by": "handler.zhujian"}),
        A.PASS_AUDIT,
    )
    await deliver(build)
    assert await rates_of(build, "zhujian") == WHOLE
    assert await rates_of(build) == {}
    assert (await observations(build))[-1].cause == "misdispatch"


async def test_withdrawn_for_want_of_papers(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(A.REQUEST_SUPPLEMENT, number, by="handler.chengguan")
    for _ in range(40):
        build.clock.move(hours=12)
        await _watch(build)
        while await act_once(build.session_maker, build.cipher, now=build.clock.now()):
            pass
    assert (await build.find(number)).status is Status.CANCELLED
    await deliver(build)
    assert await rates_of(build) == {}
    assert ("base", "withdrawn") in await causes_of(build)


async def test_a_final_reply_takes_the_whole_ticket_out_and_reopening_puts_it_back(
    build: Build,
) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    await deliver(build)
    assert await rates_of(build) == WHOLE
    await build.follow(number, A.REQUEST_FINAL_REPLY, A.REVIEW_FINAL_REPLY, A.DECIDE_FINAL_REPLY)
    await deliver(build)
    assert await rates_of(build) == {}
    assert {cause for _, cause in await causes_of(build)} == {"unreasonable"}
    await build.do(A.REOPEN, number)
    await deliver(build)
    assert await rates_of(build) == WHOLE


async def test_an_approved_pause_costs_nothing_and_is_listed(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.follow(number, A.CONTACT, A.REQUEST_SUSPENSION, A.DECIDE_SUSPENSION)
    for _ in range(20):
        build.clock.move(hours=24)
        await _watch(build)
    await build.follow(number, A.END_SUSPENSION, A.SUBMIT_FEEDBACK, A.PASS_AUDIT)
    await deliver(build)
    assert await rates_of(build) == WHOLE
    assert await causes_of(build) == {("promise", "approved_pause")}


async def test_more_time_is_time(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.follow(number, A.CONTACT, A.REQUEST_EXTENSION, A.DECIDE_EXTENSION)
    for _ in range(30):
        build.clock.move(hours=1)
        await _watch(build)
    await build.follow(number, A.SUBMIT_FEEDBACK, A.PASS_AUDIT)
    await deliver(build)
    assert (await rates_of(build))[M.PROMISE] == ONE


async def test_a_plan_counts_by_milestone(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.follow(
        number,
        A.CONTACT,
        A.REQUEST_RECTIFICATION,
        A.DECIDE_RECTIFICATION,
        timedelta(days=5),
        A.COMPLETE_MILESTONE,
    )
    for _ in range(45):
        build.clock.move(hours=24)
        await _watch(build)
    await build.follow(number, (A.COMPLETE_MILESTONE, {"milestone": 2}), A.REQUEST_CLOSE_OUT)
    await build.do(A.END_RECTIFICATION, number, completed=True)
    await build.follow(number, A.SUBMIT_FEEDBACK, A.PASS_AUDIT)
    await deliver(build)
    assert (await rates_of(build))[M.PROMISE] == (Decimal(1), 2)
    assert ("promise", "by_milestone") in await causes_of(build)


async def test_a_failed_plan_counts_its_missed_milestones(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.follow(number, A.CONTACT, A.REQUEST_RECTIFICATION, A.DECIDE_RECTIFICATION)
    for _ in range(45):
        build.clock.move(hours=24)
        await _watch(build)
        while await act_once(build.session_maker, build.cipher, now=build.clock.now()):
            pass
    assert (await build.find(number)).hold is None
    await deliver(build)
    assert (await rates_of(build))[M.PROMISE] == (Decimal(0), 2)


async def test_a_plan_struck_off_before_any_milestone_is_a_promise_broken(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.follow(
        number, A.CONTACT, A.REQUEST_RECTIFICATION, A.DECIDE_RECTIFICATION, A.END_RECTIFICATION
    )
    await deliver(build)
    assert (await rates_of(build))[M.PROMISE] == NOT


@pytest.mark.parametrize("reopen", [False, True])
async def test_a_field_check_contradicts_the_requester(build: Build, reopen: bool) -> None:
    await build.ticket(Status.CLOSED)
    await build.ticket(Status.CLOSED)
    await deliver(build)
    assert (await rates_of(build))[M.RESOLVED] == (Decimal(2), 2)
    build.clock.move(days=1)
    async with build.acting("supervisor") as tx:
        rule = SamplingRule({"default": Decimal(1)}, least=1)
        assert await plan_month(tx, MONDAY.date().replace(day=1), rule) == 2
    async with build.session_maker() as session:
        first, second = (
            await session.exec(select(FieldCheck.id).order_by(col(FieldCheck.id)))
        ).all()
    async with build.acting("supervisor") as tx:
        await record_check(tx, first, Finding(is_done=True, words="已修好"))
        await record_check(tx, second, Finding(is_done=False, words="未修"))
    await deliver(build)
    assert (await rates_of(build))[M.RESOLVED] == (Decimal(2), 2)  # one person's word is not enough
    async with build.acting("supervisor.second") as tx:
        await confirm_check(tx, second, confirm=True, explanation="属实", reopen=reopen)
    await deliver(build)
    assert (await rates_of(build))[M.RESOLVED] == (Decimal(1), 2)


async def test_two_persons_take_work_out_and_put_it_back(build: Build) -> None:
    number = await build.ticket(Status.CLOSED)
    await deliver(build)
    before = await rates_of(build)
    ticket, exclusion = await build.find(number), str(uuid.uuid4())
    named: dict[str, Any] = {
        "exclusion_id": exclusion,
        "ticket_id": str(ticket.id),
        "ticket_number": number,
    }
    out = WorkExcluded(**named, cause="force_majeure")
    async with build.acting("supervisor") as tx:
        await post_fact(tx, ToldFact(uuid.uuid4(), out.topic, out.payload(), tx.now))
    assert await rates_of(build) == {}
    assert {cause for _, cause in await causes_of(build)} == {"force_majeure"}
    back = ExclusionEnded(**named)
    async with build.acting("supervisor") as tx:
        await post_fact(tx, ToldFact(uuid.uuid4(), back.topic, back.payload(), tx.now))
    assert await rates_of(build) == before


async def test_a_department_renamed_and_closed_meanwhile_keeps_what_it_did(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    async with build.acting("admin") as tx:
        await save_department(
            tx, code="chengguan", name="城市管理综合执法局", name_en="City", is_active=False
        )
    await build.do(A.RECORD_VISIT, number)
    await deliver(build)
    assert await rates_of(build) == {
        **WHOLE,
        M.RESOLVED: ONE,
        M.SATISFIED: (Decimal("1.000"), 1),
    }


async def test_a_rating_in_confidence_is_marked(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    await build.do(A.RECORD_VISIT, number, rating=3, is_anonymous=True)
    await deliver(build)
    assert await causes_of(build) == {("satisfied", "in_confidence")}
    assert (await rates_of(build))[M.SATISFIED] == (Decimal("0.700"), 1)
