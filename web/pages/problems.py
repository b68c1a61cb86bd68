"""Errors as pages: what went wrong, in words, and what to do now."""

from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
import structlog
from litestar import Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect
from litestar.types import ExceptionHandlersMap

from hotline.kernel.errors import DomainError
from hotline.kernel.jobs import is_passing
from web.errors import http_problem, language_of, status_of
from web.pages.frame import PageRequest, page, see_other
from web.pages.kept_forms import kept_form, page_before
from web.security.identity import NotSignedIn
from web.views.forms import EMPTY
from web.views.problems import explain, problem

log = structlog.get_logger(__name__)


def _is_fragment(request: PageRequest) -> bool:
    return request.headers.get("hx-request") == "true"


def _show(request: PageRequest, status: int, detail: str | None = None) -> Response[str]:
    request_id = str(request.scope["state"].get("request_id", "")) if status >= 500 else None  # noqa: PLR2004
    said = problem(status, detail=detail, request_id=request_id)
    if _is_fragment(request):
        answer = page(request, "fragments/message.html", status=status, problem=said)
        answer.headers["hx-retarget"] = "#messages"
        answer.headers["hx-reselect"] = ".message"
        answer.headers["hx-reswap"] = "innerHTML show:top"
        return answer
    return page(request, "errors/error.html", status=status, problem=said)


def domain_page(request: PageRequest, error: DomainError) -> Response[str]:
    """Show a refusal of the field."""
    return _show(request, status_of(error), explain(error, language_of(request)))


def sign_in_page(request: PageRequest, error: NotSignedIn) -> Response[str] | Redirect:
    """Send whoever is not signed in to the sign-in page, and back afterwards."""
    if _is_fragment(request):
        return _show(request, 401, explain(error, language_of(request)))
    if request.method != "GET":
        kept = kept_form(request)
        if kept is None:
            return _show(request, 401, explain(error, language_of(request)))
        return page(
            request,
            "pages/sign_in.html",
            status=401,
            form=EMPTY,
            next=page_before(request),
            kept=kept,
        )
    query = urlencode({"next": request.url.path})
    return see_other(f"/sign-in?{query}" if request.url.path != "/" else "/sign-in")


def http_page(request: PageRequest, error: HTTPException) -> Response[str]:
    """Show what the framework refuses, in our words."""
    return _show(request, min(500, error.status_code))


def database_page(request: PageRequest, error: Exception) -> Response[str]:
    """Show trouble with the database: away for a moment, a double click, or a fault of ours."""
    if is_passing(error):
        log.warning("database_unavailable", error=type(error).__name__)
        answer = _show(request, 503)
        answer.headers["retry-after"] = "2"
        return answer
    return _show(request, 409 if isinstance(error, sa.exc.IntegrityError) else 500)


def internal_page(request: PageRequest, _error: Exception) -> Response[str]:
    """Show a fault of ours with nothing but a request id."""
    return _show(request, 500)


def missing_page(
    request: PageRequest, error: HTTPException
) -> Response[str] | Response[dict[str, Any]]:
    """Answer an address that nobody serves: a page to a browser, a problem to a program."""
    wants_page = "text/html" in request.headers.get("accept", "")
    if wants_page and not request.url.path.startswith(("/api/", "/open311/")):
        return http_page(request, error)
    return http_problem(request, error)


PAGE_ERRORS: ExceptionHandlersMap = {
    NotSignedIn: sign_in_page,
    DomainError: domain_page,
    HTTPException: http_page,
    sa.exc.SQLAlchemyError: database_page,
    OSError: database_page,
    500: internal_page,
}
"""How errors are answered wherever a person looks."""
