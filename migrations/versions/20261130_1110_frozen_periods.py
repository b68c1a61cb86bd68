"""Freeze periods of credit.

Revision: b2d0c1a30110
Revises: b2d0c1a30100
Created: 2026-11-30 11:10:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b2d0c1a30110"
down_revision = "b2d0c1a30100"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("credit_period_revisions", "credit_period_scores")


def upgrade() -> None:
    op.create_table(
        "credit_periods",
        sa.Column("key", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("published_revision", sa.Integer(), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notice_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'published') = (published_revision IS NOT NULL)",
            name=op.f("ck_credit_periods_published"),
        ),
        sa.CheckConstraint(
            "kind IN ('month', 'quarter', 'year')", name=op.f("ck_credit_periods_kind_known")
        ),
        sa.CheckConstraint(
            "state IN ('frozen', 'notice', 'published')", name=op.f("ck_credit_periods_state_known")
        ),
        sa.CheckConstraint(
            "published_revision <= revision", name=op.f("ck_credit_periods_revision_exists")
        ),
        sa.ForeignKeyConstraint(
            ["published_by"], ["users.id"], name=op.f("fk_credit_periods_published_by")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_credit_periods")),
    )
    op.create_table(
        "credit_period_revisions",
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("formula", sa.String(length=16), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("input_digest", sa.LargeBinary(), nullable=False),
        sa.Column("result_digest", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by"], ["users.id"], name=op.f("fk_credit_period_revisions_made_by")
        ),
        sa.ForeignKeyConstraint(
            ["period"], ["credit_periods.key"], name=op.f("fk_credit_period_revisions_period")
        ),
        sa.ForeignKeyConstraint(
            ["rule_version"],
            ["credit_rule_books.version"],
            name=op.f("fk_credit_period_revisions_rule_version"),
        ),
        sa.PrimaryKeyConstraint("period", "revision", name=op.f("pk_credit_period_revisions")),
    )
    op.create_table(
        "credit_period_scores",
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("department_code", sa.String(length=64), nullable=False),
        sa.Column("department_name", sa.String(length=120), nullable=False),
        sa.Column("department_name_en", sa.String(length=120), nullable=False),
        sa.Column("peer_group", sa.String(length=32), nullable=True),
        sa.Column("input_digest", sa.LargeBinary(), nullable=False),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("performance", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("ledger", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("low", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("high", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("band", sa.Integer(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("severe", sa.Integer(), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=True),
        sa.Column("grade_by_score", sa.String(length=1), nullable=True),
        sa.Column("grade_before", sa.String(length=1), nullable=True),
        sa.Column("grade_reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_trial", sa.Boolean(), nullable=False),
        sa.Column("observed", sa.Numeric(precision=10, scale=3), nullable=True),
        sa.Column("expected", sa.Numeric(precision=10, scale=3), nullable=True),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.id"],
            name=op.f("fk_credit_period_scores_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["period", "revision"],
            ["credit_period_revisions.period", "credit_period_revisions.revision"],
            name=op.f("fk_credit_period_scores_period_revision"),
        ),
        sa.PrimaryKeyConstraint(
            "period", "revision", "department_id", name=op.f("pk_credit_period_scores")
        ),
    )
    op.create_index(
        "ix_credit_period_scores_department",
        "credit_period_scores",
        ["department_id", "period"],
        unique=False,
    )
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_index("ix_credit_period_scores_department", table_name="credit_period_scores")
    op.drop_table("credit_period_scores")
    op.drop_table("credit_period_revisions")
    op.drop_table("credit_periods")
