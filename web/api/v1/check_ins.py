"""What was entered on the spot about a ticket, and its photographs."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.masking import mask_text
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.tickets.access import find_readable
from hotline.tickets.onsite.queries import CheckInRow, check_ins_of, read_photo
from hotline.tickets.onsite.rules import Moment, PlaceState, is_late
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Unit
from web.resources import Resources
from web.security.guards import requires


class CheckInOut(Answer):
    """An entry made on the spot."""

    id: uuid.UUID
    position: int
    moment: Moment
    note: str | None
    department: Unit
    person: str
    place: PlaceState
    lat: float | None
    long: float | None
    accuracy_m: float | None
    distance_m: int | None
    photos: int
    made_at: datetime
    came_at: datetime
    came_late: bool


class CheckInController(Controller):
    """Entries made on the spot."""

    path = "/tickets/{number:str}/check-ins"
    tags = ("Tickets",)
    guards = (requires(Permission.READ_TICKETS),)

    @get(
        operation_id="listCheckIns",
        operation_class=ApiOperation,
        responses=problem_responses(401, 403, 404, 503),
    )
    async def list_(
        self,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        number: FromPath[str],
    ) -> Sequence[CheckInOut]:
        """List what was entered on the spot about a ticket, the oldest first."""
        ticket = await find_readable(reader, principal, number)
        return [_out(row) for row in await check_ins_of(reader, ticket.id)]

    @get(
        "/{position:int}/photos/{photo:int}",
        operation_id="readCheckInPhoto",
        operation_class=ApiOperation,
        responses=problem_responses(401, 403, 404, 503),
        media_type="image/jpeg",
    )
    async def show_photo(  # as many as its address has parts
        self,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        number: FromPath[str],
        position: FromPath[int],
        photo: FromPath[int],
    ) -> Response[bytes]:
        """Read a photograph of an entry."""
        shown = await read_photo(reader, principal, resources.cipher, number, position, photo)
        return Response(shown.content, media_type=shown.media_type)


def _out(row: CheckInRow) -> CheckInOut:
    entry, unit = row.entry, row.department
    return CheckInOut(
        id=entry.id,
        position=entry.position,
        moment=entry.moment,
        note=mask_text(entry.note) if entry.note else None,
        department=Unit(code=unit.code, name=unit.name, name_en=unit.name_en),
        person=row.person,
        place=entry.place,
        lat=entry.lat,
        long=entry.long,
        accuracy_m=entry.accuracy_m,
        distance_m=entry.distance_m,
        photos=entry.photo_count,
        made_at=entry.made_at,
        came_at=entry.came_at,
        came_late=is_late(entry.made_at, entry.came_at),
    )
