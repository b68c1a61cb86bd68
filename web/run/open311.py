"""`hotline open311 ...`: the work behind it, with the rights of an administrator."""

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.open311.keys import KeyView, add_key, list_keys, revoke_key
from hotline.people.principal import Tx
from web.run.bootstrap import FOUNDER
from web.run.migrate import upgrade
from web.run.services import services


@asynccontextmanager
async def _acting(settings: Settings) -> AsyncIterator[Tx]:
    async with services(settings, command="hotline open311") as urls:
        await upgrade(urls.database_url)
        engine = make_engine(urls.database_url, application_name="hotline.open311", pool_size=1)
        try:
            async with make_session_maker(engine)() as session, session.begin():
                cipher = FieldCipher(resolve_secret_key(settings))
                trace = f"cli:{uuid.uuid4().hex}"
                yield Tx(session, SystemClock().now(), cipher, trace, FOUNDER)
        finally:
            await engine.dispose()


async def give_out_key(
    settings: Settings, *, name: str, contact: str | None, is_test: bool, rate: int
) -> tuple[KeyView, str]:
    """Return a new key, which is told this once.

    Raises:
        DomainError: no name, or no sensible rate.
        ServiceError: the database cannot be had.
    """
    async with _acting(settings) as tx:
        return await add_key(tx, name=name, contact=contact, is_test=is_test, rate=rate)


async def every_key(settings: Settings) -> Sequence[KeyView]:
    """Return every key, those in use first."""
    async with _acting(settings) as tx:
        return await list_keys(tx.session, tx.cipher)


async def take_key_back(settings: Settings, key_id: uuid.UUID) -> None:
    """Take a key back.

    Raises:
        DomainError: there is no such key.
        ServiceError: the database cannot be had.
    """
    async with _acting(settings) as tx:
        await revoke_key(tx, key_id)
