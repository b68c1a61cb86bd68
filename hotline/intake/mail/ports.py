"""What is asked of a mailbox, whichever it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail as it lies in the mailbox."""

    key: str
    raw: bytes = field(repr=False)


class MailboxAway(Exception):
    """The mailbox cannot be reached or does not let us in; the text names no password."""


class Mailbox(Protocol):
    """Holds e-mails until somebody says that he has them."""

    async def waiting(self, limit: int) -> Sequence[Mail]:
        """Return e-mails that nobody has taken yet, oldest first.

        Raises:
            MailboxAway: it cannot be reached.
        """
        ...

    async def taken(self, keys: Sequence[str]) -> None:
        """Let these be no longer waiting; they stay in the mailbox.

        Raises:
            MailboxAway: it cannot be reached.
        """
        ...
