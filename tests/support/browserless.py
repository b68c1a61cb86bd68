"""A plugin for machines without a browser: leaves browser tests out and says so in the last line."""

from typing import Any

import pytest

_TOLD = "browser_tests_left_out"
_left_out: list[str] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if item.get_closest_marker("browser")]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
    _left_out[:] = [item.nodeid for item in left_out]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where several processes test at once, let the one that sums up know."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[_TOLD] = _left_out


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    _left_out[:] = getattr(node, "workeroutput", {}).get(_TOLD, _left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.stats["browser tests left out"] = list(_left_out)
    terminalreporter._set_main_color()
