"""Doing one action to many tickets: looked at first, then each in a transaction of its own."""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
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
from hotline.tickets.actions.handling import answer_urge, report_progress, sign_ticket
from hotline.tickets.actions.naming import find_colleague, name_handler
from hotline.tickets.bulk.errors import NothingChosen, TooManyChosen, WordsMissing
from hotline.tickets.bulk.events import BulkRequested
from hotline.tickets.bulk.models import BulkItem, BulkRun
from hotline.tickets.bulk.queries import Pick, find_bulk_run, preview_bulk
from hotline.tickets.bulk.rules import MOST, NEEDED, WORDS, BulkDoing, BulkState, state_of
from hotline.tickets.models import Ticket

log = structlog.get_logger(__name__)

ACCOUNT_CLOSED = "account_closed"
FAULT = "internal-error"

_RUNS: Mapping[BulkDoing, Callable[..., Awaitable[Ticket]]] = {
    BulkDoing.SIGN: sign_ticket,
    BulkDoing.NAME_HANDLER: name_handler,
    BulkDoing.PROGRESS: report_progress,
    BulkDoing.ANSWER_URGE: answer_urge,
}


def require_picks(picks: Sequence[Pick]) -> None:
    """Pass in silence when so many tickets may be chosen.

    Raises:
        NothingChosen: none is.
        TooManyChosen: more than one run takes.
    """
    if not picks:
        raise NothingChosen
    count = len({pick.number for pick in picks})
    if count > MOST:
        raise TooManyChosen(most=MOST, count=count)


async def request_bulk(
    tx: Tx,
    run_id: uuid.UUID,
    doing: BulkDoing,
    picks: Sequence[Pick],
    words: Mapping[str, str | None],
    *,
    back: str,
) -> BulkRun:
    """Have one action done to many tickets; sent twice, it is done once.

    Also what was foretold to be refused is tried: meanwhile it may have become possible.

    Args:
        tx: the transaction.
        run_id: names the run; the same for a form that is sent again.
        doing: what is to be done.
        picks: the tickets.
        words: what is said with it.
        back: the list it comes from, as the address of its page.

    Raises:
        NothingChosen: no ticket that the actor may see was chosen.
        TooManyChosen: more than one run takes.
        WordsMissing: what has to be said is missing.
        UnknownColleague: nobody of the department is called so.
        BulkRunNotFound: somebody else's run has this id.
    """
    tx.actor.require(Permission.READ_TICKETS)
    require_picks(picks)
    said = {name: words.get(name) or None for name in WORDS[doing]}
    needed = NEEDED.get(doing)
    if needed is not None and not said[needed]:
        raise WordsMissing(field=needed)
    if doing is BulkDoing.NAME_HANDLER:
        await find_colleague(tx, said["colleague"] or "")
    done = await tx.session.exec(
        insert(BulkRun)
        .values(
            id=run_id,
            doing=doing,
            words=said,
            back=back,
            requested_by=tx.actor.user_id,
            requested_at=tx.now,
        )
        .on_conflict_do_nothing()
    )
    run = await find_bulk_run(tx.session, tx.actor, run_id)
    if done.rowcount == 0:
        return run
    seen = await preview_bulk(tx.session, tx.actor, doing, picks)
    if not seen:
        raise NothingChosen
    versions = {pick.number: pick.version for pick in picks}
    await tx.session.exec(
        sa.insert(BulkItem),
        params=[
            {
                "run_id": run_id,
                "ticket_number": one.ticket.number,
                "position": position,
                "version": versions[one.ticket.number],
                "state": BulkState.WAITING,
                "params": {},
            }
            for position, one in enumerate(seen, start=1)
        ],
    )
    await emit(tx, BulkRequested(run_id=str(run_id)))
    return run


async def work_off_bulk(
    session_maker: SessionMaker,
    cipher: FieldCipher,
    clock: Clock,
    run_id: uuid.UUID,
    *,
    trace_id: str,
) -> int:
    """Do what a run still has waiting, each ticket in its own transaction; return how many.

    A ticket's action and its line are one transaction: killed in the middle, what was done is done and
    said, and called again it goes on with the rest. A refusal is written down and stops nothing.
    """
    async with session_maker() as session:
        run = await session.get_one(BulkRun, run_id)
        person = await principal_of(session, run.requested_by)
        waiting = await session.exec(
            select(BulkItem.ticket_number)
            .where(BulkItem.run_id == run_id, BulkItem.state == BulkState.WAITING)
            .order_by(col(BulkItem.position))
        )
        numbers = waiting.all()
    for number in numbers:
        try:
            async with session_maker() as session, session.begin():
                tx = Tx(session, clock.now(), cipher, trace_id, person or Principal(frozenset()))
                await _do_one(tx, run, number)
        except Exception as error:
            if is_passing(error):
                raise
            log.exception("bulk_failed", ticket=number, error=type(error).__name__)
            async with session_maker() as session, session.begin():
                await _mark_failed(session, run_id, number, clock.now())
    async with session_maker() as session, session.begin():
        await session.exec(
            update(BulkRun)
            .where(col(BulkRun.id) == run_id, col(BulkRun.finished_at).is_(None))
            .values(finished_at=clock.now())
        )
    return len(numbers)


async def _do_one(tx: Tx, run: BulkRun, number: str) -> None:
    """Do the action to one ticket and say so in its line, unless another worker has."""
    item = (
        await tx.session.exec(
            select(BulkItem)
            .where(
                BulkItem.run_id == run.id,
                BulkItem.ticket_number == number,
                BulkItem.state == BulkState.WAITING,
            )
            .with_for_update(skip_locked=True)
        )
    ).first()
    if item is None:
        return
    state, reason, params = await _done(tx, run, number, item.version)
    # Together: a line that waits no more has an instant, and a flush must not come in between.
    item.state, item.reason, item.params, item.done_at = state, reason, params, tx.now


async def _done(
    tx: Tx, run: BulkRun, number: str, version: int | None
) -> tuple[BulkState, str | None, dict[str, str]]:
    """Do the action to one ticket; return what became of it, the code of a refusal, its values."""
    if tx.actor.user_id is None:
        return BulkState.REFUSED, ACCOUNT_CLOSED, {}
    words = {name: said for name, said in run.words.items() if said}
    try:
        async with tx.session.begin_nested():
            await _RUNS[run.doing](tx, number, **words, expected_version=version)
    except DomainError as error:
        params = {name: str(value) for name, value in error.params.items()}
        return state_of(error), error.code, params
    return BulkState.DONE, None, {}


async def _mark_failed(
    session: AsyncSession, run_id: uuid.UUID, number: str, now: datetime
) -> None:
    await session.exec(
        update(BulkItem)
        .where(col(BulkItem.run_id) == run_id, col(BulkItem.ticket_number) == number)
        .values(state=BulkState.FAILED, reason=FAULT, done_at=now)
    )
