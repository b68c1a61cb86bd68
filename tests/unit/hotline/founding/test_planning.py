"""What becomes of the lines of a sheet."""

from hypothesis import given, strategies as st

from hotline.founding.cells import Cell, CellFault
from hotline.founding.columns import Subject
from hotline.founding.planning import (
    FileRow,
    House,
    Key,
    LineVerdict,
    PlannedRow,
    Values,
    counts,
    in_order,
    plan,
)
from hotline.founding.sheets import DEPARTMENTS
from web.founding.words import reading_of

CHOICES = reading_of(Subject.DEPARTMENTS).choices
BUREAU = {
    "code": "city",
    "name": "市政府",
    "name_en": "City",
    "parent": "",
    "peer_group": "",
    "phone": "",
    "level": "bureau",
    "is_active": "yes",
}


def house(*rows: Values) -> House:
    known: dict[Key, Values] = {(row["code"],): row for row in rows}
    return House(
        known,
        CHOICES,
        {
            Subject.GROUPS: {"bureaus": "市直部门"},
            Subject.DEPARTMENTS: {row["code"]: row["name"] for row in rows},
        },
    )


def planned(*cells: dict[str, Cell], known: tuple[Values, ...] = (BUREAU,)) -> list[PlannedRow]:
    rows = [FileRow(line, one) for line, one in enumerate(cells, 2)]
    return plan(DEPARTMENTS, rows, house(*known))


def verdicts(rows: list[PlannedRow]) -> list[str]:
    return [row.verdict.value for row in rows]


def faults(row: PlannedRow) -> list[CellFault]:
    return [fault.kind for fault in row.faults]


def test_lines_are_made_changed_left_and_refused() -> None:
    rows = planned(
        {"code": "aa", "name": "甲局", "parent": "市政府"},
        {"code": "city", "phone": "010-1234567"},
        {"code": "CITY ", "name": "市政府"},
        {"code": "bb"},
    )
    assert verdicts(rows) == ["make", "change", "wrong", "wrong"]
    assert rows[0].values["parent"] == "city"
    assert rows[0].values["is_active"] == "yes"
    assert rows[1].changed == ("phone",)
    assert faults(rows[2]) == [CellFault.TWICE]
    assert faults(rows[3]) == [CellFault.MISSING]
    assert rows[3].faults[0].column == "name"


def test_the_same_again_changes_nothing() -> None:
    (row,) = planned(dict(BUREAU))
    assert row.verdict is LineVerdict.SAME


def test_an_empty_cell_leaves_and_a_dash_empties() -> None:
    known = {**BUREAU, "phone": "12345"}
    (left,) = planned({"code": "city", "phone": ""}, known=(known,))
    (emptied,) = planned({"code": "city", "phone": "-"}, known=(known,))
    assert left.verdict is LineVerdict.SAME
    assert emptied.values["phone"] == ""
    assert emptied.changed == ("phone",)


def test_a_line_may_name_what_comes_later_in_the_file() -> None:
    rows = planned(
        {"code": "team", "name": "大队", "parent": "街道办"},
        {"code": "street", "name": "街道办", "parent": "city"},
    )
    assert verdicts(rows) == ["make", "make"]
    assert [row.key[0] for row in in_order(DEPARTMENTS, rows)] == ["street", "team"]


def test_what_hangs_below_a_wrong_line_is_wrong_too() -> None:
    rows = planned(
        {"code": "street", "name": "街道办", "level": "village"},
        {"code": "team", "name": "大队", "parent": "street"},
        {"code": "crew", "name": "小组", "parent": "team"},
    )
    assert verdicts(rows) == ["wrong"] * 3
    assert faults(rows[1]) == faults(rows[2]) == [CellFault.ORPHAN]


def test_nothing_lies_below_itself() -> None:
    rows = planned(
        {"code": "aa", "name": "甲", "parent": "bb"},
        {"code": "bb", "name": "乙", "parent": "aa"},
        {"code": "cc", "name": "丙", "parent": "cc"},
    )
    assert verdicts(rows) == ["wrong"] * 3
    assert {CellFault.CIRCLE} == {kind for row in rows for kind in faults(row)}


def test_a_merged_cell_is_refused_with_its_line() -> None:
    (row,) = plan(DEPARTMENTS, [FileRow(2, {"code": "aa", "name": "甲"}, is_merged=True)], house())
    assert faults(row) == [CellFault.MERGED]


def test_a_telephone_never_stands_in_a_report() -> None:
    (row,) = planned({"code": "aa", "name": "甲", "phone": "call 13912345678 now"})
    assert [fault.value for fault in row.faults] == [""]


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "code": st.sampled_from(["aa", "bb", "cc", "city", "", "9x!"]),
                "name": st.sampled_from(["甲", "乙", "市政府", ""]),
                "parent": st.sampled_from(["", "aa", "bb", "市政府", "nobody", "-"]),
                "is_active": st.sampled_from(["", "yes", "否", "?"]),
            }
        ),
        max_size=8,
    )
)
def test_whatever_stands_there_what_is_good_can_be_done_in_order(
    cells: list[dict[str, Cell]],
) -> None:
    rows = planned(*cells)
    assert sum(counts(rows).values()) == len(cells)
    there = {"city"}
    for row in in_order(DEPARTMENTS, rows):
        assert not row.faults
        assert not row.values["parent"] or row.values["parent"] in there
        there.add(row.key[0])
