"""The rules of credit and what grades bring, by the interface."""

from datetime import timedelta
from typing import Any

from credit.rulebook import Grade
from hotline.followup.second_looks import draw_day
from hotline.kernel.clock import SHANGHAI
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import Build
from tests.support.clients import ClientAs
from tests.support.credit_facts import make_frozen_again
from tests.support.graded import follow, grade

RULES = "/api/v1/credit/rules"


async def _draft(client_as: ClientAs, **changed: Any) -> dict[str, Any]:
    book = (await client_as("admin").get(f"{RULES}/1")).json()["book"]
    answer = await client_as("admin").post(RULES, {"book": {**book, **changed}, "note": "试行"})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_rules_are_read_drafted_previewed_and_published(
    client_as: ClientAs, build: Build
) -> None:
    admin = client_as("admin")
    first = (await client_as("observer").get(RULES)).json()["items"]
    assert [(one["version"], one["in_force"]) for one in first] == [(1, True)]
    assert (await admin.get(f"{RULES}/9")).json()["code"] == "credit-rules-not-found"
    draft = await _draft(client_as, strength=30)
    assert [(one["field"], one["before"], one["after"]) for one in draft["changes"]] == [
        ("strength", "20", "30")
    ]
    path = f"{RULES}/drafts/{draft['id']}"
    listed = (await admin.get(f"{RULES}/drafts")).json()["items"]
    assert [one["note"] for one in listed] == ["试行"]
    assert (await admin.get(path)).json()["id"] == draft["id"]
    preview = await admin.post(f"{path}/preview")
    assert preview.status_code == 200, preview.text
    assert (preview.json()["against"], len(preview.json()["items"])) == (1, 4)
    later = (build.clock.now() + timedelta(days=2)).isoformat()
    published = await admin.post(f"{path}/publish", {"valid_from": later})
    assert published.status_code == 201, published.text
    assert published.json()["version"] == 2
    both = (await admin.get(RULES)).json()["items"]
    assert [(one["version"], one["in_force"]) for one in both] == [(2, False), (1, True)]


async def test_what_is_wrong_is_said_in_both_languages(client_as: ClientAs) -> None:
    draft = await _draft(client_as, strength=30)
    path = f"{RULES}/drafts/{draft['id']}"
    wrong = {"book": {**draft["book"], "window_days": 0}, "note": ""}
    admin = client_as("admin")
    for language, words in (("en", "outside what makes sense"), ("zh-CN", "超出合理范围")):
        answer = await admin.request("PUT", path, json=wrong, headers={"accept-language": language})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-rule-book")
        assert words in answer.json()["detail"]
        assert "window_days" in answer.json()["detail"]
    odd = {"book": {"events": "nothing"}, "note": ""}
    assert (await admin.request("PUT", path, json=odd)).status_code == 422


async def test_the_second_who_saves_is_told_and_a_draft_is_carried_over(
    client_as: ClientAs,
) -> None:
    draft = await _draft(client_as, strength=30)
    path = f"{RULES}/drafts/{draft['id']}"
    body = {"book": {**draft["book"], "strength": 31}, "note": "", "expected_version": 1}
    assert (await client_as("supervisor").put(path, body)).json()["version"] == 2
    late = await client_as("admin").put(path, body)
    assert (late.status_code, late.json()["code"]) == (409, "stale-credit-draft")
    other = await _draft(client_as, window_days=80)
    admin = client_as("admin")
    await admin.post(f"{RULES}/drafts/{other['id']}/publish", {})
    stale = await admin.post(f"{path}/publish", {})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale-credit-rules")
    carried = (await admin.post(f"{path}/carry-over", {"expected_version": 2})).json()
    assert (carried["based_on"], carried["is_stale"], carried["both_changed"]) == (2, False, [])
    assert (await admin.post(f"{path}/discard", {"expected_version": 3})).status_code == 204
    assert (await admin.get(path)).status_code == 404


