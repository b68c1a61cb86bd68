"""Text messages, by an HTTP gateway that the operator names."""

from dataclasses import dataclass, field

import aiohttp

from hotline.notices.adapters.http import post_json, to_json
from hotline.notices.ports import Accepted, Message, NotAccepted
from hotline.notices.signing import sign

_TAKEN = frozenset({"0", "OK", "200"})
_REFERENCE_MAX = 128


@dataclass(frozen=True, slots=True)
class SmsPort:
    """Posts text messages to the gateway as signed JSON.

    The body is `{"id", "to", "text", "sign"}`; `id` is ours and stands in `Idempotency-Key` too. The
    answer is a JSON object with the gateway's own `id`, and a `code` of 0 or OK if it gives one.

    Attributes:
        url: of the gateway.
        key: the account's name.
        secret: the account's secret, which signs.
        signature: the sender's name in front of every text, as carriers demand it.
    """

    session: aiohttp.ClientSession
    url: str
    key: str
    secret: str = field(repr=False)
    signature: str

    async def send(self, message: Message) -> Accepted:
        """Hand a message over.

        Raises:
            NotAccepted: the gateway did not say that it took it.
        """
        content = to_json(
            {
                "id": message.delivery_id,
                "to": message.address,
                "text": message.text,
                "sign": self.signature,
            }
        )
        timestamp = str(int(message.at.timestamp()))
        reply = await post_json(
            self.session,
            self.url,
            content,
            headers={
                "Idempotency-Key": message.delivery_id,
                "X-Hotline-Key": self.key,
                "X-Hotline-Timestamp": timestamp,
                "X-Hotline-Signature": sign(self.secret, timestamp, content.decode()),
            },
        )
        if reply.body is None:
            # It may have been sent: the gateway knows our id and does not send it twice.
            raise NotAccepted("the gateway's answer cannot be read")
        code = reply.body.get("code", 0)
        if str(code).upper() not in _TAKEN:
            raise NotAccepted(f"the gateway answered code {code!r:.40}")
        reference = reply.body.get("id")
        return Accepted(str(reference)[:_REFERENCE_MAX] if reference is not None else None)
