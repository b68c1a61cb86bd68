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
    op.create_table(
        "user_contacts",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("email_on", sa.Boolean(), nullable=False),
        sa.Column("sms_on", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=False),
        sa.Column("quiet_to", sa.Time(), nullable=False),
        sa.Column("hourly_limit", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("hourly_limit > 0", name=op.f("ck_user_contacts_hourly_limit_positive")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_contacts_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user_contacts")),
    )
    channels = "'email', 'sms', 'webhook', 'dingtalk', 'wecom', 'feishu'"
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("kinds", postgresql.ARRAY(sa.String(length=32)), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"channel IN ({channels})", name=op.f("ck_subscriptions_channel_known")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_subscriptions_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("subscription_id", sa.Uuid(), nullable=True),
        sa.Column("requester_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("ticket_number", sa.String(length=13), nullable=True),
        sa.Column("fact_id", sa.Uuid(), nullable=True),
        sa.Column("notice_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("params", postgresql.JSONB(), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.String(length=300), nullable=True),
        sa.Column("provider_ref", sa.String(length=128), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"channel IN ({channels})", name=op.f("ck_deliveries_channel_known")),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'delivered', 'dead', 'suppressed')",
            name=op.f("ck_deliveries_state_known"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(user_id, subscription_id, requester_id) <= 1",
            name=op.f("ck_deliveries_one_receiver"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_deliveries_user_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_deliveries_subscription_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["requester_id"], ["ticket_requesters.id"], name=op.f("fk_deliveries_requester_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "subscription_id", "fact_id", name=op.f("uq_deliveries_subscription_id_fact_id")
        ),
        sa.UniqueConstraint(
            "requester_id", "fact_id", name=op.f("uq_deliveries_requester_id_fact_id")
        ),
    )
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["next_try_at"],
        postgresql_where=sa.text("state IN ('waiting', 'sending')"),
    )
    op.create_index("ix_deliveries_person", "deliveries", ["user_id", "channel", "next_try_at"])
    op.create_index("ix_deliveries_state", "deliveries", ["state", "id"])
    op.create_index("ix_deliveries_ticket", "deliveries", ["ticket_number", "id"])
    op.create_index(
        "ix_deliveries_reference",
        "deliveries",
        ["provider_ref"],
        postgresql_where=sa.text("provider_ref IS NOT NULL"),
    )


def downgrade() -> None:
    for table in ("deliveries", "subscriptions", "user_contacts"):
        op.drop_table(table)
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
