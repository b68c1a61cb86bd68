"""`hotline knowledge ...` as it is typed; what it needs is imported when it runs."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hotline.kernel.settings import Settings
    from hotline.knowledge.moving import ImportReport

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def knowledge() -> None:
    """What the hotline answers from."""


@knowledge.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_json
def export(file: Path, *, as_json: bool) -> None:
    """Write every article to FILE: XLSX by its name, else JSON."""
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.knowledge import export_knowledge  # noqa: PLC0415  # help is instant

    written: list[tuple[int, bytes]] = []

    async def work(settings: "Settings") -> None:
        is_workbook = file.suffix.lower() == ".xlsx"
        written.append(await export_knowledge(settings, as_workbook=is_workbook))

    run_quietly(work)
    ((count, content),) = written
    file.write_bytes(content)
    click.echo(json.dumps({"articles": count}) if as_json else f"{count} articles: {file}")


@knowledge.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check every line, write nothing.")
@_json
def import_(file: Path, *, dry_run: bool, as_json: bool) -> None:
    """Take over FILE, XLSX or JSON; one wrong line stops all of it.

    Each article waits for a person to publish it.
    """
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.knowledge import import_knowledge  # noqa: PLC0415  # help is instant

    content = file.read_bytes()
    reports: list[ImportReport] = []

    async def work(settings: "Settings") -> None:
        reports.append(await import_knowledge(settings, content, dry_run=dry_run))

    run_quietly(work)
    (report,) = reports
    faults = [
        {"line": fault.line, "text": fault.text.format_map(fault.params)} for fault in report.faults
    ]
    told = {"added": report.added, "changed": report.changed, "same": report.same}
    if as_json:
        click.echo(json.dumps({**told, "dry_run": dry_run, "faults": faults}, ensure_ascii=False))
    elif faults:
        click.echo("\n".join(f"line {one['line']}: {one['text']}" for one in faults), err=True)
    else:
        done = "nothing was written" if dry_run else "each waits for a second person"
        click.echo(f"{report.added} new, {report.changed} changed, {report.same} the same; {done}.")
    sys.exit(bool(faults))
