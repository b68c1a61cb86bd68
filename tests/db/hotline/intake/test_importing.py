import asyncio
import csv
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from hotline.intake.importing import runner
from hotline.intake.importing.errors import DepartmentsMissing, FileRefused
from hotline.intake.importing.runner import ImportReport, Resources, import_tickets
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.people.models import Department
from hotline.people.principal import SYSTEM, Tx
from hotline.sla.actions import install_presets
from hotline.sla.clocks import ClockState
from hotline.sla.models import Clock, Threshold, ThresholdState
from hotline.sla.policy import CalendarCode, ClockKind, Level, Rung
from hotline.tickets.history import rebuild, snapshot, verify_chain
from hotline.tickets.lifecycle import Action, ClosureCode, Status
from hotline.tickets.models import (
    Assignment,
    Category,
    Commitment,
    CommitmentState,
    Post,
    Ticket,
    TicketEvent,
    TicketRequester,
)
from hotline.tickets.numbering import is_ticket_number

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
SECRET = "k" * 40

MAPPING = """
name = "town"
title = "The old system of a town"
source = "town"
zone = "Asia/Shanghai"
date_formats = ["%Y-%m-%d %H:%M"]
create_departments = true
keep = ["原类别"]

[fields]
external_id = { column = "编号" }
title = { column = "标题" }
content = { column = "标题" }
received_at = { column = "时间" }
due_at = { column = "期限" }
closed_at = { column = "办结" }
reply = { column = "答复" }
requester_name = { column = "姓名" }
requester_phone = { column = "电话" }
department = { column = "单位" }
urgency = { column = "紧急", default = "p2" }
category = { column = "原类别", default = "other", values = { "学校" = "education" } }
"""

COLUMNS = ("编号", "标题", "时间", "期限", "办结", "答复", "姓名", "电话", "单位", "紧急", "原类别")


@dataclass
class At:
    """A clock that stands still, and may break after so many looks."""

    instant: datetime = NOW
    looks: int = 1_000_000

    def now(self) -> datetime:
        self.looks -= 1
        if self.looks < 0:
            raise RuntimeError("pulled the plug")
        return self.instant


@pytest.fixture
async def sessions(own_database: str) -> AsyncIterator[SessionMaker]:
    engine = make_engine(own_database, application_name="hotline.tests", pool_size=3)
    maker = make_session_maker(engine)
    async with maker() as session, session.begin():
        await install_presets(Tx(session, NOW, FieldCipher(SECRET), "test", SYSTEM))
        for code, name, is_hotline in (("hotline", "热线中心", True), ("jiaoyu", "教育局", False)):
            session.add(Department(code=code, name=name, name_en=code, is_hotline=is_hotline))
        session.add_all(
            Category(code=code, name=code, name_en=code, steps=[])
            for code in ("education", "other")
        )
    yield maker
    await engine.dispose()


class Town:
    """An old system's export, and the installation that takes it in."""

    def __init__(self, folder: Path, sessions: SessionMaker) -> None:
        self.file = folder / "town.csv"
        self.mapping = folder / "town.toml"
        self.mapping.write_text(MAPPING, encoding="utf-8")
        self.sessions = sessions
        self.folder = folder

    def write(self, *rows: dict[str, str]) -> None:
        with self.file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, COLUMNS, restval="")
            writer.writeheader()
            writer.writerows(rows)

    async def take_in(self, *, clock: At | None = None, dry_run: bool = False) -> ImportReport:
        resources = Resources(
            self.sessions, clock or At(), FieldCipher(SECRET), self.folder / "refused"
        )
        return await import_tickets(
            self.file, resources, mapping_name=str(self.mapping), dry_run=dry_run
        )

    async def rows(self, table: type[Any], *order: Any) -> Sequence[Any]:
        async with self.sessions() as session:
            return (await session.exec(select(table).order_by(*order))).all()

    async def one(self, table: type[Any]) -> Any:
        (row,) = await self.rows(table)
        return row


@pytest.fixture
def town(tmp_path: Path, sessions: SessionMaker) -> Town:
    return Town(tmp_path, sessions)


def closed(number: str = "1", **changes: str) -> dict[str, str]:
    return {
        "编号": number,
        "标题": f"路灯不亮 {number}",
        "时间": "2019-03-04 09:00",
        "期限": "2019-03-06 09:00",
        "办结": "2019-03-05 09:00",
        "答复": "已修复",
        "单位": "jiaoyu",
        "原类别": "学校",
        **changes,
    }


