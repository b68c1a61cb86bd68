"""`hotline open311 ...` as it is typed; what it needs is imported when it runs."""

import json
import uuid
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hotline.kernel.settings import Settings
    from hotline.open311.keys import KeyView

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def open311() -> None:
    """Other systems that report through Open311."""


@open311.group()
def key() -> None:
    """Keys of other systems."""


@key.command("add")
@click.argument("name")
@click.option("--contact", default=None, help="Who answers for it; stored encrypted.")
@click.option("--test", "is_test", is_flag=True, help="For the test endpoint alone.")
@click.option("--rate", default=60, show_default=True, help="Reports a minute at most.")
@_json
def add(name: str, *, contact: str | None, is_test: bool, rate: int, as_json: bool) -> None:
    """Give out a key for the system NAME; it is printed this once."""
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.open311 import give_out_key  # noqa: PLC0415  # help is instant

    made: list[tuple[KeyView, str]] = []

    async def work(settings: "Settings") -> None:
        made.append(
            await give_out_key(settings, name=name, contact=contact, is_test=is_test, rate=rate)
        )

    run_quietly(work)
    ((view, plain),) = made
    if as_json:
        click.echo(json.dumps({**_as_json(view), "key": plain}, ensure_ascii=False))
    else:
        click.echo(plain)


@key.command("list")
@_json
def list_(*, as_json: bool) -> None:
    """List every key, never the key itself."""
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.open311 import every_key  # noqa: PLC0415  # help is instant

    found: list[KeyView] = []

    async def work(settings: "Settings") -> None:
        found.extend(await every_key(settings))

    run_quietly(work)
    if as_json:
        click.echo(json.dumps([_as_json(view) for view in found], ensure_ascii=False))
        return
    for view in found:
        kind = "test" if view.is_test else "live"
        state = "revoked" if view.revoked_at else "in use"
        click.echo(f"{view.id}  {kind}_{view.hint}…  {view.rate}/min  {state}  {view.name}")
    if not found:
        click.echo("No key was given out yet.")


@key.command("revoke")
@click.argument("key_id", type=click.UUID)
def revoke(key_id: uuid.UUID) -> None:
    """Take back the key with this id."""
    from web.run.cli import run_quietly  # noqa: PLC0415  # it imports this module
    from web.run.open311 import take_key_back  # noqa: PLC0415  # help is instant

    async def work(settings: "Settings") -> None:
        await take_key_back(settings, key_id)

    run_quietly(work)
    click.echo("It opens nothing any more.")


def _as_json(view: "KeyView") -> dict[str, object]:
    return {
        "id": str(view.id),
        "name": view.name,
        "is_test": view.is_test,
        "hint": view.hint,
        "rate": view.rate,
        "created_at": view.created_at.isoformat(),
        "revoked_at": view.revoked_at.isoformat() if view.revoked_at else None,
    }
