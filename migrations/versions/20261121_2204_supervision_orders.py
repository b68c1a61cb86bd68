"""Keep supervision orders and what became of them.

Revision: a1c0c1a22040
Revises: a1c0c1a22030
Created: 2026-11-21 22:04:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "a1c0c1a22040"
down_revision = "a1c0c1a22030"
branch_labels = None
depends_on = None

_LIVE = "state IN ('issued', 'acknowledged', 'answered')"


def upgrade() -> None:
    op.create_table(
        "supervision_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("hop", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("demand", sa.String(), nullable=False),
        sa.Column("reply_limit", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("follows_id", sa.Uuid(), nullable=True),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.String(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verification", sa.String(), nullable=True),
        sa.Column("verified_by", sa.Uuid(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("level BETWEEN 2 AND 4", name=op.f("ck_supervision_orders_level_known")),
        sa.CheckConstraint(
            "reason IN ('overdue_half', 'overdue_double', 'rework', 'milestone_missed', "
            "'urge_unanswered', 'order_unanswered', 'three_bounces', 'many_requesters', 'by_hand')",
            name=op.f("ck_supervision_orders_reason_known"),
        ),
        sa.CheckConstraint(
            "state IN ('issued', 'acknowledged', 'answered', 'verified', 'escalated')",
            name=op.f("ck_supervision_orders_state_known"),
        ),
        sa.CheckConstraint(
            "level < 4 OR issued_by IS NOT NULL",
            name=op.f("ck_supervision_orders_high_by_people"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [target], name=op.f(f"fk_supervision_orders_{column}")
            )
            for column, target in (
                ("ticket_id", "tickets.id"),
                ("department_id", "departments.id"),
                ("follows_id", "supervision_orders.id"),
                ("issued_by", "users.id"),
                ("acknowledged_by", "users.id"),
                ("answered_by", "users.id"),
                ("verified_by", "users.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_orders")),
        sa.UniqueConstraint("number", name=op.f("uq_supervision_orders_number")),
        sa.UniqueConstraint("ticket_id", "nth", name=op.f("uq_supervision_orders_ticket_id_nth")),
    )
    op.create_index(
        "uq_supervision_orders_live",
        "supervision_orders",
        ["ticket_id", "hop", "round"],
        unique=True,
        postgresql_where=sa.text(_LIVE),
    )
    op.create_index(
        "ix_supervision_orders_live",
        "supervision_orders",
        ["due_at", "id"],
        postgresql_where=sa.text(_LIVE),
    )
    op.create_index(
        "ix_supervision_orders_issued",
        "supervision_orders",
        [sa.text("issued_at DESC"), sa.text("id DESC")],
    )

    op.create_index(
        "ix_sla_clocks_running",
        "sla_clocks",
        ["due_at", "kind", "department_id", "ticket_id"],
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "urge_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["users.id"], name=op.f("fk_urge_runs_requested_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urge_runs")),
    )
    op.create_table(
        "urge_items",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_number", sa.String(length=13), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'urged', 'left_out', 'failed')",
            name=op.f("ck_urge_items_state_known"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["urge_runs.id"], name=op.f("fk_urge_items_run_id")),
        sa.PrimaryKeyConstraint("run_id", "ticket_number", name=op.f("pk_urge_items")),
    )


def downgrade() -> None:
    op.drop_table("urge_items")
    op.drop_table("urge_runs")
    op.drop_index("ix_sla_clocks_running", table_name="sla_clocks")
    op.drop_table("supervision_orders")
