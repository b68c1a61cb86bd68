"""Other systems: their reports that wait to be read, their keys, what they may report, public texts."""

import uuid
from collections.abc import Sequence
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_, DomainError
from hotline.open311.keys import KeyView, add_key, list_keys, revoke_key
from hotline.open311.models import PUBLIC_TEXT_MAX, ServiceType
from hotline.open311.moderation import (
    REASON_MAX,
    dismiss_update,
    list_held,
    list_held_updates,
    refuse_submission,
    take_in,
    take_update,
    throw_away,
)
from hotline.open311.parameters import LINK_MAX
from hotline.open311.publishing import publish_text, read_publication, withdraw_text
from hotline.open311.services import Service, list_services, save_service
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.tickets.errors import UnknownCode
from hotline.tickets.models import RequestType
from web.errors import status_of
from web.i18n import Translator
from web.labels import label
from web.pages.frame import PageRequest, page, posted, see_other, speaker
from web.resources import Resources
from web.security.guards import requires
from web.views.fields import NO, YES, Field, Kind, read
from web.views.forms import EMPTY, FormState
from web.views.problems import explain

PAGE_SIZE = 30
_NUMBER_MOST = 6

_REFUSAL = (Field("reason", N_("Why it is not taken in"), Kind.LINE, most=REASON_MAX),)
_KEY = (
    Field("name", N_("Other system"), Kind.LINE, most=80),
    Field("contact", N_("Who answers for it"), Kind.LINE, required=False, most=200),
    Field("rate", N_("Reports a minute, at most"), Kind.LINE, most=_NUMBER_MOST),
    Field("is_test", N_("For the test endpoint alone"), Kind.CHECK, required=False),
)
_SERVICE = (
    Field("is_offered", N_("Other systems may report it"), Kind.CHECK, required=False),
    Field("is_listed", N_("Its matters are public"), Kind.CHECK, required=False),
    Field("type", N_("When the number is given"), Kind.CHOICE, of=ServiceType),
    Field("request_type", N_("Taken down as"), Kind.CHOICE, of=RequestType),
    Field("name", N_("Public name"), Kind.LINE, required=False, most=120),
    Field("description", N_("Public description"), Kind.LINE, required=False, most=500),
    Field("keywords", N_("Keywords"), Kind.LINE, required=False, most=300),
)
_PUBLICATION = (
    Field("text", N_("Public text"), most=PUBLIC_TEXT_MAX),
    Field(
        "media_url", N_("Address of an approved photo"), Kind.LINE, required=False, most=LINK_MAX
    ),
    Field("is_public_place", N_("A public place: show it exactly"), Kind.CHECK, required=False),
)

DONE = {
    "taken": N_("Taken in: the other system finds the number by its token."),
    "refused": N_("Refused: the other system is told that it was not taken in."),
    "thrown-away": N_("Thrown away."),
    "noted": N_("The words stand on the ticket now."),
    "dismissed": N_("The words were left aside."),
    "revoked": N_("The key opens nothing any more."),
    "saved": N_("It is kept"),
    "published": N_("The text is public now."),
    "withdrawn": N_("Nothing is public about this ticket any more."),
}


def _done(request: PageRequest) -> str | None:
    words = DONE.get(request.query_params.get("done", ""))
    return speaker(request).text(words) if words else None


