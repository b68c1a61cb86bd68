"""The machine against a table written by hand: every state, action, role and standing.

The table below says in the field's own order, state by state, what may be done, by whom, and where
it leads. It was written from the description of the work, not from the code it is compared with.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import pytest

from hotline.people.permissions import Role
from hotline.sla.policy import ClockKind
from hotline.tickets.errors import NotYourTask, SecondPersonNeeded
from hotline.tickets.lifecycle import (
    GUIDING_CLOCKS,
    OPEN_STATUSES,
    REACHABLE_STATES,
    TRANSITIONS,
    Action,
    ActionForbidden,
    Hold,
    IllegalTransition,
    Need,
    Outcome,
    Relation,
    State,
    Status,
    actions_from,
    allowed_actions,
    guiding_clocks,
    next_move,
)
from hotline.tickets.policy import UPON_REQUEST, Standing, actions_open_to, may, require

# state:
#   action: who -> ends
# `lead` and `co` are the people of the leading and of a co-handling department, `called` those of
# one that was called to a meeting, `chief` the leader of the leading one. An end of `.`
# stays; one that ends in `+` begins another round.
TABLE = """
(new):
  submit: operator dispatcher supervisor requester -> submitted
  import: system -> submitted
submitted:
  accept: operator -> accepted
  answer: operator dispatcher -> closed pending_visit
  refuse: operator -> .
  decide_refusal: supervisor auditor -> not_accepted .
  transfer_out: operator -> transferred_out
  merge: operator dispatcher -> merged
  explain_repeat: operator dispatcher -> .
  decide_repeat: supervisor auditor -> closed .
  withdraw: requester operator -> cancelled
  contribute: requester operator dispatcher visitor -> .
  urge: requester operator dispatcher supervisor -> . . .
  note: operator dispatcher auditor visitor supervisor -> .
  request_supplement: operator lead -> submitted/supplement .
  decide_supplement: supervisor authority -> submitted/supplement .
  hand_to_duty_head: system -> .
  reapply_policy: admin -> .
  reclassify: operator dispatcher supervisor -> .
  report_in: lead co called -> .
  decide_whistle: dispatcher supervisor authority -> .
  score_whistle: dispatcher supervisor authority -> .
  call_off_whistle: dispatcher supervisor authority -> .
  finish_meeting_task: lead co called -> .
submitted/supplement:
  contribute: requester operator dispatcher visitor -> .
  urge: requester operator dispatcher supervisor -> . . .
  note: operator dispatcher auditor visitor supervisor -> .
  provide_supplement: requester operator lead -> submitted .
  cancel_unsupplemented: operator system -> cancelled
  reapply_policy: admin -> .
  reclassify: operator dispatcher supervisor -> .
  report_in: lead co called -> .
  decide_whistle: dispatcher supervisor authority -> .
  score_whistle: dispatcher supervisor authority -> .
  call_off_whistle: dispatcher supervisor authority -> .
  finish_meeting_task: lead co called -> .
accepted:
  answer: operator dispatcher -> closed pending_visit
  merge: operator dispatcher -> merged
  withdraw: requester operator -> cancelled
  dispatch: dispatcher -> dispatched
  direct_dispatch: operator -> dispatched
  contribute: requester operator dispatcher visitor -> .
  urge: requester operator dispatcher supervisor -> . . .
  note: operator dispatcher auditor visitor supervisor -> .
  request_consultation: dispatcher system -> accepted/consultation
  reapply_policy: admin -> .
  reclassify: operator dispatcher supervisor -> .
  blow_whistle: dispatcher supervisor authority chief -> .
  report_in: lead co called -> .
  decide_whistle: dispatcher supervisor authority -> .
  score_whistle: dispatcher supervisor authority -> .
  call_off_whistle: dispatcher supervisor authority -> .
  finish_meeting_task: lead co called -> .
