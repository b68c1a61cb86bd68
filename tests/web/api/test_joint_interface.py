"""Joint handling by the interface: co-handlers, a consultation, a whistle with its figures."""

from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import Build
from tests.support.clients import TICKETS, ClientAs

WHISTLES = "/api/v1/whistles"


async def test_co_handlers_report_and_are_asked_again(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    lead, co = client_as("handler.chengguan"), client_as("handler.zhujian")
    dispatcher = client_as("dispatcher")
    asked = await lead.act(
        number, "propose-co-department", department="zhujian", reason="小区内管线"
    )
    assert asked.status_code == 200
    build.clock.move(minutes=1)
    added = await dispatcher.act(number, "add-co-department", department="zhujian")
    assert [task["role"] for task in added.json()["assignments"]] == ["lead", "co"]
    assert (await co.act(number, "sign-co")).json()["assignments"][1]["state"] == "signed"
    stage = {"stage": "half_done", "note": "已挖开", "evidence": ["照片1"]}
    assert (await co.act(number, "report-stage", **stage)).status_code == 200
    assert (await co.act(number, "report-stage", stage="soon", note="x")).status_code == 422
    build.clock.move(minutes=1)
    assert (await co.act(number, "submit-opinion", opinion="已修好")).status_code == 200
    late = await co.act(number, "report-stage", **stage)
    assert (late.status_code, late.json()["code"]) == (409, "nothing-owed")
    build.clock.move(minutes=1)
    again = {"department": "zhujian", "reason": "缺少照片"}
    assert (await lead.act(number, "ask-again", **again)).status_code == 200
    items = (await lead.get(f"{TICKETS}/{number}/actions")).json()["items"]
    assert "ask_again" not in items
    reports = (await lead.get(f"{TICKETS}/{number}/co-reports")).json()["items"]
    assert [row["kind"] for row in reports] == ["proposal", "stage", "opinion", "asked_again"]
    assert reports[1]["stage"] == "half_done"
    assert (
        await client_as("handler.huanbao").get(f"{TICKETS}/{number}/co-reports")
    ).status_code == 404


async def test_a_consultation_read_while_it_is_open(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.ACCEPTED)
    path = f"{TICKETS}/{number}/consultation"
    dispatcher, unit = client_as("dispatcher"), client_as("handler.zhujian")
    none = await dispatcher.get(path)
    assert (none.status_code, none.json()["code"]) == (404, "meeting-not-found")
    nobody = await dispatcher.act(number, "request-consultation", reason="归谁", departments=[])
    assert nobody.status_code == 422
    assert (await unit.get(path)).json()["code"] == "ticket-not-found"
    await build.do(Action.REQUEST_CONSULTATION, number)
    build.clock.move(minutes=7)
    given = await unit.act(
        number, "respond-consultation", opinion="not_ours", explanation="电话13900001234可问"
    )
    assert given.status_code == 200
    reveal = await unit.post(f"{TICKETS}/{number}/reveal", {"reason": "想联系诉求人"})
    assert (reveal.status_code, reveal.json()["code"]) == (403, "called-only")
    found = (await unit.get(path)).json()
    assert (found["number"], found["state"], found["kind"]) == (
        f"{number}-C1",
        "called",
        "consultation",
    )
    answers = {one["department"]["code"]: one for one in found["units"]}
    assert answers["zhujian"]["seconds_used"] == 420
    assert answers["zhujian"]["opinion"] == "not_ours"
    assert "13900001234" not in answers["zhujian"]["words"]
    assert answers["chengguan"]["answered_at"] is None


async def test_a_whistle_with_its_figures(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    supervisor, unit = client_as("supervisor"), client_as("leader.zhujian")
    body = {"departments": ["zhujian", "jiaotong"], "reason": "管线权属不清"}
    blown = await supervisor.act(number, "blow-whistle", report_limit="PT1H", **body)
    assert blown.status_code == 200
    twice = await supervisor.act(number, "blow-whistle", **body)
    assert (twice.status_code, twice.json()["code"]) == (409, "meeting-exists")
    bad = await supervisor.act(number, "blow-whistle", report_limit="soon", **body)
    assert bad.status_code == 422
    assert (await unit.act(number, "report-in", attendee="副局长")).status_code == 200
    task = {"department": "zhujian", "text": "加固围挡", "due_at": "2026-03-04T10:00:00+08:00"}
    past = {**task, "due_at": "2026-01-01T10:00:00+08:00"}
    refused = await supervisor.act(number, "decide-whistle", decision="分工", tasks=[past])
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-meeting-task")
    decided = await supervisor.act(
        number, "decide-whistle", decision="分工", attended=["zhujian"], tasks=[task]
    )
    assert decided.status_code == 200
    for score in (0, 6):
        wrong = await supervisor.act(
            number, "score-whistle", department="zhujian", score=score, explanation="x"
        )
        assert wrong.status_code == 422
    judged = {"department": "zhujian", "score": 5, "explanation": "当场解决"}
    assert (await supervisor.act(number, "score-whistle", **judged)).status_code == 200
    again = await supervisor.act(number, "score-whistle", **judged)
    assert (again.status_code, again.json()["code"]) == (409, "already-scored")
    [listed] = (await unit.get(WHISTLES)).json()["items"]
    assert (listed["number"], listed["state"]) == (f"{number}-W1", "decided")
    assert [one["score"] for one in listed["units"]] == [None, 5]
    [seen] = (await client_as("leader.jiaotong").get(WHISTLES)).json()["items"]
    assert [one["score"] for one in seen["units"]] == [None, None]
    done = await unit.act(number, "finish-meeting-task", report="已完成", evidence=["照片"])
    assert done.status_code == 200
    [line] = (await unit.get(f"{WHISTLES}/figures")).json()["items"]
    assert line["department"]["code"] == "zhujian"
    assert (line["calls"], line["answered_in_time"], line["attended"]) == (1, 1, 1)
    assert (line["mean_score"], line["tasks"], line["tasks_in_time"]) == (5.0, 1, 1)
    assert (await supervisor.get(f"{WHISTLES}/figures", days=0)).status_code == 422
    assert (await supervisor.get(WHISTLES, unanswered=True)).json()["items"] == []
    assert (await client_as("operator").get(WHISTLES)).status_code == 403
