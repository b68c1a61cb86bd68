"""The interface of observers: surveys, visits, findings and reports; what they never see."""

import uuid
from typing import Any

import httpx
from litestar import Litestar

from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import NAME, PHONE, Build
from tests.support.clients import Client, ClientAs
from tests.support.observing import QUESTIONS, register, survey
from tests.web.api.test_personal_data import SPOKEN, readable_paths

SURVEYS = "/api/v1/observer-surveys"
VISITS = "/api/v1/observer-visits"
FINDINGS = "/api/v1/observer-findings"
SNAPS = "/api/v1/observer-snaps"
DRAFT: dict[str, Any] = {
    "title": "年度评议",
    "kind": "year",
    "year": 2026,
    "opens_on": "2026-03-02",
    "closes_on": "2026-03-20",
    "least_answers": 1,
    "questions": [{"kind": one.kind.value, "text": one.text} for one in QUESTIONS],
}
RECORD: dict[str, Any] = {
    "department": "chengguan",
    "visited_on": "2026-03-02",
    "place": "政务大厅",
    "items": {"attitude": "good", "waiting": "poor"},
    "finding": "窗口无人",
    "lat": 36.6,
    "long": 117.0,
    "photos": ["照片1"],
}
SNAP = {"title": "井盖破损", "content": "缺了一角", "address": "建设路口", "phone": "13811112222"}


def _code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def _ok(answer: Any) -> Any:
    found = await answer
    assert found.status_code in {200, 201}, found.text
    return found.json()


async def test_the_way_of_a_survey(client_as: ClientAs, build: Build) -> None:
    await register(build)
    supervisor, observer = client_as("supervisor"), client_as("observer")
    draft = await _ok(supervisor.post(SURVEYS, DRAFT))
    path = f"{SURVEYS}/{draft['id']}"
    assert _code(await observer.get(path)) == (404, "survey-not-found")
    changed = await _ok(supervisor.put(path, {**DRAFT, "title": "年度监督评议"}))
    assert (changed["title"], changed["version"]) == ("年度监督评议", 2)
    assert _code(await supervisor.post(f"{path}/publish", {"expected_version": 1})) == (
        *(409, "stale-record"),
    )
    await _ok(supervisor.post(f"{path}/publish", {}))
    assert _code(await supervisor.put(path, DRAFT)) == (409, "survey-state")
    (listed,) = (await _ok(observer.get(SURVEYS)))["items"]
    assert (listed["asked"], listed["answered"]) == (4, 0)
    answers = f"{path}/answers/chengguan"
    given = await _ok(observer.put(answers, {"values": [5, True, None]}))
    assert given["version"] == 1
    assert _code(await observer.put(answers, {"values": [4, True, None]})) == (
        *(409, "survey-already-answered"),
    )
    changed = await _ok(
        observer.put(answers, {"values": [4, True, "多开窗口"], "expected_version": 1})
    )
    assert changed["version"] == 2
    for values in ([9, True, None], [4, 1, None], ["4", True, None]):
        wrong = await observer.put(answers, {"values": values, "expected_version": 2})
        assert _code(wrong) == (422, "invalid-answer")
    personal = {"values": [4, True, f"请打{PHONE}"], "expected_version": 2}
    assert _code(await observer.put(answers, personal)) == (422, "personal-data-in-words")
    mine = (await _ok(observer.get(path)))["answers"]
    assert [one["values"] for one in mine if one["version"]] == [[4, True, "多开窗口"]]
    assert (await _ok(supervisor.get(f"{path}/results")))["items"] == []
    await _ok(supervisor.post(f"{path}/close", {}))
    first, *others = (await _ok(supervisor.get(f"{path}/results")))["items"]
    assert (first["department"]["code"], first["score"], first["n"]) == ("chengguan", 87.5, 1)
    assert first["questions"][2]["words"] == ["多开窗口"]
    assert all(one["score"] is None for one in others)
    late = await observer.put(answers, {"values": [1, False, None], "expected_version": 2})
    assert _code(late) == (409, "survey-over")
    scores = (await _ok(supervisor.get("/api/v1/observers/scores", year=2026)))["items"]
    assert [one["score"] for one in scores if one["department"]["code"] == "chengguan"] == [87.5]


async def test_the_register_and_the_own_card(client_as: ClientAs, build: Build) -> None:
    supervisor, observer = client_as("supervisor"), client_as("observer")
    assert _code(await observer.get("/api/v1/observers/me")) == (404, "observer-not-registered")
    made = await _ok(
        supervisor.post(
            "/api/v1/observers",
            {
                "username": "observer",
                "nickname": "望山",
                "category": "media",
                "valid_until": "2027-03-01",
            },
        )
    )
    card = await _ok(observer.get("/api/v1/observers/me"))
    assert (card["number"], card["is_valid"]) == (made["number"], True)
    conflict = await _ok(
        observer.post(
            "/api/v1/observers/me/conflicts", {"department": "zhujian", "reason": "family"}
        )
    )
    asked = await survey(build)
    path = f"{SURVEYS}/{asked.id}/answers/zhujian"
    refused = await observer.put(path, {"values": [1, False, None]})
    assert _code(refused) == (403, "observer-recused")
    lifted = await supervisor.post(
        f"/api/v1/observers/conflicts/{conflict['id']}/lift", {"reason": "已不相关"}
    )
    assert lifted.status_code == 204
    await _ok(observer.put(path, {"values": [1, False, None]}))
    listed = (await _ok(supervisor.get("/api/v1/observers")))["items"]
    assert [one["username"] for one in listed] == ["observer"]
    ended = await _ok(
        supervisor.post(f"/api/v1/observers/{made['id']}/end", {"reason": "聘期届满"})
    )
    assert (ended["is_valid"], ended["end_reason"]) == (False, "聘期届满")
    refused = await observer.put(path, {"values": [2, False, None], "expected_version": 1})
    assert _code(refused) == (403, "observer-card-not-valid")
    renewed = {"category": "expert", "valid_until": "2028-03-01"}
    again = await _ok(supervisor.put(f"/api/v1/observers/{made['id']}", renewed))
    assert (again["is_valid"], again["category"]) == (True, "expert")


