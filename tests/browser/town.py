"""A served city that many tests share: everybody keeps a browser of his own open all day."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Browser, Locator, ViewportSize, expect
from sqlmodel import select

from hotline.kernel.clock import SHANGHAI
from hotline.sla.models import Clock
from hotline.sla.policy import ClockKind
from tests.browser.desks import PASSWORD, Desk
from tests.browser.looking import CONTRAST
from tests.support.builders import Build

WIDE = ViewportSize(width=1280, height=900)
NARROW = ViewportSize(width=390, height=844)
Typed = str | list[str]


def as_typed(at: datetime) -> str:
    """Return an instant as the field for a day and a time wants it."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"


def day(days: int) -> str:
    """Return the day so many days from today, as people write it."""
    return f"{datetime.now(SHANGHAI) + timedelta(days=days):%Y-%m-%d}"


def told() -> dict[str, str]:
    """Return how and when a requester was told, a minute ago."""
    at = datetime.now(UTC) - timedelta(minutes=1)
    return {"told_how": "phone", "told_at": as_typed(at)}


async def fill(form: Locator, **typed: Typed) -> None:
    """Type and choose in a form by the names of its fields, whatever kind they are."""
    for name, value in typed.items():
        found = form.locator(f"[name='{name}']")
        kind = await found.first.get_attribute("type")
        if kind in {"radio", "checkbox"}:
            for one in [value] if isinstance(value, str) else value:
                # People click the words; the button itself may lie hidden below them.
                await form.locator(f"label:has([name='{name}'][value='{one}'])").click()
        elif await found.first.evaluate("e => e.tagName") == "SELECT":
            await found.select_option(value)
        else:
            await found.fill("\n".join([value] if isinstance(value, str) else value))


async def send(desk: Desk, form: Locator) -> None:
    """Send a form, and say yes when it asks a last time."""
    button = form.locator("button[type=submit]")
    is_asked = await button.get_attribute("data-confirm") is not None
    await button.click()
    if is_asked:
        await desk.page.click("#confirm button[value=yes]")


@dataclass
class Town:
    """The city, its address, and who sits before which browser.

    Attributes:
        build: brings tickets to where a story begins.
        site: the address of the server.
        chromium: opens browsers.
        shots: where pictures go; None for nowhere.
        desks: who has sat down, by user name; the empty name is nobody in particular.
    """

    build: Build
    site: str
    chromium: Browser
    shots: Path | None
    desks: dict[str, Desk] = field(default_factory=dict)

    def begin(self, **ago: float) -> Build:
        """Return the builder, its clock set back by `ago`, twenty minutes unless said otherwise."""
        self.build.clock.set(datetime.now(UTC) - timedelta(**(ago or {"minutes": 20})))
        return self.build

    async def due_of(self, number: str) -> datetime:
        """Return until when the department has to be done with a ticket."""
        ticket = await self.build.find(number)
        async with self.build.session_maker() as session:
            wanted = select(Clock.due_at).where(
                Clock.ticket_id == ticket.id, Clock.kind == ClockKind.COMPLETE
            )
            return (await session.exec(wanted)).one()

    async def desk(self, name: str = "") -> Desk:
        """Return the desk of a person, who signs in the first time; no name is the public."""
        if name not in self.desks:
            context = await self.chromium.new_context(viewport=WIDE, locale="zh-CN")
            context.set_default_timeout(8000)
            self.desks[name] = await Desk.at(context, self.site)
            if name:
                await self._sign_in(self.desks[name], name)
        return self.desks[name]

    async def _sign_in(self, desk: Desk, name: str) -> None:
        await desk.page.goto(f"{self.site}/sign-in")
        await desk.page.fill("#username", name)
        await desk.page.fill("#password", PASSWORD)
        await desk.page.keyboard.press("Enter")
        await desk.page.wait_for_selector("nav.side")

    async def at(self, name: str, path: str) -> Desk:
        """Return the desk of a person with a page open."""
        desk = await self.desk(name)
        await desk.page.goto(self.site + path, wait_until="domcontentloaded")
        return desk

    async def does(self, name: str, action: str, number: str, *sees: str, **typed: Typed) -> Desk:
        """Let a person do an action on a ticket's page by its form; he reads what it came to."""
        desk = await self.at(name, f"/tickets/{number}")
        await self.act(desk, action, **typed)
        await expect(desk.page.locator(".message.is-done")).to_contain_text("：已完成")
        await self.sees(desk, *sees)
        return desk

    async def act(self, desk: Desk, action: str, **typed: Typed) -> None:
        """Unfold the form of an action on the page that is open, fill it in and send it."""
        place = desk.page.locator(f"#action-{action}")
        if await place.get_attribute("open") is None:
            await place.locator(":scope > summary").click()
        form = place.locator("form[method=post]")
        await fill(form, **typed)
        await send(desk, form)

    async def sees(self, desk: Desk, *words: str) -> None:
        """Expect words on the page."""
        for one in words:
            await expect(desk.page.locator("main")).to_contain_text(one)

    async def tracks(self, number: str) -> Desk:
        """Let the requester look a matter up."""
        ticket = await self.build.find(number)
        desk = await self.at("", "/track")
        form = desk.page.locator("form[action='/track']")
        await fill(form, number=number, query_code=ticket.query_code)
        await send(desk, form)
        await self.sees(desk, number)
        return desk

    async def look(self, desk: Desk, name: str, *, is_narrow_kept: bool = False) -> None:
        """Nothing sticks out on a telephone, all can be read; pictures are kept when asked for."""
        page = desk.page
        for size in (NARROW, WIDE):
            await page.set_viewport_size(size)
            width = size["width"]
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, name
            if self.shots and (size is WIDE or is_narrow_kept):
                await page.screenshot(path=self.shots / f"{name}-{width}.png", full_page=True)
        assert await page.evaluate(CONTRAST) == [], name

    def complaints(self) -> dict[str, list[str]]:
        """Return what the browsers complained of, by who sat before them."""
        return {name: list(desk.complaints) for name, desk in self.desks.items() if desk.complaints}
