"""The Word documents that come with the program, laid out as offices lay out theirs."""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import docx
from docx.document import Document
from docx.shared import Mm, Pt

from hotline.papers.kinds import PaperKind
from hotline.papers.packing import packed
from hotline.papers.typesetting import (
    CENTRE,
    HEAD,
    LEFT,
    RED,
    RIGHT,
    STRONG,
    WIDTH,
    add_gap,
    add_line,
    add_row,
    add_rule,
    add_table,
    forms_of_papers,
    set_page,
    write_cell,
)

_LABEL = 30
_DRAWN_UP = datetime(2026, 11, 1, tzinfo=UTC)
"""The date in every template of the program: drawn up anew it is the same template, not a later one."""


def default_template(kind: PaperKind) -> bytes:
    """Return the program's own template of a kind."""
    forms = forms_of_papers()
    common, form = forms["common"], forms[kind.value]
    document = docx.Document()
    set_page(document)
    _head(document, common, form["title"])
    if "salutation" in form:
        add_line(document.add_paragraph(), form["salutation"], size=14)
    opening = document.add_paragraph()
    opening.paragraph_format.first_line_indent = Pt(28)
    opening.paragraph_format.space_after = Pt(6)
    add_line(opening, form["text"], size=14)
    _facts(document, form["rows"])
    if "list" in form:
        _listing(document, form["list"])
    if "blanks" in form:
        _blanks(document, form["blanks"])
    if "closing" in form:
        closing = document.add_paragraph()
        closing.paragraph_format.first_line_indent = Pt(24)
        closing.paragraph_format.space_before = Pt(6)
        add_line(closing, form["closing"], size=12)
    if not form.get("unsigned"):
        _signature(document, common)
    _foot(document, common)
    written = io.BytesIO()
    document.save(written)
    return packed(written.getvalue(), _DRAWN_UP)


def _head(document: Document, common: Mapping[str, str], title: str) -> None:
    """Write the red head: whose paper it is, its number, a red line, and what it is."""
    issuer = document.add_paragraph()
    issuer.alignment = CENTRE
    add_line(issuer, "{{ issuer }}", size=26, face=HEAD, bold=True, colour=RED)
    number = document.add_paragraph()
    number.alignment = CENTRE
    number.paragraph_format.space_before = Pt(6)
    number.paragraph_format.space_after = Pt(8)
    add_line(number, common["number"], size=14)
    add_rule(number, "D00000", 18)
    name = document.add_paragraph()
    name.alignment = CENTRE
    name.paragraph_format.space_before = Pt(6)
    name.paragraph_format.space_after = Pt(8)
    add_line(name, title, size=22, face=HEAD, bold=True)


def _facts(document: Document, rows: Sequence[tuple[str, str]]) -> None:
    widths = (_LABEL, WIDTH - _LABEL)
    table = add_table(document, widths)
    for label, value in rows:
        row = add_row(table, widths)
        write_cell(row.cells[0], label, strong=True, align=CENTRE)
        write_cell(row.cells[1], value)


def _listing(document: Document, listing: Mapping[str, Any]) -> None:
    """Write a table with a row for each item of one of the paper's lists."""
    add_gap(document)
    widths = [width for _, _, width in listing["columns"]]
    table = add_table(document, widths)
    head = add_row(table, widths)
    for cell, (words, _, _) in zip(head.cells, listing["columns"], strict=True):
        write_cell(cell, words, strong=True, align=CENTRE)
    for tag in (f"{{%tr for {listing['item']} in {listing['name']} %}}", None, "{%tr endfor %}"):
        row = add_row(table, widths)
        if tag is not None:
            write_cell(row.cells[0], tag)
            continue
        for place, (cell, (_, value, _)) in enumerate(
            zip(row.cells, listing["columns"], strict=True)
        ):
            write_cell(cell, value, align=LEFT if place == 1 else CENTRE)


def _blanks(document: Document, blanks: Sequence[tuple[str, float]]) -> None:
    """Write rows that are filled in by hand."""
    add_gap(document)
    widths = (_LABEL, WIDTH - _LABEL)
    table = add_table(document, widths)
    for label, height in blanks:
        row = add_row(table, widths, height)
        write_cell(row.cells[0], label, strong=True, align=CENTRE)


def _signature(document: Document, common: Mapping[str, str]) -> None:
    """Write in whose name it is, with room for the seal, and the day."""
    for place, words in enumerate((common["signature"], common["date"])):
        signed = document.add_paragraph()
        signed.alignment = RIGHT
        signed.paragraph_format.right_indent = Mm(12)
        signed.paragraph_format.space_before = Pt(16 if place == 0 else 2)
        signed.paragraph_format.keep_with_next = True
        add_line(signed, words, size=14)


def _foot(document: Document, common: Mapping[str, str]) -> None:
    """Write how the paper is verified."""
    rule = document.add_paragraph()
    rule.paragraph_format.line_spacing = Pt(8)
    rule.paragraph_format.keep_with_next = True
    add_rule(rule, "808080", 4)
    widths = (_LABEL, WIDTH - _LABEL)
    row = add_row(add_table(document, widths, style="Normal Table"), widths)
    add_line(row.cells[0].paragraphs[0], "{{ qr }}", size=9)
    sizes = {"code": 11, "verify": 8, "hash": 7, "digest": 7, "hint": 8}
    for place, (name, size) in enumerate(sizes.items()):
        paragraph = row.cells[1].paragraphs[0] if place == 0 else row.cells[1].add_paragraph()
        paragraph.paragraph_format.space_after = Pt(1)
        add_line(paragraph, common[name], size=size, face=STRONG if place == 0 else HEAD)
