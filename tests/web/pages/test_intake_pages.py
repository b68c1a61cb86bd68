"""The intake screen: drafts, what is recognised, what is asked, what follows at once, batches."""

import json
import re
import uuid
from datetime import timedelta
from html import unescape

import pytest

from hotline.people import actions as people
from hotline.people.access import token_hash
from hotline.people.models import UserSession
from hotline.people.permissions import Role
from hotline.tickets.answers import answers_of, save_question
from hotline.tickets.lifecycle import Hold, Status
from hotline.tickets.models import Urgency
from hotline.tickets.questions import Choice, Datatype, Question
from tests.support.builders import NAME, PHONE, Build
from tests.web.pages.conftest import Person, PersonAs, said
from tests.web.pages.test_desk import INTAKE

HOURS = Question(
    "HOURS",
    Datatype.MANY,
    required=True,
    order=1,
    description="什么时段",
    description_en="At what time",
    choices=(Choice("DAY", "白天", "By day"), Choice("NIGHT", "夜间", "By night")),
)
COURT = Question(
    "COURT",
    Datatype.ONE,
    required=True,
    order=2,
    description="是否已起诉",
    description_en="Before a court",
    choices=(
        Choice("NO", "没有", "No"),
        Choice("YES", "已起诉", "Yes", stop="请向法院查询", stop_en="Ask the court"),
    ),
)
SINCE = Question(
    "SINCE", Datatype.DATETIME, required=False, order=3, description="何时开始", description_en=""
)
ROADS = {"category": "城市管理 / 道路 urban.roads"}


def _number(answer: object) -> str:
    headers: dict[str, str] = answer.headers  # type: ignore[attr-defined]
    return headers["location"].removeprefix("/tickets/").partition("?")[0]


@pytest.fixture
async def asked(build: Build) -> None:
    """Questions about the roads."""
    async with build.acting("admin") as tx:
        for question in (HOURS, COURT, SINCE):
            await save_question(tx, "urban.roads", question)


async def test_a_draft_is_kept_listed_taken_up_and_ended(person_as: PersonAs) -> None:
    operator, key = person_as("operator"), uuid.uuid4().hex
    typed = {
        "phone": PHONE,
        "title": f"请回电{PHONE}",
        "content": "写到一半",
        "answer.HOURS": ["DAY", "NIGHT"],
        **ROADS,
    }
    kept = await operator.post("/desk/intake/drafts", {**typed, "_idempotency_key": key})
    assert (kept.status_code, kept.text) == (204, "")
    for path in ("/desk", "/desk/intake"):
        page = await operator.get(path)
        assert f"/desk/intake?draft={key}" in page.text, path
        assert PHONE not in page.text
        assert "139****1234" in page.text
    again = await operator.get(f"/desk/intake?draft={key}")
    for there in (f'value="{key}"', f'value="{PHONE}"', "写到一半", "urban.roads"):
        assert there in again.text
    stranger = await person_as("operator.second").get(f"/desk/intake?draft={key}")
    assert "写到一半" not in stranger.text
    assert (await person_as("auditor").post("/desk/intake/drafts", typed)).status_code == 403
    sent = INTAKE | {"_idempotency_key": key}
    assert (await operator.post("/desk/intake", sent)).status_code == 303
    assert key not in (await operator.get("/desk")).text
    over = await operator.get(f"/desk/intake?draft={key}")
    assert over.headers["location"] == "/desk/intake?new=1"
    await operator.post("/desk/intake/drafts", {**typed, "_idempotency_key": uuid.uuid4().hex})
    other = re.search(r"draft=([0-9a-f]{32})", (await operator.get("/desk")).text)
    assert other is not None
    gone = await operator.post(f"/desk/intake/drafts/{other[1]}/discard")
    assert gone.headers["location"] == "/desk/intake?new=1"
    assert other[1] not in (await operator.get("/desk")).text


