"""Counting what the public is told: a month, and how promises were kept lately."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.citizens.monthly import (
    GOOD_RATING,
    LOOP,
    MonthCounts,
    Ratio,
    UnitCounts,
    bounds,
)
from hotline.people.models import Department
from hotline.tickets.models import Category

AREA_GROUPS = ("districts", "towns")
"""Peer groups whose units are named after the area they serve."""

_IN = "{at} >= :since AND {at} < :until"

_VOLUMES = sa.text(
    "SELECT grouping(t.channel, t.request_type, t.top, t.area), "
    "coalesce(t.channel, t.request_type, t.top, t.area, ''), count(*) FROM ("
    "SELECT channel, request_type, coalesce(split_part(category_code, '.', 1), '') AS top, "
    "CASE WHEN area = ANY(CAST(:areas AS text[])) THEN area ELSE '' END AS area "
    f"FROM tickets WHERE {_IN.format(at='submitted_at')}) t "
    "GROUP BY GROUPING SETS ((t.channel), (t.request_type), (t.top), (t.area))"
)
_DIMENSIONS = {0b0111: "channel", 0b1011: "request_type", 0b1101: "category", 0b1110: "area"}
"""What PostgreSQL's `grouping` says of a row: a bit for each column that it is not grouped by."""

_LOOP = sa.text(
    "SELECT kind, count(*) FILTER (WHERE state = 'met'), count(*) FROM sla_clocks "
    f"WHERE state IN ('met', 'missed') AND {_IN.format(at='ended_at')} "
    "AND kind = ANY(CAST(:kinds AS text[])) GROUP BY kind"
)
_PROMISES = sa.text(
    "SELECT department_id, count(*) FILTER (WHERE state = 'kept'), count(*) FROM commitments "
    f"WHERE state IN ('kept', 'broken') AND {_IN.format(at='outcome_at')} GROUP BY department_id"
)
_ANSWERS = sa.text(
    "SELECT t.lead_department_id, "
    "count(*) FILTER (WHERE v.was_contacted), count(v.was_contacted), "
    "count(*) FILTER (WHERE v.is_solved), count(v.is_solved), "
    "count(*) FILTER (WHERE v.rating >= :good AND v.excluded_at IS NULL), "
    "count(*) FILTER (WHERE v.rating IS NOT NULL AND v.excluded_at IS NULL) "
    "FROM visits v JOIN tickets t ON t.id = v.ticket_id "
    f"WHERE v.is_reached AND {_IN.format(at='v.at')} GROUP BY t.lead_department_id"
)
_TOOK = "extract(epoch FROM f.submitted_at - t.submitted_at)"
_HANDLED = sa.text(
    f"SELECT count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY {_TOOK}), "
    f"percentile_disc(0.9) WITHIN GROUP (ORDER BY {_TOOK}) "
    "FROM feedbacks f JOIN tickets t ON t.id = f.ticket_id "
    f"WHERE f.is_passed AND {_IN.format(at='f.submitted_at')}"
)
_HOUR = 3600


async def count_month(session: AsyncSession, month: date) -> MonthCounts:
    """Return what was counted of a month, in seven statements.

    Everything is counted by the instant at which it happened, so that what happens later changes nothing
    but what is corrected: a category that was wrong, an answer that does not count.
    """
    since, until = bounds(month)
    units = (await session.exec(select(Department).order_by(col(Department.code)))).all()
    areas = [unit for unit in units if unit.peer_group in AREA_GROUPS]
    promises = await _ratios(session, _PROMISES, since, until)
    answers = {
        row[0]: tuple(Ratio(row[n], row[n + 1]) for n in (1, 3, 5))
        for row in await _rows(session, _ANSWERS, since, until, good=GOOD_RATING)
    }
    handled, median, slow = (await _rows(session, _HANDLED, since, until))[0]
    return MonthCounts(
        volumes=await _volumes(session, since, until, [unit.name for unit in areas]),
        names={
            "category": await _category_names(session),
            "area": {unit.name: (unit.name, unit.name_en) for unit in areas},
        },
        loop=await _loop(session, since, until),
        promises=_summed(promises.values()),
        contacted=_summed(row[0] for row in answers.values()),
        solved=_summed(row[1] for row in answers.values()),
        satisfied=_summed(row[2] for row in answers.values()),
        handled=handled,
        median_hours=_hours(median),
        slow_hours=_hours(slow),
        units=[
            UnitCounts(
                code=unit.code,
                name=unit.name,
                name_en=unit.name_en,
                promises=promises.get(unit.id, Ratio()),
                solved=answers[unit.id][1] if unit.id in answers else Ratio(),
                satisfied=answers[unit.id][2] if unit.id in answers else Ratio(),
            )
            for unit in units
            if not unit.is_hotline
        ],
    )


