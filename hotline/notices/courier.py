"""The courier: plans what is to be sent, sends what is due, and writes down what became of it.

A message is claimed, sent and marked in three steps, for no transaction is held open over a call to
the outside. A courier that dies in between leaves the message claimed; when the claim runs out, the
next sends it again under the same id, by which gateways and webhooks tell a repetition.
"""

import asyncio
import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urljoin

import sqlalchemy as sa
import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.alarms import AlarmKind, raise_alarm
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.logging import redact_text
from hotline.kernel.masking import mask_text
from hotline.notices import texts
from hotline.notices.models import DeliveryChannel, DeliveryState, SuppressReason
from hotline.notices.ports import SEND_TIMEOUT_SECONDS, Accepted, Message, NotAccepted, Ports
from hotline.notices.routing import route_once
from hotline.notices.timing import MAX_TRIES, delay_before_retry
from hotline.tickets.follow_links import follow_word, last_day

log = structlog.get_logger(__name__)

BATCH = 200

LEASE = timedelta(minutes=2)
"""How long a courier that says nothing is waited for; many times what a call may last."""

_AT_ONCE = 8
_PATIENCE_SECONDS = SEND_TIMEOUT_SECONDS * 2
_MOST_OF_ERROR = 300
_LATELY = timedelta(hours=1)
_ALARMING = 5

_CLAIM = sa.text(
    "UPDATE deliveries SET state = 'sending', attempts = attempts + 1, next_try_at = :lease "
    "WHERE id IN (SELECT id FROM deliveries WHERE state IN ('waiting', 'sending') "
    "AND next_try_at <= :now ORDER BY next_try_at LIMIT :batch FOR UPDATE SKIP LOCKED) "
    "RETURNING id, attempts"
)
_LOOK_UP = sa.text(
    "SELECT d.id, d.attempts, d.channel, d.kind, d.params, d.ticket_number, d.is_urgent, "
    "d.created_at, d.user_id, d.subscription_id, d.requester_id, "
    "u.language, u.is_active AS user_on, c.email, c.phone, c.email_on, c.sms_on, "
    "s.address, s.secret, s.is_active AS subscription_on, "
    "r.phone AS requester_phone, r.email AS requester_email, t.id AS own_ticket_id, t.query_code, "
    "t.is_secret, "
    "(d.notice_ids <> '{}' AND NOT EXISTS (SELECT FROM notices n WHERE n.id = ANY(d.notice_ids) "
    "AND n.read_at IS NULL AND n.acknowledged_at IS NULL)) AS is_seen "
    "FROM deliveries d LEFT JOIN users u ON u.id = d.user_id "
    "LEFT JOIN user_contacts c ON c.user_id = d.user_id "
    "LEFT JOIN subscriptions s ON s.id = d.subscription_id "
    "LEFT JOIN ticket_requesters r ON r.id = d.requester_id "
    "LEFT JOIN tickets t ON t.id = r.ticket_id "
    "WHERE d.id = ANY(CAST(:ids AS uuid[])) ORDER BY d.id"
)
_MARK = sa.text(
    "UPDATE deliveries SET state = :state, next_try_at = coalesce(:next_try_at, next_try_at), "
    "last_error = :error, provider_ref = coalesce(:reference, provider_ref), "
    "sent_at = coalesce(:sent_at, sent_at) "
    "WHERE id = :id AND state = 'sending' AND attempts = :attempts"
)


_DEAD_LATELY = sa.text(
    "SELECT count(*) FROM deliveries WHERE state = 'dead' AND channel = :channel "
    "AND next_try_at > :since"
)


class _Suppressed(Exception):
    def __init__(self, reason: SuppressReason) -> None:
        super().__init__(reason)
        self.reason = reason


class _Parcel(NamedTuple):
    """A claimed message with what is needed to send it; the addresses are still encrypted."""

    id: uuid.UUID
    attempts: int
    channel: str
    kind: str
    params: Mapping[str, Any]
    ticket_number: str | None
    is_urgent: bool
    created_at: datetime
    user_id: uuid.UUID | None
    subscription_id: uuid.UUID | None
    requester_id: uuid.UUID | None
    language: str | None
    user_on: bool | None
    email: bytes | None
    phone: bytes | None
    email_on: bool | None
    sms_on: bool | None
    address: bytes | None
    secret: bytes | None
    subscription_on: bool | None
    requester_phone: bytes | None
    requester_email: bytes | None
    own_ticket_id: uuid.UUID | None
    query_code: str | None
    is_secret: bool | None
    is_seen: bool


