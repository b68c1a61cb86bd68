"""Knowledge on pages: written, published, found while typing, corrected, read by everybody."""

import json
from dataclasses import replace
from datetime import date

import httpx
from sqlmodel import select

from hotline.knowledge import actions, corrections
from hotline.knowledge.models import Correction
from hotline.knowledge.rules import ArticleAudience, ArticleText, article_number
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import NAME, PHONE, Build
from tests.web.pages.conftest import Person, PersonAs, said

TEXT = ArticleText(
    title="路灯不亮找谁修",
    short="路灯由城管局养护，三日内修复。",
    answer="城市道路路灯由城市管理局养护，报修后三日内修复。",
    materials="说明灯杆编号",
    tags=("路灯", "照明"),
    categories=("urban.roads",),
    audience=ArticleAudience.PUBLIC,
    valid_from=date(2026, 1, 1),
)
FORM = {
    "department": "chengguan",
    "title": "井盖破损怎么办",
    "short": "两小时内到场防护。",
    "answer": "井盖破损的，两小时内到场防护，三日内修复。",
    "tags": "井盖；窨井; 井盖",
    "categories": "urban.roads",
    "audience": "public",
    "valid_from": "2026-01-01",
    "review_days": "90",
}


async def _out(build: Build, text: ArticleText = TEXT) -> str:
    async with build.acting("handler.chengguan") as tx:
        article = await actions.draft_article(tx, department="chengguan", text=text)
        number = article_number(article.nth)
        await actions.submit_article(tx, number)
    async with build.acting("leader.chengguan") as tx:
        await actions.publish_article(tx, number)
    return number


async def test_an_article_from_form_to_the_public(
    person_as: PersonAs, stranger: Person, build: Build
) -> None:
    writer, leader = person_as("handler.chengguan"), person_as("leader.chengguan")
    assert "还没有知识" in said((await writer.get("/knowledge")).text)
    assert (await writer.get("/knowledge/new")).status_code == 200
    wrong = await writer.post("/knowledge/new", {**FORM, "answer": f"找{PHONE}", "title": ""})
    assert wrong.status_code == 422
    assert 'value="井盖；窨井; 井盖"' in wrong.text
    refused = await writer.post("/knowledge/new", {**FORM, "answer": f"找{PHONE}"})
    assert "不得出现手机号" in said(refused.text)
    for days in ("x", "5", "-1", "²"):
        answer = await writer.post("/knowledge/new", {**FORM, "review_days": days})
        assert answer.status_code == 422, days
    done = await writer.post("/knowledge/new", FORM)
    assert done.status_code == 303
    path = done.headers["location"].partition("?")[0]
    assert "草稿已保存" in said((await writer.get(done.headers["location"])).text)
    assert (await stranger.get(path.replace("knowledge", "answers"))).status_code == 404
    assert (await person_as("handler.zhujian").get(path)).status_code == 404
    await writer.post(f"{path}/submit", {})
    assert "审定发布" not in said((await writer.get(path)).text)
    assert "井盖破损怎么办" in said((await leader.get("/knowledge/reviews")).text)
    assert "1 条待审定发布" in said((await leader.get("/desk")).text)
    assert (await leader.post(f"{path}/publish", {})).status_code == 303
    shown = await stranger.get(path.replace("knowledge", "answers"))
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "public, max-age=60"
    assert "handler" not in shown.text
    listed = await stranger.get("/answers?q=井盖&category=urban")
    assert "井盖破损怎么办" in said(listed.text)
    assert "没有找到答案" in said((await stranger.get("/answers?q=公积金")).text)
    for q in ("%27;--", "%00", "%25_", "\\", "井", "x" * 500):
        assert (await stranger.get(f"/answers?q={q}")).status_code == 200
    assert (await stranger.get("/answers/x")).status_code == 404
    async with build.acting("supervisor") as tx:
        await actions.retire_article(tx, path.rpartition("/")[2], reason="停用")
    assert (await stranger.get(path.replace("knowledge", "answers"))).status_code == 404


