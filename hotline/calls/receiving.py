"""Taking in what exchanges say: each event once, each call the fold of all its events."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select

from hotline.calls.models import CallEventRow, MissedCall, OperatorSeat, PhoneCall
from hotline.calls.rules import (
    OPEN_MISSES,
    Call,
    CallEvent,
    CallState,
    MissState,
    fold,
    is_missed,
)
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.ids import uuid7
from hotline.kernel.live import hint
from hotline.kernel.tx import Transaction
from hotline.people.models import User

CALL_TOPIC = "call"
BOARD_TOPIC = "board"
MISSED_TOPIC = "missed"

_LOCK_NUMBER = sa.text("SELECT pg_advisory_xact_lock(:key)")


@dataclass(frozen=True, slots=True)
class Told:
    """What an exchange says of one of its calls.

    Attributes:
        call: the exchange's own name of the call.
        event: what has happened to it.
    """

    call: str
    event: CallEvent


@dataclass(frozen=True, slots=True)
class Taken:
    """How many events were new, and how many had come before."""

    fresh: int
    repeated: int


async def take_events(
    tx: Transaction, exchange: str, told: Sequence[Told], *, call_back_within: timedelta
) -> Taken:
    """Take in what an exchange says; whatever came before changes nothing.

    Calls are locked in the order of their names, then numbers in the order of their digests.

    Args:
        tx: the transaction.
        exchange: which one it is, proved by its signature.
        told: in any order; of several events with one id the first counts.
        call_back_within: how soon a missed caller is to be called back.
    """
    first: dict[str, Told] = {}
    for one in told:
        first.setdefault(one.event.event_id, one)
    calls = await _lock_calls(tx, exchange, list(first.values()))
    fresh = await _keep_events(tx, exchange, list(first.values()), calls)
    touched = {name: call for name, call in calls.items() if call.id in fresh}
    await _drop_empty(tx, [call.id for name, call in calls.items() if name not in touched])
    folded = await _fold_all(tx, touched)
    agents = await _agents(tx, folded.values())
    hints: set[tuple[str, uuid.UUID | None]] = set()
    for name in sorted(touched):
        call, whole = touched[name], folded[name]
        hints |= {(CALL_TOPIC, call.agent_id), (CALL_TOPIC, agents.get(_place(whole)))}
        _write(call, whole, agents.get(_place(whole)), tx.cipher)
    await tx.session.flush()  # what is missed is worked out from these rows
    if await _settle(tx, [(touched[name], folded[name]) for name in touched], call_back_within):
        hints.add((MISSED_TOPIC, None))
    if touched:
        hints.add((BOARD_TOPIC, None))
    for topic, user_id in hints:
        if topic != CALL_TOPIC or user_id is not None:
            await hint(tx.session, topic, user_id=user_id)
    count = sum(fresh.values())
    return Taken(count, len(told) - count)


async def _lock_calls(
    tx: Transaction, exchange: str, told: Sequence[Told]
) -> Mapping[str, PhoneCall]:
    """Return the calls that are spoken of, each locked; those nobody knew yet are begun."""
    earliest: dict[str, datetime] = {}
    for one in told:
        earliest[one.call] = min(earliest.get(one.call, one.event.at), one.event.at)
    if not earliest:
        return {}
    await tx.session.exec(
        insert(PhoneCall)
        .values(
            [
                {
                    "id": uuid7(at),
                    "exchange": exchange,
                    "external_id": name,
                    "direction": "in",
                    "state": CallState.RINGING,
                    "is_held": False,
                    "started_at": at,
                    "last_at": at,
                }
                for name, at in sorted(earliest.items())
            ]
        )
        .on_conflict_do_nothing()
    )
    rows = await tx.session.exec(
        select(PhoneCall)
        .where(
            PhoneCall.exchange == exchange,
            col(PhoneCall.external_id).in_(earliest),
        )
        .order_by(col(PhoneCall.external_id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.external_id: row for row in rows}


async def _keep_events(
    tx: Transaction, exchange: str, told: Sequence[Told], calls: Mapping[str, PhoneCall]
) -> Mapping[uuid.UUID, int]:
    """Write the events that did not come before and return how many are new, by call."""
    if not told:
        return {}
    rows = [
        {
            "exchange": exchange,
            "event_id": one.event.event_id,
            "call_id": calls[one.call].id,
            "kind": one.event.kind,
            "at": one.event.at,
            "received_at": tx.now,
            "direction": one.event.direction,
            "number": tx.cipher.encrypt(one.event.number),
            "line": one.event.line,
            "agent": one.event.agent,
            "target": tx.cipher.encrypt(one.event.target),
            "recording": one.event.recording,
        }
        for one in told
    ]
    done = await tx.session.exec(
        insert(CallEventRow)
        .values(rows)
        .on_conflict_do_nothing()
        .returning(col(CallEventRow.call_id))
    )
    counts: dict[uuid.UUID, int] = defaultdict(int)
    for (call_id,) in done:
        counts[call_id] += 1
    return counts


async def _drop_empty(tx: Transaction, ids: Collection[uuid.UUID]) -> None:
    """Remove calls that were begun for an event which turned out to be another call's."""
    if ids:
        await tx.session.exec(
            delete(PhoneCall).where(
                col(PhoneCall.id).in_(ids),
                ~sa.exists().where(col(CallEventRow.call_id) == col(PhoneCall.id)),
            )
        )


