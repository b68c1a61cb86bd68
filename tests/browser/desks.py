"""A person before a browser."""

from dataclasses import dataclass

from playwright.async_api import BrowserContext, Page

PASSWORD = "a password for browsers"


@dataclass
class Desk:
    """A person before his own browser; whatever the browser complains of is collected."""

    page: Page
    context: BrowserContext
    site: str
    complaints: list[str]

    @classmethod
    async def at(cls, context: BrowserContext, site: str) -> "Desk":
        """Sit down before a new page of this browser."""
        page = await context.new_page()
        desk = cls(page, context, site, [])
        page.on(
            "console",
            lambda m: desk.complaints.append(m.text) if m.type in {"error", "warning"} else None,
        )
        page.on("pageerror", lambda error: desk.complaints.append(str(error)))
        return desk

    async def open(self, path: str) -> None:
        await self.page.goto(self.site + path)
        await self.page.wait_for_load_state("networkidle")

    async def sign_in(self, name: str) -> None:
        await self.open("/sign-in")
        await self.page.fill("#username", name)
        await self.page.fill("#password", PASSWORD)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_selector("nav.side")

    async def press(self, *keys: str) -> None:
        """Press keys once the page is whole: it hears none before its scripts are there."""
        for key in keys:
            await self.page.wait_for_load_state("load")
            await self.page.keyboard.press(key)

    async def unfold(self, action: str) -> None:
        """Open the form of an action, unless it is the likeliest and stands open."""
        if await self.page.get_attribute(f"#action-{action}", "open") is None:
            await self.page.click(f"#action-{action} > summary")

    async def send(self, action: str) -> None:
        """Send the form of an action and wait for what the server says."""
        await self.page.click(f"#action-{action} button[type=submit]")
