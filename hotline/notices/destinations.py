"""Where messages may go: what an address must look like, and which machines are never called."""

import ipaddress
import re
from urllib.parse import urlsplit

from hotline.kernel.masking import mask_phone, mask_text
from hotline.notices.models import DeliveryChannel

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+(\.[\w-]+)+", re.ASCII)
_PHONE = re.compile(r"\+?\d{5,20}")
_LONGEST_LIST = 20
_LONGEST_ADDRESS = 500

_METADATA = frozenset({ipaddress.ip_address("100.100.100.200")})
"""Where a cloud hands out its keys, beside the link-local address that most clouds use."""


def clean_phone_number(text: str) -> str:
    """Return a telephone number without blanks and dashes."""
    return re.sub(r"[\s()-]", "", text)


def is_email(text: str) -> bool:
    """Tell whether a text is one e-mail address."""
    return len(text) <= _LONGEST_ADDRESS and _EMAIL.fullmatch(text) is not None


def is_phone(text: str) -> bool:
    """Tell whether a text is a telephone number without blanks."""
    return _PHONE.fullmatch(text) is not None


def emails_of(text: str) -> list[str]:
    """Return the addresses of a list, each once."""
    return list(dict.fromkeys(part for part in re.split(r"[\s,;，；]+", text) if part))


def is_forbidden(host: str, *, allow_loopback: bool) -> bool:
    """Tell whether a numeric address must never be called.

    A call to the machine itself, to its link or to its cloud's keys would let whoever may write an
    address read what is meant for nobody. Private networks are allowed: an intranet is one.
    """
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_loopback:
        return not allow_loopback
    return (
        address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
        or address in _METADATA
    )


def url_fault(url: str, *, allow_loopback: bool) -> str | None:
    """Return what is wrong with an address to call, or None."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "the address is not a URL"
    if parts.scheme not in {"http", "https"} or not host or len(url) > _LONGEST_ADDRESS:
        return "the address must begin with http:// or https://"
    if parts.username is not None or parts.password is not None:
        return "the address must not hold a user name or a password"
    if host == "localhost" or host.endswith(".localhost"):
        host = "127.0.0.1"
    try:
        forbidden = is_forbidden(host, allow_loopback=allow_loopback)
    except ValueError:
        return None  # a name: what it stands for is looked at when it is called
    return "this machine must not be called" if forbidden else None


def destination_fault(
    channel: DeliveryChannel, address: str, *, allow_loopback: bool
) -> str | None:
    """Return what is wrong with the address of a subscription, or None."""
    if channel is not DeliveryChannel.EMAIL:
        return url_fault(address, allow_loopback=allow_loopback)
    addresses = emails_of(address)
    if not addresses or len(addresses) > _LONGEST_LIST or not all(map(is_email, addresses)):
        return "the addresses are not a list of up to 20 e-mail addresses"
    return None


def mask_destination(channel: DeliveryChannel, address: str) -> str:
    """Return an address as lists show it: enough to recognise, not enough to use."""
    if channel is DeliveryChannel.SMS:
        return mask_phone(address) or ""
    if channel is DeliveryChannel.EMAIL:
        return ", ".join(mask_text(part) for part in emails_of(address))
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}/…"
