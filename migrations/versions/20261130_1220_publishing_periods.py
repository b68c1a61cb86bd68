"""Let periods be published and revised, and work be excluded.

Revision: b2d0c1a30220
Revises: b2d0c1a30110
Created: 2026-11-30 12:20:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "b2d0c1a30220"
down_revision = "b2d0c1a30110"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credit_known_until",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("instant", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_credit_known_until_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_known_until")),
    )
    op.add_column(
        "credit_period_scores",
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    op.add_column("credit_period_scores", sa.Column("leaning", sa.String(length=1), nullable=True))


def downgrade() -> None:
    op.drop_column("credit_period_scores", "leaning")
    op.drop_column("credit_period_scores", "is_active")
    op.drop_table("credit_known_until")
