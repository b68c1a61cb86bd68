"""Suggestions: time to train on ten thousand texts, memory, size, and how long one suggestion takes.

Texts are invented: words of sixty categories with noise, as long as real ones; `--texts N` makes fewer.
Training and guessing are processes of their own, so that memory is that of each alone.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

TEXTS = 10_000
CLASSES = 60
ASKED = 500
_WORDS_EACH, _NOISE, _SHORTEST, _LONGEST = 30, 4000, 20, 90


def texts(count: int, classes: int, seed: int = 7) -> Iterator[tuple[str, str]]:
    """Yield texts with their categories; the same seed invents the same."""
    chance = random.Random(seed)
    signs = [chr(code) for code in range(0x4E00, 0x4E00 + 3000)]

    def word() -> str:
        return "".join(chance.choices(signs, k=chance.choice((1, 2, 2, 2, 3))))

    noise = [word() for _ in range(_NOISE)]
    own = [[word() for _ in range(_WORDS_EACH)] for _ in range(classes)]
    for nth in range(count):
        label = nth % classes
        length = chance.randint(_SHORTEST, _LONGEST)
        said = [
            chance.choice(own[label]) if chance.random() < 0.25 else chance.choice(noise)
            for _ in range(length)
        ]
        yield "，".join("".join(said[at : at + 8]) for at in range(0, length, 8)), f"c.{label:02}"


def train(path: Path, count: int, classes: int) -> dict[str, object]:
    """Train in this process, write the model, and return time and peak memory."""
    from hotline.suggestions.learning import study  # noqa: PLC0415  # its memory is measured
    from hotline.suggestions.model import to_bytes  # noqa: PLC0415  # its memory is measured
    from hotline.suggestions.text import plain  # noqa: PLC0415  # its memory is measured
    from hotline.suggestions.training import Example  # noqa: PLC0415  # its memory is measured

    examples = [Example(plain("", said), label) for said, label in texts(count, classes)]
    began, worked = time.perf_counter(), time.process_time()
    made = study(examples, version=1, now=datetime.now(UTC))
    seconds = time.perf_counter() - began
    path.write_bytes(to_bytes(made.learned.model))
    return {
        "texts": count,
        "classes": classes,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(time.process_time() - worked, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "file_mb": round(path.stat().st_size / 1e6, 1),
        "macro_f1": round(made.learned.figures.macro_f1, 3),
    }


def guess(path: Path, classes: int) -> dict[str, object]:
    """Load the model in this process, and return memory and how long a guess takes."""
    import numpy as np  # noqa: F401, PLC0415  # what the web has anyway is not the model's

    from hotline.suggestions.model import from_bytes  # noqa: PLC0415  # its memory is measured
    from hotline.suggestions.text import plain  # noqa: PLC0415  # its memory is measured

    before = _resident()
    model = from_bytes(path.read_bytes())
    model.guesses(plain("", "建设路的路灯不亮"))
    after = _resident()
    took = []
    for said, _ in texts(ASKED, classes, seed=8):
        began = time.perf_counter()
        text = plain("", said)
        first = model.guesses(text)[0]
        model.telling_words(text, first.label)
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return {
        "model_mb": round(after - before, 1),
        "p50_ms": round(took[len(took) // 2], 2),
        "p99_ms": round(took[len(took) * 99 // 100], 2),
    }


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _apart(part: str, path: Path, *words: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.suggest", "--part", part, "--model", str(path), *words],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", type=int, default=TEXTS)
    parser.add_argument("--classes", type=int, default=CLASSES)
    parser.add_argument("--part", choices=("train", "guess"))
    parser.add_argument("--model", type=Path)
    asked = parser.parse_args()
    if asked.part == "train":
        print(json.dumps(train(asked.model, asked.texts, asked.classes)))
    elif asked.part == "guess":
        print(json.dumps(guess(asked.model, asked.classes)))
    else:
        with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
            path = Path(folder) / "model.npz"
            words = ("--texts", str(asked.texts), "--classes", str(asked.classes))
            found = {"training": _apart("train", path, *words), "guess": _apart("guess", path)}
        print(json.dumps(found))


if __name__ == "__main__":
    main()
