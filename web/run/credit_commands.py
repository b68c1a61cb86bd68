"""`hotline credit ...` as it is typed; what it needs is imported when it runs."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hotline.kernel.settings import Settings


@click.group()
def credit() -> None:
    """Credit of departments."""


@credit.command("push")
@click.option(
    "--since",
    required=True,
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    help="From when on, in the time of Shanghai.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def push(since: datetime, *, as_json: bool) -> None:
    """Tell the credit platform once more what has happened since a day.

    Every message keeps the id under which it was sent before, so that the platform tells a repetition.
    """
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.credit_platform import push_again  # noqa: PLC0415  # help is instant

    queued: list[int] = []

    async def work(settings: "Settings") -> None:
        if settings.credit_platform is None:
            raise click.ClickException("HOTLINE_CREDIT_PLATFORM is not set: nobody is told.")
        queued.append(await push_again(settings, since))

    run_quietly(work)
    click.echo(
        json.dumps({"queued": queued[0]})
        if as_json
        else f"{queued[0]} messages are queued; the worker sends them."
    )
