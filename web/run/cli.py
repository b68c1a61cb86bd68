"""The command line. `hotline --help` is instant: whatever is heavy is imported by the command."""

import contextlib
import dataclasses
import json
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotline import __version__
from web.run.archive_commands import archive
from web.run.calendar_commands import calendars
from web.run.call_commands import calls
from web.run.catalogue_commands import catalogue
from web.run.credit_commands import credit
from web.run.export_commands import export
from web.run.handover_commands import handovers
from web.run.knowledge_commands import knowledge
from web.run.open311_commands import open311
from web.run.practice_commands import practice
from web.run.report_commands import reports
from web.run.search_commands import search
from web.run.setup_commands import setup
from web.run.statistics_commands import statistics
from web.run.suggest_commands import suggest
from web.run.visit_commands import visits
from web.run.webhook_commands import webhooks

if TYPE_CHECKING:
    from datetime import datetime

    from hotline.kernel.settings import Settings


_REFUSALS = ("28", "3D000", "42501")
"""What PostgreSQL calls a wrong password, a missing database, a missing right."""


@contextlib.contextmanager
def _expected_errors() -> Iterator[None]:
    """Turn what can go wrong in ordinary life into one sentence and exit code 1."""
    from alembic.util.exc import CommandError
    from redis.exceptions import RedisError
    from sqlalchemy.exc import SQLAlchemyError

    from hotline.kernel.errors import DomainError
    from hotline.kernel.jobs import is_passing
    from hotline.kernel.settings import SettingsError
    from web.run.embedded import ServiceError

    try:
        yield
    except (SettingsError, ServiceError) as error:
        raise click.ClickException(str(error)) from error
    except DomainError as error:
        raise click.ClickException(error.title.format_map(error.params)) from error
    except CommandError as error:
        raise click.ClickException(f"The database cannot be migrated: {error}") from error
    except (OSError, RedisError, SQLAlchemyError) as error:
        reason = getattr(error, "orig", None) or error
        state = getattr(reason, "sqlstate", None) or ""
        if state.startswith(_REFUSALS):
            raise click.ClickException(f"The database refuses: {reason}") from error
        if not is_passing(error):
            raise
        raise click.ClickException(f"A service cannot be reached: {reason}") from error


def _run(work: Coroutine[Any, Any, None]) -> None:
    import uvloop

    with _expected_errors():
        uvloop.run(work)


def _settings(*, quiet: bool = False) -> "Settings":
    """Return the settings, with logging set up; `quiet` keeps the log to warnings."""
    from hotline.kernel.logging import configure_logging
    from hotline.kernel.settings import load_settings

    with _expected_errors():
        settings = load_settings()
    configure_logging(settings.log_format, level="WARNING" if quiet else "INFO")
    return settings


def run_quietly(work: Callable[["Settings"], Coroutine[Any, Any, None]]) -> None:
    """Run a command's work on the settings of this process, its log kept to warnings."""
    _run(work(_settings(quiet=True)))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version=__version__)
def main() -> None:
    """12345 hotline: tickets, limits, credit.

    Settings are read from the environment: HOTLINE_HOME, HOTLINE_HOST, HOTLINE_PORT,
    HOTLINE_DATABASE_URL, HOTLINE_REDIS_URL, HOTLINE_SECRET_KEY, HOTLINE_DEMO.
    """


@main.command()
def up() -> None:
    """Run everything: database, Redis, web and worker."""
    settings = _settings()
    from web.run.all_in_one import run_all

    _run(run_all(settings))


@main.command()
def web() -> None:
    """Run the web alone."""
    settings = _settings()
    from web.run.listen import run_web

    _run(run_web(settings))


@main.command()
@click.option("--with-parent", is_flag=True, hidden=True, help="Stop when standard input closes.")
def worker(*, with_parent: bool) -> None:
    """Run the worker alone: jobs, outbox relay, clock sweeper."""
    settings = _settings()
    from web.run.worker import run_worker

    _run(run_worker(settings, with_parent=with_parent))


@main.group()
def db() -> None:
    """The database: migrations and the demo city."""


