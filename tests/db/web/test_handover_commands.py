"""`hotline handovers ...`: made, handed over, answered, checked, in somebody's name."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline.exchange.handover.actions import HandOverOrder
from hotline.kernel.settings import Settings
from hotline.people.principal import PermissionDenied, Tx
from hotline.tickets.lifecycle import Status
from tests.support.builders import Build
from web.run import handovers
from web.run.cli import main


@pytest.fixture
def settings(build: Build, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    @asynccontextmanager
    async def acting(_settings: Settings, username: str) -> AsyncIterator[Tx]:
        async with build.acting(username) as tx:
            yield tx

    monkeypatch.setattr(handovers, "_acting", acting)
    return Settings(home=tmp_path)


async def test_from_making_to_the_receipt(build: Build, settings: Settings, tmp_path: Path) -> None:
    number = await build.ticket(Status.TRANSFERRED_OUT)
    order = HandOverOrder(recipient="市信访局", numbers=[number], language="zh_CN")
    out = tmp_path / "file.zip"
    with pytest.raises(PermissionDenied):
        await handovers.make_file(settings, order, username="operator", out=out)
    assert not out.exists()
    made = await handovers.make_file(settings, order, username="supervisor", out=out)
    assert (made.tickets, out.stat().st_mode & 0o777) == (1, 0o600)
    await handovers.give_file(settings, made.number, username="authority", how=None)
    content = json.dumps([{"number": number, "accepted": "yes"}, {"number": "1", "accepted": 1}])
    for dry_run in (True, False):
        report, faults = await handovers.take_file(
            settings, made.number, content.encode(), username="supervisor", dry_run=dry_run
        )
        assert (report.accepted, [one["line"] for one in faults]) == (1, [2])
        assert faults[0]["text"] == "1 is no ticket number"


def test_keys_and_checks_need_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    monkeypatch.setenv("HOTLINE_SECRET_KEY", "a secret of tests that is long enough for this")
    first, second = (
        CliRunner().invoke(main, ["handovers", "key", name]).output
        for name in ("省平台", "市信访局")
    )
    assert len(first.strip()) == 40
    assert first != second
    file = tmp_path / "x.zip"
    file.write_bytes(b"nothing")
    done = CliRunner().invoke(main, ["handovers", "check", str(file)])
    assert done.exit_code == 1
    assert "no hand-over file" in done.output
    wanted = ["handovers", "make", "省平台", "1", "--out", str(file), "--user", "x", "--personal"]
    assert CliRunner().invoke(main, wanted).exit_code == 2
