"""Found a house by sheets, give first passwords, and know a city for practice.

Revision: b3e0c1a31940
Revises: b3e0c1a31935
Created: 2026-11-30 19:40:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b3e0c1a31940"
down_revision = "b3e0c1a31935"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "practice_cities",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("founded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("again_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("again_asked_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_practice_cities_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_cities")),
    )
    op.create_table(
        "practice_marks",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("mark", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "mark IN ('began', 'call', 'found_late')", name=op.f("ck_practice_marks_mark_known")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_practice_marks_user_id")),
        sa.PrimaryKeyConstraint("user_id", "mark", name=op.f("pk_practice_marks")),
    )
    op.create_table(
        "setup_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcomes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "subject IN ('groups', 'departments', 'people', 'categories', 'questions', "
            "'catalogue', 'policies', 'calendars')",
            name=op.f("ck_setup_files_subject_known"),
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_setup_files_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setup_files")),
    )
    op.create_index("ix_setup_files_made_at", "setup_files", ["made_at"])
    op.add_column(
        "users", sa.Column("first_password_until", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("users", "first_password_until")
    op.drop_index("ix_setup_files_made_at", table_name="setup_files")
    op.drop_table("setup_files")
    op.drop_table("practice_marks")
    op.drop_table("practice_cities")
