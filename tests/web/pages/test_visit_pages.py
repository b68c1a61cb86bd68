"""The visitors' desk, the link to rate, field checks and the comparison, as people see them."""

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select

from hotline.followup.field_checks import plan_month
from hotline.followup.links import word_of
from hotline.followup.models import FieldCheck, RatingLink, Visit
from hotline.followup.sampling import SamplingRule
from hotline.people.principal import SYSTEM
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import NAME, PHONE, Build
from tests.support.queries import count_queries
from tests.web.pages.conftest import Person, PersonAs, said

_A = Action
IN_VAIN: dict[str, Any] = {"reached": False, "solved": None, "rating": None}


async def link_of(build: Build) -> tuple[str, str]:
    """Return a ticket that waits for an answer by link, and the link's address."""
    number = await build.ticket(Status.PENDING_VISIT)
    for hours in (0, 6, 4):
        build.clock.move(hours=hours)
        await build.do(_A.RECORD_VISIT, number, **IN_VAIN)
    async with build.session_maker() as session:
        link = (await session.exec(select(RatingLink))).one()
    return number, f"/rate/{word_of(build.cipher, link.id)}"


async def test_a_morning_at_the_visitors_desk(person_as: PersonAs, build: Build) -> None:
    first = await build.ticket(Status.PENDING_VISIT)
    build.clock.move(minutes=5)
    second = await build.ticket(Status.PENDING_VISIT)
    visitor = person_as("visitor")
    desk = await visitor.get("/visits")
    assert [row[2:] for row in re.findall(r'href="(/visits/\d+)"', desk.text)]
    assert f'href="/visits/{first}" data-key="n"' in " ".join(desk.text.split())
    page = await visitor.get(f"/visits/{first}")
    assert page.status_code == 200
    words = said(page.text)
    assert "有没有人联系过您" in words
    assert NAME not in page.text
    assert PHONE not in page.text
    skipped = await visitor.post(f"/visits/{first}/skip", {"reason": "line_engaged"})
    assert (skipped.status_code, skipped.headers["location"]) == (303, f"/visits/{second}")
    assert first not in (await visitor.get("/visits")).text
    assert "占线" in (await visitor.get("/visits?show=all")).text
    wrong = await visitor.post(f"/visits/{second}", {"reached": "true", "note": "他说"})
    assert wrong.status_code == 422
    assert "他说" in wrong.text
    done = await visitor.post(f"/visits/{second}", {"reached": "false"})
    assert (done.status_code, done.headers["location"]) == (303, f"/visits?done={second}")
    assert (await visitor.get("/visits")).text.count("/visits/26") == 0
    said_so = await visitor.post(
        f"/visits/{first}", {"reached": "true", "solved": "true", "rating": "4"}
    )
    assert said_so.status_code == 303
    assert (await build.find(first)).status is Status.CLOSED
    assert (await visitor.get(f"/visits/{first}")).headers["location"] == f"/tickets/{first}"


