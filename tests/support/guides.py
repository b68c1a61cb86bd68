"""Makes the pictures of the guides: one invented city, one frozen instant, one walk through the desks.

`python -m tests.support.guides` writes all of them into `docs/screenshots/guides/`;
`python -m tests.support.guides operator-desk supervisor-board` only those that are named. It needs
Chromium and a few minutes: the city is built first. Places are found by addresses and ids, never by
words, so that a page may be worded anew without this script.
"""

import asyncio
import io
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from openpyxl import Workbook
from playwright.async_api import Browser, Page, async_playwright

import web.resources
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from tests.support.clock import FrozenClock
from web.run.demo.directory import PASSWORD
from web.run.demo_city import build_city
from web.run.listen import serve
from web.run.migrate import upgrade
from web.run.services import services

FOLDER = Path(__file__).parents[2] / "docs/screenshots/guides"
AT = datetime(2026, 11, 26, 2, 30, tzinfo=UTC)
"""Half past ten of a Thursday in Shanghai: everybody is at work."""

WIDE, PHONE = (1180, 740), (390, 780)
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")

Step = Callable[[Page], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture.

    Attributes:
        name: of the file, without its ending.
        by: who looks; "" for the public.
        path: the page.
        steps: what is done there before the picture is taken.
        size: of the window.
    """

    name: str
    by: str
    path: str
    steps: tuple[Step, ...] = ()
    size: tuple[int, int] = WIDE


async def first_matter(page: Page) -> None:
    """Open the first matter of a list."""
    link = page.locator("main a[href^='/tickets/']").first
    if await link.count():
        href = await link.get_attribute("href")
        await page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + str(href))


async def a_matter_taken_down(page: Page) -> None:
    """Fill in what a caller says."""
    for name, words in (
        ("#phone", "13900000001"),
        ("#title", "中山路12号门前路灯不亮"),
        ("#content", "昨晚8点起，中山路12号门前两盏路灯不亮，影响夜间出行，要求尽快修复。"),
        ("#address", "中山路12号"),
    ):
        field = page.locator(name)
        if await field.count():
            await field.first.fill(words)
    await page.wait_for_timeout(1500)


async def a_sheet_tried(page: Page) -> None:
    """Upload a sheet with a good, a changed and a wrong line."""
    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise TypeError("a new workbook has no sheet")
    for row in (
        ["code", "name", "parent", "phone", "level"],
        ["park_office", "市公园管理中心", "hotline", "010-6543 2100", "bureau"],
        ["east_park", "东城公园管理所", "park_office", "010-6543 2101", "other"],
        ["chengguan", "", "", "010-6543 0000", ""],
        ["west_park", "西城公园管理所", "no_such_unit", 1065432102, "village"],
    ):
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    await page.set_input_files(
        "#file",
        {"name": "单位.xlsx", "mimeType": "application/octet-stream", "buffer": content.getvalue()},
    )
    await page.locator("#upload button[type=submit]").click()
    await page.wait_for_selector("#trial-state")


SHOTS: Sequence[Shot] = (
    Shot("operator-desk", "operator", "/desk"),
    Shot("operator-intake", "operator", "/desk/intake", (a_matter_taken_down,)),
    Shot("operator-ticket", "operator", "/queues/accept", (first_matter,)),
    Shot("operator-search", "operator", "/search"),
    Shot("operator-practice", "operator", "/practice"),
    Shot("dispatcher-queue", "dispatcher", "/queues/dispatch"),
    Shot("dispatcher-ticket", "dispatcher", "/queues/dispatch", (first_matter,)),
    Shot("dispatcher-catalogue", "dispatcher", "/catalogue"),
    Shot("checking-audit", "auditor", "/queues/audit"),
    Shot("checking-ticket", "auditor", "/queues/audit", (first_matter,)),
    Shot("checking-visits", "visitor", "/visits"),
    Shot("department-desk", "handler.chengguan", "/desk"),
    Shot("department-ticket", "handler.chengguan", "/queues/processing", (first_matter,)),
    Shot("department-phone", "handler.chengguan", "/desk", size=PHONE),
    Shot("department-credit", "leader.chengguan", "/credit"),
    Shot("supervisor-board", "supervisor", "/board"),
    Shot("supervisor-late", "supervisor", "/supervision"),
    Shot("supervisor-orders", "supervisor", "/supervision/orders"),
    Shot("supervisor-ranking", "supervisor", "/credit/ranking"),
    Shot("administrator-setup", "admin", "/admin/setup"),
    Shot("administrator-sheet", "admin", "/admin/setup/sheets/departments"),
    Shot("administrator-trial", "admin", "/admin/setup/sheets/departments", (a_sheet_tried,)),
    Shot("administrator-policies", "admin", "/admin/policies"),
    Shot("citizen-submit", "", "/submit", size=PHONE),
    Shot("citizen-track", "", "/track", size=PHONE),
)
"""Every picture of the guides."""


@asynccontextmanager
async def invented_city() -> AsyncIterator[str]:
    """Build the city as it stands at the frozen instant and serve it; yield its address."""
    clock = FrozenClock()
    clock.set(AT)
    with tempfile.TemporaryDirectory(prefix="hotline-guides-") as home:
        settings = Settings(home=Path(home), demo=True, delivery="off")
        async with services(settings, command="guides", exclusive=True) as urls:
            await upgrade(urls.database_url)
            engine = make_engine(urls.database_url, application_name="hotline.guides")
            cipher = FieldCipher(resolve_secret_key(settings))
            await build_city(make_session_maker(engine), cipher, now=AT)
            await engine.dispose()
            # The web reads this clock alone: no page knows that it is another day by now.
            setattr(web.resources, "SystemClock", lambda: clock)  # noqa: B010  # it stands in for one
            with socket.socket() as sock:
                sock.bind(("127.0.0.1", 0))
                stop, ready = asyncio.Event(), asyncio.Event()

                async def tell() -> None:
                    ready.set()

                server = asyncio.create_task(serve(settings, urls, sock, stop=stop, on_ready=tell))
                await ready.wait()
                yield f"http://127.0.0.1:{sock.getsockname()[1]}"
                stop.set()
                await server


async def take(browser: Browser, site: str, shot: Shot, folder: Path) -> Path:
    """Take one picture."""
    width, height = shot.size
    context = await browser.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", reduced_motion="reduce"
    )
    try:
        page = await context.new_page()
        await page.clock.set_fixed_time(AT)
        if shot.by:
            await page.goto(f"{site}/sign-in")
            await page.fill("#username", shot.by)
            await page.fill("#password", PASSWORD)
            await page.keyboard.press("Enter")
            await page.wait_for_selector("nav.side", state="attached")
        await page.goto(site + shot.path)
        for step in shot.steps:
            await step(page)
        await page.wait_for_timeout(700)  # what comes after the page: side bar, counts
        path = folder / f"{shot.name}.png"
        await page.screenshot(path=path, animations="disabled")
        return path
    finally:
        await context.close()


async def make(names: Sequence[str], folder: Path = FOLDER) -> list[str]:
    """Take the pictures that are named, or all; return the names of those that failed."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    wanted = [shot for shot in SHOTS if not names or shot.name in names]
    failed = []
    async with invented_city() as site, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(QUIET))
        for shot in wanted:
            try:
                path = await take(browser, site, shot, folder)
            except Exception as error:  # noqa: BLE001  # one page that changed spoils one picture only
                failed.append(shot.name)
                sys.stderr.write(f"{shot.name}: {error}\n")
            else:
                sys.stdout.write(f"{shot.name}: {path.stat().st_size // 1024} KB\n")
        await browser.close()
    return failed


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    sys.exit(1 if asyncio.run(make(sys.argv[1:])) else 0)
