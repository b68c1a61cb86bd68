"""`hotline search ...` as it is typed; what it needs is imported when it runs."""

import json
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hotline.kernel.settings import Settings
    from hotline.search.filling.actions import Progress


@click.group()
def search() -> None:
    """The index by which tickets are found."""


@search.command("reindex")
@click.option(
    "--check", "only_check", is_flag=True, help="Compare with the tickets, write nothing."
)
@click.option("--all", "every", is_flag=True, help="Fill every ticket, also those that look right.")
@click.option("--quiet", is_flag=True, help="Draw no progress bar.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def reindex(*, only_check: bool, every: bool, quiet: bool, as_json: bool) -> None:
    """Fill what the index lacks, some tickets at a time; started again it goes on.

    With --check nothing is written; the exit code is 1 when the index differs from the tickets.
    """
    from web.run import search as work  # noqa: PLC0415  # help is instant
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module

    done: list[Progress] = []

    async def run(settings: "Settings") -> None:
        if only_check:
            done.append(await work.check(settings, quiet=quiet))
        else:
            done.append(await work.reindex(settings, every=every, quiet=quiet))

    run_quietly(run)
    (progress,) = done
    if as_json:
        click.echo(
            json.dumps(
                {
                    "looked_at": progress.looked_at,
                    "changed": progress.changed,
                    "differing": progress.differing,
                }
            )
        )
    elif only_check:
        click.echo(f"{progress.looked_at} tickets compared, {progress.changed} differ.")
        for number in progress.differing:
            click.echo(number)
    else:
        click.echo(f"{progress.looked_at} tickets looked at, {progress.changed} written.")
    if only_check and progress.changed:
        sys.exit(1)
