"""Webhooks of departments: opened, tested, paused, and told again."""

import uuid
from datetime import datetime
from typing import Annotated, Any

from litestar import Controller, delete, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import AwareDatetime, Field

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
from hotline.notices.webhooks.rules import WebhookDeliveryState, WebhookTopic
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, Words
from web.security.guards import requires


class WebhookOut(Answer):
    """A webhook. The address is masked, the secret never shown."""

    id: uuid.UUID
    name: str
    department: str
    address: str
    topics: list[str]
    is_active: bool
    paused_at: Instant | None
    failures: int
    last_seq: int
    previous_secret_until: Instant | None


class NewWebhookOut(WebhookOut):
    """A webhook with the secret that was made for it, shown this once."""

    secret: str


class WebhookList(Answer):
    """Webhooks."""

    items: list[WebhookOut]
    next_cursor: str | None = None


class WebhookBody(Body):
    """A webhook as it shall be; an address that is left out stays."""

    name: Annotated[Words, Field(max_length=80)]
    department: str | None = Field(
        default=None, max_length=64, description="For administrators; one's own when left out"
    )
    address: str | None = Field(default=None, max_length=500, repr=False)
    topics: tuple[WebhookTopic, ...] = Field(
        default=(), max_length=20, description="What it is told of; empty for all"
    )
    is_active: bool = True

    def change(self) -> WebhookChange:
        """Return it as it shall be."""
        return WebhookChange(
            name=self.name,
            department=self.department,
            address=self.address,
            topics=self.topics,
            is_active=self.is_active,
        )


class ReplayBody(Body):
    """Since when everything is sent again."""

    since: AwareDatetime


class ReplayedOut(Answer):
    """How many events are sent again."""

    count: int


class WebhookDeliveryOut(Answer):
    """An event on its way to a webhook, with what is sent of it."""

    id: uuid.UUID
    event_id: uuid.UUID
    seq: int
    topic: str
    ticket: str | None
    state: str
    attempts: int
    replays: int
    last_error: str | None
    created_at: Instant
    sent_at: Instant | None
    next_try_at: Instant | None
    payload: dict[str, Any]


class WebhookDeliveryList(Answer):
    """A page of the log of a webhook, the latest event first."""

    items: list[WebhookDeliveryOut]
    next_cursor: str | None = None


def _fields(row: WebhookRow) -> dict[str, Any]:
    one = row.webhook
    return {
        "id": one.id,
        "name": one.name,
        "department": row.department.code,
        "address": row.address,
        "topics": list(one.topics),
        "is_active": one.is_active,
        "paused_at": one.paused_at,
        "failures": one.failures,
        "last_seq": one.last_seq,
        "previous_secret_until": one.previous_until,
    }


def _delivery_out(one: WebhookDelivery) -> WebhookDeliveryOut:
    is_open = one.state in {WebhookDeliveryState.WAITING, WebhookDeliveryState.SENDING}
    return WebhookDeliveryOut(
        id=one.id,
        event_id=one.event_id,
        seq=one.seq,
        topic=one.topic,
        ticket=one.ticket_number,
        state=one.state.value,
        attempts=one.attempts,
        replays=one.replays,
        last_error=one.last_error,
        created_at=one.created_at,
        sent_at=one.sent_at,
        next_try_at=one.next_try_at if is_open else None,
        payload=one.payload,
    )


async def _out(tx: Tx, webhook_id: uuid.UUID) -> WebhookOut:
    await tx.session.flush()
    return WebhookOut(**_fields(await find_webhook(tx.session, tx.cipher, tx.actor, webhook_id)))


