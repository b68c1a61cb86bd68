"""Makes the pictures of the guides: one invented city, one frozen instant, one walk through the desks.

`python -m tests.support.guides` writes all of them, in both languages, into
`docs/screenshots/guides/` and its folder `en`; `python -m tests.support.guides operator-desk
supervisor-board` only those that are named. It needs Chromium and a few minutes: the city is built
first. Places are found by addresses and ids, never by words, so that a page may be worded anew
without this script.
"""

import asyncio
import base64
import io
import itertools
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

import web.app
import web.resources
from hotline.escalation.outages import SWEEPER
from hotline.incidents.indexing import reindex
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.heartbeat import beat
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.search.filling.actions import fill_missing
from tests.support.clock import FrozenClock
from web.help.guides import PICTURES
from web.live.hub import Hub
from web.run.demo.directory import PASSWORD
from web.run.demo_city import build_city
from web.run.listen import serve
from web.run.migrate import upgrade
from web.run.services import services

AT = datetime(2026, 11, 26, 2, 30, tzinfo=UTC)
"""Half past ten of a Thursday in Shanghai: everybody is at work."""

WIDE, TALL, PHONE = (1180, 740), (1180, 1000), (390, 780)
BESIDE, BROAD, HALL = (1366, 800), (1500, 800), (1920, 1080)
"""From 1280 on a list stays beside its ticket; a hall has a large screen."""
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")

_PACK = """async (data) => {
  const image = new Image();
  image.src = `data:image/png;base64,${data}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", 0.6).split(",")[1];
}"""

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
    """Open the first matter of a list, beside it where there is room."""
    await page.goto(_site(page) + (await _matters(page))[0])


def _site(page: Page) -> str:
    return "/".join(page.url.split("/")[:3])


async def keys_asked(page: Page) -> None:
    """Ask which keys the page has."""
    await page.keyboard.press("?")
    await page.wait_for_selector("dialog[open]")


async def palette_asked(page: Page) -> None:
    """Open the palette and find a queue by the first letters of its Chinese name."""
    await page.keyboard.press("Control+k")
    await page.wait_for_selector("dialog[open]")
    await page.wait_for_timeout(500)
    await page.keyboard.type("dsl")


async def many_chosen(page: Page) -> None:
    """Choose what is on the list, and look at what would happen."""
    for pick in (await page.locator("[data-bulk-pick]").all())[:8]:
        await pick.check()
    await page.locator("#bulk button[type=submit]").click()
    await page.wait_for_selector("#bulk-start")


async def on_the_spot(page: Page) -> None:
    """Open the card for the spot of a matter that is being handled."""
    for href in await _matters(page):
        number = href.split("?")[0].rsplit("/", 1)[-1]
        await page.goto(f"{_site(page)}/tickets/{number}/on-site")
        if await page.locator("#on-site-form").count():
            return
    raise LookupError("nobody may check in anywhere")


def a_matter_to(action: str) -> Step:
    """Return a step that opens the first matter of a list whose form for an action stands open."""
    form = f".actions details.action[open] form[action$='/actions/{action}']"

    async def open_it(page: Page) -> None:
        for href in await _matters(page):
            await page.goto(_site(page) + href)
            if await page.locator(form).count():
                return
        raise LookupError("there is nothing to do")

    return open_it


async def _matters(page: Page) -> list[str]:
    links = await page.locator("main a.title[href^='/tickets/']").all()
    return [str(await link.get_attribute("href")) for link in links]


async def first_visit(page: Page) -> None:
    """Open the first return visit that can be tried."""
    link = page.locator("main a[href^='/visits/']").first
    await page.goto(_site(page) + str(await link.get_attribute("href")))


async def drawn(page: Page) -> None:
    """Wait until the charts are there."""
    await page.wait_for_selector(".is-drawn")
    await page.wait_for_timeout(1000)


async def at_the_calendar(page: Page) -> None:
    """Go down to the days of the year."""
    await drawn(page)
    await page.locator("#year-title").scroll_into_view_if_needed()


def down_to(selector: str) -> Step:
    """Return a step that goes down the page to a place, below what stays at the top."""

    async def go(page: Page) -> None:
        await page.locator(selector).first.evaluate(
            "one => scrollTo(0, one.getBoundingClientRect().top + scrollY"
            " - (document.querySelector('.top')?.offsetHeight ?? 0) - 12)"
        )

    return go


