"""Every kind of page walked through with the tabulator: seen, in order, never stuck, never covered."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.looking import CHROMIUM, QUIET
from tests.browser.streets import TOO_WIDE, Streets
from tests.support.peopled import session_of
from web.security.identity import SESSION_COOKIE

pytestmark = pytest.mark.browser

STOPS = 45
"""So many stops are looked at on a page; beyond them lists repeat themselves."""

KINDS = (
    "/sign-in",
    "/submit",
    "/track",
    "/answers",
    "/desk",
    "/desk/intake",
    "/tickets",
    "/tickets/{number:str}",
    "/board",
    "/supervision",
    "/credit/ranking",
    "/credit/events",
    "/credit/formula",
    "/admin/calendars/{code:str}",
    "/knowledge/new",
    "/observer/surveys/{survey_id:uuid}/{code:str}",
)

_STOP = """
() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const before = window.lastStop;
  window.lastStop = at;
  const words = `${at.tagName.toLowerCase()}#${at.id}.${at.className} `
    + `"${(at.getAttribute("aria-label") || at.textContent || at.name || "").trim().slice(0, 30)}"`;
  const shown = [at, at.closest("label"), at.nextElementSibling, at.parentElement].filter(Boolean);
  const isMarked = (element) => {
    const style = getComputedStyle(element);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0)
      || style.boxShadow !== "none";
  };
  const box = at.getBoundingClientRect();
  const points = [0.5, 0.15, 0.85].flatMap((x) => [0.5, 0.15, 0.85].map(
    (y) => [box.left + box.width * x, box.top + box.height * y]));
  const isSeen = points.some(([x, y]) => {
    const top = document.elementFromPoint(x, y);
    return top && (at.contains(top) || top.contains(at) || at.closest("label")?.contains(top)
      || shown.includes(top.closest("label")) || shown.some((one) => one.contains(top)));
  });
  return {
    words,
    again: (window.stops ??= new Set()).has(at) || !window.stops.add(at),
    marked: shown.some(isMarked),
    seen: isSeen || box.width <= 1,
    after: !before || !before.isConnected
      || Boolean(before.compareDocumentPosition(at) & Node.DOCUMENT_POSITION_FOLLOWING),
  };
}
"""


@pytest.mark.parametrize("route", KINDS)
async def test_the_tabulator_walks_through_the_page(streets: Streets, route: str) -> None:
    sample = await streets.sample(route)
    page = await streets.at(sample.who, sample.path)
    await page.emulate_media(reduced_motion="reduce")  # it scrolls at once
    await page.evaluate("() => { document.activeElement?.blur(); window.scrollTo(0, 0); }")
    faults: list[str] = []
    stops = 0
    for _ in range(STOPS):
        await page.keyboard.press("Tab")
        stop = await page.evaluate(_STOP)
        if stop is None or stop["again"]:
            break  # round and back at the browser's own bar
        stops += 1
        faults += [
            f"{stop['words']}: {words}"
            for name, words in (
                ("marked", "the focus cannot be seen"),
                ("seen", "what has the focus is covered"),
                ("after", "comes before what had the focus"),
            )
            if not stop[name]
        ]
    assert faults == [], f"{sample.path} as {sample.who or 'the public'}"
    assert stops > 1, f"{sample.path}: the tabulator is stuck"


@pytest.mark.parametrize("route", ["/submit", "/tickets/{number:str}", "/board"])
async def test_the_first_stop_skips_to_the_content(streets: Streets, route: str) -> None:
    sample = await streets.sample(route)
    page = await (await streets.context(sample.who)).new_page()
    await page.goto(streets.site + sample.path, wait_until="load")
    await page.evaluate("() => document.activeElement?.blur()")
    await page.keyboard.press("Tab")
    await expect(page.locator("a.skip-link")).to_be_focused()
    await expect(page.locator("a.skip-link")).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()
    await page.context.close()


async def test_escape_closes_a_menu_and_gives_the_focus_back(streets: Streets) -> None:
    page = await streets.at("supervisor", "/tickets")
    for menu in await page.locator("details.menu > summary").all():
        if not await menu.is_visible():
            continue
        await menu.focus()
        await page.keyboard.press("Enter")
        await expect(menu.locator("xpath=..")).to_have_attribute("open", "")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Escape")
        await expect(menu.locator("xpath=..")).not_to_have_attribute("open", "")
        await expect(menu).to_be_focused()


async def test_escape_closes_the_list_of_keys(streets: Streets) -> None:
    page = await streets.at("supervisor", "/tickets")
    link = page.locator("main a").first
    await link.focus()
    await page.keyboard.press("?")
    await expect(page.locator("dialog[open]")).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog[open]")).to_have_count(0)
    await expect(link).to_be_focused()


async def test_a_refused_form_puts_the_focus_on_its_first_error(streets: Streets) -> None:
    page = await streets.at("admin", "/webhooks/new")
    form = page.locator("main form[method=post]").last
    await form.evaluate("e => { e.noValidate = true }")
    await form.locator("button[type=submit]").first.click()
    await expect(page.locator("main [aria-invalid=true]").first).to_be_focused()
    told = await page.locator("main [aria-invalid=true]").first.get_attribute("aria-describedby")
    assert told
    assert await page.locator(f"#{told.split()[-1]}").inner_text()
    (await streets.desk("admin")).complaints.clear()  # the browser tells of the answer 422


async def test_the_focus_is_not_lost_where_a_part_of_the_page_is_replaced(streets: Streets) -> None:
    number = (await streets.city.rows("SELECT number FROM tickets WHERE status = 'processing'"))[0][
        0
    ]
    page = await streets.at("operator", f"/tickets/{number}")
    await page.click("#action-note > summary")
    await page.fill("#action-note [name=note]", "请补充门牌号")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".message.is-done")).to_be_visible()
    await _has_focus(page)


async def _has_focus(page: Page) -> None:
    """The next stop is near: not the top of the document, as it is when the focus is lost."""
    await page.keyboard.press("Tab")
    assert not await page.locator("a.skip-link").evaluate("e => e === document.activeElement")


async def test_text_twice_as_large_needs_no_sideways_scrolling(streets: Streets) -> None:
    """The browser's own setting: 32 pixels are one rem, and the width of the window stays."""
    large = await streets.chromium.browser_type.launch(
        executable_path=CHROMIUM, args=[*QUIET, "--blink-settings=defaultFontSize=32"]
    )
    context = await large.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    await context.add_cookies(
        [{"name": SESSION_COOKIE, "value": session_of("supervisor"), "url": streets.site}]
    )
    page = await context.new_page()
    faults = []
    for path in ("/tickets", "/desk", "/credit/formula", "/track"):
        await page.goto(streets.site + path, wait_until="load")
        assert await page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
        faults += [f"{path}: {words}" for words in await page.evaluate(TOO_WIDE)]
    await large.close()
    assert faults == []


async def test_nothing_moves_for_those_who_asked_for_it(streets: Streets) -> None:
    page = await streets.at("supervisor", "/board")
    await page.emulate_media(reduced_motion="reduce")
    moving = await page.evaluate(
        """() => [...document.querySelectorAll("body *")].filter((e) => {
          const style = getComputedStyle(e);
          return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0.01;
        }).map((e) => e.className).slice(0, 5)"""
    )
    await page.emulate_media(reduced_motion="no-preference")
    assert moving == []


async def test_forced_colours_leave_states_their_words(streets: Streets) -> None:
    page = await streets.at("supervisor", "/tickets")
    await page.emulate_media(forced_colors="active")
    for mark in (await page.locator("main .mark").all())[:20]:
        assert (await mark.inner_text()).strip()
    await page.emulate_media(forced_colors="none")
