"""`hotline incidents reindex` and `gather`: the index of like matters, and incidents, made anew."""

from hotline.incidents.indexing import reindex
from hotline.incidents.tending import gather_once
from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from web.run.services import services


async def reindex_all(settings: Settings) -> int:
    """Write how every ticket is compared anew; return how many there are."""
    async with services(settings, command="hotline incidents reindex") as urls:
        engine = make_engine(urls.database_url, application_name="hotline.incidents")
        try:
            return await reindex(
                make_session_maker(engine),
                FieldCipher(resolve_secret_key(settings)),
                SystemClock().now(),
            )
        finally:
            await engine.dispose()


async def gather_all(settings: Settings) -> tuple[int, int]:
    """Gather the tickets of the window anew; return how many incidents are new, and have ended."""
    async with services(settings, command="hotline incidents gather") as urls:
        engine = make_engine(urls.database_url, application_name="hotline.incidents")
        try:
            return await gather_once(
                make_session_maker(engine),
                FieldCipher(resolve_secret_key(settings)),
                SystemClock().now(),
            )
        finally:
            await engine.dispose()
