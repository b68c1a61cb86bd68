"""What a season's figures offer: complaints that are down because somebody acted before they came.

A quarter is held against the same one of the year before. Nothing is entered by it: a drop is offered
as a proposal, and a person looks whether anything was done to bring it about.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from credit.books import PublishedBook, book_at
from credit.entries.models import Proposal, SeasonOffer
from credit.entries.rules import ProposalKind, ProposalState, has_fallen
from credit.periods import Period
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import uuid7
from hotline.kernel.tx import Transaction
from hotline.people.queries import departments_by_id
from hotline.tickets.volumes import volumes_between

PROACTIVE = "proactive_fix"


@dataclass(frozen=True, slots=True)
class _Drop:
    """What became of one category of one department."""

    department_id: int
    category: str
    before: int
    now: int


async def offer_due(session_maker: SessionMaker, cipher: FieldCipher, now: datetime) -> int:
    """Look at the quarter that has ended, once however often it is asked; return how many offers."""
    quarter = Period.month_of(now).around[0].before
    async with session_maker() as session, session.begin():
        if await session.get(SeasonOffer, str(quarter)) is not None:
            return 0
        tx = Transaction(session, now, cipher, f"credit-season:{quarter}")
        return await offer_quarter(tx, quarter) or 0


async def offer_quarter(tx: Transaction, quarter: Period) -> int | None:
    """Offer what a quarter's figures say and return how many; None when it was done before."""
    rules = await book_at(tx.session, tx.now)
    drops = await _drops(tx, quarter, rules)
    claimed = await tx.session.exec(
        insert(SeasonOffer)
        .values(quarter=str(quarter), offered_at=tx.now, offered_count=len(drops))
        .on_conflict_do_nothing()
        .returning(col(SeasonOffer.quarter))
    )
    if claimed.first() is None:
        return None
    year_before = _year_before(quarter)
    tx.session.add_all(
        Proposal(
            id=uuid7(tx.now),
            source_key=f"season:{quarter}:{drop.department_id}:{drop.category}",
            kind=ProposalKind.ENTRY,
            state=ProposalState.WAITING,
            department_id=drop.department_id,
            code=PROACTIVE,
            document=f"{quarter} {drop.category}",
            finding=f"{drop.category}: {drop.before} → {drop.now}",
            evidence=[f"{year_before}: {drop.before}", f"{quarter}: {drop.now}"],
            happened_on=(quarter.until - timedelta(seconds=1)).astimezone(SHANGHAI).date(),
            proposed_at=tx.now,
        )
        for drop in drops
    )
    return len(drops)


async def _drops(tx: Transaction, quarter: Period, rules: PublishedBook) -> list[_Drop]:
    if PROACTIVE not in rules.book.events:
        return []
    season = _year_before(quarter)
    before = await volumes_between(tx.session, season.since, season.until)
    now = await volumes_between(tx.session, quarter.since, quarter.until)
    units = await departments_by_id(tx.session, {unit for unit, _ in before})
    return [
        _Drop(unit, category, count, now.get((unit, category), 0))
        for (unit, category), count in sorted(before.items())
        # A department that is closed, or that nobody brought anything, has not prevented it.
        if units[unit].is_active
        and any(key[0] == unit for key in now)
        and has_fallen(
            count,
            now.get((unit, category), 0),
            least=rules.book.season_least,
            drop=rules.book.season_drop,
        )
    ]


def _year_before(quarter: Period) -> Period:
    return Period(quarter.kind, quarter.year - 1, quarter.nth)
