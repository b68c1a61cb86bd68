"""Who asks: a session cookie or a bearer token, looked up in one statement before anything else.

A request that changes something and comes with a cookie must prove that its page was ours: it brings
the session's own token in a header or a form field. Requests with a bearer token need no such proof.
"""

import hmac
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.datastructures import Cookie
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.people.access import by_session, by_token
from hotline.people.actions import SESSION_LIFE
from hotline.people.principal import Principal
from web.resources import Resources

SESSION_COOKIE = "hotline_session"
CSRF_FIELD = "_csrf_token"
CSRF_HEADER = "x-csrf-token"
SENT_FORM = "sent_form"
"""Where a form that came without a session is found, so that it is not lost at the door."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_OPEN_PATHS = ("/static/", "/health/", "/metrics", "/schema", "/open311/")


class NotSignedIn(DomainError):
    """The request needs a session or a token and brings none that holds."""

    kind = ErrorKind.FORBIDDEN
    code = "not-signed-in"
    title = N_("Sign in first, or send a valid bearer token")


class ForeignRequest(DomainError):
    """A request that changes something did not come from a page of ours."""

    kind = ErrorKind.FORBIDDEN
    code = "foreign-request"
    title = N_("The page is out of date: load it again and repeat what you did")


def csrf_token(cipher: FieldCipher, session_token: str | None) -> str:
    """Return the token that the forms of a session carry."""
    return cipher.sign(f"csrf:{session_token}") if session_token else ""


def session_cookie(token: str | None, *, secure: bool) -> Cookie:
    """Return the cookie that keeps somebody signed in, or ends that."""
    return Cookie(
        key=SESSION_COOKIE,
        value=token or "",
        path="/",
        httponly=True,
        secure=secure,
        samesite="lax",
        max_age=int(SESSION_LIFE / timedelta(seconds=1)) if token else 0,
    )


class IdentityMiddleware:
    """Puts the `Principal`, or None, into `scope["user"]` and how he is known into `scope["auth"]`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find out who asks, then go on."""
        if scope["type"] == ScopeType.HTTP and not scope["path"].startswith(_OPEN_PATHS):
            resources: Resources = scope["litestar_app"].state.resources
            request: Request[Any, Any, Any] = Request(scope, receive=receive, send=send)
            scope["user"], scope["auth"] = await _identify(resources, request)
            if request.method not in _SAFE and scope["auth"] != "token":
                await _keep_form(request)
                await _require_own(resources, request)
        else:
            scope["user"] = scope["auth"] = None
        await self.app(scope, receive, send)


async def _identify(
    resources: Resources, request: Request[Any, Any, Any]
) -> tuple[Principal | None, str | None]:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        principal = await by_token(resources.fetch, token.strip())
        if principal is None:
            raise NotSignedIn
        return principal, "token"
    cookie = request.cookies.get(SESSION_COOKIE)
    if cookie:
        principal = await by_session(resources.fetch, cookie, resources.clock.now())
        if principal is not None:
            return principal, "session"
    return None, None


async def _keep_form(request: Request[Any, Any, Any]) -> None:
    """Keep what a form of ours brings: it may be that its sender has to come through the door first."""
    is_ours = request.headers.get("sec-fetch-site") in {"same-origin", None}
    if is_ours and request.headers.get("content-type", "").startswith(_FORMS[0]):
        form = await request.form()
        request.scope["state"][SENT_FORM] = [
            (name, value) for name in form for value in form.getall(name) if isinstance(value, str)
        ]


async def _require_own(resources: Resources, request: Request[Any, Any, Any]) -> None:
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site not in {None, "same-origin", "none"} or (
        site is None and origin and urlsplit(origin).netloc != request.headers.get("host")
    ):
        raise ForeignRequest
    if request.scope["auth"] != "session":
        return
    given = request.headers.get(CSRF_HEADER)
    if given is None and request.headers.get("content-type", "").startswith(_FORMS):
        given = (await request.form()).get(CSRF_FIELD)
    expected = csrf_token(resources.cipher, request.cookies.get(SESSION_COOKIE))
    if not hmac.compare_digest(str(given or ""), expected):
        raise ForeignRequest
