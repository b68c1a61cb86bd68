"""`hotline statistics ...` as it is typed; what it needs is imported when it runs."""

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hotline.kernel.settings import Settings
    from web.run.citizens import Told


@click.group()
def statistics() -> None:
    """Public figures of months: published by themselves two days after their end."""


@statistics.command()
@click.argument("month")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def publish(month: str, *, as_json: bool) -> None:
    """Publish a MONTH that is over, such as 2026-11; what is published stays as it is."""
    from web.run import citizens  # noqa: PLC0415  # help is instant

    _run(lambda settings: citizens.publish(settings, month), as_json=as_json)


@statistics.command()
@click.argument("month")
@click.option("--note", required=True, help="What was wrong; everybody reads it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def revise(month: str, note: str, *, as_json: bool) -> None:
    """Publish corrected figures of a MONTH as its next revision; the earlier ones stay to be read."""
    from web.run import citizens  # noqa: PLC0415  # help is instant

    _run(lambda settings: citizens.revise(settings, month, note), as_json=as_json)


@statistics.command()
@click.argument("month")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(month: str, *, as_json: bool) -> None:
    """Count a published MONTH again and say whether the figures are the same; exit 1 when not."""
    from web.run import citizens  # noqa: PLC0415  # help is instant

    told = _run(lambda settings: citizens.check(settings, month), as_json=as_json)
    if not told.is_same:
        raise SystemExit(1)


def _run(work: "Callable[[Settings], Awaitable[Told]]", *, as_json: bool) -> "Told":
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module

    found: list[Told] = []

    async def doing(settings: "Settings") -> None:
        found.append(await work(settings))

    run_quietly(doing)
    (told,) = found
    said = {
        "month": f"{told.month:%Y-%m}",
        "revision": told.revision,
        "digest": told.digest,
        "is_same": told.is_same,
    }
    if as_json:
        click.echo(json.dumps(said))
    else:
        same = "the same when counted again" if told.is_same else "NOT the same when counted again"
        click.echo(f"{said['month']} revision {told.revision}: {told.digest} ({same})")
    return told
