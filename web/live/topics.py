"""What open pages may ask to be told of, and who may."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from hotline.calls.receiving import BOARD_TOPIC, CALL_TOPIC, MISSED_TOPIC
from hotline.notices.routing import NOTICES_TOPIC
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.tickets.numbering import is_ticket_number

TICKETS_TOPIC = "tickets"
"""Some ticket that the reader may see has changed."""

ORDERS_TOPIC = "orders"
CREDIT_TOPIC = "credit"
PRESENCES_TOPIC = "presences"
"""Somebody came to, or left, some ticket that the reader may see."""

TICKET_TOPIC = "ticket"
PRESENCE_TOPIC = "presence"
MATTER_TOPIC = "matter"
"""The matter that a requester follows has changed; on public pages alone."""

MOST_TICKETS = 100
"""So many tickets one stream may watch."""

TOPICS: Mapping[str, Collection[Permission]] = MappingProxyType(
    {
        CALL_TOPIC: {Permission.TAKE_CALLS},
        MISSED_TOPIC: {Permission.READ_CALLS},
        BOARD_TOPIC: {Permission.READ_CALLS, Permission.READ_BOARD},
        TICKETS_TOPIC: {Permission.READ_TICKETS},
        ORDERS_TOPIC: {Permission.READ_TICKETS},
        PRESENCES_TOPIC: {Permission.READ_TICKETS},
        CREDIT_TOPIC: {Permission.READ_CREDIT},
    }
)
"""Topics by their word, with the permissions of which one is enough.

A further one needs a line here and a `hint` where something changes.
"""


def allowed(principal: Principal, asked: str) -> frozenset[str]:
    """Return the topics among those asked for, with commas in between, that somebody may have.

    Those of single tickets are not among them: see `tickets_asked`.
    """
    may = frozenset(
        topic
        for topic in asked.split(",")
        if topic in TOPICS and not principal.permissions.isdisjoint(TOPICS[topic])
    )
    if principal.user_id is not None and NOTICES_TOPIC in asked.split(","):
        may |= {NOTICES_TOPIC}
    return may


def tickets_asked(asked: str) -> Mapping[str, frozenset[str]]:
    """Return the numbers of the tickets that topics name, each with those topics; at most a hundred.

    Whether the reader may see them is not known here.
    """
    found: dict[str, set[str]] = {}
    for topic in asked.split(","):
        word, _, number = topic.partition(":")
        if word in {TICKET_TOPIC, PRESENCE_TOPIC} and is_ticket_number(number):
            found.setdefault(number, set()).add(topic)
    return {number: frozenset(found[number]) for number in list(found)[:MOST_TICKETS]}
