"""The working desks of credit at a real screen: events, repairs, exclusions, rules, observers."""

import pytest
from playwright.async_api import expect

from hotline.tickets.lifecycle import Status
from tests.browser.town import NARROW, Town, fill, send
from tests.support.credit_rows import as_peers, counted, happened, worked
from tests.support.observing import register, survey

pytestmark = pytest.mark.browser

LEADER = "leader.chengguan"
DONE = ".message.is-done"
PROPOSE = "form[method=post][action^='/credit/proposals/new']"


async def test_a_proposal_takes_a_second_person_and_comes_into_force(town: Town) -> None:
    number = await town.begin().ticket(Status.PROCESSING, title="谎称已修好")
    desk = await town.at("supervisor", f"/tickets/{number}")
    await desk.page.click("main a:has-text('提请登记事件')")
    form = desk.page.locator(PROPOSE)
    await fill(form, code="false_closure", department="chengguan", finding="现场复核：未修复。")
    await town.look(desk, "o-propose", is_narrow_kept=True)
    await send(desk, form)
    await expect(desk.page.locator(DONE)).to_contain_text("待第二人确认")
    await town.sees(desk, "−10", "现场复核：未修复。", "您提请，须另一人确认")
    await expect(desk.page.locator("#action-confirm")).to_have_count(0)
    path = desk.page.url.removeprefix(town.site).partition("?")[0]
    desk = await town.at("authority", path)
    await town.act(desk, "confirm", words="另行查看现场，情况属实。")
    await expect(desk.page.locator(DONE)).to_contain_text("已确认")
    await town.look(desk, "o-proposal-confirmed", is_narrow_kept=True)
    await desk.page.click("main a:has-text('查看登记的记录')")
    await town.sees(desk, "虚假办结", "生效中", number)
    await town.look(desk, "o-event", is_narrow_kept=True)
    desk = await town.at(LEADER, "/notices")
    await desk.page.click("main td a[href^='/credit/events/'] >> nth=0")
    await town.sees(desk, "虚假办结", "对该事件提出异议", "剩余")
    desk = await town.at(LEADER, f"/credit/events?ticket={number}")
    await town.sees(desk, "虚假办结")


async def test_a_general_event_is_repaired_with_proof_and_a_second_person(town: Town) -> None:
    entry = await happened(town.begin(days=120), "chengguan", "supervision_unanswered")
    desk = await town.at(LEADER, f"/credit/events/{entry.id}")
    await desk.page.click("main a:has-text('申请信用修复')")
    form = desk.page.locator("form[method=post][action$='/repair']")
    await fill(
        form, cure="已逐件补复并明确专人。", evidence="督办台账抽查记录", pledge="今后按期回复。"
    )
    await town.look(desk, "o-repair-ask", is_narrow_kept=True)
    await send(desk, form)
    await expect(desk.page.locator(DONE)).to_contain_text("已申请信用修复")
    path = desk.page.url.removeprefix(town.site).partition("?")[0]
    desk = await town.at("auditor", "/credit/repairs")
    await town.sees(desk, "督办不回复", "剩余")
    await town.look(desk, "o-repairs", is_narrow_kept=True)
    desk = await town.at("auditor", path)
    await town.act(
        desk,
        "check-repair",
        passed="true",
        visit="电话回访并抽查台账",
        finding="抽查十件，均按期回复。",
    )
    await expect(desk.page.locator(DONE)).to_contain_text("由另一人作出决定")
    await expect(desk.page.locator("#action-decide-repair")).to_have_count(0)
    desk = await town.at("supervisor", path)
    await town.act(desk, "decide-repair", approve="true", explanation="整改属实，同意修复。")
    await town.sees(desk, "整改属实，同意修复。", "已修复")
    await town.look(desk, "o-repair-decided", is_narrow_kept=True)
    desk = await town.at(LEADER, f"/credit/events/{entry.id}")
    await town.sees(desk, "已修复")


