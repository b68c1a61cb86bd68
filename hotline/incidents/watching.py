"""Looking for bursts every minute: one statement for the hour, one for the past of what stands out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select

from hotline.incidents.bursts import (
    FEWEST,
    HOUR,
    OVER_AFTER,
    WEEK,
    Judged,
    earlier_hours,
    judge,
)
from hotline.incidents.events import BurstBegan
from hotline.incidents.models import Burst, TicketLikeness
from hotline.kernel.alarms import AlarmKind, clear_alarm, raise_alarm
from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.people.principal import Tx
from hotline.tickets.models import Category

_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('bursts'))")


@dataclass(frozen=True, slots=True)
class Kind:
    """A category in an area; either may be empty."""

    category: str
    area: str


async def watch(tx: Tx) -> int:
    """Hold the last hour against the past; raise what is unusual, end what is usual again.

    A burst is raised once, however long it goes on. It may run as often as one likes.

    Returns:
        How many bursts have begun.
    """
    await tx.session.exec(_LOCK)  # type: ignore[call-overload]
    counts = await _counts(tx)
    past = await _past(tx, list(counts))
    going_on = {
        Kind(burst.category_code, burst.area): burst
        for burst in (
            await tx.session.exec(
                select(Burst).where(col(Burst.until_at).is_(None)).with_for_update()
            )
        ).all()
    }
    begun = 0
    for kind, (count, since) in counts.items():
        hours, recent = past.get(kind, ((), 0.0))
        judged = judge(count, hours, recent_rate=recent)
        if kind in going_on:
            _goes_on(tx, going_on[kind], count, judged)
        elif judged.is_burst:
            begun += await _begin(tx, kind, count, since, judged)
    for burst in going_on.values():
        await _end_if_usual(tx, burst)
    return begun


async def _counts(tx: Tx) -> dict[Kind, tuple[int, datetime]]:
    """Return the kinds with enough tickets in the last hour: how many, and the first of them."""
    category = func.coalesce(col(TicketLikeness.category_code), "")
    area = func.coalesce(col(TicketLikeness.area), "")
    rows = await tx.session.exec(
        select(category, area, func.count(), func.min(col(TicketLikeness.submitted_at)))
        .where(
            col(TicketLikeness.submitted_at) > tx.now - HOUR,
            col(TicketLikeness.submitted_at) <= tx.now,
        )
        .group_by(category, area)
        .having(func.count() >= FEWEST)
        .order_by(category, area)
    )
    return {Kind(*names): (count, first) for *names, count, first in rows}


_PAST = sa.text(
    "SELECT k.category, k.area, h.place, count(l.ticket_id) "
    "FROM unnest(CAST(:categories AS text[]), CAST(:areas AS text[])) AS k(category, area) "
    "CROSS JOIN unnest(CAST(:begins AS timestamptz[]), CAST(:ends AS timestamptz[])) "
    "WITH ORDINALITY AS h(begins, ends, place) "
    "LEFT JOIN ticket_likenesses l ON l.category_code IS NOT DISTINCT FROM nullif(k.category, '') "
    "AND l.area IS NOT DISTINCT FROM nullif(k.area, '') "
    "AND l.submitted_at > h.begins AND l.submitted_at <= h.ends "
    "GROUP BY k.category, k.area, h.place ORDER BY k.category, k.area, h.place"
)
_FIRST = select(func.min(col(TicketLikeness.submitted_at)))


async def _past(tx: Tx, kinds: Sequence[Kind]) -> Mapping[Kind, tuple[Sequence[int], float]]:
    """Return for each kind the same hour of earlier weeks, and what an hour of last week brought."""
    if not kinds:
        return {}
    began = (await tx.session.exec(_FIRST)).one()
    hours = earlier_hours(tx.now, began)
    week = (tx.now - HOUR - WEEK, tx.now - HOUR)
    rows = await tx.session.exec(  # type: ignore[call-overload]
        _PAST,
        params={
            "categories": [kind.category for kind in kinds],
            "areas": [kind.area for kind in kinds],
            "begins": [week[0], *(begins for begins, _ in hours)],
            "ends": [week[1], *(ends for _, ends in hours)],
        },
    )
    found: dict[Kind, list[int]] = {}
    for category, area, _, count in rows:
        found.setdefault(Kind(category, area), []).append(count)
    since = week[0] if began is None else max(week[0], began)
    span = max(1.0, (week[1] - since) / HOUR)
    return {kind: (counts[1:], counts[0] / span) for kind, counts in found.items()}


async def _begin(tx: Tx, kind: Kind, count: int, since: datetime, judged: Judged) -> int:
    burst_id = uuid7(tx.now)
    done = await tx.session.exec(
        insert(Burst)
        .values(
            id=burst_id,
            category_code=kind.category,
            area=kind.area,
            since_at=since,
            seen_at=tx.now,
            count=count,
            peak_count=count,
            usual=judged.usual,
        )
        .on_conflict_do_nothing()
    )
    if done.rowcount != 1:
        return 0
    await raise_alarm(
        tx.session,
        AlarmKind.BURST,
        str(burst_id),
        {**await _names(tx, kind), "count": count},
        tx.now,
    )
    await emit(
        tx,
        BurstBegan(burst_id=str(burst_id), category=kind.category, area=kind.area, count=count),
    )
    return 1


async def _names(tx: Tx, kind: Kind) -> dict[str, str]:
    names = {"area": kind.area} if kind.area else {}
    category = await tx.session.get(Category, kind.category) if kind.category else None
    if category is None:
        return names
    return {**names, "category_name": category.name, "category_name_en": category.name_en}


def _goes_on(tx: Tx, burst: Burst, count: int, judged: Judged) -> None:
    burst.count, burst.peak_count = count, max(burst.peak_count, count)
    if judged.is_burst:
        burst.seen_at = tx.now


async def _end_if_usual(tx: Tx, burst: Burst) -> None:
    if tx.now - burst.seen_at < OVER_AFTER:
        return
    burst.until_at = burst.seen_at
    await clear_alarm(tx.session, AlarmKind.BURST, str(burst.id), tx.now)
