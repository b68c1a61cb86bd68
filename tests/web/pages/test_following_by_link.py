"""A link shows how far a matter is and nothing of anybody; figures and rules are open to all."""

import re
from datetime import timedelta

import pytest

from hotline.citizens.errors import NothingToRevise
from hotline.citizens.publishing import publish_due, recount, revise_month
from hotline.kernel.clock import SHANGHAI
from hotline.tickets.follow_links import FOLLOW_DAYS, follow_word, last_day
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import NAME, PHONE, Build
from tests.support.clock import FrozenClock
from tests.web.pages.conftest import Person, offered, said

SPOKEN = f"请打{PHONE}找我，身份证370102199001011234，邮箱zhang.san@example.com"


async def _word(build: Build, number: str) -> str:
    ticket = await build.find(number)
    day = build.clock.now().astimezone(SHANGHAI).date()
    return follow_word(build.cipher, ticket.id, last_day(day))


@pytest.mark.parametrize("status", list(Status))
async def test_a_link_tells_nothing_that_anybody_wrote(
    stranger: Person, build: Build, status: Status
) -> None:
    number = await build.ticket(status, title="路灯不亮SPOKEN", content=SPOKEN)
    code = (await build.find(number)).query_code
    word = await _word(build, number)
    for path in (f"/f/{word}", f"/f/{word}/glance", f"/f/{word}/glance?seen=0"):
        answer = await stranger.get(path)
        assert answer.status_code == 200
        everything = answer.text + str(answer.headers)
        for hidden in (NAME, PHONE, "SPOKEN", "199001011234", "zhang.san", code, "建设路", "先生"):
            assert hidden not in everything, hidden
        for words in ("一天内修好", "路灯已修好", "已更换灯泡"):  # promise, reply, result
            assert words not in answer.text
    page = await stranger.get(f"/f/{word}")
    assert offered(page.text) == []
    assert 'name="query_code"' in page.text
    assert f'value="{code}"' not in page.text


async def test_a_link_ends_and_cannot_be_guessed(
    stranger: Person, build: Build, clock: FrozenClock
) -> None:
    word = await _word(build, await build.ticket())
    for wrong in (word[:-1] + ("0" if word[-1] != "0" else "1"), "x", "a" * 48, f"b{word}"):
        answer = await stranger.get(f"/f/{wrong}")
        assert answer.status_code == 404
        assert (await stranger.get(f"/f/{wrong}/glance")).status_code == 404
    clock.set(clock.now() + timedelta(days=FOLLOW_DAYS + 1))
    assert (await stranger.get(f"/f/{word}")).status_code == 404


async def test_the_glance_says_where_it_is_who_acts_and_what_comes_next(
    stranger: Person, build: Build, clock: FrozenClock
) -> None:
    number = await build.ticket(Status.PROCESSING)
    word = await _word(build, number)
    words = said((await stranger.get(f"/f/{word}")).text)
    for told in ("承办单位正在办理", "城市管理局", "承办单位应当办结", "剩余"):
        assert told in words
    glance = (await stranger.get(f"/f/{word}/glance")).text
    assert "有新进展" not in glance
    seen = (await build.find(number)).version
    clock.move(minutes=1)
    await build.do(Action.PROGRESS, number)
    assert "有新进展" in (await stranger.get(f"/f/{word}/glance?seen={seen}")).text


async def test_one_press_urges_and_words_are_added(stranger: Person, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    keys = {"number": number, "query_code": (await build.find(number)).query_code}
    page = await stranger.post("/track", keys)
    assert 'id="urge-now"' in page.text
    assert "现在不能做的事及原因" in page.text
    answer = await stranger.post("/track/actions/urge", keys)
    assert answer.status_code == 200
    assert "已告知城市管理局" in said(answer.text)
    answer = await stranger.post("/track/actions/contribute", keys | {"text": "又多了一盏"})
    assert "又多了一盏" in said(answer.text)


async def test_wrong_numbers_and_wrong_codes_are_told_apart_by_nobody(
    stranger: Person, build: Build
) -> None:
    number = await build.ticket()
    bodies = set()
    for keys in (
        {"number": number, "query_code": "AAAAAA"},
        {"number": "2603020099999", "query_code": "AAAAAA"},
    ):
        answer = await stranger.post("/track", keys)
        assert answer.status_code == 404
        bodies.add(answer.text.replace(keys["number"], ""))
        assert dict(answer.headers).keys() == dict(answer.headers).keys()
    assert len({re.sub(r"\d{4}-\d\d-\d\dT[\d:.+]+", "", one) for one in bodies}) == 1


async def test_a_month_is_published_and_stays(
    stranger: Person, build: Build, clock: FrozenClock
) -> None:
    assert "尚未公布" in (await stranger.get("/statistics")).text
    for _ in range(6):
        await build.ticket(Status.CLOSED)
    clock.set(clock.now() + timedelta(days=40))
    async with build.acting("admin") as tx:
        (month,) = await publish_due(tx)
        assert await publish_due(tx) == []
    name = f"{month:%Y-%m}"
    assert (await stranger.get("/statistics")).headers["location"] == f"/statistics/{name}"
    page = await stranger.get(f"/statistics/{name}")
    assert page.status_code == 200
    words = said(page.text)
    for told in ("共收到 6 件诉求", "100.0 %", "城市管理"):
        assert told in words
    table = await stranger.get(f"/statistics/{name}/csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert f"{name},category,urban,城市管理,,6" in table.text
    assert "CC BY 4.0" in table.text
    data = (await stranger.get(f"/statistics/{name}/json")).json()
    assert data["content"]["promises"] == {"k": 6, "n": 6}
    assert data["content"]["departments"] == []  # of so few nothing is said of a department
    assert data["definitions"]
    for hidden in (NAME, PHONE, "先生"):
        assert hidden not in page.text + table.text + str(data)
    assert (await stranger.get("/statistics/2020-01")).status_code == 404
    assert (await stranger.get("/statistics/soon")).status_code == 404
    await _corrected(stranger, build, clock, name)


async def _corrected(stranger: Person, build: Build, clock: FrozenClock, name: str) -> None:
    """Counted again the same comes out; what was wrong becomes a revision, and the first one stays."""
    later = clock.now()
    async with build.acting("admin") as tx:
        month = tx.now.date().replace(year=int(name[:4]), month=int(name[5:]), day=1)
        assert (await recount(tx.session, month)).is_same
        with pytest.raises(NothingToRevise):
            await revise_month(tx, month, note="nichts")
    clock.set(later - timedelta(days=39))
    await build.ticket()
    clock.set(later)
    async with build.acting("admin") as tx:
        row = await revise_month(tx, month, note="漏统计一件")
        assert row.revision == 2
    page = said((await stranger.get(f"/statistics/{name}")).text)
    assert "漏统计一件" in page
    assert "共收到 7 件诉求" in page
    assert "共收到 6 件诉求" in said((await stranger.get(f"/statistics/{name}?revision=1")).text)


async def test_anybody_can_work_a_score_out(stranger: Person) -> None:
    page = await stranger.get("/scoring")
    assert page.status_code == 200
    assert page.text.count("<script") == page.text.count("<script src=")
    worse = await stranger.get("/scoring?promise_k=1&promise_n=500")
    assert worse.status_code == 200
    assert "−" in worse.text
    wrong = await stranger.get("/scoring?promise_k=many")
    assert 'id="promise-error"' in wrong.text
