"""`hotline credit ...` as it is typed; what it needs is imported when it runs."""

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from hotline.kernel.settings import Settings


@click.group()
def credit() -> None:
    """Credit of departments."""


@credit.command("score")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]),
    help="In the time of Shanghai; what was recorded later is not known. Nothing is written then.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def score(as_of: datetime | None, *, as_json: bool) -> None:
    """Score every department over the last 90 days, as it is done every night."""
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.credit import score_departments  # noqa: PLC0415  # help is instant

    reports: list[dict[str, Any]] = []

    async def work(settings: "Settings") -> None:
        reports.append(await score_departments(settings, as_of, quiet=as_json))

    run_quietly(work)
    (report,) = reports
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    for one in report["items"]:
        click.echo(_score_line(one))
    click.echo(f"{len(report['items'])} departments, as of {report['as_of']}")


def _score_line(one: dict[str, Any]) -> str:
    said = one["score"] or "no activity"
    band = f"  band {one['band']}" if one["band"] else ""
    return f"{one['department']:20}  {said:>11}  {one['grade'] or '-'}  n {one['n']:>6}{band}"


@credit.command("freeze")
@click.argument("period")
@click.option("--reason", default="", help="Kept with what is frozen.")
@click.option("--verify", is_flag=True, help="Make every revision of it again; nothing is written.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def freeze(period: str, *, reason: str, verify: bool, as_json: bool) -> None:
    """Freeze PERIOD, such as 2026-11, 2026-Q4 or 2026: once it is over, and once for ever."""
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.credit import freeze_period, verify_period  # noqa: PLC0415  # help is instant

    reports: list[dict[str, Any]] = []

    async def work(settings: "Settings") -> None:
        if verify:
            reports.append(await verify_period(settings, period))
        else:
            reports.append(await freeze_period(settings, period, reason=reason, quiet=as_json))

    run_quietly(work)
    (report,) = reports
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    elif verify:
        for one in report["revisions"]:
            click.echo(f"{period} revision {one['revision']}: {len(one['faults'])} faults")
            for fault in one["faults"]:
                click.echo(f"  {fault}")
    else:
        click.echo(
            f"{period} is frozen: {report['departments']} departments, "
            f"result {report['result_digest'][:16]}"
        )
    sys.exit(verify and any(one["faults"] for one in report["revisions"]))
