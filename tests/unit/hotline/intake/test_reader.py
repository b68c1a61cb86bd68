import datetime as dt
import gzip
import io
import tracemalloc
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from hotline.intake.importing import reader
from hotline.intake.importing.errors import FileRefused
from hotline.intake.importing.reader import Row, open_table, read_lookup
from hotline.intake.importing.record import Refusal, RefusalCode


def rows_of(path: Path, encoding: str = "auto") -> list[Row | Refusal]:
    with open_table(path, encoding=encoding) as table:
        return [(1, table.header), *table.rows]


def refused(path: Path, encoding: str = "auto") -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        rows_of(path, encoding)
    return caught.value


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


TEXT = "编号,标题\n1,路灯不亮\n2,井盖丢失\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_are_detected(file: Path, encoding: str) -> None:
    file.write_bytes(TEXT.encode(encoding))
    with open_table(file) as table:
        assert table.encoding == encoding
        assert list(table.header) == ["编号", "标题"]
        assert list(table.rows) == [(2, ["1", "路灯不亮"]), (3, ["2", "井盖丢失"])]


def test_packed_files_are_read(file: Path) -> None:
    file.write_bytes(gzip.compress(TEXT.encode("gb18030")))
    assert rows_of(file)[1:] == [(2, ["1", "路灯不亮"]), (3, ["2", "井盖丢失"])]


def test_damaged_utf8_is_refused_with_the_byte_not_taken_for_another_encoding(file: Path) -> None:
    good = ("编号,标题\n1," + "路灯不亮" * 20 + "\n").encode()
    file.write_bytes(good + b"\xff\xfe" + TEXT.encode())
    error = refused(file)
    assert error.reason == "wrong-encoding"
    assert f"byte {len(good)}" in error.problem


