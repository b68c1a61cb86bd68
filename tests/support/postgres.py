"""An embedded PostgreSQL for the whole run, migrated once; every test gets a clean database."""

import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.db import SessionMaker, make_engine
from web.run.embedded import House, Postgres
from web.run.migrate import upgrade

TEMPLATE = "hotline_template"


@pytest.fixture(scope="session")
def test_house() -> Iterator[House]:
    # Not pytest's own folders: root's PostgreSQL must be able to pass through.
    home = Path(tempfile.mkdtemp(prefix="hotline-tests-"))
    yield House(home)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(test_house: House) -> Iterator[Postgres]:
    server = Postgres(test_house, durable=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
async def template(postgres: Postgres) -> str:
    """The name of a migrated database; made by the revisions, so that every run exercises them."""
    postgres.create_database(TEMPLATE)
    await upgrade(postgres.url(TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="session")
async def engine(postgres: Postgres, template: str) -> AsyncIterator[AsyncEngine]:
    """An engine on one shared database, in which tests commit nothing."""
    postgres.psql(f"CREATE DATABASE hotline_shared TEMPLATE {template}")
    engine = make_engine(postgres.url("hotline_shared"), application_name="hotline.tests")
    yield engine
    await engine.dispose()


@pytest.fixture
async def session_maker(engine: AsyncEngine) -> AsyncIterator[SessionMaker]:
    """Sessions whose commits end in a savepoint: the test's end takes everything back."""
    async with engine.connect() as connection:
        outer = await connection.begin()
        yield async_sessionmaker(
            connection,
            class_=AsyncSession,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
        )
        await outer.rollback()


@pytest.fixture
async def own_database(postgres: Postgres, template: str) -> AsyncIterator[str]:
    """The URL of a migrated database that belongs to this test alone: real commits, real locks."""
    name = f"own_{uuid.uuid4().hex}"
    postgres.psql(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield postgres.url(name)
    postgres.psql(f"DROP DATABASE {name} WITH (FORCE)")
