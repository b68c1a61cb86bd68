"""How far a matter is, by a link that tells nothing of anybody: stations, department, dates, time used.

The page with number and query code shows the same part and fetches it anew by the same link.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.citizens.photos import read_ticket_photo
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.people.principal import REQUESTER
from hotline.people.queries import departments_by_id
from hotline.tickets.access import find_readable
from hotline.tickets.follow_links import follow_word, last_day, read_follow_word
from hotline.tickets.lifecycle import Status
from hotline.tickets.models import Ticket
from hotline.tickets.queries import list_timeline
from hotline.tickets.spans.queries import read_spans
from web.i18n import Translator
from web.pages.frame import PageRequest, page, shell_of, speaker
from web.pages.submitting import picture_response
from web.resources import Resources
from web.views.forms import FormState
from web.views.glance import Glance, glance_of
from web.views.hops import HopBarView, hop_bar, units_in
from web.views.timelines import TimelineRow, joint_row
from web.views.tracking import ProgressStep, progress

_HOURS = 2
"""Hours within which the address of a photo opens: the present one and the one before."""


class FollowLinkClosed(DomainError):
    """The link opens nothing: never made, altered, or over."""

    kind = ErrorKind.NOT_FOUND
    code = "follow-link-closed"
    title = N_("This link does not open any more")


@dataclass(frozen=True, slots=True)
class Stations:
    """How far a matter is; nothing in it was written by anybody.

    Attributes:
        word: opens this again.
        version: rises with everything that happens.
        is_joint: it is handled together with others.
    """

    number: str
    word: str
    version: int
    status: Status
    glance: Glance
    steps: Sequence[ProgressStep]
    bar: HopBarView
    is_joint: bool


async def stations_of(
    session: AsyncSession, cipher: FieldCipher, ticket: Ticket, now: datetime, t: Translator
) -> Stations:
    """Return how far a matter is; of one that follows another, how far that one is."""
    followed = None
    if ticket.status is Status.MERGED and ticket.parent_id is not None:
        followed = await session.get_one(Ticket, ticket.parent_id)
    matter = followed or ticket
    use = (await read_spans(session, {matter.id: matter.due_at}, now))[matter.id]
    units = await departments_by_id(
        session, {*units_in([use]), *filter(None, [matter.owner_department_id])}
    )
    owner = units.get(matter.owner_department_id) if matter.owner_department_id else None
    return Stations(
        number=ticket.number,
        word=follow_word(cipher, ticket.id, last_day(now.astimezone(SHANGHAI).date())),
        version=ticket.version + (followed.version if followed else 0),
        status=matter.status,
        glance=glance_of(matter.status, matter.hold, matter.due_at, owner, now, t),
        steps=progress(matter.status),
        bar=hop_bar(use, units, t),
        is_joint=followed is not None,
    )


def photo_word(cipher: FieldCipher, photo_id: uuid.UUID, now: datetime, ago: int = 0) -> str:
    """Return the word with which a photo opens for an hour or two, for whoever was shown its address."""
    return cipher.bearer("photo", f"{photo_id}:{int(now.timestamp()) // 3600 - ago}")


class StationController(Controller):
    """Pages that open by link, without number and code."""

    include_in_schema = False

    @get("/f/{word:str}")
    async def show(
        self,
        request: PageRequest,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        word: FromPath[str],
    ) -> Response[str]:
        """Show how far a matter is, and ask for the query code before anything more is told."""
        t = speaker(request)
        try:
            ticket = await _opened(request, reader, resources, word)
        except FollowLinkClosed as error:
            return page(
                request,
                "pages/link_closed.html",
                status=404,
                words=t.text(error.title),
                is_used=False,
            )
        return page(
            request,
            "pages/follow.html",
            stations=await stations_of(reader, resources.cipher, ticket, shell_of(request).now, t),
            timeline=await _told(reader, ticket, t),
            form=FormState({"number": ticket.number}),
        )

    @get("/f/{word:str}/glance")
    async def glance(
        self,
        request: PageRequest,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        word: FromPath[str],
    ) -> Response[str]:
        """Show the part of a page that changes."""
        t = speaker(request)
        ticket = await _opened(request, reader, resources, word)
        seen = request.query_params.get("seen", "")
        stations = await stations_of(reader, resources.cipher, ticket, shell_of(request).now, t)
        return page(
            request,
            "fragments/glance.html",
            stations=stations,
            seen=int(seen) if seen.isdecimal() else stations.version,
        )

    @get("/photos/{photo_id:uuid}/{word:str}")
    async def photo(
        self,
        request: PageRequest,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        photo_id: FromPath[uuid.UUID],
        word: FromPath[str],
    ) -> Response[bytes]:
        """Show a photo to whoever was given its address a short while ago."""
        now = shell_of(request).now
        known = {photo_word(resources.cipher, photo_id, now, ago) for ago in range(_HOURS)}
        if word not in known:
            raise FollowLinkClosed
        picture = await read_ticket_photo(reader, resources.cipher, photo_id)
        return picture_response(picture.media_type, picture.data)


async def _opened(
    request: PageRequest, reader: AsyncSession, resources: Resources, word: str
) -> Ticket:
    today = shell_of(request).now.astimezone(SHANGHAI).date()
    ticket_id = read_follow_word(resources.cipher, word, today)
    ticket = await reader.get(Ticket, ticket_id) if ticket_id else None
    if ticket is None:
        raise FollowLinkClosed
    return await find_readable(reader, REQUESTER, ticket.number)


async def _told(reader: AsyncSession, ticket: Ticket, t: Translator) -> Sequence[TimelineRow]:
    """Return what was done, by which unit, and not a word of what was written."""
    rows = await list_timeline(reader, REQUESTER, ticket.id)
    return [joint_row(row, t) for row in reversed(rows)]
