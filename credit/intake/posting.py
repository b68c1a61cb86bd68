"""Posting facts: told at least once, kept once, counted exactly once.

What a fact means is said by pure functions: `credit.intake.rates` which contributions all the facts of a
ticket make together, `EVENTS` by topic which events one fact is. A fact that nobody knows of is not kept.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

import sqlalchemy as sa

from credit.bookkeeping import NewEntry, record_entry
from credit.books import BookShelf, open_shelf
from credit.intake.facts import KeptFact, ToldFact
from credit.intake.rates import KINDS, after, contributions, corrections, read_fact
from credit.intake.writing import (
    Row,
    by_ticket,
    keep_facts,
    last_recorded,
    read_histories,
    read_standings,
    write_rows,
)
from credit.knowledge import recording_instant
from credit.rulebook import RuleBook
from hotline.kernel.facts import Fact
from hotline.kernel.ids import uuid7
from hotline.kernel.tx import Transaction

__all__ = ["EVENTS", "RATES", "ToldFact", "post_fact", "post_facts", "tell_credit", "topics"]

Events = Callable[[ToldFact, RuleBook], Sequence[NewEntry]]

RATES: Mapping[str, type[Fact]] = KINDS
EVENTS: Mapping[str, Events] = MappingProxyType({})

_ONE_TICKET = sa.text(
    "SELECT pg_advisory_xact_lock_shared(hashtext('credit_posting')), "
    "pg_advisory_xact_lock(hashtext('credit_posting'), hashtext(:ticket))"
)
_ALL_TICKETS = sa.text("SELECT pg_advisory_xact_lock(hashtext('credit_posting'))")


def topics() -> frozenset[str]:
    """Return what credit wants to be told of."""
    return frozenset({*RATES, *EVENTS})


async def post_fact(tx: Transaction, fact: ToldFact) -> bool:
    """Keep a fact and count it; return False when it was there already.

    Facts of one ticket are counted one after the other, each with all that were known before: so it does
    not matter in which order they come.
    """
    new, _ = await _post(tx, [KeptFact(fact, await _recorded_at(tx, fact))])
    return new == 1


async def tell_credit(tx: Transaction, fact: Fact) -> datetime | None:
    """Post a fact that credit itself tells, in its own transaction.

    Returns:
        The earliest instant into whose window something falls that counts otherwise now.
    """
    told = ToldFact(uuid7(tx.now), fact.topic, fact.payload(), tx.now)
    _, rows = await _post(tx, [KeptFact(told, await _recorded_at(tx, told))])
    return min((row.contribution.finished_at for row, _ in rows), default=None)


async def _recorded_at(tx: Transaction, fact: ToldFact) -> datetime:
    """Return since when a fact will be known; nobody else posts of its ticket meanwhile."""
    if fact.ticket_id is None:
        return await recording_instant(tx)
    await tx.session.exec(_ONE_TICKET, params={"ticket": str(fact.ticket_id)})  # type: ignore[call-overload]
    known = await recording_instant(tx)
    # Whoever began earlier and waited here knows what was written meanwhile.
    return max(known, await last_recorded(tx.session, fact.ticket_id) or known)


async def post_facts(tx: Transaction, facts: Sequence[KeptFact]) -> int:
    """Keep and count many facts, each as of when it became known; return how many were new.

    For making the ledger again from the facts: the same facts in the same order give the same rows.
    Nobody else posts meanwhile.

    Args:
        tx: the transaction.
        facts: in the order in which they became known.
    """
    await tx.session.exec(_ALL_TICKETS)  # type: ignore[call-overload]
    new, _ = await _post(tx, facts)
    return new


async def _post(tx: Transaction, facts: Sequence[KeptFact]) -> tuple[int, Sequence[Row]]:
    new = await keep_facts(tx.session, facts)
    if not new:
        return 0, ()
    shelf = await open_shelf(tx.session)
    rows = await _counted(tx, new, shelf)
    await write_rows(tx.session, rows)
    for one in new:
        if events := EVENTS.get(one.told.topic):
            rules = shelf.at(one.recorded_at)
            acting = dataclasses.replace(tx, now=one.recorded_at)
            for entry in events(one.told, rules.book):
                await record_entry(acting, entry, rules)
    return len(new), rows


async def _counted(tx: Transaction, new: Sequence[KeptFact], shelf: BookShelf) -> Sequence[Row]:
    """Return the rows that new facts lead to, each ticket's own in the order of its facts."""
    tickets = by_ticket(new)
    if not tickets:
        return ()
    ids = {one.told.id for facts in tickets.values() for one in facts}
    histories = await read_histories(tx.session, tickets)
    standings = await read_standings(tx.session, tickets)
    rows: list[Row] = []
    for ticket_id, facts in tickets.items():
        known = [read for read, _ in histories[ticket_id] if read.id not in ids]
        standing = standings.get(ticket_id, {})
        for one in facts:
            known.append(read_fact(one.told))
            wanted = contributions(known, shelf.rating_values)
            made = corrections(standing, wanted, one.told.id)
            standing = after(standing, made)
            rows += [(row, one.recorded_at) for row in made]
    return rows
