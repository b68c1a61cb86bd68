"""`hotline calls ...` as it is typed; what it needs is imported when it runs."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from hotline.kernel.settings import Settings


@click.group()
def calls() -> None:
    """Telephone calls."""


@calls.command("simulate")
@click.option(
    "--speed",
    default=60.0,
    show_default=True,
    type=click.FloatRange(min=0),
    help="How many times faster than life; 0 as fast as can be.",
)
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Events bear the instants of this day; left out, those at which they are sent.",
)
@click.option(
    "--calls", "count", default=400, show_default=True, type=click.IntRange(min=1, max=200_000)
)
@click.option("--seed", default=12345, show_default=True, help="The same plays the same day.")
@click.option("--agents", help="User names or extensions with commas; left out, every operator.")
@click.option("--url", help="Where the house is, when not where this installation listens.")
@click.option(
    "--exchange", default="simulator", show_default=True, help="Whose secret signs the events."
)
@click.option("--disorder", is_flag=True, help="Late, overtaken and doubled, as by a bad line.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def simulate_calls(
    *,
    speed: float,
    day: datetime | None,
    count: int,
    seed: int,
    agents: str | None,
    url: str | None,
    exchange: str,
    disorder: bool,
    as_json: bool,
) -> None:
    """Play a day of calls to the running house, through the interface of exchanges."""
    if not speed and day is None:
        raise click.UsageError("--speed 0 needs --day: what is sent at once cannot happen now.")
    from web.run.calls import Play, simulate  # noqa: PLC0415  # help is instant
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module

    play = Play(
        day=day.date() if day else None,
        speed=speed,
        calls=count,
        seed=seed,
        agents=[word.strip() for word in (agents or "").split(",") if word.strip()],
        url=url,
        exchange=exchange,
        is_disordered=disorder,
    )
    reports: list[dict[str, Any]] = []

    async def work(settings: "Settings") -> None:
        reports.append(await simulate(settings, play, quiet=as_json))

    run_quietly(work)
    (report,) = reports
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        click.echo(
            f"{report['day']}: {report['calls']} calls, {report['events']} events, "
            f"{report['repeated']} of them repeated, in {report['seconds']} s"
        )
