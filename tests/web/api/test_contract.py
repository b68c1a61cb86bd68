"""The promised calls: a matter from submission to archive, as programs outside see it."""

from typing import Any

import pytest

from hotline.tickets.lifecycle import Action, Hold, Status
from tests.support.builders import PHONE, Build
from tests.support.clients import NEW_TICKET, TICKETS, ClientAs
from tests.support.clock import FrozenClock
from tests.support.searching import fill

PROMISED = {
    *("number", "status", "hold", "round", "version", "urgency", "category", "department"),
    *("holder", "promise", "due_at", "level"),
}


async def test_a_matter_from_submission_to_archive(  # noqa: PLR0915  # one matter, one story
    client_as: ClientAs, clock: FrozenClock
) -> None:
    created = await client_as("operator").post(TICKETS, NEW_TICKET)
    assert created.status_code == 201
    body = created.json()
    assert body["status"] == "submitted"
    assert body["due_at"] == "2026-03-02T01:30:00Z"
    assert len(body["query_code"]) == 6
    number = body["number"]
    assert number.startswith("260302")
    assert len(number) == 13
    assert created.headers["location"] == f"{TICKETS}/{number}"

    async def does(who: str, action: str, **words: Any) -> dict[str, Any]:
        clock.move(minutes=1)
        answer = await client_as(who).act(number, action, **words)
        assert answer.status_code == 200, answer.text
        ticket: dict[str, Any] = answer.json()
        assert set(ticket) >= PROMISED
        return ticket

    accepted = await does("operator", "accept", promise="明天修好", expected_version=1)
    assert accepted["status"] == "accepted"
    assert accepted["promise"]["state"] == "active"
    assert accepted["version"] == 2
    assert [item["step"] for item in accepted["service_list"]] == ["看", "办"]
    sent = await does(
        "dispatcher", "dispatch", department="chengguan", co_departments=["zhujian"], note="请办"
    )
    assert (sent["status"], sent["department"]) == ("dispatched", "chengguan")
    assert sent["due_at"] == "2026-03-03T01:02:00Z"
    assert sent["promise"]["due_at"] == sent["due_at"]
    assert sent["holder"] == {"user": None, "name": None, "post": "department_duty"}
    signed = await does("handler.chengguan", "sign")
    assert signed["holder"]["user"] == "handler.chengguan"
    await does("handler.chengguan", "contact", method="phone", reached=True, note="已联系")
    progress = await does("handler.chengguan", "progress", note="到现场", done_step=1)
    assert progress["service_list"][0]["done_at"] is not None
    done = {"result": "换了灯泡", "reply": "已修好", "resolved": True, "evidence": ["照片1"]}
    early = await client_as("handler.chengguan").act(number, "submit-feedback", **done)
    assert (early.status_code, early.json()["code"]) == (409, "opinion-outstanding")
    await does("handler.zhujian", "submit-opinion", opinion="无异议")
    handed_in = await does("handler.chengguan", "submit-feedback", **done)
    assert handed_in["status"] == "feedback_submitted"
    back = await does("auditor", "reject-audit", reason="照片不清")
    assert back["status"] == "processing"
    assert back["feedbacks"][0]["passed"] is False
    assert back["due_at"] == sent["due_at"]
    await does("handler.chengguan", "submit-feedback", **done)
    passed = await does("auditor", "pass-audit")
    assert (passed["status"], passed["promise"]["state"]) == ("pending_visit", "kept")
    again = await does("visitor", "record-visit", reached=True, solved=False, rating=2, note="没亮")
    assert (again["status"], again["round"]) == ("processing", 2)
    assert again["promise"]["state"] == "active"
    await does("handler.chengguan", "contact", method="visit", reached=True, note="上门")
    await does("handler.chengguan", "submit-feedback", **done)
    await does("auditor", "pass-audit")
    closed = await does("visitor", "record-visit", reached=True, solved=True, rating=5)
    assert (closed["status"], closed["closure_code"]) == ("closed", "solved")
    assert closed["holder"] is None
    early = await client_as("supervisor").act(number, "archive")
    assert (early.status_code, early.json()["code"]) == (409, "archive-too-early")
    clock.move(days=30)
    assert (await does("supervisor", "archive"))["status"] == "archived"


