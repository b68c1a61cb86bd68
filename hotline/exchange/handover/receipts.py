"""The answer of the other side as a file: CSV, a workbook or JSON, read line by line."""

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from hotline.exchange.handover.errors import ReceiptRefused
from hotline.exchange.handover.packing import RECEIPT_FIELDS
from hotline.exchange.handover.rules import REMARK_MAX, THEIR_NUMBER_MAX
from hotline.kernel.errors import N_
from hotline.kernel.lines import LineFault
from hotline.kernel.masking import mask_text
from hotline.tickets.actions.intake import clean_text
from hotline.tickets.numbering import is_ticket_number

MOST_BYTES = 5 * 2**20
MOST_UNPACKED = 50 * 2**20
MOST_LINES = 2_000
_ZIP = b"PK\x03\x04"
_CODES = tuple(code for code, _, _ in RECEIPT_FIELDS)
_NEEDED = frozenset({"number", "accepted"})


@dataclass(frozen=True, slots=True)
class ReceiptWords:
    """What headings and answers are called beside their English names.

    Attributes:
        heads: the field that each heading names.
        answers: what each word says.
    """

    heads: Mapping[str, str]
    answers: Mapping[str, bool]


_ENGLISH: Mapping[str, bool] = {
    **dict.fromkeys(("yes", "y", "true", "1", "accepted"), True),
    **dict.fromkeys(("no", "n", "false", "0", "refused"), False),
}


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """What the other side says of one ticket."""

    line: int
    number: str
    is_accepted: bool
    their_number: str | None
    remark: str | None
    day: date | None


@dataclass(frozen=True, slots=True)
class ReadReceipt:
    """What a receipt says, and what could not be read.

    Attributes:
        blank: how many lines say nothing yet.
    """

    lines: Sequence[ReceiptLine]
    faults: Sequence[LineFault]
    blank: int = 0


def read_receipt(content: bytes, words: ReceiptWords, today: date) -> ReadReceipt:
    """Return what a receipt says.

    Args:
        content: of the file.
        words: how headings and answers may be called.
        today: no answer is later.

    Raises:
        ReceiptRefused: it is no such file, too large, or lacks a heading.
    """
    if len(content) > MOST_BYTES:
        raise ReceiptRefused(why=N_("it is too large"))
    rows = _rows(content, words)
    if len(rows) > MOST_LINES:
        raise ReceiptRefused(why=N_("it is too large"))
    return read_rows(rows, words, today)


Rows = Sequence[tuple[int, Mapping[str, Any]]]


def read_rows(rows: Rows, words: ReceiptWords, today: date) -> ReadReceipt:
    """Return what the rows of a receipt say; the first line of a ticket counts, a second is a fault."""
    lines: list[ReceiptLine] = []
    faults: list[LineFault] = []
    seen: set[str] = set()
    blank = 0
    for at, cells in rows:
        if not any(_text(cells.get(code)) for code in _CODES if code != "number"):
            blank += 1
            continue
        try:
            one = _line(at, cells, words, today)
            _require_first(one, seen)
            lines.append(one)
        except _Wrong as wrong:
            faults.append(LineFault(at, wrong.text, wrong.params))
    return ReadReceipt(lines, faults, blank)


def _rows(content: bytes, words: ReceiptWords) -> Rows:
    if content.startswith(_ZIP):
        return _under_heads(_workbook(content), words)
    text = _decoded(content)
    if text.lstrip().startswith(("[", "{")):
        return _json_rows(text)
    return _under_heads(_csv(text), words)


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ReceiptRefused(why=N_("it is neither CSV, JSON nor a workbook"))


def _json_rows(text: str) -> Rows:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReceiptRefused(why=N_("it is neither CSV, JSON nor a workbook")) from error
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ReceiptRefused(why=N_("it is no list of answers"))
    return list(enumerate(found, start=1))


def _csv(text: str) -> Sequence[Sequence[Any]]:
    try:
        return list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise ReceiptRefused(why=N_("it is neither CSV, JSON nor a workbook")) from error


def _workbook(content: bytes) -> Sequence[Sequence[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
                raise ReceiptRefused(why=N_("it is too large"))
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            sheet = book.get_sheet_by_index(0)
            if sheet.total_height > MOST_LINES + 1:
                raise ReceiptRefused(why=N_("it is too large"))
            return [list(row) for row in sheet.to_python(skip_empty_area=False)]
    except (CalamineError, zipfile.BadZipFile, IndexError) as error:
        raise ReceiptRefused(why=N_("the workbook is broken")) from error


def _under_heads(table: Sequence[Sequence[Any]], words: ReceiptWords) -> Rows:
    given = [_text(cell) for cell in table[0]] if table else []
    heads = [words.heads.get(head, head.lower()) for head in given]
    if missing := sorted(_NEEDED.difference(heads)):
        raise ReceiptRefused(why=f"{', '.join(missing)} ?")
    return [
        (line, dict(zip(heads, row, strict=False))) for line, row in enumerate(table[1:], start=2)
    ]


class _Wrong(Exception):
    """What is wrong with a line."""

    def __init__(self, text: str, **params: object) -> None:
        super().__init__(text)
        self.text, self.params = text, params


def _require_first(one: ReceiptLine, seen: set[str]) -> None:
    if one.number in seen:
        raise _Wrong(N_("{number} stands in the file twice"), number=one.number)
    seen.add(one.number)


def _line(at: int, cells: Mapping[str, Any], words: ReceiptWords, today: date) -> ReceiptLine:
    number = _text(cells.get("number"))
    if not is_ticket_number(number):
        raise _Wrong(N_("{value} is no ticket number"), value=mask_text(number[:40]))
    return ReceiptLine(
        at,
        number,
        _answer(cells.get("accepted"), words),
        _words(cells, "their_number", THEIR_NUMBER_MAX),
        _words(cells, "remark", REMARK_MAX),
        _day(cells.get("date"), today),
    )


def _answer(cell: object, words: ReceiptWords) -> bool:
    text = _text(cell)
    said = words.answers.get(text, _ENGLISH.get(text.lower()))
    if said is None:
        raise _Wrong(N_("{value} is neither yes nor no"), value=mask_text(text[:40]) or "–")
    return said


def _words(cells: Mapping[str, Any], name: str, most: int) -> str | None:
    """Return what was written, masked: what the other side says of a person stays with it."""
    text = mask_text(_text(cells.get(name)))
    if len(text) > most:
        raise _Wrong(N_("{field} is longer than {most} characters"), field=name, most=most)
    return text or None


def _day(cell: object, today: date) -> date | None:
    text = _text(cell.date() if isinstance(cell, datetime) else cell)
    if not text:
        return None
    try:
        found = date.fromisoformat(text[:10].replace("/", "-"))
    except ValueError as error:
        raise _Wrong(N_("{value} is no day, such as 2026-11-21"), value=text[:40]) from error
    if found > today:
        raise _Wrong(N_("{value} is a day to come"), value=found.isoformat())
    return found


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell).encode(errors="replace").decode()
    return clean_text(text).removeprefix("'")
