"""Find tickets by their words, keep views by name.

Revision: b2d0c1a30430
Revises: b2d0c1a30420
Created: 2026-11-30 14:30:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b2d0c1a30430"
down_revision = "b2d0c1a30420"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person_lookups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("hit_count", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('name', 'phone', 'tail', 'address')",
            name=op.f("ck_person_lookups_kind_known"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_person_lookups_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_lookups")),
    )
    op.create_index(
        "ix_person_lookups_at",
        "person_lookups",
        [sa.literal_column("at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(op.f("ix_person_lookups_user_id"), "person_lookups", ["user_id"], unique=False)
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("filters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "place IN ('search', 'tickets')", name=op.f("ck_saved_views_place_known")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_saved_views_department_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_saved_views_user_id_name")),
    )
    op.create_index(
        "ix_saved_views_department_id",
        "saved_views",
        ["department_id"],
        unique=False,
        postgresql_where=sa.text("department_id IS NOT NULL"),
    )
    op.create_table(
        "ticket_keys",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('name', 'phone', 'tail', 'address')", name=op.f("ck_ticket_keys_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_keys_ticket_id")
        ),
        sa.PrimaryKeyConstraint("ticket_id", "kind", "key", name=op.f("pk_ticket_keys")),
    )
    op.create_index("ix_ticket_keys_key", "ticket_keys", ["key", "ticket_id"], unique=False)
    op.create_table(
        "ticket_texts",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("tier", sa.String(length=16), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("grams", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("seen_count", sa.Integer(), nullable=False),
        sa.Column("rules", sa.SmallInteger(), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "tier IN ('both', 'departments', 'hotline')", name=op.f("ck_ticket_texts_tier_known")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_texts_ticket_id")
        ),
        sa.PrimaryKeyConstraint("ticket_id", "tier", name=op.f("pk_ticket_texts")),
    )
    # Numbers that do not pack: trying it at every filling would be work for nothing.
    op.execute("ALTER TABLE ticket_texts ALTER COLUMN grams SET STORAGE EXTERNAL")
    op.create_index(
        "ix_ticket_texts_departments",
        "ticket_texts",
        [sa.literal_column("submitted_at DESC"), sa.literal_column("ticket_id DESC")],
        unique=False,
        postgresql_where=sa.text("tier <> 'hotline'"),
    )
    op.create_index(
        "ix_ticket_texts_grams",
        "ticket_texts",
        ["grams"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.create_index(
        "ix_ticket_texts_hotline",
        "ticket_texts",
        [sa.literal_column("submitted_at DESC"), sa.literal_column("ticket_id DESC")],
        unique=False,
        postgresql_where=sa.text("tier <> 'departments'"),
    )
    op.create_index(
        "ix_ticket_texts_sample",
        "ticket_texts",
        ["grams"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
        postgresql_where=sa.text("is_sample"),
    )
    op.execute(
        "CREATE TRIGGER person_lookups_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON person_lookups FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    for table in ("ticket_texts", "ticket_keys", "saved_views", "person_lookups"):
        op.drop_table(table)
