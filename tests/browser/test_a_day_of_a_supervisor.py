"""A supervisor's day: what is late, who holds it, is it getting better, from a rank to the ticket."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, ViewportSize, expect

from credit.ledger import Measure
from credit.scoring import write_live_scores
from hotline.supervision.board.sums import QUIET, settle_board
from hotline.tickets.lifecycle import Action, Hold, Status
from tests.browser.desks import PASSWORD, Desk
from tests.browser.looking import hurdles
from tests.browser.town import Town
from tests.support.credit_rows import as_peers, counted, worked

pytestmark = pytest.mark.browser

SIZES = (
    ViewportSize(width=360, height=780),
    ViewportSize(width=1280, height=900),
    ViewportSize(width=1920, height=1080),
)
LATE_TILE = ".tile[href='/tickets?limit_due=late']"


@pytest.fixture(scope="module")
async def stories(served_town: Town) -> str:
    """Matters of some days, late ones among them, closed days summed up, last night's scores."""
    build = served_town.build
    build.clock.set(datetime.now(UTC) - timedelta(days=3))
    for status, hold in (
        (Status.SUBMITTED, None),
        (Status.DISPATCHED, None),
        (Status.PROCESSING, None),
        (Status.CLOSED, None),
        (Status.DISPATCHED, Hold.RETURN_REVIEW),
    ):
        await build.ticket(status, hold)
        build.clock.move(hours=2)
    late = await build.ticket(Status.PROCESSING, title="路灯三天不亮")
    await build.do(Action.ISSUE_ORDER, late)
    await as_peers(build)
    for unit, done, failed in (("chengguan", 276, 4), ("zhujian", 275, 5), ("jiaotong", 278, 2)):
        await worked(build, unit, build.clock.now(), done=done, failed=failed)
    await counted(build, late, "zhujian", measures=(Measure.PROMISE,))
    served_town.begin()
    async with build.acting("supervisor") as tx:
        await write_live_scores(tx, tx.now)
    now = datetime.now(UTC)
    await settle_board(build.session_maker, now)
    await settle_board(build.session_maker, now + QUIET)
    return late


@pytest.fixture
async def desk(
    request: pytest.FixtureRequest, served_town: Town, stories: str
) -> AsyncIterator[Desk]:
    """A supervisor before a browser of his language; it may complain of nothing."""
    assert stories
    context = await served_town.chromium.new_context(
        viewport=SIZES[1], locale={"zh_CN": "zh-CN", "en": "en-GB"}[request.param]
    )
    context.set_default_timeout(8000)
    desk = await Desk.at(context, served_town.site)
    await desk.page.goto(f"{served_town.site}/sign-in")
    await desk.page.fill("#username", "supervisor")
    await desk.page.fill("#password", PASSWORD)
    await desk.page.keyboard.press("Enter")
    await desk.page.wait_for_selector("nav.side")
    yield desk
    assert desk.complaints == []
    await context.close()