accepted/consultation:
  contribute: requester operator dispatcher visitor -> .
  urge: requester operator dispatcher supervisor -> . . .
  note: operator dispatcher auditor visitor supervisor -> .
  call_units: dispatcher supervisor -> .
  respond_consultation: lead co called -> .
  decide_consultation: dispatcher supervisor -> dispatched
  reapply_policy: admin -> .
  reclassify: operator dispatcher supervisor -> .
  blow_whistle: dispatcher supervisor authority chief -> .
  report_in: lead co called -> .
  decide_whistle: dispatcher supervisor authority -> .
  score_whistle: dispatcher supervisor authority -> .
  call_off_whistle: dispatcher supervisor authority -> .
  finish_meeting_task: lead co called -> .
accepted/arbitration:
  contribute: requester operator dispatcher visitor -> .
  urge: requester operator dispatcher supervisor -> . . .
  note: operator dispatcher auditor visitor supervisor -> .
  decide_arbitration: authority -> dispatched accepted
  reapply_policy: admin -> .
  reclassify: operator dispatcher supervisor -> .
  blow_whistle: dispatcher supervisor authority chief -> .
  report_in: lead co called -> .
  decide_whistle: dispatcher supervisor authority -> .
  score_whistle: dispatcher supervisor authority -> .
  call_off_whistle: dispatcher supervisor authority -> .
  finish_meeting_task: lead co called -> .
dispatched:
  sign: lead system -> processing
  contact: lead co -> . .
  check_in: lead co -> .
  name_handler: lead co -> .
  sign_co: co -> .
  report_stage: co -> .
  explain_delay: co -> .
  submit_opinion: co -> .
  propose_co_department: lead -> .
  add_co_department: dispatcher -> .
  release_co_department: dispatcher -> .
  contribute: requester operator dispatcher visitor -> .
  urge: requester operator dispatcher supervisor -> . . .
  answer_urge: lead -> .
  note: operator dispatcher auditor visitor supervisor -> .
  request_return: lead -> dispatched/return_review
  default_consent: system -> .
  issue_order: supervisor authority system -> .
  acknowledge_order: lead -> .
  answer_order: lead -> .
  verify_order: supervisor authority -> . .
  raise_order: supervisor authority system -> .
  reapply_policy: admin -> .
  reclassify: operator dispatcher supervisor -> .
  blow_whistle: dispatcher supervisor authority chief -> .
  report_in: lead co called -> .
  decide_whistle: dispatcher supervisor authority -> .
  score_whistle: dispatcher supervisor authority -> .
  call_off_whistle: dispatcher supervisor authority -> .
  finish_meeting_task: lead co called -> .
dispatched/return_review:
  submit_opinion: co -> .
  contribute: requester operator dispatcher visitor -> .
  urge: requester operator dispatcher supervisor -> . . .
  note: operator dispatcher auditor visitor supervisor -> .
  decide_return: dispatcher authority -> dispatched accepted accepted/arbitration processing
  withdraw_return: lead -> processing
  refer_arbitration: dispatcher supervisor -> processing/arbitration processing/arbitration
  default_consent: system -> .
  raise_return: system -> .
  reapply_policy: admin -> .
  reclassify: operator dispatcher supervisor -> .
  blow_whistle: dispatcher supervisor authority chief -> .
  report_in: lead co called -> .
  decide_whistle: dispatcher supervisor authority -> .
  score_whistle: dispatcher supervisor authority -> .
  call_off_whistle: dispatcher supervisor authority -> .
  finish_meeting_task: lead co called -> .
