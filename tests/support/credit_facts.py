"""Handing the facts in the outbox to credit, as the worker does, and reading what came of them."""

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from credit.intake.posting import topics
from credit.ledger import Measure
from credit.models import Observation
from credit.period_events import FrozenOutdated
from hotline.kernel.outbox import OutboxMessage
from tests.support.builders import Build
from web.run.subscribers import credit_make_again, credit_post

Line = tuple[str, Decimal, int]
"""A measure, and what it comes to: k of n."""


async def deliver(build: Build, *, shuffled: int | None = None, times: int = 1) -> int:
    """Hand every fact to credit, again and again if wished, in another order if a seed is given."""
    async with build.session_maker() as session:
        found = await session.exec(
            select(OutboxMessage.id)
            .where(col(OutboxMessage.topic).in_(topics()))
            .order_by(col(OutboxMessage.created_at), col(OutboxMessage.id))
        )
        facts = [str(fact_id) for fact_id in found]
    told = facts * times
    if shuffled is not None:
        random.Random(shuffled).shuffle(told)  # noqa: S311  # repeatable on purpose
    for fact_id in told:
        await credit_post(_context(build), fact_id)
    return len(facts)


async def make_frozen_again(build: Build) -> int:
    """Do what the worker does when frozen periods have to follow a change; return how many changes."""
    async with build.session_maker() as session:
        found = await session.exec(
            select(OutboxMessage.id)
            .where(OutboxMessage.topic == FrozenOutdated.topic)
            .order_by(col(OutboxMessage.created_at), col(OutboxMessage.id))
        )
        facts = [str(fact_id) for fact_id in found]
    for fact_id in facts:
        await credit_make_again(_context(build), fact_id)
    return len(facts)


def _context(build: Build) -> dict[str, Any]:
    return {"session_maker": build.session_maker, "clock": build.clock, "cipher": build.cipher}


async def rates_of(build: Build, unit: str = "chengguan") -> dict[Measure, tuple[Decimal, int]]:
    """Return k of n of each measure of a department, of all time; what comes to nothing is left out."""
    async with build.session_maker() as session:
        rows = await session.exec(
            select(
                Observation.measure,
                sa.func.sum(col(Observation.k)),
                sa.func.sum(col(Observation.n)),
            )
            .where(Observation.department_id == build.city.departments[unit])
            .group_by(col(Observation.measure))
        )
        return {Measure(measure): (k, n) for measure, k, n in rows if n or k}


async def causes_of(build: Build, unit: str = "chengguan") -> set[tuple[str, str]]:
    """Return what of a department does not count, or was taken back, and why."""
    return {(row.measure.value, row.cause) for row in await observations(build, unit) if row.cause}


async def observations(build: Build, unit: str = "chengguan") -> Sequence[Observation]:
    """Return every row of a department in the order of writing."""
    async with build.session_maker() as session:
        rows = await session.exec(
            select(Observation)
            .where(Observation.department_id == build.city.departments[unit])
            .order_by(col(Observation.id))
        )
        return rows.all()
