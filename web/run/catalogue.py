"""`hotline catalogue ...`: the work behind it, with the rights of an administrator."""

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from hotline.dispatching.actions import check_entries, publish_catalogue
from hotline.dispatching.checking import Fault
from hotline.dispatching.files import as_csv, as_xlsx, read_file
from hotline.dispatching.queries import newest_version, preview_catalogue
from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.people.principal import Tx
from hotline.tickets.routing.queries import CATALOGUES
from web.i18n import translate
from web.labels import label
from web.run.bootstrap import FOUNDER
from web.run.migrate import upgrade
from web.run.services import services


@dataclass(frozen=True, slots=True)
class CatalogueReport:
    """What was done with the catalogue, or would be.

    Attributes:
        entries: how many there are.
        faults: what is wrong, by line of the file, or by row of the version in force.
        version: the one that was published or looked at; None when there is none.
        dispatched: how many tickets went out in the last thirty days.
        moved: how many of them would be proposed elsewhere.
    """

    entries: int
    faults: Sequence[Fault]
    version: int | None = None
    dispatched: int = 0
    moved: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it for machines."""
        return {
            "entries": self.entries,
            "faults": [
                {"line": fault.row, "kind": fault.kind.value, "value": fault.value}
                for fault in self.faults
            ],
            "version": self.version,
            "dispatched": self.dispatched,
            "moved": self.moved,
        }

    def as_text(self) -> str:
        """Return it for people."""
        if self.faults:
            return "\n".join(
                f"line {fault.row}: {translate('en', label(fault.kind))} {fault.value}".rstrip()
                for fault in self.faults
            )
        done = f"version {self.version}" if self.version else "nothing was written"
        return (
            f"{self.entries} entries; {done}. Of {self.dispatched} tickets dispatched in the last "
            f"30 days, {self.moved} would be proposed elsewhere."
        )


@asynccontextmanager
async def _acting(settings: Settings) -> AsyncIterator[Tx]:
    async with services(settings, command="hotline catalogue") as urls:
        await upgrade(urls.database_url)
        engine = make_engine(urls.database_url, application_name="hotline.catalogue", pool_size=1)
        try:
            async with make_session_maker(engine)() as session, session.begin():
                cipher = FieldCipher(resolve_secret_key(settings))
                trace = f"cli:{uuid.uuid4().hex}"
                yield Tx(session, SystemClock().now(), cipher, trace, FOUNDER)
        finally:
            await engine.dispose()


async def import_catalogue(
    settings: Settings, content: bytes, *, note: str, direct: bool | None, dry_run: bool
) -> CatalogueReport:
    """Publish a file as the next version, or say what would come of it; one fault stops all of it.

    Args:
        settings: of this process.
        content: of a CSV file or a workbook.
        note: what changes and why.
        direct: switch direct dispatch on or off; None leaves it as it is.
        dry_run: write nothing.

    Raises:
        DomainError: the file is no catalogue.
        ServiceError: the database cannot be had.
    """
    found = read_file(content)
    async with _acting(settings) as tx:
        faults = [*found.faults, *found.at_lines(await check_entries(tx, found.entries))]
        if faults:
            in_order = sorted(faults, key=lambda fault: fault.row)
            return CatalogueReport(len(found.entries), in_order)
        tried = await preview_catalogue(tx.session, found.entries, tx.now)
        version = None
        if not dry_run:
            newest = await newest_version(tx.session)
            is_direct = newest is not None and newest.is_direct if direct is None else direct
            row = await publish_catalogue(tx, found.entries, is_direct=is_direct, note=note)
            version = row.version
        return CatalogueReport(len(found.entries), (), version, tried.dispatched, tried.moved)


async def export_catalogue(
    settings: Settings, *, as_workbook: bool
) -> tuple[CatalogueReport, bytes]:
    """Return the version in force as a workbook or as CSV."""
    async with _acting(settings) as tx:
        catalogue = await CATALOGUES.in_force(tx.session, tx.now)
    entries = catalogue.entries if catalogue else ()
    content = as_xlsx(entries) if as_workbook else as_csv(entries)
    return CatalogueReport(len(entries), (), catalogue.version if catalogue else None), content


async def check_catalogue(settings: Settings) -> CatalogueReport:
    """Say what is wrong by now with the version in force: units and categories come and go."""
    async with _acting(settings) as tx:
        catalogue = await CATALOGUES.in_force(tx.session, tx.now)
        entries = catalogue.entries if catalogue else ()
        faults = await check_entries(tx, entries)
    return CatalogueReport(len(entries), faults, catalogue.version if catalogue else None)
