"""The panel of like cases at the desk: the same matter by this caller and by others; urge or join."""

import uuid
from collections.abc import Mapping
from typing import Any

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.incidents.choosing import join_caller, urge_for_caller
from hotline.incidents.like_cases.queries import Asked, Found, find_like, without_join
from hotline.intake.taking import end_draft
from hotline.kernel.errors import N_, DomainError
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.tickets.actions.intake import NewTicket, clean_phone, clean_text
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import (
    ADDRESS_MAX,
    CONTENT_MAX,
    TITLE_MAX,
    Channel,
    Programme,
    RequestType,
    Urgency,
)
from web.pages.desk import category_code
from web.pages.frame import PageRequest, page, posted, see_other, shell_of, speaker
from web.pages.intake import person_concerned
from web.pages.tying import tie_together
from web.resources import Resources
from web.security.guards import requires
from web.views.fields import Posted
from web.views.incidents import panel_view
from web.views.problems import explain

_SHORTEST_PHONE = 7
_AREA_MAX = 64
_CODE_MAX = 96
_NAME_MAX = 80
_KEY_MAX = 128
_CALL_MAX = 64


class LikeCaseController(Controller):
    """Like cases while a matter is taken down."""

    path = "/desk/intake/like"
    guards = (requires(Permission.CREATE_TICKETS),)
    include_in_schema = False

    @post(status_code=200)
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
    ) -> Response[str]:
        """Show what may be the same matter; quiet when there is nothing."""
        sent = _typed(await posted(request))
        return await _panel(request, principal, reader, resources, sent)

    @post("/{number:str}/urge", status_code=200)
    async def urge(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        number: FromPath[str],
    ) -> Response[Any]:
        """Urge what this caller has told of instead of writing a new ticket."""
        sent = _typed(await posted(request))
        t = speaker(request)
        try:
            async with tx.session.begin_nested():
                ticket = await urge_for_caller(
                    tx,
                    number,
                    phone_index=_index(sent, resources),
                    note=sent["content"]
                    or sent["title"]
                    or t.text(N_("The caller asks for speed.")),
                    key=sent["_idempotency_key"] or uuid.uuid4().hex,
                    call=sent["call"] or None,
                )
                await _settle(tx, ticket.id, sent)
        except DomainError as error:
            refusal = explain(error, t.language)
            return await _panel(request, principal, tx.session, resources, sent, refusal)
        return _lead_to(request, f"/tickets/{number}?done={Action.URGE.value}")

    @post("/{number:str}/join", status_code=200)
    async def join(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        number: FromPath[str],
    ) -> Response[Any]:
        """Let the caller join the matter: a ticket of his own that follows it."""
        sent = _typed(await posted(request))
        t = speaker(request)
        refusal = _missing(sent)
        if refusal is not None:
            return await _panel(request, principal, tx.session, resources, sent, t.text(refusal))
        try:
            async with tx.session.begin_nested():
                created = await join_caller(
                    tx,
                    number,
                    _new_ticket(sent),
                    key=sent["_idempotency_key"] or None,
                    is_confirmed=True,  # the panel says in what they differ, above the button
                )
                await _settle(tx, created.id, sent)
        except DomainError as error:
            refusal = explain(error, t.language)
            return await _panel(request, principal, tx.session, resources, sent, refusal)
        return _lead_to(request, f"/tickets/{created.number}?done={Action.MERGE.value}")


def _typed(sent: Posted) -> Mapping[str, str]:
    """Return what was typed so far, each within its limit; nothing here is refused for being odd."""
    limits = {
        "phone": 32,
        "channel": 32,
        "request_type": 32,
        "urgency": 8,
        "programme": 32,
        "title": TITLE_MAX,
        "content": CONTENT_MAX,
        "address": ADDRESS_MAX,
        "area": _AREA_MAX,
        "category": 200,
        "name": _NAME_MAX,
        "on_behalf_of": _NAME_MAX,
        "behalf_relation": 40,
        "behalf_phone": 32,
        "secret": 8,
        "call": _CALL_MAX,
        "_idempotency_key": _KEY_MAX,
    }
    return {
        name: clean_text("".join(sent.get(name, ())))[:most].strip()
        for name, most in limits.items()
    }


def _index(sent: Mapping[str, str], resources: Resources) -> bytes | None:
    phone = clean_phone(sent["phone"])
    if phone is None or len(phone) < _SHORTEST_PHONE:
        return None
    return resources.cipher.blind_index(phone)


async def _panel(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    resources: Resources,
    sent: Mapping[str, str],
    refusal: str | None = None,
) -> Response[str]:
    t = speaker(request)
    found = await _found(request, principal, reader, resources, sent)
    return page(
        request,
        "fragments/like_cases.html",
        panel=panel_view(found, t),
        refusal=refusal,
        may_read_incidents=Permission.READ_INCIDENTS in principal.permissions,
    )


async def _found(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    resources: Resources,
    sent: Mapping[str, str],
) -> Found:
    category = category_code(sent["category"])
    asked = Asked(
        title=sent["title"],
        content=sent["content"],
        address=sent["address"] or None,
        area=sent["area"] or None,
        category=category[:_CODE_MAX] if category else None,
        request_type=_member(RequestType, sent["request_type"]),
        phone_index=_index(sent, resources),
        is_secret=bool(sent["secret"]),
        at=shell_of(request).now,
    )
    found = await find_like(reader, principal, asked)
    may_join = Permission.MERGE_MANY in principal.permissions
    return found if may_join else without_join(found)


def _member(kind: type[Any], typed: str) -> Any:  # noqa: ANN401  # whichever kind was asked for
    return next((member for member in kind if member.value == typed), None)


def _missing(sent: Mapping[str, str]) -> str | None:
    """Return what a joining caller has to say himself."""
    channel = sent["channel"] or Channel.PHONE.value
    if channel == Channel.PHONE.value and not clean_phone(sent["phone"]):
        return N_("Type the caller's telephone number first: he is told how the matter goes.")
    if not (sent["title"] or sent["content"]):
        return N_("Type what the caller says first.")
    return None


def _new_ticket(sent: Mapping[str, str]) -> NewTicket:
    return NewTicket(
        channel=_member(Channel, sent["channel"]) or Channel.PHONE,
        request_type=_member(RequestType, sent["request_type"]) or RequestType.HELP,
        title=sent["title"] or sent["content"][:TITLE_MAX],
        content=sent["content"] or sent["title"],
        category=category_code(sent["category"]),
        urgency=_member(Urgency, sent["urgency"]) or Urgency.P2,
        programme=_member(Programme, sent["programme"]) or Programme.GENERAL,
        address=sent["address"] or None,
        area=sent["area"] or None,
        requester_name=sent["name"] or None,
        requester_phone=clean_phone(sent["phone"]),
        on_behalf_of=person_concerned({**sent, "on_behalf_of": sent["on_behalf_of"] or None}),
        secret=bool(sent["secret"]),
    )


async def _settle(tx: Tx, ticket_id: uuid.UUID, sent: Mapping[str, str]) -> None:
    """Tie the ticket to its call and end the draft: nothing of this form is to be sent again."""
    key = sent["_idempotency_key"]
    await tie_together(tx, ticket_id, call=sent["call"], intake_key=key)
    await end_draft(tx, key)


def _lead_to(request: PageRequest, path: str) -> Response[Any]:
    if request.headers.get("hx-request"):
        return Response("", headers={"HX-Redirect": path})
    return see_other(path)
