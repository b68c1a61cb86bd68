"""By which roads a notice travels: to its person's own, and to the groups that are told along."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import uuid7
from hotline.kernel.live import hint_people
from hotline.notices.models import (
    PERSONAL_CHANNELS,
    Delivery,
    DeliveryChannel,
    DeliveryState,
    Notice,
    Subscription,
    SuppressReason,
    UserContact,
)
from hotline.notices.timing import HOUR, Earlier, Preferences, plan
from hotline.people.models import User

NOTICES_TOPIC = "notices"
"""What open pages call what their reader was told."""

DIGEST = "digest"
SINGLE = "notice"

_ROUTER_KEY = 1_234_501
"""One courier plans at a time: two could not count what a person was told. Any number may send."""

_NAMED_TICKETS = 5

_LOCK = sa.text("SELECT pg_try_advisory_xact_lock(:key)")
_ROUTED = sa.text(
    "UPDATE notices SET routed_at = :now WHERE id = ANY(CAST(:ids AS uuid[])) AND routed_at IS NULL"
)


async def route_once(session_maker: SessionMaker, now: datetime, batch: int) -> int:
    """Plan the messages of the oldest notices that have none, and return how many notices.

    The plans and the mark on the notices are one transaction: after a crash all is as it was.
    """
    async with session_maker() as session, session.begin():
        lock = await session.exec(_LOCK, params={"key": _ROUTER_KEY})  # type: ignore[call-overload]
        if not lock.scalar_one():
            return 0
        notices = await _unrouted(session, batch)
        if not notices:
            return 0
        by_person: dict[uuid.UUID, list[Notice]] = defaultdict(list)
        for notice in notices:
            by_person[notice.user_id].append(notice)
        await _tell_subscribers(session, notices, now)
        await _tell_people(session, by_person, now)
        await hint_people(session, NOTICES_TOPIC, by_person)
        await session.flush()
        await session.exec(  # type: ignore[call-overload]
            _ROUTED, params={"now": now, "ids": [notice.id for notice in notices]}
        )
        return len(notices)


async def _unrouted(session: AsyncSession, batch: int) -> Sequence[Notice]:
    """Return the oldest notices, and with them all that wait for the same people."""
    waiting = col(Notice.routed_at).is_(None)
    oldest = select(Notice.user_id).where(waiting).order_by(col(Notice.id)).limit(batch).subquery()
    rows = await session.exec(
        select(Notice)
        .where(waiting, col(Notice.user_id).in_(sa.select(oldest.c.user_id)))  # noqa: TID251
        .order_by(col(Notice.id))
    )
    return rows.all()


async def _contacts(
    session: AsyncSession, people: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, UserContact]:
    rows = await session.exec(select(UserContact).where(col(UserContact.user_id).in_(people)))
    return {row.user_id: row for row in rows}


# -- to a person ---------------------------------------------------------------------------------

_Trace = dict[tuple[uuid.UUID, DeliveryChannel], list[Delivery]]
"""What every road of every person has carried in the last hour or is going to."""


def _roads(contact: UserContact) -> list[DeliveryChannel]:
    """Return the roads that a person has opened and to which he has given an address."""
    is_open = {
        DeliveryChannel.EMAIL: contact.email_on and contact.email is not None,
        DeliveryChannel.SMS: contact.sms_on and contact.phone is not None,
    }
    return [channel for channel in PERSONAL_CHANNELS if is_open[channel]]


async def _tell_people(
    session: AsyncSession, by_person: Mapping[uuid.UUID, Sequence[Notice]], now: datetime
) -> None:
    contacts = await _contacts(session, by_person)
    trace = await _trace(session, contacts, now)
    for user_id, contact in contacts.items():
        for channel in _roads(contact):
            for urgent in (True, False):
                told = [one for one in by_person[user_id] if one.is_urgent is urgent]
                if told:
                    road = _Road(contact, channel, urgent, now)
                    session.add_all(_plan(road, told, trace[user_id, channel]))


async def _trace(session: AsyncSession, people: Collection[uuid.UUID], now: datetime) -> _Trace:
    """Return what these people are sent, locked against sending."""
    rows = await session.exec(
        select(Delivery)
        .where(
            col(Delivery.user_id).in_(people),
            col(Delivery.next_try_at) > now - HOUR,
            col(Delivery.state) != DeliveryState.SUPPRESSED,
        )
        .order_by(col(Delivery.id))
        .with_for_update()
    )
    trace: _Trace = defaultdict(list)
    for row in rows:
        if row.user_id is not None:
            trace[row.user_id, row.channel].append(row)
    return trace


@dataclass(frozen=True, slots=True)
class _Road:
    """One person's one road, for what is urgent or for what is not."""

    contact: UserContact
    channel: DeliveryChannel
    urgent: bool
    now: datetime

    def delivery(self, kind: str, notices: Sequence[Notice], due: datetime) -> Delivery:
        is_single = kind == SINGLE
        return Delivery(
            id=uuid7(self.now),
            user_id=self.contact.user_id,
            channel=self.channel,
            kind=kind,
            ticket_number=notices[0].ticket_number if is_single else None,
            fact_id=notices[0].fact_id if is_single else None,
            notice_ids=[notice.id for notice in notices],
            params=notice_params(notices[0]) if is_single else digest_params(notices),
            is_urgent=self.urgent,
            state=DeliveryState.WAITING,
            next_try_at=due,
            created_at=self.now,
        )


