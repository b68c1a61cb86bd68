"""A report as an official document in Word: red head, number, readers, text, annexes, signature."""

import io
from collections.abc import Iterator, Sequence
from datetime import datetime

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import _Row
from docx.text.paragraph import Paragraph

from credit.reports.content import ReportContent
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_
from hotline.papers.packing import packed
from hotline.papers.typesetting import (
    CENTRE,
    HEAD,
    LEFT,
    RED,
    RIGHT,
    STRONG,
    add_gap,
    add_line,
    add_row,
    add_rule,
    add_table,
    set_page,
    write_cell,
)
from web.i18n import Translator
from web.reports.paper import Printed
from web.reports.summary import sections_of
from web.reports.tables import (
    Cell,
    Column,
    TableOf,
    entries_together,
    hot_issues,
    shown,
    tables_of,
    three_rates,
)
from web.reports.words import name_of, title_of

_BODY_SIZE, _ANNEX_SIZE = 14, 8.5
_INDENT = Pt(2 * _BODY_SIZE)
_LINE = Pt(26)
_LANDSCAPE = 243
_UPRIGHT = 156
_NAMES = frozenset({"department", "item", "event", "cause", "remark", "rate"})
_WIDE, _MIDDLE, _NARROW = 3.0, 1.3, 1.0
_LEFT_OUT = frozenset({"indicators", "ratings", "rates", "hot"})
"""Tables that stand in the text, or in the workbook alone."""

_KEPT = 12
"""Up to so many lines stay on one page."""


def word_of(printed: Printed, t: Translator) -> bytes:
    """Return a report as a Word document; the same report gives the same bytes."""
    document = docx.Document()
    set_page(document)
    _head(document, printed, t)
    _body(document, printed, t)
    _signature(document, printed, t)
    _annexes(document, printed.content, t)
    written = io.BytesIO()
    document.save(written)
    return packed(written.getvalue(), printed.made_at)


def _head(document: Document, printed: Printed, t: Translator) -> None:
    issuer = document.add_paragraph()
    issuer.alignment = CENTRE
    add_line(
        issuer,
        name_of(printed.content.issuer, t),
        size=30,
        face=HEAD,
        bold=True,
        colour=RED,
    )
    number = document.add_paragraph()
    number.alignment = CENTRE
    number.paragraph_format.space_before = Pt(10)
    number.paragraph_format.space_after = Pt(8)
    words = (
        t.text(N_("No. {number}"), number=printed.number)
        if printed.number
        else t.text(N_("Draft, not signed: for use inside the hotline only"))
    )
    add_line(number, words, size=_BODY_SIZE)
    add_rule(number, "D00000", 18)
    title = document.add_paragraph()
    title.alignment = CENTRE
    title.paragraph_format.space_before = Pt(20)
    title.paragraph_format.space_after = Pt(16)
    add_line(title, title_of(printed.content.period, t), size=22, face=HEAD, bold=True)


def _body(document: Document, printed: Printed, t: Translator) -> None:
    content = printed.content
    _paragraph(document, t.text(N_("To all departments:")), indent=False)
    for words in printed.preface.splitlines():
        _paragraph(document, words)
    inline = {"rates": three_rates(content, t), "hot": hot_issues(content, t)}
    for section in sections_of(content, t):
        heading = _paragraph(document, section.heading, face=STRONG)
        heading.paragraph_format.keep_with_next = True
        is_list = section.code == "advice" and len(section.paragraphs) > 1
        for nth, words in enumerate(section.paragraphs, start=1):
            _paragraph(
                document, t.text(N_("({nth}) {words}"), nth=nth, words=words) if is_list else words
            )
        table = inline.get(section.code)
        if table is not None and table.rows and _has_figures(table):
            _set(document, table, _UPRIGHT, size=10.5)
            add_gap(document)
    if printed.comment:
        heading = _paragraph(document, t.text(N_("7. Comment")), face=STRONG)
        heading.paragraph_format.keep_with_next = True
        for words in printed.comment.splitlines():
            _paragraph(document, words)


def _has_figures(table: TableOf) -> bool:
    return any(value for row in table.rows for value in row.values[1:])


def _paragraph(
    document: Document, words: str, *, indent: bool = True, face: str = "body"
) -> Paragraph:
    paragraph = document.add_paragraph()
    if indent:
        paragraph.paragraph_format.first_line_indent = _INDENT
    paragraph.paragraph_format.line_spacing = _LINE
    add_line(paragraph, printable(words), size=_BODY_SIZE, face=face)
    return paragraph


def printable(words: str) -> str:
    """Return words without what XML cannot hold."""
    return "".join(sign for sign in words if sign.isprintable())


