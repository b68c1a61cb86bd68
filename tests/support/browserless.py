"""A plugin for machines without a browser: leaves browser tests out and says so in the last line."""

import pytest

_left_out: list[pytest.Item] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    _left_out[:] = [item for item in items if item.get_closest_marker("browser")]
    items[:] = [item for item in items if item not in _left_out]
    config.hook.pytest_deselected(items=_left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.stats["browser tests left out"] = list(_left_out)
    terminalreporter._set_main_color()