class Steps:
    """Counts what a task takes: clicks, and pages that are loaded for it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = self.loads = 0
        page.on("domcontentloaded", self._load)

    def _load(self, _page: Page) -> None:
        self.loads += 1

    async def click(self, selector: str) -> None:
        await self.page.locator(selector).first.click()
        await self.page.wait_for_load_state("load")
        self.clicks += 1


async def _drawn(page: Page, least: int) -> None:
    """Wait for so many pictures; the pages allow no function to be made of a string for it."""
    for _ in range(100):
        if await page.evaluate("window.hotlineCharts?.count() ?? 0") >= least:
            return
        await page.wait_for_timeout(80)
    pytest.fail(f"fewer than {least} pictures were drawn")


async def _click_row(page: Page, figure: str, link: str) -> None:
    """Click the mark of the row that has a link, in a picture of rows under each other."""
    rows = page.locator(f"{figure} tbody tr")
    count = await rows.count()
    place = [await rows.nth(nth).locator(link).count() for nth in range(count)].index(1)
    ground = page.locator(f"{figure} .chart-ground")
    await ground.scroll_into_view_if_needed()
    box = await ground.bounding_box()
    assert box is not None
    below = 32  # the scale
    await page.mouse.click(
        box["x"] + box["width"] * 0.6,
        box["y"] + 4 + (place + 0.5) * (box["height"] - below - 4) / count,
    )


async def _rows(page: Page) -> int:
    return await page.locator("main a[href^='/tickets/2']").count()


@pytest.mark.parametrize("desk", ["zh_CN", "en"], indirect=True)
async def test_a_supervisor_sees_what_is_late_and_goes_to_the_ticket(
    desk: Desk, stories: str
) -> None:
    page = desk.page
    assert page.url.endswith("/board")
    await _drawn(page, 5)

    # What is late, and who holds it: the board says it, one click opens the list.
    steps = Steps(page)
    tile = page.locator(LATE_TILE)
    late = int(await tile.get_attribute("data-count") or 0)
    assert late >= 3
    held = page.locator("#late-units-table tr", has=page.locator("a[href*='limit_unit=chengguan']"))
    assert int(await held.locator("[data-count]").first.get_attribute("data-count") or 0) >= 1
    await steps.click(LATE_TILE)
    assert await _rows(page) == late
    assert (steps.clicks, steps.loads) == (1, 1)

    # From a rank to the ticket behind it, in two.
    await page.go_back()
    await _drawn(page, 5)
    steps = Steps(page)
    await page.locator("#board-ranking").scroll_into_view_if_needed()
    await page.wait_for_selector("figure[id^='ranking-'].is-drawn")
    await _click_row(page, "figure[id^='ranking-']", "a[href^='/credit/departments/zhujian']")
    steps.clicks += 1
    await page.wait_for_url("**/credit/departments/zhujian*")
    await steps.click(f"a[href='/tickets/{stories}'] >> visible=true")
    assert page.url.endswith(f"/tickets/{stories}")
    assert (steps.clicks, steps.loads) == (2, 2)

    # Is it getting better: another period and another department without loading the page anew.
    await page.goto(f"{desk.site}/board")
    await page.evaluate("window.isSamePage = true")
    await page.locator("input[name=period][value=month]").check(force=True)
    await expect(page).to_have_url(re.compile("period=month"))
    await page.locator("#board-of").select_option("unit:chengguan")
    await expect(page).to_have_url(re.compile("of=unit%3Achengguan"))
    await expect(page.locator("#board-now")).to_have_attribute("hx-get", re.compile("chengguan"))
    assert await page.evaluate("window.isSamePage") is True
    await _drawn(page, 3)
    await page.go_back()
    await expect(page.locator("#board-of")).to_have_value("")
    await expect(page.locator("input[name=period][value=month]")).to_be_checked()


@pytest.mark.parametrize("desk", ["zh_CN", "en"], indirect=True)
async def test_a_mark_of_a_picture_opens_the_list_in_the_cell(desk: Desk) -> None:
    page = desk.page
    await _drawn(page, 5)
    ground = page.locator("#late-units .chart-ground")
    await ground.scroll_into_view_if_needed()
    box = await ground.bounding_box()
    assert box is not None
    label = await ground.get_attribute("aria-label")
    assert label
    await page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + 62)
    await page.wait_for_url("**/tickets?*limit_unit=*")
    await page.go_back()
    await _drawn(page, 5)
    hidden = page.locator("#late-units-table")
    assert (await hidden.bounding_box() or {"width": 0})["width"] <= 2
    await hidden.locator("a").first.focus()
    assert (await hidden.bounding_box() or {"width": 0})["width"] > 200, (
        "whoever walks by keys sees it"
    )


@pytest.mark.parametrize("desk", ["zh_CN"], indirect=True)
async def test_every_page_of_the_board_is_for_everybody(desk: Desk) -> None:
    page = desk.page
    behind = "/board/behind?figure=accept_all&since=2020-01-01&until=2040-01-01"
    for path in ("/board", "/board/definitions", behind, "/supervision"):
        await page.goto(desk.site + path)
        for size in SIZES:
            await page.set_viewport_size(size)
            width = await page.evaluate("document.documentElement.scrollWidth")
            assert width <= size["width"], (path, size)
        await page.set_viewport_size(SIZES[1])
        for theme in ("light", "dark"):
            await page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
            await page.wait_for_timeout(400)  # colours change over a while
            assert await hurdles(page) == [], (path, theme)


@pytest.mark.parametrize("desk", ["en"], indirect=True)
async def test_without_scripts_the_tables_say_it(desk: Desk, served_town: Town) -> None:
    cookies = await desk.context.cookies()
    context = await served_town.chromium.new_context(
        java_script_enabled=False, viewport=SIZES[1], locale="en-GB"
    )
    await context.add_cookies(
        [{"name": one["name"], "value": one["value"], "url": desk.site} for one in cookies]
    )
    page = await context.new_page()
    await page.goto(f"{desk.site}/board")
    await expect(page.locator("#late-units-table")).to_be_visible()
    await page.locator("input[name=period][value=last_month]").check(force=True)
    await page.locator(".board-asked button[type=submit]").click()
    assert "period=last_month" in page.url
    await context.close()
