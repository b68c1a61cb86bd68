"""The observers' portal, the department's answer and the supervisor's side, page by page."""

import re
import uuid

import pytest
from litestar import Litestar

from hotline.tickets.lifecycle import Action
from tests.support.builders import NAME, PHONE, Build
from tests.support.observing import found, register, survey, today
from tests.web.pages.conftest import Person, PersonAs, said

OPEN_TO_OBSERVERS = {
    *("/", "/nav", "/departments", "/notices", "/account", "/notices/contact"),
    *("/observer", "/observer/surveys", "/observer/surveys/{survey_id:uuid}"),
    *("/observer/surveys/{survey_id:uuid}/{code:str}", "/observer/card"),
    *("/observer/ranking", "/observer/visits", "/observer/visits/new"),
    *("/observer/visits/{visit_id:uuid}", "/observer/snaps", "/observer/snaps/new"),
    *("/observer/snaps/{number:str}", "/credit/findings", "/credit/findings/{finding_id:uuid}"),
    *("/credit", "/credit/ranking", "/credit/periods", "/credit/reports"),
    *("/credit/rules", "/credit/rules/{version:int}", "/credit/formula"),
    *("/help", "/help/words", "/style", "/palette", "/session", "/live/marks"),
}
"""Pages that ask who one is, and that an observer may open."""

PUBLIC = (
    *("/submit", "/track", "/answers", "/verify", "/rate", "/sign-in", "/observer-card", "/r/"),
    *("/f/", "/photos/", "/statistics", "/scoring"),
)


async def _snap(person: Person, key: str = "") -> str:
    sent = {"title": "井盖破损", "content": "缺了一角", "address": "建设路口", "key": key}
    answer = await person.post("/observer/snaps/new", sent)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).split("/")[-1].partition("?")[0]


async def test_an_account_that_is_on_no_register_is_told_so(person_as: PersonAs) -> None:
    page = await person_as("observer").get("/observer")
    assert page.status_code == 404
    assert "不在社会监督员名册上" in page.text


async def test_the_way_of_a_survey(person_as: PersonAs, build: Build) -> None:
    await register(build)
    supervisor, observer = person_as("supervisor"), person_as("observer")
    assert "起草问卷" in (await supervisor.get("/credit/observers/surveys")).text
    day = today(build).isoformat()
    sent = {
        "title": "年度评议",
        "kind": "year",
        "year": "2026",
        "opens_on": day,
        "closes_on": day,
        "scale": "服务态度如何\n结果如何",
        "yes_no": "是否一次性告知",
        "words": "有何建议",
        "least_answers": "1",
    }
    wrong = await supervisor.post("/credit/observers/surveys/new", {**sent, "quarter": "2"})
    assert wrong.status_code == 422
    assert "季度问卷须写明季度" in wrong.text
    made = await supervisor.post("/credit/observers/surveys/new", sent)
    assert made.status_code == 303
    path = made.headers["location"]
    page = await supervisor.get(path)
    assert "服务态度如何" in page.text
    assert (await supervisor.post(f"{path}/change", {**sent, "title": "改"})).status_code == 303
    stale = await supervisor.post(f"{path}/publish", {"expected_version": "1"})
    assert stale.status_code == 409
    assert (await supervisor.post(f"{path}/publish", {})).status_code == 303
    home = await observer.get("/observer")
    assert "改" in home.text
    key = path.rpartition("/")[2]
    form = await observer.get(f"/observer/surveys/{key}/chengguan")
    assert form.text.count("<fieldset") == 3
    answer = {"q1": "5", "q2": "4", "q3": "true", "q4": "多开窗口"}
    missing = await observer.post(f"/observer/surveys/{key}/chengguan", {**answer, "q1": ""})
    assert missing.status_code == 422
    kept = await observer.post(f"/observer/surveys/{key}/chengguan", answer)
    assert kept.status_code == 303
    assert "已评议：1/4" in said(
        (await observer.get(kept.headers["location"].partition("#")[0])).text
    )
    again = await observer.post(f"/observer/surveys/{key}/chengguan", answer)
    assert again.status_code == 409
    assert (
        'value="5"\nrequired\nchecked'
        in (await observer.get(f"/observer/surveys/{key}/chengguan")).text
    )
    assert (
        await observer.post(
            f"/observer/surveys/{key}/chengguan", {**answer, "expected_version": "1"}
        )
    ).status_code == 303
    assert (await supervisor.post(f"{path}/close", {})).status_code == 303
    results = said((await supervisor.get(path)).text)
    assert "91.67" in results
    assert "评议人数不足" in results
    closed = await observer.get(f"/observer/surveys/{key}/zhujian")
    assert "当前不接受评议" in closed.text
    assert (await observer.get(f"/observer/surveys/{key}/nowhere")).status_code == 404
    assert "91.67" in (await supervisor.get("/credit/observers/surveys")).text


