"""One action on many tickets: chosen, looked at, started, followed."""

import uuid
from collections.abc import Sequence
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import DomainError
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.tickets.bulk.actions import request_bulk, require_picks
from hotline.tickets.bulk.queries import Pick, preview_bulk, read_bulk
from hotline.tickets.bulk.rules import MOST, BulkDoing
from hotline.tickets.today.queries import list_owed_tickets
from hotline.tickets.today.rules import edges_at
from web.errors import status_of
from web.pages.frame import PageRequest, own_path, page, posted, see_other, shell_of, speaker
from web.pages.today import ASKED, colleague_options, wanted_of
from web.security.guards import requires
from web.views.bulk import FIELDS, bulk_view, foretold_views
from web.views.fields import COLLEAGUES, Posted, read
from web.views.forms import EMPTY, FormState
from web.views.problems import explain
from web.views.today import today_href


class BulkPageController(Controller):
    """One action on many tickets."""

    path = "/bulk"
    guards = (requires(Permission.READ_TICKETS),)
    include_in_schema = False

    @post(status_code=200)
    async def preview(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[Any]:
        """Show for each chosen ticket what will happen, or why not. Nothing is done yet."""
        sent = await posted(request)
        doing = _doing(sent)
        back = own_path("".join(sent.get("back", ["/today"])))
        if doing is None:
            return see_other(back)
        return await _preview(request, principal, reader, doing, sent, back, EMPTY)

    @post("/start", status_code=200)
    async def start(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
    ) -> Response[Any]:
        """Have it done, once however often the form is sent."""
        sent = await posted(request)
        doing = _doing(sent)
        back = own_path("".join(sent.get("back", ["/today"])))
        if doing is None:
            return see_other(back)
        values, form = read(FIELDS[doing], sent, speaker(request))
        if form.errors:
            return await _preview(
                request, principal, tx.session, doing, sent, back, form, status=422
            )
        try:
            async with tx.session.begin_nested():
                run = await request_bulk(tx, _run_id(sent), doing, _picks(sent), values, back=back)
        except DomainError as error:
            refused = FormState(form.values, refusal=explain(error, speaker(request).language))
            return await _preview(
                request,
                principal,
                tx.session,
                doing,
                sent,
                back,
                refused,
                status=status_of(error),
            )
        return see_other(f"/bulk/{run.id}")

    @get("/{run_id:uuid}")
    async def follow(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        run_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show how far it is, and what became of each ticket."""
        progress = await read_bulk(reader, principal, run_id)
        return page(
            request,
            "pages/bulk_run.html",
            run_id=str(run_id),
            run=bulk_view(progress, speaker(request)),
        )


def _doing(sent: Posted) -> BulkDoing | None:
    return next((one for one in BulkDoing if one.value == "".join(sent.get("doing", []))), None)


def _run_id(sent: Posted) -> uuid.UUID:
    try:
        return uuid.UUID("".join(sent.get("run_id", [])))
    except ValueError:
        return uuid.uuid4()


def _picks(sent: Posted) -> list[Pick]:
    """Return what was chosen: numbers, each with the version that was read."""
    picks = []
    for text in sent.get("pick", ()):
        number, _, version = text.partition(":")
        picks.append(Pick(number[:13], int(version) if version.isdecimal() else None))
    return picks


async def _all_of_list(
    request: PageRequest, principal: Principal, reader: AsyncSession, sent: Posted
) -> list[Pick]:
    """Return everything in the list that the choice was made on, as many as one run takes."""
    asked = {name: "".join(sent.get(f"list-{name}", [])) for name in ASKED}
    wanted = await wanted_of(reader, principal, asked)
    edges = edges_at(shell_of(request).now)
    found = await list_owed_tickets(reader, principal, wanted, edges, limit=MOST)
    return [Pick(row.ticket.number, row.ticket.version) for row in found.items]


async def _preview(  # what was asked, by whom, and what was wrong with it
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    doing: BulkDoing,
    sent: Posted,
    back: str,
    form: FormState,
    *,
    status: int = 200,
) -> Response[str]:
    t = speaker(request)
    is_all = "".join(sent.get("all", [])) == "true"
    picks: Sequence[Pick] = (
        await _all_of_list(request, principal, reader, sent) if is_all else _picks(sent)
    )
    refusal = form.refusal
    try:
        require_picks(picks)
    except DomainError as error:
        refusal, picks = explain(error, t.language), ()
        status = status_of(error)
    told = foretold_views(await preview_bulk(reader, principal, doing, picks), t)
    return page(
        request,
        "pages/bulk.html",
        status=status,
        doing=doing,
        told=told,
        ready=sum(not one.why_not for one in told),
        most=MOST,
        fields=FIELDS[doing],
        among={COLLEAGUES: await colleague_options(reader, principal)},
        form=FormState(form.values, form.errors, refusal),
        run_id=str(_run_id(sent)),
        back=back or today_href({}),
    )
