"""A matter from the empty screen to the department, without a mouse, counting keys."""

import re
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Page, expect

from hotline.people import actions as people
from hotline.people.permissions import Role
from hotline.tickets.answers import save_question
from hotline.tickets.lifecycle import Status
from hotline.tickets.models import Urgency
from hotline.tickets.questions import Choice, Datatype, Question
from tests.browser.conftest import OpenDesk
from tests.browser.desks import Desk
from tests.support.builders import Build

pytestmark = pytest.mark.browser

MOST_KEYS = 20
"""From the empty screen to the department, beside what has to be typed in any case."""

SINCE = Question(
    "SINCE",
    Datatype.ONE,
    required=True,
    order=1,
    description="持续多长时间了？",
    description_en="For how long?",
    choices=(
        Choice("NOW", "今天", "Today"),
        Choice("LONG", "一周以上", "Longer", stop="请向物业反映", stop_en="Ask the manager"),
    ),
)


@dataclass
class Keys:
    """The keyboard of a desk; each key is counted, typed text apart.

    Attributes:
        pressed: every key or chord, in order.
        typed: how many characters of text.
    """

    page: Page
    pressed: list[str] = field(default_factory=list)
    typed: int = 0

    async def press(self, *keys: str) -> None:
        for key in keys:
            self.pressed.append(key)
            await self.page.keyboard.press(key)

    async def type(self, text: str) -> None:
        self.typed += len(text)
        await self.page.keyboard.type(text)


async def allround(build: Build, desk_of: OpenDesk) -> Desk:
    """Return the desk of somebody who takes matters down and dispatches them."""
    async with build.acting("admin") as tx:
        await people.change_user(
            tx,
            username="operator",
            display_name="全能",
            roles=[Role.OPERATOR, Role.DISPATCHER],
            department="hotline",
            is_active=True,
        )
        await save_question(tx, "urban.roads", SINCE)
    desk: Desk = await desk_of("operator")
    return desk


async def ticket_of(desk: Desk) -> str:
    await desk.page.wait_for_selector(".message.is-done")
    number = re.search(r"/tickets/(\d+)", desk.page.url)
    assert number is not None, desk.page.url
    return number[1]


async def test_from_the_empty_screen_to_the_department(desk_of: OpenDesk, own_build: Build) -> None:
    desk = await allround(own_build, desk_of)
    page, keys = desk.page, Keys(desk.page)
    await keys.press("Alt+n")
    await page.wait_for_url("**/desk/intake")
    await page.wait_for_load_state("networkidle")
    assert await page.evaluate("document.activeElement.id") == "phone"
    await keys.type("13900001234")
    await keys.press("Tab", "Tab", "ArrowRight", "Tab")  # channel stays; help, the second type
    await keys.type("和平路路面塌坑")
    await keys.press("Tab")
    await keys.type("我姓王，昨晚8点发现和平路12号门前路面有坑。")
    await page.wait_for_selector("#panel-recognised [data-key='Alt+Z']")
    await keys.press("Alt+z")  # address and name, as they were recognised
    await expect(page.locator("#address")).to_have_value("和平路12号")
    await expect(page.locator("#name")).to_have_value("王")
    await keys.press("Alt+k")
    await keys.type("urban.roads")
    await page.wait_for_selector("#questions fieldset")
    await keys.press("Tab", "Tab", "Space")  # past the area to the first question; today
    await keys.press("Control+Shift+Enter")
    await expect(page.locator("#department")).to_be_focused()
    await keys.press("ArrowDown")  # people type the first words of its name
    await expect(page.locator("#department")).to_have_value("chengguan")
    await keys.press("Control+Shift+Enter")
    ticket = await own_build.find(await ticket_of(desk))
    assert (ticket.status, ticket.category_code) == (Status.DISPATCHED, "urban.roads")
    assert len(keys.pressed) <= MOST_KEYS, keys.pressed
    assert await page.evaluate("localStorage.length") == 0


async def test_danger_and_false_alarm_by_one_key_each(desk_of: OpenDesk, own_build: Build) -> None:
    desk = await desk_of("operator")
    page, keys = desk.page, Keys(desk.page)
    await desk.open("/desk/intake")
    await page.fill("#content", "三楼着火了")
    await page.wait_for_selector("#danger [data-emergency]")
    assert await page.is_checked("[name=urgency][value=p0]")
    await keys.press("Alt+x")
    assert await page.is_checked("[name=urgency][value=p2]")
    await page.fill("#content", "三楼着火了，有人被困")
    await page.wait_for_selector("#danger [data-emergency=trapped]")
    await keys.press("F9")
    assert await page.get_attribute("#danger [data-rescue='119']", "aria-pressed") == "true"
    await page.fill("#phone", "13900005678")
    await page.check("input[name=request_type][value=help]", force=True)
    for name in ("title", "address"):
        await page.fill(f"#{name}", "和平路12号")
    await keys.press("Control+Enter")
    ticket = await own_build.find(await ticket_of(desk))
    assert ticket.urgency is Urgency.P0
    assert "识别到紧急情况：人员被困。已立即转119。" in await page.inner_text("main")


