"""Looking after messages: the log, the dead letters, sending again, receipts, facts set aside."""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.kernel.outbox import OutboxMessage
from hotline.kernel.paging import InvalidCursor, Page, decode_cursor, encode_cursor
from hotline.kernel.tx import Transaction
from hotline.notices.models import (
    Delivery,
    DeliveryChannel,
    DeliveryState,
    Subscription,
    SuppressReason,
)
from hotline.people.models import User
from hotline.people.permissions import Permission
from hotline.people.principal import Tx

MOST_AT_ONCE = 500


class DeliveryNotFound(DomainError):
    """No such message."""

    kind = ErrorKind.NOT_FOUND
    code = "delivery-not-found"
    title = N_("There is no such message")


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which messages are asked for."""

    ticket: str | None = None
    state: DeliveryState | None = None
    channel: DeliveryChannel | None = None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A message and to whom it goes: a user name, a subscription's name, or neither."""

    delivery: Delivery
    username: str | None
    subscription: str | None

    @property
    def is_to_requester(self) -> bool:
        """Tell whether it goes to a requester, who is not named."""
        return self.delivery.requester_id is not None


async def list_deliveries(
    session: AsyncSession, wanted: DeliveryFilter, *, cursor: str | None = None, limit: int = 50
) -> Page[DeliveryRow]:
    """Return messages, newest first.

    Raises:
        InvalidCursor: the cursor is none of ours.
    """
    statement = (
        select(Delivery, User.username, Subscription.name)
        .join(User, col(User.id) == col(Delivery.user_id), isouter=True)
        .join(Subscription, col(Subscription.id) == col(Delivery.subscription_id), isouter=True)
        .order_by(col(Delivery.id).desc())
        .limit(limit + 1)
    )
    if wanted.ticket is not None:
        statement = statement.where(Delivery.ticket_number == wanted.ticket)
    if wanted.state is not None:
        statement = statement.where(Delivery.state == wanted.state)
    if wanted.channel is not None:
        statement = statement.where(Delivery.channel == wanted.channel)
    if cursor is not None:
        statement = statement.where(col(Delivery.id) < _id_in(cursor))
    rows = [DeliveryRow(*row) for row in (await session.exec(statement)).all()]
    more = encode_cursor(str(rows[limit - 1].delivery.id)) if len(rows) > limit else None
    return Page(rows[:limit], more)


def _id_in(cursor: str) -> uuid.UUID:
    (text,) = decode_cursor(cursor, 1)
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise InvalidCursor from error


async def count_states(session: AsyncSession) -> dict[DeliveryState, int]:
    """Return how many messages are waiting, on their way or given up."""
    open_states = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.DEAD)
    rows = await session.exec(
        select(Delivery.state, sa.func.count())
        .where(col(Delivery.state).in_(open_states))
        .group_by(col(Delivery.state))
    )
    counted = {DeliveryState(state): n for state, n in rows}
    return {state: counted.get(state, 0) for state in open_states}


_UNSENT = frozenset({DeliveryState.DEAD, DeliveryState.SUPPRESSED})
_TAKEN = frozenset({DeliveryState.SENT, DeliveryState.DELIVERED})


def may_resend(channel: DeliveryChannel, state: DeliveryState) -> bool:
    """Tell whether a message may be sent again.

    People are never sent what a gateway has taken. A program that has lost a message may see it once
    more, and knows it by its id.
    """
    return state in _UNSENT or (channel is DeliveryChannel.WEBHOOK and state in _TAKEN)


async def resend(tx: Tx, delivery_id: uuid.UUID) -> None:
    """Have a message sent again, now and with all its tries; see `may_resend`.

    Raises:
        PermissionDenied: the actor may not look after messages.
        DeliveryNotFound: there is none that could be sent again under this id.
    """
    again = sa.or_(
        col(Delivery.state).in_(_UNSENT),
        sa.and_(
            Delivery.channel == DeliveryChannel.WEBHOOK,  # type: ignore[arg-type]  # a column's test
            col(Delivery.state).in_(_TAKEN),
        ),
    )
    if not await _resend(tx, sa.and_(col(Delivery.id) == delivery_id, again)):
        raise DeliveryNotFound


async def resend_dead(tx: Tx, channel: DeliveryChannel | None = None) -> int:
    """Have every message that was given up sent again, of one road or of all; return how many.

    Raises:
        PermissionDenied: the actor may not look after messages.
    """
    wanted = sa.true() if channel is None else col(Delivery.channel) == channel
    return await _resend(tx, sa.and_(wanted, col(Delivery.state) == DeliveryState.DEAD))


