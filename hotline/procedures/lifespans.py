"""In which states of a ticket a request may live; elsewhere there is nothing to decide - pure."""

from collections.abc import Mapping
from types import MappingProxyType

from hotline.procedures.rules import DECIDED_BY, ProcedureKind, ProcedureState
from hotline.tickets.lifecycle import REACHABLE_STATES, TRANSITIONS, Hold, State

_RUNS_IN: Mapping[ProcedureKind, Hold] = MappingProxyType(
    {
        ProcedureKind.SUPPLEMENT: Hold.SUPPLEMENT,
        ProcedureKind.SUSPENSION: Hold.SUSPENSION,
        ProcedureKind.RECTIFICATION: Hold.RECTIFICATION,
    }
)
"""What a request that was granted and runs on holds the ticket up with."""


def homes(kind: ProcedureKind, state: ProcedureState) -> frozenset[State]:
    """Return the states of a ticket in which a request that is so far may live.

    One that waits lives where it can be decided; one that runs, in the hold that it opened.
    """
    if state is ProcedureState.RUNNING and kind in _RUNS_IN:
        return frozenset(place for place in REACHABLE_STATES if place.hold is _RUNS_IN[kind])
    return TRANSITIONS[DECIDED_BY[kind]].sources


def has_lapsed(kind: ProcedureKind, state: ProcedureState, ticket: State) -> bool:
    """Tell whether the ticket has left the states in which a request may live."""
    return ticket not in homes(kind, state)
