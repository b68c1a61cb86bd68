"""`make bench`: every benchmark, one after the other; a table, and `bench/results.json`.

`python -m bench PART ... [OPTION ...]` runs only some; the options go to each of them. By name alone run
those that need something: `replay` and `incidents` messages (`--data FOLDER`); `pages`, `phone` a city,
`board` and `search` what `million` makes (`--home FOLDER`); `oracle --histories N`, `day --tickets N`
and `likeness --tickets N` time.
"""

import itertools
import json
import os
import platform
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from hotline.kernel.clock import SHANGHAI

PARTS = (
    *("create", "queue", "importing", "startup", "clocks", "recalculate", "explain"),
    *("credit", "suggest", "live", "calls", "knowledge", "open311"),
    "credit_replay",
)
RESULTS = Path(__file__).parent / "results.json"


def _lines(name: str, value: object) -> list[tuple[str, object]]:
    if isinstance(value, dict):
        return [line for key, part in value.items() for line in _lines(f"{name}.{key}", part)]
    return [(name, value)]


def main() -> int:
    """Run what was asked for, everything by default, each in a process of its own."""
    words = sys.argv[1:]
    asked = list(itertools.takewhile(lambda word: not word.startswith("-"), words))
    options = words[len(asked) :]
    results: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results["machine"] = {
        "measured_at": datetime.now(SHANGHAI).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }
    for part in asked or PARTS:
        print(f"-- {part}", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", f"bench.{part}", *options],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        results[part] = json.loads(done.stdout[done.stdout.index("{") :])
        for name, value in _lines(part, results[part]):
            print(f"{name:60} {value}", flush=True)
    RESULTS.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
