"""Personal data at rest: encrypted fields, and an index that finds a phone without showing it."""

import hashlib
import hmac
import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


def _derive(secret_key: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(
        secret_key.encode()
    )


class FieldCipher:
    """Encrypts single fields with AES-256-GCM and signs with HMAC-SHA-256.

    Every purpose has a key of its own, derived from the one secret of the installation.
    """

    def __init__(self, secret_key: str) -> None:
        self._aead = AESGCM(_derive(secret_key, b"hotline field encryption v1"))
        self._index_key = _derive(secret_key, b"hotline blind index v1")
        self._signing_key = _derive(secret_key, b"hotline signing v1")

    def encrypt(self, text: str | None) -> bytes | None:
        """Return nonce and ciphertext, or None for nothing."""
        if not text:
            return None
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, text.encode(), None)

    def decrypt(self, stored: bytes | None) -> str | None:
        """Return the text that `encrypt` was given.

        Raises:
            cryptography.exceptions.InvalidTag: stored under another key, or altered.
        """
        if stored is None:
            return None
        return self._aead.decrypt(stored[:_NONCE_BYTES], stored[_NONCE_BYTES:], None).decode()

    def blind_index(self, text: str | None) -> bytes | None:
        """Return a keyed digest by which equal texts can be found, or None for nothing."""
        if not text:
            return None
        return hmac.digest(self._index_key, text.encode(), hashlib.sha256)[:16]

    def bearer(self, purpose: str, key: str) -> str:
        """Return a word that opens something, the same each time and not to be guessed.

        Args:
            purpose: what it opens.
            key: which of them.
        """
        return self.sign(f"bearer:{purpose}:{key}")[:40]

    def sign(self, message: str) -> str:
        """Return a hexadecimal signature of `message`."""
        return hmac.new(self._signing_key, message.encode(), hashlib.sha256).hexdigest()
