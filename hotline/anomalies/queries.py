"""Reading what the detectors look at: a fixed number of statements for a day, however much there is."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.anomalies.likeness import alike, essence, overlap, says_something
from hotline.anomalies.rules import (
    BACK_WITHIN,
    COPIED_WITHIN,
    LAST_MINUTE_DAYS,
    PING_PONG_WITHIN,
    Finish,
    Handover,
    Likeness,
    Rating,
    Reclassified,
    Result,
    Return,
    Withdrawal,
)
from hotline.followup.models import Visit
from hotline.kernel.clock import SHANGHAI
from hotline.sla.clocks import MICROSECONDS, ClockState
from hotline.sla.models import Clock
from hotline.tickets.assignments import AssignmentRole, AssignmentState
from hotline.tickets.lifecycle import HANDLING, Action, ClosureCode, Outcome, Status
from hotline.tickets.models import (
    Assignment,
    Feedback,
    RequestType,
    Ticket,
    TicketEvent,
    TicketRequester,
)

_GRIEVANCES = (RequestType.COMPLAINT, RequestType.REPORT)


@dataclass(frozen=True, slots=True)
class Span:
    """A day of Shanghai as instants; the end does not belong to it."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, day: date) -> "Span":
        """Return a day's instants."""
        start = datetime.combine(day, datetime.min.time(), SHANGHAI)
        return cls(start, start + timedelta(days=1))

    def holds(self, instant: datetime) -> bool:
        """Tell whether an instant lies in it."""
        return self.start <= instant < self.end


async def _rows(session: AsyncSession, statement: sa.Select[*tuple[Any, ...]]) -> Sequence[Any]:
    found = await session.exec(statement)  # type: ignore[call-overload]
    return list(found)


# -- results ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of a unit, as it was written."""

    ticket_id: uuid.UUID
    department_id: int
    submitted_at: datetime
    text: str


class _Told(NamedTuple):
    ticket_id: uuid.UUID
    number: str
    round: int
    department_id: int
    submitted_at: datetime
    signed_at: datetime | None
    contacted_at: datetime | None
    excuse: str | None
    was_contacted: bool | None
    request_type: RequestType
    reply: str
    title: str
    content: str
    address: str | None
    area: str | None

    def as_result(self) -> Result:
        matter = f"{self.title}{self.content}{self.address or ''}{self.area or ''}"
        return Result(
            ticket=self.ticket_id,
            number=self.number,
            round=self.round,
            department_id=self.department_id,
            submitted_at=self.submitted_at,
            signed_at=self.signed_at,
            has_contact=self.contacted_at is not None and self.contacted_at <= self.submitted_at,
            excuse=self.excuse,
            said_nobody=None if self.was_contacted is None else not self.was_contacted,
            is_complaint=self.request_type in _GRIEVANCES,
            overlap=overlap(essence(self.reply), essence(matter)),
        )


def _task(column: Any) -> sa.ScalarSelect[Any]:  # noqa: ANN401  # a column
    """Return something of the task on which a result was handed in."""
    return (
        sa.select(column)
        .where(
            col(Assignment.ticket_id) == col(Feedback.ticket_id),
            col(Assignment.department_id) == col(Feedback.department_id),
            col(Assignment.role) == AssignmentRole.LEAD,
            col(Assignment.assigned_at) <= col(Feedback.submitted_at),
        )
        .order_by(col(Assignment.assigned_at).desc())
        .limit(1)
        .correlate(Feedback)
        .scalar_subquery()
    )


_EXCUSE = (
    sa.select(col(TicketEvent.reason))
    .where(
        col(TicketEvent.ticket_id) == col(Feedback.ticket_id),
        col(TicketEvent.action) == Action.SUBMIT_FEEDBACK.value,
        col(TicketEvent.at) == col(Feedback.submitted_at),
    )
    .limit(1)
    .correlate(Feedback)
    .scalar_subquery()
)
_SAID = (
    sa.select(col(Visit.was_contacted))
    .where(
        col(Visit.ticket_id) == col(Feedback.ticket_id),
        col(Visit.round) == col(Feedback.round),
        col(Visit.was_contacted).is_not(None),
    )
    .order_by(col(Visit.at).desc())
    .limit(1)
    .correlate(Feedback)
    .scalar_subquery()
)


