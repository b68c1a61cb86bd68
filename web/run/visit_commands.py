"""`hotline visits ...` as it is typed; what it needs is imported when it runs."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from hotline.kernel.settings import Settings


@click.group()
def visits() -> None:
    """Return visits and field checks."""


@visits.command("sample")
@click.option("--month", required=True, type=click.DateTime(["%Y-%m"]), help="Such as 2026-11.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def sample(month: datetime, *, as_json: bool) -> None:
    """Make the draw of a month's field checks again; nothing is written.

    The same tickets, seed and shares give the same draw, so that anybody can check it.
    """
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.visits import make_sample  # noqa: PLC0415  # help is instant

    drawn: list[dict[str, Any]] = []

    async def work(settings: "Settings") -> None:
        drawn.append(await make_sample(settings, month.date()))

    run_quietly(work)
    (report,) = drawn
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    click.echo(
        f"{report['month']}: {len(report['tickets'])} of {report['solved']} solved tickets, "
        f"seed {report['seed']}"
    )
    for ticket in report["tickets"]:
        click.echo(f"{ticket['number']}  {ticket['department']}")
