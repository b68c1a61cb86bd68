"""Counting what happened, from what is written of it: one statement for a number and for its list."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.paging import Page, decode_place, page_of
from hotline.people.models import Department
from hotline.people.queries import departments_by_id
from hotline.supervision.board.figures import (
    ARBITRATED,
    BADLY_RATED,
    CLOSED,
    EXTENDED,
    FIGURES,
    GROUPS,
    RATED_WELL,
    RECEIVED,
    REPEATED,
    RETURNED,
    REWORKED,
    SOLVED,
    STEPS,
    TOOK,
    UNSOLVED,
    URGED,
    Source,
)
from hotline.supervision.board.spans import Days

_KINDS = ", ".join(f"'{kind.value}'" for kind in STEPS)
_ROOT = "coalesce(split_part(t.category_code, '.', 1), '')"


def _took() -> str:
    cases = " ".join(
        f"WHEN f.submitted_at - t.submitted_at <= interval '{int(most.total_seconds())} seconds' "
        f"THEN '{name}'"
        for name, most in TOOK
        if most is not None
    )
    return f"CASE {cases} ELSE '{TOOK[-1][0]}' END"


_SOURCES: Mapping[Source, str] = {
    Source.SUBMITTED: (
        "SELECT g.figure, {day} AS day, t.submitted_at AS at, t.lead_department_id AS unit, t.area, "
        f"{_ROOT} AS category, t.id AS ticket_id, t.id AS id FROM {{days}}tickets t, "
        f"LATERAL (VALUES ('{RECEIVED}', true), ('{REPEATED}', t.repeat_of_id IS NOT NULL)) "
        "AS g (figure, holds) "
        "WHERE g.holds AND t.submitted_at >= {since} AND t.submitted_at < {until}"
    ),
    Source.ENDED: (
        f"SELECT '{CLOSED}' AS figure, {{day}} AS day, t.closed_at AS at, "
        f"t.lead_department_id AS unit, t.area, {_ROOT} AS category, t.id AS ticket_id, t.id AS id "
        "FROM {days}tickets t WHERE t.closed_at >= {since} AND t.closed_at < {until}"
    ),
    Source.LIMITS: (
        "SELECT c.kind || '_' || c.state AS figure, {day} AS day, c.ended_at AS at, "
        f"c.department_id AS unit, t.area, {_ROOT} AS category, c.ticket_id, c.id "
        "FROM {days}sla_clocks c {ticket_of_c} "
        f"WHERE c.state IN ('met', 'missed') AND c.kind IN ({_KINDS}) "
        "AND c.ended_at >= {since} AND c.ended_at < {until}"
    ),
    Source.AGAIN: (
        f"SELECT '{REWORKED}' AS figure, {{day}} AS day, c.started_at AS at, "
        f"c.department_id AS unit, t.area, {_ROOT} AS category, c.ticket_id, c.id "
        "FROM {days}sla_clocks c {ticket_of_c} "
        "WHERE c.kind IN ('rework_complete', 'bad_rating_fix') "
        "AND c.started_at >= {since} AND c.started_at < {until}"
    ),
    Source.REQUESTS: (
        f"SELECT CASE p.kind WHEN 'return' THEN '{RETURNED}' WHEN 'arbitration' THEN '{ARBITRATED}' "
        f"ELSE '{EXTENDED}' END AS figure, {{day}} AS day, p.opened_at AS at, "
        "coalesce(p.opened_department_id, t.lead_department_id) AS unit, t.area, "
        f"{_ROOT} AS category, p.ticket_id, p.id "
        "FROM {days}procedures p {ticket_of_p} "
        "WHERE p.kind IN ('return', 'arbitration', 'extension') "
        "AND p.opened_at >= {since} AND p.opened_at < {until}"
    ),
    Source.URGES: (
        f"SELECT '{URGED}' AS figure, {{day}} AS day, u.urged_at AS at, u.department_id AS unit, "
        f"t.area, {_ROOT} AS category, u.ticket_id, u.id "
        "FROM {days}urges u {ticket_of_u} "
        "WHERE u.is_requester AND u.urged_at >= {since} AND u.urged_at < {until}"
    ),
    Source.ANSWERS: (
        "SELECT g.figure, {day} AS day, v.at, t.lead_department_id AS unit, t.area, "
        f"{_ROOT} AS category, v.ticket_id, v.id "
        "FROM {days}visits v {ticket_of_v}, "
        f"LATERAL (VALUES ('{SOLVED}', v.is_solved), ('{UNSOLVED}', NOT v.is_solved), "
        f"('{RATED_WELL}', v.rating >= 3), ('{BADLY_RATED}', v.rating < 3)) AS g (figure, holds) "
        "WHERE g.holds AND v.is_reached AND v.excluded_at IS NULL "
        "AND v.at >= {since} AND v.at < {until}"
    ),
    Source.RESULTS: (
        f"SELECT {_took()} AS figure, {{day}} AS day, f.submitted_at AS at, f.department_id AS unit, "
        f"t.area, {_ROOT} AS category, f.ticket_id, f.id "
        "FROM {days}feedbacks f {ticket_of_f} "
        "WHERE f.is_passed AND f.submitted_at >= {since} AND f.submitted_at < {until}"
    ),
}
"""What happened, by source: figure, day, instant, department, area, root of the category, ticket, key."""

_TICKET_OF = {
    f"ticket_of_{row}": (
        "JOIN LATERAL (SELECT submitted_at, lead_department_id, area, category_code FROM tickets "
        f"WHERE id = {row}.ticket_id OFFSET 0) AS t ON true"
    )
    for row in "cpuvf"
}
"""Each ticket is asked for: with OFFSET the planner cannot think of reading all of them beforehand."""

_BY_DAY = {**_TICKET_OF, "day": "d.day", "days": "d, ", "since": "d.since", "until": "d.until"}
_AT_ONCE = {
    **_TICKET_OF,
    "day": "NULL::date",
    "days": "",
    "since": "CAST(:since AS timestamptz)",
    "until": "CAST(:until AS timestamptz)",
}
_DAYS = (
    "WITH d AS MATERIALIZED (SELECT day, day::timestamp AT TIME ZONE 'Asia/Shanghai' AS since, "
    "(day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' AS until "
    "FROM unnest(CAST(:days AS date[])) AS x (day)), facts AS (%s)"
)
_EVERY_DAY = _DAYS % " UNION ALL ".join(source.format(**_BY_DAY) for source in _SOURCES.values())
CELLS = (
    f"{_EVERY_DAY} SELECT coalesce(unit, 0) AS department_id, coalesce(area, '') AS area, "
    "category, day, figure, count(*) AS count FROM ("
    "SELECT NULL::int AS unit, NULL AS area, '' AS category, day, figure FROM facts "
    "UNION ALL SELECT unit, NULL, '', day, figure FROM facts WHERE unit IS NOT NULL "
    "UNION ALL SELECT NULL, area, '', day, figure FROM facts WHERE area <> '' "
    f"UNION ALL SELECT NULL, area, category, day, figure FROM facts "
    f"WHERE figure = '{RECEIVED}' AND area <> '' AND category <> ''"
    ") AS each GROUP BY 1, 2, 3, 4, 5"
)
"""The sums of some days: of all, by department, by area, and what was received by area and category."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose figures are asked for.

    Attributes:
        department: its id; None for all.
        area: None for all.
        category: the root of the categories; None for all. Only lists know it.
    """

    department: int | None = None
    area: str | None = None
    category: str | None = None


def begins(day: date) -> datetime:
    """Return the midnight with which a day begins in Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def ends(day: date) -> datetime:
    """Return the midnight with which a day ends in Shanghai."""
    return begins(day + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the list behind a number.

    Attributes:
        key: of what happened, unique in its source.
    """

    key: uuid.UUID
    figure: str
    at: datetime
    ticket_id: uuid.UUID
    department: Department | None
    area: str | None


def _behind(figures: Sequence[str], scope: Scope) -> str:
    source = _SOURCES[FIGURES[figures[0]]].format(**_AT_ONCE)
    narrowed = [
        "figure = ANY(:figures)",
        *(["unit = :unit"] if scope.department is not None else []),
        *(["area = :area"] if scope.area is not None else []),
        *(["category = :category"] if scope.category is not None else []),
    ]
    return f"FROM ({source}) AS facts WHERE {' AND '.join(narrowed)}"


def _asked(figures: Sequence[str], days: Days, scope: Scope) -> dict[str, Any]:
    given = {"unit": scope.department, "area": scope.area, "category": scope.category}
    return {
        "figures": list(figures),
        "since": begins(days.first),
        "until": ends(days.last),
        **{name: value for name, value in given.items() if value is not None},
    }


async def count_behind(session: AsyncSession, group: str, days: Days, scope: Scope) -> int:
    """Return how long the list behind a number is."""
    figures = GROUPS[group]
    statement = sa.text(f"SELECT count(*) {_behind(figures, scope)}")
    found: Any = await session.exec(statement, params=_asked(figures, days, scope))  # type: ignore[call-overload]
    return int(found.scalar_one())


async def list_behind(
    session: AsyncSession,
    group: str,
    days: Days,
    scope: Scope,
    *,
    cursor: str | None = None,
    limit: int,
) -> Page[Happening]:
    """Return a page of the list behind a number, the newest first, in two statements.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    figures = GROUPS[group]
    asked = _asked(figures, days, scope)
    after = ""
    if cursor:
        asked["at"], asked["key"] = decode_place(cursor)
        after = " AND (at, id) < (:at, :key)"
    statement = sa.text(
        f"SELECT id, figure, at, ticket_id, unit, area {_behind(figures, scope)}{after} "
        "ORDER BY at DESC, id DESC LIMIT :most"
    )
    rows: Any = (await session.exec(statement, params={**asked, "most": limit + 1})).all()  # type: ignore[call-overload]
    units = await departments_by_id(session, {row.unit for row in rows})
    found = [
        Happening(row.id, row.figure, row.at, row.ticket_id, units.get(row.unit), row.area)
        for row in rows
    ]
    return page_of(found, limit, lambda one: (one.at, one.key))
