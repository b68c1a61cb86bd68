"""What a file says of its tickets, read in a fixed number of statements."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.exchange.handover.packing import HandedTicket
from hotline.exchange.revealing import TicketMatter
from hotline.kernel.masking import mask_text
from hotline.people.models import Department
from hotline.tickets.access import OUT_OF_SIGHT
from hotline.tickets.assignments import AssignmentRole
from hotline.tickets.catalogue import list_categories
from hotline.tickets.lifecycle import Action, Outcome
from hotline.tickets.models import Assignment, Category, Feedback, Ticket, TicketEvent


@dataclass(frozen=True, slots=True)
class SentAway:
    """Whom a ticket was transferred to or where its requester was told to go, and why."""

    where_to: str
    why: str


async def sent_away(
    session: AsyncSession, ticket_ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, SentAway]:
    """Return where tickets went that were not kept, by their timelines; the last time counts."""
    rows = await session.exec(
        select(TicketEvent.ticket_id, TicketEvent.action, TicketEvent.text, TicketEvent.details)
        .where(
            col(TicketEvent.ticket_id).in_(ticket_ids),
            sa.or_(
                col(TicketEvent.action) == Action.TRANSFER_OUT.value,
                sa.and_(
                    col(TicketEvent.action) == Action.DECIDE_REFUSAL.value,
                    col(TicketEvent.outcome) == Outcome.APPROVED,
                ),
            ),
        )
        .order_by(col(TicketEvent.seq))
    )
    found = {}
    for ticket_id, action, text, details in rows:
        if action == Action.TRANSFER_OUT.value:
            found[ticket_id] = SentAway(str(details.get("target", "")), text or "")
        else:
            # The last line of what the requester was told says where to go.
            why, _, where_to = (text or "").rpartition("\n")
            found[ticket_id] = SentAway(where_to, why)
    return found


async def handed_tickets(
    session: AsyncSession,
    tickets: Sequence[Ticket],
    matters: Mapping[uuid.UUID, TicketMatter],
    *,
    is_full: bool,
) -> Sequence[HandedTicket]:
    """Return tickets as they leave the house; what was not revealed has every number masked."""
    ids = [one.id for one in tickets]
    categories = {one.code: one for one in await list_categories(session)}
    away = await sent_away(session, ids)
    results = {
        row.ticket_id: row
        for row in await session.exec(
            select(Feedback)
            .where(col(Feedback.ticket_id).in_(ids), col(Feedback.is_passed).is_not(False))
            .order_by(col(Feedback.submitted_at))
        )
    }
    leads = await _leads(session, tickets)
    co = await _co_departments(session, ids)
    said = _unchanged if is_full else _masked
    return [
        _handed(
            one,
            matters[one.id],
            _Known(
                _path(categories, one.category_code),
                away.get(one.id),
                results.get(one.id),
                leads.get(one.lead_department_id or 0),
                co.get(one.id, ()),
            ),
            said,
            is_full=is_full,
        )
        for one in tickets
    ]


@dataclass(frozen=True, slots=True)
class _Known:
    """What stands in other tables about a ticket."""

    category_names: tuple[str, ...]
    away: SentAway | None
    result: Feedback | None
    lead: str | None
    co: tuple[str, ...]


def _handed(
    one: Ticket,
    matter: TicketMatter,
    known: _Known,
    said: Callable[[str | None], str | None],
    *,
    is_full: bool,
) -> HandedTicket:
    away, result = known.away, known.result
    return HandedTicket(
        number=one.number,
        request_type=one.request_type,
        category=one.category_code,
        category_names=known.category_names,
        title=said(one.title) or "",
        content=matter.content,
        status=one.status,
        closure_code=one.closure_code,
        where_to=said(away.where_to) if away else None,
        why=said(away.why) if away else None,
        channel=one.channel,
        urgency=one.urgency,
        programme=one.programme,
        area=one.area,
        address=matter.address,
        requester=matter.name,
        phone=matter.phone,
        on_behalf_of=matter.on_behalf_of,
        is_full=is_full,
        is_secret=one.is_secret,
        submitted_at=one.submitted_at,
        accepted_at=one.accepted_at,
        dispatched_at=one.dispatched_at,
        completed_at=one.completed_at,
        closed_at=one.closed_at,
        lead_department=known.lead,
        co_departments=known.co,
        round=one.round,
        handling=said(result.result) if result else None,
        reply=said(result.reply) if result else None,
        is_resolved=result.is_resolved if result else None,
    )


def _unchanged(text: str | None) -> str | None:
    return text


def _masked(text: str | None) -> str | None:
    return mask_text(text) if text else text


def _path(categories: Mapping[str, Category], code: str | None) -> tuple[str, ...]:
    """Return the names of a category and of those above it, the widest first."""
    names: list[str] = []
    while code is not None and (one := categories.get(code)) is not None:
        names.insert(0, one.name)
        code = one.parent
    return tuple(names)


async def _leads(session: AsyncSession, tickets: Sequence[Ticket]) -> Mapping[int, str]:
    ids = {one.lead_department_id for one in tickets}
    rows = await session.exec(
        select(Department.id, Department.name).where(col(Department.id).in_(ids - {None}))
    )
    return dict(rows.all())


async def _co_departments(
    session: AsyncSession, ticket_ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, tuple[str, ...]]:
    rows = await session.exec(
        select(Assignment.ticket_id, Department.name)
        .join(Department, col(Department.id) == col(Assignment.department_id))
        .where(
            col(Assignment.ticket_id).in_(ticket_ids),
            Assignment.role == AssignmentRole.CO,
            col(Assignment.state).not_in(OUT_OF_SIGHT),
        )
        .order_by(col(Department.code))
    )
    found: dict[uuid.UUID, tuple[str, ...]] = {}
    for ticket_id, name in rows:
        found[ticket_id] = (*found.get(ticket_id, ()), name)
    return found
