"""Fixtures for every test, each of which lives in `tests/support`, and how properties are tried."""

from hypothesis import settings

from tests.support.app import (
    app,
    build,
    cipher,
    city,
    city_engine,
    client_as,
    clock,
    founded_city,
    http,
    maker,
    own_build,
    own_city,
    served,
)
from tests.support.peopled import open_city, peopled
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
    "app",
    "build",
    "cipher",
    "city",
    "city_engine",
    "client_as",
    "clock",
    "engine",
    "founded_city",
    "home",
    "http",
    "maker",
    "open_city",
    "own_build",
    "own_city",
    "own_database",
    "peopled",
    "postgres",
    "served",
    "session_maker",
    "template",
    "test_house",
    "valkey",
    "valkey_url",
]

# The same examples in every run, and none fails because a machine is busy; `--hypothesis-profile=search`
# draws new ones, more of them.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=1_500, deadline=None)
settings.load_profile("same")
