"""Let departments appeal and ask for repairs.

Revision: b2d0c1a30230
Revises: b2d0c1a30220
Created: 2026-11-30 12:30:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b2d0c1a30230"
down_revision = "b2d0c1a30220"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credit_deadlines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("remedy_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("duty", sa.String(length=24), nullable=False),
        sa.Column("calendar", sa.String(length=64), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "duty IN ('first_decision', 'second_decision', 'repair_decision')",
            name=op.f("ck_credit_deadlines_duty_known"),
        ),
        sa.CheckConstraint(
            "kind IN ('appeal', 'repair', 'entry')", name=op.f("ck_credit_deadlines_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_credit_deadlines_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_deadlines")),
    )
    op.create_index(
        "ix_credit_deadlines_due",
        "credit_deadlines",
        ["kind", "due_at", "remedy_id"],
        unique=False,
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_index(
        "uq_credit_deadlines_open",
        "credit_deadlines",
        ["remedy_id"],
        unique=True,
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "credit_appeals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.Column("period", sa.String(length=8), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("indicator", sa.String(length=16), nullable=True),
        sa.Column("tickets", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("grounds", sa.String(length=24), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_words", sa.String(), nullable=True),
        sa.Column("first_by", sa.Uuid(), nullable=True),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_text", sa.String(), nullable=True),
        sa.Column("second_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_words", sa.String(), nullable=True),
        sa.Column("second_by", sa.Uuid(), nullable=True),
        sa.Column("second_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recalculated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "CASE subject WHEN 'entry' THEN entry_id IS NOT NULL AND period IS NULL ELSE entry_id IS NULL AND period IS NOT NULL AND indicator IS NOT NULL END",
            name=op.f("ck_credit_appeals_of_one_thing"),
        ),
        sa.CheckConstraint(
            "grounds IN ('facts_wrong', 'not_ours', 'rule_misapplied', 'counted_twice', 'force_majeure', 'procedure', 'other')",
            name=op.f("ck_credit_appeals_grounds_known"),
        ),
        sa.CheckConstraint(
            "indicator IN ('sign', 'contact', 'promise', 'resolved', 'satisfied', 'quality')",
            name=op.f("ck_credit_appeals_indicator_known"),
        ),
        sa.CheckConstraint(
            "state IN ('first', 'second', 'upheld', 'refused', 'withdrawn')",
            name=op.f("ck_credit_appeals_state_known"),
        ),
        sa.CheckConstraint(
            "subject IN ('entry', 'figure')", name=op.f("ck_credit_appeals_subject_known")
        ),
        sa.CheckConstraint(
            "(first_by IS NULL) = (first_at IS NULL)", name=op.f("ck_credit_appeals_first_decided")
        ),
        sa.CheckConstraint(
            "(second_by IS NULL) = (second_at IS NULL)",
            name=op.f("ck_credit_appeals_second_decided"),
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_credit_appeals_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["credit_entries.id"], name=op.f("fk_credit_appeals_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["first_by"], ["users.id"], name=op.f("fk_credit_appeals_first_by")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["users.id"], name=op.f("fk_credit_appeals_opened_by")
        ),
        sa.ForeignKeyConstraint(
            ["period"], ["credit_periods.key"], name=op.f("fk_credit_appeals_period")
        ),
        sa.ForeignKeyConstraint(
            ["second_by"], ["users.id"], name=op.f("fk_credit_appeals_second_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_appeals")),
    )
    op.create_index(
        "ix_credit_appeals_department",
        "credit_appeals",
        ["department_id", sa.literal_column("opened_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index("ix_credit_appeals_entry", "credit_appeals", ["entry_id"], unique=False)
    op.create_index(
        "ix_credit_appeals_newest",
        "credit_appeals",
        [sa.literal_column("opened_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "uq_credit_appeals_late",
        "credit_appeals",
        ["entry_id"],
        unique=True,
        postgresql_where=sa.text("is_late"),
    )
    op.create_index(
        "uq_credit_appeals_open_entry",
        "credit_appeals",
        ["entry_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('first', 'second')"),
    )
    op.create_index(
        "uq_credit_appeals_open_figure",
        "credit_appeals",
        ["period", "department_id", "indicator"],
        unique=True,
        postgresql_where=sa.text("state IN ('first', 'second')"),
    )
    op.create_table(
        "credit_case_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("remedy_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=24), nullable=False),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('appeal', 'repair', 'entry')", name=op.f("ck_credit_case_steps_kind_known")
        ),
        sa.CheckConstraint(
            "step IN ('appealed', 'marked', 'upheld', 'refused', 'went_on', 'withdrawn', 'recalculated', 'repair_asked', 'repair_checked', 'repair_put_off', 'repaired', 'repair_refused', 'repair_withdrawn', 'false_reported', 'false_confirmed', 'false_dismissed', 'ended')",
            name=op.f("ck_credit_case_steps_step_known"),
        ),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_credit_case_steps_by")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_credit_case_steps_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["credit_entries.id"], name=op.f("fk_credit_case_steps_entry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_case_steps")),
    )
    op.create_index(
        "ix_credit_case_steps_case", "credit_case_steps", ["remedy_id", "id"], unique=False
    )
    op.create_index(
        "ix_credit_case_steps_entry", "credit_case_steps", ["entry_id", "id"], unique=False
    )
    op.create_table(
        "credit_repairs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cure", sa.String(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pledge", sa.String(), nullable=True),
        sa.Column("training", sa.String(), nullable=True),
        sa.Column("cured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_good", sa.Boolean(), nullable=True),
        sa.Column("visit", sa.String(), nullable=True),
        sa.Column("finding", sa.String(), nullable=True),
        sa.Column("put_off_reason", sa.String(), nullable=True),
        sa.Column("put_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("doubted_by", sa.Uuid(), nullable=True),
        sa.Column("doubted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("doubt", sa.String(), nullable=True),
        sa.Column("doubt_decided_by", sa.Uuid(), nullable=True),
        sa.Column("doubt_decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("doubt_words", sa.String(), nullable=True),
        sa.Column("false_entry_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "severity IN ('rate', 'minor', 'general', 'severe', 'plus', 'cancels')",
            name=op.f("ck_credit_repairs_severity_known"),
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'checked', 'granted', 'refused', 'withdrawn', 'false')",
            name=op.f("ck_credit_repairs_state_known"),
        ),
        sa.CheckConstraint(
            "(checked_by IS NULL) = (is_good IS NULL)", name=op.f("ck_credit_repairs_checked")
        ),
        sa.CheckConstraint(
            "(doubted_by IS NULL) = (doubt IS NULL)", name=op.f("ck_credit_repairs_doubted")
        ),
        sa.CheckConstraint(
            "(put_off_at IS NULL) = (put_off_reason IS NULL)",
            name=op.f("ck_credit_repairs_put_off"),
        ),
        sa.CheckConstraint(
            "checked_by <> decided_by", name=op.f("ck_credit_repairs_second_person")
        ),
        sa.CheckConstraint(
            "doubted_by <> doubt_decided_by", name=op.f("ck_credit_repairs_second_person_of_doubt")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["users.id"], name=op.f("fk_credit_repairs_asked_by")
        ),
        sa.ForeignKeyConstraint(
            ["checked_by"], ["users.id"], name=op.f("fk_credit_repairs_checked_by")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_credit_repairs_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_credit_repairs_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["doubt_decided_by"], ["users.id"], name=op.f("fk_credit_repairs_doubt_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["doubted_by"], ["users.id"], name=op.f("fk_credit_repairs_doubted_by")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["credit_entries.id"], name=op.f("fk_credit_repairs_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["false_entry_id"], ["credit_entries.id"], name=op.f("fk_credit_repairs_false_entry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_repairs")),
    )
    op.create_index(
        "ix_credit_repairs_department",
        "credit_repairs",
        ["department_id", sa.literal_column("asked_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index("ix_credit_repairs_entry", "credit_repairs", ["entry_id"], unique=False)
    op.create_index(
        "ix_credit_repairs_newest",
        "credit_repairs",
        [sa.literal_column("asked_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "uq_credit_repairs_open",
        "credit_repairs",
        ["entry_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('asked', 'checked')"),
    )
    op.execute(
        "CREATE TRIGGER credit_case_steps_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON credit_case_steps FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_index(
        "uq_credit_repairs_open",
        table_name="credit_repairs",
        postgresql_where=sa.text("state IN ('asked', 'checked')"),
    )
    op.drop_index("ix_credit_repairs_newest", table_name="credit_repairs")
    op.drop_index("ix_credit_repairs_entry", table_name="credit_repairs")
    op.drop_index("ix_credit_repairs_department", table_name="credit_repairs")
    op.drop_table("credit_repairs")
    op.drop_index("ix_credit_case_steps_entry", table_name="credit_case_steps")
    op.drop_index("ix_credit_case_steps_case", table_name="credit_case_steps")
    op.drop_table("credit_case_steps")
    op.drop_index(
        "uq_credit_appeals_open_figure",
        table_name="credit_appeals",
        postgresql_where=sa.text("state IN ('first', 'second')"),
    )
    op.drop_index(
        "uq_credit_appeals_open_entry",
        table_name="credit_appeals",
        postgresql_where=sa.text("state IN ('first', 'second')"),
    )
    op.drop_index(
        "uq_credit_appeals_late", table_name="credit_appeals", postgresql_where=sa.text("is_late")
    )
    op.drop_index("ix_credit_appeals_newest", table_name="credit_appeals")
    op.drop_index("ix_credit_appeals_entry", table_name="credit_appeals")
    op.drop_index("ix_credit_appeals_department", table_name="credit_appeals")
    op.drop_table("credit_appeals")
    op.drop_index(
        "uq_credit_deadlines_open",
        table_name="credit_deadlines",
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.drop_index(
        "ix_credit_deadlines_due",
        table_name="credit_deadlines",
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.drop_table("credit_deadlines")
