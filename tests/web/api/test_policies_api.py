"""Policies by the interface: try, publish, compare, roll back, switch, restore, re-apply."""

from datetime import timedelta
from typing import Any

from hotline.tickets.lifecycle import Status
from tests.support.builders import Build
from tests.support.clients import TICKETS, ClientAs
from tests.support.clock import MONDAY, FrozenClock

POLICIES = "/api/v1/sla/policies"
FAST = f"{POLICIES}/fast-24"


async def body_of(client_as: ClientAs, code: str = "fast-24", **clocks: Any) -> dict[str, Any]:
    """What would publish the newest version once more, with some clocks changed."""
    rows = (await client_as("admin").get(POLICIES)).json()["items"]
    row = next(row for row in rows if row["code"] == code)
    kept = {
        name: row[name]
        for name in ("code", "name", "match", "clocks", "return_window", "is_active")
    }
    kept["clocks"] = {kind: rule | clocks.get(kind, {}) for kind, rule in row["clocks"].items()}
    return kept


async def test_everything_a_policy_has_comes_back(client_as: ClientAs) -> None:
    admin = client_as("admin")
    sent = {
        "code": "whole",
        "name": "全部",
        "match": {"urgency": ["p3"], "category": ["urban"], "secret": True},
        "clocks": {
            **(await body_of(client_as))["clocks"],
            "complete": {
                "limit": "P5D",
                "calendar": "working",
                "warnings": ["P1D", "PT2H"],
                "by_type": {"consult": "P2D"},
                "beyond": {
                    "urge": {"after": "PT4H", "times": 2},
                    "order": {"after": 0.25},
                },
            },
            "accept": {
                "limit": "PT30M",
                "calendar": "natural",
                "warnings": [0.5, 0.9],
                "beyond": {},
            },
        },
        "return_window": "PT3H",
        "is_active": False,
    }
    answer = await admin.post(POLICIES, sent)
    assert answer.status_code == 201, answer.text
    got = answer.json()
    assert {name: got[name] for name in sent} == sent
    assert (got["version"], got["is_default"], got["created_by"]) == (1, False, "admin")


async def test_a_version_says_what_it_changed(client_as: ClientAs) -> None:
    admin = client_as("admin")
    await admin.post(POLICIES, await body_of(client_as, accept={"limit": "PT20M"}))
    newest, first = (await admin.get(f"{FAST}/versions")).json()["items"]
    assert newest["changes"] == [
        {"part": "clocks.accept.limit", "before": "PT30M", "after": "PT20M"}
    ]
    assert first["changes"] is None
    back = await admin.post(f"{FAST}/rollback", {"version": 1})
    assert (back.status_code, back.json()["version"]) == (201, 3)
    assert back.json()["clocks"]["accept"]["limit"] == "PT30M"
    missing = await admin.post(f"{FAST}/rollback", {"version": 7})
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown-policy")
    assert (await admin.get(f"{POLICIES}/nothing/versions")).json()["items"] == []


async def test_switched_off_and_restored(client_as: ClientAs) -> None:
    admin = client_as("admin")
    off = await admin.post(f"{POLICIES}/p0/switch", {"is_active": False})
    assert (off.json()["is_active"], off.json()["version"]) == (False, 2)
    refused = await admin.post(f"{FAST}/switch", {"is_active": False})
    assert (refused.status_code, refused.json()["code"]) == (409, "default-policy-needed")
    restored = await admin.post(f"{POLICIES}/p0/restore")
    assert (restored.json()["is_active"], restored.json()["version"]) == (False, 3)


