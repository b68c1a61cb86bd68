"""Training as the command does it: what is kept, what is used, what is left alone."""

from pathlib import Path

from hotline.suggestions.actions import switch_off
from hotline.suggestions.queries import list_models
from hotline.suggestions.shelf import path_of
from hotline.tickets.lifecycle import Status
from tests.support.builders import Build
from tests.support.matters import matters
from web.run.suggest import Workshop, train_in


async def test_the_first_model_is_used_and_off_stays_off(build: Build, tmp_path: Path) -> None:
    for nth in range(4):
        await build.ticket(Status.CLOSED, title=f"路灯坏了第{nth}次", category="urban.roads")
        await build.ticket(Status.CLOSED, title=f"物业电梯停运第{nth}天", category="housing")
    build.clock.move(minutes=1)
    shop = Workshop(build.session_maker, build.cipher, tmp_path, build.clock.now())
    how = {"dry_run": False, "use": False, "only_when_due": False}
    tried = await train_in(shop, None, **how | {"dry_run": True})
    assert (tried["version"], tried["metrics"]["categories"]["count"]) == (None, 8)
    assert not path_of(tmp_path, 1).exists()
    assert (await train_in(shop, None, **how | {"only_when_due": True}))["metrics"] is None
    first = await train_in(shop, None, **how)
    assert (first["version"], first["is_active"]) == (1, True)
    again = await train_in(shop, None, **how)
    assert (again["version"], again["is_active"]) == (2, False)
    assert "on 0 tickets that neither has learned from" in again["said"]
    rows = "".join(f"{said},{label}\n" for said, label in matters(40))
    file = f"text,category\n{rows}".encode()
    assert not (await train_in(shop, file, **how))["is_active"]
    assert (await train_in(shop, file, **how | {"use": True}))["is_active"]
    path_of(tmp_path, 4).unlink()
    mended = await train_in(shop, None, **how)
    assert (mended["is_active"], "missing" in mended["said"]) == (True, True)
    async with build.acting("admin") as tx:
        await switch_off(tx)
    assert not (await train_in(shop, None, **how))["is_active"]
    async with build.acting("admin") as tx:
        models = await list_models(tx.session)
        assert [row.trained_by for row in models] == ["system"] * 6
