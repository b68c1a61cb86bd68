"""Desks, cases and forms of appeals and repairs."""

import re
from datetime import timedelta

from credit.cases.outlook import outlook_of
from credit.freezing import begin_notice, freeze
from credit.ledger import Measure
from credit.periods import Period
from credit.scoring import write_live_scores
from tests.support.builders import Build
from tests.support.credit_rows import as_peers, happened, shanghai, worked
from tests.web.pages.conftest import PersonAs, said
from web.i18n import translator
from web.views.credit_cases import doings_of

CASE = {"grounds": "facts_wrong", "text": "现场照片早于通报", "evidence": "照片三张"}


def forms(text: str) -> list[str]:
    """Return the actions whose forms a case shows."""
    return re.findall(r'action="/credit/(?:appeals|repairs)/[0-9a-f-]+/([a-z-]+)"', text)


async def test_an_appeal_on_pages(person_as: PersonAs, build: Build) -> None:
    entry = await happened(build, "chengguan", "milestone_missed")
    async with build.acting("supervisor") as tx:
        await write_live_scores(tx, tx.now)
    leader, auditor, authority = map(person_as, ("leader.chengguan", "auditor", "authority"))
    new = f"/credit/events/{entry.id}/appeal"
    assert (await person_as("leader.huanbao").get(new)).status_code == 404
    assert (await person_as("handler.chengguan").get(new)).status_code == 403
    assert "您的申诉理由" not in said((await leader.get(new)).text)
    empty = await leader.post(new, CASE | {"text": ""})
    assert empty.status_code == 422
    assert "照片三张" in empty.text
    done = await leader.post(new, CASE)
    assert done.status_code == 303, said(done.text)
    path = done.headers["location"].partition("?")[0]
    assert "已有一项异议正在处理" in said((await leader.get(new)).text)
    assert "1 件异议申诉待决定" in said((await person_as("supervisor").get("/board")).text)
    desk = (await auditor.get("/credit/appeals")).text
    assert path in desk
    assert path not in (await authority.get("/credit/appeals")).text
    assert path in (await authority.get("/credit/appeals?show=all")).text
    assert path not in (await person_as("leader.huanbao").get("/credit/appeals")).text
    build.clock.set(build.clock.now() + timedelta(days=10))
    late = (await auditor.get("/credit/appeals")).text
    assert "row-red" in late
    assert "超期" in said(late)
    page = (await auditor.get(path)).text
    assert forms(page) == ["decide-appeal"]
    assert "现场照片早于通报" in said(page)
    assert "今日得分" in said(page)
    assert forms((await leader.get(path)).text) == ["withdraw-appeal"]
    refused = {"uphold": "false", "explanation": "照片时间不符"}
    assert (await auditor.post(f"{path}/decide-appeal", refused)).status_code == 303
    twice = await person_as("supervisor").post(f"{path}/decide-appeal", refused)
    assert twice.status_code == 409
    assert "异议不成立" in said(twice.text)
    assert forms((await leader.get(path)).text) == ["second-level"]
    again = await leader.post(f"{path}/second-level", {"text": "照片有时间戳"})
    assert again.status_code == 303
    assert forms((await auditor.get(path)).text) == []
    assert forms((await authority.get(path)).text) == ["decide-appeal"]
    upheld = {"uphold": "true", "explanation": "属实"}
    assert (await authority.post(f"{path}/decide-appeal", upheld)).status_code == 303
    words = said((await leader.get(path)).text)
    assert "异议成立" in words
    assert "照片时间不符" in words
    assert (await auditor.post(f"{path}/nothing", {})).status_code == 404
    assert (await person_as("observer").get("/credit/appeals")).status_code == 403


