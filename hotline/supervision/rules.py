"""The rules of supervision orders: levels, who may set them, how long a reply may take."""

import enum
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType

from hotline.sla.policy import Limit
from hotline.supervision.errors import InvalidOrderLevel, OrderAtTop, OrderMoveRefused
from hotline.tickets.lifecycle import Status


class OrderLevel(enum.IntEnum):
    """How high an order stands on the ladder of supervision; below it are reminders."""

    URGE_LETTER = 1
    ORDER = 2
    LISTING = 3
    INTERVIEW = 4


class OrderReason(enum.StrEnum):
    """Why an order was issued."""

    OVERDUE_HALF = "overdue_half"
    OVERDUE_DOUBLE = "overdue_double"
    REWORK = "rework"
    MILESTONE_MISSED = "milestone_missed"
    URGE_UNANSWERED = "urge_unanswered"
    ORDER_UNANSWERED = "order_unanswered"
    THREE_BOUNCES = "three_bounces"
    MANY_REQUESTERS = "many_requesters"
    BY_HAND = "by_hand"


class OrderState(enum.StrEnum):
    """How far an order is.

    People take it as far as `verified`, or raise it. An order lives as long as the department's task
    that it was issued on: work found good closes it, whatever was left to say, and a ticket that went
    to somebody else makes it void. `closed` and `void` are never written, they follow from the ticket.
    """

    ISSUED = "issued"
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
    VERIFIED = "verified"
    ESCALATED = "escalated"
    CLOSED = "closed"
    VOID = "void"


class UrgeState(enum.StrEnum):
    """What became of one ticket among many that were to be urged."""

    WAITING = "waiting"
    URGED = "urged"
    LEFT_OUT = "left_out"
    FAILED = "failed"


BOUNCES_TO_LISTING = 3
"""A matter that went through so many hands is listed once somebody was made to take it."""

URGED_LATELY = timedelta(hours=2)
"""Whoever was urged within this time is left in peace: more would be noise."""

LIVE = (OrderState.ISSUED, OrderState.ACKNOWLEDGED, OrderState.ANSWERED)
"""States in which somebody still owes something."""

REPLY_OWED = (OrderState.ISSUED, OrderState.ACKNOWLEDGED)
"""States in which the department's time for a reply is running."""

WRITTEN = (*LIVE, OrderState.VERIFIED, OrderState.ESCALATED)
"""States that an order's own row may hold."""

HIGHEST_BY_SYSTEM = OrderLevel.LISTING
"""An interview touches a person: only people decide on one."""

REPLY_LIMITS: Mapping[OrderLevel, Limit] = MappingProxyType(
    {
        OrderLevel.URGE_LETTER: Limit(seconds=24 * 3600),
        OrderLevel.ORDER: Limit(seconds=24 * 3600),
        OrderLevel.LISTING: Limit(Decimal(3)),
        OrderLevel.INTERVIEW: Limit(Decimal(3)),
    }
)
"""How long the department has for its reply, when the order does not say."""

ORDERED_AFTER_REWORKS = 2
LISTED_AFTER_REWORKS = 3
"""How often work is done again before it is ordered, and before it is listed, late or not."""

_FOLLOWING: Mapping[OrderState, frozenset[OrderState]] = MappingProxyType(
    {
        OrderState.ISSUED: frozenset(
            {OrderState.ACKNOWLEDGED, OrderState.ANSWERED, OrderState.ESCALATED}
        ),
        OrderState.ACKNOWLEDGED: frozenset({OrderState.ANSWERED, OrderState.ESCALATED}),
        OrderState.ANSWERED: frozenset(
            {OrderState.VERIFIED, OrderState.ACKNOWLEDGED, OrderState.ESCALATED}
        ),
    }
)

WITH_DEPARTMENT = (Status.DISPATCHED, Status.PROCESSING, Status.FEEDBACK_SUBMITTED)
"""Where a ticket is while a department answers for it, and with it for the orders."""

PASSED = (Status.PENDING_VISIT, Status.CLOSED, Status.ARCHIVED)
"""Where a ticket is once the department's work was found good."""


def require_level(level: int, *, by_system: bool) -> OrderLevel:
    """Return the level to issue an order at.

    Raises:
        InvalidOrderLevel: there is no such level.
        OrderAtTop: only people may go so high.
    """
    if level not in set(OrderLevel):
        raise InvalidOrderLevel(level=level)
    if by_system and level > HIGHEST_BY_SYSTEM:
        raise OrderAtTop(level=int(HIGHEST_BY_SYSTEM))
    return OrderLevel(level)


def next_level(level: OrderLevel, *, by_system: bool) -> OrderLevel:
    """Return the level above.

    Raises:
        OrderAtTop: there is none, or only people may go so high.
    """
    if level is OrderLevel.INTERVIEW:
        raise OrderAtTop(level=int(level))
    return require_level(level + 1, by_system=by_system)


def level_of_reworks(round_: int) -> OrderLevel | None:
    """Return the level of the order that goes with a further round, if one does.

    The first round is 1, so round 2 is the first time that work is done again. The second such time gets
    an order, the third and every later one is listed.
    """
    reworks = round_ - 1
    if reworks >= LISTED_AFTER_REWORKS:
        return OrderLevel.LISTING
    return OrderLevel.ORDER if reworks >= ORDERED_AFTER_REWORKS else None


def require_following(state: OrderState, following: OrderState) -> None:
    """Pass in silence when an order may go from one state to another.

    Raises:
        OrderMoveRefused: it may not.
    """
    if following not in _FOLLOWING.get(state, frozenset()):
        raise OrderMoveRefused(state=state)
