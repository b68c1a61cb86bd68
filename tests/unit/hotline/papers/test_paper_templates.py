"""Templates: what an office may change, and what nobody may smuggle in."""

import io
import zipfile
from collections.abc import Callable

import docx
import pytest
from docx.document import Document

from hotline.papers.checking import check_template
from hotline.papers.errors import (
    MissingPlaceholders,
    TemplateNotPlain,
    TemplateTooLarge,
    TemplateUnreadable,
    TemplateUnsafe,
    UnknownPlaceholders,
)
from hotline.papers.kinds import PaperKind
from hotline.papers.layout import default_template
from hotline.papers.rendering import fill_in, try_out
from web.views.papers import qr_png, sample_values

URL = "https://12345.example.gov.cn/verify"


def _changed(change: Callable[[Document], None], kind: PaperKind = PaperKind.COMMITMENT) -> bytes:
    document = docx.Document(io.BytesIO(default_template(kind)))
    change(document)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _with_line(words: str) -> bytes:
    def change(document: Document) -> None:
        document.add_paragraph(words)

    return _changed(change)


def _with_part(name: str, text: bytes) -> bytes:
    """Put another part in, or something else in the place of one."""
    source = zipfile.ZipFile(io.BytesIO(default_template(PaperKind.COMMITMENT)))
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in source.namelist():
            if part != name:
                archive.writestr(part, source.read(part))
        archive.writestr(name, text)
    return written.getvalue()


def _part(name: str) -> bytes:
    return zipfile.ZipFile(io.BytesIO(default_template(PaperKind.COMMITMENT))).read(name)


def words_of(document: Document) -> str:
    """Return every word of a document."""
    lines = [paragraph.text for paragraph in document.paragraphs]
    for table in document.tables:
        lines += [cell.text for row in table.rows for cell in row.cells]
    return "\n".join(lines)


@pytest.mark.parametrize("kind", PaperKind)
def test_the_programs_own_templates_serve(kind: PaperKind) -> None:
    body = default_template(kind)
    check_template(kind, body)
    try_out(kind, body)
    values = sample_values(kind, verifying_url=URL)
    document = docx.Document(io.BytesIO(fill_in(body, values, qr_png(URL))))
    said = words_of(document)
    assert "{{" not in said
    assert "{%" not in said
    for name in ("number", "code", "hash", "digest", "issuer"):
        assert str(values[name]) in said
    assert len(document.inline_shapes) == 1
    width = document.sections[0].page_width
    assert width is not None
    assert round(width.mm) == 210


def test_an_office_may_change_words_and_leave_out_lines() -> None:
    def change(document: Document) -> None:
        document.add_paragraph("{% if category %}分类：{{ category }}{% else %}未分类{% endif %}")
        table = document.tables[0]
        table._tbl.remove(table.rows[1]._tr)

    check_template(PaperKind.COMMITMENT, _changed(change))


def test_values_are_words_and_never_commands() -> None:
    values = sample_values(PaperKind.COMMITMENT, verifying_url=URL)
    values["promise"] = "<w:t>&{{ number }}{% for x in y %}\x07\x0c第二行\n第三行"
    filled = fill_in(default_template(PaperKind.COMMITMENT), values, qr_png(URL))
    said = words_of(docx.Document(io.BytesIO(filled)))
    assert "<w:t>&{{ number }}{% for x in y %}第二行\n第三行" in said


@pytest.mark.parametrize(
    "words",
    [
        "{{ ''.__class__ }}",
        "{{ title.__class__.__mro__ }}",
        "{{ title.format }}",
        "{{ title|upper }}",
        "{{ title[0] }}",
        "{{ range(1000000000) }}",
        "{{ 7 * 7 }}",
        "{{ 'a' ~ title }}",
        "{% set x = 1 %}",
        "{% include 'x' %}",
        "{% for x in 'abc' %}{{ x }}{% endfor %}",
        "{% for x in steps %}{% for y in steps %}{% endfor %}{% endfor %}",
        "{% macro m() %}{% endmacro %}",
        "{{ title",
    ],
)
def test_a_tag_that_does_more_than_showing_is_refused(words: str) -> None:
    with pytest.raises((TemplateNotPlain, UnknownPlaceholders)):
        check_template(PaperKind.COMMITMENT, _with_line(words))


@pytest.mark.parametrize("name", ["author", "comments", "title"])
def test_a_tag_may_not_hide_in_the_properties(name: str) -> None:
    body = _changed(lambda document: setattr(document.core_properties, name, "{{ ''.__class__ }}"))
    with pytest.raises(TemplateNotPlain):
        check_template(PaperKind.COMMITMENT, body)


