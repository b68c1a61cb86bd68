"""One data folder, one house: the lock that says who runs the embedded services."""

import fcntl
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from hotline.kernel.clock import SHANGHAI


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock, as he wrote it down himself."""

    pid: int
    command: str
    since: datetime

    def __str__(self) -> str:
        since = self.since.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
        return f"{self.command} (process {self.pid}, since {since})"


class HouseLock:
    """An exclusive lock on a data folder; the kernel lets go of it when the process dies."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, home: Path, command: str) -> Self | None:
        """Return the lock of `home`, or None when another process holds it."""
        descriptor = os.open(home / "hotline.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        holder = {
            "pid": os.getpid(),
            "command": command,
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode(), 0)
        return cls(descriptor)

    @staticmethod
    def holder(home: Path) -> Holder | None:
        """Return who wrote himself into the lock of `home`, if that can be read."""
        try:
            found = json.loads((home / "hotline.lock").read_bytes())
            return Holder(found["pid"], found["command"], datetime.fromisoformat(found["since"]))
        except (OSError, ValueError, KeyError):
            return None

    def release(self) -> None:
        """Let go."""
        os.close(self._descriptor)