async def looked_for(page: Page) -> None:
    """Look for a word."""
    await page.locator("main [name=q]").first.fill("路灯")
    await page.keyboard.press("Enter")
    await page.wait_for_load_state()


async def a_screen_added(page: Page) -> None:
    """Let one screen hang in the hall, and do not show its address."""
    if not await page.locator("main form[action$='/revoke']").count():
        await page.locator("main [name=name]").fill("指挥大厅")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("main form[action$='/revoke']")
        await page.goto(f"{_site(page)}/admin/screens")


async def a_step_on(page: Page) -> None:
    """Go on to the next step of reporting."""
    await page.locator("button[name=then][value=on], button[name=then][value=send]").first.click()
    await page.wait_for_load_state()


async def what_happened(page: Page) -> None:
    """Say what happened."""
    await page.locator("[name=content]").fill(
        "昨晚8点起，中山路12号门前两盏路灯不亮，影响夜间出行，要求尽快修复。"
    )
    await page.locator("[name=request_type][value=help]").check()


async def where_and_when(page: Page) -> None:
    """Say what happened, go on, and say where."""
    await what_happened(page)
    await a_step_on(page)
    await page.locator("[name=address]").fill("中山路12号")


async def ready_to_send(page: Page) -> None:
    """Answer everything, up to the last look."""
    await where_and_when(page)
    await a_step_on(page)
    while not await page.locator("[name=phone]").count():
        await a_step_on(page)
    await page.locator("[name=phone]").fill("13900000001")
    await a_step_on(page)


async def followed(page: Page) -> None:
    """Report, and follow it with the number and the code."""
    await ready_to_send(page)
    await a_step_on(page)
    await page.locator("form[action='/track'] button[type=submit]").click()
    await page.wait_for_load_state()


async def made_large(page: Page) -> None:
    """Choose the large looks."""
    await page.locator("button[name=size][value=large]").first.click()
    await page.wait_for_timeout(800)


async def a_matter_taken_down(page: Page) -> None:
    """Fill in what a caller says."""
    for name, words in (
        ("#phone", "13900000001"),
        ("#title", "和平小区南门烧烤店油烟扰民"),
        ("#content", "楼下烧烤店每天晚上8点起油烟直排，呛得不敢开窗，要求尽快处理。"),
        ("#address", "和平小区南门"),
    ):
        await page.locator(name).fill(words)
    await page.locator("#intake [name=request_type][value=complaint]").check()
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


at_the_head = down_to(".page-head")
"""Below the alarms of the house, which are told to those who supervise it."""

at_the_form = down_to("#on-site-form")

