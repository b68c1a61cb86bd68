"""Find the alerts that nobody has seen among many that somebody did.

Revision: b2d0c1a30330
Revises: b2d0c1a30320
Created: 2026-11-30 13:30:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "b2d0c1a30330"
down_revision = "b2d0c1a30320"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_escalations_unseen",
        "escalations",
        ["clock_id"],
        unique=False,
        postgresql_where=sa.text("ack_due_at IS NOT NULL AND acknowledged_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_escalations_unseen", table_name="escalations")
