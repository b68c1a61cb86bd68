"""Posting facts: told at least once, kept once, counted exactly once.

What a fact means is said by pure functions, by topic: `RATES` which contributions to rates, and in
`credit.intake.events` which events it is and which it makes void. A fact that nobody knows of is not
kept.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from sqlalchemy.dialects.postgresql import insert

from credit.bookkeeping import NewObservation, observe
from credit.books import book_at
from credit.entries.posting import post_events
from credit.intake.facts import ToldFact
from credit.models import CreditFact
from credit.rulebook import RuleBook
from hotline.kernel.tx import Transaction

Rates = Callable[[ToldFact, RuleBook], Sequence[NewObservation]]

RATES: Mapping[str, Rates] = MappingProxyType({})


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
    await post_events(tx, fact, rules)
    return True
