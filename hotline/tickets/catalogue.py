"""Categories: finding one, and the service list that goes with it."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.tickets.errors import UnknownCode
from hotline.tickets.models import Category

GENERAL_STEPS = ("联系诉求人，核实情况", "现场或书面办理", "向诉求人反馈结果", "提交办理结果")
"""The service list of a matter whose category has none of its own."""


def ancestry(code: str) -> list[str]:
    """Return a category's code and those above it, nearest first."""
    parts = code.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


async def require_category(session: AsyncSession, code: str) -> Category:
    """Return the category with this code.

    Raises:
        UnknownCode: there is none in use.
    """
    category = await session.get(Category, code)
    if category is None or not category.is_active:
        raise UnknownCode(what="category", value=code)
    return category


async def service_steps(session: AsyncSession, code: str | None) -> Sequence[str]:
    """Return the steps of the nearest category that has some."""
    if code is not None:
        rows = await session.exec(select(Category).where(col(Category.code).in_(ancestry(code))))
        for category in sorted(rows, key=lambda row: -len(row.code)):
            if category.steps:
                return category.steps
    return GENERAL_STEPS


async def list_categories(session: AsyncSession) -> Sequence[Category]:
    """Return every category, by code."""
    return (await session.exec(select(Category).order_by(col(Category.code)))).all()
