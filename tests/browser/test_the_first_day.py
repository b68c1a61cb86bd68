"""The first day of a small real city: an empty house, sheets, first passwords, the first matter."""

import asyncio
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.async_api import Browser, Page
from sqlalchemy.ext.asyncio import AsyncEngine

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.people.actions import add_user
from hotline.people.permissions import Role
from hotline.sla.calendars import publish_calendar
from hotline.workdays.official import OFFICIAL_NAME, WORKING, official_definition
from tests.browser.conftest import serving
from tests.browser.desks import PASSWORD, Desk
from tests.browser.looking import CONTRAST, hurdles
from tests.support.builders import Build, City
from tests.support.clock import FrozenClock
from web.run.bootstrap import FOUNDER, ensure_basics
from web.run.embedded import Postgres

UNITS = (
    {"code": "hotline", "name": "某市12345热线", "phone": "010-12345"},
    {"code": "chengguan", "name": "城管局", "phone": "010-6543 2100", "level": "bureau"},
    {"code": "east_street", "name": "东街道", "parent": "城管局", "phone": 1065432101},
)
PEOPLE = (
    {"username": "li.na", "display_name": "李娜", "roles": "operator", "department": "hotline"},
    *(
        {"username": f"the.{role}", "display_name": "某某", "roles": role, "department": "hotline"}
        for role in ("dispatcher", "auditor", "visitor", "supervisor")
    ),
    {"username": "zhang.wei", "display_name": "张伟", "roles": "handler leader",
     "department": "城管局", "is_duty": "yes"},
    {"username": "wang.fang", "display_name": "王芳", "roles": "承办员", "department": "东街道"},
)  # fmt: skip
MATTER = {
    "phone": "13900000001",
    "title": "路灯不亮",
    "content": "门前路灯不亮三天",
    "address": "东街1号",
}
CATEGORIES = ({"code": "urban", "name": "城市管理", "steps": "联系；查看；反馈"},)


@pytest.fixture
async def empty_house(postgres: Postgres, template: str) -> AsyncIterator[AsyncEngine]:
    """A house as it is installed: its basics, one administrator, nothing else."""
    name = "city_of_the_first_day"
    postgres.psql(f"CREATE DATABASE {name} TEMPLATE {template}")
    engine = make_engine(postgres.url(name), application_name="hotline.tests", pool_size=8)
    yield engine
    await engine.dispose()
    postgres.psql(f"DROP DATABASE {name} WITH (FORCE)")


async def filled(desk: Desk, subject: str, lines: Sequence[Mapping[str, object]]) -> bytes:
    """Take the template as a person would, and fill it in below its headings."""
    await desk.open(f"/admin/setup/sheets/{subject}")
    async with desk.page.expect_download() as waiting:
        await desk.page.click("#template")
    path = await (await waiting.value).path()
    book = load_workbook(io.BytesIO(await asyncio.to_thread(path.read_bytes)))
    sheet = book[subject]
    places = {str(cell.value).split("\n")[-1]: cell.column for cell in sheet[1]}
    names = {
        "code": "Code", "name": "Designation", "phone": "Office telephone", "level": "Level",
        "parent": "Lies below", "username": "User name", "display_name": "Name", "roles": "Roles",
        "department": "Department", "is_duty": "Answers for the unit", "steps": "Service list",
    }  # fmt: skip
    for row, line in enumerate(lines, 2):
        for name, value in line.items():
            sheet.cell(row, places[names[name]]).value = value  # type: ignore[arg-type,assignment]
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


async def bring_in(desk: Desk, subject: str, content: bytes, *, wrong: int = 0) -> None:
    """Upload a sheet, look, and do its good lines."""
    page = desk.page
    await page.set_input_files(
        "#file", {"name": f"{subject}.xlsx", "mimeType": "application/zip", "buffer": content}
    )
    await page.click("#upload button[type=submit]")
    await page.wait_for_selector("#trial-state")
    assert await page.locator("tr.row-red").count() == wrong
    assert await page.locator("#wrong-lines").count() == (1 if wrong else 0)
    await clean(page)
    await page.click("#apply button")
    await page.wait_for_selector("#apply", state="detached")
    await page.wait_for_selector("progress")


