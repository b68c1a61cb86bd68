"""The dispatch catalogue by the interface: publish, try, ask, dispatch directly, count."""

from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import Build
from tests.support.clients import ClientAs

CATALOGUE = "/api/v1/catalogue"
ENTRY = {
    "category": "urban",
    "department": "chengguan",
    "co_departments": ["zhujian"],
    "basis": "三定方案",
    "is_sure": True,
}


async def _publish(client_as: ClientAs, **more: object) -> int:
    body = {"entries": [ENTRY], "is_direct": True, "note": "试行", **more}
    answer = await client_as("admin").post(CATALOGUE, body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["version"])


async def test_versions_are_published_read_and_rolled_back(client_as: ClientAs) -> None:
    admin, reader = client_as("admin"), client_as("dispatcher")
    empty = (await reader.get(CATALOGUE)).json()
    assert (empty["version"], empty["entries"]) == (0, [])
    assert await _publish(client_as) == 1
    assert await _publish(client_as, entries=[], is_direct=False) == 2
    found = (await reader.get(CATALOGUE, version=1)).json()
    assert found["entries"][0] | ENTRY == found["entries"][0]
    assert found["created_by"] == "admin"
    back = await admin.post(f"{CATALOGUE}/rollback", {"version": 1, "note": "恢复"})
    assert (back.status_code, back.json()["version"]) == (201, 3)
    versions = (await reader.get(f"{CATALOGUE}/versions")).json()["items"]
    assert [(v["version"], v["count"], v["note"]) for v in versions] == [
        (3, 1, "恢复"),
        (2, 0, "试行"),
        (1, 1, "试行"),
    ]
    unknown = await reader.get(CATALOGUE, version=9)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown-catalogue-version")


async def test_what_cannot_be_published_says_which_row(client_as: ClientAs) -> None:
    wrong = {**ENTRY, "category": "nowhere"}
    admin = client_as("admin")
    refused = await admin.post(CATALOGUE, {"entries": [ENTRY, wrong], "note": "x"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-catalogue")
    assert "2 unknown_category nowhere" in refused.json()["detail"]
    tried = (await admin.post(f"{CATALOGUE}/preview", {"entries": [ENTRY, wrong]})).json()
    assert tried["faults"] == [{"row": 2, "kind": "unknown_category", "value": "nowhere"}]


async def test_a_draft_is_tried(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    tried = (await client_as("admin").post(f"{CATALOGUE}/preview", {"entries": [ENTRY]})).json()
    assert (tried["dispatched"], tried["moved"]) == (1, 1)
    assert tried["items"] == [
        {"ticket": number, "went_to": "chengguan", "before": None, "after": "chengguan"}
    ]


async def test_whose_duty_a_matter_is(client_as: ClientAs, build: Build) -> None:
    await _publish(client_as)
    told = await client_as("supervisor").get(f"{CATALOGUE}/propose", category="urban.roads")
    body = told.json()
    assert (body["department"], body["co_departments"]) == ("chengguan", ["zhujian"])
    assert (body["is_sure"], body["is_direct"], body["version"]) == (True, True, 1)
    number = await build.ticket(Status.ACCEPTED, secret=True)
    proposal = await client_as("operator").get(f"/api/v1/tickets/{number}/proposal")
    assert proposal.json()["doubts"] == ["requester_secret"]
    assert proposal.json()["entry"]["basis"] == "三定方案"
    missing = await client_as("operator").get("/api/v1/tickets/2603029999990/proposal")
    assert missing.status_code == 404


async def test_direct_dispatch_is_offered_only_where_it_is_sure(
    client_as: ClientAs, build: Build
) -> None:
    operator = client_as("operator")
    number = await build.ticket(Status.ACCEPTED)
    path = f"/api/v1/tickets/{number}/actions"
    assert "direct_dispatch" not in (await operator.get(path)).json()["items"]
    refused = await operator.act(number, "direct-dispatch")
    assert (refused.status_code, refused.json()["code"]) == (409, "direct-dispatch-impossible")
    await _publish(client_as)
    assert "direct_dispatch" in (await operator.get(path)).json()["items"]
    done = await operator.act(number, "direct-dispatch", note="请先联系诉求人")
    assert done.json()["status"] == "dispatched"
    both = await build.ticket()
    accepted = await operator.act(both, "accept", promise="一天内修好", and_dispatch=True)
    assert accepted.json()["status"] == "dispatched"


async def test_a_deviation_and_a_guard_ask_for_their_reasons(
    client_as: ClientAs, build: Build
) -> None:
    admin, dispatcher = client_as("admin"), client_as("dispatcher")
    street = {"name": "某街道", "name_en": "Street", "level": "street"}
    kept = await admin.put("/api/v1/departments/huanbao", street)
    assert kept.json()["level"] == "street"
    same = await admin.put("/api/v1/departments/huanbao", {"name": "某街道", "name_en": "Street"})
    assert same.json()["level"] == "street"  # what is not said stays as it is
    await _publish(client_as, entries=[ENTRY | {"min_level": "district"}])
    number = await build.ticket(Status.ACCEPTED)
    away = await dispatcher.act(number, "dispatch", department="huanbao")
    assert (away.status_code, away.json()["code"]) == (422, "deviation-needs-reason")
    low = await dispatcher.act(number, "dispatch", department="huanbao", deviation="就近处置")
    assert (low.status_code, low.json()["code"]) == (409, "grassroots-guard")
    done = await dispatcher.act(
        number, "dispatch", department="huanbao", deviation="就近处置", override_reason="街道同意"
    )
    assert done.status_code == 200


async def test_accuracy_is_counted(client_as: ClientAs, build: Build) -> None:
    await _publish(client_as)
    await build.ticket(Status.PROCESSING)
    wrong = await build.ticket(Status.DISPATCHED)
    await build.do(Action.REQUEST_RETURN, wrong)
    await build.do(Action.DECIDE_RETURN, wrong, uphold=True, department="jiaotong")
    build.clock.move(hours=30)
    body = (await client_as("authority").get(f"{CATALOGUE}/accuracy")).json()
    assert (body["judged"], body["right"]) == (2, 1)
    assert body["items"] == [
        {"month": "2026-03", "road": "desk", "category": "urban", "judged": 2, "right": 1}
    ]
