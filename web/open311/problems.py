"""Whatever goes wrong under `/open311/`, said in the format that was asked for."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, NotFoundException, ValidationException
from litestar.types import ExceptionHandlersMap

from hotline.kernel.errors import DomainError
from hotline.kernel.jobs import is_passing
from hotline.open311.faults import BAD, LARGE, METHOD, MISSING, OFTEN, Fault, RequestRefused
from web.errors import RETRY_AFTER_SECONDS, is_unstorable, status_of
from web.open311.addresses import form_of
from web.open311.answers import errors
from web.open311.documents import MEDIA_TYPES, written

log = structlog.get_logger(__name__)

_Request = Request[Any, Any, Any]
_AWAY, _OURS = 503, 500
_KEPT = frozenset({403, MISSING, METHOD, LARGE, OFTEN})
"""Numbers that say more than that the request is bad; GeoReport wants 400 for the rest."""


def _say(
    request: _Request,
    faults: tuple[Fault, ...],
    headers: Mapping[str, str] | None = None,
) -> Response[bytes]:
    form = form_of(request.url.path)
    return Response(
        written(errors(faults), form),
        status_code=faults[0].code,
        media_type=MEDIA_TYPES[form],
        headers={"access-control-allow-origin": "*", **(headers or {})},
    )


def refusal(request: _Request, error: RequestRefused) -> Response[bytes]:
    """Say what is wrong with a request."""
    return _say(request, error.faults, error.headers)


def domain_refusal(request: _Request, error: DomainError) -> Response[bytes]:
    """Say what the field refuses."""
    status = status_of(error)
    return _say(request, (Fault(status if status in _KEPT else BAD, error.code),))


def http_refusal(request: _Request, error: HTTPException) -> Response[bytes]:
    """Say what the framework refuses; its words about faults of ours are not repeated."""
    if error.status_code >= _OURS:
        return internal(request, error)
    status = error.status_code if error.status_code in _KEPT else BAD
    return _say(request, (Fault(status, "the request cannot be read"),), error.headers)


def unreadable(request: _Request, _error: UnicodeDecodeError) -> Response[bytes]:
    """Say that a body is not UTF-8."""
    return _say(request, (Fault(BAD, "the body must be UTF-8"),))


def database_trouble(request: _Request, error: Exception) -> Response[bytes]:
    """Say that the database is away, or refused a value or a second request of the same moment."""
    if is_passing(error):
        log.warning("database_unavailable", error=type(error).__name__)
        away = Fault(_AWAY, "a part of the system is away for a moment")
        return _say(request, (away,), {"retry-after": RETRY_AFTER_SECONDS})
    if is_unstorable(error) or isinstance(error, sa.exc.IntegrityError):
        log.warning("value_refused", error=type(error).__name__)
        return _say(request, (Fault(BAD, "a value cannot be stored"),))
    return internal(request, error)


def internal(request: _Request, _error: Exception) -> Response[bytes]:
    """Say that the fault is ours, and nothing else but a request id."""
    request_id = request.scope["state"].get("request_id", "")
    return _say(request, (Fault(_OURS, f"a fault of ours, on record as {request_id}"),))


OPEN311_ERRORS: ExceptionHandlersMap = {
    RequestRefused: refusal,
    DomainError: domain_refusal,
    # The application has handlers of its own for these two, and the closest class wins.
    ValidationException: http_refusal,
    NotFoundException: http_refusal,
    HTTPException: http_refusal,
    UnicodeDecodeError: unreadable,
    sa.exc.SQLAlchemyError: database_trouble,
    OSError: database_trouble,
    500: internal,
}
