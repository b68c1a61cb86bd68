"""What stands in a cell: typed, readable by the programs people have, and never a formula."""

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from hotline.exchange.cells import LONGEST, Cell, cleaned, looks_like_formula, plain, valued
from hotline.exchange.rules import (
    PERSONAL_QUOTA,
    QUOTA,
    ExportFormat,
    Spent,
    is_reason,
    is_within_quota,
)
from hotline.exchange.writing import open_writer

AT = datetime(2026, 3, 2, 1, 30, 5, 999, tzinfo=UTC)
ROW: list[Cell] = [
    "=HYPERLINK(1)",
    "2603020000017",
    3,
    Decimal("-1.5"),
    True,
    AT,
    date(2026, 3, 2),
    None,
]
COLUMNS = [(f"c{place}", f"列{place}", 12) for place in range(len(ROW))]


def written(kind: ExportFormat, *rows: list[Cell]) -> bytes:
    file = io.BytesIO()
    writer = open_writer(kind, file, title="工单/[*]", columns=COLUMNS)
    for row in rows:
        writer.write(row)
    writer.close()
    return file.getvalue()


@pytest.mark.parametrize(
    "words",
    [
        *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "|calc", "%0"),
        *("＝1", "＋1", "－1", "＠SUM", " =1", "\u3000=1", "\u00a0@x", "﹢1", "﹣1"),
    ],
)
def test_what_a_program_may_take_for_a_formula_is_words(words: str) -> None:
    assert looks_like_formula(words)
    assert plain(words).startswith("'")
    (_, line) = list(
        csv.reader(io.StringIO(written(ExportFormat.CSV, [words, *ROW[1:]]).decode("utf-8-sig")))
    )
    assert line[0].startswith("'")
    book = load_workbook(io.BytesIO(written(ExportFormat.XLSX, [words, *ROW[1:]])))
    cell = book.worksheets[0]["A2"]
    assert cell.data_type == "s"
    assert cell.quotePrefix
    assert cell.value == cleaned(words)


@given(st.text())
def test_no_cell_of_a_csv_begins_like_a_formula(words: str) -> None:
    assert plain(words)[:1] not in {"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"}


@pytest.mark.parametrize("words", ["路灯不亮", "138****1234", "12号", "", "a=b", "'quoted"])
def test_other_words_stay_as_they_are(words: str) -> None:
    assert plain(words) == words


def test_what_a_spreadsheet_cannot_hold_is_left_out() -> None:
    assert cleaned("a\x00\x1b[31m\ud800b\nc") == "a[31mb\nc"
    assert len(cleaned("字" * 40_000)) == LONGEST


def test_a_csv_is_what_excel_and_the_rfc_want() -> None:
    body = written(ExportFormat.CSV, ROW, ['说"好"，\n再说', *ROW[1:]])
    assert body.startswith(b"\xef\xbb\xbf")
    assert b'"\xe8\xaf\xb4""' in body
    lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert body.count(b"\r\n") == 3
    assert lines[1][1:] == [
        "2603020000017",
        "3",
        "-1.5",
        "1",
        "2026-03-02 09:30:05",
        "2026-03-02",
        "",
    ]


def test_numbers_and_instants_of_a_workbook_are_numbers_and_instants() -> None:
    sheet = load_workbook(io.BytesIO(written(ExportFormat.XLSX, ROW))).worksheets[0]
    assert sheet.title == "工单"
    assert [cell.value for cell in sheet[2]] == [
        *("=HYPERLINK(1)", "2603020000017", 3, -1.5, True),
        *(datetime(2026, 3, 2, 9, 30, 5), datetime(2026, 3, 2), None),  # noqa: DTZ001  # as a cell holds it
    ]
    assert (
        CalamineWorkbook.from_filelike(io.BytesIO(written(ExportFormat.XLSX, ROW)))
        .get_sheet_by_index(0)
        .to_python()[1][2]
        == 3
    )


def test_json_is_json_with_or_without_rows() -> None:
    assert json.loads(written(ExportFormat.JSON)) == []
    (row, _) = json.loads(written(ExportFormat.JSON, ROW, ROW))
    assert row["c0"] == "=HYPERLINK(1)"
    assert row["c3"] == -1.5
    assert row["c5"] == "2026-03-02T09:30:05+08:00"
    assert valued(None) is None


def test_personal_data_need_a_reason_and_have_a_quota_of_their_own() -> None:
    assert not is_reason(None)
    assert not is_reason("  查 ")
    assert is_reason("移送信访部门")
    assert not is_reason("长" * 201)
    assert is_within_quota(Spent(QUOTA - 1, PERSONAL_QUOTA - 1), has_personal=True)
    assert not is_within_quota(Spent(PERSONAL_QUOTA, PERSONAL_QUOTA), has_personal=True)
    assert is_within_quota(Spent(PERSONAL_QUOTA, PERSONAL_QUOTA), has_personal=False)
    assert not is_within_quota(Spent(QUOTA, 0), has_personal=False)