async def test_a_version_a_review_and_what_it_said_then(person_as: PersonAs, build: Build) -> None:
    number = await _out(build, replace(TEXT, review_days=30))
    writer = person_as("handler.chengguan")
    edit = await writer.get(f"/knowledge/{number}/edit")
    assert "路灯; 照明" in edit.text
    again = {name: value for name, value in FORM.items() if name != "department"}
    stale = await writer.post(f"/knowledge/{number}/edit", {**again, "expected_version": "1"})
    assert stale.status_code == 409
    assert "井盖破损怎么办" in stale.text
    assert (await writer.post(f"/knowledge/{number}/edit", again)).status_code == 303
    page = said((await writer.get(f"/knowledge/{number}")).text)
    assert "尚未发布的最新版本" in page
    then = await person_as("operator").get(f"/knowledge/{number}/versions/1")
    assert TEXT.answer in said(then.text)
    assert (await person_as("visitor").get(f"/knowledge/{number}/versions/2")).status_code == 404
    build.clock.move(days=40)
    due = said((await writer.get("/knowledge/reviews")).text)
    assert "超期" in due or "逾期" in due
    assert "复核逾期" in said((await writer.get("/knowledge?warning=stale")).text)
    tiles = said((await person_as("supervisor").get("/supervision")).text)
    assert "知识复核逾期" in tiles
    assert (await writer.post(f"/knowledge/{number}/confirm", {})).status_code == 303
    assert TEXT.title not in said((await writer.get("/knowledge/reviews")).text)


async def test_found_while_typing_put_in_and_kept(person_as: PersonAs, build: Build) -> None:
    number = await _out(build)
    gone = await _out(build, replace(TEXT, title="路灯", valid_until=date(2026, 1, 2)))
    operator = person_as("operator")
    typed = {
        "title": "门口路灯不亮",
        "content": "好几天了",
        "category": "城市管理 / 道路 urban.roads",
    }
    panel = await operator.post("/desk/intake/knowledge", typed)
    assert panel.text.index(number) < panel.text.index(gone)
    assert 'data-key="Alt+A"' in panel.text
    assert 'data-key="Alt+O"' in panel.text
    assert f"已答复（{number}）：{TEXT.short}" in panel.text
    assert "已过有效期" in said(panel.text)
    for nothing in (
        {},
        {"title": "天气"},
        {"category": "\x00", "area": "\x00"},
        {"title": "😀" * 3000, "content": "x" * 10_000},
    ):
        assert said((await operator.post("/desk/intake/knowledge", nothing)).text).strip() == ""
    assert (await person_as("handler.chengguan").post("/desk/intake/knowledge")).status_code == 403
    read = await operator.post(f"/knowledge/{number}/use/read-out", {"_idempotency_key": "form-1"})
    assert "data-open" in read.text
    put = await operator.post(f"/knowledge/{number}/use/put-in", {"_idempotency_key": "form-1"})
    assert (put.status_code, put.text) == (200, "")
    assert (await operator.post(f"/knowledge/{number}/use/answered")).status_code == 404
    taken = {
        "phone": PHONE,
        "channel": "phone",
        "request_type": "consult",
        "title": "路灯",
        "content": "不亮",
        "address": "建设路",
        "_idempotency_key": "form-1",
    }
    sent = await operator.post("/desk/intake", taken)
    page = said((await operator.get(sent.headers["location"])).text)
    assert "答复依据" in page
    assert "口述" in page


async def test_answered_from_an_article_and_made_into_one(
    person_as: PersonAs, build: Build
) -> None:
    number = await _out(build)
    ticket = await build.ticket(title="路灯不亮", content="建设路路灯不亮")
    operator = person_as("operator")
    page = await operator.get(f"/tickets/{ticket}")
    assert f'name="article" value="{number}"' in page.text
    done = await operator.post(f"/tickets/{ticket}/knowledge/answer", {"article": number})
    assert done.headers["location"] == f"/tickets/{ticket}?article={number}#action-answer"
    filled = await operator.get(done.headers["location"])
    assert "所需材料：说明灯杆编号" in filled.text
    assert "据此答复" in said(filled.text)
    assert (await operator.get(f"/tickets/{ticket}?article=zzz")).status_code == 200
    early = await operator.post(f"/tickets/{ticket}/knowledge/draft")
    assert early.status_code == 409
    await build.do(Action.ANSWER, ticket, reply=f"{NAME}您好，已答复", is_confirmed=True)
    assert "由本工单起草知识" in said((await operator.get(f"/tickets/{ticket}")).text)
    made = await operator.post(f"/tickets/{ticket}/knowledge/draft")
    assert made.status_code == 303
    edit = await operator.get(made.headers["location"])
    assert NAME not in edit.text
    absent = await operator.post("/tickets/2603029999990/knowledge/draft")
    assert absent.status_code == 404


