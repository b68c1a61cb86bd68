"""Which facts set which jobs going: the whole wiring on one page."""

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from credit.appeals.working_in import work_in
from credit.cases.events import CreditCaseMoved, CreditCorrected
from credit.cases.telling import tell_case
from credit.consequences.actions import follow_grades
from credit.consequences.events import ConsequencesTurned
from credit.consequences.telling import propose_talk, tell_consequences
from credit.events import CreditEntryMoved
from credit.intake.posting import ToldFact, post_fact, topics
from credit.observers.events import FindingMoved, SurveyPublished, VisitPlanned
from credit.observers.telling import tell_finding, tell_survey, tell_visit
from credit.period_events import FrozenOutdated, PeriodOnNotice, PeriodPublished, PeriodRevised
from credit.period_telling import tell_on_notice, tell_published
from credit.platform.actions import queue_entry, queue_grades
from credit.recalculating import make_again
from credit.reports.events import ReportDrafted, ReportPublished, ReportWithdrawn
from credit.reports.jobs import (
    REPORT_DRAFTED,
    REPORT_PUBLISHED,
    REPORT_WITHDRAWN,
    tell_report,
)
from hotline.escalation.accounting import tell_bulletin, tell_clue, tell_interview
from hotline.escalation.calling import tell_unit
from hotline.escalation.incidents import tell_burst
from hotline.escalation.knowledge import tell_knowledge
from hotline.exchange.events import ExportRequested
from hotline.followup.actions import exclude_rating, note_link_told
from hotline.incidents.events import BurstBegan
from hotline.incidents.gathering import take_in_ticket
from hotline.kernel.jobs import Job
from hotline.kernel.outbox import OutboxMessage, first_time
from hotline.kernel.tx import Transaction
from hotline.knowledge.events import KnowledgeMoved
from hotline.notices.requesters import RequesterNews, tell_requester
from hotline.notices.webhooks.telling import tell_move, tell_warning
from hotline.people.principal import SYSTEM, Tx
from hotline.procedures.events import (
    RatingUnfounded,
    TicketDesignated,
)
from hotline.search.filling.actions import fill_tickets
from hotline.sla.events import ClockWarned
from hotline.supervision.bounces import list_if_bounced
from hotline.supervision.events import (
    BulletinPublished,
    ClueMoved,
    InterviewCalled,
    UrgeRequested,
)
from hotline.supervision.groups import list_for_many
from hotline.supervision.reworks import order_rework
from hotline.supervision.urging import work_off
from hotline.tickets.bulk.actions import work_off_bulk
from hotline.tickets.bulk.events import BulkRequested
from hotline.tickets.events import (
    GroupChanged,
    RequesterConcerned,
    TicketMoved,
    TimelineGrew,
    UnitCalled,
    WorkBegunAgain,
)
from hotline.tickets.lifecycle import Action
from hotline.tickets.ratings import UnfoundedReason
from web.exports.making import Bench, open_folder, write_export


@asynccontextmanager
async def _delivery(
    ctx: dict[str, Any], subscriber: str, fact_id: str
) -> AsyncIterator[tuple[Transaction, OutboxMessage] | None]:
    """Open the transaction of one delivery; None when this subscriber has had the fact already."""
    async with ctx["session_maker"]() as session, session.begin():
        message = await session.get_one(OutboxMessage, uuid.UUID(fact_id))
        tx = Transaction(session, ctx["clock"].now(), ctx["cipher"], message.trace_id)
        if await first_time(tx, subscriber, message.id):
            yield tx, message
        else:
            yield None


