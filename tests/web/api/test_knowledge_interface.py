"""Knowledge through the interface: from a draft to a correction, and what is refused."""

import pytest

from hotline.tickets.lifecycle import Action
from tests.support.builders import PHONE, Build
from tests.support.clients import ClientAs

ARTICLES = "/api/v1/knowledge"
TEXT = {
    "title": "路灯不亮找谁修",
    "short": "城管局三日内修复。",
    "answer": "路灯由城市管理局养护，报修后三日内修复。",
    "tags": ["路灯"],
    "categories": ["urban.roads"],
    "audience": "staff",
    "valid_from": "2026-01-01",
}


async def test_from_a_draft_to_a_correction(client_as: ClientAs, build: Build) -> None:
    writer, leader, operator = (
        client_as(name) for name in ("handler.chengguan", "leader.chengguan", "operator")
    )
    draft = await writer.post(ARTICLES, {**TEXT, "department": "chengguan"})
    assert draft.status_code == 201
    article = draft.json()
    path = f"{ARTICLES}/{article['number']}"
    assert (article["state"], article["lock_version"]) == ("draft", 1)
    assert (await client_as("handler.zhujian").get(path)).status_code == 404
    assert (await writer.post(f"{path}/submit", {})).json()["state"] == "in_review"
    own = await leader.post(f"{path}/publish", {"expected_version": 1})
    assert (own.status_code, own.json()["code"]) == (409, "stale-article")
    out = (await leader.post(f"{path}/publish", {})).json()
    assert (out["state"], out["review_by"] is not None) == ("published", True)
    found = await operator.get(f"{ARTICLES}/answers", q="门口路灯不亮")
    assert [one["number"] for one in found.json()["items"]] == [article["number"]]
    used = await operator.post(f"{path}/use", {"use": "read_out"})
    assert used.json()["version"] == 1
    report = await operator.post(f"{path}/report", {"reason": f"{PHONE}说不对"})
    assert report.status_code == 201
    assert PHONE not in report.text
    again = await operator.post(f"{path}/report", {"reason": "不对"})
    assert again.json()["code"] == "already-reported"
    decide = f"{ARTICLES}/corrections/{report.json()['id']}/decide"
    refused = await operator.post(decide, {"accept": True, "words": "是"})
    assert refused.json()["code"] == "not-your-article"
    accepted = await leader.post(decide, {"accept": True, "words": "属实"})
    assert accepted.json()["state"] == "accepted"
    listed = (await operator.get(f"{ARTICLES}/corrections", mine=True, state="accepted")).json()
    assert [one["article"] for one in listed["items"]] == [article["number"]]
    assert (await operator.get(path)).json()["warnings"] == ["correcting", "reported"]
    ticket = await build.ticket()
    answered = await operator.post(
        f"/api/v1/tickets/{ticket}/knowledge/answer", {"article": article["number"]}
    )
    assert answered.json()["answer"] == TEXT["answer"]
    await build.do(Action.ANSWER, ticket, reply="已答复", is_confirmed=True)
    made = await operator.post(f"/api/v1/tickets/{ticket}/knowledge/draft", {})
    assert made.status_code == 201


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "长" * 201},
        {"answer": PHONE},
        {"audience": "all"},
        {"valid_from": "明天"},
        {"valid_until": "2025-01-01"},
        {"review_days": 1},
        {"review_days": 10**9},
        {"tags": ["x"] * 21},
        {"categories": ["nothing"]},
        {"department": "nowhere"},
        {"unknown": 1},
        {"title": None},
    ],
)
async def test_what_an_article_may_not_be(client_as: ClientAs, wrong: dict[str, object]) -> None:
    answer = await client_as("operator").post(
        ARTICLES, {**TEXT, "department": "chengguan", **wrong}
    )
    assert answer.status_code == 422


async def test_lists_stand_whatever_is_asked(client_as: ClientAs) -> None:
    operator = client_as("operator")
    for query, status in (
        ("q=%27%3B--", 200),
        ("q=" + "x" * 201, 422),
        ("cursor=nonsense", 422),
        ("category=.*%5B", 200),
        ("category=%5C", 200),
        ("category=%00", 200),
        ("q=%00", 200),
        ("department=%00", 200),
        ("warning=none", 422),
        ("state=published&state=draft&warning=stale", 200),
        ("limit=0", 422),
    ):
        answer = await operator.request("GET", f"{ARTICLES}?{query}")
        assert answer.status_code == status, query
    for number in ("x", "ZS-0", "ZS-99999999999", "%00", "ZS-00001%27"):
        assert (await operator.get(f"{ARTICLES}/{number}")).status_code == 404, number


async def test_out_and_in(client_as: ClientAs) -> None:
    admin = client_as("admin")
    rows = [{"department": "chengguan", "title": "井盖", "answer": "修"}]
    dry = (await admin.post(f"{ARTICLES}/import", {"articles": rows})).json()
    assert (dry["added"], dry["dry_run"], dry["faults"]) == (1, True, [])
    done = (await admin.post(f"{ARTICLES}/import", {"articles": rows, "dry_run": False})).json()
    assert done["added"] == 1
    out = (await admin.get(f"{ARTICLES}/export")).json()["articles"]
    same = await admin.post(f"{ARTICLES}/import", {"articles": out, "dry_run": False})
    assert same.json()["same"] == 1
    wrong = await admin.post(f"{ARTICLES}/import", {"articles": [{"title": "x"}]})
    assert wrong.json()["faults"][0]["line"] == 1


async def test_phrases(client_as: ClientAs) -> None:
    operator = client_as("operator")
    phrase = {"title": "结束语", "text": "再见，{operator}", "desk": "any", "kind": "wrap_up"}
    kept = await operator.post("/api/v1/phrases", phrase)
    assert kept.status_code == 201
    path = f"/api/v1/phrases/{kept.json()['id']}"
    wrong = await operator.put(path, {**phrase, "text": "{name}"})
    assert wrong.json()["code"] == "unknown-placeholder"
    assert (await operator.put(path, {**phrase, "is_active": False})).status_code == 200
    assert (await client_as("visitor").put(path, phrase)).status_code == 404
    shared = await operator.post("/api/v1/phrases", {**phrase, "is_shared": True})
    assert shared.status_code == 403
