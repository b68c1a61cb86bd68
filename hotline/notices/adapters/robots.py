"""Robots of chat groups: DingTalk, WeCom and Feishu.

They answer 200 to what they refuse and say so in the body, so the body decides.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import aiohttp

from hotline.notices.adapters.http import post_json, to_json
from hotline.notices.models import DeliveryChannel
from hotline.notices.ports import Accepted, Message, NotAccepted


@dataclass(frozen=True, slots=True)
class _Letter:
    body: Mapping[str, Any]
    params: Mapping[str, str]


def _keyed(key: str, text: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), hashlib.sha256)).decode()


def _dingtalk(message: Message) -> _Letter:
    body = {"msgtype": "text", "text": {"content": message.text}}
    if not message.secret:
        return _Letter(body, {})
    timestamp = str(int(message.at.timestamp() * 1000))
    signature = _keyed(message.secret, f"{timestamp}\n{message.secret}")
    return _Letter(body, {"timestamp": timestamp, "sign": signature})


def _wecom(message: Message) -> _Letter:
    return _Letter({"msgtype": "text", "text": {"content": message.text}}, {})


def _feishu(message: Message) -> _Letter:
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": message.text}}
    if message.secret:
        timestamp = str(int(message.at.timestamp()))
        # Feishu signs nothing with a key made of the timestamp and the secret.
        body |= {"timestamp": timestamp, "sign": _keyed(f"{timestamp}\n{message.secret}", "")}
    return _Letter(body, {})


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one maker's robot is spoken to.

    Attributes:
        write: a message as it wants it.
        code: where its answer says how it went; 0 is well.
        final: codes that no repetition mends: wrong key, wrong signature, robot gone.
    """

    write: Callable[[Message], _Letter]
    code: str
    final: frozenset[int]


DIALECTS: Mapping[DeliveryChannel, Dialect] = MappingProxyType(
    {
        DeliveryChannel.DINGTALK: Dialect(
            _dingtalk, "errcode", frozenset({300001, 300005, 310000, 400013, 400101, 400102})
        ),
        DeliveryChannel.WECOM: Dialect(_wecom, "errcode", frozenset({40008, 40058, 44004, 93000})),
        DeliveryChannel.FEISHU: Dialect(_feishu, "code", frozenset({19001, 19021, 19022, 19024})),
    }
)


@dataclass(frozen=True, slots=True)
class RobotPort:
    """Posts messages to the robot of a chat group."""

    session: aiohttp.ClientSession
    dialect: Dialect

    async def send(self, message: Message) -> Accepted:
        """Hand a message over.

        Raises:
            NotAccepted: the robot did not say that it took it.
        """
        letter = self.dialect.write(message)
        reply = await post_json(
            self.session, message.address, to_json(letter.body), params=letter.params
        )
        code = None if reply.body is None else reply.body.get(self.dialect.code)
        if not isinstance(code, int):
            raise NotAccepted("the robot's answer cannot be read")
        if code != 0:
            raise NotAccepted(
                f"the robot answered code {code}", is_final=code in self.dialect.final
            )
        return Accepted()
