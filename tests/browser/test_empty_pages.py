"""A city in which nothing has happened yet: every page that the menu offers says so in words."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenDesk
from tests.browser.desks import PASSWORD

pytestmark = pytest.mark.browser

PEOPLE = (
    *("operator", "dispatcher", "handler.chengguan", "leader.chengguan", "auditor", "visitor"),
    *("supervisor", "admin", "authority"),
)

SMALL = {"width": 320, "height": 800}
BARE = """
() => {
  const bare = [];
  for (const list of document.querySelectorAll("main tbody, main ul, main ol, main dl")) {
    if (list.children.length || !list.checkVisibility() || list.closest("[data-filled-later]")) continue;
    bare.push(list.outerHTML.slice(0, 120));
  }
  for (const word of document.querySelectorAll(".empty-state")) {
    if (word.checkVisibility() && !word.textContent.trim()) bare.push(word.outerHTML.slice(0, 120));
  }
  return bare;
}
"""
"""Returns lists without a line, and empty states that say nothing."""


async def test_every_page_of_the_menu_says_that_there_is_nothing_and_the_menu_where_one_is(
    desk_of: OpenDesk,
) -> None:
    seen: set[str] = set()
    said = 0
    for person in PEOPLE:
        desk = await desk_of(viewport=SMALL)
        await desk.open("/sign-in")
        await desk.page.fill("#username", person)
        await desk.page.fill("#password", PASSWORD)
        await desk.page.keyboard.press("Enter")
        await desk.page.wait_for_url(lambda url: "/sign-in" not in url)
        links = await desk.page.eval_on_selector_all(
            "nav a[href^='/']", "links => links.map((link) => link.getAttribute('href'))"
        )
        assert links, person
        for path in links:
            if path in seen:
                continue
            seen.add(path)
            answer = await desk.page.goto(desk.site + path)
            assert answer is not None, path
            assert answer.status == 200, path
            assert await desk.page.evaluate(BARE) == [], (person, path)
            wide = await desk.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= SMALL["width"], (person, path, wide)
            said += await desk.page.locator(".empty-state").count()
    assert len(seen) > 40
    assert said > 15
    desk = await desk_of("supervisor", viewport={"width": 1280, "height": 600})
    for path in ("/exports", "/precedents", "/credit/ranking"):
        await desk.open(path)
        here = desk.page.locator(".side-inner [aria-current='page']")
        await expect(here).to_be_in_viewport(ratio=0.9)
        assert await desk.page.evaluate("scrollY") == 0
