"""The demo city: every place of the machine, made by the real actions, whole to the last hash."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.anomalies.actions import days_from, look_through
from hotline.followup.models import DepartmentVisit, Visit, VisitBy
from hotline.followup.queries import list_desk, list_plans
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.settings import Settings
from hotline.kernel.tx import Transaction
from hotline.papers.kinds import PaperKind
from hotline.papers.models import Paper
from hotline.papers.queries import Standing, verify_paper, verify_papers
from hotline.people.models import Department, User
from hotline.people.passwords import is_password
from hotline.sla.models import Threshold, ThresholdState
from hotline.tickets.assignments import AssignmentRole
from hotline.tickets.lifecycle import OPEN_STATUSES, REACHABLE_STATES, Action, Hold, Status
from hotline.tickets.models import (
    Assignment,
    Commitment,
    CommitmentState,
    Feedback,
    ServiceItem,
    Ticket,
    TicketEvent,
    TicketRequester,
)
from hotline.tickets.verification import verify_histories
from hotline.tickets.watch import HARMLESS, tickets_without_deadline
from web.run.demo.citizen import REPORTED
from web.run.demo.directory import PASSWORD
from web.run.demo.history import HISTORY_SPAN
from web.run.demo.incidents import TOLD
from web.run.demo_city import build_city, is_empty, seed_if_empty
from web.run.embedded import Postgres
from web.run.services import ServiceUrls

NOW = datetime(2026, 11, 19, 2, 40, tzinfo=UTC)
COUNT = 120
PAST = 40


@pytest.fixture(scope="module")
async def city_url(postgres: Postgres, template: str) -> AsyncIterator[str]:
    """The URL of a database in which the city was built, once for all of these tests."""
    postgres.psql(f"CREATE DATABASE hotline_city TEMPLATE {template}")
    url = postgres.url("hotline_city")
    engine = make_engine(url, application_name="hotline.tests")
    async with engine.connect() as connection, connection.begin():
        session_maker = async_sessionmaker(
            connection,
            class_=AsyncSession,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
        )
        assert await is_empty(session_maker)
        await build_city(
            session_maker, FieldCipher("demo" * 16), now=NOW, count=COUNT, history=PAST
        )
    await engine.dispose()
    yield url
    postgres.psql("DROP DATABASE hotline_city WITH (FORCE)")


@pytest.fixture(scope="module")
async def city(city_url: str) -> AsyncIterator[SessionMaker]:
    engine = make_engine(city_url, application_name="hotline.tests")
    yield make_session_maker(engine)
    await engine.dispose()


async def tickets(city: SessionMaker) -> Sequence[Ticket]:
    async with city() as session:
        return (await session.exec(select(Ticket))).all()


async def test_every_status_and_every_hold_is_there(city: SessionMaker) -> None:
    found = await tickets(city)
    assert len(found) == COUNT + PAST + TOLD + REPORTED
    assert {ticket.status for ticket in found} == set(Status)
    assert {ticket.hold for ticket in found} - {None} == set(Hold)
    states = {(ticket.status, ticket.hold) for ticket in found}
    assert len(states) >= len(REACHABLE_STATES) - 2
    assert {ticket.level.value for ticket in found} == {"green", "yellow", "orange", "red"}


async def test_every_timeline_is_whole_and_tells_the_stored_state(city: SessionMaker) -> None:
    async with city() as session:
        async for verified in verify_histories(session):
            assert not verified.faults
            assert verified.tickets == COUNT + PAST + TOLD + REPORTED
        rows = (
            await session.exec(
                select(TicketEvent.ticket_id, TicketEvent.at).order_by(
                    col(TicketEvent.ticket_id), col(TicketEvent.seq)
                )
            )
        ).all()
    assert max(at for _, at in rows) <= NOW
    for (ticket, at), (later_ticket, later_at) in pairwise(rows):
        assert ticket != later_ticket or at <= later_at


async def test_nobody_is_left_without_an_owner_or_a_promise(city: SessionMaker) -> None:
    async with city() as session:
        promised = set(await session.exec(select(Commitment.ticket_id)))
        active = Counter(
            await session.exec(
                select(Commitment.ticket_id).where(Commitment.state == CommitmentState.ACTIVE)
            )
        )
    for ticket in await tickets(city):
        if ticket.status in OPEN_STATUSES:
            assert ticket.owner_department_id is not None
            assert ticket.holder_user_id is not None or ticket.holder_post is not None
        if ticket.accepted_at is not None:
            assert ticket.id in promised
        assert active[ticket.id] <= 1
    async with city() as session:
        unwatched = await tickets_without_deadline(session, NOW, 50)
    assert {one.why for one in unwatched} <= HARMLESS


async def test_levels_fire_when_they_fall_due(city: SessionMaker) -> None:
    async with city() as session:
        thresholds = (await session.exec(select(Threshold))).all()
        rejected = set(
            await session.exec(
                select(TicketEvent.ticket_id, TicketEvent.at).where(
                    TicketEvent.action == Action.REJECT_AUDIT
                )
            )
        )
    fired = [one for one in thresholds if one.state is ThresholdState.FIRED]
    assert len(fired) > COUNT / 4
    late = [one for one in fired if one.late_by_seconds]
    assert len(late) < len(fired) / 10
    # Work that is sent back goes on as if it had never stopped: what fell due meanwhile fires then.
    assert {(one.ticket_id, one.fired_at) for one in late} <= rejected
    assert not [one for one in thresholds if one.state is ThresholdState.ARMED and one.due_at < NOW]
    assert not [one for one in thresholds if one.state is ThresholdState.PARKED]


async def test_links_and_field_checks_are_there(city: SessionMaker) -> None:
    async with city() as session:
        page = await list_desk(session, NOW, limit=200)
        assert [row for row in page.items if row.is_waiting]
        roads = set(await session.exec(select(Visit.road)))
        assert roads == set(VisitBy)
        (plan,) = await list_plans(session)
        assert (plan.done, plan.not_done) == (2, 1)
        assert plan.planned > 0
        assert (await session.exec(select(DepartmentVisit))).all()


async def test_most_promises_are_kept(city: SessionMaker) -> None:
    async with city() as session:
        states = Counter(await session.exec(select(Commitment.state)))
    kept, broken = states[CommitmentState.KEPT], states[CommitmentState.BROKEN]
    assert broken > 0
    assert 0.7 < kept / (kept + broken) < 0.95


async def test_what_belongs_to_a_ticket_is_there(city: SessionMaker) -> None:
    async with city() as session:
        for model in (TicketRequester, ServiceItem, Feedback):
            assert (await session.exec(select(sa.func.count()).select_from(model))).one() > 20
        leads = Counter(
            await session.exec(
                select(Assignment.department_id).where(Assignment.role == AssignmentRole.LEAD)
            )
        )
        departments = (await session.exec(select(Department))).all()
        assert len(leads) > len(departments) / 2


async def test_a_paper_of_every_kind_is_there_and_genuine(city: SessionMaker) -> None:
    async with city() as session:
        papers = (await session.exec(select(Paper.kind, Paper.code))).all()
        assert {kind for kind, _ in papers} == set(PaperKind)
        for _, code in papers:
            assert (await verify_paper(session, code)).standing is Standing.VALID
        assert not [faults async for faults in verify_papers(session) if faults]


async def test_every_demo_account_has_the_demo_password(city: SessionMaker) -> None:
    async with city() as session:
        users = (await session.exec(select(User))).all()
    names = {user.username for user in users}
    assert {"operator", "dispatcher", "auditor", "visitor", "supervisor", "admin"} <= names
    assert {"observer", "authority", "handler.chengguan", "leader.chengguan"} <= names
    hashes = {user.password_hash for user in users}
    assert len(hashes) == 1
    assert await is_password(hashes.pop(), PASSWORD)


async def test_a_city_is_built_once(city: SessionMaker, city_url: str) -> None:
    assert not await seed_if_empty(Settings(), ServiceUrls(city_url, "redis://nowhere"))
    assert len(await tickets(city)) == COUNT + PAST + TOLD + REPORTED


async def test_nothing_in_it_looks_odd(city: SessionMaker) -> None:
    """The detectors are silent on a city whose people do their work; no card is made of it."""
    today = NOW.astimezone(SHANGHAI).date()
    found = []
    async with city() as session:
        tx = Transaction(session, NOW, FieldCipher("demo" * 16), "tests")
        for day in days_from(today - HISTORY_SPAN - timedelta(days=1), today):
            found += await look_through(tx, day)
    assert [(one.kind.value, one.subject, dict(one.figures)) for one in found] == []
