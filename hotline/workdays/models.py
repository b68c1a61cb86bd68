"""Calendars in versions."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.kernel.tables import TableModel


class CalendarVersion(TableModel, table=True):
    """One version of a calendar; never changed, only followed by the next."""

    __tablename__ = "calendars"
    __table_args__ = (
        sa.UniqueConstraint("code", "version"),
        sa.CheckConstraint("version > 0", name="version_positive"),
    )

    id: int = Field(default=None, primary_key=True, sa_column_args=(sa.Identity(always=True),))
    code: str = Field(max_length=24)
    version: int
    name: str = Field(max_length=120)
    definition: dict[str, Any] = Field(sa_type=JSONB)
    covered_until: date
    is_active: bool
    created_at: datetime
    created_by: str = Field(max_length=64)
    note: str = Field(default="", max_length=500, sa_column_kwargs={"server_default": ""})

    @property
    def label(self) -> str:
        """What clocks are pinned to, such as `working-3`."""
        return f"{self.code}-{self.version}"
