"""`hotline import`: the importer with the services of this installation."""

import sys
from pathlib import Path

from hotline.intake.importing.categories import CategoryReport, import_categories
from hotline.intake.importing.runner import ImportReport, Resources, import_tickets
from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.search.filling.actions import fill_missing
from web.run.migrate import upgrade
from web.run.services import services


async def run_import(
    settings: Settings, file: Path, *, mapping: str | None, dry_run: bool, quiet: bool
) -> ImportReport:
    """Import a file of tickets; what is refused is listed under `imports` in the data folder.

    Args:
        settings: of this process.
        file: CSV, packed or not, or XLSX.
        mapping: a name or a TOML file; found by the header when None.
        dry_run: write nothing.
        quiet: draw no progress bar even on a terminal.

    Raises:
        DomainError: the file, the mapping or the installation does not allow it.
        ServiceError: the database cannot be had.
    """
    async with services(settings, command="hotline import tickets") as urls:
        await upgrade(urls.database_url)
        engine = make_engine(urls.database_url, application_name="hotline.import", pool_size=1)
        maker, cipher = make_session_maker(engine), FieldCipher(resolve_secret_key(settings))
        try:
            report = await import_tickets(
                file,
                Resources(
                    maker,
                    SystemClock(),
                    cipher,
                    settings.home / "imports",
                    shows_progress=not quiet and sys.stderr.isatty(),
                ),
                mapping_name=mapping,
                dry_run=dry_run,
            )
            if report.taken and not dry_run:
                # History leaves no facts behind: what was taken over is made findable here.
                async for _ in fill_missing(maker, cipher, SystemClock().now()):
                    pass
            return report
        finally:
            await engine.dispose()


async def run_import_categories(settings: Settings, file: Path) -> CategoryReport:
    """Import a file of categories.

    Raises:
        DomainError: the file does not allow it.
        ServiceError: the database cannot be had.
    """
    async with services(settings, command="hotline import categories") as urls:
        await upgrade(urls.database_url)
        engine = make_engine(urls.database_url, application_name="hotline.import", pool_size=1)
        try:
            return await import_categories(file, make_session_maker(engine))
        finally:
            await engine.dispose()
