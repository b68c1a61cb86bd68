"""Grades that act: what begins and ends with them, and what the hotline does about it."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select

from credit.consequences.actions import follow_grades_once, record_routine_check
from credit.consequences.errors import CheckAhead
from credit.consequences.queries import (
    consequences_in_force,
    due_checks,
    find_own_department,
    honours_of,
    past_consequences,
    routine_checks_of,
)
from credit.consequences.rules import ConsequenceKind
from credit.rulebook import Grade
from credit.rules.actions import begin_draft, publish_draft
from credit.rules.fields import flat, nested
from hotline.followup.field_checks import draw_month
from hotline.followup.sampling import SamplingRule
from hotline.followup.second_look_models import LookState, SecondLook, SecondLookPlan
from hotline.followup.second_looks import (
    Look,
    SecondLookNotFound,
    SecondLookOver,
    draw_day,
    draw_due,
    is_drawn,
    record_look,
)
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.outbox import OutboxMessage
from hotline.people.actions import DepartmentNotFound
from hotline.people.principal import PermissionDenied
from hotline.people.treatments import treatments
from hotline.procedures.errors import ExtensionBarred
from hotline.supervision.errors import ProposalNotFound
from hotline.supervision.interviews.actions import plan_interview
from hotline.supervision.interviews.proposals import dismiss_proposal, open_proposals
from hotline.supervision.interviews.rules import InterviewReason
from hotline.tickets.counted import WorkAudited
from hotline.tickets.errors import SecondPersonNeeded
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import Build
from tests.support.credit_rows import shanghai
from tests.support.graded import follow, grade, told
from tests.support.queries import count_queries

_K = ConsequenceKind


async def standing(build: Build, code: str) -> dict[ConsequenceKind, str]:
    async with build.session_maker() as session:
        rows = await consequences_in_force(
            session, build.clock.now(), department_id=build.city.departments[code]
        )
    return {row.consequence.kind: row.consequence.value for row in rows}


async def test_consequences_follow_a_published_grade_and_end_with_it(build: Build) -> None:
    await grade(build, "2026-09", {"chengguan": Grade.C, "zhujian": Grade.A})
    assert await follow(build) == 2
    assert await standing(build, "chengguan") == {
        _K.QA_SHARE: "0.3",
        _K.CHECK_SHARE: "0.05",
        _K.CHECK_CYCLE: "30",
        _K.WATCHED: "",
        _K.NO_EXTENSION: "",
        _K.NO_HONOURS: "",
    }
    assert await standing(build, "zhujian") == {
        _K.QA_SHARE: "0.05",
        _K.CHECK_SHARE: "0.01",
        _K.CHECK_CYCLE: "180",
    }
    assert await standing(build, "jiaotong") == {}
    assert await follow(build) == 0
    build.clock.set(build.clock.now() + timedelta(days=30))
    await grade(build, "2026-10", {"chengguan": Grade.B, "zhujian": Grade.A})
    assert await follow(build) == 1
    assert set(await standing(build, "chengguan")) == {_K.QA_SHARE, _K.CHECK_SHARE, _K.CHECK_CYCLE}
    async with build.session_maker() as session:
        past = await past_consequences(session, build.city.departments["chengguan"])
        treated = await treatments(session)
    ended = {row.consequence.kind: row for row in past}
    assert ended[_K.WATCHED].period == "2026-10"
    assert (ended[_K.WATCHED].grade, ended[_K.WATCHED].consequence.period) == (Grade.B, "2026-09")
    assert ended[_K.WATCHED].ended_at == build.clock.now()
    assert treated[build.city.departments["chengguan"]].may_extend


async def test_a_consequence_stands_while_grades_stay_alike(build: Build) -> None:
    await grade(build, "2026-09", {"chengguan": Grade.C})
    await follow(build)
    began = build.clock.now()
    build.clock.set(began + timedelta(days=30))
    await grade(build, "2026-10", {"chengguan": Grade.C})
    assert await follow(build) == 0
    async with build.session_maker() as session:
        rows = await consequences_in_force(session, build.clock.now())
    assert {row.consequence.since for row in rows} == {began}
    assert {row.consequence.period for row in rows} == {"2026-09"}


async def test_a_revision_and_other_rules_turn_consequences_too(build: Build) -> None:
    await grade(build, "2026-09", {"chengguan": Grade.D})
    await follow(build)
    assert _K.INTERVIEW in await standing(build, "chengguan")
    await grade(build, "2026-09", {"chengguan": Grade.C}, revision=2)
    await follow(build)
    assert _K.INTERVIEW not in await standing(build, "chengguan")
    async with build.acting("supervisor") as tx:
        draft = await begin_draft(tx)
        book = nested(flat(draft.book) | {"consequences.C.qa_share": "0.4"})
        draft.book = book
        await publish_draft(tx, draft.id)
    await follow(build)
    assert (await standing(build, "chengguan"))[_K.QA_SHARE] == "0.4"


async def test_the_worst_grade_twice_in_a_row_is_proposed_to_the_government(build: Build) -> None:
    await grade(build, "2026-Q1", {"chengguan": Grade.D, "zhujian": Grade.D})
    await follow(build)
    assert _K.GOVERNMENT_REPORT not in await standing(build, "chengguan")
    await grade(build, "2026-Q2", {"chengguan": Grade.D, "zhujian": Grade.C})
    await follow(build)
    assert _K.GOVERNMENT_REPORT in await standing(build, "chengguan")
    assert _K.GOVERNMENT_REPORT not in await standing(build, "zhujian")
    kinds = {(row.kind, row.user_id) for row in await told(build)}
    authority = build.city.people["authority"].user_id
    assert ("credit_report_proposed", authority) in kinds


async def test_a_department_is_told_and_a_person_decides_on_the_interview(build: Build) -> None:
    await grade(build, "2026-09", {"chengguan": Grade.D, "zhujian": Grade.D})
    await follow(build)
    await told(build)
    rows = await told(build)  # told again, nothing is doubled
    leader = build.city.people["leader.chengguan"].user_id
    assert [row.kind for row in rows if row.user_id == leader] == ["credit_plan_asked"]
    assert all(row.needs_ack for row in rows if row.user_id == leader)
    async with build.session_maker() as session:
        proposed = await open_proposals(session)
    assert {unit.code for _, unit in proposed} == {"chengguan", "zhujian"}
    by_unit = {unit.code: row for row, unit in proposed}
    assert by_unit["chengguan"].params == {"grade": "D", "period": "2026-09"}
    async with build.acting("authority") as tx:
        called = await plan_interview(
            tx,
            department="chengguan",
            reason=InterviewReason.LOW_CREDIT,
            explanation="信用等级D",
            interviewer="主任",
            called="局长",
            planned_at=tx.now + timedelta(days=2),
            place="会议室",
        )
    with pytest.raises(PermissionDenied):
        async with build.acting("auditor") as tx:
            await dismiss_proposal(tx, by_unit["zhujian"].id, reason="已谈")
    async with build.acting("supervisor") as tx:
        await dismiss_proposal(tx, by_unit["zhujian"].id, reason="上月已约谈")
    async with build.session_maker() as session:
        assert await open_proposals(session) == []
        row = await session.get_one(type(by_unit["chengguan"]), by_unit["chengguan"].id)
        assert row.interview_id == called.id
    for proposal in (by_unit["zhujian"].id, uuid.uuid4()):
        with pytest.raises(ProposalNotFound):
            async with build.acting("supervisor") as tx:
                await dismiss_proposal(tx, proposal, reason="再")
    await grade(build, "2026-10", {"chengguan": Grade.B, "zhujian": Grade.D})
    await follow(build)
    kinds = [row.kind for row in await told(build) if row.user_id == leader]
    assert kinds == ["credit_plan_asked", "credit_unwatched"]
    async with build.session_maker() as session:
        assert await open_proposals(session) == []  # zhujian's grade is the same as before


async def test_a_department_of_a_low_grade_cannot_ask_for_more_time(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await grade(build, "2026-09", {"chengguan": Grade.C})
    await follow(build)
    for by in ("handler.chengguan", "leader.chengguan"):
        with pytest.raises(ExtensionBarred) as raised:
            await build.do(Action.REQUEST_EXTENSION, number, by=by)
        assert raised.value.params == {"grade": "C", "period": "2026-09", "lifted_by": "B"}
    await grade(build, "2026-10", {"chengguan": Grade.B})
    await follow(build)
    await build.do(Action.REQUEST_EXTENSION, number)


async def _closed(build: Build, count: int, **visit: Any) -> list[str]:
    numbers = [await build.ticket(Status.PENDING_VISIT) for _ in range(count)]
    for number in numbers:
        await build.do(Action.RECORD_VISIT, number, **visit)
    return numbers


async def test_the_share_of_field_checks_is_that_of_the_grade(build: Build) -> None:
    await _closed(build, 12)
    month = build.clock.now().astimezone(SHANGHAI).date().replace(day=1)
    async with build.acting("supervisor") as tx:
        draft = await begin_draft(tx)
        draft.book = nested(flat(draft.book) | {"consequences.D.check_share": "0.5"})
        await publish_draft(tx, draft.id)
    drawn = []
    for rule in (SamplingRule(), SamplingRule(shares={"default": Decimal(0), "D": Decimal(1)})):
        async with build.session_maker() as session:
            drawn.append(len((await draw_month(session, month, rule))[0]))
    assert drawn == [1, 1]
    await grade(build, "2026-01", {"chengguan": Grade.D})
    await follow(build)
    drawn = []
    for rule in (SamplingRule(), SamplingRule(shares={"default": Decimal(0), "D": Decimal(1)})):
        async with build.session_maker() as session:
            drawn.append(len((await draw_month(session, month, rule))[0]))
    assert drawn == [6, 12]


async def test_results_are_looked_at_again_by_the_share_of_the_grade(build: Build) -> None:
    for _ in range(6):
        await build.ticket(Status.PENDING_VISIT)
    day = build.clock.now().astimezone(SHANGHAI).date()
    await grade(build, "2026-01", {"chengguan": Grade.D})
    await follow(build)
    async with build.acting("system") as tx:
        assert await draw_day(tx, day, "seed") == 6
        assert await draw_day(tx, day, "seed") is None
    async with build.session_maker() as session:
        looks = (await session.exec(select(SecondLook))).all()
    assert {(one.share, one.state) for one in looks} == {(Decimal("1.0000"), LookState.DRAWN)}
    look = Look(contact_shown=True, answers_matter=True, evidence_shown=False, words="无照片")
    with pytest.raises(SecondPersonNeeded):
        async with build.acting("auditor") as tx:
            await record_look(tx, looks[0].id, look)
    for by in ("visitor", "leader.chengguan", "authority"):
        with pytest.raises(PermissionDenied):
            async with build.acting(by) as tx:
                await record_look(tx, looks[0].id, look)
    async with build.acting("auditor.second") as tx:
        assert (await record_look(tx, looks[0].id, look)).has_passed is False
    async with build.session_maker() as session:
        facts = await session.exec(
            select(OutboxMessage).where(OutboxMessage.topic == WorkAudited.topic)
        )
        judged = {
            (one.payload["by"], one.payload["passed"])
            for one in facts
            if one.payload["feedback_id"] == str(looks[0].feedback_id)
        }
    assert judged == {("audit", True), ("second_look", False)}
    with pytest.raises(SecondLookOver):
        async with build.acting("auditor.second") as tx:
            await record_look(tx, looks[0].id, look)
    with pytest.raises(SecondLookNotFound):
        async with build.acting("auditor.second") as tx:
            await record_look(tx, uuid.uuid4(), look)


async def test_days_are_drawn_once_each_and_what_was_missed_is_made_good(build: Build) -> None:
    await build.ticket(Status.PENDING_VISIT)
    build.clock.set(build.clock.now() + timedelta(days=1))
    now = build.clock.now()
    await draw_due(build.session_maker, build.cipher, now, "seed")
    await draw_due(build.session_maker, build.cipher, now + timedelta(days=3), "seed")
    await draw_due(build.session_maker, build.cipher, now + timedelta(days=3), "seed")
    async with build.session_maker() as session:
        plans = (await session.exec(select(SecondLookPlan).order_by(col(SecondLookPlan.day)))).all()
    assert [one.passed_count for one in plans] == [1, 0, 0, 0]


def test_a_draw_takes_its_share_and_nobody_chooses() -> None:
    ids = [uuid.UUID(int=n) for n in range(2000)]
    drawn = [one for one in ids if is_drawn("seed", one, Decimal("0.3"))]
    assert 500 < len(drawn) < 700
    assert drawn == [one for one in ids if is_drawn("seed", one, Decimal("0.3"))]
    assert all(is_drawn("seed", one, Decimal(1)) for one in ids)
    assert not any(is_drawn("seed", one, Decimal(0)) for one in ids)
    assert set(drawn) <= {one for one in ids if is_drawn("seed", one, Decimal("0.5"))}


async def test_who_may_be_honoured_and_why_not(build: Build) -> None:
    await grade(build, "2026-09", {"chengguan": Grade.C, "zhujian": Grade.B, "huanbao": Grade.A})
    await follow(build)
    async with build.session_maker() as session:
        rows = {row.department.code: row for row in await honours_of(session, build.clock.now())}
        some = await honours_of(session, build.clock.now(), ["chengguan", "nowhere"])
    assert [row.department.code for row in some] == ["chengguan"]
    veto = rows["chengguan"].veto
    assert veto is not None
    assert (veto.grade, veto.period, rows["chengguan"].lifted_by) == (Grade.C, "2026-09", Grade.B)
    assert [rows[code].veto for code in ("zhujian", "huanbao", "jiaotong")] == [None, None, None]
    assert (rows["jiaotong"].grade, rows["huanbao"].is_trial) == (None, True)


async def test_a_shorter_cycle_is_due_sooner_and_counted_from_the_last_check(build: Build) -> None:
    await grade(build, "2026-09", {"chengguan": Grade.D, "zhujian": Grade.A})
    await follow(build)
    began = build.clock.now()
    async with build.session_maker() as session:
        rows = await due_checks(session)
    assert [(row.department.code, row.due_at - began) for row in rows] == [
        ("chengguan", timedelta(days=15)),
        ("zhujian", timedelta(days=180)),
    ]
    build.clock.set(began + timedelta(days=10))
    checked_at = build.clock.now() - timedelta(hours=2)
    async with build.acting("visitor") as tx:
        await record_routine_check(tx, "chengguan", checked_at=checked_at, findings="台账齐全")
    for by, unit, at, error in (
        ("visitor", "nowhere", checked_at, DepartmentNotFound),
        ("visitor", "hotline", checked_at, DepartmentNotFound),
        ("visitor", "chengguan", build.clock.now() + timedelta(hours=1), CheckAhead),
        ("leader.chengguan", "chengguan", checked_at, PermissionDenied),
    ):
        with pytest.raises(error):
            async with build.acting(by) as tx:
                await record_routine_check(tx, unit, checked_at=at, findings="x")
    async with build.session_maker() as session:
        rows = await due_checks(session)
        assert (rows[0].last, rows[0].due_at) == (checked_at, checked_at + timedelta(days=15))
        checks = await routine_checks_of(session, build.city.departments["chengguan"])
        assert [one.findings for one in checks] == ["台账齐全"]


async def test_a_department_reads_its_own_only(build: Build) -> None:
    async with build.session_maker() as session:
        for who, code in (("leader.chengguan", "zhujian"), ("observer", "zhujian"), ("admin", "x")):
            with pytest.raises(DepartmentNotFound):
                await find_own_department(session, build.city.people[who], code)
        for who in ("leader.chengguan", "handler.chengguan", "auditor"):
            unit = await find_own_department(session, build.city.people[who], "chengguan")
            assert unit.code == "chengguan"


async def test_consequences_cannot_be_changed_and_take_a_fixed_number_of_statements(
    build: Build, city_engine: AsyncEngine
) -> None:
    await grade(build, "2026-08", {"chengguan": Grade.C})
    await follow_grades_once(build.session_maker, build.cipher, build.clock.now())
    for table in ("credit_consequences", "credit_consequence_ends", "credit_routine_checks"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):
            async with build.acting("admin") as tx:
                await tx.session.exec(sa.text(f"DELETE FROM {table}"))  # type: ignore[call-overload]
    counts = []
    for units in (("zhujian",), ("jiaotong", "huanbao")):
        key = "2026-09" if len(units) == 1 else "2026-10"
        await grade(build, key, dict.fromkeys(units, Grade.D))
        with count_queries(city_engine) as statements:
            await follow(build)
        counts.append(len(statements))
    assert counts[0] == counts[1]


async def test_no_grade_no_consequence(build: Build) -> None:
    build.clock.set(shanghai(2026, 11, 2))
    assert await follow(build) == 0
    async with build.session_maker() as session:
        assert await treatments(session) == {}
        assert await due_checks(session) == []
