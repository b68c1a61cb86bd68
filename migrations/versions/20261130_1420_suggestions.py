"""Keep models of suggestions.

Revision: b2d0c1a30420
Revises: b2d0c1a30410
Created: 2026-11-30 14:20:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b2d0c1a30420"
down_revision = "b2d0c1a30410"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "suggestion_marks",
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("counted_until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "subject IN ('category', 'department')", name=op.f("ck_suggestion_marks_subject_known")
        ),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_suggestion_marks")),
    )
    op.create_table(
        "suggestion_models",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("trained_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trained_by", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("file_digest", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sample_count", sa.Integer(), nullable=False),
        sa.Column("class_count", sa.Integer(), nullable=False),
        sa.Column("metrics", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.Column("switched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("switched_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "source IN ('tickets', 'file')", name=op.f("ck_suggestion_models_source_known")
        ),
        sa.CheckConstraint(
            "is_kept OR NOT is_active", name=op.f("ck_suggestion_models_active_is_kept")
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_suggestion_models_version_positive")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_suggestion_models")),
    )
    op.create_index(
        "uq_suggestion_models_active",
        "suggestion_models",
        ["is_active"],
        unique=True,
        postgresql_where=sa.text("is_active"),
    )
    op.create_table(
        "suggestion_counts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("is_sure", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('first', 'second', 'third', 'other', 'none_suggested')",
            name=op.f("ck_suggestion_counts_outcome_known"),
        ),
        sa.CheckConstraint(
            "subject IN ('category', 'department')", name=op.f("ck_suggestion_counts_subject_known")
        ),
        sa.CheckConstraint("count > 0", name=op.f("ck_suggestion_counts_count_positive")),
        sa.ForeignKeyConstraint(
            ["version"], ["suggestion_models.version"], name=op.f("fk_suggestion_counts_version")
        ),
        sa.PrimaryKeyConstraint(
            "day", "version", "subject", "is_sure", "outcome", name=op.f("pk_suggestion_counts")
        ),
    )
    op.create_index(
        "ix_tickets_handled",
        "tickets",
        ["category_code", "closed_at"],
        unique=False,
        postgresql_include=["area", "lead_department_id"],
        postgresql_where=sa.text("closed_at IS NOT NULL AND lead_department_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_tickets_handled", table_name="tickets")
    op.drop_table("suggestion_counts")
    op.drop_index("uq_suggestion_models_active", table_name="suggestion_models")
    op.drop_table("suggestion_models")
    op.drop_table("suggestion_marks")
