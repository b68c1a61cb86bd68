"""The Word documents that come with the program, laid out as offices lay out theirs.

Page, type area and page number follow GB/T 9704; the typefaces are those that offices have, and Word
and WPS replace what is missing by their own. All sizes are in points or millimetres.
"""

import functools
import io
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

from hotline.papers.kinds import PaperKind

_RED = RGBColor(0xD0, 0x00, 0x00)
_BODY, _HEAD, _STRONG = "body", "head", "strong"
_WIDTH = 156
_LABEL = 30
_LEFT = WD_ALIGN_PARAGRAPH.LEFT
_CENTRE = WD_ALIGN_PARAGRAPH.CENTER
_RIGHT = WD_ALIGN_PARAGRAPH.RIGHT
_MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)


@functools.cache
def _forms() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "forms.toml").read_text(encoding="utf-8"))


def default_template(kind: PaperKind) -> bytes:
    """Return the program's own template of a kind."""
    forms = _forms()
    common, form = forms["common"], forms[kind.value]
    document = docx.Document()
    _set_page(document)
    _head(document, common, form["title"])
    if "salutation" in form:
        _line(document.add_paragraph(), form["salutation"], size=14)
    opening = document.add_paragraph()
    opening.paragraph_format.first_line_indent = Pt(28)
    opening.paragraph_format.space_after = Pt(6)
    _line(opening, form["text"], size=14)
    _facts(document, form["rows"])
    if "list" in form:
        _listing(document, form["list"])
    if "blanks" in form:
        _blanks(document, form["blanks"])
    if "closing" in form:
        closing = document.add_paragraph()
        closing.paragraph_format.first_line_indent = Pt(24)
        closing.paragraph_format.space_before = Pt(6)
        _line(closing, form["closing"], size=12)
    if not form.get("unsigned"):
        _signature(document, common)
    _foot(document, common)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _set_page(document: Document) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(25)
    style = document.styles["Normal"]
    style.font.size = Pt(12)
    style.font.name = "Times New Roman"
    style.element.get_or_add_rPr().get_or_add_rFonts().set(
        qn("w:eastAsia"), _forms()["faces"][_BODY]
    )
    style.paragraph_format.space_after = Pt(0)
    properties = document.core_properties
    properties.author = properties.comments = properties.title = ""
    properties.language = "zh-CN"
    properties.created = properties.modified = _MADE_AT
    page = section.footer.paragraphs[0]
    page.alignment = _CENTRE
    _line(page, "— ", size=14, face=_HEAD)
    _page_number(page)
    _line(page, " —", size=14, face=_HEAD)


def _page_number(paragraph: Paragraph) -> None:
    run = paragraph.add_run()
    _face(run, 14, _HEAD)
    for kind, words in (("begin", None), (None, "PAGE"), ("end", None)):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = words
        run._r.append(part)  # noqa: SLF001  # the library has no field codes


def _face(run: Any, size: float, face: str, *, bold: bool = False) -> None:  # noqa: ANN401  # untyped
    run.font.size, run.bold = Pt(size), bold
    run.font.name = "Times New Roman"
    fonts = run._r.get_or_add_rPr().get_or_add_rFonts()  # noqa: SLF001
    fonts.set(qn("w:eastAsia"), _forms()["faces"][face])


def _line(
    paragraph: Paragraph,
    words: str,
    *,
    size: float,
    face: str = _BODY,
    bold: bool = False,
    colour: RGBColor | None = None,
) -> None:
    run = paragraph.add_run(words)
    _face(run, size, face, bold=bold)
    if colour is not None:
        run.font.color.rgb = colour


def _head(document: Document, common: Mapping[str, str], title: str) -> None:
    """Write the red head: whose paper it is, its number, a red line, and what it is."""
    issuer = document.add_paragraph()
    issuer.alignment = _CENTRE
    _line(issuer, "{{ issuer }}", size=26, face=_HEAD, bold=True, colour=_RED)
    number = document.add_paragraph()
    number.alignment = _CENTRE
    number.paragraph_format.space_before = Pt(6)
    number.paragraph_format.space_after = Pt(8)
    _line(number, common["number"], size=14)
    _rule(number, "D00000", 18)
    name = document.add_paragraph()
    name.alignment = _CENTRE
    name.paragraph_format.space_before = Pt(6)
    name.paragraph_format.space_after = Pt(8)
    _line(name, title, size=22, face=_HEAD, bold=True)


