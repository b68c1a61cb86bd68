"""Interviews that a published grade proposes: prefilled, waiting for a person to decide."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import Field, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.ids import uuid7
from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.kernel.tx import Transaction
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.supervision.errors import ProposalNotFound
from hotline.supervision.interviews.rules import InterviewReason
from hotline.supervision.models import Interview


class InterviewProposal(TableModel, table=True):
    """A department that is proposed for an interview, until one is called or the proposal dismissed.

    `source_key` names what proposed it: the same cause proposes once.
    """

    __tablename__ = "interview_proposals"
    __table_args__ = (
        one_of("reason", InterviewReason),
        sa.UniqueConstraint("source_key"),
        sa.CheckConstraint(
            "(interview_id IS NULL AND dismissal IS NULL) = (decided_at IS NULL)", name="decided"
        ),
        sa.Index(
            "ix_interview_proposals_open",
            "proposed_at",
            postgresql_where=sa.text("decided_at IS NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    department_id: int = Field(foreign_key="departments.id")
    reason: InterviewReason = Field(sa_type=text_enum(InterviewReason))
    source_key: str = Field(max_length=160)
    params: dict[str, Any] = Field(sa_type=JSONB)
    proposed_at: datetime
    interview_id: uuid.UUID | None = Field(default=None, foreign_key="interviews.id")
    dismissal: str | None = None
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    decided_at: datetime | None = None


async def propose_interview(
    tx: Transaction,
    department_id: int,
    *,
    reason: InterviewReason,
    source_key: str,
    params: dict[str, Any],
) -> bool:
    """Propose a department for an interview, once for each cause; tell whether it is new."""
    done = await tx.session.exec(
        insert(InterviewProposal)
        .values(
            id=uuid7(tx.now),
            department_id=department_id,
            reason=reason,
            source_key=source_key,
            params=params,
            proposed_at=tx.now,
        )
        .on_conflict_do_nothing(index_elements=["source_key"])
    )
    return done.rowcount == 1


async def open_proposals(
    session: AsyncSession,
) -> Sequence[tuple[InterviewProposal, Department]]:
    """Return the proposals that wait for a person, the oldest first."""
    rows = await session.exec(
        select(InterviewProposal, Department)
        .join(Department, col(Department.id) == col(InterviewProposal.department_id))
        .where(col(InterviewProposal.decided_at).is_(None))
        .order_by(col(InterviewProposal.proposed_at), col(InterviewProposal.id))
    )
    return rows.all()


async def take_up_proposals(tx: Tx, interview: Interview) -> None:
    """Note that an interview was called which had been proposed."""
    await tx.session.exec(
        sa.update(InterviewProposal)
        .where(
            col(InterviewProposal.department_id) == interview.department_id,
            col(InterviewProposal.reason) == interview.reason,
            col(InterviewProposal.decided_at).is_(None),
        )
        .values(interview_id=interview.id, decided_by=tx.actor.user_id, decided_at=tx.now)
        .execution_options(synchronize_session=False)
    )


async def dismiss_proposal(tx: Tx, proposal_id: uuid.UUID, *, reason: str) -> InterviewProposal:
    """Decide that a proposed interview is not called, and say why.

    Raises:
        ProposalNotFound: there is none that waits.
    """
    tx.actor.require(Permission.INTERVIEW)
    row = (
        await tx.session.exec(
            select(InterviewProposal)
            .where(
                InterviewProposal.id == proposal_id,
                col(InterviewProposal.decided_at).is_(None),
            )
            .with_for_update()
        )
    ).first()
    if row is None:
        raise ProposalNotFound
    row.dismissal, row.decided_by, row.decided_at = reason, tx.actor.user_id, tx.now
    return row
