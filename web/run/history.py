"""`hotline history verify`: every timeline held against its ticket, every paper against its timeline."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tqdm import tqdm

from hotline.kernel.db import make_engine, make_session_maker, reading
from hotline.kernel.settings import Settings
from hotline.papers.queries import verify_papers
from hotline.tickets.history import Fault
from hotline.tickets.queries import count_all
from hotline.tickets.verification import verify_histories
from web.run.services import services


async def verify(settings: Settings, number: str | None) -> dict[str, Any]:
    """Return how many tickets and rows were looked at and what is wrong, by ticket number."""
    tickets = rows = 0
    faults: dict[str, Sequence[Fault]] = {}
    async with services(settings, command="hotline history verify") as urls:
        engine = make_engine(urls.database_url, application_name="hotline.verify")
        try:
            async with reading(make_session_maker(engine)) as session:
                total = 1 if number else await count_all(session)
                with tqdm(
                    total=total, unit="ticket", disable=not sys.stderr.isatty(), leave=False
                ) as bar:
                    async for part in verify_histories(session, number):
                        tickets, rows = tickets + part.tickets, rows + part.rows
                        faults |= part.faults
                        bar.update(part.tickets)
                async for found in verify_papers(session, number):
                    for ticket, papers in found.items():
                        faults[ticket] = [*faults.get(ticket, ()), *papers]
        finally:
            await engine.dispose()
    return {"tickets": tickets, "rows": rows, "faults": _listed(faults)}


def _listed(faults: Mapping[str, Sequence[Fault]]) -> list[dict[str, Any]]:
    return [
        {"ticket": number, **asdict(fault)} for number, found in faults.items() for fault in found
    ]
