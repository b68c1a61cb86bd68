"""Making the rates again from the facts, and holding them against what stands: as of every instant."""

import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.books import open_shelf
from credit.intake.rates import (
    KINDS,
    Contribution,
    Correction,
    RatingValues,
    Read,
    after,
    contributions,
)
from credit.intake.writing import Row, read_histories, read_rows
from hotline.kernel.facts import Fact

PAGE = 1000

_TICKETS = sa.text(
    "SELECT ticket_id FROM ((SELECT DISTINCT ticket_id FROM credit_facts "
    "WHERE ticket_id > :after AND topic = ANY(CAST(:topics AS text[])) ORDER BY ticket_id LIMIT :page) "
    "UNION (SELECT DISTINCT ticket_id FROM credit_observations WHERE ticket_id > :after "
    "ORDER BY ticket_id LIMIT :page)) AS tickets ORDER BY ticket_id LIMIT :page"
)
_LATEST = sa.text(
    "SELECT DISTINCT ticket_id FROM (SELECT ticket_id FROM credit_facts "
    "WHERE ticket_id IS NOT NULL AND topic = ANY(CAST(:topics AS text[])) "
    "ORDER BY recorded_at DESC, id DESC LIMIT :page) AS latest"
)
_UNBACKED = sa.text(
    "SELECT ticket_number, source_key, recorded_at FROM credit_observations "
    "WHERE source_key NOT LIKE '%#%' ORDER BY id LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class RateFault:
    """Where what stands does not follow from the facts.

    Attributes:
        ticket_number: of which ticket.
        key: the name of what happened.
        recorded_at: from which instant on.
        said: what is wrong.
    """

    ticket_number: str
    key: str
    recorded_at: datetime
    said: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One page of tickets that were looked at.

    Attributes:
        facts: how many facts stand behind them.
        faults: the first of each ticket.
    """

    tickets: int
    facts: int
    faults: Sequence[RateFault]


async def verify_rates(session: AsyncSession) -> AsyncIterator[Compared]:
    """Make the rates of every ticket again and compare them, as of each instant at which they changed."""
    unbacked = (await session.exec(_UNBACKED)).first()  # type: ignore[call-overload]
    if unbacked is not None:
        number, key, recorded_at = unbacked
        yield Compared(0, 0, [RateFault(number, key, recorded_at, "no fact stands behind it")])
    last = uuid.UUID(int=0)
    while True:
        rows = await session.exec(  # type: ignore[call-overload]
            _TICKETS, params={"after": last, "topics": list(KINDS), "page": PAGE}
        )
        tickets = [ticket_id for (ticket_id,) in rows]
        if not tickets:
            return
        yield await compare(session, tickets)
        last = tickets[-1]


async def verify_latest(session: AsyncSession, count: int) -> Compared:
    """Do the same for the tickets of the facts that came last."""
    rows = await session.exec(_LATEST, params={"topics": list(KINDS), "page": count})  # type: ignore[call-overload]
    return await compare(session, [ticket_id for (ticket_id,) in rows])


async def compare(session: AsyncSession, tickets: Collection[uuid.UUID]) -> Compared:
    """Compare some tickets."""
    if not tickets:
        return Compared(0, 0, ())
    shelf = await open_shelf(session)
    histories = await read_histories(session, tickets)
    rows = await read_rows(session, tickets)
    faults = []
    for ticket_id in tickets:
        fault = first_fault(
            histories.get(ticket_id, ()), rows.get(ticket_id, ()), shelf.rating_values
        )
        if fault is not None:
            faults.append(fault)
    return Compared(len(tickets), sum(map(len, histories.values())), faults)


def first_fault(
    history: Sequence[tuple[Read[Fact], datetime]], rows: Sequence[Row], values: RatingValues
) -> RateFault | None:
    """Return where a ticket's rows leave what follows from its facts; None where they never do.

    Args:
        history: its facts, each with the instant at which it became known.
        rows: its observations, likewise.
        values: what ratings are worth.
    """
    learnt: defaultdict[datetime, list[Read[Fact]]] = defaultdict(list)
    for read, at in history:
        learnt[at].append(read)
    written: defaultdict[datetime, list[Correction]] = defaultdict(list)
    for row, at in rows:
        written[at].append(row)
    known: list[Read[Fact]] = []
    done: list[Correction] = []
    for at in sorted({*learnt, *written}):
        known += learnt[at]
        done += sorted(written[at], key=lambda row: row.nth)
        fault = _difference(contributions(known, values), done)
        if fault is not None:
            key, number, said = fault
            return RateFault(number, key, at, said)
    return None


def _difference(
    wanted: Mapping[str, Contribution], rows: Sequence[Correction]
) -> tuple[str, str, str] | None:
    """Return the first name at which rows do not come to what is wanted, the ticket, and why."""
    present, sums = after({}, rows), _sums(rows)
    for key in sorted({*wanted, *present}):
        target, standing = wanted.get(key), present.get(key)
        if target is None:
            if standing is not None and standing.contribution.n:
                return key, standing.contribution.ticket_number, "it counts, and nothing says so"
            continue
        if standing is None:
            return key, target.ticket_number, "it is missing"
        if _plain(standing.contribution) != _plain(target):
            return key, target.ticket_number, "it does not follow from the facts"
        counted = {_place(target): (target.k, target.n)} if target.n else {}
        if sums[key] != counted:
            return key, target.ticket_number, "its rows do not add up"
    return None


_Place = tuple[object, ...]


def _sums(rows: Sequence[Correction]) -> Mapping[str, dict[_Place, tuple[Decimal, int]]]:
    """Return what the rows of each name add up to, where that is not nothing."""
    sums: defaultdict[str, defaultdict[_Place, tuple[Decimal, int]]]
    sums = defaultdict(lambda: defaultdict(lambda: (Decimal(0), 0)))
    for row in rows:
        one, place = row.contribution, _place(row.contribution)
        k, n = sums[row.key][place]
        sums[row.key][place] = (k + one.k, n + one.n)
    found: defaultdict[str, dict[_Place, tuple[Decimal, int]]] = defaultdict(dict)
    for key, places in sums.items():
        found[key] = {place: both for place, both in places.items() if any(both)}
    return found


def _place(one: Contribution) -> _Place:
    return (one.department_id, one.measure, one.category, one.hop, one.round, one.finished_at)


def _plain(one: Contribution) -> Contribution:
    return replace(one, fact_id=None)
