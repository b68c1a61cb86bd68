"""The lists that can be exported. A further one is a description of a dozen lines here.

What is written comes from the very views of the pages, so that it is masked and worded as they are.
"""

from collections.abc import Callable
from typing import Any

from credit.entries.queries import EntryRow
from hotline.kernel.errors import N_
from hotline.kernel.paging import MAX_LIMIT, Page
from hotline.people.permissions import Permission
from hotline.tickets.queries import BY_DUE, BY_NEWEST, TicketFilter, TicketRow, list_tickets
from web.exports.columns import DEPARTMENT, TICKET, TITLE, filled, its, said, viewed
from web.exports.lists import AnyList, Column, ListExport, Lists, Reading
from web.i18n import Translator
from web.labels import label
from web.pages import (
    credit_events,
    deliveries,
    desk,
    ledgers,
    listings,
    returns,
    supervision,
    visits,
)
from web.pages.export_lists_of_desk import DESK_LISTS
from web.pages.export_lists_of_oversight import OVERSIGHT_LISTS
from web.views.credit_entries import entry_line
from web.views.deliveries import MessageRow, message_row
from web.views.directory import unit_name
from web.views.ledgers import PlanView, SuspensionView, plan_view, suspension_view
from web.views.listings import ListingView, listing_view
from web.views.queues import QUEUES, filter_of, find_queue
from web.views.returns import ReturnView, return_view
from web.views.supervision import OrderView, order_view
from web.views.tickets import ticket_row
from web.views.visits import AnswerView, answer_view

_QUEUE = "queue"


async def _tickets(reading: Reading, cursor: str | None) -> Page[TicketRow]:
    asked = {name: reading.asked.get(name, "") for name in desk.FILTERS}
    queue = reading.asked.get(_QUEUE, "")
    known = find_queue(queue)
    base = filter_of(known) if known else TicketFilter(mine=queue == "desk")
    wanted = desk.narrowed(base, asked, reading.now)
    is_by_due = bool(queue) or wanted.due_to is not None or bool(wanted.level)
    return await list_tickets(
        reading.session,
        reading.reader,
        wanted,
        sort=BY_DUE if is_by_due else BY_NEWEST,
        cursor=cursor,
        limit=MAX_LIMIT,
    )


def _shown(value: Callable[[Any, Translator], Any]) -> Callable[[TicketRow, Translator], Any]:
    return lambda row, t: value(ticket_row(row, t), t)


def _lead(row: TicketRow, t: Translator) -> str | None:
    return row.lead_name_en if t.language == "en" else row.lead_name


TICKETS: ListExport[TicketRow] = ListExport(
    code="tickets",
    title=N_("Tickets"),
    permission=Permission.READ_TICKETS,
    names=(_QUEUE, *desk.FILTERS),
    read=_tickets,
    ticket=lambda row: row.id,
    columns=(
        Column("number", N_("Number"), its("number"), 18),
        Column("title", N_("Title"), _shown(its("title")), 40),
        Column("status", N_("State"), said("status")),
        Column("hold", N_("Held up by"), said("hold")),
        Column("urgency", N_("Urgency"), said("urgency")),
        Column("level", N_("Warning level"), said("level")),
        Column("round", N_("Round"), its("round"), 8),
        Column("channel", N_("Channel"), said("channel")),
        Column("request_type", N_("Request type"), said("request_type")),
        Column("category_code", N_("Code of the category"), its("category_code"), 24),
        Column("category", N_("Category"), _shown(its("category")), 24),
        Column("area", N_("Area"), its("area")),
        Column("department", N_("Leading department"), _lead, 24),
        Column("owner", N_("Now with"), _shown(its("department")), 24),
        Column("holder", N_("Person or post"), _shown(its("holder"))),
        Column("submitted_at", N_("Submitted"), its("submitted_at"), 20),
        Column("due_at", N_("Due"), its("due_at"), 20),
        Column("closed_at", N_("Closed at"), its("closed_at"), 20),
    ),
    paths={
        "/tickets": {},
        "/desk": {_QUEUE: "desk"},
        **{queue.path: {_QUEUE: queue.code} for queue in QUEUES},
    },
)


async def _returns(reading: Reading, cursor: str | None) -> Page[ReturnView]:
    asked, now, t = filled(reading, returns.ASKED), reading.now, reading.t
    found = await returns.find_returns(
        reading.session, reading.reader, asked, now, cursor=cursor, limit=MAX_LIMIT
    )
    return viewed(found, lambda row: return_view(row, now, t))


async def _suspensions(reading: Reading, cursor: str | None) -> Page[SuspensionView]:
    asked = filled(reading, ledgers.SUSPENSIONS_ASKED)
    found = await ledgers.find_suspensions(
        reading.session, reading.reader, asked, reading.now, cursor=cursor, limit=MAX_LIMIT
    )
    return viewed(found, lambda row: suspension_view(row, reading.t))


