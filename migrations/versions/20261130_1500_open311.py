"""Open the hotline to other systems.

Revision: b2d0c1a30500
Revises: b2d0c1a30450
Created: 2026-11-30 15:00:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "b2d0c1a30500"
down_revision = "b2d0c1a30450"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "open311_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("hint", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open311_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_open311_keys_digest")),
    )
    op.create_table(
        "open311_services",
        sa.Column("category_code", sa.String(length=96), nullable=False),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("request_type", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("keywords", sa.String(length=300), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "request_type IN ('consult', 'help', 'complaint', 'report', 'suggestion', 'praise', 'other')",
            name=op.f("ck_open311_services_request_type_known"),
        ),
        sa.CheckConstraint(
            "type IN ('realtime', 'batch')", name=op.f("ck_open311_services_type_known")
        ),
        sa.ForeignKeyConstraint(
            ["category_code"], ["categories.code"], name=op.f("fk_open311_services_category_code")
        ),
        sa.PrimaryKeyConstraint("category_code", name=op.f("pk_open311_services")),
    )
    op.create_table(
        "open311_submissions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("service_code", sa.String(length=96), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("is_batch", sa.Boolean(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("idempotency_key", sa.String(length=128), nullable=True),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'taken', 'refused', 'spam')",
            name=op.f("ck_open311_submissions_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_open311_submissions_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["open311_keys.id"], name=op.f("fk_open311_submissions_key_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open311_submissions")),
        sa.UniqueConstraint(
            "key_id", "idempotency_key", name=op.f("uq_open311_submissions_key_id_idempotency_key")
        ),
        sa.UniqueConstraint("token", name=op.f("uq_open311_submissions_token")),
    )
    op.create_index(
        "ix_open311_submissions_number", "open311_submissions", ["number"], unique=False
    )
    op.create_index(
        "ix_open311_submissions_pending",
        "open311_submissions",
        ["created_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending' AND NOT is_test"),
    )
    op.create_index(
        "ix_open311_submissions_test",
        "open311_submissions",
        [sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("is_test"),
    )
    op.create_table(
        "open311_updates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("own_id", sa.String(length=128), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'taken', 'dismissed')",
            name=op.f("ck_open311_updates_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_open311_updates_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["open311_keys.id"], name=op.f("fk_open311_updates_key_id")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_open311_updates_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open311_updates")),
        sa.UniqueConstraint("key_id", "own_id", name=op.f("uq_open311_updates_key_id_own_id")),
    )
    op.create_index(
        "ix_open311_updates_pending",
        "open311_updates",
        ["created_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        op.f("ix_open311_updates_ticket_id"), "open311_updates", ["ticket_id"], unique=False
    )
    op.create_table(
        "ticket_publications",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("is_public_place", sa.Boolean(), nullable=False),
        sa.Column("media_url", sa.String(length=2000), nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["published_by"], ["users.id"], name=op.f("fk_ticket_publications_published_by")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_publications_ticket_id")
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_publications")),
    )
    op.create_index(
        "ix_ticket_events_moved",
        "ticket_events",
        ["at", "id"],
        unique=False,
        postgresql_where=sa.text("from_status <> to_status"),
    )
    op.create_index(
        "ix_tickets_public",
        "tickets",
        ["category_code", sa.literal_column("submitted_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("NOT is_secret"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_tickets_public", table_name="tickets", postgresql_where=sa.text("NOT is_secret")
    )
    op.drop_index(
        "ix_ticket_events_moved",
        table_name="ticket_events",
        postgresql_where=sa.text("from_status <> to_status"),
    )
    op.drop_table("ticket_publications")
    op.drop_index(op.f("ix_open311_updates_ticket_id"), table_name="open311_updates")
    op.drop_index(
        "ix_open311_updates_pending",
        table_name="open311_updates",
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_table("open311_updates")
    op.drop_index(
        "ix_open311_submissions_test",
        table_name="open311_submissions",
        postgresql_where=sa.text("is_test"),
    )
    op.drop_index(
        "ix_open311_submissions_pending",
        table_name="open311_submissions",
        postgresql_where=sa.text("state = 'pending' AND NOT is_test"),
    )
    op.drop_index("ix_open311_submissions_number", table_name="open311_submissions")
    op.drop_table("open311_submissions")
    op.drop_table("open311_services")
    op.drop_table("open311_keys")
