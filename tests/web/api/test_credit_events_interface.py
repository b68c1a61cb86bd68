"""The ledger by the interface: whose it is, what it tells, and two persons for what is severe."""

import uuid
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from credit.verification import verify_chains
from hotline.kernel.db import SessionMaker
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import Build
from tests.support.clients import Client, ClientAs
from tests.support.credit_told import tell_credit
from tests.support.queries import count_queries

PROPOSALS = "/api/v1/credit/proposals"
EVENTS = "/api/v1/credit/events"
SEVERE = {
    "code": "data_tamper",
    "department": "chengguan",
    "finding": "伪造联系记录",
    "document": "核查〔2026〕2号",
}


def _ledger(unit: str = "chengguan") -> str:
    return f"/api/v1/credit/departments/{unit}/events"


async def _ordered(build: Build) -> str:
    number = await build.ticket(Status.PROCESSING)
    await build.do(Action.ISSUE_ORDER, number)
    await tell_credit(build)
    return number


async def _proposed(client: Client, **words: Any) -> dict[str, Any]:
    answer = await client.post(PROPOSALS, {**SEVERE, **words})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_an_event_with_its_ticket_rule_points_and_state(
    client_as: ClientAs, build: Build
) -> None:
    number = await _ordered(build)
    [event] = (await client_as("handler.chengguan").get(_ledger())).json()["items"]
    assert (event["ticket"], event["document"]) == (number, f"{number}-D1")
    assert (event["code"], event["severity"], event["points"]) == (
        "supervision_l2",
        "minor",
        "-0.50",
    )
    assert (event["cap"], event["cap_days"], event["rule_version"]) == ("-5.00", 90, 1)
    assert (event["state"], event["confirm_by"]) == ("provisional", "2026-03-04T09:00:00Z")
    course = (await client_as("leader.chengguan").get(f"{EVENTS}/{event['id']}")).json()
    assert [change["state"] for change in course["changes"]] == ["provisional"]
    assert course["changes"][0]["seq"] == course["seq"] + 1
    assert len(course["hash"]) == 64


@pytest.mark.parametrize(
    ("by", "status"),
    [
        ("supervisor", 200),
        ("operator", 200),
        ("admin", 200),
        ("handler.chengguan", 200),
        ("leader.zhujian", 404),
        ("observer", 403),
        ("discipline", 404),
    ],
)
async def test_whose_ledger_it_is(client_as: ClientAs, build: Build, by: str, status: int) -> None:
    await _ordered(build)
    [event] = (await client_as("supervisor").get(_ledger())).json()["items"]
    for path in (_ledger(), f"{EVENTS}/{event['id']}"):
        assert (await client_as(by).get(path)).status_code == status, path
    absent = await client_as(by).get(f"{EVENTS}/{uuid.uuid4()}")
    said = (403, "permission-denied") if status == 403 else (404, "credit-entry-not-found")
    assert (absent.status_code, absent.json()["code"]) == said


async def test_pages_and_filters(client_as: ClientAs, build: Build) -> None:
    client = client_as("supervisor")
    for number in range(5):
        build.clock.move(minutes=1)
        await _proposed(client, code="rude_service", document=f"通报{number}号")
    seen, cursor = [], None
    while True:
        page = (
            await client.get(_ledger(), limit=2, **({"cursor": cursor} if cursor else {}))
        ).json()
        seen += [event["document"] for event in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"通报{number}号" for number in reversed(range(5))]
    assert (await client.get(_ledger(), state="in_force")).json()["items"] == []
    assert len((await client.get(_ledger(), event="rude_service")).json()["items"]) == 5
    assert (await client.get(_ledger(), cursor="x")).status_code == 422
    assert (await client.get(_ledger("nowhere"))).status_code == 404


async def test_a_list_asks_as_often_however_long_it_is(
    client_as: ClientAs, engine: AsyncEngine
) -> None:
    client, counts = client_as("supervisor"), []
    for _ in range(2):
        await _proposed(client, code="rude_service")
        with count_queries(engine) as seen:
            await client.get(_ledger())
        counts.append(len(seen))
    assert counts[0] == counts[1]


async def test_two_persons_and_what_the_second_may_do(
    client_as: ClientAs, maker: SessionMaker
) -> None:
    first, second = client_as("supervisor"), client_as("authority")
    proposal = await _proposed(first)
    assert (proposal["state"], proposal["event"], proposal["proposed_by"]) == (
        "waiting",
        None,
        "supervisor",
    )
    own = await first.post(f"{PROPOSALS}/{proposal['id']}/confirm", {"words": "属实"})
    assert (own.status_code, own.json()["code"]) == (403, "credit-second-person")
    done = await second.post(f"{PROPOSALS}/{proposal['id']}/confirm", {"words": "属实"})
    assert (done.status_code, done.json()["state"]) == (200, "entered")
    again = await second.post(f"{PROPOSALS}/{proposal['id']}/refuse", {"reason": "x"})
    assert (again.status_code, again.json()["code"]) == (409, "credit-proposal-over")
    event = (await first.get(f"{EVENTS}/{done.json()['event']}")).json()
    assert (event["state"], event["recorded_by"], event["second_by"]) == (
        "in_force",
        "supervisor",
        "authority",
    )
    back = await first.post(f"{EVENTS}/{event['id']}/reverse", {"finding": "认错单位"})
    assert (back.status_code, back.json()["kind"]) == (201, "reversal")
    await second.post(f"{PROPOSALS}/{back.json()['id']}/confirm", {"words": "同意更正"})
    event = (await first.get(f"{EVENTS}/{event['id']}")).json()
    assert event["state"] == "revoked"
    reversal = (await first.get(f"{EVENTS}/{event['reversed_by']}")).json()
    assert (reversal["reverses"], reversal["points"]) == (event["id"], "15.00")
    assert (await first.get(PROPOSALS, state="waiting")).json()["items"] == []
    assert len((await first.get(PROPOSALS)).json()["items"]) == 2
    async with maker() as session:
        assert [one async for one in verify_chains(session)] == []


async def test_accepting_and_tolerating(client_as: ClientAs) -> None:
    event = (await _proposed(client_as("supervisor"), code="rude_service"))["event"]
    leader = client_as("leader.chengguan")
    assert (await leader.post(f"{EVENTS}/{event}/accept")).json()["state"] == "in_force"
    twice = await leader.post(f"{EVENTS}/{event}/accept")
    assert (twice.status_code, twice.json()["code"]) == (409, "credit-entry-state")
    excused = await client_as("authority").post(
        f"{EVENTS}/{event}/tolerate", {"reason": "改革探索中的失误", "document": "容错1号"}
    )
    assert excused.json()["state"] == "revoked"


@pytest.mark.parametrize(
    "words",
    [
        {"code": ""},
        {"finding": " "},
        {"evidence": ["x"] * 21},
        {"document": "x" * 121},
        {"points": "-40"},
        {"happened_on": "yesterday"},
        {"finding": "电话13900001234"},
        {"document": None},
        {"code": "late_sign"},
    ],
)
async def test_what_is_no_proposal(client_as: ClientAs, words: dict[str, Any]) -> None:
    answer = await client_as("supervisor").post(PROPOSALS, {**SEVERE, **words})
    assert answer.status_code == 422, answer.text
