"""`hotline webhooks ...` as it is typed; what it needs is imported when it runs."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

if TYPE_CHECKING:
    from hotline.kernel.settings import Settings


@click.group()
def webhooks() -> None:
    """The departments' own systems and what they are told."""


@webhooks.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def webhooks_list(*, as_json: bool) -> None:
    """List every webhook with its id."""
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.webhooks import listed  # noqa: PLC0415  # help is instant

    found: list[dict[str, Any]] = []

    async def work(settings: "Settings") -> None:
        found.extend(await listed(settings))

    run_quietly(work)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        for one in found:
            click.echo(f"{one['id']}  {one['department']:16}  {one['state']:8}  {one['name']}")


@webhooks.command("replay")
@click.argument("webhook", type=click.UUID)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]),
    required=True,
    help="In Shanghai; within 30 days.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def webhooks_replay(webhook: UUID, *, since: datetime, as_json: bool) -> None:
    """Send everything again to WEBHOOK that happened at an instant or later."""
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.webhooks import replayed  # noqa: PLC0415  # help is instant

    counts: list[int] = []

    async def work(settings: "Settings") -> None:
        counts.append(await replayed(settings, webhook, since))

    run_quietly(work)
    (count,) = counts
    click.echo(json.dumps({"events": count}) if as_json else f"{count} events are sent again.")
