"""Find the limits that months are counted by, and those of unanswered urges, without looking at all.

Revision: b4a1c1a31100
Revises: b3e0c1a31940
Created: 2026-12-01 11:00:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "b4a1c1a31100"
down_revision = "b3e0c1a31940"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_sla_clocks_completions",
        "sla_clocks",
        ["due_at", "department_id", "state"],
        postgresql_where=sa.text("kind IN ('complete', 'rework_complete', 'bad_rating_fix')"),
    )
    op.create_index(
        "ix_sla_clocks_urged",
        "sla_clocks",
        ["due_at", "id"],
        postgresql_where=sa.text(
            "kind = 'urge_reply' AND state IN ('running', 'paused', 'submitted')"
        ),
    )


def downgrade() -> None:
    op.drop_index("ix_sla_clocks_urged", table_name="sla_clocks")
    op.drop_index("ix_sla_clocks_completions", table_name="sla_clocks")
