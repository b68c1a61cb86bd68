"""Keep what is sent to whom, by which road, and what became of it.

Revision: a1c0c1a22030
Revises: a1c0c1a22020
Created: 2026-11-21 22:03:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "a1c0c1a22030"
down_revision = "a1c0c1a22020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
