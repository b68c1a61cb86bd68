"""The city that holds one of everything, before browsers in both languages."""

import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

from tests.browser.desks import Desk
from tests.browser.looking import faint, hurdles
from tests.support.builders import Build
from tests.support.peopled import Opened, session_of
from tests.support.queries import count_queries
from tests.support.samples import Sample, sample_of
from web.security.identity import SESSION_COOKIE

WIDE = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=320, height=640)
"""What is left of 1280 pixels at 400 %, which WCAG 1.4.10 asks for."""

BARE = frozenset({"/tickets/{number:str}/papers/{name:str}", "/wall"})
"""Pages without a frame: a paper as it is printed, and the picture on the wall."""

_SKELETON = """
() => ({
  lang: document.documentElement.lang,
  title: document.title,
  h1: [...document.querySelectorAll("h1")].filter((e) => e.checkVisibility()).length,
  main: document.querySelectorAll("main, [role=main]").length,
  banner: document.querySelectorAll("body > header, .frame > header").length,
  nav: document.querySelectorAll("nav[aria-label], nav[aria-labelledby]").length,
  skip: document.querySelector("a.skip-link")?.getAttribute("href") ?? "",
  jump: document.getElementById(
    (document.querySelector("a.skip-link")?.getAttribute("href") ?? "#").slice(1)) !== null,
})
"""

TOO_WIDE = """
() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const scrolls = (element) => {
    for (let at = element.parentElement; at && at !== document.body; at = at.parentElement) {
      if (getComputedStyle(at).overflowX !== "visible") return true;
    }
    return false;
  };
  const found = [...document.querySelectorAll("body *")].filter(
    (e) => e.checkVisibility() && e.getBoundingClientRect().right > room + 0.5 && !scrolls(e));
  const inner = found.filter((e) => !found.some((other) => other !== e && e.contains(other)));
  return [`${document.documentElement.scrollWidth} px in ${room}`, ...inner.slice(0, 4).map(
    (e) => `${e.tagName.toLowerCase()}.${e.className} "${e.textContent.trim().slice(0, 30)}"`)];
}
"""

_GROUND = "() => getComputedStyle(document.body).backgroundColor"


@dataclass
class Streets:
    """The city, its address, and browsers that are signed in already.

    Attributes:
        city: the same city without a browser.
        build: brings more about there.
        site: the address of the server.
        chromium: opens browsers.
        stack: closes them.
        desks: who sits before which browser, by user name and language.
    """

    city: Opened
    build: Build
    site: str
    chromium: Browser
    stack: AsyncExitStack
    desks: dict[tuple[str, str], Desk] = field(default_factory=dict)

    async def sample(self, route: str) -> Sample:
        """Return a page of a route, and who may see it."""
        return await sample_of(self.city, route)

    async def context(self, who: str = "", language: str = "zh-CN", **more: Any) -> BrowserContext:
        """Open a browser of its own for somebody."""
        given = {"viewport": WIDE, "locale": language} | more
        context = await self.chromium.new_context(**given)
        self.stack.push_async_callback(context.close)
        context.set_default_timeout(8000)
        if who:
            await context.add_cookies(
                [{"name": SESSION_COOKIE, "value": session_of(who), "url": self.site}]
            )
        return context

    async def desk(self, who: str = "", language: str = "zh-CN") -> Desk:
        """Return the desk at which somebody sits all day."""
        if (who, language) not in self.desks:
            context = await self.context(who, language)
            self.desks[who, language] = await Desk.at(context, self.site)
        return self.desks[who, language]

    async def at(self, who: str, path: str, language: str = "zh-CN") -> Page:
        """Open a page at somebody's desk."""
        desk = await self.desk(who, language)
        await desk.page.goto(self.site + path, wait_until="load")
        return desk.page

    async def timed(self, who: str, path: str) -> tuple[float, list[str]]:
        """Return how long the second of two looks at a page takes, and what it asks the database."""
        await self.city.get(who, path)
        with count_queries(self.city.engine) as statements:
            began = time.monotonic()
            answer = await self.city.get(who, path)
            seconds = time.monotonic() - began
        assert answer.status_code == 200, path
        return seconds, statements

    async def grow(self, count: int) -> None:
        """Let there be so many tickets more, copies of those that are there."""
        names = [
            str(row[0])
            for row in await self.city.rows(
                "SELECT column_name FROM information_schema.columns WHERE table_name = 'tickets'"
                " AND is_generated = 'NEVER' AND column_name NOT IN ('id', 'number', 'submitted_at')"
            )
        ]
        columns = ", ".join(names)
        async with self.city.engine.begin() as connection:
            await connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
            await connection.execute(
                sa.text(
                    f"INSERT INTO tickets (id, number, submitted_at, {columns})"
                    " SELECT gen_random_uuid(), (1000000000000 + n)::text,"
                    " t.submitted_at - n * interval '1 minute',"
                    f" {', '.join('t.' + name for name in names)}"
                    " FROM generate_series(1, :count) n JOIN LATERAL (SELECT * FROM tickets"
                    " OFFSET n % 90 LIMIT 1) t ON true"
                ),
                {"count": count},
            )
        async with self.city.engine.connect() as connection:
            _ = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(sa.text("ANALYZE tickets"))

    async def faults(self, one: Sample) -> list[str]:
        """Return what keeps people from using a page: each says where, for whom and which rule."""
        told = f"{one.path} as {one.who or 'the public'} ({one.route})"
        desk = await self.desk(one.who)
        desk.complaints.clear()
        page = await self.at(one.who, one.path)
        found = [f"axe: {fault}" for fault in await hurdles(page)]
        found += _bones(await page.evaluate(_SKELETON), is_sheet=one.route in BARE)
        light = await page.evaluate(_GROUND)
        # Colours change at once where nothing is to move.
        await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        if await page.evaluate(_GROUND) != light:
            found += [f"axe, dark: {fault}" for fault in await faint(page)]
        await page.emulate_media(color_scheme="light", reduced_motion="no-preference")
        found += [f"too wide at 1280: {words}" for words in await page.evaluate(TOO_WIDE)]
        await page.set_viewport_size(PHONE)
        found += [f"too wide at 320: {words}" for words in await page.evaluate(TOO_WIDE)]
        await page.set_viewport_size(WIDE)
        found += [f"the browser says: {words}" for words in desk.complaints]
        desk.complaints.clear()
        english = await self.desk(one.who, "en")
        await english.page.set_viewport_size(PHONE)
        await self.at(one.who, one.path, "en")
        found += [
            f"too wide at 320 in English: {words}"
            for words in await english.page.evaluate(TOO_WIDE)
        ]
        return [f"{told}: {fault}" for fault in found]


def _bones(seen: dict[str, Any], *, is_sheet: bool) -> list[str]:
    """Return what is wrong with the frame of a page; a bare one has none."""
    wanted: dict[str, object] = {"lang": "zh-CN", "h1": 1, "main": 1}
    if not is_sheet:
        wanted |= {"banner": 1, "jump": True}
    found = [
        f"{name} is {seen[name]!r}, not {value!r}"
        for name, value in wanted.items()
        if seen[name] != value
    ]
    if seen["nav"] < 1 and not is_sheet:
        found.append("no navigation with a name")
    if not seen["title"].partition(" · ")[0].strip():
        found.append("no title")
    return found
