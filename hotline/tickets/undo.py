"""What can be taken back, for a while, and by which action of the machine.

Nothing of the past is ever edited: taking back is another step, with its own row in the timeline,
and only where the machine has one that leads back. What a requester has been told, whose limit has
begun to run, or what a second person has to decide is not among them: there the way back is a
decision, not a key.
"""

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from hotline.tickets.lifecycle import Action

UNDO_FOR = timedelta(minutes=5)
"""So long the way back is offered beside what was done; the action itself stays where it is allowed."""

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DoneStep:
    """The last step of a ticket.

    Attributes:
        action: what was done.
        at: when.
        actor_id: by whom.
        details: what its row in the timeline says beside.
    """

    action: str
    at: datetime
    actor_id: uuid.UUID | None
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WayBack:
    """The action that takes a step back.

    Attributes:
        action: which.
        values: what its form is filled in with, beside the reason.
        until: when it is no longer offered.
    """

    action: Action
    values: Values
    until: datetime


def _nothing(_details: Mapping[str, Any]) -> Values | None:
    return {}


def _department(details: Mapping[str, Any]) -> Values | None:
    code = details.get("department")
    return {"department": str(code)} if code else None


_RECLASSIFIED = {
    "urgency": "urgency",
    "request_type": "request_type",
    "category_code": "category",
    "area": "area",
}


def _before(details: Mapping[str, Any]) -> Values | None:
    """Return what a ticket was called before; None when it had no such word, which none can give back."""
    changed: Mapping[str, Mapping[str, str | None]] = details.get("reclassified") or {}
    if not changed or any(ends["from"] is None for ends in changed.values()):
        return None
    return {_RECLASSIFIED[name]: str(ends["from"]) for name, ends in changed.items()}


REVERSALS: Mapping[Action, tuple[Action, Callable[[Mapping[str, Any]], Values | None]]] = (
    MappingProxyType(
        {
            Action.MERGE: (Action.SPLIT, _nothing),
            Action.REQUEST_RETURN: (Action.WITHDRAW_RETURN, _nothing),
            Action.ADD_CO_DEPARTMENT: (Action.RELEASE_CO_DEPARTMENT, _department),
            Action.RECLASSIFY: (Action.RECLASSIFY, _before),
        }
    )
)
"""What leads back, and with what in its form."""


def way_back(
    last: DoneStep,
    now: datetime,
    *,
    actor_id: uuid.UUID | None,
    offered: Collection[Action],
) -> WayBack | None:
    """Return how the last step of a ticket is taken back; None where it is not.

    Args:
        last: the last thing that was done; whatever came after a step stands in the way.
        now: when it is asked.
        actor_id: who asks: everybody takes back his own steps only.
        offered: what he may do to the ticket now.
    """
    reversal = next((found for action, found in REVERSALS.items() if action == last.action), None)
    until = last.at + UNDO_FOR
    if reversal is None or actor_id is None or last.actor_id != actor_id or now >= until:
        return None
    action, fill = reversal
    values = fill(last.details)
    if action not in offered or values is None:
        return None
    return WayBack(action, values, until)
