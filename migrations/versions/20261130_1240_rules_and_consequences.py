"""Let rules be edited and grades act.

Revision: b2d0c1a30240
Revises: b2d0c1a30230
Created: 2026-11-30 12:40:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b2d0c1a30240"
down_revision = "b2d0c1a30230"
branch_labels = None
depends_on = None

_APPEND_ONLY = (
    "credit_consequences",
    "credit_consequence_ends",
    "credit_routine_checks",
    "credit_retroactive_decisions",
)
_REASONS = (
    "reason IN ('low_satisfaction', 'low_reply', 'order_unanswered', 'repeated_rework', "
    "'buck_passing', 'false_completion', 'low_credit', 'other')"
)
_REASONS_BEFORE = _REASONS.replace("'low_credit', ", "")
_ALARMS = (
    "kind IN ('sweeper_late', 'calendar_horizon', 'ticket_parked', 'nobody_on_duty', "
    "'deadline_missing', 'delivery_dead', 'exclusions_unusual', 'credit_push_dead')"
)
_ALARMS_BEFORE = _ALARMS.replace(", 'credit_push_dead'", "")
_ANOMALIES = (
    "kind IN ('no_contact', 'copied_reply', 'unrelated_reply', 'quick_close', 'bulk_close', "
    "'last_minute', 'back_again', 'one_source', 'ping_pong', 'withdrawn_after_contact', "
    "'made_consult', 'own_visits', 'over_peers', 'self_raised')"
)
_ANOMALIES_BEFORE = _ANOMALIES.replace(", 'own_visits', 'over_peers', 'self_raised'", "")
_CONSEQUENCES = (
    "kind IN ('qa_share', 'check_share', 'check_cycle', 'watched', 'no_extension', 'interview', "
    "'plan', 'no_honours', 'government_report')"
)


def upgrade() -> None:
    op.create_table(
        "credit_pushes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("source_key", sa.String(length=160), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=300), nullable=True),
        sa.CheckConstraint("kind IN ('entry', 'grade')", name=op.f("ck_credit_pushes_kind_known")),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'dead')",
            name=op.f("ck_credit_pushes_state_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_pushes")),
        sa.UniqueConstraint("source_key", name=op.f("uq_credit_pushes_source_key")),
    )
    op.create_index(
        "ix_credit_pushes_due",
        "credit_pushes",
        ["next_try_at", "position"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'sending')"),
    )
    op.create_table(
        "second_look_plans",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("passed_count", sa.Integer(), nullable=False),
        sa.Column("drawn_count", sa.Integer(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_second_look_plans")),
    )
    op.create_table(
        "department_treatments",
        sa.Column("department_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=False),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("is_trial", sa.Boolean(), nullable=False),
        sa.Column("qa_share", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.Column("check_share", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.Column("check_days", sa.Integer(), nullable=False),
        sa.Column("is_watched", sa.Boolean(), nullable=False),
        sa.Column("may_extend", sa.Boolean(), nullable=False),
        sa.Column("extends_from", sa.String(length=1), nullable=True),
        sa.Column("honours", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "qa_share BETWEEN 0 AND 1 AND check_share BETWEEN 0 AND 1",
            name=op.f("ck_department_treatments_shares"),
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.id"],
            name=op.f("fk_department_treatments_department_id"),
        ),
        sa.PrimaryKeyConstraint("department_id", name=op.f("pk_department_treatments")),
    )
    op.create_table(
        "credit_routine_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("findings", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.id"],
            name=op.f("fk_credit_routine_checks_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["users.id"], name=op.f("fk_credit_routine_checks_recorded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_routine_checks")),
    )
    op.create_index(
        "ix_credit_routine_checks_department",
        "credit_routine_checks",
        ["department_id", sa.literal_column("checked_at DESC")],
        unique=False,
    )
    op.create_table(
        "credit_consequences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(length=16), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=False),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("is_trial", sa.Boolean(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            _CONSEQUENCES,
            name=op.f("ck_credit_consequences_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_credit_consequences_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["rule_version"],
            ["credit_rule_books.version"],
            name=op.f("fk_credit_consequences_rule_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_consequences")),
    )
    op.create_index(
        "ix_credit_consequences_department",
        "credit_consequences",
        ["department_id", sa.literal_column("since DESC")],
        unique=False,
    )
    op.create_table(
        "credit_retroactive_decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_credit_retroactive_decisions_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["version"],
            ["credit_rule_books.version"],
            name=op.f("fk_credit_retroactive_decisions_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_retroactive_decisions")),
    )
    op.create_index(
        op.f("ix_credit_retroactive_decisions_version"),
        "credit_retroactive_decisions",
        ["version"],
        unique=False,
    )
    op.create_table(
        "credit_rule_drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("book", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("published_version", sa.Integer(), nullable=True),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "published_version IS NULL OR discarded_at IS NULL",
            name=op.f("ck_credit_rule_drafts_ended_once"),
        ),
        sa.ForeignKeyConstraint(
            ["based_on"], ["credit_rule_books.version"], name=op.f("fk_credit_rule_drafts_based_on")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["users.id"], name=op.f("fk_credit_rule_drafts_changed_by")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_credit_rule_drafts_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["published_version"],
            ["credit_rule_books.version"],
            name=op.f("fk_credit_rule_drafts_published_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_rule_drafts")),
    )
    op.create_index(
        "ix_credit_rule_drafts_open",
        "credit_rule_drafts",
        [sa.literal_column("changed_at DESC")],
        unique=False,
        postgresql_where=sa.text("published_version IS NULL AND discarded_at IS NULL"),
    )
    op.create_table(
        "interview_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("source_key", sa.String(length=160), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("interview_id", sa.Uuid(), nullable=True),
        sa.Column("dismissal", sa.String(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            _REASONS,
            name=op.f("ck_interview_proposals_reason_known"),
        ),
        sa.CheckConstraint(
            "(interview_id IS NULL AND dismissal IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_interview_proposals_decided"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_interview_proposals_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_interview_proposals_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interviews.id"], name=op.f("fk_interview_proposals_interview_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interview_proposals")),
        sa.UniqueConstraint("source_key", name=op.f("uq_interview_proposals_source_key")),
    )
    op.create_index(
        "ix_interview_proposals_open",
        "interview_proposals",
        ["proposed_at"],
        unique=False,
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_table(
        "credit_consequence_ends",
        sa.Column("consequence_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=True),
        sa.Column("period", sa.String(length=8), nullable=True),
        sa.ForeignKeyConstraint(
            ["consequence_id"],
            ["credit_consequences.id"],
            name=op.f("fk_credit_consequence_ends_consequence_id"),
        ),
        sa.PrimaryKeyConstraint("consequence_id", name=op.f("pk_credit_consequence_ends")),
    )
    op.create_table(
        "second_looks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("share", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("contact_shown", sa.Boolean(), nullable=True),
        sa.Column("answers_matter", sa.Boolean(), nullable=True),
        sa.Column("evidence_shown", sa.Boolean(), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("looked_by", sa.Uuid(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'done') = (looked_at IS NOT NULL AND contact_shown IS NOT NULL AND answers_matter IS NOT NULL AND evidence_shown IS NOT NULL)",
            name=op.f("ck_second_looks_found"),
        ),
        sa.CheckConstraint("state IN ('drawn', 'done')", name=op.f("ck_second_looks_state_known")),
        sa.ForeignKeyConstraint(
            ["day"], ["second_look_plans.day"], name=op.f("fk_second_looks_day")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_second_looks_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedbacks.id"], name=op.f("fk_second_looks_feedback_id")
        ),
        sa.ForeignKeyConstraint(
            ["looked_by"], ["users.id"], name=op.f("fk_second_looks_looked_by")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_second_looks_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_looks")),
        sa.UniqueConstraint("feedback_id", name=op.f("uq_second_looks_feedback_id")),
    )
    op.create_index(
        "ix_second_looks_newest",
        "second_looks",
        [sa.literal_column("day DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index("ix_second_looks_ticket_id", "second_looks", ["ticket_id"], unique=False)
    _recheck("interviews", "ck_interviews_reason_known", _REASONS)
    _recheck("alarms", "ck_alarms_kind_known", _ALARMS)
    _recheck("anomaly_cards", "ck_anomaly_cards_kind_known", _ANOMALIES)
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _recheck(table: str, name: str, condition: str) -> None:
    op.drop_constraint(op.f(name), table, type_="check")
    op.create_check_constraint(op.f(name), table, condition)


def downgrade() -> None:
    op.execute("DELETE FROM alarms WHERE kind = 'credit_push_dead'")
    op.execute("UPDATE interviews SET reason = 'other' WHERE reason = 'low_credit'")
    op.execute(
        "DELETE FROM anomaly_tickets WHERE card_id IN (SELECT id FROM anomaly_cards "
        "WHERE kind IN ('own_visits', 'over_peers', 'self_raised'))"
    )
    op.execute(
        "DELETE FROM anomaly_cards WHERE kind IN ('own_visits', 'over_peers', 'self_raised')"
    )
    _recheck("anomaly_cards", "ck_anomaly_cards_kind_known", _ANOMALIES_BEFORE)
    _recheck("alarms", "ck_alarms_kind_known", _ALARMS_BEFORE)
    _recheck("interviews", "ck_interviews_reason_known", _REASONS_BEFORE)
    op.drop_index("ix_second_looks_ticket_id", table_name="second_looks")
    op.drop_index("ix_second_looks_newest", table_name="second_looks")
    op.drop_table("second_looks")
    op.drop_table("credit_consequence_ends")
    op.drop_index(
        "ix_interview_proposals_open",
        table_name="interview_proposals",
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.drop_table("interview_proposals")
    op.drop_index(
        "ix_credit_rule_drafts_open",
        table_name="credit_rule_drafts",
        postgresql_where=sa.text("published_version IS NULL AND discarded_at IS NULL"),
    )
    op.drop_table("credit_rule_drafts")
    op.drop_index(
        op.f("ix_credit_retroactive_decisions_version"), table_name="credit_retroactive_decisions"
    )
    op.drop_table("credit_retroactive_decisions")
    op.drop_index("ix_credit_consequences_department", table_name="credit_consequences")
    op.drop_table("credit_consequences")
    op.drop_index("ix_credit_routine_checks_department", table_name="credit_routine_checks")
    op.drop_table("credit_routine_checks")
    op.drop_table("department_treatments")
    op.drop_table("second_look_plans")
    op.drop_index(
        "ix_credit_pushes_due",
        table_name="credit_pushes",
        postgresql_where=sa.text("state IN ('waiting', 'sending')"),
    )
    op.drop_table("credit_pushes")