async def credit_tell_case(ctx: dict[str, Any], fact_id: str) -> None:
    """Write the notices of a step of an appeal or a repair."""
    async with _delivery(ctx, "credit.tell_case", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            await tell_case(tx, message.id, CreditCaseMoved.from_payload(message.payload))


async def credit_make_again(ctx: dict[str, Any], fact_id: str) -> None:
    """Make again what was frozen before something that it rests on was changed."""
    async with _delivery(ctx, "credit.make_again", fact_id) as delivery:
        if delivery is not None:
            tx, _ = delivery
            acting = Tx(tx.session, tx.now, tx.cipher, tx.trace_id, SYSTEM)
            await make_again(acting, ctx["session_maker"])


async def credit_work_in(ctx: dict[str, Any], fact_id: str) -> None:
    """Work what an appeal has changed into the periods that are frozen already."""
    async with _delivery(ctx, "credit.work_in", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            acting = Tx(tx.session, tx.now, tx.cipher, tx.trace_id, SYSTEM)
            fact = CreditCorrected.from_payload(message.payload)
            await work_in(acting, fact, closing=ctx["session_maker"])


async def credit_tell_on_notice(ctx: dict[str, Any], fact_id: str) -> None:
    """Write the notices of a quarter or a year that departments may object to."""
    async with _delivery(ctx, "credit.tell_on_notice", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            await tell_on_notice(tx, message.id, PeriodOnNotice.from_payload(message.payload))


async def credit_tell_published(ctx: dict[str, Any], fact_id: str) -> None:
    """Write the notices of a period that was published."""
    async with _delivery(ctx, "credit.tell_published", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            await tell_published(tx, message.id, PeriodPublished.from_payload(message.payload))


async def credit_post(ctx: dict[str, Any], fact_id: str) -> None:
    """Count a fact in the departments' credit: rates, events, and what it makes void."""
    async with _delivery(ctx, "credit.post", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            fact = ToldFact(message.id, message.topic, message.payload, message.created_at)
            await post_fact(tx, fact)


async def credit_follow_grades(ctx: dict[str, Any], fact_id: str) -> None:
    """Let consequences follow the grades of a period that was published or revised."""
    async with _delivery(ctx, "credit.follow_grades", fact_id) as delivery:
        if delivery is not None:
            tx, _ = delivery
            await follow_grades(tx)


async def credit_tell_consequences(ctx: dict[str, Any], fact_id: str) -> None:
    """Tell a department what its grade brings now, and propose an interview where it calls for one."""
    async with _delivery(ctx, "credit.tell_consequences", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            fact = ConsequencesTurned.from_payload(message.payload)
            await tell_consequences(tx, message.id, fact)
            await propose_talk(tx, fact)


async def credit_queue_entry(ctx: dict[str, Any], fact_id: str) -> None:
    """Queue what became of an event for the platform outside, if there is one."""
    async with _delivery(ctx, "credit.queue_entry", fact_id) as delivery:
        if delivery is not None and ctx.get("tells_platform"):
            tx, message = delivery
            fact = CreditEntryMoved.from_payload(message.payload)
            await queue_entry(tx, uuid.UUID(fact.change_id))


async def credit_queue_grades(ctx: dict[str, Any], fact_id: str) -> None:
    """Queue the grades of a period for the platform outside, if there is one."""
    async with _delivery(ctx, "credit.queue_grades", fact_id) as delivery:
        if delivery is not None and ctx.get("tells_platform"):
            tx, message = delivery
            await queue_grades(tx, message.payload["period"])


_REPORTS: Mapping[str, str] = {
    ReportDrafted.topic: REPORT_DRAFTED,
    ReportPublished.topic: REPORT_PUBLISHED,
    ReportWithdrawn.topic: REPORT_WITHDRAWN,
}


async def credit_tell_report(ctx: dict[str, Any], fact_id: str) -> None:
    """Write the notices of a report that was drafted, published or withdrawn."""
    async with _delivery(ctx, "credit.tell_report", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            await tell_report(tx, message.id, _REPORTS[message.topic])


async def webhooks_tell_move(ctx: dict[str, Any], fact_id: str) -> None:
    """Write what departments' own systems are told of an action on a ticket."""
    async with _delivery(ctx, "webhooks.tell_move", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            await tell_move(tx, message.id, TicketMoved.from_payload(message.payload))


async def webhooks_tell_warning(ctx: dict[str, Any], fact_id: str) -> None:
    """Write what a department's own system is told of a limit."""
    async with _delivery(ctx, "webhooks.tell_warning", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            await tell_warning(tx, message.id, ClockWarned.from_payload(message.payload))


async def exchange_write_export(ctx: dict[str, Any], fact_id: str) -> None:
    """Write a long list to its file; the receipt comes last, so that one cut short is written again."""
    # The lists are those of the pages, which a worker that exports nothing need not load.
    from web.pages.export_lists import LISTS  # noqa: PLC0415

    session_maker = ctx["session_maker"]
    async with session_maker() as session:
        message = await session.get_one(OutboxMessage, uuid.UUID(fact_id))
    export_id = uuid.UUID(ExportRequested.from_payload(message.payload).export_id)
    folder = open_folder(ctx["settings"].home)
    await write_export(Bench(session_maker, ctx["cipher"], ctx["clock"], LISTS, folder), export_id)
    async with _delivery(ctx, "exchange.write_export", fact_id):
        pass


async def notices_tell_requester(ctx: dict[str, Any], fact_id: str) -> None:
    """Write the requester a text message on how his matter goes."""
    async with _delivery(ctx, "notices.tell_requester", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            fact = RequesterConcerned.from_payload(message.payload)
            await tell_requester(
                tx,
                uuid.UUID(fact.ticket_id),
                RequesterNews(fact.news),
                _params(fact),
                fact_id=message.id,
                requester_id=uuid.UUID(fact.requester_id) if fact.requester_id else None,
            )
            if fact.link_id is not None:
                await note_link_told(tx, uuid.UUID(fact.link_id))


def _params(fact: RequesterConcerned) -> dict[str, str]:
    given = {"expected_at": fact.expected_at, "link_id": fact.link_id}
    return {name: value for name, value in given.items() if value}


async def followup_exclude_rating(ctx: dict[str, Any], fact_id: str) -> None:
    """Let a bad rating that was found unfounded not count."""
    async with _delivery(ctx, "followup.exclude_rating", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            fact = RatingUnfounded.from_payload(message.payload)
            await exclude_rating(
                tx, uuid.UUID(fact.ticket_id), fact.round, UnfoundedReason(fact.reason)
            )


async def escalation_tell_unit(ctx: dict[str, Any], fact_id: str) -> None:
    """Write the notices of a call upon a unit."""
    async with _delivery(ctx, "escalation.tell_unit", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            await tell_unit(tx, message.id, UnitCalled.from_payload(message.payload))


async def escalation_tell_interview(ctx: dict[str, Any], fact_id: str) -> None:
    """Write the notices of an interview that somebody is called to."""
    async with _delivery(ctx, "escalation.tell_interview", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            await tell_interview(tx, message.id, InterviewCalled.from_payload(message.payload))


async def escalation_tell_bulletin(ctx: dict[str, Any], fact_id: str) -> None:
    """Write the notices of a bulletin that was published."""
    async with _delivery(ctx, "escalation.tell_bulletin", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            await tell_bulletin(tx, message.id, BulletinPublished.from_payload(message.payload))


async def escalation_tell_clue(ctx: dict[str, Any], fact_id: str) -> None:
    """Write the notice that somebody is to look at a clue."""
    async with _delivery(ctx, "escalation.tell_clue", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            await tell_clue(tx, message.id, ClueMoved.from_payload(message.payload))


async def escalation_tell_knowledge(ctx: dict[str, Any], fact_id: str) -> None:
    """Write the notices of what became of an article of knowledge, or of a report about it."""
    async with _delivery(ctx, "escalation.tell_knowledge", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            await tell_knowledge(tx, message.id, KnowledgeMoved.from_payload(message.payload))


async def observers_tell_survey(ctx: dict[str, Any], fact_id: str) -> None:
    """Write the notices of a survey that waits for the observers."""
    async with _delivery(ctx, "observers.tell_survey", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            await tell_survey(tx, message.id, SurveyPublished.from_payload(message.payload))


async def observers_tell_visit(ctx: dict[str, Any], fact_id: str) -> None:
    """Write the notice of a visit that an observer is asked for."""
    async with _delivery(ctx, "observers.tell_visit", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            await tell_visit(tx, message.id, VisitPlanned.from_payload(message.payload))


async def observers_tell_finding(ctx: dict[str, Any], fact_id: str) -> None:
    """Write the notices of a finding that somebody else is to act about now."""
    async with _delivery(ctx, "observers.tell_finding", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            await tell_finding(tx, message.id, FindingMoved.from_payload(message.payload))


async def search_fill(ctx: dict[str, Any], fact_id: str) -> None:
    """Write anew what a ticket is found by."""
    async with _delivery(ctx, "search.fill", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            await fill_tickets(tx, [uuid.UUID(message.payload["ticket_id"])])


async def supervision_order_rework(ctx: dict[str, Any], fact_id: str) -> None:
    """Issue the order that a matter handled again and again calls for."""
    async with _delivery(ctx, "supervision.order_rework", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            acting = Tx(tx.session, tx.now, tx.cipher, tx.trace_id, SYSTEM)
            await order_rework(acting, WorkBegunAgain.from_payload(message.payload))


async def tickets_bulk(ctx: dict[str, Any], fact_id: str) -> None:
    """Do one action to many tickets, each in a transaction of its own; the receipt comes last."""
    async with ctx["session_maker"]() as session:
        message = await session.get_one(OutboxMessage, uuid.UUID(fact_id))
    # As with urging: the run goes on where it was, so it may be called again before the receipt.
    run_id = uuid.UUID(BulkRequested.from_payload(message.payload).run_id)
    await work_off_bulk(
        ctx["session_maker"], ctx["cipher"], ctx["clock"], run_id, trace_id=message.trace_id
    )
    async with _delivery(ctx, "tickets.bulk", fact_id):
        pass


async def supervision_urge_many(ctx: dict[str, Any], fact_id: str) -> None:
    """Urge the tickets of a run, each in a transaction of its own; the receipt comes last."""
    session_maker = ctx["session_maker"]
    async with session_maker() as session:
        message = await session.get_one(OutboxMessage, uuid.UUID(fact_id))
    run_id = uuid.UUID(UrgeRequested.from_payload(message.payload).run_id)
    await work_off(session_maker, ctx["cipher"], ctx["clock"], run_id, trace_id=message.trace_id)
    async with _delivery(ctx, "supervision.urge_many", fact_id):
        pass


async def supervision_list_bounced(ctx: dict[str, Any], fact_id: str) -> None:
    """List a ticket that was given back three times before it was designated."""
    async with _delivery(ctx, "supervision.list_bounced", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            fact = TicketDesignated.from_payload(message.payload)
            acting = Tx(tx.session, tx.now, tx.cipher, tx.trace_id, SYSTEM)
            await list_if_bounced(acting, fact.ticket_number, bounce_count=fact.bounce_count)


async def supervision_list_groups(ctx: dict[str, Any], fact_id: str) -> None:
    """List a matter on the board that many requesters have told of."""
    async with _delivery(ctx, "supervision.list_groups", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            fact = GroupChanged.from_payload(message.payload)
            acting = Tx(tx.session, tx.now, tx.cipher, tx.trace_id, SYSTEM)
            await list_for_many(acting, uuid.UUID(fact.ticket_id))


_LONGEST_EXPORT_SECONDS = 1800
_COMPARED_ANEW = frozenset({Action.SUBMIT.value, Action.IMPORT.value, Action.RECLASSIFY.value})
"""What a ticket is compared by changes with these alone."""


async def incidents_take_in(ctx: dict[str, Any], fact_id: str) -> None:
    """Write how a new ticket is compared, and put it to the incident that it belongs to."""
    async with _delivery(ctx, "incidents.take_in", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            fact = TicketMoved.from_payload(message.payload)
            if fact.action in _COMPARED_ANEW:
                acting = Tx(tx.session, tx.now, tx.cipher, tx.trace_id, SYSTEM)
                await take_in_ticket(acting, uuid.UUID(fact.ticket_id))


async def escalation_tell_burst(ctx: dict[str, Any], fact_id: str) -> None:
    """Write the notices of a burst."""
    async with _delivery(ctx, "escalation.tell_burst", fact_id) as delivery:
        if delivery is not None:
            tx, message = delivery
            await tell_burst(tx, message.id, BurstBegan.from_payload(message.payload))


_EVERY_PERIOD_SECONDS = 3600
"""More than years of frozen months take on a large installation."""

JOBS: Sequence[Job] = (
    Job("escalation.tell_unit", escalation_tell_unit),
    Job("escalation.tell_interview", escalation_tell_interview),
    Job("escalation.tell_bulletin", escalation_tell_bulletin),
    Job("escalation.tell_clue", escalation_tell_clue),
    Job("escalation.tell_knowledge", escalation_tell_knowledge),
    Job("escalation.tell_burst", escalation_tell_burst),
    Job("incidents.take_in", incidents_take_in),
    Job("observers.tell_survey", observers_tell_survey),
    Job("observers.tell_visit", observers_tell_visit),
    Job("observers.tell_finding", observers_tell_finding),
    Job("supervision.order_rework", supervision_order_rework),
    Job("supervision.urge_many", supervision_urge_many, timeout=300),
    Job("tickets.bulk", tickets_bulk, timeout=300),
    Job("supervision.list_bounced", supervision_list_bounced),
    Job("supervision.list_groups", supervision_list_groups),
    Job("notices.tell_requester", notices_tell_requester),
    Job("webhooks.tell_move", webhooks_tell_move),
    Job("webhooks.tell_warning", webhooks_tell_warning),
    Job("exchange.write_export", exchange_write_export, timeout=_LONGEST_EXPORT_SECONDS),
    Job("followup.exclude_rating", followup_exclude_rating),
    Job("search.fill", search_fill),
    Job("credit.follow_grades", credit_follow_grades),
    Job("credit.tell_consequences", credit_tell_consequences),
    Job("credit.queue_entry", credit_queue_entry),
    Job("credit.queue_grades", credit_queue_grades),
    Job("credit.tell_case", credit_tell_case),
    Job("credit.tell_on_notice", credit_tell_on_notice),
    Job("credit.tell_published", credit_tell_published),
    Job("credit.work_in", credit_work_in, timeout=_EVERY_PERIOD_SECONDS),
    Job("credit.make_again", credit_make_again, timeout=_EVERY_PERIOD_SECONDS),
    Job("credit.tell_report", credit_tell_report),
    Job("credit.post", credit_post),
)

_OTHERS: Mapping[str, Sequence[str]] = {
    UnitCalled.topic: ("escalation.tell_unit",),
    InterviewCalled.topic: ("escalation.tell_interview",),
    BulletinPublished.topic: ("escalation.tell_bulletin",),
    ClueMoved.topic: ("escalation.tell_clue",),
    KnowledgeMoved.topic: ("escalation.tell_knowledge",),
    BurstBegan.topic: ("escalation.tell_burst",),
    TicketMoved.topic: ("incidents.take_in",),
    SurveyPublished.topic: ("observers.tell_survey",),
    VisitPlanned.topic: ("observers.tell_visit",),
    FindingMoved.topic: ("observers.tell_finding",),
    WorkBegunAgain.topic: ("supervision.order_rework",),
    UrgeRequested.topic: ("supervision.urge_many",),
    BulkRequested.topic: ("tickets.bulk",),
    TicketDesignated.topic: ("supervision.list_bounced",),
    GroupChanged.topic: ("supervision.list_groups",),
    RequesterConcerned.topic: ("notices.tell_requester",),
    ExportRequested.topic: ("exchange.write_export",),
    TicketMoved.topic: ("webhooks.tell_move",),
    ClockWarned.topic: ("webhooks.tell_warning",),
    RatingUnfounded.topic: ("followup.exclude_rating",),
    PeriodOnNotice.topic: ("credit.tell_on_notice",),
    PeriodPublished.topic: (
        *("credit.follow_grades", "credit.queue_grades"),
        "credit.tell_published",
    ),
    PeriodRevised.topic: ("credit.follow_grades", "credit.queue_grades"),
    ConsequencesTurned.topic: ("credit.tell_consequences",),
    CreditEntryMoved.topic: ("credit.queue_entry",),
    CreditCaseMoved.topic: ("credit.tell_case",),
    CreditCorrected.topic: ("credit.work_in",),
    FrozenOutdated.topic: ("credit.make_again",),
    ReportDrafted.topic: ("credit.tell_report",),
    ReportPublished.topic: ("credit.tell_report",),
    ReportWithdrawn.topic: ("credit.tell_report",),
}

_FILLING = frozenset({TicketMoved.topic, TimelineGrew.topic})
"""Facts after which a ticket may be found by more than before."""


def _jobs_of(topic: str) -> tuple[str, ...]:
    return (
        *(("search.fill",) if topic in _FILLING else ()),
        *_OTHERS.get(topic, ()),
        *(("credit.post",) if topic in topics() else ()),
    )


SUBSCRIBERS: Mapping[str, Sequence[str]] = {
    topic: _jobs_of(topic) for topic in sorted({*_OTHERS, *topics(), *_FILLING})
}