processing:
  contact: lead co -> . .
  check_in: lead co -> .
  name_handler: lead co -> .
  progress: lead co -> .
  sign_co: co -> .
  report_stage: co -> .
  explain_delay: co -> .
  submit_opinion: co -> .
  propose_co_department: lead -> .
  add_co_department: dispatcher -> .
  release_co_department: dispatcher -> .
  ask_again: lead -> .
  submit_feedback: lead -> feedback_submitted
  contribute: requester operator dispatcher visitor -> .
  urge: requester operator dispatcher supervisor -> . . .
  answer_urge: lead -> .
  note: operator dispatcher auditor visitor supervisor -> .
  request_supplement: operator lead -> processing/supplement .
  decide_supplement: supervisor authority -> processing/supplement .
  request_return: lead -> processing/return_review
  dispute_return: chief -> processing/arbitration processing/arbitration
  request_extension: lead -> .
  decide_extension: supervisor authority -> . .
  request_suspension: lead -> .
  decide_suspension: supervisor authority -> processing/suspension .
  request_rectification: lead -> .
  decide_rectification: supervisor -> processing/rectification .
  request_final_reply: chief -> processing/final_reply
  default_consent: system -> .
  issue_order: supervisor authority system -> .
  acknowledge_order: lead -> .
  answer_order: lead -> .
  verify_order: supervisor authority -> . .
  raise_order: supervisor authority system -> .
  reapply_policy: admin -> .
  reclassify: operator dispatcher supervisor -> .
  blow_whistle: dispatcher supervisor authority chief -> .
  report_in: lead co called -> .
  decide_whistle: dispatcher supervisor authority -> .
  score_whistle: dispatcher supervisor authority -> .
  call_off_whistle: dispatcher supervisor authority -> .
  finish_meeting_task: lead co called -> .
processing/supplement:
  contact: lead co -> . .
  check_in: lead co -> .
  name_handler: lead co -> .
  progress: lead co -> .
  sign_co: co -> .
  report_stage: co -> .
  explain_delay: co -> .
  submit_opinion: co -> .
  propose_co_department: lead -> .
  add_co_department: dispatcher -> .
  release_co_department: dispatcher -> .
  ask_again: lead -> .
  contribute: requester operator dispatcher visitor -> .
  urge: requester operator dispatcher supervisor -> . . .
  answer_urge: lead -> .
  note: operator dispatcher auditor visitor supervisor -> .
  provide_supplement: requester operator lead -> processing .
  cancel_unsupplemented: operator system -> cancelled
  default_consent: system -> .
  issue_order: supervisor authority system -> .
  acknowledge_order: lead -> .
  answer_order: lead -> .
  verify_order: supervisor authority -> . .
  raise_order: supervisor authority system -> .
  reapply_policy: admin -> .
  reclassify: operator dispatcher supervisor -> .
  blow_whistle: dispatcher supervisor authority chief -> .
  report_in: lead co called -> .
  decide_whistle: dispatcher supervisor authority -> .
  score_whistle: dispatcher supervisor authority -> .
  call_off_whistle: dispatcher supervisor authority -> .
  finish_meeting_task: lead co called -> .
processing/return_review:
  submit_opinion: co -> .
  contribute: requester operator dispatcher visitor -> .
  urge: requester operator dispatcher supervisor -> . . .
  note: operator dispatcher auditor visitor supervisor -> .
  decide_return: dispatcher authority -> dispatched accepted accepted/arbitration processing
  withdraw_return: lead -> processing
  refer_arbitration: dispatcher supervisor -> processing/arbitration processing/arbitration
  default_consent: system -> .
  raise_return: system -> .
  reapply_policy: admin -> .
  reclassify: operator dispatcher supervisor -> .
  blow_whistle: dispatcher supervisor authority chief -> .
  report_in: lead co called -> .
  decide_whistle: dispatcher supervisor authority -> .
  score_whistle: dispatcher supervisor authority -> .
  call_off_whistle: dispatcher supervisor authority -> .
  finish_meeting_task: lead co called -> .
processing/arbitration:
  contact: lead co -> . .
  check_in: lead co -> .
  progress: lead co -> .
  submit_opinion: co -> .
  contribute: requester operator dispatcher visitor -> .
  urge: requester operator dispatcher supervisor -> . . .
  note: operator dispatcher auditor visitor supervisor -> .
  decide_arbitration: authority -> dispatched processing
  default_consent: system -> .
  reapply_policy: admin -> .
  reclassify: operator dispatcher supervisor -> .
  blow_whistle: dispatcher supervisor authority chief -> .
  report_in: lead co called -> .
  decide_whistle: dispatcher supervisor authority -> .
  score_whistle: dispatcher supervisor authority -> .
  call_off_whistle: dispatcher supervisor authority -> .
  finish_meeting_task: lead co called -> .
