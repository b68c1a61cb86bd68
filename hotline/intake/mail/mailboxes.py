"""Mailboxes: on a server by IMAP, in a folder, nowhere."""

import asyncio
import imaplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailMessageFlags
from imap_tools.errors import ImapToolsError

from hotline.intake.mail.ports import Mail, Mailbox, MailboxAway

PATIENCE_SECONDS = 20.0
LARGEST_MAIL = 25 * 1024 * 1024
"""Bytes; a larger e-mail stays where it is, for people to look at."""

_PORTS = {"imaps": 993, "imap+tls": 143}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ImapMailbox:
    """A mailbox of the hotline's own on an IMAP server; what was taken is marked as seen."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    starts_tls: bool = False
    context: ssl.SSLContext | None = field(default=None, repr=False)

    async def waiting(self, limit: int) -> Sequence[Mail]:
        """Return unseen e-mails, oldest first.

        Raises:
            MailboxAway: the server is away or refuses.
        """
        return await asyncio.to_thread(self._talk, lambda box: _unseen(box, limit))

    async def taken(self, keys: Sequence[str]) -> None:
        """Mark e-mails as seen.

        Raises:
            MailboxAway: the server is away or refuses.
        """
        if keys:
            seen = MailMessageFlags.SEEN
            await asyncio.to_thread(self._talk, lambda box: box.flag(list(keys), seen, value=True))

    def _talk(self, ask: Callable[[BaseMailBox], T]) -> T:
        kind = MailBoxStartTls if self.starts_tls else MailBox
        context = self.context or ssl.create_default_context()
        try:
            box = kind(self.host, self.port, timeout=PATIENCE_SECONDS, ssl_context=context)
            try:
                box.login(self.username, self.password, initial_folder=self.folder)
                return ask(box)
            finally:
                box.client.logout()
        except (ImapToolsError, imaplib.IMAP4.error, OSError) as error:
            # Not its words: they may repeat what was sent.
            raise MailboxAway(type(error).__name__) from error


def _unseen(box: BaseMailBox, limit: int) -> list[Mail]:
    found = []
    for uid in box.uids(f"UNSEEN SMALLER {LARGEST_MAIL}")[:limit]:
        _, parts = box.client.uid("FETCH", uid, "(BODY.PEEK[])")
        found += [Mail(uid, part[1]) for part in parts if isinstance(part, tuple)]
    return found


@dataclass(frozen=True, slots=True)
class FolderMailbox:
    """A folder into which a mail server, or a person, puts `.eml` files; what was taken moves below."""

    folder: Path

    async def waiting(self, limit: int) -> Sequence[Mail]:
        """Return the files of the folder, by name."""
        return await asyncio.to_thread(self._waiting, limit)

    async def taken(self, keys: Sequence[str]) -> None:
        """Move files to `taken`."""
        await asyncio.to_thread(self._taken, keys)

    def _waiting(self, limit: int) -> list[Mail]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            paths = sorted(
                path for path in self.folder.glob("*.eml") if path.stat().st_size < LARGEST_MAIL
            )
            return [Mail(path.name, path.read_bytes()) for path in paths[:limit]]
        except OSError as error:
            raise MailboxAway(type(error).__name__) from error

    def _taken(self, keys: Sequence[str]) -> None:
        try:
            (self.folder / "taken").mkdir(exist_ok=True, mode=0o700)
            for key in keys:
                (self.folder / key).rename(self.folder / "taken" / key)
        except OSError as error:
            raise MailboxAway(type(error).__name__) from error


class NullMailbox:
    """Nobody writes."""

    async def waiting(self, _limit: int) -> Sequence[Mail]:
        """Return nothing."""
        return ()

    async def taken(self, _keys: Sequence[str]) -> None:
        """Have nothing to do."""


def mailbox_at(url: str | None, home: Path) -> Mailbox:
    """Return the mailbox that the settings name.

    Args:
        url: `imaps://user:password@host/folder`, `imap+tls://` for a server that encrypts on demand,
            `file:` and a folder below `home`, or None.
        home: where a folder lies.
    """
    if url is None:
        return NullMailbox()
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FolderMailbox(home / parts.path.lstrip("/"))
    return ImapMailbox(
        host=parts.hostname or "",
        port=parts.port or _PORTS[parts.scheme],
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        starts_tls=parts.scheme == "imap+tls",
    )
