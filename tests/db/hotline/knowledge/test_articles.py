"""Articles from the first word to the last day: two persons, versions, reviews, corrections, credit."""

import json
import uuid
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from credit.entries.confirming import confirm_due
from credit.repairs.jobs import settle_entries
from hotline.escalation.knowledge import look_after_knowledge, tell_knowledge
from hotline.kernel.db import SessionMaker
from hotline.kernel.outbox import OutboxMessage
from hotline.kernel.tx import Transaction
from hotline.knowledge import actions, corrections, errors, phrases, queries, uses
from hotline.knowledge.access import find_public
from hotline.knowledge.events import KnowledgeMoved
from hotline.knowledge.files import as_json, as_xlsx, read_file
from hotline.knowledge.from_tickets import draft_from_ticket
from hotline.knowledge.models import KnowledgeUse
from hotline.knowledge.moving import export_articles, import_articles
from hotline.knowledge.phrase_rules import PhraseDesk, PhraseKind
from hotline.knowledge.queries import ArticleFilter, CorrectionFilter
from hotline.knowledge.rules import (
    ArticleAudience,
    ArticleState,
    ArticleText,
    ArticleUse,
    ArticleWarning,
    CorrectionState,
    article_number,
)
from hotline.notices.models import Notice
from hotline.people.models import User
from hotline.people.principal import PermissionDenied
from hotline.tickets.errors import TicketNotFound, UnknownCode
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import NAME, PHONE, Build
from tests.support.credit_told import facts_of, standing, tell_credit

DAY = timedelta(days=1)
TEXT = ArticleText(
    title="路灯不亮找谁修",
    short="路灯由城管局养护，三日内修复。",
    answer="城市道路路灯由城市管理局养护，报修后三日内修复。",
    tags=("路灯", "照明"),
    categories=("urban.roads",),
    audience=ArticleAudience.PUBLIC,
    valid_from=date(2026, 1, 1),
    review_days=90,
)


async def _do(build: Build, by: str, action: Any, *args: Any, **words: Any) -> Any:
    async with build.acting(by) as tx:
        return await action(tx, *args, **words)


async def _draft(
    build: Build, text: ArticleText = TEXT, by: str = "handler.chengguan", unit: str = "chengguan"
) -> str:
    article = await _do(build, by, actions.draft_article, department=unit, text=text)
    return article_number(article.nth)


async def _out(
    build: Build,
    text: ArticleText = TEXT,
    by: str = "handler.chengguan",
    publisher: str = "leader.chengguan",
    unit: str = "chengguan",
) -> str:
    number = await _draft(build, text, by, unit)
    await _do(build, by, actions.submit_article, number)
    await _do(build, publisher, actions.publish_article, number)
    return number


async def _read(build: Build, number: str, by: str = "supervisor") -> queries.ArticleDetail:
    async with build.session_maker() as session:
        return await queries.read_article(session, build.city.people[by], number, build.clock.now())


async def _found(build: Build, title: str, by: str = "operator", **more: Any) -> list[str]:
    async with build.session_maker() as session:
        found = await queries.find_answers(
            session, build.city.people[by], title=title, now=build.clock.now(), **more
        )
        return [one.number for one in found]


async def _watch(build: Build) -> int:
    return await look_after_knowledge(build.session_maker, build.cipher, build.clock.now())


async def _deliver(build: Build) -> None:
    """Tell of everything that has happened to articles, twice."""
    async with build.session_maker() as session, session.begin():
        messages = await session.exec(
            select(OutboxMessage).where(OutboxMessage.topic == KnowledgeMoved.topic)
        )
        tx = Transaction(session, build.clock.now(), build.cipher, "tests")
        for message in messages.all():
            for _ in range(2):
                fact = KnowledgeMoved.from_payload(message.payload)
                await tell_knowledge(tx, message.id, fact)


async def _told(maker: SessionMaker, kind: str) -> list[str]:
    async with maker() as session:
        rows = await session.exec(
            select(User.username)
            .join(Notice, col(Notice.user_id) == col(User.id))
            .where(Notice.kind == kind)
            .order_by(col(User.username))
        )
        return list(rows)


