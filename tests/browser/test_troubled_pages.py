"""What goes wrong between a browser and a server: nothing typed is lost, nothing is done twice."""

import re
from html import unescape

import pytest
from playwright.async_api import Page, Request, expect
from sqlmodel import col, update

from hotline.people.models import Department, User
from tests.browser.desks import PASSWORD
from tests.browser.looking import CONTRAST
from tests.browser.streets import PHONE, WIDE, Streets
from tests.support.samples import page_routes, readers_of
from web.security.identity import SESSION_COOKIE

pytestmark = pytest.mark.browser

INK = "rgb(0, 0, 0)"
WORDS = "来电补充：路口东侧也有一处"
OVER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


async def _at_ticket(streets: Streets, who: str = "operator") -> tuple[Page, str]:
    """Open a ticket in a browser of its own, with the form for a note unfolded and filled in."""
    number = str(
        (await streets.city.rows("SELECT number FROM tickets WHERE status = 'processing'"))[0][0]
    )
    page = await (await streets.context(who)).new_page()
    await page.goto(f"{streets.site}/tickets/{number}", wait_until="load")
    await _unfold(page)
    return page, number


async def _unfold(page: Page) -> None:
    if await page.locator("#action-note").get_attribute("open") is None:
        await page.click("#action-note > summary")
    await page.fill("#action-note [name=note]", WORDS)


async def _notes(streets: Streets, number: str) -> int:
    rows = await streets.city.rows(
        "SELECT count(*) FROM ticket_events e JOIN tickets t ON t.id = e.ticket_id"
        f" WHERE t.number = '{number}' AND e.action = 'note'"
    )
    return int(str(rows[0][0]))


def _counted(page: Page) -> list[str]:
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and "/actions/" in request.url:
            sent.append(request.url)

    page.on("request", note)
    return sent


async def test_a_slow_line_shows_that_it_works_and_sends_once(streets: Streets) -> None:
    page, number = await _at_ticket(streets)
    before, sent = await _notes(streets, number), _counted(page)
    line = await page.context.new_cdp_session(page)
    await line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 1200, "downloadThroughput": 20000, "uploadThroughput": 20000},
    )
    button = page.locator("#action-note button[type=submit]")
    await button.click(no_wait_after=True)
    await expect(button).to_have_attribute("aria-busy", "true")
    await button.click(no_wait_after=True, force=True)
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".message.is-done")).to_be_visible(timeout=30_000)
    assert len(sent) == 1
    assert await _notes(streets, number) == before + 1


async def test_a_broken_line_keeps_what_was_typed_and_sends_it_once(streets: Streets) -> None:
    page, number = await _at_ticket(streets)
    before = await _notes(streets, number)
    await page.context.set_offline(True)
    await page.click("#action-note button[type=submit]")
    await expect(page.locator("#messages .message")).to_be_visible()
    await expect(page.locator("#action-note [name=note]")).to_have_value(WORDS)
    assert await _notes(streets, number) == before
    await page.context.set_offline(False)
    await page.click("#action-note button[type=submit]")
    await expect(page.locator(".message.is-done")).to_be_visible()
    assert await _notes(streets, number) == before + 1


async def test_going_back_after_a_sent_form_sends_nothing_again(streets: Streets) -> None:
    page, number = await _at_ticket(streets)
    before = await _notes(streets, number)
    await page.click("#action-note button[type=submit]")
    await expect(page.locator(".message.is-done")).to_be_visible()
    await page.goto(f"{streets.site}/tickets")
    await page.go_back(wait_until="load")
    await expect(page.locator("h1")).to_be_visible()
    await page.reload(wait_until="load")
    assert await _notes(streets, number) == before + 1
    await _unfold(page)
    await page.click("#action-note button[type=submit]")
    await expect(page.locator(".message.is-done")).to_be_visible()


async def test_a_ticket_in_two_tabs_tells_the_second_and_keeps_his_words(streets: Streets) -> None:
    first, number = await _at_ticket(streets)
    second = await first.context.new_page()
    await second.goto(f"{streets.site}/tickets/{number}", wait_until="load")
    await _unfold(second)
    before = await _notes(streets, number)
    # Live pushes would bring the second up to date: he sends what he had read before.
    version = await second.locator("#action-note [name=expected_version]").first.get_attribute(
        "value"
    )
    await first.click("#action-note button[type=submit]")
    await expect(first.locator(".message.is-done")).to_be_visible()
    await second.locator("#action-note [name=expected_version]").first.evaluate(
        "(e, version) => { e.value = version }", version
    )
    await second.click("#action-note button[type=submit]")
    await expect(second.locator("[role=alert], .message.is-error, .conflict").first).to_be_visible()
    typed = await second.locator("[name=note]").evaluate_all("all => all.map((e) => e.value)")
    assert WORDS in typed
    assert await _notes(streets, number) == before + 1


