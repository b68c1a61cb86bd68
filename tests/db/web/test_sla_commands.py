"""`hotline sla explain` and `hotline sla simulate`, from the shell."""

import json
import re
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hotline.sla.codec import policy_to_json
from tests.db.hotline.intake.test_import_command import hotline
from tests.db.hotline.tickets.test_simulating import FAST, closed
from tests.support.builders import Build


@pytest.fixture
def url(own_city: AsyncEngine) -> str:
    return own_city.url.render_as_string(hide_password=False)


async def test_explain_says_why(
    own_build: Build, url: str, valkey_url: str, tmp_path: Path
) -> None:
    number = await closed(own_build, 10)

    async def run(*words: str) -> tuple[int, str, str]:
        return await hotline("sla", "explain", *words, url=url, redis=valkey_url, home=tmp_path)

    code, out, err = await run(number, "--language", "zh_CN")
    assert (code, err) == (0, "")
    assert "诉求人已等候" in out
    assert "依策略 fast-24 第 1 版" in out
    code, out, _ = await run(number, "--language", "en")
    assert "by policy fast-24, version 1" in out
    assert not re.search("[\u4e00-\u9fff]{6}", out)
    code, out, _ = await run(number, "--json")
    told = json.loads(out)
    assert {"accept", "dispatch", "complete"} <= {clock["kind"] for clock in told["items"]}
    code, _, err = await run("2026000000001")
    assert code == 1
    assert err.startswith("Error: ")


async def test_simulate_says_what_would_have_been(
    own_build: Build, url: str, valkey_url: str, tmp_path: Path
) -> None:
    number = await closed(own_build, 10)
    definition = policy_to_json(FAST)
    definition["clocks"]["complete"] = {"limit": "PT8H"}
    as_json, as_toml = tmp_path / "policy.json", tmp_path / "policy.toml"
    as_json.write_text(json.dumps({"code": "fast-24", "name": "试行", **definition}))
    clocks = "".join(
        f'[clocks.{kind}]\nlimit = "{rule["limit"]}"\n'
        for kind, rule in definition["clocks"].items()
    )
    as_toml.write_text(f'code = "fast-24"\nname = "试行"\n{clocks}')

    async def run(*words: str | Path) -> tuple[int, str, str]:
        period = ("--from", "2026-03-01", "--to", "2026-03-31")
        return await hotline(
            "sla", "simulate", *period, *words, url=url, redis=valkey_url, home=tmp_path
        )

    for file in (as_json, as_toml):
        code, out, err = await run("--policy", file, "--json")
        assert (code, err) == (0, "")
        assert json.loads(out)["total"]["newly_broken"] == [number]
    code, out, _ = await run("--policy", as_json, "--language", "zh_CN")
    assert "转为超时 1 件" in out
    as_json.write_text("{")
    code, _, err = await run("--policy", as_json)
    assert (code, err.count("\n")) == (1, 1)
    as_toml.write_text("code = 1")
    assert (await run("--policy", as_toml))[0] == 1
    assert (await run("--policy", as_toml, "--to", "2026-02-01"))[0] == 2
