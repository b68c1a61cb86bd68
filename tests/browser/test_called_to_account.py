"""Whoever is called to account, and what stands beside a ticket, by hand at a real screen."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from hotline.anomalies.actions import scan_day
from hotline.followup.field_checks import plan_month
from hotline.followup.sampling import SamplingRule
from hotline.kernel.clock import SHANGHAI
from hotline.people.principal import SYSTEM
from hotline.tickets.lifecycle import Action, Status
from tests.browser.town import Town, as_typed, day, fill, send

pytestmark = pytest.mark.browser

LEAD, LEADER = "handler.chengguan", "leader.chengguan"
DONE = ".message.is-done"


async def test_an_order_is_issued_answered_and_verified(town: Town) -> None:
    number = await town.begin().ticket(Status.PROCESSING, title="多次反映噪声")
    await town.does(
        "supervisor",
        "issue_order",
        number,
        f"{number}-D1",
        "待确认",
        level="2",
        reason="by_hand",
        demand="两日内查明并回复。",
        reply_limit="PT24H",
    )
    desk = await town.at(LEAD, "/desk")
    await town.sees(desk, f"{number}-D1")
    await town.does(LEAD, "acknowledge_order", number, "待回复")
    await town.does(LEAD, "answer_order", number, "待核实", reply="已责令停工整改。")
    desk = await town.does(
        "supervisor",
        "verify_order",
        number,
        "已核实",
        "已责令停工整改。",
        accept="true",
        explanation="现场已看。",
    )
    await town.look(desk, "l-order-verified")
    desk = await town.at("supervisor", "/supervision/orders?state=verified")
    await town.sees(desk, f"{number}-D1")
    await town.look(desk, "l-orders", is_narrow_kept=True)


async def test_a_requester_urges_and_is_answered(town: Town) -> None:
    number = await town.begin().ticket(Status.PROCESSING, title="垃圾三天未清")
    desk = await town.tracks(number)
    await desk.page.click("summary:has-text('说明原因')")
    form = desk.page.locator("form[action='/track/actions/urge']")
    await fill(form, note="已经三天了。")
    await send(desk, form)
    await expect(desk.page.locator(DONE)).to_be_visible()
    await town.sees(desk, "已告知城市管理局")
    desk = await town.at("supervisor", "/supervision/urges")
    await town.sees(desk, number)
    await town.does(LEAD, "answer_urge", number, "今晚清完。", reply="今晚清完。")
    desk = await town.tracks(number)
    await town.sees(desk, "今晚清完。")
    await town.look(desk, "l-urge-answered")


async def test_a_matter_is_listed_and_taken_off(town: Town) -> None:
    build = town.begin()
    number = await build.ticket(Status.PROCESSING, title="黑臭河道")
    await build.do(Action.ISSUE_ORDER, number, level=3, demand="一月内消除黑臭。")
    order = f"{number}-D1"
    desk = await town.at("supervisor", "/supervision/listed")
    await town.sees(desk, "黑臭河道", "尚未明确")
    await town.act(
        desk, f"{order}-name-leaders", city_leader="张副市长", responsible="城管局李局长"
    )
    await town.sees(desk, "张副市长", "城管局李局长")
    await town.look(desk, "l-listed")
    desk = await town.at("operator", "/supervision/listed")
    await town.sees(desk, "黑臭河道", "张副市长")
    desk = await town.at("supervisor", "/supervision/listed")
    await town.act(desk, f"{order}-delist", explanation="连续两次水质达标。")
    await town.sees(desk, "没有挂牌督办的事项。")
    desk = await town.at("supervisor", "/supervision/listed?over=true")
    await town.sees(desk, "黑臭河道", "已摘牌")


async def test_an_interview_is_planned_held_and_closed(town: Town) -> None:
    number = await town.begin().ticket(Status.PROCESSING, title="反复返工的路面")
    desk = await town.at("supervisor", f"/tickets/{number}")
    await desk.page.click("text=发起约谈")
    form = desk.page.locator("form[action='/interviews/new']")
    await expect(form.locator("[name=tickets]")).to_have_value(number)
    now = datetime.now(UTC)
    await fill(
        form,
        department="chengguan",
        reason="repeated_rework",
        explanation="同一处路面三次返工。",
        interviewer="市热线主管部门",
        called="城市管理局分管负责人",
        planned_at=as_typed(now - timedelta(minutes=10)),
        place="301会议室",
    )
    await send(desk, form)
    await desk.page.wait_for_url("**/interviews/YT-*")
    await town.sees(desk, "已安排", "301会议室", "反复返工的路面")
    path = desk.page.url.removeprefix(town.site)
    await town.act(
        desk,
        "hold",
        held_at=as_typed(now - timedelta(minutes=5)),
        attendance="双方负责人到场。",
        minutes="要求一次修好，落实质量责任。",
        promises=[f"{day(5)} 重铺路面", f"{day(9)} 提交质量报告"],
        follow_up_due_at=as_typed(now + timedelta(days=14)),
    )
    await town.sees(desk, "已约谈", "重铺路面", "提交质量报告")
    await town.look(desk, "l-interview-held")
    desk = await town.at(LEADER, path)
    await town.act(desk, "fulfil", position="1", evidence="路面已重铺，见照片。")
    await town.sees(desk, "路面已重铺，见照片。")
    desk = await town.at("supervisor", path)
    await town.act(desk, "follow-up", finding="路面平整。")
    await town.sees(desk, "已跟进")
    await town.act(desk, "close", explanation="质量报告另行报送。")
    await town.sees(desk, "已结束", "质量报告另行报送。")
    await town.look(desk, "l-interview-closed")


async def test_a_bulletin_takes_two_persons(town: Town) -> None:
    await town.begin().ticket(Status.PROCESSING)
    desk = await town.at("supervisor", "/bulletins")
    await desk.page.click("text=起草通报")
    form = desk.page.locator("form[action='/bulletins/new']")
    await fill(
        form,
        title="一周办理情况通报",
        begins=day(-6),
        ends=day(0),
        text="总体平稳。\n个别单位超期较多，请抓紧。",
    )
    await send(desk, form)
    await town.sees(desk, "草稿")
    path = desk.page.url.removeprefix(town.site)
    desk = await town.at("supervisor.second", path)
    await town.act(desk, "review")
    await town.sees(desk, "已复核")
    desk = await town.at("supervisor", path)
    await town.act(desk, "publish")
    await town.sees(desk, "已发布", "TB-")
    await town.look(desk, "l-bulletin-published")
    desk = await town.at(LEAD, "/bulletins")
    await desk.page.click("text=一周办理情况通报")
    await town.sees(desk, "个别单位超期较多", "城市管理局")


async def test_a_clue_is_read_by_the_discipline_inspection_alone(town: Town) -> None:
    number = await town.begin().ticket(Status.PROCESSING, title="谎报已修好")
    desk = await town.at("supervisor", f"/tickets/{number}")
    await desk.page.click("text=移送线索给纪检监察")
    form = desk.page.locator("form[action='/clues/new']")
    await fill(form, grounds="falsification", text="照片是去年的，涉嫌弄虚作假。")
    await send(desk, form)
    await desk.page.wait_for_url("**/clues")
    await town.sees(desk, "XS-", "已移送")
    await expect(desk.page.locator("main")).not_to_contain_text("照片是去年的")
    clue = await desk.page.locator("table .number").first.inner_text()
    await desk.page.goto(f"{town.site}/clues/{clue}")
    await expect(desk.page.locator("body")).to_contain_text("404")
    assert all("404" in words for words in desk.complaints)
    desk.complaints.clear()
    desk = await town.at("discipline", "/clues")
    await desk.page.click(f"text={clue}")
    await town.sees(desk, "照片是去年的，涉嫌弄虚作假。", "谎报已修好")
    await town.act(desk, "acknowledge")
    await town.sees(desk, "已接收")
    await town.look(desk, "l-clue")


async def test_a_paper_is_issued_printed_and_verified(town: Town) -> None:
    number = await town.begin().ticket(Status.PROCESSING, title="路灯承诺")
    desk = await town.at("operator", f"/tickets/{number}")
    await desk.page.click("#papers button:has-text('承诺单')")
    await desk.page.wait_for_url("**/papers/*")
    await town.sees(desk, "承诺单", "一天内修好")
    code = await desk.page.locator("main .paper-code").inner_text()
    await desk.page.evaluate("window.print = () => { document.title = '已打印'; }")
    await desk.page.click("[data-print]")
    await expect(desk.page).to_have_title("已打印")
    await town.look(desk, "m-paper", is_narrow_kept=True)
    desk = await town.at("", "/verify")
    await fill(desk.page.locator("form[action='/verify']"), code=code)
    await desk.press("Enter")
    await town.sees(desk, "真实有效", "承诺单")
    await town.look(desk, "m-verified")


async def test_an_anomaly_is_looked_into_and_decided(town: Town) -> None:
    build = town.begin(hours=3)
    number = await build.ticket(Status.PROCESSING, title="无人联系就反馈")
    await build.do(Action.CONTACT, number)
    build.clock.move(hours=1)
    await build.do(Action.SUBMIT_FEEDBACK, number, reply="路灯电缆已更换，夜间亮灯正常。")
    handed_in = build.clock.now()
    await build.do(Action.PASS_AUDIT, number)
    build.clock.move(hours=1)
    await build.do(Action.RECORD_VISIT, number, was_contacted=False)
    async with build.acting(SYSTEM) as tx:
        await scan_day(tx, handed_in.astimezone(SHANGHAI).date())
    desk = await town.at("supervisor", "/anomalies")
    await town.look(desk, "n-anomalies")
    row = desk.page.locator("tr", has_text="未联系即反馈").filter(has_text=number)
    await row.locator("a.title").click()
    await town.sees(desk, "未联系即反馈", "待核查", number)
    await desk.page.click("button:has-text('由我核查')")
    await town.sees(desk, "核查中")
    form = desk.page.locator("form[action$='/decide']")
    await fill(form, founded="true", words="通话记录中没有联系。")
    await send(desk, form)
    await town.sees(desk, "属实", "通话记录中没有联系。")
    await town.look(desk, "n-anomaly-decided")
    desk = await town.at(LEADER, "/anomalies")
    await town.sees(desk, "未联系即反馈")


async def test_a_field_check_is_recorded_and_confirmed(town: Town) -> None:
    build = town.begin()
    await build.ticket(Status.CLOSED, title="人行道已修", category="urban.roads")
    async with build.acting(SYSTEM) as tx:
        month = build.clock.now().astimezone(SHANGHAI).date().replace(day=1)
        await plan_month(tx, month, SamplingRule(least=1))
    # Whoever audited a ticket does not look at it on the spot as well.
    desk = await town.at("auditor.second", "/field-checks")
    await town.look(desk, "n-field-checks")
    await desk.page.locator("tbody a.title").first.click()
    await town.sees(desk, "待核查")
    form = desk.page.locator("form[action$='/record']")
    await fill(
        form, is_done="false", words="砖面仍然松动。", lat="31.23", long="121.47", photos=["p1.jpg"]
    )
    await send(desk, form)
    await town.sees(desk, "砖面仍然松动。", "p1.jpg", "31.23")
    path = desk.page.url.removeprefix(town.site)
    desk = await town.at("supervisor", path)
    form = desk.page.locator("form[action$='/confirm']")
    await fill(form, confirm="true", explanation="照片清楚，情况属实。")
    await send(desk, form)
    await town.sees(desk, "照片清楚，情况属实。")
    await town.look(desk, "n-field-check")