async def test_the_way_of_a_finding(client_as: ClientAs, build: Build) -> None:
    observer = await register(build)
    clients: dict[str, Client] = {
        name: client_as(name) for name in ("supervisor", "observer", "leader.chengguan")
    }
    planned = await _ok(
        clients["supervisor"].post(
            f"{VISITS}/plan",
            {"observer": str(observer.id), "department": "zhujian", "due_on": "2026-03-05"},
        )
    )
    record = {name: value for name, value in RECORD.items() if name != "department"}
    done = await _ok(clients["observer"].post(f"{VISITS}/{planned['id']}/record", record))
    assert (done["is_overdue"], done["finding_state"]) == (False, "open")
    made = await _ok(clients["observer"].post(VISITS, RECORD))
    tally = (await _ok(clients["supervisor"].get(VISITS)))["tally"]
    assert (tally["asked"], tally["on_time"], tally["own"], tally["rate"]) == (1, 1, 1, 1.0)
    path = f"{FINDINGS}/{made['finding_id']}"
    leader = clients["leader.chengguan"]
    (line,) = (await _ok(leader.get(FINDINGS)))["items"]
    assert line["observer"] == f"{observer.number} 望山"
    assert _code(await client_as("leader.jiaotong").get(path)) == (404, "finding-not-found")
    await _ok(leader.post(f"{path}/answer", {"text": "已增派", "photos": ["照片2"]}))
    assert _code(await leader.post(f"{path}/confirm", {"explanation": "好"})) == (
        *(403, "permission-denied"),
    )
    await _ok(clients["observer"].post(f"{path}/send-back", {"reason": "还是没人"}))
    await _ok(leader.post(f"{path}/answer", {"text": "已调整"}))
    ended = await _ok(clients["observer"].post(f"{path}/confirm", {"explanation": "有人了"}))
    assert [(one["step"], one["by"]) for one in ended["steps"]] == [
        ("found", f"{observer.number} 望山"),
        ("answered", "chengguan"),
        ("sent_back", f"{observer.number} 望山"),
        ("answered", "chengguan"),
        ("confirmed", f"{observer.number} 望山"),
    ]
    late = await clients["supervisor"].post(f"{path}/set-aside", {"reason": "晚了"})
    assert _code(late) == (409, "finding-state")
    wrong = await clients["observer"].post(VISITS, {**RECORD, "long": None})
    assert _code(wrong) == (422, "invalid-observer-visit")


async def test_a_report_is_followed_without_its_words(client_as: ClientAs, build: Build) -> None:
    await register(build)
    observer = client_as("observer")
    key = str(uuid.uuid4())
    sent = await _ok(observer.post(SNAPS, {**SNAP, "key": key}))
    again = await _ok(observer.post(SNAPS, {**SNAP, "key": key}))
    assert sent["number"] == again["number"]
    await build.do(Action.ACCEPT, sent["number"], promise=SPOKEN)
    await build.do(Action.DISPATCH, sent["number"], note=SPOKEN)
    await build.do(Action.SIGN, sent["number"])
    await build.do(Action.URGE, sent["number"], note=SPOKEN)
    shown = await observer.get(f"{SNAPS}/{sent['number']}")
    body = shown.json()
    assert (body["status"], body["steps"][0]["step"]) == ("processing", "submit")
    for secret in ("13811112222", PHONE, "城管", "一天内", "请打"):
        assert secret not in shown.text
    assert (await observer.get(f"/api/v1/tickets/{sent['number']}")).status_code == 403
    assert _code(await observer.get(f"{SNAPS}/{await build.ticket()}")) == (404, "snap-not-found")


async def test_observers_find_no_person_anywhere(
    client_as: ClientAs, app: Litestar, build: Build
) -> None:
    """Every address that can be read: no requester, no name of staff, no ticket but the own reports."""
    observer = await register(build)
    number = (await build.create(title=SPOKEN[:60], content=SPOKEN)).number
    await build.do(Action.ACCEPT, number, promise=SPOKEN)
    await build.follow(number, Action.DISPATCH, Action.SIGN)
    assert (await build.find(number)).status is Status.PROCESSING
    client = client_as("observer")
    visit = await _ok(client.post(VISITS, RECORD))
    await _ok(
        client_as("leader.chengguan").post(
            f"{FINDINGS}/{visit['finding_id']}/answer", {"text": "已改"}
        )
    )
    asked = await survey(build)
    staff = {
        person.display_name for name, person in build.city.people.items() if name != "observer"
    }
    seen = 0
    for address in readable_paths(app, number):
        path = address
        for name, key in (
            ("{observer_id:uuid}", observer.id),
            ("{survey_id:uuid}", asked.id),
            ("{visit_id:uuid}", visit["id"]),
            ("{finding_id:uuid}", visit["finding_id"]),
        ):
            path = path.replace(name, str(key))
        answer = await client.get(path)
        assert answer.status_code in {200, 403, 404}, path
        for secret in (PHONE, NAME, *staff):
            assert secret not in answer.text, f"{path}: {secret}"
        if answer.status_code == 200:
            # A refusal says again which ticket was asked for; an answer must not know of it.
            assert number not in answer.text, path
            seen += 1
    assert seen > 10