async def test_from_draft_to_published_takes_two(build: Build, maker: SessionMaker) -> None:
    number = await _draft(build)
    with pytest.raises(errors.ArticleMoveRefused):
        await _do(build, "leader.chengguan", actions.publish_article, number)
    await _do(build, "handler.chengguan", actions.submit_article, number)
    with pytest.raises(errors.ArticleMoveRefused):
        await _do(build, "handler.chengguan", actions.submit_article, number)
    with pytest.raises(errors.NotYourArticle):
        await _do(build, "handler.chengguan", actions.publish_article, number)
    await _do(build, "leader.chengguan", actions.send_back_article, number, reason="写清时限")
    await _do(build, "leader.chengguan", actions.change_article, number, text=TEXT)
    await _do(build, "leader.chengguan", actions.submit_article, number)
    with pytest.raises(errors.SecondPersonForArticle):
        await _do(build, "leader.chengguan", actions.publish_article, number)
    with pytest.raises(errors.StaleArticle):
        await _do(build, "auditor", actions.publish_article, number, expected_version=1)
    article = await _do(build, "auditor", actions.publish_article, number)
    assert (article.state, article.published_version) == (ArticleState.PUBLISHED, 2)
    assert article.review_by == build.clock.now() + 90 * DAY
    await _deliver(build)
    assert await _told(maker, actions.SENT_BACK) == ["leader.chengguan"]
    assert "handler.chengguan" not in await _told(maker, actions.SUBMITTED)
    detail = await _read(build, number)
    assert [event.step.value for event in detail.events] == [
        *("drafted", "submitted", "sent_back", "changed", "submitted", "published")
    ]


async def test_who_may_not_write(build: Build) -> None:
    for by, unit, error in (
        ("visitor", "chengguan", PermissionDenied),
        ("observer", "chengguan", PermissionDenied),
        ("handler.zhujian", "chengguan", errors.NotYourArticle),
        ("operator", "nowhere", UnknownCode),
    ):
        with pytest.raises(error):
            await _draft(build, by=by, unit=unit)
    with pytest.raises(UnknownCode):
        await _draft(build, replace(TEXT, categories=("nothing",)))
    with pytest.raises(errors.PersonalDataInArticle):
        await _draft(build, replace(TEXT, answer=f"找{PHONE}"))


async def test_what_is_written_anew_is_not_offered_before_it_is_out(build: Build) -> None:
    number = await _out(build)
    later = replace(TEXT, title="路灯报修的新办法", audience=ArticleAudience.HOTLINE)
    await _do(build, "operator", actions.change_article, number, text=later)
    async with build.session_maker() as session:
        _, version = await find_public(session, number, date(2026, 3, 2))
        assert (version.version, version.title) == (1, TEXT.title)
    outside = await _read(build, number, "handler.zhujian")
    assert [one.version for one in outside.versions] == [1]
    assert outside.events == ()
    inside = await _read(build, number, "handler.chengguan")
    assert [one.version for one in inside.versions] == [2, 1]
    await _do(build, "operator", actions.submit_article, number)
    await _do(build, "leader.chengguan", actions.publish_article, number)
    with pytest.raises(errors.ArticleNotFound):
        await _read(build, number, "handler.zhujian")
    async with build.session_maker() as session:
        with pytest.raises(errors.ArticleNotFound):
            await find_public(session, number, date(2026, 3, 2))


async def test_versions_and_steps_are_kept(build: Build, maker: SessionMaker) -> None:
    await _out(build)
    for statement in (
        "UPDATE knowledge_versions SET answer = 'x'",
        "DELETE FROM knowledge_versions",
        "UPDATE knowledge_events SET words = 'x'",
        "DELETE FROM knowledge_events",
    ):
        async with maker() as session:
            with pytest.raises(sa.exc.DBAPIError, match="does not change"):
                await session.exec(sa.text(statement))  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("audience", "readers"),
    [
        (ArticleAudience.HOTLINE, {"operator", "visitor", "authority", "handler.chengguan"}),
        (
            ArticleAudience.STAFF,
            {"operator", "visitor", "authority", "handler.chengguan", "leader.zhujian"},
        ),
    ],
)
async def test_who_reads_what(build: Build, audience: ArticleAudience, readers: set[str]) -> None:
    text = replace(TEXT, audience=audience)
    draft, out = await _draft(build, text), await _out(build, text)
    people = {*readers, "leader.zhujian", "observer", "discipline"}
    for by in people:
        async with build.session_maker() as session:
            found = await queries.list_articles(
                session, build.city.people[by], ArticleFilter(), now=build.clock.now()
            )
        numbers = {one.number for one in found.items}
        assert (out in numbers) is (by in readers), by
        assert (draft in numbers) is (by in {"operator", "handler.chengguan"}), by
        assert (out in await _found(build, "路灯不亮", by)) is (by in readers), by
        assert draft not in await _found(build, "路灯不亮", by)
    async with build.session_maker() as session:
        for number in (draft, out):
            with pytest.raises(errors.ArticleNotFound):
                await find_public(session, number, date(2026, 3, 2))
        assert (
            await queries.list_public(session, q=None, category=None, today=date(2026, 3, 2)) == []
        )


