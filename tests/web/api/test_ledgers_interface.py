"""Holds by the interface: who may decide what, and the two ledgers."""

from datetime import timedelta

from hotline.tickets.lifecycle import Action, Hold, Status
from tests.support.builders import Build
from tests.support.clients import ACTION_BODIES, ClientAs


async def test_a_plan_and_the_ledger(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    leader, supervisor = client_as("leader.chengguan"), client_as("supervisor")
    for who, action in (
        (leader, "request-rectification"),
        (supervisor, "decide-rectification"),
        (leader, "complete-milestone"),
    ):
        answer = await who.act(number, action, **ACTION_BODIES[action])
        assert answer.status_code == 200, answer.text
    early = await leader.act(number, "request-close-out", **ACTION_BODIES["request-close-out"])
    assert (early.status_code, early.json()["code"]) == (409, "milestones-open")
    [plan] = (await supervisor.get("/api/v1/plans", state="running")).json()["items"]
    assert (plan["ticket"], plan["department"]["code"]) == (number, "chengguan")
    assert [one["person"] for one in plan["milestones"]] == ["李工", "王工"]
    assert [one["done_at"] is not None for one in plan["milestones"]] == [True, False]
    build.clock.move(days=45)
    late = (await leader.get("/api/v1/plans", late=True)).json()["items"]
    assert [one["ticket"] for one in late] == [number]
    assert (await client_as("leader.zhujian").get("/api/v1/plans")).json()["items"] == []
    own = await leader.act(number, "end-rectification", completed=True, explanation="自行销号")
    assert own.status_code == 403


async def test_who_may_let_a_matter_wait(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(Action.REQUEST_SUSPENSION, number)
    body = {"approve": True, "explanation": "同意", "review_at": "2026-03-20T01:00:00Z"}
    refused = await client_as("supervisor").act(number, "decide-suspension", **body)
    assert (refused.status_code, refused.json()["code"]) == (403, "approver-needed")
    assert refused.json()["params"]["approver"] == "authority"
    assert (
        await client_as("authority").act(number, "decide-suspension", **body)
    ).status_code == 200
    build.clock.move(days=3)
    listed = (
        await client_as("supervisor").get("/api/v1/suspensions", review_within_days=30)
    ).json()
    assert [(one["ticket"], one["days"]) for one in listed["items"]] == [(number, 3)]
    assert listed["items"][0]["review_at"] == "2026-03-20T01:00:00Z"
    none = await client_as("supervisor").get("/api/v1/suspensions", reason="force_majeure")
    assert none.json() == {"items": [], "next_cursor": None}


async def test_ledgers_page_by_cursor(client_as: ClientAs, build: Build) -> None:
    numbers = []
    for hold in (Hold.SUSPENSION, Hold.RECTIFICATION):
        for _ in range(3):
            numbers.append(await build.ticket(Status.PROCESSING, hold))
            build.clock.move(minutes=1)
    client = client_as("admin")
    for path in ("/api/v1/suspensions", "/api/v1/plans"):
        seen, cursor = [], None
        while True:
            asked = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = (await client.get(path, **asked)).json()
            seen += [one["ticket"] for one in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert sorted(seen) == sorted(numbers[:3] if path.endswith("suspensions") else numbers[3:])
        assert (await client.get(path, cursor="nonsense")).status_code == 422


async def test_an_extension_is_structured(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    handler = client_as("handler.chengguan")
    usual = ACTION_BODIES["request-extension"]
    later = (build.clock.now() + timedelta(minutes=1)).isoformat()
    for wrong in ({"reason": "too busy"}, {"told_how": "pigeon"}, {"told_at": later}):
        answer = await handler.act(number, "request-extension", **{**usual, **wrong})
        assert answer.status_code == 422, wrong
    assert (await handler.act(number, "request-extension", **usual)).status_code == 200
