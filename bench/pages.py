"""How long every page takes and how much of it goes over the wire, for every role.

`python -m bench.pages --home FOLDER [--runs N] [--samples N] [--password WORD] [--roles A,B]`: starts the
house of a data folder, a demo city or what `bench.million` has filled, signs in as each role, and follows
the links from its first page: of addresses that differ only in numbers and names of things, some samples.
Each page is then asked for again and again, one at a time, over a connection that stays open, and where
it seems slow a hundred times more; the time is from the question to the last byte. Printed are the
slowest pages, and what is above the aim.
"""

import argparse
import asyncio
import contextlib
import functools
import json
import math
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import uvloop

from bench.house import free_port, process
from hotline.kernel.settings import Settings
from web.pages.router import page_router

ROLES = (
    *("operator", "dispatcher", "auditor", "visitor", "supervisor", "authority", "admin"),
    *("handler.chengguan", "leader.chengguan", "observer", "discipline", ""),
)
AIM_MS = 60
CLOSER = 100
LANGUAGE = {"accept-language": "zh-CN"}
_VARIABLE = re.compile(r"\{\w+:\w+\}")
_NEVER = re.compile(
    r"^/(?:sign-out|static|schema|live|open311|metrics|health)|\.(?:xlsx|csv|docx|png|json|ics)$"
)


@functools.cache
def _kinds() -> Sequence[tuple[re.Pattern[str], str]]:
    """Return every page there is, the ones with the fewest variable parts first."""
    paths = sorted({route.path for route in page_router.routes}, key=lambda path: path.count("{"))
    return [(re.compile(_VARIABLE.sub("[^/]+", path)), path) for path in paths]


def kind_of(path: str) -> str:
    """Return the page that an address is one of."""
    bare = path.partition("?")[0]
    return next((kind for pattern, kind in _kinds() if pattern.fullmatch(bare)), bare)


class Links(HTMLParser):
    """The addresses of this house that a page leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.assets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a tag leads."""
        given = dict(attrs)
        href = given.get("href") or ""
        if tag == "a" and href.startswith("/") and not href.startswith("//"):
            self.found.append(href.partition("#")[0])
        if tag == "link" and given.get("rel") in {"stylesheet", "icon"}:
            self.assets.append(href)
        if tag == "script" and given.get("src"):
            self.assets.append(str(given["src"]))


@dataclass(slots=True)
class Seen:
    """What was measured of one kind of page for one role."""

    role: str
    kind: str
    path: str
    packed: int = 0
    assets: Sequence[str] = ()
    seconds: list[float] = field(default_factory=list)

    def at(self, share: float) -> float:
        """Return the milliseconds that a share of the answers stays within."""
        ordered = sorted(self.seconds)
        return ordered[max(0, math.ceil(len(ordered) * share) - 1)] * 1000


async def _packed(http: httpx.AsyncClient, path: str) -> tuple[httpx.Response, int]:
    """Return an answer and how many bytes of it went over the wire."""
    async with http.stream("GET", path) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    length = len(raw)
    answer = await http.get(path)
    return answer, length


async def _sign_in(http: httpx.AsyncClient, name: str, password: str) -> None:
    page = (await http.get("/sign-in")).text
    token = re.search(r'name="_csrf_token" value="([^"]*)"', page)
    form = {"username": name, "password": password, "_csrf_token": token[1] if token else ""}
    answer = await http.post("/sign-in", data=form)
    if answer.status_code != 303:
        raise SystemExit(f"{name} cannot sign in: {answer.status_code}")


async def _look(http: httpx.AsyncClient, role: str, path: str) -> tuple[Seen | None, list[str]]:
    """Return what a page weighs, if it is one, and where it leads."""
    answer, packed = await _packed(http, path)
    if answer.is_redirect:
        return None, [str(answer.headers["location"])]
    if answer.status_code >= 400:
        print(f"{role or 'public'} {path}: {answer.status_code}", file=sys.stderr)
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return None, []
    links = Links()
    links.feed(answer.text)
    return Seen(role or "public", kind_of(path), path, packed, links.assets), links.found


