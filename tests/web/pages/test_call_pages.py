"""Calls at the desk: the panel, who sees a number, passing on, calling back, the board."""

import re
from collections.abc import Iterator

import pytest
from litestar import Litestar
from sqlmodel import select

from hotline.calls.adapters.nothing import NullExchange
from hotline.calls.models import CallCommand, CallLook
from hotline.calls.ports import Command, CommandFailed, CommandKind
from hotline.calls.rules import MissState
from hotline.tickets.models import TicketEvent
from tests.support.builders import PHONE, Build
from tests.support.calls import (
    EXCHANGE,
    K,
    a_miss,
    a_talk,
    call_id,
    call_named,
    miss_of,
    rings,
    take,
    told,
)
from tests.support.clock import FrozenClock
from tests.web.pages.conftest import PersonAs
from tests.web.pages.test_desk import INTAKE

MASKED = "139****1234"
FRAGMENT = {"hx-request": "true", "hx-current-url": "http://test/desk/intake"}


class Failing:
    """An exchange that does nothing of what it is asked."""

    async def obey(self, command: Command) -> None:
        del command
        raise CommandFailed("answered 503")


@pytest.fixture
def exchange(app: Litestar) -> Iterator[NullExchange]:
    before, taken = app.state.exchanges, NullExchange()
    app.state.exchanges = {EXCHANGE: taken}
    yield taken
    app.state.exchanges = before


async def _talking(build: Build, name: str = "a", agent: str = "operator") -> str:
    await take(build, rings(name), told(name, K.ANSWERED, 8, agent=agent))
    return str(await call_id(build, name))


async def test_a_call_pops_up_with_who_it_is(person_as: PersonAs, build: Build) -> None:
    earlier = await build.ticket()
    await take(build, rings("a", agent="operator"))
    panel = (await person_as("operator").get("/desk/call", headers=FRAGMENT)).text
    assert PHONE in panel
    assert earlier not in panel  # the intake screen shows them in their own place
    alone = await person_as("operator").get("/desk/call", headers={"hx-request": "true"})
    assert earlier in alone.text
    assert f'"call": "{await call_id(build, "a")}"'.replace('"', "&#34;") in panel
    bar = (await person_as("operator").get("/desk/call/bar")).text
    assert MASKED in bar
    assert PHONE not in bar
    # whose call it is not sees nothing of it
    for other in ("operator.second", "supervisor", "dispatcher"):
        page = (await person_as(other).get("/desk/call", headers=FRAGMENT)).text
        assert PHONE not in page
        assert MASKED not in page
    async with build.session_maker() as session:
        looks = (await session.exec(select(CallLook.user_id))).all()
    assert looks == [build.city.people["operator"].user_id]


async def test_a_call_becomes_a_ticket(
    person_as: PersonAs, build: Build, clock: FrozenClock
) -> None:
    key = await _talking(build)
    operator = person_as("operator")
    form = (await operator.get(f"/desk/intake?call={key}")).text
    assert f'name="call" value="{key}"' in form
    assert PHONE in form
    assert PHONE not in (await person_as("operator.second").get(f"/desk/intake?call={key}")).text
    assert (await operator.get("/desk/intake?call=nonsense")).status_code == 200
    await take(build, told("a", K.ENDED, 158, agent="operator"))
    clock.move(seconds=200)
    sent = await operator.post("/desk/intake", {**INTAKE, "call": key})
    page = (await operator.get(sent.headers["location"])).text
    assert "2:30" in page  # spoken
    assert "0:42" in page  # written down
    lost = await operator.post(
        "/desk/intake", {**INTAKE, "call": "no such call", "_idempotency_key": "two"}
    )
    assert lost.status_code == 303  # a matter is never lost for a call's sake
    assert "2:30" not in (await person_as("handler.chengguan").get("/desk")).text


async def test_one_key_passes_a_call_on(
    person_as: PersonAs, build: Build, exchange: NullExchange
) -> None:
    key = await _talking(build)
    operator = person_as("operator")
    panel = (await operator.get("/desk/call", headers=FRAGMENT)).text
    assert re.findall(r'data-key="(F\d+)"', panel) == ["F8", "F9", "F10"]
    created = await operator.post("/desk/intake", {**INTAKE, "call": key})
    path = f"/desk/call/{key}/pass-on"
    done = await operator.post(path, {"target": "110", "kind": "transfer"}, headers=FRAGMENT)
    assert "mark-green" in done.text
    await operator.post(path, {"target": "13911110000", "kind": "add_party"}, headers=FRAGMENT)
    kinds = [(one.kind, one.target, one.agent) for one in exchange.taken]
    assert kinds == [
        (CommandKind.TRANSFER, "110", "operator"),
        (CommandKind.ADD_PARTY, "13911110000", "operator"),
    ]
    ticket = (await operator.get(created.headers["location"])).text
    assert "110" in ticket
    assert "139****0000" in ticket
    assert "13911110000" not in ticket
    number = created.headers["location"].split("/")[-1].split("?")[0]
    async with build.session_maker() as session:
        rows = (
            await session.exec(
                select(TicketEvent.details).where(TicketEvent.action == "call_passed_on")
            )
        ).all()
    assert [row["target"] for row in rows] == ["110", None]
    assert number in ticket


