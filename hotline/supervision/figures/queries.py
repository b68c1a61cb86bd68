"""Counting the loop: eight statements, whatever the span and however many departments."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.clock import SHANGHAI
from hotline.supervision.bulletins.queries import count_figures
from hotline.supervision.figures.values import (
    Answered,
    Dimension,
    Handled,
    LoopFigures,
    Ordered,
    Requested,
    SlowTicket,
    Span,
    Spans,
    Volume,
)

MOST_SLOW = 10

_VOLUMES = sa.text(
    "WITH spans (span, since, until) AS (VALUES "
    "('now', CAST(:now_since AS timestamptz), CAST(:now_until AS timestamptz)), "
    "('before', CAST(:before_since AS timestamptz), CAST(:before_until AS timestamptz)), "
    "('season', CAST(:season_since AS timestamptz), CAST(:season_until AS timestamptz))) "
    "SELECT s.span, grouping(t.channel, t.request_type, t.category_code, t.area), "
    "coalesce(t.channel, t.request_type, t.category_code, t.area, ''), "
    "count(*), count(t.repeat_of_id) FROM spans s "
    "JOIN tickets t ON t.submitted_at >= s.since AND t.submitted_at < s.until "
    "GROUP BY GROUPING SETS ((s.span, t.channel), (s.span, t.request_type), "
    "(s.span, t.category_code), (s.span, t.area), (s.span))"
)
_DIMENSIONS = {
    0b0111: Dimension.CHANNEL,
    0b1011: Dimension.REQUEST_TYPE,
    0b1101: Dimension.CATEGORY,
    0b1110: Dimension.AREA,
    0b1111: Dimension.ALL,
}
"""What PostgreSQL's `grouping` says of a row: a bit for each column that it is not grouped by."""

_GOOD_WORK = (
    "FROM feedbacks f JOIN tickets t ON t.id = f.ticket_id "
    "WHERE f.submitted_at >= :since AND f.submitted_at < :until AND f.is_passed"
)
_TOOK = "extract(epoch FROM f.submitted_at - t.submitted_at)"
_HANDLED = sa.text(
    "SELECT f.department_id, count(*), "
    f"percentile_disc(0.5) WITHIN GROUP (ORDER BY {_TOOK}), "
    f"percentile_disc(0.9) WITHIN GROUP (ORDER BY {_TOOK}) "
    f"{_GOOD_WORK} GROUP BY GROUPING SETS ((f.department_id), ()) HAVING count(*) > 0"
)
_SLOWEST = sa.text(
    f"SELECT t.number, f.department_id, {_TOOK} {_GOOD_WORK} "
    f"ORDER BY 3 DESC, t.number LIMIT {MOST_SLOW}"
)
_REQUESTED = sa.text(
    "SELECT opened_department_id, kind, coalesce(reason, ''), state, count(*) FROM procedures "
    "WHERE kind IN ('return', 'extension', 'suspension', 'rectification') "
    "AND opened_at >= :since AND opened_at < :until GROUP BY 1, 2, 3, 4"
)
_ORDERED = sa.text(
    "SELECT department_id, level, reason, count(*) FROM supervision_orders "
    "WHERE issued_at >= :since AND issued_at < :until GROUP BY 1, 2, 3"
)
_ANSWERED = sa.text(
    "SELECT t.lead_department_id, v.is_reached, v.was_contacted, v.is_solved, v.rating, "
    "v.excluded_at IS NOT NULL, count(*) FROM visits v JOIN tickets t ON t.id = v.ticket_id "
    "WHERE v.at >= :since AND v.at < :until GROUP BY 1, 2, 3, 4, 5, 6"
)


async def read_loop(session: AsyncSession, spans: Spans, now: datetime) -> LoopFigures:
    """Return what happened in a span, and how much came in beside it in the spans it is compared with.

    Args:
        session: may be read-only.
        spans: of whole days in Shanghai.
        now: what is late is late as of this instant.
    """
    since, until = spans.now
    within = {"since": since, "until": until}
    return LoopFigures(
        volumes=await _volumes(session, spans),
        handled=[
            Handled(unit, count, int(median), int(slow))
            for unit, count, median, slow in await _rows(session, _HANDLED, within)
        ],
        slowest=[
            SlowTicket(number, unit, int(seconds))
            for number, unit, seconds in await _rows(session, _SLOWEST, within)
        ],
        requested=[Requested(*row) for row in await _rows(session, _REQUESTED, within)],
        ordered=[Ordered(*row) for row in await _rows(session, _ORDERED, within)],
        answered=[Answered(*row) for row in await _rows(session, _ANSWERED, within)],
        units=await count_figures(session, _day(since), _day(until - timedelta(days=1)), now),
    )


async def _volumes(session: AsyncSession, spans: Spans) -> list[Volume]:
    params = {
        f"{span.value}_{end}": at
        for span, ends in zip(Span, (spans.now, spans.before, spans.season), strict=True)
        for end, at in zip(("since", "until"), ends, strict=True)
    }
    return [
        Volume(Span(span), _DIMENSIONS[grouping], code, count, repeats)
        for span, grouping, code, count, repeats in await _rows(session, _VOLUMES, params)
    ]


async def _rows(
    session: AsyncSession, statement: sa.TextClause, params: dict[str, Any]
) -> Sequence[Any]:
    found: Any = await session.exec(statement, params=params)  # type: ignore[call-overload]
    return list(found)


def _day(instant: datetime) -> date:
    return instant.astimezone(SHANGHAI).date()