def test_wrong_byte_is_counted_across_blocks(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_CHUNK", 7)
    good = ("编号,标题\n1," + "路灯不亮" * 20 + "\n").encode()
    file.write_bytes(good + b"\xff")
    assert f"byte {len(good)}" in refused(file).problem
    file.write_bytes(good + "路".encode()[:2])
    assert f"byte {len(good)}" in refused(file).problem


def test_declared_encodings_are_held_to(file: Path) -> None:
    file.write_bytes(TEXT.encode("gb18030"))
    assert "not UTF-8: wrong at byte 0" in refused(file, "utf-8").problem
    file.write_bytes(b"a,b\n1,\xff\xff\n")
    assert "not GB18030: wrong at byte 6" in refused(file, "gb18030").problem
    assert "neither UTF-8" in refused(file).problem


def test_utf16_is_refused(file: Path) -> None:
    file.write_bytes(TEXT.encode("utf-16"))
    assert refused(file).reason == "wrong-encoding"


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", gzip.compress(b"", mtime=0)])
def test_empty_files_are_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert refused(file).reason == "empty-file"


def test_missing_file_and_broken_archive_are_refused(file: Path) -> None:
    assert refused(file).reason == "no-such-file"
    file.write_bytes(gzip.compress(TEXT.encode() * 50)[:-20])
    assert refused(file).reason == "broken-archive"
    file.write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    assert refused(file).reason == "old-workbook"


def test_rows_know_the_line_on_which_they_begin(file: Path) -> None:
    file.write_text('a,b\n1,"two\nlines"\n\n2,x\n', encoding="utf-8")
    assert rows_of(file)[1:] == [(2, ["1", "two\nlines"]), (5, ["2", "x"])]


def test_broken_quotes_refuse_a_row_and_reading_goes_on(file: Path) -> None:
    file.write_text('a,b\n1,"x"y\n2,z\n', encoding="utf-8")
    broken, last = rows_of(file)[1:]
    assert isinstance(broken, Refusal)
    assert (broken.line, broken.code) == (2, RefusalCode.BROKEN_QUOTES)
    assert last == (3, ["2", "z"])


def test_quote_that_is_never_closed_stops_in_bounded_memory(file: Path) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.write('a,b\n1,"\n')
        for _ in range(40):
            out.write(("路灯不亮," * 2000 + "\n") * 5)
    tracemalloc.start()
    error = refused(file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.reason == "unclosed-quote"
    assert "line 2" in error.problem
    assert peak < 40 * 2**20


def test_large_csv_streams(file: Path) -> None:
    block = "".join(f'{n},"{"井盖丢失" * 100}"\n' for n in range(1000))
    with file.open("w", encoding="utf-8") as out:
        out.write("a,b\n")
        for _ in range(20):
            out.write(block)
    tracemalloc.start()
    with open_table(file) as table:
        assert sum(1 for _ in table.rows) == 20_000
        assert table.position() == table.size
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert file.stat().st_size > 20 * 2**20
    assert peak < 8 * 2**20


# -- workbooks -----------------------------------------------------------------------------------


def workbook(path: Path, *rows: Sequence[object]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


def test_cells_of_a_workbook(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        ["编号", "时间", "数", "是", "字"],
        ["007", dt.datetime(2020, 1, 2, 3, 4, 5), 12, True, "+86"],  # noqa: DTZ001
        [None, None, None, None, None],
        [3.5, dt.date(2020, 1, 2), None, False, "@x"],
    )
    with open_table(path) as table:
        assert list(table.header) == ["编号", "时间", "数", "是", "字"]
        assert list(table.rows) == [
            (2, ["007", dt.datetime(2020, 1, 2, 3, 4, 5), 12.0, "true", "+86"]),  # noqa: DTZ001
            (4, [3.5, dt.date(2020, 1, 2), "", "false", "@x"]),
        ]
        assert table.encoding == ""


def test_formula_gives_its_cached_value_and_is_never_evaluated(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ["a", "b"], ["x", '=HYPERLINK("http://x","y")'])
    assert rows_of(path)[1] == (2, ["x", ""])
    cached = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(cached, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name.endswith("sheet1.xml"):
                body = body.replace(b"<v />", b"<v>42</v>").replace(b"<v></v>", b"<v>42</v>")
                body = body.replace(b"<v/>", b"<v>42</v>")
            new.writestr(name, body)
    assert rows_of(cached)[1] == (2, ["x", 42.0])


def test_too_large_and_too_wide_workbooks_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path / "a.xlsx", ["a"], ["x"])
    far = openpyxl.load_workbook(path)
    sheet = far.active
    assert sheet is not None
    sheet["XFD1048576"] = "far away"
    far.save(tmp_path / "far.xlsx")
    error = refused(tmp_path / "far.xlsx")
    assert error.reason == "too-large"
    assert "1,048,576 rows and 16,384 columns" in error.problem
    monkeypatch.setattr(reader, "MAX_WORKBOOK", 100)
    assert refused(path).reason == "too-large"


def test_workbook_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ["a"], *[["路灯" * 50] for _ in range(200)])
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x01\x02")
    while b"sheet1.xml" not in raw[at : at + 90]:
        at = raw.index(b"PK\x01\x02", at + 4)
    raw[at + 24 : at + 28] = (50).to_bytes(4, "little")
    path.write_bytes(bytes(raw))
    assert refused(path).reason == "broken-workbook"


def test_archives_that_are_no_workbook_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert refused(other).reason == "broken-workbook"
    cut = workbook(tmp_path / "a.xlsx", ["a"], ["x"])
    cut.write_bytes(cut.read_bytes()[:-30])
    assert refused(cut).reason == "broken-workbook"


# -- second files --------------------------------------------------------------------------------


def test_lookup_gives_columns_by_key(file: Path) -> None:
    file.write_text("编号,单位\n１,教育局\n", encoding="utf-8")
    assert read_lookup(file, key="编号", columns=["单位"]) == {"1": {"单位": "教育局"}}
    with pytest.raises(FileRefused, match="lacks 部门"):
        read_lookup(file, key="编号", columns=["部门"])


def test_lookup_that_is_broken_or_too_long_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("a,b\n1\n", encoding="utf-8")
    with pytest.raises(FileRefused, match="broken at line 2"):
        read_lookup(file, key="a", columns=["b"])
    file.write_text("a,b\n1,x\n2,y\n", encoding="utf-8")
    monkeypatch.setattr(reader, "MAX_LOOKUP_ROWS", 1)
    with pytest.raises(FileRefused, match="more than 1 rows"):
        read_lookup(file, key="a", columns=["b"])


def test_text_stream_is_closed_with_the_table(file: Path) -> None:
    file.write_text("a\n1\n", encoding="utf-8")
    with open_table(file) as table:
        rows = table.rows
    with pytest.raises((ValueError, io.UnsupportedOperation)):
        next(rows)
