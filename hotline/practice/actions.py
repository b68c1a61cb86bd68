"""Practising: beginning, letting the telephone ring, finding what is late, beginning again."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select

from hotline.calls.receiving import Told, take_events
from hotline.calls.rules import CallEvent, CallEventKind
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.practice.models import PracticeCity, PracticeMark
from hotline.practice.queries import practice_city
from hotline.practice.rules import Mark, NoPractice, NotLate, PracticeNotRenewable, is_practice
from hotline.sla.clocks import ClockState
from hotline.sla.models import Clock
from hotline.tickets.access import find_readable

EXCHANGE = "practice"
LINE = "12345"
_RINGS_FOR = timedelta(seconds=2)


async def require_practice(tx: Tx, *, is_demo: bool) -> PracticeCity:
    """Return the mark of the invented city.

    Args:
        tx: the transaction.
        is_demo: whether the house was started as a demo.

    Raises:
        NoPractice: the house is real, or is not run as a demo.
    """
    city = await practice_city(tx.session)
    if city is None or not is_practice(is_demo=is_demo, is_founded=True):
        raise NoPractice
    return city


async def found_practice(tx: Tx) -> None:
    """Mark a city as invented; only who builds one does this."""
    tx.session.add(PracticeCity(id=1, founded_at=tx.now))
    await tx.session.flush()


async def set_mark(tx: Tx, mark: Mark) -> None:
    """Note that the actor did something in practice."""
    if tx.actor.user_id is None:
        raise NoPractice
    await tx.session.exec(
        insert(PracticeMark)
        .values(user_id=tx.actor.user_id, mark=mark, at=tx.now)
        .on_conflict_do_update(index_elements=["user_id", "mark"], set_={"at": tx.now})
    )


async def begin_own_practice(tx: Tx, *, is_demo: bool) -> None:
    """Count the actor's steps from now on: those that he did before are forgotten.

    Raises:
        NoPractice: the house is no practice city.
    """
    await require_practice(tx, is_demo=is_demo)
    await tx.session.exec(delete(PracticeMark).where(col(PracticeMark.user_id) == tx.actor.user_id))
    await set_mark(tx, Mark.BEGAN)


async def ring(tx: Tx, number: str, *, is_demo: bool, within: timedelta) -> None:
    """Let the actor's telephone ring and be answered, as a telephone exchange would tell it.

    Args:
        tx: the transaction.
        number: an invented number of the practice city.
        is_demo: whether the house was started as a demo.
        within: how soon a missed caller is to be called back.

    Raises:
        NoPractice: the house is no practice city.
        PermissionDenied: the actor takes no calls.
    """
    await require_practice(tx, is_demo=is_demo)
    tx.actor.require(Permission.TAKE_CALLS)
    call = f"practice-{uuid.uuid4().hex[:16]}"
    agent = tx.actor.username
    began = tx.now - _RINGS_FOR
    told = [
        _said(call, 1, CallEventKind.RINGING, began, number=number, line=LINE),
        _said(call, 2, CallEventKind.RINGING, began, agent=agent),
        _said(call, 3, CallEventKind.ANSWERED, tx.now, agent=agent),
    ]
    await take_events(tx, EXCHANGE, told, call_back_within=within)
    await set_mark(tx, Mark.CALL)


def _said(call: str, nth: int, kind: CallEventKind, at: datetime, **more: str) -> Told:
    event = CallEvent(event_id=f"{call}-{nth}", kind=kind, at=at, **more)  # type: ignore[arg-type]  # words only
    return Told(call, event)


async def find_late(tx: Tx, number: str, *, is_demo: bool) -> None:
    """Check that a matter that the actor found is late.

    Raises:
        NoPractice: the house is no practice city.
        NotLate: it is not, or he may not see it.
    """
    await require_practice(tx, is_demo=is_demo)
    ticket = await find_readable(tx.session, tx.actor, number.strip())
    if ticket is None:
        raise NotLate
    late = await tx.session.exec(
        select(Clock.id)
        .where(
            Clock.ticket_id == ticket.id,
            Clock.state == ClockState.RUNNING,
            col(Clock.due_at) < tx.now,
        )
        .limit(1)
    )
    if late.first() is None:
        raise NotLate
    await set_mark(tx, Mark.FOUND_LATE)


async def ask_again(tx: Tx, *, is_demo: bool, is_renewable: bool) -> None:
    """Ask for the practice city to be built anew; the house itself does it.

    Args:
        tx: the transaction.
        is_demo: whether the house was started as a demo.
        is_renewable: whether the house runs its own database.

    Raises:
        NoPractice: the house is no practice city.
        PermissionDenied: the actor is no administrator.
        PracticeNotRenewable: its database is run by somebody else.
    """
    city = await require_practice(tx, is_demo=is_demo)
    tx.actor.require(Permission.MANAGE_DIRECTORY)
    if not is_renewable:
        raise PracticeNotRenewable(command="hotline practice begin-again")
    city.again_asked_at = city.again_asked_at or tx.now
    city.again_asked_by = city.again_asked_by or tx.actor.username
