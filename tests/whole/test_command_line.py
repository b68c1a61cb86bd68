"""The command line itself."""

import json
import time
from pathlib import Path

import pytest

from tests.support.processes import program
from web.run.embedded import Postgres

pytestmark = pytest.mark.whole


async def test_help_is_instant(home: Path) -> None:
    shortest = 9.9
    for _ in range(3):
        began = time.perf_counter()
        async with program("--help", home=home) as hotline:
            assert await hotline.ends() == 0
            shortest = min(shortest, time.perf_counter() - began)
            assert "worker" in hotline.output
    assert shortest < 0.3


@pytest.mark.parametrize("arguments", [("nonsense",), ("up", "--nonsense"), ("db", "nonsense")])
async def test_wrong_usage_is_2(home: Path, arguments: tuple[str, ...]) -> None:
    async with program(*arguments, home=home) as hotline:
        assert await hotline.ends() == 2


async def test_a_wrong_setting_is_one_sentence(home: Path) -> None:
    async with program("up", home=home, HOTLINE_PORT="http") as hotline:
        assert await hotline.ends() == 1
        assert hotline.output == "Error: HOTLINE_PORT must be a number from 1 to 65535.\n"


async def test_revisions_and_tables_agree(home: Path) -> None:
    async with program("db", "check", "--temporary", home=home) as check:
        assert await check.ends(seconds=60) == 0, check.output


async def test_an_unreachable_database_is_one_sentence(home: Path) -> None:
    async with program(
        "db",
        "upgrade",
        home=home,
        HOTLINE_DATABASE_URL="postgresql://nobody@127.0.0.1:1/hotline",
        HOTLINE_SECRET_KEY="k" * 32,
    ) as upgrade:
        assert await upgrade.ends(seconds=30) == 1
        assert upgrade.output.startswith("Error: A service cannot be reached")
        assert "Traceback" not in upgrade.output


async def test_a_missing_database_is_one_sentence(home: Path, own_database: str) -> None:
    missing = own_database.replace("/own_", "/missing_")
    async with program(
        "db",
        "upgrade",
        home=home,
        HOTLINE_DATABASE_URL=missing,
        HOTLINE_SECRET_KEY="k" * 32,
    ) as upgrade:
        assert await upgrade.ends(seconds=30) == 1
        assert upgrade.output.startswith('Error: The database refuses: database "missing_')
        assert "Traceback" not in upgrade.output


async def test_the_doctor_says_what_is_wrong_and_what_to_do(
    home: Path, own_database: str, valkey_url: str
) -> None:
    async with program(
        "doctor",
        "--json",
        home=home,
        HOTLINE_DATABASE_URL=own_database,
        HOTLINE_REDIS_URL=valkey_url,
        HOTLINE_SECRET_KEY="k" * 32,
    ) as doctor:
        assert await doctor.ends(seconds=30) == 1
        findings = json.loads(doctor.output)["findings"]
    wrong = {finding["subject"]: finding["said"] for finding in findings if not finding["ok"]}
    assert set(wrong) == {"relay", "sweeper"}
    assert wrong["relay"] == "went round never: start hotline up or hotline worker"
    right = {finding["subject"] for finding in findings if finding["ok"]}
    assert {"disk", "secret key", "redis", "database", "migrations", "locale", "clocks"} <= right


async def test_the_doctor_does_not_accept_a_locale_without_chinese(
    home: Path, postgres: Postgres, valkey_url: str
) -> None:
    postgres.psql("CREATE DATABASE plain TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C'")
    settings = {
        "HOTLINE_DATABASE_URL": postgres.url("plain"),
        "HOTLINE_REDIS_URL": valkey_url,
        "HOTLINE_SECRET_KEY": "k" * 32,
    }
    async with program("doctor", home=home, before=[], **settings) as doctor:
        assert await doctor.ends(seconds=30) == 1
        assert "run hotline db upgrade" in doctor.output
    async with program("db", "upgrade", home=home, before=[], **settings) as upgrade:
        assert await upgrade.ends(seconds=30) == 0
    async with program("doctor", home=home, before=[], **settings) as doctor:
        assert await doctor.ends(seconds=30) == 1
        assert "create it anew with ENCODING 'UTF8'" in doctor.output
