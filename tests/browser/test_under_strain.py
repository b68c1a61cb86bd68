"""Every hold of the loop, by hand: asked for, decided and left again at a real screen."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from hotline.tickets.lifecycle import Action, Status
from tests.browser.town import Town, as_typed, day, fill, send, told

pytestmark = pytest.mark.browser

LEAD, SECOND = "handler.chengguan", "handler.zhujian"
LEADER = "leader.chengguan"


async def test_a_return_is_rejected_disputed_and_decided(town: Town) -> None:
    number = await town.begin().ticket(Status.PROCESSING, title="桥下积水")
    await town.does(
        LEAD,
        "request_return",
        number,
        "退单待审",
        reason="not_my_duty",
        suggested_department="jiaotong",
        explanation="该桥由交通部门养护。",
        legal_basis="城市道路管理条例第六条",
        evidence=["养护协议.pdf", "现场照片"],
        leader="城管局王局长",
    )
    desk = await town.at("dispatcher", f"/tickets/{number}")
    await town.sees(desk, "该桥由交通部门养护。", "养护协议.pdf")
    await town.look(desk, "a-return-asked", is_narrow_kept=True)
    await town.does(
        "dispatcher",
        "decide_return",
        number,
        "办理中",
        uphold="false",
        explanation="桥面积水属市政排水，职责在你局。",
    )
    await town.does(
        LEADER, "dispute_return", number, "争议裁定", explanation="排水管网已移交交通部门。"
    )
    desk = await town.does(
        "authority",
        "decide_arbitration",
        number,
        "待签收",
        department="jiaotong",
        explanation="指定交通运输局办理。",
    )
    await expect(desk.page.locator("#papers")).to_contain_text("指定承办单位")
    await town.look(desk, "a-arbitration-decided")
    unit = await town.at("handler.jiaotong", "/desk")
    await town.sees(unit, "桥下积水")
    await town.does("handler.jiaotong", "sign", number, "办理中")


async def test_a_consultation_finds_the_lead(town: Town) -> None:
    number = await town.begin().ticket(Status.ACCEPTED, title="河边护栏断裂")
    await town.does(
        "dispatcher",
        "request_consultation",
        number,
        "会商",
        reason="河边护栏归谁修？",
        departments=["chengguan", "zhujian"],
    )
    await town.does("dispatcher", "call_units", number, "交通运输局", departments=["jiaotong"])
    await town.does(
        SECOND,
        "respond_consultation",
        number,
        opinion="not_ours",
        explanation="三定方案没有河道护栏。",
    )
    desk = await town.at("dispatcher", f"/tickets/{number}")
    await town.sees(desk, "三定方案没有河道护栏。", "不属于本单位职责", "等待答复")
    await desk.unfold("decide_consultation")
    await town.look(desk, "b-consultation-answers", is_narrow_kept=True)
    await town.does(
        "dispatcher",
        "decide_consultation",
        number,
        "待签收",
        "城市管理局",
        department="chengguan",
        co_departments=["jiaotong"],
        explanation="护栏属市政设施，城管主办，交通协办。",
        attended=["zhujian"],
        tasks=[f"交通运输局 {day(2)} 封闭人行道"],
    )
    unit = await town.at("handler.jiaotong", "/desk")
    await town.sees(unit, "封闭人行道")


async def test_a_co_handler_reports_and_the_lead_takes_it_over(town: Town) -> None:
    build = town.begin()
    number = await build.ticket(Status.ACCEPTED, title="小区外路面塌陷")
    await build.do(Action.DISPATCH, number, co_departments=["zhujian"])
    await build.follow(number, Action.SIGN, Action.CONTACT)
    await town.does(SECOND, "sign_co", number, "已签收")
    await town.does(
        SECOND, "report_stage", number, "已到现场", stage="on_site", note="管线已经探明。"
    )
    await town.does(SECOND, "submit_opinion", number, opinion="塌陷由我局管线渗漏造成，已止漏。")
    desk = await town.at(LEAD, f"/tickets/{number}")
    await desk.unfold("submit_feedback")
    await town.sees(desk, "管线已经探明。", "塌陷由我局管线渗漏造成，已止漏。")
    await town.look(desk, "c-opinion-to-take-over")
    await desk.page.click("text=采用到答复中")
    await desk.page.wait_for_url("**take=zhujian*")
    reply = desk.page.locator("#submit_feedback-reply")
    await expect(reply).to_have_value("住房建设局：塌陷由我局管线渗漏造成，已止漏。")
    await town.act(desk, "submit_feedback", resolved="true")
    await expect(desk.page.locator(".message.is-done")).to_contain_text("提交反馈：已完成")
    await town.sees(desk, "待审核", "已采用")


async def test_a_whistle_is_blown_decided_and_scored(town: Town) -> None:
    number = await town.begin().ticket(Status.PROCESSING, title="工地夜间扬尘")
    await town.does(
        "supervisor",
        "blow_whistle",
        number,
        "工地归谁管？",
        departments=["zhujian", "huanbao"],
        reason="工地归谁管？",
        place="现场",
    )
    await town.does(SECOND, "report_in", number, attendee="李副局长", deputy="true")
    desk = await town.does(
        "supervisor",
        "decide_whistle",
        number,
        "分段负责",
        attended=["zhujian"],
        minutes="现场看过。",
        decision="住建管工地，环保管扬尘，分段负责。",
        tasks=[f"住房建设局 {day(2)} 加固围挡"],
    )
    desk = await town.does(
        "supervisor",
        "score_whistle",
        number,
        department="zhujian",
        score="4",
        explanation="按时到场，当场认领。",
    )
    await town.sees(desk, "4：按时到场，积极配合")
    await town.look(desk, "c-whistle-scored")
    await town.does(SECOND, "finish_meeting_task", number, report="围挡已经加固。")
    desk = await town.at("supervisor", "/whistles")
    await town.sees(desk, f"{number}-W1")
    await town.look(desk, "c-whistles")


async def test_a_requester_provides_what_was_asked_for(town: Town) -> None:
    number = await town.begin().ticket(title="楼道堆物")
    await town.does(
        "operator", "request_supplement", number, "待补充", items=["楼栋号和单元", "现场照片"]
    )
    desk = await town.tracks(number)
    await town.sees(desk, "待补充")
    form = desk.page.locator("form[action='/track/actions/provide-supplement']")
    await expect(form.get_by_label("楼栋号和单元")).to_be_visible()
    await town.look(desk, "d-supplement-asked", is_narrow_kept=True)
    await fill(form, **{"items-0": "3栋2单元", "items-1": "已发到公众号"})
    await send(desk, form)
    await expect(desk.page.locator(".message.is-done")).to_be_visible()
    await town.look(desk, "d-supplement-provided")
    desk = await town.at("operator", f"/tickets/{number}")
    await town.sees(desk, "待受理", "3栋2单元", "已发到公众号")


async def test_an_extension_is_asked_for_and_given(town: Town) -> None:
    number = await town.begin().ticket(Status.PROCESSING, title="路灯配件缺货")
    until = await town.due_of(number) + timedelta(hours=2)
    await town.does(
        LEAD,
        "request_extension",
        number,
        "延期",
        "待决定",
        until=as_typed(until),
        reason="awaiting_parts",
        explanation="灯头明天到货。",
        **told(),
    )
    desk = await town.does(
        "supervisor",
        "decide_extension",
        number,
        "已同意",
        approve="true",
        explanation="同意，到货即装。",
    )
    await town.look(desk, "e-extension-given")
    desk = await town.tracks(number)
    await town.sees(desk, "审批延期")


async def test_a_suspension_begins_and_ends(town: Town) -> None:
    number = await town.begin().ticket(Status.PROCESSING, title="房屋安全鉴定")
    await town.does(
        LEAD,
        "request_suspension",
        number,
        "待决定",
        reason="statutory_step",
        explanation="等待鉴定机构出具报告。",
        evidence=["鉴定委托书"],
        **told(),
    )
    desk = await town.does(
        "authority",
        "decide_suspension",
        number,
        "挂起",
        "审批结果：已同意",
        approve="true",
        review_at=as_typed(datetime.now(UTC) + timedelta(days=10)),
        explanation="同意等待鉴定。",
    )
    await town.look(desk, "f-suspension")
    desk = await town.at("supervisor", "/suspensions")
    await town.sees(desk, "房屋安全鉴定")
    await town.look(desk, "f-suspensions")
    desk = await town.does("supervisor", "end_suspension", number, "办理中", note="报告已出。")
    await town.sees(desk, "已结束")


async def test_a_plan_from_its_milestones_to_its_end(town: Town) -> None:
    number = await town.begin().ticket(Status.PROCESSING, title="老旧管网改造")
    await town.does(
        LEAD,
        "request_rectification",
        number,
        "待决定",
        reason="管网老化，需分段更换。",
        milestones=[f"{day(10)} 李工：完成招标", f"{day(40)} 王工：全段完工"],
        **told(),
    )
    await town.does(
        "supervisor",
        "decide_rectification",
        number,
        "整改中",
        approve="true",
        explanation="同意，按节点推进。",
    )
    for place in ("1", "2"):
        await town.does(
            LEAD,
            "complete_milestone",
            number,
            milestone=place,
            note=f"第{place}个节点完成。",
            evidence=["验收单"],
            **told(),
        )
    await town.look(await town.desk(LEAD), "g-milestones-done")
    await town.does(
        LEAD, "request_close_out", number, "整改销号", summary="全段更换。", evidence=["竣工报告"]
    )
    desk = await town.at("supervisor", "/plans")
    await town.sees(desk, "老旧管网改造")
    await town.look(desk, "g-plans")
    desk = await town.does(
        "supervisor",
        "end_rectification",
        number,
        "办理中",
        "审批结果：已同意",
        completed="true",
        explanation="现场验收合格。",
    )
    await town.look(desk, "g-plan-completed")
    desk = await town.tracks(number)
    await town.sees(desk, "第2个节点完成。")
    await town.look(desk, "g-plan-tracked", is_narrow_kept=True)


async def test_a_final_reply_passes_three_hands(town: Town) -> None:
    number = await town.begin().ticket(Status.PROCESSING, title="要求提高补偿标准")
    await town.does(
        LEADER,
        "request_final_reply",
        number,
        "最终答复审批",
        reply="补偿标准由省里统一规定，我市不能提高。",
        reason="policy_forbids",
        basis="省补偿办法第九条；已三次当面解释。",
    )
    await town.does(
        "supervisor", "review_final_reply", number, approve="true", explanation="依据充分。"
    )
    desk = await town.does(
        "authority",
        "decide_final_reply",
        number,
        "已办结",
        approve="true",
        explanation="同意最终答复。",
    )
    await town.look(desk, "h-final-reply")
    desk = await town.tracks(number)
    await town.sees(desk, "补偿标准由省里统一规定")


async def test_a_bad_rating_is_checked_and_found_founded(town: Town) -> None:
    number = await town.begin().ticket(Status.PENDING_VISIT, title="井盖异响")
    desk = await town.at("visitor", f"/visits/{number}")
    form = desk.page.locator(f"form[action='/visits/{number}']")
    await fill(
        form,
        reached="true",
        was_contacted="true",
        solved="true",
        rating="1",
        note="来了三次才修好。",
    )
    await town.look(desk, "i-visit")
    await send(desk, form)
    await desk.page.wait_for_url(f"**/visits?done={number}")
    await town.does("auditor", "contact_rater", number, "差评核实", reached="true", note="属实。")
    desk = await town.does(
        "auditor.second",
        "decide_rating_check",
        number,
        "办理中",
        "第 2 次办理",
        founded="true",
        explanation="拖延属实，退回重办。",
    )
    await town.look(desk, "i-rating-founded")


async def test_two_matters_are_merged_and_parted(town: Town) -> None:
    build = town.begin()
    parent = await build.ticket(title="东门停水", area="东城街道")
    child = await build.ticket(title="西门停水", area="西城街道", requester_phone="13900005678")
    desk = await town.at("dispatcher", f"/tickets/{parent}")
    await desk.page.click("text=查找同一事项")
    form = desk.page.locator("form.card[method=post]")
    await fill(form, more=child)
    await form.locator("button[value=preview]").click()
    await town.sees(desk, "西门停水")
    await town.look(desk, "j-merge-preview", is_narrow_kept=True)
    await fill(form, is_confirmed="true")
    await form.locator("button[value=merge]").click()
    await town.sees(desk, "1 件工单已并入")
    await town.look(desk, "j-merged")
    desk = await town.tracks(child)
    await town.sees(desk, "已并单", "已合并办理")
    await town.does("dispatcher", "split", child, "待受理", reason="两处管段不同，分开办理。")
    desk = await town.tracks(child)
    await expect(desk.page.locator("main")).not_to_contain_text("已并单")


async def test_a_repeat_is_explained_and_linked(town: Town) -> None:
    build = town.begin()
    earlier = await build.ticket(Status.CLOSED, title="树枝遮挡路牌")
    build.clock.move(minutes=5)
    number = await build.ticket(title="又说树枝遮挡")
    await town.does(
        "operator",
        "explain_repeat",
        number,
        earlier=earlier,
        explanation="上次已修剪并答复，没有新的情况。",
    )
    desk = await town.does(
        "supervisor",
        "decide_repeat",
        number,
        "已办结",
        approve="true",
        explanation="事实相同，同意。",
    )
    await expect(desk.page.locator(f".ticket-head a[href='/tickets/{earlier}']")).to_be_visible()
    await town.look(desk, "k-repeat")
    desk = await town.tracks(number)
    await town.sees(desk, "上次已修剪并答复", earlier)
    desk = await town.at("operator", f"/tickets/{earlier}")
    await expect(desk.page.locator(f".ticket-head a[href='/tickets/{number}']")).to_be_visible()