def _plan(road: _Road, notices: Sequence[Notice], earlier: list[Delivery]) -> Sequence[Delivery]:
    """Return the new messages of a road, and add them to what it carries."""
    digest = next((row for row in earlier if _takes_in(row, road)), None)
    if digest is not None:
        digest.notice_ids = [*digest.notice_ids, *(notice.id for notice in notices)]
        digest.params = merged(digest.params, digest_params(notices))
        return ()
    planned = plan(
        road.now,
        len(notices),
        [
            Earlier(row.sent_at or row.next_try_at, len(row.notice_ids), row.kind == DIGEST)
            for row in earlier
        ],
        Preferences(road.contact.quiet_from, road.contact.quiet_to, road.contact.hourly_limit),
        urgent=road.urgent,
    )
    if planned.as_digest:
        made = [road.delivery(DIGEST, notices, planned.due)]
        for row in [row for row in earlier if _is_held(row, road)]:
            made[0].notice_ids = [*made[0].notice_ids, *row.notice_ids]
            made[0].params = merged(made[0].params, single_as_digest(row.params))
            row.state, row.last_error = DeliveryState.SUPPRESSED, SuppressReason.IN_DIGEST
            earlier.remove(row)
    else:
        made = [road.delivery(SINGLE, [one], planned.due) for one in notices]
    earlier += made
    return made


def _is_held(row: Delivery, road: _Road) -> bool:
    return row.kind == SINGLE and _is_untouched(row) and row.is_urgent is road.urgent


def _is_untouched(row: Delivery) -> bool:
    return row.state is DeliveryState.WAITING and row.attempts == 0


def _takes_in(row: Delivery, road: _Road) -> bool:
    return (
        row.kind == DIGEST
        and _is_untouched(row)
        and row.is_urgent is road.urgent
        and row.next_try_at > road.now
    )


def notice_params(notice: Notice) -> dict[str, Any]:
    """Return what the text of one notice needs."""
    return {
        **notice.params,
        "kind": notice.kind,
        "number": notice.ticket_number,
        "clock": notice.clock,
        "rung": notice.rung,
        "needs_ack": notice.needs_ack,
        "late_by_seconds": notice.late_by_seconds,
    }


def digest_params(notices: Sequence[Notice]) -> dict[str, Any]:
    """Return what the text of many notices needs: how many of which, and some tickets."""
    numbers = dict.fromkeys(row.ticket_number for row in notices if row.ticket_number)
    return {
        "count": len(notices),
        "rungs": dict(Counter(row.rung or row.kind for row in notices)),
        "tickets": list(numbers)[:_NAMED_TICKETS],
    }


def single_as_digest(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the text of one notice needs as if it stood in a digest."""
    return {
        "count": 1,
        "rungs": {params["rung"] or params["kind"]: 1},
        "tickets": [params["number"]] if params["number"] else [],
    }


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the text of two digests made one needs."""
    return {
        "count": one["count"] + other["count"],
        "rungs": dict(Counter(one["rungs"]) + Counter(other["rungs"])),
        "tickets": list(dict.fromkeys([*one["tickets"], *other["tickets"]]))[:_NAMED_TICKETS],
    }


# -- to those who are told along -----------------------------------------------------------------


async def _tell_subscribers(
    session: AsyncSession, notices: Sequence[Notice], now: datetime
) -> None:
    """Tell every subscription once of each fact, whoever of its department was told of it."""
    subscriptions = (
        await session.exec(select(Subscription).where(col(Subscription.is_active).is_(True)))
    ).all()
    if not subscriptions:
        return
    people = {notice.user_id for notice in notices}
    units = dict(
        (
            await session.exec(select(User.id, User.department_id).where(col(User.id).in_(people)))
        ).all()
    )
    rows = [
        _subscribed(subscription, notice, now)
        for subscription in subscriptions
        for notice in notices
        if subscription.department_id in {None, units[notice.user_id]}
        and (not subscription.kinds or (notice.rung or notice.kind) in subscription.kinds)
    ]
    if rows:
        await session.exec(insert(Delivery).on_conflict_do_nothing(), params=rows)


def _subscribed(subscription: Subscription, notice: Notice, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid7(now),
        "subscription_id": subscription.id,
        "channel": subscription.channel,
        "kind": SINGLE,
        "ticket_number": notice.ticket_number,
        "fact_id": notice.fact_id,
        "notice_ids": [],
        "params": notice_params(notice),
        "is_urgent": notice.is_urgent,
        "state": DeliveryState.WAITING,
        "attempts": 0,
        "next_try_at": now,
        "created_at": now,
    }
