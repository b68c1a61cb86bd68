"""What is asked of whatever carries messages to a platform outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class PlatformMessage:
    """A message as it leaves the house.

    Attributes:
        id: ours; the same at every try, so that a repetition can be told.
        payload: JSON values; nothing personal.
        at: the instant of this try.
    """

    id: str
    payload: Mapping[str, Any]
    at: datetime


class CreditPlatform(Protocol):
    """Carries messages to a platform."""

    async def push(self, message: PlatformMessage) -> None:
        """Hand a message over.

        Raises:
            NotAccepted: it was not taken, or nothing was heard of it in time.
        """
        ...
