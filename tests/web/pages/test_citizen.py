"""The public pages: report a matter and follow it, without an account and without JavaScript."""

import re

import pytest

from hotline.tickets.lifecycle import Hold, Status
from tests.support.builders import NAME, PHONE, Build
from tests.support.clock import FrozenClock
from tests.web.pages.conftest import Person, offered, said

MATTER = {
    "request_type": "help",
    "title": "井盖松动",
    "content": "车一过就响，怕出事",
    "address": "解放路8号",
    "name": NAME,
    "phone": PHONE,
}


async def _keys(build: Build, number: str) -> dict[str, str]:
    return {"number": number, "query_code": (await build.find(number)).query_code}


async def test_a_matter_is_reported_and_followed(stranger: Person, build: Build) -> None:
    page = await stranger.get("/submit/whole")
    assert page.status_code == 200
    assert page.text.count("<script") == page.text.count("<script src=")
    answer = await stranger.post("/submit", MATTER)
    assert answer.status_code == 201
    found = re.findall(r'class="number">\s*<strong>(\w+)</strong>', answer.text)
    number, code = found
    ticket = await build.find(number)
    assert (ticket.query_code, ticket.channel, ticket.title) == (code, "web", "井盖松动")
    for way in (
        await stranger.post("/track", {"number": number, "query_code": code.lower()}),
        await stranger.get(f"/track?number={number}&query_code={code}"),
    ):
        assert way.status_code == 200
        words = said(way.text)
        assert "井盖松动" in words
        assert "待受理" in words
        assert "剩余30分" in words
    for hidden in (NAME, PHONE):
        assert hidden not in way.text


async def test_a_report_without_what_is_needed_comes_back_whole(stranger: Person) -> None:
    for name in ("request_type", "title", "content", "address", "phone"):
        answer = await stranger.post("/submit", MATTER | {name: ""})
        assert answer.status_code == 422
        assert f'id="{name}-error"' in answer.text
    answer = await stranger.post("/submit", MATTER | {"phone": "call me"})
    assert answer.status_code == 422
    assert "电话号码格式不对" in answer.text
    assert "车一过就响" in answer.text


async def test_number_and_query_code_belong_together(stranger: Person, build: Build) -> None:
    number = await build.ticket()
    keys = await _keys(build, number)
    for wrong in (
        keys | {"query_code": "AAAAAA"},
        keys | {"number": "2603020099999"},
    ):
        answer = await stranger.post("/track", wrong)
        assert answer.status_code == 404
        assert "不匹配" in answer.text
        assert "路灯不亮" not in answer.text
    assert (await stranger.post("/track", {"number": number})).status_code == 422
    assert (await stranger.get("/track")).status_code == 200


async def test_guessing_the_query_code_comes_to_an_end(stranger: Person, build: Build) -> None:
    keys = await _keys(build, await build.ticket())
    for _ in range(20):
        await stranger.post("/track", keys | {"query_code": "AAAAAA"})
    assert (await stranger.post("/track", keys)).status_code == 429


async def test_looking_with_the_right_code_is_never_too_often(
    stranger: Person, build: Build
) -> None:
    keys = await _keys(build, await build.ticket())
    for _ in range(25):
        assert (await stranger.post("/track", keys)).status_code == 200


async def test_reporting_without_end_comes_to_an_end(stranger: Person) -> None:
    for _ in range(20):
        assert (await stranger.post("/submit", MATTER)).status_code == 201
    answer = await stranger.post("/submit", MATTER)
    assert answer.status_code == 429
    assert "车一过就响" in answer.text


async def test_the_timeline_names_units_and_never_persons(stranger: Person, build: Build) -> None:
    number = await build.ticket(Status.CLOSED)
    words = said((await stranger.post("/track", await _keys(build, number))).text)
    for public in ("已办结", "践诺", "一天内修好", "路灯已修好", "城市管理局", "热线中心"):
        assert public in words, public
    for hidden in ("先生", "已更换灯泡", "已通话", NAME, PHONE):
        assert hidden not in words, hidden


@pytest.mark.parametrize(
    ("status", "hold", "words"),
    [
        (Status.TRANSFERRED_OUT, None, "已转出"),
        (Status.CANCELLED, None, "已撤销"),
        (Status.NOT_ACCEPTED, None, "不予受理"),
        (Status.MERGED, None, "已并单"),
        (Status.SUBMITTED, Hold.SUPPLEMENT, "待补充"),
    ],
)
async def test_every_end_is_told(
    stranger: Person, build: Build, status: Status, hold: Hold | None, words: str
) -> None:
    number = await build.ticket(status, hold)
    assert words in said((await stranger.post("/track", await _keys(build, number))).text)


async def test_a_requester_says_himself_whether_it_is_solved(
    stranger: Person, build: Build, clock: FrozenClock
) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    keys = await _keys(build, number)
    page = await stranger.post("/track", keys)
    assert offered(page.text) == ["urge", "contribute", "record_visit"]
    answer = await stranger.post("/track/actions/record-visit", keys | {"rating": "5"})
    assert answer.status_code == 422
    clock.move(minutes=5)
    answer = await stranger.post(
        "/track/actions/record-visit", keys | {"solved": "true", "rating": "4", "note": "谢谢"}
    )
    assert answer.status_code == 200
    assert "已登记，谢谢" in answer.text
    assert (await build.find(number)).status is Status.CLOSED
    answer = await stranger.post("/track/actions/reopen", keys | {"reason": "又不亮了"})
    assert answer.status_code == 200
    ticket = await build.find(number)
    assert (ticket.status, ticket.round) == (Status.PROCESSING, 2)


async def test_what_a_requester_may_not_do_is_refused(stranger: Person, build: Build) -> None:
    number = await build.ticket()
    keys = await _keys(build, number)
    answer = await stranger.post("/track/actions/accept", keys | {"promise": "自己受理"})
    assert answer.status_code == 200
    assert (await build.find(number)).status is Status.SUBMITTED
    answer = await stranger.post(
        "/track/actions/withdraw", keys | {"query_code": "AAAAAA", "reason": "x"}
    )
    assert answer.status_code == 404
    answer = await stranger.post("/track/actions/reopen", keys | {"reason": "太早"})
    assert answer.status_code == 409
    assert (await build.find(number)).status is Status.SUBMITTED
