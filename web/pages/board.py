"""The supervisor's board."""

from datetime import timedelta

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.glance import count_grades, count_waiting
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.supervision.queries import open_orders
from hotline.supervision.rules import OrderLevel
from hotline.tickets.queries import count_clocks, count_queues
from web.pages.frame import PageRequest, page, shell_of, speaker
from web.security.guards import requires
from web.views.board import SOON_HOURS, make_board
from web.views.credit_glance import grade_counts, waiting_marks
from web.views.supervision import order_view

MOST_LISTED = 100


class BoardController(Controller):
    """What is late, and what will be."""

    path = "/board"
    guards = (requires(Permission.READ_BOARD),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the board."""
        now = shell_of(request).now
        clocks = await count_clocks(reader, now, now + timedelta(hours=SOON_HOURS))
        places = await count_queues(reader, principal, now)
        t = speaker(request)
        listed = await open_orders(reader, principal, level=OrderLevel.LISTING, limit=MOST_LISTED)
        return page(
            request,
            "pages/board.html",
            board=make_board(clocks, places, t),
            soon_hours=SOON_HOURS,
            listed=[order_view(row, t) for row in listed],
            credit_grades=grade_counts(await count_grades(reader), t),
            credit_waiting=waiting_marks(await count_waiting(reader, now), principal, t),
        )
