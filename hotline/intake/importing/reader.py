"""CSV and XLSX files as a stream of rows.

A file is looked through once before anything is written: its encoding from the first byte to the last,
a workbook's true size. What cannot be read is refused there, in memory that does not grow with it.
"""

import codecs
import csv
import gzip
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO, cast

import python_calamine

from hotline.intake.importing.errors import FileRefused
from hotline.intake.importing.record import Refusal, RefusalCode
from hotline.intake.importing.values import Cell, clean_code

MAX_FIELD = 1024 * 1024
"""Bytes of one CSV field; a longer one means a quotation mark that is never closed."""

MAX_WORKBOOK = 256 * 1024 * 1024
"""Unpacked bytes of an XLSX file. It is read whole, in about one and a half times this memory."""

MAX_SHEET_CELLS = 8_000_000
"""Cells of the rectangle that a sheet spans, empty ones too: each costs memory when it is read."""

MAX_LOOKUP_ROWS = 200_000
"""Rows of a second file, which is held in memory."""

_CHUNK = 1024 * 1024
_SURELY_UTF8 = 16
"""So many characters of three bytes or more before the first wrong byte, and it was UTF-8."""

_CELL_PLACE = re.compile(rb'<c [^>]*?r="([A-Z]{1,3})([0-9]{1,7})"')
_PLACE_BYTES = 256

Row = tuple[int, Sequence[Cell]]
"""Where a row begins in the file, and its cells."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file that has passed the first look.

    Attributes:
        header: cells of the first row that is not blank.
        rows: what follows, rows that cannot be read as refusals among them.
        size: bytes, or rows of a workbook: the whole of the progress bar.
        position: how much of `size` has been read.
        encoding: of a CSV file; empty for a workbook.
    """

    header: Sequence[Cell]
    rows: Iterator[Row | Refusal]
    size: int
    position: Callable[[], int]
    encoding: str


@contextmanager
def open_table(path: Path, *, encoding: str = "auto", delimiter: str = ",") -> Iterator[OpenFile]:
    """Open a CSV (packed with gzip or not) or XLSX file and give its rows one by one.

    Raises:
        FileRefused: no such file, empty, wrong encoding (with the byte), too large a workbook, ...
    """
    kind = _kind(path)
    if kind == "xlsx":
        yield _open_workbook(path)
        return
    packed = kind == "gzip"
    used = _encoding(path, packed=packed, declared=encoding)
    with (
        _bytes_of(path, packed=packed) as (unpacked, told),
        io.TextIOWrapper(unpacked, encoding=used, newline="") as text,
    ):
        rows = _csv_rows(text, delimiter)
        header = _header(rows)
        yield OpenFile(header, rows, path.stat().st_size, told, used)


def read_lookup(
    path: Path, *, key: str, columns: Sequence[str], encoding: str = "auto"
) -> dict[str, Mapping[str, str]]:
    """Return `columns` of a small CSV file by the value of its column `key`.

    Raises:
        FileRefused: as `open_table`; also for a missing column or too many rows.
    """
    found: dict[str, Mapping[str, str]] = {}
    with open_table(path, encoding=encoding) as table:
        header = [clean_code(str(cell)) for cell in table.header]
        missing = [name for name in (key, *columns) if name not in header]
        if missing:
            raise FileRefused("missing-column", f"{path.name} lacks {', '.join(missing)}")
        places = [(name, header.index(name)) for name in columns]
        for row in table.rows:
            if isinstance(row, Refusal) or len(row[1]) != len(header):
                line = row.line if isinstance(row, Refusal) else row[0]
                raise FileRefused("broken-lookup", f"{path.name} is broken at line {line}")
            if len(found) == MAX_LOOKUP_ROWS:
                raise FileRefused(
                    "too-large", f"{path.name} has more than {MAX_LOOKUP_ROWS:,} rows"
                )
            cells = row[1]
            name = clean_code(str(cells[header.index(key)]))
            found[name] = {column: str(cells[place]) for column, place in places}
    return found


