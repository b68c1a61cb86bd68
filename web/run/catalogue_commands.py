"""`hotline catalogue ...` as it is typed; what it needs is imported when it runs."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hotline.kernel.settings import Settings
    from web.run.catalogue import CatalogueReport

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def catalogue() -> None:
    """The dispatch catalogue."""


@catalogue.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--note", default="", help="What changes and why; left out, the file's name.")
@click.option("--direct/--no-direct", default=None, help="Left out, it stays as it is.")
@click.option("--dry-run", is_flag=True, help="Check every line, write nothing.")
@_json
def import_(file: Path, *, note: str, direct: bool | None, dry_run: bool, as_json: bool) -> None:
    """Publish FILE, XLSX or CSV, as the next version; one wrong line stops all of it."""
    from web.run.catalogue import import_catalogue  # noqa: PLC0415  # help is instant
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module

    content = file.read_bytes()
    reports: list[CatalogueReport] = []

    async def work(settings: "Settings") -> None:
        reports.append(
            await import_catalogue(
                settings, content, note=note or file.name, direct=direct, dry_run=dry_run
            )
        )

    run_quietly(work)
    _tell(reports[0], as_json=as_json)


@catalogue.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_json
def export(file: Path, *, as_json: bool) -> None:
    """Write the version in force to FILE: XLSX by its name, else CSV."""
    from web.run.catalogue import export_catalogue  # noqa: PLC0415  # help is instant
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module

    written: list[tuple[CatalogueReport, bytes]] = []

    async def work(settings: "Settings") -> None:
        is_workbook = file.suffix.lower() == ".xlsx"
        written.append(await export_catalogue(settings, as_workbook=is_workbook))

    run_quietly(work)
    ((report, content),) = written
    file.write_bytes(content)
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        click.echo(f"{report.entries} entries of version {report.version or 0}: {file}")


@catalogue.command("check")
@_json
def check(*, as_json: bool) -> None:
    """Find what is wrong by now with the version in force: closed units, categories out of use."""
    from web.run.catalogue import check_catalogue  # noqa: PLC0415  # help is instant
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module

    reports: list[CatalogueReport] = []

    async def work(settings: "Settings") -> None:
        reports.append(await check_catalogue(settings))

    run_quietly(work)
    (report,) = reports
    if as_json or report.faults:
        _tell(report, as_json=as_json)
    click.echo(f"{report.entries} entries of version {report.version or 0}: nothing is wrong.")


def _tell(report: "CatalogueReport", *, as_json: bool) -> None:
    click.echo(
        json.dumps(report.as_json(), ensure_ascii=False) if as_json else report.as_text(),
        err=bool(report.faults) and not as_json,
    )
    sys.exit(bool(report.faults))
