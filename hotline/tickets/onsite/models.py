"""Check-ins on the spot and their photographs. Rows are added and never changed."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.tickets.onsite.rules import Moment, PlaceState


class CheckIn(TableModel, table=True):
    """An entry that somebody made on the spot.

    The id comes from the telephone, so that an entry sent twice is one. `made_at` is the telephone's
    time, `came_at` ours. `position` counts the entries of a ticket and is how they are referred to.
    """

    __tablename__ = "check_ins"
    __table_args__ = (
        one_of("moment", Moment),
        one_of("place", PlaceState),
        sa.UniqueConstraint("ticket_id", "position"),
        sa.CheckConstraint(
            "(place = 'given') = (lat IS NOT NULL AND long IS NOT NULL)", name="place_given"
        ),
        sa.CheckConstraint("photo_count BETWEEN 0 AND 6", name="photos_few"),
    )

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id")
    position: int
    round: int
    hop: int
    department_id: int = Field(foreign_key="departments.id")
    user_id: uuid.UUID = Field(foreign_key="users.id")
    moment: Moment = Field(sa_type=text_enum(Moment, 16))
    note: str | None = None
    place: PlaceState = Field(sa_type=text_enum(PlaceState, 16))
    lat: float | None = None
    long: float | None = None
    accuracy_m: float | None = None
    distance_m: int | None = None
    photo_count: int = 0
    made_at: datetime
    came_at: datetime


class CheckInPhoto(TableModel, table=True):
    """A photograph of an entry, encrypted: there may be people on it."""

    __tablename__ = "check_in_photos"
    __table_args__ = (sa.CheckConstraint("byte_size > 0", name="not_empty"),)

    check_in_id: uuid.UUID = Field(primary_key=True, foreign_key="check_ins.id")
    position: int = Field(primary_key=True)
    media_type: str = Field(max_length=32)
    width: int
    height: int
    byte_size: int
    digest: bytes
    content: bytes
