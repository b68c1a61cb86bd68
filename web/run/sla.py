"""`hotline sla`: why a ticket is due when it is, and what another policy would have meant."""

import sys
import tomllib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from tqdm import tqdm

from hotline.escalation.explaining import TicketAccount, explain_ticket
from hotline.kernel.db import make_engine, make_session_maker, reading
from hotline.kernel.settings import Settings
from hotline.people.models import Department
from hotline.people.queries import departments_by_id
from hotline.sla.actions import Draft
from hotline.sla.policy import InvalidPolicy
from hotline.sla.simulation import Simulation
from hotline.tickets.errors import TicketNotFound
from hotline.tickets.models import Ticket
from hotline.tickets.simulating import count_submitted, propose, simulate
from web.api.ticket_schemas import clock_list
from web.api.v1.simulation import simulation_out
from web.i18n import translator
from web.run.services import services
from web.views import explanations, simulations


@asynccontextmanager
async def _reading(settings: Settings, command: str) -> AsyncIterator[AsyncSession]:
    async with services(settings, command=f"hotline sla {command}") as urls:
        engine = make_engine(urls.database_url, application_name=f"hotline.{command}")
        try:
            async with reading(make_session_maker(engine)) as session:
                yield session
        finally:
            await engine.dispose()


async def explain(settings: Settings, number: str) -> TicketAccount:
    """Return everything about a ticket's time.

    Raises:
        TicketNotFound: there is no such ticket.
    """
    async with _reading(settings, "explain") as session:
        ticket = (await session.exec(select(Ticket).where(Ticket.number == number))).first()
        if ticket is None:
            raise TicketNotFound(number=number)
        return await explain_ticket(session, ticket, datetime.now(UTC))


def explained(told: TicketAccount, *, language: str, as_json: bool) -> str:
    """Return a ticket's time as text, or as the JSON of the interface."""
    if as_json:
        return msgspec.json.encode(clock_list(told, translator(language))).decode()
    return explanations.as_text(told, translator(language))


def read_draft(path: Path) -> Draft:
    """Read a policy file: JSON or TOML in the shape of a new policy.

    Raises:
        InvalidPolicy: it is no such file.
    """
    try:
        text = path.read_text("utf-8")
        given = tomllib.loads(text) if path.suffix == ".toml" else msgspec.json.decode(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.DecodeError) as error:
        raise InvalidPolicy("{path}: {error}", path=path.name, error=error) from error
    draft = simulations.draft_of(given)
    if draft is None:
        raise InvalidPolicy("{path} has no code, name, match and clocks", path=path.name)
    return draft


@dataclass(frozen=True, slots=True)
class Simulated:
    """The result of a simulation, and the units in it."""

    simulation: Simulation
    policy: str
    units: Mapping[int, Department]


async def run_simulation(settings: Settings, draft: Draft, first: date, last: date) -> Simulated:
    """Return what a draft would have meant for the tickets submitted from `first` to `last`."""
    since, until = simulations.period(first, last)
    async with _reading(settings, "simulate") as session:
        proposal = await propose(session, draft)
        total = await count_submitted(session, since, until)
        with tqdm(total=total, unit="ticket", disable=not sys.stderr.isatty(), leave=False) as bar:
            simulation = await simulate(
                session, proposal, since, until, now=datetime.now(UTC), progress=bar.update
            )
        units = await departments_by_id(session, {unit for unit, _ in simulation.tallies})
    return Simulated(simulation, draft.code, units)


def simulated(result: Simulated, *, language: str, as_json: bool) -> str:
    """Return a simulation as text, or as the JSON of the interface."""
    if as_json:
        out = simulation_out(result.simulation, result.policy, result.units)
        return msgspec.json.encode(out).decode()
    return simulations.as_text(result.simulation, result.units, translator(language))
