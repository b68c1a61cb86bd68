"""Sums of closed days: kept by a job, and right at any instant.

What is asked of a day that is not summed up, or whose sums do not hold any more, is counted there and
then by the very statement by which sums are made: so a reader never sees an old figure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.db import SessionMaker
from hotline.supervision.board.counting import CELLS, Scope
from hotline.supervision.board.figures import RECEIVED
from hotline.supervision.board.spans import Days, Spans

AT_ONCE = 5
"""So many days are summed up in one transaction."""

QUIET = timedelta(minutes=2)
"""Whoever wrote before a day was closed has ended by then: no statement and no pause lasts as long."""

_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('board_days'))"
_CLOSE = sa.text(
    "WITH state AS (SELECT settled_until FROM board_states WHERE id = 1), "
    "fresh AS (SELECT generate_series(coalesce((SELECT settled_until + 1 FROM state), "
    "(SELECT (min(submitted_at) AT TIME ZONE 'Asia/Shanghai')::date FROM tickets)), "
    "CAST(:until AS date), interval '1 day')::date AS day), "
    "marked AS (INSERT INTO board_marks (day, noticed_at) SELECT day, :now FROM fresh RETURNING 1), "
    "kept AS (INSERT INTO board_states (id, settled_until) VALUES (1, :until) ON CONFLICT (id) "
    "DO UPDATE SET settled_until = excluded.settled_until "
    "WHERE board_states.settled_until < excluded.settled_until RETURNING 1) "
    "SELECT count(*) FROM marked"
).bindparams(
    sa.bindparam("now", type_=sa.DateTime(timezone=True)), sa.bindparam("until", type_=sa.Date)
)
_RIPE = sa.text(
    "SELECT day, array_agg(id) FROM board_marks GROUP BY day "
    "HAVING coalesce(max(noticed_at), '-infinity') <= :ripe ORDER BY day DESC LIMIT :most"
).bindparams(sa.bindparam("ripe", type_=sa.DateTime(timezone=True)))
_EMPTY = sa.text("DELETE FROM board_days WHERE day = ANY(:days)").bindparams(
    sa.bindparam("days", type_=ARRAY(sa.Date))
)
_FILL = sa.text(
    "INSERT INTO board_days (department_id, area, category, day, figure, count) " + CELLS
).bindparams(sa.bindparam("days", type_=ARRAY(sa.Date)))
_UNMARK = sa.text("DELETE FROM board_marks WHERE id = ANY(:ids)").bindparams(
    sa.bindparam("ids", type_=ARRAY(sa.BigInteger))
)


async def _run(session: AsyncSession, statement: Any, **params: Any) -> Any:  # noqa: ANN401
    return await session.exec(statement, params=params)


async def close_days(session: AsyncSession, now: datetime) -> int:
    """Let sums be made of the days that have ended; return how many are new.

    They are marked first and summed up by a later `settle`: from the commit of this on, every writer
    knows that what he writes of such a day needs a mark.
    """
    yesterday = now.astimezone(SHANGHAI).date() - timedelta(days=1)
    return int((await _run(session, _CLOSE, now=now, until=yesterday)).scalar_one())


async def settle(session: AsyncSession, now: datetime, *, most: int = AT_ONCE) -> int:
    """Sum up days that are marked, the newest first; return how many.

    The marks that are seen before the counting are those that are taken away after it: what is written
    meanwhile leaves one that stays.
    """
    if not (await _run(session, sa.text(_LOCK))).scalar_one():
        return 0
    found = (await _run(session, _RIPE, ripe=now - QUIET, most=most)).all()
    if not found:
        return 0
    days = [day for day, _ in found]
    await _run(session, _EMPTY, days=days)
    await _run(session, _FILL, days=days)
    await _run(session, _UNMARK, ids=[one for _, ids in found for one in ids])
    return len(days)


async def settle_board(maker: SessionMaker, now: datetime) -> int:
    """Close the days that have ended and sum up what is marked, part by part; return how many days."""
    async with maker() as session, session.begin():
        await close_days(session, now)
    summed = 0
    while True:
        async with maker() as session, session.begin():
            done = await settle(session, now)
        if not done:
            return summed
        summed += done


_OPEN = sa.text(
    "SELECT x.day FROM generate_series(CAST(:first AS date), CAST(:last AS date), interval '1 day') "
    "AS g (at), LATERAL (SELECT g.at::date AS day) AS x "
    "WHERE x.day > coalesce((SELECT settled_until FROM board_states WHERE id = 1), '-infinity'::date) "
    "OR EXISTS (SELECT 1 FROM board_marks m WHERE m.day = x.day)"
)
_LIVE = sa.text(CELLS).bindparams(sa.bindparam("days", type_=ARRAY(sa.Date)))
_OPEN_DAYS = sa.bindparam("open", type_=ARRAY(sa.Date))
_SCOPE = sa.text(
    "SELECT day, figure, count FROM board_days WHERE department_id = :unit AND area = :area "
    "AND category = '' AND day BETWEEN :first AND :last AND day <> ALL(:open)"
).bindparams(_OPEN_DAYS)
_UNITS = sa.text(
    "SELECT department_id, figure, day >= :middle AS is_now, sum(count)::int FROM board_days "
    "WHERE figure = ANY(:figures) AND department_id <> 0 AND area = '' "
    "AND (day BETWEEN :middle AND :last OR day BETWEEN :first AND :early) "
    "AND day <> ALL(:open) GROUP BY 1, 2, 3"
).bindparams(_OPEN_DAYS, sa.bindparam("figures", type_=ARRAY(sa.String)))
_PLACES = sa.text(
    f"SELECT area, category, sum(count)::int FROM board_days WHERE figure = '{RECEIVED}' "
    "AND department_id = 0 AND area <> '' AND category <> '' "
    "AND day BETWEEN :first AND :last AND day <> ALL(:open) GROUP BY 1, 2"
).bindparams(_OPEN_DAYS)
_YEAR = sa.text(
    f"SELECT day, count FROM board_days WHERE figure = '{RECEIVED}' AND department_id = :unit "
    "AND area = :area AND category = '' AND day BETWEEN :first AND :last AND day <> ALL(:open)"
).bindparams(_OPEN_DAYS)


@dataclass(frozen=True, slots=True)
class Cell:
    """A sum of a day that is counted at the moment."""

    department_id: int
    area: str
    category: str
    day: date
    figure: str
    count: int


@dataclass(frozen=True, slots=True)
class Course:
    """What happened, by figure and day."""

    counts: Mapping[str, Mapping[date, int]]

    def sum(self, days: Days, *figures: str) -> int:
        """Return how often these happened within some days."""
        return sum(
            count
            for figure in figures
            for day, count in self.counts.get(figure, {}).items()
            if days.holds(day)
        )


@dataclass(slots=True)
class Gathered:
    """Everything of the board that happened within spans of time.

    Attributes:
        course: of the scope that is asked for.
        units: by department and figure: in the span, and in the one before.
        places: received in the span, by area and root of the category.
        year: received, by day.
        open_days: how many days were counted there and then.
    """

    course: Course
    units: Mapping[int, Mapping[str, tuple[int, int]]]
    places: Mapping[tuple[str, str], int]
    year: Mapping[date, int]
    open_days: int = field(default=0)


async def gather(
    session: AsyncSession,
    spans: Spans,
    scope: Scope,
    *,
    earliest: date,
    year: Days,
    of_units: Sequence[str],
) -> Gathered:
    """Return what happened, from sums and from what is not summed up yet, in six statements.

    Args:
        session: where to read.
        spans: the days asked for and those before.
        scope: of one department, or of one area, or of all.
        earliest: how far back the course goes.
        year: of the calendar.
        of_units: figures that are asked for by department.
    """
    first = min(spans.before.first, earliest)
    last = max(spans.now.last, year.last)
    open_days = [
        row[0] for row in await _run(session, _OPEN, first=min(first, year.first), last=last)
    ]
    live = [Cell(*row) for row in await _run(session, _LIVE, days=open_days)]
    unit, area = scope.department or 0, scope.area or ""
    within = {"unit": unit, "area": area, "open": open_days}
    own = [cell for cell in live if _is_of(cell, unit, area)]
    course = await _run(session, _SCOPE, first=first, last=last, **within)
    units = await _run(
        session,
        _UNITS,
        figures=list(of_units),
        first=spans.before.first,
        last=spans.now.last,
        middle=spans.now.first,
        early=spans.before.last,
        open=open_days,
    )
    places = await _run(
        session, _PLACES, first=spans.now.first, last=spans.now.last, open=open_days
    )
    of_year = await _run(session, _YEAR, first=year.first, last=year.last, **within)
    return Gathered(
        _course(course, (cell for cell in own if cell.day >= first)),
        _units(units, live, spans, frozenset(of_units)),
        _places(places, live, spans.now),
        # A result itself passes for a mapping: it is rows that are wanted.
        _year(of_year.all(), (cell for cell in own if year.holds(cell.day))),
        len(open_days),
    )


def _is_of(cell: Cell, unit: int, area: str) -> bool:
    return cell.department_id == unit and cell.area == area and not cell.category


def _course(rows: Iterable[Sequence[Any]], live: Iterable[Cell]) -> Course:
    counts: dict[str, dict[date, int]] = defaultdict(dict)
    for day, figure, count in rows:
        counts[figure][day] = count
    for cell in live:
        counts[cell.figure][cell.day] = cell.count
    return Course(counts)


def _units(
    rows: Iterable[Sequence[Any]], live: Iterable[Cell], spans: Spans, figures: frozenset[str]
) -> Mapping[int, Mapping[str, tuple[int, int]]]:
    sums: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for unit, figure, is_now, count in rows:
        sums[unit][figure][0 if is_now else 1] += count
    for cell in live:
        if not cell.department_id or cell.figure not in figures:
            continue
        for place, days in enumerate((spans.now, spans.before)):
            if days.holds(cell.day):
                sums[cell.department_id][cell.figure][place] += cell.count
    return {
        unit: {figure: (pair[0], pair[1]) for figure, pair in by_figure.items()}
        for unit, by_figure in sums.items()
    }


def _places(
    rows: Iterable[Sequence[Any]], live: Iterable[Cell], days: Days
) -> Mapping[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for area, category, count in rows:
        sums[area, category] += count
    for cell in live:
        if cell.area and cell.category and days.holds(cell.day):
            sums[cell.area, cell.category] += cell.count
    return sums


def _year(rows: Iterable[Sequence[Any]], live: Iterable[Cell]) -> Mapping[date, int]:
    days = {row[0]: row[1] for row in rows}
    days.update({cell.day: cell.count for cell in live if cell.figure == RECEIVED})
    return days
