import asyncio
import json
import os
import sys
from pathlib import Path

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.people.models import Department
from hotline.people.principal import SYSTEM, Tx
from hotline.sla.actions import install_presets
from tests.db.hotline.intake.test_importing import NOW, SECRET, Town, closed


async def hotline(*words: str | Path, url: str, redis: str, home: Path) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "web.run.cli", *map(str, words)),
        env={
            **os.environ,
            "HOTLINE_HOME": str(home),
            "HOTLINE_DATABASE_URL": url,
            "HOTLINE_REDIS_URL": redis,
            "HOTLINE_SECRET_KEY": SECRET,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_command_reports_and_exits(
    own_database: str, valkey_url: str, tmp_path: Path
) -> None:
    engine = make_engine(own_database, application_name="hotline.tests", pool_size=1)
    sessions = make_session_maker(engine)
    async with sessions() as session, session.begin():
        await install_presets(Tx(session, NOW, FieldCipher(SECRET), "test", SYSTEM))
        session.add(Department(code="hotline", name="热线", name_en="Hotline", is_hotline=True))
    await engine.dispose()
    town = Town(tmp_path, sessions)
    town.write(closed("1"), closed("2", 时间="never"))
    home = tmp_path / "home"

    async def run(*words: str | Path) -> tuple[int, str, str]:
        return await hotline("import", *words, url=own_database, redis=valkey_url, home=home)

    code, out, err = await run("tickets", town.file, "--mapping", town.mapping, "--json")
    assert (code, err) == (0, "")
    report = json.loads(out)
    assert (report["read"], report["taken"], report["refused_count"]) == (2, 1, 1)
    assert report["unknown_categories"] == {"education": 1}
    assert report["refused"] == {"bad-date": {"count": 1, "lines": [3]}}
    assert Path(report["refusals_file"]).parent == home.resolve() / "imports"

    code, out, _ = await run("tickets", town.file, "--mapping", town.mapping)
    assert code == 0
    assert "present          1" in out

    town.write(closed("3", 时间="never"))
    code, _, _ = await run("tickets", town.file, "--mapping", town.mapping)
    assert code == 1

    code, _, err = await run("tickets", town.file)
    assert code == 1
    assert "No mapping for this file" in err

    code, _, _ = await run("tickets", tmp_path / "absent.csv")
    assert code == 2

    code, out, _ = await run("mappings", "--json")
    assert code == 0
    assert "boston311" in json.loads(out)
