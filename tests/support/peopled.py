"""A city full of people and matters: the demo city, made once for a whole run of tests.

Everything there is stands in it at least once. Whoever adds a kind of thing adds it to the demo
city (`web/run/demo/`), or below, where what only a test wants is done.
"""

import fcntl
import os
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.settings import Settings
from hotline.people.access import by_session, token_hash
from hotline.people.models import Department, User, UserSession
from hotline.people.principal import Principal
from hotline.tickets.models import TicketRequester
from tests.support.app import _forget_policies
from tests.support.builders import Build, City
from tests.support.clients import http_client
from tests.support.clock import FrozenClock
from tests.support.extras import add_extras
from web.app import create_app
from web.resources import Resources, fetching
from web.run.connections import connect_redis
from web.run.demo.disputes import DISPUTES
from web.run.demo.groups import GROUP_PATHS
from web.run.demo.onsite import SITE_PATHS
from web.run.demo.paths import PATHS
from web.run.demo_city import _BY_INDEX, build_city
from web.run.embedded import House, Postgres
from web.security.identity import SESSION_COOKIE, csrf_token

TEMPLATE = "hotline_peopled"
KEPT = "HOTLINE_PEOPLED"
"""Names a folder that keeps the city between runs; for those who work on these tests."""

ROLES = (
    "supervisor",
    "operator",
    "dispatcher",
    "auditor",
    "visitor",
    "authority",
    "admin",
    "discipline",
    "observer",
    "leader.chengguan",
    "handler.chengguan",
    "",
)
"""One account of each role, the widest view first; the empty name is the public."""


def session_of(name: str) -> str:
    """Return the word in the cookie of somebody who is signed in."""
    return f"session-of-{name}"


@dataclass(frozen=True, slots=True)
class Peopled:
    """The city's database, and what nobody may read there.

    Attributes:
        database: its name; copy it before you write.
        now: when it was made.
        people: every account, by user name, as a request would know it.
        secrets: telephone numbers, addresses and names of requesters, as they were given.
    """

    database: str
    now: datetime
    people: Mapping[str, Principal]
    secrets: frozenset[str] = field(repr=False)


