"""`hotline practice ...` as it is typed; what it needs is imported when it runs."""

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hotline.kernel.settings import Settings


@click.group()
def practice() -> None:
    """The practice city."""


@practice.command("begin-again")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.confirmation_option(prompt="Throw away all that was practised and build the city anew?")
def begin_again(*, as_json: bool) -> None:
    """Build the practice city anew; refused in a house that is not one, and while it runs."""
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.practice import begin_again as rebuild  # noqa: PLC0415  # help is instant

    async def work(settings: "Settings") -> None:
        await rebuild(settings)

    run_quietly(work)
    click.echo(json.dumps({"begun": True}) if as_json else "The practice city has begun again.")
