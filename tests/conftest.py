"""Fixtures for every test; each lives in `tests/support`."""

from tests.support.postgres import (
    engine,
    own_database,
    postgres,
    session_maker,
    template,
    test_house,
)
from tests.support.processes import home
from tests.support.valkey import valkey, valkey_url

__all__ = [
    "engine",
    "home",
    "own_database",
    "postgres",
    "session_maker",
    "template",
    "test_house",
    "valkey",
    "valkey_url",
]