def test_a_tag_may_not_hide_in_the_foot_of_the_page() -> None:
    def change(document: Document) -> None:
        document.sections[0].footer.paragraphs[0].add_run("{{ requester.__init__ }}")

    with pytest.raises(TemplateNotPlain):
        check_template(PaperKind.COMMITMENT, _changed(change))


def test_unknown_and_missing_names_are_told() -> None:
    with pytest.raises(UnknownPlaceholders) as unknown:
        check_template(PaperKind.COMMITMENT, _with_line("{{ phone }}{{ demand }}"))
    assert unknown.value.params["names"] == ["demand", "phone"]
    with pytest.raises(UnknownPlaceholders):
        check_template(PaperKind.ORDER, _changed(_list_outside, PaperKind.SERVICE_LIST))

    def without_code(document: Document) -> None:
        for paragraph in document.tables[-1].rows[0].cells[1].paragraphs:
            for run in paragraph.runs:
                run.text = run.text.replace("{{ code }}", "").replace("{{ hash }}", "")

    with pytest.raises(MissingPlaceholders) as missing:
        check_template(PaperKind.COMMITMENT, _changed(without_code))
    assert missing.value.params["names"] == ["code", "hash"]


def _list_outside(document: Document) -> None:
    document.add_paragraph("{{ step.text }}")


def test_what_is_no_word_document_is_refused() -> None:
    for body in (b"", b"not a zip", default_template(PaperKind.ORDER)[:9000]):
        with pytest.raises(TemplateUnreadable):
            check_template(PaperKind.COMMITMENT, body)
    with pytest.raises(TemplateUnreadable):
        check_template(PaperKind.COMMITMENT, _with_part("[Content_Types].xml", b"<Types/>"))
    with pytest.raises(TemplateUnreadable):
        check_template(PaperKind.COMMITMENT, _with_part("word/document.xml", b"<w:document>"))


def test_a_document_that_cannot_be_filled_in_is_refused_before_it_is_in_force() -> None:
    def change(document: Document) -> None:
        table = document.tables[0]._tbl
        table.remove(table.tblGrid)

    body = _changed(change)
    check_template(PaperKind.COMMITMENT, body)
    with pytest.raises(TemplateUnreadable):
        try_out(PaperKind.COMMITMENT, body)


def test_what_is_too_large_is_refused_before_it_is_opened() -> None:
    with pytest.raises(TemplateTooLarge):
        check_template(PaperKind.COMMITMENT, b"x" * (1024 * 1024 + 1))
    bomb = _with_part("word/media/large.xml", b" " * (9 * 1024 * 1024))
    assert len(bomb) < 1024 * 1024
    with pytest.raises(TemplateTooLarge):
        check_template(PaperKind.COMMITMENT, bomb)


RELATIONS = _part("word/_rels/document.xml.rels")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("word/vbaProject.bin", b"macro"),
        ("word/embeddings/oleObject1.bin", b"object"),
        ("word/activeX/activeX1.xml", b"<a/>"),
        ("word/afchunk.htm", b"<html/>"),
        (
            "word/_rels/document.xml.rels",
            RELATIONS.replace(
                b"</Relationships>",
                b'<Relationship Id="r99" Type="http://schemas.openxmlformats.org/officeDocument/'
                b'2006/relationships/image" Target="http://evil.example/x.png" '
                b'TargetMode="External"/></Relationships>',
            ),
        ),
        ("word/extra.xml", b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'),
        (
            "word/header9.xml",
            (
                b'<w:hdr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
                b"<w:p><w:r><w:instrText>DDEAUTO c:/cmd.exe</w:instrText></w:r></w:p></w:hdr>"
            ),
        ),
    ],
)
def test_what_would_run_or_load_something_is_refused(name: str, text: bytes) -> None:
    with pytest.raises(TemplateUnsafe):
        check_template(PaperKind.COMMITMENT, _with_part(name, text))


@pytest.mark.parametrize("kind", list(PaperKind))
def test_a_template_is_the_same_whenever_it_is_drawn_up(kind: PaperKind) -> None:
    """By date, not by chance: an archive carries the time of writing, in steps of two seconds."""
    with zipfile.ZipFile(io.BytesIO(default_template(kind))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 11, 1, 8, 0, 0)}
        assert b"2026-11-01T00:00:00Z" in archive.read("docProps/core.xml")
