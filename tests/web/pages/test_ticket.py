"""The ticket page: exactly the forms of what one may do, and forms that lose nothing."""

import re
from collections.abc import Mapping

import pytest

from hotline.escalation.acts import act_once
from hotline.escalation.sweep import sweep_once
from hotline.tickets.lifecycle import Action, Hold, State, Status
from tests.support.builders import NAME, PHONE, ROADS, Build, City
from tests.support.clients import TICKETS, ClientAs
from tests.support.clock import FrozenClock
from tests.web.pages.conftest import Person, PersonAs, offered, said

READERS = (
    "operator",
    "dispatcher",
    "auditor",
    "visitor",
    "supervisor",
    "authority",
    "admin",
    "handler.chengguan",
    "leader.chengguan",
)


def _version(text: str) -> str:
    found = re.search(r'name="expected_version" value="(\d+)"', text)
    assert found is not None
    return found[1]


async def _act(
    person: Person, number: str, action: Action, words: Mapping[str, object] | None = None
) -> None:
    page = await person.get(f"/tickets/{number}")
    assert action.value in offered(page.text)
    answer = await person.post(
        f"/tickets/{number}/actions/{action.value.replace('_', '-')}",
        {"expected_version": _version(page.text), **(words or {})},
    )
    assert answer.status_code == 303, said(answer.text)
    assert answer.headers["location"] == f"/tickets/{number}?done={action.value}"


@pytest.mark.parametrize("state", list(ROADS), ids=str)
async def test_the_forms_are_exactly_what_the_interface_allows(
    state: State, person_as: PersonAs, client_as: ClientAs, build: Build
) -> None:
    number = await build.ticket(*state)
    for name in READERS:
        page = await person_as(name).get(f"/tickets/{number}")
        answer = await client_as(name).get(f"{TICKETS}/{number}/actions")
        assert page.status_code == answer.status_code, name
        if answer.status_code == 200:
            allowed = answer.json()["items"]
            assert offered(page.text) == allowed, name


