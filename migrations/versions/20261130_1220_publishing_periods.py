"""Let periods be published and revised, and work be excluded.

Revision: b2d0c1a30220
Revises: b2d0c1a30110
Created: 2026-11-30 12:20:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "b2d0c1a30220"
down_revision = "b2d0c1a30110"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credit_known_until",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("instant", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_credit_known_until_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_known_until")),
    )
    op.create_table(
        "department_versions",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("peer_group", sa.String(length=32), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_department_versions_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_versions")),
    )
    op.create_index(
        "ix_department_versions_department",
        "department_versions",
        ["department_id", "since", "id"],
        unique=False,
    )
    # What they were called before this was written down is what they are called now.
    op.execute(
        "INSERT INTO department_versions (department_id, name, name_en, peer_group, is_active, since) "
        "SELECT id, name, name_en, peer_group, is_active, '2000-01-01T00:00:00Z' FROM departments"
    )
    op.execute(
        "CREATE TRIGGER department_versions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON department_versions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.add_column(
        "credit_period_scores",
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    op.add_column("credit_period_scores", sa.Column("leaning", sa.String(length=1), nullable=True))


def downgrade() -> None:
    op.drop_column("credit_period_scores", "leaning")
    op.drop_column("credit_period_scores", "is_active")
    op.drop_table("department_versions")
    op.drop_table("credit_known_until")
