"""Sending events: claimed, sent, marked, in three steps as every message; see hotline.notices.courier."""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import aiohttp
import sqlalchemy as sa
import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import uuid7
from hotline.kernel.logging import redact_text
from hotline.kernel.masking import mask_text
from hotline.kernel.settings import Settings
from hotline.kernel.tx import Transaction
from hotline.notices.adapters.folder import FolderPort
from hotline.notices.adapters.http import make_session, post_json, to_json
from hotline.notices.adapters.opening import FOLDER
from hotline.notices.courier import LEASE
from hotline.notices.models import DeliveryChannel
from hotline.notices.ports import SEND_TIMEOUT_SECONDS, Message, NotAccepted
from hotline.notices.signing import sign
from hotline.notices.timing import MAX_TRIES, delay_before_retry
from hotline.notices.webhooks.rules import WebhookDeliveryState, is_to_be_paused
from hotline.notices.writing import NewNotice, write_notices
from hotline.people.permissions import Role
from hotline.people.queries import user_ids_with_role

log = structlog.get_logger(__name__)

WEBHOOK_PAUSED = "webhook_paused"
"""The kind of the notice."""

_BATCH = 100
_AT_ONCE = 8
_MOST_OF_ERROR = 300

_CLAIM = sa.text(
    "UPDATE webhook_deliveries SET state = 'sending', attempts = attempts + 1, "
    "next_try_at = :lease WHERE id IN (SELECT d.id FROM webhook_deliveries d "
    "JOIN webhooks w ON w.id = d.webhook_id AND w.paused_at IS NULL AND w.is_active "
    "WHERE d.state IN ('waiting', 'sending') AND d.next_try_at <= :now "
    "ORDER BY d.next_try_at, d.seq LIMIT :batch FOR UPDATE OF d SKIP LOCKED) RETURNING id"
)
_LOOK_UP = sa.text(
    "SELECT d.id, d.webhook_id, d.event_id, d.seq, d.topic, d.payload, d.attempts, d.replays, "
    "w.address, w.secret, w.previous_secret, w.previous_until "
    "FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id "
    "WHERE d.id = ANY(CAST(:ids AS uuid[])) ORDER BY d.webhook_id, d.seq"
)
_MARK = sa.text(
    "UPDATE webhook_deliveries SET state = :state, "
    "next_try_at = coalesce(:next_try_at, next_try_at), last_error = :error, "
    "sent_at = coalesce(:sent_at, sent_at) "
    "WHERE id = :id AND state = 'sending' AND attempts = :attempts"
)
_WENT_WELL = sa.text("UPDATE webhooks SET failures = 0 WHERE id = :id AND failures > 0")
_FAILED = sa.text(
    "UPDATE webhooks SET failures = failures + 1 WHERE id = :id AND paused_at IS NULL "
    "RETURNING failures, department_id, name"
)
_PAUSE = sa.text("UPDATE webhooks SET paused_at = :now WHERE id = :id AND paused_at IS NULL")
_LEADERS = sa.text(
    "SELECT id FROM users WHERE department_id = :department AND is_active AND 'leader' = ANY(roles)"
)


