"""`hotline credit ...` as it is typed; what it needs is imported when it runs."""

import json
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from hotline.kernel.settings import Settings


@click.group()
def credit() -> None:
    """Credit of departments."""


@credit.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(*, as_json: bool) -> None:
    """Prove that no entry was changed, and that every rate follows from the facts.

    The chain of each department is held against its rows; the rates of each ticket are made again from
    the facts and compared, as of every instant at which they changed. Ends with 1 at any difference.
    """
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.credit_verification import verify_credit  # noqa: PLC0415  # help is instant

    reports: list[dict[str, Any]] = []

    async def work(settings: "Settings") -> None:
        reports.append(await verify_credit(settings, quiet=as_json))

    run_quietly(work)
    (report,) = reports
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        for one in report["chains"]:
            click.echo(f"{one['department']}  row {one['seq']}  {one['said']}")
        for one in report["rates"]:
            click.echo(f"{one['ticket']}  {one['what']}  since {one['since']}  {one['said']}")
        click.echo(
            f"{report['departments']} chains, {report['tickets']} tickets, {report['facts']} facts, "
            f"{len(report['chains']) + len(report['rates'])} faults."
        )
    sys.exit(bool(report["chains"] or report["rates"]))
