"""The looks in a real browser: both themes can be read, large is large, nothing typed is lost."""

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from hotline.tickets.lifecycle import Status
from tests.browser.desks import Desk
from tests.browser.looking import CONTRAST, hurdles
from tests.browser.town import NARROW, WIDE, Town

SMALL = ViewportSize(width=320, height=640)
GROUND = "getComputedStyle(document.body).backgroundColor"
BY_DAY, BY_NIGHT = "rgb(243, 245, 248)", "rgb(15, 22, 29)"
WHITE = "rgb(255, 255, 255)"
SIZES = """
() => {
  const wanted = "main button, main input, main select, .choice, .large-switch button";
  const aside = "[type=hidden], [type=radio], [type=checkbox]";
  return [...document.querySelectorAll(wanted)]
    .filter((e) => e.checkVisibility() && !e.matches(aside))
    .map((e) => [e.name || e.className, e.getBoundingClientRect().height])
    .filter(([, height]) => height < 47.9);
}
"""
"""What is lower than a finger of an elderly person wants it."""
LETTERS = "parseFloat(getComputedStyle(document.querySelector('main')).fontSize)"
WIDTH = "document.documentElement.scrollWidth"


async def _choose(desk: Desk, name: str, value: str) -> None:
    """Choose by the buttons of the page about the looks."""
    await desk.page.goto(f"{desk.site}/style")
    button = desk.page.locator(f"main .look[name={name}][value={value}]")
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")


async def _is_well(page: Page, name: str) -> None:
    assert await page.evaluate(CONTRAST) == [], name
    assert await hurdles(page) == [], name


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_everything_can_be_read(town: Town, theme: str) -> None:
    number = await town.begin().ticket(Status.PROCESSING)
    desk = await town.desk("supervisor")
    await _choose(desk, "theme", theme)
    for path in ("/style", "/board", f"/tickets/{number}", "/supervision", "/account"):
        await desk.page.goto(town.site + path)
        await expect(desk.page.locator("html")).to_have_attribute("data-theme", theme)
        await _is_well(desk.page, path)


async def test_the_page_of_the_looks_fits_every_screen(town: Town) -> None:
    desk = await town.at("operator", "/style")
    for density, size in (("dense", "normal"), ("roomy", "normal"), ("dense", "large")):
        await desk.page.set_viewport_size(WIDE)
        await _choose(desk, "density", density)
        await _choose(desk, "size", size)
        for screen in (WIDE, NARROW, SMALL):
            await desk.page.set_viewport_size(screen)
            assert await desk.page.evaluate(WIDTH) <= screen["width"], (density, size)
    await desk.page.set_viewport_size(WIDE)
    await _choose(desk, "size", "normal")


async def test_what_the_device_wants_is_followed_and_paper_is_white(town: Town) -> None:
    page = (await town.at("", "/track")).page
    assert await page.evaluate(GROUND) == BY_DAY
    # Colours change at once where nothing is to move.
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert await page.evaluate(GROUND) == BY_NIGHT
    await _is_well(page, "/track")
    await page.emulate_media(color_scheme="dark", media="print")
    assert await page.evaluate(GROUND) == WHITE
    await page.emulate_media(color_scheme="light", media="screen", reduced_motion="no-preference")


async def test_one_button_makes_it_large_and_loses_nothing(town: Town) -> None:
    page = (await town.at("", "/submit")).page
    before = await page.evaluate(LETTERS)
    field = page.locator("main textarea").first
    await field.fill("路灯不亮")
    large = page.locator(".large-switch button[value=large]")
    await large.click()
    await expect(page.locator("html")).to_have_attribute("data-size", "large")
    await expect(field).to_have_value("路灯不亮")
    await expect(page.locator(".large-switch button[value=normal]")).to_be_focused()
    after = await page.evaluate(LETTERS)
    assert after >= 1.25 * before
    for path in ("/submit", "/track", "/answers", "/sign-in"):
        await page.goto(town.site + path)
        await expect(page.locator("html")).to_have_attribute("data-size", "large")
        assert await page.evaluate(SIZES) == [], path
        await _is_well(page, path)
        await page.set_viewport_size(SMALL)
        assert await page.evaluate(WIDTH) <= SMALL["width"], path
        await page.set_viewport_size(WIDE)
    await page.locator(".large-switch button[value=normal]").click()
    await expect(large).to_be_visible()


async def test_it_works_without_scripts(town: Town, chromium: Browser) -> None:
    context = await chromium.new_context(java_script_enabled=False, locale="zh-CN")
    page = await context.new_page()
    await page.goto(f"{town.site}/answers")
    await page.click(".large-switch button[value=large]")
    await expect(page.locator("html")).to_have_attribute("data-size", "large")
    assert page.url == f"{town.site}/answers"
    await page.click("details.menu:has(.look) > summary")
    await page.click(".look[value=dark]")
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await expect(page.locator("html")).to_have_attribute("data-size", "large")
    await context.close()
