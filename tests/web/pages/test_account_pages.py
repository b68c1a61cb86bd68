"""Pages of the list, interviews, bulletins, clues and urging."""

import re

from hotline.people.principal import REQUESTER
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import Build
from tests.web.pages.conftest import Person, PersonAs, offered, said


async def test_the_list_and_how_a_matter_comes_off(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(Action.ISSUE_ORDER, number, level=3)
    await build.do(Action.PROGRESS, number)
    supervisor, reader = person_as("supervisor"), person_as("handler.huanbao")
    order = f"{number}-D1"
    words = said((await reader.get("/supervision/listed")).text)
    assert "路灯不亮" in words
    assert "尚未明确" in words
    assert "已到现场" in words
    assert f"/tickets/{number}" not in (await reader.get("/supervision/listed")).text
    page = await supervisor.post(f"/supervision/listed/{order}/name-leaders", {"city_leader": "x"})
    assert page.status_code == 422
    assert "此项必填" in said(page.text)
    named = {"city_leader": "副市长 王某", "responsible": "局长 李某"}
    done = await supervisor.post(f"/supervision/listed/{order}/name-leaders", named)
    assert done.status_code == 303
    assert "副市长 王某" in said((await reader.get("/supervision/listed")).text)
    refused = await reader.post(f"/supervision/listed/{order}/delist", {"explanation": "办完了"})
    assert refused.status_code == 403
    await supervisor.post(f"/supervision/listed/{order}/delist", {"explanation": "现场已核实"})
    assert "没有挂牌督办的事项" in said((await reader.get("/supervision/listed")).text)
    assert "现场已核实" in said((await reader.get("/supervision/listed?over=true")).text)
    assert "挂牌督办已摘牌" in said((await supervisor.get(f"/tickets/{number}")).text)


async def test_an_interview_on_pages(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    supervisor, leader = person_as("supervisor"), person_as("leader.chengguan")
    plan = {
        "department": "chengguan",
        "reason": "buck_passing",
        "explanation": "多次推诿",
        "interviewer": "主任",
        "called": "副局长",
        "planned_at": "2026-03-02T09:00",
        "place": "会议室",
        "tickets": number,
    }
    empty = await supervisor.post("/interviews/new", plan | {"place": ""})
    assert empty.status_code == 422
    assert "多次推诿" in empty.text
    done = await supervisor.post("/interviews/new", plan)
    path = done.headers["location"]
    assert path == "/interviews/YT-2026-0001"
    assert number in said((await leader.get(path)).text)
    assert "登记约谈" not in said((await leader.get(path)).text)
    record = {
        "held_at": "2026-03-02T09:00",
        "attendance": "双方",
        "minutes": "要求限期办结",
        "promises": "2026-03-05 办结该工单",
        "follow_up_due_at": "2026-03-09T18:00",
        "expected_version": "1",
    }
    early = await supervisor.post(f"{path}/hold", record | {"held_at": "2026-03-03T09:00"})
    assert early.status_code == 422
    assert "约谈尚未进行" in said(early.text)
    assert (await supervisor.post(f"{path}/hold", record)).status_code == 303
    assert (
        await leader.post(f"{path}/fulfil", {"position": "1", "evidence": "办结单"})
    ).status_code == 303
    await supervisor.post(f"{path}/follow-up", {"finding": "已落实"})
    assert (await supervisor.post(f"{path}/close", {})).status_code == 303
    words = said((await leader.get(path)).text)
    assert "办结单" in words
    assert "已结束" in words
    assert (await person_as("leader.huanbao").get(path)).status_code == 404
    assert (await person_as("operator").get("/interviews")).status_code == 403
    assert (await supervisor.post(f"{path}/nothing", {})).status_code == 404
    assert "YT-2026-0001" in (await supervisor.get("/interviews?state=closed")).text


async def test_a_bulletin_on_pages(person_as: PersonAs, build: Build) -> None:
    await build.ticket(Status.PROCESSING)
    supervisor, second = person_as("supervisor"), person_as("supervisor.second")
    reader = person_as("handler.huanbao")
    draft = {"title": "通报一", "begins": "2026-03-01", "ends": "2026-03-02", "text": "见表"}
    wrong = await supervisor.post("/bulletins/new", draft | {"begins": "soon"})
    assert "请填写日期" in said(wrong.text)
    path = (await supervisor.post("/bulletins/new", draft)).headers["location"]
    assert (await reader.get(path)).status_code == 404
    alone = await supervisor.post(f"{path}/review", {"expected_version": "1"})
    assert alone.status_code == 403
    assert "通报须两人经手" in said(alone.text)
    assert (await second.post(f"{path}/review", {"expected_version": "1"})).status_code == 303
    stale = await supervisor.post(f"{path}/publish", {"expected_version": "1"})
    assert stale.status_code == 409
    assert (await supervisor.post(f"{path}/publish", {"expected_version": "2"})).status_code == 303
    words = said((await reader.get(path)).text)
    assert "TB-2026-0001" in words
    assert "城市管理局" in words
    assert "通报一" in said((await reader.get("/bulletins")).text)
    await second.post(f"{path}/recall", {"reason": "数据有误"})
    recalled = said((await reader.get(path)).text)
    assert "此通报已撤回" in recalled
    assert "见表" not in recalled


async def test_a_clue_on_pages(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(Action.ISSUE_ORDER, number)
    supervisor, inspector = person_as("supervisor"), person_as("discipline")
    given = {"grounds": "leak", "text": "涉嫌泄露诉求人信息", "tickets": f"{number}\n"}
    assert (await supervisor.post("/clues/new", given | {"text": ""})).status_code == 422
    assert (await supervisor.post("/clues/new", given)).headers["location"] == "/clues"
    listed = (await supervisor.get("/clues")).text
    assert "XS-2026-0001" in listed
    assert "泄露" not in listed
    path = "/clues/XS-2026-0001"
    for name in ("supervisor", "authority", "leader.chengguan", "admin"):
        assert (await person_as(name).get(path)).status_code == 404
        assert (await person_as(name).post(f"{path}/acknowledge", {})).status_code == 404
    assert (await person_as("operator").get("/clues")).status_code == 403
    assert (await inspector.get("/tickets")).status_code == 403
    words = said((await inspector.get(path)).text)
    for seen in ("涉嫌泄露诉求人信息", number, "路灯不亮", "线索已移送纪检监察", "立即办理"):
        assert seen in words, seen
    assert (await inspector.post(f"{path}/acknowledge", {})).status_code == 303
    assert (await inspector.post(f"{path}/ask", {"question": "有何凭据"})).status_code == 303
    assert "有何凭据" in said((await supervisor.get("/clues")).text)
    empty = await supervisor.post(f"{path}/answer", {"answer": ""})
    assert empty.status_code == 422
    assert (await supervisor.post(f"{path}/answer", {"answer": "见录音"})).status_code == 303
    end = {"outcome": "not_founded", "conclusion": "不属实"}
    assert (await inspector.post(f"{path}/conclude", end)).status_code == 303
    words = said((await inspector.get(path)).text)
    assert "见录音" in words
    assert "不属实" in words
    # The ticket's own page says nothing of it, to nobody.
    assert "线索已移送" not in said((await supervisor.get(f"/tickets/{number}")).text)


async def test_a_requester_urges_and_is_told(
    stranger: Person, person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket(Status.PROCESSING)
    keys = {"number": number, "query_code": (await build.find(number)).query_code}
    first = await stranger.post("/track/actions/urge", keys | {"note": "怎么还没修"})
    assert "已告知城市管理局，要求于2026-03-03 09:00前答复" in said(first.text)
    build.clock.move(minutes=5)
    again = await stranger.post("/track/actions/urge", keys | {"note": "快点"})
    assert "已并入您2026-03-02 09:00的催办" in said(again.text)
    handler = person_as("handler.chengguan")
    page = (await handler.get(f"/tickets/{number}")).text
    assert "已催办2次" in said(page)
    assert "answer_urge" in offered(page) or "答复催办" in said(page)
    waiting = said((await person_as("supervisor").get("/supervision/urges")).text)
    assert number in waiting
    await handler.post(f"/tickets/{number}/actions/answer-urge", {"reply": "今晚修好"})
    told = said((await stranger.post("/track", keys)).text)
    assert "已答复" in told
    assert "今晚修好" in told
    assert "催办均已答复" in said((await person_as("supervisor").get("/supervision/urges")).text)


async def test_the_supervisors_figures_open_their_lists(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(Action.ISSUE_ORDER, number, level=1)
    await build.do(Action.URGE, number, by=REQUESTER)
    page = (await person_as("supervisor").get("/supervision")).text
    for href in (
        "/supervision/urges",
        "/supervision/urges?late=true",
        "/supervision/listed",
        "/interviews?due=ahead",
        "/interviews?due=late",
        "/bulletins?state=draft",
        "/bulletins?state=reviewed",
        "/supervision/orders?level=1&amp;state=issued",
    ):
        assert f'href="{href}"' in page, href
        assert (await person_as("supervisor").get(href.replace("&amp;", "&"))).status_code == 200
    found = re.search(r'level=1&amp;state=issued">(\d+)<', page)
    assert found is not None
    assert found[1] == "1"
