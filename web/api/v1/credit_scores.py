"""Scores of departments, their ranking, and the tickets behind every figure."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.behind import Spot, left_out_of, tickets_behind
from credit.figures import (
    Figures,
    RankingRow,
    department_figures,
    read_ranking,
    window_behind,
)
from credit.ledger import Measure
from credit.visibility import find_inside
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Instant
from web.resources import Resources
from web.security.guards import requires

_PeriodText = Annotated[
    str | None, QueryParameter(max_length=8, description="`2026-11`, `2026-Q4` or `2026`")
]
_AsOf = Annotated[
    datetime | None,
    QueryParameter(description="Worked out anew out of what was known at this instant"),
]


class CreditScoreOut(Answer):
    """A department's score, from S down to k of n. Figures are decimals written as text."""

    department: str
    name: str
    name_en: str
    peer_group: str | None
    period: str | None
    revision: int | None
    is_published: bool
    as_of: Instant
    since: Instant
    until: Instant
    formula_version: str
    rule_version: int
    score: Decimal | None
    performance: Decimal | None
    ledger: Decimal
    low: Decimal | None
    high: Decimal | None
    n: int
    band: int | None
    rank: int | None
    grade: str | None
    grade_before: str | None
    grade_reasons: list[str]
    is_trial: bool
    input_digest: str
    explanation: dict[str, Any]


class RankingRowOut(Answer):
    """A department among its peers; who has too few tickets is not ranked."""

    department: str
    name: str
    name_en: str
    peer_group: str | None
    n: int
    score: Decimal | None
    low: Decimal | None
    high: Decimal | None
    band: int | None
    rank: int | None
    grade: str | None
    is_trial: bool


class RankingOut(Answer):
    """Everybody's places, each peer group by itself. Whoever shares a band cannot be told apart."""

    period: str | None
    revision: int | None
    is_published: bool
    items: list[RankingRowOut]


class CountedOut(Answer):
    """What one round of one ticket counted for: k of n."""

    ticket: str
    ticket_id: uuid.UUID
    hop: int
    category: str
    k: Decimal
    n: int
    finished_at: Instant


class CountedList(Answer):
    """The tickets behind a rate, the latest first."""

    items: list[CountedOut]
    next_cursor: str | None = None


class SetAsideOut(Answer):
    """What would have counted and does not, with its cause."""

    ticket: str
    hop: int
    indicator: str
    cause: str
    finished_at: Instant


class SetAsideList(Answer):
    """What is left out of a department's rates: outages, approved pauses, exclusions and others."""

    items: list[SetAsideOut]


def _score(one: Figures) -> CreditScoreOut:
    return CreditScoreOut(
        department=one.department,
        name=one.name,
        name_en=one.name_en,
        peer_group=one.peer_group,
        period=one.period,
        revision=one.revision,
        is_published=one.is_published,
        as_of=one.as_of,
        since=one.window.since,
        until=one.window.until,
        formula_version=one.formula,
        rule_version=one.rule_version,
        score=one.score,
        performance=one.performance,
        ledger=one.ledger,
        low=one.low,
        high=one.high,
        n=one.n,
        band=one.band,
        rank=one.rank,
        grade=one.grade,
        grade_before=one.grade_before,
        grade_reasons=list(one.grade_reasons),
        is_trial=one.is_trial,
        input_digest=one.input_digest.hex(),
        explanation=dict(one.explanation),
    )


def _row(one: RankingRow) -> RankingRowOut:
    return RankingRowOut(
        department=one.department,
        name=one.name,
        name_en=one.name_en,
        peer_group=one.peer_group,
        n=one.n,
        score=one.score,
        low=one.low,
        high=one.high,
        band=one.band,
        rank=one.rank,
        grade=one.grade,
        is_trial=one.is_trial,
    )