async def test_found_by_words_category_and_area(build: Build) -> None:
    light = await _out(build)
    housing = replace(
        TEXT,
        title="物业费怎么收",
        short="按合同收取",
        answer="物业服务费按合同约定收取。",
        tags=("物业",),
        categories=("housing",),
    )
    fee = await _out(build, housing, "handler.zhujian", "leader.zhujian", "zhujian")
    assert await _found(build, "小区门口的路灯坏了好几天不亮") == [light]
    assert await _found(build, "物业") == [fee]
    assert await _found(build, "", category="urban.roads") == [light]
    assert await _found(build, "") == []
    assert await _found(build, "今天天气很好") == []
    for strange in ("'; DROP TABLE tickets; --", "%_\\", "😀" * 500, "a", "路", "x" * 10_000):
        assert isinstance(await _found(build, strange, content=strange), list)
    async with build.session_maker() as session:
        for q, wanted in (("物业费", [fee]), (light, [light]), ("灯", [light]), ("zzz", [])):
            found = await queries.list_articles(
                session, build.city.people["operator"], ArticleFilter(q=q), now=build.clock.now()
            )
            assert [one.number for one in found.items] == wanted, q
        for wanted_filter, wanted in (
            (ArticleFilter(category="urban"), [light]),
            (ArticleFilter(category="urb"), []),
            (ArticleFilter(department="zhujian"), [fee]),
            (ArticleFilter(state=(ArticleState.DRAFT,)), []),
            (ArticleFilter(warning=ArticleWarning.STALE), []),
        ):
            found = await queries.list_articles(
                session, build.city.people["operator"], wanted_filter, now=build.clock.now()
            )
            assert [one.number for one in found.items] == wanted, wanted_filter


async def test_a_review_is_reminded_of_then_scored_once(build: Build, maker: SessionMaker) -> None:
    number = await _out(build)
    build.clock.move(days=70)
    assert await _watch(build) == 0
    build.clock.move(days=7)
    assert await _watch(build) == 1
    assert await _told(maker, "knowledge_review_soon") == [
        "handler.chengguan",
        "leader.chengguan",
        "second.chengguan",
    ]
    build.clock.move(days=13)
    assert await _watch(build) == 1
    assert await _watch(build) == 0
    assert await _found(build, "路灯") == [number]
    build.clock.move(days=8)
    await _watch(build)
    await _watch(build)
    assert "supervisor" in await _told(maker, "knowledge_stale")
    [told] = await facts_of(build, "knowledge_stale")
    assert told["article_number"] == number
    await tell_credit(build, times=2)
    assert ("kb_stale", "provisional") in await standing(build)
    assert len(await standing(build)) == 1
    detail = await _read(build, number)
    assert detail.found.warnings == (ArticleWarning.STALE,)
    build.clock.move(hours=1)
    await _do(build, "handler.chengguan", actions.confirm_article, number)
    assert (await _read(build, number)).found.warnings == ()
    assert await _watch(build) == 0
    await _pass_credit(build, days=25)
    assert await standing(build) == [("kb_stale", "in_force")]
    await _pass_credit(build, days=35)
    assert await standing(build) == [("kb_stale", "repaired")]


async def _pass_credit(build: Build, days: int) -> None:
    """Let days pass, and the nights of credit with them."""
    build.clock.move(days=days)
    now = build.clock.now()
    await confirm_due(build.session_maker, build.cipher, now)
    await settle_entries(build.session_maker, build.cipher, now)


async def test_a_standstill_is_nobodys_fault(build: Build) -> None:
    await _out(build)
    build.clock.move(days=400)
    await _watch(build)
    assert await facts_of(build, "knowledge_stale") == []


