"""Taking back whatever a fact has made void, in whatever order facts are told."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from credit.bookkeeping import Undoing
from credit.books import PublishedBook
from credit.entries.entering import is_reversible, lock_matter, take_back
from credit.entries.models import TakenBack
from credit.entries.rules import TakeBack
from credit.intake.facts import ToldFact
from credit.ledger import EntrySource
from credit.models import CreditEntry
from hotline.kernel.ids import uuid7
from hotline.kernel.tx import Transaction


async def void_events(
    tx: Transaction, wanted: TakeBack, fact: ToldFact, rules: PublishedBook
) -> int:
    """Take back the events that a fact has made void, and keep it for those that are told later.

    Events that people have entered stay: it is for people to take them back.

    Returns:
        How many were taken back now.
    """
    await lock_matter(tx, wanted.ticket_id)
    until = None if wanted.is_for_good else fact.told_at
    kept = await tx.session.exec(
        insert(TakenBack)
        .values(
            id=uuid7(tx.now),
            name=wanted.name or f"{fact.id}:{wanted.reason.value}:{wanted.source_key or ''}",
            ticket_id=wanted.ticket_id,
            source_key=wanted.source_key,
            department_id=wanted.department_id,
            until=until,
            reason=wanted.reason,
            fact_id=fact.id,
            recorded_at=tx.now,
        )
        .on_conflict_do_nothing(index_elements=["name"])
    )
    if kept.rowcount == 0:  # told before, or ended before it was told
        return 0
    count = 0
    for entry in await _concerned(tx, wanted, until):
        if await is_reversible(tx, entry):
            why = Undoing(reason=wanted.reason.value, fact_id=fact.id)
            await take_back(tx, entry, rules, why)
            count += 1
    return count


async def end_voiding(tx: Transaction, wanted: TakeBack, fact: ToldFact) -> None:
    """Let a decision that made events void hold no longer, for what is told from now on."""
    await lock_matter(tx, wanted.ticket_id)
    statement = insert(TakenBack).values(
        id=uuid7(tx.now),
        name=wanted.name,
        ticket_id=wanted.ticket_id,
        reason=wanted.reason,
        fact_id=fact.id,
        recorded_at=tx.now,
        ended_at=tx.now,
    )
    await tx.session.exec(
        statement.on_conflict_do_update(index_elements=["name"], set_={"ended_at": tx.now})
    )


async def _concerned(
    tx: Transaction, wanted: TakeBack, until: datetime | None
) -> list[CreditEntry]:
    conditions: list[sa.ColumnElement[bool]] = [
        col(CreditEntry.ticket_id) == wanted.ticket_id,
        col(CreditEntry.source) == EntrySource.FACT,
        col(CreditEntry.reverses_id).is_(None),
    ]
    if wanted.source_key is not None:
        conditions.append(col(CreditEntry.source_key) == wanted.source_key)
    if wanted.department_id is not None:
        conditions.append(col(CreditEntry.department_id) == wanted.department_id)
    if until is not None:
        conditions.append(col(CreditEntry.occurred_at) <= until)
    found = await tx.session.exec(
        select(CreditEntry)
        .where(*conditions)
        .order_by(col(CreditEntry.department_id), col(CreditEntry.seq))  # chains in one order
    )
    return list(found.all())
