"""A report as a workbook: numbers as numbers, and on every heading what it counts."""

import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from hotline.kernel.errors import N_
from hotline.papers.packing import packed
from web.i18n import Translator
from web.reports.paper import Printed
from web.reports.summary import advice_of, sections_of
from web.reports.tables import Cell, Column, Row, TableOf, Value, tables_of
from web.reports.word import basis_words, day_words, printable
from web.reports.words import name_of, title_of

_FORMATS = {
    Cell.COUNT: "#,##0",
    Cell.SHARE: "0.0%",
    Cell.SCORE: "0.00",
    Cell.PART: "#,##0.##",
    Cell.HOURS: "0.0",
    Cell.DAY: "yyyy-mm-dd",
}
_HEAD = PatternFill("solid", fgColor="DDE6EF")
_LINE = Side(style="thin", color="9AA5B1")
_BORDER = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_FACE = "Microsoft YaHei"
_WIDE, _NARROW, _WORDS = 26, 9, 78
_NAMES = frozenset({"department", "group", "item", "event", "cause", "remark", "indicator", "rate"})
_FORBIDDEN = str.maketrans("", "", "[]:*?/\\'")
_LONGEST_NAME = 31
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def excel_of(printed: Printed, t: Translator) -> bytes:
    """Return a report as an Excel workbook; the same report gives the same bytes."""
    book = Workbook()
    cover = book.worksheets[0]
    tables = tables_of(printed.content, t)
    rankings = [one for one in tables if one.code.startswith("ranking-")]
    others = [one for one in tables if one not in rankings]
    meanings = t.text(N_("Definitions"))
    _cover(cover, printed, t)
    places = _placed(tables)
    _tables(_sheet(book, t.text(N_("Ranking"))), rankings, meanings, places)
    for group in _grouped(others):
        sheet = _sheet(book, t.text(_SHEETS[group[0].code]))
        _tables(sheet, group, meanings, places)
    _definitions(_sheet(book, meanings), places, t)
    properties = book.properties
    properties.creator = properties.lastModifiedBy = printable(name_of(printed.content.issuer, t))
    properties.title = title_of(printed.content.period, t)
    written = io.BytesIO()
    book.save(written)
    return packed(written.getvalue(), printed.made_at)


_SHEETS = {
    "rates": N_("Figures"),
    "process": N_("Handling by department"),
    "indicators": N_("Indicators"),
    "entries": N_("Events shown publicly"),
}


def _grouped(tables: Sequence[TableOf]) -> list[list[TableOf]]:
    """Return the tables by sheet: small ones one under the other, long ones by themselves."""
    figures = [one for one in tables if one.code not in _SHEETS or one.code == "rates"]
    alone = [one for one in tables if one.code in _SHEETS and one.code != "rates"]
    return [figures, *([one] for one in alone)]


def _sheet(book: Workbook, name: str) -> Worksheet:
    sheet: Worksheet = book.create_sheet(name.translate(_FORBIDDEN)[:_LONGEST_NAME])
    return sheet


def _put(sheet: Worksheet, row: int, column: int, value: Value) -> SheetCell:
    """Write a value as what it is; words that look like a formula stay words."""
    cell: Any = sheet.cell(row, column)
    if isinstance(value, str):
        words = printable(value)
        cell.value = words
        cell.data_type = "s"
        cell.quotePrefix = words.startswith(_FORMULA)
    else:
        cell.value = float(value) if isinstance(value, Decimal) else value
    cell.font = Font(name=_FACE, size=10)
    return cell  # type: ignore[no-any-return]  # the library calls merged cells by the same method


def _cover(sheet: Worksheet, printed: Printed, t: Translator) -> None:
    sheet.title = t.text(N_("Overview")).translate(_FORBIDDEN)[:_LONGEST_NAME]
    sheet.column_dimensions["A"].width = _WORDS
    lines = [
        (title_of(printed.content.period, t), 16, True),
        (name_of(printed.content.issuer, t), 11, False),
        (_number_words(printed, t), 11, False),
        (day_words(printed.made_at, t), 11, False),
    ]
    for section in sections_of(printed.content, t):
        lines.append((section.heading, 12, True))
        said = advice_of(printed.content, t) if section.code == "advice" else section.paragraphs
        lines += [(words, 10, False) for words in said]
    lines.append((basis_words(printed.content, t), 9, False))
    for row, (text, size, bold) in enumerate(lines, start=1):
        cell = _put(sheet, row, 1, text)
        cell.font = Font(name=_FACE, size=size, bold=bold)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        # No program fits the height of wrapped lines by itself before it is opened by a person.
        rows = 1 + _length(text) * size // (10 * _WORDS)
        sheet.row_dimensions[row].height = rows * size * 1.6
    _print(sheet, landscape=False)


