"""Messages to requesters: whoever left a number or an address is told how his matter goes.

What the matter is stands in none of them.
"""

import enum
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from hotline.kernel.ids import uuid7
from hotline.kernel.tx import Transaction
from hotline.notices.models import Delivery, DeliveryChannel, DeliveryState
from hotline.notices.timing import DEFAULT_PREFERENCES, out_of_quiet
from hotline.tickets.models import Ticket, TicketRequester
from hotline.tickets.queries import behind


class RequesterNews(enum.StrEnum):
    """What requesters are told of. Each has a text in `texts/`."""

    ACCEPTED = "accepted"
    DELAYED = "delayed"
    CLOSED = "closed"
    MERGED = "merged"
    SPLIT = "split"
    SUPPLEMENT_ASKED = "supplement_asked"
    SUPPLEMENT_REMINDER = "supplement_reminder"
    EXTENDED = "extended"
    SUSPENDED = "suspended"
    SUSPENSION_CONTINUED = "suspension_continued"
    SUSPENSION_ENDED = "suspension_ended"
    PLAN_APPROVED = "plan_approved"
    MILESTONE_DONE = "milestone_done"
    PLAN_COMPLETED = "plan_completed"
    PLAN_FAILED = "plan_failed"
    FINAL_REPLIED = "final_replied"
    VISIT_LINK = "visit_link"


_AT_ANY_HOUR = frozenset({RequesterNews.ACCEPTED})
"""Answers to what the requester has just done himself; the rest waits for the morning."""


async def tell_requester(
    tx: Transaction,
    ticket_id: uuid.UUID,
    news: RequesterNews,
    params: Mapping[str, Any] | None = None,
    *,
    fact_id: uuid.UUID | None = None,
    requester_id: uuid.UUID | None = None,
) -> int:
    """Write a message to everybody behind a ticket who can be reached; return how many.

    A text message goes to whoever left a number, an e-mail to whoever left but an address.

    Whoever's ticket follows this one is told under his own number, which is the one he knows. Nobody
    is written to when the matter is secret. Leaving a number or an address is the consent.

    Args:
        tx: the transaction of what is told.
        ticket_id: whose requesters.
        news: which text.
        params: what the text needs beside number, query code and link, as JSON values: `expected_at`,
            an instant in ISO 8601; `link_id`, the link to rate. Never the matter itself.
        fact_id: what is told; a requester is told of a fact once.
        requester_id: only he is told, when given.
    """
    rows = await tx.session.exec(
        select(TicketRequester.id, Ticket.number, col(TicketRequester.phone).is_not(None))
        .join(Ticket, col(Ticket.id) == col(TicketRequester.ticket_id))
        .where(
            behind(ticket_id),
            col(Ticket.is_secret).is_(False),
            sa.or_(
                col(TicketRequester.phone).is_not(None), col(TicketRequester.email).is_not(None)
            ),
            *([col(TicketRequester.id) == requester_id] if requester_id else []),
        )
    )
    due = tx.now if news in _AT_ANY_HOUR else out_of_quiet(tx.now, DEFAULT_PREFERENCES)
    values: list[dict[str, Any]] = [
        {
            "id": uuid7(tx.now),
            "requester_id": requester_id,
            "channel": DeliveryChannel.SMS if has_phone else DeliveryChannel.EMAIL,
            "kind": news.value,
            "ticket_number": number,
            "fact_id": fact_id,
            "notice_ids": [],
            "params": dict(params or {}),
            "is_urgent": False,
            "state": DeliveryState.WAITING,
            "attempts": 0,
            "next_try_at": due,
            "created_at": tx.now,
        }
        for requester_id, number, has_phone in rows
    ]
    if values:
        await tx.session.exec(insert(Delivery).on_conflict_do_nothing(), params=values)
    return len(values)
