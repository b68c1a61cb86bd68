"""Keep telephone calls: what exchanges said of them, who was missed, who sits where.

Revision: b2d0c1a30400
Revises: b2d0c1a30345
Created: 2026-11-30 14:00:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "b2d0c1a30400"
down_revision = "b2d0c1a30345"
branch_labels = None
depends_on = None

APPEND_ONLY = ("call_events", "call_backs", "call_looks")


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("exchange", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=128), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.Column("number_index", sa.LargeBinary(), nullable=True),
        sa.Column("line", sa.String(length=32), nullable=True),
        sa.Column("agent", sa.String(length=64), nullable=True),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("outside", sa.LargeBinary(), nullable=True),
        sa.Column("joined_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("recording", sa.String(length=500), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_calls_direction_known")),
        sa.CheckConstraint(
            "state IN ('ringing', 'talking', 'ended', 'missed')", name=op.f("ck_calls_state_known")
        ),
        sa.CheckConstraint(
            "number_index IS NOT NULL OR number IS NULL", name=op.f("ck_calls_number_can_be_found")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_calls_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("exchange", "external_id", name=op.f("uq_calls_exchange_external_id")),
    )
    op.create_index(
        "ix_calls_agent_id",
        "calls",
        ["agent_id", sa.literal_column("started_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_calls_live",
        "calls",
        ["state", "last_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('ringing', 'talking')"),
    )
    op.create_index(
        "ix_calls_number_index",
        "calls",
        ["number_index", "answered_at"],
        unique=False,
        postgresql_where=sa.text("answered_at IS NOT NULL"),
    )
    op.create_index(
        "ix_calls_started_at",
        "calls",
        [sa.literal_column("started_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "operator_presences",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("is_away", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_operator_presences_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_operator_presences")),
    )
    op.create_table(
        "operator_seats",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("extension", sa.String(length=16), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_operator_seats_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_seats")),
    )
    op.create_index(
        "ix_operator_seats_extension", "operator_seats", ["extension", "taken_at"], unique=False
    )
    op.create_index(
        "uq_operator_seats_extension",
        "operator_seats",
        ["extension"],
        unique=True,
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_index(
        "uq_operator_seats_user_id",
        "operator_seats",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_table(
        "call_commands",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=8), nullable=True),
        sa.Column("other_target", sa.LargeBinary(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=True),
        sa.Column("failure", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "kind IN ('transfer', 'add_party', 'call_out')",
            name=op.f("ck_call_commands_kind_known"),
        ),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_call_commands_call_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_call_commands_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_commands")),
    )
    op.create_index("ix_call_commands_call_id", "call_commands", ["call_id", "at"], unique=False)
    op.create_table(
        "call_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("exchange", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=128), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=True),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.Column("line", sa.String(length=32), nullable=True),
        sa.Column("agent", sa.String(length=64), nullable=True),
        sa.Column("target", sa.LargeBinary(), nullable=True),
        sa.Column("recording", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "direction IN ('in', 'out')", name=op.f("ck_call_events_direction_known")
        ),
        sa.CheckConstraint(
            "kind IN ('ringing', 'answered', 'held', 'resumed', 'transferred', 'joined', 'ended', 'missed', 'recording')",
            name=op.f("ck_call_events_kind_known"),
        ),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_call_events_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_events")),
        sa.UniqueConstraint("exchange", "event_id", name=op.f("uq_call_events_exchange_event_id")),
    )
    op.create_index("ix_call_events_call_id", "call_events", ["call_id", "at"], unique=False)
    op.create_table(
        "call_looks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("is_recording", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_call_looks_call_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_call_looks_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_looks")),
    )
    op.create_index("ix_call_looks_call_id", "call_looks", ["call_id", "at"], unique=False)
    op.create_index(
        "uq_call_looks_number",
        "call_looks",
        ["call_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("NOT is_recording"),
    )
    op.create_table(
        "missed_calls",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("call_back_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('open', 'taken')) = (closed_at IS NULL)",
            name=op.f("ck_missed_calls_closed_or_open"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'taken', 'reached', 'called_again', 'given_up', 'withdrawn')",
            name=op.f("ck_missed_calls_state_known"),
        ),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_missed_calls_call_id")),
        sa.ForeignKeyConstraint(["taken_by"], ["users.id"], name=op.f("fk_missed_calls_taken_by")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_missed_calls")),
    )
    op.create_index(
        "ix_missed_calls_due",
        "missed_calls",
        ["call_back_by", "call_id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_missed_calls_missed_at",
        "missed_calls",
        [sa.literal_column("missed_at DESC"), sa.literal_column("call_id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_missed_calls_number_index",
        "missed_calls",
        ["number_index"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "ticket_calls",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("linked_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_ticket_calls_call_id")),
        sa.ForeignKeyConstraint(
            ["linked_by"], ["users.id"], name=op.f("fk_ticket_calls_linked_by")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_calls_ticket_id")
        ),
        sa.PrimaryKeyConstraint("ticket_id", "call_id", name=op.f("pk_ticket_calls")),
    )
    op.create_index(op.f("ix_ticket_calls_call_id"), "ticket_calls", ["call_id"], unique=False)
    op.create_table(
        "call_backs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("is_reached", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_id"], ["missed_calls.call_id"], name=op.f("fk_call_backs_call_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_call_backs_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_backs")),
        sa.UniqueConstraint("call_id", "attempt", name=op.f("uq_call_backs_call_id_attempt")),
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.drop_table("call_backs")
    op.drop_index(op.f("ix_ticket_calls_call_id"), table_name="ticket_calls")
    op.drop_table("ticket_calls")
    op.drop_index(
        "ix_missed_calls_number_index",
        table_name="missed_calls",
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index("ix_missed_calls_missed_at", table_name="missed_calls")
    op.drop_index(
        "ix_missed_calls_due",
        table_name="missed_calls",
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_table("missed_calls")
    op.drop_index(
        "uq_call_looks_number",
        table_name="call_looks",
        postgresql_where=sa.text("NOT is_recording"),
    )
    op.drop_index("ix_call_looks_call_id", table_name="call_looks")
    op.drop_table("call_looks")
    op.drop_index("ix_call_events_call_id", table_name="call_events")
    op.drop_table("call_events")
    op.drop_index("ix_call_commands_call_id", table_name="call_commands")
    op.drop_table("call_commands")
    op.drop_index(
        "uq_operator_seats_user_id",
        table_name="operator_seats",
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.drop_index(
        "uq_operator_seats_extension",
        table_name="operator_seats",
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.drop_index("ix_operator_seats_extension", table_name="operator_seats")
    op.drop_table("operator_seats")
    op.drop_table("operator_presences")
    op.drop_index("ix_calls_started_at", table_name="calls")
    op.drop_index(
        "ix_calls_number_index",
        table_name="calls",
        postgresql_where=sa.text("answered_at IS NOT NULL"),
    )
    op.drop_index(
        "ix_calls_live",
        table_name="calls",
        postgresql_where=sa.text("state IN ('ringing', 'talking')"),
    )
    op.drop_index("ix_calls_agent_id", table_name="calls")
    op.drop_table("calls")
