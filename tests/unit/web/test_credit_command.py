"""`hotline credit push` where no platform is set."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from web.run.cli import main


def test_without_a_platform_nobody_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    monkeypatch.delenv("HOTLINE_CREDIT_PLATFORM", raising=False)
    done = CliRunner().invoke(main, ["credit", "push", "--since", "2026-11-01"])
    assert done.exit_code == 1
    assert "HOTLINE_CREDIT_PLATFORM is not set" in done.output


def test_a_day_must_be_one() -> None:
    done = CliRunner().invoke(main, ["credit", "push", "--since", "yesterday"])
    assert done.exit_code == 2
