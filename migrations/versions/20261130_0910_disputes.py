"""Let a department keep a ticket while it is disputed, and list returns.

Revision: b2d0c1a30010
Revises: b2d0c1a30000
Created: 2026-11-30 09:10:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "b2d0c1a30010"
down_revision = "b2d0c1a30000"
branch_labels = None
depends_on = None

_BEFORE = (
    "'accepted/', 'accepted/arbitration', 'accepted/consultation', 'archived/', "
    "'cancelled/', 'closed/', 'closed/rating_check', 'dispatched/', "
    "'dispatched/return_review', 'feedback_submitted/', 'merged/', 'not_accepted/', "
    "'pending_visit/', 'pending_visit/final_reply', 'pending_visit/rating_check', 'processing/', "
    "'processing/final_reply', 'processing/rectification', 'processing/return_review', 'processing/supplement', "
    "'processing/suspension', 'submitted/', 'submitted/supplement', 'transferred_out/'"
)
_AFTER = (
    "'accepted/', 'accepted/arbitration', 'accepted/consultation', 'archived/', "
    "'cancelled/', 'closed/', 'closed/rating_check', 'dispatched/', "
    "'dispatched/return_review', 'feedback_submitted/', 'merged/', 'not_accepted/', "
    "'pending_visit/', 'pending_visit/final_reply', 'pending_visit/rating_check', 'processing/', "
    "'processing/arbitration', 'processing/final_reply', 'processing/rectification', 'processing/return_review', "
    "'processing/supplement', 'processing/suspension', 'submitted/', 'submitted/supplement', "
    "'transferred_out/'"
)
_OPEN = "'submitted', 'accepted', 'dispatched', 'processing', 'feedback_submitted', 'pending_visit'"


def _allow(states: str) -> None:
    op.drop_constraint(op.f("ck_tickets_state_reachable"), "tickets", type_="check")
    op.create_check_constraint(
        op.f("ck_tickets_state_reachable"),
        "tickets",
        f"status || '/' || coalesce(hold, '') IN ({states})",
    )


def upgrade() -> None:
    _allow(_AFTER)
    op.create_index(
        "ix_tickets_bounced",
        "tickets",
        [sa.text("submitted_at DESC"), sa.text("id DESC")],
        postgresql_where=sa.text(f"bounce_count > 1 AND status IN ({_OPEN})"),
    )
    op.create_index(
        "ix_procedures_returns",
        "procedures",
        [sa.text("opened_at DESC"), sa.text("id DESC")],
        postgresql_where=sa.text("kind = 'return'"),
    )
    op.create_index(
        "ix_procedures_returns_department",
        "procedures",
        ["opened_department_id", sa.text("opened_at DESC"), sa.text("id DESC")],
        postgresql_where=sa.text("kind = 'return'"),
    )


def downgrade() -> None:
    op.drop_index("ix_procedures_returns_department", table_name="procedures")
    op.drop_index("ix_procedures_returns", table_name="procedures")
    op.drop_index("ix_tickets_bounced", table_name="tickets")
    # The nearest that there was before: a return that lies before the authority.
    op.execute(
        "UPDATE tickets SET hold = 'return_review' "
        "WHERE status = 'processing' AND hold = 'arbitration'"
    )
    _allow(_BEFORE)