class Parcel(NamedTuple):
    """A claimed event with what is needed to send it; the address is still encrypted."""

    id: uuid.UUID
    webhook_id: uuid.UUID
    event_id: uuid.UUID
    seq: int
    topic: str
    payload: Mapping[str, Any]
    attempts: int
    replays: int
    address: bytes
    secret: bytes
    previous_secret: bytes | None
    previous_until: datetime | None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event as it leaves the house.

    Attributes:
        secrets: the one in force, and for a day the one before.
    """

    delivery_id: str
    event_id: str
    address: str
    secrets: Sequence[str]
    body: Mapping[str, Any]
    attempt: int
    at: datetime


class EventPort(Protocol):
    """Carries events."""

    async def send(self, event: Outgoing) -> None:
        """Hand an event over.

        Raises:
            NotAccepted: no answer of the 200s came in time.
        """
        ...


@dataclass(frozen=True, slots=True)
class HttpEventPort:
    """Posts events as JSON, signed with every secret that holds: one of them is the receiver's."""

    session: aiohttp.ClientSession

    async def send(self, event: Outgoing) -> None:
        """Hand an event over.

        Raises:
            NotAccepted: no answer of the 200s came in time.
        """
        content = to_json(event.body)
        timestamp = str(int(event.at.timestamp()))
        signatures = [
            f"v1={sign(secret, timestamp, event.event_id, content.decode())}"
            for secret in event.secrets
        ]
        headers = {
            "Idempotency-Key": event.event_id,
            "X-Hotline-Event": event.event_id,
            "X-Hotline-Delivery": event.delivery_id,
            "X-Hotline-Topic": str(event.body["topic"]),
            "X-Hotline-Timestamp": timestamp,
            "X-Hotline-Attempt": str(event.attempt),
            "X-Hotline-Signature": ",".join(signatures),
        }
        await post_json(self.session, event.address, content, headers=headers)


@dataclass(frozen=True, slots=True)
class FolderEventPort:
    """Writes events down instead of sending them, for demonstrations."""

    folder: Path

    async def send(self, event: Outgoing) -> None:
        """Write an event down."""
        await FolderPort(self.folder).send(
            Message(
                delivery_id=event.delivery_id,
                channel=DeliveryChannel.WEBHOOK,
                address=event.address,
                subject=str(event.body["topic"]),
                text="",
                data=event.body,
                at=event.at,
            )
        )


@asynccontextmanager
async def open_event_port(settings: Settings) -> AsyncIterator[EventPort | None]:
    """Open the road of events as the settings say; None when nothing is to leave the house."""
    match settings.delivery_mode:
        case "off":
            yield None
        case "file":
            yield FolderEventPort(settings.home / FOLDER)
        case "send":
            async with make_session(guarded=True, allow_loopback=settings.call_loopback) as session:
                yield HttpEventPort(session)


async def send_events_once(
    session_maker: SessionMaker,
    cipher: FieldCipher,
    port: EventPort,
    now: datetime,
    batch: int = _BATCH,
) -> int:
    """Send what is due, in the order of each receiver as far as possible; return how many."""
    parcels = await _claim(session_maker, now, batch)
    gate = asyncio.Semaphore(_AT_ONCE)

    async def carry(parcel: Parcel) -> tuple[Parcel, NotAccepted | None]:
        async with gate:
            return parcel, await _try(cipher, port, parcel, now)

    tries = [asyncio.create_task(carry(parcel)) for parcel in parcels]
    try:
        for done in asyncio.as_completed(tries):
            parcel, refusal = await done
            await _mark(session_maker, cipher, parcel, refusal, now)
    finally:
        for task in tries:
            task.cancel()
        await asyncio.gather(*tries, return_exceptions=True)
    return len(parcels)


async def _claim(session_maker: SessionMaker, now: datetime, batch: int) -> Sequence[Parcel]:
    async with session_maker() as session, session.begin():
        claimed = await session.exec(  # type: ignore[call-overload]
            _CLAIM, params={"now": now, "lease": now + LEASE, "batch": batch}
        )
        ids = [row.id for row in claimed]
        if not ids:
            return []
        rows = await session.exec(_LOOK_UP, params={"ids": ids})  # type: ignore[call-overload]
        return [Parcel(*row) for row in rows]


def outgoing(cipher: FieldCipher, parcel: Parcel, now: datetime) -> Outgoing:
    """Return an event as it is sent now: to the present address, under the present secrets."""
    kept = [parcel.secret]
    if parcel.previous_secret is not None and (parcel.previous_until or now) > now:
        kept.append(parcel.previous_secret)
    return Outgoing(
        delivery_id=str(parcel.id),
        event_id=str(parcel.event_id),
        address=cipher.decrypt(parcel.address) or "",
        secrets=[secret for one in kept if (secret := cipher.decrypt(one))],
        body={
            **parcel.payload,
            "delivery_id": str(parcel.id),
            "seq": parcel.seq,
            "is_replay": parcel.replays > 0,
        },
        attempt=parcel.attempts,
        at=now,
    )