async def test_what_is_over_expires_and_is_offered_last(build: Build, maker: SessionMaker) -> None:
    gone = await _out(build, replace(TEXT, valid_until=date(2026, 3, 3)))
    stays = await _out(build, replace(TEXT, title="路灯", answer="路灯"))
    assert set(await _found(build, "路灯不亮找谁修")) == {gone, stays}
    build.clock.move(days=3)
    assert (await _found(build, "路灯不亮找谁修"))[-1] == gone
    assert await _watch(build) == 1
    assert await _watch(build) == 0
    assert (await _read(build, gone)).found.article.state is ArticleState.EXPIRED
    assert (await _found(build, "路灯不亮找谁修"))[-1] == gone
    assert await _told(maker, "knowledge_expired") != []
    async with build.session_maker() as session:
        with pytest.raises(errors.ArticleNotFound):
            await find_public(session, gone, date(2026, 3, 6))
    with pytest.raises(errors.ArticleMoveRefused):
        await _do(build, "handler.chengguan", actions.confirm_article, gone)
    await _do(build, "handler.chengguan", actions.change_article, gone, text=TEXT)
    await _do(build, "handler.chengguan", actions.submit_article, gone)
    await _do(build, "leader.chengguan", actions.publish_article, gone)
    assert (await _read(build, gone)).found.warnings == ()


async def test_a_correction_becomes_a_version_and_a_contribution(
    build: Build, maker: SessionMaker
) -> None:
    number = await _out(build)
    report = await _do(
        build, "handler.zhujian", corrections.report_mistake, number, reason="时限应为一日"
    )
    with pytest.raises(errors.AlreadyReported):
        await _do(build, "handler.zhujian", corrections.report_mistake, number, reason="再说一次")
    with pytest.raises(errors.CorrectionNotFound):
        await _do(
            build,
            "leader.zhujian",
            corrections.decide_correction,
            report.id,
            accept=True,
            words="是",
        )
    with pytest.raises(errors.NotYourArticle):
        await _do(
            build, "operator", corrections.decide_correction, report.id, accept=True, words="是"
        )
    assert (await _read(build, number)).found.warnings == (ArticleWarning.REPORTED,)
    await _do(
        build,
        "leader.chengguan",
        corrections.decide_correction,
        report.id,
        accept=True,
        words="属实",
    )
    with pytest.raises(errors.CorrectionDecided):
        await _do(
            build, "auditor", corrections.decide_correction, report.id, accept=False, words="否"
        )
    detail = await _read(build, number)
    assert detail.found.article.state is ArticleState.CORRECTING
    with pytest.raises(errors.ArticleMoveRefused):
        await _do(build, "handler.chengguan", actions.confirm_article, number)
    right = replace(TEXT, answer="一日内修复。")
    await _do(build, "handler.chengguan", actions.change_article, number, text=right)
    await _do(build, "handler.chengguan", actions.submit_article, number)
    await _do(build, "leader.chengguan", actions.publish_article, number)
    detail = await _read(build, number)
    assert (detail.found.article.state, detail.found.warnings) == (ArticleState.PUBLISHED, ())
    assert detail.corrections[0].state is CorrectionState.DONE
    await _deliver(build)
    assert await _told(maker, corrections.REPORTED) == [
        *("handler.chengguan", "leader.chengguan", "second.chengguan")
    ]
    assert await _told(maker, actions.DONE) == ["handler.zhujian"]
    await tell_credit(build, times=2)
    assert await standing(build, "zhujian") == [("kb_contribution", "provisional")]
    assert await standing(build, "chengguan") == []


async def test_a_report_refused_or_late(build: Build, maker: SessionMaker) -> None:
    number = await _out(build)
    report = await _do(build, "operator", corrections.report_mistake, number, reason="错了")
    own = await _do(build, "leader.chengguan", corrections.report_mistake, number, reason="也错了")
    with pytest.raises(errors.SecondPersonForCorrection):
        await _do(
            build,
            "leader.chengguan",
            corrections.decide_correction,
            own.id,
            accept=True,
            words="是",
        )
    build.clock.move(days=9)
    await _watch(build)
    await _watch(build)
    assert (await _told(maker, "knowledge_correction_overdue")).count("supervisor") == 2
    async with build.session_maker() as session:
        late = await queries.list_corrections(
            session,
            build.city.people["supervisor"],
            CorrectionFilter(is_overdue=True),
            now=build.clock.now(),
        )
        owed = await queries.count_owed(
            session, build.city.people["handler.chengguan"], build.clock.now()
        )
        mine = await queries.count_owed(session, build.city.people["operator"], build.clock.now())
        other = await queries.list_corrections(
            session,
            build.city.people["handler.zhujian"],
            CorrectionFilter(),
            now=build.clock.now(),
        )
    assert len(late.items) == 2
    assert (owed.corrections, owed.overdue_corrections) == (2, 2)
    assert (mine.corrections, mine.own_reports) == (0, 1)
    assert other.items == []
    await _do(
        build,
        "handler.chengguan",
        corrections.decide_correction,
        report.id,
        accept=False,
        words="无误",
    )
    await _deliver(build)
    assert await _told(maker, corrections.REFUSED) == ["operator"]


