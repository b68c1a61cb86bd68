"""A ticket as the interface shows it: personal data masked."""

from datetime import timedelta

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.masking import mask_address, mask_name, mask_phone, mask_text
from hotline.people.principal import Principal
from hotline.sla.clocks import ClockState
from hotline.sla.models import Clock, Threshold
from hotline.sla.timers import calendar_of
from hotline.tickets.models import Commitment, TicketRequester
from hotline.tickets.queries import TicketDetail, TicketRow, TimelineRow
from web.api.schemas import Answer, Instant, Unit


class CategoryOut(Answer):
    """A category."""

    code: str
    name: str
    name_en: str


class LocationOut(Answer):
    """Where it is, down to the community."""

    address: str | None
    area: str | None
    lat: float | None
    long: float | None


class RequesterOut(Answer):
    """Who asks, masked."""

    name: str | None
    phone: str | None
    secret: bool


class HolderOut(Answer):
    """Who holds the ticket: a named person, or a duty post."""

    user: str | None
    name: str | None
    post: str | None


class PromiseOut(Answer):
    """A promise in writing."""

    number: str
    content: str
    state: str
    due_at: Instant
    promised_at: Instant
    outcome_at: Instant | None
    department: str | None


class ServiceItemOut(Answer):
    """One step of the service list."""

    position: int
    step: str
    done_at: Instant | None


class AssignmentOut(Answer):
    """One department's task."""

    department: Unit
    role: str
    state: str
    hop: int
    handler: str | None
    assigned_at: Instant
    signed_at: Instant | None
    contacted_at: Instant | None
    submitted_at: Instant | None
    ended_at: Instant | None


class FeedbackOut(Answer):
    """A result handed in."""

    round: int
    department: str | None
    result: str
    reply: str
    resolved: bool
    evidence: list[str]
    submitted_at: Instant
    passed: bool | None
    audit_reason: str | None


class CreatedOut(Answer):
    """A new ticket: its number and the code to track it with."""

    number: str
    query_code: str
    status: str
    version: int
    due_at: Instant
    submitted_at: Instant


class TicketOut(Answer):
    """Everything about a ticket but its timeline and clocks."""

    number: str
    status: str
    hold: str | None
    round: int
    version: int
    urgency: str
    channel: str
    programme: str
    request_type: str
    title: str
    content: str
    category: CategoryOut | None
    location: LocationOut
    requester: RequesterOut | None
    department: str | None
    lead_department: Unit | None
    owner: Unit | None
    holder: HolderOut | None
    promise: PromiseOut | None
    promises: list[PromiseOut]
    service_list: list[ServiceItemOut]
    assignments: list[AssignmentOut]
    feedbacks: list[FeedbackOut]
    due_at: Instant | None
    level: str
    bounce_count: int
    designated: bool
    closure_code: str | None
    parent: str | None
    children: list[str]
    submitted_at: Instant
    accepted_at: Instant | None
    dispatched_at: Instant | None
    completed_at: Instant | None
    closed_at: Instant | None
    archived_at: Instant | None


class TicketLine(Answer):
    """One line of a list."""

    number: str
    status: str
    hold: str | None
    round: int
    version: int
    urgency: str
    channel: str
    request_type: str
    title: str
    category: str | None
    category_name: str | None
    area: str | None
    department: str | None
    department_name: str | None
    owner: str | None
    owner_name: str | None
    holder: HolderOut
    due_at: Instant | None
    level: str
    submitted_at: Instant
    closed_at: Instant | None


class TicketList(Answer):
    """A page of a list."""

    items: list[TicketLine]
    next_cursor: str | None


class EventOut(Answer):
    """One row of the timeline."""

    seq: int
    at: Instant
    action: str
    outcome: str | None
    actor: str
    actor_name: str | None
    role: str | None
    department: str | None
    from_status: str | None
    from_hold: str | None
    to_status: str
    to_hold: str | None
    round: int
    reason: str | None
    text: str | None
    audience: str
    details: dict[str, object]
    hash: str


class Timeline(Answer):
    """Who did what."""

    items: list[EventOut]
    next_cursor: str | None = None


class FiringOut(Answer):
    """One rung of a clock: a level up to its limit, or what follows it."""

    level: str
    nth: int
    due_at: Instant
    state: str
    fired_at: Instant | None
    late_by_seconds: int | None


class ClockOut(Answer):
    """One clock."""

    kind: str
    holder: str | None
    state: str
    round: int
    limit: str
    used: str
    remaining: str
    calendar: str
    started_at: Instant
    due_at: Instant
    ended_at: Instant | None
    level: str
    provisional: bool
    policy: str
    firings: list[FiringOut]
    explanation: str