async def _volumes(
    session: AsyncSession, since: datetime, until: datetime, areas: Sequence[str]
) -> Mapping[str, Mapping[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for grouping, code, count in await _rows(session, _VOLUMES, since, until, areas=list(areas)):
        found[_DIMENSIONS[grouping]][code] = count
    return dict(found)


async def _category_names(session: AsyncSession) -> Mapping[str, tuple[str, str]]:
    rows = await session.exec(select(Category.code, Category.name, Category.name_en))
    return {code: (name, name_en) for code, name, name_en in rows if "." not in code}


async def _loop(session: AsyncSession, since: datetime, until: datetime) -> Mapping[str, Ratio]:
    rows = await _rows(session, _LOOP, since, until, kinds=list(LOOP))
    return {kind: Ratio(met, of) for kind, met, of in rows}


async def _ratios(
    session: AsyncSession, statement: sa.TextClause, since: datetime, until: datetime
) -> Mapping[int | None, Ratio]:
    return {row[0]: Ratio(row[1], row[2]) for row in await _rows(session, statement, since, until)}


async def _rows(
    session: AsyncSession,
    statement: sa.TextClause,
    since: datetime,
    until: datetime,
    **more: object,
) -> Sequence[Any]:
    params = {"since": since, "until": until, **more}
    found: Any = await session.exec(statement, params=params)  # type: ignore[call-overload]
    return list(found)


def _summed(ratios: Any) -> Ratio:  # noqa: ANN401  # any iterable of them
    many = list(ratios)
    return Ratio(sum(one.part for one in many), sum(one.of for one in many))


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else round(float(seconds) / _HOUR, 1)


# -- how it goes now -------------------------------------------------------------------------------

LATELY = timedelta(days=30)
_WAITING = sa.text(
    "SELECT count(*), count(*) FILTER (WHERE due_at < :now) FROM sla_clocks "
    "WHERE state = 'running' AND kind = ANY(CAST(:kinds AS text[]))"
)


@dataclass(frozen=True, slots=True)
class Promised:
    """How the city keeps what it promises, as of an instant.

    Attributes:
        loop: of the last thirty days, by limit.
        promises: of the last thirty days: kept, of those that came due.
        waiting: limits of the loop that run now.
        late: of them, those that are over.
    """

    at: datetime
    loop: Mapping[str, Ratio]
    promises: Ratio
    waiting: int
    late: int


class PromiseBook:
    """Remembers for some minutes how promises are kept: the first page asks at every load."""

    kept_for = timedelta(minutes=5)

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[object, Promised] = WeakKeyDictionary()

    async def read(self, session: AsyncSession, now: datetime, house: object) -> Promised:
        """Return how promises are kept, counted at most some minutes ago.

        Args:
            session: to count with.
            now: the instant.
            house: what the session was made by: another one counts for itself.
        """
        known = self._known.get(house)
        if known is None or not timedelta() <= now - known.at < self.kept_for:
            known = self._known[house] = await count_promised(session, now)
        return known


PROMISES = PromiseBook()
"""One memory serves the whole process."""


async def count_promised(session: AsyncSession, now: datetime) -> Promised:
    """Return how promises are kept, in three statements."""
    since = now - LATELY
    found: Any = await session.exec(  # type: ignore[call-overload]
        _WAITING, params={"now": now, "kinds": list(LOOP)}
    )
    waiting, late = found.one()
    return Promised(
        at=now,
        loop=await _loop(session, since, now),
        promises=_summed((await _ratios(session, _PROMISES, since, now)).values()),
        waiting=waiting,
        late=late,
    )