def listed(file: str) -> list[list[str]]:
    with Path(file).open(encoding="utf-8-sig", newline="") as text:
        return list(csv.reader(text))


async def whole(sessions: SessionMaker) -> dict[str, int]:
    tables = ("tickets", "ticket_events", "sla_clocks", "sla_thresholds", "commitments")
    async with sessions() as session:
        counts = {}
        for table in tables:
            result = await session.exec(sa.text(f"SELECT count(*) FROM {table}"))  # type: ignore[call-overload]
            counts[table] = result.scalar_one()
        return counts


async def test_answered_matter_arrives_closed_with_its_own_instants(town: Town) -> None:
    town.write(closed(姓名="李四", 电话="199 0000 0001"))
    report = await town.take_in()
    assert (report.read, report.taken, report.present, report.refused) == (1, 1, 0, {})

    received, due, ended = (datetime(2019, 3, day, 1, tzinfo=UTC) for day in (4, 6, 5))
    ticket = await town.one(Ticket)
    assert is_ticket_number(ticket.number)
    assert ticket.number.startswith("190304500001")
    assert ticket.status is Status.CLOSED
    assert ticket.closure_code is ClosureCode.ANSWERED
    assert (ticket.submitted_at, ticket.completed_at, ticket.closed_at) == (received, ended, ended)
    assert (ticket.owner_department_id, ticket.due_at, ticket.level) == (None, None, Level.GREEN)
    assert ticket.category_code == "education"

    clock = await town.one(Clock)
    assert (clock.kind, clock.state) == (ClockKind.COMPLETE, ClockState.MET)
    assert (clock.started_at, clock.due_at, clock.ended_at) == (received, due, ended)
    assert (clock.limit_seconds, clock.used_microseconds) == (2 * 86400, 86400 * 10**6)
    thresholds = await town.rows(Threshold, col(Threshold.due_at))
    assert [(t.rung, t.state) for t in thresholds] == [
        (Rung.YELLOW, ThresholdState.DISARMED),
        (Rung.ORANGE, ThresholdState.DISARMED),
        (Rung.RED, ThresholdState.DISARMED),
    ]

    promise = await town.one(Commitment)
    assert (promise.state, promise.outcome_at) == (CommitmentState.KEPT, ended)
    assert (promise.promised_at, promise.due_at) == (received, due)
    task = await town.one(Assignment)
    assert task.department_id == promise.department_id == ticket.lead_department_id
    assert (task.assigned_at, task.ended_at) == (received, ended)

    requester = await town.one(TicketRequester)
    cipher = FieldCipher(SECRET)
    assert cipher.decrypt(requester.name) == "李四"
    assert cipher.decrypt(requester.phone) == "199 0000 0001"
    assert requester.phone_index == cipher.blind_index("19900000001")


async def test_timeline_is_chained_and_rebuilds_the_ticket(town: Town) -> None:
    town.write(closed(), closed("2", 办结="", 答复=""))
    await town.take_in()
    for ticket in await town.rows(Ticket, col(Ticket.number)):
        async with town.sessions() as session:
            events = (
                await session.exec(
                    select(TicketEvent)
                    .where(TicketEvent.ticket_id == ticket.id)
                    .order_by(col(TicketEvent.seq))
                )
            ).all()
        rows = [event.model_dump() for event in events]
        assert verify_chain(rows, ticket.history_count, ticket.history_head) == []
        state = {"status": ticket.status.value, "hold": None, "round": 1}
        assert rebuild(rows) == snapshot(ticket) | state
        assert events[0].action == Action.IMPORT
        assert events[0].at == ticket.submitted_at
        assert events[0].details["fields"] == {"原类别": "学校"}
        if ticket.closed_at:
            assert [e.action for e in events] == [Action.IMPORT, Action.ANSWER]
            assert (events[1].text, events[1].at) == ("已修复", ticket.closed_at)


async def test_late_answer_broke_its_promise_as_of_then(town: Town) -> None:
    town.write(closed(办结="2019-03-06 09:01"))
    await town.take_in()
    clock = await town.one(Clock)
    assert (clock.state, clock.level) == (ClockState.MISSED, Level.RED)
    assert {t.state for t in await town.rows(Threshold)} == {ThresholdState.SKIPPED}
    promise = await town.one(Commitment)
    assert (promise.state, promise.outcome_at) == (CommitmentState.BROKEN, clock.ended_at)