class ClockList(Answer):
    """Every clock a ticket ever had."""

    items: list[ClockOut]
    next_cursor: str | None = None


class ActionsOut(Answer):
    """What the caller may do now."""

    items: list[str]
    next_cursor: str | None = None


def shows_requester(reader: Principal, *, is_secret: bool) -> bool:
    """Tell whether a reader sees the masked requester: departments do not, where secrecy was asked."""
    return reader.sees_every_ticket or not is_secret


def requester_out(
    requester: TicketRequester | None, cipher: FieldCipher, *, is_secret: bool
) -> RequesterOut:
    """Return a requester masked."""
    return RequesterOut(
        name=mask_name(cipher.decrypt(requester.name)) if requester else None,
        phone=mask_phone(cipher.decrypt(requester.phone)) if requester else None,
        secret=is_secret,
    )


def promise_out(commitment: Commitment, units: dict[int, str]) -> PromiseOut:
    """Return a promise."""
    return PromiseOut(
        number=commitment.number,
        content=mask_text(commitment.content),
        state=commitment.state.value,
        due_at=commitment.due_at,
        promised_at=commitment.promised_at,
        outcome_at=commitment.outcome_at,
        department=units.get(commitment.department_id or 0),
    )


def ticket_out(detail: TicketDetail, reader: Principal, cipher: FieldCipher) -> TicketOut:
    """Return a ticket as this reader may see it."""
    ticket = detail.ticket
    units = {row.department.id: row.department.code for row in detail.assignments}
    promises = [promise_out(commitment, units) for commitment in detail.commitments]
    first = detail.requesters[0] if detail.requesters else None
    held = ticket.holder_user_id is not None or ticket.holder_post is not None
    return TicketOut(
        number=ticket.number,
        status=ticket.status.value,
        hold=ticket.hold.value if ticket.hold else None,
        round=ticket.round,
        version=ticket.version,
        urgency=ticket.urgency.value,
        channel=ticket.channel.value,
        programme=ticket.programme.value,
        request_type=ticket.request_type.value,
        title=mask_text(ticket.title),
        content=mask_text(ticket.content),
        category=CategoryOut(
            code=detail.category.code,
            name=detail.category.name,
            name_en=detail.category.name_en,
        )
        if detail.category
        else None,
        location=LocationOut(
            address=mask_address(ticket.address),
            area=ticket.area,
            lat=round(ticket.lat, 3) if ticket.lat is not None else None,
            long=round(ticket.long, 3) if ticket.long is not None else None,
        ),
        requester=requester_out(first, cipher, is_secret=ticket.is_secret)
        if shows_requester(reader, is_secret=ticket.is_secret)
        else None,
        department=detail.lead.code if detail.lead else None,
        lead_department=Unit(
            code=detail.lead.code, name=detail.lead.name, name_en=detail.lead.name_en
        )
        if detail.lead
        else None,
        owner=Unit(code=detail.owner.code, name=detail.owner.name, name_en=detail.owner.name_en)
        if detail.owner
        else None,
        holder=HolderOut(
            user=detail.holder.username if detail.holder else None,
            name=detail.holder.display_name if detail.holder else None,
            post=ticket.holder_post.value if ticket.holder_post else None,
        )
        if held
        else None,
        promise=promises[-1] if promises else None,
        promises=promises,
        service_list=[
            ServiceItemOut(position=item.position, step=item.step, done_at=item.done_at)
            for item in detail.services
        ],
        assignments=[
            AssignmentOut(
                department=Unit(
                    code=row.department.code,
                    name=row.department.name,
                    name_en=row.department.name_en,
                ),
                role=row.assignment.role.value,
                state=row.assignment.state.value,
                hop=row.assignment.hop,
                handler=row.handler.username if row.handler else None,
                assigned_at=row.assignment.assigned_at,
                signed_at=row.assignment.signed_at,
                contacted_at=row.assignment.contacted_at,
                submitted_at=row.assignment.submitted_at,
                ended_at=row.assignment.ended_at,
            )
            for row in detail.assignments
        ],
        feedbacks=[
            FeedbackOut(
                round=feedback.round,
                department=units.get(feedback.department_id),
                result=mask_text(feedback.result),
                reply=mask_text(feedback.reply),
                resolved=feedback.is_resolved,
                evidence=[mask_text(reference) for reference in feedback.evidence],
                submitted_at=feedback.submitted_at,
                passed=feedback.is_passed,
                audit_reason=mask_text(feedback.audit_reason) if feedback.audit_reason else None,
            )
            for feedback in detail.feedbacks
        ],
        due_at=ticket.due_at,
        level=ticket.level.value,
        bounce_count=ticket.bounce_count,
        designated=ticket.is_designated,
        closure_code=ticket.closure_code.value if ticket.closure_code else None,
        parent=detail.parent_number,
        children=list(detail.child_numbers),
        submitted_at=ticket.submitted_at,
        accepted_at=ticket.accepted_at,
        dispatched_at=ticket.dispatched_at,
        completed_at=ticket.completed_at,
        closed_at=ticket.closed_at,
        archived_at=ticket.archived_at,
    )


