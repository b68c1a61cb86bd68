"""Who may see what of a call."""

import uuid
from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.calls.errors import CallNotFound
from hotline.calls.models import MissedCall, PhoneCall
from hotline.calls.rules import (
    LONGEST_WRAP_UP,
    OPEN_MISSES,
    CallState,
    live_until,
    wrapped_up_at,
)
from hotline.people.permissions import Permission
from hotline.people.principal import Principal


def has_call(principal: Principal, call: PhoneCall, now: datetime) -> bool:
    """Tell whether a call is this person's at present: ringing, spoken, or being written down."""
    if principal.user_id is None or call.agent_id != principal.user_id:
        return False
    return is_in_hand(call, now)


def is_in_hand(call: PhoneCall, now: datetime) -> bool:
    """Tell whether somebody has a call still: it goes on, or he is writing it down."""
    if live_until(call.state, call.last_at) > now:
        return True
    if call.state is not CallState.ENDED or call.ended_at is None:
        return False
    is_wrapped = wrapped_up_at(call.ended_at, call.linked_at, call.closed_at) is not None
    return not is_wrapped and now - call.ended_at < LONGEST_WRAP_UP


def calls_back(principal: Principal, miss: MissedCall | None) -> bool:
    """Tell whether this person has taken it on to call back."""
    return (
        miss is not None
        and principal.user_id is not None
        and miss.taken_by == principal.user_id
        and miss.state in OPEN_MISSES
    )


def may_see_number(
    principal: Principal, call: PhoneCall, miss: MissedCall | None, now: datetime
) -> bool:
    """Tell whether somebody may see a caller's number in full: it is his caller."""
    return has_call(principal, call, now) or calls_back(principal, miss)


def may_hear(principal: Principal, call: PhoneCall) -> bool:
    """Tell whether somebody may hear what was recorded: his own call, or it is his office."""
    if Permission.HEAR_RECORDINGS in principal.permissions:
        return True
    return principal.user_id is not None and call.agent_id == principal.user_id


async def find_call(session: AsyncSession, call_id: uuid.UUID) -> PhoneCall:
    """Return a call.

    Raises:
        CallNotFound: there is none.
    """
    call = await session.get(PhoneCall, call_id)
    if call is None:
        raise CallNotFound
    return call


async def lock_call(session: AsyncSession, call_id: uuid.UUID) -> PhoneCall:
    """Return a call whose row is locked until the transaction ends.

    Raises:
        CallNotFound: there is none.
    """
    found = await session.exec(
        select(PhoneCall)
        .where(PhoneCall.id == call_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    call = found.first()
    if call is None:
        raise CallNotFound
    return call


async def find_miss(session: AsyncSession, call_id: uuid.UUID) -> MissedCall | None:
    """Return what is known of a missed call; None when it was none."""
    return await session.get(MissedCall, call_id)