async def read_results(session: AsyncSession, span: Span) -> tuple[list[Result], list[Reply]]:
    """Return the results handed in on a day, and those that a requester spoke of on it.

    Returns:
        The results; and the replies of those that were handed in on the day itself.
    """
    told = sa.exists().where(
        col(Visit.ticket_id) == col(Feedback.ticket_id),
        col(Visit.round) == col(Feedback.round),
        col(Visit.was_contacted).is_(False),
        col(Visit.at) >= span.start,
        col(Visit.at) < span.end,
    )
    since = span.start - BACK_WITHIN
    statement = (
        sa.select(
            col(Ticket.id),
            col(Ticket.number),
            col(Feedback.round),
            col(Feedback.department_id),
            col(Feedback.submitted_at),
            _task(col(Assignment.signed_at)),
            _task(col(Assignment.contacted_at)),
            _EXCUSE,
            _SAID,
            col(Ticket.request_type),
            col(Feedback.reply),
            col(Ticket.title),
            col(Ticket.content),
            col(Ticket.address),
            col(Ticket.area),
        )
        .select_from(Feedback)
        .join(Ticket, col(Ticket.id) == col(Feedback.ticket_id))
        .where(
            col(Feedback.submitted_at) >= since,
            col(Feedback.submitted_at) < span.end,
            sa.or_(col(Feedback.submitted_at) >= span.start, told),
        )
        .order_by(col(Feedback.submitted_at), col(Feedback.id))
    )
    results: list[Result] = []
    replies: list[Reply] = []
    for one in [_Told(*row) for row in await _rows(session, statement)]:
        results.append(one.as_result())
        if span.holds(one.submitted_at):
            replies.append(Reply(one.ticket_id, one.department_id, one.submitted_at, one.reply))
    return results, replies


async def read_other_replies(
    session: AsyncSession, span: Span, departments: Iterable[int]
) -> list[Reply]:
    """Return every reply of some units within the time that is looked back, the day included."""
    statement = sa.select(
        col(Feedback.ticket_id),
        col(Feedback.department_id),
        col(Feedback.submitted_at),
        col(Feedback.reply),
    ).where(
        col(Feedback.department_id).in_(list(departments)),
        col(Feedback.submitted_at) >= span.end - COPIED_WITHIN,
        col(Feedback.submitted_at) < span.end,
    )
    return [Reply(*row) for row in await _rows(session, statement)]


def likenesses(replies: Sequence[Reply], others: Sequence[Reply]) -> list[Likeness]:
    """Return which replies of a day are as good as the same as others of the same unit.

    It takes its time: not for an event loop.
    """
    by_unit: dict[int, list[tuple[uuid.UUID, str]]] = {}
    for reply in others:
        text = essence(reply.text)
        if says_something(text):
            by_unit.setdefault(reply.department_id, []).append((reply.ticket_id, text))
    found = []
    for reply in replies:
        text = essence(reply.text)
        theirs = by_unit.get(reply.department_id, [])
        if not says_something(text):
            continue
        (places,) = alike([text], [other for _, other in theirs])
        found += [
            Likeness(reply.department_id, reply.ticket_id, theirs[place][0], share)
            for place, share in places
            if theirs[place][0] != reply.ticket_id
        ]
    return found


# -- limits ----------------------------------------------------------------------------------------


async def read_finishes(session: AsyncSession, span: Span) -> list[Finish]:
    """Return the works finished in time within a month, with the share of the limit they took."""
    statement = (
        sa.select(
            col(Feedback.department_id),
            col(Feedback.ticket_id),
            col(Clock.used_microseconds),
            col(Clock.limit_seconds),
        )
        .select_from(Feedback)
        .join(
            Clock,
            sa.and_(
                col(Clock.ticket_id) == col(Feedback.ticket_id),
                col(Clock.ended_at) == col(Feedback.submitted_at),
                col(Clock.kind).in_(HANDLING),
                col(Clock.state) == ClockState.MET,
            ),
        )
        .where(
            col(Feedback.submitted_at) >= span.end - timedelta(days=LAST_MINUTE_DAYS),
            col(Feedback.submitted_at) < span.end,
        )
    )
    return [
        Finish(department_id, ticket_id, used / (limit * MICROSECONDS))
        for department_id, ticket_id, used, limit in await _rows(session, statement)
    ]


# -- what comes back -------------------------------------------------------------------------------


async def read_returns(session: AsyncSession, span: Span) -> list[Return]:
    """Return the new tickets of a day that are like ones lately closed as solved."""
    earlier = aliased(Ticket, name="earlier")
    theirs, his = aliased(TicketRequester, name="theirs"), aliased(TicketRequester, name="his")
    same_requester = sa.exists().where(
        col(his.ticket_id) == col(Ticket.id),
        col(theirs.ticket_id) == col(earlier.id),
        col(his.phone_index) == col(theirs.phone_index),
    )
    same_place = sa.func.coalesce(
        sa.and_(
            col(Ticket.address) == col(earlier.address),
            sa.func.coalesce(col(Ticket.area), "") == sa.func.coalesce(col(earlier.area), ""),
        ),
        sa.false(),
    )
    statement = (
        sa.select(
            col(Ticket.id),
            col(Ticket.number),
            col(earlier.id),
            col(earlier.lead_department_id),
            col(Ticket.submitted_at),
            col(earlier.closed_at),
            same_place,
            same_requester,
        )
        .select_from(Ticket)
        .join(
            earlier,
            sa.and_(
                col(earlier.category_code) == col(Ticket.category_code),
                col(earlier.status).in_((Status.CLOSED, Status.ARCHIVED)),
                col(earlier.closure_code) == ClosureCode.SOLVED,
                col(earlier.lead_department_id).is_not(None),
                col(earlier.closed_at) >= span.start - BACK_WITHIN,
                col(earlier.closed_at) <= col(Ticket.submitted_at),
            ),
        )
        .where(
            col(Ticket.submitted_at) >= span.start,
            col(Ticket.submitted_at) < span.end,
            col(Ticket.repeat_of_id).is_(None),
            col(Ticket.status) != Status.CANCELLED,
            sa.or_(same_place, same_requester),
        )
    )
    return [Return(*row) for row in await _rows(session, statement)]


