"""Link repeats to what was handled before, and keep what looks odd.

Revision: b2d0c1a30050
Revises: b2d0c1a30040
Created: 2026-11-30 09:50:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b2d0c1a30050"
down_revision = "b2d0c1a30040"
branch_labels = None
depends_on = None

_KINDS = (
    "kind IN ('refusal', {repeat}'supplement', 'consultation', 'return', 'arbitration', "
    "'extension', 'suspension', 'rectification', 'final_reply', 'rating_check', 'close_out')"
)
_ANOMALIES = (
    "kind IN ('no_contact', 'copied_reply', 'unrelated_reply', 'quick_close', 'bulk_close', "
    "'last_minute', 'back_again', 'one_source', 'ping_pong', 'withdrawn_after_contact', "
    "'made_consult')"
)


def upgrade() -> None:
    op.add_column("tickets", sa.Column("repeat_of_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_tickets_repeat_of_id"), "tickets", "tickets", ["repeat_of_id"], ["id"]
    )
    op.create_index(
        "ix_tickets_repeat_of_id",
        "tickets",
        ["repeat_of_id"],
        postgresql_where=sa.text("repeat_of_id IS NOT NULL"),
    )
    op.drop_constraint("ck_procedures_kind_known", "procedures")
    op.create_check_constraint(
        op.f("ck_procedures_kind_known"), "procedures", _KINDS.format(repeat="'repeat', ")
    )
    op.create_index("ix_feedbacks_submitted_at", "feedbacks", ["submitted_at"])
    op.create_index(
        "ix_assignments_returned",
        "assignments",
        ["ended_at"],
        postgresql_where=sa.text("state = 'returned'"),
    )
    op.create_index(
        "ix_ticket_events_watched",
        "ticket_events",
        ["at"],
        postgresql_where=sa.text("action IN ('withdraw', 'reclassify')"),
    )
    op.create_table(
        "anomaly_cards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("looked_by", sa.Uuid(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.CheckConstraint(_ANOMALIES, name=op.f("ck_anomaly_cards_kind_known")),
        sa.CheckConstraint(
            "state IN ('open', 'looked_into', 'founded', 'unfounded')",
            name=op.f("ck_anomaly_cards_state_known"),
        ),
        sa.CheckConstraint(
            "(state IN ('founded', 'unfounded')) = (decided_at IS NOT NULL)",
            name=op.f("ck_anomaly_cards_decided"),
        ),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_anomaly_cards_{column}"))
            for column, target in (
                ("department_id", "departments.id"),
                ("looked_by", "users.id"),
                ("decided_by", "users.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anomaly_cards")),
        sa.UniqueConstraint(
            "kind", "subject", "day", name=op.f("uq_anomaly_cards_kind_subject_day")
        ),
    )
    op.create_index(
        "ix_anomaly_cards_found",
        "anomaly_cards",
        [sa.text("found_at DESC"), sa.text("id DESC")],
    )
    op.create_index(
        "ix_anomaly_cards_department",
        "anomaly_cards",
        ["department_id", sa.text("found_at DESC"), sa.text("id DESC")],
    )
    op.create_table(
        "anomaly_tickets",
        sa.Column("card_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["card_id"], ["anomaly_cards.id"], name=op.f("fk_anomaly_tickets_card_id")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_anomaly_tickets_ticket_id")
        ),
        sa.PrimaryKeyConstraint("card_id", "ticket_id", name=op.f("pk_anomaly_tickets")),
    )
    op.create_index(op.f("ix_anomaly_tickets_ticket_id"), "anomaly_tickets", ["ticket_id"])
    op.create_table(
        "anomaly_scans",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_anomaly_scans")),
    )


def downgrade() -> None:
    op.drop_table("anomaly_scans")
    op.drop_table("anomaly_tickets")
    op.drop_table("anomaly_cards")
    op.drop_index("ix_ticket_events_watched", table_name="ticket_events")
    op.drop_index("ix_assignments_returned", table_name="assignments")
    op.drop_index("ix_feedbacks_submitted_at", table_name="feedbacks")
    # What the narrower schema cannot tell goes with it; the tickets' timelines keep the words.
    op.execute("DELETE FROM procedures WHERE kind = 'repeat'")
    op.drop_constraint("ck_procedures_kind_known", "procedures")
    op.create_check_constraint(
        op.f("ck_procedures_kind_known"), "procedures", _KINDS.format(repeat="")
    )
    op.drop_index("ix_tickets_repeat_of_id", table_name="tickets")
    op.drop_constraint("fk_tickets_repeat_of_id", "tickets")
    op.drop_column("tickets", "repeat_of_id")