async def _plans(reading: Reading, cursor: str | None) -> Page[PlanView]:
    asked = filled(reading, ledgers.PLANS_ASKED)
    found = await ledgers.find_plans(
        reading.session, reading.reader, asked, reading.now, cursor=cursor, limit=MAX_LIMIT
    )
    return viewed(found, lambda row: plan_view(row, reading.t))


async def _orders(reading: Reading, cursor: str | None) -> Page[OrderView]:
    asked = filled(reading, supervision.ORDERS_ASKED)
    found = await supervision.find_orders(
        reading.session, reading.reader, asked, reading.now, cursor=cursor, limit=MAX_LIMIT
    )
    return viewed(found, lambda row: order_view(row, reading.t))


async def _listed(reading: Reading, cursor: str | None) -> Page[ListingView]:
    asked = filled(reading, listings.ASKED)
    found = await listings.find_listings(reading.session, asked, cursor=cursor, limit=MAX_LIMIT)
    return viewed(found, lambda row: listing_view(row, reading.reader, reading.t))


async def _answers(reading: Reading, cursor: str | None) -> Page[AnswerView]:
    since, until = visits.span_of(reading.asked, reading.now)
    asked = filled(reading, visits.ANSWERS_ASKED)
    found = await visits.find_answers(
        reading.session, asked, since, until, cursor=cursor, limit=MAX_LIMIT
    )
    return viewed(found, lambda row: answer_view(row, reading.t))


async def _messages(reading: Reading, cursor: str | None) -> Page[MessageRow]:
    found = await deliveries.find_messages(
        reading.session, reading.asked, cursor=cursor, limit=MAX_LIMIT
    )
    return viewed(found, lambda row: message_row(row, reading.t))


async def _credit_events(reading: Reading, cursor: str | None) -> Page[EntryRow]:
    asked = filled(reading, credit_events.ASKED)
    return await credit_events.find_entries(
        reading.session, reading.reader, asked, cursor=cursor, limit=MAX_LIMIT
    )


RETURNS: AnyList = ListExport(
    code="returns",
    title=N_("Ledger of returns"),
    permission=Permission.READ_RETURNS,
    names=returns.ASKED,
    read=_returns,
    columns=(
        TICKET,
        TITLE,
        DEPARTMENT,
        Column("reason", N_("Reason"), its("reason"), 24),
        Column("suggested", N_("Suggested department"), its("suggested"), 24),
        Column("bounce", N_("Which return"), its("bounce")),
        Column("state", N_("State"), lambda row, t: t.text(row.state)),
        Column("asked_at", N_("Asked at"), its("asked_at"), 20),
        Column("due_at", N_("Due"), its("due_at"), 20),
        Column("held", N_("Held before"), its("held")),
        Column("disputed", N_("Disputed for"), its("disputed")),
        Column("decision", N_("Decision"), its("decision"), 40),
        Column("outcome", N_("Where it went"), its("outcome"), 24),
    ),
    paths={"/returns": {}},
)

SUSPENSIONS: AnyList = ListExport(
    code="suspensions",
    title=N_("Suspended matters"),
    permission=Permission.READ_TICKETS,
    names=ledgers.SUSPENSIONS_ASKED,
    read=_suspensions,
    columns=(
        TICKET,
        TITLE,
        DEPARTMENT,
        Column("reason", N_("Reason"), its("reason"), 24),
        Column("explanation", N_("Explanation"), its("text"), 40),
        Column("since", N_("Since"), its("since"), 20),
        Column("review_at", N_("Next review"), its("review_at"), 20),
        Column("ended_at", N_("Ended at"), its("ended_at"), 20),
        Column("days", N_("Days in all"), its("days"), 10),
        Column("days_left", N_("Days left"), its("days_left"), 10),
    ),
    paths={"/suspensions": {}},
)

PLANS: AnyList = ListExport(
    code="plans",
    title=N_("Rectification plans"),
    permission=Permission.READ_TICKETS,
    names=ledgers.PLANS_ASKED,
    read=_plans,
    columns=(
        TICKET,
        TITLE,
        DEPARTMENT,
        Column("explanation", N_("Explanation"), its("text"), 40),
        Column("state", N_("State"), said("state")),
        Column("done", N_("Milestones done"), its("done"), 10),
        Column("milestones", N_("Milestones"), lambda row, _: len(row.milestones), 10),
        Column("next_due_at", N_("Next milestone"), its("next_due_at"), 20),
        Column("is_late", N_("A milestone was missed"), its("is_late"), 10),
    ),
    paths={"/plans": {}},
)

