"""Public figures: a month, the trend of twelve, files to take along; and how departments are scored."""

from typing import Any

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.books import book_at
from credit.rulebook import Indicator
from hotline.citizens.models import PublicMonth
from hotline.citizens.publishing import month_named, newest_months, read_month
from hotline.kernel.clock import SHANGHAI
from web.pages.frame import PageRequest, page, see_other, shell_of, speaker
from web.views.credit_formula import calculator_view, formula_view
from web.views.statistics import (
    DEFINITIONS,
    LICENCE,
    LICENCE_URL,
    as_csv,
    as_json,
    month_view,
    trend_rows,
)

_TREND = 12
_LISTED = 60
_KEPT = "public, max-age=300"
_FIELDS = (*(f"{one.value}_{part}" for one in Indicator for part in ("k", "n")), "ledger")


class StatisticsController(Controller):
    """Figures that everybody may read."""

    path = "/statistics"
    include_in_schema = False

    @get()
    async def show_newest(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[Any]:
        """Lead to the newest month, or say that none is published yet."""
        months = await newest_months(reader, 1)
        if months:
            return see_other(f"/statistics/{months[0].month:%Y-%m}")
        return page(request, "pages/statistics_none.html")

    @get("/{month:str}")
    async def show_month(
        self, request: PageRequest, reader: NamedDependency[AsyncSession], month: FromPath[str]
    ) -> Response[str]:
        """Show a month."""
        t = speaker(request)
        row, revisions = await _read(request, reader, month)
        months = await newest_months(reader, _LISTED)
        until = [one for one in months if one.month <= row.month][:_TREND]
        return page(
            request,
            "pages/statistics.html",
            view=month_view(row, t),
            row=row,
            revisions=revisions,
            months=[one.month for one in months],
            trend=trend_rows(until, t),
            definitions=DEFINITIONS,
            licence=LICENCE,
            licence_url=LICENCE_URL,
        )

    @get("/{month:str}/csv")
    async def csv(
        self, request: PageRequest, reader: NamedDependency[AsyncSession], month: FromPath[str]
    ) -> Response[str]:
        """Give the month as a table."""
        row, _ = await _read(request, reader, month)
        return Response(
            as_csv(row, speaker(request)),
            media_type="text/csv; charset=utf-8",
            headers=_named(row, "csv"),
        )

    @get("/{month:str}/json")
    async def json(
        self, request: PageRequest, reader: NamedDependency[AsyncSession], month: FromPath[str]
    ) -> Response[bytes]:
        """Give the month as data."""
        row, _ = await _read(request, reader, month)
        body = msgspec.json.encode(as_json(row, speaker(request)))
        return Response(body, media_type=MediaType.JSON, headers=_named(row, "json"))


class ScoringController(Controller):
    """How departments are scored, for everybody."""

    path = "/scoring"
    include_in_schema = False

    @get()
    async def show(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show the rules in force, and what a score would be with figures that somebody types."""
        t, now = speaker(request), shell_of(request).now
        rules = await book_at(reader, now)
        asked: dict[str, Any] = {name: request.query_params.get(name, "")[:20] for name in _FIELDS}
        day = now.astimezone(SHANGHAI).date()
        return page(
            request,
            "pages/scoring.html",
            rules=formula_view(rules.book, t),
            version=rules.version,
            formula=rules.book.formula,
            calculator=calculator_view(None, asked, day, rules.book, None, t),
        )


async def _read(
    request: PageRequest, reader: AsyncSession, month: str
) -> tuple[PublicMonth, list[PublicMonth]]:
    asked = request.query_params.get("revision", "")
    revision = int(asked) if asked.isdecimal() and len(asked) < 6 else None  # noqa: PLR2004
    row, revisions = await read_month(reader, month_named(month), revision)
    return row, list(revisions)


def _named(row: PublicMonth, form: str) -> dict[str, str]:
    name = f"12345-{row.month:%Y-%m}-r{row.revision}.{form}"
    return {"content-disposition": f'attachment; filename="{name}"', "cache-control": _KEPT}
