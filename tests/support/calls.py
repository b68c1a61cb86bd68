"""Calls for tests: what an exchange says, through the very action that takes it."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlmodel import select

from hotline.calls.models import MissedCall, PhoneCall
from hotline.calls.receiving import Taken, Told, take_events
from hotline.calls.rules import CallEvent, CallEventKind
from hotline.people.principal import REQUESTER
from tests.support.builders import PHONE, Build
from tests.support.clients import Client
from tests.support.clock import MONDAY

EVENTS = "/api/v1/call-events"
EXCHANGE, SECRET = "main", "a-secret-of-the-exchange"
WITHIN = timedelta(minutes=60)
K = CallEventKind


def told(call: str, kind: CallEventKind, seconds: float, **more: Any) -> Told:
    """Something said of a call, so many seconds after nine on Monday."""
    event_id = more.pop("event_id", f"{call}-{kind.value}-{seconds}")
    at = MONDAY + timedelta(seconds=seconds)
    return Told(call, CallEvent(event_id=event_id, kind=kind, at=at, **more))


def rings(call: str, seconds: float = 0, **more: Any) -> Told:
    return told(call, K.RINGING, seconds, **{"number": PHONE, "line": "12345"} | more)


def a_talk(call: str, start: float = 0, *, agent: str = "operator", **more: Any) -> list[Told]:
    return [
        rings(call, start, **more),
        told(call, K.ANSWERED, start + 8, agent=agent),
        told(call, K.ENDED, start + 158, agent=agent),
    ]


def a_miss(call: str, start: float = 0, **more: Any) -> list[Told]:
    return [rings(call, start, **more), told(call, K.MISSED, start + 40)]


async def take(build: Build, *said: Told, exchange: str = EXCHANGE) -> Taken:
    """Let an exchange say something."""
    async with build.acting(REQUESTER) as tx:
        return await take_events(tx, exchange, said, call_back_within=WITHIN)


async def call_named(build: Build, name: str) -> PhoneCall:
    async with build.session_maker() as session:
        found = await session.exec(select(PhoneCall).where(PhoneCall.external_id == name))
        return found.one()


async def miss_of(build: Build, name: str) -> MissedCall | None:
    async with build.session_maker() as session:
        found = await session.exec(
            select(MissedCall).join(PhoneCall).where(PhoneCall.external_id == name)
        )
        return found.first()


async def call_id(build: Build, name: str) -> uuid.UUID:
    return (await call_named(build, name)).id


def signed(
    body: object, stamp: int, *, secret: str = SECRET, exchange: str = EXCHANGE
) -> tuple[str, Mapping[str, str]]:
    """Return a body and the headers that prove whose it is."""
    content = body if isinstance(body, str) else json.dumps(body)
    signature = hmac.new(secret.encode(), f"{stamp}.{content}".encode(), hashlib.sha256)
    return content, {
        "content-type": "application/json",
        "x-hotline-exchange": exchange,
        "x-hotline-timestamp": str(stamp),
        "x-hotline-signature": signature.hexdigest(),
    }


async def deliver(
    client: Client, events: Sequence[Mapping[str, Any]], stamp: int
) -> tuple[int, Any]:
    """Send events as an exchange does."""
    content, headers = signed({"events": list(events)}, stamp)
    answer = await client.request("POST", EVENTS, content=content, headers=headers)
    return answer.status_code, answer.json()
