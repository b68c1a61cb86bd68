"""Calls to gateways: guarded, timed, and their answers read with distrust."""

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from hotline.notices.destinations import is_forbidden, url_fault
from hotline.notices.ports import SEND_TIMEOUT_SECONDS, NotAccepted

_LONGEST_ANSWER = 64 * 1024
_LONGEST_WAIT_SECONDS = 3600.0
_PASSING = frozenset({408, 421, 425, 429})
_OK, _SERVER_ERROR = 200, 500
_FIRST_NOT_OK = 300

_AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]


class ForbiddenMachineError(OSError):
    """A name stands for a machine that must not be called."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a gateway answered, when it took the call.

    Attributes:
        body: the JSON object in it; None when there is none.
    """

    body: Mapping[str, Any] | None


def make_session(
    *, guarded: bool, allow_loopback: bool = False, patience: float = SEND_TIMEOUT_SECONDS
) -> aiohttp.ClientSession:
    """Return a session that follows no redirect, heeds no proxy and never waits long.

    Args:
        guarded: refuse machines that must not be called. The check is made on the number that is
            called, after every name was resolved, so that a name cannot change its mind in between.
        allow_loopback: this machine itself may be called.
        patience: seconds that a call may last.
    """

    def open_socket(info: _AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        if guarded and is_forbidden(str(address[0]), allow_loopback=allow_loopback):
            raise ForbiddenMachineError("this machine must not be called")
        made = socket.socket(family=family, type=kind, proto=protocol)
        made.setblocking(False)
        return made

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            socket_factory=open_socket, limit=32, limit_per_host=8, use_dns_cache=False
        ),
        timeout=aiohttp.ClientTimeout(total=patience),
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "hotline-12345"},
    )


async def post_json(
    session: aiohttp.ClientSession,
    url: str,
    content: bytes,
    *,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
) -> Reply:
    """Post JSON and return what a gateway that took it answered.

    Raises:
        NotAccepted: it did not take it, or nothing was heard in time.
    """
    fault = url_fault(url, allow_loopback=True)
    if fault is not None:
        raise NotAccepted(fault, is_final=True)
    try:
        async with session.post(
            url,
            data=content,
            params=params,
            headers={"Content-Type": "application/json; charset=utf-8", **(headers or {})},
            allow_redirects=False,
        ) as answer:
            if not _OK <= answer.status < _FIRST_NOT_OK:
                raise _refused(answer)
            return Reply(_object_in(await answer.content.read(_LONGEST_ANSWER)))
    except TimeoutError as error:
        raise NotAccepted("no answer in time") from error
    except aiohttp.ClientConnectorError as error:
        # A machine that must not be called may be a name's mistake of a moment: tried, then given up.
        raise NotAccepted(
            f"cannot be called: {error.os_error.strerror or error.os_error}"
        ) from error
    except aiohttp.ClientError as error:
        raise NotAccepted(f"the call broke off: {type(error).__name__}") from error


def _refused(answer: aiohttp.ClientResponse) -> NotAccepted:
    is_passing = answer.status >= _SERVER_ERROR or answer.status in _PASSING
    return NotAccepted(
        f"answered {answer.status}",
        is_final=not is_passing,
        retry_after=_wait_asked_for(answer.headers.get("Retry-After")),
    )


def _wait_asked_for(header: str | None) -> float | None:
    if header is None or not header.isascii() or not header.isdigit():
        return None
    return min(float(header), _LONGEST_WAIT_SECONDS)


def _object_in(content: bytes) -> Mapping[str, Any] | None:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def to_json(value: Mapping[str, Any]) -> bytes:
    """Return `value` as it is sent and signed: the same bytes for the same value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
