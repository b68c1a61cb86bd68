"""Trying a policy on the past over the wire, and a ticket's time taken apart."""

from datetime import timedelta
from typing import Any

import pytest

from hotline.sla.codec import policy_to_json
from hotline.tickets.lifecycle import Action, State, Status
from tests.db.hotline.tickets.test_simulating import FAST, closed
from tests.support.builders import ROADS, Build
from tests.support.clients import TICKETS, ClientAs

SIMULATE = "/api/v1/sla/simulate"


def body(complete: str = "PT8H", **more: Any) -> dict[str, Any]:
    definition = policy_to_json(FAST)
    definition["clocks"]["complete"] = {"limit": complete}
    return {
        "from": "2026-03-01",
        "to": "2026-03-31",
        "policy": {"code": "fast-24", "name": "试行", **definition},
        **more,
    }


async def test_a_policy_is_tried_on_the_past(client_as: ClientAs, build: Build) -> None:
    number = await closed(build, 10)
    answer = await client_as("supervisor").post(SIMULATE, body())
    assert answer.status_code == 200, answer.text
    result = answer.json()
    assert (result["policy"], result["tickets"]) == ("fast-24", 1)
    (work,) = [line for line in result["kinds"] if line["clock"] == "complete"]
    assert work["tally"] == {
        "was": {"kept": 1, "broken": 0, "open": 0},
        "would": {"kept": 0, "broken": 1, "open": 0},
        "newly_kept": [],
        "newly_broken": [number],
    }
    assert {line["department"] for line in result["departments"]} == {"chengguan", "hotline"}
    assert (
        sum(line["tally"]["was"]["kept"] for line in result["lines"])
        == (result["total"]["was"]["kept"])
    )
    policies = (await client_as("admin").get("/api/v1/sla/policies")).json()["items"]
    assert {policy["version"] for policy in policies} == {1}


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": "2026-02-01"},
        {"from": "1900-01-01"},
        {"to": "9999-12-31"},
        {"from": "yesterday"},
        {"policy": {"code": "own", "name": "x", "clocks": {}}},
    ],
)
async def test_what_cannot_be_tried_is_said(client_as: ClientAs, wrong: dict[str, Any]) -> None:
    answer = await client_as("admin").post(SIMULATE, {**body(), **wrong})
    assert answer.status_code == 422, answer.text


async def test_a_ticket_tells_its_time(client_as: ClientAs, build: Build) -> None:
    number = (await build.create()).number
    build.clock.move(minutes=10)
    await build.follow(number, *ROADS[State(Status.DISPATCHED)], timedelta(hours=2))
    await build.follow(number, Action.REQUEST_RETURN, timedelta(minutes=30), Action.DECIDE_RETURN)
    build.clock.move(hours=1)
    reader = client_as("handler.chengguan")
    ticket = (await reader.get(f"{TICKETS}/{number}")).json()
    assert ticket["elapsed"] == {"total": "PT3H40M0S", "holder": "PT3H0M0S"}
    told = (await reader.get(f"{TICKETS}/{number}/clocks")).json()
    assert told["elapsed"] == ticket["elapsed"]
    assert [(hop["department"], hop["post"], hop["length"]) for hop in told["hops"]] == [
        ("hotline", "acceptance_desk", "PT0H10M0S"),
        ("chengguan", "department_duty", "PT2H0M0S"),
        ("hotline", "dispatch_desk", "PT0H30M0S"),
        ("chengguan", "department_duty", "PT1H0M0S"),
    ]
    (own,) = [share for share in told["shares"] if share["department"] == "chengguan"]
    assert own == {"department": "chengguan", "held": "PT3H0M0S", "responsible": "PT3H30M0S"}
    work = next(clock for clock in told["items"] if clock["kind"] == "complete")
    why = work["explanation"]
    assert (why["used"], why["remaining"], why["limit"]) == (
        "PT3H30M0S",
        "PT20H30M0S",
        "PT24H0M0S",
    )
    assert [(piece["kind"], piece["counted"], piece["reason"]) for piece in why["slices"]] == [
        ("running", "PT2H0M0S", None),
        ("charged", "PT0H30M0S", "request_return"),
        ("running", "PT1H0M0S", "decide_return"),
    ]
    assert {rung["fate"] for rung in why["rungs"]} == {"ahead"}
    assert "fast-24" in why["summary"]
