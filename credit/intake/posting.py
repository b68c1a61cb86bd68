"""Posting facts: told at least once, kept once, counted exactly once.

What a fact means is said by pure functions, by topic: `RATES` which contributions to rates, `EVENTS`
which events. A fact that nobody knows of is not kept.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from credit.bookkeeping import NewEntry, NewObservation, observe, record_entry
from credit.books import book_at
from credit.models import CreditFact
from credit.rulebook import RuleBook
from hotline.kernel.tx import Transaction


@dataclass(frozen=True, slots=True)
class ToldFact:
    """A fact as it was told.

    Attributes:
        id: of the message; the same fact told again has the same.
        told_at: when it happened as far as the teller knew.
    """

    id: uuid.UUID
    topic: str
    payload: Mapping[str, Any]
    told_at: datetime


Rates = Callable[[ToldFact, RuleBook], Sequence[NewObservation]]
Events = Callable[[ToldFact, RuleBook], Sequence[NewEntry]]

RATES: Mapping[str, Rates] = MappingProxyType({})
EVENTS: Mapping[str, Events] = MappingProxyType({})


async def post_fact(tx: Transaction, fact: ToldFact) -> bool:
    """Keep a fact and count it; return False when it was there already."""
    kept = await tx.session.exec(
        insert(CreditFact)
        .values(id=fact.id, topic=fact.topic, payload=dict(fact.payload), recorded_at=tx.now)
        .on_conflict_do_nothing(index_elements=["id"])
    )
    if kept.rowcount == 0:
        return False
    rules = await book_at(tx.session, tx.now)
    if rates := RATES.get(fact.topic):
        await observe(tx, rates(fact, rules.book))
    if events := EVENTS.get(fact.topic):
        for entry in events(fact, rules.book):
            await record_entry(tx, entry, rules)
    return True
