"""Keep what happened to each clock, every rung of the ladder, outages and alarms.

Revision: a1c0c1a22010
Revises: f9f3abac740a
Created: 2026-11-21 22:01:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "a1c0c1a22010"
down_revision = "f9f3abac740a"
branch_labels = None
depends_on = None


_ACTED = "rung IN ('act', 'order', 'listing')"
_KINDS = (
    "'accept', 'dispatch', 'sign', 'first_contact', 'complete', 'co_opinion', 'audit', 'visit', "
    "'rework_complete', 'supplement', 'consultation', 'dispute_review', 'arbitration', "
    "'milestone', 'suspension_review', 'final_reply', 'bad_rating_contact', 'bad_rating_fix'"
)
_RUNGS = "'yellow', 'orange', 'red', 'urge', 'act', 'order', 'listing'"


def upgrade() -> None:
    op.drop_constraint("ck_sla_clocks_kind_known", "sla_clocks")
    op.create_check_constraint(
        op.f("ck_sla_clocks_kind_known"), "sla_clocks", f"kind IN ({_KINDS}, 'supervision_reply')"
    )
    op.alter_column("sla_clocks", "calendar", type_=sa.String(length=32), existing_nullable=False)
    for column in ("yellow", "orange"):
        op.alter_column(
            "sla_clocks", column, type_=sa.Numeric(precision=12, scale=4), existing_nullable=False
        )
    op.add_column(
        "sla_clocks",
        sa.Column("is_logged", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    # What stopped a clock before there was a log is not known any more; and an import may have taken
    # over the end that another system had set.
    op.execute(
        "UPDATE sla_clocks c SET is_logged = false FROM tickets t WHERE t.id = c.ticket_id AND "
        "(c.since <> c.started_at OR c.stopped_at IS NOT NULL OR t.source IS NOT NULL "
        "OR c.used_microseconds <> 0 AND c.ended_at IS NULL)"
    )
    op.create_table(
        "sla_clock_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("clock_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("used_microseconds", sa.BigInteger(), nullable=False),
        sa.Column("limit_seconds", sa.Integer(), nullable=False),
        sa.Column("previous_limit_seconds", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("charged_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("calendar_version", sa.String(length=32), nullable=False),
        sa.Column("previous_calendar_version", sa.String(length=32), nullable=False),
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "change IN ('paused', 'resumed', 'submitted', 'resubmitted', 'extended', 'reapplied', "
            "'recalculated')",
            name=op.f("ck_sla_clock_changes_change_known"),
        ),
        sa.ForeignKeyConstraint(
            ["clock_id"], ["sla_clocks.id"], name=op.f("fk_sla_clock_changes_clock_id")
        ),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["sla_policies.id"], name=op.f("fk_sla_clock_changes_policy_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_clock_changes")),
    )
    op.create_index("ix_sla_clock_changes_clock_id", "sla_clock_changes", ["clock_id", "id"])
    op.execute(
        "CREATE TRIGGER sla_clock_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON sla_clock_changes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.create_index(
        "ix_sla_clocks_provisional",
        "sla_clocks",
        ["calendar"],
        postgresql_where=sa.text("is_provisional"),
    )
    # Rows that are written anew at every step stay on their page, and their indexes untouched.
    op.execute("ALTER TABLE tickets SET (fillfactor = 80)")
    op.execute("ALTER TABLE sla_clocks SET (fillfactor = 85)")
    _rungs()
    _escalations()
    op.create_index(
        "ix_tickets_closed",
        "tickets",
        ["closed_at"],
        postgresql_where=sa.text("status = 'closed' AND hold IS NULL"),
    )
    op.add_column(
        "promise_records",
        sa.Column("is_excused", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def _rungs() -> None:
    op.drop_index("ix_sla_thresholds_armed", table_name="sla_thresholds")
    op.alter_column("sla_thresholds", "level", new_column_name="rung")
    op.add_column(
        "sla_thresholds", sa.Column("nth", sa.Integer(), nullable=False, server_default="1")
    )
    op.add_column("sla_thresholds", sa.Column("target_microseconds", sa.BigInteger()))
    # What a level's instant was computed from, said from now on beside it.
    op.execute(
        "UPDATE sla_thresholds t SET target_microseconds = floor(1000000 * c.limit_seconds * "
        "CASE t.rung WHEN 'yellow' THEN c.yellow WHEN 'orange' THEN c.orange ELSE 1 END) "
        "FROM sla_clocks c WHERE c.id = t.clock_id"
    )
    op.alter_column("sla_thresholds", "target_microseconds", nullable=False)
    op.drop_constraint("pk_sla_thresholds", "sla_thresholds")
    op.drop_constraint("fk_sla_thresholds_clock_id", "sla_thresholds")
    op.create_primary_key(op.f("pk_sla_thresholds"), "sla_thresholds", ["clock_id", "rung", "nth"])
    op.create_check_constraint(
        op.f("ck_sla_thresholds_rung_known"), "sla_thresholds", f"rung IN ({_RUNGS})"
    )
    op.create_index(
        "ix_sla_thresholds_armed",
        "sla_thresholds",
        ["due_at", "ticket_id"],
        postgresql_where=sa.text(f"state = 'armed' AND NOT ({_ACTED})"),
    )
    op.create_index(
        "ix_sla_thresholds_acts",
        "sla_thresholds",
        ["due_at", "ticket_id"],
        postgresql_where=sa.text(f"state = 'armed' AND {_ACTED}"),
    )


def _escalations() -> None:
    op.create_table(
        "outages",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ended_at > began_at", name=op.f("ck_outages_forward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outages")),
        sa.UniqueConstraint("began_at", name=op.f("uq_outages_began_at")),
    )
    op.create_table(
        "alarms",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=96), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('sweeper_late', 'calendar_horizon', 'ticket_parked', 'nobody_on_duty', "
            "'deadline_missing', 'delivery_dead')",
            name=op.f("ck_alarms_kind_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
    )
    op.create_index(
        "uq_alarms_open",
        "alarms",
        ["kind", "subject"],
        unique=True,
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_table(
        "escalations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_number", sa.String(length=13), nullable=False),
        sa.Column("clock_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("rung", sa.String(length=8), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("late_by_seconds", sa.Integer(), nullable=False),
        sa.Column("outage_id", sa.Integer(), nullable=True),
        sa.Column("is_collapsed", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("told", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("skipped", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=True),
        sa.Column("ack_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            f"kind IN ({_KINDS}, 'supervision_reply')", name=op.f("ck_escalations_kind_known")
        ),
        sa.CheckConstraint(f"rung IN ({_RUNGS})", name=op.f("ck_escalations_rung_known")),
        sa.ForeignKeyConstraint(
            ["outage_id"], ["outages.id"], name=op.f("fk_escalations_outage_id")
        ),
        sa.ForeignKeyConstraint(
            ["acknowledged_by"], ["users.id"], name=op.f("fk_escalations_acknowledged_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalations")),
        sa.UniqueConstraint(
            "clock_id", "rung", "nth", name=op.f("uq_escalations_clock_id_rung_nth")
        ),
    )
    op.create_index("ix_escalations_ticket_id", "escalations", ["ticket_id", "fired_at"])
    op.create_index(
        "ix_escalations_unacknowledged",
        "escalations",
        ["ack_due_at"],
        postgresql_where=sa.text(
            "ack_due_at IS NOT NULL AND acknowledged_at IS NULL AND raised_at IS NULL"
        ),
    )


def downgrade() -> None:
    op.execute("ALTER TABLE tickets RESET (fillfactor)")
    op.execute("ALTER TABLE sla_clocks RESET (fillfactor)")
    op.drop_index("ix_tickets_closed", table_name="tickets")
    op.drop_index("ix_sla_clocks_provisional", table_name="sla_clocks")
    op.drop_column("promise_records", "is_excused")
    op.drop_table("escalations")
    op.drop_table("alarms")
    op.drop_table("outages")
    op.execute("DELETE FROM sla_thresholds WHERE rung NOT IN ('yellow', 'orange', 'red')")
    op.drop_index("ix_sla_thresholds_acts", table_name="sla_thresholds")
    op.drop_index("ix_sla_thresholds_armed", table_name="sla_thresholds")
    op.drop_constraint("ck_sla_thresholds_rung_known", "sla_thresholds")
    op.drop_constraint("pk_sla_thresholds", "sla_thresholds")
    op.drop_column("sla_thresholds", "target_microseconds")
    op.drop_column("sla_thresholds", "nth")
    op.alter_column("sla_thresholds", "rung", new_column_name="level")
    op.create_primary_key(op.f("pk_sla_thresholds"), "sla_thresholds", ["clock_id", "level"])
    op.create_foreign_key(
        op.f("fk_sla_thresholds_clock_id"),
        "sla_thresholds",
        "sla_clocks",
        ["clock_id"],
        ["id"],
    )
    op.create_index(
        "ix_sla_thresholds_armed",
        "sla_thresholds",
        ["due_at", "ticket_id"],
        postgresql_where=sa.text("state = 'armed'"),
    )
    op.drop_table("sla_clock_changes")
    op.drop_column("sla_clocks", "is_logged")
    op.drop_constraint("ck_sla_clocks_kind_known", "sla_clocks")
    op.create_check_constraint(
        op.f("ck_sla_clocks_kind_known"), "sla_clocks", f"kind IN ({_KINDS})"
    )
    for column in ("yellow", "orange"):
        op.alter_column(
            "sla_clocks", column, type_=sa.Numeric(precision=5, scale=4), existing_nullable=False
        )
    op.alter_column("sla_clocks", "calendar", type_=sa.String(length=16), existing_nullable=False)
