"""A citizen and his telephone, from the first page to a matter that has come back, in both languages.

What he presses, types and loads is counted: before there were steps it took 8 presses, 47 signs and 3
pages to report from the first page, and 7 presses, 22 signs and 4 pages to follow and urge.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from playwright.async_api import FilePayload, Page

from hotline.tickets.lifecycle import Action, Status
from tests.browser.looking import CONTRAST, hurdles
from tests.browser.town import Town
from tests.support.pictures import png

WORDS = "云泽路12号路灯不亮，晚上很黑，请修理。"
PHONE = "13900001234"
BEFORE_REPORT = 8 + 47
BEFORE_URGE = 7 + 22
"""Presses and signs on the pages as they were before there were steps."""

TELEPHONE = {"width": 390, "height": 844}


@dataclass
class Hand:
    """One thumb: everything that it does is counted."""

    page: Page
    presses: int = 0
    signs: int = 0
    pages: int = 0

    def begin(self) -> None:
        self.presses = self.signs = self.pages = 0

    async def open(self, path: str) -> None:
        self.pages += 1
        await self.page.goto(path)

    async def press(self, selector: str, *, loads: bool = True) -> None:
        self.presses += 1
        self.pages += loads
        await self.page.click(selector)
        await self.page.wait_for_load_state()

    async def type(self, selector: str, words: str) -> None:
        self.presses += 1
        self.signs += len(words)
        await self.page.fill(selector, words)

    @property
    def done(self) -> tuple[int, int, int]:
        return self.presses, self.signs, self.pages


@pytest.fixture(params=["zh_CN", "en", "en-without-script"])
async def hand(town: Town, request: pytest.FixtureRequest) -> AsyncIterator[Hand]:
    language, _, without = request.param.partition("-")
    context = await town.chromium.new_context(
        viewport=TELEPHONE,  # type: ignore[arg-type]  # a plain dictionary will do
        locale="zh-CN" if language == "zh_CN" else "en-GB",
        is_mobile=True,
        has_touch=True,
        java_script_enabled=not without,
        base_url=town.site,
    )
    context.set_default_timeout(10_000)
    page = await context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda m: broken.append(m.text) if m.type == "error" else None)
    yield Hand(page)
    await context.close()
    assert broken == []


async def _look(page: Page, name: str, town: Town) -> list[str]:
    """Return what sticks out, what is too faint, and what keeps somebody from using a page."""
    if town.shots:
        await page.screenshot(path=town.shots / f"citizen-{name}.png", full_page=True)
    found = []
    for width in (320, TELEPHONE["width"]):  # the first is also a wide screen at 400 %
        await page.set_viewport_size({"width": width, "height": TELEPHONE["height"]})
        if await page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"sticks out of {width}")
    found += [*await page.evaluate(CONTRAST), *await hurdles(page)]
    return [f"{name}: {one}" for one in found]


@dataclass
class Day:
    """The citizen's hand, the city, and how pages are looked at."""

    hand: Hand
    town: Town
    scripted: bool
    found: list[str] = field(default_factory=list)

    async def look(self, name: str) -> None:
        if self.scripted:  # what is measured is measured by scripts
            self.found += await _look(self.hand.page, name, self.town)

    async def report(self) -> tuple[str, str]:
        """Report a matter from the first page; return number and query code."""
        hand, page = self.hand, self.hand.page
        await hand.open("/")
        await self.look("home")
        await hand.press("a[href='/submit'].door")
        await hand.type("#content", WORDS)
        photo = FilePayload(name="a.png", mimeType="image/png", buffer=png())
        await page.set_input_files("#photos", [photo])
        await self.look("what")
        await hand.press("#step button[value=on]")
        assert await page.input_value("#address") == "云泽路12号"
        await self.look("where")
        await hand.press("#step button[value=on]")
        await self.look("who")
        await hand.type("#phone", PHONE)
        await hand.press("#step button[value=on]")
        await self.look("check")
        await page.go_back()  # nothing is lost on the way back and forth
        assert await page.input_value("#phone") == PHONE
        await page.go_forward()
        await page.reload()
        await hand.press("#step button[value=send]")
        assert hand.done == (7, len(WORDS) + len(PHONE), 6)
        assert hand.presses + hand.signs < BEFORE_REPORT
        await page.reload()
        await self.look("done")
        number, code = [
            await page.inner_text(f".receipt-keys dd >> nth={place}") for place in (0, 1)
        ]
        return number.strip(), code.strip()

    async def follow_and_urge(self, number: str, code: str) -> None:
        hand = self.hand
        hand.begin()
        await hand.open("/")
        await hand.type("#number", number)
        await hand.type("#query_code", code)
        await hand.press("form[action='/track'] button[type=submit]")
        await self.look("track")
        await hand.press("#urge-now")
        assert hand.done == (4, 19, 3)
        assert hand.presses + hand.signs < BEFORE_URGE
        assert await hand.page.locator(".message.is-done").count() == 1
        await hand.page.wait_for_selector("ul.photos img")

    async def rate(self, code: str) -> None:
        """Open the link of a message, and say that it is not solved."""
        hand, page = self.hand, self.hand.page
        link = await page.get_attribute("#glance", "hx-get") or ""
        hand.begin()
        await hand.open(link.partition("/glance")[0])
        await self.look("link")
        assert WORDS[:8] not in await page.inner_text("main")
        await hand.type("#query_code", code)
        await hand.press("form[action='/track'] button[type=submit]")
        await self.look("rate")
        form = "form[action='/track/actions/record-visit']"
        await hand.press(f"{form} label:has([name=solved][value=false])", loads=False)
        await hand.press(f"{form} button[type=submit]")
        assert hand.done == (4, 6, 3)
        await page.wait_for_selector(".message.is-done")


async def test_a_day_of_a_citizen(hand: Hand, town: Town, request: pytest.FixtureRequest) -> None:
    day = Day(hand, town, "without" not in request.node.name)
    town.begin()
    number, code = await day.report()
    await day.follow_and_urge(number, code)
    for action in (
        *(Action.ACCEPT, Action.DISPATCH, Action.SIGN, Action.CONTACT),
        *(Action.SUBMIT_FEEDBACK, Action.PASS_AUDIT),
    ):
        await town.build.do(action, number)
    await day.rate(code)
    assert (await town.build.find(number)).status is not Status.PENDING_VISIT
    for path in ("/statistics", "/scoring", "/answers"):
        await hand.page.goto(path)
        await day.look(path[1:])
    assert day.found == []
