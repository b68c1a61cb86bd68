"""Playing a day of calls against a running house, through the very interface of exchanges."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import aiohttp
from tqdm import tqdm

from hotline.calls.signing import sign
from hotline.kernel.clock import SHANGHAI, SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker, reading
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.people.permissions import Role
from hotline.people.queries import user_ids_with_role, users_by_id
from web.exchanges import SIMULATOR
from web.run.call_day import DayEvent, disorder, plan_day
from web.run.demo.loader import load
from web.run.embedded import ServiceError
from web.run.listen import address_of
from web.run.services import services

_PATH = "/api/v1/call-events"
_BATCH = 200
_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """How a day is played.

    Attributes:
        day: events bear the instants of this day; None lets them bear those at which they are sent.
        speed: how many times faster than life; 0 as fast as can be.
        calls: how many come in.
        seed: the same plays the same day.
        agents: who answers; nobody named means every operator.
        url: where the house is; None for where this installation listens.
        exchange: whose secret signs.
        is_disordered: late, overtaken and doubled, as a bad line brings it.
    """

    day: date | None
    speed: float
    calls: int
    seed: int
    agents: Sequence[str]
    url: str | None
    exchange: str
    is_disordered: bool


async def simulate(settings: Settings, play: Play, *, quiet: bool) -> dict[str, Any]:
    """Play a day of calls and return what came of it.

    Raises:
        ServiceError: nobody answers calls, or the house does not take the events.
    """
    agents = play.agents or await _operators(settings)
    if not agents:
        raise ServiceError("There is no operator to answer: name some with --agents.")
    name = play.day.isoformat() if play.day else f"live@{datetime.now(UTC):%Y%m%d%H%M%S}"
    events = plan_day(
        name=name, calls=play.calls, agents=agents, callers=_callers(), seed=play.seed
    )
    told = disorder(events, play.seed) if play.is_disordered else events
    secret = settings.exchange_secrets.get(play.exchange) or FieldCipher(
        resolve_secret_key(settings)
    ).bearer("exchange", SIMULATOR)
    url = f"{(play.url or address_of(settings)).rstrip('/')}{_PATH}"
    taken = {"accepted": 0, "repeated": 0}
    began = time.monotonic()
    hidden = quiet or not sys.stderr.isatty()
    async with aiohttp.ClientSession() as session:
        with tqdm(total=len(told), desc="Calls", unit="event", disable=hidden, leave=False) as bar:
            async for batch in _in_time(told, play):
                answer = await _deliver(session, url, play.exchange, secret, batch)
                for word in taken:
                    taken[word] += int(answer[word])
                bar.update(len(batch))
    return {
        "day": name,
        "calls": len({event.body["call"] for event in events}),
        "events": len(told),
        **taken,
        "seconds": round(time.monotonic() - began, 1),
    }


async def _operators(settings: Settings) -> list[str]:
    async with services(settings, command="hotline calls simulate") as urls:
        engine = make_engine(urls.database_url, application_name="hotline.simulate")
        try:
            async with reading(make_session_maker(engine)) as session:
                ids = await user_ids_with_role(session, Role.OPERATOR)
                users = await users_by_id(session, ids)
        finally:
            await engine.dispose()
    return sorted(user.username for user in users.values())


def _callers() -> list[str]:
    """Return the invented numbers of the demo city, so that callers there have a history."""
    parts = load().requesters
    return [
        f"{parts.phone_prefix}{number:04d}"
        for number in range(parts.phone_first, parts.phone_last + 1)
    ]


async def _in_time(
    events: Sequence[DayEvent], play: Play
) -> AsyncIterator[list[Mapping[str, Any]]]:
    """Yield events together as their time comes, each with its instant."""
    first, began = min(event.seconds for event in events), time.monotonic()
    stamp, now = _stamps(play, first), SystemClock().now()
    batch: list[Mapping[str, Any]] = []
    for event in events:
        if play.day is not None and stamp(event) > now:
            continue  # a day that is not over is played as far as it has come
        ahead = (
            (event.seconds - first) / play.speed - (time.monotonic() - began) if play.speed else 0
        )
        if batch and (ahead > 0 or len(batch) >= _BATCH):
            yield batch
            batch = []
        if ahead > 0:
            await asyncio.sleep(ahead)
        batch.append({**event.body, "at": stamp(event).isoformat()})
    if batch:
        yield batch


def _stamps(play: Play, first: float) -> Callable[[DayEvent], datetime]:
    """Return how an event gets its instant."""
    if play.day is not None:
        midnight = datetime(play.day.year, play.day.month, play.day.day, tzinfo=SHANGHAI)
        return lambda event: midnight + timedelta(seconds=event.seconds)
    clock, began = SystemClock(), SystemClock().now()
    return lambda event: min(
        began + timedelta(seconds=(event.seconds - first) / play.speed), clock.now()
    )


async def _deliver(
    session: aiohttp.ClientSession,
    url: str,
    exchange: str,
    secret: str,
    events: Sequence[Mapping[str, Any]],
) -> Mapping[str, Any]:
    body = json.dumps({"events": list(events)}, ensure_ascii=False)
    stamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "X-Hotline-Exchange": exchange,
        "X-Hotline-Timestamp": stamp,
        "X-Hotline-Signature": sign(secret, stamp, body),
    }
    async with session.post(url, data=body.encode(), headers=headers) as answer:
        if answer.status != _OK:
            raise ServiceError(f"{url} answers {answer.status}: {(await answer.text())[:300]}")
        said: Mapping[str, Any] = await answer.json()
        return said
