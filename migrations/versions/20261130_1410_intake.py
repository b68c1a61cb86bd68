"""Keep what operators have begun to take down.

Revision: b2d0c1a30410
Revises: b2d0c1a30400
Created: 2026-11-30 14:10:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "b2d0c1a30410"
down_revision = "b2d0c1a30400"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "intake_drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_intake_drafts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_drafts")),
    )
    op.create_index("ix_intake_drafts_own", "intake_drafts", ["user_id", "saved_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_intake_drafts_own", table_name="intake_drafts")
    op.drop_table("intake_drafts")
