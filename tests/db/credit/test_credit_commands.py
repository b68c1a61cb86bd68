"""`hotline credit score` and `freeze` from the shell; a freeze that is killed leaves nothing behind."""

import asyncio
import json
import os
import re
import signal
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.db.hotline.intake.test_import_command import hotline
from tests.db.hotline.intake.test_importing import SECRET
from tests.support.builders import Build
from tests.support.credit_rows import as_peers, shanghai, worked


@pytest.fixture
def url(own_city: AsyncEngine) -> str:
    return own_city.url.render_as_string(hide_password=False)


@pytest.fixture
async def october(own_build: Build) -> Build:
    await as_peers(own_build)
    own_build.clock.set(shanghai(2026, 10, 20))
    await worked(own_build, "chengguan", shanghai(2026, 10, 9), done=35)
    return own_build


async def test_from_the_score_to_the_proof(
    october: Build, url: str, valkey_url: str, tmp_path: Path
) -> None:
    async def run(*words: str) -> tuple[int, str, str]:
        return await hotline("credit", *words, url=url, redis=valkey_url, home=tmp_path)

    code, out, err = await run("score", "--as-of", "2026-10-21", "--json")
    assert (code, err) == (0, "")
    told = {one["department"]: one for one in json.loads(out)["items"]}
    assert (told["chengguan"]["n"], told["chengguan"]["score"]) == (35, "100.00")
    code, out, err = await run("score")
    assert (code, err) == (0, "")
    assert re.search(r"^chengguan +100\.00  A  n +35  band 1$", out, re.MULTILINE)
    assert re.search(r"^huanbao +no activity  -  n +0$", out, re.MULTILINE)
    code, out, err = await run("freeze", "2026-10", "--reason", "十月", "--json")
    assert (code, err) == (0, "")
    frozen = json.loads(out)
    assert (frozen["period"], frozen["departments"], frozen["state"]) == ("2026-10", 4, "frozen")
    code, out, err = await run("freeze", "2026-10", "--verify", "--json")
    assert (code, json.loads(out)["revisions"]) == (0, [{"revision": 1, "faults": []}])
    code, _, err = await run("freeze", "2026-10")
    assert (code, err) == (1, "Error: 2026-10 is frozen already\n")
    code, _, err = await run("freeze", "2098-10")
    assert (code, err) == (1, "Error: 2098-10 is not over yet\n")
    code, _, err = await run("freeze", "2026-13")
    assert (code, err) == (1, "Error: 2026-13 is no period: write 2026-11, 2026-Q4 or 2026\n")
    async with october.session_maker() as session, session.begin():
        await session.exec(sa.text("ALTER TABLE credit_period_scores DISABLE TRIGGER USER"))  # type: ignore[call-overload]
        await session.exec(sa.text("UPDATE credit_period_scores SET rank = 7 WHERE rank = 1"))  # type: ignore[call-overload]
    code, out, _ = await run("freeze", "2026-10", "--verify")
    assert code == 1
    assert "2026-10 revision 1: 2 faults\n  chengguan: rank is 7 and ought to be 1\n" in out


async def test_a_freeze_that_is_killed_leaves_nothing(
    october: Build, url: str, valkey_url: str, tmp_path: Path
) -> None:
    words = ("credit", "freeze", "2026-10")
    async with october.session_maker() as session, session.begin():
        # The freeze has written its period and wants to write the first revision: there it stops.
        await session.exec(sa.text("LOCK TABLE credit_period_revisions IN SHARE MODE"))  # type: ignore[call-overload]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "web.run.cli", *words),
            env={
                **os.environ,
                "HOTLINE_HOME": str(tmp_path),
                "HOTLINE_DATABASE_URL": url,
                "HOTLINE_REDIS_URL": valkey_url,
                "HOTLINE_SECRET_KEY": SECRET,
            },
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(30):
            while not await _waits(october):
                assert process.returncode is None
                await asyncio.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        await process.communicate()
    for table in ("credit_periods", "credit_period_revisions", "credit_period_scores"):
        assert await _count(october, f"SELECT count(*) FROM {table}") == 0
    code, _, err = await hotline(*words, url=url, redis=valkey_url, home=tmp_path)
    assert (code, err) == (0, "")
    assert await _count(october, "SELECT count(*) FROM credit_period_scores") == 4


async def _waits(build: Build) -> bool:
    return bool(
        await _count(
            build,
            "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
            "JOIN pg_stat_activity a ON a.pid = l.pid WHERE a.datname = current_database() "
            "AND c.relname = 'credit_period_revisions' AND NOT l.granted",
        )
    )


async def _count(build: Build, query: str) -> int:
    async with build.session_maker() as session:
        return int((await session.exec(sa.text(query))).scalar_one())  # type: ignore[call-overload]
