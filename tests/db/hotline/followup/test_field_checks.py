"""Field checks drawn and recorded, and departments' own visits beside the hotline's."""

import random
import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from hotline.followup.comparison import Compared, Heard
from hotline.followup.field_checks import (
    FieldCheckNotFound,
    FieldCheckOver,
    Finding,
    InvalidPlace,
    confirm_check,
    draw_month,
    miss_check,
    month_before,
    plan_due,
    plan_month,
    record_check,
)
from hotline.followup.models import CheckState, DepartmentVisit, FieldCheck, MissedReason, Visit
from hotline.followup.queries import (
    AnswerFilter,
    CheckFilter,
    compare_units,
    list_answers,
    list_checks,
    list_plans,
)
from hotline.followup.sampling import SamplingRule
from hotline.people.principal import SYSTEM, PermissionDenied
from hotline.tickets.errors import ReopenWindowClosed, SecondPersonNeeded, TicketNotFound
from hotline.tickets.lifecycle import Action, ActionForbidden, Status
from hotline.tickets.models import Ticket
from hotline.tickets.ratings import UnfoundedReason
from tests.support.builders import Build

_A = Action
MARCH = date(2026, 3, 1)
EVERY = SamplingRule(least=1)
DONE = Finding(is_done=True, words="已修好", lat=30.2, long=120.1, photos=["照片-1"])
NOT_DONE = Finding(is_done=False, words="未见修复")


async def drawn(build: Build, count: int = 1) -> Sequence[FieldCheck]:
    for _ in range(count):
        await build.ticket(Status.CLOSED)
    async with build.acting(SYSTEM) as tx:
        assert await plan_month(tx, MARCH, EVERY) == 1
    async with build.session_maker() as session:
        return (await session.exec(select(FieldCheck))).all()


async def test_the_month_that_has_ended_is_drawn_once(build: Build) -> None:
    numbers = [await build.ticket(Status.CLOSED) for _ in range(12)]
    await build.do(_A.OPEN_RATING_CHECK, await build.ticket(Status.CLOSED))
    await build.ticket(Status.PENDING_VISIT)
    build.clock.move(days=31)
    maker, cipher, now = build.session_maker, build.cipher, build.clock.now()
    assert month_before(now) == MARCH
    rule = SamplingRule(seed="again")
    async with maker() as session:
        expected, solved = await draw_month(session, MARCH, rule)
    assert await plan_due(maker, cipher, now, rule) == 1
    assert await plan_due(maker, cipher, now, rule) == 0
    async with maker() as session:
        (plan,) = await list_plans(session)
        rows = (await list_checks(session, CheckFilter(month=MARCH))).items
    assert [row.number for row in rows] == [one.number for one, _ in expected]
    assert rows[0].number in numbers
    assert (plan.plan.closed_count, plan.plan.drawn_count, plan.planned) == (solved, 1, 1)
    assert solved in {12, 13}


async def test_found_done_with_where_and_when(build: Build) -> None:
    (check,) = await drawn(build)
    async with build.acting("visitor") as tx:
        await record_check(tx, check.id, DONE)
    async with build.session_maker() as session:
        (row,) = (await list_checks(session, CheckFilter(state=CheckState.DONE))).items
        assert not (await list_checks(session, CheckFilter(unconfirmed=True))).items
    kept = row.check
    assert (kept.lat, kept.long, kept.photos, kept.is_done) == (30.2, 120.1, ["照片-1"], True)
    assert kept.checked_at == build.clock.now()
    async with build.acting("visitor") as tx:
        with pytest.raises(FieldCheckOver):
            await record_check(tx, check.id, DONE)


async def test_who_may_look(build: Build) -> None:
    (check,) = await drawn(build)
    async with build.acting("auditor") as tx:
        with pytest.raises(SecondPersonNeeded):  # he passed the audit of this very ticket
            await record_check(tx, check.id, DONE)
    for name in ("handler.chengguan", "operator"):
        async with build.acting(name) as tx:
            with pytest.raises(PermissionDenied):
                await record_check(tx, check.id, DONE)
    async with build.acting("auditor.second") as tx:
        with pytest.raises(InvalidPlace):
            await record_check(tx, check.id, Finding(is_done=True, words="x", lat=30))
        with pytest.raises(FieldCheckNotFound):
            await record_check(tx, uuid.uuid4(), DONE)
        await miss_check(tx, check.id, reason=MissedReason.NO_ACCESS)


