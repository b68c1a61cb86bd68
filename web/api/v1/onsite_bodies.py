"""What a check-in on the spot takes, and handing a ticket to a colleague."""

import base64
import binascii
import uuid
from typing import Annotated

from pydantic import AwareDatetime, Field, field_validator

from hotline.people.principal import Tx
from hotline.tickets.models import Ticket
from hotline.tickets.onsite.actions import Entry, check_in
from hotline.tickets.onsite.photos import MOST_BYTES
from hotline.tickets.onsite.rules import MOST_PHOTOS, Moment, Place
from web.api.schemas import ActionBody, Body, OptionalWords

_MOST_TEXT = MOST_BYTES * 4 // 3 + 4


class PlaceBody(Body):
    """Where an entry was made, as the telephone says."""

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    long: float = Field(ge=-180, le=180, allow_inf_nan=False)
    accuracy_m: float | None = Field(default=None, ge=0, allow_inf_nan=False)


class CheckInBody(ActionBody):
    """An entry made on the spot. `id` is its own name: sent again with it, it is there once."""

    id: uuid.UUID | None = None
    moment: Moment
    note: Annotated[OptionalWords, Field(max_length=2000)] = None
    place: PlaceBody | None = None
    place_refused: bool = False
    made_at: AwareDatetime | None = None
    photos: list[Annotated[str, Field(max_length=_MOST_TEXT)]] = Field(
        default_factory=list,
        max_length=MOST_PHOTOS,
        description="JPEG or PNG, in base 64. What a camera writes beside the picture is cut off.",
    )

    @field_validator("photos")
    @classmethod
    def _are_base64(cls, photos: list[str]) -> list[str]:
        for photo in photos:
            try:
                base64.b64decode(photo, validate=True)
            except binascii.Error as error:
                raise ValueError("photographs are base 64") from error
        return photos

    def to_entry(self) -> Entry:
        """Return what was said on the spot."""
        return Entry(
            self.id or uuid.uuid4(),
            self.moment,
            self.note,
            Place(self.place.lat, self.place.long, self.place.accuracy_m) if self.place else None,
            is_refused=self.place_refused,
            made_at=self.made_at,
            photos=[base64.b64decode(photo) for photo in self.photos],
        )


class ColleagueBody(ActionBody):
    """Who handles the department's part from now on, by user name."""

    colleague: Annotated[str, Field(min_length=1, max_length=64)]
    note: Annotated[OptionalWords, Field(max_length=2000)] = None


async def check_in_as_said(tx: Tx, number: str, body: CheckInBody, version: int | None) -> Ticket:
    """Check in on the spot: when, where, in words and photographs; kept as evidence of the work."""
    return await check_in(tx, number, body.to_entry(), expected_version=version)
