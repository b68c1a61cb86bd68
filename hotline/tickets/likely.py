"""What is most likely done next to a ticket, so that it stands first.

A table of habits, not of rules: what is allowed at all the machine says; here is only the order in
which it is offered. What is not named keeps the machine's own order behind it.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from hotline.tickets.lifecycle import Action, Hold, State, Status

_A = Action

LIKELY: Mapping[Status | Hold, tuple[Action, ...]] = MappingProxyType(
    {
        Status.SUBMITTED: (
            _A.DECIDE_REFUSAL,
            _A.DECIDE_REPEAT,
            _A.DECIDE_SUPPLEMENT,
            _A.ACCEPT,
        ),
        Status.ACCEPTED: (_A.DIRECT_DISPATCH, _A.DISPATCH),
        Status.DISPATCHED: (_A.ANSWER_URGE, _A.SIGN, _A.SUBMIT_OPINION),
        Status.PROCESSING: (
            _A.VERIFY_ORDER,
            _A.DECIDE_EXTENSION,
            _A.DECIDE_SUSPENSION,
            _A.DECIDE_RECTIFICATION,
            _A.DECIDE_SUPPLEMENT,
            _A.ACKNOWLEDGE_ORDER,
            _A.ANSWER_ORDER,
            _A.ANSWER_URGE,
            _A.CONTACT,
            _A.SUBMIT_OPINION,
        ),
        Status.FEEDBACK_SUBMITTED: (_A.PASS_AUDIT,),
        Status.PENDING_VISIT: (_A.RECORD_VISIT,),
        Status.MERGED: (_A.CONTRIBUTE,),
        Hold.SUPPLEMENT: (_A.PROVIDE_SUPPLEMENT,),
        Hold.CONSULTATION: (_A.RESPOND_CONSULTATION, _A.DECIDE_CONSULTATION),
        Hold.RETURN_REVIEW: (_A.DECIDE_RETURN,),
        Hold.ARBITRATION: (_A.DECIDE_ARBITRATION,),
        Hold.RECTIFICATION: (_A.END_RECTIFICATION, _A.COMPLETE_MILESTONE),
        Hold.SUSPENSION: (_A.REVIEW_SUSPENSION,),
        Hold.FINAL_REPLY: (_A.DECIDE_FINAL_REPLY, _A.REVIEW_FINAL_REPLY),
        Hold.RATING_CHECK: (_A.DECIDE_RATING_CHECK, _A.CONTACT_RATER),
    }
)
"""Where a ticket is, and what people there do most, in order; a hold goes before a status."""


def likely_first(actions: Iterable[Action], state: State) -> list[Action]:
    """Return actions with what is most likely done in this state first."""
    habits = LIKELY.get(state.hold or state.status, ())
    offered = list(actions)
    first = [action for action in habits if action in offered]
    return first + [action for action in offered if action not in first]


def likeliest(actions: Iterable[Action], state: State) -> Action | None:
    """Return what is most likely done next; None where nothing of it is this reader's."""
    habits = LIKELY.get(state.hold or state.status, ())
    offered = set(actions)
    return next((action for action in habits if action in offered), None)
