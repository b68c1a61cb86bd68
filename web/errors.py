"""From errors to answers: the only table from kinds to status numbers."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap, Scope

from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.kernel.jobs import is_passing
from hotline.open311.faults import RequestRefused
from hotline.people.principal import Principal
from web import i18n
from web.security.identity import NotSignedIn
from web.views.problems import explain, problem

log = structlog.get_logger(__name__)

STATUS_OF: Mapping[ErrorKind, int] = MappingProxyType(
    {
        ErrorKind.INVALID: 422,
        ErrorKind.NOT_FOUND: 404,
        ErrorKind.FORBIDDEN: 403,
        ErrorKind.CONFLICT: 409,
        ErrorKind.EXPIRED: 410,
        ErrorKind.TOO_MANY: 429,
        ErrorKind.TOO_LARGE: 413,
    }
)

INVALID_REQUEST = "invalid-request"
MALFORMED_REQUEST = "malformed-request"
UNAVAILABLE = "temporarily-unavailable"
INTERNAL = "internal-error"
CONFLICT = "conflict"

_HTTP_CODES = {
    400: MALFORMED_REQUEST,
    401: "not-signed-in",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "unsupported-media-type",
    429: "too-many-requests",
}
REFUSED = "refused"

HTTP_PROBLEMS: Mapping[str, str] = MappingProxyType(
    {
        **{code: str(status) for status, code in _HTTP_CODES.items()},
        INVALID_REQUEST: "422",
        CONFLICT: "409",
        UNAVAILABLE: "503",
        INTERNAL: "500",
        REFUSED: "400",
    }
)
"""Codes of answers that are no `DomainError`, with their statuses."""

RETRY_AFTER_SECONDS = "2"
_DATA_EXCEPTIONS = "22"
"""PostgreSQL's class of errors about values."""

_UNAVAILABLE_TITLE = N_("A part of the system is away for a moment: try again shortly")
_CONFLICT_TITLE = N_("Somebody else has just done the same: look at the present state")


def status_of(error: DomainError | type[DomainError]) -> int:
    """Return the HTTP status of a domain error."""
    kind = error if isinstance(error, type) else type(error)
    return 401 if issubclass(kind, NotSignedIn) else STATUS_OF[kind.kind]


def language_of(request: Request[Any, Any, Any]) -> str:
    """Return the language to answer in."""
    principal = request.scope.get("user")
    return i18n.negotiate(
        chosen=principal.language if isinstance(principal, Principal) else None,
        cookie=request.cookies.get("lang"),
        accept=request.headers.get("accept-language"),
    )


def _request_id(request: Request[Any, Any, Any]) -> str:
    return str(request.scope["state"].get("request_id", ""))


def _answer(
    request: Request[Any, Any, Any],
    *,
    status: int,
    code: str,
    title: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **more: object,
) -> Response[dict[str, Any]]:
    body: dict[str, Any] = {
        "type": f"urn:hotline:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        "code": code,
        "request_id": _request_id(request),
        **more,
    }
    return Response(
        body, status_code=status, media_type="application/problem+json", headers=headers
    )


def _plain(params: Mapping[str, object]) -> dict[str, object]:
    return {name: value if isinstance(value, int) else str(value) for name, value in params.items()}


def domain_problem(request: Request[Any, Any, Any], error: DomainError) -> Response[dict[str, Any]]:
    """Answer a refusal of the field."""
    status, language = status_of(error), language_of(request)
    headers = {"www-authenticate": "Bearer"} if status == 401 else None  # noqa: PLR2004
    return _answer(
        request,
        status=status,
        code=error.code,
        title=i18n.translate(language, problem(status).title),
        detail=explain(error, language),
        headers=headers,
        params=_plain(error.params),
    )


def validation_problem(
    request: Request[Any, Any, Any], error: ValidationException
) -> Response[dict[str, Any]]:
    """Answer a body or a parameter that does not fit its schema, field by field."""
    language = language_of(request)
    fields = error.extra if isinstance(error.extra, list) else []
    return _answer(
        request,
        status=422,
        code=INVALID_REQUEST,
        title=i18n.translate(language, problem(422).title),
        detail="; ".join(f"{f.get('key', '')}: {f.get('message', '')}" for f in fields)
        or error.detail,
        errors=[
            {
                "field": str(field.get("key", "")),
                "message": str(field.get("message", "")),
                "source": str(getattr(field.get("source"), "value", field.get("source") or "body")),
            }
            for field in fields
        ],
    )


