"""Log what leaves the house: exports of lists.

Revision: b2d0c1a30510
Revises: b2d0c1a30330
Created: 2026-11-30 15:10:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b2d0c1a30510"
down_revision = "b2d0c1a30330"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this revision."""
    op.create_table(
        "exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("list_code", sa.String(length=32), nullable=False),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("has_personal", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("fault", sa.String(length=24), nullable=True),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "fault IN ('too_many_rows', 'no_longer_allowed', 'fault')",
            name=op.f("ck_exports_fault_known"),
        ),
        sa.CheckConstraint(
            "format IN ('xlsx', 'csv', 'json')", name=op.f("ck_exports_format_known")
        ),
        sa.CheckConstraint(
            "has_personal <= (reason IS NOT NULL)", name=op.f("ck_exports_personal_with_reason")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'ready', 'handed_over', 'failed', 'expired')",
            name=op.f("ck_exports_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["users.id"], name=op.f("fk_exports_requested_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index("ix_exports_newest", "exports", ["requested_at", "id"])
    op.create_index("ix_exports_person", "exports", ["requested_by", "requested_at", "id"])
    op.create_index(
        "ix_exports_kept",
        "exports",
        ["expires_at"],
        postgresql_where=sa.text("state = 'ready'"),
    )
    op.create_index(
        "ix_exports_under_way",
        "exports",
        ["requested_at"],
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_table("exports")
