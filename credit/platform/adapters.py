"""Roads to a platform: signed HTTP, a folder of daily files, nowhere."""

import asyncio
import fcntl
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from credit.platform.ports import CreditPlatform, PlatformMessage
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.settings import Settings
from hotline.notices.adapters.http import make_session, post_json, to_json
from hotline.notices.ports import NotAccepted
from hotline.notices.signing import sign

_FILE, _NULL = "file:", "null:"


@dataclass(frozen=True, slots=True)
class HttpPlatform:
    """Posts each message as signed JSON, as webhooks are signed.

    `X-Hotline-Signature` is `v1=` and the HMAC-SHA256 of timestamp, message id and body with dots in
    between; the id stands in `Idempotency-Key`.
    """

    session: aiohttp.ClientSession
    url: str
    secret: str = field(repr=False)

    async def push(self, message: PlatformMessage) -> None:
        """Hand a message over.

        Raises:
            NotAccepted: no answer of the 200s came in time.
        """
        content = to_json({**message.payload, "id": message.id})
        timestamp = str(int(message.at.timestamp()))
        signature = sign(self.secret, timestamp, message.id, content.decode())
        await post_json(
            self.session,
            self.url,
            content,
            headers={
                "Idempotency-Key": message.id,
                "X-Hotline-Timestamp": timestamp,
                "X-Hotline-Signature": f"v1={signature}",
            },
        )


@dataclass(frozen=True, slots=True)
class FilePlatform:
    """Appends each message to the file of its day, one JSON object a line.

    A line is there whole or not at all: it is written at one stroke under the file's lock and is on the
    disk before it counts as sent. What a crash tore off is ended, so that the next line stands alone.
    """

    folder: Path

    async def push(self, message: PlatformMessage) -> None:
        """Write a message down.

        Raises:
            NotAccepted: it cannot be written; the disk may be full.
        """
        local = message.at.astimezone(SHANGHAI)
        path = self.folder / f"credit-{local.date().isoformat()}.jsonl"
        line = json.dumps(
            {**message.payload, "id": message.id, "sent_at": local.isoformat(timespec="seconds")},
            ensure_ascii=False,
            sort_keys=True,
        )
        try:
            await asyncio.to_thread(_append, path, f"{line}\n".encode())
        except OSError as error:
            raise NotAccepted(f"cannot be written: {error.strerror}") from error


def _append(path: Path, line: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(size - 1)
            if file.read(1) != b"\n":
                line = b"\n" + line
        written = file.write(line)
        if written != len(line):
            file.truncate(size)
            raise OSError(0, "the disk took a part only")
        os.fsync(file.fileno())


class NullPlatform:
    """Takes every message and remembers nothing: for rehearsals."""

    async def push(self, message: PlatformMessage) -> None:
        """Take a message."""


@asynccontextmanager
async def open_platform(settings: Settings) -> AsyncIterator[CreditPlatform | None]:
    """Open the road that the settings name; None when credit stays in the house."""
    where = settings.credit_platform
    if where is None:
        yield None
    elif where.startswith(_NULL):
        yield NullPlatform()
    elif where.startswith(_FILE):
        yield FilePlatform(settings.home / where.removeprefix(_FILE))
    else:
        # The platform of the city may stand in the same network, even on this machine.
        async with make_session(guarded=False) as session:
            yield HttpPlatform(session, where, settings.credit_platform_secret or "")