def _rule(paragraph: Paragraph, colour: str, eighths: int) -> None:
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", str(eighths)), ("space", "6"), ("color", colour)):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().insert_element_before(  # noqa: SLF001  # likewise
        borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _table(document: Document, widths: Sequence[float], style: str = "Table Grid") -> Table:
    table: Table = document.add_table(rows=0, cols=len(widths))
    table.style = style
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    return table


def _row(table: Table, widths: Sequence[float], height: float = 8) -> _Row:
    row: _Row = table.add_row()  # type: ignore[no-untyped-call]  # the library leaves it so
    row.height = Mm(height)
    unsplit = OxmlElement("w:cantSplit")
    row._tr.get_or_add_trPr().append(unsplit)  # noqa: SLF001  # likewise
    for cell, width in zip(row.cells, widths, strict=True):
        cell.width = Mm(width)
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    return row


def _write(
    cell: _Cell, words: str, *, strong: bool = False, align: WD_ALIGN_PARAGRAPH = _LEFT
) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.alignment = align
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    _line(paragraph, words, size=12, face=_STRONG if strong else _BODY)


def _facts(document: Document, rows: Sequence[tuple[str, str]]) -> None:
    widths = (_LABEL, _WIDTH - _LABEL)
    table = _table(document, widths)
    for label, value in rows:
        row = _row(table, widths)
        _write(row.cells[0], label, strong=True, align=_CENTRE)
        _write(row.cells[1], value)


def _listing(document: Document, listing: Mapping[str, Any]) -> None:
    """Write a table with a row for each item of one of the paper's lists."""
    _gap(document)
    widths = [width for _, _, width in listing["columns"]]
    table = _table(document, widths)
    head = _row(table, widths)
    for cell, (words, _, _) in zip(head.cells, listing["columns"], strict=True):
        _write(cell, words, strong=True, align=_CENTRE)
    for tag in (f"{{%tr for {listing['item']} in {listing['name']} %}}", None, "{%tr endfor %}"):
        row = _row(table, widths)
        if tag is not None:
            _write(row.cells[0], tag)
            continue
        for place, (cell, (_, value, _)) in enumerate(
            zip(row.cells, listing["columns"], strict=True)
        ):
            _write(cell, value, align=_LEFT if place == 1 else _CENTRE)


def _blanks(document: Document, blanks: Sequence[tuple[str, float]]) -> None:
    """Write rows that are filled in by hand."""
    _gap(document)
    widths = (_LABEL, _WIDTH - _LABEL)
    table = _table(document, widths)
    for label, height in blanks:
        row = _row(table, widths, height)
        _write(row.cells[0], label, strong=True, align=_CENTRE)


def _gap(document: Document) -> None:
    gap = document.add_paragraph()
    gap.paragraph_format.line_spacing = Pt(8)


def _signature(document: Document, common: Mapping[str, str]) -> None:
    """Write in whose name it is, with room for the seal, and the day."""
    for place, words in enumerate((common["signature"], common["date"])):
        signed = document.add_paragraph()
        signed.alignment = _RIGHT
        signed.paragraph_format.right_indent = Mm(12)
        signed.paragraph_format.space_before = Pt(16 if place == 0 else 2)
        signed.paragraph_format.keep_with_next = True
        _line(signed, words, size=14)


def _foot(document: Document, common: Mapping[str, str]) -> None:
    """Write how the paper is verified."""
    rule = document.add_paragraph()
    rule.paragraph_format.line_spacing = Pt(8)
    rule.paragraph_format.keep_with_next = True
    _rule(rule, "808080", 4)
    widths = (_LABEL, _WIDTH - _LABEL)
    row = _row(_table(document, widths, style="Normal Table"), widths)
    _line(row.cells[0].paragraphs[0], "{{ qr }}", size=9)
    sizes = {"code": 11, "verify": 8, "hash": 7, "digest": 7, "hint": 8}
    for place, (name, size) in enumerate(sizes.items()):
        paragraph = row.cells[1].paragraphs[0] if place == 0 else row.cells[1].add_paragraph()
        paragraph.paragraph_format.space_after = Pt(1)
        _line(paragraph, common[name], size=size, face=_STRONG if place == 0 else _HEAD)
