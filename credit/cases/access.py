"""The door to entries and cases: a department's own, everybody's for the hotline, nothing else."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.errors import EntryNotFound
from credit.models import CreditEntry
from hotline.people.permissions import Permission
from hotline.people.principal import Principal


def of_reader(principal: Principal, department_id: Mapped[int]) -> sa.ColumnElement[bool]:
    """Return the condition under which something of a department exists for a person."""
    if Permission.READ_CREDIT_CASES not in principal.permissions:
        return sa.false()
    if principal.sees_every_ticket:
        return sa.true()
    return department_id == principal.department_id


async def find_visible_entry(
    session: AsyncSession, principal: Principal, entry_id: uuid.UUID
) -> CreditEntry:
    """Return an entry that a person may see.

    Raises:
        EntryNotFound: there is none for him.
    """
    found = await session.exec(
        select(CreditEntry).where(
            CreditEntry.id == entry_id, of_reader(principal, col(CreditEntry.department_id))
        )
    )
    entry = found.first()
    if entry is None:
        raise EntryNotFound
    return entry
