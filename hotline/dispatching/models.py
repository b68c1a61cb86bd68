"""What was decided of whose duty a matter is."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.tickets.models import TITLE_MAX


class PrecedentSource(enum.StrEnum):
    """Where it was decided."""

    RETURN = "return"
    CONSULTATION = "consultation"
    ARBITRATION = "arbitration"
    WHISTLE = "whistle"


class Precedent(TableModel, table=True):
    """A decision whose duty a matter is (裁定先例), kept for the next like case.

    `title` is the ticket's own, masked when it is shown. A precedent that does not hold any more is
    ended, never deleted.
    """

    __tablename__ = "precedents"
    __table_args__ = (
        one_of("source", PrecedentSource),
        sa.Index(
            "ix_precedents_category",
            "category_code",
            sa.text("decided_at DESC"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id", index=True)
    ticket_number: str = Field(max_length=13)
    source: PrecedentSource = Field(sa_type=text_enum(PrecedentSource, 16))
    category_code: str | None = Field(default=None, foreign_key="categories.code")
    area: str | None = Field(default=None, max_length=64)
    title: str = Field(max_length=TITLE_MAX)
    department_id: int = Field(foreign_key="departments.id")
    explanation: str
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    decided_at: datetime
    ended_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    ended_at: datetime | None = None
