"""Posting facts to the ledger: the events that they are, and those that they make void."""

from credit.books import PublishedBook
from credit.entries.entering import enter
from credit.entries.voiding import end_voiding, void_events
from credit.intake.events import EVENTS, VOIDING, VOIDING_ENDED
from credit.intake.facts import ToldFact
from hotline.kernel.tx import Transaction


async def post_events(tx: Transaction, fact: ToldFact, rules: PublishedBook) -> None:
    """Write what a fact means for the ledger; an event that the rules have dropped is none."""
    if events := EVENTS.get(fact.topic):
        for new in events(fact, rules.book):
            if new.code in rules.book.events:
                await enter(tx, new, rules)
    if voiding := VOIDING.get(fact.topic):
        for wanted in voiding(fact):
            await void_events(tx, wanted, fact, rules)
    if ended := VOIDING_ENDED.get(fact.topic):
        for over in ended(fact):
            await end_voiding(tx, over, fact)
