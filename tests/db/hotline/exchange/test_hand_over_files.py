"""Files for other authorities: what is in them, who may have them, what the other side answers."""

import io
import json
import zipfile
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from hotline.exchange.errors import ExportNeedsReason
from hotline.exchange.handover.actions import (
    HandOverOrder,
    ReceiptReport,
    fetch_hand_over,
    give_hand_over,
    key_for,
    make_hand_over,
    take_receipt,
)
from hotline.exchange.handover.errors import (
    HandedOverBefore,
    HandOverFileGone,
    HandOverFileOfOther,
    HandOverGiven,
    HandOverNotGiven,
    NotAHandOverFile,
    NothingToHandOver,
    TicketsNotFound,
)
from hotline.exchange.handover.models import HandOverFile, HandOverStep
from hotline.exchange.handover.packing import FIELDS, checked
from hotline.exchange.handover.queries import find_hand_over, list_candidates
from hotline.exchange.handover.receipts import read_receipt
from hotline.exchange.handover.rules import HandOverDeed, HandOverState, LineState, year_of
from hotline.exchange.models import Export
from hotline.people.principal import PermissionDenied
from hotline.tickets.lifecycle import Status
from hotline.tickets.models import HAND_OVER_ANSWERED, HANDED_OVER, Reveal, TicketEvent
from hotline.tickets.numbering import number_day
from tests.support.builders import NAME, PHONE, Build
from web.exports.handovers import FileWords, receipt_words
from web.i18n import translator

TO = "市信访局"
REASON = "移送市信访局办理"
WORDS = FileWords(translator("zh_CN"))


async def made(build: Build, *numbers: str, by: str = "supervisor", **given: Any) -> str:
    order = HandOverOrder(recipient=TO, numbers=numbers, language="zh_CN", **given)
    async with build.acting(by) as tx:
        return (await make_hand_over(tx, order, WORDS)).number


async def given(build: Build, *numbers: str) -> str:
    file = await made(build, *numbers)
    async with build.acting("supervisor") as tx:
        await give_hand_over(tx, file, how="专人送达")
    return file


async def body_of(build: Build, file: str, by: str = "supervisor") -> bytes:
    async with build.acting(by) as tx:
        return (await fetch_hand_over(tx, file))[1]


def told(body: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        tickets = json.loads(archive.read("tickets.json"))
        return json.loads(archive.read("manifest.json")), {
            one["number"]: one for one in tickets["tickets"]
        }


async def answered(build: Build, file: str, text: str, **how: bool) -> ReceiptReport:
    async with build.acting("supervisor") as tx:
        receipt = read_receipt(text.encode(), receipt_words(), number_day(tx.now))
        return await take_receipt(tx, file, receipt, **how)


async def rows(build: Build, number: str, action: str) -> list[TicketEvent]:
    ticket = await build.find(number)
    async with build.session_maker() as session:
        found = await session.exec(
            select(TicketEvent).where(
                TicketEvent.ticket_id == ticket.id, col(TicketEvent.action) == action
            )
        )
        return list(found)


async def test_a_file_says_what_it_holds_and_masks_who_brought_it(build: Build) -> None:
    out = await build.ticket(Status.TRANSFERRED_OUT, content=f"来电{PHONE}反映", title="=1+1")
    refused = await build.ticket(Status.NOT_ACCEPTED)
    async with build.acting("supervisor") as tx:
        offered = {
            one.ticket.number: one.away for one in await list_candidates(tx.session, tx.actor)
        }
    assert set(offered) == {out, refused}
    assert [away and away.where_to for away in (offered[out], offered[refused])] == ["110", "法院"]
    file = await made(build, out, refused)
    assert file == f"YJ-{year_of(build.clock.now())}-000001"
    body = await body_of(build, file, by="authority")
    manifest, tickets = told(body)
    assert (manifest["to"], manifest["count"], manifest["version"]) == (TO, 2, 1)
    assert manifest["from"] == "热线中心"
    assert checked(body, lambda to: key_for(build.cipher, to))["number"] == file
    one = tickets[out]
    assert set(one) == {code for code, _, _ in FIELDS}
    assert (one["where_to"], one["why"]) == ("110", "事出有因")
    assert tickets[refused]["where_to"] == "法院"
    assert one["category_names"] == ["城市管理"]
    assert (one["requester"], one["phone"], one["is_full"]) == ("欧**", "139****1234", False)
    assert PHONE not in json.dumps(tickets)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        sheet = load_workbook(io.BytesIO(archive.read("tickets.xlsx"))).active
        assert sheet is not None
        assert sheet["A1"].value == "工单编号"
        assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
        slip = load_workbook(io.BytesIO(archive.read("receipt.xlsx"))).active
        assert slip is not None
        assert {slip["A2"].value, slip["A3"].value} == {out, refused}
    async with build.acting("supervisor") as tx:
        assert await list_candidates(tx.session, tx.actor) == []
        (log,) = (await tx.session.exec(select(Export))).all()
        assert (log.list_code, log.asked, log.row_count) == ("handovers", {"number": file}, 2)
        assert (await tx.session.exec(select(Reveal))).all() == []


async def test_what_was_altered_is_noticed(build: Build) -> None:
    file = await made(build, await build.ticket(Status.TRANSFERRED_OUT))
    body = await body_of(build, file)

    def changed(name: str, old: str, new: str) -> bytes:
        copy = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(body)) as source, zipfile.ZipFile(copy, "w") as target:
            for part in source.namelist():
                read = source.read(part)
                if part == name:
                    assert old.encode() in read
                    read = read.replace(old.encode(), new.encode())
                target.writestr(part, read)
        return copy.getvalue()

    def key(recipient: str) -> str:
        return key_for(build.cipher, recipient)

    for wrong in (
        changed("manifest.json", TO, "别的机关"),
        changed("tickets.json", "路灯", "道路"),
        changed("manifest.json", '"version": 1', '"version": 9'),
        changed("manifest.json", "{", "["),
        b"PK\x03\x04 nothing",
        b"",
    ):
        with pytest.raises(NotAHandOverFile):
            checked(wrong, key)


