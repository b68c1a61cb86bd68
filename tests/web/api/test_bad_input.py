"""Whatever is sent, the answer is a refusal that says what is wrong, never a fault of ours."""

import base64
import json
from typing import Any

import pytest

from hotline.tickets.lifecycle import Status
from hotline.tickets.models import Programme
from tests.support.builders import Build
from tests.support.clients import ACTION_BODIES, NEW_TICKET, TICKETS, ClientAs
from tests.support.clock import FrozenClock

JSON = {"content-type": "application/json"}
POLICIES = "/api/v1/sla/policies"
CLOCKS = {name: {"limit": "PT1H"} for name in ("accept", "dispatch", "complete", "audit", "visit")}


def is_problem(answer: Any, status: int = 422) -> bool:
    """A problem document with the status asked for."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text[:300]}"
    assert answer.headers["content-type"].startswith("application/problem+json")
    body = answer.json()
    assert body["status"] == status
    assert body["type"] == f"urn:hotline:problem:{body['code']}"
    assert body["request_id"]
    return True


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{bad",
        b"null",
        b"[]",
        b'"text"',
        b"12",
        b"\xff\xfe",
        b'{"title": "\xc3\x28"}',
        b"{" * 100_000,
        b'{"channel": NaN}',
        b'{"title": "\\ud800"}',
    ],
    ids=lambda raw: repr(raw[:20]),
)
async def test_a_body_that_is_no_ticket(client_as: ClientAs, raw: bytes) -> None:
    answer = await client_as("operator").request("POST", TICKETS, content=raw, headers=JSON)
    assert answer.status_code in {400, 422}
    assert is_problem(answer, answer.status_code)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"unknown": 1}, "unknown"),
        ({"title": ""}, "title"),
        ({"title": " \n\t"}, "title"),
        ({"title": "\x00\x01\x02"}, "title"),
        ({"title": None}, "title"),
        ({"title": 5}, "title"),
        ({"title": ["x"]}, "title"),
        ({"title": "长" * 201}, "title"),
        ({"content": "长" * 20_001}, "content"),
        ({"content": ""}, "content"),
        ({"channel": "pigeon"}, "channel"),
        ({"channel": None}, "channel"),
        ({"request_type": ""}, "request_type"),
        ({"urgency": "p9"}, "urgency"),
        ({"urgency": 0}, "urgency"),
        ({"category": ""}, "category"),
        ({"category": "x" * 97}, "category"),
        ({"location": "street"}, "location"),
        ({"location": {"lat": 31.2}}, "location"),
        ({"location": {"lat": 91, "long": 0}}, "lat"),
        ({"location": {"lat": "NaN", "long": 0}}, "lat"),
        ({"location": {"lat": 0, "long": -181}}, "long"),
        ({"location": {"address": "长" * 301}}, "address"),
        ({"requester": {"phone": "call me"}}, "phone"),
        ({"requester": {"phone": "1" * 21}}, "phone"),
        ({"requester": {"phone": "1" * 41}}, "phone"),
        ({"requester": {"phone": 13900001234}}, "phone"),
        ({"requester": {"name": "长" * 81}}, "name"),
        ({"requester": {"secret": "perhaps"}}, "secret"),
        ({"requester": {"id_card": "1"}}, "id_card"),
    ],
    ids=str,
)
async def test_a_field_that_does_not_fit_is_named(
    client_as: ClientAs, change: dict[str, Any], field: str
) -> None:
    answer = await client_as("operator").post(TICKETS, {**NEW_TICKET, **change})
    assert is_problem(answer)
    body = answer.json()
    assert body["code"] == "invalid-request"
    assert any(field in error["field"] for error in body["errors"]), body["errors"]
    assert all(error["message"] for error in body["errors"])


@pytest.mark.parametrize("missing", ["channel", "request_type", "title", "content"])
async def test_a_field_that_is_missing_is_named(client_as: ClientAs, missing: str) -> None:
    body = {name: value for name, value in NEW_TICKET.items() if name != missing}
    answer = await client_as("operator").post(TICKETS, body)
    assert is_problem(answer)
    assert [error["field"] for error in answer.json()["errors"]] == [missing]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("路灯\x00不\x07亮", "路灯不亮"),
        ("  前后空白\r\n第二行\r ", "前后空白\n第二行"),
        ("e\u0301tage", "étage"),
        ("👩‍👩‍👧‍👦🏳️‍🌈", "👩‍👩‍👧‍👦🏳️‍🌈"),
        ("龘𠮷𡃁", "龘𠮷𡃁"),
        ("\u202e反向\u200b零宽", "\u202e反向\u200b零宽"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("'; DROP TABLE tickets; --", "'; DROP TABLE tickets; --"),
        ("{{ 7 * 7 }} %(x)s {0}", "{{ 7 * 7 }} %(x)s {0}"),
        ("\\u0000 \\x00", "\\u0000 \\x00"),
    ],
    ids=ascii,
)
async def test_what_people_write_is_kept_but_for_control_characters(
    client_as: ClientAs, written: str, kept: str
) -> None:
    operator = client_as("operator")
    answer = await operator.post(TICKETS, {**NEW_TICKET, "title": written, "content": written})
    assert answer.status_code == 201, answer.text
    ticket = (await operator.get(f"{TICKETS}/{answer.json()['number']}")).json()
    assert ticket["title"] == ticket["content"] == kept


async def test_long_words_are_taken_up_to_their_limit(client_as: ClientAs) -> None:
    operator = client_as("operator")
    body = {**NEW_TICKET, "title": "长" * 200, "content": "长" * 10_000}
    answer = await operator.post(TICKETS, body)
    assert answer.status_code == 201
    number = answer.json()["number"]
    accepted = await operator.act(number, "accept", promise="诺" * 10_000)
    assert accepted.status_code == 200
    assert len(accepted.json()["promise"]["content"]) == 10_000


async def test_a_body_that_is_too_large_is_not_read(client_as: ClientAs) -> None:
    answer = await client_as("operator").request(
        "POST", TICKETS, content=b'{"title": "' + b"x" * 3_000_000 + b'"}', headers=JSON
    )
    assert is_problem(answer, 413)
    assert answer.json()["code"] == "body-too-large"


@pytest.mark.parametrize("action", sorted(ACTION_BODIES))
@pytest.mark.parametrize(
    "change",
    [{"unknown_field": True}, {"expected_version": 0}, {"expected_version": "x"}],
    ids=str,
)
async def test_every_action_refuses_what_it_does_not_know(
    client_as: ClientAs, action: str, change: dict[str, Any]
) -> None:
    answer = await client_as("operator").act(
        "2603029999990", action, **{**ACTION_BODIES[action], **change}
    )
    assert is_problem(answer)
    assert next(iter(change)) in answer.json()["errors"][0]["field"]


@pytest.mark.parametrize("action", sorted(name for name, body in ACTION_BODIES.items() if body))
async def test_every_action_asks_for_what_it_needs(client_as: ClientAs, action: str) -> None:
    operator = client_as("operator")
    for body in ({}, dict.fromkeys(ACTION_BODIES[action])):
        assert is_problem(await operator.act("2603029999990", action, **body))
    nothing = await operator.post(f"{TICKETS}/2603029999990/{action}")
    assert nothing.status_code in {400, 422}


TEXTS = [
    (action, field)
    for action, body in sorted(ACTION_BODIES.items())
    for field, value in body.items()
    if isinstance(value, str)
]


@pytest.mark.parametrize(("action", "field"), TEXTS)
async def test_no_text_of_an_action_breaks_anything(
    client_as: ClientAs, build: Build, action: str, field: str
) -> None:
    """NUL, half characters, a novel, nothing: refused in words, or taken without the odd signs."""
    number = await build.ticket(Status.PROCESSING)
    for who in ("operator", "dispatcher", "authority", "handler.chengguan"):
        for text in ("a\x00b", "\x00", "x" * 20_001, "", " ", "\x7f", "é" * 97):
            body = {**ACTION_BODIES[action], field: text}
            answer = await client_as(who).act(number, action, **body)
            assert answer.status_code < 500, f"{who} {text[:9]!r}: {answer.text}"
        raw = json.dumps({**ACTION_BODIES[action], field: "@"}).replace("@", "\\ud800x")
        answer = await client_as(who).request(
            "POST", f"{TICKETS}/{number}/{action}", content=raw.encode(), headers=JSON
        )
        assert answer.status_code in {400, 422}, answer.text


@pytest.mark.parametrize(
    "version", ['"²"', "W/", "*", '"1.5"', '"-1"', '"99999999999999999999999"', '"one"', '""']
)
async def test_if_match_that_is_no_version(client_as: ClientAs, build: Build, version: str) -> None:
    number = await build.ticket()
    answer = await client_as("operator").request(
        "POST",
        f"{TICKETS}/{number}/accept",
        json={"promise": "修"},
        headers={"if-match": version.encode("latin-1")},
    )
    assert answer.status_code < 500
    if version == "*":
        assert answer.status_code == 200
    else:
        # A condition that cannot be read must not be taken for no condition.
        assert answer.status_code in {409, 422}, answer.text


@pytest.mark.parametrize(
    "number",
    ["%00", "%ff", "x" * 3000, "'", "%2e%2e", "26030200000%2f", "２６０３０２", "%F0%9F%98%80"],
    ids=lambda number: str(number[:12]),
)
async def test_an_address_that_is_no_number(client_as: ClientAs, number: str) -> None:
    for who in ("operator", "handler.chengguan"):
        client = client_as(who)
        for path in ("", "/timeline", "/clocks", "/actions"):
            answer = await client.get(f"{TICKETS}/{number}{path}")
            assert answer.status_code in {400, 404, 422}, answer.text
        assert (await client.act(number, "sign")).status_code in {400, 404, 422}


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 201},
        {"limit": -1},
        {"limit": "x"},
        {"limit": 10**30},
        {"status": "nowhere"},
        {"level": "purple"},
        {"hold": "x"},
        {"sort": "title"},
        {"sort": "due_at; drop table tickets"},
        {"mine": "perhaps"},
        {"q": "x" * 201},
        {"created_from": "yesterday"},
        {"created_from": "2026-03-02"},
        {"created_from": "2026-03-02T01:00:00"},
        {"due_to": "2026-03-02T01:00:00"},
        {"created_from": "0001-01-01T00:00:00+23:59"},
        {"cursor": "x" * 401},
        {"cursor": "zz"},
        {"cursor": "é"},
        {"cursor": "e30"},
        {"cursor": "W10"},
    ],
    ids=str,
)
async def test_a_query_that_does_not_fit(client_as: ClientAs, query: dict[str, Any]) -> None:
    assert is_problem(await client_as("operator").get(TICKETS, **query))


@pytest.mark.parametrize(
    "key",
    [
        [],
        ["a"],
        [1, 2],
        ["2026-03-02T01:00:00", "00000000-0000-7000-8000-000000000000"],
        ["2026-03-02T01:00:00+00:00", "not a key"],
        ["", ""],
        ["0001-01-01T00:00:00+23:59", "00000000-0000-7000-8000-000000000000"],
        {"a": "b"},
        None,
    ],
    ids=str,
)
@pytest.mark.parametrize("sort", ["due_at", "-created_at"])
async def test_a_cursor_that_is_not_ours(client_as: ClientAs, key: object, sort: str) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")
    answer = await client_as("operator").get(TICKETS, cursor=cursor, sort=sort)
    assert is_problem(answer)
    assert answer.json()["code"] == "invalid-cursor"


@pytest.mark.parametrize("name", ["q", "department", "owner", "category"])
async def test_a_filter_with_odd_signs_finds_nothing(client_as: ClientAs, name: str) -> None:
    for text in ("\x00", "a\x00b", "%", "\\", "'", "\ufffd"):
        answer = await client_as("operator").get(TICKETS, **{name: text})
        assert answer.status_code in {200, 422}, answer.text
        if answer.status_code == 200:
            assert answer.json()["items"] == []


@pytest.mark.parametrize(
    ("clocks", "said"),
    [
        ({"accept": {"limit": "PT0S"}}, "longer than zero"),
        ({"accept": {"limit": "P0D"}}, "longer than zero"),
        ({"accept": {"limit": "-PT30M"}}, "not a duration"),
        ({"accept": {"limit": "PT-30M"}}, "not a duration"),
        ({"accept": {"limit": "30 minutes"}}, "not a duration"),
        ({"accept": {"limit": "P"}}, "not a duration"),
        ({"accept": {"limit": "P1Y"}}, "not a duration"),
        ({"accept": {"limit": "P400D"}}, "a year at most"),
        ({"accept": {"limit": "P0.0000001D"}}, ""),
        ({"accept": {"limit": "PT0.0001H"}}, ""),
        ({"accept": {"limit": "P" + "9" * 5000 + "D"}}, ""),
        ({"accept": {"limit": "PT" + "9" * 5000 + "M"}}, ""),
        ({"accept": {"limit": 30}}, "must be a duration"),
        ({"accept": {"limit": None}}, "must be a duration"),
        ({"accept": {}}, "must be a duration"),
        ({"accept": None}, "must be an object"),
        ({"accept": []}, "must be an object"),
        ({"accept": {"limit": "PT1H", "calendar": "lunar"}}, "natural, working"),
        ({"accept": {"limit": "PT1H", "calendar": []}}, "code of a calendar"),
        ({"accept": {"limit": "PT1H", "warnings": [0.8, 0.6]}}, "must rise"),
        ({"accept": {"limit": "PT1H", "warnings": [0.6, 0.6]}}, "must rise"),
        ({"accept": {"limit": "PT1H", "warnings": [0, 0.5]}}, "must rise"),
        ({"accept": {"limit": "PT1H", "warnings": [-0.5, 0.5]}}, "must rise"),
        ({"accept": {"limit": "PT1H", "warnings": [0.5, 1]}}, "must rise"),
        ({"accept": {"limit": "PT1H", "warnings": [0.5]}}, "two shares"),
        ({"accept": {"limit": "PT1H", "warnings": "06"}}, ""),
        ({"accept": {"limit": "PT1H", "warnings": ["NaN", 0.8]}}, ""),
        ({"accept": {"limit": "PT1H", "warnings": ["Infinity", 0.8]}}, ""),
        ({"accept": {"limit": "PT1H", "warnings": ["x", "y"]}}, "two shares"),
        ({"accept": {"limit": "PT1H", "warnings": 0.5}}, "two shares"),
        ({"accept": {"limit": "PT1H", "ring": True}}, "unknown fields"),
        ({"accept": {"limit": "PT1H", "by_type": []}}, "by_type"),
        ({"accept": {"limit": "PT1H", "by_type": {"consult": "-P1D"}}}, "not a duration"),
        ({"siesta": {"limit": "PT1H"}}, "not a clock"),
    ],
    ids=lambda value: ascii(value)[:60],
)
async def test_a_policy_that_cannot_be_kept(
    client_as: ClientAs, clocks: dict[str, Any], said: str
) -> None:
    answer = await client_as("admin").post(
        POLICIES, {"code": "own", "name": "自定", "clocks": {**CLOCKS, **clocks}}
    )
    assert is_problem(answer)
    assert answer.json()["code"] == "invalid-policy"
    assert said in str(answer.json()["params"]["problem"])


@pytest.mark.parametrize(
    "change",
    [
        {"clocks": {}},
        {"clocks": []},
        {"clocks": {"accept": {"limit": "PT1H"}}},
        {"match": []},
        {"match": {"colour": ["red"]}},
        {"match": {"urgency": "p1"}},
        {"match": {"urgency": [1]}},
        {"match": {"category": ["\x00"]}},
        {"clocks": {**CLOCKS, "accept": {"limit": "PT1H", "by_type": {"\x00": "PT1H"}}}},
        {"match": {"secret": "yes"}},
        {"code": ""},
        {"code": "Has Blank"},
        {"code": "\x00"},
        {"code": "x" * 64},
        {"name": ""},
        {"name": "长" * 121},
        {"is_active": "perhaps"},
        {"more": 1},
    ],
    ids=lambda value: ascii(value)[:60],
)
async def test_a_policy_that_does_not_fit(client_as: ClientAs, change: dict[str, Any]) -> None:
    body = {"code": "own", "name": "自定", "clocks": CLOCKS} | change
    assert is_problem(await client_as("admin").post(POLICIES, body))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("departments/%00", {"name": "水", "name_en": "W"}),
        ("departments/Caps", {"name": "水", "name_en": "W"}),
        ("departments/shuiwu", {"name": "", "name_en": "W"}),
        ("departments/shuiwu", {"name": "水", "name_en": "W", "parent": "\x00"}),
        ("departments/shuiwu", {"name": "水", "name_en": "W", "parent": "nowhere"}),
        ("departments/shuiwu", {"name": "水", "name_en": "W", "peer_group": "\x00"}),
        ("departments/shuiwu", {"name": "水", "name_en": "W", "phone": "\x00"}),
        ("departments/shuiwu", {"name": "水", "name_en": "W", "phone": "1" * 33}),
        ("categories/%00", {"name": "水", "name_en": "W"}),
        ("categories/a.b.c.d", {"name": "水", "name_en": "W"}),
        ("categories/absent.child", {"name": "水", "name_en": "W"}),
        ("categories/water", {"name": "水", "name_en": "W", "lead_department": "\x00"}),
        ("categories/water", {"name": "水", "name_en": "W", "lead_department": "nowhere"}),
        ("categories/water", {"name": "水", "name_en": "W", "steps": [""]}),
        ("users/%00", {"display_name": "甲", "roles": ["visitor"], "department": "hotline"}),
        ("users/visitor", {"display_name": "甲", "roles": [], "department": "hotline"}),
        ("users/visitor", {"display_name": "甲", "roles": ["system"], "department": "hotline"}),
        ("users/visitor", {"display_name": "甲", "roles": ["requester"], "department": "hotline"}),
        ("users/visitor", {"display_name": "甲", "roles": ["king"], "department": "hotline"}),
        ("users/visitor", {"display_name": "甲", "roles": ["visitor"], "department": "\x00"}),
        ("users/admin", {"display_name": "甲", "roles": ["visitor"], "department": "hotline"}),
    ],
    ids=ascii,
)
async def test_a_directory_entry_that_cannot_be(
    client_as: ClientAs, path: str, body: dict[str, Any]
) -> None:
    answer = await client_as("admin").put(f"/api/v1/{path}", body)
    assert answer.status_code in {404, 422}, answer.text
    assert is_problem(answer, answer.status_code)


@pytest.mark.parametrize(
    "change",
    [
        {"username": "x"},
        {"username": "Caps"},
        {"username": "visitor"},
        {"username": "\x00x"},
        {"password": "short"},
        {"password": "x" * 201},
        {"roles": ["handler", "system"]},
        {"department": "nowhere"},
    ],
    ids=ascii,
)
async def test_an_account_that_cannot_be(client_as: ClientAs, change: dict[str, Any]) -> None:
    body = {
        "username": "newcomer",
        "display_name": "新人",
        "roles": ["visitor"],
        "department": "hotline",
    } | change
    answer = await client_as("admin").post("/api/v1/users", body)
    assert answer.status_code in {404, 422}, answer.text
    assert is_problem(answer, answer.status_code)
    assert "password" not in change or change["password"] not in answer.text


@pytest.mark.parametrize("key", ["", "x" * 129, " "])
async def test_idempotency_keys_have_a_length(client_as: ClientAs, key: str) -> None:
    answer = await client_as("operator").post(TICKETS, NEW_TICKET, headers={"idempotency-key": key})
    assert answer.status_code in ({201, 422} if key == " " else {422})


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("progress", {"note": "进行中", "done_step": 99}),
        ("progress", {"note": "进行中", "done_step": 10**12}),
        ("progress", {"note": "进行中", "done_step": 10**30}),
        ("progress", {"note": "进行中", "done_step": 1.5}),
        ("request-extension", {"until": "2026-03-04T01:00:00", "reason": "x"}),
        ("request-return", {"reason": "too_hard", "suggested_department": "jiaotong"}),
        ("request-return", {"reason": "not_my_duty"}),
        ("request-suspension", {"reason": "tired"}),
        ("submit-feedback", {"result": "x", "reply": "y", "resolved": "perhaps"}),
        (
            "submit-feedback",
            {"result": "x", "reply": "y", "resolved": True, "evidence": ["p"] * 51},
        ),
    ],
    ids=ascii,
)
async def test_values_out_of_range(
    client_as: ClientAs, build: Build, action: str, body: dict[str, Any]
) -> None:
    number = await build.ticket(Status.PROCESSING)
    usual = ACTION_BODIES[action]
    needed = {name: usual[name] for name in ("told_how", "told_at", "explanation") if name in usual}
    answer = await client_as("handler.chengguan").act(number, action, **{**needed, **body})
    assert is_problem(answer)


@pytest.mark.parametrize(
    "until", ["2036-12-30T09:00:00+08:00", "2040-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
)
async def test_dates_beyond_the_calendar(
    client_as: ClientAs, build: Build, clock: FrozenClock, until: str
) -> None:
    number = await build.ticket(Status.PROCESSING, programme=Programme.ENTERPRISE)
    clock.move(minutes=1)
    handler = client_as("handler.chengguan")
    answer = await handler.act(
        number, "request-extension", **{**ACTION_BODIES["request-extension"], "until": until}
    )
    assert answer.status_code in {409, 422}, answer.text
    plan = {
        **ACTION_BODIES["request-rectification"],
        "milestones": [
            {"text": "一", "due_at": "2026-04-01T00:00:00Z", "person": "李工"},
            {"text": "二", "due_at": until, "person": "李工"},
        ],
    }
    asked = await handler.act(number, "request-rectification", **plan)
    if asked.status_code == 200:
        decided = await client_as("supervisor").act(
            number, "decide-rectification", approve=True, explanation="同意"
        )
        assert decided.status_code < 500, decided.text
    else:
        assert is_problem(asked)


async def test_a_method_or_an_address_that_is_not_there(client_as: ClientAs) -> None:
    operator = client_as("operator")
    assert is_problem(await operator.request("PATCH", TICKETS), 405)
    assert is_problem(await operator.get("/api/v1/nowhere"), 404)
    form = await operator.request(
        "POST", TICKETS, content=b"title=x", headers={"content-type": "text/plain"}
    )
    assert form.status_code in {400, 415, 422}


@pytest.mark.parametrize("code", ["P1Y", "PT", "P400D", "2026-99-99T99:99", "9999-12-31T23:59:59Z"])
async def test_a_code_that_looks_like_something_else(
    client_as: ClientAs, build: Build, code: str
) -> None:
    number = await build.ticket(Status.ACCEPTED)
    answer = await client_as("dispatcher").act(number, "dispatch", department=code)
    assert is_problem(answer)
    assert answer.json()["code"] == "unknown-code"
    assert answer.json()["params"]["value"] == code
