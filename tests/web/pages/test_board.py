"""The board: every number opens a list of that length, for whoever may see it."""

import re
from datetime import timedelta
from html import unescape

import pytest

from hotline.kernel.db import SessionMaker
from hotline.people.actions import save_department, save_peer_group
from hotline.supervision.board.sums import QUIET, settle_board
from hotline.tickets.lifecycle import Action, Hold, Status
from tests.support.builders import Build
from tests.web.pages.conftest import Person, PersonAs, said

_COUNTED = re.compile(r'<a [^>]*?href="([^"]+)"\s+data-count="(\d+)"')
_ITEMS = {
    "/board/behind": r'data-happening="([0-9a-f-]+)"',
    "/supervision/orders": r'href="/tickets/(\d{13})[^"]*"',
    "/credit/appeals": r'href="/credit/appeals/([0-9a-f-]{36})"',
    "/incidents": r'href="/incidents/([0-9a-f-]{36})"',
    "/incidents/bursts": r'id="burst-([0-9a-f-]{36})"',
}


async def _city_of_stories(build: Build) -> None:
    """Matters at many places, of two areas, some of them late, and a day later."""
    async with build.acting("admin") as tx:
        await save_peer_group(tx, code="towns", name="街镇", name_en="Towns")
        await save_department(
            tx, code="xincheng", name="新城街道", name_en="New Town", peer_group="towns"
        )
    for nth, (status, hold) in enumerate(
        (
            (Status.SUBMITTED, None),
            (Status.ACCEPTED, None),
            (Status.DISPATCHED, None),
            (Status.PROCESSING, None),
            (Status.FEEDBACK_SUBMITTED, None),
            (Status.CLOSED, None),
            (Status.DISPATCHED, Hold.RETURN_REVIEW),
            (Status.PENDING_VISIT, None),
        )
    ):
        number = await build.ticket(status, hold, area=("新城街道", "老城街道")[nth % 2])
        if status is Status.PROCESSING:
            await build.do(Action.ISSUE_ORDER, number)
        build.clock.move(hours=4)
    build.clock.move(hours=9)


async def _length(person: Person, href: str) -> int:
    """Return how long a list is, page after page."""
    path = href.partition("?")[0]
    pattern = _ITEMS.get(path, r'href="/tickets/(\d{13})"')
    found: set[str] = set()
    following: str | None = href
    while following:
        page = await person.get(following)
        assert page.status_code == 200, following
        found |= set(re.findall(pattern, page.text))
        total = re.search(r'data-total="(\d+)"', page.text)
        more = re.search(r'href="([^"]+)"\s+rel="next"', page.text)
        following = unescape(more[1]) if more else None
        if total:
            assert not following or int(total[1]) > len(found)
            if not following:
                assert int(total[1]) == len(found)
    return len(found)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("supervisor", "period=week"),
        ("supervisor", "period=month&of=area:新城街道"),
        ("supervisor", "period=free&since=2026-03-02&until=2026-03-03&of=unit:chengguan"),
        ("leader.chengguan", "period=week"),
    ],
)
async def test_every_number_on_the_board_is_the_length_of_its_list(
    person_as: PersonAs, build: Build, maker: SessionMaker, name: str, asked: str
) -> None:
    await _city_of_stories(build)
    now = build.clock.now()
    await settle_board(maker, now)
    await settle_board(maker, now + QUIET)
    build.clock.set(now + timedelta(minutes=1))
    person = person_as(name)
    text = (await person.get(f"/board?{asked}")).text
    links = {unescape(href): int(count) for href, count in _COUNTED.findall(text)}
    assert len(links) > 50
    assert sum(links.values()) > 20
    nothing = sorted(href for href, count in links.items() if not count)
    for href in [*(href for href, count in links.items() if count), *nothing[::7]]:
        assert await _length(person, href) == links[href], href


async def test_the_board_answers_who_holds_what_is_late(person_as: PersonAs, build: Build) -> None:
    late = await build.ticket()
    build.clock.move(minutes=31)
    await build.ticket(Status.PROCESSING)
    supervisor = person_as("supervisor")
    page = await supervisor.get("/board")
    words = said(page.text)
    assert "1 现已超期" in words
    assert "受理 1 0" in words
    tile = re.search(r'class="tile is-red"\s+href="([^"]+)"', page.text)
    assert tile is not None
    assert late in (await supervisor.get(unescape(tile[1]))).text
    for name in ("operator", "handler.chengguan", "observer"):
        for path in ("/board", "/board/now", "/board/behind", "/board/definitions"):
            assert (await person_as(name).get(path)).status_code == 403, path


async def test_an_empty_city_has_a_quiet_board(person_as: PersonAs) -> None:
    assert "没有超期" in (await person_as("supervisor").get("/board")).text


async def test_a_leader_reads_his_own_department_and_no_other(
    person_as: PersonAs, build: Build
) -> None:
    await build.ticket(Status.PROCESSING)
    leader = person_as("leader.zhujian")
    text = (await leader.get("/board?of=unit:chengguan")).text
    assert "住房建设局" in said(text)
    assert "department=chengguan" not in text
    assert "/credit/ranking" not in re.sub(r"(?s)<nav.*?</nav>", "", text)
    behind = "/board/behind?figure=received&since=2026-03-02&until=2026-03-02"
    assert 'data-total="0"' in (await leader.get(f"{behind}&department=chengguan")).text
    own = person_as("leader.chengguan")
    assert 'data-total="1"' in (await own.get(f"{behind}&department=zhujian")).text


async def test_what_went_to_another_department_has_no_title_for_the_first(
    person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket(Status.DISPATCHED, title="井盖缺失")
    await build.do(Action.REQUEST_RETURN, number)
    await build.do(Action.DECIDE_RETURN, number, uphold=True, department="zhujian")
    behind = "/board/behind?figure=returned&since=2026-03-02&until=2026-03-03"
    text = (await person_as("leader.chengguan").get(behind)).text
    assert 'data-total="1"' in text
    assert number not in text
    assert "井盖" not in text
    assert "已不在本单位的事项" in text


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "figure=nothing&since=2026-03-02&until=2026-03-02",
        "figure=received&since=2026-03-02",
        "figure=received&since=2026-03-03&until=2026-03-02",
        "figure=received&since=x&until=2026-03-02",
        "figure=received&since=2026-03-02&until=2026-03-02&department=nowhere",
    ],
)
async def test_a_list_of_nothing_is_not_there(person_as: PersonAs, asked: str) -> None:
    assert (await person_as("supervisor").get(f"/board/behind?{asked}")).status_code == 404


async def test_the_fragment_of_what_presses_keeps_its_scope(
    person_as: PersonAs, build: Build
) -> None:
    await build.ticket(Status.PROCESSING)
    text = (await person_as("supervisor").get("/board/now?of=unit:chengguan&period=month")).text
    assert 'hx-get="/board/now?period=month' in text
    assert "limit_unit=chengguan" in text
    assert "<html" not in text


async def test_every_figure_is_defined(person_as: PersonAs) -> None:
    supervisor = person_as("supervisor")
    board = (await supervisor.get("/board")).text
    definitions = (await supervisor.get("/board/definitions")).text
    asked = set(re.findall(r'href="/board/definitions#([a-z]+)"', board))
    assert len(asked) > 7
    for code in asked:
        assert f'id="{code}"' in definitions
