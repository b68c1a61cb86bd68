"""`hotline webhooks`: with the services of this installation, as its administrator."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from hotline.kernel.clock import SHANGHAI, SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.notices.webhooks.actions import list_webhooks, replay_since
from hotline.notices.webhooks.models import Webhook
from hotline.people.principal import Tx
from web.run.exporting import MACHINE
from web.run.migrate import require_newest
from web.run.services import services


@asynccontextmanager
async def _acting(settings: Settings) -> AsyncIterator[Tx]:
    async with services(settings, command="hotline webhooks") as urls:
        await require_newest(urls.database_url)
        engine = make_engine(urls.database_url, application_name="hotline.webhooks", pool_size=1)
        try:
            async with make_session_maker(engine)() as session, session.begin():
                cipher = FieldCipher(resolve_secret_key(settings))
                yield Tx(session, SystemClock().now(), cipher, "webhooks", MACHINE)
        finally:
            await engine.dispose()


def _state(webhook: Webhook) -> str:
    if not webhook.is_active:
        return "off"
    return "paused" if webhook.paused_at else "in use"


async def listed(settings: Settings) -> list[dict[str, Any]]:
    """Return every webhook as JSON values."""
    async with _acting(settings) as tx:
        return [
            {
                "id": str(row.webhook.id),
                "department": row.department.code,
                "name": row.webhook.name,
                "state": _state(row.webhook),
                "events": row.webhook.last_seq,
            }
            for row in await list_webhooks(tx.session, tx.cipher, tx.actor)
        ]


async def replayed(settings: Settings, webhook_id: uuid.UUID, since: datetime) -> int:
    """Send everything again since a wall clock's time in Shanghai; return how many events.

    Raises:
        DomainError: there is no such webhook, or it is too long ago.
    """
    async with _acting(settings) as tx:
        return await replay_since(tx, webhook_id, since.replace(tzinfo=SHANGHAI))