# -- ratings ---------------------------------------------------------------------------------------


def _source() -> sa.ColumnElement[str | None]:
    """Return what tells ratings of one hand: where they came from, or the number that was left."""
    number = (
        sa.select(sa.func.encode(col(TicketRequester.phone_index), "hex"))
        .where(
            col(TicketRequester.ticket_id) == col(Visit.ticket_id),
            col(TicketRequester.phone_index).is_not(None),
        )
        .limit(1)
        .correlate(Visit)
        .scalar_subquery()
    )
    return sa.func.coalesce(sa.func.encode(col(Visit.source_digest), "hex"), number)


async def read_ratings(session: AsyncSession, span: Span) -> list[Rating]:
    """Return the ratings that requesters gave by their links on a day."""
    statement = (
        sa.select(col(Visit.ticket_id), col(Ticket.lead_department_id), col(Visit.at), _source())
        .select_from(Visit)
        .join(Ticket, col(Ticket.id) == col(Visit.ticket_id))
        .where(
            col(Visit.at) >= span.start,
            col(Visit.at) < span.end,
            col(Visit.visitor_id).is_(None),
            col(Visit.rating).is_not(None),
        )
    )
    return [Rating(*row) for row in await _rows(session, statement)]


# -- units between themselves, and the desk --------------------------------------------------------


async def read_handovers(session: AsyncSession, span: Span) -> list[Handover]:
    """Return which unit's tickets went to which other one within a month, after a return."""
    following = aliased(Assignment, name="following")
    taker = (
        sa.select(col(following.department_id))
        .where(
            col(following.ticket_id) == col(Assignment.ticket_id),
            col(following.role) == AssignmentRole.LEAD,
            col(following.hop) > col(Assignment.hop),
        )
        .order_by(col(following.hop))
        .limit(1)
        .correlate(Assignment)
        .scalar_subquery()
    )
    statement = sa.select(
        col(Assignment.ticket_id), col(Assignment.department_id), taker, col(Assignment.ended_at)
    ).where(
        col(Assignment.state) == AssignmentState.RETURNED,
        col(Assignment.role) == AssignmentRole.LEAD,
        col(Assignment.ended_at) >= span.end - PING_PONG_WITHIN,
        col(Assignment.ended_at) < span.end,
    )
    return [
        Handover(ticket_id, giver, takes, at)
        for ticket_id, giver, takes, at in await _rows(session, statement)
        if takes is not None
    ]


async def read_withdrawals(session: AsyncSession, span: Span) -> list[Withdrawal]:
    """Return what was taken back on a day after a unit had spoken with the requester."""
    contact = aliased(TicketEvent, name="contact")
    statement = (
        sa.select(
            col(Ticket.id),
            col(Ticket.number),
            col(contact.department_id),
            sa.func.max(col(contact.at)),
            col(TicketEvent.at),
        )
        .select_from(TicketEvent)
        .join(Ticket, col(Ticket.id) == col(TicketEvent.ticket_id))
        .join(
            contact,
            sa.and_(
                col(contact.ticket_id) == col(TicketEvent.ticket_id),
                col(contact.action) == Action.CONTACT.value,
                col(contact.outcome) == Outcome.DONE,
                col(contact.at) <= col(TicketEvent.at),
                col(contact.department_id).is_not(None),
            ),
        )
        .where(
            col(TicketEvent.action) == Action.WITHDRAW.value,
            col(TicketEvent.at) >= span.start,
            col(TicketEvent.at) < span.end,
        )
        .group_by(
            col(Ticket.id), col(Ticket.number), col(contact.department_id), col(TicketEvent.at)
        )
    )
    return [Withdrawal(*row) for row in await _rows(session, statement)]


async def read_reclassified(session: AsyncSession, span: Span) -> list[Reclassified]:
    """Return the tickets whose type was changed on a day."""
    change = col(TicketEvent.details)["reclassified"]["request_type"]
    statement = (
        sa.select(
            col(Ticket.id),
            col(Ticket.number),
            col(Ticket.lead_department_id),
            change["from"].astext,
            change["to"].astext,
        )
        .select_from(TicketEvent)
        .join(Ticket, col(Ticket.id) == col(TicketEvent.ticket_id))
        .where(
            col(TicketEvent.action) == Action.RECLASSIFY.value,
            col(TicketEvent.at) >= span.start,
            col(TicketEvent.at) < span.end,
            change["to"].astext.is_not(None),
        )
    )
    return [Reclassified(*row) for row in await _rows(session, statement)]
