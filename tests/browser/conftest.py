"""Real Chromium before the real server on a city of its own."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, update

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_session_maker
from hotline.kernel.settings import Settings
from hotline.people.models import User
from hotline.people.passwords import hash_password
from tests.browser.desks import PASSWORD, Desk
from tests.browser.looking import CHROMIUM, QUIET
from tests.browser.streets import Streets
from tests.browser.town import Town
from tests.support.app import FoundedCity, copied_city
from tests.support.builders import Build, City
from tests.support.calls import EXCHANGE, SECRET as EXCHANGE_SECRET
from tests.support.clock import FrozenClock
from tests.support.peopled import Peopled, copy_of, opened_on
from web.run.embedded import House, Postgres
from web.run.listen import serve
from web.run.services import ServiceUrls

SECRET = "a secret for tests, and for tests alone"


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        await browser.close()


@pytest.fixture
async def site(
    own_city: AsyncEngine, own_build: Build, valkey_url: str, tmp_path: Path
) -> AsyncIterator[str]:
    """The address of the running server; every account has the same password."""
    async with serving(own_city, own_build, valkey_url, tmp_path) as address:
        yield address


@asynccontextmanager
async def serving(
    city: AsyncEngine, build: Build, valkey_url: str, folder: Path
) -> AsyncIterator[str]:
    """Serve a city at a free port; yield the address."""
    hashed = await hash_password(PASSWORD)
    async with build.acting("admin") as tx:
        await tx.session.exec(update(User).values(password_hash=hashed).where(col(User.is_active)))
    settings = Settings(
        home=folder,
        secret_key=SECRET,
        exchange_secrets={EXCHANGE: EXCHANGE_SECRET},
        exchange_urls={EXCHANGE: "null:"},
    )
    urls = ServiceUrls(city.url.render_as_string(hide_password=False), valkey_url)
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
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            stop.set()
            await server


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
            desk = await Desk.at(context, site)
            desks.append(desk)
            if name is not None:
                await desk.sign_in(name)
            return desk

        yield open_desk
    for desk in desks:
        assert desk.complaints == []


@pytest.fixture(scope="module")
async def served_town(
    postgres: Postgres,
    founded_city: FoundedCity,
    cipher: FieldCipher,
    valkey_url: str,
    chromium: Browser,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Town]:
    """One city for all tests of a module; `HOTLINE_SHOTS` names a folder for pictures of it."""
    shots = Path(os.environ["HOTLINE_SHOTS"]) if os.environ.get("HOTLINE_SHOTS") else None
    if shots:
        shots.mkdir(parents=True, exist_ok=True)
    async with copied_city(postgres, founded_city) as engine:
        build = Build(make_session_maker(engine), founded_city.city, FrozenClock(), cipher)
        folder = tmp_path_factory.mktemp("town")
        async with serving(engine, build, valkey_url, folder) as address:
            town = Town(build, address, chromium, shots)
            yield town
            for desk in town.desks.values():
                await desk.context.close()


@pytest.fixture(scope="module")
async def streets(
    postgres: Postgres,
    peopled: Peopled,
    cipher: FieldCipher,
    valkey_url: str,
    test_house: House,
    chromium: Browser,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Streets]:
    """The city in which everything stands once, served to a browser and open without one."""
    folder = tmp_path_factory.mktemp("streets")
    async with (
        copy_of(postgres, peopled) as engine,
        opened_on(engine, peopled, cipher, valkey_url, test_house) as city,
    ):
        build = Build(
            make_session_maker(engine),
            City(peopled.people, {}, {}),
            FrozenClock(peopled.now + timedelta(minutes=1)),
            cipher,
        )
        async with (
            serving(engine, build, valkey_url, folder) as address,
            AsyncExitStack() as stack,
        ):
            yield Streets(city, build, address, chromium, stack)


@pytest.fixture
def town(served_town: Town) -> Iterator[Town]:
    """The module's city; at the end of a test no browser may have complained."""
    yield served_town
    complaints = served_town.complaints()
    for desk in served_town.desks.values():
        desk.complaints.clear()
    assert complaints == {}