async def test_what_the_hotline_takes_up_is_a_contribution(build: Build) -> None:
    await _out(build)  # published by the department itself
    number = await _out(build, replace(TEXT, title="井盖破损"), publisher="supervisor")
    await _do(build, "handler.chengguan", actions.change_article, number, text=TEXT)
    await _do(build, "handler.chengguan", actions.submit_article, number)
    await _do(build, "supervisor", actions.publish_article, number)
    await _out(build, TEXT, "operator", "auditor", "hotline")
    await tell_credit(build, times=2)
    assert await standing(build, None) == [("kb_contribution", "provisional")]


async def test_uses_are_counted_and_kept_with_the_ticket(build: Build, maker: SessionMaker) -> None:
    number = await _out(build)
    ticket = await build.ticket(Status.SUBMITTED)
    await _do(build, "operator", uses.use_article, number, ArticleUse.READ_OUT)
    await _do(build, "operator", uses.use_article, number, ArticleUse.PUT_IN, intake_key="form")
    await _do(build, "operator", uses.use_article, number, ArticleUse.PUT_IN, intake_key="lost")
    await _do(build, "operator", uses.answer_from, ticket, number)
    with pytest.raises(TicketNotFound):
        await _do(build, "handler.zhujian", uses.answer_from, ticket, number)
    async with build.session_maker() as session:
        kept = (await session.exec(select(KnowledgeUse.ticket_id))).all()
        ticket_id = next(one for one in kept if one is not None)
    await _do(build, "operator", uses.link_uses, "form", ticket_id)
    await _do(build, "operator", uses.link_uses, None, ticket_id)
    await _do(build, "handler.chengguan", actions.change_article, number, text=TEXT)
    async with build.session_maker() as session:
        used = await uses.uses_of_ticket(session, ticket_id)
    assert sorted((one.number, one.version, one.use.value) for one in used) == [
        (number, 1, "answered"),
        (number, 1, "put_in"),
    ]
    detail = await _read(build, number)
    assert detail.found.article.use_count == 4
    assert {day.use.value: day.count for day in detail.uses} == {
        "read_out": 1,
        "put_in": 2,
        "answered": 1,
    }
    build.clock.move(days=8)
    await _watch(build)
    async with maker() as session:
        assert len((await session.exec(select(KnowledgeUse))).all()) == 2


async def test_an_article_from_a_ticket_names_nobody(build: Build) -> None:
    number = await build.ticket(Status.SUBMITTED)
    with pytest.raises(errors.NothingToDraftFrom):
        await _do(build, "operator", draft_from_ticket, number)
    reply = f"{NAME}先生您好，请拨打{PHONE}，身份证612401199001011234已登记。"
    await build.do(Action.ANSWER, number, reply=reply, is_confirmed=True)
    article = await _do(build, "operator", draft_from_ticket, number)
    detail = await _read(build, article_number(article.nth))
    version = detail.versions[0]
    assert version.ticket_number == number
    assert version.audience is ArticleAudience.HOTLINE
    for secret in (NAME, NAME[:2], PHONE, "199001011234"):
        assert secret not in version.answer + version.short + version.title
    handled = await build.ticket(Status.CLOSED)
    with pytest.raises(TicketNotFound):
        await _do(build, "handler.zhujian", draft_from_ticket, handled)
    own = await _do(build, "handler.chengguan", draft_from_ticket, handled)
    assert own.department_id == build.city.departments["chengguan"]


async def test_retired_and_given_to_another(build: Build) -> None:
    number = await _out(build)
    with pytest.raises(errors.NotYourArticle):
        await _do(build, "leader.chengguan", actions.give_article, number, department="zhujian")
    await _do(build, "supervisor", actions.give_article, number, department="zhujian")
    with pytest.raises(errors.NotYourArticle):
        await _do(build, "leader.chengguan", actions.retire_article, number, reason="停用")
    await _do(build, "leader.zhujian", actions.retire_article, number, reason="停用")
    assert await _found(build, "路灯") == []
    assert (await _read(build, number, "visitor")).found.warnings == (ArticleWarning.RETIRED,)


