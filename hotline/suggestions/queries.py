"""Reading what suggestions are made from: models, closed tickets, precedents, counts."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.dispatching.models import Precedent
from hotline.people.models import Department
from hotline.suggestions.errors import UnknownModel
from hotline.suggestions.models import (
    ChoiceOutcome,
    ChoiceSubject,
    SuggestionCount,
    SuggestionModel,
)
from hotline.suggestions.weighing import Decided
from hotline.tickets.catalogue import ancestry
from hotline.tickets.lifecycle import ClosureCode
from hotline.tickets.models import Ticket

LOOKED_BACK = timedelta(days=90)
"""Tickets closed so long ago say who handles such matters."""

MOST_EXAMPLES = 20_000
"""The newest closed tickets that a model learns from."""

TEACHING = (
    ClosureCode.SOLVED,
    ClosureCode.EXPLAINED,
    ClosureCode.ANSWERED,
    ClosureCode.PLANNED_DONE,
    ClosureCode.FINAL_REPLY,
    ClosureCode.UNREACHABLE,
)
"""Ends of matters that were worked on: their categories were looked at by several people."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed ticket as it teaches.

    Attributes:
        category: as it stood at the end.
        department: code of the unit that led at the end; None when it was answered on the call.
    """

    title: str
    content: str
    category: str
    area: str | None
    request_type: str
    department: str | None
    closed_at: datetime


_TEACHES = (
    col(Ticket.closed_at).is_not(None),
    col(Ticket.category_code).is_not(None),
    col(Ticket.closure_code).in_(TEACHING),
)


async def closed_tickets(
    session: AsyncSession, *, limit: int = MOST_EXAMPLES, since: datetime | None = None
) -> Sequence[Closed]:
    """Return the closed tickets that teach, the newest first."""
    columns: Sequence[Any] = (
        *(col(Ticket.title), col(Ticket.content), col(Ticket.category_code)),
        *(col(Ticket.area), col(Ticket.request_type)),
        *(col(Department.code), col(Ticket.closed_at)),
    )
    statement: sa.Select[Any] = (
        sa.select(*columns)
        .select_from(Ticket)
        .outerjoin(Department, col(Department.id) == col(Ticket.lead_department_id))
        .where(*_TEACHES)
        .order_by(col(Ticket.closed_at).desc(), col(Ticket.id).desc())
        .limit(limit)
    )
    if since is not None:
        statement = statement.where(col(Ticket.closed_at) > since)
    rows = await session.exec(statement)  # type: ignore[call-overload]
    return [
        Closed(title, content, category, area, kind.value, unit, closed_at)
        for title, content, category, area, kind, unit, closed_at in rows
    ]


async def count_closed(session: AsyncSession, since: datetime | None = None) -> int:
    """Return how many closed tickets teach, all of them or those closed since."""
    statement = select(sa.func.count()).select_from(Ticket).where(*_TEACHES)
    if since is not None:
        statement = statement.where(col(Ticket.closed_at) > since)
    return (await session.exec(statement)).one()


@dataclass(frozen=True, slots=True)
class Handled:
    """Who handled the tickets of a category that were closed of late.

    Attributes:
        everywhere: tickets by department.
        by_area: the same by area.
    """

    everywhere: Counter[str]
    by_area: Mapping[str, Counter[str]]


async def handled_lately(
    session: AsyncSession, categories: Collection[str], now: datetime
) -> Mapping[str, Handled]:
    """Return who handled the tickets of these categories, in one statement."""
    subject: Sequence[Any] = (col(Ticket.category_code), col(Ticket.area), col(Department.code))
    statement: sa.Select[Any] = (
        sa.select(*subject, sa.func.count())
        .select_from(Ticket)
        .join(Department, col(Department.id) == col(Ticket.lead_department_id))
        .where(
            col(Ticket.category_code).in_(sorted(categories)),
            col(Ticket.closed_at) > now - LOOKED_BACK,
            col(Ticket.lead_department_id).is_not(None),
        )
        .group_by(*subject)
    )
    rows = await session.exec(statement)  # type: ignore[call-overload]
    everywhere: dict[str, Counter[str]] = defaultdict(Counter)
    by_area: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for category, area, unit, count in rows:
        everywhere[category][unit] += count
        if area:
            by_area[category][area][unit] += count
    return {code: Handled(found, by_area[code]) for code, found in everywhere.items()}


async def decided_before(
    session: AsyncSession, categories: Collection[str]
) -> Mapping[str, Sequence[tuple[Decided, datetime]]]:
    """Return the precedents that hold for each category or one above it, the newest first."""
    above = {code: ancestry(code) for code in categories}
    asked = sorted({one for codes in above.values() for one in codes})
    rows = (
        await session.exec(
            select(Precedent, Department.code)
            .join(Department, col(Department.id) == col(Precedent.department_id))
            .where(col(Precedent.ended_at).is_(None), col(Precedent.category_code).in_(asked))
            .order_by(col(Precedent.decided_at).desc(), col(Precedent.id).desc())
        )
    ).all()
    return {
        code: [
            (Decided(unit, row.ticket_number, row.area), row.decided_at)
            for row, unit in rows
            if row.category_code in codes
        ]
        for code, codes in above.items()
    }


# -- models ----------------------------------------------------------------------------------------


async def list_models(session: AsyncSession, limit: int = 20) -> Sequence[SuggestionModel]:
    """Return the newest models."""
    return (
        await session.exec(
            select(SuggestionModel).order_by(col(SuggestionModel.version).desc()).limit(limit)
        )
    ).all()


async def active_model(session: AsyncSession) -> SuggestionModel | None:
    """Return the model in use."""
    return (
        await session.exec(select(SuggestionModel).where(col(SuggestionModel.is_active)))
    ).first()


async def find_model(session: AsyncSession, version: int) -> SuggestionModel:
    """Return a model.

    Raises:
        UnknownModel: there is none with this number.
    """
    row = await session.get(SuggestionModel, version)
    if row is None:
        raise UnknownModel(version=version)
    return row


# -- what became of suggestions --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LiveFigures:
    """What was chosen, seen from what was suggested, over some days.

    Attributes:
        since: the first day.
        counts: by outcome.
        sure: the same, of those that were suggested without a doubt.
    """

    subject: ChoiceSubject
    since: date
    counts: Mapping[ChoiceOutcome, int]
    sure: Mapping[ChoiceOutcome, int]

    @property
    def total(self) -> int:
        """How many choices there were with something suggested."""
        return sum(self.counts.values()) - self.counts.get(ChoiceOutcome.NONE_SUGGESTED, 0)


async def live_figures(
    session: AsyncSession, today: date, *, days: int = 30
) -> Sequence[LiveFigures]:
    """Return what became of suggestions in the last days, by subject, in one statement."""
    since = today - timedelta(days=days - 1)
    rows = (
        await session.exec(select(SuggestionCount).where(col(SuggestionCount.day) >= since))
    ).all()
    found = []
    for subject in ChoiceSubject:
        every: Counter[ChoiceOutcome] = Counter()
        sure: Counter[ChoiceOutcome] = Counter()
        for row in rows:
            if row.subject is subject:
                every[row.outcome] += row.count
                if row.is_sure:
                    sure[row.outcome] += row.count
        found.append(LiveFigures(subject, since, every, sure))
    return found
