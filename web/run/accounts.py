"""`hotline users ...`: accounts from the command line, with the rights of an administrator."""

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.people import actions
from hotline.people.permissions import Role
from hotline.people.principal import Tx
from web.run.bootstrap import FOUNDER
from web.run.services import services


@asynccontextmanager
async def _administering(settings: Settings) -> AsyncIterator[Tx]:
    async with services(settings, command="hotline users") as urls:
        engine = make_engine(urls.database_url, application_name="hotline.users")
        try:
            async with make_session_maker(engine)() as session, session.begin():
                yield Tx(
                    session=session,
                    now=SystemClock().now(),
                    cipher=FieldCipher(resolve_secret_key(settings)),
                    trace_id=f"cli:{uuid.uuid4().hex}",
                    actor=FOUNDER,
                )
        finally:
            await engine.dispose()


async def add_user(
    settings: Settings,
    *,
    username: str,
    display_name: str,
    roles: Sequence[str],
    department: str,
    password: str,
) -> None:
    """Open an account."""
    async with _administering(settings) as tx:
        await actions.add_user(
            tx,
            username=username,
            display_name=display_name,
            roles=[Role(role) for role in roles],
            department=department,
            password=password,
        )


async def issue_token(settings: Settings, *, username: str, label: str) -> str:
    """Return a new API token of an account."""
    async with _administering(settings) as tx:
        return await actions.issue_token(tx, username=username, label=label)


async def set_password(settings: Settings, *, username: str, password: str) -> None:
    """Give an account a new password."""
    async with _administering(settings) as tx:
        await actions.set_password(tx, username=username, password=password)
