"""The ledger of returns: what is disputed, what became of it, and what waits."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from urllib.parse import urlencode

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.paging import Page
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.people.queries import list_departments
from hotline.procedures.dispute_rules import ReturnLevel
from hotline.procedures.ledger import (
    RECENT,
    ReturnFilter,
    ReturnRow,
    count_returns,
    list_returns,
)
from hotline.procedures.rules import ReturnReason
from web.i18n import Translator
from web.labels import label
from web.pages.desk import department_options
from web.pages.frame import PageRequest, page, shell_of, speaker
from web.security.guards import requires
from web.views.forms import FormState
from web.views.returns import STATE_WORDS, figures_of, filters_of, return_view

PAGE_SIZE = 50
ASKED = ("state", "level", "reason", "department", "overdue", "recent")


class ReturnController(Controller):
    """Disputed assignments: a department sees its own, the hotline all."""

    path = "/returns"
    guards = (requires(Permission.READ_RETURNS),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the ledger, the newest first."""
        t, now = speaker(request), shell_of(request).now
        asked = {name: request.query_params.get(name, "") for name in ASKED}
        found = await find_returns(
            reader, principal, asked, now, cursor=request.query_params.get("cursor")
        )
        counts = await count_returns(reader, principal, now)
        departments = await list_departments(reader) if principal.sees_every_ticket else ()
        filters = filters_of(asked)
        return page(
            request,
            "pages/returns.html",
            rows=[return_view(row, now, t) for row in found.items],
            figures=figures_of(counts, t),
            filter=FormState(asked),
            is_narrowed=bool(filters),
            states=[(state.value, t.text(words)) for state, words in STATE_WORDS.items()],
            levels=_options(ReturnLevel, t),
            reasons=_options(ReturnReason, t),
            departments=department_options(departments, t),
            next_href=f"/returns?{urlencode({**filters, 'cursor': found.next_cursor})}"
            if found.next_cursor
            else None,
        )


async def find_returns(
    reader: AsyncSession,
    principal: Principal,
    asked: Mapping[str, str],
    now: datetime,
    *,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[ReturnRow]:
    """Return what the ledger shows for these filters, on its page and in its export."""
    return await list_returns(reader, principal, _wanted(asked, now), cursor=cursor, limit=limit)


def _wanted(asked: Mapping[str, str], now: datetime) -> ReturnFilter:
    return ReturnFilter(
        state=tuple(one for one in STATE_WORDS if one.value == asked["state"]),
        level=tuple(one for one in ReturnLevel if one.value == asked["level"]),
        reason=tuple(one for one in ReturnReason if one.value == asked["reason"]),
        department=asked["department"] or None,
        overdue_at=now if asked["overdue"] else None,
        decided_from=now - RECENT if asked["recent"] else None,
    )


def _options(members: Iterable[Enum], t: Translator) -> list[tuple[str, str]]:
    return [(str(member.value), t.text(label(member))) for member in members]