async def test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing(streets: Streets) -> None:
    page, number = await _at_ticket(streets)
    before = await _notes(streets, number)
    await page.context.clear_cookies(name=SESSION_COOKIE)
    await page.click("#action-note button[type=submit]")
    told = page.locator("dialog[open] input[type=password], #messages .message")
    await expect(told.first).to_be_visible()
    await expect(page.locator("#action-note [name=note]")).to_have_value(WORDS)
    assert await _notes(streets, number) == before
    secret = page.locator("dialog[open] input[type=password]")
    if not await secret.count():
        pytest.fail("nobody is asked to sign in again on the page where he writes")
    name = page.locator("dialog[open] input[name=username]")
    if await name.count() and await name.is_editable():
        await name.fill("operator")
    await secret.fill(PASSWORD)
    await secret.press("Enter")
    await expect(page.locator("dialog[open]")).to_have_count(0)
    if await _notes(streets, number) == before:  # a page may send by itself what was refused
        await expect(page.locator("#action-note [name=note]")).to_have_value(WORDS)
        await page.click("#action-note button[type=submit]")
    await expect(page.locator(".message.is-done")).to_be_visible()
    assert await _notes(streets, number) == before + 1


async def test_a_paper_is_white_by_night(streets: Streets) -> None:
    sample = await streets.sample("/tickets/{number:str}/papers/{name:str}")
    page = await streets.at(sample.who, sample.path)
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    weak = [words for words in await page.evaluate(CONTRAST) if "watermark" not in words]
    assert weak == []
    assert await page.evaluate("getComputedStyle(document.querySelector('.sheet-a4')).color") == INK
    await page.emulate_media(color_scheme="light", reduced_motion="no-preference")


async def test_a_wrong_day_is_said_at_its_field_and_the_other_stays(streets: Streets) -> None:
    page = await streets.at("supervisor", "/papers")
    first, last = page.locator("[name=issued_from]"), page.locator("[name=issued_to]")
    await first.fill("2026-05-02")
    await last.fill("2026-05-01")
    await last.press("Enter")
    await expect(last).to_have_attribute("aria-invalid", "true")
    said = await last.get_attribute("aria-describedby")
    assert said
    await expect(page.locator(f"#{said.split()[-1]}")).not_to_be_empty()
    await expect(first).to_have_value("2026-05-02")
    await last.fill("2026-05-03")
    await last.press("Enter")
    await expect(page).to_have_url(re.compile("issued_to=2026-05-03"))
    await expect(last).not_to_have_attribute("aria-invalid", "true")


async def test_long_names_break_and_no_page_scrolls_sideways(streets: Streets) -> None:
    title, word = "道路" * 100, "W" * 500
    async with streets.build.acting("admin") as tx:
        unit = "云泽市城市管理和综合行政执法局直属市政设施维护管理中心" * 2
        await tx.session.exec(
            update(Department)
            .where(col(Department.code) == "chengguan")
            .values(name=unit, name_en=unit)
        )
        await tx.session.exec(
            update(User)
            .where(col(User.username) == "leader.chengguan")
            .values(display_name="欧阳" * 25)
        )
    number = (
        await streets.build.create(title=title, content=word, address=word[:200], category=None)
    ).number
    for path in (
        f"/tickets/{number}",
        "/tickets",
        "/queues/submitted",
        "/board",
        "/credit/ranking",
        "/credit/departments/chengguan",
        "/departments",
    ):
        page = await streets.at("supervisor", path)
        for size in (PHONE, WIDE):
            await page.set_viewport_size(size)
            assert not await page.evaluate(OVER), f"{path} at {size['width']}"


async def test_a_list_of_a_hundred_thousand_is_read_page_by_page(streets: Streets) -> None:
    await streets.grow(100_000)
    city = streets.city
    for path in ("/tickets", "/tickets?status=closed", "/tickets?area=不存在的街道"):
        seconds, statements = await streets.timed("supervisor", path)
        assert seconds < 1, f"{path} takes {seconds:.2f} s"
        whole = [one for one in statements if "count(*)" in one and "LIMIT" not in one.upper()]
        assert [one for one in whole if " FROM tickets" in one and "WHERE" not in one] == []
    following = "/tickets"
    for _ in range(3):
        text = (await city.get("supervisor", following)).text
        following = _next_of(text)
        seconds, _ = await streets.timed("supervisor", following)
        assert seconds < 1, f"{following} takes {seconds:.2f} s"


PUBLIC = [route for route in page_routes() if readers_of(route) == ("",)]


@pytest.mark.parametrize("route", PUBLIC)
async def test_public_pages_need_no_script(streets: Streets, route: str) -> None:
    sample = await streets.sample(route)
    if not sample.is_whole:
        return
    context = await streets.context("", java_script_enabled=False)
    page = await context.new_page()
    answer = await page.goto(streets.site + sample.path)
    assert answer is not None
    assert answer.status == 200
    await expect(page.locator("h1")).to_be_visible()
    for form in await page.locator("main form").all():
        told = f"{sample.path}: {(await form.evaluate('e => e.outerHTML'))[:80]}"
        assert await form.locator("button[type=submit], button:not([type])").count(), told
    hidden = page.locator("main [hidden] input[required], main [hidden] select[required]")
    assert await hidden.count() == 0, "what must be filled in is hidden without a script"
    await context.close()


def _next_of(text: str) -> str:
    found = re.search(r'href="(/tickets\?[^"]*cursor=[^"]*)"', text)
    assert found, "the list has no next page"
    return unescape(found[1])
