"""Receivers: opened, changed, tested, paused and told again."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.ids import uuid7
from hotline.kernel.paging import Page, decode_cursor, encode_cursor
from hotline.notices.destinations import mask_destination, url_fault
from hotline.notices.models import DeliveryChannel
from hotline.notices.webhooks.errors import (
    InvalidWebhook,
    ReplayTooFar,
    TooManyWebhooks,
    WebhookDeliveryNotFound,
    WebhookNotFound,
)
from hotline.notices.webhooks.models import Webhook, WebhookDelivery
from hotline.notices.webhooks.rules import (
    CHOOSABLE,
    MOST_PER_DEPARTMENT,
    MOST_REPLAYED,
    OVERLAP,
    REPLAY_REACH,
    WebhookDeliveryState,
    WebhookTopic,
    payload_of,
)
from hotline.people.models import Department
from hotline.people.permissions import Permission, Role
from hotline.people.principal import Principal, Tx
from hotline.people.queries import find_department

_LONGEST_SEQ = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChange:
    """A webhook as it shall be.

    Attributes:
        department: code of whose tickets it is told of; None for the actor's own.
        address: a URL; None leaves it as it is.
        topics: what it is told of; empty for all.
    """

    name: str
    department: str | None = None
    address: str | None = None
    topics: Sequence[WebhookTopic] = ()
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """A webhook, its address masked."""

    webhook: Webhook
    department: Department
    address: str


def _manages_all(actor: Principal) -> bool:
    return Role.ADMIN in actor.roles


def _own(actor: Principal) -> sa.ColumnElement[bool]:
    if _manages_all(actor):
        return sa.true()
    return col(Webhook.department_id) == actor.department_id


def _row(cipher: FieldCipher, webhook: Webhook, department: Department) -> WebhookRow:
    address = cipher.decrypt(webhook.address) or ""
    return WebhookRow(webhook, department, mask_destination(DeliveryChannel.WEBHOOK, address))


async def list_webhooks(
    session: AsyncSession, cipher: FieldCipher, actor: Principal
) -> Sequence[WebhookRow]:
    """Return the webhooks of a leader's department, or all of them to an administrator."""
    rows = await session.exec(
        select(Webhook, Department)
        .join(Department, col(Department.id) == col(Webhook.department_id))
        .where(_own(actor))
        .order_by(col(Department.code), col(Webhook.name), col(Webhook.id))
    )
    return [_row(cipher, *row) for row in rows]


async def find_webhook(
    session: AsyncSession, cipher: FieldCipher, actor: Principal, webhook_id: uuid.UUID
) -> WebhookRow:
    """Return one webhook.

    Raises:
        WebhookNotFound: there is none that he may see.
    """
    row = (
        await session.exec(
            select(Webhook, Department)
            .join(Department, col(Department.id) == col(Webhook.department_id))
            .where(_own(actor), Webhook.id == webhook_id)
        )
    ).first()
    if row is None:
        raise WebhookNotFound
    return _row(cipher, *row)


