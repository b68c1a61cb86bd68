"""Who may do which action on which ticket: role, relation and second person together."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from hotline.people.permissions import DEPARTMENT_ROLES, Role
from hotline.tickets.errors import NotYourTask, SecondPersonNeeded
from hotline.tickets.lifecycle import (
    CALLED_ACTIONS,
    CO_ACTIONS,
    LEAD_ONLY,
    TRANSITIONS,
    Action,
    ActionForbidden,
    Need,
    Relation,
    State,
    actions_from,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person is to a ticket.

    Attributes:
        roles: what he is in the loop.
        relation: what his department is to the ticket.
        user_id: his account.
        opened: who opened the procedures that wait for a decision, by the deciding action.
    """

    roles: frozenset[Role]
    relation: Relation = Relation.NONE
    user_id: uuid.UUID | None = None
    opened: tuple[tuple[Action, uuid.UUID | None], ...] = ()


def require(standing: Standing, action: Action) -> None:
    """Pass in silence when the person may do `action` on this ticket, whatever its state.

    Raises:
        ActionForbidden: his roles do not include it.
        NotYourTask: his department has no such task on the ticket.
        SecondPersonNeeded: he asked for what he would now decide.
    """
    row = TRANSITIONS[action]
    held = standing.roles & row.roles
    if not held:
        raise ActionForbidden(action=action)
    if held <= DEPARTMENT_ROLES and not _is_own_task(standing.relation, action):
        raise NotYourTask(action=action)
    if Need.SECOND_PERSON in row.needs and standing.user_id is not None:
        for decides, opener in standing.opened:
            if decides is action and opener == standing.user_id:
                raise SecondPersonNeeded(action=action)


def _is_own_task(relation: Relation, action: Action) -> bool:
    if relation is Relation.LEAD:
        return action in LEAD_ONLY
    if relation is Relation.CALLED:
        return action in CALLED_ACTIONS
    return relation is Relation.CO and action in CO_ACTIONS


def may(standing: Standing, action: Action) -> bool:
    """Tell whether `require` would pass."""
    try:
        require(standing, action)
    except (ActionForbidden, NotYourTask, SecondPersonNeeded):
        return False
    return True


def actions_open_to(
    standing: Standing, state: State, pending: Iterable[Action]
) -> tuple[Action, ...]:
    """Return what this person may do now: what is due in the machine's order, what always can be last.

    Args:
        standing: what he is to the ticket.
        state: where the ticket is.
        pending: the deciding actions for which something waits to be decided.
    """
    waiting = frozenset(pending)
    found = [
        action
        for action in actions_from(state)
        if may(standing, action) and (action not in UPON_REQUEST or action in waiting)
    ]
    return tuple(sorted(found, key=BY_THE_WAY.__contains__))


BY_THE_WAY = frozenset(
    {Action.URGE, Action.NOTE, Action.BLOW_WHISTLE, Action.RECLASSIFY, Action.REAPPLY_POLICY}
)
"""What can be done to a ticket almost everywhere, whatever is due."""


UPON_REQUEST = frozenset(
    {
        Action.DIRECT_DISPATCH,
        Action.DECIDE_REFUSAL,
        Action.DECIDE_SUPPLEMENT,
        Action.OBJECT,
        Action.DECIDE_REPEAT,
        Action.DECIDE_EXTENSION,
        Action.DECIDE_SUSPENSION,
        Action.DECIDE_RECTIFICATION,
        Action.COMPLETE_MILESTONE,
        Action.REQUEST_CLOSE_OUT,
        Action.REFUSE_CLOSE_OUT,
        Action.REVIEW_FINAL_REPLY,
        Action.DECIDE_FINAL_REPLY,
        Action.ANSWER_URGE,
        Action.ACKNOWLEDGE_ORDER,
        Action.ANSWER_ORDER,
        Action.VERIFY_ORDER,
        Action.RAISE_ORDER,
        Action.SIGN_CO,
        Action.REPORT_STAGE,
        Action.EXPLAIN_DELAY,
        Action.RELEASE_CO_DEPARTMENT,
        Action.ASK_AGAIN,
        Action.RESPOND_CONSULTATION,
        Action.REPORT_IN,
        Action.DECIDE_WHISTLE,
        Action.SCORE_WHISTLE,
        Action.CALL_OFF_WHISTLE,
        Action.FINISH_MEETING_TASK,
    }
)
"""What concerns a request, an order, an urge, a meeting, a co-handler's task, a sure proposal or a
refusal that does not hold the ticket: offered only while there is one."""
