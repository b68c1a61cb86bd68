"""A department's own systems: what they are told of, and what became of it."""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from hotline.kernel.errors import N_, DomainError
from hotline.notices.webhooks.actions import (
    WebhookChange,
    WebhookRow,
    add_webhook,
    change_webhook,
    find_webhook,
    list_webhook_deliveries,
    list_webhooks,
    pause_webhook,
    remove_webhook,
    replay_delivery,
    replay_since,
    resume_webhook,
    rotate_secret,
    send_test,
)
from hotline.notices.webhooks.models import WebhookDelivery
from hotline.notices.webhooks.rules import CHOOSABLE, WebhookDeliveryState, WebhookTopic
from hotline.people.permissions import Permission, Role
from hotline.people.principal import Tx
from hotline.people.queries import list_departments
from web.errors import status_of
from web.labels import label
from web.pages.desk import department_options
from web.pages.frame import PageRequest, page, posted, see_other, speaker
from web.security.guards import requires
from web.views.fields import Field, Kind, Posted, read
from web.views.forms import EMPTY, FormState
from web.views.problems import explain

WEBHOOK = (
    Field("name", N_("Designation"), Kind.LINE, most=80),
    Field("department", N_("Department"), Kind.DEPARTMENT, required=False),
    Field("address", N_("Address"), Kind.LINE, required=False, most=500),
    Field("is_active", N_("In use"), Kind.CHECK, required=False),
)
SINCE = (Field("since", N_("Since"), Kind.INSTANT),)
_FRESH = FormState({"is_active": "true"})
_DONE = {
    "kept": N_("It is kept"),
    "test": N_("A test is on its way: see below what becomes of it"),
    "paused": N_("It is paused: what happens meanwhile waits"),
    "resumed": N_("It is sent to again"),
    "replayed": N_("What was asked for is sent again"),
}


