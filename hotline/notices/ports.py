"""What the courier asks of whatever carries a message, by whichever road."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from hotline.notices.models import DeliveryChannel

SEND_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as it leaves the house.

    Attributes:
        delivery_id: ours; the same at every try, so that a receiver can tell a repetition.
        address: a number, addresses or a URL.
        secret: signs what is sent, if the receiver has one.
        subject: one line, for roads that have such a thing.
        text: what a person reads.
        data: the same as JSON values, for programs.
        at: the instant of this try.
    """

    delivery_id: str
    channel: DeliveryChannel
    address: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    subject: str
    text: str = field(repr=False)
    data: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """A gateway has taken a message.

    Attributes:
        reference: the gateway's own name for it, by which its receipt will call it.
        remark: what it had to say beside that.
    """

    reference: str | None = None
    remark: str | None = None


class NotAccepted(Exception):
    """A gateway has not taken a message, or has not said so.

    Attributes:
        reason: for the list of dead letters; without addresses.
        is_final: trying again would be in vain.
        retry_after: seconds that the gateway asks to wait, if it does.
    """

    def __init__(
        self, reason: str, *, is_final: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_final = is_final
        self.retry_after = retry_after


class Port(Protocol):
    """Carries messages by one road."""

    async def send(self, message: Message) -> Accepted:
        """Hand a message over.

        Raises:
            NotAccepted: it was not taken, or nothing was heard of it in time.
        """
        ...


Ports = Mapping[DeliveryChannel, Port]
"""The roads that are set up."""
