"""The supervisor's view, orders on pages, and urging a list."""

import re
import uuid
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select

from hotline.escalation.sweep import sweep_once
from hotline.kernel.db import SessionMaker
from hotline.kernel.heartbeat import Heartbeat
from hotline.kernel.outbox import OutboxMessage
from hotline.supervision.events import UrgeRequested
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import Build
from tests.support.queries import count_queries
from tests.web.pages.conftest import Person, PersonAs, offered, said
from web.run.subscribers import supervision_urge_many


async def _beat(maker: SessionMaker, build: Build, seconds: int = 1) -> None:
    async with maker() as session, session.begin():
        session.add(
            Heartbeat(name="sweeper", beat_at=build.clock.now() - timedelta(seconds=seconds))
        )


async def _late(build: Build, maker: SessionMaker, count: int = 2) -> list[str]:
    numbers = [await build.ticket(Status.PROCESSING) for _ in range(count)]
    await build.ticket(Status.SUBMITTED)
    build.clock.move(hours=25)
    await sweep_once(maker, build.cipher, now=build.clock.now())
    return numbers


async def _figures(person: Person) -> list[tuple[str, int]]:
    """Every number of the view with the list that it opens."""
    page = await person.get("/supervision")
    assert page.status_code == 200
    found = re.findall(
        r'<a (?:class="tile[^"]*"\s+)?href="([^"]*limit_due=[^"]*|/supervision/orders\?[^"]*)">'
        r'\s*(?:<span class="tile-value">)?([\d,]+)',
        page.text,
    )
    return [(href.replace("&amp;", "&"), int(n.replace(",", ""))) for href, n in found]


async def test_every_figure_opens_a_list_of_that_length(
    person_as: PersonAs, build: Build, maker: SessionMaker
) -> None:
    numbers = await _late(build, maker)
    await build.ticket(Status.PROCESSING)
    await build.do(Action.ISSUE_ORDER, numbers[0])
    await build.do(Action.ISSUE_ORDER, numbers[1])
    await build.do(Action.ANSWER_ORDER, numbers[1])
    person = person_as("supervisor")
    figures = await _figures(person)
    assert len(figures) > 12
    assert any(count > 1 for _, count in figures)
    for href, count in figures:
        listed = (await person.get(href)).text
        rows = re.findall(r'<a class="title" href="/tickets/(\d+)', listed)
        assert len(rows) == count, href


async def test_the_view_says_whether_anybody_watches(
    person_as: PersonAs, build: Build, maker: SessionMaker
) -> None:
    person = person_as("authority")
    assert "巡检从未运行" in said((await person.get("/supervision")).text)
    await _beat(maker, build)
    assert "时限监测正常：1秒前巡检" in said((await person.get("/supervision")).text)
    await build.ticket(Status.SUBMITTED)
    build.clock.move(minutes=50)
    text = said((await person.get("/supervision")).text)
    assert "时限监测异常" in text
    assert "最早的提醒已迟" in text


async def test_alerts_that_nobody_has_seen(
    person_as: PersonAs, build: Build, maker: SessionMaker
) -> None:
    numbers = await _late(build, maker, 1)
    person = person_as("supervisor")
    text = said((await person.get("/supervision")).text)
    assert "办理: 超期" in text or "无人确认的警报" in text
    alerts = (await person.get("/supervision/alerts")).text
    assert numbers[0] in alerts
    assert "handler.chengguan先生" in alerts


