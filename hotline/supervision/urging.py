"""Urging many tickets at once: looked at first, then each in a transaction of its own."""

import uuid
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.clock import Clock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.errors import DomainError
from hotline.kernel.jobs import is_passing
from hotline.kernel.outbox import emit
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import principal_of
from hotline.supervision.errors import NothingToUrge
from hotline.supervision.events import UrgeRequested
from hotline.supervision.models import UrgeItem, UrgeRun
from hotline.supervision.queries import find_run, preview_urging, was_urged_since
from hotline.supervision.rules import URGED_LATELY, UrgeState
from hotline.tickets.actions.handling import urge_ticket
from hotline.tickets.models import Ticket
from hotline.tickets.queries import TicketFilter

log = structlog.get_logger(__name__)

LEFT_OUT_LATELY = "urged_lately"
ACCOUNT_CLOSED = "account_closed"
FAULT = "internal-error"


async def request_urging(
    tx: Tx, run_id: uuid.UUID, wanted: TicketFilter, *, asked: str, note: str
) -> UrgeRun:
    """Have the tickets of a list urged; sent twice, it is done once.

    Args:
        tx: the transaction.
        run_id: names the run; the same for a form that is sent again.
        wanted: which tickets.
        asked: the list as the address of its page.
        note: what is said to each; the requesters may read it.

    Raises:
        PermissionDenied: the actor may not urge many.
        NothingToUrge: the list is empty, or all of it was urged lately.
        UrgeRunNotFound: somebody else's run has this id.
    """
    tx.actor.require(Permission.URGE_MANY)
    done = await tx.session.exec(
        insert(UrgeRun)
        .values(
            id=run_id,
            requested_by=tx.actor.user_id,
            requested_at=tx.now,
            asked=asked,
            note=note,
        )
        .on_conflict_do_nothing()
    )
    run = await find_run(tx.session, tx.actor, run_id)
    if done.rowcount == 0:
        return run
    preview = await preview_urging(tx.session, tx.actor, wanted, tx.now)
    if not preview.to_urge:
        raise NothingToUrge
    await tx.session.exec(
        sa.insert(UrgeItem),
        params=[
            {
                "run_id": run_id,
                "ticket_number": item.number,
                "state": UrgeState.LEFT_OUT if item.is_left_out else UrgeState.WAITING,
                "reason": LEFT_OUT_LATELY if item.is_left_out else None,
                "done_at": tx.now if item.is_left_out else None,
            }
            for item in preview.items
        ],
    )
    await emit(tx, UrgeRequested(run_id=str(run_id)))
    return run


async def work_off(
    session_maker: SessionMaker,
    cipher: FieldCipher,
    clock: Clock,
    run_id: uuid.UUID,
    *,
    trace_id: str,
) -> int:
    """Urge what a run still has waiting, each ticket in its own transaction; return how many.

    A ticket that refuses is marked with the reason and does not stop the others. Called again after
    a restart it goes on where it was.
    """
    async with session_maker() as session:
        run = await session.get_one(UrgeRun, run_id)
        person = await principal_of(session, run.requested_by)
        waiting = await session.exec(
            select(UrgeItem.ticket_number)
            .where(UrgeItem.run_id == run_id, UrgeItem.state == UrgeState.WAITING)
            .order_by(col(UrgeItem.ticket_number))
        )
        numbers = waiting.all()
    for number in numbers:
        try:
            async with session_maker() as session, session.begin():
                tx = Tx(session, clock.now(), cipher, trace_id, person or Principal(frozenset()))
                await _urge_one(tx, run, number)
        except Exception as error:
            if is_passing(error):
                raise
            log.exception("urging_failed", ticket=number, error=type(error).__name__)
            async with session_maker() as session, session.begin():
                await _mark(session, run_id, number, UrgeState.FAILED, FAULT, clock.now())
    async with session_maker() as session, session.begin():
        await session.exec(
            update(UrgeRun)
            .where(col(UrgeRun.id) == run_id, col(UrgeRun.finished_at).is_(None))
            .values(finished_at=clock.now())
        )
    return len(numbers)


async def _urge_one(tx: Tx, run: UrgeRun, number: str) -> None:
    """Urge one ticket and say so in its line, unless another worker has or somebody just did."""
    item = (
        await tx.session.exec(
            select(UrgeItem)
            .where(
                UrgeItem.run_id == run.id,
                UrgeItem.ticket_number == number,
                UrgeItem.state == UrgeState.WAITING,
            )
            .with_for_update(skip_locked=True)
        )
    ).first()
    if item is None:
        return
    item.state, item.reason = await _urged(tx, run, number)
    item.done_at = tx.now


async def _urged(tx: Tx, run: UrgeRun, number: str) -> tuple[UrgeState, str | None]:
    if tx.actor.user_id is None:
        return UrgeState.FAILED, ACCOUNT_CLOSED
    await tx.session.exec(select(Ticket.id).where(Ticket.number == number).with_for_update())
    # Asked only now that nobody else can act on the ticket any more.
    if await was_urged_since(tx.session, number, tx.now - URGED_LATELY):
        return UrgeState.LEFT_OUT, LEFT_OUT_LATELY
    try:
        async with tx.session.begin_nested():
            await urge_ticket(tx, number, note=run.note)
    except DomainError as error:
        return UrgeState.FAILED, error.code
    return UrgeState.URGED, None


async def _mark(
    session: AsyncSession,
    run_id: uuid.UUID,
    number: str,
    state: UrgeState,
    reason: str,
    now: datetime,
) -> None:
    await session.exec(
        update(UrgeItem)
        .where(col(UrgeItem.run_id) == run_id, col(UrgeItem.ticket_number) == number)
        .values(state=state, reason=reason, done_at=now)
    )
