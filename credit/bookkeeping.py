"""Writing the ledger: entries, what becomes of them, and observations. Nothing is ever changed."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from credit.books import PublishedBook
from credit.errors import EntryNotFound, UnknownEventCode
from credit.events import CreditEntryMoved
from credit.knowledge import recording_instant
from credit.ledger import (
    GENESIS,
    EntrySource,
    EntryState,
    Measure,
    require_following,
    row_hash,
)
from credit.models import CreditChain, CreditEntry, CreditEntryChange, Observation
from credit.rulebook import EventRule
from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.kernel.tx import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An event that is to be written.

    Attributes:
        source_key: names the cause; the same cause is written once.
        proof: what it rests on; never personal data.
    """

    department_id: int
    code: str
    source_key: str
    occurred_at: datetime
    source: EntrySource = EntrySource.FACT
    fact_id: uuid.UUID | None = None
    ticket_id: uuid.UUID | None = None
    ticket_number: str | None = None
    document: str | None = None
    proof: Mapping[str, Any] = field(default_factory=dict)
    reverses_id: uuid.UUID | None = None
    recorded_by: uuid.UUID | None = None
    second_by: uuid.UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewObservation:
    """One contribution to a rate."""

    source_key: str
    department_id: int
    ticket_id: uuid.UUID
    ticket_number: str
    hop: int
    round: int
    measure: Measure
    category: str
    k: Decimal
    n: int
    finished_at: datetime
    fact_id: uuid.UUID | None = None
    cause: str | None = None


_HASHED = (
    *("id", "department_id", "seq", "code", "severity", "points", "cap", "cap_days"),
    *("rule_version", "source", "source_key", "fact_id", "ticket_id", "ticket_number"),
    *("document", "proof", "reverses_id", "occurred_at", "recorded_at", "recorded_by", "second_by"),
)
_CHANGE_HASHED = (
    "id",
    "entry_id",
    "department_id",
    "seq",
    "state",
    "reason",
    "changed_at",
    "changed_by",
)


def entry_hash(row: CreditEntry) -> bytes:
    """Return the hash that an entry must have after the one before it."""
    return row_hash(row.previous_hash, {name: getattr(row, name) for name in _HASHED})


def change_hash(row: CreditEntryChange) -> bytes:
    """Return the hash that a change must have after the row before it."""
    return row_hash(row.previous_hash, {name: getattr(row, name) for name in _CHANGE_HASHED})


async def record_entry(tx: Transaction, new: NewEntry, rules: PublishedBook) -> CreditEntry | None:
    """Write an event, provisional until it is confirmed; return None when it is there already.

    Raises:
        UnknownEventCode: the rules know no such event.
    """
    rule = await _rule_of(tx, new, rules)
    chain = await _chain(tx, new.department_id)
    known = await tx.session.exec(
        select(CreditEntry.id).where(CreditEntry.source_key == new.source_key)
    )
    if known.first() is not None:
        return None
    recorded_at = await recording_instant(tx)
    entry = CreditEntry(
        id=uuid7(tx.now),
        department_id=new.department_id,
        seq=chain.count + 1,
        code=new.code,
        severity=rule.severity,
        points=rule.points,
        cap=rule.cap,
        cap_days=rule.cap_days,
        rule_version=rules.version,
        source=new.source,
        source_key=new.source_key,
        fact_id=new.fact_id,
        ticket_id=new.ticket_id,
        ticket_number=new.ticket_number,
        document=new.document,
        proof=dict(new.proof),
        reverses_id=new.reverses_id,
        occurred_at=new.occurred_at,
        recorded_at=recorded_at,
        recorded_by=new.recorded_by,
        second_by=new.second_by,
        previous_hash=chain.head,
        hash=b"",
    )
    entry.hash = entry_hash(entry)
    _extend(chain, entry.hash)
    tx.session.add(entry)
    await tx.session.flush()  # its first state refers to it
    await _append_change(tx, chain, entry, EntryState.PROVISIONAL, new.code, None)
    return entry


async def _rule_of(tx: Transaction, new: NewEntry, rules: PublishedBook) -> EventRule:
    """Return what an event weighs: by the rules that hold, or the opposite of what it takes back."""
    if new.reverses_id is not None:
        undone = await find_entry(tx, new.reverses_id)
        return EventRule(undone.severity, -undone.points)
    rule = rules.book.events.get(new.code)
    if rule is None:
        raise UnknownEventCode(code=new.code)
    return rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """Why and by whom an entry is taken back.

    Attributes:
        reason: a code, or a person's words.
        code: of the reversing entry; None for that of the entry itself.
        proof: what it rests on.
    """

    reason: str
    by: uuid.UUID | None = None
    second: uuid.UUID | None = None
    fact_id: uuid.UUID | None = None
    code: str | None = None
    document: str | None = None
    proof: Mapping[str, Any] = field(default_factory=dict)