async def test_only_the_authority_lets_rules_hold_for_the_past(
    client_as: ClientAs, build: Build
) -> None:
    draft = await _draft(client_as, strength=30)
    await client_as("admin").post(f"{RULES}/drafts/{draft['id']}/publish", {})
    since = (build.clock.now() - timedelta(days=30)).isoformat()
    path, body = f"{RULES}/2/retroactive", {"since": since, "reason": "市府决定"}
    assert (await client_as("admin").post(path, body)).status_code == 403
    made = (await client_as("authority").post(path, body)).json()
    assert (made["reason"], made["recalculation"]["done_at"]) == ("市府决定", None)
    await make_frozen_again(build)
    newest = (await client_as("visitor").get(RULES)).json()["items"][0]
    (decided,) = newest["retroactive"]
    assert decided["reason"] == "市府决定"
    assert decided["recalculation"]["done_at"] is not None
    assert decided["recalculation"]["revised"] == []
    late = await client_as("authority").post(path, {**body, "since": "2027-01-01T00:00:00+08:00"})
    assert late.json()["code"] == "credit-rules-not-earlier"


async def test_consequences_honours_and_checks_are_told(client_as: ClientAs, build: Build) -> None:
    await grade(build, "2026-09", {"chengguan": Grade.C, "zhujian": Grade.A})
    await follow(build)
    watched = (await client_as("supervisor").get("/api/v1/credit/watchlist")).json()["items"]
    assert [(one["department"]["code"], one["lifted_by"]) for one in watched] == [
        ("chengguan", "B")
    ]
    own = await client_as("leader.chengguan").get(
        "/api/v1/credit/departments/chengguan/consequences"
    )
    kinds = {one["kind"] for one in own.json()["in_force"]}
    assert kinds >= {"watched", "no_extension", "no_honours"}
    for who, code in (("leader.chengguan", "zhujian"), ("observer", "chengguan"), ("admin", "x")):
        path = f"/api/v1/credit/departments/{code}/consequences"
        answer = await client_as(who).get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "department-not-found")
    honours = await client_as("authority").get(
        "/api/v1/credit/honours", departments="chengguan,zhujian"
    )
    assert {
        one["department"]["code"]: (one["may_be_honoured"], one["veto"] and one["veto"]["period"])
        for one in honours.json()["items"]
    } == {"chengguan": (False, "2026-09"), "zhujian": (True, None)}
    due = (await client_as("auditor").get("/api/v1/credit/checks")).json()["items"]
    assert [(one["department"]["code"], one["every_days"]) for one in due] == [
        ("chengguan", 30),
        ("zhujian", 180),
    ]
    body = {
        "department": "chengguan",
        "checked_at": build.clock.now().isoformat(),
        "findings": "台账齐全",
    }
    assert (await client_as("visitor").post("/api/v1/credit/checks", body)).status_code == 201
    assert (await client_as("authority").post("/api/v1/credit/checks", body)).status_code == 403


async def test_an_extension_is_refused_in_words_that_say_what_would_lift_it(
    client_as: ClientAs, build: Build
) -> None:
    number = await build.ticket(Status.PROCESSING)
    await grade(build, "2026-09", {"chengguan": Grade.C})
    await follow(build)
    answer = await client_as("leader.chengguan").act(
        number,
        Action.REQUEST_EXTENSION.value.replace("_", "-"),
        until=(build.clock.now() + timedelta(hours=36)).isoformat(),
        reason="multi_unit",
        explanation="需协调",
        told_how="phone",
        told_at=build.clock.now().isoformat(),
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "extension-barred-by-credit")
    assert "2026-09" in answer.json()["detail"]


async def test_second_looks_are_listed_and_recorded(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    await grade(build, "2026-01", {"chengguan": Grade.D})
    await follow(build)
    async with build.acting("system") as tx:
        await draw_day(tx, build.clock.now().astimezone(SHANGHAI).date(), "seed")
    found = (await client_as("authority").get("/api/v1/second-looks", state="drawn")).json()
    (look,) = found["items"]
    assert (look["ticket"], look["share"], look["has_passed"]) == (number, "1", None)
    body = {"contact_shown": True, "answers_matter": True, "evidence_shown": True}
    path = f"/api/v1/second-looks/{look['id']}/record"
    assert (await client_as("auditor").post(path, body)).status_code == 403
    done = await client_as("auditor.second").post(path, body)
    assert done.json()["has_passed"] is True
    again = await client_as("supervisor").post(path, body)
    assert (again.status_code, again.json()["code"]) == (409, "second-look-over")
    none = await client_as("supervisor").get("/api/v1/second-looks", department="zhujian")
    assert none.json()["items"] == []
