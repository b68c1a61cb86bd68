"""`hotline calendars ...` as it is typed; what it needs is imported when it runs."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hotline.kernel.settings import Settings
    from hotline.sla.calendars import YearReport


@click.group()
def calendars() -> None:
    """The working calendars."""


@calendars.command("import")
@click.argument("year", type=click.IntRange(2004, 2099))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--calendar", default="working", show_default=True, help="Its code.")
@click.option("--dry-run", is_flag=True, help="Check every line, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_(year: int, file: Path, *, calendar: str, dry_run: bool, as_json: bool) -> None:
    """Load the announced days of YEAR from FILE: CSV lines `date,kind,name`.

    Kinds are holiday, workday, half, and own with the hours in a fourth column. The file takes the
    place of what the calendar had for that year.
    """
    from web.run.calendars import (  # noqa: PLC0415  # help is instant
        load_year,
        report_as_json,
        report_as_text,
    )
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module

    content = file.read_bytes()
    reports: list[YearReport] = []

    async def work(settings: "Settings") -> None:
        reports.append(await load_year(settings, calendar, year, content, dry_run=dry_run))

    run_quietly(work)
    (report,) = reports
    if as_json:
        click.echo(json.dumps(report_as_json(report), ensure_ascii=False))
    else:
        click.echo(report_as_text(report))
    sys.exit(bool(report.faults))