async def test_out_and_in_again_is_the_same(build: Build, maker: SessionMaker) -> None:
    await _out(build)
    await _draft(build, replace(TEXT, title="=1+1", areas=("清禾区", "东岭区"), place="-大厅"))
    articles = await _do(build, "admin", export_articles)
    today = date(2026, 3, 2)
    for content in (as_json(articles), as_xlsx(articles)):
        read = read_file(content, today)
        assert read.faults == []
        report = await _do(build, "admin", import_articles, read, dry_run=False)
        assert (report.added, report.changed, report.same) == (0, 0, 2)
    async with maker() as session, session.begin():
        for table in ("knowledge_versions", "knowledge_events"):
            await session.exec(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))  # type: ignore[call-overload]
        for table in ("terms", "events", "versions", "articles"):
            await session.exec(sa.text(f"DELETE FROM knowledge_{table}"))  # type: ignore[call-overload]
        for table in ("knowledge_versions", "knowledge_events"):
            await session.exec(sa.text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))  # type: ignore[call-overload]
    read = read_file(as_xlsx(articles), today)
    dry = await _do(build, "admin", import_articles, read, dry_run=True)
    assert (dry.added, dry.is_dry) == (2, True)
    assert await _do(build, "admin", export_articles) == []
    await _do(build, "admin", import_articles, read, dry_run=False)
    assert await _do(build, "admin", export_articles) == articles
    number = articles[0][0]
    await _do(build, "supervisor", actions.publish_article, number)


async def test_one_wrong_line_stops_all(build: Build) -> None:
    rows: list[dict[str, Any]] = [
        {"department": "chengguan", "title": "好", "answer": "好"},
        {"department": "nowhere", "title": "好", "answer": "好"},
        {"department": "chengguan", "title": "", "answer": "好"},
        {"department": "chengguan", "title": "好", "answer": "好", "audience": "all"},
        {"department": "chengguan", "title": "好", "answer": PHONE},
        {"department": "chengguan", "title": "好", "answer": "好", "valid_from": "明天"},
        {"department": "chengguan", "title": "好" * 201, "answer": "好"},
        {"department": "chengguan", "title": "好", "answer": "好", "number": "x"},
        {"department": "chengguan", "title": "好", "answer": "好", "categories": ["no"]},
        {"department": "chengguan", "title": "好", "answer": "好", "review_days": "-1"},
    ]
    read = read_file(json.dumps(rows).encode(), date(2026, 3, 2))
    report = await _do(build, "admin", import_articles, read, dry_run=False)
    assert [fault.line for fault in report.faults] == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert await _do(build, "admin", export_articles) == []
    for content in (b"", b"{}", b"[1]", b"PK\x03\x04", b"\xff", b"[" * 100_000):
        with pytest.raises(errors.KnowledgeFileRefused):
            read_file(content, date(2026, 3, 2))
    with pytest.raises(PermissionDenied):
        await _do(build, "operator", import_articles, read, dry_run=True)


async def test_phrases_are_shared_or_ones_own(build: Build) -> None:
    words = {"text": "工单{number}", "desk": PhraseDesk.ANY, "kind": PhraseKind.REPLY}
    own = await _do(build, "operator", phrases.add_phrase, title="我的", **words)
    shared = await _do(
        build, "supervisor", phrases.add_phrase, title="大家的", is_shared=True, **words
    )
    with pytest.raises(PermissionDenied):
        await _do(build, "operator", phrases.add_phrase, title="x", is_shared=True, **words)
    with pytest.raises(errors.UnknownPlaceholder):
        await _do(build, "operator", phrases.add_phrase, title="x", **{**words, "text": "{x}"})
    with pytest.raises(PermissionDenied):
        await _do(build, "operator", phrases.change_phrase, shared.id, title="x", **words)
    with pytest.raises(errors.PhraseNotFound):
        await _do(build, "supervisor", phrases.change_phrase, own.id, title="x", **words)
    with pytest.raises(errors.PhraseNotFound):
        await _do(build, "supervisor", phrases.change_phrase, uuid.uuid4(), title="x", **words)
    async with build.session_maker() as session:
        for by, wanted in (("operator", ["我的", "大家的"]), ("visitor", ["大家的"])):
            found = await phrases.list_phrases(session, build.city.people[by])
            assert [one.title for one in found] == wanted
    await _do(
        build, "operator", phrases.change_phrase, own.id, title="我的", is_active=False, **words
    )
    async with build.session_maker() as session:
        found = await phrases.list_phrases(session, build.city.people["operator"])
    assert [one.title for one in found] == ["大家的"]
