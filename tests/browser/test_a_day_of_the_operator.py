"""A shift at the hotline without a mouse: calls, the queue, a conflict, taking back, hand-over."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from hotline.incidents.gathering import take_in_ticket
from hotline.incidents.indexing import WEIGHTS
from hotline.people import actions as people
from hotline.people.permissions import Role
from hotline.tickets.actions.handling import note_ticket
from hotline.tickets.lifecycle import Status
from tests.browser.desks import PASSWORD, Desk
from tests.browser.looking import hurdles
from tests.browser.test_a_call_by_keyboard import Exchange, Keys
from tests.browser.town import Town

pytestmark = pytest.mark.browser

LANGUAGES = {"zh_CN": "zh-CN", "en": "en-GB"}
CALLERS = {"zh_CN": "13900007001", "en": "13900007002"}
MATTERS = {"zh_CN": "柳塘街自来水管爆裂停水", "en": "望江路燃气公司施工围挡倒塌"}
WORDS = {"accept": "dsl", "dispatch": "To dispatch", "handover": "jjb"}
"""By what the palette is asked, in whatever language the page is: first letters or English."""

KEYS_OF_A_CALL_TAKEN_DOWN, LOADS_OF_A_CALL = 7, 2
KEYS_OF_AN_URGE, LOADS_OF_AN_URGE = 6, 2
KEYS_OF_READING_OUT, LOADS_OF_READING_OUT = 2, 1
KEYS_OF_A_QUEUE_STEP, LOADS_OF_A_QUEUE_STEP = 2, 0
"""What the commonest tasks cost, beside what has to be typed in any case: `docs/operator.md`."""


@dataclass
class Counted(Keys):
    """The keyboard, and how often a whole page was loaded."""

    loads: int = 0

    @classmethod
    def of(cls, desk: Desk) -> "Counted":
        keys = cls(desk)
        desk.page.on("load", lambda _: keys._loaded())
        return keys

    def _loaded(self) -> None:
        self.loads += 1

    def begin(self) -> None:
        self.pressed.clear()
        self.typed = self.loads = 0

    def cost(self) -> tuple[int, int]:
        return len(self.pressed), self.loads

    async def to(self, selector: str) -> None:
        """Tab until something has the focus."""
        for _ in range(150):
            if await self.desk.page.evaluate(f"document.activeElement.matches({selector!r})"):
                return
            await self.press("Tab")
        raise AssertionError(selector)

    async def command(self, words: str) -> None:
        """Ask the palette and take the first that it finds."""
        await self.press("Control+k")
        await self.type(words)
        await expect(self.desk.page.locator("#commands [aria-selected=true]")).to_be_visible()
        await self.desk.page.wait_for_selector("#commands [data-command]", state="attached")
        await self.press("Enter")


@pytest.fixture(params=list(LANGUAGES))
async def shift(town: Town, request: Any) -> AsyncIterator[tuple[Town, Counted, str]]:
    """Somebody who takes matters down and dispatches them, before a browser of his language."""
    language: str = request.param
    WEIGHTS.forget()
    town.begin(minutes=5)
    async with town.build.acting("admin") as tx:
        await people.change_user(
            tx,
            username="operator",
            display_name="全能",
            roles=[Role.OPERATOR, Role.DISPATCHER],
            department="hotline",
            is_active=True,
        )
    context = await town.chromium.new_context(
        viewport={"width": 1440, "height": 900}, locale=LANGUAGES[language]
    )
    context.set_default_timeout(15_000)
    desk = await Desk.at(context, town.site)
    await desk.sign_in("operator")
    yield town, Counted.of(desk), language
    assert desk.complaints == []
    await context.close()


async def _clean(page: Page) -> None:
    assert await hurdles(page) == []


async def _number(page: Page) -> str:
    await page.wait_for_selector(".message.is-done")
    found = re.search(r"/tickets/(\d+)", page.url)
    assert found is not None, page.url
    return found[1]


async def _call(keys: Counted, exchange: Exchange, caller: str) -> None:
    """Take a call from wherever one is."""
    page = keys.desk.page
    await exchange.rings(caller)
    await exchange.tells("answered", agent="operator")
    await expect(page.locator("#call-bar")).to_contain_text(f"****{caller[-4:]}")
    keys.begin()
    await keys.press("Alt+c")
    await page.wait_for_url("**/desk/intake?call=*")
    await expect(page.locator("#phone")).to_have_value(caller)
    await expect(page.locator("#phone")).to_be_focused()
    await keys.press("Tab", "Tab", "ArrowRight", "Tab")


async def _taken_down(town: Town, keys: Counted, language: str) -> str:
    page, exchange = keys.desk.page, Exchange(town.site, f"day-{language}")
    await _call(keys, exchange, CALLERS[language])
    await keys.type(MATTERS[language])
    await keys.press("Tab")
    await keys.type("我姓王，昨晚8点发现和平路12号门前出的事。")
    await page.wait_for_selector("#panel-recognised [data-key='Alt+Z']")
    await keys.press("Alt+z")
    await expect(page.locator("#address")).not_to_have_value("")
    await keys.press("Control+Enter")
    number = await _number(page)
    pressed, loads = keys.cost()
    assert (pressed - 1, loads) == (KEYS_OF_A_CALL_TAKEN_DOWN, LOADS_OF_A_CALL - 1)
    await exchange.tells("ended", agent="operator")
    return number


async def _urged(town: Town, keys: Counted, language: str, number: str) -> None:
    page, exchange = keys.desk.page, Exchange(town.site, f"again-{language}")
    ticket = await town.build.find(number)
    async with town.build.acting("system") as tx:
        await take_in_ticket(tx, ticket.id)
    await _call(keys, exchange, CALLERS[language])
    await keys.type(MATTERS[language])
    await page.wait_for_selector("#panel-like [data-key='Alt+U']")
    await _clean(page)
    await keys.press("Alt+u")
    await page.wait_for_url("**/tickets/*?done=urge")
    assert await _number(page) == number
    assert keys.cost() == (KEYS_OF_AN_URGE, LOADS_OF_AN_URGE)
    await exchange.tells("ended", agent="operator")


async def _worked_off(town: Town, keys: Counted) -> None:
    """Accept the first of the queue, then the next, which is there at once; dispatch one of them."""
    page = keys.desk.page
    await keys.command(WORDS["accept"])
    await page.wait_for_url("**/queues/accept")
    await keys.press("j", "Enter")
    await page.wait_for_selector("#desk-list [aria-current=true]")
    await _clean(page)
    first = await page.get_attribute("#ticket", "data-ticket") or ""
    following = await page.get_attribute("#desk-list li:nth-child(2) a", "id") or ""
    keys.begin()
    await keys.press("a")
    await expect(page.locator("#accept-promise")).to_be_focused()
    await keys.type("三天内办好并回电。")
    await keys.press("Control+Enter")
    await expect(page.locator("#ticket")).to_have_attribute("data-ticket", following[5:])
    assert keys.cost() == (KEYS_OF_A_QUEUE_STEP, LOADS_OF_A_QUEUE_STEP)
    assert (await town.build.find(first)).status is Status.ACCEPTED
    await expect(page.locator(f"#messages a[href='/tickets/{first}']")).to_be_visible()
    await expect(page.locator(f"#desk-{first}")).to_have_count(0)
    await page.go_back()
    await expect(page.locator("#ticket")).to_have_attribute("data-ticket", first)
    await page.go_forward()
    await expect(page.locator("#ticket")).to_have_attribute("data-ticket", following[5:])
    await keys.command(WORDS["dispatch"])
    await page.wait_for_url("**/queues/dispatch")
    await keys.press("j", "Enter")
    await page.wait_for_selector("#desk-list")
    sent = await page.get_attribute("#ticket", "data-ticket") or ""
    await keys.press("d")
    await expect(page.locator("#dispatch-department")).to_be_focused()
    if not await page.input_value("#dispatch-department"):
        await keys.press("ArrowDown")
    await keys.press("Control+Enter")
    await expect(
        page.locator(f"#messages a[href='/tickets/{sent}'], #messages .is-done")
    ).not_to_have_count(0)
    assert (await town.build.find(sent)).status is Status.DISPATCHED


async def _read_out(keys: Counted, number: str) -> None:
    page = keys.desk.page
    keys.begin()
    await keys.command(number)
    await page.wait_for_url(f"**/tickets/{number}")
    await page.wait_for_load_state("load")
    assert keys.cost() == (KEYS_OF_READING_OUT, LOADS_OF_READING_OUT)
    await expect(page.locator("#ticket-state")).to_contain_text(number)
    await expect(page.locator("#ticket-state .mark").first).to_be_visible()


async def _conflict(town: Town, keys: Counted, number: str) -> None:
    page = keys.desk.page
    await keys.press("n")
    await expect(page.locator("#note-note")).to_be_focused()
    await keys.type("来电人问进度")
    async with town.build.acting("operator.second") as tx:
        await note_ticket(tx, number, note="同事先写了一条")
    await keys.press("Control+Enter")
    await expect(page.locator("#conflict")).to_contain_text("同事先写了一条")
    await expect(page.locator("#conflict")).to_contain_text("来电人问进度")
    assert page.url.endswith(f"/tickets/{number}")  # an address that can be opened again
    await _clean(page)
    keys.desk.complaints.clear()  # the browser told of the refusal
    await keys.press("Alt+Enter")
    await expect(page.locator("#messages .is-done")).to_be_visible()
    await expect(page.locator("#ticket-timeline")).to_contain_text("来电人问进度")


async def _taken_back(town: Town, keys: Counted) -> None:
    page = keys.desk.page
    parent, child = await town.build.ticket(), await town.build.ticket()
    await keys.command(child)
    await page.wait_for_url(f"**/tickets/{child}")
    await keys.press("m")
    await keys.type(parent)
    await keys.press("Tab", "Space", "Control+Enter")
    await expect(page.locator("#undo")).to_be_visible()
    assert (await town.build.find(child)).status is Status.MERGED
    await keys.press("z")
    await expect(page.locator("#undo")).to_have_count(0)
    await expect(page.locator("#messages .is-done")).to_be_visible()
    assert (await town.build.find(child)).status is Status.SUBMITTED


async def _handed_over(keys: Counted, language: str) -> None:
    page = keys.desk.page
    await keys.command(WORDS["handover"])
    await page.wait_for_url("**/desk/handover")
    await _clean(page)
    await keys.to("[name=desk]")
    await keys.press("Space")
    for _ in range(list(LANGUAGES).index(language)):
        await keys.press("ArrowRight")
    await keys.to("form[action$='/give'] textarea")
    await keys.type("望江路围挡倒塌，已通知到场")
    await keys.press("Control+Enter")
    await expect(page.locator("main .mark-yellow").first).to_be_visible()


async def test_a_day_by_keyboard(shift: tuple[Town, Counted, str]) -> None:
    town, keys, language = shift
    page = keys.desk.page
    for _ in range(3):
        await town.build.ticket()
    await keys.desk.open("/desk")
    await _clean(page)
    number = await _taken_down(town, keys, language)
    await keys.press("Alt+s")  # back to where he was when it rang
    await page.wait_for_url("**/desk")
    await _urged(town, keys, language, number)
    await _worked_off(town, keys)
    await _read_out(keys, number)
    await _conflict(town, keys, number)
    await _taken_back(town, keys)
    await _handed_over(keys, language)


async def test_all_keys_and_commands_are_on_the_page_itself(
    shift: tuple[Town, Counted, str],
) -> None:
    town, keys, language = shift
    page, number = keys.desk.page, await town.build.ticket()
    await keys.desk.open(f"/tickets/{number}?in=%2Fqueues%2Faccept")
    await keys.press("?")
    listed = page.locator("#keys[open]")
    word = {"zh_CN": "受理", "en": "Accept"}[language]
    await expect(listed.locator("[data-keys=here]")).to_contain_text(word)
    assert await listed.locator("[data-keys=all] dt").count() >= 5
    await _clean(page)
    await keys.press("Escape")
    await page.click("[data-show-keys]")  # by mouse as well
    await expect(listed).to_be_visible()
    await keys.press("Escape", "Control+k")
    box = page.locator("#commands [role=combobox]")
    await expect(box).to_be_focused()
    for asked in ("受理", "Accept", "dsl"):
        await box.fill(asked)
        await expect(page.locator("#commands [aria-selected=true]")).not_to_have_count(0)
    await box.fill("qqqqzz")
    await expect(page.locator("#commands [role=option]")).to_have_count(1)  # to search for it
    await box.fill("English" if language == "zh_CN" else "简体")
    await expect(page.locator("#commands [role=option]").first).to_contain_text(
        "English" if language == "zh_CN" else "简体中文"
    )
    await _clean(page)
    await keys.press("Escape")
    await expect(page.locator("#commands")).not_to_be_visible()
    assert "/admin/users" not in await page.inner_html("#commands")


async def test_keys_pressed_too_early_are_not_lost(shift: tuple[Town, Counted, str]) -> None:
    _, keys, _ = shift
    page = keys.desk.page

    async def slowly(route: Route) -> None:
        await page.wait_for_timeout(700)
        await route.continue_()

    await page.route("**/desk.js*", slowly)
    await page.goto(f"{keys.desk.site}/desk", wait_until="commit")
    await page.wait_for_selector("#queue-list", state="attached")
    await page.keyboard.press("Alt+n")
    await page.wait_for_url("**/desk/intake*")


async def test_signed_out_in_the_middle_of_a_form(shift: tuple[Town, Counted, str]) -> None:
    town, keys, _ = shift
    page, number = keys.desk.page, await town.build.ticket()
    await keys.desk.open(f"/tickets/{number}")
    await keys.press("n")
    await keys.type("写到一半，登录失效")
    await keys.desk.context.clear_cookies(name="hotline_session")
    await keys.press("Control+Enter")
    dialog = page.locator("#sign-in-again[open]")
    await expect(dialog).to_be_visible()
    await _clean(page)
    await keys.type("not the password")
    await keys.press("Enter")
    await expect(dialog.locator("[data-refusal]")).not_to_be_empty()
    await page.fill("#again-password", "")
    await page.focus("#again-password")
    await keys.type(PASSWORD)
    await keys.press("Enter")
    await expect(page.locator("#messages .is-done")).to_be_visible()
    await expect(page.locator("#ticket-timeline")).to_contain_text("写到一半，登录失效")
    keys.desk.complaints.clear()  # the browser told of the refusals


async def test_signed_in_again_in_another_window(shift: tuple[Town, Counted, str]) -> None:
    town, keys, _ = shift
    page, number = keys.desk.page, await town.build.ticket()
    await keys.desk.open(f"/tickets/{number}")
    await keys.press("n")
    await keys.type("另一窗口登录")
    await keys.desk.context.clear_cookies(name="hotline_session")
    other = Desk(await keys.desk.context.new_page(), keys.desk.context, keys.desk.site, [])
    await other.sign_in("operator")
    await page.bring_to_front()
    await keys.press("Control+Enter")  # its proof is of yesterday: today's is fetched
    await expect(page.locator("#messages .is-done")).to_be_visible()
    await other.page.close()
    keys.desk.complaints.clear()  # the browser told of the refusal


async def test_a_narrow_screen_goes_from_the_list_to_the_page_and_back(
    shift: tuple[Town, Counted, str],
) -> None:
    town, keys, _ = shift
    page = keys.desk.page
    await town.build.ticket()
    await page.set_viewport_size({"width": 390, "height": 844})
    await keys.desk.open("/queues/accept")
    await page.locator("a.title").first.click()
    await page.wait_for_selector("#desk-list")
    await expect(page.locator("#desk-list ol")).not_to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await _clean(page)
    await page.click("#desk-list .desk-list-head > a")
    await page.wait_for_url("**/queues/accept")
    await page.set_viewport_size({"width": 320, "height": 700})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
