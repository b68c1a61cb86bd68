"""Ask what a category needs, and keep what was answered.

Revision: b2d0c1a30345
Revises: b2d0c1a30330
Created: 2026-11-30 13:45:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "b2d0c1a30345"
down_revision = "b2d0c1a30330"
branch_labels = None
depends_on = None

_DATATYPES = (
    "datatype IN ('string', 'number', 'datetime', 'text', 'singlevaluelist', 'multivaluelist')"
)


def upgrade() -> None:
    op.create_table(
        "category_questions",
        sa.Column("category_code", sa.String(96), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("datatype", sa.String(16), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("is_asked", sa.Boolean(), nullable=False),
        sa.Column("description", sa.String(300), nullable=False),
        sa.Column("description_en", sa.String(300), nullable=False),
        sa.Column("hint", sa.String(120), nullable=False),
        sa.Column("hint_en", sa.String(120), nullable=False),
        sa.Column("choices", JSONB(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(_DATATYPES, name=op.f("ck_category_questions_datatype_known")),
        sa.ForeignKeyConstraint(
            ["category_code"],
            ["categories.code"],
            name=op.f("fk_category_questions_category_code"),
        ),
        sa.PrimaryKeyConstraint("category_code", "code", name=op.f("pk_category_questions")),
    )
    op.create_table(
        "ticket_answers",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("datatype", sa.String(16), nullable=False),
        sa.Column("question", sa.String(300), nullable=False),
        sa.Column("question_en", sa.String(300), nullable=False),
        sa.Column("values", JSONB(), nullable=False),
        sa.Column("shown", sa.String(), nullable=False),
        sa.Column("shown_en", sa.String(), nullable=False),
        sa.CheckConstraint(_DATATYPES, name=op.f("ck_ticket_answers_datatype_known")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_answers_ticket_id")
        ),
        sa.PrimaryKeyConstraint("ticket_id", "code", name=op.f("pk_ticket_answers")),
    )


def downgrade() -> None:
    op.drop_table("ticket_answers")
    op.drop_table("category_questions")
