"""The interface for exchanges: signed, repeatable, and patient with what is unknown."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar

from hotline.calls.rules import CallState, MissState
from tests.support.builders import PHONE, Build
from tests.support.calls import EVENTS, EXCHANGE, SECRET, call_named, deliver, miss_of, signed
from tests.support.clients import ClientAs
from tests.support.clock import FrozenClock

AT = "2026-03-02T09:00:00+08:00"
RINGING = {
    "id": "e1",
    "call": "c1",
    "event": "ringing",
    "at": AT,
    "number": "sip:0139-0000-1234@pbx.example",
    "line": "12345",
    "colour": "unknown here",
}
MISSED = {"id": "e2", "call": "c1", "event": "missed", "at": "2026-03-02T09:00:40+08:00"}


@pytest.fixture(autouse=True)
def exchange(app: Litestar) -> Iterator[None]:
    before = app.state.settings
    app.state.settings = before.model_copy(update={"exchange_secrets": {EXCHANGE: SECRET}})
    yield
    app.state.settings = before


def _stamp(clock: FrozenClock) -> int:
    return int(clock.now().timestamp())


async def test_events_are_taken_once(client_as: ClientAs, build: Build, clock: FrozenClock) -> None:
    nobody = client_as(None)
    events = [MISSED, RINGING]
    assert await deliver(nobody, events, _stamp(clock)) == (200, {"accepted": 2, "repeated": 0})
    assert await deliver(nobody, events, _stamp(clock)) == (200, {"accepted": 0, "repeated": 2})
    call, miss = await call_named(build, "c1"), await miss_of(build, "c1")
    assert call.state is CallState.MISSED
    assert miss is not None
    assert miss.state is MissState.OPEN
    async with build.acting("operator") as tx:
        assert tx.cipher.decrypt(call.number) == PHONE  # neither scheme, host nor a trunk's zero


@pytest.mark.parametrize(
    "fault",
    [
        {"secret": "another-secret-of-somebody"},
        {"exchange": "unheard-of"},
        {"exchange": "simulator"},
        {"age": 301},
        {"age": -301},
        {"signature": "0" * 64},
        {"signature": "²"},
    ],
)
async def test_what_no_exchange_has_signed_is_refused(
    client_as: ClientAs, clock: FrozenClock, fault: dict[str, Any]
) -> None:
    stamp = _stamp(clock) - fault.pop("age", 0)
    signature = fault.pop("signature", None)
    content, headers = signed({"events": [RINGING]}, stamp, **fault)
    given: dict[str, Any] = dict(headers)
    if signature:
        given["x-hotline-signature"] = signature.encode()
    answer = await client_as(None).request("POST", EVENTS, content=content, headers=given)
    assert (answer.status_code, answer.json()["code"]) == (401, "call-events-refused")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_that_was_altered_is_refused(client_as: ClientAs, clock: FrozenClock) -> None:
    content, headers = signed({"events": [RINGING]}, _stamp(clock))
    altered = content.replace("12345", "12346")
    answer = await client_as("admin").request("POST", EVENTS, content=altered, headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("[]", 422),
        ({"events": []}, 422),
        ({"events": [RINGING] * 501}, 422),
        ({"events": [{**RINGING, "at": "2026-03-02T09:00:00"}]}, 422),
        ({"events": [{**RINGING, "at": "2026-03-02T09:30:00+08:00"}]}, 422),
        ({"events": [{**RINGING, "event": "exploded"}]}, 422),
        ({"events": [{**RINGING, "recording": "javascript:alert(1)"}]}, 422),
        ({"events": [{**RINGING, "number": "1" * 40}]}, 422),
        ({"events": [{**RINGING, "id": ""}]}, 422),
        ({"events": [{**RINGING, "colour": "x" * 300_000}]}, 413),
        ({"events": [{**RINGING, "number": "anonymous", "agent": "\x00"}]}, 200),
    ],
)
async def test_nonsense_is_refused_and_never_breaks(
    client_as: ClientAs, clock: FrozenClock, body: object, status: int
) -> None:
    content, headers = signed(body, _stamp(clock))
    answer = await client_as(None).request("POST", EVENTS, content=content, headers=headers)
    assert answer.status_code == status, answer.text


async def test_the_simulator_is_known_to_a_demonstration_alone(
    client_as: ClientAs, app: Litestar, clock: FrozenClock
) -> None:
    secret = app.state.resources.cipher.bearer("exchange", "simulator")
    content, headers = signed(
        {"events": [RINGING]}, _stamp(clock), secret=secret, exchange="simulator"
    )
    refused = await client_as(None).request("POST", EVENTS, content=content, headers=headers)
    assert refused.status_code == 401
    app.state.settings = app.state.settings.model_copy(update={"demo": True})
    taken = await client_as(None).request("POST", EVENTS, content=content, headers=headers)
    assert taken.status_code == 200
