"""Templates to fill in, what the house has in the same form, and the lines that were wrong."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from hotline.exchange.cells import cleaned, looks_like_formula
from hotline.founding.columns import NO, YES, Column, Sheet, Value
from hotline.founding.planning import PlannedRow, Values
from hotline.kernel.errors import N_
from web.founding.words import SUBJECT_ABOUT, both, shown_value
from web.i18n import translate
from web.labels import label

_TEXT = "@"
_HEAD = PatternFill("solid", fgColor="00E8EEF7")
_NEEDED = PatternFill("solid", fgColor="00FFF3CD")
_WRAP = Alignment(wrap_text=True, vertical="top")
_BOLD = Font(bold=True)
_LINES = 5_000
_WIDTHS = {Value.FLAG: 10, Value.DAY: 13, Value.NUMBER: 9, Value.PARTS: 40, Value.LIMIT: 14}
_HEADS = (
    N_("Column"),
    N_("What to write"),
    N_("Needed"),
    N_("What may be chosen"),
    N_("Example"),
)
_RULES = (
    N_("Fill in the first sheet, a line each, below its headings. Their order is free."),
    N_(
        "An empty cell leaves what is there as it is. A single - empties it. Nothing "
        "is ever deleted."
    ),
    N_("Upload it: first it is only tried, and every line says what would become of it."),
    N_("The same file may be uploaded again at any time: what is there already stays unchanged."),
    N_("No passwords in here: first passwords are made by the house and shown once."),
)


def template(
    sheet: Sheet, names: Mapping[str, Sequence[str]], lines: Iterable[Values] = ()
) -> bytes:
    """Return a workbook to fill in, with an explanation, lists to choose from and an example.

    Args:
        sheet: which.
        names: what the columns that refer to other sheets may name, by column.
        lines: what the house has; none for an empty template.
    """
    book = Workbook()
    page = book.active
    if not isinstance(page, Worksheet):
        raise TypeError("a new workbook has no sheet")
    page.title = sheet.subject.value
    _write_heads(page, sheet)
    for values in lines:
        page.append([_harmless(shown_value(values[one.name])) for one in sheet.columns])
    _write_lists(book, page, sheet, names)
    _explain(book, sheet)
    return _saved(book)


def _write_heads(page: Worksheet, sheet: Sheet) -> None:
    page.append([both(column.text) for column in sheet.columns])
    page.row_dimensions[1].height = 34
    page.freeze_panes = "A2"
    for place, column in enumerate(sheet.columns, 1):
        letter = get_column_letter(place)
        head = page.cell(1, place)
        head.font, head.alignment = _BOLD, _WRAP
        head.fill = _NEEDED if column.required else _HEAD
        page.column_dimensions[letter].width = _WIDTHS.get(column.kind, 22)
        # The whole column is text: zeros in front stay, and no day becomes a number.
        page.column_dimensions[letter].number_format = _TEXT
        for line in range(2, 202):
            page.cell(line, place).number_format = _TEXT


def _write_lists(
    book: Workbook, page: Worksheet, sheet: Sheet, names: Mapping[str, Sequence[str]]
) -> None:
    lists = book.create_sheet("lists")
    lists.sheet_state = "hidden"
    for place, column in enumerate(sheet.columns, 1):
        offered = _offered(column, names)
        if not offered:
            continue
        at = get_column_letter(place)
        for line, word in enumerate(offered, 1):
            lists.cell(line, place).value = _harmless(word)
        rule = DataValidation(
            type="list",
            formula1=f"lists!${at}$1:${at}${len(offered)}",
            allow_blank=True,
            # Several words may stand in one cell, and names that only come with this very file.
            showErrorMessage=column.kind in {Value.CHOICE, Value.FLAG},
        )
        page.add_data_validation(rule)
        rule.add(f"{at}2:{at}{_LINES + 1}")


def _offered(column: Column, names: Mapping[str, Sequence[str]]) -> Sequence[str]:
    if column.kind is Value.FLAG:
        return (YES, NO)
    return [member.value for member in column.members()] or names.get(column.name, ())


def _explain(book: Workbook, sheet: Sheet) -> None:
    page = book.create_sheet("explanation")
    page.append([both(SUBJECT_ABOUT[sheet.subject])])
    page.cell(1, 1).font = _BOLD
    for rule in _RULES:
        page.append([both(rule)])
    page.append([])
    page.append([both(text) for text in _HEADS])
    for cell in page[page.max_row]:
        cell.font, cell.fill = _BOLD, _HEAD
    for column in sheet.columns:
        members = [
            f"{member.value} = {translate('zh_CN', label(member))} / {label(member)}"
            for member in column.members()
        ]
        page.append(
            [
                both(column.text),
                both(column.help),
                both(N_("Needed")) if column.required else "",
                "\n".join(members),
                _harmless(column.example),
            ]
        )
    for line in page.iter_rows():
        for cell in line:
            cell.alignment = _WRAP
    for letter, width in zip("ABCDE", (24, 60, 12, 44, 30), strict=True):
        page.column_dimensions[letter].width = width
    for line in range(1, len(_RULES) + 2):
        page.merge_cells(start_row=line, start_column=1, end_row=line, end_column=5)
        page.row_dimensions[line].height = 32


def wrong_lines(sheet: Sheet, rows: Iterable[tuple[PlannedRow, str]]) -> bytes:
    """Return the lines that were not done, as a sheet to mend and upload again.

    Args:
        sheet: which.
        rows: each with what is wrong in words.
    """
    book = Workbook()
    page = book.active
    if not isinstance(page, Worksheet):
        raise TypeError("a new workbook has no sheet")
    page.title = sheet.subject.value
    page.append(
        [*(both(one.text) for one in sheet.columns), both(N_("Line")), both(N_("What is wrong"))]
    )
    for cell in page[1]:
        cell.font, cell.alignment, cell.fill = _BOLD, _WRAP, _HEAD
    for row, said in rows:
        page.append(
            [
                *(_as_it_stood(row.cells.get(one.name)) for one in sheet.columns),
                row.line,
                _harmless(said),
            ]
        )
    return _saved(book)


def _as_it_stood(cell: Any) -> Any:  # noqa: ANN401  # whatever an office program has saved
    return _harmless(cell) if isinstance(cell, str) else cell


def _harmless(words: str) -> str:
    """Return words that no office program takes for a formula."""
    kept = cleaned(words)
    return f"'{kept}" if looks_like_formula(kept) and kept != "-" else kept


def _saved(book: Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