@dataclass(frozen=True, slots=True)
class _Fate:
    """What became of one try."""

    state: DeliveryState
    error: str | None = None
    is_final: bool = False
    reference: str | None = None
    next_try_at: datetime | None = None


async def courier_once(
    session_maker: SessionMaker,
    cipher: FieldCipher,
    ports: Ports,
    now: datetime,
    batch: int = BATCH,
    *,
    tracking_url: str = "",
) -> int:
    """Plan and send what is due, oldest first; return how many notices and messages that were.

    Args:
        session_maker: for short transactions of the courier's own.
        cipher: addresses are decrypted for the moment of sending.
        ports: the roads that are set up; what takes another is suppressed.
        now: the present instant.
        batch: the most of either in one round.
        tracking_url: where requesters follow their tickets.
    """
    routed = await route_once(session_maker, now, batch)
    parcels = await _claim(session_maker, now, batch)
    sender = _Sender(cipher, ports, now, tracking_url, asyncio.Semaphore(_AT_ONCE))
    tries = [asyncio.create_task(sender.carry(parcel)) for parcel in parcels]
    try:
        for done in asyncio.as_completed(tries):
            await _mark(session_maker, now, *await done)
    finally:
        for task in tries:
            task.cancel()
        await asyncio.gather(*tries, return_exceptions=True)
    return routed + len(parcels)


async def _claim(session_maker: SessionMaker, now: datetime, batch: int) -> Sequence[_Parcel]:
    async with session_maker() as session, session.begin():
        claimed = await session.exec(  # type: ignore[call-overload]
            _CLAIM, params={"now": now, "lease": now + LEASE, "batch": batch}
        )
        ids = [row.id for row in claimed]
        if not ids:
            return []
        rows = await session.exec(_LOOK_UP, params={"ids": ids})  # type: ignore[call-overload]
        return [_Parcel(*row) for row in rows]


async def _mark(session_maker: SessionMaker, now: datetime, parcel: _Parcel, fate: _Fate) -> None:
    """Write down what became of a try, unless its claim has run out and another has it now."""
    async with session_maker() as session, session.begin():
        await session.exec(  # type: ignore[call-overload]
            _MARK,
            params={
                "id": parcel.id,
                "attempts": parcel.attempts,
                "state": fate.state.value,
                "next_try_at": fate.next_try_at,
                "error": fate.error,
                "reference": fate.reference,
                "sent_at": now if fate.state is DeliveryState.SENT else None,
            },
        )
        if fate.state is DeliveryState.DEAD:
            await _raise_alarm(session, now, parcel, fate)
    if fate.state is DeliveryState.DEAD:
        log.warning(
            "message is given up",
            delivery=str(parcel.id),
            channel=parcel.channel,
            reason=fate.error,
        )


async def _raise_alarm(session: AsyncSession, now: datetime, parcel: _Parcel, fate: _Fate) -> None:
    """Raise an alarm when a road seems closed: one wrong number of one person is no alarm."""
    dead = (
        await session.exec(  # type: ignore[call-overload]
            _DEAD_LATELY, params={"channel": parcel.channel, "since": now - _LATELY}
        )
    ).scalar_one()
    if parcel.subscription_id is not None or not fate.is_final or dead >= _ALARMING:
        await raise_alarm(session, AlarmKind.DELIVERY_DEAD, parcel.channel, {"dead": dead}, now)


