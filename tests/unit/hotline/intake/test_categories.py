from pathlib import Path

import pytest

from hotline.intake.importing.categories import category_codes, read_tree
from hotline.intake.importing.errors import FileRefused


def test_codes_follow_the_path_so_that_names_may_come_twice() -> None:
    roots = {"交通": "transport"}
    first = category_codes(("交通", "道路", "其他"), roots)
    second = category_codes(("交通", "桥梁", "其他"), roots)
    assert first[0] == second[0] == "transport"
    assert first == category_codes(("交通", "道路", "其他"), roots)
    assert first[2].startswith(f"{first[1]}.")
    assert first[2] != second[2]
    assert category_codes(("航空",), roots)[0].startswith("x")


def test_tree_is_read_with_leaves_at_any_level(tmp_path: Path) -> None:
    file = tmp_path / "tree.csv"
    file.write_text("一级,二级,三级\n交通,道路,路灯\n交通,公交,\n", encoding="gb18030")
    assert read_tree(file) == [("交通", "道路", "路灯"), ("交通", "公交")]


@pytest.mark.parametrize(
    "text", ["a,b,c,d\n1,2,3,4\n", "a,b,c\n交通,,路灯\n", "a,b\n1,2,3\n", "a\n" + "长" * 121]
)
def test_broken_trees_are_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "tree.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FileRefused):
        read_tree(file)
