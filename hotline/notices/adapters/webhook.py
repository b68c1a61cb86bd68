"""Messages to programs: one signed POST each, which the receiver may ask to see again."""

from dataclasses import dataclass

import aiohttp

from hotline.notices.adapters.http import post_json, to_json
from hotline.notices.ports import Accepted, Message
from hotline.notices.signing import sign


@dataclass(frozen=True, slots=True)
class WebhookPort:
    """Posts messages as JSON.

    `X-Hotline-Signature` is `v1=` and the HMAC-SHA256 of timestamp, delivery id and body with dots in
    between; the delivery id is the same at every try and stands in `Idempotency-Key` too.
    """

    session: aiohttp.ClientSession

    async def send(self, message: Message) -> Accepted:
        """Hand a message over.

        Raises:
            NotAccepted: no answer of the 200s came in time.
        """
        content = to_json(
            {
                **message.data,
                "delivery_id": message.delivery_id,
                "subject": message.subject,
                "text": message.text,
            }
        )
        timestamp = str(int(message.at.timestamp()))
        headers = {
            "Idempotency-Key": message.delivery_id,
            "X-Hotline-Delivery": message.delivery_id,
            "X-Hotline-Timestamp": timestamp,
        }
        if message.secret:
            signature = sign(message.secret, timestamp, message.delivery_id, content.decode())
            headers["X-Hotline-Signature"] = f"v1={signature}"
        await post_json(self.session, message.address, content, headers=headers)
        return Accepted()
