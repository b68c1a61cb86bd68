"""What would change if an appeal was upheld, for the live score and every frozen period it touches."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.appeals.effects import Effect, given_by, without_entry, without_tickets
from credit.appeals.figures import counted
from credit.appeals.models import CreditAppeal
from credit.books import book_of_version
from credit.ledger import Entry, EntryState
from credit.models import CreditEntry, CreditEntryChange, LiveScore
from credit.period_models import CreditPeriod, PeriodRevision, PeriodScore
from credit.periods import PeriodKind
from credit.rulebook import RuleBook
from credit.scoring import entries_as_of
from credit.statistics import NOTHING, Rate
from hotline.kernel.clock import SHANGHAI

_TICK = timedelta(microseconds=1)


async def effects_of(
    session: AsyncSession, appeal: CreditAppeal, now: datetime
) -> Sequence[Effect]:
    """Return what an appeal means for the department's scores, the live one first, then by time.

    A year sums up its quarters and is left out.
    """
    if appeal.entry_id is not None:
        entry = await session.get_one(CreditEntry, appeal.entry_id)
        return [
            *await _live(session, entry, now),
            *await _frozen(session, entry),
        ]
    return await _figure(session, appeal)


async def _live(session: AsyncSession, entry: CreditEntry, now: datetime) -> Sequence[Effect]:
    row = (
        await session.exec(
            select(LiveScore)
            .where(LiveScore.department_id == entry.department_id)
            .order_by(col(LiveScore.day).desc())
            .limit(1)
        )
    ).first()
    if row is None:
        return ()
    entries = (await entries_as_of(session, now))[entry.department_id]
    today = now.astimezone(SHANGHAI).date()
    if all(one.id != entry.id for one in entries):
        # It never came into force: refused, it would from now on.
        entries = [
            *entries,
            Entry(
                *(entry.id, entry.code, entry.severity, entry.points, today),
                cap=entry.cap,
                cap_days=entry.cap_days,
            ),
        ]
    book = (await book_of_version(session, row.rule_version)).book
    made = without_entry(given_by(row.explanation, entries, today), entry.id, book)
    return [] if made is None else [Effect(None, False, *made)]


async def _frozen(session: AsyncSession, entry: CreditEntry) -> Sequence[Effect]:
    since = (
        await session.exec(
            select(CreditEntryChange.changed_at)
            .where(
                CreditEntryChange.entry_id == entry.id,
                CreditEntryChange.state == EntryState.IN_FORCE,
            )
            .order_by(col(CreditEntryChange.seq))
            .limit(1)
        )
    ).first()
    if since is None:
        return ()
    periods = await session.exec(
        select(CreditPeriod)
        .where(col(CreditPeriod.until) > since, CreditPeriod.kind != PeriodKind.YEAR)
        .order_by(col(CreditPeriod.until), col(CreditPeriod.key))
    )
    found = []
    for period in periods.all():
        made = await _period(session, period, entry.department_id)
        if made is None:
            continue
        row, entries, book = made
        day = (period.until - _TICK).astimezone(SHANGHAI).date()
        scores = without_entry(given_by(row.explanation, entries, day), entry.id, book)
        if scores is not None:
            found.append(Effect(period.key, period.published_revision is not None, *scores))
    return found


async def _figure(session: AsyncSession, appeal: CreditAppeal) -> Sequence[Effect]:
    if appeal.period is None or appeal.indicator is None:
        return ()
    period = await session.get_one(CreditPeriod, appeal.period)
    made = await _period(session, period, appeal.department_id)
    if made is None:
        return ()
    row, entries, book = made
    tickets = await counted(session, period, appeal.department_id, appeal.indicator, appeal.tickets)
    taken = sum((Rate(one.k, one.n) for one in tickets), NOTHING)
    day = (period.until - _TICK).astimezone(SHANGHAI).date()
    given = given_by(row.explanation, entries, day)
    scores = without_tickets(given, appeal.indicator, taken, book)
    if scores is None:
        return ()
    return [Effect(period.key, period.published_revision is not None, *scores)]


async def _period(
    session: AsyncSession, period: CreditPeriod, department_id: int
) -> tuple[PeriodScore, Sequence[Entry], RuleBook] | None:
    """Return a department's row of a period with its ledger of the last day and the rules."""
    place = (period.key, period.revision)
    row = await session.get(PeriodScore, (*place, department_id))
    if row is None:
        return None
    revision = await session.get_one(PeriodRevision, place)
    entries = await entries_as_of(session, revision.as_of, period.until - _TICK)
    book = (await book_of_version(session, revision.rule_version)).book
    return row, entries[department_id], book