async def test_a_repair_on_pages(person_as: PersonAs, build: Build) -> None:
    today = build.clock.now()
    build.clock.set(today - timedelta(days=100))
    entry = await happened(build, "chengguan", "milestone_missed")
    build.clock.set(today - timedelta(days=50))
    leader, visitor, supervisor = map(person_as, ("leader.chengguan", "visitor", "supervisor"))
    new = f"/credit/events/{entry.id}/repair"
    assert "起可申请修复" in said((await leader.get(new)).text)
    build.clock.set(today)
    request = {"cure": "已更换责任人", "evidence": "验收单", "pledge": "不再发生"}
    assert (await leader.post(new, request | {"pledge": ""})).status_code == 422
    path = (await leader.post(new, request)).headers["location"].partition("?")[0]
    assert path in (await visitor.get("/credit/repairs")).text
    assert path not in (await supervisor.get("/credit/repairs")).text
    assert forms((await visitor.get(path)).text) == ["check-repair", "report-false-statement"]
    check = {"passed": "true", "visit": "电话回访", "finding": "属实"}
    assert (await visitor.post(f"{path}/check-repair", check)).status_code == 303
    assert path in (await supervisor.get("/credit/repairs")).text
    assert forms((await supervisor.get(path)).text) == [
        "decide-repair",
        "put-off-repair",
        "report-false-statement",
    ]
    doubt = await visitor.post(f"{path}/report-false-statement", {"words": "验收单系伪造"})
    assert doubt.status_code == 303
    page = (await supervisor.get(path)).text
    assert "被反映不实" in said(page)
    assert forms(page) == ["decide-false-statement", "put-off-repair"]
    true = {"confirm": "false", "explanation": "经核属实"}
    assert (await supervisor.post(f"{path}/decide-false-statement", true)).status_code == 303
    granted = {"approve": "true", "explanation": "同意"}
    assert (await supervisor.post(f"{path}/decide-repair", granted)).status_code == 303
    words = said((await leader.get(path)).text)
    assert "事件已修复" in words
    assert "电话回访" in words
    assert (await person_as("leader.huanbao").get(path)).status_code == 404
    assert path in (await leader.get("/credit/repairs")).text
    assert (await supervisor.post(f"{path}/nothing", {})).status_code == 404


async def test_an_objection_on_pages(person_as: PersonAs, build: Build) -> None:
    await as_peers(build)
    build.clock.set(shanghai(2026, 3, 10))
    measures = (Measure.BASE, Measure.PROMISE)
    made = await worked(build, "chengguan", shanghai(2026, 3, 9), failed=1, measures=measures)
    late = next(one.ticket_number for one in made if one.measure is Measure.PROMISE and not one.k)
    build.clock.set(shanghai(2026, 4, 1, 1))
    async with build.acting("supervisor") as tx:
        await freeze(tx, Period.parse("2026-Q1"))
        await begin_notice(tx, "2026-Q1")
    leader = person_as("leader.chengguan")
    new = "/credit/periods/2026-Q1/object"
    assert "2026-Q1" in said((await leader.get(new)).text)
    assert "2026-Q9" in said((await leader.get("/credit/periods/2026-Q9/object")).text)
    unknown = await leader.post(new, CASE | {"indicator": "promise", "tickets": "2603019999999"})
    assert unknown.status_code == 422
    assert "未计入" in said(unknown.text)
    path = (await leader.post(new, CASE | {"indicator": "promise", "tickets": late})).headers[
        "location"
    ]
    words = said((await person_as("auditor").get(path)).text)
    assert late in words
    assert "此为估算" in words


async def test_what_can_be_done_about_an_event(build: Build) -> None:
    entry = await happened(build, "chengguan", "milestone_missed")
    t = translator("zh_CN")

    async def offered(by: str) -> list[tuple[str, bool]]:
        async with build.acting(by) as tx:
            outlook = await outlook_of(tx.session, tx.actor, entry, tx.now)
            is_own = tx.actor.department_id == entry.department_id
            found = doings_of(entry, outlook, t, is_own=is_own)
        return [(one.text, one.href is not None) for one in found]

    appeal, repair = "对该事件提出异议", "申请信用修复"
    assert await offered("leader.chengguan") == [(appeal, True), (repair, False)]
    assert await offered("auditor") == []
    build.clock.set(build.clock.now() + timedelta(days=100))
    assert await offered("leader.chengguan") == [(appeal, True), (repair, True)]
    build.clock.set(build.clock.now() + timedelta(days=300))
    assert await offered("leader.chengguan") == [(appeal, False), (repair, True)]
