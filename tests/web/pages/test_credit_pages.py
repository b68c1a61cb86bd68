"""The pages of credit: the ranking, a department's own page, the formula, and who sees which."""

import re
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from credit.bookkeeping import NewObservation, observe
from credit.freezing import Change, begin_notice, freeze, publish_period, recalculate
from credit.ledger import EntryState, Measure
from credit.periods import Period
from credit.scoring import write_live_scores
from hotline.people.actions import save_department, save_peer_group
from hotline.tickets.lifecycle import Status
from tests.support.builders import Build
from tests.support.clock import MONDAY
from tests.support.credit_rows import as_peers, became, happened, shanghai, worked
from tests.support.queries import count_queries
from tests.web.pages.conftest import Person, PersonAs, said

UNIT = "/credit/departments/chengguan"


async def _night(build: Build) -> None:
    async with build.acting("supervisor") as tx:
        await write_live_scores(tx, tx.now)


@pytest.fixture
async def february(build: Build) -> Build:
    """February is over: three departments have worked, one has not, and a night has scored them."""
    await as_peers(build)
    build.clock.set(shanghai(2026, 2, 21))
    for unit, done, failed in (("chengguan", 95, 5), ("zhujian", 30, 10), ("jiaotong", 5, 1)):
        await worked(build, unit, shanghai(2026, 2, 20), done=done, failed=failed)
    build.clock.set(MONDAY)
    await _night(build)
    return build


async def _published(build: Build, key: str = "2026-02") -> None:
    async with build.acting("supervisor") as tx:
        await freeze(tx, Period.parse(key))
    async with build.acting("supervisor") as tx:
        await publish_period(tx, key)


async def _page(person: Person, path: str, status: int = 200) -> str:
    answer = await person.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


async def test_credit_stands_in_everybodys_side_bar(person_as: PersonAs) -> None:
    for name in ("supervisor", "handler.chengguan", "observer", "operator"):
        bar = (await person_as(name).get("/nav?at=/credit/ranking")).text
        assert 'href="/credit"' in bar
        [current] = [line for line in bar.split("<li>") if 'aria-current="page"' in line]
        assert 'href="/credit"' in current


async def test_each_role_begins_where_it_matters_to_it(person_as: PersonAs) -> None:
    for name, place in (
        ("supervisor", "/credit/ranking"),
        ("observer", "/credit/ranking"),
        ("leader.chengguan", UNIT),
        ("handler.zhujian", "/credit/departments/zhujian"),
    ):
        answer = await person_as(name).get("/credit")
        assert (answer.status_code, answer.headers["location"]) == (303, place)


async def test_before_the_first_night_every_page_says_so(person_as: PersonAs) -> None:
    supervisor, leader = person_as("supervisor"), person_as("leader.chengguan")
    assert "尚未计分" in said(await _page(supervisor, "/credit/ranking"))
    assert "尚未计分" in said(await _page(supervisor, "/credit/departments"))
    text = said(await _page(leader, UNIT))
    assert "尚未计分" in text
    assert "从未记录过信用事件" in text
    assert "尚无已公布的考评" in said(await _page(leader, "/credit/ranking"))
    assert "尚无已公布的考评" in said(await _page(person_as("observer"), "/credit/ranking"))
    assert "虚拟数据" in said(await _page(leader, "/credit/formula"))


