"""Visits and findings: recorded, put right in a loop, reminded of; reports that are tickets."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select

from credit.observers.actions.register import (
    declare_conflict,
    end_observer,
    register_observer,
    renew_observer,
)
from credit.observers.actions.snaps import SnapReport, send_snap
from credit.observers.actions.visits import (
    answer_finding,
    confirm_finding,
    plan_visit,
    record_own_visit,
    record_planned_visit,
    send_finding_back,
    set_finding_aside,
)
from credit.observers.errors import (
    AlreadyRegistered,
    CardNotValid,
    ConflictExists,
    DepartmentClosed,
    FindingMoveRefused,
    FindingNotFound,
    InvalidCard,
    InvalidVisit,
    NoObserverAccount,
    ObserverNotFound,
    ObserverVisitNotFound,
    PersonalDataInWords,
    Recused,
    SnapNotFound,
    VisitRecorded,
)
from credit.observers.models import ObserverFinding, ObserverSnap, ObserverVisit
from credit.observers.queries import (
    card_standing,
    list_snaps,
    rank_activity,
    read_observer,
    read_snap,
)
from credit.observers.rules import ConflictReason, FindingState, FindingStep, ObserverCategory
from credit.observers.telling import look_after_observers
from credit.observers.visit_queries import (
    VisitShown,
    list_findings,
    list_visits,
    read_finding,
    tally_visits,
)
from hotline.kernel.outbox import OutboxMessage
from hotline.notices.models import Notice
from hotline.people.actions import save_department
from hotline.people.principal import PermissionDenied
from hotline.supervision.errors import StaleRecord
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.models import Channel, Ticket, TicketRequester
from tests.support.builders import ADMIN, Build
from tests.support.observing import another, found, record, register, today
from tests.support.queries import count_queries
from web.run.subscribers import observers_tell_finding, observers_tell_visit
from web.snaps import take_in_snap

SNAP = SnapReport(
    title="人行道井盖破损", content="井盖缺了一角，夜里危险", address="建设路与新华路口"
)


async def _told(build: Build, topic: str, tell: Callable[..., Awaitable[None]]) -> list[str]:
    """Deliver the newest fact, and return who was told and of what."""
    async with build.session_maker() as session:
        fact = (
            await session.exec(
                select(OutboxMessage)
                .where(OutboxMessage.topic == topic)
                .order_by(col(OutboxMessage.id).desc())
            )
        ).first()
        assert fact is not None
    ctx = {"session_maker": build.session_maker, "clock": build.clock, "cipher": build.cipher}
    await tell(ctx, str(fact.id))
    return await _notices(build, fact.id)


async def _notices(build: Build, fact_id: uuid.UUID | None = None) -> list[str]:
    names = {one.user_id: name for name, one in build.city.people.items()}
    async with build.session_maker() as session:
        statement = select(Notice)
        if fact_id is not None:
            statement = statement.where(Notice.fact_id == fact_id)
        rows = (await session.exec(statement)).all()
    return sorted(f"{names.get(row.user_id, '?')}: {row.kind}" for row in rows)


async def test_the_register(build: Build) -> None:
    observer = await register(build)
    async with build.acting("supervisor") as tx:
        day = today(build)
        wrong: list[tuple[dict[str, Any], type[Exception]]] = [
            ({"username": "observer"}, AlreadyRegistered),
            ({"username": "visitor"}, NoObserverAccount),
            ({"username": "nobody"}, NoObserverAccount),
            ({"nickname": "13900001234"}, PersonalDataInWords),
            ({"valid_until": day - timedelta(days=1)}, InvalidCard),
        ]
        given = {
            "username": "observer",
            "nickname": "晚晴",
            "category": ObserverCategory.MEDIA,
            "valid_until": day,
        }
        for words, error in wrong:
            with pytest.raises(error):
                await register_observer(tx, **{**given, **words})
    assert observer.number == "JD-2026-0001"
    async with build.acting("visitor") as tx:
        with pytest.raises(PermissionDenied):
            await end_observer(tx, observer.id, reason="无")


async def test_a_card_is_valid_through_its_last_day_and_until_it_is_taken_away(
    build: Build,
) -> None:
    observer = await register(build, valid_until=today(build))
    async with build.session_maker() as session:
        assert await card_standing(session, observer.card_code.lower(), build.clock.now())
        assert not await card_standing(session, "NOSUCHCARD22", build.clock.now())
        assert not await card_standing(
            session, observer.card_code, build.clock.now() + timedelta(days=1)
        )
    async with build.acting("supervisor") as tx:
        await end_observer(tx, observer.id, reason="聘期届满")
    async with build.acting("supervisor") as tx:
        with pytest.raises(ObserverNotFound):
            await end_observer(tx, observer.id, reason="再一次")
        assert not await card_standing(tx.session, observer.card_code, tx.now)
        with pytest.raises(StaleRecord):
            await renew_observer(
                tx,
                observer.id,
                category=ObserverCategory.EXPERT,
                valid_until=today(build),
                expected_version=1,
            )
    async with build.acting("supervisor") as tx:
        await renew_observer(
            tx, observer.id, category=ObserverCategory.EXPERT, valid_until=today(build)
        )
    async with build.acting("supervisor") as tx:
        row = await read_observer(tx.session, observer.id, tx.now)
        assert row.is_valid
        assert (row.observer.category, row.observer.number) == (
            ObserverCategory.EXPERT,
            observer.number,
        )


async def test_a_conflict_is_declared_once(build: Build) -> None:
    await register(build)
    async with build.acting("observer") as tx:
        await declare_conflict(tx, department="chengguan", reason=ConflictReason.FAMILY)
    async with build.acting("observer") as tx:
        with pytest.raises(ConflictExists):
            await declare_conflict(tx, department="chengguan", reason=ConflictReason.OTHER)
        with pytest.raises(Recused):
            await record_own_visit(tx, department="chengguan", record=record(build))


async def test_a_visit_that_was_asked_for(build: Build) -> None:
    observer = await register(build)
    other = await another(build, "second.observer")
    async with build.acting("supervisor") as tx:
        visit = await plan_visit(tx, observer.id, department="chengguan", due_on=today(build))
    assert await _told(build, "observer_visit_planned", observers_tell_visit) == [
        "observer: observer_visit_asked"
    ]
    async with build.acting(other) as tx:
        with pytest.raises(ObserverVisitNotFound):
            await record_planned_visit(tx, visit.id, record=record(build))
    build.clock.move(hours=16)
    for _ in range(2):
        await look_after_observers(build.session_maker, build.cipher, build.clock.now())
    async with build.acting("supervisor") as tx:
        tally = await tally_visits(tx.session, tx.now)
        assert (tally.asked, tally.missing, tally.rate) == (1, 1, 0.0)
        late = await list_visits(tx.session, tx.actor, tx.now, shown=VisitShown.OVERDUE)
        assert [row.visit.id for row in late.items] == [visit.id]
    assert "observer: observer_visit_overdue" in await _notices(build)
    assert "supervisor: observer_visit_overdue" in await _notices(build)
    async with build.acting("observer") as tx:
        await record_planned_visit(tx, visit.id, record=record(build))
    async with build.acting("observer") as tx:
        with pytest.raises(VisitRecorded):
            await record_planned_visit(tx, visit.id, record=record(build))
        tally = await tally_visits(tx.session, tx.now, observer.id)
        assert (tally.asked, tally.on_time, tally.late, tally.own) == (1, 0, 1, 0)


async def test_who_cannot_be_asked_for_a_visit(build: Build) -> None:
    observer = await register(build, valid_until=today(build))
    async with build.acting(ADMIN) as tx:
        await save_department(
            tx, code="huanbao", name="生态环境局", name_en="Environment", is_active=False
        )
    async with build.acting("supervisor") as tx:
        with pytest.raises(DepartmentClosed):
            await plan_visit(tx, observer.id, department="huanbao", due_on=today(build))
        with pytest.raises(InvalidVisit):
            await plan_visit(
                tx,
                observer.id,
                department="chengguan",
                due_on=today(build) - timedelta(days=1),
            )
        with pytest.raises(ObserverNotFound):
            await plan_visit(tx, uuid.uuid4(), department="chengguan", due_on=today(build))
    build.clock.move(days=1)
    async with build.acting("supervisor") as tx:
        with pytest.raises(CardNotValid):
            await plan_visit(tx, observer.id, department="chengguan", due_on=today(build))


async def test_a_finding_goes_round_until_it_is_put_right(build: Build) -> None:
    await register(build)
    visit, finding = await found(build)
    assert await _told(build, "observer_finding_moved", observers_tell_finding) == [
        *("handler.chengguan: finding_open", "leader.chengguan: finding_open"),
        "second.chengguan: finding_open",
    ]
    build.clock.move(minutes=1)
    async with build.acting("leader.chengguan") as tx:
        with pytest.raises(PersonalDataInWords):
            await answer_finding(tx, finding, text="请联系13900001234")
        await answer_finding(tx, finding, text="已增派人员", photos=["照片1"])
    assert await _told(build, "observer_finding_moved", observers_tell_finding) == [
        "observer: finding_answered"
    ]
    async with build.acting("leader.chengguan") as tx:
        with pytest.raises(FindingMoveRefused):
            await answer_finding(tx, finding, text="再说一次")
    async with build.acting("observer") as tx:
        with pytest.raises(StaleRecord):
            await confirm_finding(tx, finding, explanation="属实", expected_version=1)
        await send_finding_back(tx, finding, reason="仍无人")
    async with build.acting("handler.chengguan") as tx:
        await answer_finding(tx, finding, text="已调整排班")
    async with build.acting("observer") as tx:
        await confirm_finding(tx, finding, explanation="已有人值守")
    async with build.acting("supervisor") as tx:
        detail = await read_finding(tx.session, tx.actor, finding)
        assert detail.row.finding.state is FindingState.CONFIRMED
        assert detail.row.finding.due_at is None
        assert detail.row.visit.number == visit.number
        assert [(one.seq, one.step) for one in detail.steps] == [
            (1, FindingStep.FOUND),
            (2, FindingStep.ANSWERED),
            (3, FindingStep.SENT_BACK),
            (4, FindingStep.ANSWERED),
            (5, FindingStep.CONFIRMED),
        ]
        with pytest.raises(FindingMoveRefused):
            await set_finding_aside(tx, finding, reason="晚了")


async def test_a_finding_is_there_for_those_concerned_alone(build: Build) -> None:
    await register(build)
    other = await another(build, "second.observer")
    _, finding = await found(build)
    for stranger in ("leader.zhujian", other):
        async with build.acting(stranger) as tx:
            with pytest.raises(FindingNotFound):
                await read_finding(tx.session, tx.actor, finding)
            assert not (await list_findings(tx.session, tx.actor, tx.now)).items
    async with build.acting("leader.zhujian") as tx:
        with pytest.raises(FindingNotFound):
            await answer_finding(tx, finding, text="不是我的")
    async with build.acting("leader.chengguan") as tx:
        with pytest.raises(PermissionDenied):
            await confirm_finding(tx, finding, explanation="自己确认")
    async with build.acting("leader.chengguan") as tx:
        await answer_finding(tx, finding, text="已改")
    async with build.acting(other) as tx:
        with pytest.raises(FindingNotFound):
            await confirm_finding(tx, finding, explanation="替他确认")
    async with build.acting("authority") as tx:
        assert len((await list_findings(tx.session, tx.actor, tx.now)).items) == 1
        with pytest.raises(PermissionDenied):
            await confirm_finding(tx, finding, explanation="只看")


async def test_a_supervisor_stands_in_and_may_set_a_finding_aside(build: Build) -> None:
    await register(build)
    _, finding = await found(build)
    build.clock.move(minutes=1)
    async with build.acting("supervisor") as tx:
        with pytest.raises(FindingMoveRefused):
            await confirm_finding(tx, finding, explanation="还没答复")
        await set_finding_aside(tx, finding, reason="不属本单位")
    assert await _told(build, "observer_finding_moved", observers_tell_finding) == [
        *("handler.chengguan: finding_ended", "leader.chengguan: finding_ended"),
        "second.chengguan: finding_ended",
    ]
    async with build.session_maker() as session:
        row = await session.get_one(ObserverFinding, finding)
        assert (row.state, row.due_at) == (FindingState.SET_ASIDE, None)


async def test_a_finding_is_due_after_ten_working_days_and_overdue_is_told_once(
    build: Build,
) -> None:
    await register(build)
    _, finding = await found(build)
    async with build.session_maker() as session:
        row = await session.get_one(ObserverFinding, finding)
        due_at = row.due_at
    assert due_at is not None
    # Monday at nine and ten days of eight hours: the end of the Friday after next.
    assert due_at - build.clock.now() > timedelta(days=11)
    build.clock.set(due_at - timedelta(hours=2))
    for _ in range(2):
        await look_after_observers(build.session_maker, build.cipher, build.clock.now())
    assert (await _notices(build)).count("leader.chengguan: finding_due") == 1
    build.clock.set(due_at)
    for _ in range(2):
        await look_after_observers(build.session_maker, build.cipher, build.clock.now())
    told = await _notices(build)
    assert told.count("leader.chengguan: finding_overdue") == 1
    assert told.count("supervisor: finding_overdue") == 1
    async with build.acting("supervisor") as tx:
        late = await list_findings(tx.session, tx.actor, tx.now, overdue=True)
        assert [row.finding.id for row in late.items] == [finding]
    async with build.acting("leader.chengguan") as tx:
        await answer_finding(tx, finding, text="已改")
    async with build.acting("supervisor") as tx:
        assert not (await list_findings(tx.session, tx.actor, tx.now, overdue=True)).items


async def test_what_was_done_about_a_finding_cannot_be_changed(build: Build) -> None:
    await register(build)
    await found(build)
    async with build.acting("supervisor") as tx:
        with pytest.raises(sa.exc.DBAPIError):
            async with tx.session.begin_nested():
                await tx.session.exec(  # type: ignore[call-overload]
                    sa.text("UPDATE observer_finding_steps SET text = ''")
                )


async def test_a_report_is_a_ticket_like_every_other(build: Build) -> None:
    observer = await register(build)
    key = uuid.uuid4()
    numbers = []
    for _ in range(2):
        async with build.acting("observer") as tx:
            snap = await send_snap(tx, report=SNAP, key=key, take_in=take_in_snap)
            numbers.append(snap.ticket_number)
    assert len(set(numbers)) == 1
    number = numbers[0]
    async with build.session_maker() as session:
        ticket = (await session.exec(select(Ticket).where(Ticket.number == number))).one()
        assert (ticket.channel, ticket.status) == (Channel.SNAP_REPORT, Status.SUBMITTED)
        requester = (
            await session.exec(
                select(TicketRequester).where(TicketRequester.ticket_id == ticket.id)
            )
        ).one()
        assert build.cipher.decrypt(requester.name) == f"{observer.number} {observer.nickname}"
        assert len((await session.exec(select(ObserverSnap))).all()) == 1
    await build.follow(number, Action.ACCEPT, Action.DISPATCH)
    async with build.acting("observer") as tx:
        detail = await read_snap(tx.session, observer.id, number)
        assert detail.line.standing.status is Status.DISPATCHED
        assert [row.event.action for row in detail.steps][:2] == ["submit", "accept"]
        with pytest.raises(SnapNotFound):
            await read_snap(tx.session, uuid.uuid4(), number)


async def test_a_report_that_was_merged_follows_the_joint_matter(build: Build) -> None:
    observer = await register(build)
    parent = await build.ticket(Status.PROCESSING)
    async with build.acting("observer") as tx:
        snap = await send_snap(tx, report=SNAP, key=uuid.uuid4(), take_in=take_in_snap)
    await build.do(Action.MERGE, snap.ticket_number, parent=parent)
    async with build.acting("observer") as tx:
        detail = await read_snap(tx.session, observer.id, snap.ticket_number)
        assert detail.line.standing.status is Status.PROCESSING
        assert "sign" in [row.event.action for row in detail.steps]


async def test_lists_ask_the_same_number_of_questions_however_long(
    build: Build, city_engine: AsyncEngine
) -> None:
    observer = await register(build)
    counts = []
    for _ in range(2):
        async with build.acting("observer") as tx:
            await record_own_visit(
                tx, department="chengguan", record=record(build, finding="无人值守")
            )
            await send_snap(tx, report=SNAP, key=uuid.uuid4(), take_in=take_in_snap)
        async with build.acting("observer") as tx:
            with count_queries(city_engine) as asked:
                await list_visits(tx.session, tx.actor, tx.now)
                await list_findings(tx.session, tx.actor, tx.now)
                await list_snaps(tx.session, observer.id)
            counts.append(len(asked))
    assert counts[0] == counts[1]


async def test_the_lists_go_on_by_cursor(build: Build) -> None:
    observer = await register(build)
    for _ in range(3):
        async with build.acting("observer") as tx:
            await record_own_visit(
                tx, department="chengguan", record=record(build, finding="无人值守")
            )
            await send_snap(tx, report=SNAP, key=uuid.uuid4(), take_in=take_in_snap)
        build.clock.move(minutes=1)
    async with build.acting("observer") as tx:
        first = await list_visits(tx.session, tx.actor, tx.now, limit=2)
        rest = await list_visits(tx.session, tx.actor, tx.now, cursor=first.next_cursor, limit=2)
        assert (len(first.items), len(rest.items), rest.next_cursor) == (2, 1, None)
        some = await list_findings(tx.session, tx.actor, tx.now, limit=2)
        more = await list_findings(tx.session, tx.actor, tx.now, cursor=some.next_cursor)
        assert len({row.finding.id for row in [*some.items, *more.items]}) == 3
        snaps = await list_snaps(tx.session, observer.id, limit=2)
        others = await list_snaps(tx.session, observer.id, cursor=snaps.next_cursor)
        assert len(others.items) == 1


async def test_the_ranking_counts_under_nicknames(build: Build) -> None:
    await register(build)
    other = await another(build, "second.observer")
    await another(build, "third.observer")
    await found(build)
    async with build.acting(other) as tx:
        await send_snap(tx, report=SNAP, key=uuid.uuid4(), take_in=take_in_snap)
    async with build.acting("supervisor") as tx:
        rows = await rank_activity(tx.session, 2026)
        assert [(row.rank, row.nickname, row.total) for row in rows] == [
            (1, "望山", 2),
            (2, "昵称second.observer", 1),
            (3, "昵称third.observer", 0),
        ]
        assert [row.total for row in await rank_activity(tx.session, 2025)] == [0, 0, 0]
        assert (await tx.session.exec(select(ObserverVisit))).one().place == "政务大厅三楼"
