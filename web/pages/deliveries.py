"""How people are reached, who is told along, and what became of every message."""

import enum
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import time
from typing import Any, TypeVar
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_, DomainError
from hotline.kernel.paging import Page
from hotline.notices.contacts import (
    ContactChange,
    SubscriptionChange,
    SubscriptionView,
    find_subscription,
    list_subscriptions,
    read_contact,
    remove_subscription,
    save_contact,
    save_subscription,
    user_id_of,
)
from hotline.notices.models import SUBSCRIBED_CHANNELS, DeliveryChannel, DeliveryState
from hotline.notices.outgoing import (
    DeliveryFilter,
    DeliveryRow,
    count_states,
    lay_aside,
    list_deliveries,
    list_parked,
    replay,
    resend,
    resend_dead,
)
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import list_departments
from web.errors import status_of
from web.i18n import Translator
from web.labels import label
from web.pages.frame import PageRequest, page, posted, see_other, speaker
from web.resources import Resources
from web.security.guards import requires, signed_in
from web.views.deliveries import (
    STEPS,
    contact_form,
    message_row,
    subscription_form,
    subscription_row,
)
from web.views.directory import unit_name
from web.views.fields import Field, Kind, Posted, read
from web.views.forms import FormState
from web.views.problems import explain

PAGE_SIZE = 50
ASKED = ("ticket", "state", "channel")

CONTACT = (
    Field("email", N_("E-mail"), Kind.LINE, required=False, most=500),
    Field("phone", N_("Mobile phone"), Kind.LINE, required=False, most=40),
    Field("email_on", N_("Tell me by e-mail"), Kind.CHECK, required=False),
    Field("sms_on", N_("Tell me by text message"), Kind.CHECK, required=False),
    Field("remove_email", N_("Remove the e-mail address"), Kind.CHECK, required=False),
    Field("remove_phone", N_("Remove the number"), Kind.CHECK, required=False),
    Field("quiet_from", N_("Quiet from"), Kind.LINE, most=8),
    Field("quiet_to", N_("Quiet until"), Kind.LINE, most=8),
    Field("hourly_limit", N_("Messages in an hour, at most"), Kind.LINE, most=4),
)
SUBSCRIPTION = (
    Field("name", N_("Designation"), Kind.LINE, most=80),
    Field("channel", N_("Road"), Kind.CHOICE, of=DeliveryChannel),
    Field("department", N_("Department"), Kind.DEPARTMENT, required=False),
    Field("address", N_("Address"), Kind.LINE, required=False, most=2000),
    Field("secret", N_("Signing secret"), Kind.SECRET, required=False, most=200),
    Field("is_active", N_("In use"), Kind.CHECK, required=False),
)

_E = TypeVar("_E", bound=enum.StrEnum)


def _time_of(text: str) -> time | None:
    with suppress(ValueError):
        return time.fromisoformat(text).replace(tzinfo=None)
    return None


