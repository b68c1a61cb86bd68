"""`hotline archive`: the whole of the data with the services of this installation."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import sqlalchemy as sa
from tqdm import tqdm

from hotline import __version__
from hotline.exchange.archive.errors import OtherRevision
from hotline.exchange.archive.inward import (
    CheckedArchive,
    ImportOrder,
    check_archive,
    read_archive,
    require_empty,
    require_same_tables,
)
from hotline.exchange.archive.manifest import Manifest
from hotline.exchange.archive.outward import ArchiveOrder, write_archive
from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.settings import Settings, resolve_secret_key
from web.run.archive_tables import LEFT_OUT, table_plans
from web.run.credit_verification import verify_credit
from web.run.history import verify
from web.run.migrate import current_revision, newest_revision, require_newest, upgrade
from web.run.services import services


@asynccontextmanager
async def plain_connection(database_url: str, name: str) -> AsyncIterator[asyncpg.Connection]:
    """Open a connection without limits of time, for work that goes through everything."""
    url = sa.make_url(database_url)
    _, arguments = url.get_dialect()().create_connect_args(url)
    connection = await asyncpg.connect(
        **arguments,
        timeout=10,
        server_settings={
            "application_name": name,
            "timezone": "UTC",
            "statement_timeout": "0",
            "idle_in_transaction_session_timeout": "0",
            "jit": "off",
        },
    )
    try:
        yield connection
    finally:
        await connection.close()


@contextmanager
def progress(total: int | None, unit: str, *, quiet: bool) -> Iterator[Callable[[str, int], None]]:
    """Draw how far it is, on a terminal."""
    hidden = quiet or not sys.stderr.isatty()
    with tqdm(total=total, unit=unit, unit_scale=True, disable=hidden, leave=False) as bar:
        shown = ""

        def told(name: str, count: int) -> None:
            nonlocal shown
            if name != shown:
                bar.set_description_str(name, refresh=False)
                shown = name
            bar.update(count)

        yield told


def _report(manifest: Manifest) -> dict[str, Any]:
    return {
        "revision": manifest.revision,
        "made_at": manifest.made_at,
        "rows": manifest.rows,
        "files": len(manifest.files),
        "left_out": list(manifest.left_out),
        "tables": {
            name: {"rows": entry.rows, "content": entry.content}
            for name, entry in manifest.tables.items()
        },
    }


async def export_archive(
    settings: Settings, path: Path, passphrase: str, *, quiet: bool
) -> dict[str, Any]:
    """Write an archive; return what is in it, as JSON values.

    Raises:
        DomainError: it may not be written so.
        ServiceError: the database cannot be had.
    """
    async with services(settings, command="hotline archive export") as urls:
        await require_newest(urls.database_url)
        async with plain_connection(urls.database_url, "hotline.archive") as connection:
            order = ArchiveOrder(
                path=path,
                passphrase=passphrase,
                plans=table_plans(),
                left_out=list(LEFT_OUT),
                revision=newest_revision() or "",
                program=__version__,
                home=settings.home,
                now=SystemClock().now(),
            )
            cipher = FieldCipher(resolve_secret_key(settings))
            with progress(None, "row", quiet=quiet) as told:
                return _report(await write_archive(connection, cipher, order, told))


def look_through(path: Path, passphrase: str, *, quiet: bool) -> dict[str, Any]:
    """Look an archive through; return what is in it, as JSON values.

    Raises:
        DomainError: it cannot be used.
    """
    return _report(_checked(path, passphrase, quiet=quiet).manifest)


def _checked(path: Path, passphrase: str, *, quiet: bool) -> CheckedArchive:
    with progress(None, "B", quiet=quiet) as told:
        return check_archive(path, passphrase, told)


async def import_archive(
    settings: Settings, path: Path, passphrase: str, *, quiet: bool
) -> dict[str, Any]:
    """Read an archive into this house; return what is in it and how many faults were found after.

    Raises:
        DomainError: the archive or the house does not allow it; nothing was written.
        ServiceError: the database cannot be had.
    """
    checked = _checked(path, passphrase, quiet=quiet)
    order = ImportOrder(
        cipher=FieldCipher(resolve_secret_key(settings)),
        plans=table_plans(),
        left_out=list(LEFT_OUT),
        revision=newest_revision() or "",
        home=settings.home,
    )
    require_same_tables(checked, order)
    async with services(settings, command="hotline archive import", exclusive=True) as urls:
        await _ready(urls.database_url, checked)
        async with plain_connection(urls.database_url, "hotline.archive") as connection:
            await require_empty(connection, order)
            with progress(checked.manifest.rows, "row", quiet=quiet) as told:
                await read_archive(connection, checked, order, told)
    histories = await verify(settings, None)
    ledgers = await verify_credit(settings, quiet=quiet)
    return {
        **_report(checked.manifest),
        "histories": {"tickets": histories["tickets"], "rows": histories["rows"]},
        "faults": len(histories["faults"]) + len(ledgers["chains"]) + len(ledgers["rates"]),
    }


async def _ready(database_url: str, checked: CheckedArchive) -> None:
    """Make the tables where there are none; refuse tables of another revision."""
    there = await current_revision(database_url)
    if there is None:
        await upgrade(database_url)
    elif there != checked.manifest.revision:
        raise OtherRevision(archive=checked.manifest.revision, database=there)