async def _walk(http: httpx.AsyncClient, role: str, samples: int) -> list[Seen]:
    """Follow the links from the first page of a role."""
    waiting, known, taken, found = ["/"], {"/"}, Counter[str](), list[Seen]()
    while waiting:
        path = waiting.pop(0)
        if taken[kind_of(path)] >= samples:
            continue
        page, onward = await _look(http, role, path)
        if page is not None:
            taken[page.kind] += 1
            found.append(page)
        fresh = {link: None for link in onward if link.startswith("/")}.keys() - known
        known |= fresh
        waiting += sorted(link for link in fresh if not _NEVER.search(link.partition("?")[0]))
    return found


async def until_ready(http: httpx.AsyncClient) -> None:
    """Wait until the house answers."""
    for _ in range(600):
        with contextlib.suppress(httpx.TransportError):
            if (await http.get("/health/live")).status_code == 200:
                return
        await asyncio.sleep(0.5)
    raise SystemExit("The house does not become ready.")


async def _measure(http: httpx.AsyncClient, pages: Sequence[Seen], runs: int) -> None:
    for page in pages:
        await _ask(http, page, runs)
        if page.at(0.95) > AIM_MS:
            # A few say little about the slowest twentieth: what seems slow is looked at closer.
            await _ask(http, page, CLOSER)


async def _ask(http: httpx.AsyncClient, page: Seen, runs: int) -> None:
    for _ in range(runs):
        began = time.perf_counter()
        await http.get(page.path)
        page.seconds.append(time.perf_counter() - began)


async def _first_view(http: httpx.AsyncClient, page: Seen) -> int:
    """Return the bytes of a page with everything that it loads, charts left out, nothing cached."""
    total = page.packed
    for asset in page.assets:
        if "echarts" not in asset:
            total += (await _packed(http, asset))[1]
    return total


async def run(asked: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of every page."""
    port = free_port()
    pages: list[Seen] = []
    heaviest = (0, "")
    async with process(Settings(home=asked.home), "web.run.cli", "up", port=port):
        for role in asked.roles.split(","):
            address = f"http://127.0.0.1:{port}"
            async with httpx.AsyncClient(base_url=address, headers=LANGUAGE, timeout=60) as http:
                await until_ready(http)
                if role:
                    await _sign_in(http, role, asked.password)
                own = await _walk(http, role, asked.samples)
                await _measure(http, own, asked.runs)
                for page in own:
                    heaviest = max(heaviest, (await _first_view(http, page), page.path))
            pages += own
            print(f"{role or 'public'}: {len(own)} pages", file=sys.stderr)
    pages.sort(key=lambda page: -page.at(0.95))
    print(f"{'p50':>8} {'p95':>8} {'KB':>6}  page", file=sys.stderr)
    for page in pages[: asked.slowest]:
        line = f"{page.at(0.5):8.1f} {page.at(0.95):8.1f} {page.packed / 1000:6.1f}"
        print(f"{line}  {page.role} {page.path}", file=sys.stderr)
    every = [page.at(0.95) for page in pages]
    return {
        "pages": len(pages),
        "kinds": len({page.kind for page in pages}),
        "median_of_p95_ms": round(statistics.median(every), 1),
        "worst_p95_ms": round(max(every), 1),
        "above_60_ms": sorted({page.kind for page in pages if page.at(0.95) > AIM_MS}),
        "above_150_ms": sorted({page.kind for page in pages if page.at(0.95) > 150}),
        "first_view_kb": round(heaviest[0] / 1000, 1),
        "first_view_of": heaviest[1],
        "above_30_kb": sorted({page.kind for page in pages if page.packed > 30_000}),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--samples", type=int, default=2)
    parser.add_argument("--slowest", type=int, default=40)
    parser.add_argument("--password", default="hotline-demo")
    parser.add_argument("--roles", default=",".join(ROLES))
    print(json.dumps(uvloop.run(run(parser.parse_args())), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
