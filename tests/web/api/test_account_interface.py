"""The list, interviews, bulletins and clues by the interface."""

from typing import Any

import httpx

from hotline.tickets.lifecycle import Status
from tests.support.builders import Build
from tests.support.clients import TICKETS, Client, ClientAs

LISTINGS = "/api/v1/supervision/listings"
INTERVIEWS = "/api/v1/interviews"
BULLETINS = "/api/v1/bulletins"
CLUES = "/api/v1/clues"

PLAN = {
    "department": "chengguan",
    "reason": "order_unanswered",
    "explanation": "督办单逾期，联系人13900001234",
    "interviewer": "热线中心主任",
    "called": "分管副局长",
    "planned_at": "2026-03-02T10:00:00+08:00",
    "place": "会议室",
}
HELD = {
    "held_at": "2026-03-02T09:00:00+08:00",
    "attendance": "主任、副局长",
    "minutes": "提出要求",
    "promises": [{"text": "三日内办结", "due_at": "2026-03-05T18:00:00+08:00"}],
    "follow_up_due_at": "2026-03-06T18:00:00+08:00",
}


def _code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def _post(client: Client, path: str, body: object, status: int = 200) -> Any:
    answer = await client.post(path, body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_letter_and_a_listed_matter(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    supervisor, leader = client_as("supervisor"), client_as("leader.huanbao")
    letter = await supervisor.act(number, "issue-order", level=1, demand="请于24小时内说明")
    assert letter.status_code == 200
    [order] = (await supervisor.get("/api/v1/supervision/orders", level=1)).json()["items"]
    assert (order["level"], order["reply_limit"]) == (1, "PT24H")
    for _ in range(2):
        assert (await supervisor.act(number, "raise-order", reason="未说明")).status_code == 200
    [listed] = (await leader.get(LISTINGS)).json()["items"]
    assert (listed["ticket"], listed["city_leader"]) == (number, None)
    path = f"{LISTINGS}/{number}-D3"
    named = {"city_leader": "副市长", "responsible": "局长"}
    assert (await leader.post(f"{path}/name-leaders", named)).status_code == 403
    await _post(supervisor, f"{path}/name-leaders", named)
    assert (await supervisor.post(f"{path}/delist", {"explanation": ""})).status_code == 422
    off = await _post(supervisor, f"{path}/delist", {"explanation": "已核实"})
    assert off["delisting"] == "已核实"
    again = await supervisor.post(f"{path}/delist", {"explanation": "已核实"})
    assert _code(again) == (409, "already-delisted")
    assert (await leader.get(LISTINGS)).json()["items"] == []
    assert len((await leader.get(LISTINGS, over="true")).json()["items"]) == 1


async def test_an_interview_through_its_states(client_as: ClientAs) -> None:
    supervisor, leader = client_as("supervisor"), client_as("leader.chengguan")
    made = await _post(supervisor, INTERVIEWS, PLAN, 201)
    assert (made["number"], made["state"]) == ("YT-2026-0001", "planned")
    assert "13900001234" not in made["explanation"]
    path = f"{INTERVIEWS}/{made['number']}"
    early = await supervisor.post(f"{path}/hold", HELD | {"held_at": "2026-03-02T09:00:01+08:00"})
    assert _code(early) == (422, "interview-not-held")
    held = await _post(supervisor, f"{path}/hold", HELD | {"expected_version": made["version"]})
    assert held["promises"][0]["done_at"] is None
    stale = await leader.post(
        f"{path}/fulfil", {"position": 1, "evidence": "台账", "expected_version": made["version"]}
    )
    assert _code(stale) == (409, "stale-record")
    done = await _post(leader, f"{path}/fulfil", {"position": 1, "evidence": "台账"})
    assert done["promises"][0]["evidence"] == "台账"
    assert (await leader.post(f"{path}/close", {})).status_code == 403
    await _post(supervisor, f"{path}/follow-up", {"finding": "已落实"})
    assert (await _post(supervisor, f"{path}/close", {}))["state"] == "closed"
    assert [row["state"] for row in (await leader.get(INTERVIEWS)).json()["items"]] == ["closed"]
    other = client_as("leader.huanbao")
    assert _code(await other.get(path)) == (404, "interview-not-found")
    assert (await other.get(INTERVIEWS)).json()["items"] == []
    assert (await client_as("handler.chengguan").get(path)).status_code == 403
    assert (await supervisor.get(f"{INTERVIEWS}/proposals")).json() == {"items": []}


async def test_a_bulletin_through_its_states(client_as: ClientAs, build: Build) -> None:
    await build.ticket(Status.PROCESSING)
    supervisor, authority = client_as("supervisor"), client_as("authority")
    body = {"title": "通报", "begins": "2026-03-01", "ends": "2026-03-02", "text": "见表"}
    turned = await supervisor.post(BULLETINS, body | {"begins": "2026-03-03"})
    assert _code(turned) == (422, "invalid-period")
    unknown = await supervisor.post(BULLETINS, body | {"departments": ["nowhere"]})
    assert unknown.status_code == 422
    made = await _post(supervisor, BULLETINS, body, 201)
    assert [line["department"]["code"] for line in made["figures"]] == ["chengguan"]
    path = f"{BULLETINS}/{made['id']}"
    reader = client_as("handler.huanbao")
    assert _code(await reader.get(path)) == (404, "bulletin-not-found")
    assert _code(await supervisor.post(f"{path}/review", {})) == (403, "bulletin-second-person")
    assert _code(await supervisor.post(f"{path}/publish", {})) == (409, "bulletin-state")
    await _post(authority, f"{path}/review", {})
    assert (await _post(supervisor, f"{path}/publish", {}))["number"] == "TB-2026-0001"
    assert (await reader.get(path)).json()["text"] == "见表"
    change = await supervisor.put(path, {"title": "改", "text": "改"})
    assert _code(change) == (409, "bulletin-state")
    await _post(authority, f"{path}/recall", {"reason": "数据有误"})
    recalled = (await reader.get(path)).json()
    assert (recalled["text"], recalled["figures"], recalled["recall_reason"]) == (
        "",
        [],
        "数据有误",
    )


async def test_a_clue_is_gone_for_whoever_handed_it_over(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    supervisor, inspector = client_as("supervisor"), client_as("discipline")
    body = {"grounds": "falsification", "text": "涉嫌虚假办结", "tickets": [number]}
    made = await _post(supervisor, CLUES, body, 201)
    assert set(made) == {"number", "state", "transferred_at"}
    path = f"{CLUES}/{made['number']}"
    for name in ("supervisor", "authority", "admin", "handler.chengguan", "observer"):
        assert _code(await client_as(name).get(path)) == (404, "clue-not-found"), name
    clue = (await inspector.get(path)).json()
    assert (clue["text"], clue["tickets"][0]["number"]) == ("涉嫌虚假办结", number)
    assert [read["name"] for read in clue["reads"]] == ["discipline先生"]
    assert (await inspector.get(f"{TICKETS}/{number}")).status_code == 403
    # No number is missing from what the supervisor reads.
    rows = (await supervisor.get(f"{TICKETS}/{number}/timeline")).json()["items"]
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert "clue" not in str(rows)
    await _post(inspector, f"{path}/acknowledge", None)
    await _post(inspector, f"{path}/ask", {"question": "有何凭据"})
    [sent] = (await supervisor.get(f"{CLUES}/sent")).json()["items"]
    assert (sent["question"], sent["grounds"]) == ("有何凭据", None)
    await _post(supervisor, f"{path}/answer", {"answer": "见照片"})
    done = await _post(
        inspector,
        f"{path}/conclude",
        {"outcome": "accountable", "conclusion": "属实", "document": "纪字3号"},
    )
    assert (done["outcome"], done["questions"][0]["answer"]) == ("accountable", "见照片")
    assert len(done["reads"]) == 4


async def test_urging_is_listed_until_it_is_answered(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    supervisor, handler = client_as("supervisor"), client_as("handler.chengguan")
    assert (await supervisor.act(number, "urge", note="请抓紧")).status_code == 200
    [waiting] = (await supervisor.get("/api/v1/supervision/urges")).json()["items"]
    assert (waiting["ticket"], waiting["count"]) == (number, 1)
    allowed = (await handler.get(f"{TICKETS}/{number}/actions")).json()["items"]
    assert "answer_urge" in allowed
    assert (await handler.act(number, "answer-urge", reply="今天办结")).status_code == 200
    again = await handler.act(number, "answer-urge", reply="今天办结")
    assert _code(again) == (409, "nothing-urged")
    assert (await supervisor.get("/api/v1/supervision/urges")).json()["items"] == []
