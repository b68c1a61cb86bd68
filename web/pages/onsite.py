"""The page for the spot, made for a telephone in one hand; and the photographs taken there."""

import uuid
from datetime import UTC, datetime
from typing import Any

from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import DomainError
from hotline.kernel.masking import mask_address, mask_text
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.tickets.access import find_readable
from hotline.tickets.actions.intake import clean_text
from hotline.tickets.errors import TicketNotFound
from hotline.tickets.lifecycle import Action
from hotline.tickets.onsite.actions import Entry, check_in
from hotline.tickets.onsite.photos import MOST_BYTES
from hotline.tickets.onsite.queries import check_ins_of, read_photo
from hotline.tickets.onsite.rules import MOST_PHOTOS, Moment, Place
from hotline.tickets.queries import open_assignments
from web.affairs import read_affairs
from web.errors import status_of
from web.pages.frame import PageRequest, page, see_other, shell_of, speaker
from web.resources import Resources
from web.security.guards import requires
from web.views.forms import EMPTY, FormState
from web.views.onsite import check_in_views
from web.views.problems import explain

MOST_NOTE = 2000


class OnSiteController(Controller):
    """A ticket on the spot."""

    path = "/tickets/{number:str}"
    guards = (requires(Permission.READ_TICKETS),)
    include_in_schema = False

    @get("/on-site")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        number: FromPath[str],
    ) -> Response[str]:
        """Show the ticket as a card without personal data, and the form of an entry."""
        return await _on_site(request, principal, reader, number, EMPTY)

    @post("/on-site", status_code=200)
    async def enter(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        number: FromPath[str],
    ) -> Response[Any]:
        """Take an entry in; sent again with the same name, it is there once.

        A script that sends what waited for a network asks for a short answer instead of a page.
        """
        is_script = request.headers.get("accept") == "application/json"
        t = speaker(request)
        try:
            entry = await _entry(request)
            async with tx.session.begin_nested():
                await check_in(tx, number, entry)
        except TicketNotFound:
            raise
        except DomainError as error:
            words, status = explain(error, t.language), status_of(error)
            if is_script:
                return Response({"refusal": words}, status_code=status)
            form = await request.form()
            typed = {name: str(form.get(name) or "") for name in ("moment", "note", "entry_id")}
            refused = FormState(typed, refusal=words)
            return await _on_site(request, principal, tx.session, number, refused, status=status)
        if is_script:
            return Response({"entry": str(entry.id)})
        return see_other(f"/tickets/{number}/on-site?done=1")

    @get("/check-ins/{position:int}/photos/{photo:int}")
    async def show_photo(  # as many as its address has parts
        self,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        number: FromPath[str],
        position: FromPath[int],
        photo: FromPath[int],
    ) -> Response[bytes]:
        """Show a photograph that was taken on the spot."""
        shown = await read_photo(reader, principal, resources.cipher, number, position, photo)
        return Response(shown.content, media_type=shown.media_type)


async def _entry(request: PageRequest) -> Entry:
    """Return what was sent; what cannot be read asks for nothing."""
    form = await request.form()
    photos = []
    for sent in form.getall("photos", []):
        if isinstance(sent, UploadFile):
            content = await sent.read(MOST_BYTES + 1)
            if content:
                photos.append(content)
    moment = str(form.get("moment") or "")
    return Entry(
        _name(str(form.get("entry_id") or "")),
        next((one for one in Moment if one.value == moment), Moment.AT_WORK),
        clean_text(str(form.get("note") or ""))[:MOST_NOTE] or None,
        _place(*(str(form.get(name) or "") for name in ("lat", "long", "accuracy_m"))),
        is_refused=str(form.get("place_refused") or "") == "true",
        made_at=_instant(str(form.get("made_at") or "")),
        photos=photos,
    )


def _name(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()


def _place(lat: str, long: str, accuracy: str) -> Place | None:
    try:
        return Place(float(lat), float(long), float(accuracy) if accuracy else None)
    except ValueError:
        return None


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else None


async def _on_site(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    number: str,
    form: FormState,
    *,
    status: int = 200,
) -> Response[str]:
    t = speaker(request)
    ticket = await find_readable(reader, principal, number)
    tasks = await open_assignments(reader, ticket.id)
    affairs = await read_affairs(reader, principal, ticket, tasks)
    offered = affairs.offered(shell_of(request).now)
    return page(
        request,
        "pages/on_site.html",
        status=status,
        number=number,
        title=mask_text(ticket.title),
        content=mask_text(ticket.content),
        area=ticket.area or "",
        address=mask_address(ticket.address) or "",
        due_at=ticket.due_at,
        level=ticket.level,
        ticket_status=ticket.status,
        hold=ticket.hold,
        place=f"{ticket.lat},{ticket.long}" if ticket.lat is not None else "",
        may_check_in=Action.CHECK_IN in offered,
        moments=list(Moment),
        entry_id=form.values.get("entry_id") or str(uuid.uuid4()),
        form=form,
        most_photos=MOST_PHOTOS,
        check_ins=check_in_views(await check_ins_of(reader, ticket.id), number, t),
        is_done="done" in request.query_params,
    )