ORDERS: AnyList = ListExport(
    code="orders",
    title=N_("Supervision orders"),
    permission=Permission.READ_BOARD,
    names=supervision.ORDERS_ASKED,
    read=_orders,
    columns=(
        Column("number", N_("Number"), its("number"), 18),
        TICKET,
        TITLE,
        DEPARTMENT,
        Column("level", N_("Level"), said("level")),
        Column("reason", N_("Reason"), said("reason"), 24),
        Column("demand", N_("Demand"), its("demand"), 40),
        Column("state", N_("State"), said("state")),
        Column("issuer", N_("Issued by"), its("issuer")),
        Column("issued_at", N_("Issued at"), its("issued_at"), 20),
        Column("due_at", N_("Due"), its("due_at"), 20),
        Column("answered_at", N_("Answered at"), its("answered_at"), 20),
        Column("reply", N_("Reply"), its("reply"), 40),
        Column("verification", N_("Verification"), its("verification"), 40),
    ),
    paths={"/supervision/orders": {}},
)

LISTED: AnyList = ListExport(
    code="listed",
    title=N_("Listed matters"),
    permission=Permission.READ_TICKETS,
    names=listings.ASKED,
    read=_listed,
    columns=(
        Column("order", N_("Order"), its("order"), 18),
        TICKET,
        TITLE,
        DEPARTMENT,
        Column("status", N_("State"), said("status")),
        Column("city_leader", N_("Leader of the city"), its("city_leader")),
        Column("responsible", N_("Person in charge"), its("responsible")),
        Column("listed_at", N_("Listed at"), its("listed_at"), 20),
        Column("demand", N_("Demand"), its("demand"), 40),
        Column("due_at", N_("Due"), its("due_at"), 20),
        Column("progress", N_("Progress"), its("progress"), 40),
        Column("delisted_at", N_("Taken off at"), its("delisted_at"), 20),
    ),
    paths={"/supervision/listed": {}},
)

ANSWERS: AnyList = ListExport(
    code="visit-answers",
    title=N_("Answers of requesters"),
    permission=Permission.READ_VISITS,
    names=(*visits.ANSWERS_ASKED, "from", "to"),
    read=_answers,
    columns=(
        Column("ticket", N_("Ticket"), its("number"), 18),
        Column("at", N_("Answered at"), its("at"), 20),
        DEPARTMENT,
        Column("by", N_("Asked by"), its("by")),
        Column("was_contacted", N_("Did anyone contact you?"), its("was_contacted"), 10),
        Column("solved", N_("Is the matter solved?"), its("solved"), 10),
        Column("rating", N_("Rating"), its("rating")),
        Column("note", N_("The requester's words"), its("note"), 40),
        Column("excluded", N_("Does not count"), its("excluded"), 24),
    ),
    paths={"/visits/answers": {}},
)

MESSAGES: AnyList = ListExport(
    code="messages",
    title=N_("Messages"),
    permission=Permission.MANAGE_DELIVERIES,
    names=deliveries.ASKED,
    read=_messages,
    columns=(
        Column("what", N_("Message"), its("what"), 40),
        Column("ticket", N_("Ticket"), its("number"), 18),
        Column("to", N_("To"), its("to")),
        Column("road", N_("Road"), its("road")),
        Column("state", N_("State"), said("state")),
        Column("reason", N_("Reason"), its("reason"), 40),
        Column("attempts", N_("Tries"), its("attempts"), 8),
        Column("at", N_("At"), its("at"), 20),
        Column("receipt_at", N_("Arrived at"), its("receipt_at"), 20),
    ),
    paths={"/admin/deliveries": {}},
)

CREDIT_EVENTS: AnyList = ListExport(
    code="credit-events",
    title=N_("Events of credit"),
    permission=Permission.READ_LIVE_CREDIT,
    names=credit_events.ASKED,
    read=_credit_events,
    columns=(
        Column("event", N_("Event"), lambda row, t: entry_line(row, t).name, 24),
        Column("code", N_("Code"), lambda row, _: row.entry.code),
        Column("severity", N_("Severity"), lambda row, t: t.text(label(row.entry.severity))),
        Column("points", N_("Points"), lambda row, _: row.entry.points, 10),
        Column("state", N_("State"), said("state")),
        Column("department", N_("Department"), lambda row, t: unit_name(row.department, t), 24),
        Column("ticket", N_("Ticket"), lambda row, _: row.entry.ticket_number, 18),
        Column("document", N_("Document"), lambda row, _: row.entry.document),
        Column("occurred_at", N_("Occurred at"), lambda row, _: row.entry.occurred_at, 20),
        Column("recorded_at", N_("Recorded at"), lambda row, _: row.entry.recorded_at, 20),
        Column(
            "is_reversal",
            N_("Takes another one back"),
            lambda row, _: row.entry.reverses_id is not None,
            10,
        ),
    ),
    paths={"/credit/events": {}},
)

LISTS: Lists = {
    one.code: one
    for one in (
        TICKETS,
        RETURNS,
        SUSPENSIONS,
        PLANS,
        ORDERS,
        LISTED,
        ANSWERS,
        MESSAGES,
        CREDIT_EVENTS,
        *DESK_LISTS,
        *OVERSIGHT_LISTS,
    )
}
