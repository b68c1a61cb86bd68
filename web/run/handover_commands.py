"""`hotline handovers ...` as it is typed; what it needs is imported when it runs."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hotline.exchange.handover.actions import ReceiptReport
    from hotline.kernel.settings import Settings
    from web.run.handovers import MadeFile

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_user = click.option("--user", required=True, help="In whose name: a supervisor or an authority.")
_IN = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def handovers() -> None:
    """Files with tickets for other authorities."""


@handovers.command("make")
@click.argument("recipient")
@click.argument("tickets", nargs=-1, required=True)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@_user
@click.option("--personal", is_flag=True, help="Requesters in full; needs --reason.")
@click.option("--reason", help="What the personal data are needed for.")
@click.option("--language", type=click.Choice(["zh_CN", "en"]), default="zh_CN", show_default=True)
@_json
def make(
    recipient: str,
    tickets: tuple[str, ...],
    *,
    out: Path,
    user: str,
    personal: bool,
    reason: str | None,
    language: str,
    as_json: bool,
) -> None:
    """Write TICKETS, by number, into a file for RECIPIENT."""
    if personal and not reason:
        raise click.UsageError("--personal needs --reason: somebody answers for it.")
    from hotline.exchange.handover.actions import HandOverOrder  # noqa: PLC0415  # help is instant
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.handovers import make_file  # noqa: PLC0415  # help is instant

    order = HandOverOrder(
        recipient=recipient,
        numbers=tickets,
        language=language,
        has_personal=personal,
        reason=reason if personal else None,
    )
    made: list[MadeFile] = []

    async def work(settings: "Settings") -> None:
        made.append(await make_file(settings, order, username=user, out=out))

    run_quietly(work)
    (one,) = made
    if as_json:
        click.echo(json.dumps(one.as_json()))
    else:
        click.echo(f"{one.number}: {one.tickets} tickets, SHA-256 {one.digest}.")


@handovers.command("give")
@click.argument("number")
@_user
@click.option("--how", help="By which way it went.")
def give(number: str, *, user: str, how: str | None) -> None:
    """Note that the file NUMBER was handed over."""
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.handovers import give_file  # noqa: PLC0415  # help is instant

    async def work(settings: "Settings") -> None:
        await give_file(settings, number, username=user, how=how)

    run_quietly(work)
    click.echo(f"{number}: handed over.")


@handovers.command("receipt")
@click.argument("number")
@click.argument("file", type=_IN)
@_user
@click.option("--dry-run", is_flag=True, help="Check every line, write nothing.")
@_json
def receipt(number: str, file: Path, *, user: str, dry_run: bool, as_json: bool) -> None:
    """Take in FILE, CSV, XLSX or JSON: what the other side answers to the file NUMBER.

    Lines that are wrong are named and left out; the command fails then.
    """
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.handovers import take_file  # noqa: PLC0415  # help is instant

    content = file.read_bytes()
    done: list[tuple[ReceiptReport, list[dict[str, Any]]]] = []

    async def work(settings: "Settings") -> None:
        done.append(await take_file(settings, number, content, username=user, dry_run=dry_run))

    run_quietly(work)
    ((report, faults),) = done
    told = {"accepted": report.accepted, "refused": report.refused, "same": report.same}
    if as_json:
        click.echo(json.dumps({**told, "dry_run": dry_run, "faults": faults}, ensure_ascii=False))
    else:
        words = ", ".join(f"{name} {count}" for name, count in told.items())
        click.echo(f"{words}{'; nothing was written' if dry_run else ''}.")
        for one in faults:
            click.echo(f"line {one['line']}: {one['text']}", err=True)
    sys.exit(bool(faults))


@handovers.command("key")
@click.argument("recipient")
def key(recipient: str) -> None:
    """Print the key by which RECIPIENT checks the signatures of his files."""
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.handovers import key_of  # noqa: PLC0415  # help is instant

    found: list[str] = []

    async def work(settings: "Settings") -> None:
        found.append(key_of(settings, recipient))

    run_quietly(work)
    click.echo(found[0])


@handovers.command("check")
@click.argument("file", type=_IN)
def check(file: Path) -> None:
    """Say whether FILE is a hand-over file of this house, just as it was made."""
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.handovers import check_file  # noqa: PLC0415  # help is instant

    body = file.read_bytes()
    found: list[Mapping[str, Any]] = []

    async def work(settings: "Settings") -> None:
        found.append(check_file(settings, body))

    run_quietly(work)
    (manifest,) = found
    click.echo(f"{manifest['number']}: {manifest['count']} tickets for {manifest['to']}, as made.")