async def test_a_preview_and_what_follows(
    client_as: ClientAs, build: Build, clock: FrozenClock
) -> None:
    admin = client_as("admin")
    number = await build.ticket(Status.PROCESSING)
    clock.move(hours=10)
    body = await body_of(client_as, complete={"limit": "PT4H"})
    preview = (await admin.post(f"{POLICIES}/preview", body)).json()
    assert preview["open_count"] == 1
    assert preview["new_tickets"] == {
        "days": 7,
        "submitted": 1,
        "under": 1,
        "taken": 0,
        "left": 0,
    }
    (item,) = preview["items"]
    assert item["number"] == number
    assert item["policy"] == {"code": "fast-24", "version": 1}
    assert item["new_policy"] == {"code": "fast-24", "version": 2}
    (move,) = item["clocks"]
    assert (move["kind"], move["gained_seconds"]) == ("complete", -14 * 3600)
    assert (move["is_overdue_at_once"], move["was_overdue"]) == (True, False)
    assert (move["limit_seconds"], move["new_limit_seconds"]) == (86400, 14400)
    assert item["new_promise_due_at"] == move["new_due_at"]

    await admin.post(POLICIES, body)
    due_at = (await admin.get(f"{TICKETS}/{number}")).json()["due_at"]
    assert due_at == move["due_at"]
    dry = (await admin.post(f"{FAST}/reapply", {"reason": "试算"})).json()
    assert dry["dry_run"] is True
    assert [found["number"] for found in dry["preview"]["items"]] == [number]
    assert (await admin.get(f"{TICKETS}/{number}")).json()["due_at"] == due_at

    answer = await admin.post(f"{FAST}/reapply", {"reason": "新规施行", "dry_run": False})
    assert answer.json() == {
        "dry_run": False,
        "preview": None,
        "changed": 1,
        "unchanged": 0,
        "failures": [],
        "remaining": 0,
        "next_cursor": None,
    }
    assert (await admin.get(f"{TICKETS}/{number}")).json()["due_at"] == move["new_due_at"]
    timeline = (await admin.get(f"{TICKETS}/{number}/timeline")).json()["items"]
    assert (timeline[-1]["action"], timeline[-1]["text"]) == ("reapply_policy", "新规施行")


async def test_many_tickets_go_on_by_the_cursor(client_as: ClientAs, build: Build) -> None:
    admin = client_as("admin")
    numbers = [await build.ticket() for _ in range(3)]
    closed = await build.ticket(Status.CLOSED)
    await admin.post(POLICIES, await body_of(client_as, accept={"limit": "PT2H"}))
    words = {"reason": "新规施行", "dry_run": False}
    first = (await admin.post(f"{FAST}/reapply", {**words, "limit": 2})).json()
    assert (first["changed"], first["remaining"], first["next_cursor"]) == (2, 1, numbers[1])
    rest = await admin.post(f"{FAST}/reapply", {**words, "cursor": first["next_cursor"]})
    assert (rest.json()["changed"], rest.json()["next_cursor"]) == (1, None)
    named = (await admin.post(f"{FAST}/reapply", {**words, "tickets": [numbers[0], closed]})).json()
    assert (named["changed"], named["unchanged"]) == (0, 1)
    (failure,) = named["failures"]
    assert (failure["number"], failure["code"]) == (closed, "illegal-transition")
    assert failure["detail"]
    for wrong in ({}, {"reason": ""}, {"reason": "x", "limit": 0}, {"reason": "x", "more": 1}):
        assert (await admin.post(f"{FAST}/reapply", wrong)).status_code == 422
    unknown = await admin.post(f"{POLICIES}/nothing/reapply", {"reason": "x"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown-policy")


async def test_what_is_wrong_is_said_in_the_readers_language(client_as: ClientAs) -> None:
    admin = client_as("admin")
    body = await body_of(client_as, complete={"warnings": [0.9, 0.5]})
    for path in (POLICIES, f"{POLICIES}/preview"):
        spoken = await admin.request("POST", path, json=body, headers={"accept-language": "zh-CN"})
        assert spoken.status_code == 422
        assert spoken.json()["detail"] == (
            "时限策略无效：办结的预警须在 0 和 1 之间递增，现为 0.9 和 0.5"
        )
        assert "must rise" in spoken.json()["params"]["problem"]


async def test_an_open_ticket_is_reclassified(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket()
    body = {"reason": "有人受伤", "urgency": "p0", "category": "urban.roads"}
    answer = await client_as("operator").act(number, "reclassify", **body)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["urgency"], answer.json()["category"]["code"]) == ("p0", "urban.roads")
    assert answer.json()["due_at"] == (MONDAY + timedelta(minutes=5)).isoformat().replace(
        "+00:00", "Z"
    )
    again = await client_as("operator").act(number, "reclassify", **body)
    assert (again.status_code, again.json()["code"]) == (422, "nothing-changes")
