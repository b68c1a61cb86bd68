"""What happens to entries by itself, every night: minor ones are repaired, old ones end.

Each entry has a transaction of its own: what a night misses, the next one makes good.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.bookkeeping import change_entry, find_entry, lock_ledger, state_of
from credit.books import book_at
from credit.cases.recording import Case, note_step, settle
from credit.cases.rules import CaseKind, CaseStep, RemedyReason
from credit.ledger import EntryState
from credit.models import CreditEntry
from credit.repairs.actions import case_of, is_doubted, open_repair
from credit.repairs.models import CreditRepair
from credit.repairs.rules import RepairState, ends_on, minor_repaired_on
from credit.repairs.standings import LiveEntry, day_of, entries_in_force, minor_events_since
from credit.rulebook import RuleBook, Severity
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import uuid7
from hotline.knowledge.queries import reviewed_instants
from hotline.people.principal import SYSTEM, Tx
from hotline.tickets.endings import ended_instants

_UNKEPT = "kb_stale"
"""The event whose cause is cured by a review of the article that it names."""


async def settle_entries(
    session_maker: SessionMaker, cipher: FieldCipher, now: datetime
) -> tuple[int, int]:
    """Repair what repairs itself and end what is over; return how many of each.

    It may run twice or be killed half-way: an entry is touched once.
    """
    async with session_maker() as session:
        book = (await book_at(session, now)).book
        live = await entries_in_force(session)
        ended = [one.id for one in live if _is_over(one, book, day_of(now))]
        cured = await _cured(session, live, book, now)
    repaired_count = ended_count = 0
    for entry_id in ended:
        async with session_maker() as session, session.begin():
            tx = Tx(session, now, cipher, f"credit:{now.isoformat()}", SYSTEM)
            ended_count += await _end(tx, entry_id)
    for entry_id in cured:
        if entry_id in ended:
            continue
        async with session_maker() as session, session.begin():
            tx = Tx(session, now, cipher, f"credit:{now.isoformat()}", SYSTEM)
            repaired_count += await _repair(tx, entry_id, cured[entry_id])
    return repaired_count, ended_count


def _is_over(entry: LiveEntry, book: RuleBook, today: date) -> bool:
    decay = book.decays.get(entry.severity)
    return decay is not None and today >= ends_on(decay, entry.confirmed_on)


async def _cured(
    session: AsyncSession, live: Sequence[LiveEntry], book: RuleBook, now: datetime
) -> Mapping[uuid.UUID, datetime]:
    """Return which minor entries repair themselves by now, with when their cause was cured."""
    minor = [one for one in live if one.severity is Severity.MINOR]
    if not minor:
        return {}
    told = await session.exec(
        select(CreditRepair.entry_id, CreditRepair.cured_at).where(
            CreditRepair.state == RepairState.ASKED,
            col(CreditRepair.entry_id).in_([one.id for one in minor]),
        )
    )
    cured_at = dict(told.all())
    closed = await ended_instants(session, {one.ticket_id for one in minor if one.ticket_id})
    for one in minor:
        if one.ticket_id and (at := closed.get(one.ticket_id)):
            cured_at[one.id] = min(at, cured_at.get(one.id, at))
    for entry_id, at in (await _reviewed(session, minor)).items():
        cured_at[entry_id] = min(at, cured_at.get(entry_id, at))
    first = min(one.confirmed_on for one in minor)
    since = datetime.combine(first, datetime.min.time(), now.tzinfo)
    same = await minor_events_since(session, since)
    return {
        one.id: cured_at[one.id]
        for one in minor
        if one.id in cured_at
        and day_of(now)
        >= minor_repaired_on(
            one.confirmed_on,
            day_of(cured_at[one.id]),
            [day for key, day in same.get((one.department_id, one.code), ()) if key != one.id],
            book.remedies,
        )
    }


async def _reviewed(
    session: AsyncSession, minor: Sequence[LiveEntry]
) -> Mapping[uuid.UUID, datetime]:
    """Return when articles were reviewed after all whose missed review was an event."""
    stale = (
        await session.exec(
            select(CreditEntry.id, CreditEntry.document, CreditEntry.occurred_at).where(
                CreditEntry.code == _UNKEPT, col(CreditEntry.id).in_([one.id for one in minor])
            )
        )
    ).all()
    if not stale:
        return {}
    reviews = await reviewed_instants(session, [number for _, number, _ in stale if number])
    cured = {}
    for entry_id, number, occurred_at in stale:
        after = [at for at in reviews.get(number or "", ()) if at >= occurred_at]
        if after:
            cured[entry_id] = min(after)
    return cured


async def _repair(tx: Tx, entry_id: uuid.UUID, cured_at: datetime) -> bool:
    entry = await find_entry(tx, entry_id)
    await lock_ledger(tx, entry.department_id)
    if await state_of(tx, entry) is not EntryState.IN_FORCE:
        return False
    repair = await open_repair(tx, entry_id)
    if repair is not None and is_doubted(repair):
        return False
    if repair is None:
        repair = CreditRepair(
            id=uuid7(tx.now),
            entry_id=entry.id,
            department_id=entry.department_id,
            severity=entry.severity,
            state=RepairState.ASKED,
            cure="",
            evidence=[],
            cured_at=cured_at,
            asked_at=tx.now,
        )
        tx.session.add(repair)
    repair.state, repair.decided_at = RepairState.GRANTED, tx.now
    repair.version += 1
    await change_entry(tx, entry, EntryState.REPAIRED, reason=RemedyReason.MINOR_CURED.value)
    await note_step(tx, case_of(repair), CaseStep.REPAIRED)
    return True


async def _end(tx: Tx, entry_id: uuid.UUID) -> bool:
    """End an entry; a request for its repair has nothing left to ask for."""
    entry = await find_entry(tx, entry_id)
    await lock_ledger(tx, entry.department_id)
    if await state_of(tx, entry) is not EntryState.IN_FORCE:
        return False
    await change_entry(tx, entry, EntryState.ENDED, reason=RemedyReason.TIME_OVER.value)
    ended = Case(
        kind=CaseKind.ENTRY, id=entry.id, department_id=entry.department_id, entry_id=entry.id
    )
    await note_step(tx, ended, CaseStep.ENDED)
    repair = await open_repair(tx, entry.id)
    if repair is not None:
        repair.state = RepairState.WITHDRAWN
        repair.version += 1
        await settle(tx, case_of(repair))
        await note_step(tx, case_of(repair), CaseStep.REPAIR_WITHDRAWN, is_told=False)
    return True
