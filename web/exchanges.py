"""The telephone exchanges of this installation: who may tell of calls, and who takes commands."""

from hotline.calls.adapters.http import HttpExchange
from hotline.calls.adapters.nothing import NullExchange
from hotline.calls.ports import Exchange, Exchanges
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.settings import Settings

SIMULATOR = "simulator"
"""The exchange of `hotline calls simulate`; a demonstration knows it without being told."""

_NOTHING = "null:"


def exchange_secret(settings: Settings, cipher: FieldCipher, name: str) -> str | None:
    """Return the secret that an exchange shares with us; None when there is no such exchange."""
    given = settings.exchange_secrets.get(name)
    if given is None and settings.demo and name == SIMULATOR:
        return cipher.bearer("exchange", SIMULATOR)
    return given


def connected_exchanges(settings: Settings) -> Exchanges:
    """Return the exchanges that take commands."""
    found: dict[str, Exchange] = {SIMULATOR: NullExchange()} if settings.demo else {}
    for name, url in settings.exchange_urls.items():
        secret = settings.exchange_secrets[name]
        found[name] = NullExchange() if url == _NOTHING else HttpExchange(url, secret)
    return found