async def test_what_the_exchange_does_not_do_is_said_and_kept(
    person_as: PersonAs, build: Build, app: Litestar, exchange: NullExchange
) -> None:
    key = await _talking(build)
    app.state.exchanges = {EXCHANGE: Failing()}
    operator, path = person_as("operator"), f"/desk/call/{key}/pass-on"
    failed = await operator.post(path, {"target": "120"}, headers=FRAGMENT)
    assert 'role="alert"' in failed.text
    assert "answered 503" in failed.text
    async with build.session_maker() as session:
        (row,) = (await session.exec(select(CallCommand))).all()
    assert (row.is_done, row.failure, row.target) == (False, "answered 503", "120")
    for who, target in (("operator.second", "110"), ("operator", "nobody")):
        refused = await person_as(who).post(path, {"target": target}, headers=FRAGMENT)
        assert 'role="alert"' in refused.text
    app.state.exchanges = {}
    assert 'role="alert"' in (await operator.post(path, {"target": "110"}, headers=FRAGMENT)).text
    assert not exchange.taken


async def test_work_after_a_call_ends_when_it_is_said(person_as: PersonAs, build: Build) -> None:
    await take(build, *a_talk("a", -160))
    key, operator = await call_id(build, "a"), person_as("operator")
    assert f"/desk/call/{key}/wrap-up" in (await operator.get("/desk/call", headers=FRAGMENT)).text
    done = await operator.post(f"/desk/call/{key}/wrap-up", headers=FRAGMENT)
    assert str(key) not in done.text
    assert (await call_named(build, "a")).closed_at is not None
    assert (await operator.post("/desk/call/seat", {"extension": "8001"})).status_code == 303
    wrong = await operator.post("/desk/call/seat", {"extension": "x"}, headers=FRAGMENT)
    assert 'role="alert"' in wrong.text
    away = await operator.post("/desk/call/away", {"away": "true"}, headers=FRAGMENT)
    assert "mark-yellow" in away.text
    board = (await person_as("supervisor").get("/desk/board")).text
    assert "8001" in board


async def test_missed_callers_are_called_back(
    person_as: PersonAs, build: Build, exchange: NullExchange
) -> None:
    await take(build, *a_miss("a"))
    key = await call_id(build, "a")
    operator, path = person_as("operator"), "/desk/missed-calls"
    page = (await operator.get(path)).text
    assert MASKED in page
    assert PHONE not in page
    assert 'data-key="t"' in page
    assert (await operator.post(f"{path}/{key}/take")).status_code == 303
    page = (await operator.get(path)).text
    assert PHONE in page
    assert 'data-key="r"' in page
    for other in ("operator.second", "supervisor"):
        assert PHONE not in (await person_as(other).get(path)).text
    assert (await person_as("operator.second").post(f"{path}/{key}/take")).status_code == 409
    assert (await operator.post(f"{path}/{key}/call-out")).status_code == 200
    assert [one.target for one in exchange.taken] == [PHONE]
    assert (await operator.post(f"{path}/{key}/record", {"reached": ""})).status_code == 422
    await operator.post(f"{path}/{key}/record", {"reached": "false", "note": "无人接听"})
    assert "无人接听" in (await operator.get(path)).text
    created = await operator.post("/desk/intake", {**INTAKE, "call": str(key)})
    assert created.status_code == 303
    settled = await miss_of(build, "a")
    assert settled is not None
    assert settled.state is MissState.REACHED
    assert MASKED in (await operator.get(f"{path}?state=settled")).text


async def test_recordings_are_heard_by_few_and_that_is_kept(
    person_as: PersonAs, build: Build
) -> None:
    recording = "https://recordings.example/1"
    await take(build, *a_talk("a"), told("a", K.RECORDING, 200, recording=recording))
    key = await call_id(build, "a")
    path = f"/desk/calls/{key}/recording"
    for who in ("operator", "supervisor", "auditor"):
        assert (await person_as(who).get(path)).headers["location"] == recording
    for who in ("operator.second", "dispatcher", "admin", "handler.chengguan"):
        assert (await person_as(who).get(path)).status_code == 404
    async with build.session_maker() as session:
        looks = (await session.exec(select(CallLook).where(CallLook.is_recording))).all()
    assert len(looks) == 3
    assert path in (await person_as("supervisor").get("/desk/calls")).text
    assert path not in (await person_as("operator.second").get("/desk/calls")).text


async def test_lists_and_board_are_for_the_desk(person_as: PersonAs, build: Build) -> None:
    await take(build, *a_talk("a"), *a_miss("b", 400, number="13800000001"))
    for path in ("/desk/calls", "/desk/missed-calls", "/desk/board"):
        for who, status in (("operator", 200), ("supervisor", 200), ("dispatcher", 403)):
            assert (await person_as(who).get(path)).status_code == status
    calls = (await person_as("supervisor").get("/desk/calls?state=missed&day=2026-03-02")).text
    assert "138****0001" in calls
    assert MASKED not in calls
    assert (
        "138****0001" not in (await person_as("supervisor").get("/desk/calls?agent=operator")).text
    )
    board = (await person_as("supervisor").get("/desk/board", headers={"hx-request": "true"})).text
    assert board.lstrip().startswith("<div")
    for href in re.findall(r'href="([^"]+)"', board):
        assert (await person_as("supervisor").get(href.replace("&amp;", "&"))).status_code == 200