processing/rectification:
  contact: lead co -> . .
  check_in: lead co -> .
  name_handler: lead co -> .
  progress: lead co -> .
  sign_co: co -> .
  report_stage: co -> .
  explain_delay: co -> .
  submit_opinion: co -> .
  propose_co_department: lead -> .
  add_co_department: dispatcher -> .
  release_co_department: dispatcher -> .
  ask_again: lead -> .
  contribute: requester operator dispatcher visitor -> .
  urge: requester operator dispatcher supervisor -> . . .
  answer_urge: lead -> .
  note: operator dispatcher auditor visitor supervisor -> .
  complete_milestone: lead -> . .
  request_close_out: lead -> .
  refuse_close_out: supervisor -> .
  end_rectification: supervisor system -> processing processing
  default_consent: system -> .
  issue_order: supervisor authority system -> .
  acknowledge_order: lead -> .
  answer_order: lead -> .
  verify_order: supervisor authority -> . .
  raise_order: supervisor authority system -> .
  reapply_policy: admin -> .
  reclassify: operator dispatcher supervisor -> .
  blow_whistle: dispatcher supervisor authority chief -> .
  report_in: lead co called -> .
  decide_whistle: dispatcher supervisor authority -> .
  score_whistle: dispatcher supervisor authority -> .
  call_off_whistle: dispatcher supervisor authority -> .
  finish_meeting_task: lead co called -> .
processing/suspension:
  contact: lead co -> . .
  check_in: lead co -> .
  name_handler: lead co -> .
  progress: lead co -> .
  sign_co: co -> .
  report_stage: co -> .
  explain_delay: co -> .
  submit_opinion: co -> .
  propose_co_department: lead -> .
  add_co_department: dispatcher -> .
  release_co_department: dispatcher -> .
  ask_again: lead -> .
  contribute: requester operator dispatcher visitor -> .
  urge: requester operator dispatcher supervisor -> . . .
  answer_urge: lead -> .
  note: operator dispatcher auditor visitor supervisor -> .
  review_suspension: supervisor authority -> . processing
  end_suspension: supervisor lead system -> processing
  default_consent: system -> .
  issue_order: supervisor authority system -> .
  acknowledge_order: lead -> .
  answer_order: lead -> .
  verify_order: supervisor authority -> . .
  raise_order: supervisor authority system -> .
  reapply_policy: admin -> .
  reclassify: operator dispatcher supervisor -> .
  blow_whistle: dispatcher supervisor authority chief -> .
  report_in: lead co called -> .
  decide_whistle: dispatcher supervisor authority -> .
  score_whistle: dispatcher supervisor authority -> .
  call_off_whistle: dispatcher supervisor authority -> .
  finish_meeting_task: lead co called -> .
processing/final_reply:
  contribute: requester operator dispatcher visitor -> .
  urge: requester operator dispatcher supervisor -> . . .
  note: operator dispatcher auditor visitor supervisor -> .
  review_final_reply: supervisor -> . processing
  decide_final_reply: authority -> closed processing
  default_consent: system -> .
  issue_order: supervisor authority system -> .
  acknowledge_order: lead -> .
  answer_order: lead -> .
  verify_order: supervisor authority -> . .
  raise_order: supervisor authority system -> .
  reapply_policy: admin -> .
  reclassify: operator dispatcher supervisor -> .
  blow_whistle: dispatcher supervisor authority chief -> .
  report_in: lead co called -> .
  decide_whistle: dispatcher supervisor authority -> .
  score_whistle: dispatcher supervisor authority -> .
  call_off_whistle: dispatcher supervisor authority -> .
  finish_meeting_task: lead co called -> .
