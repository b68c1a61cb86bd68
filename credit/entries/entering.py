"""Entering events with all that belongs to it: the term, the notice, and what made them void before.

Whatever enters an event goes through `enter`, whatever takes one back through `take_back`: the chain
is written by `credit.bookkeeping`, and by nobody else.
"""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select, update

from credit.bookkeeping import (
    NewEntry,
    Undoing,
    change_entry,
    lock_ledger,
    record_entry,
    reverse_entry,
    state_of,
)
from credit.books import PublishedBook
from credit.entries.models import EntryTerm, TakenBack
from credit.entries.rules import ChangeReason, needs_two
from credit.errors import EntryMoveRefused
from credit.ledger import EntrySource, EntryState
from credit.models import CreditEntry, CreditEntryChange
from credit.recalculating import outdate_frozen
from hotline.kernel.tx import Transaction
from hotline.notices.writing import NewNotice, write_notices
from hotline.people.permissions import Role
from hotline.people.queries import user_ids_with_role
from hotline.sla.policy import CalendarCode
from hotline.workdays.book import CALENDARS

EVENT_ENTERED, EVENT_TAKEN_BACK = "credit_event", "credit_event_taken_back"
"""Kinds of the notices to a department's leaders."""

_NOTICES = uuid.UUID("b2d0c1a3-0210-5000-8000-000000000000")
_MICROSECONDS = 1_000_000


async def enter(tx: Transaction, new: NewEntry, rules: PublishedBook) -> CreditEntry | None:
    """Write an event, tell the department's leaders, and set when it comes into force.

    What two persons of an independent check have found comes into force at once; whatever else waits
    for its term. What a fact has made void already is written and taken back in one go.

    Returns:
        None when it is there already.

    Raises:
        UnknownEventCode: the rules know no such event.
    """
    void = None
    if new.source is EntrySource.FACT and new.ticket_id is not None:
        await lock_matter(tx, new.ticket_id)
        void = await _made_void(tx, new)
    entry = await record_entry(tx, new, rules)
    if entry is None:
        return None
    if void is not None:
        await take_back(
            tx, entry, rules, Undoing(reason=void.reason.value, fact_id=void.fact_id), is_told=False
        )
        return entry
    await tell_leaders(tx, entry, EVENT_ENTERED)
    if new.second_by is not None and needs_two(rules.book.events[new.code]):
        reason = ChangeReason.SECOND_PERSON.value
        await change_entry(tx, entry, EntryState.IN_FORCE, reason=reason, by=new.second_by)
        return entry
    await _set_term(tx, entry, rules)
    return entry


async def bring_into_force(
    tx: Transaction, entry: CreditEntry, reason: ChangeReason, by: uuid.UUID | None = None
) -> None:
    """Let a provisional entry count.

    Raises:
        EntryMoveRefused: it does not wait for this, or was objected to: that is for others to decide.
    """
    await lock_ledger(tx, entry.department_id)
    state = await state_of(tx, entry)
    if state is not EntryState.PROVISIONAL:
        raise EntryMoveRefused(state=state, following=EntryState.IN_FORCE)
    await change_entry(tx, entry, EntryState.IN_FORCE, reason=reason.value, by=by)
    await settle_term(tx, entry.id)


async def take_back(
    tx: Transaction,
    entry: CreditEntry,
    rules: PublishedBook,
    why: Undoing,
    *,
    is_told: bool = True,
) -> CreditEntry | None:
    """Revoke an entry and write the one that takes it back; nothing is ever erased.

    Raises:
        EntryMoveRefused: its present state does not lead there.
    """
    counted_since = await _counted_since(tx, entry)
    reversal = await reverse_entry(tx, entry, rules, why)
    await settle_term(tx, entry.id)
    if is_told:
        await tell_leaders(tx, entry, EVENT_TAKEN_BACK)
    if counted_since is not None:
        await outdate_frozen(tx, entry.id, counted_since, reason=f"{entry.code} {entry.id}")
    return reversal


async def settle_term(tx: Transaction, entry_id: uuid.UUID) -> None:
    """Let an entry wait for nothing any more."""
    await tx.session.exec(
        update(EntryTerm)
        .where(col(EntryTerm.entry_id) == entry_id, col(EntryTerm.settled_at).is_(None))
        .values(settled_at=tx.now)
        .execution_options(synchronize_session=False)
    )


async def lock_matter(tx: Transaction, ticket_id: uuid.UUID) -> None:
    """Keep an event of a ticket and what makes it void from passing each other unseen."""
    await tx.session.exec(  # type: ignore[call-overload]
        sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 12345))"),
        params={"key": f"credit:{ticket_id}"},
    )


async def is_reversible(tx: Transaction, entry: CreditEntry) -> bool:
    """Tell whether there is something about an entry that can still be taken back."""
    return entry.reverses_id is None and await state_of(tx, entry) in REVERSIBLE


REVERSIBLE = frozenset({EntryState.PROVISIONAL, EntryState.IN_FORCE, EntryState.OBJECTED})
"""States from which an entry can be revoked."""


async def _made_void(tx: Transaction, new: NewEntry) -> TakenBack | None:
    return (
        await tx.session.exec(
            select(TakenBack)
            .where(
                TakenBack.ticket_id == new.ticket_id,
                col(TakenBack.ended_at).is_(None),
                sa.or_(
                    col(TakenBack.source_key).is_(None),
                    col(TakenBack.source_key) == new.source_key,
                ),
                sa.or_(
                    col(TakenBack.department_id).is_(None),
                    col(TakenBack.department_id) == new.department_id,
                ),
                sa.or_(col(TakenBack.until).is_(None), col(TakenBack.until) >= new.occurred_at),
            )
            .order_by(col(TakenBack.recorded_at), col(TakenBack.id))
            .limit(1)
        )
    ).first()


async def _set_term(tx: Transaction, entry: CreditEntry, rules: PublishedBook) -> None:
    working = (await CALENDARS.in_force(tx.session))[CalendarCode.WORKING]
    span = rules.book.confirm_days * working.day_seconds * _MICROSECONDS
    tx.session.add(EntryTerm(entry_id=entry.id, confirm_by=working.add(tx.now, span)))


async def tell_leaders(tx: Transaction, entry: CreditEntry, kind: str) -> None:
    """Write the leaders of a department a notice about an entry, once for each kind."""
    leaders = await user_ids_with_role(tx.session, Role.LEADER, entry.department_id)
    await write_notices(
        tx,
        [
            NewNotice(
                user_id=leader,
                # By the cause and not by the entry: a ledger that is made anew tells nobody again.
                fact_id=uuid.uuid5(_NOTICES, f"{kind}:{entry.source_key}"),
                kind=kind,
                ticket_number=entry.ticket_number,
                params={"entry": str(entry.id), "code": entry.code},
            )
            for leader in leaders
        ],
    )


async def _counted_since(tx: Transaction, entry: CreditEntry) -> datetime | None:
    return (
        await tx.session.exec(
            select(sa.func.min(col(CreditEntryChange.changed_at))).where(
                col(CreditEntryChange.entry_id) == entry.id,
                col(CreditEntryChange.state) == EntryState.IN_FORCE,
            )
        )
    ).one()