async def test_who_has_the_desk(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    for name, status in (
        ("auditor", 200),
        ("supervisor", 200),
        ("handler.chengguan", 403),
        ("operator", 403),
    ):
        person = person_as(name)
        for path in ("/visits", f"/visits/{number}", "/visits/comparison", "/field-checks"):
            assert (await person.get(path)).status_code == status, (name, path)
    refused = await person_as("auditor").post(f"/visits/{number}", {"reached": "false"})
    assert refused.status_code == 403


async def test_a_requester_rates_by_his_link(stranger: Person, build: Build) -> None:
    number, path = await link_of(build)
    page = await stranger.get(path)
    assert page.status_code == 200
    assert "set-cookie" not in page.headers
    assert page.headers["cache-control"] == "no-store"
    assert number not in page.text
    assert "路灯" not in page.text
    assert (await stranger.post(path, {"rating": "5"})).status_code == 422
    sent = await stranger.post(
        path,
        {"solved": "true", "rating": "4", "was_contacted": "false", "note": "修好了"},
        headers={"user-agent": "telephone"},
    )
    assert sent.status_code == 200
    assert "谢谢" in said(sent.text)
    assert (await build.find(number)).status is Status.CLOSED
    for again in (await stranger.get(path), await stranger.post(path, {"solved": "true"})):
        assert again.status_code == 410
        assert "已使用" in said(again.text)
        assert number not in again.text
    async with build.session_maker() as session:
        visit = (await session.exec(select(Visit).where(Visit.is_reached))).one()
    assert (visit.rating, visit.was_contacted, visit.note) == (4, False, "修好了")
    assert visit.source_digest is not None


async def test_a_link_that_was_guessed_and_one_that_is_over_look_the_same(
    stranger: Person, build: Build
) -> None:
    _, path = await link_of(build)
    guessed = await stranger.get("/rate/" + "0" * 40)
    build.clock.move(days=15)
    over = await stranger.get(path)
    longer = await stranger.get(path + "0")
    assert guessed.status_code == over.status_code == longer.status_code == 404
    assert said(guessed.text) == said(over.text) == said(longer.text)


async def test_guessing_links_comes_to_an_end(stranger: Person) -> None:
    answers = [await stranger.get(f"/rate/{place:040}") for place in range(61)]
    assert [answer.status_code for answer in answers] == [404] * 60 + [429]


async def test_an_answer_after_the_end_may_have_it_handled_again(
    stranger: Person, build: Build
) -> None:
    number, path = await link_of(build)
    async with build.session_maker() as session, session.begin():
        (await session.exec(select(RatingLink))).one().told_at = build.clock.now()
    build.clock.move(days=2)
    await build.do(_A.CLOSE_UNREACHED, number)
    page = await stranger.get(path)
    assert "请重新办理" in said(page.text)
    sent = await stranger.post(path, {"solved": "false", "reopen": "true", "note": "没解决"})
    assert "已重新办理" in said(sent.text)
    ticket = await build.find(number)
    assert (ticket.status, ticket.round) == (Status.PROCESSING, 2)


async def check_of(build: Build) -> tuple[str, str]:
    """Return a closed ticket that was drawn to be looked at, and the check's address."""
    number = await build.ticket(Status.CLOSED)
    async with build.acting(SYSTEM) as tx:
        await plan_month(tx, date(2026, 3, 1), SamplingRule(least=1))
    async with build.session_maker() as session:
        check = (await session.exec(select(FieldCheck))).one()
    return number, f"/field-checks/{check.id}"


async def test_a_place_is_looked_at_and_a_second_person_confirms(
    person_as: PersonAs, build: Build
) -> None:
    number, path = await check_of(build)
    visitor, supervisor = person_as("visitor"), person_as("supervisor")
    listed = await visitor.get("/field-checks?month=2026-03&state=planned")
    assert path in listed.text
    found = {"is_done": "false", "words": "点位仍有积水", "lat": "30.28", "long": "120.16"}
    wrong = await visitor.post(f"{path}/record", found | {"lat": "north"})
    assert wrong.status_code == 422
    assert "点位仍有积水" in wrong.text
    assert (await visitor.post(f"{path}/record", found | {"long": ""})).status_code == 422
    assert (await visitor.post(f"{path}/record", found)).status_code == 303
    assert (await visitor.post(f"{path}/miss", {"reason": "no_time"})).status_code == 409
    assert path in (await supervisor.get("/field-checks?state=unconfirmed")).text
    assert (await visitor.post(f"{path}/confirm", {})).status_code == 403
    confirmed = {"confirm": "true", "explanation": "核查属实，重新办理", "reopen": "true"}
    assert (await supervisor.post(f"{path}/confirm", confirmed)).status_code == 303
    assert "经第二人确认" in said((await supervisor.get(path)).text)
    assert (await build.find(number)).status is Status.PROCESSING
    missing = "/field-checks/00000000-0000-7000-8000-000000000000"
    assert (await visitor.get(missing)).status_code == 404


async def test_every_figure_of_the_comparison_opens_its_list(
    person_as: PersonAs, build: Build
) -> None:
    for rating in (5, None):
        number = await build.ticket(Status.PENDING_VISIT)
        await build.do(_A.RECORD_OWN_VISIT, number)
        await build.do(_A.RECORD_VISIT, number, rating=rating, solved=rating is not None)
    supervisor = person_as("supervisor")
    page = await supervisor.get("/visits/comparison")
    figures = re.findall(r'href="(/visits/answers\?[^"]+)">(\d+)<', page.text)
    assert [int(figure) for _, figure in figures] == [2, 0, 2, 1, 1]
    for href, figure in figures:
        answers = await supervisor.get(href.replace("&amp;", "&"))
        assert answers.status_code == 200
        assert len(re.findall(r'href="/tickets/\d{13}"', answers.text)) == int(figure), href


@pytest.mark.parametrize("path", ["/visits?show=all", "/visits/answers", "/field-checks"])
async def test_a_list_asks_as_often_however_long_it_is(
    person_as: PersonAs, build: Build, city_engine: AsyncEngine, path: str
) -> None:
    visitor = person_as("visitor")
    for _ in range(2):
        await build.ticket(Status.PENDING_VISIT)
    await build.ticket(Status.CLOSED)
    with count_queries(city_engine) as few:
        await visitor.get(path)
    for _ in range(3):
        await build.ticket(Status.PENDING_VISIT)
    await build.ticket(Status.CLOSED)
    with count_queries(city_engine) as many:
        await visitor.get(path)
    assert 0 < len(many) == len(few), "\n".join(many)


async def test_nobody_to_call(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT, requester_phone=None, requester_name=None)
    visitor = person_as("visitor")
    assert number in (await visitor.get("/visits?show=all")).text
    page = await visitor.get(f"/visits/{number}")
    assert "close-unreached" in page.text
    done = await visitor.post(f"/tickets/{number}/actions/close-unreached")
    assert done.status_code == 303
    assert (await build.find(number)).status is Status.CLOSED
