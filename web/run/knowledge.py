"""`hotline knowledge ...`: the work behind it, with the rights of an administrator."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.knowledge.files import as_json, as_xlsx, read_file
from hotline.knowledge.moving import ImportReport, export_articles, import_articles
from hotline.knowledge.rules import day_of
from hotline.people.principal import Tx
from web.run.bootstrap import FOUNDER
from web.run.migrate import upgrade
from web.run.services import services


@asynccontextmanager
async def _acting(settings: Settings) -> AsyncIterator[Tx]:
    async with services(settings, command="hotline knowledge") as urls:
        await upgrade(urls.database_url)
        engine = make_engine(urls.database_url, application_name="hotline.knowledge", pool_size=1)
        try:
            async with make_session_maker(engine)() as session, session.begin():
                cipher = FieldCipher(resolve_secret_key(settings))
                trace = f"cli:{uuid.uuid4().hex}"
                yield Tx(session, SystemClock().now(), cipher, trace, FOUNDER)
        finally:
            await engine.dispose()


async def export_knowledge(settings: Settings, *, as_workbook: bool) -> tuple[int, bytes]:
    """Return how many articles there are, and all of them as a file.

    Raises:
        ServiceError: the database cannot be had.
    """
    async with _acting(settings) as tx:
        articles = await export_articles(tx)
    return len(articles), as_xlsx(articles) if as_workbook else as_json(articles)


async def import_knowledge(settings: Settings, content: bytes, *, dry_run: bool) -> ImportReport:
    """Take a file over, or say what would come of it; one wrong line stops all of it.

    Raises:
        DomainError: the file is no knowledge.
        ServiceError: the database cannot be had.
    """
    async with _acting(settings) as tx:
        return await import_articles(tx, read_file(content, day_of(tx.now)), dry_run=dry_run)
