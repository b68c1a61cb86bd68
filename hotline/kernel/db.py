"""Engine and sessions."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel.ext.asyncio.session import AsyncSession

SessionMaker = async_sessionmaker[AsyncSession]


def make_engine(database_url: str, *, application_name: str, pool_size: int = 10) -> AsyncEngine:
    """Return an engine whose connections time out, speak UTC and are known by name.

    Args:
        database_url: `postgresql+asyncpg://...`.
        application_name: shown in `pg_stat_activity`.
        pool_size: connections kept; as many again may be opened in a rush.
    """
    engine = create_async_engine(
        database_url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=5,
        hide_parameters=True,
        connect_args={
            "timeout": 5,
            "server_settings": {
                "application_name": application_name,
                "statement_timeout": "15000",
                "lock_timeout": "5000",
                "idle_in_transaction_session_timeout": "30000",
                "timezone": "UTC",
                "jit": "off",
            },
        },
    )
    sa.event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(
    dbapi_connection: Any,  # noqa: ANN401  # SQLAlchemy's adapter around asyncpg has no public type
    _entry: ConnectionPoolEntry,
    _proxy: object,
) -> None:
    """Replace a pooled connection whose server has gone: asyncpg knows without a round trip."""
    if dbapi_connection.driver_connection.is_closed():
        raise sa.exc.DisconnectionError("the server closed this connection")


def make_session_maker(engine: AsyncEngine) -> SessionMaker:
    """Return a maker of sessions that keep their rows readable after the commit."""
    return async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)


@asynccontextmanager
async def reading(session_maker: SessionMaker) -> AsyncIterator[AsyncSession]:
    """Open a session in which a write is an error of the database."""
    async with session_maker() as session, session.begin():
        await session.exec(sa.text("SET TRANSACTION READ ONLY"))  # type: ignore[call-overload]
        yield session


async def run_in_driver(session: AsyncSession, statement: str, values: Sequence[object]) -> None:
    """Run a statement on the session's own connection without the layers in between.

    For the one statement a storm goes through. The session has run another statement before, so
    that its transaction has begun.

    Args:
        session: in a transaction.
        statement: with $1, $2, ... for the values.
        values: as the driver takes them.
    """
    await (await _driver(session)).execute(statement, *values)


async def copy_rows(
    session: AsyncSession, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """Send rows with COPY: a third of the work of an INSERT, in the session's own transaction.

    Args:
        session: in a transaction that has run another statement before.
        table: where they go.
        columns: what each row holds, in this order.
        rows: values as the driver takes them; JSON as text.
    """
    if rows:
        driver = await _driver(session)
        await driver.copy_records_to_table(table, records=rows, columns=columns)


async def _driver(session: AsyncSession) -> asyncpg.Connection:
    pooled = await (await session.connection()).get_raw_connection()
    driver: asyncpg.Connection | None = pooled.driver_connection
    if driver is None or not driver.is_in_transaction():
        raise AssertionError("the session has not begun its transaction")
    return driver
