"""Appeals and repairs over the interface."""

from datetime import timedelta
from typing import Any

from credit.appeals.errors import AppealNotFound
from credit.freezing import begin_notice, freeze
from credit.ledger import Measure
from credit.periods import Period
from tests.support.builders import Build
from tests.support.clients import Client, ClientAs
from tests.support.credit_rows import as_peers, happened, shanghai, worked

CREDIT = "/api/v1/credit"
CASE = {"grounds": "facts_wrong", "text": "现场照片早于通报", "evidence": ["照片三张"]}


async def _done(client: Client, path: str, body: object, status: int = 200) -> Any:
    answer = await client.post(path, body)
    assert answer.status_code == status, answer.text
    return answer.json()


def _code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_an_appeal_through_both_levels(client_as: ClientAs, build: Build) -> None:
    entry = await happened(build, "chengguan", "milestone_missed")
    leader, auditor = client_as("leader.chengguan"), client_as("auditor")
    events = f"{CREDIT}/events/{entry.id}"
    stranger = client_as("leader.huanbao")
    assert _code(await stranger.post(f"{events}/appeals", CASE)) == (404, "credit-entry-not-found")
    made = await _done(leader, f"{events}/appeals", CASE, 201)
    assert (made["state"], made["duty"]) == ("first", "first_decision")
    assert [step["step"] for step in made["steps"]] == ["appealed", "marked"]
    assert _code(await leader.post(f"{events}/appeals", CASE)) == (409, "credit-appeal-open")
    path = f"{CREDIT}/appeals/{made['id']}"
    assert _code(await stranger.get(path)) == (404, AppealNotFound.code)
    no = {"uphold": False, "explanation": "照片时间不符", "expected_version": made["version"]}
    first = await _done(auditor, f"{path}/decide-appeal", no)
    assert (first["state"], first["due_at"]) == ("refused", None)
    stale = await client_as("supervisor").post(f"{path}/decide-appeal", no)
    assert _code(stale) == (409, "stale-credit-case")
    second = await _done(leader, f"{path}/second-level", {"text": "照片有系统时间戳"})
    assert second["duty"] == "second_decision"
    yes = {"uphold": True, "explanation": "时间戳属实"}
    assert _code(await auditor.post(f"{path}/decide-appeal", yes)) == (
        403,
        "credit-appeal-other-level",
    )
    assert (await _done(client_as("authority"), f"{path}/decide-appeal", yes))["state"] == "upheld"
    again = await client_as("authority.second").post(f"{path}/decide-appeal", yes)
    assert _code(again) == (409, "credit-appeal-state")


async def test_the_desk_by_deadline_with_a_cursor(client_as: ClientAs, build: Build) -> None:
    keys = []
    for unit in ("chengguan", "zhujian", "jiaotong"):
        entry = await happened(build, unit, "milestone_missed")
        made = await _done(
            client_as(f"leader.{unit}"), f"{CREDIT}/events/{entry.id}/appeals", CASE, 201
        )
        keys.append(made["id"])
        build.clock.set(build.clock.now() + timedelta(hours=2))
    auditor = client_as("auditor")
    for asked, expected in (({"waits": "true"}, keys), ({}, keys[::-1])):
        found, cursor = [], None
        while True:
            more: dict[str, str] = {"cursor": cursor} if cursor else {}
            page = (await auditor.get(f"{CREDIT}/appeals", limit=2, **asked, **more)).json()
            found += [line["id"] for line in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert found == expected
    own = (await client_as("handler.zhujian").get(f"{CREDIT}/appeals")).json()
    assert [line["department"]["code"] for line in own["items"]] == ["zhujian"]
    bad = await auditor.get(f"{CREDIT}/appeals", cursor="x")
    assert _code(bad) == (422, "invalid-cursor")


async def test_a_repair_by_two_persons(client_as: ClientAs, build: Build) -> None:
    entry = await happened(build, "chengguan", "milestone_missed")
    leader = client_as("leader.chengguan")
    path = f"{CREDIT}/events/{entry.id}/repairs"
    body = {"cure": "已更换责任人", "evidence": ["验收单"], "pledge": "不再发生"}
    assert _code(await leader.post(path, body)) == (409, "credit-repair-too-early")
    build.clock.set(build.clock.now() + timedelta(days=100))
    assert _code(await leader.post(path, {"cure": "已整改"})) == (
        422,
        "credit-repair-proof-missing",
    )
    made = await _done(leader, path, body, 201)
    path = f"{CREDIT}/repairs/{made['id']}"
    check = {"passed": True, "visit": "电话回访", "finding": "属实"}
    assert (await _done(client_as("visitor"), f"{path}/check-repair", check))["is_good"] is True
    yes = {"approve": True, "explanation": "同意"}
    supervisor = client_as("supervisor")
    put_off = await _done(supervisor, f"{path}/put-off-repair", {"reason": "需复核"})
    assert put_off["due_at"] > made["due_at"]
    assert (await _done(supervisor, f"{path}/decide-repair", yes))["state"] == "granted"
    assert _code(await supervisor.post(f"{path}/decide-repair", yes)) == (
        409,
        "credit-repair-state",
    )
    lied = {"words": "验收单系伪造"}
    doubted = await _done(client_as("auditor"), f"{path}/report-false-statement", lied)
    assert doubted["is_doubted"] is True
    found = {"confirm": True, "explanation": "查实"}
    assert (await _done(supervisor, f"{path}/decide-false-statement", found))["state"] == "false"
    listed = (await client_as("admin").get(f"{CREDIT}/repairs", state="false")).json()
    assert [line["event_code"] for line in listed["items"]] == ["milestone_missed"]


async def test_an_objection_to_a_figure(client_as: ClientAs, build: Build) -> None:
    await as_peers(build)
    build.clock.set(shanghai(2026, 3, 10))
    measures = (Measure.BASE, Measure.PROMISE)
    made = await worked(build, "chengguan", shanghai(2026, 3, 9), failed=1, measures=measures)
    build.clock.set(shanghai(2026, 4, 1, 1))
    path = f"{CREDIT}/periods/2026-Q1/objections"
    late = next(one.ticket_number for one in made if one.measure is Measure.PROMISE and not one.k)
    body = {**CASE, "indicator": "promise", "tickets": [late]}
    leader = client_as("leader.chengguan")
    assert _code(await leader.post(path, body)) == (409, "credit-period-not-in-notice")
    async with build.acting("supervisor") as tx:
        await freeze(tx, Period.parse("2026-Q1"))
        await begin_notice(tx, "2026-Q1")
    assert _code(await leader.post(path, {**body, "tickets": ["2603019999999"]})) == (
        422,
        "credit-ticket-not-counted",
    )
    found = await _done(leader, path, body, 201)
    assert (found["period"], found["indicator"], found["tickets"]) == ("2026-Q1", "promise", [late])
    assert [effect["period"] for effect in found["effects"]] == ["2026-Q1"]
    taken_back = await _done(leader, f"{CREDIT}/appeals/{found['id']}/withdraw-appeal", {})
    assert taken_back["state"] == "withdrawn"