class HeldReportController(Controller):
    """The desk of what other systems report and nobody has read yet."""

    path = "/held-reports"
    guards = (requires(Permission.MODERATE_REPORTS),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
    ) -> Response[str]:
        """Show what waits, the oldest first."""
        return await _held(request, principal, reader, resources)

    @post("/{submission_id:uuid}/take-in", status_code=200)
    async def take(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        submission_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """Make a ticket of a report."""
        chosen = "".join((await posted(request)).get("category", [])) or None
        try:
            async with tx.session.begin_nested():
                created = await take_in(tx, submission_id, category=chosen)
        except DomainError as error:
            return await _refused_held(request, principal, tx, resources, submission_id, error)
        return see_other(f"/tickets/{created.number}")

    @post("/{submission_id:uuid}/refuse", status_code=200)
    async def refuse(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        submission_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """Refuse a report with a reason."""
        values, form = read(_REFUSAL, await posted(request), speaker(request))
        if form.errors:
            return await _held(
                request, principal, tx.session, resources, (submission_id, form), status=422
            )
        try:
            await refuse_submission(tx, submission_id, reason=values["reason"])
        except DomainError as error:
            return await _refused_held(request, principal, tx, resources, submission_id, error)
        return see_other("/held-reports?done=refused")

    @post("/{submission_id:uuid}/throw-away")
    async def throw(self, tx: NamedDependency[Tx], submission_id: FromPath[uuid.UUID]) -> Redirect:
        """Throw a report away."""
        await throw_away(tx, submission_id)
        return see_other("/held-reports?done=thrown-away")

    @post("/updates/{update_id:uuid}/take")
    async def take_words(self, tx: NamedDependency[Tx], update_id: FromPath[uuid.UUID]) -> Redirect:
        """Put words onto their ticket."""
        await take_update(tx, update_id)
        return see_other("/held-reports?done=noted")

    @post("/updates/{update_id:uuid}/dismiss")
    async def dismiss_words(
        self, tx: NamedDependency[Tx], update_id: FromPath[uuid.UUID]
    ) -> Redirect:
        """Leave words aside."""
        await dismiss_update(tx, update_id)
        return see_other("/held-reports?done=dismissed")


async def _refused_held(
    request: PageRequest,
    principal: Principal,
    tx: Tx,
    resources: Resources,
    submission_id: uuid.UUID,
    error: DomainError,
) -> Response[str]:
    form = FormState(refusal=explain(error, speaker(request).language))
    return await _held(
        request,
        principal,
        tx.session,
        resources,
        (submission_id, form),
        status=status_of(error),
    )


async def _held(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    resources: Resources,
    answered: tuple[uuid.UUID | None, FormState] = (None, EMPTY),
    *,
    status: int = 200,
) -> Response[str]:
    t = speaker(request)
    found = await list_held(
        reader,
        resources.cipher,
        principal,
        cursor=request.query_params.get("cursor"),
        limit=PAGE_SIZE,
    )
    services = await list_services(reader)
    return page(
        request,
        "pages/held_reports.html",
        status=status,
        reports=found.items,
        updates=await list_held_updates(reader, resources.cipher, principal),
        categories=[(one.code, _name(one, t)) for one in services],
        answered=answered[0],
        form=answered[1],
        blank=EMPTY,
        stray=answered[1].refusal if answered[0] not in {one.id for one in found.items} else None,
        next_href=f"/held-reports?cursor={found.next_cursor}" if found.next_cursor else None,
        done=_done(request),
    )


def _name(service: Service, t: Translator) -> str:
    return service.name if t.language.startswith("zh") else service.name_en or service.name


class Open311AdminController(Controller):
    """Keys of other systems, and what they may report."""

    path = "/admin/open311"
    guards = (requires(Permission.MANAGE_OPEN311),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
    ) -> Response[str]:
        """Show the keys and the services."""
        return await _administered(request, reader, resources)

    @post("/keys", status_code=200)
    async def add(
        self,
        request: PageRequest,
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
    ) -> Response[str]:
        """Give out a key, which is shown this once."""
        t = speaker(request)
        values, form = read(_KEY, await posted(request), t)
        rate = values.get("rate") or ""
        if not form.errors and not rate.isdecimal():
            form = FormState(form.values, {"rate": t.text(N_("Give a number"))})
        if form.errors:
            return await _administered(request, tx.session, resources, form, status=422)
        try:
            async with tx.session.begin_nested():
                view, plain = await add_key(tx, **{**values, "rate": int(rate)})
        except DomainError as error:
            refused = FormState(form.values, refusal=explain(error, t.language))
            return await _administered(
                request, tx.session, resources, refused, status=status_of(error)
            )
        return await _administered(request, tx.session, resources, made=(view, plain))

    @post("/keys/{key_id:uuid}/revoke")
    async def revoke(self, tx: NamedDependency[Tx], key_id: FromPath[uuid.UUID]) -> Redirect:
        """Take a key back."""
        await revoke_key(tx, key_id)
        return see_other("/admin/open311?done=revoked")

    @get("/services/{code:str}")
    async def show_service(
        self, request: PageRequest, reader: NamedDependency[AsyncSession], code: FromPath[str]
    ) -> Response[str]:
        """Show how a category is offered."""
        service = _find(await list_services(reader), code)
        return _service_page(request, service, _filled(service))

    @post("/services/{code:str}", status_code=200)
    async def change_service(
        self, request: PageRequest, tx: NamedDependency[Tx], code: FromPath[str]
    ) -> Response[Any]:
        """Decide how a category is offered."""
        service = _find(await list_services(tx.session), code)
        values, form = read(_SERVICE, await posted(request), speaker(request))
        if form.errors:
            return _service_page(request, service, form, status=422)
        await save_service(tx, code, **values)
        return see_other("/admin/open311?done=saved")


def _find(services: Sequence[Service], code: str) -> Service:
    for one in services:
        if one.code == code:
            return one
    raise UnknownCode(what="category", value=code)


def _filled(service: Service) -> FormState:
    is_decided = service.changed_at is not None
    return FormState(
        {
            "is_offered": YES if service.is_offered else NO,
            "is_listed": YES if service.is_listed else NO,
            "type": service.type.value,
            "request_type": service.request_type.value,
            "name": service.name if is_decided else "",
            "description": service.description,
            "keywords": service.keywords,
        }
    )


def _service_page(
    request: PageRequest, service: Service, form: FormState, *, status: int = 200
) -> Response[str]:
    t = speaker(request)
    return page(
        request,
        "pages/open311_service.html",
        status=status,
        service=service,
        name=_name(service, t),
        form=form,
        types=[(one.value, t.text(label(one))) for one in ServiceType],
        request_types=[(one.value, t.text(label(one))) for one in RequestType],
    )


async def _administered(
    request: PageRequest,
    reader: AsyncSession,
    resources: Resources,
    form: FormState | None = None,
    *,
    made: tuple[KeyView, str] | None = None,
    status: int = 200,
) -> Response[str]:
    t = speaker(request)
    services = await list_services(reader)
    return page(
        request,
        "pages/open311.html",
        status=status,
        keys=await list_keys(reader, resources.cipher),
        branches=_branches([(one, _name(one, t)) for one in services]),
        form=form or FormState({"rate": "60"}),
        made=made,
        done=_done(request),
    )


def _branches(
    services: Sequence[tuple[Service, str]],
) -> Sequence[tuple[str, Sequence[tuple[Service, str]]]]:
    """Return the services under the name of the category that each of them belongs to."""
    names = {one.code: name for one, name in services}
    branches: dict[str, list[tuple[Service, str]]] = {}
    for one, name in services:
        branches.setdefault(one.code.partition(".")[0], []).append((one, name))
    return [(names.get(code, code), found) for code, found in branches.items()]


class PublicationController(Controller):
    """What everybody may read about a ticket."""

    path = "/tickets/{number:str}/publication"
    guards = (requires(Permission.PUBLISH_TEXT),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        number: FromPath[str],
    ) -> Response[str]:
        """Show what is public, or a draft of it."""
        return await _publication(request, principal, reader, resources, number)

    @post(status_code=200)
    async def publish(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        number: FromPath[str],
    ) -> Response[Any]:
        """Make a text public."""
        t = speaker(request)
        values, form = read(_PUBLICATION, await posted(request), t)
        status = 422
        if not form.errors:
            try:
                async with tx.session.begin_nested():
                    await publish_text(tx, number, **values)
            except DomainError as error:
                form = FormState(form.values, refusal=explain(error, t.language))
                status = status_of(error)
            else:
                return see_other(f"/tickets/{number}/publication?done=published")
        return await _publication(
            request, principal, tx.session, resources, number, form, status=status
        )

    @post("/withdraw")
    async def withdraw(self, tx: NamedDependency[Tx], number: FromPath[str]) -> Redirect:
        """Take a public text back."""
        await withdraw_text(tx, number)
        return see_other(f"/tickets/{number}/publication?done=withdrawn")


async def _publication(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    resources: Resources,
    number: str,
    form: FormState | None = None,
    *,
    status: int = 200,
) -> Response[str]:
    view = await read_publication(reader, resources.cipher, principal, number)
    published = view.publication
    return page(
        request,
        "pages/publication.html",
        status=status,
        number=number,
        is_secret=view.ticket.is_secret,
        published=published,
        form=form
        or FormState(
            {
                "text": published.text if published else view.draft,
                "media_url": (published.media_url if published else None) or "",
                "is_public_place": YES if published and published.is_public_place else NO,
            }
        ),
        done=_done(request),
    )
