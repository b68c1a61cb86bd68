"""Freezing periods, showing them, publishing them, and making another revision when something changes.

Nothing is ever changed in a revision: it is append-only. A period's row says which revision is the newest
and which is public; it is locked by whatever is done to the period.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.appeals.queries import figures_in_dispute
from credit.books import book_at, book_of_revision
from credit.knowledge import close_books, closed_books
from credit.period_errors import (
    FreezingUnderway,
    NoticeRunning,
    ObjectionsOpen,
    PeriodIsFrozen,
    PeriodMoveRefused,
    PeriodNotFrozen,
    PeriodNotOver,
    QuartersMissing,
)
from credit.period_events import PeriodFrozen, PeriodOnNotice, PeriodPublished, PeriodRevised
from credit.period_models import CreditPeriod, PeriodRevision, PeriodScore, PeriodState
from credit.periods import Period, PeriodKind
from credit.published import grades_in_force, scores_of
from credit.rulebook import Grade
from credit.scoring import Progress
from credit.snapshots import Pins, Snapshot, snapshot
from credit.survey import survey_scores
from credit.units import Unit, units_as_of
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.db import SessionMaker
from hotline.kernel.outbox import emit
from hotline.people.permissions import Permission, Role
from hotline.people.principal import PermissionDenied, Tx
from hotline.sla.policy import CalendarCode
from hotline.workdays.book import CALENDARS

_TICK = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_SECOND = 1_000_000
_ALONE = sa.text("SELECT pg_try_advisory_xact_lock(hashtext('credit_periods'))")
_IN_TURN = sa.text("SELECT pg_advisory_xact_lock(hashtext('credit_periods'))")
_LENGTHS = {PeriodKind.MONTH: 0, PeriodKind.QUARTER: 1, PeriodKind.YEAR: 2}


def may_sign(tx: Tx) -> bool:
    """Tell whether the actor may freeze periods and let them be published."""
    return Permission.SIGN_CREDIT in tx.actor.permissions or Role.SYSTEM in tx.actor.roles


def _require_signing(tx: Tx) -> None:
    if not may_sign(tx):
        raise PermissionDenied(permission=Permission.SIGN_CREDIT)


async def freeze(
    tx: Tx,
    period: Period,
    *,
    reason: str = "",
    as_of: datetime | None = None,
    progress: Progress | None = None,
) -> CreditPeriod:
    """Freeze a period that is over, as far as it is known by now and by the rules of its last day.

    Args:
        tx: the transaction: all of it stands afterwards, or nothing.
        period: a month, a quarter or a year.
        reason: kept with the revision.
        as_of: up to when everything was recorded, from `close_books` in a transaction before this one;
            None to see to it here, while nobody writes.
        progress: told how many departments are done.

    Raises:
        PermissionDenied: the actor may not freeze.
        PeriodNotOver: its last day has not passed.
        PeriodIsFrozen: it was frozen before.
        QuartersMissing: a year whose quarters are not frozen.
        FreezingUnderway: somebody else is at it.
    """
    _require_signing(tx)
    if tx.now < period.until:
        raise PeriodNotOver(period=str(period))
    if not (await tx.session.exec(_ALONE)).scalar_one():  # type: ignore[call-overload]
        raise FreezingUnderway
    if await tx.session.get(CreditPeriod, str(period)) is not None:
        raise PeriodIsFrozen(period=str(period))
    as_of = as_of or await close_books(tx)
    pins = Pins(
        period=period,
        as_of=as_of,
        # Rules that begin with the next period do not hold in this one.
        rules=await book_at(tx.session, period.until - _TICK),
        units=await units_as_of(tx.session, as_of, period.until - _TICK),
        before=await _grades_before(tx.session, period, tx.now),
        leaning=await _leaning(tx.session, period, tx.now),
        quarters=await _quarters(tx.session, period),
    )
    if period.kind is PeriodKind.YEAR:
        pins = replace(pins, surveys=await survey_scores(tx.session, period.year))
    made = await snapshot(tx.session, pins, progress)
    row = CreditPeriod(
        key=str(period),
        kind=period.kind,
        since=period.since,
        until=period.until,
        state=PeriodState.FROZEN,
        revision=1,
        frozen_at=tx.now,
    )
    tx.session.add(row)
    await tx.session.flush()  # its first revision refers to it
    await _write(tx, row, pins, made, reason)
    await emit(tx, PeriodFrozen(period=row.key, revision=row.revision))
    return row


async def begin_notice(tx: Tx, key: str) -> CreditPeriod:
    """Show a quarter or a year to the departments for the working days that the rules say.

    Days are counted from the day after: the notice ends with the last working hour of the last of them.

    Raises:
        PermissionDenied: the actor may not.
        PeriodNotFrozen: there is no such period.
        PeriodMoveRefused: a month, or one that has come further.
    """
    _require_signing(tx)
    period = await _locked(tx, key)
    if period.kind is PeriodKind.MONTH or period.state is not PeriodState.FROZEN:
        raise PeriodMoveRefused(period=key, state=period.state)
    rules = await book_at(tx.session, tx.now)
    working = (await CALENDARS.in_force(tx.session))[CalendarCode.WORKING]
    tomorrow = (tx.now.astimezone(SHANGHAI) + _DAY).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    until = working.add(tomorrow, rules.book.notice_days * working.day_seconds * _SECOND)
    period.state, period.notice_until = PeriodState.NOTICE, until
    await emit(tx, PeriodOnNotice(period=key, revision=period.revision, until=until.isoformat()))
    return period


async def publish_period(tx: Tx, key: str) -> CreditPeriod:
    """Publish a period: from now on its figures are public and its grades act.

    A month is signed off by a supervisor. A quarter or a year is published by the system when its
    notice ends, unless open objections touch it; a supervisor may publish it nevertheless: what is
    objected to is then left out, in a revision of its own.

    Raises:
        PermissionDenied: the actor may not; a month needs a person.
        PeriodNotFrozen: there is no such period.
        PeriodMoveRefused: it is published already, or was not shown to the departments.
        NoticeRunning: its notice has not ended.
        ObjectionsOpen: only a person may decide to publish it; nobody, while an objection to one of
            its figures is open.
    """
    _require_signing(tx)
    period = await _locked(tx, key)
    _require_publishable(tx, period)
    if disputed := (await figures_in_dispute(tx.session)).get(key):
        # What is objected to cannot be left out of a figure before somebody has looked at it.
        raise ObjectionsOpen(period=key, count=disputed)
    if objections := await open_objections(tx.session, period):
        if Role.SYSTEM in tx.actor.roles:
            raise ObjectionsOpen(period=key, count=objections)
        await wait_for_turn(tx)
        await _revise(tx, period, reason="published with open objections, which are left out")
    period.state, period.published_revision = PeriodState.PUBLISHED, period.revision
    period.published_at, period.published_by = tx.now, tx.actor.user_id
    await emit(
        tx,
        PeriodPublished(
            period=key,
            revision=period.revision,
            by_user_id=str(tx.actor.user_id) if tx.actor.user_id else None,
        ),
    )
    return period


def _require_publishable(tx: Tx, period: CreditPeriod) -> None:
    if period.kind is PeriodKind.MONTH:
        if Role.SYSTEM in tx.actor.roles:
            raise PermissionDenied(permission=Permission.SIGN_CREDIT)
        expected = PeriodState.FROZEN
    else:
        expected = PeriodState.NOTICE
    if period.state is not expected:
        raise PeriodMoveRefused(period=period.key, state=period.state)
    if period.notice_until is not None and tx.now < period.notice_until:
        raise NoticeRunning(period=period.key, until=period.notice_until)


@dataclass(frozen=True, slots=True)
class Change:
    """Something that frozen periods rest on counts otherwise now.

    Attributes:
        since: when what has changed happened: a ticket finished, an event came into force.
        reason: what changed; never personal data.
    """

    since: datetime
    reason: str

    def touches(self, period: CreditPeriod) -> bool:
        """Tell whether it may weigh in a period."""
        return period.until > self.since


async def wait_for_turn(tx: Tx) -> None:
    """Let nobody else freeze or calculate again before this transaction ends."""
    await tx.session.exec(_IN_TURN)  # type: ignore[call-overload]


async def recalculate(
    tx: Tx, changes: Sequence[Change], closing: SessionMaker | None = None
) -> Sequence[CreditPeriod]:
    """Make another revision of every frozen period that one of some changes touches.

    A period whose inputs are the same as before keeps its revision. The new revision of a published
    period is public at once, with its reason. It takes some seconds a period: never while somebody waits.

    Args:
        tx: the transaction.
        changes: what has changed; each revision says those that touch its period.
        closing: closes the books in a transaction of its own, where this one has written nothing that is
            counted: nobody who writes has to wait for the counting.

    Returns:
        The periods that have another revision, in the order of time.
    """
    await wait_for_turn(tx)
    # Whoever counted before in his turn closed the books before: nothing that he knew is forgotten.
    as_of = await closed_books(closing, tx.cipher, tx.now) if closing else None
    found = await tx.session.exec(
        select(CreditPeriod)
        .where(col(CreditPeriod.until) > min(one.since for one in changes))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    periods = sorted(found, key=lambda one: (one.until, _LENGTHS[one.kind]))
    return [
        one for one in periods if await _revise(tx, one, reason=_why(one, changes), as_of=as_of)
    ]


def _why(period: CreditPeriod, changes: Sequence[Change]) -> str:
    return "; ".join(dict.fromkeys(one.reason for one in changes if one.touches(period)))


async def open_objections(session: AsyncSession, period: CreditPeriod) -> int:
    """Return how many entries that weigh in a period are objected to and not decided."""
    return int((await session.exec(_OBJECTED, params={"until": period.until})).scalar_one())  # type: ignore[call-overload]


async def objections_holding_up(session: AsyncSession) -> Mapping[str, int]:
    """Return how many open objections weigh in each period that is shown to the departments."""
    entries = Counter(dict((await session.exec(_HELD_UP)).all()))  # type: ignore[call-overload]
    return entries + Counter(await figures_in_dispute(session))


_OBJECTED = sa.text(
    "SELECT count(*) FROM credit_entries e "
    "JOIN LATERAL (SELECT c.state FROM credit_entry_changes c WHERE c.entry_id = e.id "
    "ORDER BY c.seq DESC LIMIT 1) last ON last.state = 'objected' "
    "WHERE e.recorded_at < :until AND EXISTS (SELECT 1 FROM credit_entry_changes c "
    "WHERE c.entry_id = e.id AND c.state = 'in_force' AND c.changed_at < :until)"
)

_HELD_UP = sa.text(
    "SELECT p.key, count(*) FROM credit_periods p JOIN credit_entries e ON e.recorded_at < p.until "
    "JOIN LATERAL (SELECT c.state FROM credit_entry_changes c WHERE c.entry_id = e.id "
    "ORDER BY c.seq DESC LIMIT 1) last ON last.state = 'objected' "
    "WHERE p.state = 'notice' AND EXISTS (SELECT 1 FROM credit_entry_changes c "
    "WHERE c.entry_id = e.id AND c.state = 'in_force' AND c.changed_at < p.until) GROUP BY p.key"
)


async def _locked(tx: Tx, key: str) -> CreditPeriod:
    period = (
        await tx.session.exec(
            select(CreditPeriod)
            .where(CreditPeriod.key == key)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).first()
    if period is None:
        raise PeriodNotFrozen(period=key)
    return period


async def _revise(tx: Tx, row: CreditPeriod, *, reason: str, as_of: datetime | None = None) -> bool:
    """Make another revision by what is known now; tell whether there was a reason for it."""
    await tx.session.flush()  # what has changed in this transaction must be seen
    period = Period.parse(row.key)
    newest = await tx.session.get_one(PeriodRevision, (row.key, row.revision))
    frozen = await scores_of(tx.session, row.key, row.revision)
    pins = Pins(
        period=period,
        as_of=as_of or await close_books(tx),
        rules=await book_of_revision(tx.session, newest.rule_version, period.until - _TICK),
        units=[unit_of(one) for one in frozen],
        # Only what was known to be in force then can have come before.
        before=await _grades_before(tx.session, period, row.frozen_at),
        leaning=await _leaning(tx.session, period, row.frozen_at),
        quarters=await _quarters(tx.session, period),
    )
    if period.kind is PeriodKind.YEAR:
        pins = replace(pins, surveys=await survey_scores(tx.session, period.year))
    made = await snapshot(tx.session, pins)
    if made.input_digest == newest.input_digest:
        return False
    row.revision += 1
    if row.state is PeriodState.PUBLISHED:
        row.published_revision = row.revision
    await _write(tx, row, pins, made, reason)
    await emit(
        tx,
        PeriodRevised(
            period=row.key,
            revision=row.revision,
            is_published=row.state is PeriodState.PUBLISHED,
        ),
    )
    return True


async def _write(tx: Tx, row: CreditPeriod, pins: Pins, made: Snapshot, reason: str) -> None:
    tx.session.add(
        PeriodRevision(
            period=row.key,
            revision=row.revision,
            as_of=pins.as_of,
            formula=pins.rules.book.formula,
            rule_version=pins.rules.version,
            input_digest=made.input_digest,
            result_digest=made.result_digest,
            reason=reason,
            made_at=tx.now,
            made_by=tx.actor.user_id,
        )
    )
    await tx.session.flush()  # the scores refer to it
    place = {"period": row.key, "revision": row.revision}
    if made.rows:
        await tx.session.exec(
            sa.insert(PeriodScore), params=[{**place, **one} for one in made.rows]
        )


def unit_of(row: PeriodScore) -> Unit:
    """Return the department of a frozen row as it was then."""
    return Unit(
        row.department_id,
        row.department_code,
        row.department_name,
        row.department_name_en,
        row.peer_group,
        row.is_active,
    )


async def _grades_before(
    session: AsyncSession, period: Period, known_at: datetime
) -> Mapping[int, Grade]:
    """Return the grades that were in force before a period, as of an instant."""
    if period.kind is PeriodKind.YEAR:
        return {}
    in_force = await grades_in_force(
        session, until=period.until, but=str(period), known_at=known_at
    )
    return {unit: row.grade for unit, row in in_force.items() if row.grade}


async def _leaning(
    session: AsyncSession, period: Period, known_at: datetime
) -> Mapping[int, Grade]:
    """Return what the scores of the month before said by themselves; nothing for longer periods."""
    if period.kind is not PeriodKind.MONTH:
        return {}
    before = await session.get(CreditPeriod, str(period.before))
    if before is None or before.frozen_at > known_at:
        return {}
    rows = await scores_of(session, before.key, before.revision)
    return {row.department_id: row.grade_by_score for row in rows if row.grade_by_score}


async def _quarters(session: AsyncSession, period: Period) -> Sequence[tuple[str, int]]:
    keys = [str(one) for one in period.quarters]
    if not keys:
        return ()
    rows = await session.exec(
        select(CreditPeriod.key, CreditPeriod.revision).where(col(CreditPeriod.key).in_(keys))
    )
    revisions = dict(rows.all())
    if missing := [key for key in keys if key not in revisions]:
        raise QuartersMissing(period=str(period), missing=", ".join(missing))
    return [(key, revisions[key]) for key in keys]
