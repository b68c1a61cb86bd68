"""The wall: for who reads the board, and for screens that bring their own word."""

import re
from datetime import timedelta

from hotline.supervision.board.screens import SCREEN_LIFE
from hotline.tickets.lifecycle import Status
from tests.support.builders import NAME, PHONE, Build
from tests.support.clock import FrozenClock
from tests.web.pages.conftest import Person, PersonAs, said
from web.pages.wall import WALL_COOKIE


async def test_the_wall_shows_figures_and_nobody(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING, title="路灯不亮")
    build.clock.move(days=1)
    supervisor = person_as("supervisor")
    for path in ("/wall", "/wall/figures"):
        page = await supervisor.get(path)
        assert page.status_code == 200
        assert "现已超期" in said(page.text)
        for personal in (number, "路灯", NAME, PHONE, 'href="/tickets'):
            assert personal not in page.text
    for name in ("operator", "leader.chengguan", "observer"):
        assert (await person_as(name).get("/wall")).status_code == 403


async def test_a_screen_opens_the_wall_and_nothing_else(
    person_as: PersonAs, stranger: Person, clock: FrozenClock
) -> None:
    admin = person_as("admin")
    assert "还没有大屏" in (await admin.get("/admin/screens")).text
    assert (await admin.post("/admin/screens", {"name": ""})).status_code == 422
    added = (await admin.post("/admin/screens", {"name": "指挥大厅"})).text
    found = re.search(r"/wall/open/([\w-]+)", added)
    assert found is not None
    assert found[1] not in (await admin.get("/admin/screens")).text
    assert (await stranger.get("/wall")).headers["location"] == "/sign-in?next=%2Fwall"
    wrong = await stranger.get("/wall/open/nothing")
    assert wrong.status_code == 303
    assert WALL_COOKIE not in wrong.headers.get("set-cookie", "")
    opened = await stranger.get(f"/wall/open/{found[1]}")
    cookie = opened.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/wall" in cookie
    stranger.cookies[WALL_COOKIE] = found[1]
    assert (await stranger.get("/wall")).status_code == 200
    assert (await stranger.get("/wall/figures")).status_code == 200
    for path in ("/board", "/board/now", "/tickets", "/supervision", "/admin/screens"):
        assert (await stranger.get(path)).headers["location"].startswith("/sign-in"), path
    page = (await admin.get("/admin/screens")).text
    assert len(re.findall(r'<td[^>]* data-label="[^"]+">2026-03-02 09:00', page)) == 2, (
        "added, seen"
    )
    clock.move(days=SCREEN_LIFE.days - 1)
    assert (await stranger.get("/wall")).status_code == 200
    clock.move(days=2)
    assert (await stranger.get("/wall")).status_code == 303


async def test_a_screen_that_was_taken_away_shows_nothing(
    person_as: PersonAs, stranger: Person
) -> None:
    admin = person_as("admin")
    added = (await admin.post("/admin/screens", {"name": "指挥大厅"})).text
    word = re.search(r"/wall/open/([\w-]+)", added)
    revoke = re.search(r'action="(/admin/screens/[^"]+/revoke)"', added)
    assert word is not None
    assert revoke is not None
    stranger.cookies[WALL_COOKIE] = word[1]
    assert (await stranger.get("/wall/figures")).status_code == 200
    assert (await person_as("supervisor").post(revoke[1])).status_code == 403
    assert (await admin.post(revoke[1])).status_code == 303
    assert (await admin.post(revoke[1])).status_code == 404
    asks = await stranger.get("/wall/figures", headers={"hx-request": "true"})
    assert asks.status_code == 401
    assert (await stranger.get("/wall")).status_code == 303
    assert "指挥大厅" not in (await admin.get("/admin/screens")).text


def test_a_screen_lives_for_a_year() -> None:
    assert timedelta(days=365) <= SCREEN_LIFE <= timedelta(days=366)