@pytest.mark.usefixtures("february")
async def test_who_sees_whose_credit(person_as: PersonAs) -> None:
    for name in ("supervisor", "authority", "operator", "admin", "leader.chengguan"):
        await _page(person_as(name), UNIT)
        await _page(person_as(name), f"{UNIT}/behind/promise")
        await _page(person_as(name), f"{UNIT}/behind/left-out")
    for name in ("leader.zhujian", "handler.jiaotong", "observer", "discipline"):
        for path in (UNIT, f"{UNIT}/behind/promise", "/credit/departments"):
            assert (await person_as(name).get(path)).status_code == 404, (name, path)
        assert (await person_as(name).get("/credit/ranking?period=live")).status_code == 404
        assert (
            await person_as(name).get("/credit/formula?department=chengguan")
        ).status_code == 404
        await _page(person_as(name), "/credit/formula")
    supervisor = person_as("supervisor")
    for path in (
        "/credit/departments/nobody",
        "/credit/departments/hotline",
        f"{UNIT}?period=2026-01",
        f"{UNIT}/behind/base",
        f"{UNIT}/behind/nothing",
        "/credit/departments/huanbao/behind/promise?period=2026-01",
        "/credit/ranking?period=2026-01",
        "/credit/ranking?period=nonsense",
    ):
        assert (await supervisor.get(path)).status_code == 404, path


@pytest.mark.usefixtures("february")
async def test_small_samples_stand_apart_and_bands_say_what_cannot_be_told_apart(
    person_as: PersonAs,
) -> None:
    text = said(await _page(person_as("supervisor"), "/credit/ranking"))
    assert text.index("第 1 档") < text.index("城市管理局") < text.index("不排名")
    assert text.index("不排名") < text.index("交通运输局") < text.index("没有可计入的办件")
    assert text.index("没有可计入的办件") < text.index("生态环境局")
    narrowed = said(await _page(person_as("supervisor"), "/credit/ranking?q=%E5%9F%8E%E5%B8%82"))
    assert "城市管理局" in narrowed
    assert "交通运输局" not in narrowed
    graded = said(await _page(person_as("supervisor"), "/credit/ranking?grade=D&peer_group=none"))
    assert "没有符合条件的" in graded or "城市管理局" not in graded


