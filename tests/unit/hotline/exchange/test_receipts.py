"""Receipts of other authorities: whatever a file holds, it is read or refused, never a fault of ours."""

import io
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from openpyxl import Workbook

from hotline.exchange.handover.errors import ReceiptRefused
from hotline.exchange.handover.receipts import ReadReceipt, ReceiptWords, read_receipt
from hotline.exchange.handover.rules import (
    HandOverState,
    LineState,
    hand_over_number,
    state_after,
)
from hotline.tickets.numbering import ticket_number

TODAY = date(2026, 3, 2)
ONE, TWO = (ticket_number(TODAY, count) for count in (1, 2))
WORDS = ReceiptWords({"编号": "number", "接收": "accepted"}, {"是": True, "否": False})


def got(content: str | bytes) -> ReadReceipt:
    return read_receipt(content.encode() if isinstance(content, str) else content, WORDS, TODAY)


def workbook(*lines: list[Any]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in lines:
        sheet.append(line)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        f"编号,接收\n{ONE},是\n{TWO},否",
        f"编号,接收\n{ONE},是\n{TWO},否".encode("gb18030"),
        f"\ufeffNumber,Accepted\r\n{ONE},YES\r\n'{TWO},refused\r\n",
        f'[{{"number": "{ONE}", "accepted": true}}, {{"number": {TWO}, "accepted": 0}}]',
        workbook(["编号", "接收"], [ONE, "是"], [float(TWO), False]),
    ],
)
def test_every_form_is_read_alike(content: str | bytes) -> None:
    read = got(content)
    assert [(one.number, one.is_accepted) for one in read.lines] == [(ONE, True), (TWO, False)]
    assert read.faults == []


def test_days_as_people_write_them() -> None:
    text = f"number,accepted,date\n{ONE},yes,2026/03/01\n{TWO},yes,1 March"
    read = got(text)
    assert [one.day for one in read.lines] == [date(2026, 3, 1)]
    assert [fault.line for fault in read.faults] == [3]
    (line,) = got(
        workbook(["number", "accepted", "date"], [ONE, "yes", datetime(2026, 3, 1, 9)])  # noqa: DTZ001  # a cell has no zone
    ).lines
    assert line.day == date(2026, 3, 1)


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", "number\n1", "[1]", "[", "{}", b"\xff\xff\xff", "[" * 5_000],
)
def test_what_is_no_receipt_is_refused(content: str | bytes) -> None:
    with pytest.raises(ReceiptRefused):
        got(content)


def under_heads(text: str) -> bytes:
    return f"number,accepted\n{text}".encode(errors="replace")


@settings(max_examples=60)
@given(st.binary(max_size=80) | st.text(max_size=80).map(under_heads))
def test_nothing_else_is_raised(content: bytes) -> None:
    try:
        got(content)
    except ReceiptRefused:
        return


def test_half_of_a_sign_is_no_fault_of_ours() -> None:
    (line,) = got(f'[{{"number": "{ONE}", "accepted": true, "remark": "\\ud800"}}]').lines
    assert line.remark == "?"


def test_state_and_number() -> None:
    waiting, yes, no = LineState.WAITING, LineState.ACCEPTED, LineState.REFUSED
    assert state_after([yes, waiting]) is HandOverState.HANDED_OVER
    assert state_after([yes, no]) is HandOverState.RECEIVED
    assert hand_over_number(2026, 7) == "YJ-2026-000007"
