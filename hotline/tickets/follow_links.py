"""Links by which a requester sees how far his matter is without typing anything.

A link is made for one ticket and one purpose: looking. It is signed with the secret of the installation
and names its own end, so that nothing is kept of it and nobody can make or lengthen one. Whoever has it
sees the stations, the department and the dates; the words of the matter, its papers and everything that
can be done need the query code as ever, so that a link that was passed on tells nothing of anybody.
"""

import base64
import binascii
import hmac
import uuid
from datetime import date, timedelta

from hotline.kernel.crypto import FieldCipher

FOLLOW_DAYS = 60
"""For so long a link in a message opens."""

_EPOCH = date(2020, 1, 1)
_SIGNATURE = 24
"""Characters; 96 bits of the signature."""

_BYTES = 18
_MOST_DAYS = 65_535


def follow_word(cipher: FieldCipher, ticket_id: uuid.UUID, until: date) -> str:
    """Return the word of a link that opens up to and with a day."""
    days = min(max((until - _EPOCH).days, 0), _MOST_DAYS)
    named = base64.urlsafe_b64encode(ticket_id.bytes + days.to_bytes(2)).decode()
    return f"{named}{_signature(cipher, named)}"


def last_day(today: date) -> date:
    """Return up to which day a link opens that is made today."""
    return today + timedelta(days=FOLLOW_DAYS)


def read_follow_word(cipher: FieldCipher, word: str, today: date) -> uuid.UUID | None:
    """Return which ticket a word opens today; None for none, whatever is wrong with it."""
    named, signature = word[:-_SIGNATURE], word[-_SIGNATURE:]
    if not word.isascii() or not hmac.compare_digest(signature, _signature(cipher, named)):
        return None
    try:
        stored = base64.urlsafe_b64decode(named)
    except (binascii.Error, ValueError):
        return None
    if len(stored) != _BYTES:
        return None
    ends = _EPOCH + timedelta(days=int.from_bytes(stored[16:]))
    return uuid.UUID(bytes=stored[:16]) if today <= ends else None


def _signature(cipher: FieldCipher, named: str) -> str:
    return cipher.bearer("follow", named)[:_SIGNATURE]
