"""Credit by the interface: who sees which figures before and after they are published."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from credit.freezing import Change, recalculate
from credit.jobs import score_now
from credit.ledger import EntryState, Measure
from hotline.tickets.lifecycle import Status
from tests.support.builders import Build
from tests.support.clients import ClientAs
from tests.support.credit_facts import deliver
from tests.support.credit_rows import as_peers, became, happened, shanghai, worked
from tests.support.queries import count_queries

CREDIT = "/api/v1/credit"
OWN, OTHER = f"{CREDIT}/departments/chengguan", f"{CREDIT}/departments/zhujian"
READERS = ("supervisor", "leader.chengguan", "leader.zhujian", "observer", "discipline")


async def statuses(client_as: ClientAs, path: str, **params: Any) -> dict[str, int]:
    return {name: (await client_as(name).get(path, **params)).status_code for name in READERS}


def seen_by(*names: str) -> Mapping[str, int]:
    return {name: 200 if name in names else 404 for name in READERS}


@pytest.fixture
async def november(build: Build) -> Build:
    await as_peers(build)
    build.clock.set(shanghai(2026, 11, 10))
    await happened(build, "chengguan", "co_timeout")
    for unit, failed in (("chengguan", 3), ("zhujian", 8)):
        await worked(build, unit, shanghai(2026, 11, 9), done=37, failed=failed)
    build.clock.set(shanghai(2026, 12, 1, 1))
    return build


async def test_a_month_from_freezing_to_a_revision(client_as: ClientAs, november: Build) -> None:
    build, supervisor = november, client_as("supervisor")
    made = await supervisor.post(f"{CREDIT}/periods", {"period": "2026-11"})
    assert (made.status_code, made.json()["state"]) == (201, "frozen")
    again = await supervisor.post(f"{CREDIT}/periods", {"period": "2026-11"})
    assert (again.status_code, again.json()["code"]) == (409, "credit-period-frozen")
    early = await supervisor.post(f"{CREDIT}/periods", {"period": "2026-12"})
    assert (early.status_code, early.json()["code"]) == (409, "credit-period-not-over")
    wrong = await supervisor.post(f"{CREDIT}/periods", {"period": "2026-13"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid-credit-period")
    # Before publication the hotline sees it, and the department its own.
    asked: dict[str, Any] = {"period": "2026-11"}
    assert await statuses(client_as, OWN, **asked) == seen_by("supervisor", "leader.chengguan")
    assert await statuses(client_as, f"{CREDIT}/rankings", **asked) == seen_by("supervisor")
    assert await statuses(client_as, f"{CREDIT}/periods/2026-11/revisions") == seen_by(
        "supervisor", "leader.chengguan", "leader.zhujian"
    )
    for name, count in (("observer", 0), ("leader.zhujian", 1)):
        assert len((await client_as(name).get(f"{CREDIT}/periods")).json()["items"]) == count
    done = await supervisor.post(f"{CREDIT}/periods/2026-11/publish")
    assert (done.status_code, done.json()["published_revision"]) == (200, 1)
    # Afterwards everybody sees the places, the observers the score too; another department does not.
    assert await statuses(client_as, f"{CREDIT}/rankings", **asked) == seen_by(*READERS)
    assert await statuses(client_as, OWN, **asked) == seen_by(
        "supervisor", "leader.chengguan", "observer", "discipline"
    )
    own = (await client_as("leader.chengguan").get(OWN, **asked)).json()
    assert (own["n"], own["grade"], own["is_published"]) == (40, "C", True)
    assert [one["code"] for one in own["explanation"]["entries"]] == ["co_timeout"]
    public = (await client_as("observer").get(OWN)).json()
    assert (public["period"], public["score"]) == ("2026-11", own["score"])
    assert public["explanation"]["entries"] == []  # what is minor is never displayed
    rows = (await client_as("observer").get(f"{CREDIT}/rankings")).json()
    assert rows["period"] == "2026-11"
    assert [(one["department"], one["rank"]) for one in rows["items"][:2]] == [
        ("chengguan", 1),
        ("zhujian", 2),
    ]
    nobody = await supervisor.get(f"{CREDIT}/rankings", **asked, peer_group="towns")
    assert nobody.json()["items"] == []
    build.clock.set(shanghai(2026, 12, 9))
    await worked(build, "zhujian", shanghai(2026, 11, 20), failed=4, done=0)
    async with build.acting("supervisor") as tx:
        await recalculate(tx, [Change(shanghai(2026, 11, 20), "补报")])
    for name, changed in (
        ("observer", ["chengguan", "zhujian"]),
        ("leader.zhujian", ["zhujian"]),
    ):
        revisions = (await client_as(name).get(f"{CREDIT}/periods/2026-11/revisions")).json()
        assert [one["reason"] for one in revisions["items"]] == ["", "补报"]
        assert sorted(one["department"] for one in revisions["items"][1]["changes"]) == changed


async def test_the_last_night_is_not_for_everybody(client_as: ClientAs, november: Build) -> None:
    build = november
    assert await statuses(client_as, OWN) == seen_by("supervisor", "leader.chengguan")
    worked_out = (await client_as("supervisor").get(OWN)).json()
    await score_now(build.session_maker, build.cipher, build.clock.now())
    live = (await client_as("leader.chengguan").get(OWN)).json()
    assert (live["score"], live["input_digest"]) == (
        worked_out["score"],
        worked_out["input_digest"],
    )
    assert live["grade"] == "C"
    earlier = (await client_as("supervisor").get(OWN, as_of="2026-11-01T00:00:00Z")).json()
    assert (earlier["score"], earlier["n"]) == (None, 0)
    assert (await client_as("observer").get(OWN, as_of="2026-11-01T00:00:00Z")).status_code == 404
    night = (await client_as("supervisor").get(f"{CREDIT}/rankings")).json()
    assert [one["n"] for one in night["items"]] == [40, 45, 0, 0]
    assert (await client_as("observer").get(f"{CREDIT}/rankings")).json()["items"] == []
    for code in ("hotline", "nowhere"):
        assert (
            await client_as("supervisor").get(f"{CREDIT}/departments/{code}")
        ).status_code == 404


@pytest.mark.usefixtures("november")
async def test_down_to_the_tickets(client_as: ClientAs) -> None:
    leader = client_as("leader.zhujian")
    path = f"{OTHER}/tickets"
    first = (await leader.get(path, indicator="resolved", limit=30)).json()
    rest = (
        await leader.get(path, indicator="resolved", cursor=first["next_cursor"], limit=30)
    ).json()
    items = [*first["items"], *rest["items"]]
    assert (len(items), rest["next_cursor"]) == (45, None)
    assert len({one["ticket_id"] for one in items}) == 45
    missed = (await leader.get(path, indicator="resolved", missed=True)).json()
    assert len(missed["items"]) == 8
    assert await statuses(client_as, path, indicator="sign") | {"observer": 0, "discipline": 0} == {
        **seen_by("supervisor", "leader.zhujian"),
        "observer": 0,
        "discipline": 0,
    }
    assert (await leader.get(path, indicator="luck")).status_code == 422
    assert (await leader.get(path, indicator="sign", cursor="x")).status_code == 422


async def test_an_exclusion_by_the_interface(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.CLOSED)
    await deliver(build)
    build.clock.move(hours=1)
    path = f"{CREDIT}/exclusions"
    body = {"ticket": number, "code": "pilot", "reason": "试点 13900001234", "evidence": ["批文"]}
    leader, supervisor = client_as("leader.chengguan"), client_as("supervisor")
    assert (await leader.post(path, {**body, "evidence": []})).status_code == 422
    asked = await leader.post(path, body)
    assert (asked.status_code, asked.json()["state"]) == (201, "asked")
    assert "13900001234" not in asked.text
    one = f"{path}/{asked.json()['id']}"
    assert (await client_as("leader.zhujian").get(one)).status_code == 404
    decision = {"approve": True, "explanation": "属实"}
    involved = await client_as("auditor").post(f"{one}/decide", decision)
    assert (involved.status_code, involved.json()["code"]) == (403, "decider-took-part")
    first = await supervisor.post(f"{one}/decide", decision)
    assert (first.json()["state"], first.json()["first_by"]) == ("seconded", "supervisor")
    second = await client_as("authority").post(f"{one}/decide", decision)
    assert second.json()["state"] == "approved"
    over = await client_as("auditor.second").post(f"{one}/decide", decision)
    assert (over.status_code, over.json()["code"]) == (409, "exclusion-decided")
    listed = (await supervisor.get(path, state="approved", code="pilot")).json()
    assert [row["id"] for row in listed["items"]] == [asked.json()["id"]]
    build.clock.move(hours=1)
    aside = (await leader.get(f"{OWN}/set-aside")).json()["items"]
    assert {(row["indicator"], row["cause"]) for row in aside} == {
        (measure.value, "pilot") for measure in Measure
    }
    assert (await supervisor.get(f"{path}/by-facts")).json()["items"] == []


async def test_a_waiting_quarter_says_why(client_as: ClientAs, november: Build) -> None:
    build, supervisor = november, client_as("supervisor")
    build.clock.set(shanghai(2026, 12, 5))
    entry = await happened(build, "zhujian", "plan_failed")
    build.clock.set(shanghai(2027, 1, 1, 1))
    await supervisor.post(f"{CREDIT}/periods", {"period": "2026-Q4"})
    running = await supervisor.post(f"{CREDIT}/periods/2026-Q4/publish")
    assert (running.status_code, running.json()["code"]) == (409, "credit-period-state")
    shown = await supervisor.post(f"{CREDIT}/periods/2026-Q4/begin-notice")
    assert (shown.status_code, shown.json()["state"]) == (200, "notice")
    early = await supervisor.post(f"{CREDIT}/periods/2026-Q4/publish")
    assert (early.status_code, early.json()["code"]) == (409, "credit-notice-running")
    await became(build, entry, EntryState.OBJECTED)
    (row,) = (await supervisor.get(f"{CREDIT}/periods", kind="quarter")).json()["items"]
    assert row["objections"] == 1


async def test_lists_ask_the_same_however_long_they_are(
    client_as: ClientAs, november: Build, city_engine: AsyncEngine
) -> None:
    supervisor = client_as("supervisor")
    await score_now(november.session_maker, november.cipher, november.clock.now())
    for path in (
        f"{CREDIT}/rankings",
        f"{OWN}/tickets",
        f"{OWN}/set-aside",
        f"{CREDIT}/exclusions",
        f"{CREDIT}/periods",
    ):
        counts = set()
        for _ in range(2):
            with count_queries(city_engine) as asked:
                assert (await supervisor.get(path)).status_code == 200
            counts.add(len(asked))
            await worked(november, "chengguan", shanghai(2026, 11, 20), done=3)
            november.clock.move(minutes=1)
        assert len(counts) == 1, path