feedback_submitted:
  check_in: lead co -> .
  pass_audit: auditor -> pending_visit
  reject_audit: auditor -> processing
  record_own_visit: lead -> .
  contribute: requester operator dispatcher visitor -> .
  urge: requester operator dispatcher supervisor -> . . .
  note: operator dispatcher auditor visitor supervisor -> .
  issue_order: supervisor authority system -> .
  acknowledge_order: lead -> .
  answer_order: lead -> .
  verify_order: supervisor authority -> . .
  raise_order: supervisor authority system -> .
  reapply_policy: admin -> .
  reclassify: operator dispatcher supervisor -> .
  blow_whistle: dispatcher supervisor authority chief -> .
  report_in: lead co called -> .
  decide_whistle: dispatcher supervisor authority -> .
  score_whistle: dispatcher supervisor authority -> .
  call_off_whistle: dispatcher supervisor authority -> .
  finish_meeting_task: lead co called -> .
pending_visit:
  record_visit: visitor requester -> closed processing+ submitted+ pending_visit/rating_check . . .
  close_unreached: visitor system -> closed .
  record_own_visit: lead -> .
  contribute: requester operator dispatcher visitor -> .
  urge: requester operator dispatcher supervisor -> . . .
  note: operator dispatcher auditor visitor supervisor -> .
  request_final_reply: chief -> pending_visit/final_reply
  open_rating_check: auditor -> pending_visit/rating_check
  reapply_policy: admin -> .
  reclassify: operator dispatcher supervisor -> .
  report_in: lead co called -> .
  decide_whistle: dispatcher supervisor authority -> .
  score_whistle: dispatcher supervisor authority -> .
  call_off_whistle: dispatcher supervisor authority -> .
  finish_meeting_task: lead co called -> .
pending_visit/final_reply:
  contribute: requester operator dispatcher visitor -> .
  urge: requester operator dispatcher supervisor -> . . .
  note: operator dispatcher auditor visitor supervisor -> .
  review_final_reply: supervisor -> . pending_visit
  decide_final_reply: authority -> closed pending_visit
  reapply_policy: admin -> .
  reclassify: operator dispatcher supervisor -> .
  report_in: lead co called -> .
  decide_whistle: dispatcher supervisor authority -> .
  score_whistle: dispatcher supervisor authority -> .
  call_off_whistle: dispatcher supervisor authority -> .
  finish_meeting_task: lead co called -> .
pending_visit/rating_check:
  contribute: requester operator dispatcher visitor -> .
  urge: requester operator dispatcher supervisor -> . . .
  note: operator dispatcher auditor visitor supervisor -> .
  appeal_rating: chief -> .
  contact_rater: auditor -> . .
  propose_unfounded: auditor -> .
  decide_rating_check: auditor supervisor -> processing+ submitted+ closed pending_visit
  reapply_policy: admin -> .
  reclassify: operator dispatcher supervisor -> .
  report_in: lead co called -> .
  decide_whistle: dispatcher supervisor authority -> .
  score_whistle: dispatcher supervisor authority -> .
  call_off_whistle: dispatcher supervisor authority -> .
  finish_meeting_task: lead co called -> .
closed:
  rate_closed: requester -> . . closed/rating_check
  record_own_visit: lead -> .
  object: requester operator -> submitted
  reopen: requester operator visitor supervisor -> processing+ submitted+
  archive: supervisor admin system -> archived
  note: operator dispatcher auditor visitor supervisor -> .
  open_rating_check: auditor -> closed/rating_check
  score_whistle: dispatcher supervisor authority -> .
closed/rating_check:
  contribute: requester operator dispatcher visitor -> .
  urge: requester operator dispatcher supervisor -> . . .
  note: operator dispatcher auditor visitor supervisor -> .
  appeal_rating: chief -> .
  contact_rater: auditor -> . .
  propose_unfounded: auditor -> .
  decide_rating_check: auditor supervisor -> processing+ submitted+ closed pending_visit
  reapply_policy: admin -> .
  reclassify: operator dispatcher supervisor -> .
  score_whistle: dispatcher supervisor authority -> .
archived:
not_accepted:
  object: requester operator -> submitted
  note: operator dispatcher auditor visitor supervisor -> .