# -- what kind of file ---------------------------------------------------------------------------


def _kind(path: Path) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except FileNotFoundError as absent:
        raise FileRefused("no-such-file", f"{path} does not exist") from absent
    except OSError as unreadable:
        raise FileRefused("unreadable", f"{path}: {unreadable.strerror}") from unreadable
    if not start:
        raise FileRefused("empty-file", "the file is empty")
    if start.startswith(b"PK\x03\x04"):
        return "xlsx"
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused(
            "old-workbook", "an .xls or a protected workbook; save it as .xlsx without a password"
        )
    return "csv"


@contextmanager
def _bytes_of(path: Path, *, packed: bool) -> Iterator[tuple[BinaryIO, Callable[[], int]]]:
    """Open the file, unpacked, and tell how far the file itself has been read."""
    with path.open("rb") as raw:
        if packed:
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield cast("BinaryIO", unpacked), raw.tell
        else:
            yield raw, raw.tell


# -- encodings -----------------------------------------------------------------------------------


def _encoding(path: Path, *, packed: bool, declared: str) -> str:
    """Return the encoding that reads every byte of the file."""
    with _bytes_of(path, packed=packed) as (unpacked, _):
        start = unpacked.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileRefused(
            "wrong-encoding", "the file is UTF-16 (wrong at byte 0); save it as UTF-8"
        )
    if not start:
        raise FileRefused("empty-file", "the file is empty")
    if declared == "gb18030":
        _require(path, "gb18030", packed=packed)
        return "gb18030"
    wrong_at, characters = _first_wrong_byte(path, "utf-8", packed=packed)
    if wrong_at is None:
        return "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"
    if declared == "utf-8" or characters >= _SURELY_UTF8:
        raise FileRefused("wrong-encoding", f"the file is not UTF-8: wrong at byte {wrong_at:,}")
    wrong_too_at, _ = _first_wrong_byte(path, "gb18030", packed=packed)
    if wrong_too_at is not None:
        raise FileRefused(
            "wrong-encoding",
            f"the file is neither UTF-8 (wrong at byte {wrong_at:,}) "
            f"nor GB18030 (wrong at byte {wrong_too_at:,})",
        )
    return "gb18030"


def _require(path: Path, encoding: str, *, packed: bool) -> None:
    wrong_at, _ = _first_wrong_byte(path, encoding, packed=packed)
    if wrong_at is not None:
        raise FileRefused(
            "wrong-encoding", f"the file is not {encoding.upper()}: wrong at byte {wrong_at:,}"
        )