async def test_what_a_ticket_shows(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    answer = await client_as("supervisor").get(f"{TICKETS}/{number}")
    assert answer.status_code == 200
    assert answer.headers["etag"] == '"4"'
    ticket = answer.json()
    assert set(ticket) >= PROMISED
    assert ticket["hold"] is None
    assert ticket["urgency"] == "p2"
    assert ticket["category"]["code"] == "urban"
    assert ticket["requester"] == {"name": "欧**", "phone": "139****1234", "secret": False}
    assert ticket["location"]["address"] == "建设路**"
    assert ticket["level"] == "green"
    assert ticket["assignments"][0]["state"] == "signed"


async def test_the_timeline_says_who_did_what(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    await build.do(Action.NOTE, number)
    rows = (await client_as("auditor").get(f"{TICKETS}/{number}/timeline")).json()["items"]
    assert [row["action"] for row in rows] == ["submit", "accept", "dispatch", "note"]
    assert [row["seq"] for row in rows] == [1, 2, 3, 4]
    accepted = rows[1]
    assert (accepted["from_status"], accepted["to_status"]) == ("submitted", "accepted")
    assert (accepted["actor"], accepted["role"]) == ("operator", "operator")
    assert len({row["hash"] for row in rows}) == 4
    seen = (await client_as("handler.chengguan").get(f"{TICKETS}/{number}/timeline")).json()
    assert [row["action"] for row in seen["items"]] == ["submit", "accept", "dispatch"]


async def test_each_clock_explains_itself(
    client_as: ClientAs, build: Build, clock: FrozenClock
) -> None:
    number = await build.ticket()
    clock.move(minutes=20)
    answer = await client_as("operator").get(f"{TICKETS}/{number}/clocks")
    (one,) = answer.json()["items"]
    assert (one["kind"], one["holder"], one["state"]) == ("accept", "hotline", "running")
    assert (one["limit"], one["used"], one["remaining"]) == ("PT0H30M0S", "PT0H20M0S", "PT0H10M0S")
    assert one["due_at"] == "2026-03-02T01:30:00Z"
    assert [level["level"] for level in one["firings"]] == ["yellow", "orange", "red"]
    assert [level["due_at"] for level in one["firings"]] == [
        "2026-03-02T01:18:00Z",
        "2026-03-02T01:24:00Z",
        "2026-03-02T01:30:00Z",
    ]
    assert {level["fired_at"] for level in one["firings"]} == {None}
    assert "fast-24" in one["explanation"]["summary"]


@pytest.mark.parametrize(
    ("who", "actions"),
    [
        ("observer", None),
        ("operator", {"request_supplement", "contribute", "urge", "note", "reclassify"}),
        (
            "dispatcher",
            {
                *("contribute", "urge", "note", "reclassify"),
                *("add_co_department", "blow_whistle"),
            },
        ),
        ("auditor", {"note"}),
        ("supervisor", {"urge", "note", "issue_order", "reclassify", "blow_whistle"}),
        ("admin", set()),
        (
            "handler.chengguan",
            {
                *("contact", "progress", "submit_feedback", "request_supplement"),
                *("request_return", "request_extension", "request_suspension"),
                *("request_rectification", "propose_co_department"),
                *("name_handler", "check_in"),
            },
        ),
        ("handler.zhujian", None),
    ],
)
async def test_the_actions_of_this_caller(
    client_as: ClientAs, build: Build, who: str, actions: set[str] | None
) -> None:
    number = await build.ticket(Status.PROCESSING)
    answer = await client_as(who).get(f"{TICKETS}/{number}/actions")
    if actions is None:
        assert answer.status_code in {403, 404}
    else:
        assert set(answer.json()["items"]) == actions


@pytest.mark.parametrize(
    ("status", "hold", "who"),
    [
        (Status.PENDING_VISIT, None, "leader.chengguan"),
        (Status.CLOSED, None, "operator"),
        (Status.PROCESSING, Hold.RECTIFICATION, "handler.chengguan"),
        (Status.PROCESSING, Hold.RETURN_REVIEW, "dispatcher"),
        (Status.PENDING_VISIT, Hold.RATING_CHECK, "auditor"),
    ],
)
async def test_what_is_offered_is_not_refused(
    client_as: ClientAs, build: Build, status: Status, hold: Hold | None, who: str
) -> None:
    """Whatever `actions` offers, the machine allows; what it leaves out, the machine refuses."""
    number = await build.ticket(status, hold)
    client = client_as(who)
    offered = set((await client.get(f"{TICKETS}/{number}/actions")).json()["items"])
    for action, body in BODIES.items():
        answer = await client.act(number, action.replace("_", "-"), **body, expected_version=9999)
        assert answer.json()["code"] == "stale-ticket"
    for action, body in BODIES.items():
        answer = await client.act(number, action.replace("_", "-"), **body)
        machine = {"illegal-transition", "action-forbidden", "not-your-task"}
        refused = answer.status_code != 200 and answer.json()["code"] in machine
        assert refused is (action not in offered), f"{action}: {answer.text}"
        if answer.status_code == 200:
            number = await build.ticket(status, hold)


BODIES: dict[str, dict[str, Any]] = {
    "answer": {"reply": "如下"},
    "withdraw": {"reason": "已解决"},
    "contact": {"method": "phone", "reached": True, "note": "已联系"},
    "progress": {"note": "进行中"},
    "submit_feedback": {"result": "好", "reply": "好", "resolved": True},
    "pass_audit": {},
    "record_visit": {"reached": True, "solved": True},
    "reopen": {"reason": "又坏了"},
    "urge": {"note": "请快"},
    "note": {"note": "记"},
    "decide_return": {"uphold": False, "explanation": "是你的"},
    "request_final_reply": {"reply": "不行", "reason": "policy_forbids", "basis": "政策"},
    "open_rating_check": {"reason": "差评"},
    "decide_rating_check": {"founded": False, "explanation": "误评"},
    "end_suspension": {"note": "完"},
}


async def test_a_state_that_forbids_names_what_it_allows(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket()
    answer = await client_as("dispatcher").act(number, "dispatch", department="chengguan")
    assert answer.status_code == 409
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json()
    assert problem["code"] == "illegal-transition"
    assert problem["type"] == "urn:hotline:problem:illegal-transition"
    assert "accept" in problem["params"]["allowed"].split(", ")
    assert "dispatch" not in problem["params"]["allowed"].split(", ")
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["instance"] == f"{TICKETS}/{number}/dispatch"
    assert problem["status"] == 409


async def test_a_stale_version_is_said_to_be_stale(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket()
    operator = client_as("operator")
    stale = await operator.act(number, "accept", promise="修", expected_version=2)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale-ticket")
    for tag in ('"7"', "7", 'W/"7"'):
        stale = await operator.post(
            f"{TICKETS}/{number}/accept", {"promise": "修"}, headers={"if-match": tag}
        )
        assert stale.json()["code"] == "stale-ticket", tag
    fresh = await operator.post(
        f"{TICKETS}/{number}/accept", {"promise": "修"}, headers={"if-match": '"1"'}
    )
    assert fresh.status_code == 200


async def test_an_absent_ticket_and_an_invisible_one_look_the_same(
    client_as: ClientAs, build: Build
) -> None:
    hidden = await build.ticket(Status.DISPATCHED)
    outsider = client_as("handler.zhujian")
    absent = "2603029999990"
    for path in ("", "/timeline", "/clocks", "/actions"):
        answers = [await outsider.get(f"{TICKETS}/{n}{path}") for n in (hidden, absent)]
        assert [answer.status_code for answer in answers] == [404, 404]
        shapes = [
            str({k: v for k, v in answer.json().items() if k != "request_id"}).replace(n, "N")
            for answer, n in zip(answers, (hidden, absent), strict=True)
        ]
        assert shapes[0] == shapes[1]
    for number in (hidden, absent):
        answer = await outsider.act(number, "sign")
        assert (answer.status_code, answer.json()["code"]) == (404, "ticket-not-found")


async def test_the_same_key_gives_the_same_ticket(client_as: ClientAs) -> None:
    operator, headers = client_as("operator"), {"idempotency-key": "call-4711"}
    first = await operator.post(TICKETS, NEW_TICKET, headers=headers)
    again = await operator.post(TICKETS, NEW_TICKET, headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    other = await operator.post(TICKETS, {**NEW_TICKET, "title": "另一件"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-conflict")
    else_ = await client_as("dispatcher").post(TICKETS, NEW_TICKET, headers=headers)
    assert else_.json()["number"] != first.json()["number"]
    assert len((await operator.get(TICKETS)).json()["items"]) == 2


async def test_a_promise_may_be_stricter_never_looser(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket()
    operator = client_as("operator")
    loose = await operator.act(number, "accept", promise="修", handler_limit="PT25H")
    assert (loose.status_code, loose.json()["code"]) == (422, "invalid-limit")
    strict = await operator.act(number, "accept", promise="修", handler_limit="PT12H")
    assert strict.status_code == 200
    sent = await client_as("dispatcher").act(number, "dispatch", department="chengguan")
    assert sent.json()["due_at"] == "2026-03-02T13:00:00Z"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "abc"),
        ({"status": "submitted"}, "a"),
        ({"status": ["submitted", "accepted"]}, "ab"),
        ({"hold": "rectification"}, "c"),
        ({"department": "chengguan"}, "c"),
        ({"department": "nowhere"}, ""),
        ({"owner": "hotline"}, "ab"),
        ({"level": "green"}, "abc"),
        ({"level": "red"}, ""),
        ({"category": "urban"}, "ab"),
        ({"category": "urban.roads"}, "b"),
        ({"category": "urb"}, ""),
        ({"q": "路灯不亮"}, "a"),
        ({"q": "%"}, "c"),
        ({"q": "_"}, ""),
        ({"q": "三天"}, "abc"),
        ({"created_from": "2026-03-02T01:01:00Z"}, "bc"),
        ({"created_to": "2026-03-02T09:01:00+08:00"}, "a"),
        ({"mine": "true"}, "b"),
    ],
    ids=str,
)
async def test_a_list_is_filtered(
    client_as: ClientAs,
    build: Build,
    clock: FrozenClock,
    query: dict[str, Any],
    found: str,
) -> None:
    numbers = {"a": await build.ticket(title="路灯不亮")}
    clock.move(minutes=1)
    numbers["b"] = await build.ticket(Status.ACCEPTED, category="urban.roads", title="道路坑洼")
    clock.move(minutes=1)
    numbers["c"] = await build.ticket(
        Status.PROCESSING, Hold.RECTIFICATION, category="housing", title="涨价100%"
    )
    await fill(build)
    answer = await client_as("dispatcher").get(TICKETS, **query)
    assert answer.status_code == 200
    assert {row["number"] for row in answer.json()["items"]} == {numbers[name] for name in found}


@pytest.mark.parametrize("sort", ["due_at", "-created_at"])
async def test_pages_follow_one_another_without_gap_or_repetition(
    client_as: ClientAs, build: Build, clock: FrozenClock, sort: str
) -> None:
    made = []
    for place in range(7):
        made.append(await build.ticket())
        if place % 3:  # some of the same instant
            clock.move(minutes=1)
    operator, seen, cursor = client_as("operator"), list[str](), None
    for _ in range(5):
        query = {"sort": sort, "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await operator.get(TICKETS, **query)).json()
        seen += [row["number"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == 7
    assert set(seen) == set(made)
    assert cursor is None


async def test_a_department_sees_its_own_tickets_only(client_as: ClientAs, build: Build) -> None:
    own = await build.ticket(Status.DISPATCHED)
    await build.ticket(Status.SUBMITTED)
    rows = (await client_as("leader.chengguan").get(TICKETS)).json()["items"]
    assert [row["number"] for row in rows] == [own]
    assert (await client_as("handler.zhujian").get(TICKETS)).json()["items"] == []
    mine = (await client_as("handler.chengguan").get(TICKETS, mine=True)).json()["items"]
    assert [row["number"] for row in mine] == [own]


async def test_reading_a_requester_leaves_a_record(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    answer = await client_as("handler.chengguan").post(
        f"{TICKETS}/{number}/reveal", {"reason": "需要上门查看"}
    )
    assert answer.status_code == 200
    assert answer.json()["phone"] == PHONE
    rows = (await client_as("supervisor").get(f"{TICKETS}/{number}/timeline")).json()["items"]
    assert (rows[-1]["action"], rows[-1]["actor"]) == (
        "personal_data_revealed",
        "handler.chengguan",
    )
    own = (await client_as("handler.chengguan").get(f"{TICKETS}/{number}/timeline")).json()["items"]
    assert "personal_data_revealed" not in {row["action"] for row in own}


async def test_a_secret_requester_is_reached_through_the_hotline(
    client_as: ClientAs, build: Build
) -> None:
    number = await build.ticket(Status.DISPATCHED, secret=True)
    handler = client_as("handler.chengguan")
    assert (await handler.get(f"{TICKETS}/{number}")).json()["requester"] is None
    refused = await handler.post(f"{TICKETS}/{number}/reveal", {"reason": "需要上门查看"})
    assert (refused.status_code, refused.json()["code"]) == (403, "secret-requester")
    allowed = await client_as("operator").post(f"{TICKETS}/{number}/reveal", {"reason": "转达给他"})
    assert allowed.json()["phone"] == PHONE


async def test_the_directory(client_as: ClientAs) -> None:
    observer = client_as("observer")
    departments = (await observer.get("/api/v1/departments")).json()["items"]
    assert [row["code"] for row in departments] == [
        *("chengguan", "hotline", "huanbao", "jiaotong", "zhujian")
    ]
    categories = (await observer.get("/api/v1/categories")).json()["items"]
    assert [(row["code"], row["parent"]) for row in categories] == [
        ("housing", None),
        ("urban", None),
        ("urban.roads", "urban"),
    ]
    users = (await client_as("handler.zhujian").get("/api/v1/users")).json()["items"]
    assert {row["username"] for row in users} == {"handler.zhujian", "leader.zhujian"}
    everyone = (await client_as("admin").get("/api/v1/users")).json()["items"]
    assert len(everyone) == 23
    me = (await client_as("auditor").get("/api/v1/me")).json()
    assert (me["username"], me["roles"], me["department"]) == ("auditor", ["auditor"], "hotline")


async def test_a_policy_gets_a_new_version_with_every_change(
    client_as: ClientAs, build: Build
) -> None:
    before = await build.ticket()
    admin = client_as("admin")
    policies = {
        row["code"]: row for row in (await admin.get("/api/v1/sla/policies")).json()["items"]
    }
    fast = policies["fast-24"]
    assert fast["clocks"]["accept"]["limit"] == "PT30M"
    clocks = fast["clocks"] | {
        "accept": {"limit": "PT10M", "calendar": "natural", "warnings": [0.5, 0.9]}
    }
    answer = await admin.post(
        "/api/v1/sla/policies", {"code": "fast-24", "name": "快办", "match": {}, "clocks": clocks}
    )
    assert answer.status_code == 201
    assert answer.json()["version"] == 2
    after = await client_as("operator").post(TICKETS, NEW_TICKET)
    assert after.json()["due_at"] == "2026-03-02T01:10:00Z"
    old = (await client_as("operator").get(f"{TICKETS}/{before}")).json()
    assert old["due_at"] == "2026-03-02T01:30:00Z"
    versions = (await admin.get("/api/v1/sla/policies/fast-24/versions")).json()["items"]
    assert [row["version"] for row in versions] == [2, 1]
    off = await admin.post(
        "/api/v1/sla/policies",
        {"code": "fast-24", "name": "快办", "clocks": clocks, "is_active": False},
    )
    assert (off.status_code, off.json()["code"]) == (409, "default-policy-needed")


async def test_tokens_of_ones_own(client_as: ClientAs) -> None:
    visitor = client_as("visitor")
    made = await visitor.post("/api/v1/me/tokens", {"label": "软电话"})
    assert made.status_code == 201
    assert len(made.json()["token"]) > 40
    tokens = (await visitor.get("/api/v1/me/tokens")).json()["items"]
    assert {token["label"] for token in tokens} == {"tests", "软电话"}
    assert all("token" not in token for token in tokens)
    fresh = next(token for token in tokens if token["label"] == "软电话")
    foreign = await client_as("operator").request("DELETE", f"/api/v1/me/tokens/{fresh['id']}")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "token-not-found")
    ended = await visitor.request("DELETE", f"/api/v1/me/tokens/{fresh['id']}")
    assert ended.status_code == 204


async def test_promises_of_a_department(client_as: ClientAs) -> None:
    answer = await client_as("visitor").get("/api/v1/credit/departments/chengguan/promises")
    assert answer.status_code == 200
    assert (answer.json()["kept"], answer.json()["broken"]) == (0, 0)
    absent = await client_as("visitor").get("/api/v1/credit/departments/nowhere/promises")
    assert (absent.status_code, absent.json()["code"]) == (404, "department-not-found")


async def test_monitors_are_answered_without_an_account(client_as: ClientAs) -> None:
    nobody = client_as(None)
    assert (await nobody.get("/health/live")).json() == {"status": "ok"}
    ready = await nobody.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json()["checks"]["database"] == {"ok": True}
    assert ready.json()["checks"]["redis"] == {"ok": True}
    assert ready.json()["checks"]["worker"]["ok"] is False
    metrics = await nobody.get("/metrics")
    assert metrics.status_code == 200
    assert "hotline_requests_total" in metrics.text


async def test_errors_speak_the_callers_language(client_as: ClientAs) -> None:
    operator = client_as("operator")
    path = f"{TICKETS}/2603029999990"
    english = await operator.request("GET", path, headers={"accept-language": "en"})
    chinese = await operator.request("GET", path, headers={"accept-language": "zh-CN"})
    assert english.json()["detail"].isascii()
    assert not chinese.json()["detail"].isascii()
    assert english.json()["code"] == chinese.json()["code"]
