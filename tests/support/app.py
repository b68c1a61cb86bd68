"""The application on a city of its own: built once, its sessions swapped for every test."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.settings import Settings
from hotline.tickets.step import POLICIES
from hotline.workdays.book import CALENDARS
from tests.support.builders import Build, City, found_city
from tests.support.clients import ClientAs, clients_of, http_client
from tests.support.clock import MONDAY, FrozenClock
from web.app import create_app
from web.resources import Resources, fetching
from web.run.connections import connect_redis
from web.run.embedded import House, Postgres

CITY_TEMPLATE = "hotline_small_city"


@dataclass(frozen=True, slots=True)
class FoundedCity:
    """The name of a database that holds a city, and who is there."""

    database: str
    city: City


@pytest.fixture(scope="session")
def cipher() -> FieldCipher:
    return FieldCipher("a secret for tests, and for tests alone")


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture(scope="session")
async def founded_city(postgres: Postgres, template: str, cipher: FieldCipher) -> FoundedCity:
    """A database with the directory in it, to be copied."""
    postgres.psql(f"CREATE DATABASE {CITY_TEMPLATE} TEMPLATE {template}")
    engine = make_engine(postgres.url(CITY_TEMPLATE), application_name="hotline.tests")
    city = await found_city(make_session_maker(engine), cipher, MONDAY)
    await engine.dispose()
    return FoundedCity(CITY_TEMPLATE, city)


@pytest.fixture(scope="session")
def city(founded_city: FoundedCity) -> City:
    return founded_city.city


@pytest.fixture(scope="session")
async def city_engine(postgres: Postgres, founded_city: FoundedCity) -> AsyncIterator[AsyncEngine]:
    """An engine on a city in which tests commit nothing."""
    postgres.psql(f"CREATE DATABASE hotline_small_city_shared TEMPLATE {founded_city.database}")
    engine = make_engine(
        postgres.url("hotline_small_city_shared"), application_name="hotline.tests"
    )
    yield engine
    await engine.dispose()


@pytest.fixture
async def maker(city_engine: AsyncEngine) -> AsyncIterator[SessionMaker]:
    """Sessions on the shared city: the test's end takes everything back."""
    _forget_policies()
    async with city_engine.connect() as connection:
        outer = await connection.begin()
        yield async_sessionmaker(
            connection,
            class_=AsyncSession,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
        )
        await outer.rollback()


@pytest.fixture
async def own_city(postgres: Postgres, founded_city: FoundedCity) -> AsyncIterator[AsyncEngine]:
    """An engine on a city that belongs to this test alone: real commits, real locks."""
    async with copied_city(postgres, founded_city) as engine:
        yield engine


@asynccontextmanager
async def copied_city(postgres: Postgres, founded_city: FoundedCity) -> AsyncIterator[AsyncEngine]:
    """Open an engine on a copy of the city, which is gone at the end of the block."""
    _forget_policies()
    name = f"city_{uuid.uuid4().hex}"
    postgres.psql(f"CREATE DATABASE {name} TEMPLATE {founded_city.database}")
    engine = make_engine(postgres.url(name), application_name="hotline.tests", pool_size=16)
    yield engine
    await engine.dispose()
    postgres.psql(f"DROP DATABASE {name} WITH (FORCE)")


def _forget_policies() -> None:
    # Versions are remembered by id for the life of a process, and every database counts anew.
    POLICIES._by_id.clear()
    POLICIES._active = (0, ())
    CALENDARS.forget()


@pytest.fixture
def build(maker: SessionMaker, city: City, clock: FrozenClock, cipher: FieldCipher) -> Build:
    return Build(maker, city, clock, cipher)


@pytest.fixture
def own_build(own_city: AsyncEngine, city: City, clock: FrozenClock, cipher: FieldCipher) -> Build:
    return Build(make_session_maker(own_city), city, clock, cipher)


@dataclass(frozen=True, slots=True)
class Served:
    """The application and what it stands on."""

    app: Litestar
    resources: Resources


@pytest.fixture(scope="session")
async def served(
    test_house: House, city_engine: AsyncEngine, cipher: FieldCipher, valkey_url: str
) -> AsyncIterator[Served]:
    unused = make_session_maker(city_engine)
    redis = connect_redis(valkey_url)
    resources = Resources(unused, unused, fetching(unused), redis, FrozenClock(), cipher)
    yield Served(create_app(Settings(home=Path(test_house.home)), resources), resources)
    await redis.aclose()


@pytest.fixture
def app(served: Served, maker: SessionMaker, clock: FrozenClock) -> Litestar:
    """The application, on this test's transaction and clock."""
    resources = served.resources
    resources.session_maker = resources.read_maker = maker
    resources.fetch = fetching(maker)
    resources.clock = clock
    return served.app


@pytest.fixture
async def http(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    async with http_client(app) as client:
        yield client


@pytest.fixture
def client_as(http: httpx.AsyncClient, city: City) -> ClientAs:
    """Gives the caller of an account by its user name; None for a caller whom nobody knows."""
    return clients_of(http, city)
