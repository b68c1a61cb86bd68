"""An exchange for rehearsals: it takes every command and does nothing."""

from collections import deque
from dataclasses import dataclass, field

from hotline.calls.ports import Command

_KEPT = 100


@dataclass(frozen=True, slots=True)
class NullExchange:
    """Takes every command, remembers the last of them, connects nobody."""

    taken: deque[Command] = field(default_factory=lambda: deque(maxlen=_KEPT))

    async def obey(self, command: Command) -> None:
        """Remember a command; one that comes again is taken once."""
        if all(known.command_id != command.command_id for known in self.taken):
            self.taken.append(command)
