"""Parts of pages that look the same to all readers of a sight: made once for whoever asks at once."""

from collections.abc import Awaitable, Callable

from litestar import Response
from litestar.enums import MediaType

from hotline.people.principal import Principal
from web.errors import language_of
from web.live.shelf import Shelf
from web.pages.frame import PageRequest
from web.resources import Resources
from web.security.identity import SESSION_COOKIE, csrf_token

KIND_HEADER = "x-live"
"""Set by a page that asks for a part of itself, with the part's kind."""

AFTER_HEADER = "x-live-after"
"""The batch that the page has heard of last."""

_PLACE = "\x00form\x00"
"""Stands where the token of a reader's own session belongs."""


def is_part(request: PageRequest, kind: str) -> bool:
    """Tell whether a page asks for this part of itself alone."""
    return request.headers.get(KIND_HEADER) == kind


async def shared(
    request: PageRequest,
    principal: Principal,
    make: Callable[[], Awaitable[Response[str]]],
    *,
    is_own: bool = False,
) -> Response[str]:
    """Return a part of a page, made now or a moment ago for another reader who sees the same.

    Args:
        request: asks for it; its address says what is to be shown.
        principal: the reader; who has the same roles, and sees the same tickets, sees the same.
        make: makes the part.
        is_own: the part is of the reader's own, as what waits for him.
    """
    shelf: Shelf = request.app.state.shelf
    resources: Resources = request.app.state.resources
    token = csrf_token(resources.cipher, request.cookies.get(SESSION_COOKIE))

    async def text() -> str:
        made = (await make()).content
        return made.replace(token, _PLACE) if token else made

    key = (
        request.url.path,
        request.url.query,
        language_of(request),
        tuple(sorted(principal.roles)),
        None if principal.sees_every_ticket else principal.department_id,
        principal.user_id if is_own else None,
    )
    found = await shelf.get(key, text, after=request.headers.get(AFTER_HEADER, ""))
    return Response(found.replace(_PLACE, token), media_type=MediaType.HTML)