async def _resend(tx: Tx, wanted: sa.ColumnElement[bool]) -> int:
    tx.actor.require(Permission.MANAGE_DELIVERIES)
    done = await tx.session.exec(
        update(Delivery)
        .where(wanted)
        .values(state=DeliveryState.WAITING, attempts=0, next_try_at=tx.now)
        .execution_options(synchronize_session=False)
    )
    await clear_if_looked_after(tx.session, tx.now)
    return done.rowcount


async def lay_aside(tx: Tx, delivery_id: uuid.UUID | None = None) -> int:
    """Let a message that was given up, or all of them, be; return how many.

    Raises:
        PermissionDenied: the actor may not look after messages.
    """
    tx.actor.require(Permission.MANAGE_DELIVERIES)
    wanted = sa.true() if delivery_id is None else col(Delivery.id) == delivery_id
    done = await tx.session.exec(
        update(Delivery)
        .where(wanted, col(Delivery.state) == DeliveryState.DEAD)
        .values(state=DeliveryState.SUPPRESSED, last_error=SuppressReason.DISMISSED)
        .execution_options(synchronize_session=False)
    )
    await clear_if_looked_after(tx.session, tx.now)
    return done.rowcount


_CLEAR = sa.text(
    "UPDATE alarms SET cleared_at = :now WHERE kind = 'delivery_dead' AND cleared_at IS NULL "
    "AND NOT EXISTS (SELECT FROM deliveries WHERE state = 'dead' AND channel = alarms.subject)"
)


async def clear_if_looked_after(session: AsyncSession, now: datetime) -> None:
    """Take down the alarm of every road that has no message left that was given up."""
    await session.exec(_CLEAR, params={"now": now})  # type: ignore[call-overload]


# -- receipts ------------------------------------------------------------------------------------


async def take_receipt(
    tx: Transaction,
    channel: DeliveryChannel,
    *,
    reference: str,
    arrived: bool,
    remark: str | None = None,
) -> None:
    """Write down what a gateway says has become of a message.

    The reference is our id or the gateway's own. A receipt that comes twice changes nothing; one
    that says that the message has arrived is not taken back by another.

    Raises:
        DeliveryNotFound: no message by this road has this name.
    """
    named = [col(Delivery.provider_ref) == reference]
    with suppress(ValueError):
        named.append(col(Delivery.id) == uuid.UUID(reference))
    row = (
        await tx.session.exec(
            select(Delivery)
            .where(Delivery.channel == channel, sa.or_(*named))
            .limit(1)
            .with_for_update()
        )
    ).first()
    if row is None:
        raise DeliveryNotFound
    if row.state is DeliveryState.DELIVERED:
        return
    row.receipt_at = tx.now
    row.sent_at = row.sent_at or tx.now
    row.state = DeliveryState.DELIVERED if arrived else DeliveryState.DEAD
    if not arrived:
        row.last_error = remark or "the gateway could not deliver it"


# -- facts set aside -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ParkedFact:
    """A fact that a job could not deal with."""

    id: uuid.UUID
    topic: str
    created_at: datetime
    parked_at: datetime
    attempts: int
    last_error: str | None


async def list_parked(session: AsyncSession, limit: int = 200) -> Sequence[ParkedFact]:
    """Return the facts that were set aside, newest first."""
    rows = await session.exec(
        select(OutboxMessage)
        .where(col(OutboxMessage.parked_at).is_not(None))
        .order_by(col(OutboxMessage.id).desc())
        .limit(limit)
    )
    return [
        ParkedFact(row.id, row.topic, row.created_at, row.parked_at, row.attempts, row.last_error)
        for row in rows
        if row.parked_at is not None
    ]


async def replay(tx: Tx, fact_id: uuid.UUID | None = None) -> int:
    """Send a fact that was set aside to its subscribers again, or all of them; return how many.

    Whoever has dealt with it already is not disturbed: his receipt says so.

    Raises:
        PermissionDenied: the actor may not look after messages.
    """
    tx.actor.require(Permission.MANAGE_DELIVERIES)
    wanted = sa.true() if fact_id is None else col(OutboxMessage.id) == fact_id
    done = await tx.session.exec(
        update(OutboxMessage)
        .where(wanted, col(OutboxMessage.parked_at).is_not(None))
        .values(parked_at=None, relayed_at=None)
    )
    return done.rowcount
