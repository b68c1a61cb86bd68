"""Returns on pages: the ledger with its figures, and what whoever decides sees on the ticket."""

import re

from sqlalchemy.ext.asyncio import AsyncEngine

from hotline.tickets.lifecycle import Action, Hold, Status
from tests.support.builders import Build
from tests.support.queries import count_queries
from tests.web.pages.conftest import PersonAs, offered, said

_A = Action


async def test_the_case_of_whoever_decides(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    leader = person_as("leader.chengguan")
    for person in (leader, person_as("handler.chengguan")):
        assert 'value="leader.chengguan先生"' in (await person.get(f"/tickets/{number}")).text
    asked = await leader.post(
        f"/tickets/{number}/actions/request-return",
        {
            "reason": "wrong_area",
            "suggested_department": "jiaotong",
            "explanation": "道路属交通部门养护",
            "legal_basis": "公路法第八条",
            "evidence": "养护协议\n现场照片",
            "leader": "王副局长",
        },
    )
    assert asked.status_code == 303
    page = (await person_as("dispatcher").get(f"/tickets/{number}")).text
    text = said(page)
    for words in (
        "待审批的退单",
        "第 1/3 次退单",
        "不属于本辖区",
        "交通运输局 事发地所在辖区的单位",
        "公路法第八条",
        "养护协议、现场照片",
        "王副局长",
        "退单窗口于 2026-03-02 11:00 关闭",
        "历次承办单位",
    ):
        assert words in text, words
    assert re.search(r'<option value="jiaotong"\s+selected>', page)
    assert {"decide_return", "refer_arbitration"} <= set(offered(page))
    assert "withdraw_return" in offered((await leader.get(f"/tickets/{number}")).text)


async def test_a_rejection_is_taken_to_the_authority(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.follow(number, _A.REQUEST_RETURN, _A.DECIDE_RETURN)
    leader = person_as("leader.chengguan")
    page = (await leader.get(f"/tickets/{number}")).text
    assert "dispute_return" in offered(page)
    assert "request_return" not in offered(page)
    assert "dispute_return" not in offered(
        (await person_as("handler.chengguan").get(f"/tickets/{number}")).text
    )
    sent = await leader.post(
        f"/tickets/{number}/actions/dispute-return", {"explanation": "职责清单明确"}
    )
    assert sent.status_code == 303
    text = said((await person_as("authority").get(f"/tickets/{number}")).text)
    for words in ("争议裁定", "职责在你局", "职责清单明确", "作出裁定"):
        assert words in text, words
    build.clock.move(minutes=1)
    await build.do(_A.DECIDE_ARBITRATION, number)
    closed = (await leader.get(f"/tickets/{number}")).text
    assert not {"dispute_return", "request_return"} & set(offered(closed))
    assert 'id="dispute"' not in closed


async def test_what_lies_before_the_authority_is_offered_to_it_alone(
    person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket(Status.DISPATCHED)
    await build.follow(number, _A.REQUEST_RETURN, _A.RAISE_RETURN)
    page = (await person_as("dispatcher").get(f"/tickets/{number}")).text
    assert "decide_return" not in offered(page)
    assert "已转主管部门" in said(page)
    assert "decide_return" in offered((await person_as("authority").get(f"/tickets/{number}")).text)


async def test_every_figure_opens_its_list(person_as: PersonAs, build: Build) -> None:
    await build.ticket(Status.ACCEPTED, Hold.ARBITRATION)
    late = await build.ticket(Status.DISPATCHED)
    await build.do(_A.REQUEST_RETURN, late)
    build.clock.move(hours=4)
    rejected = await build.ticket(Status.DISPATCHED)
    await build.follow(rejected, _A.REQUEST_RETURN, _A.DECIDE_RETURN)
    person = person_as("authority")
    page = (await person.get("/returns")).text
    figures = re.findall(
        r'<a class="tile[^"]*" href="([^"]+)">\s*<span class="tile-value">([^<]+)<', page
    )
    assert [value for _, value in figures] == ["1", "1", "75%", "1"]
    expected = {"1": 1, "75%": 3}
    for href, value in figures:
        listed = (await person.get(href.replace("&amp;", "&"))).text
        rows = re.findall(r'<a class="title" href="/tickets/(\d+)', listed)
        assert len(rows) == expected[value], href
    assert "只列退过两次及以上的" in said(
        (await person.get(figures[3][0].replace("&amp;", "&"))).text
    )


async def test_a_department_reads_its_own_ledger(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    await build.follow(
        number, _A.REQUEST_RETURN, (_A.DECIDE_RETURN, {"uphold": True, "department": "jiaotong"})
    )
    own = (await person_as("handler.chengguan").get("/returns")).text
    assert number in own
    assert f'href="/tickets/{number}"' not in own  # it sees the ticket no more
    assert "→ 交通运输局" in said(own)
    other = said((await person_as("handler.jiaotong").get("/returns")).text)
    assert "没有退单申请" in other
    assert (await person_as("operator").get("/returns")).status_code == 403
    narrowed = (await person_as("supervisor").get("/returns?state=refused&reason=unclear")).text
    assert number not in narrowed
    assert "显示全部" in said(narrowed)


async def test_the_ledger_takes_a_fixed_number_of_statements(
    person_as: PersonAs, build: Build, city_engine: AsyncEngine
) -> None:
    person = person_as("supervisor")

    async def statements() -> int:
        with count_queries(city_engine) as sent:
            assert (await person.get("/returns")).status_code == 200
        return len(sent)

    before = await statements()
    for _ in range(3):
        await build.do(_A.REQUEST_RETURN, await build.ticket(Status.DISPATCHED))
    assert await statements() == before
