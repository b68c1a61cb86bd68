"""What the board keeps: sums of closed days, which of them do not hold any more, screens on walls."""

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field

from hotline.kernel.tables import TableModel


class BoardDay(TableModel, table=True):
    """How often something happened on one day; a day is written as a whole, or not at all.

    `department_id` 0 stands for all departments, an empty `area` for all areas, an empty `category` for
    all categories. No row means none.
    """

    __tablename__ = "board_days"
    __table_args__ = (sa.Index("ix_board_days_figure", "figure", "day"),)

    department_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    area: str = Field(primary_key=True, max_length=64)
    category: str = Field(primary_key=True, max_length=96)
    day: date = Field(primary_key=True)
    figure: str = Field(primary_key=True, max_length=32)
    count: int


class BoardMark(TableModel, table=True):
    """A day whose sums do not hold any more: it is counted as it is asked for until they are made anew.

    Whoever writes something of a day that was summed up leaves a mark in the same transaction: triggers
    do that, so that nobody can forget it. `noticed_at` is set for days that have just ended: whoever
    began to write before he could know has to finish first.
    """

    __tablename__ = "board_marks"
    __table_args__ = (sa.Index("ix_board_marks_day", "day"),)

    id: int = Field(
        default=None,
        primary_key=True,
        sa_type=sa.BigInteger,
        sa_column_args=(sa.Identity(always=True),),
    )
    day: date
    noticed_at: datetime | None = None


class BoardState(TableModel, table=True):
    """Up to which day sums are kept; one row, or none before the first time."""

    __tablename__ = "board_states"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one"),)

    id: int = Field(
        default=1,
        primary_key=True,
        sa_type=sa.SmallInteger,
        sa_column_kwargs={"autoincrement": False},
    )
    settled_until: date


class WallScreen(TableModel, table=True):
    """A screen on a wall: it may show the wall's figures and nothing else, until it is taken away.

    Only the digest of its word is kept. `seen_at` says when it last asked, to the minute.
    """

    __tablename__ = "wall_screens"
    __table_args__ = (
        sa.UniqueConstraint("token_digest"),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked"),
    )

    id: uuid.UUID = Field(primary_key=True)
    name: str = Field(max_length=80)
    token_digest: bytes
    made_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    made_at: datetime
    expires_at: datetime
    seen_at: datetime | None = None
    revoked_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    revoked_at: datetime | None = None
