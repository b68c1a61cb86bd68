"""How official papers are set: page, type area, typefaces, tables - shared by all that are written.

Page, type area and page number follow GB/T 9704; the typefaces are those that offices have, and Word
and WPS replace what is missing by their own. All sizes are in points or millimetres.
"""

import functools
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docx.document import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

RED = RGBColor(0xD0, 0x00, 0x00)
BODY, HEAD, STRONG = "body", "head", "strong"
WIDTH = 156
"""Of the type area, in millimetres."""

LEFT = WD_ALIGN_PARAGRAPH.LEFT
CENTRE = WD_ALIGN_PARAGRAPH.CENTER
RIGHT = WD_ALIGN_PARAGRAPH.RIGHT
_MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)


@functools.cache
def forms_of_papers() -> Mapping[str, Any]:
    """Return the words of the papers that come with the program."""
    return tomllib.loads((Path(__file__).parent / "forms.toml").read_text(encoding="utf-8"))


def set_page(document: Document) -> None:
    """Set page, type area and page number as GB/T 9704 has them."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(25)
    style = document.styles["Normal"]
    style.font.size = Pt(12)
    style.font.name = "Times New Roman"
    style.element.get_or_add_rPr().get_or_add_rFonts().set(
        qn("w:eastAsia"), forms_of_papers()["faces"][BODY]
    )
    style.paragraph_format.space_after = Pt(0)
    properties = document.core_properties
    properties.author = properties.comments = properties.title = ""
    properties.language = "zh-CN"
    properties.created = properties.modified = _MADE_AT
    page = section.footer.paragraphs[0]
    page.alignment = CENTRE
    add_line(page, "— ", size=14, face=HEAD)
    _page_number(page)
    add_line(page, " —", size=14, face=HEAD)


def _page_number(paragraph: Paragraph) -> None:
    run = paragraph.add_run()
    _face(run, 14, HEAD)
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
    fonts.set(qn("w:eastAsia"), forms_of_papers()["faces"][face])


def add_line(
    paragraph: Paragraph,
    words: str,
    *,
    size: float,
    face: str = BODY,
    bold: bool = False,
    colour: RGBColor | None = None,
) -> None:
    """Add words of one look to a paragraph."""
    run = paragraph.add_run(words)
    _face(run, size, face, bold=bold)
    if colour is not None:
        run.font.color.rgb = colour


def add_rule(paragraph: Paragraph, colour: str, eighths: int) -> None:
    """Draw a line under a paragraph; eighths of a point thick."""
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", str(eighths)), ("space", "6"), ("color", colour)):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().insert_element_before(  # noqa: SLF001  # likewise
        borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def add_table(document: Document, widths: Sequence[float], style: str = "Table Grid") -> Table:
    """Add a table without rows; widths in millimetres."""
    table: Table = document.add_table(rows=0, cols=len(widths))
    table.style = style
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    return table


def add_row(table: Table, widths: Sequence[float], height: float = 8) -> _Row:
    """Add a row that no page end splits."""
    row: _Row = table.add_row()  # type: ignore[no-untyped-call]  # the library leaves it so
    row.height = Mm(height)
    unsplit = OxmlElement("w:cantSplit")
    row._tr.get_or_add_trPr().append(unsplit)  # noqa: SLF001  # likewise
    for cell, width in zip(row.cells, widths, strict=True):
        cell.width = Mm(width)
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    return row


def write_cell(
    cell: _Cell,
    words: str,
    *,
    strong: bool = False,
    align: WD_ALIGN_PARAGRAPH = LEFT,
    size: float = 12,
) -> None:
    """Write words into a cell."""
    paragraph = cell.paragraphs[0]
    paragraph.alignment = align
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    add_line(paragraph, words, size=size, face=STRONG if strong else BODY)


def add_gap(document: Document) -> None:
    """Leave a little room between two tables."""
    gap = document.add_paragraph()
    gap.paragraph_format.line_spacing = Pt(8)
