"""`hotline credit verify`, from the shell."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from hotline.tickets.lifecycle import Status
from tests.db.hotline.intake.test_import_command import hotline
from tests.support.builders import Build
from tests.support.credit_facts import deliver


@pytest.fixture
def url(own_city: AsyncEngine) -> str:
    return own_city.url.render_as_string(hide_password=False)


async def test_it_names_the_place_and_ends_with_1(
    own_build: Build, own_city: AsyncEngine, url: str, valkey_url: str, tmp_path: Path
) -> None:
    number = await own_build.ticket(Status.CLOSED)
    await deliver(own_build)

    async def run(*words: str) -> tuple[int, str, str]:
        return await hotline("credit", "verify", *words, url=url, redis=valkey_url, home=tmp_path)

    code, out, err = await run()
    assert (code, err) == (0, "")
    assert "1 tickets, " in out
    assert out.endswith("0 faults.\n")
    async with own_city.begin() as connection:
        await connection.execute(sa.text("ALTER TABLE credit_observations DISABLE TRIGGER USER"))
        await connection.execute(
            sa.text("UPDATE credit_observations SET k = 0 WHERE measure = 'satisfied'")
        )
    code, out, _ = await run("--json")
    assert code == 1
    (fault,) = json.loads(out)["rates"]
    assert fault["ticket"] == number
    assert fault["said"] == "it does not follow from the facts"
    code, out, _ = await run()
    assert code == 1
    assert f"{number}  satisfied:" in out