SHOTS: Sequence[Shot] = (
    Shot("operator-desk", "operator", "/desk"),
    Shot("operator-intake", "operator", "/desk/intake?new=1", (a_matter_taken_down,), TALL),
    Shot("operator-ticket", "operator", "/queues/accept", (first_matter,), BESIDE),
    Shot("operator-keys", "operator", "/queues/accept", (first_matter, keys_asked), BESIDE),
    Shot("operator-palette", "operator", "/desk", (palette_asked,)),
    Shot("operator-search", "operator", "/search", (looked_for,)),
    Shot("operator-practice", "operator", "/practice"),
    Shot("dispatcher-queue", "dispatcher", "/queues/dispatch"),
    Shot("dispatcher-ticket", "dispatcher", "/queues/dispatch", (a_matter_to("dispatch"),), BESIDE),
    Shot("dispatcher-returns", "dispatcher", "/returns"),
    Shot("dispatcher-catalogue", "dispatcher", "/catalogue"),
    Shot("checking-audit", "auditor", "/queues/audit"),
    Shot("checking-ticket", "auditor", "/queues/audit", (first_matter,), BESIDE),
    Shot("checking-visits", "visitor", "/visits"),
    Shot("checking-visit", "visitor", "/visits", (first_visit,), TALL),
    Shot("department-today", "handler.chengguan", "/today", size=BESIDE),
    Shot("department-phone", "handler.chengguan", "/today", (down_to(".today-group"),), PHONE),
    Shot(
        "department-ticket",
        "handler.chengguan",
        "/queues/processing",
        (a_matter_to("contact"),),
        BESIDE,
    ),
    Shot("department-bulk", "handler.chengguan", "/today", (many_chosen,)),
    Shot(
        "department-on-site",
        "handler.chengguan",
        "/queues/processing",
        (on_the_spot, at_the_form),
        PHONE,
    ),
    Shot("department-people", "leader.chengguan", "/today/department"),
    Shot("department-credit", "leader.chengguan", "/credit"),
    Shot("supervisor-board", "supervisor", "/board", (drawn, at_the_head), TALL),
    Shot("supervisor-calendar", "supervisor", "/board", (at_the_calendar,)),
    Shot("supervisor-wall", "supervisor", "/wall", (drawn,), HALL),
    Shot("supervisor-late", "supervisor", "/supervision", (at_the_head,)),
    Shot("supervisor-orders", "supervisor", "/supervision/orders", (at_the_head,)),
    Shot("supervisor-ranking", "supervisor", "/credit/ranking", (at_the_head,), BROAD),
    Shot("supervisor-bulletins", "supervisor", "/bulletins", (at_the_head,)),
    Shot("administrator-setup", "admin", "/admin/setup", (at_the_head,)),
    Shot("administrator-sheet", "admin", "/admin/setup/sheets/departments", (at_the_head,)),
    Shot(
        "administrator-trial",
        "admin",
        "/admin/setup/sheets/departments",
        (a_sheet_tried, at_the_head),
    ),
    Shot("administrator-policies", "admin", "/admin/policies", (at_the_head,)),
    Shot("administrator-screens", "admin", "/admin/screens", (a_screen_added, at_the_head)),
    Shot("citizen-home", "", "/", size=PHONE),
    Shot("citizen-submit", "", "/submit", (what_happened,), PHONE),
    Shot("citizen-check", "", "/submit", (ready_to_send,), PHONE),
    Shot("citizen-track", "", "/submit", (followed, down_to("h1")), PHONE),
    Shot("citizen-large", "", "/", (made_large,), PHONE),
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
            session_maker = make_session_maker(engine)
            await build_city(session_maker, cipher, now=AT)
            # What a worker does by and by, and what is looked for below.
            async for _ in fill_missing(session_maker, cipher, AT):
                pass
            await reindex(session_maker, cipher, AT)
            await beat(session_maker, SWEEPER, AT)
            await engine.dispose()
            # The web reads this clock alone: no page knows that it is another day by now.
            setattr(web.resources, "SystemClock", lambda: clock)  # noqa: B010  # it stands in for one
            setattr(web.app, "Hub", lambda: Hub(clock.now))  # noqa: B010  # it tells pages the time
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


async def packed(page: Page, picture: bytes) -> bytes:
    """Return a PNG as WebP, as the browser of a blank page makes it: a fifth of the bytes."""
    data = await page.evaluate(_PACK, base64.b64encode(picture).decode())
    return base64.b64decode(data)


async def take(browser: Browser, site: str, shot: Shot, language: str) -> Path:
    """Take one picture, as somebody sees it who reads a language."""
    width, height = shot.size
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        locale=language.replace("_", "-"),
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    await context.add_cookies([{"name": "lang", "value": language, "url": site}])
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
        picture = await page.screenshot(animations="disabled")
        path = PICTURES[language] / f"{shot.name}.webp"
        path.write_bytes(await packed(await context.new_page(), picture))
        return path
    finally:
        await context.close()


async def make(names: Sequence[str]) -> list[str]:
    """Take the pictures that are named, or all; return the names of those that failed."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    wanted = [shot for shot in SHOTS if not names or shot.name in names]
    failed = []
    async with invented_city() as site, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(QUIET))
        for language, shot in itertools.product(PICTURES, wanted):
            try:
                path = await take(browser, site, shot, language)
            except Exception as error:  # noqa: BLE001  # one page that changed spoils one picture only
                failed.append(f"{language} {shot.name}")
                sys.stderr.write(f"{language} {shot.name}: {error}\n")
            else:
                sys.stdout.write(f"{language} {shot.name}: {path.stat().st_size // 1024} KB\n")
        await browser.close()
    return failed


if __name__ == "__main__":
    for folder in PICTURES.values():
        folder.mkdir(parents=True, exist_ok=True)
    sys.exit(1 if asyncio.run(make(sys.argv[1:])) else 0)
