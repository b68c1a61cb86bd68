"""The catalogue as a file: what is written comes back, and nothing of it is a formula."""

import csv
import io
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest

from hotline.dispatching.checking import Fault, FaultKind
from hotline.dispatching.errors import CatalogueFileRefused
from hotline.dispatching.files import COLUMNS, as_csv, as_xlsx, read_file
from hotline.people.levels import DepartmentLevel
from hotline.tickets.routing.rules import Entry

ENTRIES = [
    Entry(category="urban", department="roads"),
    Entry(
        category="urban.roads",
        department="water",
        area="清河区",
        request_types=("help", "report"),
        co_departments=("roads", "grid"),
        min_level=DepartmentLevel.BUREAU,
        valid_from=date(2026, 3, 1),
        valid_to=date(2026, 12, 31),
        basis="三定方案，第5条\n“养护”",
        is_sure=True,
    ),
    *(
        Entry(category="urban.parks", department="roads", area=f"{n}", basis=text)
        for n, text in enumerate(
            ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "'quoted", "''twice"], start=1
        )
    ),
]


@pytest.mark.parametrize("written", [as_csv, as_xlsx])
def test_what_is_written_comes_back(written: Any) -> None:
    found = read_file(written(ENTRIES))
    assert list(found.entries) == ENTRIES
    assert found.faults == []
    assert list(found.lines) == list(range(2, len(ENTRIES) + 2))


def test_no_cell_is_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(as_csv(ENTRIES).decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(ENTRIES))).worksheets[0]
    cells = [cell for row in rows for cell in row]
    cells += [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_a_table_made_by_hand() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Department", "category", "valid_from", "is_sure", "co_departments", "more"])
    sheet.append(["water", "urban", datetime(2026, 3, 1), "是", "roads、grid", "x"])  # noqa: DTZ001  # as workbooks hold days
    sheet.append([None, None, None, None, None, None])
    sheet.append(["roads", "housing", None, None, None, None])
    content = io.BytesIO()
    book.save(content)
    found = read_file(content.getvalue())
    assert found.faults == []
    assert list(found.lines) == [2, 4]
    assert found.entries[0] == Entry(
        category="urban",
        department="water",
        co_departments=("roads", "grid"),
        valid_from=date(2026, 3, 1),
        is_sure=True,
    )


def test_every_cell_that_cannot_be_read_is_named_with_its_line() -> None:
    text = (
        ",".join(COLUMNS)
        + "\nurban,,,roads,,village,soon,,perhaps,\nhousing,,,water,,,,,,\nhousing,,,water,,,,,,\n"
    )
    found = read_file(text.encode("gb18030"))
    assert found.faults == [
        Fault(2, FaultKind.BAD_LEVEL, "village"),
        Fault(2, FaultKind.BAD_DATE, "soon"),
        Fault(2, FaultKind.BAD_FLAG, "perhaps"),
    ]
    assert found.at_lines([Fault(2, FaultKind.CONFLICT, "1")]) == [
        Fault(4, FaultKind.CONFLICT, "3")
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"category,area\nurban,\n",
        b"PK\x03\x04 nothing",
        b'category,department\n"open,roads',
        b"category,department\n" + b"urban,roads\n" * 20_001,
        b"x" * (5 * 2**20 + 1),
    ],
)
def test_what_is_no_catalogue_is_refused(content: bytes) -> None:
    with pytest.raises(CatalogueFileRefused):
        read_file(content)
