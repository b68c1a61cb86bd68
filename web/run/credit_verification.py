"""`hotline credit verify`: the ledger's chains held against their rows, the rates against the facts."""

import sys
from typing import Any

import sqlalchemy as sa
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from tqdm import tqdm

from credit.intake.rebuilding import RateFault, verify_rates
from credit.models import CreditChain
from credit.verification import verify_chains
from hotline.kernel.db import make_engine, make_session_maker, reading
from hotline.kernel.settings import Settings
from web.run.services import services

_NO_LIMIT = sa.text("SET LOCAL statement_timeout = 0")


async def verify_credit(settings: Settings, *, quiet: bool) -> dict[str, Any]:
    """Return how much was looked at and what is wrong, as JSON values.

    Args:
        settings: of this process.
        quiet: draw no progress bar even on a terminal.
    """
    async with services(settings, command="hotline credit verify") as urls:
        engine = make_engine(urls.database_url, application_name="hotline.verify", pool_size=1)
        try:
            async with reading(make_session_maker(engine)) as session:
                await session.exec(_NO_LIMIT)  # type: ignore[call-overload]
                return await examine_credit(session, quiet=quiet)
        finally:
            await engine.dispose()


async def examine_credit(session: AsyncSession, *, quiet: bool = True) -> dict[str, Any]:
    """Do the same in a session that may be read-only."""
    tickets = facts = 0
    faults: list[RateFault] = []
    chains = [fault async for fault in verify_chains(session)]
    hidden = quiet or not sys.stderr.isatty()
    with tqdm(unit="ticket", disable=hidden, leave=False) as bar:
        async for part in verify_rates(session):
            tickets, facts = tickets + part.tickets, facts + part.facts
            faults += part.faults
            bar.update(part.tickets)
    departments = (await session.exec(select(sa.func.count()).select_from(CreditChain))).one()
    return {
        "departments": departments,
        "tickets": tickets,
        "facts": facts,
        "chains": [
            {"department": one.department, "seq": one.seq, "said": one.said} for one in chains
        ],
        "rates": [
            {
                "ticket": one.ticket_number,
                "what": one.key,
                "since": one.recorded_at.isoformat(),
                "said": one.said,
            }
            for one in faults
        ],
    }
