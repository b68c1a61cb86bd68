"""The embedded services through everything that may befall them."""

import asyncio
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from hotline.kernel.settings import Settings
from tests.support.processes import ROOT, left_running
from web.run.connections import connect_queue, connect_redis
from web.run.embedded import ServiceError
from web.run.services import ServiceUrls, services

pytestmark = pytest.mark.whole


def settings_of(home: Path) -> Settings:
    return Settings(home=home, database_url=None, redis_url=None)


@asynccontextmanager
async def connected(urls: ServiceUrls) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(urls.database_url, poolclass=NullPool)
    async with engine.begin() as connection:
        yield connection
    await engine.dispose()


async def count_up(urls: ServiceUrls) -> tuple[int, int]:
    """Leave one more mark in each service and return how many there are."""
    async with connected(urls) as connection:
        await connection.execute(sa.text("CREATE TABLE IF NOT EXISTS marks (at timestamptz)"))
        await connection.execute(sa.text("INSERT INTO marks VALUES (now())"))
        rows = await connection.scalar(sa.text("SELECT count(*) FROM marks"))
    redis = connect_redis(urls.redis_url)
    marks = await redis.incr("marks")
    await redis.aclose()
    return rows or 0, int(marks)


async def test_a_second_start_keeps_the_data_and_nothing_stays_behind(home: Path) -> None:
    for times in (1, 2):
        async with services(settings_of(home), command="test") as urls:
            assert await count_up(urls) == (times, times)
        assert left_running(home) == []
    assert stat.S_IMODE((home / "postgres").stat().st_mode) == 0o700


async def test_the_database_knows_chinese_and_never_forgets(home: Path) -> None:
    async with (
        services(settings_of(home), command="test") as urls,
        connected(urls) as connection,
    ):
        await connection.execute(sa.text("CREATE EXTENSION pg_trgm"))
        assert await connection.scalar(sa.text("SELECT show_trgm('投诉') <> '{}'"))
        for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
            assert await connection.scalar(sa.text(f"SHOW {name}")) == "on", name
        assert await connection.scalar(sa.text("SHOW listen_addresses")) == ""


async def test_a_path_too_long_for_a_socket(home: Path) -> None:
    deep = home / "/".join(["很长的一段路"] * 8)
    async with services(settings_of(deep), command="test") as urls:
        assert await count_up(urls) == (1, 1)
        short = (deep / "run").readlink()
        assert len(os.fsencode(short)) < 90
        assert stat.S_IMODE(short.stat().st_mode) == 0o700
    short.rmdir()


async def test_a_second_house_on_the_folder_is_refused(home: Path) -> None:
    async with services(settings_of(home), command="hotline up", exclusive=True):
        with pytest.raises(ServiceError) as refused:
            async with services(settings_of(home), command="hotline up", exclusive=True):
                pass
    said = str(refused.value)
    assert f"hotline up (process {os.getpid()}, since 2" in said
    assert "HOTLINE_HOME" in said


async def test_others_use_what_the_first_runs(home: Path) -> None:
    async with services(settings_of(home), command="hotline up", exclusive=True) as urls:
        async with services(settings_of(home), command="hotline users") as same:
            assert same == urls
        assert await count_up(urls) == (1, 1)


async def test_servers_that_die_come_back(home: Path) -> None:
    async with services(settings_of(home), command="test") as urls:
        assert await count_up(urls) == (1, 1)
        for pid in left_running(home):
            os.kill(pid, signal.SIGKILL)
        rows = marks = 0
        async with asyncio.timeout(20):
            while not marks:
                try:
                    rows, marks = await count_up(urls)
                except (OSError, sa.exc.DBAPIError, RedisError):
                    await asyncio.sleep(0.2)
        assert rows >= 2
        assert marks == 2


ABANDON = """
import os, pathlib, sys
from web.run.embedded import House, Postgres, Valkey
house = House(pathlib.Path(sys.argv[1]))
for server in Postgres(house), Valkey(house):
    server.start()
os._exit(9)
"""


async def test_servers_left_by_a_killed_house_are_taken_over(home: Path) -> None:
    async with services(settings_of(home), command="test") as urls:
        await count_up(urls)
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ABANDON, str(home), cwd=ROOT
    )
    await killed.wait()
    before = left_running(home)
    async with services(settings_of(home), command="test") as urls:
        assert set(before) <= set(left_running(home))
        assert await count_up(urls) == (2, 2)
    assert left_running(home) == []


async def test_a_stale_note_of_another_process_does_not_matter(home: Path) -> None:
    async with services(settings_of(home), command="test"):
        pass
    # As after a power cut: the number in the note belongs to somebody else now.
    note = home / "postgres" / "postmaster.pid"
    note.write_text(f"{os.getpid()}\n{home / 'postgres'}\n1\n5432\n\n\n")
    async with services(settings_of(home), command="test") as urls:
        assert await count_up(urls) == (1, 1)


async def test_a_folder_that_cannot_be_used() -> None:
    in_the_way = Path(__file__)
    with pytest.raises(ServiceError, match="set HOTLINE_HOME to a folder"):
        async with services(settings_of(in_the_way), command="test"):
            pass


async def test_given_services_start_nothing(home: Path, own_database: str, valkey_url: str) -> None:
    settings = Settings(
        home=home, database_url=own_database, redis_url=valkey_url, secret_key="k" * 32
    )
    async with services(settings, command="test") as urls:
        assert urls == ServiceUrls(own_database, valkey_url)
        assert os.listdir(home) == ["hotline.lock"]  # noqa: PTH208  # no event loop is held up by this


async def test_the_queue_speaks_json(valkey_url: str) -> None:
    queue = connect_queue(valkey_url)
    job = await queue.enqueue_job("any", "fact", _job_id="one")
    again = await queue.enqueue_job("any", "fact", _job_id="one")
    stored = await queue.get("arq:job:one")
    await queue.flushdb()
    await queue.aclose()
    assert job is not None
    assert again is None
    assert stored is not None
    assert stored.startswith(b"{")
