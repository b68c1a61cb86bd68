"""Several units on one ticket, on pages: opinions taken over, consultations, whistles, the desk."""

from hotline.tickets.lifecycle import Action, Hold, Status
from tests.support.builders import PHONE, Build
from tests.web.pages.conftest import PersonAs, offered, said


async def _with_two_parts(build: Build) -> str:
    number = await build.ticket(Status.ACCEPTED)
    await build.do(Action.DISPATCH, number, co_departments=["zhujian", "jiaotong"])
    await build.do(Action.SIGN, number)
    await build.do(Action.CONTACT, number)
    await build.do(Action.REPORT_STAGE, number, note="管线已开挖")
    await build.do(Action.SUBMIT_OPINION, number, opinion="管线由我局修复")
    return number


async def test_the_lead_takes_opinions_over_into_the_one_reply(
    person_as: PersonAs, build: Build
) -> None:
    number = await _with_two_parts(build)
    build.clock.move(hours=13)
    lead = person_as("handler.chengguan")
    page = await lead.get(f"/tickets/{number}")
    assert {"submit_feedback", "ask_again"} <= set(offered(page.text))
    for words in ("管线已开挖", "管线由我局修复", "已到现场", "采用到答复中"):
        assert words in page.text
    taken = await lead.get(f"/tickets/{number}?take=zhujian")
    assert taken.text.count("住房建设局：管线由我局修复</textarea>") == 2
    assert 'value="zhujian"\nchecked' in taken.text
    sent = await lead.post(
        f"/tickets/{number}/actions/submit-feedback",
        {
            "result": "已修复",
            "reply": "管线已修复",
            "resolved": "true",
            "used_opinions": ["zhujian"],
        },
    )
    assert sent.status_code == 303
    audit = await person_as("auditor").get(f"/tickets/{number}")
    assert "已采用" in audit.text
    assert "住房建设局意见" in audit.text
    assert audit.text.count("超时未答复，视为无异议") >= 2  # beside the reply and in the list
    # Whoever may not hand in the result is shown no form by an address.
    other = await person_as("handler.zhujian").get(f"/tickets/{number}?take=zhujian")
    assert "submit_feedback" not in offered(other.text)


async def test_a_co_handler_s_forms(person_as: PersonAs, build: Build) -> None:
    number = await _with_two_parts(build)
    co = person_as("handler.jiaotong")
    page = await co.get(f"/tickets/{number}")
    assert {"sign_co", "report_stage", "explain_delay", "submit_opinion"} <= set(offered(page.text))
    assert (await co.post(f"/tickets/{number}/actions/sign-co", {})).status_code == 303
    page = await co.get(f"/tickets/{number}")
    assert "sign_co" not in offered(page.text)
    again = await co.post(f"/tickets/{number}/actions/sign-co", {})
    assert again.status_code == 409
    assert "签收" in said(again.text)


async def test_a_consulted_unit_finds_the_call_and_answers(
    person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket(Status.ACCEPTED, Hold.CONSULTATION)
    called = person_as("leader.zhujian")
    desk = await called.get("/desk")
    assert f"/tickets/{number}#meeting-{number}-C1" in desk.text
    page = await called.get(f"/tickets/{number}")
    assert offered(page.text) == ["respond_consultation"]
    assert PHONE not in page.text
    assert "/reveal" not in page.text
    answer = await called.post(
        f"/tickets/{number}/actions/respond-consultation",
        {"opinion": "partly", "explanation": "仅负责小区内"},
    )
    assert answer.status_code == 303
    assert f"#meeting-{number}-C1" not in (await called.get("/desk")).text
    build.clock.move(minutes=5)
    dispatcher = person_as("dispatcher")
    page = await dispatcher.get(f"/tickets/{number}")
    assert page.text.count("仅负责小区内") >= 3  # panel, form and timeline
    assert "等待答复" in page.text
    wrong = await dispatcher.post(
        f"/tickets/{number}/actions/decide-consultation",
        {"department": "zhujian", "explanation": "商定", "tasks": "住房建设局 明天 修"},
    )
    assert wrong.status_code == 422
    done = await dispatcher.post(
        f"/tickets/{number}/actions/decide-consultation",
        {
            "department": "zhujian",
            "explanation": "商定",
            "attended": ["zhujian"],
            "tasks": "城市管理局 2026-03-04 提供图纸",
        },
    )
    assert done.status_code == 303
    assert (await called.get(f"/tickets/{number}")).status_code == 200
    desk = await person_as("handler.chengguan").get("/desk")
    assert "提供图纸" in desk.text


async def test_a_whistle_on_pages(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    supervisor = person_as("supervisor")
    assert "还没有吹哨" in (await supervisor.get("/whistles")).text
    blown = await supervisor.post(
        f"/tickets/{number}/actions/blow-whistle",
        {"departments": ["zhujian", "jiaotong"], "reason": "管线权属不清", "report_limit": "PT2H"},
    )
    assert blown.status_code == 303
    unit = person_as("handler.zhujian")
    assert offered((await unit.get(f"/tickets/{number}")).text) == ["report_in"]
    assert (
        await unit.post(
            f"/tickets/{number}/actions/report-in", {"attendee": "副局长", "deputy": "true"}
        )
    ).status_code == 303
    page = await supervisor.get(f"/tickets/{number}")
    assert {"decide_whistle", "call_off_whistle"} <= set(offered(page.text))
    assert "score_whistle" not in offered(page.text)
    await supervisor.post(
        f"/tickets/{number}/actions/decide-whistle",
        {"attended": ["zhujian"], "decision": "分段负责", "duty": "zhujian"},
    )
    scored = await supervisor.post(
        f"/tickets/{number}/actions/score-whistle",
        {"department": "zhujian", "score": "5", "explanation": "当场解决"},
    )
    assert scored.status_code == 303
    listed = await supervisor.get("/whistles?state=done")
    assert f"/tickets/{number}#meeting-{number}-W1" in listed.text
    assert "5.0 (1)" in listed.text
    assert f"{number}-W1" not in (await supervisor.get("/whistles?waiting=true")).text
    # The unit keeps its record of the call, without the matter, and sees its own score only.
    own = await unit.get("/whistles")
    assert f"{number}-W1" in own.text
    assert "路灯不亮" not in own.text
    assert "5 分（满分 5）" in own.text
    assert "5 分（满分 5）" not in (await person_as("handler.jiaotong").get("/whistles")).text
    assert (await unit.get(f"/tickets/{number}")).status_code == 404
    assert (await person_as("operator").get("/whistles")).status_code == 403


async def test_the_pages_of_meetings_are_whole(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(Action.BLOW_WHISTLE, number)
    for by in ("supervisor", "dispatcher", "authority", "admin", "leader.zhujian"):
        assert (await person_as(by).get("/whistles")).status_code == 200
        assert (await person_as(by).get(f"/tickets/{number}")).status_code == 200
