"""How exchanges and we prove to each other who speaks."""

import hashlib
import hmac


def sign(secret: str, *parts: str) -> str:
    """Return the hexadecimal HMAC-SHA256 of `parts` with dots in between."""
    return hmac.new(secret.encode(), ".".join(parts).encode(), hashlib.sha256).hexdigest()


def is_signed(secret: str, signature: str, *parts: str) -> bool:
    """Tell, in constant time, whether `signature` is that of `parts`."""
    return hmac.compare_digest(sign(secret, *parts).encode(), signature.encode())
