"""Keep decisions on whose duty a matter is.

Revision: b2d0c1a30000
Revises: a1c0c1a22040
Created: 2026-11-30 09:00:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "b2d0c1a30000"
down_revision = "a1c0c1a22040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "precedents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_number", sa.String(length=13), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("category_code", sa.String(length=96), nullable=True),
        sa.Column("area", sa.String(length=64), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("explanation", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "source IN ('return', 'consultation', 'arbitration', 'whistle')",
            name=op.f("ck_precedents_source_known"),
        ),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_precedents_{column}"))
            for column, target in (
                ("ticket_id", "tickets.id"),
                ("category_code", "categories.code"),
                ("department_id", "departments.id"),
                ("decided_by", "users.id"),
                ("ended_by", "users.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_precedents")),
    )
    op.create_index(op.f("ix_precedents_ticket_id"), "precedents", ["ticket_id"])
    op.create_index(
        "ix_precedents_category",
        "precedents",
        ["category_code", sa.text("decided_at DESC")],
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("precedents")
