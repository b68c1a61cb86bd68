"""Which entries and proposals exist for whom."""

import uuid

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.entries.errors import ProposalNotFound
from credit.entries.models import Proposal
from credit.errors import EntryNotFound
from credit.models import CreditEntry
from hotline.people.permissions import Permission
from hotline.people.principal import Principal


def readable(principal: Principal) -> sa.ColumnElement[bool]:
    """Return the condition under which an entry exists for this person.

    The hotline sees every ledger, a department its own; what others are told is what is published.
    """
    if Permission.READ_CREDIT not in principal.permissions:
        return sa.false()
    if principal.sees_every_ticket:
        return sa.true()
    if principal.is_department:
        return col(CreditEntry.department_id) == principal.department_id
    return sa.false()


async def find_readable_entry(
    session: AsyncSession, principal: Principal, entry_id: uuid.UUID
) -> CreditEntry:
    """Return an entry that this person may see.

    Raises:
        EntryNotFound: there is none, or none for him.
    """
    entry = (
        await session.exec(
            select(CreditEntry).where(CreditEntry.id == entry_id, readable(principal))
        )
    ).first()
    if entry is None:
        raise EntryNotFound
    return entry


async def lock_proposal(session: AsyncSession, proposal_id: uuid.UUID) -> Proposal:
    """Return a proposal, locked until the transaction ends.

    Raises:
        ProposalNotFound: there is none.
    """
    proposal = (
        await session.exec(
            select(Proposal)
            .where(Proposal.id == proposal_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).first()
    if proposal is None:
        raise ProposalNotFound
    return proposal
