"""Keep what frozen periods have to follow until they were made again; find what is left out of rates.

Revision: b2d0c1a30320
Revises: b2d0c1a30260
Created: 2026-11-30 13:20:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b2d0c1a30320"
down_revision = "b2d0c1a30260"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this revision."""
    op.create_table(
        "credit_recalculations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revised", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "(done_at IS NULL) = (revised IS NULL)", name=op.f("ck_credit_recalculations_done")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_recalculations")),
    )
    op.create_index(
        "ix_credit_recalculations_waiting",
        "credit_recalculations",
        ["asked_at"],
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_index(
        "ix_credit_recalculations_subject", "credit_recalculations", ["subject_id", "asked_at"]
    )
    op.create_index(
        "ix_credit_observations_left_out",
        "credit_observations",
        ["department_id", sa.text("finished_at DESC"), sa.text("id DESC")],
        postgresql_where=sa.text("cause IS NOT NULL"),
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_index("ix_credit_observations_left_out", table_name="credit_observations")
    op.drop_table("credit_recalculations")
