"""Pages that move by themselves: lists, tickets, who else is there; and what a broken line kept back."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from playwright.async_api import Page, expect

from hotline.kernel.outbox import WaitingFact, relay_once
from hotline.tickets.lifecycle import Action, Status
from tests.browser.desks import Desk
from tests.browser.looking import hurdles
from tests.browser.town import NARROW, WIDE, Town
from web.i18n import translator
from web.labels import label
from web.live.telling import Teller

pytestmark = pytest.mark.browser

ACCEPTED = translator("zh_CN").text(label(Status.ACCEPTED))

WRONG_CLOCK = """(() => {
  const [now, origin] = [Date.now.bind(Date), performance.timeOrigin];
  window.wrongBy = 3600000;
  Date.now = () => now() + window.wrongBy;
  Object.defineProperty(performance, "timeOrigin", { get: () => origin + window.wrongBy });
})()"""


async def _nothing(*_job: str) -> None:
    """Stand in for the queue: what follows from facts is not looked at here."""


@pytest.fixture(scope="module", autouse=True)
async def _relay(served_town: Town) -> AsyncIterator[None]:
    """What the worker does about facts, as far as open pages hear of it."""
    maker = served_town.build.session_maker
    teller = Teller(maker, ["promise_ended"])

    async def tell(facts: Sequence[WaitingFact]) -> None:
        await teller.tell(facts, datetime.now(UTC))

    async def go_round() -> None:
        while True:
            await relay_once(maker, _nothing, {}, now=datetime.now(UTC), tell=tell)
            await asyncio.sleep(0.1)

    task = asyncio.create_task(go_round())
    yield
    task.cancel()


@dataclass
class Wire:
    """The line between a browser and the house, which can be cut.

    Attributes:
        port: where the browser finds it.
        is_cut: nobody gets through.
    """

    house: int
    port: int = 0
    is_cut: bool = False
    _lines: set[asyncio.StreamWriter] = field(default_factory=set)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.close()
            return
        beyond, onward = await asyncio.open_connection("127.0.0.1", self.house)
        self._lines |= {writer, onward}
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(self._pump(reader, onward), self._pump(beyond, writer))
        self._lines -= {writer, onward}

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
        sink.close()

    def cut(self) -> None:
        self.is_cut = True
        for line in self._lines:
            line.transport.abort()


@pytest.fixture
async def wire(served_town: Town) -> AsyncIterator[Wire]:
    wire = Wire(int(served_town.site.rpartition(":")[2]))
    server = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    yield wire
    wire.cut()
    server.close()


async def _is_live(page: Page) -> None:
    await expect(page.locator("#live-state")).to_have_attribute("data-state", "live")


async def test_a_list_moves_under_its_reader_and_stays_where_he_is(town: Town) -> None:
    build = town.begin()
    first, second = await build.ticket(Status.SUBMITTED), await build.ticket(Status.SUBMITTED)
    desk = await town.at("dispatcher", "/tickets")
    page = desk.page
    await _is_live(page)
    row = page.locator(f"[data-row='{first}']")
    assert await row.count() == 1
    await page.evaluate("window.stays = true")
    await build.do(Action.ACCEPT, first)
    await expect(row.locator("[data-cell=state]")).to_have_text(ACCEPTED, timeout=2000)
    third = await build.ticket(Status.SUBMITTED)
    await expect(page.locator(f"[data-row='{third}']")).to_be_visible()

    # Whoever has the focus in the list is told of what is new, and is not pushed away.
    await page.locator(f"[data-row='{second}'] a.title").focus()
    order = await page.locator("[data-row]").evaluate_all("all => all.map(one => one.dataset.row)")
    fourth = await build.ticket(Status.SUBMITTED)
    await build.do(Action.ACCEPT, second)
    bar = page.locator("[data-live-show]")
    await expect(bar).to_contain_text("1")
    await expect(page.locator(f"[data-row='{second}'] [data-cell=state]")).to_have_text(ACCEPTED)
    assert await page.locator(f"[data-row='{second}'] a.title").evaluate(
        "one => one === document.activeElement"
    )
    assert (
        await page.locator("[data-row]").evaluate_all("all => all.map(one => one.dataset.row)")
        == order
    )
    assert await hurdles(page) == []
    await bar.click()
    await expect(page.locator(f"[data-row='{fourth}']")).to_be_visible()
    await expect(bar).to_have_count(0)
    assert await page.evaluate("window.stays")


async def test_a_queue_is_left_by_what_has_moved_on(town: Town) -> None:
    build = town.begin()
    number = await build.ticket(Status.SUBMITTED)
    operator = await town.at("operator", "/queues/accept")
    await _is_live(operator.page)
    waiting = operator.page.locator("a.side-link[href='/queues/accept'] .count")
    await expect(operator.page.locator(f"[data-row='{number}']")).to_be_visible()
    before = int((await waiting.inner_text()).split()[0])
    await build.do(Action.ACCEPT, number)
    await expect(operator.page.locator(f"[data-row='{number}']")).to_have_count(0)
    await expect(waiting).to_contain_text(str(before - 1), timeout=12000)


async def test_what_is_being_written_is_left_alone(town: Town) -> None:
    build = town.begin()
    number = await build.ticket(Status.PROCESSING)
    desk = await town.at("handler.chengguan", f"/tickets/{number}")
    page = desk.page
    await _is_live(page)
    await desk.unfold("progress")
    note = page.locator("#action-progress [name=note]")
    await note.fill("写到一半")
    await build.do(Action.URGE, number)
    await expect(page.locator(".live-changes")).to_contain_text("operator")
    await expect(page.locator(".timeline-list")).to_contain_text("请快些")
    assert await note.input_value() == "写到一半"
    assert await page.locator("#action-progress").get_attribute("open") is not None
    await expect(page.locator("#action-answer_urge")).to_have_count(1)  # what he owes since then
    assert await hurdles(page) == []
    for size in (NARROW, WIDE):
        await page.set_viewport_size(size)
        assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    await page.click("[data-live-look]")
    await expect(page.locator("#timeline-title")).to_be_focused()

    # Where nobody writes the page is simply true again.
    await note.fill("")
    await note.blur()
    await build.do(Action.CONTACT, number)
    await expect(page.locator(".live-changes")).to_have_count(0)
    await expect(page.locator(".timeline-list")).to_contain_text("已通话")


async def test_colleagues_see_who_is_there_and_who_writes(town: Town) -> None:
    build = town.begin()
    number = await build.ticket(Status.PROCESSING)
    handler = await town.at("handler.chengguan", f"/tickets/{number}")
    supervisor = await town.at("supervisor", f"/tickets/{number}")
    others = await town.at("handler.zhujian", "/tickets")
    lister = await town.at("dispatcher", "/tickets")
    seen = supervisor.page.locator("#ticket-presence")
    await expect(seen).to_contain_text("handler.chengguan先生 正在查看")
    mark = lister.page.locator(f"[data-row='{number}'] [data-attended]")
    await expect(mark).to_have_attribute("data-attended", "looking")
    await handler.unfold("progress")
    await handler.page.fill("#action-progress [name=note]", "写")
    await expect(seen).to_contain_text("handler.chengguan先生 正在填写", timeout=8000)
    await expect(mark).to_have_attribute("data-attended", "writing")
    await expect(handler.page.locator("#ticket-presence")).to_contain_text("supervisor先生")
    told = await others.page.evaluate(
        f"fetch('/tickets/{number}/presence').then((answer) => answer.status)"
    )
    assert told == 404
    others.complaints.clear()  # the browser's own word about the 404
    await handler.page.goto(f"{town.site}/desk")
    await expect(seen).to_be_empty(timeout=16000)


async def test_nothing_is_missed_by_a_broken_line(town: Town, wire: Wire) -> None:
    build = town.begin()
    numbers = [await build.ticket(Status.SUBMITTED) for _ in range(3)]
    context = await town.chromium.new_context(viewport=WIDE, locale="zh-CN")
    desk = await Desk.at(context, f"http://127.0.0.1:{wire.port}")
    await desk.sign_in("operator.second")
    await desk.page.goto(f"{desk.site}/tickets")
    page = desk.page
    await _is_live(page)
    await page.evaluate("window.stays = true")
    for turn, number in enumerate(numbers):
        if turn == 1:  # a wire that is cut
            wire.cut()
        else:  # a network that is off
            await context.set_offline(True)
        await expect(page.locator("#live-state")).not_to_have_attribute("data-state", "live")
        await build.do(Action.ACCEPT, number)
        added = await build.ticket(Status.SUBMITTED)
        wire.is_cut = False
        await context.set_offline(False)
        await expect(page.locator(f"[data-row='{added}']")).to_be_visible(timeout=8000)
        await expect(page.locator(f"[data-row='{number}'] [data-cell=state]")).to_have_text(
            ACCEPTED
        )
        await _is_live(page)
    assert await page.evaluate("window.stays")
    await context.close()


async def test_time_left_is_the_servers(town: Town) -> None:
    build = town.begin()
    number = await build.ticket(Status.PROCESSING)
    due = await town.due_of(number)
    context = await town.chromium.new_context(viewport=WIDE, locale="zh-CN")
    await context.add_init_script(WRONG_CLOCK)
    desk = await Desk.at(context, town.site)
    await desk.sign_in("handler.chengguan")
    await desk.page.goto(f"{town.site}/tickets/{number}")
    left = "Math.round(Date.parse(document.querySelector('[data-due]').dataset.due) - hotlineClock.now())"

    async def is_right() -> bool:
        shown = float(await desk.page.evaluate(left))
        return abs(shown / 1000 - (due - datetime.now(UTC)).total_seconds()) < 2

    assert await is_right()
    await desk.page.evaluate("window.wrongBy = -7200000")  # somebody sets the clock
    async with asyncio.timeout(5):
        while not await is_right():
            await desk.page.wait_for_timeout(100)
    # At nought it is overdue, and says so: a copy that no news of the ticket puts right.
    await desk.page.evaluate(
        "const copy = document.querySelector('[data-due]').cloneNode(true);"
        "copy.dataset.due = new Date(hotlineClock.now() + 1500).toISOString();"
        "document.getElementById('messages').append(copy);"
    )
    shown = desk.page.locator("#messages [data-due]")
    await expect(shown).to_contain_text("剩余")
    await expect(shown).to_contain_text("超期", timeout=4000)
    await expect(shown).to_have_class(re.compile("is-late"))
    await context.close()