class WebhookController(Controller):
    """A leader looks after those of his department, an administrator after all."""

    path = "/webhooks"
    tags = ("webhooks",)
    guards = (requires(Permission.MANAGE_WEBHOOKS),)

    @get(
        operation_id="listWebhooks",
        operation_class=ApiOperation,
        summary="List webhooks",
        responses=problem_responses(401, 403, 503),
    )
    async def list_(self, tx: NamedDependency[Tx]) -> WebhookList:
        """Return the webhooks of the caller's department, or all of them to an administrator."""
        rows = await list_webhooks(tx.session, tx.cipher, tx.actor)
        return WebhookList(items=[WebhookOut(**_fields(row)) for row in rows])

    @post(
        operation_id="addWebhook",
        operation_class=ApiOperation,
        summary="Add a webhook",
        responses=problem_responses(401, 403, 422, 429, 503),
    )
    async def add(
        self, tx: NamedDependency[Tx], state: State, data: JSONBody[WebhookBody]
    ) -> NewWebhookOut:
        """Have a system told of a department's tickets; the secret is shown this once."""
        webhook, secret = await add_webhook(
            tx, data.change(), allow_loopback=state.settings.call_loopback
        )
        row = await find_webhook(tx.session, tx.cipher, tx.actor, webhook.id)
        return NewWebhookOut(**_fields(row), secret=secret)

    @put(
        "/{webhook_id:uuid}",
        operation_id="changeWebhook",
        operation_class=ApiOperation,
        summary="Change a webhook",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def change(
        self,
        tx: NamedDependency[Tx],
        state: State,
        webhook_id: FromPath[uuid.UUID],
        data: JSONBody[WebhookBody],
    ) -> WebhookOut:
        """Change a webhook; its department stays."""
        await change_webhook(
            tx, webhook_id, data.change(), allow_loopback=state.settings.call_loopback
        )
        return await _out(tx, webhook_id)

    @delete(
        "/{webhook_id:uuid}",
        operation_id="removeWebhook",
        operation_class=ApiOperation,
        summary="End a webhook",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def remove(self, tx: NamedDependency[Tx], webhook_id: FromPath[uuid.UUID]) -> None:
        """End a webhook and its log."""
        await remove_webhook(tx, webhook_id)

    @post(
        "/{webhook_id:uuid}/rotate",
        operation_id="rotateWebhookSecret",
        operation_class=ApiOperation,
        summary="Give a webhook a new secret",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def rotate(
        self, tx: NamedDependency[Tx], webhook_id: FromPath[uuid.UUID]
    ) -> NewWebhookOut:
        """Return a new secret; for 24 hours what is sent is signed with the former one too."""
        secret = await rotate_secret(tx, webhook_id)
        await tx.session.flush()
        row = await find_webhook(tx.session, tx.cipher, tx.actor, webhook_id)
        return NewWebhookOut(**_fields(row), secret=secret)

    @post(
        "/{webhook_id:uuid}/test",
        operation_id="testWebhook",
        operation_class=ApiOperation,
        summary="Send a webhook a test",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def test(
        self, tx: NamedDependency[Tx], webhook_id: FromPath[uuid.UUID]
    ) -> WebhookDeliveryOut:
        """Have an event sent that says nothing."""
        return _delivery_out(await send_test(tx, webhook_id))

    @post(
        "/{webhook_id:uuid}/pause",
        operation_id="pauseWebhook",
        operation_class=ApiOperation,
        summary="Pause a webhook",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def pause(self, tx: NamedDependency[Tx], webhook_id: FromPath[uuid.UUID]) -> WebhookOut:
        """Let what happens wait, until it is resumed."""
        await pause_webhook(tx, webhook_id)
        return await _out(tx, webhook_id)

    @post(
        "/{webhook_id:uuid}/resume",
        operation_id="resumeWebhook",
        operation_class=ApiOperation,
        summary="Resume a webhook",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def resume(self, tx: NamedDependency[Tx], webhook_id: FromPath[uuid.UUID]) -> WebhookOut:
        """Send again, beginning with what has waited."""
        await resume_webhook(tx, webhook_id)
        return await _out(tx, webhook_id)

    @post(
        "/{webhook_id:uuid}/replay",
        operation_id="replayWebhook",
        operation_class=ApiOperation,
        summary="Send events again",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def replay(
        self,
        tx: NamedDependency[Tx],
        webhook_id: FromPath[uuid.UUID],
        data: JSONBody[ReplayBody],
    ) -> ReplayedOut:
        """Send everything again since an instant; every event keeps its id and its place."""
        since: datetime = data.since
        return ReplayedOut(count=await replay_since(tx, webhook_id, since))

    @get(
        "/{webhook_id:uuid}/deliveries",
        operation_id="listWebhookDeliveries",
        operation_class=ApiOperation,
        summary="List what was sent to a webhook",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def deliveries(
        self,
        tx: NamedDependency[Tx],
        webhook_id: FromPath[uuid.UUID],
        in_state: Annotated[WebhookDeliveryState | None, QueryParameter(name="state")] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> WebhookDeliveryList:
        """Return the log, the latest event first."""
        await find_webhook(tx.session, tx.cipher, tx.actor, webhook_id)
        found = await list_webhook_deliveries(
            tx.session, webhook_id, state=in_state, cursor=cursor, limit=limit
        )
        return WebhookDeliveryList(
            items=[_delivery_out(one) for one in found.items], next_cursor=found.next_cursor
        )

    @post(
        "/{webhook_id:uuid}/deliveries/{delivery_id:uuid}/replay",
        operation_id="replayWebhookDelivery",
        operation_class=ApiOperation,
        summary="Send one event again",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def replay_one(
        self,
        tx: NamedDependency[Tx],
        webhook_id: FromPath[uuid.UUID],
        delivery_id: FromPath[uuid.UUID],
    ) -> ReplayedOut:
        """Send one event again, with the id and the place that it had."""
        await replay_delivery(tx, webhook_id, delivery_id)
        return ReplayedOut(count=1)
