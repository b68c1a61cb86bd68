"""What handlers are given: a transaction to act in, or a session to read with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.di import Provide
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.principal import REQUESTER, Principal, Tx
from hotline.tickets.actions.policies import OpenTx
from web.resources import Resources
from web.security.guards import principal_of


async def provide_resources(state: State) -> Resources:
    """Return what the web was opened with."""
    resources: Resources = state.resources
    return resources


async def provide_principal(request: Request[Any, Any, Any]) -> Principal:
    """Return who asks.

    Raises:
        NotSignedIn: nobody we know.
    """
    return principal_of(request)


async def provide_tx(request: Request[Any, Any, Any], state: State) -> AsyncIterator[Tx]:
    """Open one transaction for whoever is signed in; it commits after the answer was rendered.

    Errors are raised, never returned: raising is what rolls back.
    """
    async with _begin(request, state.resources, principal_of(request)) as tx:
        yield tx


async def provide_open_tx(request: Request[Any, Any, Any], state: State) -> OpenTx:
    """Return what opens one transaction after the other, for work that must not be one."""
    return partial(_begin, request, state.resources, principal_of(request))


async def provide_public_tx(request: Request[Any, Any, Any], state: State) -> AsyncIterator[Tx]:
    """Open one transaction for a requester without an account."""
    async with _begin(request, state.resources, REQUESTER) as tx:
        yield tx


@asynccontextmanager
async def _begin(
    request: Request[Any, Any, Any], resources: Resources, actor: Principal
) -> AsyncIterator[Tx]:
    async with resources.session_maker() as session, session.begin():
        yield Tx(
            session=session,
            now=resources.clock.now(),
            cipher=resources.cipher,
            trace_id=str(request.scope["state"].get("request_id", "")),
            actor=actor,
        )


async def provide_reader(state: State) -> AsyncIterator[AsyncSession]:
    """Open a session in which the database refuses writes."""
    resources: Resources = state.resources
    async with resources.read_maker() as session:
        yield session


DEPENDENCIES = {
    "resources": Provide(provide_resources),
    "principal": Provide(provide_principal),
    "tx": Provide(provide_tx),
    "open_tx": Provide(provide_open_tx),
    "public_tx": Provide(provide_public_tx),
    "reader": Provide(provide_reader),
}
