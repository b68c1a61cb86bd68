"""Pages of periods and of exclusions."""

import re
import uuid

from credit.freezing import begin_notice, freeze, publish_period
from credit.period_events import PeriodOnNotice, PeriodPublished
from credit.period_telling import tell_on_notice, tell_published
from credit.periods import Period
from credit.published import list_periods
from hotline.people.principal import SYSTEM
from hotline.tickets.lifecycle import Status
from tests.support.builders import Build
from tests.support.credit_facts import deliver, make_frozen_again
from tests.support.credit_rows import as_peers, shanghai, worked
from tests.web.pages.conftest import PersonAs, said


async def test_a_month_is_signed_off_on_a_page(person_as: PersonAs, build: Build) -> None:
    await as_peers(build)
    await worked(build, "chengguan", shanghai(2026, 2, 9), done=40)
    build.clock.move(minutes=1)
    supervisor, leader = person_as("supervisor"), person_as("leader.chengguan")
    assert "尚无已冻结的考评期" in said((await supervisor.get("/credit/periods")).text)
    wrong = await supervisor.post("/credit/periods/freeze", {"period": "十一月"})
    assert wrong.status_code == 422
    early = await supervisor.post("/credit/periods/freeze", {"period": "2026-03"})
    assert (early.status_code, "2026-03 尚未结束" in said(early.text)) == (409, True)
    done = await supervisor.post("/credit/periods/freeze", {"period": "2026-02", "reason": "月报"})
    assert done.headers["location"] == "/credit/periods/2026-02"
    page = said((await supervisor.get("/credit/periods/2026-02")).text)
    assert "签发并发布" in page
    assert "月报" in page
    assert "签发并发布" not in said((await leader.get("/credit/periods/2026-02")).text)
    assert (await leader.post("/credit/periods/2026-02/publish")).status_code == 403
    assert (await person_as("observer").get("/credit/periods/2026-02")).status_code == 404
    assert (await supervisor.post("/credit/periods/2026-02/begin-notice")).status_code == 409
    assert (await supervisor.post("/credit/periods/2026-02/publish")).status_code == 303
    assert (await supervisor.post("/credit/periods/2026-02/erase")).status_code == 404
    assert "2026-02" in said((await person_as("observer").get("/credit/periods")).text)
    quarters = said((await supervisor.get("/credit/periods?kind=quarter")).text)
    assert "没有符合条件的" in quarters


async def test_an_exclusion_on_pages(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.CLOSED)
    await deliver(build)
    build.clock.move(hours=1)
    leader, supervisor = person_as("leader.chengguan"), person_as("supervisor")
    assert "没有人工审定的剔除" in said((await leader.get("/credit/exclusions")).text)
    form = (await leader.get(f"/credit/exclusions/new?ticket={number}")).text
    assert number in form
    assert 'name="department"' not in form
    assert 'name="department"' in (await supervisor.get("/credit/exclusions/new")).text
    words = {"ticket": number, "code": "pilot", "reason": "试点工作", "evidence": "批文\n会议纪要"}
    empty = await leader.post("/credit/exclusions/new", words | {"evidence": ""})
    assert (empty.status_code, "试点工作" in empty.text) == (422, True)
    done = await leader.post("/credit/exclusions/new", words)
    path = done.headers["location"].partition("?")[0]
    assert "会议纪要" in said((await leader.get(path)).text)
    assert "是否剔除" not in said((await leader.get(path)).text)
    assert (await person_as("leader.zhujian").get(path)).status_code == 404
    decision = {"approve": "true", "explanation": "同意"}
    involved = await person_as("auditor").post(f"{path}/decide", decision)
    assert (involved.status_code, "须由未曾参与" in said(involved.text)) == (403, True)
    for name in ("supervisor", "authority"):
        assert (await person_as(name).post(f"{path}/decide", decision)).status_code == 303
    page = said((await supervisor.get(path)).text)
    assert "已剔除" in page
    assert "复审意见" in page
    assert "正在重新计算涉及的已冻结周期" in page
    await make_frozen_again(build)
    assert "没有已冻结的周期因此变化" in said((await supervisor.get(path)).text)
    assert (await supervisor.post(f"{path}/forget", {})).status_code == 404
    for query, is_there in (
        ("state=approved", True),
        ("state=asked", False),
        ("code=pilot&department=chengguan", True),
        ("view=facts", False),
    ):
        listed = (await supervisor.get(f"/credit/exclusions?{query}")).text
        assert (number in listed) is is_there, query
    assert (await person_as("operator").get("/credit/exclusions")).status_code == 403


async def test_a_notice_of_a_period_leads_to_the_department_of_then(
    person_as: PersonAs, build: Build
) -> None:
    await as_peers(build)
    await worked(build, "chengguan", shanghai(2026, 2, 9), done=40)
    build.clock.set(shanghai(2026, 4, 1, 1))
    async with build.acting(SYSTEM) as tx:
        await freeze(tx, Period.parse("2026-Q1"))
        await begin_notice(tx, "2026-Q1")
        (row,) = await list_periods(tx.session)
        fact = PeriodOnNotice(period=row.key, revision=1, until=str(row.notice_until))
        assert await tell_on_notice(tx, uuid.uuid4(), fact) == 1
    build.clock.set(shanghai(2026, 4, 20))
    async with build.acting(SYSTEM) as tx:
        await publish_period(tx, "2026-Q1")
        told = PeriodPublished(period="2026-Q1", revision=1, by_user_id=None)
        assert await tell_published(tx, uuid.uuid4(), told) == 1
    leader = person_as("leader.chengguan")
    text = (await leader.get("/notices")).text
    (where,) = set(re.findall(r'href="(/credit/departments/[^"]+)"', text))
    assert where == "/credit/departments/chengguan?period=2026-Q1"
    assert "正在公示" in text
    assert "2026-Q1，至 2026-04-" in text
    assert "2026-Q1 · — → " in text
    assert (await leader.get(where)).status_code == 200
