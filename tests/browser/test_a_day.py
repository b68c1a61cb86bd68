"""The life of one ticket, each part by the person whose part it is, at a real screen."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.browser.conftest import OpenDesk
from tests.browser.desks import Desk
from tests.browser.looking import CONTRAST, hurdles
from tests.support.builders import Build

pytestmark = pytest.mark.browser


async def look(desk: Desk, folder: Path, name: str) -> None:
    """Take pictures at a desk's and at a telephone's width; nothing sticks out, all is readable."""
    page: Page = desk.page
    for width, height in ((1440, 900), (390, 844)):
        await page.set_viewport_size({"width": width, "height": height})
        await page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert await page.evaluate(CONTRAST) == [], name
        assert await hurdles(page) == [], name
    await page.set_viewport_size({"width": 1440, "height": 900})


async def take_down_by_keys(desk: Desk) -> str:
    """Type a matter with the keyboard alone and return its number."""
    page = desk.page
    await desk.press("Alt+n")
    await page.wait_for_url("**/desk/intake")
    await page.wait_for_load_state("networkidle")
    assert await page.evaluate("document.activeElement.id") == "phone"
    keys = page.keyboard
    await keys.type("13900001234")
    await page.wait_for_selector("#caller .empty-state")
    await keys.press("Tab")  # channel: telephone already
    await keys.press("Tab")
    await keys.press("ArrowRight")  # the second request type: help
    await keys.press("Tab")
    await keys.type("和平路路灯不亮")
    await keys.press("Tab")
    await keys.type("和平路12号门前的路灯一周不亮，老人夜里摔倒过。")
    await keys.press("Tab")
    await keys.type("和平路12号")
    await keys.press("Control+Enter")
    await page.wait_for_selector(".message.is-done")
    number = re.search(r"/tickets/(\d+)", page.url)
    assert number is not None, page.url
    return number[1]


async def accept(operator: Desk) -> None:
    await operator.unfold("accept")
    await operator.page.fill("#accept-promise", "24小时内修复路灯并回电。")
    await operator.page.select_option("#accept-handler_limit", "PT12H")
    await operator.send("accept")
    await operator.page.wait_for_selector("text=受理：已完成")
    # The side bar follows what was done.
    await operator.page.wait_for_selector("a[href='/queues/accept'] .count:text-is('0')")


async def dispatch(dispatcher: Desk) -> None:
    await dispatcher.unfold("dispatch")
    await dispatcher.page.select_option("#dispatch-department", "chengguan")
    await dispatcher.send("dispatch")
    await dispatcher.page.wait_for_selector("text=派单：已完成")


async def handle(handler: Desk) -> None:
    page = handler.page
    await handler.unfold("sign")
    await handler.send("sign")
    await page.wait_for_selector("text=签收：已完成")
    await handler.unfold("contact")
    await page.check("#action-contact input[value=phone]", force=True)
    await page.check("#action-contact input[value=true]", force=True)
    await page.fill("#contact-note", "已通话，约定今晚到场。")
    await handler.send("contact")
    await page.wait_for_selector("text=登记联系：已完成")
    await handler.unfold("submit_feedback")
    await page.fill("#submit_feedback-result", "更换灯泡两只。")
    await page.fill("#submit_feedback-reply", "路灯已修复，感谢您的反映。")
    await page.check("#action-submit_feedback input[value=true]", force=True)
    await handler.send("submit_feedback")
    await page.wait_for_selector("text=提交反馈：已完成")


async def audit(auditor: Desk) -> None:
    await auditor.unfold("pass_audit")
    await auditor.send("pass_audit")
    await auditor.page.click("#confirm button[value=no]")
    assert await auditor.page.locator(".message.is-done").count() == 0
    await auditor.send("pass_audit")
    await auditor.page.click("#confirm button[value=yes]")
    await auditor.page.wait_for_selector("text=审核通过：已完成")


async def visit(visitor: Desk) -> None:
    page = visitor.page
    await visitor.unfold("record_visit")
    await page.check("#action-record_visit input[value=true]", force=True)
    await page.select_option("#record_visit-solved", "true")
    await page.select_option("#record_visit-rating", "5")
    await visitor.send("record_visit")
    await page.wait_for_selector(".message.is-done")
    assert "已办结" in await page.inner_text(".ticket-head")


async def test_one_ticket_from_the_call_to_its_end(desk_of: OpenDesk, tmp_path: Path) -> None:
    operator = await desk_of("operator")
    await look(operator, tmp_path, "desk")
    number = await take_down_by_keys(operator)
    await accept(operator)
    await look(operator, tmp_path, "ticket-operator")

    dispatcher = await desk_of("dispatcher")
    await dispatcher.open("/queues/dispatch")
    await look(dispatcher, tmp_path, "queue")
    await dispatcher.page.click("text=和平路路灯不亮")
    await dispatch(dispatcher)

    handler = await desk_of("handler.chengguan")
    await handler.page.click("text=和平路路灯不亮")
    await handle(handler)
    await look(handler, tmp_path, "ticket-handler")

    for name, part in (("auditor", audit), ("visitor", visit)):
        person = await desk_of(name)
        await person.open(f"/tickets/{number}")
        await part(person)

    supervisor = await desk_of("supervisor")
    await look(supervisor, tmp_path, "board")
    await supervisor.press("/")
    await supervisor.page.keyboard.type(number)
    await supervisor.press("Enter")
    await supervisor.page.wait_for_url("**/search?q=*")
    await supervisor.page.click("a.title")
    await supervisor.page.wait_for_selector(".ticket-head")
    await look(supervisor, tmp_path, "ticket-closed")


async def test_the_administrators_and_the_public_pages_are_readable(
    desk_of: OpenDesk, own_build: Build, tmp_path: Path
) -> None:
    admin = await desk_of("admin")
    operator = await desk_of("operator")
    await operator.open("/desk/intake")
    await look(operator, tmp_path, "intake")
    for name, path in {
        "policies": "/admin/policies",
        "policy": "/admin/policies/fast-24",
        "users": "/admin/users",
        "user": "/admin/users/operator",
        "departments": "/departments",
        "categories": "/admin/categories",
        "account": "/account",
    }.items():
        await admin.open(path)
        await look(admin, tmp_path, name)
    created = await own_build.create()
    nobody = await desk_of()
    for name, path in {
        "sign-in": "/sign-in",
        "submit": "/submit",
        "track": f"/track?number={created.number}&query_code={created.query_code}",
    }.items():
        await nobody.open(path)
        await look(nobody, tmp_path, name)
