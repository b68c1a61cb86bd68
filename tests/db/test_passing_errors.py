"""What the driver really raises when a server restarts, a lock is held or a table has changed."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from hotline.kernel.jobs import is_passing

READ = sa.text("SELECT * FROM kept")


@pytest.fixture
async def own_engine(own_database: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(own_database)
    async with engine.begin() as connection:
        await connection.execute(sa.text("CREATE TABLE kept (a int)"))
        await connection.execute(sa.text("INSERT INTO kept VALUES (1)"))
    yield engine
    await engine.dispose()


async def test_a_connection_that_the_server_closed(own_engine: AsyncEngine) -> None:
    async with own_engine.connect() as ours, own_engine.begin() as other:
        pid = await ours.scalar(sa.text("SELECT pg_backend_pid()"))
        await other.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        with pytest.raises(sa.exc.DBAPIError) as lost:
            await ours.execute(READ)
    assert is_passing(lost.value)


async def test_a_lock_that_another_holds(own_engine: AsyncEngine) -> None:
    lock = sa.text("SELECT * FROM kept FOR UPDATE")
    async with own_engine.begin() as other, own_engine.connect() as ours:
        await other.execute(lock)
        await ours.execute(sa.text("SET lock_timeout = '50ms'"))
        with pytest.raises(sa.exc.DBAPIError) as locked:
            await ours.execute(lock)
    assert is_passing(locked.value)


async def test_a_table_that_a_migration_changed(own_engine: AsyncEngine) -> None:
    async with own_engine.connect() as ours, own_engine.connect() as other:
        await ours.execute(READ)
        await ours.commit()
        await other.execute(sa.text("ALTER TABLE kept ALTER a TYPE bigint"))
        await other.commit()
        with pytest.raises(sa.exc.DBAPIError) as stale:
            await ours.execute(READ)
        assert is_passing(stale.value)
        await ours.rollback()
        await ours.execute(READ)


async def test_a_mistake_of_ours_does_not_pass(own_engine: AsyncEngine) -> None:
    async with own_engine.connect() as ours:
        with pytest.raises(sa.exc.DBAPIError) as wrong:
            await ours.execute(sa.text("SELECT nothing FROM kept"))
    assert not is_passing(wrong.value)
