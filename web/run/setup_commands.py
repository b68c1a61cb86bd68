"""`hotline setup ...` as it is typed; what it needs is imported when it runs."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hotline.founding.house import StepReport
    from hotline.kernel.settings import Settings
    from web.run.setup import SheetReport

_SUBJECTS = (
    *("groups", "departments", "people", "categories", "questions", "catalogue"),
    *("policies", "calendars"),
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_subject = click.argument("subject", type=click.Choice(_SUBJECTS))


@click.group()
def setup() -> None:
    """Set a house up: by sheets of an office program, and by what is still missing."""


@setup.command("status")
@_json
@click.option("--language", type=click.Choice(["zh_CN", "en"]), default="en", show_default=True)
def status(*, as_json: bool, language: str) -> None:
    """Say what the house has and what is missing, step by step; exit code 1 while it is not ready."""
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.setup import check_house, steps_as_json  # noqa: PLC0415  # help is instant

    found: list[tuple[bool, list[StepReport]]] = []

    async def work(settings: "Settings") -> None:
        found.append(await check_house(settings))

    run_quietly(work)
    ((is_ready, steps),) = found
    told = steps_as_json(steps, language)
    if as_json:
        click.echo(json.dumps({"ready": is_ready, "steps": told}, ensure_ascii=False))
    else:
        for step in told:
            click.echo(f"{step['state']:8} {step['name']}")
            for remark in step["remarks"]:
                click.echo(f"         {remark['state']:8} {remark['text']}")
    sys.exit(not is_ready)


@setup.command("template")
@_subject
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--filled", is_flag=True, help="With what the house has.")
def template(subject: str, file: Path, *, filled: bool) -> None:
    """Write the template of SUBJECT to FILE, an XLSX to fill in."""
    from hotline.founding.columns import Subject  # noqa: PLC0415  # help is instant
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.setup import write_template  # noqa: PLC0415  # help is instant

    written: list[bytes] = []

    async def work(settings: "Settings") -> None:
        written.append(await write_template(settings, Subject(subject), is_filled=filled))

    run_quietly(work)
    file.write_bytes(written[0])
    click.echo(f"{subject}: {file}")


@setup.command("import")
@_subject
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check every line, write nothing.")
@_json
def import_(subject: str, file: Path, *, dry_run: bool, as_json: bool) -> None:
    """Bring in FILE, XLSX or CSV: all good lines; exit code 1 when one was wrong or refused.

    The same file again changes nothing, and one that was interrupted goes on where it was.
    """
    from tqdm import tqdm  # noqa: PLC0415  # help is instant

    from hotline.founding.columns import Subject  # noqa: PLC0415  # help is instant
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.setup import import_sheet  # noqa: PLC0415  # help is instant

    content = file.read_bytes()
    reports: list[SheetReport] = []
    is_hidden = as_json or not sys.stderr.isatty()

    async def work(settings: "Settings") -> None:
        with tqdm(desc=subject, unit="line", disable=is_hidden, leave=False) as bar:

            def tell(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            reports.append(
                await import_sheet(
                    settings, Subject(subject), file.name, content, dry_run=dry_run, tell=tell
                )
            )

    run_quietly(work)
    (report,) = reports
    click.echo(json.dumps(report.as_json(), ensure_ascii=False) if as_json else report.as_text())
    sys.exit(bool(report.lines))
