"""What was typed outlives reloads, crashes, a lost network and a second click."""

import re

import pytest

from tests.browser.conftest import OpenDesk
from tests.support.builders import Build

pytestmark = pytest.mark.browser


async def test_a_draft_outlives_a_crash_and_ends_with_the_ticket(desk_of: OpenDesk) -> None:
    operator = await desk_of("operator")
    await operator.open("/desk/intake")
    await operator.page.fill("#title", "写到一半的标题")
    await operator.page.fill("#content", "写到一半的内容")
    await operator.page.check("input[name=request_type][value=report]", force=True)
    await operator.page.wait_for_timeout(400)
    await operator.page.close()
    operator.page = await operator.context.new_page()
    await operator.open("/desk/intake")
    assert await operator.page.input_value("#title") == "写到一半的标题"
    assert await operator.page.is_checked("input[value=report]")
    assert await operator.page.is_visible("[data-draft-note]")
    await operator.page.fill("#phone", "13900005678")
    await operator.page.fill("#address", "解放路1号")
    await operator.press("Control+Enter")
    await operator.page.wait_for_selector(".message.is-done")
    await operator.open("/desk/intake")
    assert await operator.page.input_value("#title") == ""
    assert not await operator.page.is_visible("[data-draft-note]")


async def test_signing_out_leaves_no_draft_behind(desk_of: OpenDesk) -> None:
    operator = await desk_of("operator")
    await operator.open("/desk/intake")
    await operator.page.fill("#content", "含有个人信息的草稿")
    await operator.page.wait_for_timeout(400)
    assert await operator.page.evaluate("localStorage.length") == 1
    await operator.page.click("summary:has-text('operator')")
    await operator.page.click("text=退出登录")
    await operator.page.wait_for_selector("#username")
    assert await operator.page.evaluate("localStorage.length") == 0


async def test_a_lost_network_is_told_and_the_form_stays(
    desk_of: OpenDesk, own_build: Build
) -> None:
    number = await own_build.ticket()
    operator = await desk_of("operator")
    await operator.open(f"/tickets/{number}")
    await operator.unfold("accept")
    await operator.page.fill("#accept-promise", "断网时写的承诺")
    await operator.context.set_offline(True)
    await operator.send("accept")
    await operator.page.wait_for_selector("#messages .is-error")
    assert "您输入的内容还在" in await operator.page.inner_text("#messages")
    assert await operator.page.input_value("#accept-promise") == "断网时写的承诺"
    await operator.context.set_offline(False)
    await operator.send("accept")
    await operator.page.wait_for_selector("text=受理：已完成")
    operator.complaints.clear()  # the browser told of the lost network


async def test_whoever_comes_second_is_told_and_loses_nothing(
    desk_of: OpenDesk, own_build: Build
) -> None:
    number = await own_build.ticket()
    first, second = await desk_of("operator"), await desk_of("operator.second")
    for desk in (first, second):
        await desk.open(f"/tickets/{number}")
        await desk.unfold("note")
        await desk.page.fill("#note-note", "来电人询问进度")
    await first.send("note")
    await first.page.wait_for_selector(".message.is-done")
    await second.send("note")
    await second.page.wait_for_selector(".message.is-warning")
    assert "来电人询问进度" in await second.page.inner_text(".message.is-warning")
    assert await second.page.input_value("#note-note") == "来电人询问进度"
    await second.send("note")
    await second.page.wait_for_selector("text=添加备注：已完成")
    second.complaints.clear()  # the browser told of the refusal


async def test_two_quick_clicks_make_one_ticket(desk_of: OpenDesk) -> None:
    operator = await desk_of("operator")
    await operator.open("/desk/intake")
    await operator.page.fill("#phone", "13900005678")
    await operator.page.check("input[name=request_type][value=help]", force=True)
    for name in ("title", "content", "address"):
        await operator.page.fill(f"#{name}", "连点两次")
    await operator.page.dblclick("#intake button[type=submit]")
    await operator.page.wait_for_selector(".message.is-done")
    await operator.open("/tickets")
    assert await operator.page.locator("a.title").count() == 1


async def test_what_is_wrong_is_focused(desk_of: OpenDesk) -> None:
    operator = await desk_of("operator")
    await operator.open("/desk/intake")
    await operator.page.check("input[name=request_type][value=help]", force=True)
    for name in ("title", "content", "address"):
        await operator.page.fill(f"#{name}", "没有电话")
    await operator.page.click("#intake button[type=submit]")
    await operator.page.wait_for_selector("#phone-error")
    assert await operator.page.evaluate("document.activeElement.id") == "phone"
    assert await operator.page.input_value("#content") == "没有电话"
    operator.complaints.clear()  # the browser told of the refusal


async def test_the_public_pages_work_without_javascript(desk_of: OpenDesk) -> None:
    citizen = await desk_of(java_script_enabled=False)
    await citizen.open("/submit/whole")
    await citizen.page.check("input[value=help]", force=True)
    await citizen.page.fill("#title", "井盖松动")
    await citizen.page.fill("#content", "车一过就响")
    await citizen.page.fill("#address", "解放路8号")
    await citizen.page.fill("#phone", "13900001234")
    await citizen.page.click("main button[type=submit]")
    words = await citizen.page.inner_text("main")
    number = re.search(r"\d{13}", words)
    assert number is not None
    await citizen.page.click("text=查询进度 >> nth=-1")
    assert "井盖松动" in await citizen.page.inner_text("main")
    assert "剩余" in await citizen.page.inner_text("main")


async def test_the_time_left_ticks_by_the_servers_clock(
    desk_of: OpenDesk, own_build: Build
) -> None:
    await own_build.ticket()
    operator = await desk_of("operator")
    await operator.page.clock.install()
    await operator.open("/desk")
    late = await operator.page.inner_text(".countdown >> nth=0")
    assert re.fullmatch(r"超期.+", late)
    english = await desk_of("operator.second", locale="en-GB")
    await english.open("/desk")
    assert re.fullmatch(r".+ overdue", await english.page.inner_text(".countdown >> nth=0"))