@dataclass(frozen=True, slots=True)
class _Sender:
    cipher: FieldCipher
    ports: Ports
    now: datetime
    tracking_url: str
    gate: asyncio.Semaphore

    async def carry(self, parcel: _Parcel) -> tuple[_Parcel, _Fate]:
        """Send one message and return what became of it."""
        async with self.gate:
            return parcel, await self._try(parcel)

    async def _try(self, parcel: _Parcel) -> _Fate:
        try:
            accepted = await self._send(parcel)
        except _Suppressed as suppressed:
            return _Fate(DeliveryState.SUPPRESSED, suppressed.reason)
        except NotAccepted as refusal:
            return self._refused(parcel, refusal)
        except Exception as error:
            # A fault of ours in one message must not stop the others.
            log.exception("message cannot be sent", delivery=str(parcel.id))
            return self._refused(parcel, NotAccepted(type(error).__name__))
        return _Fate(DeliveryState.SENT, accepted.remark, reference=accepted.reference)

    async def _send(self, parcel: _Parcel) -> Accepted:
        if parcel.attempts > MAX_TRIES:
            raise NotAccepted("the courier was cut off at every try", is_final=True)
        message = self._message(parcel)
        port = self.ports.get(message.channel)
        if port is None:
            raise _Suppressed(SuppressReason.NOT_SET_UP)
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await port.send(message)
        except TimeoutError as error:
            raise NotAccepted("no answer in time") from error

    def _refused(self, parcel: _Parcel, refusal: NotAccepted) -> _Fate:
        reason = mask_text(redact_text(refusal.reason))[:_MOST_OF_ERROR]
        if refusal.is_final or parcel.attempts >= MAX_TRIES:
            return _Fate(DeliveryState.DEAD, reason, is_final=refusal.is_final)
        delay = delay_before_retry(parcel.attempts, random.random())  # noqa: S311  # spreads tries
        if refusal.retry_after is not None:
            delay = max(delay, timedelta(seconds=refusal.retry_after))
        return _Fate(DeliveryState.WAITING, reason, next_try_at=self.now + delay)

    def _message(self, parcel: _Parcel) -> Message:
        channel = DeliveryChannel(parcel.channel)
        address, secret = self._destination(parcel, channel)
        text = texts.write(parcel.kind, parcel.language, self._words(parcel))
        return Message(
            delivery_id=str(parcel.id),
            channel=channel,
            address=address,
            secret=secret,
            subject=text.subject,
            text=text.body,
            data={
                **parcel.params,
                "kind": parcel.params.get("kind", parcel.kind),
                "number": parcel.ticket_number,
                "is_urgent": parcel.is_urgent,
                "at": parcel.created_at.isoformat(),
            },
            at=self.now,
        )

    def _words(self, parcel: _Parcel) -> Mapping[str, Any]:
        words = {**parcel.params, "number": parcel.ticket_number}
        if parcel.requester_id is not None:
            words |= {"query_code": parcel.query_code, "link": self._link(parcel)}
        return words

    def _link(self, parcel: _Parcel) -> str:
        """Return where the requester goes; words that open something are made only here."""
        link_id = parcel.params.get("link_id")
        if link_id is None and parcel.own_ticket_id is not None:
            today = self.now.astimezone(SHANGHAI).date()
            word = follow_word(self.cipher, parcel.own_ticket_id, last_day(today))
            return urljoin(self.tracking_url, f"f/{word}")
        if link_id is None:
            return self.tracking_url
        return urljoin(self.tracking_url, f"rate/{self.cipher.bearer('rating link', link_id)}")

    def _destination(self, parcel: _Parcel, channel: DeliveryChannel) -> tuple[str, str | None]:
        """Return address and secret, as they are now and not as they were when it was planned."""
        if parcel.requester_id is not None:
            if parcel.is_secret:
                raise _Suppressed(SuppressReason.CONFIDENTIAL)
            is_letter = channel is DeliveryChannel.EMAIL
            stored = parcel.requester_email if is_letter else parcel.requester_phone
            return self._address(stored), None
        if parcel.subscription_id is not None:
            if not parcel.subscription_on:
                raise _Suppressed(SuppressReason.SWITCHED_OFF)
            return self._address(parcel.address), self.cipher.decrypt(parcel.secret)
        is_email = channel is DeliveryChannel.EMAIL
        if not parcel.user_on or not (parcel.email_on if is_email else parcel.sms_on):
            raise _Suppressed(SuppressReason.SWITCHED_OFF)
        if parcel.is_seen and parcel.attempts == 1:
            raise _Suppressed(SuppressReason.SEEN)
        return self._address(parcel.email if is_email else parcel.phone), None

    def _address(self, stored: bytes | None) -> str:
        address = self.cipher.decrypt(stored)
        if not address:
            raise _Suppressed(SuppressReason.NO_ADDRESS)
        return address
