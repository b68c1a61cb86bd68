from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from hotline.intake.importing.values import (
    InexactNumber,
    UnreadableDate,
    clash_of_formats,
    clean_code,
    clean_line,
    clean_text,
    local_time,
    repair_misread,
    text_of,
    to_utc,
)

NEW_YORK = ZoneInfo("America/New_York")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def wall(*parts: int) -> datetime:
    """What a clock on a wall shows: files know no zones."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("\n\t\t\t\t\n\t\t路灯不亮 \t", "路灯不亮"),
        ("\u3000\u3000路灯\u3000不亮\u3000", "路灯\u3000不亮"),
        ("\ufeff\u200b路灯\u200b", "路灯"),
        ("ＡＢＣ１２３", "ＡＢＣ１２３"),
        ("一\r\n二\r三", "一\n二\n三"),
        ("路\x00灯\x07不\x9f亮", "路灯不亮"),
        ("👨‍👩‍👧 𠮷野家 🚰", "👨‍👩‍👧 𠮷野家 🚰"),
        ("=1+1", "=1+1"),
        ("@SUM(A1)", "@SUM(A1)"),
        ("   ", ""),
        ("", ""),
    ],
)
def test_text_is_cleaned_at_the_ends_and_kept_inside(written: str, kept: str) -> None:
    assert clean_text(written) == kept


@given(st.text())
def test_cleaning_is_done_once_and_for_all(text: str) -> None:
    for clean in (clean_text, clean_line, clean_code):
        once = clean(text)
        assert clean(once) == once
        assert "\x00" not in once


def test_line_has_single_spaces_and_code_is_plain() -> None:
    assert clean_line("a \t\n b\u3000c") == "a b c"
    assert clean_line("a  b") == "a b"
    assert clean_code("１０１\u3000") == "101"


def test_misread_utf8_is_mended_and_the_rest_left() -> None:
    assert repair_misread("Transportationâ\x80\x99s") == "Transportation’s"
    assert repair_misread("café â la crème 你好") == "café â la crème 你好"


def test_numbers_of_spreadsheets_are_whole_and_exact_or_refused() -> None:
    assert text_of(12.0) == "12"
    assert text_of(0.5) == "0.5"
    assert text_of(wall(2020, 1, 2, 3, 4, 5)) == "2020-01-02 03:04:05"
    assert text_of(date(2020, 1, 2)) == "2020-01-02"
    with pytest.raises(InexactNumber):
        text_of(1.234567890123457e17)


FORMATS = ("%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2019/2/28 11:25:05", wall(2019, 2, 28, 11, 25, 5)),
        ("2019-02-28 11:25:05", wall(2019, 2, 28, 11, 25, 5)),
        ("\t2019-02-28 11:25:05 ", wall(2019, 2, 28, 11, 25, 5)),
        ("２０１９/2/28 11:25:05", wall(2019, 2, 28, 11, 25, 5)),
        ("2019/2/28", wall(2019, 2, 28, 23, 59, 59)),
        (date(2019, 2, 28), wall(2019, 2, 28, 23, 59, 59)),
        (wall(2019, 2, 28, 1, 2), wall(2019, 2, 28, 1, 2)),
    ],
)
def test_two_formats_live_in_one_column(written: str | date, read: datetime) -> None:
    assert local_time(written, FORMATS, "end") == read


def test_date_that_fits_no_format_is_unreadable() -> None:
    for written in ("28.2.2019", "2019/2/30", "yesterday", "2019/2/28 25:00:00"):
        with pytest.raises(UnreadableDate):
            local_time(written, FORMATS, "start")


def test_iso_keeps_an_offset_of_its_own() -> None:
    told = local_time("2019-12-31T23:59:11+01:00", ("iso",), "start")
    assert to_utc(told, NEW_YORK) == datetime(2019, 12, 31, 22, 59, 11, tzinfo=UTC)
    assert local_time("2019-12-31", ("iso",), "start") == wall(2019, 12, 31)


def test_zone_of_the_mapping_is_applied() -> None:
    told = wall(2019, 12, 31, 23, 59)
    assert to_utc(told, NEW_YORK) == datetime(2020, 1, 1, 4, 59, tzinfo=UTC)
    assert to_utc(told, SHANGHAI) == datetime(2019, 12, 31, 15, 59, tzinfo=UTC)


def test_hour_that_comes_twice_is_read_as_its_first_coming() -> None:
    told = wall(2011, 11, 6, 1, 30)
    assert to_utc(told, NEW_YORK) == datetime(2011, 11, 6, 5, 30, tzinfo=UTC)
    assert to_utc(told, NEW_YORK, second_reading=True) == datetime(2011, 11, 6, 6, 30, tzinfo=UTC)


def test_hour_that_never_comes_is_moved_on() -> None:
    told = wall(2011, 3, 13, 2, 30)
    moved = datetime(2011, 3, 13, 7, 30, tzinfo=UTC)
    assert to_utc(told, NEW_YORK) == moved
    assert to_utc(told, NEW_YORK, second_reading=True) == moved


def test_formats_that_disagree_are_found() -> None:
    assert clash_of_formats(("%d/%m/%Y", "%m/%d/%Y")) == ("%d/%m/%Y", "%m/%d/%Y")
    assert clash_of_formats(("iso", *FORMATS)) is None
