"""Word and Excel of a report: the same bytes for the same report, read back as they were meant."""

import io
import zipfile
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import docx
import openpyxl
import pytest

from credit.ledger import Measure
from credit.reports.codec import content_digest, content_from_json, content_to_json
from credit.reports.content import Name, RateLine, ReportContent
from credit.reports.models import FileForm
from tests.support.report_rows import AS_OF, EMPTY, content
from web.i18n import translator
from web.reports.paper import Printed
from web.reports.rendering import lay_out
from web.reports.summary import sections_of
from web.reports.tables import entries_together, tables_of

ZH, EN = translator("zh_CN"), translator("en")


def _printed(made: ReportContent | None = None, **words: Any) -> Printed:
    given: dict[str, Any] = {"preface": "前言", "comment": "点评", "number": "YTB-2026-0001"}
    return Printed(made or content(), **({**given, "made_at": AS_OF} | words))


def _text(body: bytes) -> str:
    document = docx.Document(io.BytesIO(body))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def _book(body: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(body))


def test_a_report_survives_being_stored() -> None:
    made = content()
    stored = content_to_json(made)
    assert content_from_json(stored) == made
    assert content_digest(stored) == content_digest(content_to_json(content()))
    assert content_digest(stored) != content_digest(content_to_json(replace(made, repeats=1)))


@pytest.mark.parametrize("form", list(FileForm))
def test_the_same_report_gives_the_same_bytes(form: FileForm) -> None:
    body = lay_out(_printed(), form)
    stored = content_from_json(content_to_json(content()))
    assert lay_out(_printed(stored), form) == body
    assert lay_out(_printed(made_at=AS_OF + timedelta(days=1)), form) != body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert len({one.date_time for one in archive.infolist()}) == 1
        core = archive.read("docProps/core.xml").decode()
    assert core.count("2026-03-01T04:00:00Z") == 2


def test_word_is_an_official_document() -> None:
    body = lay_out(_printed(), FileForm.WORD)
    document = docx.Document(io.BytesIO(body))
    said = [one.text for one in document.paragraphs]
    assert said[0] == "热线中心"
    assert said[1] == "编号：YTB-2026-0001"
    assert said[2] == "2026年2月热线诉求办理情况通报"
    assert said[3] == "各承办单位："
    for words in ("前言", "一、总体情况", "六、工作建议", "七、点评意见", "2026年3月1日"):
        assert words in said, words
    assert "附表1　排名：市直部门" in said
    page = document.sections[0]
    assert page.page_width is not None
    assert page.page_height is not None
    assert round(page.page_width.mm) == 210
    assert document.sections[1].page_width == page.page_height
    assert "样本不足" in _text(body)
    assert "草稿" not in _text(body)


def test_a_draft_says_what_it_is() -> None:
    body = lay_out(_printed(number=None), FileForm.WORD)
    assert "草稿，未签发，仅供热线内部使用" in _text(body)
    cover = _book(lay_out(_printed(number=None), FileForm.EXCEL)).worksheets[0]
    assert cover["A3"].value == "草稿，未签发，仅供热线内部使用"


def test_excel_holds_numbers_and_on_every_heading_what_it_counts() -> None:
    book = _book(lay_out(_printed(), FileForm.EXCEL))
    assert book.sheetnames == [
        *("概况", "排名", "统计数字", "各单位办理情况", "指标明细", "公示信用事件", "指标定义")
    ]
    sheet = book["指标明细"]
    assert sheet.freeze_panes == "D3"
    assert sheet.print_title_rows == "$1:$2"
    head = {cell.value: cell for cell in sheet[2]}
    for cell in head.values():
        assert cell.comment is not None
        assert cell.hyperlink is not None
        assert cell.hyperlink.location.startswith("'指标定义'!A")
        row = int(cell.hyperlink.location.rpartition("A")[2])
        assert book["指标定义"].cell(row, 1).value == cell.value
        assert book["指标定义"].cell(row, 2).value == cell.comment.text
    raw = sheet.cell(3, head["原始率"].column)
    assert isinstance(raw.value, float)
    assert raw.number_format == "0.0%"
    assert isinstance(sheet.cell(3, head["计入数(n)"].column).value, int)
    for one in book.worksheets:
        assert one.page_setup.fitToWidth == 1
        assert one.page_setup.paperSize == 9


def test_words_that_look_like_a_formula_stay_words() -> None:
    made = content()
    evil = Name("chengguan", '=HYPERLINK("http://x","y")', "=1+1")
    made = replace(
        made,
        units=tuple(
            replace(one, unit=evil) if one.unit.code == "chengguan" else one for one in made.units
        ),
    )
    book = _book(lay_out(_printed(made), FileForm.EXCEL))
    found = [
        cell
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.value.startswith("=")
    ]
    assert len(found) > 1
    assert {cell.data_type for cell in found} == {"s"}
    assert all(cell.quotePrefix for cell in found)


def test_signs_that_xml_cannot_hold_are_left_out() -> None:
    printed = _printed(preface="一\x07二\n三\x00", comment="\x1b")
    assert "一二" in _text(lay_out(printed, FileForm.WORD))


def test_nothing_counted_is_said_and_is_never_nothing_per_cent() -> None:
    empty = tuple(
        RateLine(one.measure, Decimal(0), 0, None, None, Decimal(0), 0) for one in content().rates
    )
    made = replace(content(loop=EMPTY), rates=empty, trend=(), recommendations=())
    said = "\n".join(words for one in sections_of(made, ZH) for words in one.paragraphs)
    assert "2026年2月没有受理和办理诉求" in said
    assert "满意率：本期没有计入的件，不作表述" in said
    assert "0.0%" not in said
    rates = next(one for one in tables_of(made, ZH) if one.code == "rates")
    assert [row.values[rates.column("raw")] for row in rates.rows] == [None, None, None]
    body = lay_out(_printed(made, preface="", comment=""), FileForm.WORD)
    assert "0.0%" not in _text(body)
    sheet = _book(lay_out(_printed(made), FileForm.EXCEL))["统计数字"]
    assert sheet["D3"].value is None


def test_every_table_reads_in_both_languages() -> None:
    for t in (ZH, EN):
        for table in tables_of(content(), t):
            for row in table.rows:
                assert len(row.values) == len(table.columns), table.code
        assert all(one.paragraphs for one in sections_of(content(), t))
    assert Measure.CONTACT in {one.measure for one in content().rates}


def test_on_paper_many_alike_events_are_one_line() -> None:
    made = content()
    [unit] = [one for one in made.units if one.entries]
    many = replace(unit, entries=unit.entries * 3)
    alike = replace(made, units=tuple(many if one is unit else one for one in made.units))
    [row] = entries_together(alike, ZH).rows
    assert row.values[-2:] == (3, 3 * unit.entries[0].value)
    [table] = [one for one in tables_of(alike, ZH) if one.code == "entries"]
    assert len(table.rows) == 3