async def clean(page: Page) -> None:
    """Nothing keeps anybody from using the page, at any width."""
    assert await hurdles(page) == []
    assert await page.evaluate(CONTRAST) == []
    for width in (320, 1440):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def set_up(desk: Desk) -> dict[str, str]:
    """Found the city by sheets, and return the first passwords that were told."""
    page = desk.page
    assert page.url.endswith("/admin/setup")
    assert await page.locator("#step-departments.is-missing").count() == 1
    await clean(page)
    # One line has lost the zero of its telephone; the others are made.
    await bring_in(desk, "departments", await filled(desk, "departments", UNITS), wrong=1)
    mended = ({**UNITS[2], "phone": "010-6543 2101"},)
    await bring_in(desk, "departments", await filled(desk, "departments", mended))
    await bring_in(desk, "categories", await filled(desk, "categories", CATEGORIES))
    await bring_in(desk, "people", await filled(desk, "people", PEOPLE))
    await desk.open("/admin/setup/passwords")
    await page.click("#give button[type=submit]")
    await page.wait_for_selector("#slips")
    slips = await page.locator("#slips li").all()
    await clean(page)
    return {
        await slip.locator("dd code").first.inner_text(): await slip.locator(
            ".password"
        ).inner_text()
        for slip in slips
    }


async def look_round(desk: Desk) -> None:
    """See that nothing is missing, in both languages, and read what helps."""
    for language in ("en", "zh-CN"):
        await desk.page.click("details.menu summary >> nth=0")
        await desk.page.click(f"button[lang='{language}']")
        await desk.page.wait_for_selector(f"html[lang^='{language[:2]}']")
        await desk.open("/admin/setup")
        assert await desk.page.locator(".setup-step.is-missing").count() == 0
        await clean(desk.page)
    for path in ("/help", "/help/words", "/tickets", "/admin/users/new"):
        await desk.open(path)
        await clean(desk.page)


async def take_down_the_first(desk: Desk, password: str) -> None:
    """Sign in with a slip, choose a password, and take down a matter."""
    page = desk.page
    await desk.open("/sign-in")
    await page.fill("#username", "li.na")
    await page.fill("#password", password)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/account?first=1")
    for name, value in (("current", password), ("new", PASSWORD), ("again", PASSWORD)):
        await page.fill(f"#{name}", value)
    await page.click("form[action='/account/password'] button")
    await page.wait_for_url("**/account?done=1")
    await desk.open("/desk")
    assert await page.locator(".empty-state a[href='/desk/intake']").count() == 1
    await desk.open("/desk/intake")
    for name, value in MATTER.items():
        await page.fill(f"#{name}", value)
    await page.click("label:has([name='request_type'][value='help'])")
    await desk.press("Control+Enter")
    await page.wait_for_url("**/tickets/**")


async def test_a_small_city_is_set_up_by_sheets_to_its_first_matter(
    empty_house: AsyncEngine,
    chromium: Browser,
    valkey_url: str,
    cipher: FieldCipher,
    clock: FrozenClock,
    tmp_path: Path,
) -> None:
    maker = make_session_maker(empty_house)
    await ensure_basics(maker, cipher, clock.now())
    build = Build(maker, City({"admin": FOUNDER}, {}, {}), clock, cipher)
    this_year = datetime.now(SHANGHAI).year
    known = replace(official_definition(), covered_until=date(this_year, 12, 31))
    async with build.acting("admin") as tx:
        # Whatever year it is, its holidays are announced.
        await publish_calendar(tx, code=WORKING, name=OFFICIAL_NAME, definition=known)
        await add_user(
            tx, username="chief", display_name="主任", roles=[Role.ADMIN], department="hotline"
        )
    async with serving(empty_house, build, valkey_url, tmp_path) as site:
        first = await chromium.new_context(locale="zh-CN", accept_downloads=True)
        chief = await Desk.at(first, site)
        await chief.sign_in("chief")
        told = await set_up(chief)
        assert len(told) == len(PEOPLE)
        await look_round(chief)
        second = await chromium.new_context(locale="zh-CN")
        operator = await Desk.at(second, site)
        await take_down_the_first(operator, told["li.na"])
        assert chief.complaints == operator.complaints == []
        await first.close()
        await second.close()
