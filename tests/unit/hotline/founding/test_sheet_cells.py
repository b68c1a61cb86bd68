"""What people and office programs leave in a cell, and what it is read as."""

from datetime import date, datetime, time, timedelta

import pytest

from hotline.founding.cells import Cell, CellFault, Vocabulary, WrongCell, read_cell
from hotline.founding.columns import Column, Subject, Value
from hotline.founding.sheets import SHEETS

WORDS = Vocabulary(
    {"column": {"bureau": "bureau", "市级部门": "bureau", "street": "street"}},
    {Subject.DEPARTMENTS: {"a": ("a",), "城管局": ("a",), "双": ("a", "b")}},
)


def column(kind: Value, **more: object) -> Column:
    given = {"refers": Subject.DEPARTMENTS, "most": 200} | more
    return Column("column", "Column", "Help", kind, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        (Value.LINE, None, None),
        (Value.LINE, "   ", None),
        (Value.LINE, " 市  城管局 ", "市 城管局"),
        (Value.LINE, "-", ""),
        (Value.LINE, "=1+1", "=1+1"),
        (Value.LINE, "'=HYPERLINK()", "=HYPERLINK()"),
        (Value.LINE, "a\x00b\u200bc", "abc"),
        (Value.LINE, 12.0, "12"),
        (Value.CODE, "Chengguan", "chengguan"),
        (Value.CODE, "\uff43\uff47", "cg"),
        (Value.USERNAME, " Zhang.Wei ", "zhang.wei"),
        (Value.PHONE, "010-8765 4321", "010-8765 4321"),
        (Value.PHONE, "\uff10\uff11\uff10\uff0d\uff18\uff17\uff16\uff15", "010-8765"),
        (Value.PHONE, 13912345678.0, "13912345678"),
        (Value.PHONE, 12345, "12345"),
        (Value.FLAG, "是", "yes"),
        (Value.FLAG, "N", "no"),
        (Value.FLAG, True, "yes"),
        (Value.CHOICE, "市级部门", "bureau"),
        (Value.CHOICES, "street、bureau", "bureau street"),
        (Value.REFERENCE, "城管局", "a"),
        (Value.REFERENCES, "城管局, a", "a"),
        (Value.WORDS, "b，a", "a b"),
        (Value.DAY, "2026/10/1", "2026-10-01"),
        (Value.DAY, "2026年10月1日", "2026-10-01"),
        (Value.DAY, "20261001", "2026-10-01"),
        (Value.DAY, 46296.0, "2026-10-01"),
        (Value.DAY, datetime(2026, 10, 1), "2026-10-01"),  # noqa: DTZ001  # as a reader of workbooks gives it
        (Value.DAY, date(2026, 10, 1), "2026-10-01"),
        (Value.NUMBER, "\uff13", "3"),
        (Value.PARTS, "联系；查看;维修", "联系\n查看\n维修"),
        (Value.LIMIT, "30m", "PT30M"),
        (Value.LIMIT, "90分钟", "PT1H30M"),
        (Value.LIMIT, "4小时", "PT4H"),
        (Value.LIMIT, "5个工作日", "P5D"),
        (Value.LIMIT, "0.5d", "P0.5D"),
        (Value.LIMIT, "pt24h", "PT24H"),
        (Value.LIMIT, timedelta(hours=2), "PT2H"),
        (Value.HOURS, "9:00-12:00 13:00-15:00", "09:00-12:00 13:00-15:00"),
        (Value.LINE, time(9, 30), "09:30"),
    ],
    ids=repr,
)  # fmt: skip
def test_a_cell_has_one_spelling(kind: Value, cell: Cell, value: str | None) -> None:
    assert read_cell(column(kind), cell, WORDS) == value


@pytest.mark.parametrize(
    ("kind", "cell", "fault"),
    [
        (Value.LINE, "x" * 201, CellFault.TOO_LONG),
        (Value.LINE, "#REF!", CellFault.BROKEN_CELL),
        (Value.LINE, 1234567890123456.0, CellFault.LOST_DIGITS),
        (Value.CODE, "城管", CellFault.BAD_CODE),
        (Value.CODE, "urban.light", CellFault.BAD_CODE),
        (Value.USERNAME, "9a", CellFault.BAD_USERNAME),
        (Value.PHONE, "call me", CellFault.BAD_PHONE),
        (Value.PHONE, 1087654321.0, CellFault.LOST_ZERO),
        (Value.PHONE, 57188889999.0, CellFault.LOST_ZERO),
        (Value.PHONE, 1.5, CellFault.BAD_PHONE),
        (Value.FLAG, "perhaps", CellFault.BAD_FLAG),
        (Value.CHOICE, "village", CellFault.NOT_OF_LIST),
        (Value.CHOICES, "bureau village", CellFault.NOT_OF_LIST),
        (Value.REFERENCE, "nobody", CellFault.UNKNOWN_NAME),
        (Value.REFERENCE, "双", CellFault.AMBIGUOUS_NAME),
        (Value.DAY, "30.2.2026", CellFault.BAD_DAY),
        (Value.DAY, "2026-02-30", CellFault.BAD_DAY),
        (Value.NUMBER, "0", CellFault.BAD_NUMBER),
        (Value.LIMIT, "soon", CellFault.BAD_LIMIT),
        (Value.LIMIT, "0h", CellFault.BAD_LIMIT),
        (Value.HOURS, "nine to five", CellFault.BAD_HOURS),
    ],
    ids=repr,
)
def test_what_cannot_be_read_says_why(kind: Value, cell: Cell, fault: CellFault) -> None:
    with pytest.raises(WrongCell) as wrong:
        read_cell(column(kind), cell, WORDS)
    assert wrong.value.fault is fault


def test_what_is_needed_cannot_be_emptied() -> None:
    assert read_cell(column(Value.LINE, required=True), "-", WORDS) == "-"


@pytest.mark.parametrize("subject", Subject)
def test_a_sheet_is_whole(subject: Subject) -> None:
    sheet = SHEETS[subject]
    names = [one.name for one in sheet.columns]
    assert len(set(names)) == len(names)
    assert set(sheet.key) <= set(names)
    for one in sheet.columns:
        assert (one.kind in {Value.CHOICE, Value.CHOICES}) == (one.of is not None), one.name
        assert (one.kind in {Value.REFERENCE, Value.REFERENCES}) == (one.refers is not None)
