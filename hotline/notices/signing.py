"""How gateways and we prove to each other who speaks."""

import hashlib
import hmac


def sign(secret: str, *parts: str) -> str:
    """Return the hexadecimal HMAC-SHA256 of `parts` with dots in between."""
    return hmac.new(secret.encode(), ".".join(parts).encode(), hashlib.sha256).hexdigest()
