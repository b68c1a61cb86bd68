"""What grades bring: the watch list, due checks, who may be honoured, one department's consequences."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.consequences.actions import record_routine_check
from credit.consequences.queries import (
    consequences_in_force,
    due_checks,
    find_own_department,
    honours_of,
    past_consequences,
    routine_checks_of,
)
from credit.consequences.rules import ConsequenceKind
from hotline.kernel.errors import N_
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import list_departments
from web.pages.desk import department_options
from web.pages.frame import PageRequest, page, see_other, shell_of, speaker
from web.pages.record_forms import RecordForm, Sent, form_views, send
from web.security.guards import requires
from web.views.credit_consequences import (
    consequence_view,
    due_check_view,
    honour_view,
    past_view,
    watched_views,
)
from web.views.directory import unit_name
from web.views.fields import Field, Kind

RECORD = RecordForm(
    "checks",
    N_("Record a routine check"),
    record_routine_check,
    (
        Field("department", N_("Department"), Kind.DEPARTMENT),
        Field("checked_at", N_("Checked on"), Kind.INSTANT),
        Field("findings", N_("Findings"), most=2000),
    ),
    is_versioned=False,
)


class CreditConsequenceController(Controller):
    """What grades bring."""

    path = "/credit"
    guards = (requires(Permission.READ_CREDIT),)
    include_in_schema = False

    @get("/watchlist", guards=[requires(Permission.READ_BOARD)])
    async def show_watchlist(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show who is watched, whose grade goes to the government, and who may not be honoured."""
        t, now = speaker(request), shell_of(request).now
        rows = await consequences_in_force(reader, now)
        return page(
            request,
            "pages/credit_watchlist.html",
            watched=watched_views(rows, t),
            reports=[
                consequence_view(row, t)
                for row in rows
                if row.consequence.kind is ConsequenceKind.GOVERNMENT_REPORT
            ],
            honours=[honour_view(row, t) for row in await honours_of(reader, now)],
        )

    @get("/checks", guards=[requires(Permission.READ_VISITS)])
    async def show_checks(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show which departments are due for a routine check."""
        return await _checks(request, principal, reader)

    @post("/checks", status_code=200, guards=[requires(Permission.CHECK_PLACES)])
    async def record_check(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
    ) -> Response[Any]:
        """Record a routine check."""
        sent = await send(request, tx, RECORD)
        if sent.form is not None:
            return await _checks(request, principal, tx.session, sent)
        return see_other("/credit/checks?done=1")

    @get("/departments/{code:str}/consequences")
    async def show_department(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        code: FromPath[str],
    ) -> Response[str]:
        """Show what a department's grade brings, and what it has brought."""
        t, now = speaker(request), shell_of(request).now
        unit = await find_own_department(reader, principal, code)
        rows = await consequences_in_force(reader, now, department_id=unit.id)
        return page(
            request,
            "pages/credit_consequences.html",
            department=unit_name(unit, t),
            code=unit.code,
            standing=[consequence_view(row, t) for row in rows],
            past=[past_view(row, t) for row in await past_consequences(reader, unit.id)],
            checks=await routine_checks_of(reader, unit.id),
        )


async def _checks(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    sent: Sent | None = None,
) -> Response[str]:
    t = speaker(request)
    may_record = Permission.CHECK_PLACES in principal.permissions
    return page(
        request,
        "pages/credit_checks.html",
        status=sent.status if sent else 200,
        checks=[due_check_view(row, t) for row in await due_checks(reader)],
        actions=form_views((RECORD,), sent) if may_record else (),
        departments=department_options(await list_departments(reader), t) if may_record else (),
        done=t.text(N_("The check is recorded")) if "done" in request.query_params else None,
    )