transferred_out:
  note: operator dispatcher auditor visitor supervisor -> .
merged:
  split: dispatcher supervisor -> submitted accepted
  contribute: requester operator dispatcher visitor -> .
  urge: requester operator dispatcher supervisor -> . . .
  note: operator dispatcher auditor visitor supervisor -> .
cancelled:
  note: operator dispatcher auditor visitor supervisor -> .
"""

SECOND_PERSON = {
    "decide_refusal",
    "decide_repeat",
    "decide_return",
    "decide_arbitration",
    "decide_supplement",
    "decide_extension",
    "decide_suspension",
    "decide_rectification",
    "refuse_close_out",
    "end_rectification",
    "review_final_reply",
    "decide_final_reply",
    "decide_rating_check",
    "record_visit",
}
"""Who asked cannot decide; who worked on it cannot ask how it was."""

DEPARTMENT = {Role.HANDLER, Role.LEADER}


@dataclass(frozen=True)
class Row:
    """What the table says of one action in one state."""

    who: frozenset[str]
    ends: tuple[tuple[State, bool], ...]


def _state(word: str) -> State:
    status, _, hold = word.partition("/")
    return State(Status(status), Hold(hold) if hold else None)


def _read() -> Mapping[State | None, Mapping[Action, Row]]:
    table: dict[State | None, dict[Action, Row]] = {}
    here: State | None = None
    for line in TABLE.strip().splitlines():
        if not line.startswith(" "):
            word = line.removesuffix(":")
            here = None if word == "(new)" else _state(word)
            table[here] = {}
            continue
        action, _, rest = line.strip().partition(": ")
        who, _, ends = rest.partition(" -> ")
        table[here][Action(action)] = Row(
            frozenset(who.split()),
            tuple(
                (here, False)
                if end == "." and here is not None
                else (_state(end.removesuffix("+")), end.endswith("+"))
                for end in ends.split()
            ),
        )
    return table


EXPECTED = _read()
ALL_STATES = [State(status, hold) for status, hold in product(Status, (None, *Hold))]
SOMEBODY = uuid.UUID(int=1)


def _expects(row: Row | None, role: Role, relation: Relation) -> bool:
    if row is None:
        return False
    if role not in DEPARTMENT:
        return role.value in row.who
    return (
        (relation is Relation.LEAD and "lead" in row.who)
        or (relation is Relation.CO and "co" in row.who)
        or (relation is Relation.CALLED and "called" in row.who)
        or (relation is Relation.LEAD and role is Role.LEADER and "chief" in row.who)
    )


def test_the_table_names_exactly_the_states_that_may_be() -> None:
    assert set(EXPECTED) - {None} == REACHABLE_STATES


def test_every_action_of_the_machine_is_in_the_table() -> None:
    named = {action for rows in EXPECTED.values() for action in rows}
    assert named == set(Action) == set(TRANSITIONS)


@pytest.mark.parametrize("state", ALL_STATES, ids=str)
def test_the_whole_matrix_of_one_state(state: State) -> None:
    """Every action x role x relation is offered exactly as the table says."""
    rows = EXPECTED.get(state, {})
    for role, relation in product(Role, Relation):
        standing = Standing(frozenset({role}), relation, SOMEBODY)
        expected = {action for action, row in rows.items() if _expects(row, role, relation)}
        assert set(actions_open_to(standing, state, Action)) == expected, f"{role} {relation}"


@pytest.mark.parametrize(("role", "relation"), list(product(Role, Relation)))
def test_whatever_the_state_nobody_does_what_is_not_his(role: Role, relation: Relation) -> None:
    """Refused with the right words: not your role, or not your department's task."""
    standing = Standing(frozenset({role}), relation, SOMEBODY)
    for action in Action:
        rows = [row.get(action) for row in EXPECTED.values()]
        expected = any(_expects(row, role, relation) for row in rows)
        assert may(standing, action) is expected, action
        if not expected:
            with pytest.raises((ActionForbidden, NotYourTask)) as caught:
                require(standing, action)
            elsewhere = any(_expects(row, role, other) for row in rows for other in Relation)
            assert isinstance(caught.value, NotYourTask) is elsewhere, action