async def _fold_all(tx: Transaction, calls: Mapping[str, PhoneCall]) -> Mapping[str, Call]:
    if not calls:
        return {}
    names = {call.id: name for name, call in calls.items()}
    rows = await tx.session.exec(select(CallEventRow).where(col(CallEventRow.call_id).in_(names)))
    events: dict[str, list[CallEvent]] = defaultdict(list)
    for row in rows:
        events[names[row.call_id]].append(_event(row, tx.cipher))
    return {name: fold(known) for name, known in events.items()}


def _event(row: CallEventRow, cipher: FieldCipher) -> CallEvent:
    return CallEvent(
        event_id=row.event_id,
        kind=row.kind,
        at=row.at,
        direction=row.direction,
        number=cipher.decrypt(row.number),
        line=row.line,
        agent=row.agent,
        target=cipher.decrypt(row.target),
        recording=row.recording,
    )


Place = tuple[str | None, datetime | None]


def _place(call: Call) -> Place:
    return call.agent, call.agent_at


async def _agents(tx: Transaction, calls: Collection[Call]) -> Mapping[Place, uuid.UUID]:
    """Return who has each call: the account of that name, or whoever sat at the extension then."""
    names = {call.agent for call in calls if call.agent is not None}
    if not names:
        return {}
    users = dict(
        (
            await tx.session.exec(
                select(User.username, User.id).where(col(User.username).in_(names))
            )
        ).all()
    )
    seats = (
        await tx.session.exec(
            select(OperatorSeat)
            .where(col(OperatorSeat.extension).in_(names))
            .order_by(col(OperatorSeat.taken_at))
        )
    ).all()
    found: dict[Place, uuid.UUID] = {}
    for call in calls:
        name, at = _place(call)
        user_id = users.get(name or "") or _sat_at(seats, name, at)
        if user_id is not None:
            found[name, at] = user_id
    return found


def _sat_at(
    seats: Sequence[OperatorSeat], extension: str | None, at: datetime | None
) -> uuid.UUID | None:
    return next(
        (
            seat.user_id
            for seat in seats
            if at is not None
            and seat.extension == extension
            and seat.taken_at <= at
            and (seat.left_at is None or at < seat.left_at)
        ),
        None,
    )


def _write(row: PhoneCall, call: Call, agent_id: uuid.UUID | None, cipher: FieldCipher) -> None:
    values: dict[str, Any] = {
        "direction": call.direction,
        "state": call.state,
        "number_index": cipher.blind_index(call.number),
        "line": call.line,
        "agent": call.agent,
        "agent_id": agent_id,
        "joined_count": len(call.joined),
        "is_held": call.is_held,
        "recording": call.recording,
        "started_at": call.started_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "last_at": call.last_at,
    }
    if values["number_index"] != row.number_index:
        values["number"] = cipher.encrypt(call.number)
    if cipher.decrypt(row.outside) != call.outside:
        values["outside"] = cipher.encrypt(call.outside)
    row.sqlmodel_update(values)


# -- who was missed --------------------------------------------------------------------------------


async def _settle(
    tx: Transaction, calls: Sequence[tuple[PhoneCall, Call]], within: timedelta
) -> bool:
    """Bring the list of missed callers up to these calls, and tell whether it has changed.

    Whether a miss or the talk that settles it is told first does not matter: both ways end here, one
    number at a time.
    """
    over = [(row, call) for row, call in calls if call.state is not CallState.RINGING]
    indexes = {row.number_index for row, _ in calls if row.number_index is not None}
    for key in sorted(int.from_bytes(index[:8], signed=True) for index in indexes):
        await tx.session.exec(_LOCK_NUMBER, params={"key": key})  # type: ignore[call-overload]
    changed = False
    for row, call in calls:
        changed |= await _settle_own(tx, row, call, within)
    for row, call in over:
        if call.answered_at is not None and row.number_index is not None:
            changed |= await _called_again(tx, row.number_index, call.answered_at)
    return changed


async def _settle_own(tx: Transaction, row: PhoneCall, call: Call, within: timedelta) -> bool:
    miss = await tx.session.get(MissedCall, row.id, with_for_update=True)
    if not is_missed(call) or row.number_index is None or call.ended_at is None:
        if miss is None or miss.state not in OPEN_MISSES:
            return False
        miss.state, miss.closed_at = MissState.WITHDRAWN, tx.now
        return True
    if miss is None:
        miss = MissedCall(
            call_id=row.id,
            number_index=row.number_index,
            missed_at=call.ended_at,
            call_back_by=call.ended_at + within,
            state=MissState.OPEN,
        )
        tx.session.add(miss)
    elif miss.state is MissState.WITHDRAWN:
        miss.state, miss.closed_at = MissState.OPEN, None
    elif miss.missed_at == call.ended_at:
        return False
    miss.missed_at, miss.call_back_by = call.ended_at, call.ended_at + within
    if miss.state in OPEN_MISSES and await _was_spoken_with(tx, row.number_index, call.ended_at):
        miss.state, miss.closed_at = MissState.CALLED_AGAIN, tx.now
    await tx.session.flush()  # a talk in the same batch may settle it
    return True


async def _was_spoken_with(tx: Transaction, number_index: bytes, since: datetime) -> bool:
    found = await tx.session.exec(
        select(PhoneCall.id)
        .where(PhoneCall.number_index == number_index, col(PhoneCall.answered_at) > since)
        .limit(1)
    )
    return found.first() is not None


async def _called_again(tx: Transaction, number_index: bytes, answered_at: datetime) -> bool:
    done = await tx.session.exec(
        sa.update(MissedCall)
        .where(
            col(MissedCall.number_index) == number_index,
            col(MissedCall.closed_at).is_(None),
            col(MissedCall.missed_at) < answered_at,
        )
        .values(state=MissState.CALLED_AGAIN, closed_at=tx.now)
    )
    return bool(done.rowcount)