def http_problem(request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    """Answer what the framework refuses; its words about faults of ours are not repeated."""
    if error.status_code >= 500:  # noqa: PLR2004
        return internal_problem(request, error)
    language = language_of(request)
    words = problem(error.status_code)
    return _answer(
        request,
        status=error.status_code,
        code=_HTTP_CODES.get(error.status_code, REFUSED),
        title=i18n.translate(language, words.title),
        detail=i18n.translate(language, words.advice),
        headers=error.headers,
    )


def database_problem(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """Answer trouble with the database: away for a moment, a double click, or a fault of ours."""
    language = language_of(request)
    if is_passing(error):
        log.warning("database_unavailable", error=type(error).__name__)
        return _answer(
            request,
            status=503,
            code=UNAVAILABLE,
            title=i18n.translate(language, problem(503).title),
            detail=i18n.translate(language, _UNAVAILABLE_TITLE),
            headers={"retry-after": RETRY_AFTER_SECONDS},
        )
    if is_unstorable(error):
        log.warning("value_refused", error=type(error).__name__)
        return _answer(
            request,
            status=422,
            code=INVALID_REQUEST,
            title=i18n.translate(language, problem(422).title),
            detail=i18n.translate(language, problem(422).advice),
            errors=[],
        )
    if isinstance(error, sa.exc.IntegrityError):
        log.warning("constraint_refused", constraint=constraint_of(error))
        return _answer(
            request,
            status=409,
            code=CONFLICT,
            title=i18n.translate(language, problem(409).title),
            detail=i18n.translate(language, _CONFLICT_TITLE),
        )
    return internal_problem(request, error)


def is_unstorable(error: BaseException) -> bool:
    """Tell whether a value fits no column: a NUL, a number or a date out of range."""
    reason = getattr(error, "orig", None)
    state = getattr(reason, "sqlstate", None)
    return isinstance(reason, OverflowError) or (
        isinstance(state, str) and state.startswith(_DATA_EXCEPTIONS)
    )


def constraint_of(error: sa.exc.IntegrityError) -> str:
    """Return the name of the constraint that refused a write."""
    return str(getattr(getattr(error.orig, "__cause__", None), "constraint_name", "") or "")


def encoding_problem(
    request: Request[Any, Any, Any], _error: UnicodeDecodeError
) -> Response[dict[str, Any]]:
    """Answer a body that is not UTF-8."""
    return http_problem(request, HTTPException(status_code=400))


def internal_problem(
    request: Request[Any, Any, Any], _error: Exception
) -> Response[dict[str, Any]]:
    """Answer a fault of ours with nothing but a request id."""
    language = language_of(request)
    words = problem(500)
    return _answer(
        request,
        status=500,
        code=INTERNAL,
        title=i18n.translate(language, words.title),
        detail=i18n.translate(language, words.advice),
    )


async def log_unexpected(error: Exception, scope: Scope) -> None:
    """Log what nobody expected, once, with its traceback; refusals are no news."""
    if isinstance(error, DomainError | RequestRefused) or is_passing(error):
        return
    if isinstance(error, sa.exc.IntegrityError | UnicodeDecodeError) or is_unstorable(error):
        return
    if isinstance(error, HTTPException) and error.status_code < 500:  # noqa: PLR2004
        return
    log.error(
        "unexpected_error",
        request_id=scope["state"].get("request_id"),
        route=scope.get("path_template"),
        exc_info=error,
    )


API_ERRORS: ExceptionHandlersMap = {
    DomainError: domain_problem,
    ValidationException: validation_problem,
    HTTPException: http_problem,
    UnicodeDecodeError: encoding_problem,
    sa.exc.SQLAlchemyError: database_problem,
    OSError: database_problem,
    500: internal_problem,
}
"""How errors are answered under /api and wherever no page answers."""