def line_out(row: TicketRow) -> TicketLine:
    """Return one line of a list."""
    return TicketLine(
        number=row.number,
        status=row.status.value,
        hold=row.hold.value if row.hold else None,
        round=row.round,
        version=row.version,
        urgency=row.urgency.value,
        channel=row.channel.value,
        request_type=row.request_type.value,
        title=mask_text(row.title),
        category=row.category_code,
        category_name=row.category_name,
        area=row.area,
        department=row.lead_code,
        department_name=row.lead_name,
        owner=row.owner_code,
        owner_name=row.owner_name,
        holder=HolderOut(
            user=row.holder_username,
            name=row.holder_name,
            post=row.holder_post.value if row.holder_post else None,
        ),
        due_at=row.due_at,
        level=row.level.value,
        submitted_at=row.submitted_at,
        closed_at=row.closed_at,
    )


def event_out(row: TimelineRow) -> EventOut:
    """Return one row of the timeline."""
    event = row.event
    return EventOut(
        seq=event.seq,
        at=event.at,
        action=event.action,
        outcome=event.outcome.value if event.outcome else None,
        actor=event.actor,
        actor_name=row.actor_name,
        role=event.role,
        department=row.department_name,
        from_status=event.from_status.value if event.from_status else None,
        from_hold=event.from_hold.value if event.from_hold else None,
        to_status=event.to_status.value,
        to_hold=event.to_hold.value if event.to_hold else None,
        round=event.round,
        reason=event.reason,
        text=mask_text(event.text) if event.text else None,
        audience=event.audience.value,
        details=event.details,
        hash=event.hash.hex(),
    )


def iso_duration(seconds: float) -> str:
    """Return seconds as an ISO 8601 duration of hours, minutes and seconds."""
    sign = "-" if seconds < 0 else ""
    hours, rest = divmod(int(abs(seconds)), 3600)
    minutes, left = divmod(rest, 60)
    return f"{sign}PT{hours}H{minutes}M{left}S"


def clock_out(
    clock: Clock,
    thresholds: list[Threshold],
    *,
    now: Instant,
    holder: str | None,
    policy: str,
) -> ClockOut:
    """Return a clock with what of it is used and why it is due when it is."""
    used = clock.used_microseconds
    if clock.state in {ClockState.RUNNING, ClockState.SUBMITTED}:
        until = clock.stopped_at or now
        used += calendar_of(clock.calendar).elapsed(clock.since, until)
    used_seconds = used / 1_000_000
    return ClockOut(
        kind=clock.kind.value,
        holder=holder,
        state=clock.state.value,
        round=clock.round,
        limit=iso_duration(clock.limit_seconds),
        used=iso_duration(used_seconds),
        remaining=iso_duration(clock.limit_seconds - used_seconds),
        calendar=clock.calendar,
        started_at=clock.started_at,
        due_at=clock.due_at,
        ended_at=clock.ended_at,
        level=clock.level.value,
        provisional=clock.is_provisional,
        policy=policy,
        firings=[
            FiringOut(
                level=threshold.rung.value,
                nth=threshold.nth,
                due_at=threshold.due_at,
                state=threshold.state.value,
                fired_at=threshold.fired_at,
                late_by_seconds=threshold.late_by_seconds,
            )
            for threshold in thresholds
        ],
        explanation=explain(clock, policy),
    )


def explain(clock: Clock, policy: str) -> str:
    """Say in one sentence why a clock is due when it is."""
    since = clock.since.astimezone(SHANGHAI).isoformat(timespec="seconds")
    due_at = clock.due_at.astimezone(SHANGHAI).isoformat(timespec="seconds")
    spent = timedelta(microseconds=clock.used_microseconds)
    return (
        f"{policy}: {iso_duration(clock.limit_seconds)} of {clock.calendar} time "
        f"({clock.calendar_version}); {spent} used before {since}; due at {due_at}"
    )
