"""`hotline suggest ...` as it is typed; what it needs is imported when it runs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from hotline.kernel.settings import Settings

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def suggest() -> None:
    """Suggestions of category and department, learned from closed tickets."""


@suggest.command("train")
@click.option("--from", "file", type=_file, help="CSV: title, content, category. Else the tickets.")
@click.option("--dry-run", is_flag=True, help="Learn and judge, keep nothing.")
@click.option("--use", is_flag=True, help="Use the new model even if it is not better.")
@click.option(
    "--when-due", is_flag=True, help="Only when enough tickets were closed; as the worker does."
)
@_json
def train(file: Path | None, *, dry_run: bool, use: bool, when_due: bool, as_json: bool) -> None:
    """Learn a new model and keep it; it is used when it is better than the one in use."""
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.suggest import train_model  # noqa: PLC0415  # help is instant

    content = file.read_bytes() if file else None
    reports: list[dict[str, Any]] = []

    async def work(settings: "Settings") -> None:
        reports.append(
            await train_model(settings, content, dry_run=dry_run, use=use, only_when_due=when_due)
        )

    run_quietly(work)
    (report,) = reports
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    if report["version"] is None and report["metrics"] is None:
        click.echo("Nothing to do: too few tickets were closed since the last training.")
        return
    _tell_figures(report["metrics"])
    kept = f"Model {report['version']}" if report["version"] else "Nothing was kept"
    click.echo(f"{kept}: {report['said']}")


@suggest.command("evaluate")
@click.option("--data", "file", type=_file, help="CSV: title, content, category. Else the tickets.")
@_json
def evaluate(file: Path | None, *, as_json: bool) -> None:
    """Judge what is learned on texts that were not learned from; nothing is kept."""
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.suggest import evaluate_file, evaluate_tickets  # noqa: PLC0415  # help is instant

    content = file.read_bytes() if file else None
    reports: list[dict[str, Any]] = []

    async def work(settings: "Settings") -> None:
        if content is None:
            reports.append(await evaluate_tickets(settings))
        else:
            reports.append(evaluate_file(content))

    run_quietly(work)
    (report,) = reports
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        _tell_figures(report, in_full=True)


@suggest.command("use")
@click.argument("version")
@_json
def use(version: str, *, as_json: bool) -> None:
    """Use the model VERSION from now on; `off` for none. Nothing has to be started again."""
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.suggest import switch  # noqa: PLC0415  # help is instant

    if version != "off" and not (version.isdecimal() and version.isascii()):
        raise click.BadParameter(
            "a number of `hotline suggest status`, or off", param_hint="VERSION"
        )
    wanted = None if version == "off" else int(version[:9])

    async def work(settings: "Settings") -> None:
        await switch(settings, wanted)

    run_quietly(work)
    if as_json:
        click.echo(json.dumps({"active": wanted}))
    else:
        click.echo(
            "Suggestions from words are off." if wanted is None else f"Model {wanted} is used."
        )


@suggest.command("status")
@_json
def status(*, as_json: bool) -> None:
    """Say which model is used, which there are, and whether their files are whole."""
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.suggest import report_status  # noqa: PLC0415  # help is instant

    reports: list[dict[str, Any]] = []

    async def work(settings: "Settings") -> None:
        reports.append(await report_status(settings))

    run_quietly(work)
    (report,) = reports
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    if not report["models"]:
        click.echo("There is no model yet: run hotline suggest train.")
    for one in report["models"]:
        mark = "*" if one["is_active"] else " "
        click.echo(
            f"{mark} {one['version']:4}  {one['trained_at'][:16]}  {one['source']:7}  "
            f"{one['samples']:6} texts  {one['classes']:4} categories  "
            f"macro-F1 {one['macro_f1']:.3f}  {one['state']}"
        )


_HEADS = (
    ("categories", "Categories"),
    ("departments_by_words", "Departments, from the words alone"),
    ("departments_by_category", "Departments, with the category known"),
)


def _tell_figures(metrics: dict[str, Any], *, in_full: bool = False) -> None:
    for name, head in _HEADS:
        figures = metrics.get(name)
        if not figures:
            continue
        sure = figures["sure_accuracy"]
        click.echo(
            f"{head}: {figures['count']} judged, accuracy {figures['accuracy']:.3f}, one of three "
            f"{figures['top3']:.3f}, macro-F1 {figures['macro_f1']:.3f}, calibration error "
            f"{figures['ece']:.3f}, sure {figures['sure']:.1%}"
            + ("" if sure is None else f" and then right {sure:.1%}")
        )
        if in_full and name == "categories":
            _tell_classes(figures)
    if metrics.get("unjudged"):
        click.echo(
            f"Learned from and not judged, for their categories have no text unlike them: "
            f"{metrics['unjudged']}"
        )


def _tell_classes(figures: dict[str, Any]) -> None:
    click.echo("  precision  recall     F1   texts  category")
    for one in figures["classes"]:
        click.echo(
            f"  {one['precision']:9.3f}  {one['recall']:6.3f}  {one['f1']:5.3f}  {one['count']:6}"
            f"  {one['label']}"
        )
    click.echo("  Most frequent mistakes (true, suggested):")
    wrong = [one for one in figures["confusions"] if one[0] != one[1]]
    for truth, said, count in wrong[:20]:
        click.echo(f"  {count:6}  {truth} -> {said}")
    click.echo("  Calibration (said, right, texts):")
    for one in figures["bins"]:
        if one["count"]:
            click.echo(f"  {one['share']:.3f}  {one['right']:.3f}  {one['count']:6}")
