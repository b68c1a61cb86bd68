"""What actions on visits read: who is still to be asked, who may not ask, what a link opens."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.followup.models import RatingLink, Visit
from hotline.followup.rules import Asked, VisitAnswer
from hotline.people.permissions import Role
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.models import (
    PERSONAL_DATA_REVEALED,
    Ticket,
    TicketEvent,
    TicketRequester,
)

_WORDS_ONLY = (
    Action.NOTE.value,
    Action.URGE.value,
    Action.RECORD_VISIT.value,
    Action.CLOSE_UNREACHED.value,
    PERSONAL_DATA_REVEALED,
)
"""What nobody is partial for."""


async def workers_of(
    session: AsyncSession, ticket_id: uuid.UUID
) -> tuple[tuple[Action, uuid.UUID | None], ...]:
    """Return who worked on a ticket in another role, and so may not ask how it was handled."""
    rows = await session.exec(
        select(TicketEvent.actor_id)
        .distinct()
        .where(
            TicketEvent.ticket_id == ticket_id,
            col(TicketEvent.actor_id).is_not(None),
            col(TicketEvent.role) != Role.VISITOR.value,
            col(TicketEvent.action).not_in(_WORDS_ONLY),
        )
    )
    return tuple((Action.RECORD_VISIT, worker) for worker in rows)


async def group_of(session: AsyncSession, ticket_id: uuid.UUID) -> Sequence[TicketRequester]:
    """Return every requester behind a ticket: its own, then those of the tickets that follow it."""
    rows = await session.exec(
        select(TicketRequester)
        .join(Ticket, col(Ticket.id) == col(TicketRequester.ticket_id))
        .where(
            sa.or_(
                col(Ticket.id) == ticket_id,
                sa.and_(col(Ticket.parent_id) == ticket_id, col(Ticket.status) == Status.MERGED),
            )
        )
        .order_by(col(Ticket.id) != ticket_id, col(Ticket.number), col(TicketRequester.id))
    )
    return rows.all()


async def visits_of(session: AsyncSession, ticket_id: uuid.UUID, round_: int) -> Sequence[Visit]:
    """Return the visits of one round, oldest first."""
    rows = await session.exec(
        select(Visit)
        .where(Visit.ticket_id == ticket_id, Visit.round == round_)
        .order_by(col(Visit.attempt))
    )
    return rows.all()


def asked_so_far(requesters: Sequence[TicketRequester], visits: Sequence[Visit]) -> Sequence[Asked]:
    """Return how far the asking of each requester is; a ticket without one stands for one."""
    asked = [Asked(one.id, has_phone=one.phone is not None) for one in requesters] or [
        Asked(None, has_phone=False)
    ]
    return [_with_visits(one, visits, is_only=len(asked) == 1) for one in asked]


def _with_visits(asked: Asked, visits: Sequence[Visit], *, is_only: bool) -> Asked:
    own = [
        visit
        for visit in visits
        if visit.requester_id == asked.requester_id or (is_only and visit.requester_id is None)
    ]
    answer = next((visit for visit in own if visit.is_reached), None)
    return replace(
        asked,
        tried=frozenset(visit.part for visit in own if not visit.is_reached),
        answer=_counted(answer) if answer else None,
    )


def _counted(visit: Visit) -> VisitAnswer:
    """Return what was said, without a rating that was set aside."""
    answer = answer_of(visit)
    return answer if visit.excluded_at is None else replace(answer, rating=None)


def answer_of(visit: Visit) -> VisitAnswer:
    """Return what was said on a visit."""
    return VisitAnswer(visit.is_reached, visit.is_solved, visit.rating, visit.was_contacted)


@dataclass(frozen=True, slots=True)
class LinkFound:
    """A link with what it opens.

    Attributes:
        link: the link.
        is_answered: its requester has answered in its round, by whatever road.
        number: of the ticket that is answered about.
        round: the ticket's present round.
    """

    link: RatingLink
    is_answered: bool
    number: str
    round: int


async def find_link(session: AsyncSession, digest: bytes) -> LinkFound | None:
    """Return what a word opens or opened; it is known by its digest only."""
    answered = (
        sa.exists()
        .where(
            col(Visit.ticket_id) == col(RatingLink.ticket_id),
            col(Visit.round) == col(RatingLink.round),
            col(Visit.requester_id) == col(RatingLink.requester_id),
            col(Visit.is_reached),
        )
        .correlate(RatingLink)
    )
    row = (
        await session.exec(
            select(RatingLink, answered, Ticket.number, Ticket.round)
            .join(Ticket, col(Ticket.id) == col(RatingLink.ticket_id))
            .where(RatingLink.token_digest == digest)
            .execution_options(populate_existing=True)
        )
    ).first()
    return LinkFound(*row) if row else None
