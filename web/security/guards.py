"""Guards: they run before any body is read or any transaction begun.

They are coroutines because the framework runs plain functions in a thread.
"""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Guard

from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from web.security.identity import NotSignedIn

Connection = ASGIConnection[Any, Any, Any, Any]


def principal_of(connection: Connection) -> Principal:
    """Return who asks.

    Raises:
        NotSignedIn: nobody we know.
    """
    principal = connection.scope.get("user")
    if not isinstance(principal, Principal):
        raise NotSignedIn
    return principal


async def signed_in(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Pass whoever is signed in."""
    principal_of(connection)


async def reads_board(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Pass whoever reads the board, or that of his own department."""
    principal = principal_of(connection)
    if Permission.READ_OWN_BOARD not in principal.permissions:
        principal.require(Permission.READ_BOARD)


def requires(permission: Permission) -> Guard:
    """Return a guard that passes only those with `permission`."""

    async def guard(connection: Connection, _handler: BaseRouteHandler) -> None:
        principal_of(connection).require(permission)

    return guard