async def test_what_is_recognised_is_offered_for_what_is_empty(person_as: PersonAs) -> None:
    operator = person_as("operator")
    pasted = "我姓王，住在和平路12号，电话13900001234，2026-02-27 20:00 楼下施工。请处理"
    found = await operator.post("/desk/intake/recognise", {"paste": pasted, "title": ""})
    fill = re.search(r'data-fill="([^"]+)"\s+data-if-empty\s+data-key="Alt\+Z"', found.text)
    assert fill is not None
    fields = json.loads(unescape(fill[1]))
    assert (fields["phone"], fields["name"], fields["address"]) == (PHONE, "王", "和平路12号")
    assert PHONE not in fields["content"]
    assert PHONE not in fields["title"]
    assert "139****1234" in said(found.text)
    assert "（时间：2026-02-27 20:00）" in found.text
    full = {"paste": "", "content": pasted, "phone": "1", "name": "李", "address": "某处"}
    found = await operator.post("/desk/intake/recognise", full)
    assert "data-if-empty" in found.text
    assert json.loads(unescape(re.findall(r'data-mask="([^"]+)"', found.text)[0])) == {
        PHONE: "139****1234"
    }
    for text in ("一", "😀", "a" * 10_000, "The lamp is out", "俺家灯瞎了", ""):
        quiet = await operator.post("/desk/intake/recognise", {"content": text})
        assert quiet.status_code == 200, text
        assert "data-emergency" not in quiet.text


async def test_danger_is_shown_noted_and_put_aside(person_as: PersonAs, build: Build) -> None:
    operator = person_as("operator")
    typed = {"content": "三楼着火了，有人被困"}
    bar = await operator.post("/desk/intake/recognise", typed)
    assert 'data-emergency="fire,trapped"' in bar.text
    assert "119" in said(bar.text)
    calm = await operator.post("/desk/intake/recognise", {**typed, "emergency_off": "fire,trapped"})
    assert "data-emergency" not in calm.text
    sent = INTAKE | {"urgency": "p0", "emergency": "fire,trapped,bogus", "rescue": "119"}
    answer = await operator.post("/desk/intake", sent)
    ticket = await build.find(_number(answer))
    assert ticket.urgency is Urgency.P0
    page = said((await operator.get(f"/tickets/{ticket.number}")).text)
    assert "识别到紧急情况：火情、人员被困。已立即转119。" in page


@pytest.mark.usefixtures("asked")
async def test_what_the_category_needs_is_asked(person_as: PersonAs, build: Build) -> None:
    operator = person_as("operator")
    fragment = await operator.post("/desk/intake/questions", {**ROADS, "answer.HOURS": ["NIGHT"]})
    assert re.search(r'value="NIGHT"\s+checked', fragment.text)
    assert 'data-stop="请向法院查询"' in fragment.text
    assert (
        await operator.post("/desk/intake/questions", {"category": "no.such"})
    ).text.strip() == ""
    wrong = await operator.post("/desk/intake", INTAKE | {"answer.COURT": "NO"})
    assert wrong.status_code == 422
    assert 'id="answer-HOURS-error"' in wrong.text
    assert re.search(r'value="NO"\s+checked', wrong.text)
    given = {"answer.HOURS": ["DAY", "NIGHT"], "answer.COURT": "NO"}
    since = {"answer.SINCE": "2026-02-27T20:00"}
    done = await operator.post("/desk/intake", {**INTAKE, **given, **since})
    ticket = await build.find(_number(done))
    async with build.session_maker() as session:
        stored = {one.code: one.values for one in await answers_of(session, ticket.id)}
    assert stored == {
        "HOURS": ["DAY", "NIGHT"],
        "COURT": ["NO"],
        "SINCE": ["2026-02-27T20:00:00+08:00"],
    }
    page = said((await operator.get(f"/tickets/{ticket.number}")).text)
    assert "什么时段 白天、夜间" in page
    assert "是否已起诉 没有" in page


@pytest.mark.usefixtures("asked")
async def test_an_answer_that_ends_the_intake_is_recorded(
    person_as: PersonAs, build: Build
) -> None:
    operator = person_as("operator")
    stop = {**INTAKE, "answer.COURT": "YES"}
    told = await operator.post("/desk/intake", {**stop, "then": "answer"})
    assert (await build.find(_number(told))).status is Status.CLOSED
    sent = await operator.post(
        "/desk/intake", {**stop, "then": "refuse", "_idempotency_key": "two"}
    )
    refused = await build.find(_number(sent))
    assert (refused.status, refused.hold is not None) == (
        Status.SUBMITTED,
        refused.hold is not None,
    )
    again = await operator.post(
        "/desk/intake", {**stop, "then": "refuse", "_idempotency_key": "two"}
    )
    assert _number(again) == refused.number
    page = said((await operator.get(f"/tickets/{refused.number}")).text)
    assert "是否已起诉 已起诉" in page


