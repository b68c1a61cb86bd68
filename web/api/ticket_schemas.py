"""A ticket as the interface shows it: personal data masked."""

import uuid
from collections.abc import Mapping

from hotline.escalation.explaining import ClockAccount, RungAccount, TicketAccount
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.masking import mask_address, mask_name, mask_phone, mask_text
from hotline.people.principal import Principal
from hotline.sla.clocks import MICROSECONDS
from hotline.sla.explanation import Slice
from hotline.tickets.holdings import Holdings
from hotline.tickets.models import Commitment, TicketRequester
from hotline.tickets.queries import Followed, TicketDetail, TicketRow, TimelineRow
from web.api.schemas import Answer, Instant, Unit
from web.i18n import Translator
from web.views.explanations import summary_of


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


class ElapsedOut(Answer):
    """How long, as ISO 8601 durations: since submission, and with the unit that has it now."""

    total: str
    holder: str | None


class FollowingOut(Answer):
    """How far the matter is that a merged ticket follows; nothing of whoever else is behind it."""

    status: str
    hold: str | None
    owner: str | None
    due_at: Instant | None
    promise: PromiseOut | None


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
    elapsed: ElapsedOut
    level: str
    bounce_count: int
    designated: bool
    closure_code: str | None
    parent: str | None
    children: list[str]
    following: FollowingOut | None
    repeat_of: str | None
    repeats: list[str]
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


class StretchOut(Answer):
    """Time that counted without a break; several days of it, summed up, when `days` is above one."""

    since: Instant
    until: Instant
    counted: str
    days: int


class SliceOut(Answer):
    """A stretch of a clock's life in which it was one thing: running, paused, ..."""

    kind: str
    since: Instant
    until: Instant
    counted: str
    calendar_version: str
    reason: str | None
    stretches: list[StretchOut]


class LimitStepOut(Answer):
    """A change of the limit itself."""

    at: Instant
    change: str
    reason: str
    before: str
    after: str
    due_at: Instant


class PassedOverOut(Answer):
    """A receiver who was not told, and why."""

    receiver: str
    reason: str


class RungOut(Answer):
    """A rung of a clock and what became of it."""

    level: str
    nth: int
    fate: str
    due_at: Instant
    fired_at: Instant | None
    late_by_seconds: int | None
    reason: str | None
    outage_from: Instant | None
    outage_until: Instant | None
    told: list[str]
    passed_over: list[PassedOverOut]
    outcome: str | None
    acknowledge_by: Instant | None
    acknowledged_at: Instant | None
    acknowledged_by: str | None
    raised_at: Instant | None


class ExplanationOut(Answer):
    """Why a clock is due when it is: `used` and `remaining` make `limit`, to the microsecond."""

    summary: str
    policy: str
    policy_version: int
    calendar: str
    calendar_version: str
    logged: bool
    first_limit: str
    limit: str
    used: str
    remaining: str
    due_at: Instant
    slices: list[SliceOut]
    limits: list[LimitStepOut]
    rungs: list[RungOut]


class HopOut(Answer):
    """A stretch of the ticket's life with one holder; with none while it was thought closed."""

    department: str | None
    user: str | None
    post: str | None
    since: Instant
    until: Instant
    length: str


class ShareOut(Answer):
    """What a unit had to do with the ticket: how long it held it, and how much of it was its own."""

    department: str
    held: str
    responsible: str


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
    explanation: ExplanationOut


class ClockList(Answer):
    """Every clock a ticket ever had, and who held it; the hops add up to `elapsed.total`."""

    items: list[ClockOut]
    elapsed: ElapsedOut
    hops: list[HopOut]
    shares: list[ShareOut]
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


def following_out(followed: Followed) -> FollowingOut:
    """Return how far a followed matter is."""
    ticket = followed.ticket
    return FollowingOut(
        status=ticket.status.value,
        hold=ticket.hold.value if ticket.hold else None,
        owner=followed.owner.code if followed.owner else None,
        due_at=ticket.due_at,
        promise=promise_out(followed.commitment, {}) if followed.commitment else None,
    )


def ticket_out(
    detail: TicketDetail, holdings: Holdings, reader: Principal, cipher: FieldCipher
) -> TicketOut:
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
        elapsed=elapsed_out(holdings),
        level=ticket.level.value,
        bounce_count=ticket.bounce_count,
        designated=ticket.is_designated,
        closure_code=ticket.closure_code.value if ticket.closure_code else None,
        parent=detail.parent_number,
        children=list(detail.child_numbers),
        following=following_out(detail.followed) if detail.followed else None,
        repeat_of=detail.earlier_number,
        repeats=list(detail.repeat_numbers),
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
        seq=row.place,
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


def iso_exact(microseconds: int) -> str:
    """Return microseconds as an ISO 8601 duration that loses none of them."""
    whole, part = divmod(abs(microseconds), MICROSECONDS)
    text = iso_duration(whole)
    if part:
        text = f"{text[:-1]}.{part:06}".rstrip("0") + "S"
    return f"-{text}" if microseconds < 0 else text