@pytest.mark.parametrize("reopen", [True, False])
async def test_not_done_is_confirmed_by_a_second_person(build: Build, reopen: bool) -> None:
    (check,) = await drawn(build)
    async with build.acting("supervisor") as tx:
        with pytest.raises(FieldCheckOver):
            await confirm_check(tx, check.id, confirm=True, explanation="属实")
        await record_check(tx, check.id, NOT_DONE)
    async with build.acting("supervisor") as tx:
        with pytest.raises(SecondPersonNeeded):
            await confirm_check(tx, check.id, confirm=True, explanation="属实")
    async with build.acting("supervisor.second") as tx:
        await confirm_check(tx, check.id, confirm=True, explanation="属实", reopen=reopen)
    async with build.session_maker() as session:
        ticket = await session.get_one(Ticket, check.ticket_id)
    assert ticket.status is (Status.PROCESSING if reopen else Status.CLOSED)


async def test_too_late_to_reopen(build: Build) -> None:
    (check,) = await drawn(build)
    build.clock.move(days=16)
    async with build.acting("visitor") as tx:
        await record_check(tx, check.id, NOT_DONE)
    with pytest.raises(ReopenWindowClosed):
        async with build.acting("supervisor") as tx:
            await confirm_check(tx, check.id, confirm=True, explanation="属实", reopen=True)


async def test_a_department_keeps_its_own_visits_and_they_end_nothing(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    before = await build.find(number)
    await build.do(_A.RECORD_OWN_VISIT, number)
    ticket = await build.do(_A.RECORD_OWN_VISIT, number)
    assert (ticket.status, ticket.due_at) == (Status.PENDING_VISIT, before.due_at)
    with pytest.raises(TicketNotFound):
        await build.do(_A.RECORD_OWN_VISIT, number, by="handler.jiaotong")
    with pytest.raises(ActionForbidden):
        await build.do(_A.RECORD_OWN_VISIT, number, by="visitor")
    async with build.session_maker() as session:
        assert not (await session.exec(select(Visit))).all()
        assert len((await session.exec(select(DepartmentVisit))).all()) == 2


async def test_the_comparison_counts_as_one_would_by_hand(build: Build) -> None:
    chance = random.Random(7)  # noqa: S311  # it makes up answers
    start = build.clock.now()
    for _ in range(14):
        build.clock.move(minutes=30)
        number = await build.ticket(Status.PENDING_VISIT)
        for _ in range(chance.randrange(3)):
            answer: dict[str, Any] = {
                "solved": chance.random() < 0.8,
                "rating": chance.choice([None, 2, 4]),
            }
            await build.do(_A.RECORD_OWN_VISIT, number, **answer)
        said: dict[str, Any] = {
            "solved": chance.random() < 0.6,
            "rating": chance.choice([None, 1, 3, 5]),
        }
        await build.do(_A.RECORD_VISIT, number, **said)
    since, until = start + timedelta(hours=2), build.clock.now()
    async with build.session_maker() as session:
        visit = (await session.exec(select(Visit).where(col(Visit.rating) == 1))).first()
        if visit is not None:
            visit.excluded_at, visit.excluded_reason = until, UnfoundedReason.MISTAKEN
            await session.commit()
        visits = (await session.exec(select(Visit))).all()
        own = (await session.exec(select(DepartmentVisit))).all()
        (unit,) = await compare_units(session, since, until)
        narrowings: dict[str, dict[str, Any]] = {
            name: {name: True} for name in ("unsatisfied", "rated")
        }
        lists = {
            (mine, what): len(
                (
                    await list_answers(
                        session,
                        AnswerFilter(own=mine, since=since, until=until, **narrowings[what]),
                        limit=200,
                    )
                ).items
            )
            for mine in (True, False)
            for what in narrowings
        }

    def heard(rows: Sequence[Visit | DepartmentVisit]) -> Heard:
        rows = [row for row in rows if since <= row.at < until]
        counted = [row for row in rows if getattr(row, "excluded_at", None) is None]
        rated = [row.rating for row in counted if row.rating is not None]
        return Heard(
            len(rows),
            sum(row.is_solved is False or row.rating in (1, 2) for row in counted),
            len(rated),
            sum(rating > 2 for rating in rated),
        )

    assert unit.department.code == "chengguan"
    assert unit.heard == Compared(heard(own), heard(visits))
    assert lists == {
        (True, "unsatisfied"): unit.heard.own.unsatisfied,
        (True, "rated"): unit.heard.own.rated,
        (False, "unsatisfied"): unit.heard.hotline.unsatisfied,
        (False, "rated"): unit.heard.hotline.rated,
    }