async def test_accepted_and_dispatched_by_who_may(person_as: PersonAs, build: Build) -> None:
    operator = person_as("operator")
    then = {**INTAKE, "then": "dispatch", "department": "chengguan", "promise": "马上去看"}
    assert "Ctrl Shift Enter" in (await operator.get("/desk/intake")).text
    assert 'id="dispatch"' not in (await person_as("supervisor").get("/desk/intake")).text
    refused = await operator.post("/desk/intake", then)
    assert refused.status_code == 409
    assert "目录" in said(refused.text)
    assert 'value="和平路12号"' in refused.text
    assert (await person_as("dispatcher").post("/desk/intake", then)).status_code == 403
    async with build.acting("admin") as tx:
        await people.change_user(
            tx,
            username="operator",
            display_name="全能",
            roles=[Role.OPERATOR, Role.DISPATCHER],
            department="hotline",
            is_active=True,
        )
        user_id = build.city.people["operator"].user_id
        assert user_id is not None
        tx.session.add(
            UserSession(
                token_hash=token_hash("session-of-operator"),
                user_id=user_id,
                created_at=tx.now,
                expires_at=tx.now + timedelta(hours=1),
            )
        )
    assert 'name="department"' in (await operator.get("/desk/intake")).text
    done = await operator.post("/desk/intake", then)
    assert done.status_code == 303
    ticket = await build.find(_number(done))
    assert ticket.status is Status.DISPATCHED
    assert "马上去看" in (await operator.get(f"/tickets/{ticket.number}")).text


async def test_on_behalf_of_is_one_encrypted_field(person_as: PersonAs) -> None:
    behalf = {"on_behalf_of": "张三", "behalf_relation": "父母", "behalf_phone": "13900005678"}
    operator = person_as("operator")
    answer = await operator.post("/desk/intake", INTAKE | behalf)
    number = _number(answer)
    page = await operator.get(f"/tickets/{number}")
    assert "13900005678" not in page.text
    shown = await operator.post(f"/tickets/{number}/reveal", {"reason": "核对委托"})
    assert "张三 (父母, 13900005678)" in said(shown.text)
    wrong = await operator.post(
        "/desk/intake", INTAKE | {"behalf_phone": "x", "_idempotency_key": "b"}
    )
    assert 'id="behalf_phone-error"' in wrong.text


async def test_one_more_caller_for_an_incident(person_as: PersonAs, build: Build) -> None:
    parent = await build.ticket(Status.PROCESSING, title="整栋楼停水")
    operator = person_as("operator")
    assert f"/desk/intake?joins={parent}" in (await operator.get(f"/tickets/{parent}")).text
    page = await operator.get(f"/desk/intake?joins={parent}")
    assert "整栋楼停水" in page.text
    for hidden in (NAME, PHONE, "3栋"):
        assert hidden not in page.text
    done = await operator.post("/desk/intake", INTAKE | {"joins": parent, "phone": "13900005678"})
    child = await build.find(_number(done))
    assert child.parent_id == (await build.find(parent)).id
    wrong = INTAKE | {"joins": "2601010000001", "_idempotency_key": "w"}
    assert (await operator.post("/desk/intake", wrong)).status_code == 422
    assert (await operator.get("/desk/intake?joins=2601010000001")).status_code == 404


def _hidden(text: str) -> dict[str, str]:
    return {
        unescape(name): unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text)
        if not name.startswith("_csrf")
    }


async def _batch(person: Person, rows: str, **more: str) -> str:
    page = await person.get("/desk/intake/batch")
    sent = {**INTAKE, **_hidden(page.text), "rows": rows, **more}
    return (await person.post("/desk/intake/batch", {**sent, "step": "preview"})).text


