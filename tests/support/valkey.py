"""An embedded Valkey for the whole run."""

from collections.abc import Iterator

import pytest

from web.run.embedded import House, Valkey


@pytest.fixture(scope="session")
def valkey(test_house: House) -> Iterator[Valkey]:
    server = Valkey(test_house)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def valkey_url(valkey: Valkey) -> str:
    return valkey.url()
