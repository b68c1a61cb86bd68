"""Importing answered messages: a file of its own making, through the command as people run it."""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench.house import free_port

ROWS = 20_000
_WORDS = "小区门口的路灯已经三天不亮，晚上老人孩子出行很不安全，请尽快派人维修。"


def write_file(path: Path) -> None:
    """Write messages with replies, spread over three years."""
    began = datetime(2023, 1, 1, 8, 0, 0)  # noqa: DTZ001  # the file's times carry no zone
    with path.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(
            ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "答复意见", "答复时间"]
        )
        for n in range(ROWS):
            received = began + timedelta(minutes=79 * n)
            answered = received + timedelta(hours=n % 400 + 1)
            rows.writerow(
                [
                    n, f"U{n % 5000}", f"A{n % 9}区第{n}盏路灯不亮", received.isoformat(sep=" "),
                    f"{n}号路灯：{_WORDS * (n % 9 + 1)}", f"您好，已修复。{_WORDS}",
                    answered.isoformat(sep=" "),
                ]
            )  # fmt: skip


def _hotline(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "web.run.cli", *words],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return done.stdout


def run() -> dict[str, Any]:
    """Return tickets a second of a first import, and the seconds of a second one."""
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as home:
        Path(home).chmod(0o755)
        environment = {**os.environ, "HOTLINE_HOME": home, "HOTLINE_PORT": str(free_port())}
        file = Path(home) / "messages.csv"
        write_file(file)
        _hotline(environment, "db", "seed-demo")
        words = ("import", "tickets", str(file), "--mapping", "replied", "--json")
        began = time.perf_counter()
        first = json.loads(_hotline(environment, *words))
        middle = time.perf_counter()
        second = json.loads(_hotline(environment, *words))
        return {
            "rows": ROWS,
            "per_second": round(ROWS / (middle - began)),
            "first": first,
            "second_run_seconds": round(time.perf_counter() - middle, 1),
            "second": second,
        }


if __name__ == "__main__":
    json.dump(run(), sys.stdout, ensure_ascii=False, indent=1)
