"""`hotline catalogue import`, `export` and `check`, from the shell."""

import json
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hotline.dispatching.files import as_csv, read_file
from hotline.people.actions import save_department
from hotline.tickets.routing.rules import Entry
from tests.db.hotline.intake.test_import_command import hotline
from tests.support.builders import Build

SURE = Entry(category="urban", department="chengguan", is_sure=True, basis="三定方案")


@pytest.fixture
def url(own_city: AsyncEngine) -> str:
    return own_city.url.render_as_string(hide_password=False)


async def test_a_file_is_tried_published_written_and_checked(
    own_build: Build, url: str, valkey_url: str, tmp_path: Path
) -> None:
    async def run(*words: str | Path) -> tuple[int, str, str]:
        return await hotline("catalogue", *words, url=url, redis=valkey_url, home=tmp_path)

    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_bytes(as_csv([SURE]))
    bad.write_bytes(as_csv([SURE, SURE]))
    code, _, err = await run("import", bad)
    assert (code, err) == (1, "line 3: Just as narrow as another row, for the same days 2\n")
    code, out, _ = await run("import", good, "--dry-run", "--json")
    assert (code, json.loads(out)["version"]) == (0, None)
    code, out, _ = await run("import", good, "--direct", "--note", "试行")
    assert (code, "1 entries; version 1" in out) == (0, True)
    workbook = tmp_path / "out.xlsx"
    code, out, _ = await run("export", workbook)
    assert (code, out) == (0, f"1 entries of version 1: {workbook}\n")
    assert list(read_file(workbook.read_bytes()).entries) == [SURE]
    code, out, _ = await run("check")
    assert (code, "nothing is wrong" in out) == (0, True)
    async with own_build.acting("admin") as tx:
        await save_department(tx, code="chengguan", name="城", name_en="C", is_active=False)
    code, out, _ = await run("check", "--json")
    assert (code, json.loads(out)["faults"][0]["kind"]) == (1, "inactive_department")
