"""The desk: lists, filters, what waits where; the intake screen."""

import re
from datetime import timedelta

import pytest

from hotline.tickets.lifecycle import Hold, Status
from hotline.tickets.models import Urgency
from tests.support.builders import NAME, PHONE, Build
from tests.support.clock import FrozenClock
from tests.support.searching import fill
from tests.web.pages.conftest import PersonAs, said

INTAKE = {
    "phone": "139 0000 1234",
    "channel": "phone",
    "request_type": "complaint",
    "title": "夜间施工扰民",
    "content": "工地凌晨两点还在打桩",
    "address": "和平路12号",
    "category": "城市管理 / 道路 urban.roads",
    "area": "青禾区",
    "name": NAME,
    "urgency": "p1",
    "programme": "general",
    "_idempotency_key": "one",
}

PLACES = {
    "accept": (Status.SUBMITTED, None),
    "dispatch": (Status.ACCEPTED, None),
    "returns": (Status.DISPATCHED, Hold.RETURN_REVIEW),
    "sign": (Status.DISPATCHED, None),
    "processing": (Status.PROCESSING, None),
    "audit": (Status.FEEDBACK_SUBMITTED, None),
    "visit": (Status.PENDING_VISIT, None),
    "ratings": (Status.PENDING_VISIT, Hold.RATING_CHECK),
    "final-replies": (Status.PROCESSING, Hold.FINAL_REPLY),
}


def _numbers(text: str) -> list[str]:
    return re.findall(r'class="title" href="/tickets/(\d+)[?"]', text)


async def test_each_queue_shows_what_waits_there(person_as: PersonAs, build: Build) -> None:
    numbers = {code: await build.ticket(*place) for code, place in PLACES.items()}
    supervisor = person_as("supervisor")
    for code, number in numbers.items():
        page = await supervisor.get(f"/queues/{code}")
        assert page.status_code == 200
        assert number in _numbers(page.text), code
    assert (await supervisor.get("/queues/nowhere")).headers["location"] == "/desk"


async def test_the_side_bar_counts_what_waits_and_what_is_late(
    person_as: PersonAs, build: Build, clock: FrozenClock
) -> None:
    await build.ticket()
    clock.move(minutes=31)
    await build.ticket()
    bar = await person_as("operator").get("/nav?at=/queues/accept")
    assert bar.status_code == 200
    assert "待受理 2 1 件超期" in said(bar.text)
    assert 'aria-current="page"' in bar.text
    assert 'href="/board"' not in bar.text
    assert (await person_as("observer").get("/nav")).status_code == 200


async def test_a_department_sees_its_own_tickets_and_no_others(
    person_as: PersonAs, build: Build
) -> None:
    own = await build.ticket(Status.DISPATCHED)
    await build.ticket(Status.ACCEPTED)
    for path in ("/tickets", "/queues/sign", "/desk"):
        page = await person_as("handler.chengguan").get(path)
        assert _numbers(page.text) == [own], path
    page = await person_as("handler.zhujian").get("/tickets")
    assert _numbers(page.text) == []
    assert "没有待办工单" in page.text


