"""`hotline reports ...` as it is typed; what it needs is imported when it runs."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from hotline.kernel.settings import Settings
    from web.run.reports import Produced


@click.group()
def reports() -> None:
    """Reports of frozen periods of credit: bulletin, quarterly analysis, annual assessment."""


def _kind(name: str, kind: str, help_: str) -> Callable[..., None]:
    @reports.command(name, help=help_)
    @click.argument("period")
    @click.option(
        "--docx", type=click.Path(dir_okay=False, path_type=Path), help="Write it as Word."
    )
    @click.option(
        "--xlsx", type=click.Path(dir_okay=False, path_type=Path), help="Write it as Excel."
    )
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    def run(period: str, *, docx: Path | None, xlsx: Path | None, as_json: bool) -> None:
        _produce(period, kind, docx=docx, xlsx=xlsx, as_json=as_json)

    return run


def _produce(
    period: str, kind: str, *, docx: Path | None, xlsx: Path | None, as_json: bool
) -> None:
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.reports import produce, told  # noqa: PLC0415  # help is instant

    found: list[Produced] = []

    async def work(settings: "Settings") -> None:
        found.append(await produce(settings, period, kind))

    run_quietly(work)
    (produced,) = found
    files: dict[str, Any] = {}
    for path, form in ((docx, "docx"), (xlsx, "xlsx")):
        if path is not None:
            path.write_bytes(produced.files[form])
            files[form] = str(path)
    click.echo(told(produced, files, as_json=as_json))


_MADE = " It is drafted when there is none yet, from the newest frozen scores."

bulletin = _kind("bulletin", "month", "The bulletin of a month, such as 2026-11." + _MADE)
quarter = _kind("quarter", "quarter", "The analysis of a quarter, such as 2026-Q4." + _MADE)
year = _kind("year", "year", "The assessment of a year, such as 2026." + _MADE)
