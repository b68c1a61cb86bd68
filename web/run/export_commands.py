"""`hotline export ...` as it is typed; what it needs is imported when it runs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hotline.kernel.settings import Settings
    from web.run.exporting import ExportReport


@click.group()
def export() -> None:
    """Write lists to files, as the pages do; each is noted in the log of exports."""


def _filters(given: tuple[str, ...]) -> dict[str, str]:
    asked = {}
    for one in given:
        name, mark, text = one.partition("=")
        if not mark or not name.strip():
            raise click.BadParameter(f"{one!r} is not NAME=VALUE", param_hint="--filter")
        asked[name.strip()] = text
    return asked


_OUT = click.Path(dir_okay=False, path_type=Path)


@export.command("tickets")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["csv", "xlsx", "json"]),
    default="csv",
    show_default=True,
)
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="NAME=VALUE",
    help="As in the address of the page: status=processing, department=CODE, created_from=2026-01-01.",
)
@click.option("--out", type=_OUT, help="Left out, standard output.")
@click.option("--personal", is_flag=True, help="Requesters in full; needs --user and --reason.")
@click.option("--user", help="In whose name; left out, the administrator of the machine.")
@click.option("--reason", help="What the personal data are needed for.")
@click.option("--language", type=click.Choice(["zh_CN", "en"]), default="zh_CN", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON about the export.")
def export_tickets(
    *,
    kind: str,
    filters: tuple[str, ...],
    out: Path | None,
    personal: bool,
    user: str | None,
    reason: str | None,
    language: str,
    as_json: bool,
) -> None:
    """Write tickets to a file; personal data are masked unless asked for."""
    if personal and not (user and reason):
        raise click.UsageError("--personal needs --user and --reason: somebody answers for it.")
    if as_json and out is None:
        raise click.UsageError("--json needs --out: standard output cannot hold both.")
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.exporting import Wanted, run_export  # noqa: PLC0415  # help is instant

    wanted = Wanted(
        list_code="tickets",
        asked=_filters(filters),
        format=kind,
        language=language,
        out=out,
        username=user,
        reason=reason if personal else None,
    )
    reports: list[ExportReport] = []

    async def work(settings: "Settings") -> None:
        reports.append(await run_export(settings, wanted, quiet=as_json))

    run_quietly(work)
    (report,) = reports
    if as_json:
        click.echo(json.dumps(report.as_json()))
    else:
        click.echo(f"{report.rows} rows, {report.size} bytes, SHA-256 {report.digest}.", err=True)
