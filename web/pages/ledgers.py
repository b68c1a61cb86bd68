"""The ledgers on pages: suspended matters with their reviews, plans with their milestones."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_
from hotline.kernel.paging import Page
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.people.queries import list_departments
from hotline.procedures.ledgers import (
    PLAN_STATES,
    PlanFilter,
    PlanRow,
    SuspensionFilter,
    SuspensionRow,
    list_plans,
    list_suspensions,
)
from hotline.procedures.rules import PauseReason, ProcedureState
from web.labels import label
from web.pages.desk import department_options
from web.pages.frame import PageRequest, page, shell_of, speaker
from web.security.guards import requires
from web.views.forms import FormState
from web.views.ledgers import plan_view, suspension_view

PAGE_SIZE = 50
SOON = timedelta(days=7)
SUSPENSIONS_ASKED = ("state", "reason", "department", "review")
PLANS_ASKED = ("state", "department", "marked")

_REVIEWS = (("late", N_("Overdue")), ("soon", N_("Within 7 days")))
_SHOWN = (("running", N_("Suspended now")), ("ended", N_("Over")))
_MARKED = (("late", N_("A milestone was missed")), ("close_out", N_("To be struck off")))


def _asked(request: PageRequest, *names: str) -> dict[str, str]:
    return {name: request.query_params.get(name, "") for name in names}


def _next(path: str, asked: Mapping[str, str], cursor: str | None) -> str | None:
    if cursor is None:
        return None
    filters = {name: text for name, text in asked.items() if text}
    return f"{path}?{urlencode({**filters, 'cursor': cursor})}"


async def find_suspensions(
    reader: AsyncSession,
    principal: Principal,
    asked: Mapping[str, str],
    now: datetime,
    *,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[SuspensionRow]:
    """Return the suspended matters of these filters, for the page and for its export."""
    return await list_suspensions(
        reader,
        principal,
        SuspensionFilter(
            is_ended=asked["state"] == ProcedureState.ENDED.value,
            reason=next((one for one in PauseReason if one.value == asked["reason"]), None),
            department=asked["department"] or None,
            review_before={"late": now, "soon": now + SOON}.get(asked["review"]),
        ),
        now=now,
        cursor=cursor,
        limit=limit,
    )


async def find_plans(
    reader: AsyncSession,
    principal: Principal,
    asked: Mapping[str, str],
    now: datetime,
    *,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[PlanRow]:
    """Return the plans of these filters, for the page and for its export."""
    states = tuple(state for state in PLAN_STATES if state.value == asked["state"])
    return await list_plans(
        reader,
        principal,
        PlanFilter(
            state=states or (ProcedureState.RUNNING,),
            department=asked["department"] or None,
            late_at=now if asked["marked"] == "late" else None,
            close_out=asked["marked"] == "close_out",
        ),
        cursor=cursor,
        limit=limit,
    )


class SuspensionController(Controller):
    """Matters whose work waits."""

    path = "/suspensions"
    guards = (requires(Permission.READ_TICKETS),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the list, the one to be looked at first at the head."""
        now, t = shell_of(request).now, speaker(request)
        asked = _asked(request, *SUSPENSIONS_ASKED)
        found = await find_suspensions(
            reader, principal, asked, now, cursor=request.query_params.get("cursor")
        )
        return page(
            request,
            "pages/suspensions.html",
            suspensions=[suspension_view(row, t) for row in found.items],
            filter=FormState(asked),
            is_narrowed=any(asked.values()),
            states=[(value, t.text(words)) for value, words in _SHOWN],
            reasons=[(one.value, t.text(label(one))) for one in PauseReason],
            reviews=[(value, t.text(words)) for value, words in _REVIEWS],
            departments=department_options(await list_departments(reader), t)
            if principal.sees_every_ticket
            else [],
            next_href=_next("/suspensions", asked, found.next_cursor),
        )


class PlanController(Controller):
    """Plans, struck off milestone by milestone."""

    path = "/plans"
    guards = (requires(Permission.READ_TICKETS),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the ledger, the newest plan first; those that run unless another state is asked for."""
        now, t = shell_of(request).now, speaker(request)
        asked = _asked(request, *PLANS_ASKED)
        found = await find_plans(
            reader, principal, asked, now, cursor=request.query_params.get("cursor")
        )
        return page(
            request,
            "pages/plans.html",
            plans=[plan_view(row, t) for row in found.items],
            filter=FormState(asked),
            is_narrowed=any(asked.values()),
            states=[(state.value, t.text(label(state))) for state in PLAN_STATES],
            marked=[(value, t.text(words)) for value, words in _MARKED],
            departments=department_options(await list_departments(reader), t)
            if principal.sees_every_ticket
            else [],
            next_href=_next("/plans", asked, found.next_cursor),
        )
