"""What outside observers found of departments in a year: a part of its assessment."""

from collections.abc import Mapping
from decimal import Decimal

from sqlmodel.ext.asyncio.session import AsyncSession

from credit.observers.scores import observers_score


async def survey_scores(session: AsyncSession, year: int) -> Mapping[int, Decimal]:
    """Return a year's survey scores by department, 0 to 100; who has none is left out."""
    found = await observers_score(session, year)
    return {unit: one.score for unit, one in found.items() if one.score is not None}
