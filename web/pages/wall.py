"""The wall: figures to be read from afar, for who reads the board, and for screens without a person."""

import random
import uuid
from collections.abc import Mapping
from typing import Any

from litestar import Controller, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.params import FromPath
from litestar.response import Redirect, Stream
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.calls.receiving import BOARD_TOPIC
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_
from hotline.people.permissions import Permission, Role
from hotline.people.principal import Principal, Tx
from hotline.supervision.board.errors import ScreenNotFound
from hotline.supervision.board.screens import (
    SCREEN_LIFE,
    add_screen,
    admit_screen,
    list_screens,
    revoke_screen,
)
from hotline.supervision.board.spans import Period, spans_of
from web.live.hub import Hub
from web.live.stream import LIFE_SECONDS, STREAM_HEADERS, events, reader_of
from web.pages.board import Asked, read_board
from web.pages.frame import PageRequest, page, posted, see_other, shell_of, speaker
from web.resources import Resources
from web.security.guards import requires
from web.security.identity import NotSignedIn
from web.views.board import View
from web.views.fields import Field, Kind, read
from web.views.forms import EMPTY, FormState

WALL_COOKIE = "hotline_wall"
WALL_TOPICS = frozenset({BOARD_TOPIC})
_WALL = Principal(frozenset({Role.AUTHORITY}))
"""With whose eyes a screen counts; it is shown figures and never a ticket."""

_NAME = (Field("name", N_("Where the screen hangs"), Kind.LINE, most=80),)
_MINUTE_SECONDS = 60


async def _admit(request: PageRequest, resources: Resources) -> None:
    """Let in who reads the board, and screens that may show the wall.

    Raises:
        NotSignedIn: neither.
    """
    principal = request.scope.get("user")
    if isinstance(principal, Principal):
        principal.require(Permission.READ_BOARD)
        return
    word = request.cookies.get(WALL_COOKIE)
    maker, now = resources.session_maker, resources.clock.now()
    if word is None or not await admit_screen(maker, word, now):
        raise NotSignedIn


class WallController(Controller):
    """What hangs on the wall: no personal data, no names, nothing to press."""

    path = "/wall"
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
    ) -> Response[str]:
        """Show the wall."""
        await _admit(request, resources)
        return page(request, "pages/wall.html", **await _figures(request, reader))

    @get("/figures")
    async def show_figures(
        self,
        request: PageRequest,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
    ) -> Response[str]:
        """Show the figures anew."""
        await _admit(request, resources)
        return page(request, "fragments/wall_figures.html", **await _figures(request, reader))

    @get("/open/{word:str}")
    async def open(
        self,
        request: PageRequest,
        resources: NamedDependency[Resources],
        word: FromPath[str],
    ) -> Redirect:
        """Make this browser the screen whose word it brings.

        Raises:
            ScreenNotFound: there is no such screen any more.
        """
        if not await admit_screen(resources.session_maker, word, resources.clock.now()):
            raise ScreenNotFound
        answer = see_other("/wall")
        answer.set_cookie(
            Cookie(
                key=WALL_COOKIE,
                value=word,
                path="/wall",
                httponly=True,
                secure=request.url.scheme == "https",
                samesite="strict",
                max_age=int(SCREEN_LIFE.total_seconds()),
            )
        )
        return answer

    @get("/live")
    async def listen(
        self,
        request: PageRequest,
        resources: NamedDependency[Resources],
    ) -> Response[Any]:
        """Tell that a figure may have changed, again and again; a stream ends with the right to it."""
        await _admit(request, resources)
        hub: Hub = request.app.state.live
        life = LIFE_SECONDS * random.uniform(0.8, 1.2)  # noqa: S311  # nothing is guessed by it
        stream: Response[Any] = Stream(
            events(hub, WALL_TOPICS, reader_of(_WALL), life=life),
            media_type=MediaType.TEXT,
            headers=STREAM_HEADERS,
        )
        return stream


async def _figures(request: PageRequest, reader: AsyncSession) -> Mapping[str, Any]:
    now, t = shell_of(request).now, speaker(request)
    today = now.astimezone(SHANGHAI).date()
    asked = Asked({}, Period.WEEK, spans_of(Period.WEEK, today), today, None, None)
    present, period = await read_board(
        request, _WALL, reader, asked, View(None, None, sees_all=True, t=t)
    )
    return {"now": present, "period": period}


class ScreenController(Controller):
    """Screens that may show the wall."""

    path = "/admin/screens"
    guards = (requires(Permission.MANAGE_SCREENS),)
    include_in_schema = False

    @get()
    async def show(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show the screens."""
        return await _page(request, reader, EMPTY)

    @post(status_code=200)
    async def add(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[str]:
        """Add a screen and show its address, this once."""
        values, form = read(_NAME, await posted(request), speaker(request))
        if form.errors:
            return await _page(request, tx.session, form, status=422)
        _, word = await add_screen(tx, values["name"])
        await tx.session.flush()  # so that the list below has it
        return await _page(request, tx.session, EMPTY, address=f"{_base(request)}/wall/open/{word}")

    @post("/{screen_id:uuid}/revoke", status_code=200)
    async def revoke(self, tx: NamedDependency[Tx], screen_id: FromPath[uuid.UUID]) -> Redirect:
        """Take a screen away."""
        await revoke_screen(tx, screen_id)
        return see_other("/admin/screens")


def _base(request: PageRequest) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


async def _page(
    request: PageRequest,
    reader: AsyncSession,
    form: FormState,
    *,
    status: int = 200,
    address: str | None = None,
) -> Response[str]:
    return page(
        request,
        "pages/wall_screens.html",
        status=status,
        screens=await list_screens(reader),
        fields=_NAME,
        form=form,
        address=address,
    )
