"""`hotline search ...`: the index with the services of this installation."""

import sys
from collections.abc import AsyncIterator, Callable

from tqdm import tqdm

from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.search.filling.actions import Progress, check_index, fill_missing
from hotline.tickets.queries import count_all
from web.run.migrate import require_newest
from web.run.services import services

Work = Callable[[SessionMaker, FieldCipher], AsyncIterator[Progress]]


async def reindex(settings: Settings, *, every: bool, quiet: bool = False) -> Progress:
    """Fill what is missing or behind, or everything, and return what was done."""

    def work(maker: SessionMaker, cipher: FieldCipher) -> AsyncIterator[Progress]:
        return fill_missing(maker, cipher, SystemClock().now(), every=every)

    return await _run(settings, work, quiet=quiet)


async def check(settings: Settings, *, quiet: bool = False) -> Progress:
    """Compare the index with the tickets and return what differs."""
    return await _run(settings, check_index, quiet=quiet)


async def _run(settings: Settings, work: Work, *, quiet: bool) -> Progress:
    async with services(settings, command="hotline search reindex") as urls:
        await require_newest(urls.database_url)
        engine = make_engine(urls.database_url, application_name="hotline.search", pool_size=1)
        maker = make_session_maker(engine)
        try:
            async with maker() as session:
                total = await count_all(session)
            cipher = FieldCipher(resolve_secret_key(settings))
            return await _watched(work(maker, cipher), total, shown=not quiet)
        finally:
            await engine.dispose()


async def _watched(run: AsyncIterator[Progress], total: int, *, shown: bool) -> Progress:
    last = Progress()
    hides = not (shown and sys.stderr.isatty())
    with tqdm(total=total, unit=" tickets", disable=hides, file=sys.stderr) as bar:
        async for progress in run:
            bar.update(progress.looked_at - bar.n)
            last = progress
    return last
