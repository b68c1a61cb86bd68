from pathlib import Path

from sqlmodel import col, select

from hotline.intake.importing.categories import import_categories
from hotline.kernel.db import SessionMaker
from hotline.tickets.models import Category


async def test_tree_is_hung_under_our_own_and_a_second_run_changes_nothing(
    session_maker: SessionMaker, tmp_path: Path
) -> None:
    async with session_maker() as session, session.begin():
        session.add(Category(code="transport", name="交通", name_en="Transport", steps=[]))
    file = tmp_path / "tree.csv"
    file.write_text("一级,二级,三级\n交通,道路,其他\n交通,桥梁,其他\n航空,,\n", encoding="utf-8")
    first = await import_categories(file, session_maker)
    assert (first.read, first.taken, first.present) == (3, 5, 1)
    second = await import_categories(file, session_maker)
    assert (second.taken, second.present) == (0, 6)
    async with session_maker() as session:
        stored = (await session.exec(select(Category).order_by(col(Category.code)))).all()
    assert sorted(row.name for row in stored) == sorted(
        ["交通", "道路", "其他", "桥梁", "其他", "航空"]
    )
    assert {row.parent for row in stored if row.name in ("道路", "桥梁")} == {"transport"}
    assert next(row for row in stored if row.code == "transport").name_en == "Transport"
