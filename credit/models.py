"""The ledger's first page: promises kept and broken."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum


class PromiseOutcome(enum.StrEnum):
    """What a department made of a promise."""

    KEPT = "kept"
    BROKEN = "broken"


class PromiseRecord(TableModel, table=True):
    """One promise of one department and its outcome. Append-only; counted exactly once.

    A broken promise is excused when the department was never warned, because nobody was at the time.
    """

    __tablename__ = "promise_records"
    __table_args__ = (
        one_of("outcome", PromiseOutcome),
        sa.UniqueConstraint("commitment_id"),
        sa.Index("ix_promise_records_department", "department_id", "recorded_at"),
    )

    id: uuid.UUID = Field(primary_key=True)
    fact_id: uuid.UUID
    commitment_id: uuid.UUID
    department_id: int
    ticket_number: str = Field(max_length=13)
    outcome: PromiseOutcome = Field(sa_type=text_enum(PromiseOutcome, 16))
    due_at: datetime
    outcome_at: datetime
    is_excused: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    recorded_at: datetime
