"""What is being made of the dispatch catalogue; what was decided of duties stands with the rules."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel
from hotline.tickets.routing.models import Precedent, PrecedentSource

__all__ = ["CatalogueDraft", "Precedent", "PrecedentSource"]


class CatalogueDraft(TableModel, table=True):
    """The one draft of the next version, kept between two looks at it.

    `revision` counts its changes, so that two administrators do not undo each other's.
    """

    __tablename__ = "catalogue_drafts"
    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)

    id: int = Field(
        default=1,
        primary_key=True,
        sa_type=sa.SmallInteger,
        sa_column_kwargs={"autoincrement": False},
    )
    revision: int = 1
    base_version: int
    entries: list[dict[str, Any]] = Field(sa_type=JSONB)
    is_direct: bool
    changed_at: datetime
    changed_by: str = Field(max_length=64)
