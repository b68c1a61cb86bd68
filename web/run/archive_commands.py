"""`hotline archive ...` as it is typed; what it needs is imported when it runs."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from hotline.kernel.settings import Settings

F = TypeVar("F", bound=Callable[..., None])


@click.group()
def archive() -> None:
    """The whole of the data in one file, out of this house or into a new one."""


def _passphrase(*, confirmed: bool) -> Callable[[F], F]:
    return click.option(
        "--passphrase",
        envvar="HOTLINE_ARCHIVE_PASSPHRASE",
        help="Left out, it is asked for; `-` reads it from standard input. 12 characters or more.",
        prompt=True,
        hide_input=True,
        confirmation_prompt=confirmed,
    )


_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


def _typed(passphrase: str) -> str:
    return sys.stdin.readline().rstrip("\n") if passphrase == "-" else passphrase  # noqa: S105


@archive.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_passphrase(confirmed=True)
@_json
def archive_export(file: Path, *, passphrase: str, as_json: bool) -> None:
    """Write the whole of the data to FILE, as of one instant, while everybody goes on working.

    Personal data that are encrypted here are encrypted there, under a key made of the passphrase. The
    texts of tickets are not: keep the file as you keep the database.
    """
    if file.exists():
        raise click.BadParameter("there is a file of this name", param_hint="FILE")
    from web.run.archiving import export_archive  # noqa: PLC0415  # help is instant
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module

    reports: list[dict[str, Any]] = []

    async def work(settings: "Settings") -> None:
        reports.append(await export_archive(settings, file, _typed(passphrase), quiet=as_json))

    run_quietly(work)
    _say(reports[0], as_json=as_json, done=f"{file} is written")


@archive.command("check")
@_file
@_passphrase(confirmed=False)
@_json
def archive_check(file: Path, *, passphrase: str, as_json: bool) -> None:
    """Look FILE through from its first to its last byte; nothing is written."""
    from web.run.archiving import look_through  # noqa: PLC0415  # help is instant
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module

    reports: list[dict[str, Any]] = []

    async def work(_settings: "Settings") -> None:
        reports.append(look_through(file, _typed(passphrase), quiet=as_json))

    run_quietly(work)
    _say(reports[0], as_json=as_json, done=f"{file} is whole")


@archive.command("import")
@_file
@_passphrase(confirmed=False)
@_json
def archive_import(file: Path, *, passphrase: str, as_json: bool) -> None:
    """Read FILE into an empty house of the same release, and prove its histories and ledgers.

    Everything is checked before anything is written; all of it is kept, or nothing.
    """
    from web.run.archiving import import_archive  # noqa: PLC0415  # help is instant
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module

    reports: list[dict[str, Any]] = []

    async def work(settings: "Settings") -> None:
        reports.append(await import_archive(settings, file, _typed(passphrase), quiet=as_json))

    run_quietly(work)
    (report,) = reports
    _say(report, as_json=as_json, done=f"{file} is imported")
    if report["faults"] and not as_json:
        click.echo(
            f"{report['faults']} faults in histories and ledgers: see hotline history verify"
        )
    sys.exit(bool(report["faults"]))


def _say(report: dict[str, Any], *, as_json: bool, done: str) -> None:
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        click.echo(
            f"{done}: {report['rows']} rows in {len(report['tables'])} tables, "
            f"{report['files']} files, revision {report['revision']}."
        )