class WebhookController(Controller):
    """A leader looks after those of his department, an administrator after all."""

    path = "/webhooks"
    guards = (requires(Permission.MANAGE_WEBHOOKS),)
    include_in_schema = False

    @get()
    async def show_all(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[str]:
        """Show the webhooks."""
        return page(
            request,
            "pages/webhooks.html",
            webhooks=await list_webhooks(tx.session, tx.cipher, tx.actor),
        )

    @get("/new")
    async def show_new(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[str]:
        """Show the empty form."""
        return await _page(request, tx, None, _FRESH)

    @post(status_code=200)
    async def add(
        self, request: PageRequest, tx: NamedDependency[Tx], state: State
    ) -> Response[Any]:
        """Open a webhook and show its secret, this once."""
        sent = await posted(request)
        change, form = _read(request, sent)
        if change is None:
            return await _page(request, tx, None, form, status=422)
        try:
            async with tx.session.begin_nested():
                webhook, secret = await add_webhook(
                    tx, change, allow_loopback=state.settings.call_loopback
                )
        except DomainError as error:
            return await _refused(request, tx, None, form, error)
        row = await find_webhook(tx.session, tx.cipher, tx.actor, webhook.id)
        return await _page(request, tx, row, _form_of(row), secret=secret)

    @get("/{webhook_id:uuid}")
    async def show(
        self, request: PageRequest, tx: NamedDependency[Tx], webhook_id: FromPath[uuid.UUID]
    ) -> Response[str]:
        """Show a webhook with its log."""
        row = await find_webhook(tx.session, tx.cipher, tx.actor, webhook_id)
        return await _page(request, tx, row, _form_of(row))

    @post("/{webhook_id:uuid}", status_code=200)
    async def change(
        self,
        request: PageRequest,
        tx: NamedDependency[Tx],
        state: State,
        webhook_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """Change a webhook."""
        row = await find_webhook(tx.session, tx.cipher, tx.actor, webhook_id)
        change, form = _read(request, await posted(request))
        if change is None:
            return await _page(request, tx, row, form, status=422)
        try:
            async with tx.session.begin_nested():
                await change_webhook(
                    tx, webhook_id, change, allow_loopback=state.settings.call_loopback
                )
        except DomainError as error:
            return await _refused(request, tx, row, form, error)
        return see_other(f"/webhooks/{webhook_id}?done=kept")

    @post("/{webhook_id:uuid}/rotate", status_code=200)
    async def rotate(
        self, request: PageRequest, tx: NamedDependency[Tx], webhook_id: FromPath[uuid.UUID]
    ) -> Response[str]:
        """Give it a new secret and show it, this once."""
        secret = await rotate_secret(tx, webhook_id)
        row = await find_webhook(tx.session, tx.cipher, tx.actor, webhook_id)
        return await _page(request, tx, row, _form_of(row), secret=secret)

    @post("/{webhook_id:uuid}/test")
    async def test(self, tx: NamedDependency[Tx], webhook_id: FromPath[uuid.UUID]) -> Redirect:
        """Send a test."""
        await send_test(tx, webhook_id)
        return see_other(f"/webhooks/{webhook_id}?done=test")

    @post("/{webhook_id:uuid}/pause")
    async def pause(self, tx: NamedDependency[Tx], webhook_id: FromPath[uuid.UUID]) -> Redirect:
        """Let events wait."""
        await pause_webhook(tx, webhook_id)
        return see_other(f"/webhooks/{webhook_id}?done=paused")

    @post("/{webhook_id:uuid}/resume")
    async def resume(self, tx: NamedDependency[Tx], webhook_id: FromPath[uuid.UUID]) -> Redirect:
        """Send again."""
        await resume_webhook(tx, webhook_id)
        return see_other(f"/webhooks/{webhook_id}?done=resumed")

    @post("/{webhook_id:uuid}/remove")
    async def remove(self, tx: NamedDependency[Tx], webhook_id: FromPath[uuid.UUID]) -> Redirect:
        """End a webhook."""
        await remove_webhook(tx, webhook_id)
        return see_other("/webhooks")

    @post("/{webhook_id:uuid}/replay", status_code=200)
    async def replay(
        self, request: PageRequest, tx: NamedDependency[Tx], webhook_id: FromPath[uuid.UUID]
    ) -> Response[Any]:
        """Send again what happened since an instant."""
        row = await find_webhook(tx.session, tx.cipher, tx.actor, webhook_id)
        t = speaker(request)
        values, form = read(SINCE, await posted(request), t)
        if not form.errors:
            since: datetime = values["since"]
            try:
                async with tx.session.begin_nested():
                    await replay_since(tx, webhook_id, since)
            except DomainError as error:
                form = FormState(form.values, refusal=explain(error, t.language))
            else:
                return see_other(f"/webhooks/{webhook_id}?done=replayed")
        return await _page(request, tx, row, _form_of(row), replaying=form, status=422)

    @post("/{webhook_id:uuid}/deliveries/{delivery_id:uuid}/replay")
    async def replay_one(
        self,
        tx: NamedDependency[Tx],
        webhook_id: FromPath[uuid.UUID],
        delivery_id: FromPath[uuid.UUID],
    ) -> Redirect:
        """Send one event again."""
        await replay_delivery(tx, webhook_id, delivery_id)
        return see_other(f"/webhooks/{webhook_id}?done=replayed")


def _read(request: PageRequest, sent: Posted) -> tuple[WebhookChange | None, FormState]:
    values, form = read(WEBHOOK, sent, speaker(request))
    topics = [topic for topic in CHOOSABLE if topic.value in sent.get("topics", [])]
    shown = {**form.values, "topics": " ".join(topics)}
    shown.pop("address", None)  # what was typed wrong is typed anew
    if form.errors:
        return None, FormState(shown, form.errors)
    change = WebhookChange(
        name=values["name"],
        department=values["department"],
        address=values["address"],
        topics=topics,
        is_active=values["is_active"],
    )
    return change, FormState(shown)


def _form_of(row: WebhookRow) -> FormState:
    return FormState(
        {
            "name": row.webhook.name,
            "topics": " ".join(row.webhook.topics),
            "is_active": "true" if row.webhook.is_active else "",
        }
    )


async def _refused(
    request: PageRequest, tx: Tx, row: WebhookRow | None, form: FormState, error: DomainError
) -> Response[str]:
    refused = FormState(form.values, refusal=explain(error, speaker(request).language))
    return await _page(request, tx, row, refused, status=status_of(error))


def _state(request: PageRequest) -> WebhookDeliveryState | None:
    with suppress(ValueError):
        return WebhookDeliveryState(request.query_params.get("state", ""))
    return None


async def _page(
    request: PageRequest,
    tx: Tx,
    row: WebhookRow | None,
    form: FormState,
    *,
    secret: str | None = None,
    replaying: FormState = EMPTY,
    status: int = 200,
) -> Response[str]:
    t = speaker(request)
    state = _state(request)
    asked = {"state": state.value} if state else {}
    more: str | None = None
    log: Sequence[WebhookDelivery] = ()
    if row is not None:
        found = await list_webhook_deliveries(
            tx.session, row.webhook.id, state=state, cursor=request.query_params.get("cursor")
        )
        log, more = found.items, found.next_cursor
    here = f"/webhooks/{row.webhook.id}" if row else "/webhooks"
    return page(
        request,
        "pages/webhook.html",
        status=status,
        row=row,
        path=here,
        form=form,
        replaying=replaying,
        secret=secret,
        departments=await _departments(request, tx),
        topics=[(topic.value, t.text(label(topic))) for topic in CHOOSABLE],
        topic_words={topic.value: t.text(label(topic)) for topic in WebhookTopic},
        states=[(one.value, t.text(label(one))) for one in WebhookDeliveryState],
        filter=FormState(asked),
        deliveries=log,
        next_href=f"{here}?{urlencode({**asked, 'cursor': more})}" if more else None,
        done=t.text(_DONE[said]) if (said := request.query_params.get("done")) in _DONE else None,
    )


async def _departments(request: PageRequest, tx: Tx) -> Sequence[tuple[str, str]]:
    """Return what an administrator chooses from; a leader has only his own."""
    if Role.ADMIN not in tx.actor.roles:
        return ()
    return department_options(await list_departments(tx.session), speaker(request))
