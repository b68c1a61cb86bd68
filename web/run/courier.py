"""The loops around messages: carrying them, and deleting what has served its time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from hotline.kernel.clock import Clock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.settings import Settings
from hotline.notices.adapters.opening import open_ports
from hotline.notices.courier import courier_once
from hotline.notices.pruning import Retention, prune_once

_PAUSE_SECONDS = 1.0
_PRUNE_SECONDS = 3600.0

log = structlog.get_logger(__name__)


async def carry(
    session_maker: SessionMaker,
    cipher: FieldCipher,
    settings: Settings,
    clock: Clock,
    beat: Callable[[], Awaitable[None]],
) -> None:
    """Carry messages until cancelled.

    Args:
        session_maker: for the courier's short transactions.
        cipher: for addresses.
        settings: which roads are set up.
        clock: the time of every round.
        beat: called after every round.
    """
    async with open_ports(settings) as ports:
        while True:
            count = await courier_once(
                session_maker, cipher, ports, clock.now(), tracking_url=settings.tracking_url
            )
            await beat()
            if count == 0:
                await asyncio.sleep(_PAUSE_SECONDS)


async def prune(session_maker: SessionMaker, settings: Settings, clock: Clock) -> None:
    """Delete what has served its time, every hour, until cancelled."""
    retention = Retention(
        facts=timedelta(days=settings.keep_facts_days),
        receipts=timedelta(days=settings.keep_receipts_days),
        keys=timedelta(days=settings.keep_keys_days),
        deliveries=timedelta(days=settings.keep_deliveries_days),
    )
    while True:
        pruned = await prune_once(session_maker, clock.now(), retention)
        log.info(
            "old rows are deleted",
            facts=pruned.facts,
            receipts=pruned.receipts,
            keys=pruned.keys,
            deliveries=pruned.deliveries,
        )
        await asyncio.sleep(_PRUNE_SECONDS)
