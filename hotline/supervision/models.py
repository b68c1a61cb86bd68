"""One row for each supervision order, and what was urged in one go."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.supervision.rules import LIVE, WRITTEN, OrderReason, OrderState, UrgeState

LIVE_SQL = "state IN (" + ", ".join(f"'{state.value}'" for state in LIVE) + ")"
_WRITTEN_SQL = ", ".join(f"'{state.value}'" for state in WRITTEN)


class SupervisionOrder(TableModel, table=True):
    """A formal order (督办单) to a department to act on a ticket, and to say so by a date.

    `hop` and `round` name the task it was issued on; with that task it ends. `issued_by` is empty
    when the ladder of an overdue clock issued it.
    """

    __tablename__ = "supervision_orders"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("ticket_id", "nth"),
        sa.CheckConstraint("level BETWEEN 2 AND 4", name="level_known"),
        one_of("reason", OrderReason),
        sa.CheckConstraint(f"state IN ({_WRITTEN_SQL})", name="state_known"),
        sa.CheckConstraint("level < 4 OR issued_by IS NOT NULL", name="high_by_people"),
        sa.Index(
            "uq_supervision_orders_live",
            "ticket_id",
            "hop",
            "round",
            unique=True,
            postgresql_where=sa.text(LIVE_SQL),
        ),
        sa.Index(
            "ix_supervision_orders_live",
            "due_at",
            "id",
            postgresql_where=sa.text(LIVE_SQL),
        ),
        sa.Index("ix_supervision_orders_issued", sa.text("issued_at DESC"), sa.text("id DESC")),
    )

    id: uuid.UUID = Field(primary_key=True)
    number: str = Field(max_length=24)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id")
    nth: int
    hop: int
    round: int
    department_id: int = Field(foreign_key="departments.id")
    level: int = Field(sa_type=sa.SmallInteger)
    reason: OrderReason = Field(sa_type=text_enum(OrderReason))
    demand: str
    reply_limit: str = Field(max_length=32)
    state: OrderState = Field(sa_type=text_enum(OrderState, 16))
    follows_id: uuid.UUID | None = Field(default=None, foreign_key="supervision_orders.id")
    issued_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    issued_at: datetime
    due_at: datetime
    acknowledged_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    acknowledged_at: datetime | None = None
    reply: str | None = None
    answered_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    answered_at: datetime | None = None
    verification: str | None = None
    verified_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    verified_at: datetime | None = None


class UrgeRun(TableModel, table=True):
    """Many tickets urged in one go by one person, with one text.

    `asked` is the list it was started from, as the address of its page. The id comes with the form, so
    that a form sent twice starts one run.
    """

    __tablename__ = "urge_runs"

    id: uuid.UUID = Field(primary_key=True)
    requested_by: uuid.UUID = Field(foreign_key="users.id")
    requested_at: datetime
    asked: str
    note: str
    finished_at: datetime | None = None


class UrgeItem(TableModel, table=True):
    """One ticket of a run and what became of it."""

    __tablename__ = "urge_items"
    __table_args__ = (one_of("state", UrgeState),)

    run_id: uuid.UUID = Field(primary_key=True, foreign_key="urge_runs.id")
    ticket_number: str = Field(primary_key=True, max_length=13)
    state: UrgeState = Field(sa_type=text_enum(UrgeState, 16))
    reason: str | None = Field(default=None, max_length=64)
    done_at: datetime | None = None
