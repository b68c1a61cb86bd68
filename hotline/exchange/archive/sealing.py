"""The keys of an archive: all of them come from its passphrase."""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from hotline.exchange.archive.errors import ShortPassphrase, WrongPassphrase

LEAST = 12
"""Characters of a passphrase."""

SCRYPT_N, SCRYPT_R, SCRYPT_P = 1 << 15, 8, 1
_NONCE_BYTES = 12
_CONTENT_SALT = b"hotline archive content v1"
_CHECK = "hotline archive"


@dataclass(frozen=True, slots=True)
class ArchiveKeys:
    """What seals single values, proves the manifest, and compares contents.

    The last one depends on the passphrase alone, so that two archives made with the same passphrase can
    be compared table by table, while nobody without it can guess at what a table holds.
    """

    _aead: AESGCM
    _proof: bytes
    _content: bytes

    def seal(self, place: str, text: str) -> str:
        """Return a text encrypted for a place, in base64."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._aead.encrypt(nonce, text.encode(), place.encode())
        return base64.b64encode(sealed).decode()

    def open(self, place: str, sealed: str) -> str:
        """Return the text that was sealed for this place.

        Raises:
            WrongPassphrase: another key, another place, or altered.
        """
        try:
            stored = base64.b64decode(sealed, validate=True)
            opened = self._aead.decrypt(
                stored[:_NONCE_BYTES], stored[_NONCE_BYTES:], place.encode()
            )
        except (InvalidTag, ValueError) as error:
            raise WrongPassphrase from error
        return opened.decode()

    def proof(self, manifest: bytes) -> str:
        """Return what only whoever knows the passphrase can write under a manifest."""
        return hmac.new(self._proof, manifest, hashlib.sha256).hexdigest()

    def content_digest(self) -> "hmac.HMAC":
        """Return a digest to be fed with the rows of a table."""
        return hmac.new(self._content, digestmod=hashlib.sha256)

    def check(self) -> str:
        """Return what tells the right passphrase from a wrong one."""
        return self.seal("check", _CHECK)

    def require(self, check: str) -> None:
        """Pass in silence when the passphrase is that of the archive.

        Raises:
            WrongPassphrase: it is not.
        """
        if self.open("check", check) != _CHECK:
            raise WrongPassphrase


def _scrypt(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P).derive(
        passphrase.encode()
    )


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(key)


def keys_of(passphrase: str, salt: bytes) -> ArchiveKeys:
    """Return the keys of an archive.

    Raises:
        ShortPassphrase: it could be guessed.
    """
    if len(passphrase) < LEAST:
        raise ShortPassphrase(least=LEAST)
    key = _scrypt(passphrase, salt)
    return ArchiveKeys(
        AESGCM(_derived(key, b"hotline archive seal v1")),
        _derived(key, b"hotline archive proof v1"),
        _scrypt(passphrase, _CONTENT_SALT),
    )