async def test_many_callers_are_looked_at_and_taken_down_piece_by_piece(
    person_as: PersonAs, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.pages.batches.CHUNK", 2)
    operator = person_as("operator")
    rows = "13900005671,王女士,三楼\n没有号码\n13900005672\n13900005671\n13900005673,丁"
    preview = await _batch(operator, rows)
    words = said(preview)
    assert "将登记 3 名来电人" in words
    assert "2 行不登记" in words
    assert "没有电话号码" in words
    assert "号码重复" in words
    assert "139****5671" in words
    assert "王女士" not in words
    kept = _hidden(preview)
    running = await operator.post("/desk/intake/batch", {**kept, "step": "create"})
    assert "已登记 2/3" in said(running.text)
    assert 'hx-trigger="load delay:50ms' in running.text
    done = await operator.post("/desk/intake/batch", {**_hidden(running.text), "step": "create"})
    assert "已登记 3 名来电人" in said(done.text)
    numbers = re.findall(r'class="number" href="/tickets/(\d+)">\d', done.text)
    assert len(set(numbers)) == 3
    again = await operator.post("/desk/intake/batch", {**kept, "step": "create"})
    assert set(re.findall(r'class="number" href="/tickets/(\d+)">\d', again.text)) == set(numbers)
    states = {(await build.find(number)).status for number in numbers}
    assert states == {Status.SUBMITTED, Status.MERGED}


async def test_a_batch_says_what_is_wrong(person_as: PersonAs, build: Build) -> None:
    operator = person_as("operator")
    assert "没有一行含有可用的电话号码" in said(await _batch(operator, "无\n也无"))
    many = "\n".join(f"139{n:08}" for n in range(201))
    assert "一次最多登记 200 名来电人" in said(await _batch(operator, many))
    assert 'id="title-error"' in await _batch(operator, "13900005671", title="")
    parent = await build.ticket(Status.PROCESSING, title="全小区停电")
    page = await operator.get(f"/desk/intake/batch?parent={parent}")
    assert "全小区停电" in page.text
    assert (await person_as("supervisor").get("/desk/intake/batch")).status_code == 403


async def test_the_same_matter_again_and_again_breaks_nothing(
    person_as: PersonAs, build: Build
) -> None:
    operator = person_as("operator")
    numbers = {
        _number(await operator.post("/desk/intake", INTAKE | {"_idempotency_key": f"s{n}"}))
        for n in range(30)
    }
    assert len(numbers) == 30
    assert (await build.find(max(numbers))).hold is not Hold.SUPPLEMENT


async def test_odd_texts_become_tickets(person_as: PersonAs, build: Build) -> None:
    operator = person_as("operator")
    texts = {
        "一": "一",
        "长": "长" * 10_000,
        "😀": "😀🚰",
        "en": "No water",
        "方言": "俺家莫得水咯",
    }
    for key, text in texts.items():
        sent = INTAKE | {"content": text, "title": text[:200], "_idempotency_key": key}
        answer = await operator.post("/desk/intake", sent)
        assert answer.status_code == 303, key
        assert (await build.find(_number(answer))).content == text


async def test_the_administrator_edits_what_is_asked(person_as: PersonAs) -> None:
    admin = person_as("admin")
    place = "/admin/categories/urban.roads/questions"
    assert "还没有设置问题" in said((await admin.get(place)).text)
    question = {
        "code": "COURT",
        "description": "是否已起诉",
        "description_en": "Before a court",
        "datatype": "singlevaluelist",
        "choices": "NO | 没有 | No\nYES | 已起诉 | Yes | 请向法院查询 | Ask the court",
        "required": "true",
        "position": "1",
    }
    assert (await admin.post(place, question)).status_code == 303
    lamp = {"code": "LAMP", "description": "灯杆号", "datatype": "string", "position": "2"}
    assert (await admin.post(place, lamp)).status_code == 303
    page = said((await admin.get(place)).text)
    assert "选“已起诉”即停止受理：请向法院查询" in page
    assert page.index("是否已起诉") < page.index("灯杆号")
    await admin.post(f"{place}/LAMP/move")
    page = said((await admin.get(place)).text)
    assert page.index("灯杆号") < page.index("是否已起诉")
    form = await admin.get(f"{place}?code=COURT")
    assert "YES | 已起诉 | Yes | 请向法院查询 | Ask the court" in form.text
    for wrong in (
        {**question, "choices": ""},
        {**question, "code": "no code"},
        {**lamp, "description": " "},
    ):
        assert (await admin.post(place, wrong)).status_code == 422, wrong
    assert (await admin.post(f"{place}/LAMP/retire")).status_code == 303
    assert "灯杆号" not in (await admin.get(place)).text
    assert (await admin.get("/admin/categories/no.such/questions")).status_code == 303
    assert (await person_as("operator").get(place)).status_code == 403
