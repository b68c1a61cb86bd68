"""Keep what happened to each clock, every rung of the ladder, outages and alarms.

Revision: a1c0c1a22010
Revises: f9f3abac740a
Created: 2026-11-21 22:01:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "a1c0c1a22010"
down_revision = "f9f3abac740a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
