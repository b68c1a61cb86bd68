"""Bringing in sheets: tried, done piece by piece, the same again, and what is refused."""

import io
import uuid
from typing import Any

import pytest
from openpyxl import Workbook
from sqlmodel import col, func, select

from hotline.founding.actions import (
    Trial,
    do_piece,
    drop_file,
    keep_file,
    look_at_file,
)
from hotline.founding.columns import Subject
from hotline.founding.errors import SetupFileNotFound, SetupFileRefused
from hotline.founding.models import SetupFile
from hotline.founding.planning import counts
from hotline.founding.queries import is_empty_house, read_house
from hotline.kernel.settings import Settings
from hotline.people.actions import SignInRefused, set_password, sign_in
from hotline.people.first_passwords import give_first_passwords, without_password
from hotline.people.models import Department, User
from hotline.people.principal import PermissionDenied
from hotline.people.queries import find_department, find_user
from hotline.sla.queries import find_policy
from hotline.tickets.routing.queries import CATALOGUES
from hotline.workdays.book import CALENDARS
from tests.support.builders import Build
from tests.support.clock import FrozenClock
from web.founding.words import reading_of, readings


def book(*rows: list[Any]) -> bytes:
    made = Workbook()
    page = made.active
    assert page is not None
    for row in rows:
        page.append(row)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


async def tried(build: Build, subject: Subject, *rows: list[Any], by: str = "admin") -> Trial:
    async with build.acting(by) as tx:
        return await keep_file(tx, subject, "sheet.xlsx", book(*rows), reading_of(subject))


async def done(build: Build, file_id: uuid.UUID, most: int = 200) -> Trial:
    while True:
        async with build.acting("admin") as tx:
            trial = await do_piece(tx, file_id, readings(), most=most)
        if trial.file.finished_at is not None:
            return trial


def tally(trial: Trial) -> dict[str, int]:
    return {verdict.value: count for verdict, count in counts(trial.rows).items() if count}


UNITS: tuple[list[Any], ...] = (
    ["代码", "名称", "上级单位", "Office telephone", "层级", "unknown"],
    ["north.team", "坏", "", "", "", ""],
    ["crew", "小组", "街道办", "010-1234 5678", "street", "x"],
    ["street1", "街道办", "hotline", "", "street", ""],
    ["sports", "体育局", "nobody", 1087654321, "bureau", ""],
)


async def test_a_sheet_is_tried_then_done_in_order_and_the_same_again_changes_nothing(
    build: Build,
) -> None:
    rows: list[list[Any]] = [
        ["代码", "名称", "Lies below", "Office telephone", "Level"],
        *[list(r[:5]) for r in UNITS[1:]],
    ]
    trial = await tried(build, Subject.DEPARTMENTS, *rows)
    assert tally(trial) == {"make": 2, "wrong": 2}
    async with build.session_maker() as session:
        assert await find_department(session, "crew") is None
    last = await done(build, trial.file.id, most=1)
    assert {line: said["state"] for line, said in last.outcomes.items()} == {3: "made", 4: "made"}
    async with build.session_maker() as session:
        crew = await find_department(session, "crew")
        street = await find_department(session, "street1")
    assert crew is not None
    assert street is not None
    assert crew.parent_id == street.id
    assert (crew.phone, street.level.value) == ("010-1234 5678", "street")
    again = await tried(build, Subject.DEPARTMENTS, *rows)
    assert tally(again) == {"same": 2, "wrong": 2}
    assert (await done(build, again.file.id)).outcomes == {}


async def test_who_was_interrupted_goes_on_and_a_refusal_stops_nobody_else(build: Build) -> None:
    rows = [["code", "name"], *[[f"unit{n}", f"第{n}科"] for n in range(7)]]
    trial = await tried(build, Subject.DEPARTMENTS, *rows)
    async with build.acting("admin") as tx:
        half = await do_piece(tx, trial.file.id, readings(), most=3)
    assert len(half.outcomes) == 3
    assert half.file.finished_at is None
    whole = await done(build, trial.file.id, most=3)
    assert len(whole.outcomes) == 7
    me = [
        ["username", "display_name", "roles", "department"],
        ["admin", "管理员", "operator", "hotline"],
        ["new.one", "新人", "话务员, 派单员", "热线中心"],
    ]
    people = await done(build, (await tried(build, Subject.PEOPLE, *me)).file.id)
    assert {line: one["state"] for line, one in people.outcomes.items()} == {
        2: "refused",
        3: "made",
    }
    async with build.session_maker() as session:
        user = await find_user(session, "new.one")
    assert user is not None
    assert (sorted(user.roles), user.password_hash) == (["dispatcher", "operator"], None)


