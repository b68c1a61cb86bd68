"""Calendars over the interface: read, tried, published, loaded, moved to."""

from datetime import timedelta
from typing import Any

from hotline.kernel.clock import SHANGHAI
from hotline.tickets.lifecycle import Status
from hotline.tickets.models import RequestType
from hotline.workdays.official import KNOWN_UNTIL
from tests.support.builders import Build
from tests.support.clients import ClientAs
from tests.support.clock import FrozenClock

PATH = "/api/v1/sla/calendars"


async def _definition(client: Any) -> dict[str, Any]:
    items = (await client.get(f"{PATH}/working")).json()["items"]
    return dict(items[0]["definition"])


async def test_calendars_are_listed_and_read(client_as: ClientAs) -> None:
    client = client_as("supervisor")
    listed = (await client.get(PATH)).json()
    assert [item["code"] for item in listed["items"]] == ["natural", "working"]
    assert listed["items"][0]["is_built_in"]
    assert listed["horizon"][0]["covered_until"] == KNOWN_UNTIL.isoformat()
    natural = (await client.get(f"{PATH}/natural")).json()
    assert (natural["in_force"], natural["items"][0]["definition"]) == ("1", None)
    working = (await client.get(f"{PATH}/working")).json()
    assert working["in_force"] == working["items"][0]["label"] == "working-1"
    missing = await client.get(f"{PATH}/nowhere")
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown-calendar")


async def test_a_change_is_tried_published_and_moved_to(
    client_as: ClientAs, build: Build, clock: FrozenClock
) -> None:
    number = await build.ticket(Status.PROCESSING, request_type=RequestType.CONSULT)
    admin = client_as("admin")
    definition = await _definition(admin)
    tomorrow = (clock.now().astimezone(SHANGHAI) + timedelta(days=1)).date().isoformat()
    definition["overrides"][tomorrow] = {"kind": "holiday", "name": "补发"}
    tried = await admin.post(f"{PATH}/working/preview", {"definition": definition})
    preview = tried.json()
    assert tried.status_code == 200
    assert preview["changed"] == preview["later"] == len(preview["items"]) >= 1
    assert {item["ticket"] for item in preview["items"]} == {number}
    assert all(item["due_at"] < item["new_due_at"] for item in preview["items"])
    assert (await admin.get(f"{PATH}/working")).json()["in_force"] == "working-1"
    body = {"code": "working", "name": "法定工作日", "definition": definition, "note": "补发"}
    assert (await admin.post(PATH, body)).json()["label"] == "working-2"
    pending = (await admin.post(f"{PATH}/working/preview", {})).json()
    assert pending["items"] == preview["items"]
    done = (await admin.post(f"{PATH}/working/recalculate", {})).json()
    assert done["version"] == "working-2"
    assert (done["changed"], done["remaining"]) == (preview["changed"], 0)
    assert (await admin.post(f"{PATH}/working/preview", {})).json()["changed"] == 0
    clocks = (await admin.get(f"/api/v1/tickets/{number}/clocks")).json()["items"]
    due = {item["kind"]: item["due_at"] for item in clocks if item["state"] == "running"}
    for item in preview["items"]:
        assert due[item["clock"]] == item["new_due_at"]


async def test_what_cannot_be_kept_is_a_problem_with_words(client_as: ClientAs) -> None:
    admin = client_as("admin")
    body = {"code": "working", "name": "x", "definition": {"week": {"mon": ["9-5"]}}}
    refused = await admin.post(PATH, body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-calendar")
    assert "不是时段" in refused.json()["detail"]
    for path, sent in (("", body | {"code": "natural"}), ("/natural/recalculate", {})):
        answer = await admin.post(f"{PATH}{path}", sent)
        assert (answer.status_code, answer.json()["code"]) == (409, "built-in-calendar")


ODD: tuple[Any, ...] = (
    "\x00",
    "x" * 30_000,
    -1,
    10**40,
    1.5,
    True,
    [],
    [[]],
    {},
    {"a": None},
    None,
)


async def test_nothing_odd_breaks_anything(client_as: ClientAs) -> None:
    admin = client_as("admin")
    definition = await _definition(admin)
    year = KNOWN_UNTIL.year
    for odd in ODD:
        changes: list[dict[str, Any]] = [
            {part: odd} for part in ("week", "overrides", "covered_until", "day_seconds", "zone")
        ]
        changes += [{"week": {"mon": value}} for value in (odd, [odd])]
        changes += [
            {"overrides": {f"{year}-03-03": value}}
            for value in (
                odd,
                {"kind": odd},
                {"kind": "holiday", "name": odd},
                {"kind": "own", "spans": odd},
                {"kind": "own", "spans": [odd]},
                {"kind": "workday", "like": odd},
            )
        ]
        for change in changes:
            answer = await admin.post(
                f"{PATH}/working/preview", {"definition": {**definition, **change}}
            )
            assert answer.status_code in {200, 422}, (change, answer.text)
        for part in ("code", "name", "note", "definition", "is_active"):
            body = {"code": "own", "name": "x", "definition": definition, part: odd}
            answer = await admin.post(PATH, body)
            assert answer.status_code in {200, 201, 422}, (part, odd, answer.text)
        for part in ("year", "text", "dry_run"):
            body = {"year": year + 1, "text": f"{year + 1}-01-01,holiday", "dry_run": True}
            answer = await admin.post(f"{PATH}/working/import-year", {**body, part: odd})
            assert answer.status_code in {200, 422}, (part, odd, answer.text)


async def test_a_year_is_tried_then_loaded(client_as: ClientAs) -> None:
    admin = client_as("admin")
    year = KNOWN_UNTIL.year + 1
    good = {"year": year, "text": f"{year}-01-01,holiday,元旦\n{year}-01-03,workday,调休\n"}
    bad = good | {"text": good["text"] + "soon,holiday,x\n"}  # type: ignore[operator]
    tried = (await admin.post(f"{PATH}/working/import-year", bad | {"dry_run": True})).json()
    assert [fault["line"] for fault in tried["faults"]] == [3]
    refused = await admin.post(f"{PATH}/working/import-year", bad)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-year")
    done = (await admin.post(f"{PATH}/working/import-year", good)).json()
    assert (done["version"], done["days"]) == ("working-2", 2)
    assert done["covered_until"] == f"{year}-12-31"
