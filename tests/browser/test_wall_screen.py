"""The wall on its screen: both sizes without scrolling, and a long time without growing."""

import pytest
from playwright.async_api import expect

from hotline.supervision.board.screens import add_screen
from hotline.tickets.lifecycle import Status
from tests.browser.looking import hurdles
from tests.browser.town import Town

pytestmark = pytest.mark.browser

HOUR = 120
"""So often an hour's figures are fetched when nothing is heard."""

_STICKS_OUT = """() => {
  const screen = { bottom: innerHeight, right: innerWidth };
  const names = ".wall-page, .wall-number, .wall-list > div, .wall-head, .wall-foot";
  const some = document.querySelectorAll(names);
  return [...some].filter((one) => {
    const box = one.getBoundingClientRect();
    const room = one.closest(".wall-card")?.getBoundingClientRect() ?? screen;
    return box.bottom > room.bottom + 1 || box.right > room.right + 1;
  }).map((one) => one.textContent.trim());
}"""

_LOOKS = """async (count) => {
  for (let nth = 0; nth < count; nth += 1) {
    document.querySelector("[data-as-of]").dataset.asOf = "old";
    await window.hotlineWall.look();
  }
}"""


async def test_a_screen_shows_the_wall_at_both_sizes_and_for_long(town: Town) -> None:
    build = town.begin(days=2)
    for status in (Status.SUBMITTED, Status.PROCESSING, Status.CLOSED):
        await build.ticket(status)
    town.begin()
    async with build.acting("admin") as tx:
        _, word = await add_screen(tx, "指挥大厅")
    context = await town.chromium.new_context(locale="zh-CN")
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(f"{town.site}/wall/open/{word}")
    assert page.url.endswith("/wall")
    await page.wait_for_selector("#wall-late-chart.is-drawn")
    for width, height in ((1920, 1080), (3840, 2160), (1280, 720)):
        await page.set_viewport_size({"width": width, "height": height})
        await page.wait_for_timeout(200)
        sticks_out = await page.evaluate(_STICKS_OUT)
        assert sticks_out == [], (width, height)
        assert await page.evaluate("document.documentElement.scrollHeight") <= height
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await page.set_viewport_size({"width": 1920, "height": 1080})
    assert await hurdles(page) == []
    size = float(
        await page.evaluate(
            "parseFloat(getComputedStyle(document.querySelector('.wall-number strong')).fontSize)"
        )
    )
    assert size >= 60, "read from afar"

    # Old figures say so; new ones take it back.
    stale = page.locator("[data-stale]")
    await expect(stale).to_be_hidden()
    await page.evaluate(
        "document.querySelector('[data-as-of]').dataset.asOf = '2020-01-01T00:00:00Z'"
    )
    await expect(stale).to_be_visible()
    await page.evaluate("window.hotlineWall.look()")
    await expect(stale).to_be_hidden()

    # An hour, and another one: the second leaves no more behind than the first.
    session = await context.new_cdp_session(page)
    figures = await page.evaluate(
        "fetch('/wall/figures', {headers: {'hx-request': 'true'}}).then((a) => a.text())"
    )
    await page.route(
        "**/wall/figures", lambda route: route.fulfill(body=figures, content_type="text/html")
    )

    async def heap() -> float:
        await session.send("HeapProfiler.collectGarbage")
        return float((await session.send("Runtime.getHeapUsage"))["usedSize"])

    await page.evaluate(_LOOKS, HOUR // 4)
    first = await heap()
    await page.evaluate(_LOOKS, HOUR)
    second = await heap()
    assert second < first * 1.15 + 500_000
    assert await page.evaluate("window.hotlineCharts.count()") <= 3
    assert complaints == []
    await context.close()
