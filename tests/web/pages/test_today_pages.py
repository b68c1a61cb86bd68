"""A department's day: what is due first, every step in its row, many at once, on the spot."""

import re
import uuid

import pytest

from hotline.tickets.bulk.actions import work_off_bulk
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.onsite.queries import check_ins_of
from hotline.tickets.onsite.rules import PlaceState
from tests.support.builders import NAME, PHONE, Build
from tests.support.photographs import jpeg
from tests.web.pages.conftest import PersonAs, said

FRAGMENT = {"hx-request": "true"}

HANDLER, LEADER = "handler.chengguan", "leader.chengguan"


def rows(text: str) -> list[str]:
    return re.findall(r'id="row-(\d{13})"', text)


def figures(text: str) -> dict[str, int]:
    found = re.findall(r'today-figure is-(\w+)".*?<strong class="numeral">(\d+)', text, re.DOTALL)
    return {bucket: int(count) for bucket, count in found}


async def test_what_is_due_first_stands_first_and_each_number_is_its_list(
    person_as: PersonAs, build: Build
) -> None:
    late = await build.ticket(Status.PROCESSING)
    build.clock.move(hours=23)
    for _ in range(2):
        await build.ticket(Status.DISPATCHED)
    build.clock.move(hours=3)
    fresh = await build.ticket(Status.DISPATCHED)
    person = person_as(HANDLER)
    page = await person.get("/today")
    assert page.status_code == 200
    assert rows(page.text)[0] == late
    assert fresh in rows(page.text)
    counted = figures(page.text)
    assert sum(counted.values()) == 4
    for bucket, count in counted.items():
        listed = rows((await person.get(f"/today?bucket={bucket}")).text)
        assert len(listed) == count
    for limit, count in re.findall(
        r'limit=(\w+)"\s*>[^<]*<strong class="numeral">(\d+)', page.text
    ):
        assert len(rows((await person.get(f"/today?limit={limit}")).text)) == int(count)
    assert NAME not in page.text
    assert PHONE not in page.text