def _first_wrong_byte(path: Path, encoding: str, *, packed: bool) -> tuple[int | None, int]:
    """Return where decoding fails, and how many characters of three bytes or more came before."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done, wide = 0, 0
    with _bytes_of(path, packed=packed) as (source, _):
        try:
            while chunk := source.read(_CHUNK):
                waiting = len(decoder.getstate()[0])
                try:
                    text = decoder.decode(chunk)
                except UnicodeDecodeError as wrong:
                    before = wrong.object[: wrong.start].decode(encoding)
                    return done - waiting + wrong.start, wide + _wide(before)
                done += len(chunk)
                wide = min(wide + _wide(text), _SURELY_UTF8)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as cut:
            return done - len(cut.object) + cut.start, wide
        except (EOFError, gzip.BadGzipFile, OSError) as broken:
            raise FileRefused("broken-archive", f"the packed file is broken: {broken}") from broken
    return None, wide


def _wide(text: str) -> int:
    return sum(1 for character in text[:4096] if character >= "\u0800")


# -- CSV -----------------------------------------------------------------------------------------


def _csv_rows(text: io.TextIOWrapper, delimiter: str) -> Iterator[Row | Refusal]:
    csv.field_size_limit(MAX_FIELD)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            if "field larger" in str(broken):
                raise FileRefused(
                    "unclosed-quote",
                    f"the field that begins at line {line:,} is longer than {MAX_FIELD:,} "
                    "characters; a closing quotation mark is missing",
                ) from broken
            yield Refusal(line, RefusalCode.BROKEN_QUOTES, str(broken))
            continue
        if cells and any(cell and not cell.isspace() for cell in cells):
            yield line, cells


def _header(rows: Iterator[Row | Refusal]) -> Sequence[Cell]:
    first = next(rows, None)
    if first is None:
        raise FileRefused("empty-file", "the file has no rows")
    if isinstance(first, Refusal):
        raise FileRefused("header-missing", f"the header row is broken: {first.detail}")
    return first[1]


# -- XLSX ----------------------------------------------------------------------------------------


def _open_workbook(path: Path) -> OpenFile:
    _look_through_workbook(path)
    try:
        with python_calamine.CalamineWorkbook.from_path(path) as workbook:
            sheet = workbook.get_sheet_by_index(0)
    except (
        python_calamine.CalamineError,
        python_calamine.PasswordError,
        python_calamine.WorksheetNotFound,
        python_calamine.XmlError,
        python_calamine.ZipError,
    ) as broken:
        raise FileRefused("broken-workbook", f"the workbook cannot be read: {broken}") from broken
    read = [0]
    rows = _sheet_rows(sheet, read)
    return OpenFile(_header(rows), rows, sheet.total_height, lambda: read[0], "")


def _sheet_rows(sheet: python_calamine.CalamineSheet, read: list[int]) -> Iterator[Row | Refusal]:
    first = (sheet.start or (0, 0))[0] + 1
    for line, cells in enumerate(sheet.iter_rows(), start=first):
        read[0] = line
        row = [_cell(cell) for cell in cells]
        if any(not isinstance(cell, str) or (not cell.isspace() and cell) for cell in row):
            yield line, row


def _cell(value: object) -> Cell:
    """Return a cell as one of our few kinds. A formula arrives as the value last computed for it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str | datetime | date):
        return value
    return str(value)


def _look_through_workbook(path: Path) -> None:
    """Refuse a workbook that would not fit into memory, by its true size, not by what it declares."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > MAX_WORKBOOK:
                raise _too_large(sum(entry.file_size for entry in entries))
            sheets = [e for e in entries if e.filename.startswith("xl/worksheets/")]
            if not sheets:
                raise FileRefused("broken-workbook", "a ZIP file, but no workbook")
            for entry in sheets:
                _look_through_sheet(archive, entry)
            for entry in entries:
                if entry not in sheets:
                    with archive.open(entry) as part:
                        while part.read(_CHUNK):
                            pass
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as broken:
        raise FileRefused("broken-workbook", f"the workbook is broken: {broken}") from broken


def _look_through_sheet(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Refuse a sheet with few cells far apart: every one between them would take memory."""
    last_row, last_column, rest = 0, 0, b""
    with archive.open(entry) as part:
        while chunk := part.read(_CHUNK):
            block = rest + chunk
            places = _CELL_PLACE.findall(block)
            if places:
                columns, rows = zip(*places, strict=True)
                last_row = max(last_row, *map(int, set(rows)))
                last_column = max(last_column, *map(_column_number, set(columns)))
            if last_row * last_column > MAX_SHEET_CELLS:
                raise FileRefused(
                    "too-large",
                    f"{entry.filename} spans {last_row:,} rows and {last_column:,} columns, more "
                    f"than {MAX_SHEET_CELLS:,} cells; save the sheet as CSV (UTF-8), which is "
                    "read row by row",
                )
            rest = block[-_PLACE_BYTES:]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _too_large(size: int) -> FileRefused:
    return FileRefused(
        "too-large",
        f"the workbook unpacks to {size / 2**20:,.0f} MB, at most {MAX_WORKBOOK / 2**20:,.0f} MB "
        "are read; save the sheet as CSV (UTF-8), which is read row by row, or split it",
    )