async def test_alerts_are_paged(
    person_as: PersonAs, build: Build, maker: SessionMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = await _late(build, maker, 3)
    person = person_as("supervisor")
    whole = re.findall(r'href="/tickets/(\d+)', (await person.get("/supervision/alerts")).text)
    assert set(whole) >= set(numbers)
    monkeypatch.setattr("web.pages.supervision.PAGE_SIZE", 2)
    path, text, seen = "/supervision/alerts", "", []
    while path:
        text = (await person.get(path)).text
        seen += re.findall(r'href="/tickets/(\d+)', text)
        following = re.search(r'href="(/supervision/alerts\?[^"]+)"\s+rel="next"', text)
        path = unescape(following[1]) if following else ""
    assert seen == whole
    assert "第一页" in said(text)
    assert (await person.get("/supervision/alerts?cursor=x")).status_code == 422


async def test_a_fixed_number_of_statements(
    person_as: PersonAs, build: Build, maker: SessionMaker, city_engine: AsyncEngine
) -> None:
    person = person_as("supervisor")
    with count_queries(city_engine) as empty:
        await person.get("/supervision")
    few = len(empty)
    numbers = await _late(build, maker, 4)
    for number in numbers:
        await build.do(Action.ISSUE_ORDER, number)
    with count_queries(city_engine) as full:
        await person.get("/supervision")
    assert len(full) <= few + 1 <= 17, "\n".join(full)


async def test_who_sees_it(person_as: PersonAs) -> None:
    for name in ("supervisor", "authority", "admin", "dispatcher"):
        assert (await person_as(name).get("/supervision")).status_code == 200
        assert (await person_as(name).get("/supervision/orders")).status_code == 200
    for name in ("operator", "auditor", "handler.chengguan", "observer"):
        for path in ("/supervision", "/supervision/orders", "/supervision/alerts"):
            assert (await person_as(name).get(path)).status_code == 403
    for name in ("authority", "admin", "dispatcher", "operator"):
        assert (await person_as(name).get("/supervision/urge")).status_code == 403


async def test_an_order_from_issue_to_verification(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    supervisor, handler = person_as("supervisor"), person_as("handler.chengguan")
    page = (await supervisor.get(f"/tickets/{number}")).text
    assert "issue_order" in offered(page)
    assert not {"verify_order", "raise_order"} & set(offered(page))
    sent = await supervisor.post(
        f"/tickets/{number}/actions/issue-order",
        {"level": "3", "reason": "many_requesters", "demand": "三日内修复", "reply_limit": "PT12H"},
    )
    assert sent.status_code == 303
    desk = (await handler.get("/desk")).text
    assert desk.index("待本单位处理的督办单") < desk.index("queue-list")
    assert f"{number}-D1" in desk
    assert "督办单" not in said((await person_as("handler.jiaotong").get("/desk")).text)
    board = said((await supervisor.get("/board")).text)
    assert "挂牌督办" in board
    assert f"{number}-D1" in board
    page = (await handler.get(f"/tickets/{number}")).text
    assert "三日内修复" in page
    assert {"acknowledge_order", "answer_order"} <= set(offered(page))
    await handler.post(f"/tickets/{number}/actions/acknowledge-order")
    await handler.post(f"/tickets/{number}/actions/answer-order", {"reply": "今日修复"})
    assert f"{number}-D1" not in (await handler.get("/desk")).text
    page = (await supervisor.get(f"/tickets/{number}")).text
    assert {"verify_order", "raise_order"} <= set(offered(page))
    done = await supervisor.post(
        f"/tickets/{number}/actions/verify-order", {"accept": "true", "explanation": "现场已看"}
    )
    assert done.status_code == 303
    text = said((await supervisor.get("/supervision/orders?state=verified")).text)
    assert f"{number}-D1" in text
    assert f"{number}-D1" not in said((await supervisor.get("/supervision")).text)


async def test_orders_are_listed_by_state_level_and_department(
    person_as: PersonAs, build: Build
) -> None:
    first, second = [await build.ticket(Status.PROCESSING) for _ in range(2)]
    await build.do(Action.ISSUE_ORDER, first)
    await build.do(Action.ISSUE_ORDER, second, level=3)
    person = person_as("supervisor")
    for asked, there, not_there in (
        ("level=3", second, first),
        ("level=2&state=issued", first, second),
        ("department=jiaotong", None, first),
        ("department=chengguan&level=2", first, second),
        ("late=true", None, second),
    ):
        page = await person.get(f"/supervision/orders?{asked}")
        assert there is None or f"{there}-D1" in page.text
        assert f"{not_there}-D1" not in page.text
    build.clock.move(hours=25)
    assert f"{first}-D1" in (await person.get("/supervision/orders?late=true")).text


async def test_a_list_is_urged_once_and_followed_to_its_end(
    person_as: PersonAs, build: Build, maker: SessionMaker
) -> None:
    numbers = await _late(build, maker, 3)
    await build.do(Action.URGE, numbers[0])
    person = person_as("supervisor")
    listing = (await person.get("/tickets?limit=complete&limit_due=late")).text
    [href] = re.findall(r'href="(/supervision/urge[^"]*)"', listing)
    preview = await person.get(href.replace("&amp;", "&"))
    assert "将催办 2 件工单" in said(preview.text)
    assert "1 件工单不催办" in said(preview.text)
    assert "handler.chengguan先生 × 2" in said(preview.text)
    fields = dict(
        re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', preview.text)
    )
    empty = await person.post("/supervision/urge", {**fields, "note": " "})
    assert empty.status_code == 422
    sent = [await person.post("/supervision/urge", {**fields, "note": "请抓紧"}) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [303, 303]
    [place] = {answer.headers["location"] for answer in sent}
    progress = (await person.get(place)).text
    assert "进行中：1/3" in said(progress)
    assert 'hx-trigger="every 1s"' in progress
    async with maker() as session:
        fact = (
            await session.exec(
                select(OutboxMessage.id).where(OutboxMessage.topic == UrgeRequested.topic)
            )
        ).one()
    ctx = {"session_maker": maker, "clock": build.clock, "cipher": build.cipher}
    await supervision_urge_many(ctx, str(fact))
    progress = (await person.get(place)).text
    assert "完成：3/3" in said(progress)
    assert "两小时内已催办" in said(progress)
    assert "every 1s" not in progress
    assert (await person_as("supervisor.second").get(place)).status_code == 404
    assert (await person.get(f"/supervision/urge/{uuid.uuid4()}")).status_code == 404


@pytest.mark.parametrize("list_", ["/queues/processing", "/tickets", "/desk"])
async def test_only_the_supervisor_is_offered_to_urge(person_as: PersonAs, list_: str) -> None:
    offered_to = {
        name: "/supervision/urge" in (await person_as(name).get(list_)).text
        for name in ("supervisor", "dispatcher", "admin")
    }
    assert offered_to == {"supervisor": list_ != "/desk", "dispatcher": False, "admin": False}


async def test_an_empty_list_is_not_urged(person_as: PersonAs) -> None:
    person = person_as("supervisor")
    page = await person.get("/supervision/urge?limit_due=late")
    assert "将催办 0 件工单" in said(page.text)
    refused = await person.post(
        "/supervision/urge", {"run_id": "x", "limit_due": "late", "note": "请抓紧"}
    )
    assert refused.status_code == 409
    assert "没有现在可以催办的工单" in said(refused.text)
