"""`hotline calendars import` as people run it."""

import json
from pathlib import Path

import pytest

from hotline.workdays.official import KNOWN_UNTIL
from tests.support.processes import program

pytestmark = pytest.mark.whole

YEAR = KNOWN_UNTIL.year + 1
GOOD = f"date,kind,name\n{YEAR}-01-01,holiday,元旦\n{YEAR}-01-03,调休,元旦调休\n"


async def _import(home: Path, file: Path, *words: str) -> tuple[int, str]:
    async with program("calendars", "import", str(YEAR), str(file), *words, home=home) as command:
        return await command.ends(seconds=60), command.output


async def test_a_year_is_tried_then_loaded(home: Path, tmp_path: Path) -> None:
    async with program("db", "upgrade", home=home) as upgrade:
        assert await upgrade.ends(seconds=60) == 0, upgrade.output
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_bytes(GOOD.encode("gb18030"))
    bad.write_text(GOOD + f"{YEAR}-02-30,holiday,x\n", encoding="utf-8")
    code, output = await _import(home, bad, "--dry-run")
    assert (code, "line 4" in output) == (1, True)
    code, output = await _import(home, bad)
    assert code == 1
    assert "nothing was changed" in output
    assert "Traceback" not in output
    code, output = await _import(home, good, "--dry-run", "--json")
    trial = json.loads(output.splitlines()[-1])
    assert (code, trial["version"], trial["counts"]) == (0, None, {"holiday": 1, "workday": 1})
    code, output = await _import(home, good, "--json")
    done = json.loads(output.splitlines()[-1])
    assert (code, done["version"], done["covered_until"]) == (0, "working-2", f"{YEAR}-12-31")
