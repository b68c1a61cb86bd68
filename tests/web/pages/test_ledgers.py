"""The ledgers on pages, the forms of a plan and of a checklist, and what the requester sees of them."""

import re
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hotline.tickets.lifecycle import Action, Hold, Status
from tests.support.builders import Build
from tests.support.queries import count_queries
from tests.web.pages.conftest import Person, PersonAs, offered, said


async def _keys(build: Build, number: str) -> dict[str, str]:
    return {"number": number, "query_code": (await build.find(number)).query_code}


async def test_suspended_matters_with_their_reviews(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING, Hold.SUSPENSION)
    build.clock.move(days=27)
    for who in ("supervisor", "leader.chengguan"):
        words = said((await person_as(who).get("/suspensions")).text)
        assert number in words
        assert "还剩 153 天" in words
        assert "法定程序" in words
    assert number not in (await person_as("leader.zhujian").get("/suspensions")).text
    supervisor = person_as("supervisor")
    for query, is_there in (
        ("review=soon", True),
        ("review=late", False),
        ("reason=force_majeure", False),
        ("department=chengguan&reason=statutory_step", True),
        ("state=ended", False),
    ):
        page = await supervisor.get(f"/suspensions?{query}")
        assert (number in page.text) is is_there, query
    assert "没有" in said((await person_as("leader.zhujian").get("/suspensions")).text)


async def test_a_plan_from_its_form_to_being_struck_off(
    person_as: PersonAs, stranger: Person, build: Build
) -> None:
    number = await build.ticket(Status.PROCESSING)
    leader, supervisor = person_as("leader.chengguan"), person_as("supervisor")
    told = {"told_how": "phone", "told_at": "2026-03-02T09:00"}
    path = f"/tickets/{number}/actions"
    plan = {"reason": "管网更换", "milestones": "2026-03-12 完成招标", **told}
    answer = await leader.post(f"{path}/request-rectification", plan)
    assert answer.status_code == 422
    assert "每行一个时间节点" in answer.text
    plan["milestones"] = "2026-03-12 李工：完成招标\n2026-03-26 王工：完工"
    assert (await leader.post(f"{path}/request-rectification", plan)).status_code == 303
    await build.do(Action.DECIDE_RECTIFICATION, number)
    page = (await leader.get(f"/tickets/{number}")).text
    assert "complete_milestone" in offered(page)
    assert "request_close_out" not in offered(page)
    done = {"note": "已中标", "evidence": "中标通知书", **told}
    for position in ("1", "2"):
        answer = await leader.post(f"{path}/complete-milestone", {**done, "milestone": position})
        assert answer.status_code == 303, said(answer.text)
    ledger = said((await supervisor.get("/plans")).text)
    assert "已完成 2/2" in ledger
    asked = {"summary": "全部完成", "evidence": "竣工验收报告"}
    page = (await leader.get(f"/tickets/{number}")).text
    assert {"request_close_out"} <= set(offered(page))
    assert "end_rectification" not in offered(page)
    assert (await leader.post(f"{path}/request-close-out", asked)).status_code == 303
    assert number in (await supervisor.get("/plans?marked=close_out")).text
    assert number not in (await supervisor.get("/plans?marked=late")).text
    page = said((await supervisor.get(f"/tickets/{number}")).text)
    assert "审批过程" in page
    assert "按期完成" in page
    own = said((await stranger.post("/track", await _keys(build, number))).text)
    assert "整改计划及进展" in own
    assert "李工" not in own
    end = {"completed": "true", "explanation": "同意销号"}
    assert (await supervisor.post(f"{path}/end-rectification", end)).status_code == 303
    assert number in (await supervisor.get("/plans?state=completed")).text
    assert number not in (await supervisor.get("/plans")).text


async def test_the_checklist_is_answered_item_by_item(stranger: Person, build: Build) -> None:
    number = await build.ticket()
    await build.do(Action.REQUEST_SUPPLEMENT, number, items=["现场照片", "购物发票"])
    keys = await _keys(build, number)
    path = "/track/actions/provide-supplement"
    page = await stranger.post("/track", keys)
    assert re.findall(r'name="(items-\d)"', page.text) == ["items-0", "items-1"]
    answer = await stranger.post(path, keys)
    assert answer.status_code == 422
    assert "请填写所提供的材料" in answer.text
    answer = await stranger.post(path, keys | {"items-1": "发票号码 12345"})
    assert answer.status_code == 200
    assert re.findall(r'name="(items-\d)"', answer.text) == ["items-0"]
    answer = await stranger.post(path, keys | {"text": "没有照片，已清理"})
    assert answer.status_code == 200
    assert (await build.find(number)).hold is None


async def test_the_second_extension_is_offered_to_the_authority_alone(
    person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket(Status.PROCESSING)
    due = build.clock.now() + timedelta(hours=24)
    for nth in (1, 2):
        await build.do(Action.REQUEST_EXTENSION, number, until=due + timedelta(hours=nth))
        shown = offered((await person_as("supervisor").get(f"/tickets/{number}")).text)
        assert ("decide_extension" in shown) is (nth == 1)
        shown = offered((await person_as("authority").get(f"/tickets/{number}")).text)
        assert "decide_extension" in shown
        await build.do(Action.DECIDE_EXTENSION, number, by="authority")


@pytest.mark.parametrize("path", ["/plans", "/suspensions"])
async def test_a_ledger_asks_a_fixed_number_of_questions(
    person_as: PersonAs, build: Build, city_engine: AsyncEngine, path: str
) -> None:
    hold = Hold.RECTIFICATION if path == "/plans" else Hold.SUSPENSION
    await build.ticket(Status.PROCESSING, hold)
    person = person_as("supervisor")
    await person.get(path)
    with count_queries(city_engine) as few:
        await person.get(path)
    for _ in range(3):
        await build.ticket(Status.PROCESSING, hold)
    with count_queries(city_engine) as many:
        assert (await person.get(path)).text.count('class="title"') == 4
    assert len(many) == len(few)
