"""How long it takes to explain a ticket with many hops and pauses, from the rows to the JSON."""

import json
import statistics
import sys
import time
from datetime import datetime, timedelta
from typing import Any

import msgspec
import uvloop

from bench.house import house
from hotline.escalation.explaining import explain_ticket
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker, reading
from hotline.kernel.settings import resolve_secret_key
from hotline.sla.clocks import ClockState
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import Programme
from tests.support.builders import Build, found_city
from tests.support.clock import FrozenClock
from web.api.ticket_schemas import clock_list
from web.i18n import translator
from web.views.explanations import as_text

BEGINNING = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
ROUNDS = 3
PAUSES = 6
RUNS = 100
_A = Action


async def _eventful(build: Build) -> str:
    """Make a ticket that was given back, paused and extended, reopened and done again."""
    number = (await build.create(programme=Programme.ENTERPRISE)).number
    await build.follow(number, _A.ACCEPT, _A.DISPATCH)
    await build.follow(number, _A.REQUEST_RETURN, timedelta(hours=1), _A.DECIDE_RETURN)
    for round_ in range(ROUNDS):
        if round_:
            await build.follow(number, timedelta(days=1), _A.REOPEN)
        for _ in range(PAUSES):
            await build.follow(
                number,
                timedelta(hours=3),
                _A.REQUEST_SUSPENSION,
                _A.DECIDE_SUSPENSION,
                timedelta(days=2),
                _A.END_SUSPENSION,
            )
        await build.follow(number, timedelta(hours=1), _A.CONTACT, _A.SUBMIT_FEEDBACK)
        await build.follow(number, timedelta(hours=1), _A.REJECT_AUDIT, _A.SUBMIT_FEEDBACK)
        await build.follow(number, timedelta(hours=1), _A.PASS_AUDIT, _A.RECORD_VISIT)
    return number


async def run() -> dict[str, Any]:
    """Return the times of explaining one eventful ticket, milliseconds."""
    async with house() as (settings, urls):
        cipher = FieldCipher(resolve_secret_key(settings))
        engine = make_engine(urls.database_url, application_name="bench")
        maker = make_session_maker(engine)
        clock = FrozenClock(BEGINNING)
        city = await found_city(maker, cipher, clock.now())
        number = await _eventful(Build(maker, city, clock, cipher))
        ticket = await Build(maker, city, clock, cipher).find(number)
        async with reading(maker) as session:
            told = await explain_ticket(session, ticket, clock.now())
        took: dict[str, list[float]] = {
            "read_and_explain": [],
            "of_it_computing": [],
            "json": [],
            "text": [],
        }
        for _ in range(RUNS):
            async with reading(maker) as session:
                began, worked = time.perf_counter(), time.process_time()
                told = await explain_ticket(session, ticket, clock.now())
                took["read_and_explain"].append(time.perf_counter() - began)
                took["of_it_computing"].append(time.process_time() - worked)
            began = time.perf_counter()
            msgspec.json.encode(clock_list(told, translator("zh_CN")))
            took["json"].append(time.perf_counter() - began)
            began = time.perf_counter()
            as_text(told, translator("zh_CN"))
            took["text"].append(time.perf_counter() - began)
        await engine.dispose()
        return {
            "clocks": len(told.clocks),
            "slices": sum(len(one.explanation.slices) for one in told.clocks),
            "hops": len(told.holdings.hops),
            "live": sum(one.clock.state is ClockState.RUNNING for one in told.clocks),
            **{
                name: {
                    "p50_ms": round(1000 * statistics.median(times), 2),
                    "p99_ms": round(1000 * sorted(times)[int(0.99 * len(times))], 2),
                }
                for name, times in took.items()
            },
        }


if __name__ == "__main__":
    json.dump(uvloop.run(run()), sys.stdout, ensure_ascii=False, indent=1)
