"""Reading what every case has: the steps that were taken in it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.cases.models import CreditCaseStep
from credit.cases.rules import CaseStep
from hotline.people.queries import users_by_id


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One step of an appeal or a repair.

    Attributes:
        words: what was said.
        by: who; None for the system.
    """

    at: datetime
    step: CaseStep
    words: str | None
    by: str | None


async def steps_of(session: AsyncSession, remedy_id: uuid.UUID) -> Sequence[StepTaken]:
    """Return the steps of one case, the oldest first."""
    return await _steps(session, col(CreditCaseStep.remedy_id) == remedy_id)


async def steps_of_entry(session: AsyncSession, entry_id: uuid.UUID) -> Sequence[StepTaken]:
    """Return the steps of every appeal and repair of an entry, the oldest first."""
    return await _steps(session, col(CreditCaseStep.entry_id) == entry_id)


async def _steps(session: AsyncSession, condition: sa.ColumnElement[bool]) -> Sequence[StepTaken]:
    steps = (
        await session.exec(select(CreditCaseStep).where(condition).order_by(col(CreditCaseStep.id)))
    ).all()
    users = await users_by_id(session, {one.by for one in steps})
    names = {key: user.display_name for key, user in users.items()}
    return [_step(one, names) for one in steps]


def _step(row: CreditCaseStep, names: Mapping[uuid.UUID, str]) -> StepTaken:
    return StepTaken(row.at, CaseStep(row.step), row.words, names.get(row.by) if row.by else None)