async def test_an_exclusion_takes_two_persons(town: Town) -> None:
    build = town.begin()
    number = await build.ticket(Status.PROCESSING, title="暴雨中断的道路")
    await counted(build, number, "chengguan")
    desk = await town.at(LEADER, "/credit/exclusions/new")
    form = desk.page.locator("form[action='/credit/exclusions/new']")
    await fill(
        form,
        ticket=number,
        code="force_majeure",
        reason="暴雨红色预警期间道路中断。",
        evidence="气象预警发布单",
    )
    await send(desk, form)
    await expect(desk.page.locator(DONE)).to_contain_text("待两人审定")
    path = desk.page.url.removeprefix(town.site).partition("?")[0]
    for who, state in (("supervisor.second", "待复审"), ("authority", "已剔除")):
        desk = await town.at(who, path)
        await town.act(desk, "decide", approve="true", explanation="材料齐全，同意剔除。")
        await expect(desk.page.locator(DONE)).to_be_visible()
        await town.sees(desk, state)
        await expect(desk.page.locator("#action-decide")).to_have_count(0)
    await town.look(desk, "o-exclusion", is_narrow_kept=True)
    desk = await town.at("supervisor", "/credit/exclusions")
    await town.sees(desk, number)
    await town.look(desk, "o-exclusions", is_narrow_kept=True)


async def test_rules_are_drafted_previewed_and_published(town: Town) -> None:
    build = town.begin(days=200)
    await as_peers(build)
    # What was known at the end of every quarter, whichever day it is today.
    for days in (190, 160, 130, 100):
        town.begin(days=days)
        await worked(build, "chengguan", build.clock.now(), done=40, failed=4)
        await happened(build, "chengguan", "supervision_l2")
    town.begin()
    desk = await town.at("supervisor", "/credit/rules")
    await desk.page.click("button:has-text('新建草案')")
    await desk.page.wait_for_url("**/credit/rules/drafts/*")
    points = desk.page.locator("[name='events.supervision_l2.points']")
    await points.fill("很多")
    await desk.page.click("button[value=save] >> nth=0")
    await expect(points).to_have_attribute("aria-invalid", "true")
    await expect(points).to_have_value("很多")
    desk.complaints.clear()  # the browser tells of the answer 422
    await points.fill("-1")
    await desk.page.locator("[name=note]").fill("被督办从重计分。")
    await desk.page.click("button[value=preview] >> nth=0")
    await town.sees(desk, "被督办", "城市管理局")
    await expect(desk.page.locator("#preview tbody tr").first).to_be_visible()
    await town.look(desk, "o-rules-preview", is_narrow_kept=True)
    await desk.page.click("button[value=publish]")
    await desk.page.click("#confirm button[value=yes]")
    await desk.page.wait_for_url("**/credit/rules/*?done=published")
    await town.sees(desk, "被督办从重计分。", "现行")
    await town.look(desk, "o-rules-version")


async def test_an_observer_answers_and_reports_on_a_telephone(town: Town) -> None:
    build = town.begin()
    await register(build)
    await survey(build)
    desk = await town.at("observer", "/observer")
    await town.look(desk, "o-observer-home", is_narrow_kept=True)
    await desk.page.set_viewport_size(NARROW)
    await desk.page.click("main table a.title:has-text('营商环境评议')")
    await town.sees(desk, "剩余")
    row = desk.page.locator("tbody tr", has_text="城市管理局")
    await row.locator("a.btn").click()
    form = desk.page.locator("form#answer")
    await fill(form, q1="4", q2="true", q3="窗口可再多开一个。")
    await town.look(desk, "o-observer-answer", is_narrow_kept=True)
    await desk.page.set_viewport_size(NARROW)
    await send(desk, form)
    await expect(desk.page.locator(DONE)).to_be_visible()
    await expect(desk.page.locator("tbody tr", has_text="城市管理局")).to_contain_text("已评议")
    desk = await town.at("observer", "/observer/snaps/new")
    form = desk.page.locator("form#snap")
    await fill(form, title="井盖破损", content="井盖缺了一角，夜间危险。", address="建设路口")
    await send(desk, form)
    await desk.page.wait_for_url("**/observer/snaps/*")
    await town.sees(desk, "井盖破损", "已成为工单")
    await town.look(desk, "o-observer-snap", is_narrow_kept=True)
    number = desk.page.url.rpartition("/")[2].partition("?")[0]
    desk = await town.at("operator", f"/tickets/{number}")
    await town.sees(desk, "井盖破损")