def _signature(document: Document, printed: Printed, t: Translator) -> None:
    for place, words in enumerate(
        (name_of(printed.content.issuer, t), day_words(printed.made_at, t))
    ):
        signed = document.add_paragraph()
        signed.alignment = RIGHT
        signed.paragraph_format.right_indent = Mm(12)
        signed.paragraph_format.space_before = Pt(28 if place == 0 else 4)
        signed.paragraph_format.keep_with_next = place == 0
        add_line(signed, words, size=_BODY_SIZE)


def day_words(instant: datetime, t: Translator) -> str:
    """Return a day as documents write it."""
    local = instant.astimezone(SHANGHAI)
    return t.text(N_("{day}/{month}/{year}"), year=local.year, month=local.month, day=local.day)


def _annexes(document: Document, content: ReportContent, t: Translator) -> None:
    tables = [
        entries_together(content, t) if one.code == "entries" else one
        for one in tables_of(content, t)
        if one.code not in _LEFT_OUT and one.rows
    ]
    if not tables:
        return
    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(27)
    section.top_margin, section.bottom_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(15)
    for nth, table in enumerate(tables, start=1):
        heading = document.add_paragraph()
        heading.paragraph_format.space_before = Pt(10)
        heading.paragraph_format.space_after = Pt(4)
        heading.paragraph_format.keep_with_next = True
        add_line(
            heading,
            t.text(N_("Annex {nth}: {title}"), nth=nth, title=table.title),
            size=12,
            face=STRONG,
        )
        _set(document, table, _LANDSCAPE, size=_ANNEX_SIZE)
    _notes(document, tables, content, t)


def _notes(
    document: Document, tables: Sequence[TableOf], content: ReportContent, t: Translator
) -> None:
    """Write what the figures mean, and what the report rests on."""
    heading = document.add_paragraph()
    heading.paragraph_format.space_before = Pt(14)
    heading.paragraph_format.keep_with_next = True
    add_line(heading, t.text(N_("What the figures mean")), size=12, face=STRONG)
    for words in _definitions(tables, t):
        note = document.add_paragraph()
        note.paragraph_format.space_after = Pt(1)
        add_line(note, words, size=9)
    note = document.add_paragraph()
    note.paragraph_format.space_before = Pt(6)
    add_line(note, basis_words(content, t), size=9)


def _definitions(tables: Sequence[TableOf], t: Translator) -> Iterator[str]:
    known: dict[str, Column] = {}
    for table in tables:
        for column in table.columns:
            known.setdefault(column.figure, column)
    for column in known.values():
        yield t.text(N_("{figure}: {definition}"), figure=column.text, definition=column.definition)


def basis_words(content: ReportContent, t: Translator) -> str:
    """Return what a report was made of, so that anybody can make it again."""
    return t.text(
        N_(
            "Made of the frozen scores of {period}, revision {revision}, formula {formula}, rules "
            "{rules}, digest {digest}, and of figures counted at {counted}."
        ),
        period=content.period,
        revision=content.revision,
        formula=content.formula,
        rules=content.rule_version,
        digest=content.scores_digest[:16],
        counted=t.instant(content.counted_at),
    )


def _set(document: Document, table: TableOf, room: float, *, size: float) -> None:
    widths = _widths(table, room)
    drawn = add_table(document, widths)
    head = add_row(drawn, widths, 7)
    _repeat(head)
    for cell, column in zip(head.cells, table.columns, strict=True):
        write_cell(cell, column.text, strong=True, align=CENTRE, size=size)
    together = len(table.rows) <= _KEPT
    for nth, row in enumerate(table.rows, start=1):
        line = add_row(drawn, widths, 6)
        for cell, column, value in zip(line.cells, table.columns, row.values, strict=True):
            align = LEFT if column.figure in _NAMES else CENTRE
            write_cell(
                cell,
                printable(shown(value, column.cell)),
                align=align if column.cell is Cell.TEXT else RIGHT,
                size=size,
            )
            keeps = together and nth < len(table.rows)
            cell.paragraphs[0].paragraph_format.keep_with_next = keeps
    if together:
        for cell in head.cells:
            cell.paragraphs[0].paragraph_format.keep_with_next = True


def _widths(table: TableOf, room: float) -> Sequence[float]:
    parts = [
        _WIDE if one.figure in _NAMES else _MIDDLE if one.cell is Cell.SHARE else _NARROW
        for one in table.columns
    ]
    return [room * part / sum(parts) for part in parts]


def _repeat(row: _Row) -> None:
    """Let the heading stand on every page that the table goes on to."""
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(repeated)  # noqa: SLF001  # the library has no name for it
