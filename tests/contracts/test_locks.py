"""What is installed to run the product is all that it needs: not what tests happen to bring along."""

import json
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = {"bench", "credit", "hotline", "migrations", "tests", "web"}

_START = """
import json, sys
import alembic.config, web.app, web.run.cli, web.run.demo_city, web.run.worker
from hotline.kernel.db import make_engine
make_engine("postgresql+asyncpg://nobody@localhost/nothing", application_name="hotline.tests")
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_what_runs_is_in_the_lock_file() -> None:
    locked = {
        re.split(r"[\[=]", line)[0].lower()
        for line in (ROOT / "requirements.lock").read_text().splitlines()
        if "==" in line and not line.startswith((" ", "#"))
    }
    run = subprocess.run(
        [sys.executable, "-c", _START], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = packages_distributions()
    foreign = set(json.loads(run.stdout)) - set(sys.stdlib_module_names) - OURS
    used = {found[name][0].lower().replace("_", "-") for name in foreign if name in found}
    assert "sqlalchemy" in used
    assert used <= locked, used - locked