async def _try(
    cipher: FieldCipher, port: EventPort, parcel: Parcel, now: datetime
) -> NotAccepted | None:
    try:
        async with asyncio.timeout(SEND_TIMEOUT_SECONDS * 2):
            await port.send(outgoing(cipher, parcel, now))
    except NotAccepted as refusal:
        return refusal
    except TimeoutError:
        return NotAccepted("no answer in time")
    except Exception as error:
        # A fault of ours in one event must not stop the others.
        log.exception("event cannot be sent", delivery=str(parcel.id))
        return NotAccepted(type(error).__name__)
    return None


async def _mark(
    session_maker: SessionMaker,
    cipher: FieldCipher,
    parcel: Parcel,
    refusal: NotAccepted | None,
    now: datetime,
) -> None:
    is_dead = refusal is not None and (refusal.is_final or parcel.attempts >= MAX_TRIES)
    state = WebhookDeliveryState.SENT
    next_try_at = None
    if refusal is not None:
        state = WebhookDeliveryState.DEAD if is_dead else WebhookDeliveryState.WAITING
        next_try_at = None if is_dead else now + _delay(parcel, refusal)
    async with session_maker() as session, session.begin():
        await session.exec(  # type: ignore[call-overload]
            _MARK,
            params={
                "id": parcel.id,
                "attempts": parcel.attempts,
                "state": state.value,
                "next_try_at": next_try_at,
                "error": _words(refusal),
                "sent_at": now if refusal is None else None,
            },
        )
        if refusal is None:
            await session.exec(_WENT_WELL, params={"id": parcel.webhook_id})  # type: ignore[call-overload]
        else:
            await _count_failure(session, cipher, parcel, now)


def _words(refusal: NotAccepted | None) -> str | None:
    if refusal is None:
        return None
    return mask_text(redact_text(refusal.reason))[:_MOST_OF_ERROR]


def _delay(parcel: Parcel, refusal: NotAccepted) -> timedelta:
    delay = delay_before_retry(parcel.attempts, random.random())  # noqa: S311  # spreads tries
    if refusal.retry_after is not None:
        delay = max(delay, timedelta(seconds=refusal.retry_after))
    return delay


async def _count_failure(
    session: AsyncSession, cipher: FieldCipher, parcel: Parcel, now: datetime
) -> None:
    """Leave a receiver alone that has not taken anything for long, and tell whoever looks after it."""
    row = (
        await session.exec(_FAILED, params={"id": parcel.webhook_id})  # type: ignore[call-overload]
    ).first()
    if row is None or not is_to_be_paused(row.failures):
        return
    await session.exec(_PAUSE, params={"id": parcel.webhook_id, "now": now})  # type: ignore[call-overload]
    leaders = await session.exec(_LEADERS, params={"department": row.department_id})  # type: ignore[call-overload]
    people = [*(leader.id for leader in leaders), *await user_ids_with_role(session, Role.ADMIN)]
    fact_id = uuid7(now)
    await write_notices(
        Transaction(session, now, cipher, f"webhook:{parcel.webhook_id}"),
        [
            NewNotice(user_id=user_id, fact_id=fact_id, kind=WEBHOOK_PAUSED)
            for user_id in dict.fromkeys(people)
        ],
    )
    log.warning("webhook is paused after failures", webhook=str(parcel.webhook_id))


_PRUNE = sa.text(
    "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries "
    "WHERE created_at < :before AND state IN ('sent', 'dead') ORDER BY created_at LIMIT :batch)"
)
_PRUNED_AT_ONCE = 5_000


async def prune_events(session_maker: SessionMaker, before: datetime) -> int:
    """Delete what came to its end before an instant; return how many."""
    async with session_maker() as session, session.begin():
        done = await session.exec(  # type: ignore[call-overload]
            _PRUNE, params={"before": before, "batch": _PRUNED_AT_ONCE}
        )
        return int(done.rowcount)
