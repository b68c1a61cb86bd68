"""That a city is invented, and what people have practised in it."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.practice.rules import Mark


class PracticeCity(TableModel, table=True):
    """The mark of an invented city: written with it and by nothing else, so no real house has it."""

    __tablename__ = "practice_cities"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one"),)

    id: int = Field(primary_key=True, sa_type=sa.SmallInteger)
    founded_at: datetime
    again_asked_at: datetime | None = None
    again_asked_by: str | None = Field(default=None, max_length=64)


class PracticeMark(TableModel, table=True):
    """Something that somebody did in practice and that leaves no trace elsewhere."""

    __tablename__ = "practice_marks"
    __table_args__ = (one_of("mark", Mark),)

    user_id: uuid.UUID = Field(primary_key=True, foreign_key="users.id")
    mark: Mark = Field(primary_key=True, sa_type=text_enum(Mark, 16))
    at: datetime
