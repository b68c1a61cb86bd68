"""Which roads an installation has: read off its settings, opened and closed together."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import unquote, urlsplit

from hotline.kernel.settings import Settings
from hotline.notices.adapters.folder import FolderPort
from hotline.notices.adapters.http import make_session
from hotline.notices.adapters.mail import MailPort
from hotline.notices.adapters.robots import DIALECTS, RobotPort
from hotline.notices.adapters.sms import SmsPort
from hotline.notices.adapters.webhook import WebhookPort
from hotline.notices.models import DeliveryChannel
from hotline.notices.ports import Port, Ports

FOLDER = "outbox-files"
"""Below the installation's home: where messages lie that are written down instead of sent."""

_SMTP_PORTS = {"smtps": 465, "smtp": 25, "smtp+tls": 587}


@asynccontextmanager
async def open_ports(settings: Settings) -> AsyncIterator[Ports]:
    """Open the roads that the settings name; e-mail and text messages only when they are set up."""
    match settings.delivery_mode:
        case "off":
            yield {}
        case "file":
            port = FolderPort(settings.home / FOLDER)
            yield dict.fromkeys(DeliveryChannel, port)
        case "send":
            async with AsyncExitStack() as stack:
                yield await _real(settings, stack)


async def _real(settings: Settings, stack: AsyncExitStack) -> Ports:
    outside = await stack.enter_async_context(
        make_session(guarded=True, allow_loopback=settings.call_loopback)
    )
    ports: dict[DeliveryChannel, Port] = {
        channel: RobotPort(outside, dialect) for channel, dialect in DIALECTS.items()
    }
    ports[DeliveryChannel.WEBHOOK] = WebhookPort(outside)
    if settings.smtp_url is not None:
        ports[DeliveryChannel.EMAIL] = mail_port(settings.smtp_url, settings.mail_from)
    if settings.sms_url is not None and settings.sms_secret is not None:
        # The operator's own gateway may stand on this machine.
        inside = await stack.enter_async_context(make_session(guarded=False))
        ports[DeliveryChannel.SMS] = SmsPort(
            inside,
            settings.sms_url,
            settings.sms_key,
            settings.sms_secret,
            settings.sms_signature,
        )
    return ports


def mail_port(url: str, sender: str) -> MailPort:
    """Return the port of the mail server at `url`."""
    parts = urlsplit(url)
    return MailPort(
        host=parts.hostname or "",
        port=parts.port or _SMTP_PORTS[parts.scheme],
        sender=sender,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls=parts.scheme == "smtps",
        must_encrypt=parts.scheme == "smtp+tls",
    )