async def test_the_card_and_the_page_that_verifies_it(
    person_as: PersonAs, stranger: Person, build: Build
) -> None:
    one = await register(build)
    page = await person_as("observer").get("/observer/card")
    assert one.number in page.text
    assert "<svg" in page.text
    good = await stranger.get(f"/observer-card/{one.card_code}")
    assert "证件有效" in good.text
    for secret in (one.number, one.nickname, "observer先生", "市民"):
        assert secret not in good.text
    assert "证件无效" in (await stranger.get("/observer-card/NOSUCHCARD22")).text
    declared = {"department": "zhujian", "reason": "family"}
    assert (await person_as("observer").post("/observer/card/declare", declared)).status_code == 303
    twice = await person_as("observer").post("/observer/card/declare", declared)
    assert twice.status_code == 409
    supervisor = person_as("supervisor")
    base = f"/credit/observers/{one.id}"
    shown = await supervisor.get(base)
    (conflict,) = re.findall(r"conflicts/([0-9a-f-]{36})/lift", shown.text)
    assert (
        await supervisor.post(f"{base}/conflicts/{uuid.uuid4()}/lift", {"reason": "误"})
    ).status_code == 404
    lifted = await supervisor.post(f"{base}/conflicts/{conflict}/lift", {"reason": "已不相关"})
    assert lifted.status_code == 303
    assert (await supervisor.post(f"{base}/end", {"reason": "届满"})).status_code == 303
    assert "证件无效" in (await stranger.get(f"/observer-card/{one.card_code}")).text
    renewed = {"category": "expert", "valid_until": "2027-01-01"}
    assert (await supervisor.post(f"{base}/renew", renewed)).status_code == 303


async def test_the_register(person_as: PersonAs) -> None:
    supervisor = person_as("supervisor")
    assert "名册上还没有人" in (await supervisor.get("/credit/observers")).text
    sent = {
        "username": "observer",
        "nickname": "望山",
        "category": "citizen",
        "valid_until": "2027-01-01",
    }
    wrong = await supervisor.post("/credit/observers/new", {**sent, "username": "visitor"})
    assert wrong.status_code == 422
    assert "没有启用且角色为" in wrong.text
    made = await supervisor.post("/credit/observers/new", sent)
    assert made.status_code == 303
    assert "JD-2026-0001" in (await supervisor.get("/credit/observers")).text
    planned = await supervisor.post(
        f"{made.headers['location']}/plan", {"department": "chengguan", "due_on": "2026-03-05"}
    )
    assert planned.status_code == 303
    observer = person_as("observer")
    assert "待走访" in (await observer.get("/observer")).text
    path = planned.headers["location"].replace("/credit/observers", "/observer")
    record = {"visited_on": "2026-03-02", "place": "大厅", "item_attitude": "good"}
    wrong = await observer.post(f"{path}/record", {**record, "lat": "北", "long": "东"})
    assert wrong.status_code == 422
    assert (await observer.post(f"{path}/record", record)).status_code == 303
    listed = said((await supervisor.get("/credit/observers/visits")).text)
    assert "按期完成 1 次（100%）" in listed
    assert "没有符合条件" in listed or "JC-2026-0001" in listed
    assert (await person_as("authority").get("/credit/observers")).status_code == 200
    assert (await person_as("authority").get("/credit/observers/new")).status_code == 403