async def test_one_ticket_goes_from_intake_to_its_end_by_forms_alone(
    person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket()
    handler = person_as("handler.chengguan")
    await _act(
        person_as("operator"), number, Action.ACCEPT, {"promise": "修好", "handler_limit": "PT12H"}
    )
    await _act(
        person_as("dispatcher"),
        number,
        Action.DISPATCH,
        {"department": "chengguan", "co_departments": ["zhujian", "jiaotong"], "note": "请速办"},
    )
    await _act(handler, number, Action.SIGN)
    await _act(
        handler, number, Action.CONTACT, {"method": "phone", "reached": "true", "note": "已约"}
    )
    await _act(handler, number, Action.PROGRESS, {"note": "已到场", "done_step": "1"})
    for co in ("handler.zhujian", "handler.jiaotong"):
        await _act(person_as(co), number, Action.SUBMIT_OPINION, {"opinion": "无异议"})
    await _act(
        handler,
        number,
        Action.SUBMIT_FEEDBACK,
        {"result": "换灯", "reply": "修好了", "resolved": "true", "evidence": "照片1\n照片2"},
    )
    await _act(person_as("auditor"), number, Action.REJECT_AUDIT, {"reason": "缺照片"})
    await _act(
        handler,
        number,
        Action.SUBMIT_FEEDBACK,
        {"result": "换灯", "reply": "好了", "resolved": "true"},
    )
    await _act(person_as("auditor"), number, Action.PASS_AUDIT)
    await _act(
        person_as("visitor"),
        number,
        Action.RECORD_VISIT,
        {"reached": "true", "solved": "true", "rating": "5", "note": "满意"},
    )
    assert (await build.find(number)).status is Status.CLOSED
    page = said((await person_as("supervisor").get(f"/tickets/{number}")).text)
    for words in ("已办结", "已解决", "践诺", "12小时", "登记回访：已解决", "缺照片", "无异议"):
        assert words in page, words


async def test_what_is_missing_is_said_at_the_field_and_nothing_is_lost(
    person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket(Status.PROCESSING)
    handler = person_as("handler.chengguan")
    answer = await handler.post(
        f"/tickets/{number}/actions/submit-feedback", {"result": "换好了灯", "resolved": "true"}
    )
    assert answer.status_code == 422
    assert 'id="submit_feedback-reply-error"' in answer.text
    assert "换好了灯" in answer.text
    assert re.search(r'id="action-submit_feedback"\s+open', answer.text)
    answer = await handler.post(
        f"/tickets/{number}/actions/submit-feedback",
        {"result": "换好了灯", "reply": "已修复", "resolved": "true"},
    )
    assert answer.status_code == 409  # nobody has spoken with the requester
    assert "请先登记与诉求人的联系" in said(answer.text)
    assert "换好了灯" in answer.text
    assert (await build.find(number)).status is Status.PROCESSING


async def test_a_stale_page_shows_what_has_changed_and_keeps_what_was_typed(
    person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket()
    first, second = person_as("operator"), person_as("operator.second")
    version = _version((await first.get(f"/tickets/{number}")).text)
    await _act(second, number, Action.NOTE, {"note": "来电人又来电"})
    answer = await first.post(
        f"/tickets/{number}/actions/accept",
        {"expected_version": version, "promise": "我写了很久的承诺"},
    )
    assert answer.status_code == 409
    text = said(answer.text)
    assert "已有他人先行处理" in text
    assert "来电人又来电" in text
    assert "我写了很久的承诺" in answer.text
    assert (await build.find(number)).status is Status.SUBMITTED
    again = await first.post(
        f"/tickets/{number}/actions/accept",
        {"expected_version": _version(answer.text), "promise": "我写了很久的承诺"},
    )
    assert again.status_code == 303


async def test_a_form_whose_time_has_passed_is_still_shown_with_its_words(
    person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket(Status.ACCEPTED)
    answer = await person_as("operator").post(
        f"/tickets/{number}/actions/accept", {"promise": "一份承诺"}
    )
    assert answer.status_code == 409
    assert "一份承诺" in answer.text
    assert "工单当前为“待派单”" in said(answer.text)


async def test_an_action_of_somebody_else_is_refused(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket()
    answer = await person_as("auditor").post(
        f"/tickets/{number}/actions/accept", {"promise": "越权"}
    )
    assert answer.status_code == 403
    assert (await build.find(number)).status is Status.SUBMITTED
    for action in ("submit", "bogus"):
        answer = await person_as("operator").post(f"/tickets/{number}/actions/{action}", {})
        assert answer.status_code == 404


async def test_what_one_may_not_see_looks_as_if_it_were_not_there(
    person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket(Status.DISPATCHED)
    stranger = person_as("handler.zhujian")
    hidden = await stranger.get(f"/tickets/{number}")
    absent = await stranger.get("/tickets/2603020009999")
    assert hidden.status_code == absent.status_code == 404
    assert said(hidden.text).replace(number, "") == said(absent.text).replace("2603020009999", "")
    assert (await stranger.post(f"/tickets/{number}/actions/sign", {})).status_code == 404
    assert (await stranger.post(f"/tickets/{number}/reveal", {"reason": "x"})).status_code == 404


async def test_the_requester_is_masked_until_somebody_says_what_for(
    person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket(Status.PROCESSING)
    handler = person_as("handler.chengguan")
    page = await handler.get(f"/tickets/{number}")
    for hidden in (NAME, PHONE, "3栋"):
        assert hidden not in page.text
    assert "139****1234" in page.text
    assert (await handler.post(f"/tickets/{number}/reveal", {"reason": " "})).status_code == 422
    shown = await handler.post(f"/tickets/{number}/reveal", {"reason": "约定上门"})
    assert NAME in shown.text
    assert PHONE in shown.text
    fragment = await handler.post(
        f"/tickets/{number}/reveal", {"reason": "再次核对"}, headers={"hx-request": "true"}
    )
    assert PHONE in fragment.text
    assert "<html" not in fragment.text
    assert PHONE not in (await handler.get(f"/tickets/{number}")).text
    page = await person_as("supervisor").get(f"/tickets/{number}")
    assert "查看了个人信息" in page.text
    assert "约定上门" in page.text


async def test_a_secret_requester_stays_secret_to_the_department(
    person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket(Status.PROCESSING, secret=True)
    page = await person_as("handler.chengguan").get(f"/tickets/{number}")
    assert "诉求人保密" in page.text
    assert "139****1234" not in page.text
    assert "/reveal" not in page.text
    answer = await person_as("handler.chengguan").post(
        f"/tickets/{number}/reveal", {"reason": "想知道"}
    )
    assert answer.status_code == 403
    assert PHONE not in answer.text


async def test_the_query_code_is_for_those_who_read_it_out(
    person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket(Status.PROCESSING)
    for name, sees in (("operator", True), ("auditor", False), ("handler.chengguan", False)):
        page = await person_as(name).get(f"/tickets/{number}")
        assert ("查询码" in page.text) is sees, name


async def test_requests_clocks_and_promises_are_told_in_words(
    person_as: PersonAs, build: Build, clock: FrozenClock
) -> None:
    number = await build.ticket(Status.DISPATCHED, Hold.RETURN_REVIEW)
    clock.move(minutes=10)
    page = said((await person_as("dispatcher").get(f"/tickets/{number}")).text)
    for words in (
        "退单待审",
        "不属于本单位职责",
        "属于交通部门",
        "待决定",
        "退单审核",
        "10分 / 2小时",
        "暂停",
        "承诺履行中",
        "一天内修好",
        "城市管理局",
    ):
        assert words in page, words


async def test_the_page_speaks_english_too(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    handler = person_as("handler.chengguan")
    await handler.post("/language", {"language": "en"})
    page = (await handler.get(f"/tickets/{number}")).text
    for words in ("Submit feedback", "In handling", "Urban Management", "left"):
        assert words in page, words


async def test_text_from_outside_stays_text(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(
        title="<script>alert(1)</script>", content='"><img src=x onerror=1>'
    )
    page = (await person_as("operator").get(f"/tickets/{number}")).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page


async def test_a_session_that_has_ended_leads_to_the_door(
    stranger: Person, build: Build, city: City
) -> None:
    number = await build.ticket()
    answer = await stranger.get(f"/tickets/{number}")
    assert answer.headers["location"] == f"/sign-in?next=%2Ftickets%2F{number}"
    answer = await stranger.post(f"/tickets/{number}/actions/accept", {"promise": "x"})
    assert answer.status_code == 401
    answer = await stranger.get("/nav", headers={"hx-request": "true"})
    assert answer.status_code == 401
    assert answer.headers["hx-retarget"] == "#messages"
    assert city.people["operator"].display_name not in answer.text


async def test_a_ticket_shows_every_step_of_the_ladder(build: Build, person_as: PersonAs) -> None:
    """Warned, urged again and again, ordered, listed: the page of an overdue ticket stays whole."""
    number = await build.ticket(Status.PROCESSING)
    now = build.clock.move(hours=60)
    busy = True
    while busy:
        busy = (await sweep_once(build.session_maker, build.cipher, now=now)).may_be_more
        busy = await act_once(build.session_maker, build.cipher, now=now) or busy
    page = await person_as("supervisor").get(f"/tickets/{number}")
    assert page.status_code == 200
    for word in ("催办", "督办单", "挂牌"):
        assert word in page.text
