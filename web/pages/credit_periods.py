"""Periods of credit: which are frozen, what their revisions changed, freezing and publishing them."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.figures import PeriodRow, find_period, read_periods, read_revisions
from credit.freezing import begin_notice, freeze, objections_holding_up, publish_period
from credit.period_errors import PeriodNotFrozen
from credit.period_models import CreditPeriod, PeriodState
from credit.periods import Period, PeriodKind
from hotline.kernel.errors import N_
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from web.labels import label
from web.pages.frame import PageRequest, page, see_other, shell_of, speaker
from web.pages.record_forms import RecordForm, Sent, form_views, send
from web.security.guards import requires
from web.views.credit_periods import period_line, revision_view, until_of_notice
from web.views.fields import Field, Kind
from web.views.forms import FormState


async def _freeze(tx: Tx, *, period: str, reason: str | None = None) -> CreditPeriod:
    return await freeze(tx, Period.parse(period), reason=reason or "")


FREEZE = RecordForm(
    "freeze",
    N_("Freeze a period"),
    _freeze,
    (
        Field(
            "period",
            N_("Period"),
            Kind.LINE,
            most=8,
            hint=N_("2026-11, 2026-Q4 or 2026; it must be over."),
        ),
        Field("reason", N_("Note"), Kind.LINE, required=False, most=200),
    ),
    question=N_("Freeze it? What is frozen stays as it is for good."),
    is_versioned=False,
)
NOTICE = RecordForm(
    "begin-notice",
    N_("Show it to the departments"),
    begin_notice,
    question=N_("Show it for five working days, so that departments may object?"),
    is_versioned=False,
)
PUBLISH = RecordForm(
    "publish",
    N_("Sign off and publish"),
    publish_period,
    question=N_("Publish it? Its figures are public and its grades act from now on."),
    is_versioned=False,
)


class CreditPeriodController(Controller):
    """Months, quarters and years that stand."""

    path = "/credit/periods"
    guards = (requires(Permission.READ_CREDIT),)
    include_in_schema = False

    @get()
    async def show_list(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the periods that one may see something of, the newest first."""
        return await _list(request, principal, reader)

    @post("/freeze", status_code=200, guards=[requires(Permission.SIGN_CREDIT)])
    async def freeze(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Freeze a period."""
        sent = await send(request, tx, FREEZE)
        if sent.form is not None:
            return await _list(request, tx.actor, tx.session, sent)
        return see_other(f"/credit/periods/{sent.result.key}")

    @get("/{period:str}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        period: FromPath[str],
    ) -> Response[str]:
        """Show a period with its revisions."""
        return await _show(request, principal, reader, period)

    @post(
        "/{period:str}/{action:str}",
        status_code=200,
        guards=[requires(Permission.SIGN_CREDIT)],
    )
    async def act(
        self,
        request: PageRequest,
        tx: NamedDependency[Tx],
        period: FromPath[str],
        action: FromPath[str],
    ) -> Response[Any]:
        """Do what a form of a period asks for."""
        form = next((one for one in (NOTICE, PUBLISH) if one.code == action), None)
        if form is None:
            raise PeriodNotFrozen(period=period)
        sent = await send(request, tx, form, period)
        if sent.form is not None:
            return await _show(request, tx.actor, tx.session, period, sent)
        return see_other(f"/credit/periods/{period}")


async def _list(
    request: PageRequest, principal: Principal, reader: AsyncSession, sent: Sent | None = None
) -> Response[str]:
    t, now = speaker(request), shell_of(request).now
    asked = request.query_params.get("kind", "")
    kind = next((one for one in PeriodKind if one.value == asked), None)
    may_sign = Permission.SIGN_CREDIT in principal.permissions
    return page(
        request,
        "pages/credit_periods.html",
        status=sent.status if sent else 200,
        rows=[period_line(row, now) for row in await read_periods(reader, principal, kind)],
        filter=FormState({"kind": asked}),
        is_narrowed=bool(asked),
        kinds=[(one.value, t.text(label(one))) for one in PeriodKind],
        actions=form_views((FREEZE,) if may_sign else (), sent),
    )


async def _show(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    key: str,
    sent: Sent | None = None,
) -> Response[str]:
    t = speaker(request)
    period = await find_period(reader, principal, key)
    held_up = await objections_holding_up(reader)
    forms = _forms(period) if Permission.SIGN_CREDIT in principal.permissions else ()
    revisions = await read_revisions(reader, principal, key)
    row = PeriodRow(period, held_up.get(period.key, 0))
    return page(
        request,
        "pages/credit_period.html",
        status=sent.status if sent else 200,
        view=period_line(row, shell_of(request).now),
        may_object=Permission.APPEAL_CREDIT in principal.permissions
        and until_of_notice(period, shell_of(request).now) is not None,
        is_ranked=principal.sees_every_ticket or period.state is PeriodState.PUBLISHED,
        revisions=[
            revision_view(one, t, sees_cases=principal.sees_every_ticket)
            for one in reversed(revisions)
        ],
        actions=form_views(forms, sent),
    )


def _forms(period: CreditPeriod) -> tuple[RecordForm, ...]:
    if period.state is PeriodState.PUBLISHED:
        return ()
    if period.state is PeriodState.FROZEN and period.kind is not PeriodKind.MONTH:
        return (NOTICE,)
    return (PUBLISH,)