async def test_without_a_due_instant_the_policy_judges(town: Town) -> None:
    town.write(closed(期限="", 紧急="p3"))
    await town.take_in()
    clock = await town.one(Clock)
    assert clock.calendar == CalendarCode.WORKING
    assert clock.due_at == datetime(2019, 3, 22, 9, tzinfo=UTC)
    assert clock.state is ClockState.MET
    assert clock.yellow == Decimal("0.6")


async def test_open_matter_waits_at_the_desk_and_warns_only_of_what_lies_ahead(town: Town) -> None:
    recent = NOW + timedelta(hours=8) - timedelta(minutes=20)
    open_ = {"办结": "", "答复": "", "期限": ""}
    town.write(closed("1", **open_), closed("2", 时间=f"{recent:%Y-%m-%d %H:%M}", **open_))
    await town.take_in()
    old, new = await town.rows(Ticket, col(Ticket.submitted_at))
    for ticket in (old, new):
        assert ticket.status is Status.SUBMITTED
        assert ticket.holder_post is Post.ACCEPTANCE_DESK
        assert ticket.lead_department_id is None
    assert (old.level, new.level) == (Level.RED, Level.YELLOW)
    assert new.due_at == NOW + timedelta(minutes=10)
    thresholds = await town.rows(Threshold, col(Threshold.due_at))
    assert [t.state for t in thresholds] == [
        *[ThresholdState.SKIPPED] * 4,
        *[ThresholdState.ARMED] * 2,
    ]
    assert await town.rows(Commitment) == []


async def test_second_run_changes_nothing(town: Town) -> None:
    town.write(closed("1"), closed("2"), closed("3", 时间="2019-02-30 09:00"))
    first = await town.take_in()
    before = await whole(town.sessions)
    second = await town.take_in()
    assert (first.taken, first.present, first.refused_count) == (2, 0, 1)
    assert (second.taken, second.present, second.refused_count) == (0, 2, 1)
    assert await whole(town.sessions) == before


async def test_broken_run_goes_on_with_the_same_numbers(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "BATCH", 2)
    town.write(*(closed(str(number)) for number in range(1, 8)))
    with pytest.raises(RuntimeError, match="pulled the plug"):
        await town.take_in(clock=At(looks=3))
    assert len(await town.rows(Ticket)) == 4
    report = await town.take_in()
    assert (report.read, report.taken, report.present) == (7, 3, 4)
    tickets = await town.rows(Ticket, col(Ticket.number))
    assert [ticket.external_id for ticket in tickets] == [str(n) for n in range(1, 8)]
    assert [ticket.number[6:12] for ticket in tickets] == [f"50000{n}" for n in range(1, 8)]


KILLED = """
import asyncio, sys
from pathlib import Path
from hotline.intake.importing.runner import Resources, import_tickets
from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker

url, file, mapping, folder = sys.argv[1:]
sessions = make_session_maker(make_engine(url, application_name="killed"))
resources = Resources(sessions, SystemClock(), FieldCipher("k" * 40), Path(folder))
asyncio.run(import_tickets(Path(file), resources, mapping_name=mapping))
"""


async def test_killed_run_leaves_whole_batches_and_goes_on(town: Town, own_database: str) -> None:
    town.write(*(closed(str(number)) for number in range(3000)))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED, own_database, town.file, town.mapping, town.folder),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    while len(await town.rows(Ticket)) == 0:
        assert process.returncode is None
        await asyncio.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    left = await whole(town.sessions)
    assert 0 < left["tickets"] < 3000
    assert left["tickets"] % runner.BATCH == 0
    assert left["ticket_events"] == 2 * left["tickets"]
    report = await town.take_in()
    assert report.present == left["tickets"]
    assert report.taken == 3000 - left["tickets"]
    assert await whole(town.sessions) == {
        "tickets": 3000,
        "ticket_events": 6000,
        "sla_clocks": 3000,
        "sla_thresholds": 9000,
        "commitments": 3000,
    }


async def test_two_runs_at_once_take_every_row_once(town: Town) -> None:
    town.write(*(closed(str(number)) for number in range(1200)))
    reports = await asyncio.gather(town.take_in(), town.take_in())
    assert sum(report.taken for report in reports) == 1200
    assert sum(report.present for report in reports) == 1200
    assert len(await town.rows(Ticket)) == 1200


