"""Publish the dispatch catalogue in versions, and keep every first dispatch.

The departments that categories named become its first version; the column that held them goes.

Revision: b2d0c1a30020
Revises: b2d0c1a30010
Created: 2026-11-30 09:20:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b2d0c1a30020"
down_revision = "b2d0c1a30010"
branch_labels = None
depends_on = None

_SEED = """
INSERT INTO catalogue_versions (version, entries, is_direct, note, from_at, created_at, created_by)
SELECT 1, jsonb_agg(jsonb_build_object('category', c.code, 'department', d.code, 'since', now())
                    ORDER BY c.code), false, '', now(), now(), 'system'
FROM categories c JOIN departments d ON d.id = c.lead_department_id
WHERE c.is_active AND d.is_active AND NOT d.is_hotline
HAVING count(*) > 0
"""


def upgrade() -> None:
    op.add_column(
        "departments",
        sa.Column("level", sa.String(length=16), server_default="other", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_departments_level_known"),
        "departments",
        "level IN ('bureau', 'district', 'street', 'utility', 'other')",
    )
    op.create_table(
        "catalogue_versions",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entries", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_direct", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_catalogue_versions_version_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_versions")),
        sa.UniqueConstraint("version", name=op.f("uq_catalogue_versions_version")),
    )
    op.create_table(
        "catalogue_drafts",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("entries", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_direct", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_catalogue_drafts_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_drafts")),
    )
    op.create_table(
        "dispatch_records",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("road", sa.String(length=16), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("category_code", sa.String(length=96), nullable=True),
        sa.Column("area", sa.String(length=64), nullable=True),
        sa.Column("returnable_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("catalogue_id", sa.Integer(), nullable=True),
        sa.Column("proposed_id", sa.Integer(), nullable=True),
        sa.Column("is_sure", sa.Boolean(), nullable=False),
        sa.Column("deviation", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "road IN ('desk', 'direct', 'decided')", name=op.f("ck_dispatch_records_road_known")
        ),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_dispatch_records_{column}"))
            for column, target in (
                ("ticket_id", "tickets.id"),
                ("department_id", "departments.id"),
                ("category_code", "categories.code"),
                ("catalogue_id", "catalogue_versions.id"),
                ("proposed_id", "departments.id"),
            )
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_dispatch_records")),
    )
    op.create_index(
        "ix_dispatch_records_at",
        "dispatch_records",
        [sa.text("dispatched_at DESC"), sa.text("ticket_id DESC")],
    )
    op.add_column("precedents", sa.Column("end_reason", sa.String(), nullable=True))
    op.create_check_constraint(
        op.f("ck_precedents_ended"), "precedents", "(ended_at IS NULL) = (end_reason IS NULL)"
    )
    op.create_index(
        "ix_precedents_decided", "precedents", [sa.text("decided_at DESC"), sa.text("id DESC")]
    )
    op.execute(_SEED)
    op.drop_constraint(op.f("fk_categories_lead_department_id"), "categories")
    op.drop_column("categories", "lead_department_id")


def downgrade() -> None:
    op.add_column("categories", sa.Column("lead_department_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_categories_lead_department_id"),
        "categories",
        "departments",
        ["lead_department_id"],
        ["id"],
    )
    op.drop_index("ix_precedents_decided", table_name="precedents")
    op.drop_constraint(op.f("ck_precedents_ended"), "precedents")
    op.drop_column("precedents", "end_reason")
    op.drop_table("dispatch_records")
    op.drop_table("catalogue_drafts")
    op.drop_table("catalogue_versions")
    op.drop_constraint(op.f("ck_departments_level_known"), "departments")
    op.drop_column("departments", "level")
