"""Logging: JSON lines for machines, a console for people, and no personal data in either."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal

import structlog

_MASK = "***"
_SECRET_WORDS = frozenset(
    [
        "phone",
        "mobile",
        "address",
        "content",
        "text",
        "body",
        "note",
        "reply",
        "password",
        "passwd",
        "secret",
        "token",
        "cookie",
        "authorization",
        "csrf",
        "requester",
    ]
)
_SECRET_NAMES = frozenset(
    [
        "name",
        "real_name",
        "full_name",
        "display_name",
        "title",
        "id_card",
        "id_number",
        "session_id",
        "query_code",
    ]
)
# A digit on either side would be part of a longer number, such as a ticket's or an instant's.
_ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{9}[\dXx](?![0-9A-Za-z])")
_PHONE = re.compile(r"(?<![0-9A-Za-z])(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?![0-9A-Za-z])")
_LANDLINE = re.compile(r"(?<![0-9A-Za-z-])0\d{2,3}[- ]\d{7,8}(?![0-9A-Za-z])")
_PARAMETERS = re.compile(r"\[parameters: [^\n]*\]")
_URL_PASSWORD = re.compile(r"(?<=://)([^\s:/@]*):[^\s@/]+@")
_FRAME = frozenset({"timestamp", "level", "logger", "event", "exception"})


_SUSPECT = re.compile(r"\d{3}[\d\- ]{4}|parameters: |://")
"""What every pattern above has in common; most texts are cleared by this one look."""


def redact_text(text: str) -> str:
    """Blot out phone and identity numbers, values bound to SQL, and passwords in URLs."""
    if _SUSPECT.search(text) is None:
        return text
    for pattern in (_PARAMETERS, _ID_NUMBER, _PHONE, _LANDLINE):
        text = pattern.sub(_MASK, text)
    return _URL_PASSWORD.sub(rf"\1:{_MASK}@", text)


def redact(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Blot out personal data and secrets in every value of a log line."""
    for key, value in event.items():
        event[key] = redact_text(str(value)) if key in _FRAME else _clean(key, value)
    return event


def _clean(key: str, value: object) -> object:
    lowered = key.lower()
    if lowered in _SECRET_NAMES or not _SECRET_WORDS.isdisjoint(lowered.split("_")):
        return _MASK
    if isinstance(value, bool | int | float | None):
        return value
    if isinstance(value, Mapping):
        return {name: _clean(str(name), item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(key, item) for item in value]
    return redact_text(str(value))


def configure_logging(log_format: Literal["json", "console"], *, level: str = "INFO") -> None:
    """Send structlog and the standard library through one redacting pipeline to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # arq names every job with its arguments, uvicorn every connection: neither helps an operator.
    for noisy in ("arq", "uvicorn.error", "alembic", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
