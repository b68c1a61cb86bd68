"""Which events there are, what is sent of them, and when a receiver is left alone."""

import enum
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

VERSION = 1
"""Of the payload. Fields may be added to a version; nothing is taken away or changes its meaning."""

OVERLAP = timedelta(hours=24)
"""For how long a secret that was replaced signs beside the new one."""

FAILURES_TO_PAUSE = 20
"""Tries in a row that came to nothing, whichever events they were of."""

REPLAY_REACH = timedelta(days=30)
MOST_REPLAYED = 5_000
MOST_PER_DEPARTMENT = 10


class WebhookTopic(enum.StrEnum):
    """What a department's system can be told of."""

    DISPATCHED = "ticket.dispatched"
    URGED = "ticket.urged"
    ORDERED = "ticket.ordered"
    RETURN_DECIDED = "ticket.return_decided"
    SENT_BACK = "ticket.sent_back"
    DUE_SOON = "ticket.due_soon"
    OVERDUE = "ticket.overdue"
    CLOSED = "ticket.closed"
    CHANGED = "ticket.changed"
    TEST = "webhook.test"


CHOOSABLE = tuple(topic for topic in WebhookTopic if topic is not WebhookTopic.TEST)


class WebhookDeliveryState(enum.StrEnum):
    """What has become of an event on its way to one receiver."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"


_OF_ACTION: Mapping[str, WebhookTopic] = {
    "dispatch": WebhookTopic.DISPATCHED,
    "direct_dispatch": WebhookTopic.DISPATCHED,
    "urge": WebhookTopic.URGED,
    "issue_order": WebhookTopic.ORDERED,
    "raise_order": WebhookTopic.ORDERED,
    "decide_return": WebhookTopic.RETURN_DECIDED,
    "decide_arbitration": WebhookTopic.RETURN_DECIDED,
    "reject_audit": WebhookTopic.SENT_BACK,
    "reopen": WebhookTopic.SENT_BACK,
}


def topic_of_move(action: str, from_state: str, to_state: str) -> WebhookTopic:
    """Return what an action on a ticket is to a department's system."""
    if action in _OF_ACTION:
        return _OF_ACTION[action]
    if to_state == "closed" and from_state != to_state:
        return WebhookTopic.CLOSED
    return WebhookTopic.CHANGED


def topic_of_warning(level: str) -> WebhookTopic:
    """Return what a warning of a limit is to a department's system."""
    return WebhookTopic.OVERDUE if level == "red" else WebhookTopic.DUE_SOON


def wants(topics: Collection[str], topic: WebhookTopic) -> bool:
    """Tell whether a receiver that chose `topics` wants an event; who chose none wants all."""
    return topic is WebhookTopic.TEST or not topics or topic.value in topics


def is_to_be_paused(failures: int) -> bool:
    """Tell whether a receiver is left alone after so many failures in a row."""
    return failures >= FAILURES_TO_PAUSE


def payload_of(
    topic: WebhookTopic,
    *,
    event_id: str,
    at: str,
    department: str,
    ticket: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return what is sent of an event; the order and the id of the delivery are added to it."""
    return {
        "version": VERSION,
        "event_id": event_id,
        "topic": topic.value,
        "at": at,
        "department": department,
        "ticket": dict(ticket) if ticket is not None else None,
    }


def move_told(
    *, number: str, action: str, from_state: str, to_state: str, round_: int, version: int
) -> dict[str, Any]:
    """Return what is told of a move: where the ticket is and where to ask for the rest."""
    return {
        "number": number,
        "action": action,
        "from_state": from_state,
        "state": to_state,
        "round": round_,
        "version": version,
        "href": href_of(number),
    }


def warning_told(*, number: str, clock: str, level: str, due_at: str) -> dict[str, Any]:
    """Return what is told of a limit that comes near or has passed."""
    return {
        "number": number,
        "clock": clock,
        "level": level,
        "due_at": due_at,
        "href": href_of(number),
    }


def href_of(number: str) -> str:
    """Return where a department's system asks for the rest, with its own token."""
    return f"/api/v1/tickets/{number}"