async def test_lists_are_narrowed_and_paged(
    person_as: PersonAs, build: Build, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.pages.desk.PAGE_SIZE", 2)
    first = await build.ticket(title="路灯不亮")
    clock.move(minutes=20)
    second = await build.ticket(title="井盖丢失", category="housing")
    clock.move(minutes=1)
    third = await build.ticket(Status.DISPATCHED, title="噪声扰民")
    await fill(build)
    supervisor = person_as("supervisor")
    page = await supervisor.get("/tickets")
    assert _numbers(page.text) == [third, second]
    following = re.search(r'href="(/tickets\?cursor=[^"]+)"\s+rel="next"', page.text)
    assert following is not None
    page = await supervisor.get(following[1])
    assert _numbers(page.text) == [first]
    assert "第一页" in page.text
    found = {
        "q=井盖": [second],
        f"q={first}": [first],
        "status=dispatched": [third],
        "department=chengguan": [third],
        "category=housing": [second],
        "category=城市管理+urban": [third, first],
        "level=red": [],
        "due=1h&status=submitted": [first, second],
        "due=late": [],
        "status=bogus&level=bogus&due=bogus": [third, second],
    }
    for query, numbers in found.items():
        page = await supervisor.get(f"/tickets?{query}")
        assert _numbers(page.text) == numbers, query
    clock.move(minutes=14)
    page = await supervisor.get("/tickets?due=late")
    assert _numbers(page.text) == [first]
    assert "超期5分" in page.text
    assert (await supervisor.get("/tickets?cursor=nonsense")).status_code == 422


async def test_a_list_shows_no_personal_data(person_as: PersonAs, build: Build) -> None:
    await build.ticket(title="请回电13800005678", secret=True, urgency=Urgency.P0)
    page = await person_as("operator").get("/tickets")
    for hidden in (NAME, PHONE, "13800005678", "3栋"):
        assert hidden not in page.text
    assert "请回电138****5678" in page.text
    assert "特急" in page.text


async def test_what_is_typed_becomes_one_ticket(person_as: PersonAs, build: Build) -> None:
    operator = person_as("operator")
    page = await operator.get("/desk/intake")
    assert page.status_code == 200
    assert 'data-draft="intake"' in page.text
    answer = await operator.post("/desk/intake", INTAKE)
    assert answer.status_code == 303
    number, _, query = answer.headers["location"].removeprefix("/tickets/").partition("?")
    assert query == "done=submit"
    again = await operator.post("/desk/intake", INTAKE)
    assert again.headers["location"] == answer.headers["location"]
    ticket = await build.find(number)
    assert (ticket.title, ticket.category_code, ticket.urgency, ticket.area) == (
        "夜间施工扰民",
        "urban.roads",
        Urgency.P1,
        "青禾区",
    )
    page = await operator.get(answer.headers["location"])
    assert 'data-draft-done="intake"' in page.text
    assert "提交：已完成" in page.text


async def test_nothing_typed_is_lost_when_something_is_wrong(person_as: PersonAs) -> None:
    operator = person_as("operator")
    wrong = {
        "title": INTAKE | {"title": "  "},
        "phone": INTAKE | {"phone": ""},
        "request_type": INTAKE | {"request_type": "bogus"},
        "content": {key: value for key, value in INTAKE.items() if key != "content"},
    }
    for name, sent in wrong.items():
        answer = await operator.post("/desk/intake", sent)
        assert answer.status_code == 422, name
        assert f'id="{name}-error"' in answer.text, name
        assert 'value="和平路12号"' in answer.text
        assert "data-answered" in answer.text
    answer = await operator.post("/desk/intake", INTAKE | {"category": "no.such"})
    assert answer.status_code == 422
    assert "没有代码为 no.such 的事项分类" in said(answer.text)
    assert "工地凌晨两点还在打桩" in answer.text
    answer = await operator.post("/desk/intake", INTAKE)
    answer = await operator.post("/desk/intake", INTAKE | {"title": "另一件事"})
    assert answer.status_code == 409
    assert 'value="另一件事"' in answer.text


async def test_a_meeting_has_no_telephone_number(person_as: PersonAs) -> None:
    sent = INTAKE | {"channel": "meeting", "phone": ""}
    assert (await person_as("operator").post("/desk/intake", sent)).status_code == 303


async def test_the_caller_is_known_by_the_number(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket()
    operator = person_as("operator")
    found = await operator.post("/desk/caller", {"phone": " +86 139-0000-1234"})
    assert _numbers(found.text) == [number]
    none = await operator.post("/desk/caller", {"phone": "13900009999"})
    assert "没有以往工单" in none.text
    short = await operator.post("/desk/caller", {"phone": "1390"})
    assert "输入电话号码" in short.text


async def test_only_those_who_take_matters_down_reach_the_intake_screen(
    person_as: PersonAs,
) -> None:
    for name in ("handler.chengguan", "auditor", "visitor", "observer", "admin"):
        person = person_as(name)
        assert (await person.get("/desk/intake")).status_code == 403, name
        assert (await person.post("/desk/intake", INTAKE)).status_code == 403, name
        assert (await person.post("/desk/caller", {"phone": PHONE})).status_code == 403, name
    assert (await person_as("observer").get("/tickets")).status_code == 403


async def test_the_desk_follows_the_clock(
    person_as: PersonAs, build: Build, clock: FrozenClock
) -> None:
    await build.ticket()
    clock.set(clock.now() + timedelta(minutes=10))
    page = await person_as("operator").get("/desk")
    assert "剩余20分" in page.text
    assert f'name="server-time" content="{clock.now().isoformat()}"' in page.text
