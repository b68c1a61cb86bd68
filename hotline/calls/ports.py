"""What the desk asks of a telephone exchange, whoever made it."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

COMMAND_TIMEOUT_SECONDS = 5.0
"""An operator with somebody on the line does not wait longer."""


class CommandKind(enum.StrEnum):
    """What an exchange can be asked to do."""

    TRANSFER = "transfer"
    ADD_PARTY = "add_party"
    CALL_OUT = "call_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something that an operator wants done.

    Attributes:
        command_id: ours; the same at a repetition.
        kind: what is to be done.
        call: the exchange's own name of the call; None to begin a new one.
        agent: whose call it is: his extension, or his user name when he has none.
        target: the number to call, transfer to or take in.
        at: when it was asked for.
    """

    command_id: str
    kind: CommandKind
    call: str | None
    agent: str
    target: str = field(repr=False)
    at: datetime


class CommandFailed(Exception):
    """An exchange has not done what it was asked, or has not said so.

    Attributes:
        reason: for the operator; without numbers.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Exchange(Protocol):
    """Does what an operator's keys ask for."""

    async def obey(self, command: Command) -> None:
        """Do what is asked.

        Raises:
            CommandFailed: it was refused, or nothing was heard of it in time.
        """
        ...


Exchanges = Mapping[str, Exchange]
"""The exchanges that take commands, by name."""