async def test_a_draft_follows_to_another_machine_and_two_windows_keep_apart(
    desk_of: OpenDesk,
) -> None:
    first = await desk_of("operator")
    await first.open("/desk/intake")
    await first.page.fill("#title", "换一台电脑接着写")
    await first.page.wait_for_selector("[data-saved]")
    other = await desk_of("operator")  # the same person before another browser
    await other.open("/desk/intake")
    await other.page.wait_for_url("**/desk/intake?draft=*")
    await expect(other.page.locator("#title")).to_have_value("换一台电脑接着写")
    window = await first.context.new_page()
    await window.goto(f"{first.site}/desk/intake")
    await window.wait_for_load_state("networkidle")
    assert await window.input_value("#title") == ""
    await window.fill("#title", "第二个来电")
    await window.wait_for_selector("[data-saved]")
    await first.page.reload()
    await expect(first.page.locator("#title")).to_have_value("换一台电脑接着写")
    await first.open("/desk")
    assert "第二个来电" in await first.page.inner_text("#own-drafts")


async def test_without_a_network_it_is_sent_later_and_once(desk_of: OpenDesk) -> None:
    desk = await desk_of("operator")
    page = desk.page
    await desk.open("/desk/intake")
    await page.fill("#phone", "13900005678")
    await page.check("input[name=request_type][value=help]", force=True)
    for name in ("title", "content", "address"):
        await page.fill(f"#{name}", "断网时写的")
    await desk.context.set_offline(True)
    await page.keyboard.press("Control+Enter")
    await page.wait_for_selector("[data-offline-sending]:visible")
    assert await page.input_value("#content") == "断网时写的"
    await desk.context.set_offline(False)
    await ticket_of(desk)
    await desk.open("/tickets")
    assert await page.locator("a.title").count() == 1
    desk.complaints.clear()  # the browser told of the lost network


async def test_an_expired_session_loses_nothing(desk_of: OpenDesk) -> None:
    desk = await desk_of("operator")
    page = desk.page
    await desk.open("/desk/intake")
    await page.fill("#phone", "13900005678")
    await page.check("input[name=request_type][value=help]", force=True)
    for name in ("title", "content", "address"):
        await page.fill(f"#{name}", "会话过期")
    await desk.context.clear_cookies()
    await page.keyboard.press("Control+Enter")
    await page.wait_for_selector("#messages .is-error")
    window = await desk.context.new_page()
    signed = Desk(window, desk.context, desk.site, [])
    await signed.sign_in("operator")
    await page.keyboard.press("Control+Enter")
    await ticket_of(desk)
    desk.complaints.clear()  # the browser told of the refusals


async def test_an_answer_ends_the_intake_by_one_key(desk_of: OpenDesk, own_build: Build) -> None:
    desk = await allround(own_build, desk_of)
    page = desk.page
    await desk.open("/desk/intake")
    await page.fill("#phone", "13900005678")
    await page.check("input[name=request_type][value=consult]", force=True)
    for name in ("title", "content", "address"):
        await page.fill(f"#{name}", "问一句")
    await page.fill("#category", "urban.roads")
    await page.check("#questions [value=LONG]", force=True)
    await expect(page.locator("#stop")).to_contain_text("请向物业反映")
    await page.keyboard.press("Alt+r")
    ticket = await own_build.find(await ticket_of(desk))
    assert ticket.status is Status.CLOSED


async def test_many_callers_in_one_go(desk_of: OpenDesk) -> None:
    desk = await desk_of("operator")
    page, keys = desk.page, Keys(desk.page)
    await desk.open("/desk/intake")
    await page.check("input[name=request_type][value=help]", force=True)
    for name in ("title", "content", "address"):
        await page.fill(f"#{name}", "整栋楼停水")
    await keys.press("Alt+b")
    await page.wait_for_url("**/desk/intake/batch?draft=*")
    assert await page.input_value("#title") == "整栋楼停水"
    await page.fill("#rows", "\n".join(f"139000050{n:02} 来电{n}" for n in range(45)))
    await keys.press("Control+Enter")
    await expect(page.locator("#batch-state")).to_contain_text("将登记 45 名")
    await page.locator("#batch button").focus()
    await keys.press("Control+Enter")
    await expect(page.locator("#batch-state")).to_contain_text("已登记 45 名", timeout=20_000)
    assert await page.locator("td a.number").count() == 45
