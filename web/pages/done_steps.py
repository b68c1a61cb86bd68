"""What was just done to a ticket, and how it is taken back where the rules allow it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_
from hotline.people.principal import Principal
from hotline.tickets.access import find_readable
from hotline.tickets.errors import TicketNotFound
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import EVENT_KINDS
from hotline.tickets.queries import list_timeline, ticket_detail
from hotline.tickets.undo import REVERSALS, DoneStep, WayBack, way_back
from web.affairs import read_affairs
from web.labels import label
from web.pages.action_forms import FORMS
from web.pages.frame import PageRequest, shell_of, speaker

TAKEN_BACK = N_("Taken back at once: done by mistake.")


@dataclass(frozen=True, slots=True)
class UndoView:
    """The form that takes a step back.

    Attributes:
        action: the action that does it.
        version: of the ticket, so that nothing in between is overrun.
        values: its fields.
        until: when it is no longer offered.
        question: what is asked before, where it has consequences of its own.
    """

    action: Action
    version: int
    values: Mapping[str, str]
    until: datetime
    question: str | None


@dataclass(frozen=True, slots=True)
class DoneView:
    """What was done.

    Attributes:
        text: in words.
        number: to which ticket.
        is_other: that is not the one on the page: the list has gone on to the next.
        undo: the way back, where there is one.
    """

    text: str
    number: str
    is_other: bool
    undo: UndoView | None = None


async def read_done(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    number: str,
    done: Action,
    within: str | None,
) -> DoneView:
    """Return what the address says was done, with the way back while there is one.

    Only what can be taken back at all costs a look at the ticket.
    """
    t = speaker(request)
    subject = (request.query_params.get("of") if within else None) or number
    text = t.text(N_("{action}: done"), action=t.text(label(done)))
    undo = await _undo(request, principal, reader, subject) if done in REVERSALS else None
    return DoneView(text, subject, subject != number, undo)


async def _undo(
    request: PageRequest, principal: Principal, reader: AsyncSession, number: str
) -> UndoView | None:
    now, t = shell_of(request).now, speaker(request)
    try:
        ticket = await find_readable(reader, principal, number)
    except TicketNotFound:
        return None
    timeline = await list_timeline(reader, principal, ticket.id)
    event = next(
        (row.event for row in reversed(timeline) if row.event.action not in EVENT_KINDS), None
    )
    if event is None:
        return None
    detail = await ticket_detail(reader, ticket)
    tasks = [row.assignment for row in detail.assignments if row.assignment.ended_at is None]
    affairs = await read_affairs(reader, principal, ticket, tasks)
    way: WayBack | None = way_back(
        DoneStep(event.action, event.at, event.actor_id, event.details),
        now,
        actor_id=principal.user_id,
        offered=affairs.offered(now),
    )
    if way is None:
        return None
    form = FORMS[way.action]
    reason = {"reason": t.text(TAKEN_BACK)} if _asks_why(way.action) else {}
    return UndoView(way.action, ticket.version, {**way.values, **reason}, way.until, form.question)


def _asks_why(action: Action) -> bool:
    return any(field.name == "reason" for field in FORMS[action].fields)