@pytest.fixture(scope="session")
async def peopled(
    postgres: Postgres,
    template: str,
    cipher: FieldCipher,
    tmp_path_factory: pytest.TempPathFactory,
) -> Peopled:
    """The city, made by whichever process of a run comes first and copied by the others."""
    dump = _kept_in(tmp_path_factory) / "peopled.dump"
    postgres.psql(f"CREATE DATABASE {TEMPLATE} TEMPLATE {template}")
    with dump.with_suffix(".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if dump.exists():
            postgres.psql(f"DROP DATABASE {TEMPLATE}")
            postgres.psql(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
            _ran(postgres, "pg_restore", "-d", TEMPLATE, "-j2", str(dump))
            postgres.psql("ANALYZE", TEMPLATE)
        else:
            await _make(postgres.url(TEMPLATE), cipher)
            draft = dump.with_suffix(".draft")
            _ran(postgres, "pg_dump", "-Fc", "-Z1", "-f", str(draft), TEMPLATE)
            draft.rename(dump)
    engine = make_engine(postgres.url(TEMPLATE), application_name="hotline.tests")
    maker = make_session_maker(engine)
    found = await _who_is_there(maker, cipher)
    await add_extras(Build(maker, City(found.people, {}, {}), FrozenClock(found.now), cipher))
    await engine.dispose()
    return found


def _kept_in(factory: pytest.TempPathFactory) -> Path:
    if os.environ.get(KEPT):
        folder = Path(os.environ[KEPT])
        folder.mkdir(parents=True, exist_ok=True)
        return folder
    base = factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


def _ran(postgres: Postgres, program: str, *arguments: str) -> None:
    done = postgres._run(program, *postgres._where(), *arguments)
    assert done.returncode == 0, done.stderr.decode()


async def _make(url: str, cipher: FieldCipher) -> None:
    """Build the smallest demo city that takes every path, and let everybody be signed in."""
    now = datetime.now(UTC)
    engine = make_engine(url, application_name="hotline.tests", pool_size=1)
    async with engine.connect() as connection, connection.begin():
        maker = async_sessionmaker(
            connection,
            class_=AsyncSession,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
        )
        await connection.execute(_BY_INDEX)
        count = len((*PATHS, *DISPUTES, *GROUP_PATHS, *SITE_PATHS))
        await build_city(maker, cipher, now=now, count=count, history=0)
        async with maker() as session, session.begin():
            await _sign_everybody_in(session, now)
    async with engine.connect() as connection:
        _ = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(sa.text("ANALYZE"))
    await engine.dispose()


async def _sign_everybody_in(session: AsyncSession, now: datetime) -> None:
    for user_id, name in (await session.exec(select(User.id, User.username))).all():
        session.add(
            UserSession(
                token_hash=token_hash(session_of(name)),
                user_id=user_id,
                created_at=now,
                expires_at=now + timedelta(days=60),
            )
        )
    # Their browser says which language they read: a page is looked at in both.
    await session.exec(update(User).values(language=None))


async def _who_is_there(maker: SessionMaker, cipher: FieldCipher) -> Peopled:
    fetch = fetching(maker)
    async with maker() as session:
        users = (await session.exec(select(User.username, User.display_name))).all()
        began = (
            await session.exec(
                select(UserSession.created_at).order_by(col(UserSession.created_at).desc()).limit(1)
            )
        ).one()
        rows = (await session.exec(select(TicketRequester))).all()
        units = (await session.exec(select(Department.phone))).all()
    people = {}
    for name, _ in users:
        person = await by_session(fetch, session_of(name), began)
        if person is not None:
            people[name] = person
    told = {
        cipher.decrypt(word)
        for row in rows
        for word in (row.name, row.phone, row.email, row.on_behalf_of)
        if word is not None
    }
    # The names of those who work here and the telephones of offices are no secrets.
    known = " ".join([*(name for _, name in users), *(phone for phone in units if phone)])
    words = {word.strip() for word in told if word}
    secrets = {word for word in words if len(word) > 1 and word not in known}
    return Peopled(TEMPLATE, began, people, frozenset(secrets))


@asynccontextmanager
async def copy_of(postgres: Postgres, city: Peopled) -> AsyncIterator[AsyncEngine]:
    """Open an engine on a copy of the city, which is gone at the end of the block."""
    _forget_policies()
    name = f"peopled_{uuid.uuid4().hex}"
    postgres.psql(f"CREATE DATABASE {name} TEMPLATE {city.database}")
    engine = make_engine(postgres.url(name), application_name="hotline.tests", pool_size=8)
    yield engine
    await engine.dispose()
    postgres.psql(f"DROP DATABASE {name} WITH (FORCE)")


@dataclass(frozen=True, slots=True)
class Opened:
    """The city with its doors open, without a network."""

    city: Peopled
    engine: AsyncEngine
    app: Litestar
    http: httpx.AsyncClient
    cipher: FieldCipher

    async def get(self, who: str, path: str, language: str = "zh-CN") -> httpx.Response:
        """Open a page as somebody would, who reads a language."""
        headers = {"accept": "text/html", "accept-language": language}
        if who:
            headers["cookie"] = f"{SESSION_COOKIE}={session_of(who)}"
        answer = await self.http.get(path, headers=headers)
        self.http.cookies.clear()  # several persons share the client: each keeps his own
        return answer

    async def post(self, who: str, path: str, **words: str) -> httpx.Response:
        """Send a form of ours."""
        headers = {"accept": "text/html", "cookie": f"{SESSION_COOKIE}={session_of(who)}"}
        token = csrf_token(self.cipher, session_of(who))
        answer = await self.http.post(path, data={"_csrf_token": token, **words}, headers=headers)
        self.http.cookies.clear()
        return answer

    async def rows(self, statement: str) -> Sequence[Sequence[Any]]:
        """Ask the database."""
        async with self.engine.connect() as connection:
            return (await connection.execute(sa.text(statement))).all()


@asynccontextmanager
async def opened(
    postgres: Postgres, city: Peopled, cipher: FieldCipher, valkey_url: str, house: House
) -> AsyncIterator[Opened]:
    """Open a copy of the city to clients of this process; its clock stands still."""
    async with (
        copy_of(postgres, city) as engine,
        opened_on(engine, city, cipher, valkey_url, house) as found,
    ):
        yield found


@asynccontextmanager
async def opened_on(
    engine: AsyncEngine, city: Peopled, cipher: FieldCipher, valkey_url: str, house: House
) -> AsyncIterator[Opened]:
    """Open a copy that is there."""
    maker = make_session_maker(engine)
    redis = connect_redis(valkey_url)
    # A minute later, so that nothing lies in the future.
    clock = FrozenClock(city.now + timedelta(minutes=1))
    resources = Resources(maker, maker, fetching(maker), redis, clock, cipher)
    app = create_app(Settings(home=Path(house.home)), resources)
    async with http_client(app) as http:
        yield Opened(city, engine, app, http, cipher)
    await redis.aclose()


@pytest.fixture(scope="module")
async def open_city(
    postgres: Postgres, peopled: Peopled, cipher: FieldCipher, valkey_url: str, test_house: House
) -> AsyncIterator[Opened]:
    """The city for the tests of a module, without a browser."""
    async with opened(postgres, peopled, cipher, valkey_url, test_house) as city:
        yield city
