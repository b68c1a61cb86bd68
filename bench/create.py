"""Creating tickets over HTTP, against the same rows through bare asyncpg behind the same server."""

import json
import sys
from typing import Any

import uvloop

from bench.client import drive, request_bytes
from bench.house import free_port, house, process
from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.settings import resolve_secret_key
from hotline.people.actions import add_user, issue_token
from hotline.people.permissions import Role
from hotline.people.principal import Tx
from web.run.bootstrap import FOUNDER, ensure_basics

CLIENTS = 4
SECONDS = 6.0
CONTENT = "小区门口的路灯已经三天不亮，晚上老人孩子出行很不安全，请尽快派人维修。" * 11


async def run() -> dict[str, Any]:
    """Return rates and latencies, the three ways measured alternately in one run."""
    async with house() as (settings, urls):
        cipher = FieldCipher(resolve_secret_key(settings))
        engine = make_engine(urls.database_url, application_name="bench")
        maker = make_session_maker(engine)
        now = SystemClock().now()
        await ensure_basics(maker, cipher, now)
        async with maker() as session, session.begin():
            tx = Tx(session, now, cipher, "bench", FOUNDER)
            await add_user(
                tx, username="bench", display_name="bench", roles=[Role.OPERATOR],
                department="hotline",
            )  # fmt: skip
            token = await issue_token(tx, username="bench", label="bench")
        await engine.dispose()
        dsn = urls.database_url.replace("+asyncpg", "")
        product, bare = free_port(), free_port()
        body = {
            "channel": "phone", "request_type": "complaint", "title": "路灯不亮",
            "content": CONTENT, "location": {"address": "建设路12号"},
            "requester": {"name": "王某", "phone": "19900001234"},
        }  # fmt: skip
        ours = request_bytes("POST", "/api/v1/tickets", token=token, body=body)
        ways = {
            "bare, six statements": (bare, request_bytes("POST", "/six", body=body)),
            "bare, one statement": (bare, request_bytes("POST", "/one", body=body)),
            "product": (product, ours),
        }
        results: dict[str, Any] = {}
        async with (
            process(settings, "web.run.cli", "web", port=product),
            process(settings, "bench.bare_server", dsn, str(bare), port=bare),
        ):
            for name, (port, request) in ways.items():
                await drive(port, lambda _n, r=request: r, clients=CLIENTS, seconds=1.5)
                results[name] = []
            for _ in range(2):
                for name, (port, request) in ways.items():
                    load = await drive(
                        port, lambda _n, r=request: r, clients=CLIENTS, seconds=SECONDS
                    )
                    results[name].append(load)
        summary = {
            name: {
                "per_second": round(sum(load.rate for load in loads) / len(loads)),
                "p50_ms": round(max(load.percentile(0.5) for load in loads), 1),
                "p99_ms": round(max(load.percentile(0.99) for load in loads), 1),
                "failures": sum(load.failures for load in loads),
            }
            for name, loads in results.items()
        }
        rate = summary["product"]["per_second"]
        summary["share_of_bare_six"] = round(
            rate / summary["bare, six statements"]["per_second"], 2
        )
        summary["share_of_bare_one"] = round(rate / summary["bare, one statement"]["per_second"], 2)
        return summary


if __name__ == "__main__":
    json.dump(uvloop.run(run()), sys.stdout, ensure_ascii=False, indent=1)