def _number_words(printed: Printed, t: Translator) -> str:
    if printed.number is None:
        return t.text(N_("Draft, not signed: for use inside the hotline only"))
    return t.text(N_("No. {number}"), number=printed.number)


def _length(words: str) -> int:
    """Return how wide words are, in letters: a Chinese sign is as wide as two."""
    return sum(1 if sign.isascii() else 2 for sign in words)


def _placed(tables: Sequence[TableOf]) -> dict[str, tuple[int, Column]]:
    """Return every figure with its line on the sheet of definitions."""
    found: dict[str, tuple[int, Column]] = {}
    for table in tables:
        for column in table.columns:
            if column.figure not in found:
                found[column.figure] = (len(found) + 2, column)
    return found


def _tables(
    sheet: Worksheet,
    tables: Sequence[TableOf],
    meanings: str,
    places: dict[str, tuple[int, Column]],
) -> None:
    """Write tables one under the other; the heading of a single one stays in sight."""
    row = 1
    for table in tables:
        title = _put(sheet, row, 1, table.title)
        title.font = Font(name=_FACE, size=12, bold=True)
        _headings(sheet, row + 1, table.columns, meanings, places)
        for place, line in enumerate(table.rows, start=row + 2):
            _line(sheet, place, table.columns, line)
        row += len(table.rows) + 4
    widest = max((one.columns for one in tables), key=len, default=())
    for place, column in enumerate(widest, start=1):
        names = any(
            len(one.columns) >= place and one.columns[place - 1].figure in _NAMES for one in tables
        )
        width = _WIDE if names else max(_NARROW, _length(column.text) // 2 + 4)
        sheet.column_dimensions[get_column_letter(place)].width = width
    if len(tables) == 1:
        sheet.row_dimensions[2].height = 30
        sheet.freeze_panes = f"{get_column_letter(_first_number(tables[0]))}3"
        last = get_column_letter(len(tables[0].columns))
        sheet.auto_filter.ref = f"A2:{last}{len(tables[0].rows) + 2}"
        sheet.print_title_rows = "1:2"
    else:
        sheet.freeze_panes = "B1"
    _print(sheet, landscape=True)


def _first_number(table: TableOf) -> int:
    return next(
        (place for place, one in enumerate(table.columns, start=1) if one.cell is not Cell.TEXT), 1
    )


def _headings(
    sheet: Worksheet,
    row: int,
    columns: Sequence[Column],
    meanings: str,
    places: dict[str, tuple[int, Column]],
) -> None:
    for place, column in enumerate(columns, start=1):
        cell = _put(sheet, row, place, column.text)
        cell.font = Font(name=_FACE, size=10, bold=True, underline="single")
        cell.fill, cell.border = _HEAD, _BORDER
        cell.alignment = Alignment(wrap_text=True, horizontal="center", vertical="center")
        cell.comment = Comment(column.definition, "12345", height=90, width=260)
        place_of = f"'{meanings}'!A{places[column.figure][0]}"
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=place_of)


def _line(sheet: Worksheet, row: int, columns: Sequence[Column], line: Row) -> None:
    for place, (column, value) in enumerate(zip(columns, line.values, strict=True), start=1):
        cell = _put(sheet, row, place, value)
        cell.border = _BORDER
        if isinstance(value, int | Decimal | date):
            cell.number_format = _FORMATS.get(column.cell, "General")


def _definitions(sheet: Worksheet, places: dict[str, tuple[int, Column]], t: Translator) -> None:
    for place, words in enumerate((N_("Figure"), N_("What it counts")), start=1):
        cell = _put(sheet, 1, place, t.text(words))
        cell.font = Font(name=_FACE, size=10, bold=True)
        cell.fill, cell.border = _HEAD, _BORDER
    for row, column in places.values():
        for place, words in enumerate((column.text, column.definition), start=1):
            cell = _put(sheet, row, place, words)
            cell.border = _BORDER
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.column_dimensions["A"].width = _WIDE
    sheet.column_dimensions["B"].width = _WORDS
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    _print(sheet, landscape=False)


def _print(sheet: Worksheet, *, landscape: bool) -> None:
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_options.horizontalCentered = True
    footer: Any = sheet.oddFooter
    footer.center.text = "&P / &N"
