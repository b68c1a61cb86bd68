"""What outside observers found of a department in a year: a part of its assessment."""

from decimal import Decimal

from sqlmodel.ext.asyncio.session import AsyncSession


async def observers_score(
    session: AsyncSession,  # noqa: ARG001  # where surveys are kept, they are read from here
    year: int,  # noqa: ARG001
    department_id: int,  # noqa: ARG001
) -> Decimal | None:
    """Return the score of a year's survey, 0 to 100; None when observers were not asked."""
    return None
