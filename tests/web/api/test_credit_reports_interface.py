"""The interface of reports: listed, read and fetched as each may, through their whole life."""

from datetime import timedelta
from typing import Any

from credit.periods import Period
from credit.reports.codec import content_digest
from hotline.kernel.db import SessionMaker
from hotline.tickets.lifecycle import Status
from tests.support.builders import Build
from tests.support.clients import Client, ClientAs
from tests.support.report_rows import freeze_rows

MONTH = Period.parse("2026-03")
REPORTS = "/api/v1/credit/reports"


async def test_a_report_through_the_interface(
    client_as: ClientAs, build: Build, maker: SessionMaker
) -> None:
    supervisor, authority = client_as("supervisor"), client_as("authority")
    leader, observer = client_as("leader.chengguan"), client_as("observer")
    await build.ticket(Status.CLOSED)
    build.clock.set(MONTH.until + timedelta(days=1))
    assert (await supervisor.post(REPORTS, {"period": "2026-03"})).status_code == 404
    await freeze_rows(maker, MONTH, build.clock.now())
    drafted = (await supervisor.post(REPORTS, {"period": "2026-03"})).json()
    assert drafted["state"] == "draft"
    assert drafted["number"] is None
    assert drafted["due_on"] == "2026-04-15"
    assert drafted["content"]["submitted"] == 1
    assert content_digest(drafted["content"]).hex() == drafted["digest"]
    again = (await supervisor.post(REPORTS, {"period": "2026-03"})).json()
    assert again["name"] == drafted["name"]
    path = f"{REPORTS}/{drafted['name']}"
    for outside in (leader, observer):
        assert (await outside.get(path)).status_code == 404
        assert (await outside.get(f"{path}/docx")).status_code == 404
        assert (await outside.get(REPORTS)).json()["items"] == []
    words: dict[str, Any] = {"preface": "前言", "comment": "", "expected_version": 1}
    assert (await supervisor.put(f"{path}/words", words)).json()["version"] == 2
    refused = await supervisor.post(f"{path}/sign", {})
    assert (refused.status_code, refused.json()["code"]) == (403, "second-person-for-report")
    signed = (await authority.post(f"{path}/sign", {"expected_version": 2})).json()
    assert signed["number"] == signed["name"] == "YTB-2026-0001"
    path = f"{REPORTS}/YTB-2026-0001"
    assert (await supervisor.put(f"{path}/words", {})).json()["code"] == "report-state"
    assert (await leader.get(path)).status_code == 404
    assert (await supervisor.post(f"{path}/publish", {})).json()["state"] == "published"
    read = (await leader.get(path)).json()
    assert read["preface"] == "前言"
    assert read["digest"] == drafted["digest"]
    assert "slowest" not in read["content"]
    [line] = (await observer.get(REPORTS, kind="month")).json()["items"]
    assert line["name"] == "YTB-2026-0001"
    assert (await observer.get(REPORTS, kind="year")).json()["items"] == []
    bodies = [(await one.get(f"{path}/docx")).content for one in (leader, authority)]
    assert bodies[0] == bodies[1]
    assert bodies[0].startswith(b"PK")
    assert (await leader.get(f"{path}/pdf")).status_code == 404
    await freeze_rows(maker, MONTH, build.clock.now())
    await _made_anew(supervisor, leader, path)


async def _made_anew(supervisor: Client, leader: Client, path: str) -> None:
    assert (await supervisor.get(path)).json()["is_outdated"]
    reissued = await supervisor.post(f"{path}/reissue", {"reason": "重新计分"})
    assert reissued.status_code == 201
    assert reissued.json()["revision"] == 2
    withdrawn = (await leader.get(path)).json()
    assert withdrawn["withdraw_reason"] == "重新计分"
    assert withdrawn["content"] is None
    assert withdrawn["preface"] == ""
    last = f"{REPORTS}/{reissued.json()['name']}"
    taken = await supervisor.post(f"{last}/withdraw", {"reason": "不发"})
    assert taken.json()["state"] == "withdrawn"
