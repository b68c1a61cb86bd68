"""A day of a department: what is due first, every step in its row, ten at once, and on the spot."""

import re
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect
from sqlmodel import select

from hotline.tickets.bulk.actions import work_off_bulk
from hotline.tickets.lifecycle import Action, Hold, Status
from hotline.tickets.onsite.models import CheckIn
from hotline.tickets.onsite.rules import PlaceState
from tests.browser.desks import PASSWORD, Desk
from tests.browser.looking import hurdles
from tests.browser.town import NARROW, Town
from tests.support.photographs import png
from web.i18n import translator

pytestmark = pytest.mark.browser

HANDLER, LEADER = "handler.chengguan", "leader.chengguan"
HERE = {"latitude": 30.0010, "longitude": 104.0, "accuracy": 15}


class Count:
    """Steps that a person takes: presses, fields typed into, pages loaded."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.presses = self.typed = self.loads = 0
        page.on("load", self._loaded)

    def _loaded(self, _page: Page) -> None:
        self.loads += 1

    def begin(self) -> None:
        self.presses = self.typed = self.loads = 0

    async def press(self, what: Locator) -> None:
        self.presses += 1
        await what.click()

    async def type(self, what: Locator, words: str) -> None:
        self.typed += 1
        await what.fill(words)

    @property
    def steps(self) -> tuple[int, int, int]:
        return self.presses, self.typed, self.loads


async def sit_down(town: Town, name: str, language: str, **options: object) -> Desk:
    """Open a browser of this language and sign in."""
    context = await town.chromium.new_context(
        locale="zh-CN" if language == "zh_CN" else "en",
        **options,  # type: ignore[arg-type]
    )
    context.set_default_timeout(8000)
    await context.add_cookies([{"name": "lang", "value": language, "url": town.site}])
    desk = await Desk.at(context, town.site)
    town.desks[f"{name} {language} {len(town.desks)}"] = desk
    await desk.page.goto(f"{town.site}/sign-in")
    await desk.page.fill("#username", name)
    await desk.page.fill("#password", PASSWORD)
    await desk.page.keyboard.press("Enter")
    await desk.page.wait_for_selector("nav.side", state="attached")
    return desk


def step(page: Page, number: str) -> Locator:
    """The button of the step that a ticket owes."""
    return page.locator(f"#row-{number} .today-steps .btn-primary")


async def sign_and_contact(town: Town, count: Count, number: str) -> None:
    """Two presses and a sentence: the form of the call opens when its ticket is signed for."""
    page = count.page
    count.begin()
    await count.press(step(page, number))
    form = page.locator(f"#row-{number} .today-form")
    await count.type(form.locator("textarea"), "已与来电人通话")
    await count.press(form.locator("button[type=submit]"))
    await expect(page.locator(f"#row-{number} .message.is-done")).to_be_visible()
    assert count.steps == (2, 1, 0)
    assert (await town.build.find(number)).status is Status.PROCESSING


async def hand_in(count: Count, number: str) -> None:
    """The feedback holds what was reported already."""
    page = count.page
    count.begin()
    await count.press(step(page, number))
    form = page.locator(f"#row-{number} .today-form")
    await expect(form.locator("[name=result]")).to_have_value("已更换井盖")
    await count.type(form.locator("[name=reply]"), "井盖已换好")
    await count.press(form.locator("label:has([name=resolved][value=true])"))
    assert await hurdles(page) == []
    await count.press(form.locator("button[type=submit]"))
    await expect(page.locator(f"#row-{number}.is-done")).to_be_visible()
    assert count.steps == (3, 1, 0)


async def give_back(town: Town, count: Count, number: str) -> None:
    """A return, from the menu of the row."""
    page = count.page
    count.begin()
    await count.press(page.locator(f"#row-{number} .today-more > summary"))
    await count.press(page.locator(f"#row-{number} .today-more a[href*=request_return]"))
    form = page.locator(f"#row-{number} .today-form")
    count.presses += 2
    await form.locator("[name=reason]").select_option("not_my_duty")
    await form.locator("[name=suggested_department]").select_option("jiaotong")
    await count.type(form.locator("[name=explanation]"), "该路段由交通部门管养")
    await count.press(form.locator("button[type=submit]"))
    await count.press(page.locator("#confirm button[value=yes]"))
    await expect(page.locator(f"#row-{number} .message.is-done")).to_be_visible()
    assert (await town.build.find(number)).hold is Hold.RETURN_REVIEW
    assert count.steps == (6, 1, 0)


async def sign_ten(town: Town, count: Count, numbers: list[str]) -> None:
    """Ten at once: a range, a look, one press, and a result for each."""
    page, build = count.page, town.build
    await page.goto(f"{town.site}/today?limit=sign", wait_until="load")
    count.begin()
    picks = page.locator("[data-bulk-pick]")
    shown = await picks.count()
    assert shown >= len(numbers)
    await count.press(picks.first)
    count.presses += 1
    await picks.last.click(modifiers=["Shift"])
    await expect(page.locator("[data-bulk-pick]:checked")).to_have_count(shown)
    await count.press(page.locator("#bulk button[type=submit]"))
    await expect(page.locator("#bulk-start")).to_be_visible()
    assert await hurdles(page) == []
    await count.press(page.locator("#bulk-start button[type=submit]"))
    await page.wait_for_url("**/bulk/*")
    run_id = uuid.UUID(page.url.rpartition("/")[2])
    await work_off_bulk(build.session_maker, build.cipher, build.clock, run_id, trace_id="browser")
    await expect(page.locator("[data-result=done]")).to_have_count(shown)
    assert await hurdles(page) == []
    assert count.steps == (4, 0, 2)
    for number in numbers:
        assert (await build.find(number)).status is Status.PROCESSING


async def ask_for_time(town: Town, count: Count, number: str) -> None:
    """More time: the limit stands there a day later, and how the requester was told too."""
    page = count.page
    await page.goto(f"{town.site}/today", wait_until="load")
    count.begin()
    await count.press(page.locator(f"#row-{number} .today-more > summary"))
    await count.press(page.locator(f"#row-{number} .today-more a[href*=request_extension]"))
    form = page.locator(f"#row-{number} .today-form")
    await expect(form.locator("[name=told_at]")).not_to_have_value("")
    await expect(form.locator("[name=until]")).not_to_have_value("")
    count.presses += 1
    await form.locator("[name=reason]").select_option("awaiting_parts")
    await count.type(form.locator("[name=explanation]"), "备件在途")
    await count.press(form.locator("button[type=submit]"))
    await expect(page.locator(f"#row-{number} .message.is-done")).to_be_visible()
    assert count.steps == (4, 1, 0)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
async def test_a_day_of_a_department(town: Town, language: str) -> None:
    build = town.begin(hours=3)
    number = await build.ticket(Status.DISPATCHED, title="花坛护栏倾斜")
    asked = await build.ticket(Status.PROCESSING, title="井盖松动")
    await build.do(Action.CONTACT, asked)
    await build.do(Action.PROGRESS, asked, note="已更换井盖")
    many = [await build.ticket(Status.DISPATCHED, title="路灯成片不亮") for _ in range(10)]
    town.begin()  # lately, so that the window for returning it is open
    returned = await build.ticket(Status.DISPATCHED, title="护栏缺失")
    desk = await sit_down(town, HANDLER, language, viewport={"width": 1280, "height": 900})
    count = Count(desk.page)
    await expect(desk.page).to_have_url(re.compile("/today$"))  # the day is the first page
    assert await hurdles(desk.page) == []
    await sign_and_contact(town, count, number)
    await hand_in(count, asked)
    await give_back(town, count, returned)
    await sign_ten(town, count, many)
    await ask_for_time(town, count, number)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
async def test_the_leader_sees_who_has_what_and_hands_it_on(town: Town, language: str) -> None:
    build = town.begin(hours=1)
    await build.ticket(Status.PROCESSING, title="绿化带垃圾")
    desk = await sit_down(town, LEADER, language, viewport={"width": 1280, "height": 900})
    page = desk.page
    await page.goto(f"{town.site}/today/department", wait_until="load")
    assert await hurdles(page) == []
    row = page.locator(f"[data-person='{HANDLER}']")
    open_count = int(await row.locator("td a").first.inner_text())
    await row.locator("th a").click()
    assert await page.locator(".today-row").count() == open_count
    await page.locator("[data-bulk-pick]").first.check()
    await page.locator("#bulk-doing").select_option("name_handler")
    await page.locator("#bulk button[type=submit]").click()
    await page.locator("[name=colleague]").select_option("second.chengguan")
    assert await hurdles(page) == []
    await page.locator("#bulk-start button[type=submit]").click()
    await page.wait_for_url("**/bulk/*")


@pytest.mark.parametrize("language", ["zh_CN", "en"])
async def test_on_the_spot_with_a_telephone_in_one_hand(
    town: Town, language: str, tmp_path: Path
) -> None:
    build = town.begin(hours=2)
    number = await build.ticket(Status.PROCESSING, title="行道树倒伏", lat=30.0, long=104.0)
    desk = await sit_down(
        town,
        HANDLER,
        language,
        viewport=dict(NARROW),
        has_touch=True,
        geolocation=HERE,
        permissions=["geolocation"],
    )
    page = desk.page
    picture = tmp_path / "tree.png"
    picture.write_bytes(png(64, 48))
    await page.goto(f"{town.site}/tickets/{number}/on-site", wait_until="load")
    for width in (390, 320):
        await page.set_viewport_size({"width": width, "height": 844})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        assert await hurdles(page) == []
    small = await page.evaluate(
        "[...document.querySelectorAll('.on-site-form .btn, .on-site-form .choice span')]"
        ".filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 44).length"
    )
    assert small == 0

    # Place, photograph, a word.
    await page.locator("[data-place]").click()
    await expect(page.locator("#place-words")).to_contain_text("15")
    await page.locator("#photos").set_input_files(picture)
    await expect(page.locator("#photo-list li")).to_have_count(1)
    await page.locator("#site-note").fill("树已倒伏，正在清理")
    await page.locator(".on-site-send").click()
    await page.wait_for_url("**?done=1")
    await expect(page.locator(".check-ins li")).to_have_count(
        2
    )  # the entry, and in it its photograph

    # Without a network nothing is lost, and nothing comes twice.
    await desk.context.set_offline(True)
    await page.locator(".on-site-moments label").last.click()
    await page.locator("[data-no-place]").click()
    await page.locator("#site-note").fill("清理完毕")
    await page.locator(".on-site-send").click()
    waiting = translator(language).text("Waiting for the network")
    await expect(page.locator("#queue")).to_be_visible()
    await expect(page.locator("#queue h2")).to_have_text(waiting)
    await desk.context.set_offline(False)
    await expect(page.locator("#queue")).to_be_hidden(timeout=20_000)
    desk.complaints.clear()  # of the network that was away
    ticket = await build.find(number)
    async with build.session_maker() as session:
        entries = (
            await session.exec(
                select(CheckIn).where(CheckIn.ticket_id == ticket.id).order_by(CheckIn.position)  # type: ignore[arg-type]
            )
        ).all()
    assert [entry.place for entry in entries] == [PlaceState.GIVEN, PlaceState.REFUSED]
    assert entries[0].distance_m == 111
    assert entries[0].photo_count == 1
    assert entries[1].came_at - entries[1].made_at < timedelta(minutes=5)

    # It is evidence: the ticket's page shows it, and the feedback names it.
    await page.goto(f"{town.site}/tickets/{number}", wait_until="load")
    await expect(page.locator("#on-site .check-ins > li")).to_have_count(2)
    shown = await page.request.get(f"{town.site}/tickets/{number}/check-ins/1/photos/1")
    assert shown.headers["content-type"].startswith("image/jpeg")
