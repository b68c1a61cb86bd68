"""Frozen periods of credit: which there are, what their revisions changed, freezing and publishing."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.figures import PeriodRow, RevisionRow, ScoreChange, read_periods, read_revisions
from credit.freezing import begin_notice, freeze, publish_period
from credit.period_models import CreditPeriod, PeriodScore
from credit.periods import Period, PeriodKind
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, OptionalWords
from web.security.guards import requires


class CreditPeriodOut(Answer):
    """A frozen month, quarter or year; `objections` hold its publication up."""

    period: str
    kind: str
    since: Instant
    until: Instant
    state: str
    revision: int
    published_revision: int | None
    frozen_at: Instant
    notice_until: Instant | None
    published_at: Instant | None
    objections: int


class CreditPeriodList(Answer):
    """Frozen periods, the newest first."""

    items: list[CreditPeriodOut]


class ScoreOfRevision(Answer):
    """What one revision says of a department."""

    score: str | None
    ledger: str
    n: int
    band: int | None
    grade: str | None


class ScoreChangeOut(Answer):
    """What a revision changed of a department."""

    department: str
    before: ScoreOfRevision
    after: ScoreOfRevision


class RevisionOut(Answer):
    """One revision: what was known, by which rules, why, and what it changed."""

    revision: int
    as_of: Instant
    made_at: Instant
    formula_version: str
    rule_version: int
    reason: str
    input_digest: str
    result_digest: str
    changes: list[ScoreChangeOut]


class RevisionList(Answer):
    """The revisions of a period, the oldest first."""

    items: list[RevisionOut]


class FreezeBody(Body):
    """Which period to freeze."""

    period: Annotated[str, Field(max_length=8, description="`2026-11`, `2026-Q4` or `2026`")]
    reason: OptionalWords = None


def _period(row: CreditPeriod, objections: int = 0) -> CreditPeriodOut:
    return CreditPeriodOut(
        period=row.key,
        kind=row.kind.value,
        since=row.since,
        until=row.until,
        state=row.state.value,
        revision=row.revision,
        published_revision=row.published_revision,
        frozen_at=row.frozen_at,
        notice_until=row.notice_until,
        published_at=row.published_at,
        objections=objections,
    )


def _listed(one: PeriodRow) -> CreditPeriodOut:
    return _period(one.period, one.objections)


def _of_revision(row: PeriodScore) -> ScoreOfRevision:
    return ScoreOfRevision(
        score=None if row.score is None else str(row.score),
        ledger=str(row.ledger),
        n=row.n,
        band=row.band,
        grade=row.grade.value if row.grade else None,
    )


def _change(one: ScoreChange) -> ScoreChangeOut:
    return ScoreChangeOut(
        department=one.department, before=_of_revision(one.before), after=_of_revision(one.after)
    )


def _revision(one: RevisionRow) -> RevisionOut:
    row = one.revision
    return RevisionOut(
        revision=row.revision,
        as_of=row.as_of,
        made_at=row.made_at,
        formula_version=row.formula,
        rule_version=row.rule_version,
        reason=row.reason,
        input_digest=row.input_digest.hex(),
        result_digest=row.result_digest.hex(),
        changes=[_change(change) for change in one.changes],
    )


class CreditPeriodController(Controller):
    """Months, quarters and years that stand."""

    path = "/credit/periods"
    tags = ("credit",)

    @get(
        guards=[requires(Permission.READ_CREDIT)],
        operation_id="listCreditPeriods",
        operation_class=ApiOperation,
        summary="Frozen periods",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def periods(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        kind: Annotated[PeriodKind | None, QueryParameter()] = None,
    ) -> CreditPeriodList:
        """List frozen periods; observers see those that are published."""
        rows = await read_periods(reader, principal, kind)
        return CreditPeriodList(items=[_listed(row) for row in rows])

    @get(
        "/{period:str}/revisions",
        guards=[requires(Permission.READ_CREDIT)],
        operation_id="listCreditRevisions",
        operation_class=ApiOperation,
        summary="The revisions of a period and what they changed",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def revisions(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        period: FromPath[str],
    ) -> RevisionList:
        """List every revision with its reason; a department sees what was changed of itself."""
        rows = await read_revisions(reader, principal, period)
        return RevisionList(items=[_revision(row) for row in rows])

    @post(
        status_code=201,
        guards=[requires(Permission.SIGN_CREDIT)],
        operation_id="freezeCreditPeriod",
        operation_class=ApiOperation,
        summary="Freeze a period that is over",
        responses=problem_responses(401, 403, 409, 422, 503),
    )
    async def freeze(self, tx: NamedDependency[Tx], data: JSONBody[FreezeBody]) -> CreditPeriodOut:
        """Freeze a month, a quarter or a year, once; the worker does it by itself on the first day."""
        return _period(await freeze(tx, Period.parse(data.period), reason=data.reason or ""))

    @post(
        "/{period:str}/begin-notice",
        status_code=200,
        guards=[requires(Permission.SIGN_CREDIT)],
        operation_id="beginCreditNotice",
        operation_class=ApiOperation,
        summary="Show a quarter or a year to the departments",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def notice(self, tx: NamedDependency[Tx], period: FromPath[str]) -> CreditPeriodOut:
        """Begin the notice of a quarter or a year, for the working days that the rules say."""
        return _period(await begin_notice(tx, period))

    @post(
        "/{period:str}/publish",
        status_code=200,
        guards=[requires(Permission.SIGN_CREDIT)],
        operation_id="publishCreditPeriod",
        operation_class=ApiOperation,
        summary="Publish a period",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def publish(self, tx: NamedDependency[Tx], period: FromPath[str]) -> CreditPeriodOut:
        """Sign a period off: its figures are public and its grades act from now on."""
        return _period(await publish_period(tx, period))
