"""Reports: drafted by themselves, signed by a second person, kept as they were signed, made anew."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select

from credit.bookkeeping import NewObservation, observe
from credit.freezing import freeze
from credit.ledger import Measure
from credit.period_errors import PeriodNotFrozen
from credit.periods import InvalidPeriod, Period
from credit.reports.actions import (
    draft_report,
    publish_report,
    reissue_report,
    sign_report,
    withdraw_report,
    write_report,
)
from credit.reports.codec import content_digest, content_from_json
from credit.reports.content import ReportContent
from credit.reports.errors import (
    PeriodNotPublished,
    ReportMoveRefused,
    ReportNotFound,
    SecondPersonForReport,
    StaleReport,
)
from credit.reports.jobs import (
    REPORT_DRAFTED,
    REPORT_OVERDUE,
    REPORT_PUBLISHED,
    draft_due,
    remind_of_reports,
    tell_report,
)
from credit.reports.models import FileForm, Report
from credit.reports.queries import list_reports, read_report, signed_file
from credit.reports.rules import ReportState
from hotline.kernel.db import SessionMaker
from hotline.kernel.outbox import OutboxMessage
from hotline.kernel.tx import Transaction
from hotline.notices.models import Notice
from hotline.people.models import User
from hotline.people.principal import SYSTEM, PermissionDenied
from hotline.procedures.rules import ReturnReason
from hotline.supervision.figures.queries import read_loop
from hotline.supervision.figures.values import Dimension, LoopFigures, Span, Spans
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.models import Channel, Feedback, Ticket
from tests.support.builders import Build
from tests.support.queries import count_queries
from tests.support.report_rows import freeze_rows
from web.reports.paper import printed
from web.reports.rendering import lay_out, render_files

MONTH = Period.parse("2026-03")
DAY = timedelta(days=1)


async def _as(build: Build, by: Any, action: Any, *args: Any, **words: Any) -> Any:
    async with build.acting(by) as tx:
        return await action(tx, *args, **words)


async def _frozen(build: Build, maker: SessionMaker, **how: Any) -> None:
    """Let the month end, and freeze it."""
    build.clock.set(max(build.clock.now(), MONTH.until + DAY))
    await freeze_rows(maker, MONTH, build.clock.now(), **how)


async def _drafted(build: Build, maker: SessionMaker, **how: Any) -> str:
    await _frozen(build, maker, **how)
    return str((await _as(build, SYSTEM, draft_report, str(MONTH))).id)


async def _signed(build: Build, maker: SessionMaker, **how: Any) -> str:
    name = await _drafted(build, maker, **how)
    await _as(build, "supervisor", write_report, name, preface="前言", comment="点评")
    report = await _as(build, "authority", sign_report, name, render=render_files)
    return str(report.number)


async def _published(build: Build, maker: SessionMaker) -> str:
    number = await _signed(build, maker)
    await _as(build, "authority", publish_report, number)
    return number


async def _told(maker: SessionMaker, kind: str) -> set[str]:
    async with maker() as session:
        rows = await session.exec(
            select(User.username)
            .join(Notice, col(Notice.user_id) == col(User.id))
            .where(Notice.kind == kind)
        )
        return set(rows)


# -- figures -----------------------------------------------------------------------------------


def _spans() -> Spans:
    return Spans(
        (MONTH.since, MONTH.until),
        (MONTH.before.since, MONTH.before.until),
        (Period.parse("2025-03").since, Period.parse("2025-03").until),
    )


async def _loop(maker: SessionMaker, now: datetime) -> LoopFigures:
    async with maker() as session:
        return await read_loop(session, _spans(), now)


async def test_the_loop_is_counted_as_a_reader_would(build: Build, maker: SessionMaker) -> None:
    done = [
        await build.ticket(Status.CLOSED, channel=channel, category=category)
        for channel, category in (
            (Channel.PHONE, "urban.roads"),
            (Channel.WEB, "urban"),
            (Channel.PHONE, None),
        )
    ]
    other = await build.ticket(Status.PROCESSING, area=None)
    await build.do(Action.REQUEST_RETURN, other, reason=ReturnReason.NOT_MY_DUTY)
    await build.do(Action.DECIDE_RETURN, other, uphold=False, explanation="职责在你局")
    await build.do(Action.ISSUE_ORDER, other)
    bad = await build.ticket(Status.PENDING_VISIT)
    await build.do(
        Action.RECORD_VISIT, bad, reached=True, solved=False, rating=1, was_contacted=False
    )
    loop = await _loop(maker, MONTH.until)
    async with maker() as session:
        tickets = (await session.exec(select(Ticket))).all()
        work = (await session.exec(select(Feedback))).all()
    within = [one for one in tickets if MONTH.since <= one.submitted_at < MONTH.until]
    assert len(within) == len(done) + 2

    def counted(dimension: Dimension) -> dict[str, int]:
        return {
            one.code: one.count
            for one in loop.volumes
            if one.span is Span.NOW and one.dimension is dimension
        }

    for dimension, column in (
        (Dimension.CHANNEL, "channel"),
        (Dimension.REQUEST_TYPE, "request_type"),
        (Dimension.CATEGORY, "category_code"),
        (Dimension.AREA, "area"),
    ):
        expected: dict[str, int] = {}
        for one in within:
            value = getattr(one, column)
            code = str(getattr(value, "value", value) or "")
            expected[code] = expected.get(code, 0) + 1
        assert counted(dimension) == expected
    assert counted(Dimension.ALL) == {"": len(within)}
    by_id = {one.id: one for one in tickets}
    took = sorted(
        int((one.submitted_at - by_id[one.ticket_id].submitted_at).total_seconds())
        for one in work
        if one.is_passed
    )
    total = next(one for one in loop.handled if one.department_id is None)
    assert total.count == len(took)
    assert total.median == took[(len(took) + 1) // 2 - 1]
    assert total.slow == took[-(-len(took) * 9 // 10) - 1]
    assert [one.seconds for one in loop.slowest] == took[::-1]
    [asked] = loop.requested
    assert (asked.kind, asked.state, asked.reason) == ("return", "refused", "not_my_duty")
    [order] = loop.ordered
    assert (order.level, order.count) == (2, 1)
    assert sum(one.count for one in loop.answered if one.rating == 1) == 1
    assert sum(one.count for one in loop.answered if one.was_contacted is False) == 1


async def test_figures_take_a_fixed_number_of_statements(
    build: Build, maker: SessionMaker, city_engine: AsyncEngine
) -> None:
    await build.ticket(Status.CLOSED)
    with count_queries(city_engine) as few:
        await _loop(maker, MONTH.until)
    for _ in range(3):
        await build.ticket(Status.CLOSED)
    with count_queries(city_engine) as many:
        await _loop(maker, MONTH.until)
    assert len(few) == len(many) == 8


async def test_the_three_rates_know_what_the_scores_knew(build: Build, maker: SessionMaker) -> None:
    ticket = await build.find(await build.ticket(Status.CLOSED))
    unit = build.city.departments["chengguan"]

    def seen(key: str, k: str) -> NewObservation:
        return NewObservation(
            source_key=key,
            department_id=unit,
            ticket_id=ticket.id,
            ticket_number=ticket.number,
            hop=1,
            round=1,
            measure=Measure.RESOLVED,
            category="urban",
            k=Decimal(k),
            n=1,
            finished_at=MONTH.since + DAY,
        )

    await _as(build, SYSTEM, observe, [seen("one", "1"), seen("two", "0")])
    name = await _drafted(build, maker)
    build.clock.move(hours=1)
    await _as(build, SYSTEM, observe, [seen("late", "1")])
    content = await _content(maker, name)
    contact, resolved, satisfied = content.rates
    assert (resolved.k, resolved.n) == (Decimal(1), 2)
    assert contact.raw is None
    assert satisfied.raw is None
    assert satisfied.low is None
    assert content.trend[-1].month == "2026-03"


async def _content(maker: SessionMaker, name: str) -> ReportContent:
    async with maker() as session:
        return (await read_report(session, SYSTEM, name)).content


# -- life --------------------------------------------------------------------------------------


async def test_a_report_is_drafted_by_itself_once(build: Build, maker: SessionMaker) -> None:
    async def draft() -> int:
        return await draft_due(maker, build.cipher, build.clock.now(), due_day=15, with_lists=False)

    assert await draft() == 0
    await _frozen(build, maker)
    assert await draft() == 1
    assert await draft() == 0
    await _frozen(build, maker)
    assert await draft() == 1
    async with maker() as session:
        page = await list_reports(session, SYSTEM)
        everything = (await session.exec(select(Report))).all()
        facts = (
            await session.exec(
                select(OutboxMessage).where(OutboxMessage.topic == "credit_report_drafted")
            )
        ).all()
    [row] = page.items
    assert row.report.revision == 2
    assert row.report.due_on.isoformat() == "2026-04-15"
    assert not row.is_outdated
    assert sorted(one.state for one in everything) == [ReportState.DRAFT, ReportState.WITHDRAWN]
    async with maker() as session, session.begin():
        tx = Transaction(session, build.clock.now(), build.cipher, "tests")
        await tell_report(tx, facts[0].id, REPORT_DRAFTED)
    assert await _told(maker, REPORT_DRAFTED) == {
        *("supervisor", "supervisor.second", "authority", "authority.second")
    }
    # What people took back is not made again behind their backs.
    await _as(build, "supervisor", withdraw_report, str(row.report.id), reason="数据有误")
    assert await draft() == 0


async def test_what_is_not_frozen_is_not_reported(build: Build, maker: SessionMaker) -> None:
    with pytest.raises(PeriodNotFrozen):
        await _as(build, SYSTEM, draft_report, "2026-03")
    with pytest.raises(InvalidPeriod):
        await _as(build, SYSTEM, draft_report, "March")
    await _frozen(build, maker)
    for name in ("operator", "leader.chengguan", "observer", "admin"):
        with pytest.raises(PermissionDenied):
            await _as(build, name, draft_report, "2026-03")


async def test_two_persons_stand_behind_a_report(build: Build, maker: SessionMaker) -> None:
    name = await _drafted(build, maker)
    await _as(build, "supervisor", write_report, name, preface="一", comment="")
    await _as(build, "supervisor.second", write_report, name, preface="二", comment="")
    for writer in ("supervisor", "supervisor.second"):
        with pytest.raises(SecondPersonForReport):
            await _as(build, writer, sign_report, name, render=render_files)
    with pytest.raises(StaleReport):
        await _as(build, "authority", sign_report, name, render=render_files, expected_version=1)
    with pytest.raises(ReportMoveRefused):
        await _as(build, "authority", publish_report, name)
    report = await _as(build, "authority", sign_report, name, render=render_files)
    assert report.number == "YTB-2026-0001"
    with pytest.raises(ReportMoveRefused):
        await _as(build, "supervisor", write_report, name, preface="三", comment="")
    await _as(build, "authority", publish_report, "YTB-2026-0001")
    async with maker() as session:
        detail = await read_report(session, SYSTEM, name)
    assert [one.preface for one in detail.texts] == ["二", "一"]


async def test_a_report_without_words_takes_two_persons_as_well(
    build: Build, maker: SessionMaker
) -> None:
    name = await _drafted(build, maker)
    await _as(build, "supervisor", sign_report, name, render=render_files)
    with pytest.raises(SecondPersonForReport):
        await _as(build, "supervisor", publish_report, name)
    await _as(build, "authority", publish_report, name)


async def test_nothing_is_out_before_its_scores_are(build: Build, maker: SessionMaker) -> None:
    number = await _signed(build, maker, is_published=False)
    with pytest.raises(PeriodNotPublished):
        await _as(build, "authority", publish_report, number)
    # Newer scores were published: the report tells of others.
    await freeze_rows(maker, MONTH, build.clock.now())
    with pytest.raises(PeriodNotPublished):
        await _as(build, "authority", publish_report, number)


async def test_who_sees_what(build: Build, maker: SessionMaker) -> None:
    async def seen(by: str, name: str) -> bool:
        async with maker() as session:
            try:
                await read_report(session, build.city.people[by], name)
            except ReportNotFound:
                return False
            return True

    number = await _signed(build, maker)
    outside = ("leader.chengguan", "handler.zhujian", "observer", "discipline")
    assert [await seen(one, number) for one in outside] == [False] * 4
    assert await seen("operator", number)
    assert await seen("admin", number)
    await _as(build, "supervisor", publish_report, number)
    assert [await seen(one, number) for one in outside] == [True] * 4
    async with maker() as session:
        facts = (
            await session.exec(
                select(OutboxMessage).where(OutboxMessage.topic == "credit_report_published")
            )
        ).all()
    async with maker() as session, session.begin():
        tx = Transaction(session, build.clock.now(), build.cipher, "tests")
        for _ in range(2):
            await tell_report(tx, facts[0].id, REPORT_PUBLISHED)
    told = await _told(maker, REPORT_PUBLISHED)
    assert told == {f"leader.{code}" for code in ("chengguan", "zhujian", "jiaotong", "huanbao")}


async def test_a_report_that_should_be_out_is_reminded_of_once(
    build: Build, maker: SessionMaker
) -> None:
    await _drafted(build, maker)
    build.clock.set(datetime(2026, 4, 15, 15, tzinfo=UTC))
    assert await remind_of_reports(maker, build.cipher, build.clock.now()) == 0
    build.clock.move(hours=2)
    assert await remind_of_reports(maker, build.cipher, build.clock.now()) == 1
    assert await remind_of_reports(maker, build.cipher, build.clock.now()) == 0
    assert "supervisor" in await _told(maker, REPORT_OVERDUE)


# -- what was signed ---------------------------------------------------------------------------


async def test_what_was_signed_is_kept_and_made_again_to_the_byte(
    build: Build, maker: SessionMaker
) -> None:
    await build.ticket(Status.CLOSED)
    number = await _published(build, maker)
    await build.ticket(Status.CLOSED)
    async with maker() as session:
        detail = await read_report(session, SYSTEM, number)
        assert content_digest(detail.report.content) == detail.report.digest
        assert content_from_json(detail.report.content) == detail.content
        for form in FileForm:
            assert await signed_file(session, detail.report.id, form) == lay_out(
                printed(detail), form
            )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE credit_reports SET content = '{}'",
        "UPDATE credit_reports SET digest = 'x'",
        "UPDATE credit_reports SET number = 'YTB-2026-0009'",
        "UPDATE credit_reports SET signed_at = now()",
        "UPDATE credit_reports SET published_at = now()",
        "DELETE FROM credit_reports",
        "TRUNCATE credit_reports CASCADE",
        "UPDATE credit_report_texts SET preface = 'x'",
        "DELETE FROM credit_report_texts",
        "UPDATE credit_report_files SET body = 'x'",
        "DELETE FROM credit_report_files",
    ],
)
async def test_the_database_refuses_to_change_it(
    build: Build, maker: SessionMaker, statement: str
) -> None:
    await _published(build, maker)
    build.clock.move(hours=1)
    with pytest.raises(sa.exc.DBAPIError):
        async with maker() as session, session.begin():
            await session.exec(sa.text(statement))  # type: ignore[call-overload]


async def test_newer_scores_call_for_a_new_report(build: Build, maker: SessionMaker) -> None:
    number = await _published(build, maker)
    await freeze_rows(maker, MONTH, build.clock.now(), counts=60)
    async with maker() as session:
        detail = await read_report(session, SYSTEM, number)
    assert detail.is_outdated
    # The worker leaves alone what people signed.
    drafted = await draft_due(maker, build.cipher, build.clock.now(), due_day=15, with_lists=False)
    assert drafted == 0
    new = await _as(build, "supervisor", reissue_report, number, reason="申诉成立，重新计分")
    async with maker() as session:
        old = await read_report(session, build.city.people["observer"], number)
        fresh = await read_report(session, SYSTEM, str(new.id))
    assert old.report.state is ReportState.WITHDRAWN
    assert old.report.withdraw_reason == "申诉成立，重新计分"
    assert not old.is_outdated
    assert fresh.report.revision == 2
    assert fresh.replaced == number
    assert fresh.texts[0].preface == "前言"
    assert fresh.content.units[0].n == 60
    # Whose words they are stays: their writer does not sign the new one either.
    with pytest.raises(SecondPersonForReport):
        await _as(build, "supervisor", sign_report, str(new.id), render=render_files)
    report = await _as(build, "authority", sign_report, str(new.id), render=render_files)
    assert report.number == "YTB-2026-0002"
    with pytest.raises(ReportMoveRefused):
        await _as(build, "supervisor", withdraw_report, number, reason="再次")


async def test_reports_of_what_was_really_frozen(build: Build, maker: SessionMaker) -> None:
    """A month, a quarter and a year, as the worker freezes and drafts them."""
    await build.ticket(Status.CLOSED, category="urban.roads")
    build.clock.set(datetime(2027, 1, 1, 2, tzinfo=UTC))
    for key in ("2026-03", "2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4", "2026"):
        await _as(build, SYSTEM, freeze, Period.parse(key))
    drafted = await draft_due(maker, build.cipher, build.clock.now(), due_day=15, with_lists=True)
    assert drafted == 6
    async with maker() as session:
        rows = (await list_reports(session, build.city.people["operator"])).items
        contents = {
            row.report.period: (await read_report(session, SYSTEM, str(row.report.id)))
            for row in rows
        }
    assert contents["2026-03"].content.submitted == 1
    assert contents["2026-Q4"].content.is_empty
    year = contents["2026"].content
    assert year.submitted == 1
    assert len(year.trend) == 3 * 12
    assert all(one.year is not None for one in year.units)
    assert year.lists is not None
    assert year.lists.red == ()
    for detail in contents.values():
        for form in FileForm:
            assert lay_out(printed(detail), form).startswith(b"PK")
