"""The whistles: who was called, who came, what was decided, and how units came over time."""

from datetime import timedelta
from urllib.parse import urlencode

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.meetings.queries import (
    WhistleFilter,
    calls_waiting,
    list_whistles,
    response_figures,
)
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.people.queries import list_departments
from hotline.tickets.meetings import MeetingState
from web.labels import label
from web.pages.desk import department_options
from web.pages.frame import PageRequest, page, shell_of, speaker
from web.security.guards import requires
from web.views.forms import FormState
from web.views.meetings import call_view, figures_view, whistle_view

PAGE_SIZE = 50
FIGURE_DAYS = 90
_FILTERS = ("state", "department", "waiting")


class WhistleController(Controller):
    """Units whistled together; a department sees those that it was called by."""

    path = "/whistles"
    guards = (requires(Permission.READ_MEETINGS),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the list, in a fixed number of statements."""
        t, now = speaker(request), shell_of(request).now
        asked = {name: request.query_params.get(name, "") for name in _FILTERS}
        found = await list_whistles(
            reader,
            principal,
            WhistleFilter(
                state=tuple(state for state in MeetingState if state.value == asked["state"]),
                department=asked["department"] or None,
                is_unanswered=bool(asked["waiting"]),
            ),
            cursor=request.query_params.get("cursor"),
            limit=PAGE_SIZE,
        )
        figures = await response_figures(reader, principal, now - timedelta(days=FIGURE_DAYS), now)
        filters = {name: text for name, text in asked.items() if text}
        return page(
            request,
            "pages/whistles.html",
            whistles=[whistle_view(line, principal, now, t) for line in found.items],
            calls=[call_view(row) for row in await calls_waiting(reader, principal)],
            figures=[figures_view(line, t) for line in figures],
            days=FIGURE_DAYS,
            filter=FormState(asked),
            is_narrowed=bool(filters),
            states=[(state.value, t.text(label(state))) for state in MeetingState],
            departments=department_options(await list_departments(reader), t),
            next_href=f"/whistles?{urlencode({**filters, 'cursor': found.next_cursor})}"
            if found.next_cursor
            else None,
        )
