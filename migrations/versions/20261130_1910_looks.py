"""Keep the looks of a person's screens with the account.

Revision: b3e0c1a31910
Revises: b2d0c1a30525
Created: 2026-11-30 19:10:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "b3e0c1a31910"
down_revision = "b2d0c1a30525"
branch_labels = None
depends_on = None

_COLUMNS = {
    "theme": "'light', 'dark', 'auto'",
    "density": "'dense', 'roomy'",
    "text_size": "'normal', 'large'",
}


def upgrade() -> None:
    for column, members in _COLUMNS.items():
        op.add_column("users", sa.Column(column, sa.String(length=8), nullable=True))
        op.create_check_constraint(
            op.f(f"ck_users_{column}_known"), "users", f"{column} IN ({members})"
        )


def downgrade() -> None:
    for column in _COLUMNS:
        op.drop_constraint(op.f(f"ck_users_{column}_known"), "users", type_="check")
        op.drop_column("users", column)
