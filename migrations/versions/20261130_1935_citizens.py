"""Keep what citizens begin to report, their photos, and the public figures of months.

Revision: b3e0c1a31935
Revises: b3e0c1a31930
Created: 2026-11-30 19:35:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "b3e0c1a31935"
down_revision = "b3e0c1a31930"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "public_months",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", JSONB(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("note", sa.String(300), nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("revision > 0", name=op.f("ck_public_months_revision_positive")),
        sa.CheckConstraint(
            "(revision = 1) = (note IS NULL)", name=op.f("ck_public_months_revised_with_note")
        ),
        sa.CheckConstraint(
            "extract(day FROM month) = 1", name=op.f("ck_public_months_month_by_first_day")
        ),
        sa.ForeignKeyConstraint(
            ["published_by"], ["users.id"], name=op.f("fk_public_months_published_by")
        ),
        sa.PrimaryKeyConstraint("month", "revision", name=op.f("pk_public_months")),
    )
    op.create_table(
        "submissions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_digest", sa.LargeBinary(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(ticket_id IS NULL) = (words IS NOT NULL)",
            name=op.f("ck_submissions_words_until_sent"),
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_submissions_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint("key_digest", name=op.f("uq_submissions_key_digest")),
    )
    op.create_index("ix_submissions_expires_at", "submissions", ["expires_at"])
    op.create_table(
        "submission_photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("media_type", sa.String(16), nullable=False),
        sa.Column("byte_count", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name=op.f("fk_submission_photos_submission_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission_photos")),
    )
    op.create_index(
        op.f("ix_submission_photos_submission_id"), "submission_photos", ["submission_id"]
    )
    op.create_table(
        "ticket_photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("media_type", sa.String(16), nullable=False),
        sa.Column("byte_count", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_photos_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_photos")),
    )
    op.create_index("ix_ticket_photos_ticket", "ticket_photos", ["ticket_id", "added_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_ticket_photos_ticket", table_name="ticket_photos")
    op.drop_table("ticket_photos")
    op.drop_index(op.f("ix_submission_photos_submission_id"), table_name="submission_photos")
    op.drop_table("submission_photos")
    op.drop_index("ix_submissions_expires_at", table_name="submissions")
    op.drop_table("submissions")
    op.drop_table("public_months")