async def test_somebody_of_another_desk_has_no_such_day(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    assert (await person_as("operator").get("/today")).headers["location"] == "/desk"
    assert rows((await person_as("handler.zhujian").get("/today")).text) == []
    for path in (f"/today/{number}/forms/contact", f"/tickets/{number}/on-site"):
        answer = await person_as("handler.zhujian").get(path, headers=FRAGMENT)
        assert answer.status_code == 404


async def test_signing_and_contacting_are_two_presses_in_the_row(
    person_as: PersonAs, build: Build
) -> None:
    number = await build.ticket(Status.DISPATCHED)
    person = person_as(HANDLER)
    await person.get("/today")
    signed = await person.post(f"/today/{number}/actions/sign", {}, headers=FRAGMENT)
    assert signed.status_code == 200
    assert (await build.find(number)).status is Status.PROCESSING
    # The call comes next: its form stands ready, as it is most often filled in.
    assert f'action="/today/{number}/actions/contact"' in signed.text
    assert re.search(r'value="phone"\s+required\s+checked', signed.text)
    empty = await person.post(
        f"/today/{number}/actions/contact", {"method": "phone"}, headers=FRAGMENT
    )
    assert empty.status_code == 422
    assert "此项必填" in empty.text
    done = await person.post(
        f"/today/{number}/actions/contact",
        {"method": "phone", "reached": "true", "note": "已说明安排"},
        headers=FRAGMENT,
    )
    assert f'id="row-{number}"' in done.text
    assert "提交反馈" in said(done.text)


async def test_what_was_done_is_in_the_feedback_already(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    await build.do(Action.CONTACT, number)
    await build.do(Action.PROGRESS, number, note="更换灯泡两只")
    await build.do(Action.CHECK_IN, number, photos=[jpeg()])
    person = person_as(HANDLER)
    form = (await person.get(f"/today/{number}/forms/submit-feedback", headers=FRAGMENT)).text
    assert "更换灯泡两只" in form
    assert "现场记录1：到达现场" in form or "现场记录1：" in form
    extension = await person.get(f"/today/{number}/forms/request-extension", headers=FRAGMENT)
    assert re.search(r'name="told_at"\s+type="datetime-local"\s+value="2026', extension.text)
    sent = await person.post(
        f"/today/{number}/actions/submit-feedback",
        {"result": "更换灯泡", "reply": "已修好", "resolved": "true"},
    )
    assert sent.status_code == 303
    assert (await build.find(number)).status is Status.FEEDBACK_SUBMITTED


async def test_somebody_was_faster(person_as: PersonAs, build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    version = (await build.find(number)).version
    await build.do(Action.CONTACT, number)
    answer = await person_as(HANDLER).post(
        f"/today/{number}/actions/sign", {"expected_version": str(version)}
    )
    assert answer.status_code == 409
    assert (await build.find(number)).status is Status.DISPATCHED


async def test_many_are_looked_at_started_once_and_followed(
    person_as: PersonAs, build: Build
) -> None:
    numbers = [await build.ticket(Status.DISPATCHED) for _ in range(3)]
    signed = await build.ticket(Status.PROCESSING)
    person = person_as(LEADER)
    asked = {"doing": "sign", "all": "true", "back": "/today", "list-scope": "all"}
    preview = await person.post("/bulk", asked)
    assert preview.status_code == 200
    assert "将办理3件" in said(preview.text)
    assert "工单当前状态不允许" in said(preview.text)
    picks = re.findall(r'value="(\d{13}:\d+)"\s+checked', preview.text)
    assert {pick.split(":")[0] for pick in picks} == set(numbers)
    run_id = re.search(r'name="run_id" value="([^"]+)"', preview.text)
    assert run_id is not None
    given = {
        "doing": "sign",
        "run_id": run_id[1],
        "pick": [*picks, f"{signed}:1"],
        "back": "/today",
    }
    for _ in range(2):
        started = await person.post("/bulk/start", given)
        assert started.headers["location"] == f"/bulk/{run_id[1]}"
    await work_off_bulk(
        build.session_maker, build.cipher, build.clock, uuid.UUID(run_id[1]), trace_id="tests"
    )
    page = (await person.get(f"/bulk/{run_id[1]}")).text
    assert re.findall(r'data-result="(\w+)"', page).count("done") == 3
    assert re.findall(r'data-result="(\w+)"', page).count("changed") == 1
    assert (await person_as(HANDLER).get(f"/bulk/{run_id[1]}")).status_code == 404
    empty = await person.post("/bulk", {"doing": "sign", "back": "/today"})
    assert empty.status_code == 422


@pytest.mark.parametrize("place", [{"lat": "30.1", "long": "104.2"}, {"place_refused": "true"}])
async def test_an_entry_on_the_spot_with_and_without_a_place(
    person_as: PersonAs, build: Build, place: dict[str, str]
) -> None:
    number = await build.ticket(Status.PROCESSING)
    person = person_as(HANDLER)
    card = (await person.get(f"/tickets/{number}/on-site")).text
    assert NAME not in card
    assert PHONE not in card
    sent = {"moment": "arrived", "note": "灯杆倾斜", **place}
    assert (await person.post(f"/tickets/{number}/on-site", sent)).status_code == 303
    ticket = await build.find(number)
    async with build.session_maker() as session:
        (row,) = await check_ins_of(session, ticket.id)
    wanted = PlaceState.GIVEN if "lat" in place else PlaceState.REFUSED
    assert row.entry.place is wanted
    shown = (await person_as("auditor").get(f"/tickets/{number}")).text
    assert "灯杆倾斜" in shown
    bad = await person.post(f"/tickets/{number}/on-site", sent | {"lat": "500", "long": "1"})
    assert bad.status_code == 422


async def test_the_leader_sees_who_has_what(person_as: PersonAs, build: Build) -> None:
    await build.ticket(Status.PROCESSING)
    await build.ticket(Status.DISPATCHED)
    await build.ticket(Status.FEEDBACK_SUBMITTED)
    leader = person_as(LEADER)
    page = (await leader.get("/today/department")).text
    people = re.findall(r'data-person="([\w.]+)"', page)
    assert {"handler.chengguan", "second.chengguan", "nobody"} <= set(people)
    assert len(rows((await leader.get(f"/today?whose={HANDLER}")).text)) == 1
    assert len(rows((await leader.get("/today?whose=nobody")).text)) == 1