@db.command("upgrade")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def db_upgrade(*, as_json: bool) -> None:
    """Bring the database to the newest revision, with what no installation goes without."""
    settings = _settings(quiet=True)
    from hotline.kernel.clock import SystemClock
    from web.run.bootstrap import ensure_basics_at
    from web.run.migrate import newest_revision, upgrade
    from web.run.services import services

    async def work() -> None:
        async with services(settings, command="hotline db upgrade") as urls:
            await upgrade(urls.database_url)
            await ensure_basics_at(settings, urls.database_url, SystemClock().now())

    _run(work())
    revision = newest_revision()
    click.echo(json.dumps({"revision": revision}) if as_json else f"At revision {revision}.")


@db.command("check")
@click.option("--temporary", is_flag=True, help="On a new database of its own.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def db_check(*, temporary: bool, as_json: bool) -> None:
    """Tell whether the revisions make exactly the tables that the program declares."""
    settings = _settings(quiet=True)
    from tempfile import TemporaryDirectory

    from web.run.migrate import differences, upgrade
    from web.run.services import services

    found: list[str] = []

    async def work(settings: "Settings") -> None:
        async with services(settings, command="hotline db check") as urls:
            if temporary:
                await upgrade(urls.database_url)
            found.extend(await differences(urls.database_url))

    if temporary:
        with TemporaryDirectory(prefix="hotline-check-") as home:
            given = {"home": Path(home), "database_url": None, "redis_url": None}
            _run(work(settings.model_copy(update=given)))
    else:
        _run(work(settings))
    if as_json:
        click.echo(json.dumps({"ok": not found, "differences": found}))
    elif found:
        click.echo("The database differs from the program's tables:\n" + "\n".join(found), err=True)
    else:
        click.echo("The database and the program agree.")
    sys.exit(bool(found))


@db.command("seed-demo")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def db_seed_demo(*, as_json: bool) -> None:
    """Build the demo city in an empty database."""
    settings = _settings(quiet=True)
    from web.run.demo_city import seed_if_empty
    from web.run.migrate import upgrade
    from web.run.services import services

    is_seeded = False

    async def work() -> None:
        nonlocal is_seeded
        async with services(settings, command="hotline db seed-demo") as urls:
            await upgrade(urls.database_url)
            is_seeded = await seed_if_empty(settings, urls)

    _run(work())
    if as_json:
        click.echo(json.dumps({"seeded": is_seeded}))
    elif is_seeded:
        click.echo("The demo city is built.")
    else:
        click.echo("The database is not empty: nothing was changed.", err=True)
    sys.exit(not is_seeded)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(*, as_json: bool) -> None:
    """Look for what is wrong with this installation."""
    settings = _settings(quiet=True)
    from web.run.doctor import Finding, examine

    findings: list[Finding] = []

    async def work() -> None:
        findings.extend(await examine(settings))

    _run(work())
    is_well = all(finding.ok for finding in findings)
    if as_json:
        items = [dataclasses.asdict(finding) for finding in findings]
        click.echo(json.dumps({"ok": is_well, "findings": items}, ensure_ascii=False))
    else:
        for finding in findings:
            mark = "ok   " if finding.ok else "WRONG"
            click.echo(f"{mark}  {finding.subject:13}  {finding.said}")
    sys.exit(not is_well)


@main.group("import")
def import_() -> None:
    """Bring in the tickets of other systems."""


@import_.command("tickets")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mapping", help="A name of `hotline import mappings`, or a TOML file.")
@click.option("--dry-run", is_flag=True, help="Read and check everything, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_tickets(file: Path, *, mapping: str | None, dry_run: bool, as_json: bool) -> None:
    """Import FILE: CSV, CSV packed with gzip, or XLSX. A second run changes nothing."""
    settings = _settings(quiet=True)
    from hotline.intake.importing.runner import ImportReport
    from web.run.importing import run_import

    reports: list[ImportReport] = []

    async def work() -> None:
        reports.append(
            await run_import(settings, file, mapping=mapping, dry_run=dry_run, quiet=as_json)
        )

    _run(work())
    (report,) = reports
    click.echo(json.dumps(report.as_json(), ensure_ascii=False) if as_json else report.as_text())
    sys.exit(report.is_worthless)


@import_.command("categories")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_categories(file: Path, *, as_json: bool) -> None:
    """Import FILE: a tree of categories, one row for each leaf, one column for each level."""
    settings = _settings(quiet=True)
    from hotline.intake.importing.categories import CategoryReport
    from web.run.importing import run_import_categories

    reports: list[CategoryReport] = []

    async def work() -> None:
        reports.append(await run_import_categories(settings, file))

    _run(work())
    (report,) = reports
    click.echo(json.dumps(report.as_json(), ensure_ascii=False) if as_json else report.as_text())


@import_.command("mappings")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_mappings(*, as_json: bool) -> None:
    """List the mappings that come with the program."""
    from hotline.intake.importing.mapping import shipped_mappings

    titles = {name: mapping.title for name, mapping in shipped_mappings().items()}
    if as_json:
        click.echo(json.dumps(titles, ensure_ascii=False))
    else:
        for name, title in titles.items():
            click.echo(f"{name:14}  {title}")


@main.group()
def users() -> None:
    """Accounts: open one, give it a password, make it a token."""


_password = click.option(
    "--password",
    help="Left out, it is asked for; `-` reads it from standard input.",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
)


@users.command("add")
@click.argument("username")
@click.option("--name", "display_name", required=True, help="The person's name.")
@click.option("--role", "roles", multiple=True, required=True, help="May be given several times.")
@click.option("--department", default="hotline", show_default=True, help="Code of the unit.")
@_password
def users_add(
    username: str, *, display_name: str, roles: tuple[str, ...], department: str, password: str
) -> None:
    """Open the account USERNAME."""
    from hotline.people.permissions import ASSIGNABLE_ROLES
    from web.run.accounts import add_user

    unknown = sorted(set(roles) - ASSIGNABLE_ROLES)
    if unknown:
        known = ", ".join(sorted(ASSIGNABLE_ROLES))
        raise click.BadParameter(f"{', '.join(unknown)}; roles are: {known}", param_hint="--role")
    settings = _settings(quiet=True)
    _run(
        add_user(
            settings,
            username=username,
            display_name=display_name,
            roles=roles,
            department=department,
            password=_typed(password),
        )
    )
    click.echo(f"The account {username} is open.")


@users.command("token")
@click.argument("username")
@click.option("--label", default="command line", show_default=True, help="What it is for.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def users_token(username: str, *, label: str, as_json: bool) -> None:
    """Make a bearer token for the programs of USERNAME; it is printed this once."""
    settings = _settings(quiet=True)
    from web.run.accounts import issue_token

    tokens: list[str] = []

    async def work() -> None:
        tokens.append(await issue_token(settings, username=username, label=label))

    _run(work())
    click.echo(json.dumps({"username": username, "token": tokens[0]}) if as_json else tokens[0])


@users.command("password")
@click.argument("username")
@_password
def users_password(username: str, *, password: str) -> None:
    """Give USERNAME a new password and end its sessions."""
    settings = _settings(quiet=True)
    from web.run.accounts import set_password

    _run(set_password(settings, username=username, password=_typed(password)))
    click.echo(f"{username} has a new password.")


def _typed(password: str) -> str:
    return sys.stdin.readline().rstrip("\n") if password == "-" else password  # noqa: S105


@main.group()
def anomalies() -> None:
    """What looks odd in how tickets are worked off."""


@anomalies.command("scan")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Look through every day from this one on again; left out, those not looked through yet.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def anomalies_scan(*, since: "datetime | None", as_json: bool) -> None:
    """Look through the days that are over, as it is done every night; cards are made once."""
    settings = _settings(quiet=True)
    from web.run.anomalies import scan

    counts: list[int] = []

    async def work() -> None:
        counts.append(await scan(settings, since.date() if since else None))

    _run(work())
    (count,) = counts
    click.echo(json.dumps({"new": count}) if as_json else f"{count} new cards.")


@main.group()
def incidents() -> None:
    """The same matter told by many: the index of like matters, and incidents."""


@incidents.command("reindex")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def incidents_reindex(*, as_json: bool) -> None:
    """Write how every ticket is compared anew, after an import or a change of the rules."""
    settings = _settings(quiet=True)
    from web.run.incidents import reindex_all

    counts: list[int] = []

    async def work() -> None:
        counts.append(await reindex_all(settings))

    _run(work())
    (count,) = counts
    click.echo(json.dumps({"indexed": count}) if as_json else f"{count} tickets are indexed.")


@incidents.command("gather")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def incidents_gather(*, as_json: bool) -> None:
    """Gather the like tickets of the last week anew, as it is done every ten minutes."""
    settings = _settings(quiet=True)
    from web.run.incidents import gather_all

    counts: list[tuple[int, int]] = []

    async def work() -> None:
        counts.append(await gather_all(settings))

    _run(work())
    ((found, ended),) = counts
    if as_json:
        click.echo(json.dumps({"found": found, "ended": ended}))
    else:
        click.echo(f"{found} new incidents, {ended} ended.")


@main.group()
def history() -> None:
    """The timelines of tickets as evidence."""


@history.command("verify")
@click.argument("number", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def history_verify(number: str | None, *, as_json: bool) -> None:
    """Find rows changed, dropped, swapped or inserted, in the ticket NUMBER or in all."""
    settings = _settings(quiet=True)
    from web.run.history import verify

    reports: list[dict[str, Any]] = []

    async def work() -> None:
        reports.append(await verify(settings, number))

    _run(work())
    (report,) = reports
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        for fault in report["faults"]:
            click.echo(
                f"{fault['ticket']}  row {fault['seq']} {fault['kind']}  {fault['detail']}".rstrip()
            )
        click.echo(
            f"{report['tickets']} tickets, {report['rows']} rows, {len(report['faults'])} faults."
        )
    if number is not None and not report["tickets"]:
        raise click.ClickException(f"There is no ticket {number}.")
    sys.exit(bool(report["faults"]))


main.add_command(archive)
main.add_command(calendars)
main.add_command(calls)
main.add_command(catalogue)
main.add_command(knowledge)
main.add_command(credit)
main.add_command(open311)
main.add_command(export)
main.add_command(handovers)
main.add_command(practice)
main.add_command(reports)
main.add_command(statistics)
main.add_command(setup)
main.add_command(suggest)
main.add_command(search)
main.add_command(visits)
main.add_command(webhooks)


@main.group()
def sla() -> None:
    """Time limits: why they end when they do, and what another policy would mean."""


_language = click.option(
    "--language",
    type=click.Choice(["zh_CN", "en"]),
    help="Left out, the terminal's own: LC_ALL, LC_MESSAGES or LANG.",
)


def _spoken(language: str | None) -> str:
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    own = next((name for name in names if name), "")
    return language or ("zh_CN" if own.startswith("zh") else "en")


@sla.command("explain")
@click.argument("number")
@_language
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def sla_explain(number: str, *, language: str | None, as_json: bool) -> None:
    """Say who held the ticket NUMBER how long, and why each of its limits ends when it does."""
    settings = _settings(quiet=True)
    from hotline.escalation.explaining import TicketAccount
    from web.run.sla import explain, explained

    found: list[TicketAccount] = []

    async def work() -> None:
        found.append(await explain(settings, number))

    _run(work())
    click.echo(explained(found[0], language=_spoken(language), as_json=as_json))


_day = click.DateTime(["%Y-%m-%d"])


@sla.command("simulate")
@click.option("--from", "first", type=_day, required=True, help="First day of submission.")
@click.option("--to", "last", type=_day, required=True, help="Last day, included.")
@click.option(
    "--policy",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="JSON or TOML with code, name, match and clocks.",
)
@_language
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def sla_simulate(
    first: "datetime", last: "datetime", file: Path, *, language: str | None, as_json: bool
) -> None:
    """Say which limits of a period would have been kept under another policy; nothing is written."""
    if last < first:
        raise click.BadParameter("the last day lies before the first", param_hint="--to")
    settings = _settings(quiet=True)
    from web.run.sla import Simulated, read_draft, run_simulation, simulated

    with _expected_errors():
        draft = read_draft(file)
    found: list[Simulated] = []

    async def work() -> None:
        found.append(await run_simulation(settings, draft, first.date(), last.date()))

    _run(work())
    click.echo(simulated(found[0], language=_spoken(language), as_json=as_json))


if __name__ == "__main__":
    main(prog_name="hotline")
