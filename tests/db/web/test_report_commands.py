"""`hotline reports`, from the shell."""

import json
from pathlib import Path

import docx
import openpyxl
from sqlalchemy.ext.asyncio import AsyncEngine

from credit.periods import Period
from hotline.kernel.db import make_session_maker
from tests.db.hotline.intake.test_import_command import hotline
from tests.support.builders import Build
from tests.support.report_rows import freeze_rows


async def test_a_report_is_written_from_the_shell(
    own_build: Build, own_city: AsyncEngine, valkey_url: str, tmp_path: Path
) -> None:
    url = own_city.url.render_as_string(hide_password=False)

    async def run(*words: str | Path) -> tuple[int, str, str]:
        return await hotline("reports", *words, url=url, redis=valkey_url, home=tmp_path)

    code, _, err = await run("bulletin", "2026-02")
    assert (code, err) == (1, "Error: 2026-02 is not frozen\n")
    code, _, err = await run("quarter", "2026-02")
    assert code == 1
    assert "2026-02 is no period" in err
    await freeze_rows(make_session_maker(own_city), Period.parse("2026-02"), own_build.clock.now())
    word, excel = tmp_path / "r.docx", tmp_path / "r.xlsx"
    code, out, _ = await run("bulletin", "2026-02", "--docx", word, "--xlsx", excel, "--json")
    told = json.loads(out)
    assert (code, told["state"], told["number"]) == (0, "draft", None)
    assert told["files"] == {"docx": str(word), "xlsx": str(excel)}
    assert docx.Document(str(word)).paragraphs[0].text == "热线中心"
    assert openpyxl.load_workbook(excel).sheetnames[1] == "排名"
    first = word.read_bytes()
    code, out, _ = await run("bulletin", "2026-02", "--docx", word)
    assert (code, "2026年2月热线诉求办理情况通报" in out) == (0, True)
    assert word.read_bytes() == first
