"""Keep supervision orders and what became of them.

Revision: a1c0c1a22040
Revises: a1c0c1a22030
Created: 2026-11-21 22:04:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "a1c0c1a22040"
down_revision = "a1c0c1a22030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
