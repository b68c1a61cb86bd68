"""Knowledge as a file: JSON or XLSX, out of the program and in again."""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook
from python_calamine import CalamineError, CalamineWorkbook

from hotline.kernel.errors import N_, DomainError
from hotline.kernel.lines import LineFault
from hotline.knowledge.errors import KnowledgeFileRefused
from hotline.knowledge.rules import (
    ANSWER_MAX,
    LINE_MAX,
    SHORT_MAX,
    TEXT_FIELDS,
    TITLE_MAX,
    ArticleAudience,
    ArticleText,
    nth_of,
)
from hotline.tickets.actions.intake import clean_text

COLUMNS = ("number", "department", *TEXT_FIELDS)
"""The headings, in the order in which they are written; read, they may stand in any."""

_NEEDED = ("department", "title", "answer")
_LISTS = frozenset({"tags", "categories", "areas"})
_LONGEST: Mapping[str, int] = {
    "title": TITLE_MAX,
    "short": SHORT_MAX,
    "answer": ANSWER_MAX,
    "steps": ANSWER_MAX,
    "materials": ANSWER_MAX,
    "place": LINE_MAX,
    "phone": 40,
    "source": LINE_MAX,
    "source_number": 80,
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ZIP = b"PK\x03\x04"
MOST_BYTES = 20 * 2**20
MOST_UNPACKED = 100 * 2**20
MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class FileRow:
    """One article of a file.

    Attributes:
        line: where it stands, from 1.
        nth: which article it is; None for a new one.
        department: code of its owner.
    """

    line: int
    nth: int | None
    department: str
    text: ArticleText


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a file holds: the articles that could be read, and what could not."""

    rows: Sequence[FileRow]
    faults: Sequence[LineFault]


def fault_of(line: int, error: DomainError) -> LineFault:
    """Return a refusal as a fault of a line."""
    return LineFault(line, error.title, error.params)


# -- out -------------------------------------------------------------------------------------------

Written = tuple[str, str, ArticleText]
"""Number, code of the owner, what it says."""


def as_json(articles: Iterable[Written]) -> bytes:
    """Return articles as JSON: a list of objects, readable by people."""
    return json.dumps(
        [_values(one, " ") | _listed(one[2]) for one in articles], ensure_ascii=False, indent=1
    ).encode()


def _listed(text: ArticleText) -> dict[str, list[str]]:
    return {name: list(getattr(text, name)) for name in _LISTS}


def as_xlsx(articles: Iterable[Written]) -> bytes:
    """Return articles as a workbook of one sheet, every cell a text and none a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("knowledge")
    sheet.append(list(COLUMNS))
    for one in articles:
        values = _values(one, "; ")
        sheet.append([_harmless(str(values[name])) for name in COLUMNS])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _values(one: Written, joint: str) -> dict[str, Any]:
    number, department, text = one
    values: dict[str, Any] = {"number": number, "department": department}
    for name in TEXT_FIELDS:
        value = getattr(text, name)
        if name in _LISTS:
            values[name] = joint.join(value)
        elif isinstance(value, date):
            values[name] = value.isoformat()
        elif isinstance(value, int):
            values[name] = value
        else:
            values[name] = "" if value is None else str(value)
    return values


def _harmless(cell: str) -> str:
    """Return a cell that no office program takes for a formula."""
    return f"'{cell}" if cell.startswith((*_FORMULA, "'")) else cell


# -- in --------------------------------------------------------------------------------------------


def read_file(content: bytes, today: date) -> ReadFile:
    """Return what a JSON file or a workbook holds.

    Args:
        content: of the file.
        today: from when an article holds that does not say so.

    Raises:
        KnowledgeFileRefused: it is neither, too large, or lacks a heading.
    """
    if len(content) > MOST_BYTES:
        raise KnowledgeFileRefused(why=N_("it is too large"))
    found = _workbook_rows(content) if content.startswith(_ZIP) else _json_rows(content)
    if len(found) > MOST_ROWS:
        raise KnowledgeFileRefused(why=N_("it is too large"))
    rows, faults = [], []
    for line, cells in found:
        try:
            rows.append(_row(line, cells, today))
        except _Wrong as wrong:
            faults.append(LineFault(line, wrong.text, wrong.params))
    return ReadFile(rows, faults)


def _json_rows(content: bytes) -> list[tuple[int, dict[str, Any]]]:
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise KnowledgeFileRefused(why=N_("it is neither JSON nor a workbook")) from error
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise KnowledgeFileRefused(why=N_("it is no list of articles"))
    return [(line, dict(one)) for line, one in enumerate(found, start=1)]


def _workbook_rows(content: bytes) -> list[tuple[int, dict[str, Any]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
                raise KnowledgeFileRefused(why=N_("it is too large"))
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            sheet = book.get_sheet_by_index(0)
            if sheet.total_height > MOST_ROWS + 1:
                raise KnowledgeFileRefused(why=N_("it is too large"))
            cells = [list(row) for row in sheet.to_python(skip_empty_area=False)]
    except (CalamineError, zipfile.BadZipFile) as broken:
        raise KnowledgeFileRefused(why=N_("the workbook is broken")) from broken
    heads = [str(cell).strip().lower() for cell in cells[0]] if cells else []
    missing = [name for name in _NEEDED if name not in heads]
    if missing:
        raise KnowledgeFileRefused(why=f"{', '.join(missing)} ?")
    return [
        (line, dict(zip(heads, row, strict=False)))
        for line, row in enumerate(cells[1:], start=2)
        if any(str(cell).strip() for cell in row)
    ]


class _Wrong(Exception):
    """What is wrong with a line."""

    def __init__(self, text: str, **params: object) -> None:
        super().__init__(text)
        self.text, self.params = text, params


def _row(line: int, cells: Mapping[str, Any], today: date) -> FileRow:
    for name in _NEEDED:
        if not _text(cells.get(name)):
            raise _Wrong(N_("{field} must be filled"), field=name)
    number = _text(cells.get("number"))
    nth = nth_of(number) if number else None
    if number and not nth:
        raise _Wrong(N_("{value} is no number of an article"), value=number[:40])
    answer = _words(cells, "answer") or ""
    return FileRow(
        line,
        nth,
        _text(cells["department"]),
        ArticleText(
            title=_words(cells, "title") or "",
            short=_words(cells, "short") or answer[:SHORT_MAX],
            answer=answer,
            steps=_words(cells, "steps"),
            materials=_words(cells, "materials"),
            place=_words(cells, "place"),
            phone=_words(cells, "phone"),
            source=_words(cells, "source"),
            source_number=_words(cells, "source_number"),
            tags=_several(cells.get("tags")),
            categories=_several(cells.get("categories")),
            areas=_several(cells.get("areas")),
            audience=_audience(cells.get("audience")),
            valid_from=_day(cells, "valid_from") or today,
            valid_until=_day(cells, "valid_until"),
            review_days=_days(cells.get("review_days")),
        ),
    )


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return clean_text(str(cell)).removeprefix("'")


def _words(cells: Mapping[str, Any], name: str) -> str | None:
    text = _text(cells.get(name))
    if len(text) > _LONGEST[name]:
        raise _Wrong(
            N_("{field} is longer than {most} characters"), field=name, most=_LONGEST[name]
        )
    return text or None


def _several(cell: object) -> tuple[str, ...]:
    if isinstance(cell, list):
        return tuple(text for one in cell if (text := _text(one)))
    return tuple(text for one in _text(cell).replace("；", ";").split(";") if (text := one.strip()))


def _audience(cell: object) -> ArticleAudience:
    text = _text(cell) or ArticleAudience.HOTLINE.value
    try:
        return ArticleAudience(text)
    except ValueError as error:
        known = ", ".join(one.value for one in ArticleAudience)
        raise _Wrong(N_("{value} is none of {known}"), value=text[:40], known=known) from error


def _day(cells: Mapping[str, Any], name: str) -> date | None:
    cell = cells.get(name)
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _text(cell)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _Wrong(N_("{value} is no day, such as 2026-11-21"), value=text[:40]) from error


def _days(cell: object) -> int:
    text = _text(cell) or "180"
    if not (text.isascii() and text.isdecimal()):
        raise _Wrong(N_("{value} is no number of days"), value=text[:40])
    return int(text[:6])
