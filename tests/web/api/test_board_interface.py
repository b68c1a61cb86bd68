"""The board by the interface: figures, whose they are, and the list behind each."""

from datetime import timedelta

from hotline.kernel.clock import SHANGHAI
from hotline.tickets.lifecycle import Status
from tests.support.builders import Build
from tests.support.clients import ClientAs

BOARD = "/api/v1/board"


async def test_every_figure_is_the_length_of_its_list(client_as: ClientAs, build: Build) -> None:
    for status in (Status.SUBMITTED, Status.PROCESSING, Status.PENDING_VISIT, Status.CLOSED):
        await build.ticket(status)
    build.clock.move(hours=30)
    supervisor = client_as("supervisor")
    board = (await supervisor.get(BOARD)).json()
    figures = {one["figure"]: one for one in board["figures"]}
    assert figures["received"]["count"] == 4
    assert figures["received"]["before"] == 0
    assert figures["closed"]["count"] == 1
    assert board["late"]["late"] > 0
    assert sum(one["count"]["late"] for one in board["late_by_clock"]) >= board["late"]["late"]
    assert [one["department"]["code"] for one in board["departments"]] != []
    days = {"period": "free", "since": board["since"], "until": board["until"]}
    for name, one in figures.items():
        behind = (await supervisor.get(f"{BOARD}/behind/{name}", **days, limit=200)).json()
        assert behind["total"] == len(behind["items"]) == one["count"], name
        assert sum(day["count"] for day in one["days"]) == one["count"], name


async def test_days_may_be_chosen(client_as: ClientAs, build: Build) -> None:
    await build.ticket()
    today = build.clock.now().astimezone(SHANGHAI).date()
    day = today - timedelta(days=1)
    asked = {"period": "free", "since": day, "until": day}
    board = (await client_as("supervisor").get(BOARD, **asked)).json()
    assert (board["since"], board["until"]) == (day.isoformat(), day.isoformat())
    assert {one["count"] for one in board["figures"]} == {0}


async def test_a_department_gets_its_own_and_nobody_elses(
    client_as: ClientAs, build: Build
) -> None:
    await build.ticket(Status.PROCESSING)
    leader = client_as("leader.chengguan")
    own = (await leader.get(BOARD)).json()
    assert own["department"]["code"] == "chengguan"
    assert own["departments"] == []
    assert (await leader.get(BOARD, department="chengguan")).status_code == 200
    other = await leader.get(BOARD, department="zhujian")
    assert (other.status_code, other.json()["code"]) == (404, "department-not-found")
    none = await client_as("supervisor").get(BOARD, department="nobody")
    assert other.json()["code"] == none.json()["code"]


async def test_what_is_asked_wrongly_is_said(client_as: ClientAs) -> None:
    supervisor = client_as("supervisor")
    for path, asked, status in (
        ("", {"period": "yesteryear"}, 422),
        ("", {"since": "2026-02-30"}, 422),
        ("/behind/received", {"until": "tomorrow"}, 422),
        ("/behind/received", {"cursor": "x"}, 422),
        ("/behind/luck", {}, 404),
    ):
        answer = await supervisor.get(BOARD + path, **asked)
        assert answer.status_code == status, asked
        assert answer.headers["content-type"].startswith("application/problem+json")
