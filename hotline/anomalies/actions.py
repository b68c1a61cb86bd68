"""Looking through a day, and what people make of what was found."""

import asyncio
import uuid
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from hotline.anomalies.cards import lock_card
from hotline.anomalies.errors import CardDecided
from hotline.anomalies.events import AnomalyDecided
from hotline.anomalies.models import AnomalyCard, AnomalyScan, AnomalyTicket
from hotline.anomalies.queries import (
    Span,
    likenesses,
    read_finishes,
    read_handovers,
    read_other_replies,
    read_ratings,
    read_reclassified,
    read_results,
    read_returns,
    read_withdrawals,
)
from hotline.anomalies.rules import (
    FOLLOWING,
    CardState,
    Found,
    find_back_again,
    find_bulk,
    find_copied,
    find_last_minute,
    find_made_consult,
    find_no_contact,
    find_one_source,
    find_over_peers,
    find_own_visits,
    find_ping_pong,
    find_quick,
    find_self_raised,
    find_unrelated,
    find_withdrawn,
)
from hotline.anomalies.unit_queries import read_own_visits, read_respites, read_self_raised
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.kernel.tx import Transaction
from hotline.people.permissions import Permission
from hotline.people.principal import Tx

MOST_DAYS = 31
"""How far back a nightly look makes good what was missed."""


async def look_through(tx: Transaction, day: date) -> list[Found]:
    """Return everything odd about a day, in a fixed number of statements; nothing is written."""
    span, session = Span.of(day), tx.session
    results, replies = await read_results(session, span)
    others = await read_other_replies(session, span, {reply.department_id for reply in replies})
    pairs = await asyncio.to_thread(likenesses, replies, others)
    today = [one for one in results if span.holds(one.submitted_at)]
    return [
        *(
            found
            for one in results
            for found in find_no_contact([one], one.submitted_at.astimezone(SHANGHAI).date())
        ),
        *find_copied(pairs, day),
        *find_unrelated(today, day),
        *find_quick(today, day),
        *find_bulk(today, day),
        *find_last_minute(await read_finishes(session, span), day),
        *find_back_again(await read_returns(session, span), day),
        *find_one_source(await read_ratings(session, span), day),
        *find_ping_pong(await read_handovers(session, span), day),
        *find_withdrawn(await read_withdrawals(session, span), day),
        *find_made_consult(await read_reclassified(session, span), day),
        *find_own_visits(await read_own_visits(session, span), day),
        *find_over_peers(await read_respites(session, span), day),
        *find_self_raised(await read_self_raised(session, span, tx.cipher), day),
    ]


async def scan_day(tx: Transaction, day: date) -> int:
    """Look through a day and write a card for whatever has none yet; return how many are new."""
    found = {(one.kind, one.subject, one.day): one for one in await look_through(tx, day)}
    new = await _write(tx, list(found.values()))
    done = {"scanned_at": tx.now, "found_count": len(found)}
    await tx.session.exec(
        insert(AnomalyScan)
        .values(day=day, **done)
        .on_conflict_do_update(index_elements=["day"], set_=done)
    )
    return new


async def _write(tx: Transaction, found: Sequence[Found]) -> int:
    if not found:
        return 0
    ids = {uuid7(tx.now): one for one in found}
    written = await tx.session.exec(
        insert(AnomalyCard)
        .values(
            [
                {
                    "id": card_id,
                    "kind": one.kind,
                    "subject": one.subject,
                    "day": one.day,
                    "department_id": one.department_id,
                    "figures": dict(one.figures),
                    "found_at": tx.now,
                    "state": CardState.OPEN,
                }
                for card_id, one in ids.items()
            ]
        )
        .on_conflict_do_nothing(index_elements=["kind", "subject", "day"])
        .returning(col(AnomalyCard.id))
    )
    new = [row[0] for row in written]
    rows = [
        {"card_id": card_id, "ticket_id": ticket}
        for card_id in new
        for ticket in ids[card_id].tickets
    ]
    if rows:
        await tx.session.exec(insert(AnomalyTicket).values(rows).on_conflict_do_nothing())
    return len(new)


def days_from(since: date, until: date) -> Iterator[date]:
    """Return the days from one to another, both included."""
    for n in range((until - since).days + 1):
        yield since + timedelta(days=n)


async def scan_due(session_maker: SessionMaker, cipher: FieldCipher, now: datetime) -> int:
    """Look through every day that is over and was not looked through; return how many cards are new.

    Each day is a transaction of its own. What was missed longer than a month ago is left.
    """
    yesterday = now.astimezone(SHANGHAI).date() - timedelta(days=1)
    earliest = yesterday - timedelta(days=MOST_DAYS - 1)
    async with session_maker() as session:
        last = (
            await session.exec(
                select(col(AnomalyScan.day)).order_by(col(AnomalyScan.day).desc()).limit(1)
            )
        ).first()
    since = max(earliest, last + timedelta(days=1)) if last else earliest
    return sum(
        [
            await scan_in_own_transaction(session_maker, cipher, now, day)
            for day in days_from(since, yesterday)
        ]
    )


async def scan_in_own_transaction(
    session_maker: SessionMaker, cipher: FieldCipher, now: datetime, day: date
) -> int:
    """Look through a day in a transaction of its own; return how many cards are new."""
    async with session_maker() as session, session.begin():
        tx = Transaction(session, now, cipher, f"anomalies:{day.isoformat()}")
        return await scan_day(tx, day)


# -- what people make of it ------------------------------------------------------------------------


async def look_into_card(tx: Tx, card_id: uuid.UUID) -> AnomalyCard:
    """Say that somebody looks into a card.

    Raises:
        CardNotFound: there is none for the actor.
        CardDecided: somebody was faster.
    """
    card = await _moving(tx, card_id, CardState.LOOKED_INTO)
    card.state = CardState.LOOKED_INTO
    card.looked_by, card.looked_at = tx.actor.user_id, tx.now
    return card


async def decide_card(tx: Tx, card_id: uuid.UUID, *, founded: bool, words: str) -> AnomalyCard:
    """Say whether what looks odd is so, and why. Nobody's score changes by it.

    Raises:
        CardNotFound: there is none for the actor.
        CardDecided: it was decided already.
    """
    state = CardState.FOUNDED if founded else CardState.UNFOUNDED
    card = await _moving(tx, card_id, state)
    card.state, card.words = state, words
    card.decided_by, card.decided_at = tx.actor.user_id, tx.now
    if card.looked_at is None:
        card.looked_by, card.looked_at = tx.actor.user_id, tx.now
    await emit(
        tx,
        AnomalyDecided(
            card_id=str(card.id),
            kind=card.kind.value,
            department_id=card.department_id,
            state=state.value,
            by_user_id=str(tx.actor.user_id) if tx.actor.user_id else None,
        ),
    )
    return card


async def _moving(tx: Tx, card_id: uuid.UUID, state: CardState) -> AnomalyCard:
    tx.actor.require(Permission.JUDGE_ANOMALIES)
    card = await lock_card(tx.session, tx.actor, card_id)
    if state not in FOLLOWING.get(card.state, frozenset()):
        raise CardDecided(state=card.state)
    return card
