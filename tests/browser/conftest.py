"""Real Chromium before the real server on a city of its own."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, update

from hotline.kernel.settings import Settings
from hotline.people.models import User
from hotline.people.passwords import hash_password
from tests.support.builders import Build
from web.run.listen import serve
from web.run.services import ServiceUrls

PASSWORD = "a password for browsers"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SECRET = "a secret for tests, and for tests alone"


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        await browser.close()


@pytest.fixture
async def site(
    own_city: AsyncEngine, own_build: Build, valkey_url: str, tmp_path: Path
) -> AsyncIterator[str]:
    """The address of the running server; every account has the same password."""
    hashed = await hash_password(PASSWORD)
    async with own_build.acting("admin") as tx:
        await tx.session.exec(update(User).values(password_hash=hashed).where(col(User.is_active)))
    settings = Settings(home=tmp_path, secret_key=SECRET)
    urls = ServiceUrls(own_city.url.render_as_string(hide_password=False), valkey_url)
    stop, ready = asyncio.Event(), asyncio.Event()

    async def tell() -> None:
        ready.set()

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        server = asyncio.create_task(serve(settings, urls, sock, stop=stop, on_ready=tell))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({server, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if server.done():
            await server
        yield f"http://127.0.0.1:{port}"
        stop.set()
        await server


@dataclass
class Desk:
    """A person before his own browser; whatever the browser complains of is collected."""

    page: Page
    context: BrowserContext
    site: str
    complaints: list[str]

    async def open(self, path: str) -> None:
        await self.page.goto(self.site + path)
        await self.page.wait_for_load_state("networkidle")

    async def sign_in(self, name: str) -> None:
        await self.open("/sign-in")
        await self.page.fill("#username", name)
        await self.page.fill("#password", PASSWORD)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_selector("nav.side")

    async def unfold(self, action: str) -> None:
        """Open the form of an action."""
        await self.page.click(f"#action-{action} > summary")

    async def send(self, action: str) -> None:
        """Send the form of an action and wait for what the server says."""
        await self.page.click(f"#action-{action} button[type=submit]")


OpenDesk = Callable[..., Any]


@pytest.fixture
async def desk_of(chromium: Browser, site: str) -> AsyncIterator[OpenDesk]:
    """Opens a browser of their own for a person; nobody's browser may complain."""
    desks: list[Desk] = []
    async with AsyncExitStack() as stack:

        async def open_desk(name: str | None = None, **options: Any) -> Desk:
            given = {"viewport": {"width": 1440, "height": 900}, "locale": "zh-CN"} | options
            context = await chromium.new_context(**given)
            stack.push_async_callback(context.close)
            page = await context.new_page()
            desk = Desk(page, context, site, [])
            page.on(
                "console",
                lambda m: (
                    desk.complaints.append(m.text) if m.type in {"error", "warning"} else None
                ),
            )
            page.on("pageerror", lambda error: desk.complaints.append(str(error)))
            desks.append(desk)
            if name is not None:
                await desk.sign_in(name)
            return desk

        yield open_desk
    for desk in desks:
        assert desk.complaints == []
