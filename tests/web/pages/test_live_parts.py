"""Parts of pages for those that are open: with the reader's rights, the same for all who see the same."""

import re

import pytest

from hotline.kernel.live import Batch
from hotline.tickets.lifecycle import Action, Hold, Status
from hotline.tickets.queries import list_tickets
from tests.support.app import Served
from tests.support.builders import Build
from tests.web.pages.conftest import Person, PersonAs
from web.live.hub import Attendance, Told
from web.pages import desk


async def test_what_has_changed_is_told_to_whoever_may_see_it(
    build: Build, person_as: PersonAs
) -> None:
    number = await build.ticket(Status.PROCESSING)
    version = (await build.find(number)).version
    path = f"/tickets/{number}/changes?since={version}"
    handler = person_as("handler.chengguan")
    assert (await handler.get(path)).status_code == 204
    await build.do(Action.URGE, number)
    said = await handler.get(path)
    assert said.status_code == 200
    assert "operator先生" in said.text
    assert (await person_as("handler.zhujian").get(path)).status_code == 404
    assert (await handler.get("/tickets/2026113000015/changes?since=1")).status_code == 404


async def test_presence_is_for_colleagues_who_may_see_the_ticket(
    build: Build, person_as: PersonAs, served: Served
) -> None:
    number = await build.ticket(Status.PROCESSING)
    people = build.city.people
    mine, other = people["handler.chengguan"], people["supervisor"]
    hub = served.app.state.live
    hub.publish(
        Attendance(number, frozenset(), {str(mine.user_id): True, str(other.user_id): False})
    )
    try:
        path = f"/tickets/{number}/presence"
        seen = (await person_as("handler.chengguan").get(path)).text
        assert "supervisor先生" in seen
        assert "handler.chengguan先生" not in seen
        seen = (await person_as("dispatcher").get(path)).text
        assert seen.index("handler.chengguan先生") < seen.index("supervisor先生")
        assert (await person_as("handler.zhujian").get(path)).status_code == 404
    finally:
        hub.publish(Attendance(number, frozenset(), {}))


async def test_nobody_writes_on_a_ticket_that_he_may_not_see(
    build: Build, person_as: PersonAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await build.ticket(Status.PROCESSING)
    written: list[tuple[str, bool]] = []

    async def write(_self: object, number: str, _user: str, *, is_writing: bool) -> None:
        written.append((number, is_writing))

    monkeypatch.setattr("web.live.presence.Presence.write", write)
    for person in ("handler.chengguan", "handler.zhujian"):
        for writing in ("true", ""):
            answer = await person_as(person).post(
                "/live/writing", data={"number": number, "writing": writing}
            )
            assert answer.status_code == 204
    assert written == [(number, True), (number, False)]


async def test_a_list_is_made_once_for_all_who_see_the_same(
    build: Build, person_as: PersonAs, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await build.ticket(Status.SUBMITTED)
    served.app.state.live.renew()
    asked = 0
    real = list_tickets

    async def counted(*words: object, **more: object) -> object:
        nonlocal asked
        asked += 1
        return await real(*words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(desk, "list_tickets", counted)

    async def rows(person: str, path: str = "/queues/accept", **headers: str) -> str:
        answer = await person_as(person).get(path, headers={"x-live": "rows", **headers})
        assert answer.status_code == 200
        assert "<html" not in answer.text
        return answer.text

    assert number in await rows("operator")
    assert number in await rows("operator.second")
    assert asked == 1
    await rows("dispatcher")  # other roles may be shown more
    assert asked == 2
    await rows("operator", **{"x-live-after": "a batch that nobody here has heard of"})
    assert asked == 3
    served.app.state.live.publish(Told(Batch("b")))
    await rows("operator", **{"x-live-after": "b"})
    assert asked == 4
    assert number not in await rows("handler.chengguan", "/tickets")
    await rows("operator", "/desk")
    await rows("operator.second", "/desk")  # what waits for oneself is one's own
    assert asked == 7


async def test_marks_for_every_state_and_level(person_as: PersonAs) -> None:
    answer = await person_as("operator").get("/live/marks")
    found = set(re.findall(r'data-mark="(\S+)"', answer.text))
    assert {f"state:{one.value}" for one in (*Status, *Hold)} < found
    assert {"level:green", "level:red"} < found
    assert "max-age" in answer.headers["cache-control"]


async def test_the_page_of_a_matter_opens_its_own_stream_alone(
    build: Build, stranger: Person
) -> None:
    number = await build.ticket(Status.PROCESSING)
    ticket = await build.find(number)
    public = stranger
    shown = await public.post("/track", data={"number": number, "query_code": ticket.query_code})
    assert re.search(r'data-live-token="[^"]{20,}"', shown.text)
    assert "data-live-token" not in (await public.get("/track")).text
    for wrong in (number, "x", "a" * 48):
        assert (await public.get(f"/track/live?token={wrong}")).status_code == 204
    assert (await public.get("/track/live")).status_code == 204
    assert (await public.get("/live?topics=tickets")).status_code != 200
