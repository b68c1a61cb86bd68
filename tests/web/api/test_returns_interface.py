"""Disputed assignments by the interface: asked, decided, disputed, listed; and what is refused."""

from typing import Any

import pytest

from hotline.tickets.lifecycle import Action, Hold, Status
from tests.support.builders import Build
from tests.support.clients import ACTION_BODIES, ClientAs

RETURNS = "/api/v1/returns"
TICKETS = "/api/v1/tickets"


async def test_a_dispute_from_end_to_end(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    leader, dispatcher = client_as("leader.chengguan"), client_as("dispatcher")
    authority = client_as("authority")
    asked = await leader.act(
        number,
        "request-return",
        reason="wrong_area",
        suggested_department="jiaotong",
        explanation="道路属交通部门养护",
        legal_basis="公路法第八条",
        evidence=["养护协议", "现场照片"],
    )
    assert (asked.status_code, asked.json()["hold"]) == (200, "return_review")
    [row] = (await dispatcher.get(RETURNS, state="pending")).json()["items"]
    assert (row["ticket"], row["department"]["code"]) == (number, "chengguan")
    assert (row["reason"], row["suggested_department"]["code"]) == ("wrong_area", "jiaotong")
    assert (row["legal_basis"], row["evidence"]) == ("公路法第八条", ["养护协议", "现场照片"])
    assert (row["leader"], row["bounce"]) == ("leader.chengguan先生", 1)
    assert (row["state"], row["level"], row["decision"]) == ("pending", "dispatcher", None)
    assert (row["window_closes_at"], row["due_at"]) == (
        "2026-03-02T03:00:00Z",
        "2026-03-02T03:00:00Z",
    )
    build.clock.move(minutes=30)
    await dispatcher.act(number, "decide-return", uphold=False, explanation="协议已到期")
    actions = (await leader.get(f"{TICKETS}/{number}/actions")).json()["items"]
    assert "dispute_return" in actions
    assert "request_return" not in actions
    disputed = await leader.act(number, "dispute-return", explanation="协议已续签")
    assert (disputed.status_code, disputed.json()["hold"]) == (200, "arbitration")
    assert disputed.json()["status"] == "processing"
    [row] = (await authority.get(RETURNS, level="arbitration")).json()["items"]
    assert (row["state"], row["decision"]) == ("refused", "协议已到期")
    assert (row["arbitration"], row["disputed"]) == (None, "PT0H30M0S")
    decided = await authority.act(
        number, "decide-arbitration", department="jiaotong", explanation="以续签协议为准"
    )
    body = decided.json()
    assert (body["status"], body["designated"], body["bounce_count"]) == ("dispatched", True, 1)
    [row] = (await leader.get(RETURNS)).json()["items"]
    assert (row["arbitration"], row["next_department"]["code"]) == ("以续签协议为准", "jiaotong")
    figures = (await authority.get(f"{RETURNS}/figures")).json()
    assert figures == {
        "pending": 0,
        "overdue": 0,
        "upheld": 0,
        "rejected": 1,
        "upheld_share": 0.0,
        "bounced": 0,
    }


async def test_the_promised_body_is_enough(client_as: ClientAs, build: Build) -> None:
    """What the interface has promised from the beginning asks for no more than it did."""
    number = await build.ticket(Status.DISPATCHED)
    body = {
        "reason": "not_my_duty",
        "suggested_department": "jiaotong",
        "explanation": "属于交通部门",
    }
    answer = await client_as("handler.chengguan").act(number, "request-return", **body)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        {"explanation": ""},
        {"explanation": "   "},
        {"explanation": None},
        {"reason": "too_hard"},
        {"reason": "cannot_solve"},
        {"suggested_department": ""},
        {"suggested_department": None},
        {"suggested_department": "nobody"},
        {"suggested_department": "chengguan"},
        {"suggested_department": "hotline"},
        {"leader": "某" * 81},
        {"legal_basis": "法" * 301},
        {"evidence": ["照片"] * 51},
        {"evidence": [""]},
        {"evidence": "照片"},
        {"bounce": 0},
    ],
)
async def test_what_is_no_return(client_as: ClientAs, build: Build, given: dict[str, Any]) -> None:
    number = await build.ticket(Status.DISPATCHED)
    body = {**ACTION_BODIES["request-return"], **given}
    answer = await client_as("handler.chengguan").act(number, "request-return", **body)
    assert answer.status_code == 422, answer.text
    assert (await build.find(number)).hold is None


async def test_every_refusal_has_its_code(client_as: ClientAs, build: Build) -> None:
    handler, leader = client_as("handler.chengguan"), client_as("leader.chengguan")
    dispatcher = client_as("dispatcher")
    ask = ACTION_BODIES["request-return"]

    async def code(answer: Any) -> tuple[int, str]:
        return answer.status_code, answer.json()["code"]

    number = await build.ticket(Status.DISPATCHED)
    unclear = {**ask, "reason": "unclear"}
    refused = await handler.act(number, "request-return", **unclear)
    assert await code(refused) == (409, "return-needs-contact")
    stranger = await client_as("handler.jiaotong").act(number, "request-return", **ask)
    assert await code(stranger) == (404, "ticket-not-found")
    await handler.act(number, "request-return", **ask)
    own = {"uphold": True, "explanation": "同意", "department": "chengguan"}
    assert await code(await dispatcher.act(number, "decide-return", **own)) == (
        422,
        "return-to-self",
    )
    await dispatcher.act(number, "decide-return", uphold=False, explanation="职责在你局")
    twice = await dispatcher.act(number, "decide-return", uphold=False, explanation="再驳")
    assert await code(twice) == (409, "illegal-transition")
    again = await handler.act(number, "request-return", **ask)
    assert await code(again) == (409, "return-asked-before")
    build.clock.move(hours=4)
    late = await leader.act(number, "dispute-return", explanation="不服")
    assert await code(late) == (410, "dispute-window-closed")
    closed = await build.ticket(Status.DISPATCHED)
    build.clock.move(hours=3)
    assert await code(await handler.act(closed, "request-return", **ask)) == (
        410,
        "return-window-closed",
    )
    held = await build.ticket(Status.PROCESSING, Hold.SUPPLEMENT)
    assert await code(await handler.act(held, "request-return", **ask)) == (
        409,
        "illegal-transition",
    )
    designated = await build.ticket(Status.ACCEPTED, Hold.ARBITRATION)
    await build.do(Action.DECIDE_ARBITRATION, designated)
    assert await code(await handler.act(designated, "request-return", **ask)) == (
        409,
        "return-forbidden",
    )


async def test_a_list_in_pages(client_as: ClientAs, build: Build) -> None:
    numbers = []
    for _ in range(3):
        number = await build.ticket(Status.DISPATCHED)
        build.clock.move(minutes=1)
        await build.do(Action.REQUEST_RETURN, number)
        numbers.append(number)
    client = client_as("auditor")
    first = (await client.get(RETURNS, limit=2)).json()
    rest = (await client.get(RETURNS, limit=2, cursor=first["next_cursor"])).json()
    assert [row["ticket"] for row in first["items"] + rest["items"]] == numbers[::-1]
    assert rest["next_cursor"] is None
    for wrong in ({"state": "lost"}, {"level": "mayor"}, {"cursor": "x"}, {"limit": 0}):
        assert (await client.get(RETURNS, **wrong)).status_code == 422, wrong
    assert (await client.get(RETURNS, overdue=True)).json()["items"] == []