@pytest.mark.parametrize("state", ALL_STATES, ids=str)
def test_where_every_action_leads(state: State) -> None:
    rows = EXPECTED.get(state, {})
    assert set(actions_from(state)) == set(rows)
    for action in Action:
        row = rows.get(action)
        if row is None:
            for outcome in Outcome:
                with pytest.raises(IllegalTransition) as caught:
                    next_move(state, action, outcome)
                assert caught.value.params["allowed"] == ", ".join(actions_from(state))
                assert caught.value.params["status"] == str(state)
            continue
        moves = [next_move(state, action, outcome) for outcome in TRANSITIONS[action].moves]
        ends = [(move.applied_to(state), move.next_round) for move in moves]
        assert sorted(ends, key=str) == sorted(row.ends, key=str), f"{state} {action}"
        for outcome in set(Outcome) - set(TRANSITIONS[action].moves):
            with pytest.raises(IllegalTransition):
                next_move(state, action, outcome)


def test_what_makes_a_ticket_starts_nowhere() -> None:
    for action, row in EXPECTED[None].items():
        transition = TRANSITIONS[action]
        assert transition.creates
        assert not transition.sources
        assert {role.value for role in transition.roles} == row.who
        assert [move.applied_to(State(Status.SUBMITTED)) for move in transition.moves.values()] == [
            end for end, _ in row.ends
        ]
    assert {action for action, row in TRANSITIONS.items() if row.creates} == set(EXPECTED[None])


@pytest.mark.parametrize("state", sorted(REACHABLE_STATES, key=str), ids=str)
def test_several_roles_may_do_what_each_may(state: State) -> None:
    for pair in product((Role.OPERATOR, Role.AUDITOR, Role.OBSERVER), (Role.VISITOR, Role.ADMIN)):
        together = allowed_actions(state, pair)
        apart = {action for role in pair for action in allowed_actions(state, [role])}
        assert set(together) == apart
        assert list(together) == [action for action in TRANSITIONS if action in apart]


@pytest.mark.parametrize("action", list(Action))
def test_who_asked_cannot_decide(action: Action) -> None:
    """The second person: refused exactly for the deciding action that he himself set going."""
    row = TRANSITIONS[action]
    assert (Need.SECOND_PERSON in row.needs) is (action.value in SECOND_PERSON)
    for role in row.roles - DEPARTMENT:
        opener = Standing(frozenset({role}), user_id=SOMEBODY, opened=((action, SOMEBODY),))
        other = Standing(frozenset({role}), user_id=uuid.UUID(int=2), opened=((action, SOMEBODY),))
        nobody = Standing(frozenset({role}), user_id=None, opened=((action, None),))
        if action.value in SECOND_PERSON:
            with pytest.raises(SecondPersonNeeded):
                require(opener, action)
        else:
            require(opener, action)
        require(other, action)
        require(nobody, action)
    unrelated = ((Action.DECIDE_RETURN, SOMEBODY), (Action.DECIDE_EXTENSION, SOMEBODY))
    for role in row.roles - DEPARTMENT:
        if action not in {Action.DECIDE_RETURN, Action.DECIDE_EXTENSION}:
            require(Standing(frozenset({role}), user_id=SOMEBODY, opened=unrelated), action)


def test_what_is_due_stands_before_what_always_can_be_done() -> None:
    dispatcher = Standing(frozenset({Role.DISPATCHER}), Relation.NONE, user_id=SOMEBODY)
    offered = actions_open_to(dispatcher, State(Status.DISPATCHED, Hold.RETURN_REVIEW), ())
    assert offered.index(Action.DECIDE_RETURN) < offered.index(Action.URGE)