async def reverse_entry(
    tx: Transaction, entry: CreditEntry, rules: PublishedBook, why: Undoing
) -> CreditEntry | None:
    """Revoke an entry and write the one that takes it back: nothing of it counts, all of it stays.

    Raises:
        EntryMoveRefused: its present state does not lead there.
    """
    decider = why.second or why.by
    await change_entry(tx, entry, EntryState.REVOKED, reason=why.reason, by=decider)
    reversal = await record_entry(
        tx,
        NewEntry(
            department_id=entry.department_id,
            code=why.code or entry.code,
            source_key=f"reversal:{entry.id}",
            occurred_at=tx.now,
            source=EntrySource.PERSON if why.by else EntrySource.FACT,
            fact_id=why.fact_id,
            ticket_id=entry.ticket_id,
            ticket_number=entry.ticket_number,
            document=why.document or entry.document,
            proof=why.proof,
            reverses_id=entry.id,
            recorded_by=why.by,
            second_by=why.second,
        ),
        rules,
    )
    if reversal is not None:
        await change_entry(tx, reversal, EntryState.IN_FORCE, reason=why.reason, by=decider)
    return reversal


async def lock_ledger(tx: Transaction, department_id: int) -> None:
    """Keep everybody else from writing into a department's ledger until the transaction ends."""
    await _chain(tx, department_id)


async def change_entry(
    tx: Transaction,
    entry: CreditEntry,
    state: EntryState,
    *,
    reason: str,
    by: uuid.UUID | None = None,
) -> None:
    """Let an entry come to another state.

    Raises:
        EntryMoveRefused: its present state does not lead there.
    """
    chain = await _chain(tx, entry.department_id)
    require_following(await state_of(tx, entry), state)
    await _append_change(tx, chain, entry, state, reason, by)


async def state_of(tx: Transaction, entry: CreditEntry) -> EntryState:
    """Return where an entry stands."""
    state = (
        await tx.session.exec(
            select(CreditEntryChange.state)
            .where(CreditEntryChange.entry_id == entry.id)
            .order_by(col(CreditEntryChange.seq).desc())
            .limit(1)
        )
    ).one()
    return EntryState(state)


async def find_entry(tx: Transaction, entry_id: uuid.UUID) -> CreditEntry:
    """Return an entry.

    Raises:
        EntryNotFound: there is none.
    """
    entry = await tx.session.get(CreditEntry, entry_id)
    if entry is None:
        raise EntryNotFound
    return entry


async def observe(tx: Transaction, observations: Sequence[NewObservation]) -> int:
    """Write contributions to rates, each cause once; return how many were new."""
    if not observations:
        return 0
    recorded_at = await recording_instant(tx)
    done = await tx.session.exec(
        insert(Observation)
        .values(
            [
                {
                    "source_key": one.source_key,
                    "fact_id": one.fact_id,
                    "department_id": one.department_id,
                    "ticket_id": one.ticket_id,
                    "ticket_number": one.ticket_number,
                    "hop": one.hop,
                    "round": one.round,
                    "measure": one.measure,
                    "category": one.category,
                    "k": one.k,
                    "n": one.n,
                    "cause": one.cause,
                    "finished_at": one.finished_at,
                    "recorded_at": recorded_at,
                }
                for one in observations
            ]
        )
        .on_conflict_do_nothing(index_elements=["source_key"])
    )
    return done.rowcount


async def _chain(tx: Transaction, department_id: int) -> CreditChain:
    """Return a department's chain, locked until the transaction ends."""
    await tx.session.exec(
        insert(CreditChain)
        .values(department_id=department_id, count=0, head=GENESIS)
        .on_conflict_do_nothing()
    )
    return (
        await tx.session.exec(
            select(CreditChain)
            .where(CreditChain.department_id == department_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).one()


async def _append_change(
    tx: Transaction,
    chain: CreditChain,
    entry: CreditEntry,
    state: EntryState,
    reason: str,
    by: uuid.UUID | None,
) -> None:
    change = CreditEntryChange(
        id=uuid7(tx.now),
        entry_id=entry.id,
        department_id=entry.department_id,
        seq=chain.count + 1,
        state=state,
        reason=reason,
        changed_at=await recording_instant(tx),
        changed_by=by,
        previous_hash=chain.head,
        hash=b"",
    )
    change.hash = change_hash(change)
    _extend(chain, change.hash)
    tx.session.add(change)
    await emit(
        tx,
        CreditEntryMoved(
            entry_id=str(entry.id),
            change_id=str(change.id),
            department_id=entry.department_id,
            code=entry.code,
            state=state.value,
        ),
    )


def _extend(chain: CreditChain, head: bytes) -> None:
    chain.count += 1
    chain.head = head
