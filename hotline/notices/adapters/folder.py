"""Messages that are not sent: written to a folder for people to read, or to nowhere."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

from hotline.kernel.clock import SHANGHAI
from hotline.notices.ports import Accepted, Message


@dataclass(frozen=True, slots=True)
class FolderPort:
    """Appends every message to a file of its day and road: one JSON object a line.

    What would have been sent can be read there, addresses included: the folder is for demonstrations,
    where nobody is real.
    """

    folder: Path

    async def send(self, message: Message) -> Accepted:
        """Write a message down."""
        local = message.at.astimezone(SHANGHAI)
        path = self.folder / local.date().isoformat() / f"{message.channel.value}.jsonl"
        line = json.dumps(
            {
                "at": local.isoformat(timespec="seconds"),
                "delivery_id": message.delivery_id,
                "to": message.address,
                "subject": message.subject,
                "text": message.text,
                "data": dict(message.data),
            },
            ensure_ascii=False,
        )
        await asyncio.to_thread(_append, path, line)
        return Accepted()


def _append(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


class NullPort:
    """Takes every message and keeps it in memory."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def send(self, message: Message) -> Accepted:
        """Keep a message."""
        self.messages.append(message)
        return Accepted()
