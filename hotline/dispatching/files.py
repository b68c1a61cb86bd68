"""The dispatch catalogue as a file: CSV or XLSX, out of the program and in again."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from openpyxl import Workbook
from python_calamine import CalamineError, CalamineWorkbook

from hotline.dispatching.checking import Fault, FaultKind
from hotline.dispatching.errors import CatalogueFileRefused
from hotline.kernel.errors import N_
from hotline.people.levels import DepartmentLevel
from hotline.tickets.actions.intake import clean_text
from hotline.tickets.routing.rules import Entry

COLUMNS = (
    *("category", "area", "request_types", "department", "co_departments", "min_level"),
    *("valid_from", "valid_to", "is_sure", "basis"),
)
"""The headings, in the order in which they are written; read, they may stand in any."""

_NEEDED = ("category", "department")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_YES = frozenset({"yes", "y", "true", "1", "是"})
_NO = frozenset({"", "no", "n", "false", "0", "否"})
MOST_BYTES = 5 * 2**20
MOST_UNPACKED = 100 * 2**20
MOST_ROWS = 20_000
_T = TypeVar("_T")
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a file holds.

    Attributes:
        entries: its rows; one that could not be read is left out.
        lines: where each entry stands in the file, from 1.
        faults: what could not be read, by line of the file.
    """

    entries: Sequence[Entry]
    lines: Sequence[int]
    faults: Sequence[Fault]

    def at_lines(self, faults: Iterable[Fault]) -> list[Fault]:
        """Return faults of entries as faults of lines."""
        return [
            Fault(
                self.lines[fault.row - 1],
                fault.kind,
                str(self.lines[int(fault.value) - 1])
                if fault.kind is FaultKind.CONFLICT
                else fault.value,
            )
            for fault in faults
        ]


# -- out -------------------------------------------------------------------------------------------


def as_csv(entries: Iterable[Entry]) -> bytes:
    """Return entries as CSV that office programs take for UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(cell) for cell in _cells(entry)] for entry in entries)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(entries: Iterable[Entry]) -> bytes:
    """Return entries as a workbook of one sheet, every cell a text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("catalogue")
    sheet.append(list(COLUMNS))
    for entry in entries:
        sheet.append([_harmless(cell) for cell in _cells(entry)])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _cells(entry: Entry) -> list[str]:
    told = {
        "category": entry.category,
        "area": entry.area or "",
        "request_types": " ".join(entry.request_types),
        "department": entry.department,
        "co_departments": " ".join(entry.co_departments),
        "min_level": entry.min_level.value if entry.min_level else "",
        "valid_from": entry.valid_from.isoformat() if entry.valid_from else "",
        "valid_to": entry.valid_to.isoformat() if entry.valid_to else "",
        "is_sure": "yes" if entry.is_sure else "",
        "basis": entry.basis,
    }
    return [told[name] for name in COLUMNS]


def _harmless(cell: str) -> str:
    """Return a cell that no office program takes for a formula."""
    return f"'{cell}" if cell.startswith((*_FORMULA, "'")) else cell


# -- in --------------------------------------------------------------------------------------------


def read_file(content: bytes) -> ReadFile:
    """Return what a CSV file or a workbook holds.

    Raises:
        CatalogueFileRefused: it is neither, too large, or lacks a heading.
    """
    if len(content) > MOST_BYTES:
        raise CatalogueFileRefused(problem=N_("it is too large"))
    rows = _workbook_rows(content) if content.startswith(_ZIP) else _csv_rows(content)
    if len(rows) > MOST_ROWS:
        raise CatalogueFileRefused(problem=N_("it is too large"))
    heads = [str(cell).strip().lower() for cell in rows[0]] if rows else []
    missing = [name for name in _NEEDED if name not in heads]
    if missing:
        raise CatalogueFileRefused(problem=f"{', '.join(missing)} ?")
    entries, lines, faults = [], [], []
    for line, cells in enumerate(rows[1:], start=2):
        row = {head: _text(cell) for head, cell in zip(heads, cells, strict=False)}
        if not any(row.values()):
            continue
        reader = _Row(line, row)
        entry = reader.entry()
        if reader.faults:
            faults += reader.faults
        else:
            entries.append(entry)
            lines.append(line)
    return ReadFile(entries, lines, faults)


def _csv_rows(content: bytes) -> list[list[object]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What office programs write in China, when they do not write UTF-8.
        text = content.decode("gb18030", errors="replace")
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error as broken:
        raise CatalogueFileRefused(problem=str(broken)) from broken


def _workbook_rows(content: bytes) -> list[list[object]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
                raise CatalogueFileRefused(problem=N_("it is too large"))
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            sheet = book.get_sheet_by_index(0)
            if sheet.total_height * max(sheet.total_width, 1) > MOST_ROWS * 40:
                raise CatalogueFileRefused(problem=N_("it is too large"))
            return [list(row) for row in sheet.to_python(skip_empty_area=False)]
    except (CalamineError, zipfile.BadZipFile) as broken:
        raise CatalogueFileRefused(problem=N_("the workbook is broken")) from broken


def _text(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return clean_text(str(cell)).removeprefix("'")


class _Row:
    """Reads one row, cell after cell, and keeps what is wrong."""

    def __init__(self, line: int, cells: Mapping[str, str]) -> None:
        self.faults: list[Fault] = []
        self._line = line
        self._cells = cells

    def entry(self) -> Entry:
        """Return the row as an entry; worth something only without faults."""
        return Entry(
            category=self._cell("category"),
            area=self._cell("area") or None,
            request_types=tuple(self._words("request_types")),
            department=self._cell("department"),
            co_departments=tuple(self._words("co_departments")),
            min_level=self._read("min_level", DepartmentLevel, FaultKind.BAD_LEVEL),
            valid_from=self._read("valid_from", date.fromisoformat, FaultKind.BAD_DATE),
            valid_to=self._read("valid_to", date.fromisoformat, FaultKind.BAD_DATE),
            basis=self._cell("basis"),
            is_sure=self._flag("is_sure"),
        )

    def _cell(self, name: str) -> str:
        return self._cells.get(name, "")

    def _words(self, name: str) -> list[str]:
        return list(dict.fromkeys(self._cell(name).replace(",", " ").replace("、", " ").split()))

    def _read(self, name: str, reader: Callable[[str], _T], kind: FaultKind) -> _T | None:
        text = self._cell(name)
        if not text:
            return None
        try:
            return reader(text)
        except ValueError:
            self.faults.append(Fault(self._line, kind, text))
            return None

    def _flag(self, name: str) -> bool:
        text = self._cell(name).lower()
        if text not in _YES | _NO:
            self.faults.append(Fault(self._line, FaultKind.BAD_FLAG, text))
        return text in _YES
