"""The rules of clues for the discipline inspection: grounds, and how far one is."""

import enum
from collections.abc import Mapping
from types import MappingProxyType

from hotline.supervision.errors import ClueMoveRefused


class ClueGrounds(enum.StrEnum):
    """What a clue is about."""

    FALSIFICATION = "falsification"
    LEAK = "leak"
    RETALIATION = "retaliation"
    REFUSAL = "refusal"
    OTHER = "other"


class ClueState(enum.StrEnum):
    """How far a clue is."""

    TRANSFERRED = "transferred"
    ACKNOWLEDGED = "acknowledged"
    ASKED_BACK = "asked_back"
    CONCLUDED = "concluded"


_FOLLOWING: Mapping[ClueState, frozenset[ClueState]] = MappingProxyType(
    {
        ClueState.TRANSFERRED: frozenset({ClueState.ACKNOWLEDGED}),
        ClueState.ACKNOWLEDGED: frozenset({ClueState.ASKED_BACK, ClueState.CONCLUDED}),
        ClueState.ASKED_BACK: frozenset({ClueState.ACKNOWLEDGED}),
    }
)


class ClueOutcome(enum.StrEnum):
    """What the discipline inspection found."""

    ACCOUNTABLE = "accountable"
    NOT_FOUNDED = "not_founded"
    PASSED_ON = "passed_on"


def require_following(state: ClueState, following: ClueState) -> None:
    """Pass in silence when a clue may go from one state to another.

    Raises:
        ClueMoveRefused: it may not.
    """
    if following not in _FOLLOWING.get(state, frozenset()):
        raise ClueMoveRefused(state=state)
