"""Tables written row by row: no list is ever held in memory as a whole."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Protocol

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from hotline.exchange.cells import Cell, cleaned, local, looks_like_formula, plain, valued
from hotline.exchange.rules import ExportFormat

_SHEET_ROWS = 1_000_000
_BOM = "\ufeff"
_FACE = "Microsoft YaHei"
_HEAD = PatternFill("solid", fgColor="DDE6EF")
_FORBIDDEN = str.maketrans("", "", "[]:*?/\\'")
_LONGEST_NAME = 31
_WIDEST = 60
_MOST_DIGITS = 15
"""Excel keeps no more of a number; a longer one is written as words."""


class TableWriter(Protocol):
    """Takes a table row by row."""

    def write(self, cells: Sequence[Cell]) -> None:
        """Add a row."""
        ...

    def close(self) -> None:
        """Write what is still to be written; the file itself stays open."""
        ...

    def abandon(self) -> None:
        """Leave nothing behind of a table that nobody wants any more."""
        ...


class _CsvWriter:
    """UTF-8 with a mark that Excel looks for, quoted and ended as RFC 4180 says."""

    def __init__(self, file: IO[bytes], headings: Sequence[str]) -> None:
        self._text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
        self._text.write(_BOM)
        self._rows = csv.writer(self._text, lineterminator="\r\n")
        self.write(headings)

    def write(self, cells: Sequence[Cell]) -> None:
        """Add a row."""
        self._rows.writerow([plain(cell) for cell in cells])

    def close(self) -> None:
        """Hand the file back."""
        self._text.detach()

    def abandon(self) -> None:
        """Hand the file back."""
        self._text.detach()


class _JsonWriter:
    """An array of objects, one on each line, under the codes of the columns."""

    def __init__(self, file: IO[bytes], codes: Sequence[str]) -> None:
        self._file, self._codes, self._is_empty = file, codes, True
        file.write(b"[")

    def write(self, cells: Sequence[Cell]) -> None:
        """Add an object."""
        row = dict(zip(self._codes, map(valued, cells), strict=True))
        self._file.write(b"\n" if self._is_empty else b",\n")
        self._file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode())
        self._is_empty = False

    def close(self) -> None:
        """End the array."""
        self._file.write(b"\n]\n")

    def abandon(self) -> None:
        """Leave the array open: nothing else is held."""


class _XlsxWriter:
    """A workbook that is written as it grows; numbers and instants are what they are."""

    def __init__(
        self, file: IO[bytes], title: str, headings: Sequence[str], widths: Sequence[int]
    ) -> None:
        self._file, self._headings, self._widths = file, headings, widths
        self._title = title.translate(_FORBIDDEN)
        self._book = Workbook(write_only=True)
        self._count = self._sheets = 0
        self._sheet: Any = None
        self._begin()

    def _begin(self) -> None:
        self._sheets += 1
        mark = "" if self._sheets == 1 else f" {self._sheets}"
        name = f"{self._title[: _LONGEST_NAME - len(mark)]}{mark}"
        self._sheet = self._book.create_sheet(name)
        for place, width in enumerate(self._widths, start=1):
            self._sheet.column_dimensions[get_column_letter(place)].width = min(width, _WIDEST)
        self._sheet.freeze_panes = "A2"
        self._sheet.append([self._cell(words, is_head=True) for words in self._headings])
        self._count = 0

    def _cell(self, value: Cell, *, is_head: bool = False) -> Any:  # noqa: ANN401  # the library's cells
        cell = WriteOnlyCell(self._sheet)
        _put(cell, value)
        if is_head:
            cell.font = Font(name=_FACE, bold=True)
            cell.fill = _HEAD
        return cell

    def write(self, cells: Sequence[Cell]) -> None:
        """Add a row, on a new sheet when this one is full."""
        if self._count >= _SHEET_ROWS:
            self._begin()
        self._sheet.append([self._cell(cell) for cell in cells])
        self._count += 1

    def close(self) -> None:
        """Pack the workbook."""
        self._book.save(self._file)

    def abandon(self) -> None:
        """Remove the files in which the library collects the sheets."""
        for sheet in self._book.worksheets:
            written: Any = sheet
            if not written.closed:
                written.close()
            written._writer.cleanup()  # noqa: SLF001  # it has no other way to be given up


def _put(cell: Any, value: Cell) -> None:  # noqa: ANN401  # the library's cell
    match value:
        case str():
            _put_words(cell, value)
        case datetime():
            cell.value = local(value)
            cell.number_format = "yyyy-mm-dd hh:mm:ss"
        case date():
            cell.value = value
            cell.number_format = "yyyy-mm-dd"
        case Decimal():
            cell.value = float(value)
        case int() if abs(value) >= 10**_MOST_DIGITS:
            _put_words(cell, str(value))
        case _:
            cell.value = value


def _put_words(cell: Any, text: str) -> None:  # noqa: ANN401  # the library's cell
    """Write words as words, whatever they look like."""
    words = cleaned(text)
    cell.value = words
    cell.data_type = "s"
    if looks_like_formula(words):
        cell.quotePrefix = True


def open_writer(
    kind: ExportFormat,
    file: IO[bytes],
    *,
    title: str,
    columns: Sequence[tuple[str, str, int]],
) -> TableWriter:
    """Return a writer that has written the headings.

    Args:
        kind: how to write.
        file: where to.
        title: the name of the sheet.
        columns: code, heading and width of each.
    """
    headings = [heading for _, heading, _ in columns]
    match kind:
        case ExportFormat.CSV:
            return _CsvWriter(file, headings)
        case ExportFormat.JSON:
            return _JsonWriter(file, [code for code, _, _ in columns])
        case ExportFormat.XLSX:
            return _XlsxWriter(file, title, headings, [width for _, _, width in columns])