def elapsed_out(holdings: Holdings) -> ElapsedOut:
    """Return the two elapsed figures of a ticket."""
    held = holdings.held
    return ElapsedOut(
        total=iso_exact(holdings.total), holder=iso_exact(held) if held is not None else None
    )


def clock_list(told: TicketAccount, t: Translator) -> ClockList:
    """Return a ticket's clocks and hops.

    Args:
        told: the ticket's time.
        t: speaks the summaries.
    """
    units = {unit.id: unit.code for unit in told.departments.values()}
    names = {user.id: user.username for user in told.users.values()}
    return ClockList(
        items=[_clock_out(account, told, units, names, t) for account in told.clocks],
        elapsed=elapsed_out(told.holdings),
        hops=[
            HopOut(
                department=units.get(hop.holder.department_id) if hop.holder else None,
                user=names.get(hop.holder.user_id) if hop.holder and hop.holder.user_id else None,
                post=hop.holder.post if hop.holder else None,
                since=hop.since,
                until=hop.until,
                length=iso_exact(hop.microseconds),
            )
            for hop in told.holdings.hops
        ],
        shares=[
            ShareOut(
                department=units[share.department_id],
                held=iso_exact(share.held),
                responsible=iso_exact(share.responsible),
            )
            for share in told.shares
            if share.department_id is not None
        ],
    )


Units = Mapping[int, str]
Names = Mapping[uuid.UUID, str]


def _clock_out(
    account: ClockAccount, told: TicketAccount, units: Units, names: Names, t: Translator
) -> ClockOut:
    clock, explanation = account.clock, account.explanation
    return ClockOut(
        kind=clock.kind.value,
        holder=units.get(clock.department_id or 0),
        state=clock.state.value,
        round=clock.round,
        limit=iso_duration(clock.limit_seconds),
        used=iso_duration(explanation.used / MICROSECONDS),
        remaining=iso_duration(explanation.remaining / MICROSECONDS),
        calendar=clock.calendar,
        started_at=clock.started_at,
        due_at=clock.due_at,
        ended_at=clock.ended_at,
        level=clock.level.value,
        provisional=clock.is_provisional,
        policy=account.policy.policy.code,
        firings=[
            FiringOut(
                level=rung.rung.rung.value,
                nth=rung.rung.nth,
                due_at=rung.rung.due_at,
                state=rung.rung.state.value,
                fired_at=rung.rung.fired_at,
                late_by_seconds=rung.rung.late_by_seconds,
            )
            for rung in account.rungs
        ],
        explanation=ExplanationOut(
            summary=summary_of(account, told, t),
            policy=account.policy.policy.code,
            policy_version=account.policy.version,
            calendar=clock.calendar,
            calendar_version=clock.calendar_version,
            logged=explanation.is_logged,
            first_limit=iso_duration(explanation.first_limit),
            limit=iso_duration(explanation.limit),
            used=iso_exact(explanation.used),
            remaining=iso_exact(explanation.remaining),
            due_at=explanation.due_at,
            slices=[_slice_out(piece) for piece in explanation.slices],
            limits=[
                LimitStepOut(
                    at=step.at,
                    change=step.change.value,
                    reason=step.reason,
                    before=iso_duration(step.before),
                    after=iso_duration(step.after),
                    due_at=step.due_at,
                )
                for step in explanation.limits
            ],
            rungs=[_rung_out(rung, names) for rung in account.rungs],
        ),
    )


def _slice_out(piece: Slice) -> SliceOut:
    return SliceOut(
        kind=piece.kind.value,
        since=piece.since,
        until=piece.until,
        counted=iso_exact(piece.counted),
        calendar_version=piece.version,
        reason=piece.reason,
        stretches=[
            StretchOut(
                since=stretch.since,
                until=stretch.until,
                counted=iso_exact(stretch.counted),
                days=stretch.days,
            )
            for stretch in piece.stretches
        ],
    )


def _rung_out(account: RungAccount, names: Names) -> RungOut:
    rung, fired, outage = account.rung, account.escalation, account.outage
    return RungOut(
        level=rung.rung.value,
        nth=rung.nth,
        fate=account.fate.value,
        due_at=rung.due_at,
        fired_at=rung.fired_at,
        late_by_seconds=rung.late_by_seconds,
        reason=rung.reason,
        outage_from=outage.began_at if outage else None,
        outage_until=outage.ended_at if outage else None,
        told=[names.get(user_id, "") for user_id in fired.told] if fired else [],
        passed_over=[PassedOverOut(**skipped) for skipped in fired.skipped] if fired else [],
        outcome=fired.outcome if fired else None,
        acknowledge_by=fired.ack_due_at if fired else None,
        acknowledged_at=fired.acknowledged_at if fired else None,
        acknowledged_by=names.get(fired.acknowledged_by)
        if fired and fired.acknowledged_by
        else None,
        raised_at=fired.raised_at if fired else None,
    )
