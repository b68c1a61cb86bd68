"""How soon a page can be used on a telephone of the middle class over a mobile network.

`python -m bench.phone --home FOLDER [--runs N] [--password WORD]`: starts the house of a data folder, a
demo city as a rule, and opens pages in Chromium with the processor slowed to a quarter and the line of
what its tools call "Fast 4G": 9 Mbit/s down, 1.5 Mbit/s up, 165 ms there and back. Each page is opened
by a browser that never saw the house, then once more by the same. It can be used when its scripts have
run and no task of theirs holds the page any more; counted from the beginning of the navigation. Bytes
are those that came over the wire.
"""

import argparse
import asyncio
import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import (
    Browser,
    BrowserContext,
    Page,
    StorageState,
    ViewportSize,
    async_playwright,
)

from bench.house import free_port, process
from bench.pages import until_ready
from hotline.kernel.settings import Settings
from tests.browser.looking import CHROMIUM, QUIET

SLOWER = 4
LINE = {
    "offline": False,
    "latency": 165,
    "downloadThroughput": 9e6 / 8,
    "uploadThroughput": 1.5e6 / 8,
}
SCREEN: ViewportSize = {"width": 390, "height": 844}
PAGES: Sequence[tuple[str, str]] = (
    *(("", "/"), ("", "/submit"), ("", "/track"), ("", "/statistics")),
    *(("handler.chengguan", "/today"), ("leader.chengguan", "/today/department")),
    *(("operator", "/desk"), ("operator", "/tickets"), ("dispatcher", "/queues/dispatch")),
    ("supervisor", "/supervision"),
)
"""Who opens what; the ones that are looked at on the way, and the desks."""

_USABLE = """
() => new Promise((resolve) => {
  const entry = performance.getEntriesByType("navigation")[0];
  let last = 0;
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) last = Math.max(last, task.startTime + task.duration);
  }).observe({ type: "longtask", buffered: true });
  setTimeout(() => resolve({
    painted: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null,
    usable: Math.max(entry.domContentLoadedEventEnd, last < entry.loadEventEnd + 500 ? last : 0),
  }), 700);
})
"""


@dataclass(slots=True)
class Opened:
    """What was measured of a page in one state of the cache."""

    painted: list[float] = field(default_factory=list)
    usable: list[float] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """Return the middle of each."""
        return {
            "painted_ms": round(statistics.median(self.painted)),
            "usable_ms": round(statistics.median(self.usable)),
            "worst_usable_ms": round(max(self.usable)),
            "kb": round(statistics.median(self.bytes) / 1000, 1),
        }


async def _slowed(context: BrowserContext) -> tuple[Page, list[int]]:
    page = await context.new_page()
    tools = await context.new_cdp_session(page)
    await tools.send("Network.enable")
    await tools.send("Network.emulateNetworkConditions", LINE)
    await tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    came: list[int] = []
    tools.on("Network.loadingFinished", lambda told: came.append(int(told["encodedDataLength"])))
    return page, came


async def _open(context: BrowserContext, address: str, opened: Opened) -> None:
    page, came = await _slowed(context)
    await page.goto(address, wait_until="load")
    told = await page.evaluate(_USABLE)
    opened.painted.append(told["painted"] or told["usable"])
    opened.usable.append(told["usable"])
    opened.bytes.append(sum(came))
    await page.close()


async def _session(site: str, name: str, password: str, browser: Browser) -> StorageState:
    """Sign in once, without haste, and return what the browser keeps of it."""
    context = await browser.new_context()
    page = await context.new_page()
    if name:
        await page.goto(f"{site}/sign-in")
        await page.fill("#username", name)
        await page.fill("#password", password)
        await page.press("#password", "Enter")
        await page.wait_for_selector("nav.side", state="attached")
    kept = await context.storage_state()
    await context.close()
    return kept


async def run(asked: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of every page, seen for the first time and again."""
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    found: dict[str, Any] = {}
    async with (
        process(Settings(home=asked.home), "web.run.cli", "up", port=port),
        httpx.AsyncClient(base_url=site) as http,
        async_playwright() as playwright,
    ):
        await until_ready(http)
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        sessions = {name: await _session(site, name, asked.password, browser) for name, _ in PAGES}
        for name, path in PAGES:
            first, again = Opened(), Opened()
            for _ in range(asked.runs):
                context = await browser.new_context(
                    storage_state=sessions[name],
                    viewport=SCREEN,
                    locale="zh-CN",
                    is_mobile=True,
                    has_touch=True,
                )
                await _open(context, site + path, first)
                await _open(context, site + path, again)
                await context.close()
            found[f"{name or 'public'} {path}"] = {
                "first": first.figures(),
                "again": again.figures(),
            }
        await browser.close()
    return {
        "worst_first_usable_ms": max(one["first"]["usable_ms"] for one in found.values()),
        "worst_again_usable_ms": max(one["again"]["usable_ms"] for one in found.values()),
        "worst_first_kb": max(one["first"]["kb"] for one in found.values()),
        "worst_again_kb": max(one["again"]["kb"] for one in found.values()),
        "pages": found,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--password", default="hotline-demo")
    print(json.dumps(asyncio.run(run(parser.parse_args())), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
