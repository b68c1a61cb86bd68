"""Reading anomaly cards."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.anomalies.errors import CardNotFound
from hotline.anomalies.models import AnomalyCard, AnomalyScan, AnomalyTicket
from hotline.anomalies.rules import AnomalyKind, CardState
from hotline.kernel.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Page,
    decode_place,
    page_of,
)
from hotline.people.models import Department, User
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.people.queries import departments_by_id
from hotline.tickets.models import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFilter:
    """Which cards a list is to show; an empty part asks for nothing.

    Attributes:
        department: code of the unit that a card is about.
    """

    state: tuple[CardState, ...] = ()
    kind: tuple[AnomalyKind, ...] = ()
    department: str | None = None


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card with what belongs to it.

    Attributes:
        tickets: numbers of the tickets behind it.
        units: the units that its figures name.
    """

    card: AnomalyCard
    department: Department | None
    looker: User | None
    decider: User | None
    tickets: Sequence[str] = ()
    units: Mapping[int, Department] | None = None


def readable(principal: Principal) -> sa.ColumnElement[bool]:
    """Return the condition under which a card exists for this person.

    A suspicion is nobody's business but that of those who look into it; a department's leader sees
    what was found to be so of his own unit.
    """
    if Permission.READ_ANOMALIES not in principal.permissions:
        return sa.false()
    if principal.sees_every_ticket:
        return sa.true()
    return sa.and_(
        col(AnomalyCard.department_id) == principal.department_id,
        col(AnomalyCard.state) == CardState.FOUNDED,
    )


_LOOKER, _DECIDER = aliased(User, name="looker"), aliased(User, name="decider")


async def list_cards(
    session: AsyncSession,
    principal: Principal,
    wanted: CardFilter,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[CardRow]:
    """Return a page of the cards that this person may see, newest first, in three statements.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    conditions = [readable(principal), *_conditions(wanted)]
    if cursor:
        at, key = decode_place(cursor)
        conditions.append(
            sa.tuple_(col(AnomalyCard.found_at), col(AnomalyCard.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    rows = await _found(session, conditions, limit + 1)
    return page_of(rows, limit, lambda row: (row.card.found_at, row.card.id))


async def find_card(session: AsyncSession, principal: Principal, card_id: uuid.UUID) -> CardRow:
    """Return a card that this person may see.

    Raises:
        CardNotFound: there is none, or none for him.
    """
    rows = await _found(session, [readable(principal), col(AnomalyCard.id) == card_id], 1)
    if not rows:
        raise CardNotFound
    return rows[0]


async def lock_card(session: AsyncSession, principal: Principal, card_id: uuid.UUID) -> AnomalyCard:
    """Return a card that this person may see, locked until the transaction ends.

    Raises:
        CardNotFound: there is none, or none for him.
    """
    card = (
        await session.exec(
            select(AnomalyCard)
            .where(AnomalyCard.id == card_id, readable(principal))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).first()
    if card is None:
        raise CardNotFound
    return card


async def last_scan(session: AsyncSession) -> AnomalyScan | None:
    """Return the latest day that was looked through."""
    return (
        await session.exec(select(AnomalyScan).order_by(col(AnomalyScan.day).desc()).limit(1))
    ).first()


async def _found(
    session: AsyncSession, conditions: Sequence[sa.ColumnElement[bool]], limit: int
) -> list[CardRow]:
    found = (
        await session.exec(
            select(AnomalyCard, Department, _LOOKER, _DECIDER)
            .outerjoin(Department, col(Department.id) == col(AnomalyCard.department_id))
            .outerjoin(_LOOKER, col(_LOOKER.id) == col(AnomalyCard.looked_by))
            .outerjoin(_DECIDER, col(_DECIDER.id) == col(AnomalyCard.decided_by))
            .where(*conditions)
            .order_by(col(AnomalyCard.found_at).desc(), col(AnomalyCard.id).desc())
            .limit(limit)
        )
    ).all()
    tickets = await _tickets(session, [card.id for card, *_ in found])
    named = {unit for card, *_ in found for unit in card.figures.get("units", ())}
    units = await departments_by_id(session, named)
    return [
        CardRow(card, department, looker, decider, tickets.get(card.id, ()), units)
        for card, department, looker, decider in found
    ]


async def _tickets(
    session: AsyncSession, card_ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[str]]:
    rows = await session.exec(
        select(AnomalyTicket.card_id, Ticket.number)
        .join(Ticket, col(Ticket.id) == col(AnomalyTicket.ticket_id))
        .where(col(AnomalyTicket.card_id).in_(card_ids))
        .order_by(col(Ticket.number))
    )
    numbers: dict[uuid.UUID, list[str]] = {}
    for card_id, number in rows:
        numbers.setdefault(card_id, []).append(number)
    return numbers


def _conditions(wanted: CardFilter) -> list[sa.ColumnElement[bool]]:
    asked: list[sa.ColumnElement[bool]] = []
    if wanted.state:
        asked.append(col(AnomalyCard.state).in_(wanted.state))
    if wanted.kind:
        asked.append(col(AnomalyCard.kind).in_(wanted.kind))
    if wanted.department:
        asked.append(col(Department.code) == wanted.department)
    return asked