def test_decisions_are_offered_only_while_something_waits() -> None:
    roles = frozenset(
        {Role.SUPERVISOR, Role.AUTHORITY, Role.DISPATCHER, Role.LEADER, Role.OPERATOR}
    )
    standings = [Standing(roles, relation, user_id=SOMEBODY) for relation in Relation]
    for state in REACHABLE_STATES:
        for standing in standings:
            assert not set(actions_open_to(standing, state, ())) & UPON_REQUEST
        for action in set(actions_from(state)) & UPON_REQUEST & set(EXPECTED[state]):
            offered = [actions_open_to(standing, state, [action]) for standing in standings]
            assert any(action in one for one in offered)
            for standing, one in zip(standings, offered, strict=True):
                assert (action in one) is may(standing, action)


def _ends() -> dict[State, set[State]]:
    return {
        state: {end for row in rows.values() for end, _ in row.ends}
        for state, rows in EXPECTED.items()
        if state is not None
    }


def test_every_state_is_reached_and_nothing_leads_beside_the_states() -> None:
    ends = _ends()
    reached, edge = {State(Status.SUBMITTED)}, [State(Status.SUBMITTED)]
    while edge:
        fresh = ends[edge.pop()] - reached
        reached |= fresh
        edge += fresh
    assert reached == REACHABLE_STATES
    for transition in TRANSITIONS.values():
        for source, move in product(transition.sources, transition.moves.values()):
            assert move.applied_to(source) in REACHABLE_STATES


def test_no_open_ticket_is_in_a_dead_end() -> None:
    """From every state with a hold or an open status, an end can be reached."""
    ends = _ends()
    final = {state for state in REACHABLE_STATES if state.status not in OPEN_STATUSES}
    final -= {state for state in final if state.hold}
    can_end = set(final)
    while True:
        more = {state for state, there in ends.items() if there & can_end} - can_end
        if not more:
            break
        can_end |= more
    assert can_end == REACHABLE_STATES


def test_only_an_archived_ticket_allows_nothing() -> None:
    assert {state for state in REACHABLE_STATES if not actions_from(state)} == {
        State(Status.ARCHIVED)
    }


def test_every_state_where_somebody_owes_something_has_a_clock_to_guide_it() -> None:
    for state in REACHABLE_STATES:
        owed = state.status in OPEN_STATUSES or state.hold is not None
        assert bool(guiding_clocks(state)) is owed
    assert {clock for clocks in GUIDING_CLOCKS.values() for clock in clocks} <= set(ClockKind)


def test_every_clock_that_starts_can_end() -> None:
    """A clock that some move starts is settled or cancelled by another, whatever comes between."""
    moves = [move for row in TRANSITIONS.values() for move in row.moves.values()]
    started = {clock for move in moves for clock in move.starts}
    ended = {clock for move in moves for clock in (*move.settles, *move.cancels)}
    assert started - ended == set()
    paused = {clock for move in moves for clock in move.pauses}
    assert paused <= {
        clock for move in moves for clock in (*move.resumes, *move.revives, *move.cancels)
    }
    submitted = {clock for move in moves for clock in move.submits}
    assert submitted == {clock for move in moves for clock in move.resubmits} <= ended


def test_a_department_never_ends_a_matter_alone() -> None:
    for action, row in TRANSITIONS.items():
        if row.roles <= DEPARTMENT:
            for source, move in product(row.sources, row.moves.values()):
                # What has ended already may be spoken of: it stays where it is.
                after = move.applied_to(source)
                assert after.status in OPEN_STATUSES or after == source, action


def test_no_department_audits_visits_or_decides() -> None:
    for action, row in TRANSITIONS.items():
        judges = action.value.startswith("decide_") or action in {
            Action.PASS_AUDIT,
            Action.REJECT_AUDIT,
            Action.RECORD_VISIT,
            Action.REVIEW_SUSPENSION,
            Action.REFUSE_CLOSE_OUT,
            Action.END_RECTIFICATION,
            Action.REVIEW_FINAL_REPLY,
        }
        if judges:
            assert not row.roles & DEPARTMENT, action


def test_an_observer_does_nothing() -> None:
    assert all(Role.OBSERVER not in row.roles for row in TRANSITIONS.values())