async def test_a_visit_and_what_was_found(person_as: PersonAs, build: Build) -> None:
    await register(build)
    observer, leader = person_as("observer"), person_as("leader.chengguan")
    empty = await observer.get("/observer/visits/new")
    assert "填入我的位置" in empty.text
    sent = {
        "department": "chengguan",
        "visited_on": today(build).isoformat(),
        "place": "大厅",
        "item_waiting": "poor",
        "finding": "无人值守",
        "photos": "照片1\n照片2",
    }
    personal = await observer.post("/observer/visits/new", {**sent, "finding": f"打{PHONE}"})
    assert personal.status_code == 422
    made = await observer.post("/observer/visits/new", sent)
    assert made.status_code == 303
    page = await observer.get(made.headers["location"])
    (finding,) = set(re.findall(r"/credit/findings/[0-9a-f-]{36}", page.text))
    assert "无人值守" in (await leader.get("/credit/findings")).text
    assert "/credit/findings" in (await leader.get("/nav")).text
    shown = (await leader.get(finding)).text
    assert "observer先生" not in shown
    assert "确认已整改" not in shown
    assert (await leader.post(f"{finding}/answer", {"text": "已增派"})).status_code == 303
    assert "待我确认" in (await observer.get("/observer")).text
    back = await observer.post(f"{finding}/send-back", {"reason": "没人"})
    assert back.status_code == 303
    assert (await leader.post(f"{finding}/answer", {"text": "已调整"})).status_code == 303
    assert (await leader.post(f"{finding}/confirm", {"explanation": "好"})).status_code == 403
    assert (await observer.post(f"{finding}/confirm", {"explanation": "好"})).status_code == 303
    over = await person_as("supervisor").post(f"{finding}/set-aside", {"reason": "晚"})
    assert over.status_code == 409
    assert (await observer.post(f"{finding}/nothing", {})).status_code == 404
    build.clock.move(days=30)
    assert "已整改" in (await observer.get("/credit/findings?state=confirmed")).text
    assert "没有" in said((await observer.get("/credit/findings?state=overdue")).text)


async def test_a_report_and_its_public_steps(person_as: PersonAs, build: Build) -> None:
    await register(build)
    observer = person_as("observer")
    form = await observer.get("/observer/snaps/new")
    (key,) = re.findall(r'name="key" value="([0-9a-f-]{36})"', form.text)
    number = await _snap(observer, key)
    assert await _snap(observer, key) == number
    assert await _snap(observer) != number
    await build.do(Action.ACCEPT, number, promise="三天内补好")
    await build.do(Action.DISPATCH, number, note="请抓紧")
    page = said((await observer.get(f"/observer/snaps/{number}")).text)
    assert "城市管理局" not in page.partition("建设路口")[0] or number in page
    assert "三天内补好" not in page
    assert "请抓紧" not in page
    assert number in (await observer.get("/observer/snaps")).text
    assert (await observer.get(f"/observer/snaps/{await build.ticket()}")).status_code == 404
    ranking = said((await person_as("visitor").get("/observer/ranking")).text)
    assert "望山" in ranking
    assert "observer先生" not in ranking
    assert "尚无已公布的考评" in (await observer.get("/credit/ranking")).text


async def test_observers_open_their_own_pages_and_no_others(
    app: Litestar, person_as: PersonAs, build: Build
) -> None:
    """Every page of the program: 403 or 404, or it is an observer's and names nobody."""
    await register(build)
    visit, finding = await found(build)
    asked = await survey(build)
    observer = person_as("observer")
    snap = await _snap(observer)
    number = await build.ticket()
    staff = {
        person.display_name for name, person in build.city.people.items() if name != "observer"
    }
    opened = set()
    for route in app.routes:
        if route.path.startswith(("/api/", "/schema", "/static", "/health", "/metrics")):
            continue
        if "GET" not in getattr(route, "methods", ()):
            continue
        path = route.path
        for name, key in (
            ("{survey_id:uuid}", str(asked.id)),
            ("{visit_id:uuid}", str(visit.id)),
            ("{finding_id:uuid}", str(finding)),
            ("{code:str}", "chengguan"),
            ("{number:str}", snap if "/observer/" in path else number),
        ):
            path = path.replace(name, key)
        path = re.sub(r"\{\w+:uuid\}", str(uuid.uuid4()), path)
        path = re.sub(r"\{\w+:int\}", "1", path)
        path = re.sub(r"\{\w+:\w+\}", "nothing", path)
        page = await observer.get(path)
        if page.status_code in {200, 303}:
            opened.add(route.path)
            for secret in (PHONE, NAME, number, *staff):
                assert secret not in page.text.replace(path, ""), f"{path}: {secret}"
        else:
            assert page.status_code in {204, 401, 403, 404, 422}, f"{path}: {page.status_code}"
    public = {path for path in opened if path.startswith(PUBLIC)}
    assert opened - public <= OPEN_TO_OBSERVERS, opened - public - OPEN_TO_OBSERVERS
    assert {path for path in OPEN_TO_OBSERVERS if path.startswith("/observer")} <= opened


@pytest.mark.parametrize("name", ["operator", "handler.chengguan", "admin"])
async def test_the_portal_is_for_observers_and_the_register_for_supervisors(
    person_as: PersonAs, name: str
) -> None:
    person = person_as(name)
    for path in ("/observer", "/observer/snaps", "/credit/observers", "/credit/observers/surveys"):
        assert (await person.get(path)).status_code == 403, path