async def test_dry_run_tells_all_and_writes_nothing(town: Town) -> None:
    town.write(closed("1"), closed("2", 单位="水务集团"), closed("3", 时间="then"))
    before = await whole(town.sessions)
    report = await town.take_in(dry_run=True)
    assert (report.dry_run, report.taken, report.refused_count) == (True, 2, 1)
    assert report.created_departments == ["水务集团"]
    assert await whole(town.sessions) == before
    assert len(await town.rows(Department)) == 2
    assert "would be taken" in report.as_text()


async def test_numbers_that_come_twice(town: Town) -> None:
    town.write(closed("1"), closed("1"), closed("1", 标题="井盖丢失"), closed("2"))
    report = await town.take_in()
    assert (report.read, report.taken) == (4, 2)
    assert {code: reason.lines for code, reason in report.refused.items()} == {
        "repeated-row": [3],
        "duplicate-number": [4],
    }
    assert [t.title for t in await town.rows(Ticket, col(Ticket.number))] == [
        "路灯不亮 1",
        "路灯不亮 2",
    ]


async def test_every_refused_row_is_listed_harmlessly(town: Town) -> None:
    town.write(closed("=1+1", 时间="never"), *(closed(f"@{n}", 时间="") for n in range(30)))
    report = await town.take_in()
    assert report.is_worthless
    assert report.refused["missing-received-at"].count == 30
    assert len(report.refused["missing-received-at"].lines) == runner.LINES_SHOWN
    assert report.refusals_file is not None
    rows = listed(report.refusals_file)
    assert rows[0] == ["line", "code", "number", "detail"]
    assert rows[1] == ["2", "bad-date", "'=1+1", "received_at: 'never' fits no date format"]
    assert len(rows) == 32
    assert report.refusals_file in report.as_text()
    assert report.as_json()["refused_count"] == 31


async def test_list_of_an_earlier_run_does_not_outlive_a_clean_one(town: Town) -> None:
    town.write(closed("1", 时间=""))
    assert (await town.take_in()).refusals_file is not None
    town.write(closed("1"))
    assert (await town.take_in()).refusals_file is None
    assert list((town.folder / "refused").iterdir()) == []


async def test_unknown_units_are_added_inactive_when_the_mapping_says_so(town: Town) -> None:
    town.write(
        closed("1", 单位="水务集团"), closed("2", 单位="水务集团"), closed("3", 单位="教育局")
    )
    report = await town.take_in()
    assert report.created_departments == ["水务集团"]
    added = (await town.rows(Department, col(Department.id)))[-1]
    assert (added.name, added.is_active) == ("水务集团", False)
    assert added.code.startswith("town_")
    leads = [t.lead_department_id for t in await town.rows(Ticket, col(Ticket.number))]
    assert leads[0] == leads[1] == added.id


async def test_unknown_units_and_categories_are_counted_otherwise(town: Town) -> None:
    told = MAPPING.replace("create_departments = true\n", "").replace('"other"', '"sports"')
    town.mapping.write_text(told, encoding="utf-8")
    town.write(closed("1", 单位="水务集团", 原类别="体育"))
    report = await town.take_in()
    assert report.unknown_departments == {"水务集团": 1}
    assert report.unknown_categories == {"sports": 1}
    ticket = await town.one(Ticket)
    assert (ticket.lead_department_id, ticket.category_code) == (None, None)
    assert (await town.one(Clock)).department_id is not None
    assert await town.rows(Assignment) == []
    assert "水务集团 (1)" in report.as_text()


async def test_row_outside_the_working_calendar_is_refused(town: Town) -> None:
    town.write(closed("1", 时间="1999-03-04 09:00", 办结="1999-03-05 09:00", 期限="", 紧急="p3"))
    report = await town.take_in()
    assert list(report.refused) == ["outside-calendar"]
    assert await town.rows(Ticket) == []


async def test_installation_without_a_hotline_centre_is_told_so(town: Town) -> None:
    town.write(closed())
    async with town.sessions() as session, session.begin():
        await session.exec(sa.text("UPDATE departments SET is_hotline = false"))  # type: ignore[call-overload]
    with pytest.raises(DepartmentsMissing):
        await town.take_in()


async def test_refused_file_writes_nothing(town: Town) -> None:
    town.write(closed())
    town.file.write_bytes(town.file.read_bytes() + "9,坏".encode()[:-1])
    with pytest.raises(FileRefused, match="wrong-encoding"):
        await town.take_in()
    assert await town.rows(Ticket) == []
