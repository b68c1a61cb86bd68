"""A call from its ringing to the department, without a mouse, counting keys."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect

from hotline.dispatching.actions import publish_catalogue
from hotline.incidents.gathering import take_in_ticket
from hotline.incidents.indexing import WEIGHTS
from hotline.knowledge import actions as knowledge
from hotline.knowledge.rules import ArticleAudience, ArticleText, article_number
from hotline.people import actions as people
from hotline.people.permissions import Role
from hotline.suggestions.actions import next_version, register_model
from hotline.suggestions.models import ModelSource
from hotline.suggestions.shelf import folder_of
from hotline.tickets.answers import save_question
from hotline.tickets.lifecycle import Status
from hotline.tickets.models import Urgency
from hotline.tickets.questions import Choice, Datatype, Question
from hotline.tickets.routing.rules import Entry
from tests.browser.conftest import OpenDesk
from tests.browser.desks import Desk
from tests.support.builders import Build
from tests.support.calls import EVENTS, signed
from tests.support.matters import studied

pytestmark = pytest.mark.browser

MOST_KEYS = 20
"""From the empty screen to the department, beside what has to be typed in any case."""

KEYS_OF_A_CALL = 15
"""From the ringing to the department, as `docs/a-call-by-keyboard.md` says it."""

CALLER, OTHER_CALLER = "13900001234", "13900005678"

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

    desk: Desk
    pressed: list[str] = field(default_factory=list)
    typed: int = 0

    async def press(self, *keys: str) -> None:
        self.pressed.extend(keys)
        await self.desk.press(*keys)

    async def type(self, text: str) -> None:
        self.typed += len(text)
        await self.desk.page.keyboard.type(text)


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


@dataclass
class Exchange:
    """A telephone exchange that tells of one call as it happens."""

    site: str
    call: str
    told: int = 0

    async def tells(self, event: str, **more: str) -> None:
        self.told += 1
        said = {
            "id": f"{self.call}-{self.told}",
            "call": self.call,
            "event": event,
            "at": datetime.now(UTC).isoformat(),
            **more,
        }
        content, headers = signed({"events": [said]}, int(datetime.now(UTC).timestamp()))
        async with httpx.AsyncClient() as http:
            answer = await http.post(self.site + EVENTS, content=content, headers=headers)
        assert answer.json() == {"accepted": 1, "repeated": 0}, answer.text

    async def rings(self, number: str) -> None:
        await self.tells("ringing", number=number, line="12345", agent="operator")


async def furnish(build: Build, folder: Path) -> None:
    """Give the house a model that suggests, and an answer about street lights."""
    async with build.acting("admin") as tx:
        version = await next_version(tx)
        await register_model(tx, folder_of(folder), studied(version), ModelSource.TICKETS, use=True)
        entry = Entry(category="urban.roads", department="chengguan")
        await publish_catalogue(tx, [entry], is_direct=False, note="试行")
    text = ArticleText(
        title="路面塌坑找谁修",
        short="道路由城管局养护，三日内修复。",
        answer="城市道路由城市管理局养护，报修后三日内修复。",
        tags=("路面", "塌坑"),
        categories=("urban.roads",),
        audience=ArticleAudience.PUBLIC,
        valid_from=build.clock.now().date(),
    )
    async with build.acting("handler.chengguan") as tx:
        article = await knowledge.draft_article(tx, department="chengguan", text=text)
        number = article_number(article.nth)
        await knowledge.submit_article(tx, number)
    async with build.acting("leader.chengguan") as tx:
        await knowledge.publish_article(tx, number)


async def test_from_the_ringing_to_the_department(
    desk_of: OpenDesk, own_build: Build, tmp_path: Path
) -> None:
    own_build.clock.set(datetime.now(UTC))
    await furnish(own_build, tmp_path)
    earlier = await own_build.ticket(requester_phone=CALLER, title="楼道灯不亮")
    desk = await allround(own_build, desk_of)
    page, keys, exchange = desk.page, Keys(desk), Exchange(desk.site, "c-1")
    await desk.open("/desk")
    await exchange.rings(CALLER)
    await expect(page.locator("#call-bar")).to_contain_text("139****1234")  # it came by itself
    await exchange.tells("answered", agent="operator")
    await keys.press("Alt+c")
    await page.wait_for_url("**/desk/intake?call=*")
    await expect(page.locator("#phone")).to_have_value(CALLER)
    await expect(page.locator("#caller")).to_contain_text(earlier)
    await expect(page.locator("#phone")).to_be_focused()
    await keys.press("Tab", "Tab", "ArrowRight", "Tab")  # channel stays; help, the second type
    await keys.type("和平路路面塌陷积水")
    await keys.press("Tab")
    await keys.type("我姓王，昨晚8点发现和平路12号门前路面坑洼不平，窨井盖破损。")
    await page.wait_for_selector("#panel-recognised [data-key='Alt+Z']")
    await keys.press("Alt+z")  # address and name, as they were recognised
    await page.wait_for_selector("#panel-suggestions [data-key='Alt+1']")
    await expect(page.locator("#content")).to_be_focused()  # nothing takes the cursor away
    await keys.press("Alt+1")
    await expect(page.locator("#category")).to_have_value(re.compile(r"urban\.roads$"))
    await page.wait_for_selector("#questions fieldset")
    await expect(page.locator("#panel-knowledge")).to_contain_text("三日内修复")
    await keys.press("Alt+o")  # read out large
    await expect(page.locator("dialog.reading")).to_contain_text("三日内修复")
    await keys.press("Escape", "Alt+k", "Tab", "Tab", "Space")  # the first question: today
    await exchange.tells("ended", agent="operator")
    await expect(page.locator("#panel-call .call-head.is-ended")).to_be_visible()
    await expect(page.locator("#questions [value=NOW]")).to_be_focused()
    await keys.press("Control+Shift+Enter")
    number = await ticket_of(desk)
    ticket = await own_build.find(number)
    assert (ticket.status, ticket.category_code) == (Status.DISPATCHED, "urban.roads")
    await expect(page.locator(".ticket-calls")).to_contain_text(re.compile(r"通话 \d:\d\d"))
    await expect(page.locator(".ticket-calls")).to_contain_text(re.compile(r"话后 \d:\d\d"))
    await expect(page.locator("main")).to_contain_text("口述")  # the answer that was read out
    assert len(keys.pressed) == KEYS_OF_A_CALL, keys.pressed
    assert await page.evaluate("localStorage.length") == 0


async def test_the_same_matter_is_urged_or_joined_by_one_key(
    desk_of: OpenDesk, own_build: Build
) -> None:
    WEIGHTS.forget()
    own_build.clock.set(datetime.now(UTC))
    told = await own_build.create(
        title="柳塘街自来水管爆裂停水",
        content="柳塘街的自来水管爆了，家里停水",
        address="柳塘街3号",
        area=None,
        category=None,
        requester_phone=CALLER,
    )
    async with own_build.acting("system") as tx:
        await take_in_ticket(tx, told.id)
    desk = await desk_of("operator")
    page, number = desk.page, ""
    for nth, (caller, key, done) in enumerate(
        ((CALLER, "Alt+u", "urge"), (OTHER_CALLER, "Alt+j", "merge"))
    ):
        keys, exchange = Keys(desk), Exchange(desk.site, f"c-{nth}")
        await desk.open("/desk")
        await exchange.rings(caller)
        await exchange.tells("answered", agent="operator")
        await expect(page.locator("#call-bar")).to_contain_text(f"****{caller[-4:]}")
        await keys.press("Alt+c")
        await page.wait_for_url("**/desk/intake?call=*")
        await expect(page.locator("#phone")).to_have_value(caller)
        await keys.press("Tab", "Tab", "ArrowRight", "Tab")
        await keys.type("柳塘街水管爆裂停水")
        await page.wait_for_selector(f"#panel-like [data-key='{key.title()}']")
        await keys.press(key)
        await page.wait_for_url(f"**/tickets/*?done={done}")
        await expect(page.locator(".ticket-calls li")).to_have_count(1)  # the call is tied to it
        await exchange.tells("ended", agent="operator")
        assert await page.evaluate("localStorage.length") == 0
        number = await ticket_of(desk)
        assert (number == told.number) == (done == "urge")
        assert len(keys.pressed) == 6
    ticket = await own_build.find(number)
    assert ticket.status is Status.MERGED
    await desk.open("/desk/intake")
    assert await page.input_value("#title") == ""  # no draft of what was settled comes back


async def test_the_next_call_is_not_written_into_the_last(desk_of: OpenDesk) -> None:
    desk = await desk_of("operator")
    page, exchange = desk.page, Exchange(desk.site, "c-2")
    await desk.open("/desk/intake")
    await page.fill("#phone", OTHER_CALLER)
    await page.fill("#title", "还没写完")
    await exchange.rings(CALLER)
    await exchange.tells("answered", agent="operator")
    await expect(page.locator("#panel-call .call-head.is-talking")).to_be_visible(timeout=15_000)
    await desk.press("Alt+c")
    await page.wait_for_url("**/desk/intake?call=*")
    await expect(page.locator("#phone")).to_have_value(CALLER)
    await expect(page.locator("#title")).to_have_value("")
    await expect(page.locator("#own-drafts")).to_contain_text("还没写完")


async def test_from_the_empty_screen_to_the_department(desk_of: OpenDesk, own_build: Build) -> None:
    desk = await allround(own_build, desk_of)
    page, keys = desk.page, Keys(desk)
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
    page, keys = desk.page, Keys(desk)
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
    await desk.press("Control+Enter")
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
    await desk.press("Control+Enter")
    await page.wait_for_selector("#messages .is-error")
    window = await desk.context.new_page()
    signed = Desk(window, desk.context, desk.site, [])
    await signed.sign_in("operator")
    await desk.press("Control+Enter")
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
    await desk.press("Alt+r")
    ticket = await own_build.find(await ticket_of(desk))
    assert ticket.status is Status.CLOSED


async def test_many_callers_in_one_go(desk_of: OpenDesk) -> None:
    desk = await desk_of("operator")
    page, keys = desk.page, Keys(desk)
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