class ContactController(Controller):
    """How people are reached."""

    include_in_schema = False

    @get("/notices/contact", guards=[signed_in])
    async def show_own(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[str]:
        """Show one's own contact."""
        return await _contact_page(request, tx, tx.actor.username)

    @post("/notices/contact", status_code=200, guards=[signed_in])
    async def save_own(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Change one's own contact."""
        return await _save_contact(request, tx, tx.actor.username)

    @get("/admin/users/{username:str}/contact", guards=[requires(Permission.MANAGE_USERS)])
    async def show_other(
        self, request: PageRequest, tx: NamedDependency[Tx], username: FromPath[str]
    ) -> Response[str]:
        """Show somebody's contact."""
        return await _contact_page(request, tx, username)

    @post(
        "/admin/users/{username:str}/contact",
        status_code=200,
        guards=[requires(Permission.MANAGE_USERS)],
    )
    async def save_other(
        self, request: PageRequest, tx: NamedDependency[Tx], username: FromPath[str]
    ) -> Response[Any]:
        """Change somebody's contact."""
        return await _save_contact(request, tx, username)


def _contact_path(tx: Tx, username: str) -> str:
    own = username == tx.actor.username
    return "/notices/contact" if own else f"/admin/users/{username}/contact"


async def _contact_page(
    request: PageRequest,
    tx: Tx,
    username: str,
    *,
    form: FormState | None = None,
    status: int = 200,
) -> Response[str]:
    view = await read_contact(tx.session, tx.cipher, await user_id_of(tx, username))
    is_done = "done" in request.query_params
    return page(
        request,
        "pages/contact.html",
        status=status,
        form=form or contact_form(view),
        path=_contact_path(tx, username),
        username=username,
        is_own=username == tx.actor.username,
        email=view.email,
        phone=view.phone,
        done=speaker(request).text(N_("It is kept")) if is_done else None,
    )


async def _save_contact(request: PageRequest, tx: Tx, username: str) -> Response[Any]:
    t = speaker(request)
    values, form = read(CONTACT, await posted(request), t)
    quiet_from, quiet_to = (_time_of(values.get(name) or "") for name in ("quiet_from", "quiet_to"))
    errors = dict(form.errors)
    for name, value in (("quiet_from", quiet_from), ("quiet_to", quiet_to)):
        if value is None:
            errors.setdefault(name, t.text(N_("Give a time such as 22:00")))
    limit = values.get("hourly_limit") or ""
    if not limit.isdecimal():
        errors.setdefault("hourly_limit", t.text(N_("Give a number")))
    # Addresses are not shown again: what was typed wrong is typed anew.
    shown = {name: text for name, text in form.values.items() if name not in {"email", "phone"}}
    if errors:
        return await _contact_page(request, tx, username, form=FormState(shown, errors), status=422)
    change = ContactChange(
        email="" if values["remove_email"] else values["email"],
        phone="" if values["remove_phone"] else values["phone"],
        email_on=values["email_on"],
        sms_on=values["sms_on"],
        quiet_from=quiet_from,
        quiet_to=quiet_to,
        hourly_limit=int(limit),
    )
    try:
        async with tx.session.begin_nested():
            await save_contact(tx, username, change)
    except DomainError as error:
        refused = FormState(shown, refusal=explain(error, t.language))
        return await _contact_page(request, tx, username, form=refused, status=status_of(error))
    return see_other(f"{_contact_path(tx, username)}?done=1")


class SubscriptionController(Controller):
    """Groups and programs that are told along."""

    path = "/admin/subscriptions"
    guards = (requires(Permission.MANAGE_DIRECTORY),)
    include_in_schema = False

    @get()
    async def show_all(
        self,
        request: PageRequest,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
    ) -> Response[str]:
        """Show every subscription."""
        t = speaker(request)
        rows = await list_subscriptions(reader, resources.cipher)
        return page(
            request,
            "pages/subscriptions.html",
            subscriptions=[subscription_row(row, t) for row in rows],
        )

    @get("/new")
    async def show_new(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[str]:
        """Show the empty form of a subscription."""
        return await _subscription_page(request, tx, None, subscription_form(None))

    @get("/{subscription_id:uuid}")
    async def show(
        self, request: PageRequest, tx: NamedDependency[Tx], subscription_id: FromPath[uuid.UUID]
    ) -> Response[str]:
        """Show a subscription as a form."""
        view = await find_subscription(tx.session, tx.cipher, subscription_id)
        return await _subscription_page(request, tx, view, subscription_form(view))

    @post(status_code=200)
    async def add(
        self, request: PageRequest, tx: NamedDependency[Tx], state: State
    ) -> Response[Any]:
        """Add a subscription; a secret that was made for it is shown this once."""
        return await _save_subscription(request, tx, state, None)

    @post("/{subscription_id:uuid}", status_code=200)
    async def change(
        self,
        request: PageRequest,
        tx: NamedDependency[Tx],
        state: State,
        subscription_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """Change a subscription."""
        view = await find_subscription(tx.session, tx.cipher, subscription_id)
        return await _save_subscription(request, tx, state, view)

    @post("/{subscription_id:uuid}/remove")
    async def remove(
        self, tx: NamedDependency[Tx], subscription_id: FromPath[uuid.UUID]
    ) -> Redirect:
        """End a subscription."""
        await remove_subscription(tx, subscription_id)
        return see_other("/admin/subscriptions")


async def _subscription_page(
    request: PageRequest,
    tx: Tx,
    view: SubscriptionView | None,
    form: FormState,
    *,
    status: int = 200,
    secret: str | None = None,
) -> Response[str]:
    t = speaker(request)
    departments = await list_departments(tx.session)
    return page(
        request,
        "pages/subscription.html",
        status=status,
        form=form,
        view=view,
        secret=secret,
        path=f"/admin/subscriptions/{view.id}" if view else "/admin/subscriptions",
        departments=[(row.code, unit_name(row, t)) for row in departments],
        channels=[(one.value, t.text(label(one))) for one in SUBSCRIBED_CHANNELS],
        steps=[(step, t.text(words)) for step, words in STEPS.items()],
    )


async def _save_subscription(
    request: PageRequest, tx: Tx, state: State, view: SubscriptionView | None
) -> Response[Any]:
    t = speaker(request)
    sent = await posted(request)
    values, form = read(SUBSCRIPTION, sent, t)
    shown = FormState(
        {name: text for name, text in form.values.items() if name != "address"}, form.errors
    )
    if form.errors:
        return await _subscription_page(request, tx, view, shown, status=422)
    try:
        async with tx.session.begin_nested():
            subscription_id, secret = await save_subscription(
                tx,
                _subscription_change(values, sent),
                subscription_id=view.id if view else None,
                allow_loopback=state.settings.call_loopback,
            )
    except DomainError as error:
        refused = FormState(shown.values, refusal=explain(error, t.language))
        return await _subscription_page(request, tx, view, refused, status=status_of(error))
    if secret is None:
        return see_other("/admin/subscriptions")
    made = await find_subscription(tx.session, tx.cipher, subscription_id)
    return await _subscription_page(request, tx, made, subscription_form(made), secret=secret)


def _subscription_change(values: dict[str, Any], sent: Posted) -> SubscriptionChange:
    return SubscriptionChange(
        name=values["name"],
        channel=values["channel"],
        department=values["department"],
        address=values["address"],
        secret=values["secret"] or None,
        kinds=[kind for kind in sent.get("kinds", ()) if kind in STEPS],
        is_active=values["is_active"],
    )


class DeliveryController(Controller):
    """The log of messages, the dead letters, the facts set aside."""

    path = "/admin/deliveries"
    guards = (requires(Permission.MANAGE_DELIVERIES),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show messages, newest first, and what was set aside."""
        t = speaker(request)
        asked = request.query_params
        found = await find_messages(reader, asked, cursor=asked.get("cursor") or None)
        narrowed = {name: value for name in ASKED if (value := asked.get(name, "").strip())}
        counts = await count_states(reader)
        here = "/admin/deliveries"
        return page(
            request,
            "pages/deliveries.html",
            messages=[message_row(row, t) for row in found.items],
            filter=FormState(narrowed),
            is_narrowed=bool(narrowed),
            next_href=f"{here}?{urlencode(narrowed | {'cursor': found.next_cursor})}"
            if found.next_cursor
            else None,
            first_href=f"{here}?{urlencode(narrowed)}" if asked.get("cursor") else None,
            states=_options(DeliveryState, t),
            channels=_options(DeliveryChannel, t),
            counts=counts,
            parked=await list_parked(reader),
            has_dead=counts[DeliveryState.DEAD] > 0,
            may_subscribe=Permission.MANAGE_DIRECTORY in principal.permissions,
        )

    @post("/resend")
    async def resend_all(self, tx: NamedDependency[Tx]) -> Redirect:
        """Send everything again that was given up."""
        await resend_dead(tx)
        return see_other("/admin/deliveries")

    @post("/{delivery_id:uuid}/resend")
    async def resend_one(
        self, tx: NamedDependency[Tx], delivery_id: FromPath[uuid.UUID]
    ) -> Redirect:
        """Send a message again."""
        await resend(tx, delivery_id)
        return see_other("/admin/deliveries?state=waiting")

    @post("/dismiss")
    async def dismiss_all(self, tx: NamedDependency[Tx]) -> Redirect:
        """Let everything be that was given up."""
        await lay_aside(tx)
        return see_other("/admin/deliveries")

    @post("/{delivery_id:uuid}/dismiss")
    async def dismiss_one(
        self, tx: NamedDependency[Tx], delivery_id: FromPath[uuid.UUID]
    ) -> Redirect:
        """Let a message be that was given up."""
        await lay_aside(tx, delivery_id)
        return see_other("/admin/deliveries?state=dead")

    @post("/replay")
    async def replay(self, request: PageRequest, tx: NamedDependency[Tx]) -> Redirect:
        """Send a fact that was set aside again, or all of them."""
        fact = "".join((await posted(request)).get("id", ()))
        with suppress(ValueError):
            await replay(tx, uuid.UUID(fact) if fact else None)
        return see_other("/admin/deliveries")


async def find_messages(
    reader: AsyncSession, asked: Mapping[str, str], *, cursor: str | None, limit: int = PAGE_SIZE
) -> Page[DeliveryRow]:
    """Return the messages of these filters, for the page and for its export."""
    wanted = DeliveryFilter(
        ticket=asked.get("ticket", "").strip() or None,
        state=_member(DeliveryState, asked.get("state", "")),
        channel=_member(DeliveryChannel, asked.get("channel", "")),
    )
    return await list_deliveries(reader, wanted, cursor=cursor, limit=limit)


def _member(kind: type[_E], value: str) -> _E | None:
    with suppress(ValueError):
        return kind(value)
    return None


def _options(kind: type[enum.StrEnum], t: Translator) -> Sequence[tuple[str, str]]:
    return [(member.value, t.text(label(member))) for member in kind]
