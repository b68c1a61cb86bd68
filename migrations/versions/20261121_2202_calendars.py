"""Keep calendars as data, in versions.

Revision: a1c0c1a22020
Revises: a1c0c1a22010
Created: 2026-11-21 22:02:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "a1c0c1a22020"
down_revision = "a1c0c1a22010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; a version of a calendar is never changed."""
    op.create_table(
        "calendars",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("covered_until", sa.Date(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_calendars_version_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_calendars_code_version")),
    )
    op.execute(
        "CREATE TRIGGER calendars_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON calendars "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Drop the table; clocks then count by the calendar that comes with the program."""
    op.drop_table("calendars")
