"""Callers of the interface: an account with its bearer token, or nobody."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
from litestar import Litestar

from tests.support.builders import City

TICKETS = "/api/v1/tickets"

NEW_TICKET: Mapping[str, Any] = {
    "channel": "phone",
    "request_type": "help",
    "title": "路灯不亮",
    "content": "建设路的路灯三天不亮",
    "category": "urban",
    "location": {"address": "建设路12号3栋", "area": "新城街道"},
    "requester": {"name": "欧阳测试", "phone": "139 0000 1234"},
}


def http_client(app: Litestar) -> httpx.AsyncClient:
    """A client in the same event loop as the test, without a network."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),  # type: ignore[arg-type]
        base_url="http://test",
    )


class Client:
    """One caller."""

    def __init__(self, http: httpx.AsyncClient, token: str | None = None) -> None:
        self._http = http
        self._headers = {"authorization": f"Bearer {token}"} if token else {}

    async def request(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **given: Any
    ) -> httpx.Response:
        return await self._http.request(
            method, path, headers={**self._headers, **(headers or {})}, **given
        )

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.request("GET", path, params=params)

    async def post(
        self, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        return await self.request("POST", path, json=body, headers=headers)

    async def put(self, path: str, body: object) -> httpx.Response:
        return await self.request("PUT", path, json=body)

    async def act(self, number: str, action: str, **body: Any) -> httpx.Response:
        """Take an action on a ticket."""
        return await self.post(f"{TICKETS}/{number}/{action}", body)


ClientAs = Callable[[str | None], Client]
"""Gives the caller of an account by its user name, or an unknown one for None."""


def clients_of(http: httpx.AsyncClient, city: City) -> ClientAs:
    return lambda name: Client(http, None if name is None else city.tokens[name])