async def test_categories_questions_policies_catalogue_and_calendars_come_in(build: Build) -> None:
    sheets = {
        Subject.GROUPS: [["code", "name"], ["bureaus", "市直部门"]],
        Subject.CATEGORIES: [["code", "name", "steps"],
            ["water.leak", "漏水", "查看；维修"], ["water", "供水", ""]],
        Subject.QUESTIONS: [
            ["category", "code", "description", "datatype", "choices"],
            ["漏水", "where", "哪里漏水？", "singlevaluelist", "in | 屋内 ; out | 屋外"],
        ],
        Subject.POLICIES: [
            ["code", "name", "category", "calendar", "accept", "dispatch", "complete", "audit", "visit"],
            ["water-1", "供水一日", "water", "working", "30m", "1h", "1d", "4h", "1d"],
            ["broken", "不全", "", "nobody", "30m", "1h", "1d", "4h", "1d"],
        ],
        Subject.CATALOGUE: [
            ["category", "department", "is_sure", "valid_from", "valid_to"],
            ["供水", "chengguan", "是", "2026年1月1日", ""],
            ["urban", "nowhere", "", "", ""],
            ["housing", "chengguan", "", "2026-02-01", "2026-01-01"],
        ],
        Subject.CALENDARS: [
            ["day", "kind", "name"],
            ["2026-12-26", "调休", "演习"],
            ["2026-12-28", "休", "演习"],
            ["2031-01-01", "half", ""],
        ],
    }  # fmt: skip
    expected = {
        Subject.POLICIES: {"make": 1, "wrong": 1},
        Subject.CATALOGUE: {"make": 1, "wrong": 2},
        Subject.CALENDARS: {"wrong": 3},
    }
    for subject, rows in sheets.items():
        trial = await tried(build, subject, *rows)
        assert tally(trial) == expected.get(subject, {"make": len(rows) - 1}), subject
        if subject is Subject.CALENDARS:
            # A day of a year that nobody has announced keeps the whole calendar from changing.
            trial = await tried(build, subject, *rows[:3])
            assert tally(trial) == {"make": 2}
        outcome = await done(build, trial.file.id)
        assert {one["state"] for one in outcome.outcomes.values()} == {"made"}, subject
        rows_again = rows[:3] if subject is Subject.CALENDARS else rows
        assert "make" not in tally(await tried(build, subject, *rows_again))
    async with build.session_maker() as session:
        policy = await find_policy(session, "water-1")
        catalogue = await CATALOGUES.in_force(session, build.clock.now())
    assert policy is not None
    assert policy.definition["clocks"]["complete"] == {
        "limit": "P1D", "calendar": "working", "warnings": [0.6, 0.8],
    }  # fmt: skip
    assert catalogue is not None
    assert [entry.category for entry in catalogue.entries] == ["water"]
    CALENDARS.forget()


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0", book(["nonsense"]), book(["code", "name"])],
    ids=["empty", "broken", "xls", "no-heading", "no-line"],
)
async def test_what_is_no_sheet_is_refused_whole(build: Build, content: bytes) -> None:
    with pytest.raises(SetupFileRefused):
        async with build.acting("admin") as tx:
            await keep_file(tx, Subject.GROUPS, "x", content, reading_of(Subject.GROUPS))


async def test_a_file_is_its_owners_alone_and_encrypted(build: Build) -> None:
    rows = [
        ["username", "display_name", "roles", "department"],
        ["li.na", "李娜", "operator", "hotline"],
    ]
    with pytest.raises(PermissionDenied):
        await tried(build, Subject.PEOPLE, *rows, by="operator")
    trial = await tried(build, Subject.PEOPLE, *rows)
    with pytest.raises(SetupFileNotFound):
        async with build.acting("operator") as tx:
            await look_at_file(tx, trial.file.id, readings())
    async with build.session_maker() as session:
        kept = (await session.exec(select(SetupFile.content))).one()
    assert not kept.startswith(b"PK")
    async with build.acting("admin") as tx:
        await drop_file(tx, trial.file.id)


async def test_a_first_password_is_told_once_and_ends(build: Build, clock: FrozenClock) -> None:
    rows = [
        ["username", "display_name", "roles", "department"],
        ["li.na", "李娜", "operator", "hotline"],
    ]
    await done(build, (await tried(build, Subject.PEOPLE, *rows)).file.id)
    async with build.acting("admin") as tx:
        assert "li.na" in [user.username for user, _ in await without_password(tx)]
        given = await give_first_passwords(tx, ["li.na"])
    async with build.acting("admin") as tx:
        assert await give_first_passwords(tx, ["li.na"]) == {}
        await sign_in(tx, username="li.na", password=given["li.na"], previous=None)
    clock.move(days=7)
    with pytest.raises(SignInRefused):
        async with build.acting("admin") as tx:
            await sign_in(tx, username="li.na", password=given["li.na"], previous=None)
    async with build.acting("admin") as tx:
        await set_password(tx, username="li.na", password="a password of her own")
    async with build.acting("admin") as tx:
        await sign_in(tx, username="li.na", password="a password of her own", previous=None)


async def test_the_house_is_counted(build: Build) -> None:
    async with build.session_maker() as session:
        facts = await read_house(session, Settings(), build.clock.now())
        assert not await is_empty_house(session)
        units = await session.exec(
            select(func.count())
            .select_from(Department)
            .where(col(Department.is_hotline).is_(False))
        )
        users = await session.exec(select(func.count()).select_from(User))
    assert facts.units == units.one()
    assert facts.hotline_name == "热线中心"
    assert facts.without_password == users.one()
    assert facts.roles["operator"] >= 1
    assert facts.makeup_days[2026] > 0
    assert not facts.texts