async def test_a_mistake_is_reported_and_decided(person_as: PersonAs, build: Build) -> None:
    number = await _out(build)
    operator, leader = person_as("operator"), person_as("leader.chengguan")
    assert "没有纠错" in said((await operator.get("/knowledge/corrections")).text)
    sent = await operator.post(f"/knowledge/{number}/report", {"reason": f"找{PHONE}问过，错了"})
    assert sent.status_code == 303
    twice = await operator.post(f"/knowledge/{number}/report", {"reason": "错了"})
    assert twice.status_code == 409
    assert "我反映的 1 条尚未办结" in said((await operator.get("/desk")).text)
    assert "1 条纠错" in said((await leader.get("/desk")).text)
    page = await leader.get("/knowledge/corrections")
    assert PHONE not in page.text
    async with build.session_maker() as session:
        report = (await session.exec(select(Correction))).one()
    path = f"/knowledge/corrections/{report.id}/decide"
    assert (await leader.post(path, {"accept": "true"})).status_code == 422
    assert (await operator.post(path, {"accept": "true", "words": "是"})).status_code == 403
    assert (await leader.post(path, {"accept": "true", "words": "属实"})).status_code == 303
    shown = said((await operator.get(f"/knowledge/{number}")).text)
    assert "正在更正" in shown
    assert "更正" in said((await Person(operator._http).get(f"/answers/{number}")).text)
    build.clock.move(days=10)
    late = said((await person_as("supervisor").get("/knowledge/corrections?overdue=true")).text)
    assert TEXT.title in late
    tiles = said((await person_as("supervisor").get("/supervision")).text)
    assert "知识纠错逾期" in tiles
    assert (await leader.get("/knowledge/corrections?state=x&cursor=%00")).status_code in {200, 422}


async def test_phrases_are_kept_and_filled(person_as: PersonAs, build: Build) -> None:
    operator, supervisor = person_as("operator"), person_as("supervisor")
    phrase = {
        "title": "已受理",
        "kind": "reply",
        "desk": "any",
        "text": "工单{number}由{department}办理",
    }
    assert (await operator.post("/phrases/new", {**phrase, "text": "{x}"})).status_code == 422
    assert (await operator.post("/phrases/new", phrase)).status_code == 303
    shared = {**phrase, "title": "大家的", "text": "请文明用语", "is_shared": "true"}
    assert (await supervisor.post("/phrases/new", shared)).status_code == 303
    page = await operator.get("/phrases")
    assert "大家的" in page.text
    ticket = await build.ticket(Status.PROCESSING)
    picked = (await operator.get(f"/desk/phrases?ticket={ticket}")).text
    assert f'data-insert="工单{ticket}由城市管理局办理"' in picked
    at_intake = (await operator.get("/desk/phrases")).text
    assert 'data-insert="工单____由____办理"' in at_intake
    assert 'data-into="content"' in at_intake
    assert (
        await person_as("handler.zhujian").get(f"/desk/phrases?ticket={ticket}")
    ).status_code == 404
    theirs = (await person_as("handler.chengguan").get(f"/desk/phrases?ticket={ticket}")).text
    assert "请文明用语" in theirs
    assert "已受理" not in theirs


async def test_in_and_out_as_a_file(person_as: PersonAs, build: Build) -> None:
    await _out(build)
    admin = person_as("admin")
    out = await admin.get("/knowledge/export/json")
    assert json.loads(out.text)[0]["title"] == TEXT.title
    assert (await admin.get("/knowledge/export/xlsx")).content.startswith(b"PK")
    assert (await admin.get("/knowledge/export/exe")).status_code == 404
    assert (await person_as("operator").get("/knowledge/export/json")).status_code == 403
    assert (await admin.get("/knowledge/import")).status_code == 200
    for content, status, words in (
        (out.content, 200, "相同 1 条"),
        (b'[{"department": "x", "title": "a", "answer": "b"}]', 422, "逐行核对"),
        (b"nonsense", 422, "无法读取"),
        (b"", 422, "无法读取"),
    ):
        answer = await _upload(admin, content)
        assert answer.status_code == status
        assert words in said(answer.text)


async def _upload(person: Person, content: bytes) -> httpx.Response:
    return await person._send(
        "POST",
        "/knowledge/import",
        data={"_csrf_token": person._csrf, "take_over": "true"},
        files={"file": ("k.json", content)},
    )


async def test_what_the_owner_was_told_leads_to_the_article(
    person_as: PersonAs, build: Build
) -> None:
    number = await _out(build)
    async with build.acting("operator") as tx:
        await corrections.report_mistake(tx, number, reason="错了")
    assert (await person_as("observer").get("/knowledge")).status_code == 403
    assert (await person_as("observer").get("/phrases")).status_code == 403
