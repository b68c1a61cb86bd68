"""Results that passed their audit and are looked at again, drawn day by day."""

import enum
import uuid
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum


class LookState(enum.StrEnum):
    """How far a second look is."""

    DRAWN = "drawn"
    DONE = "done"


class SecondLookPlan(TableModel, table=True):
    """One day's draw: from how many results that passed, with which seed."""

    __tablename__ = "second_look_plans"

    day: date = Field(primary_key=True)
    seed: str = Field(max_length=64)
    passed_count: int
    drawn_count: int
    planned_at: datetime


class SecondLook(TableModel, table=True):
    """A result that passed its audit, looked at again by somebody else (质检抽样).

    `share` is what the department's grade asked for when it was drawn.
    """

    __tablename__ = "second_looks"
    __table_args__ = (
        one_of("state", LookState),
        sa.UniqueConstraint("feedback_id"),
        sa.CheckConstraint(
            "(state = 'done') = (looked_at IS NOT NULL AND contact_shown IS NOT NULL "
            "AND answers_matter IS NOT NULL AND evidence_shown IS NOT NULL)",
            name="found",
        ),
        sa.Index("ix_second_looks_newest", sa.text("day DESC"), sa.text("id DESC")),
        sa.Index("ix_second_looks_ticket_id", "ticket_id"),
    )

    id: uuid.UUID = Field(primary_key=True)
    day: date = Field(foreign_key="second_look_plans.day")
    feedback_id: uuid.UUID = Field(foreign_key="feedbacks.id")
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id")
    department_id: int = Field(foreign_key="departments.id")
    share: Decimal = Field(sa_type=sa.Numeric(5, 4))
    state: LookState = Field(sa_type=text_enum(LookState, 16))
    contact_shown: bool | None = None
    answers_matter: bool | None = None
    evidence_shown: bool | None = None
    words: str | None = None
    looked_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    looked_at: datetime | None = None

    @property
    def has_passed(self) -> bool | None:
        """Tell whether all was as it ought to be; None before anybody looked."""
        if self.state is LookState.DRAWN:
            return None
        return bool(self.contact_shown and self.answers_matter and self.evidence_shown)
