"""Keep what is sent to whom, by which road, and what became of it.

Revision: a1c0c1a22030
Revises: a1c0c1a22020
Created: 2026-11-21 22:03:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "a1c0c1a22030"
down_revision = "a1c0c1a22020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("notices", "ticket_number", nullable=True)
    op.alter_column("notices", "clock", nullable=True)
    op.alter_column(
        "notices", "level", new_column_name="rung", type_=sa.String(length=16), nullable=True
    )
    op.add_column(
        "notices",
        sa.Column("params", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'")),
    )
    for name in ("needs_ack", "is_urgent"):
        op.add_column(
            "notices", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.add_column(
        "notices", sa.Column("late_by_seconds", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("notices", sa.Column("escalation_id", sa.Uuid(), nullable=True))
    for name in ("acknowledged_at", "routed_at"):
        op.add_column("notices", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    # What people were told on their screens before is not sent to them once more.
    op.execute("UPDATE notices SET routed_at = created_at")
    op.create_index(
        "ix_notices_unacknowledged",
        "notices",
        ["user_id", "created_at"],
        postgresql_where=sa.text("needs_ack AND acknowledged_at IS NULL"),
    )
    op.create_index(
        "ix_notices_unrouted",
        "notices",
        ["id"],
        postgresql_where=sa.text("routed_at IS NULL"),
    )
    op.create_index(
        "ix_notices_escalation",
        "notices",
        ["escalation_id"],
        postgresql_where=sa.text("escalation_id IS NOT NULL"),
    )


def downgrade() -> None:
    for name in ("escalation", "unrouted", "unacknowledged"):
        op.drop_index(f"ix_notices_{name}", table_name="notices")
    for name in (
        "routed_at",
        "acknowledged_at",
        "escalation_id",
        "late_by_seconds",
        "is_urgent",
        "needs_ack",
        "params",
    ):
        op.drop_column("notices", name)
    op.execute(
        "DELETE FROM notices WHERE ticket_number IS NULL OR clock IS NULL "
        "OR rung IS NULL OR length(rung) > 8"
    )
    op.alter_column(
        "notices", "rung", new_column_name="level", type_=sa.String(length=8), nullable=False
    )
    op.alter_column("notices", "clock", nullable=False)
    op.alter_column("notices", "ticket_number", nullable=False)
