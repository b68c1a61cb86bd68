"""Categories of another system, hung into our tree.

The file has one row for each leaf: its levels by name, from the top. A name alone is not unique, so a
category is known by its whole path, and its code is made from it: the same file gives the same codes.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from hotline.intake.importing.errors import FileRefused
from hotline.intake.importing.mapping import clean_header
from hotline.intake.importing.reader import open_table
from hotline.intake.importing.record import Refusal
from hotline.intake.importing.values import clean_line, text_of
from hotline.kernel.db import SessionMaker
from hotline.tickets.models import Category

MAX_LEVELS = 3
NAME_MAX = 120

ROOTS = {
    "城乡建设": "urban",
    "农村农业": "agriculture",
    "政法": "order",
    "教育文体": "education",
    "劳动和社会保障": "labour",
    "民政": "civil_affairs",
    "卫生计生": "health",
    "商贸旅游": "market",
    "环境保护": "environment",
    "交通运输": "transport",
}
"""Names of first levels elsewhere that are one of ours under another name."""


@dataclass(slots=True)
class CategoryReport:
    """What came of importing a tree: rows read, categories added and already there."""

    file: str
    read: int = 0
    taken: int = 0
    present: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return asdict(self)

    def as_text(self) -> str:
        """Return the report for people."""
        return (
            f"{self.file}: {self.read:,} rows, {self.taken:,} categories taken, "
            f"{self.present:,} were there already"
        )


def category_codes(path: Sequence[str], roots: dict[str, str]) -> list[str]:
    """Return the codes along a path of names, each under the one before it.

    Args:
        path: names from the top.
        roots: codes of first levels by name.
    """
    top = roots.get(path[0]) or _digest(path[:1])
    codes = [top]
    for depth in range(1, len(path)):
        codes.append(f"{codes[-1]}.{_digest(path[: depth + 1])}")
    return codes


def _digest(path: Sequence[str]) -> str:
    return "x" + hashlib.sha256("\0".join(path).encode()).hexdigest()[:8]


def read_tree(file: Path) -> list[tuple[str, ...]]:
    """Return every path of a category file, from the top, in the order of the file.

    Raises:
        FileRefused: it cannot be read, has more than three columns, or a row has a gap.
    """
    paths: list[tuple[str, ...]] = []
    with open_table(file) as table:
        width = len(clean_header(table.header))
        if width > MAX_LEVELS:
            raise FileRefused("too-many-levels", f"{width} columns, at most {MAX_LEVELS} levels")
        for row in table.rows:
            if isinstance(row, Refusal):
                raise FileRefused("broken-row", f"line {row.line}: {row.detail}")
            line, cells = row
            names = [clean_line(text_of(cell)) for cell in cells]
            while names and not names[-1]:
                names.pop()
            if not all(names) or len(names) > width or max(map(len, names)) > NAME_MAX:
                raise FileRefused("broken-row", f"line {line}: a level is missing or too long")
            paths.append(tuple(names))
    return paths


async def import_categories(file: Path, sessions: SessionMaker) -> CategoryReport:
    """Add the categories of a file that are not there yet; a second run changes nothing.

    Raises:
        FileRefused: the file cannot be read; nothing is written then.
    """
    paths = read_tree(file)
    async with sessions() as session, session.begin():
        tops = await session.exec(
            select(Category.name, Category.code).where(col(Category.parent).is_(None))
        )
        roots = ROOTS | dict(tops.all())
        rows: dict[str, dict[str, Any]] = {}
        for path in paths:
            parent = None
            for name, code in zip(path, category_codes(path, roots), strict=True):
                rows[code] = {
                    "code": code,
                    "parent": parent,
                    "name": name,
                    "name_en": name,
                    "steps": [],
                    "is_active": True,
                }
                parent = code
        taken = 0
        for depth in range(MAX_LEVELS):
            level = [row for code, row in rows.items() if code.count(".") == depth]
            if level:
                added = await session.exec(
                    insert(Category)
                    .values(level)
                    .on_conflict_do_nothing()
                    .returning(col(Category.code))
                )
                taken += len(added.all())
    return CategoryReport(file.name, len(paths), taken, len(rows) - taken)
