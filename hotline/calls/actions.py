"""What people do with calls: link, pass on, call back, sit down, hear."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from hotline.calls.access import (
    calls_back,
    find_miss,
    has_call,
    lock_call,
    may_hear,
    may_see_number,
)
from hotline.calls.errors import (
    CallBackTaken,
    CallNotFound,
    CallOver,
    ExchangeNotConnected,
    MissOver,
    NotYourCall,
    RecordingNotFound,
    WrongTarget,
)
from hotline.calls.models import (
    CallBack,
    CallCommand,
    CallLook,
    MissedCall,
    OperatorPresence,
    OperatorSeat,
    PhoneCall,
    TicketCall,
)
from hotline.calls.ports import Command, CommandKind, Exchanges
from hotline.calls.receiving import BOARD_TOPIC, CALL_TOPIC, MISSED_TOPIC
from hotline.calls.rules import (
    EMERGENCY,
    OPEN_MISSES,
    CallState,
    MissState,
    after_attempt,
    is_outside_number,
    live_until,
)
from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.kernel.ids import uuid7
from hotline.kernel.live import hint
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.tickets.access import lock_for_action
from hotline.tickets.errors import TicketNotFound
from hotline.tickets.lifecycle import State
from hotline.tickets.models import CALL_LINKED, CALL_PASSED_ON, Audience, Ticket
from hotline.tickets.timeline import Entry, append

SHORTEST_EXTENSION, LONGEST_EXTENSION = 2, 16


class WrongExtension(DomainError):
    """An extension is a short number."""

    kind = ErrorKind.INVALID
    code = "wrong-extension"
    title = N_("An extension has two to sixteen digits")


# -- calls and tickets -----------------------------------------------------------------------------


async def link_call(tx: Tx, call_id: uuid.UUID, ticket_id: uuid.UUID) -> None:
    """Tie a ticket to the call it came of; a second time changes nothing.

    Whoever has the call, or has taken it on to call back, may do so.

    Raises:
        TicketNotFound: there is no such ticket for him.
        CallNotFound: there is no such call.
        NotYourCall: it is somebody else's.
    """
    number = (await tx.session.exec(select(Ticket.number).where(Ticket.id == ticket_id))).first()
    if number is None:
        raise TicketNotFound(number=str(ticket_id))
    ticket, _ = await lock_for_action(tx.session, tx.actor, number, None)
    call = await lock_call(tx.session, call_id)
    miss = await _lock_miss(tx, call_id)
    is_own = call.agent_id is not None and call.agent_id == tx.actor.user_id
    if not is_own and not calls_back(tx.actor, miss):
        raise NotYourCall
    linked = await tx.session.exec(
        insert(TicketCall)
        .values(ticket_id=ticket.id, call_id=call.id, linked_at=tx.now, linked_by=tx.actor.user_id)
        .on_conflict_do_nothing()
    )
    if not linked.rowcount:
        return
    call.linked_at = call.linked_at or tx.now
    if miss is not None and miss.state in OPEN_MISSES:
        miss.state, miss.closed_at = MissState.REACHED, tx.now
        await hint(tx.session, MISSED_TOPIC)
    await append(
        tx,
        ticket,
        Entry(CALL_LINKED, audience=Audience.HOTLINE, details={"call": str(call.id)}),
        role=None,
        before=State(ticket.status, ticket.hold),
        changes={},
    )
    await _tell_desk(tx)


async def close_wrap_up(tx: Tx, call_id: uuid.UUID) -> None:
    """Say that the work after a call is done; a second time changes nothing.

    Raises:
        CallNotFound: there is no such call.
        NotYourCall: it is somebody else's.
    """
    call = await _own(tx, call_id)
    call.closed_at = call.closed_at or tx.now
    await _tell_desk(tx)


async def see_number(tx: Tx, call_id: uuid.UUID) -> str | None:
    """Return a caller's number in full and keep, once for each person, that he has seen it.

    Raises:
        CallNotFound: there is no such call.
        NotYourCall: he is nobody's caller but another's.
    """
    call = await tx.session.get(PhoneCall, call_id)
    if call is None or tx.actor.user_id is None:
        raise CallNotFound
    if not may_see_number(tx.actor, call, await find_miss(tx.session, call_id), tx.now):
        raise NotYourCall
    await tx.session.exec(
        insert(CallLook)
        .values(
            id=uuid7(tx.now),
            call_id=call.id,
            user_id=tx.actor.user_id,
            is_recording=False,
            at=tx.now,
        )
        .on_conflict_do_nothing()
    )
    return tx.cipher.decrypt(call.number)


async def hear_recording(tx: Tx, call_id: uuid.UUID) -> str:
    """Return where a call's recording can be heard, and keep who heard it.

    Raises:
        CallNotFound: there is no such call, or it is none of his business.
        RecordingNotFound: nothing was recorded.
    """
    call = await tx.session.get(PhoneCall, call_id)
    if call is None or tx.actor.user_id is None or not may_hear(tx.actor, call):
        raise CallNotFound
    if call.recording is None:
        raise RecordingNotFound
    tx.session.add(
        CallLook(
            id=uuid7(tx.now),
            call_id=call.id,
            user_id=tx.actor.user_id,
            is_recording=True,
            at=tx.now,
        )
    )
    return call.recording


async def _own(tx: Tx, call_id: uuid.UUID) -> PhoneCall:
    tx.actor.require(Permission.TAKE_CALLS)
    call = await lock_call(tx.session, call_id)
    if call.agent_id is None or call.agent_id != tx.actor.user_id:
        raise NotYourCall
    return call


async def _tell_desk(tx: Tx) -> None:
    await hint(tx.session, CALL_TOPIC, user_id=tx.actor.user_id)
    await hint(tx.session, BOARD_TOPIC)


# -- commands to the exchange ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Begun:
    """A command that is kept and goes out after this transaction.

    Attributes:
        exchange: whose it is.
        command: what it is asked for.
    """

    exchange: str
    command: Command


async def begin_command(
    tx: Tx, call_id: uuid.UUID, kind: CommandKind, target: str, exchanges: Exchanges
) -> Begun:
    """Keep what an operator asks of his exchange; `end_command` says what came of it.

    The exchange is called between the two transactions: nobody waits for it with rows locked, and a
    command that fails is kept all the same.

    Raises:
        CallNotFound: there is no such call.
        NotYourCall: it is somebody else's.
        CallOver: it goes on no more.
        WrongTarget: that is no number.
        ExchangeNotConnected: the exchange takes no commands.
    """
    tx.actor.require(Permission.TAKE_CALLS)
    call = await lock_call(tx.session, call_id)
    if kind is CommandKind.CALL_OUT:
        if not calls_back(tx.actor, await find_miss(tx.session, call_id)):
            raise NotYourCall
        target = tx.cipher.decrypt(call.number) or ""
    else:
        if not has_call(tx.actor, call, tx.now):
            raise NotYourCall
        if call.state is not CallState.TALKING or live_until(call.state, call.last_at) <= tx.now:
            raise CallOver
    if not is_outside_number(target):
        raise WrongTarget
    if call.exchange not in exchanges:
        raise ExchangeNotConnected
    row = _command_row(tx, call, kind, target)
    tx.session.add(row)
    return Begun(
        call.exchange,
        Command(
            command_id=str(row.id),
            kind=kind,
            call=None if kind is CommandKind.CALL_OUT else call.external_id,
            agent=await _agent_name(tx, call),
            target=target,
            at=tx.now,
        ),
    )


def _command_row(tx: Tx, call: PhoneCall, kind: CommandKind, target: str) -> CallCommand:
    if tx.actor.user_id is None:
        raise NotYourCall
    is_emergency = target in EMERGENCY
    return CallCommand(
        id=uuid7(tx.now),
        call_id=call.id,
        kind=kind,
        target=target if is_emergency else None,
        other_target=None if is_emergency else tx.cipher.encrypt(target),
        user_id=tx.actor.user_id,
        at=tx.now,
    )


async def _agent_name(tx: Tx, call: PhoneCall) -> str:
    """Return what the exchange calls this operator: as it did itself, else by where he sits."""
    if call.agent is not None and call.agent_id == tx.actor.user_id:
        return call.agent
    seat = await _seat_of(tx, tx.actor.user_id)
    return seat.extension if seat is not None else tx.actor.username


async def end_command(tx: Tx, command_id: uuid.UUID, failure: str | None) -> CallCommand:
    """Keep what came of a command; tickets of the call are told that it was passed on.

    Raises:
        CallNotFound: there is no such command.
    """
    row = await tx.session.get(CallCommand, command_id)
    if row is None:
        raise CallNotFound
    numbers = (
        await tx.session.exec(
            select(Ticket.number)
            .join(TicketCall, col(TicketCall.ticket_id) == col(Ticket.id))
            .where(TicketCall.call_id == row.call_id)
            .order_by(col(Ticket.number))
        )
    ).all()
    for number in numbers if row.kind is not CommandKind.CALL_OUT else ():
        ticket, _ = await lock_for_action(tx.session, tx.actor, number, None)
        await append(
            tx,
            ticket,
            Entry(
                CALL_PASSED_ON,
                audience=Audience.HOTLINE,
                details={
                    "call": str(row.call_id),
                    "kind": row.kind.value,
                    "target": row.target,
                    "done": failure is None,
                },
            ),
            role=None,
            before=State(ticket.status, ticket.hold),
            changes={},
        )
    row.is_done, row.failure = failure is None, failure
    await _tell_desk(tx)
    return row


# -- missed calls ----------------------------------------------------------------------------------


async def take_miss(tx: Tx, call_id: uuid.UUID) -> None:
    """Take it on to call somebody back; what lies past its time may be taken from another.

    Raises:
        CallNotFound: it is no missed call.
        MissOver: it is settled.
        CallBackTaken: somebody else is at it, in time.
    """
    tx.actor.require(Permission.TAKE_CALLS)
    miss = await _open_miss(tx, call_id)
    is_others = miss.state is MissState.TAKEN and miss.taken_by != tx.actor.user_id
    if is_others and tx.now < miss.call_back_by:
        raise CallBackTaken
    miss.state, miss.taken_by, miss.taken_at = MissState.TAKEN, tx.actor.user_id, tx.now
    await hint(tx.session, MISSED_TOPIC)


async def record_call_back(
    tx: Tx,
    call_id: uuid.UUID,
    *,
    reached: bool,
    note: str | None = None,
    again_within: timedelta,
    most: int,
) -> MissState:
    """Record an attempt to call back and return what has become of the miss.

    Args:
        tx: the transaction.
        call_id: the missed call.
        reached: the caller was reached.
        note: what was said.
        again_within: how soon the next attempt is due after one in vain.
        most: after how many in vain it is given up.

    Raises:
        CallNotFound: it is no missed call.
        MissOver: it is settled.
        CallBackTaken: somebody else has taken it.
    """
    tx.actor.require(Permission.TAKE_CALLS)
    miss = await _open_miss(tx, call_id)
    if tx.actor.user_id is None or miss.taken_by != tx.actor.user_id:
        raise CallBackTaken
    miss.attempt_count += 1
    tx.session.add(
        CallBack(
            id=uuid7(tx.now),
            call_id=call_id,
            attempt=miss.attempt_count,
            at=tx.now,
            user_id=tx.actor.user_id,
            is_reached=reached,
            note=note,
        )
    )
    miss.state = after_attempt(reached=reached, attempts=miss.attempt_count, most=most)
    if miss.state in OPEN_MISSES:
        miss.call_back_by = tx.now + again_within
    else:
        miss.closed_at = tx.now
    await hint(tx.session, MISSED_TOPIC)
    return miss.state


async def _open_miss(tx: Tx, call_id: uuid.UUID) -> MissedCall:
    miss = await _lock_miss(tx, call_id)
    if miss is None:
        raise CallNotFound
    if miss.state not in OPEN_MISSES:
        raise MissOver
    return miss


async def _lock_miss(tx: Tx, call_id: uuid.UUID) -> MissedCall | None:
    return await tx.session.get(MissedCall, call_id, with_for_update=True, populate_existing=True)


# -- who sits where --------------------------------------------------------------------------------


async def take_seat(tx: Tx, extension: str) -> None:
    """Sit down at an extension; whoever sat there, and wherever one sat before, is left.

    Raises:
        WrongExtension: that is none.
    """
    tx.actor.require(Permission.TAKE_CALLS)
    if not (
        SHORTEST_EXTENSION <= len(extension) <= LONGEST_EXTENSION
        and extension.isascii()
        and extension.isdecimal()
    ):
        raise WrongExtension
    if tx.actor.user_id is None:
        return
    await tx.session.exec(
        sa.update(OperatorSeat)
        .where(
            col(OperatorSeat.left_at).is_(None),
            sa.or_(
                col(OperatorSeat.extension) == extension,
                col(OperatorSeat.user_id) == tx.actor.user_id,
            ),
        )
        .values(left_at=tx.now)
    )
    tx.session.add(
        OperatorSeat(
            id=uuid7(tx.now), user_id=tx.actor.user_id, extension=extension, taken_at=tx.now
        )
    )
    await _tell_desk(tx)


async def set_away(tx: Tx, *, is_away: bool) -> None:
    """Say whether one takes calls at present."""
    tx.actor.require(Permission.TAKE_CALLS)
    if tx.actor.user_id is None:
        return
    values = {"is_away": is_away, "since": tx.now}
    await tx.session.exec(
        insert(OperatorPresence)
        .values(user_id=tx.actor.user_id, **values)
        .on_conflict_do_update(index_elements=["user_id"], set_=values)
    )
    await _tell_desk(tx)


async def _seat_of(tx: Tx, user_id: uuid.UUID | None) -> OperatorSeat | None:
    found = await tx.session.exec(
        select(OperatorSeat).where(
            OperatorSeat.user_id == user_id, col(OperatorSeat.left_at).is_(None)
        )
    )
    return found.first()
