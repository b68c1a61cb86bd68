"""People who are told things, and a gateway that remembers what it was given."""

import asyncio
import uuid
from typing import Any

from hotline.notices.contacts import (
    ContactChange,
    SubscriptionChange,
    save_contact,
    save_subscription,
)
from hotline.notices.courier import courier_once
from hotline.notices.models import DeliveryChannel
from hotline.notices.ports import Accepted, Message, Port, Ports
from hotline.notices.writing import NewNotice, write_notices
from tests.support.builders import Build

HANDLER = "handler.chengguan"
NUMBER = "2611210000017"


class Recorder:
    """A gateway that keeps what it is given, once per delivery, and fails as it is told."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.messages: list[Message] = []

    @property
    def distinct(self) -> set[str]:
        return {message.delivery_id for message in self.messages}

    async def send(self, message: Message) -> Accepted:
        await asyncio.sleep(0)
        if self.faults:
            raise self.faults.pop(0)
        self.messages.append(message)
        return Accepted(reference=f"ref-{len(self.messages)}")


def everywhere(port: Port) -> Ports:
    return dict.fromkeys(DeliveryChannel, port)


async def tell(build: Build, *names: str, count: int = 1, **said: Any) -> list[uuid.UUID]:
    facts = [uuid.uuid4() for _ in range(count)]
    async with build.acting("operator") as tx:
        await write_notices(
            tx,
            [
                NewNotice(
                    user_id=_id(build, name),
                    fact_id=fact,
                    **{
                        "kind": "clock_warned",
                        "ticket_number": NUMBER,
                        "clock": "complete",
                        "rung": "red",
                        **said,
                    },
                )
                for fact in facts
                for name in names
            ],
        )
    return facts


def _id(build: Build, name: str) -> uuid.UUID:
    user_id = build.city.people[name].user_id
    assert user_id is not None
    return user_id


async def reach(build: Build, name: str = HANDLER, **said: Any) -> None:
    async with build.acting(name) as tx:
        await save_contact(tx, name, ContactChange(**{"phone": "139 0000 1234", **said}))


async def carry(build: Build, port: Port, *, rounds: int = 1, ports: Ports | None = None) -> int:
    count = 0
    for _ in range(rounds):
        count += await courier_once(
            build.session_maker,
            build.cipher,
            everywhere(port) if ports is None else ports,
            build.clock.now(),
            tracking_url="https://example.test/track",
        )
    return count


async def subscribe(build: Build, **said: Any) -> tuple[uuid.UUID, str | None]:
    async with build.acting("admin") as tx:
        return await save_subscription(
            tx,
            SubscriptionChange(
                **{
                    "name": "城管大屏",
                    "channel": DeliveryChannel.WEBHOOK,
                    "address": "https://example.test/hook",
                    **said,
                }
            ),
        )
