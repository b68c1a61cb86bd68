"""From a rank to the ticket that moved it, and from an appeal to the rank that it has changed."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect
from sqlmodel import col, select

from credit.cases.events import CreditCorrected
from credit.freezing import freeze, publish_period
from credit.ledger import Measure
from credit.models import CreditEntry
from credit.periods import Period
from credit.scoring import write_live_scores
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.outbox import OutboxMessage
from hotline.tickets.lifecycle import Status
from tests.browser.town import Town, fill, send
from tests.support.builders import Build
from tests.support.credit_rows import as_peers, counted, happened, worked
from web.run.subscribers import credit_work_in

pytestmark = pytest.mark.browser

LEADER = "leader.chengguan"
UNIT = "/credit/departments/chengguan"


@dataclass(frozen=True, slots=True)
class Month:
    """The last month, frozen and published.

    Attributes:
        ticket: what one department broke its word on.
        entry: what weighs on another.
    """

    key: str
    ticket: str
    entry: CreditEntry


@pytest.fixture(scope="module")
async def month(served_town: Town) -> Month:
    """Three departments have worked all month; the month is published, and last night scored them."""
    build = served_town.begin()
    first = datetime.now(SHANGHAI).replace(day=1, hour=0, minute=20, second=0, microsecond=0)
    build.clock.set((first - timedelta(days=9)).astimezone(UTC))
    await as_peers(build)
    for unit, done, failed in (("chengguan", 276, 4), ("zhujian", 275, 5), ("jiaotong", 278, 2)):
        await worked(build, unit, build.clock.now(), done=done, failed=failed)
    await worked(
        build, "zhujian", build.clock.now(), failed=60, done=0, measures=(Measure.PROMISE,)
    )
    build.clock.move(hours=2)
    ticket = await build.ticket(Status.PROCESSING, title="承诺三日内修好的路灯")
    await counted(build, ticket, "zhujian", measures=(Measure.PROMISE,))
    entry = await happened(build, "chengguan", "false_closure")
    period = Period.parse(f"{first - timedelta(days=9):%Y-%m}")
    build.clock.set(first.astimezone(UTC))
    async with build.acting("supervisor") as tx:
        await freeze(tx, period)
    async with build.acting("supervisor") as tx:
        await publish_period(tx, str(period))
    served_town.begin()
    await _night(build)
    return Month(str(period), ticket, entry)


async def _night(build: Build) -> None:
    async with build.acting("supervisor") as tx:
        await write_live_scores(tx, tx.now)


async def _work_off(build: Build) -> None:
    """Do what the worker does with what a decided appeal has told."""
    async with build.session_maker() as session:
        found = await session.exec(
            select(OutboxMessage.id).where(col(OutboxMessage.topic) == CreditCorrected.topic)
        )
        facts = [str(fact_id) for fact_id in found]
    ctx = {"session_maker": build.session_maker, "clock": build.clock, "cipher": build.cipher}
    for fact_id in facts:
        await credit_work_in(ctx, fact_id)


async def test_from_a_rank_to_the_ticket_that_moved_it(town: Town, month: Month) -> None:
    desk = await town.at("supervisor", "/credit/ranking")
    await town.look(desk, "c-ranking", is_narrow_kept=True)
    row = desk.page.locator("tr:has(a[href^='/credit/departments/zhujian'])")
    await expect(row).to_contain_text("按时践诺")
    await row.locator("a").click()
    opened = desk.page.locator("details#promise[open]")
    await expect(opened).to_be_visible()
    await town.look(desk, "c-unit", is_narrow_kept=True)
    await opened.locator(f"a[href='/tickets/{month.ticket}']").click()
    await desk.page.wait_for_url(f"**/tickets/{month.ticket}")
    await town.sees(desk, "承诺三日内修好的路灯")


async def test_the_keyboard_alone_leads_there_too(town: Town, month: Month) -> None:
    desk = await town.at("supervisor", f"/credit/ranking?period={month.key}")
    await desk.page.locator("a[href^='/credit/departments/zhujian']").focus()
    await desk.press("Enter")
    await desk.page.wait_for_url("**/credit/departments/zhujian?**")
    link = desk.page.locator(f"details[open] a[href='/tickets/{month.ticket}']")
    await link.focus()
    await desk.press("Enter")
    await desk.page.wait_for_url(f"**/tickets/{month.ticket}")


async def test_an_appeal_upheld_changes_the_rank_and_says_why(town: Town, month: Month) -> None:
    path = f"/credit/ranking?period={month.key}"
    desk = await town.at("supervisor", path)
    score = desk.page.locator(
        ".ranking tr:has(a[href^='/credit/departments/chengguan']) .score-cell strong"
    )
    before = await score.inner_text()
    await expect(desk.page.locator("#revisions")).to_have_count(0)

    leader = await town.at(LEADER, UNIT)
    await leader.page.locator(f"#ledger-list a[href='/credit/events/{month.entry.id}']").click()
    await leader.page.locator(f"a[href='/credit/events/{month.entry.id}/appeal']").click()
    form = leader.page.locator(f"form[action='/credit/events/{month.entry.id}/appeal']")
    await fill(
        form,
        grounds="facts_wrong",
        text="现场照片早于核查，整改已经完成。",
        evidence="监控录像一段",
    )
    await send(leader, form)
    await leader.page.wait_for_url("**/credit/appeals/*")
    await town.look(leader, "c-appeal")
    appeal = leader.page.url.removeprefix(town.site).partition("?")[0]

    auditor = await town.at("auditor", appeal)
    await town.act(auditor, "decide-appeal", uphold="true", explanation="录像属实，撤销该事件。")
    await town.sees(auditor, "录像属实，撤销该事件。")
    build = town.begin(minutes=0)
    await _work_off(build)
    await _night(build)

    desk = await town.at("supervisor", path)
    await town.sees(desk, "第 2 版", "异议申诉成立")
    after = await score.inner_text()
    assert float(after) > float(before)
    moved = desk.page.locator("#revision-2 tr:has-text('城市管理局')")
    # The score, the band and the grade: before, and after.
    await expect(moved).to_contain_text(re.compile(r"\d+\.\d\d\s*→\s*\d+\.\d\d"))
    await expect(moved).to_contain_text(re.compile(r"2\s*→\s*1"))
    await expect(moved).to_contain_text(re.compile(r"C\s*→\s*A"))
    await town.look(desk, "c-revision", is_narrow_kept=True)
    await desk.page.locator(f"#revision-2 a[href='{appeal}']").click()
    await town.sees(desk, "录像属实，撤销该事件。")

    # The department comes from its appeal to the rank in two clicks as well.
    leader = await town.at(LEADER, appeal)
    await leader.page.locator(f".tabs a[href='{UNIT}']").click()
    await leader.page.locator(f"#periods a[href='{path}#revisions']").click()
    await town.sees(leader, "异议申诉成立")
    await expect(leader.page.locator("#revision-2")).to_contain_text("城市管理局")
    await expect(leader.page.locator("#revision-2 a[href^='/credit/appeals/']")).to_have_count(0)
