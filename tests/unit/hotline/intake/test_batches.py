"""Rows of callers, as they are pasted from tables, lists and messages."""

import pytest
from hypothesis import given, settings, strategies as st

from hotline.intake.batches.rules import CallerRow, RowProblem, parse_rows, takeable


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("13900001234", CallerRow(1, "13900001234")),
        ("13900001234,王女士,三楼", CallerRow(1, "13900001234", "王女士", "三楼")),
        ("139 0000 1234\t王女士\t三楼 东户", CallerRow(1, "13900001234", "王女士", "三楼 东户")),
        ("１３９００００１２３４，李", CallerRow(1, "13900001234", "李")),
        ("13900001234 王女士 三楼 停水", CallerRow(1, "13900001234", "王女士", "三楼 停水")),
        ("王女士 13900001234", CallerRow(1, "13900001234", "王女士")),
        ("0532-88881234；张", CallerRow(1, "053288881234", "张")),
        ("88881234,张", CallerRow(1, "88881234", "张")),
        ("电话,姓名", CallerRow(1, problem=RowProblem.NO_NUMBER)),
        ("😀", CallerRow(1, problem=RowProblem.NO_NUMBER)),
    ],
)
def test_a_row_is_read(line: str, row: CallerRow) -> None:
    assert parse_rows(line) == [row]


def test_whoever_stands_there_twice_is_taken_down_once() -> None:
    rows = parse_rows("\n13900001234,王\n\n139 0000 1234,王\n13900005678," + "长" * 90)
    assert [row.line for row in rows] == [1, 2, 3]
    assert [row.problem for row in rows] == [None, RowProblem.TWICE, RowProblem.TOO_LONG]
    assert [row.line for row in takeable(rows)] == [1]


@settings(max_examples=60)
@given(st.text(max_size=200))
def test_whatever_is_pasted_is_read_without_harm(text: str) -> None:
    rows = parse_rows(text)
    assert [row.line for row in rows] == list(range(1, len(rows) + 1))
    assert all(row.phone.removeprefix("+").isdecimal() for row in takeable(rows))
