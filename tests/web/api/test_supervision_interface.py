"""Supervision by the interface: orders, what is late, and urging many."""

import uuid

from hotline.kernel.db import SessionMaker
from hotline.supervision.urging import work_off
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import Build
from tests.support.clients import ClientAs

ORDERS = "/api/v1/supervision/orders"
LATE = "/api/v1/supervision/late"
URGE = "/api/v1/supervision/urge"


async def test_an_order_through_its_states(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    supervisor, leader = client_as("supervisor"), client_as("leader.chengguan")
    issued = await supervisor.act(
        number, "issue-order", level=3, reason="many_requesters", demand="查明", reply_limit="PT6H"
    )
    assert issued.status_code == 200
    again = await supervisor.act(number, "issue-order", demand="再查")
    assert (again.status_code, again.json()["code"]) == (409, "supervision-order-exists")
    [order] = (await leader.get(ORDERS)).json()["items"]
    assert (order["number"], order["ticket"], order["level"]) == (f"{number}-D1", number, 3)
    assert (order["state"], order["reason"]) == ("issued", "many_requesters")
    assert (order["reply_limit"], order["issued_by"]) == ("PT6H", "supervisor")
    assert (order["issued_at"], order["due_at"]) == (
        "2026-03-02T01:00:00Z",
        "2026-03-02T07:00:00Z",
    )
    orders = []
    for who, action, body, state in (
        (leader, "acknowledge-order", {}, "acknowledged"),
        (leader, "answer-order", {"reply": "已查明"}, "answered"),
        (supervisor, "verify-order", {"accept": False, "explanation": "不清"}, "acknowledged"),
        (leader, "answer-order", {"reply": "查明如下"}, "answered"),
        (supervisor, "raise-order", {"reason": "仍未解决"}, "escalated"),
    ):
        build.clock.move(minutes=1)
        assert (await who.act(number, action, **body)).status_code == 200, action
        orders = (await supervisor.get(ORDERS)).json()["items"]
        assert orders[-1]["state"] == state
    assert [(row["level"], row["state"]) for row in orders] == [(4, "issued"), (3, "escalated")]
    top = await supervisor.act(number, "raise-order", reason="再升")
    assert (top.status_code, top.json()["code"]) == (409, "supervision-order-at-top")


async def test_what_is_not_an_order(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    supervisor = client_as("supervisor")
    for body in (
        {"level": 0, "demand": "x"},
        {"level": 5, "demand": "x"},
        {"demand": ""},
        {"demand": "x", "reply_limit": "soon"},
        {"demand": "x", "reason": "because"},
    ):
        assert (await supervisor.act(number, "issue-order", **body)).status_code == 422, body
    for action, body in (
        ("verify-order", {"accept": True, "explanation": "x"}),
        ("raise-order", {"reason": "x"}),
    ):
        refused = await supervisor.act(number, action, **body)
        assert (refused.status_code, refused.json()["code"]) == (409, "no-supervision-order")


async def test_orders_in_pages(client_as: ClientAs, build: Build) -> None:
    numbers = []
    for level in (2, 3, 2):
        number = await build.ticket(Status.PROCESSING)
        build.clock.move(minutes=1)
        await build.do(Action.ISSUE_ORDER, number, level=level)
        numbers.append(number)
    client = client_as("authority")
    first = (await client.get(ORDERS, limit=2)).json()
    rest = (await client.get(ORDERS, limit=2, cursor=first["next_cursor"])).json()
    listed = [row["ticket"] for row in first["items"] + rest["items"]]
    assert listed == numbers[::-1]
    assert rest["next_cursor"] is None
    asked = (await client.get(ORDERS, level=3, state="issued", department="chengguan")).json()
    assert [row["ticket"] for row in asked["items"]] == [numbers[1]]
    assert (await client_as("handler.jiaotong").get(ORDERS)).json()["items"] == []
    for wrong in ({"cursor": "x"}, {"level": 7}, {"state": "late"}):
        assert (await client.get(ORDERS, **wrong)).status_code == 422


async def test_what_is_late(client_as: ClientAs, build: Build) -> None:
    await build.ticket(Status.PROCESSING)
    await build.ticket(Status.SUBMITTED)
    build.clock.move(hours=23, minutes=30)
    answer = (await client_as("supervisor").get(LATE)).json()
    assert answer["as_of"] == "2026-03-03T00:30:00Z"
    assert answer["today_until"] == "2026-03-04T00:00:00+08:00"
    assert answer["total"] == {"late": 2, "hour": 1, "today": 1}
    clocks = {row["clock"]: row["count"] for row in answer["clocks"]}
    assert clocks["complete"] == {"late": 0, "hour": 1, "today": 1}
    assert clocks["accept"] == {"late": 1, "hour": 0, "today": 0}
    units = {row["department"]["code"]: row["count"]["late"] for row in answer["departments"]}
    assert units == {"chengguan": 1, "hotline": 1}
    holders = {(row["user"], row["post"]): row["count"]["late"] for row in answer["holders"]}
    assert holders == {("handler.chengguan", None): 1, (None, "acceptance_desk"): 1}


async def test_urging_many(client_as: ClientAs, build: Build, maker: SessionMaker) -> None:
    numbers = [await build.ticket(Status.PROCESSING) for _ in range(2)]
    await build.ticket(Status.SUBMITTED)
    build.clock.move(hours=25)
    client = client_as("supervisor")
    body = {"note": "请抓紧办理", "clock": "complete", "department": "chengguan"}
    dry = (await client.post(URGE, {**body, "dry_run": True})).json()
    assert (dry["run_id"], dry["total"], dry["to_urge"]) == (None, 2, 2)
    assert {row["holder"] for row in dry["items"]} == {"handler.chengguan"}
    run_id = uuid.uuid4()
    for _ in range(2):
        answer = await client.post(URGE, {**body, "run_id": str(run_id)})
        assert answer.status_code == 200
        assert (answer.json()["run_id"], answer.json()["to_urge"]) == (str(run_id), 2)
    await work_off(maker, build.cipher, build.clock, run_id, trace_id="tests")
    done = (await client.get(f"{URGE}/{run_id}")).json()
    assert (done["urged"], done["to_urge"], done["failed"]) == (2, 0, 0)
    assert done["finished_at"] is not None
    assert {row["ticket"] for row in done["items"]} == set(numbers)
    nothing = await client.post(URGE, body)
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing-to-urge")
    others = await client_as("supervisor.second").get(f"{URGE}/{run_id}")
    assert others.status_code == 404
    for wrong in ({"note": ""}, {"note": "x", "clock": "lunch"}, {"note": "x", "run_id": "1"}):
        assert (await client.post(URGE, wrong)).status_code == 422