async def test_requesters_in_full_for_a_reason_and_for_its_maker_alone(build: Build) -> None:
    number = await build.ticket(Status.TRANSFERRED_OUT)
    with pytest.raises(ExportNeedsReason):
        await made(build, number, has_personal=True)
    with pytest.raises(PermissionDenied):
        await made(build, number, by="authority", has_personal=True, reason=REASON)
    with pytest.raises(PermissionDenied):
        await made(build, number, by="dispatcher")
    file = await made(build, number, has_personal=True, reason=REASON)
    _, tickets = told(await body_of(build, file))
    one = tickets[number]
    assert (one["requester"], one["phone"], one["is_full"]) == (NAME, PHONE, True)
    with pytest.raises(HandOverFileOfOther):
        await body_of(build, file, by="supervisor.second")
    async with build.session_maker() as session:
        assert [row.reason for row in await session.exec(select(Reveal))] == [REASON]
        kept = (await session.exec(select(HandOverFile))).one()
        assert kept.body is not None
        assert PHONE.encode() not in kept.body


async def test_what_cannot_be_handed_over(build: Build) -> None:
    number = await build.ticket(Status.TRANSFERRED_OUT)
    with pytest.raises(NothingToHandOver):
        await made(build)
    with pytest.raises(TicketsNotFound):
        await made(build, number, "2603029999990")
    file = await made(build, number)
    with pytest.raises(HandedOverBefore):
        await made(build, number)
    with pytest.raises(HandOverNotGiven):
        await answered(build, file, f"number,accepted\n{number},yes")
    async with build.acting("supervisor") as tx:
        await give_hand_over(tx, file)
        with pytest.raises(HandOverGiven):
            await give_hand_over(tx, file)
    (row,) = await rows(build, number, HANDED_OVER)
    assert row.details == {"file": file, "recipient": TO}


async def test_the_answer_is_taken_line_by_line_and_once(build: Build) -> None:
    yes, no, waits = [await build.ticket(Status.TRANSFERRED_OUT) for _ in range(3)]
    stranger = await build.ticket()
    file = await given(build, yes, no, waits)
    text = (
        "工单编号,对方编号,是否接收,备注,回执日期\n"
        f"{yes},XF-1,是,已登记,2026-01-05\n"
        f"{no},,否,找{PHONE},\n"
        f"{waits},,,,\n"
        f"{yes},XF-2,否,,\n"
        f"{stranger},,是,,\n"
        "12345,,是,,\n"
        f"{waits},,大概,,\n"
        f"{waits},,是,,2999-01-01\n"
    )
    dry = await answered(build, file, text, dry_run=True)
    assert (dry.accepted, dry.refused, dry.blank, dry.is_dry) == (1, 1, 1, True)
    assert [fault.line for fault in dry.faults] == [5, 6, 7, 8, 9]
    assert await rows(build, yes, HAND_OVER_ANSWERED) == []
    report = await answered(build, file, text)
    assert (report.accepted, report.refused, report.same) == (1, 1, 0)
    again = await answered(build, file, text)
    assert (again.accepted, again.refused, again.same) == (0, 0, 2)
    (row,) = await rows(build, yes, HAND_OVER_ANSWERED)
    assert (row.details["answer"], row.details["their_number"]) == ("accepted", "XF-1")
    turned = await answered(build, file, json.dumps([{"number": yes, "accepted": False}]))
    assert [fault.params["number"] for fault in turned.faults] == [yes]
    async with build.session_maker() as session:
        detail = await find_hand_over(session, file)
    states = {one.ticket_number: one.line for one in detail.lines}
    assert states[no].state is LineState.REFUSED
    assert states[no].remark == "找139****1234"
    assert detail.row.file.state is HandOverState.HANDED_OVER
    assert [one.step.deed for one in detail.steps] == [
        HandOverDeed.MADE,
        HandOverDeed.HANDED_OVER,
        HandOverDeed.RECEIPT,
    ]
    assert await made(build, no) != file  # what was refused goes elsewhere
    await answered(build, file, f"number;accepted\n{waits};1".replace(";", ","))
    async with build.session_maker() as session:
        last = (await find_hand_over(session, file)).row.file
        assert (last.state, last.accepted_count, last.refused_count) == ("received", 2, 1)
    with pytest.raises(HandOverFileGone):
        await body_of(build, file)


async def test_steps_are_never_changed(build: Build) -> None:
    await made(build, await build.ticket(Status.TRANSFERRED_OUT))
    async with build.session_maker() as session:
        with pytest.raises(DBAPIError):
            await session.exec(sa.delete(HandOverStep))
