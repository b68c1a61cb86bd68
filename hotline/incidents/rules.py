"""What an incident may become, and by what - pure."""

import enum
from collections.abc import Mapping


class IncidentState(enum.StrEnum):
    """What people make of an incident.

    `open`: found, nobody has looked. `watched`: a person says that it is one. `over`: nobody tells of it
    any more. `dismissed`: a person says that it is none.
    """

    OPEN = "open"
    WATCHED = "watched"
    OVER = "over"
    DISMISSED = "dismissed"


LIVE = frozenset({IncidentState.OPEN, IncidentState.WATCHED})
"""Incidents that are going on; new tickets join them."""

GATHERING = LIVE | {IncidentState.DISMISSED}
"""A dismissed one keeps its tickets to itself, so that it is not found again tomorrow."""


class IncidentDeed(enum.StrEnum):
    """What was done to an incident, a row of its history each."""

    FOUND = "found"
    CONFIRM = "confirm"
    RENAME = "rename"
    SET_WORDS = "set_words"
    JOIN = "join"
    LEAVE = "leave"
    TAKE_IN = "take_in"
    TAKEN_IN = "taken_in"
    PUT_TOGETHER = "put_together"
    DISMISS = "dismiss"
    END = "end"
    FADED = "faded"


FOLLOWING: Mapping[IncidentDeed, Mapping[IncidentState, IncidentState]] = {
    IncidentDeed.CONFIRM: {IncidentState.OPEN: IncidentState.WATCHED},
    IncidentDeed.DISMISS: dict.fromkeys(LIVE, IncidentState.DISMISSED),
    IncidentDeed.END: dict.fromkeys(LIVE, IncidentState.OVER),
    IncidentDeed.FADED: dict.fromkeys(LIVE, IncidentState.OVER),
    IncidentDeed.TAKEN_IN: dict.fromkeys(LIVE, IncidentState.OVER),
    **{
        deed: {state: state for state in sorted(LIVE)}
        for deed in (
            IncidentDeed.RENAME,
            IncidentDeed.SET_WORDS,
            IncidentDeed.JOIN,
            IncidentDeed.LEAVE,
            IncidentDeed.TAKE_IN,
            IncidentDeed.PUT_TOGETHER,
        )
    },
}
"""From which state each deed leads where; what is not listed is not possible."""


def next_state(state: IncidentState, deed: IncidentDeed) -> IncidentState | None:
    """Return what an incident becomes by a deed; None when it cannot be done."""
    return FOLLOWING.get(deed, {}).get(state)
