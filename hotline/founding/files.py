"""Sheets as files: what an office program has saved, as lines of cells."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from hotline.founding.cells import Cell, fold
from hotline.founding.columns import Sheet
from hotline.founding.errors import SetupFileRefused
from hotline.founding.planning import FileRow
from hotline.kernel.errors import N_

MOST_BYTES = 1_500_000
MOST_UNPACKED = 60 * 2**20
MOST_ROWS = 5_000
_MOST_COLUMNS = 60
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

Headings = Mapping[str, str]
"""By folded words of a heading, the column that is meant."""


def read_sheet(content: bytes, sheet: Sheet, headings: Headings) -> list[FileRow]:
    """Return the lines of a workbook or of a CSV file; blank ones are passed over.

    Args:
        content: of the file.
        sheet: what it should be.
        headings: what may stand above a column.

    Raises:
        SetupFileRefused: it is neither, is too large, or lacks a heading that is needed.
    """
    if len(content) > MOST_BYTES:
        raise SetupFileRefused(problem=N_("it is too large"))
    if content.startswith(_OLE):
        raise SetupFileRefused(
            problem=N_("it is an .xls or a protected workbook: save it as .xlsx without a password")
        )
    table, merged = (
        _of_workbook(content, sheet) if content.startswith(_ZIP) else (_of_csv(content), set())
    )
    top = next((place for place, cells in enumerate(table) if any(map(_is_filled, cells))), None)
    if top is None:
        raise SetupFileRefused(problem=N_("it is empty"))
    places = _places(table[top], sheet, headings)
    rows = [
        FileRow(
            place + 1,
            {name: cells[at] for name, at in places.items() if at < len(cells)},
            is_merged=place in merged,
        )
        for place, cells in enumerate(table)
        if place > top and any(map(_is_filled, cells))
    ]
    if len(rows) > MOST_ROWS:
        raise SetupFileRefused(problem=N_("it has more than 5,000 lines: split it"))
    if not rows:
        raise SetupFileRefused(problem=N_("there is no line below the headings"))
    return rows


def _is_filled(cell: Cell) -> bool:
    return cell is not None and bool(str(cell).strip())


def _places(cells: Sequence[Cell], sheet: Sheet, headings: Headings) -> dict[str, int]:
    """Return where each column stands; what is not known is left out."""
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        name = _named(str(cell or ""), headings)
        if name is not None:
            found.setdefault(name, place)
    missing = [name for name in sheet.key if name not in found and not sheet.column(name).default]
    optional = {"area", "request_types", "valid_from", "valid_to"}
    missing = [name for name in missing if name not in optional]
    if missing:
        raise SetupFileRefused(problem=f"{', '.join(missing)} ?")
    return found


def _named(heading: str, headings: Headings) -> str | None:
    """Return the column that a heading means: by its whole, or by one of its lines."""
    for words in (heading, *heading.split("\n")):
        name = headings.get(fold(words).rstrip("* "))
        if name is not None:
            return name
    return None


def _of_workbook(content: bytes, sheet: Sheet) -> tuple[list[list[Cell]], set[int]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
                raise SetupFileRefused(problem=N_("it is too large"))
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            named = sheet.subject.value
            page = (
                book.get_sheet_by_name(named)
                if named in book.sheet_names
                else book.get_sheet_by_index(0)
            )
            if page.total_width > _MOST_COLUMNS * 10 or page.total_height > MOST_ROWS * 10:
                raise SetupFileRefused(problem=N_("it is too large"))
            return [list(row) for row in page.to_python(skip_empty_area=False)], _merged(page)
    except (CalamineError, zipfile.BadZipFile, OSError) as broken:
        raise SetupFileRefused(problem=N_("the workbook is broken")) from broken


def _merged(page: CalamineSheet) -> set[int]:
    """Return the rows, from 0, through which a merged cell runs."""
    return {
        row
        for (first, _), (last, _) in page.merged_cell_ranges or ()
        for row in range(first, min(last, first + MOST_ROWS) + 1)
    }


def _of_csv(content: bytes) -> list[list[Cell]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What office programs write in China, when they do not write UTF-8.
        text = content.decode("gb18030", errors="replace")
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error as broken:
        raise SetupFileRefused(problem=str(broken)) from broken