async def _lock(tx: Tx, webhook_id: uuid.UUID) -> Webhook:
    tx.actor.require(Permission.MANAGE_WEBHOOKS)
    row = (
        await tx.session.exec(
            select(Webhook)
            .where(_own(tx.actor), Webhook.id == webhook_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).first()
    if row is None:
        raise WebhookNotFound
    return row


def _check(change: WebhookChange, *, needs_address: bool, allow_loopback: bool) -> None:
    if not change.name.strip():
        raise InvalidWebhook(problem="it needs a name")
    if not set(change.topics) <= set(CHOOSABLE):
        raise InvalidWebhook(problem="one of the events cannot be chosen")
    if change.address is None or not change.address.strip():
        if needs_address:
            raise InvalidWebhook(problem="it needs an address")
        return
    fault = url_fault(change.address.strip(), allow_loopback=allow_loopback)
    if fault is not None:
        raise InvalidWebhook(problem=fault)


async def _department(tx: Tx, code: str | None) -> int:
    """Return whose tickets are told of: one's own department's, for an administrator any."""
    if code and (_manages_all(tx.actor) or code == tx.actor.department_code):
        found = await find_department(tx.session, code)
        if found is not None and not found.is_hotline:
            return found.id
        raise InvalidWebhook(problem="there is no such department that handles tickets")
    if code or not tx.actor.is_department or tx.actor.department_id is None:
        raise InvalidWebhook(problem="say whose tickets it is to be told of: your own department's")
    return tx.actor.department_id


async def add_webhook(
    tx: Tx, change: WebhookChange, *, allow_loopback: bool = False
) -> tuple[Webhook, str]:
    """Open a webhook; return it and the secret that was made for it, which is shown this once.

    Raises:
        PermissionDenied: the actor may not manage webhooks.
        InvalidWebhook: it cannot be delivered to, or not of this department.
        TooManyWebhooks: the department has enough.
    """
    tx.actor.require(Permission.MANAGE_WEBHOOKS)
    _check(change, needs_address=True, allow_loopback=allow_loopback)
    department_id = await _department(tx, change.department)
    await tx.session.exec(
        select(Department.id).where(Department.id == department_id).with_for_update()
    )
    count = (
        await tx.session.exec(select(sa.func.count()).where(Webhook.department_id == department_id))
    ).one()
    if count >= MOST_PER_DEPARTMENT:
        raise TooManyWebhooks(most=MOST_PER_DEPARTMENT)
    secret = secrets.token_urlsafe(32)
    webhook = Webhook(
        id=uuid7(tx.now),
        department_id=department_id,
        name=change.name.strip(),
        address=_sealed(tx, (change.address or "").strip()),
        secret=_sealed(tx, secret),
        topics=[topic.value for topic in dict.fromkeys(change.topics)],
        is_active=change.is_active,
        created_by=tx.actor.user_id,
        created_at=tx.now,
        updated_at=tx.now,
    )
    tx.session.add(webhook)
    await tx.session.flush()  # what is told next refers to it
    return webhook, secret


def _sealed(tx: Tx, text: str) -> bytes:
    return tx.cipher.encrypt(text) or b""


async def change_webhook(
    tx: Tx, webhook_id: uuid.UUID, change: WebhookChange, *, allow_loopback: bool = False
) -> Webhook:
    """Change a webhook; its department stays.

    Raises:
        PermissionDenied: the actor may not manage webhooks.
        WebhookNotFound: there is none of his.
        InvalidWebhook: it cannot be delivered to.
    """
    webhook = await _lock(tx, webhook_id)
    _check(change, needs_address=False, allow_loopback=allow_loopback)
    webhook.name = change.name.strip()
    webhook.topics = [topic.value for topic in dict.fromkeys(change.topics)]
    webhook.is_active = change.is_active
    if change.address is not None and change.address.strip():
        webhook.address = _sealed(tx, change.address.strip())
    webhook.updated_at = tx.now
    return webhook


async def remove_webhook(tx: Tx, webhook_id: uuid.UUID) -> None:
    """End a webhook, and with it the log of what it was sent.

    Raises:
        PermissionDenied: the actor may not manage webhooks.
        WebhookNotFound: there is none of his.
    """
    webhook = await _lock(tx, webhook_id)
    await tx.session.exec(delete(Webhook).where(col(Webhook.id) == webhook.id))


async def rotate_secret(tx: Tx, webhook_id: uuid.UUID) -> str:
    """Return a new secret; for a day what is sent is signed with the former one too.

    Raises:
        PermissionDenied: the actor may not manage webhooks.
        WebhookNotFound: there is none of his.
    """
    webhook = await _lock(tx, webhook_id)
    secret = secrets.token_urlsafe(32)
    webhook.previous_secret, webhook.previous_until = webhook.secret, tx.now + OVERLAP
    webhook.secret = _sealed(tx, secret)
    webhook.updated_at = tx.now
    return secret


async def pause_webhook(tx: Tx, webhook_id: uuid.UUID) -> None:
    """Let what is to be sent wait, until it is resumed.

    Raises:
        PermissionDenied: the actor may not manage webhooks.
        WebhookNotFound: there is none of his.
    """
    webhook = await _lock(tx, webhook_id)
    webhook.paused_at = webhook.paused_at or tx.now


async def resume_webhook(tx: Tx, webhook_id: uuid.UUID) -> None:
    """Send again, beginning at once with what has waited.

    Raises:
        PermissionDenied: the actor may not manage webhooks.
        WebhookNotFound: there is none of his.
    """
    webhook = await _lock(tx, webhook_id)
    webhook.paused_at, webhook.failures = None, 0
    await tx.session.exec(
        update(WebhookDelivery)
        .where(
            col(WebhookDelivery.webhook_id) == webhook.id,
            col(WebhookDelivery.state) == WebhookDeliveryState.WAITING,
            col(WebhookDelivery.next_try_at) > tx.now,
        )
        .values(next_try_at=tx.now)
    )


async def send_test(tx: Tx, webhook_id: uuid.UUID) -> WebhookDelivery:
    """Have an event sent that says nothing, to see whether it arrives.

    Raises:
        PermissionDenied: the actor may not manage webhooks.
        WebhookNotFound: there is none of his.
    """
    webhook = await _lock(tx, webhook_id)
    department = await tx.session.get_one(Department, webhook.department_id)
    event_id = uuid7(tx.now)
    webhook.last_seq += 1
    delivery = WebhookDelivery(
        id=uuid7(tx.now),
        webhook_id=webhook.id,
        event_id=event_id,
        seq=webhook.last_seq,
        topic=WebhookTopic.TEST.value,
        payload=payload_of(
            WebhookTopic.TEST,
            event_id=str(event_id),
            at=tx.now.isoformat(),
            department=department.code,
            ticket=None,
        ),
        state=WebhookDeliveryState.WAITING,
        next_try_at=tx.now,
        created_at=tx.now,
    )
    tx.session.add(delivery)
    return delivery


_AGAIN = {
    "state": WebhookDeliveryState.WAITING,
    "attempts": 0,
    "replays": WebhookDelivery.replays + 1,
    "last_error": None,
}


async def replay_delivery(tx: Tx, webhook_id: uuid.UUID, delivery_id: uuid.UUID) -> None:
    """Send one event again, with the id and the place in the order that it had.

    Raises:
        PermissionDenied: the actor may not manage webhooks.
        WebhookNotFound: there is none of his.
        WebhookDeliveryNotFound: no such event was sent to it.
    """
    webhook = await _lock(tx, webhook_id)
    done = await tx.session.exec(
        update(WebhookDelivery)
        .where(
            col(WebhookDelivery.id) == delivery_id,
            col(WebhookDelivery.webhook_id) == webhook.id,
            col(WebhookDelivery.state) != WebhookDeliveryState.SENDING,
        )
        .values(**_AGAIN, next_try_at=tx.now)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount == 0:
        raise WebhookDeliveryNotFound


async def replay_since(tx: Tx, webhook_id: uuid.UUID, since: datetime) -> int:
    """Send every event again that happened at an instant or later; return how many.

    Raises:
        PermissionDenied: the actor may not manage webhooks.
        WebhookNotFound: there is none of his.
        ReplayTooFar: too long ago, or too many.
    """
    webhook = await _lock(tx, webhook_id)
    if since < tx.now - REPLAY_REACH:
        raise ReplayTooFar(most=MOST_REPLAYED)
    wanted = (
        col(WebhookDelivery.webhook_id) == webhook.id,
        col(WebhookDelivery.created_at) >= since,
        col(WebhookDelivery.topic) != WebhookTopic.TEST.value,
        col(WebhookDelivery.state).in_((WebhookDeliveryState.SENT, WebhookDeliveryState.DEAD)),
    )
    count = (await tx.session.exec(select(sa.func.count()).where(*wanted))).one()
    if count > MOST_REPLAYED:
        raise ReplayTooFar(most=MOST_REPLAYED)
    await tx.session.exec(
        update(WebhookDelivery)
        .where(*wanted)
        .values(**_AGAIN, next_try_at=tx.now)
        .execution_options(synchronize_session=False)
    )
    return count


async def list_webhook_deliveries(
    session: AsyncSession,
    webhook_id: uuid.UUID,
    *,
    state: WebhookDeliveryState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[WebhookDelivery]:
    """Return the log of a webhook, the latest event first.

    Raises:
        InvalidCursor: the cursor is none of ours.
    """
    statement = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
    if state is not None:
        statement = statement.where(WebhookDelivery.state == state)
    if cursor is not None:
        statement = statement.where(col(WebhookDelivery.seq) < _seq_in(cursor))
    rows = (
        await session.exec(statement.order_by(col(WebhookDelivery.seq).desc()).limit(limit + 1))
    ).all()
    more = encode_cursor(str(rows[limit - 1].seq)) if len(rows) > limit else None
    return Page(rows[:limit], more)


def _seq_in(cursor: str) -> int:
    (text,) = decode_cursor(cursor, 1)
    return int(text) if text.isdecimal() and len(text) < _LONGEST_SEQ else 0