async def test_many_departments_are_shown_one_peer_group_at_a_time(
    person_as: PersonAs, february: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with february.acting("admin") as tx:
        await save_peer_group(tx, code="wells", name="水务单位", name_en="Wells")
        await save_department(
            tx, code="well", name="水井管理所", name_en="Well", peer_group="wells"
        )
    await _night(february)
    tables = 'class="table table-cards ranking"'
    supervisor = person_as("supervisor")
    assert (await _page(supervisor, "/credit/ranking")).count(tables) == 2
    monkeypatch.setattr("web.pages.credit_ranking.MOST_AT_ONCE", 2)
    assert (await _page(supervisor, "/credit/ranking")).count(tables) == 1
    every = await _page(supervisor, "/credit/ranking?peer_group=all")
    assert every.count(tables) == 2
    other = said(await _page(supervisor, "/credit/ranking?peer_group=wells"))
    assert "水井管理所" in other
    assert "城市管理局" not in other


async def test_from_a_rank_to_the_ticket_that_moved_it_in_two_clicks(
    person_as: PersonAs, february: Build
) -> None:
    build = february
    build.clock.set(MONDAY - timedelta(days=1))
    number = await build.ticket(Status.PROCESSING)
    async with build.acting("supervisor") as tx:
        await observe(
            tx,
            [
                NewObservation(
                    source_key=f"own:{nth}",
                    department_id=build.city.departments["zhujian"],
                    ticket_id=uuid.uuid4(),
                    ticket_number=number,
                    hop=1,
                    round=nth,
                    measure=Measure.PROMISE,
                    category="urban.roads",
                    k=Decimal(0),
                    n=1,
                    finished_at=tx.now,
                )
                for nth in range(1, 30)
            ],
        )
    build.clock.set(MONDAY)
    await _night(build)
    supervisor = person_as("supervisor")
    ranking = await _page(supervisor, "/credit/ranking")
    [first] = re.findall(r'href="(/credit/departments/zhujian\?open=promise)#promise"', ranking)
    explained = await _page(supervisor, first)
    opened = explained[explained.index('id="promise" open') :]
    second = f'href="/tickets/{number}"'
    assert opened.index(second) < opened.index("</details>")
    assert (await supervisor.get(f"/tickets/{number}")).status_code == 200


async def test_a_score_opens_step_by_step(person_as: PersonAs, february: Build) -> None:
    entry = await happened(february, "chengguan", "rude_service")
    await _night(february)
    page = await _page(person_as("leader.chengguan"), UNIT)
    text = said(page)
    assert "−3.00" in text
    assert f'href="/credit/events/{entry.id}"' in page
    assert "95 ÷ 100" in text
    assert "服务态度差" in text
    assert "第 1 档" in text
    behind = await _page(person_as("leader.chengguan"), f"{UNIT}/behind/promise?missed=1")
    assert len(re.findall(r'href="/tickets/26', behind)) == 5
    behind = await _page(person_as("leader.chengguan"), f"{UNIT}/behind/promise")
    assert len(re.findall(r'href="/tickets/26', behind)) == 50
    [following] = re.findall(r'href="([^"]*cursor=[^"]*)"', behind)
    behind = await _page(person_as("leader.chengguan"), following.replace("&amp;", "&"))
    assert len(re.findall(r'href="/tickets/26', behind)) == 50
    assert 'rel="next"' not in behind
    assert (
        await person_as("leader.chengguan").get(f"{UNIT}/behind/promise?cursor=x")
    ).status_code == 422


async def test_what_waits_says_until_when_one_may_appeal(
    person_as: PersonAs, february: Build
) -> None:
    provisional = await happened(february, "chengguan", "plan_failed", None)
    objected = await happened(february, "chengguan", "co_timeout")
    await became(february, objected, EntryState.OBJECTED)
    page = await _page(person_as("leader.chengguan"), UNIT)
    waiting = page[page.index('id="waiting"') :]
    waiting = waiting[: waiting.index("</section>")]
    assert str(provisional.id) in waiting
    assert str(objected.id) in waiting
    assert "可在 2026-03-13 17:00 前申诉" in said(waiting)
    ledger = await _page(person_as("leader.chengguan"), f"{UNIT}?state=objected")
    assert str(objected.id) in ledger[ledger.index('id="ledger-list"') :]
    assert str(provisional.id) not in ledger[ledger.index('id="ledger-list"') :]
    desk = said(await _page(person_as("leader.chengguan"), "/desk"))
    assert "1 项事件可申诉" in desk
    assert "1 项异议中" in desk
    assert "可申诉" not in said(await _page(person_as("handler.chengguan"), "/desk"))


async def test_a_published_period_is_ranked_for_everybody(
    person_as: PersonAs, february: Build
) -> None:
    observer = person_as("observer")
    await _published(february)
    page = await _page(observer, "/credit/ranking")
    assert "城市管理局" in said(page)
    assert "/credit/departments/" not in page
    leader = await _page(person_as("leader.chengguan"), "/credit/ranking?period=2026-02")
    assert set(re.findall(r'href="/credit/departments/(\w+)\?', leader)) == {"chengguan"}
    text = said(await _page(person_as("leader.chengguan"), f"{UNIT}?period=2026-02"))
    assert "2026-02，第 1 版" in text
    assert "依据 2026-02 公布的等级" in text
    assert "质检抽样" in text
    board = said(await _page(person_as("supervisor"), "/board"))
    assert "信用" in board
    register = await _page(person_as("supervisor"), "/credit/departments?grade=B")
    assert "没有" in said(register) or "/credit/departments/" in register


async def test_a_period_on_notice_is_seen_by_the_department_alone(
    person_as: PersonAs, february: Build
) -> None:
    build = february
    build.clock.set(shanghai(2026, 4, 1))
    async with build.acting("supervisor") as tx:
        await freeze(tx, Period.parse("2026-Q1"))
    leader, observer = person_as("leader.chengguan"), person_as("observer")
    assert (await leader.get(f"{UNIT}?period=2026-Q1")).status_code == 404
    async with build.acting("supervisor") as tx:
        await begin_notice(tx, "2026-Q1")
    assert "公示中" in said(await _page(leader, f"{UNIT}?period=2026-Q1"))
    assert (await leader.get("/credit/ranking?period=2026-Q1")).status_code == 404
    assert (await observer.get("/credit/ranking?period=2026-Q1")).status_code == 404
    await _page(person_as("supervisor"), "/credit/ranking?period=2026-Q1")


async def test_a_revision_shows_what_it_changed_and_why(
    person_as: PersonAs, february: Build
) -> None:
    build = february
    build.clock.set(shanghai(2026, 2, 22))
    entry = await happened(build, "chengguan", "rude_service")
    build.clock.set(MONDAY)
    await _published(build)
    await became(build, entry, EntryState.OBJECTED)
    await became(build, entry, EntryState.REVOKED)
    async with build.acting("supervisor") as tx:
        await recalculate(tx, [Change(shanghai(2026, 2, 22), "申诉成立")])
    page = await _page(person_as("observer"), "/credit/ranking?period=2026-02")
    revision = said(page[page.index('id="revision-2"') :])
    assert "申诉成立" in revision
    scores = re.search(r"城市管理局 ([\d.]+) → ([\d.]+)", revision)
    assert scores is not None
    assert Decimal(scores[2]) - Decimal(scores[1]) == 3


async def test_a_closed_department_keeps_its_page(person_as: PersonAs, february: Build) -> None:
    async with february.acting("admin") as tx:
        await save_department(
            tx, code="zhujian", name="住房建设局", name_en="Housing", is_active=False
        )
    await _night(february)
    supervisor = person_as("supervisor")
    assert "已撤销" in said(await _page(supervisor, "/credit/departments/zhujian"))
    assert "已撤销" in said(await _page(supervisor, "/credit/ranking"))


@pytest.mark.usefixtures("february")
async def test_the_calculator_says_what_would_be(person_as: PersonAs) -> None:
    leader = person_as("leader.chengguan")
    text = said(await _page(leader, "/credit/formula"))
    assert "城市管理局的实时数据" in text
    asked = "/credit/formula?promise_k=100&promise_n=100"
    assert re.search(r"→ \+\d", said(await _page(leader, asked)))
    wrong = await _page(leader, "/credit/formula?promise_k=101&promise_n=100")
    assert 'aria-invalid="true"' in wrong


async def test_both_languages(person_as: PersonAs, february: Build) -> None:
    await _published(february)
    person = person_as("leader.chengguan")
    person.cookies["lang"] = "en"
    for path, words in (
        (UNIT, "Explanation, down to the tickets"),
        ("/credit/ranking", "Observed − expected"),
        ("/credit/formula", "Calculator: what if?"),
        (f"{UNIT}/behind/promise", "Promises kept: Urban Management"),
        (f"{UNIT}/behind/left-out", "Left out: Urban Management"),
    ):
        text = said(await _page(person, path))
        assert words in text
        assert "城市管理局" not in text


async def test_a_fixed_number_of_statements(
    person_as: PersonAs, february: Build, city_engine: AsyncEngine
) -> None:
    await _published(february)
    supervisor = person_as("supervisor")
    paths = (
        ("/credit/ranking", 10),
        ("/credit/ranking?period=2026-02", 14),
        ("/credit/departments", 10),
        (f"{UNIT}?open=promise", 20),
        (f"{UNIT}/behind/promise", 12),
        ("/credit/formula?department=chengguan", 10),
    )
    few = {}
    for path, _ in paths:
        with count_queries(city_engine) as seen:
            await _page(supervisor, path)
        few[path] = len(seen)
    async with february.acting("admin") as tx:
        for nth in range(30):
            await save_department(
                tx,
                code=f"unit{nth}",
                name=f"单位{nth}",
                name_en=f"Unit {nth}",
                peer_group="bureaus",
            )
    for code in ("rude_service", "co_timeout", "plan_failed", "praise_verified"):
        await happened(february, "chengguan", code)
        await happened(february, "chengguan", code, None)
    await _night(february)
    for path, most in paths:
        with count_queries(city_engine) as seen:
            await _page(supervisor, path)
        assert len(seen) <= few[path] <= most, "\n".join(seen)
