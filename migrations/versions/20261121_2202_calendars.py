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
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