class CreditScoreController(Controller):
    """What departments reached, and out of what."""

    path = "/credit"
    tags = ("credit",)

    @get(
        "/departments/{code:str}",
        guards=[requires(Permission.READ_CREDIT)],
        operation_id="readCreditScore",
        operation_class=ApiOperation,
        summary="A department's score with its explanation",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def score(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        code: FromPath[str],
        period: _PeriodText = None,
        as_of: _AsOf = None,
    ) -> CreditScoreOut:
        """Return the score of the last night, of a frozen period, or as of any instant.

        A department sees its own; observers see published periods.
        """
        now = resources.clock.now()
        found = await department_figures(
            reader, principal, code, period=period, as_of=_past(as_of, now), now=now
        )
        return _score(found)

    @get(
        "/rankings",
        guards=[requires(Permission.READ_CREDIT)],
        operation_id="readCreditRanking",
        operation_class=ApiOperation,
        summary="Departments ranked among their peers",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def ranking(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        period: _PeriodText = None,
        peer_group: Annotated[str | None, QueryParameter(max_length=32)] = None,
    ) -> RankingOut:
        """Return a ranking: to the hotline the last night's or any period's, to others published ones."""
        found = await read_ranking(reader, principal, period=period, peer_group=peer_group)
        return RankingOut(
            period=found.period,
            revision=found.revision,
            is_published=found.is_published,
            items=[_row(one) for one in found.rows],
        )

    @get(
        "/departments/{code:str}/tickets",
        guards=[requires(Permission.READ_TICKETS)],
        operation_id="listCountedTickets",
        operation_class=ApiOperation,
        summary="The tickets behind k of n",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def tickets(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        code: FromPath[str],
        indicator: Annotated[Measure, QueryParameter()] = Measure.BASE,
        period: _PeriodText = None,
        as_of: _AsOf = None,
        missed: Annotated[bool, QueryParameter()] = False,  # a query parameter
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> CountedList:
        """List what a rate was counted from; with `missed` only what took something from it."""
        spot = await _spot(reader, principal, resources, code, (period, as_of), indicator)
        page = await tickets_behind(reader, spot, missed_only=missed, cursor=cursor, limit=limit)
        return CountedList(
            items=[
                CountedOut(
                    ticket=one.ticket_number,
                    ticket_id=one.ticket_id,
                    hop=one.hop,
                    category=one.category,
                    k=one.k,
                    n=one.n,
                    finished_at=one.finished_at,
                )
                for one in page.items
            ],
            next_cursor=page.next_cursor,
        )

    @get(
        "/departments/{code:str}/set-aside",
        guards=[requires(Permission.READ_TICKETS)],
        operation_id="listSetAside",
        operation_class=ApiOperation,
        summary="What is left out of a department's rates, and why",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def set_aside(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        code: FromPath[str],
        period: _PeriodText = None,
        as_of: _AsOf = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 100,
    ) -> SetAsideList:
        """List what does not count because of outages, approved pauses, exclusions and the like."""
        spot = await _spot(reader, principal, resources, code, (period, as_of), Measure.BASE)
        return SetAsideList(
            items=[
                SetAsideOut(
                    ticket=one.ticket_number,
                    hop=one.hop,
                    indicator=one.measure.value,
                    cause=one.cause,
                    finished_at=one.finished_at,
                )
                for one in await left_out_of(reader, spot, limit)
            ]
        )


def _past(as_of: datetime | None, now: datetime) -> datetime | None:
    return None if as_of is None else min(as_of, now)


async def _spot(
    reader: AsyncSession,
    principal: Principal,
    resources: Resources,
    code: str,
    when: tuple[str | None, datetime | None],
    measure: Measure,
) -> Spot:
    """Return where to look for what is behind a figure; whoever sees no inside finds nothing there."""
    unit = await find_inside(reader, principal, code)
    now, (period, as_of) = resources.clock.now(), when
    seen = await window_behind(
        reader, principal, unit.id, period=period, as_of=_past(as_of, now), now=now
    )
    return Spot(unit.id, measure, seen.since, seen.until, seen.as_of)
