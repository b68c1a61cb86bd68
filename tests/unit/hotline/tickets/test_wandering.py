"""Hypothesis wanders through the machine by its rules alone."""

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hotline.people.permissions import Role
from hotline.sla.policy import ClockKind
from hotline.tickets.lifecycle import (
    HANDLING,
    KEEPS_CLOCKS,
    OPEN_STATUSES,
    REACHABLE_STATES,
    TRANSITIONS,
    Action,
    Outcome,
    State,
    Status,
    actions_from,
    guiding_clocks,
    next_move,
)
from hotline.tickets.urges import outcome_of

UNIT_CLOCKS = {ClockKind.CO_OPINION, ClockKind.REPORT_IN, ClockKind.MEETING_TASK}
"""Of these every unit has one of its own, beside others; they end with the ticket at the latest."""


class Matter(RuleBasedStateMachine):
    """One ticket: where it is, its round, its live clocks, and which of those were made to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State(Status.SUBMITTED)
        self.round = 1
        self.live: set[ClockKind] = {ClockKind.ACCEPT}
        self.waiting: set[ClockKind] = set()

    @rule(data=st.data())
    def act(self, data: st.DataObject) -> None:
        choices = actions_from(self.state)
        if not choices:
            return
        action = data.draw(st.sampled_from(choices))
        row = TRANSITIONS[action]
        if action is Action.URGE:  # what an urge comes to follows from where the ticket is
            outcome = outcome_of(
                self.state,
                is_merged=data.draw(st.booleans()),
                has_clock=ClockKind.URGE_REPLY in self.live,
            )
        else:
            outcomes = [one for one in sorted(row.moves) if self._may_come(action, one)]
            if not outcomes:
                return
            outcome = data.draw(st.sampled_from(outcomes))
        move = next_move(self.state, action, outcome)
        before = self.state
        self.state = move.applied_to(self.state)
        self.round += move.next_round
        self.live -= {*move.settles, *move.cancels}
        starts = set(move.starts) - UNIT_CLOCKS
        assert not starts & self.live, f"{before} {action}: a clock that runs is started"
        self.live |= {*starts, *move.revives}
        self.waiting = (self.waiting | set(move.pauses)) & self.live - set(move.revives)
        assert any(role is not Role.OBSERVER for role in row.roles)

    def _may_come(self, action: Action, outcome: Outcome) -> bool:
        """Tell whether what an outcome takes for granted is so: its action makes sure of it."""
        if (action, outcome) == (Action.RECORD_VISIT, Outcome.LINK_SENT):
            return ClockKind.VISIT_LINK not in self.live  # one link at a time
        if (action, outcome) == (Action.END_RECTIFICATION, Outcome.COMPLETED):
            return ClockKind.MILESTONE not in self.live  # completed with its last milestone
        if action is Action.REQUEST_CLOSE_OUT:
            return ClockKind.CLOSE_OUT_REVIEW not in self.live  # one request at a time
        if action is Action.REFUSE_CLOSE_OUT:
            return ClockKind.CLOSE_OUT_REVIEW in self.live  # only what was asked for
        if (action, outcome) == (Action.DECIDE_ARBITRATION, Outcome.KEPT):
            return self.state.status is Status.PROCESSING  # a department still has it
        return True

    @invariant()
    def it_is_somewhere(self) -> None:
        assert self.state in REACHABLE_STATES
        assert self.round >= 1

    @invariant()
    def what_is_owed_has_a_clock(self) -> None:
        if self.state.status in OPEN_STATUSES or self.state.hold:
            assert set(guiding_clocks(self.state)) & self.live, f"{self.state} {self.live}"

    @invariant()
    def an_end_leaves_no_clock_running(self) -> None:
        if self.state.status in KEEPS_CLOCKS:
            assert self.live == self.waiting, f"{self.state}: {self.live}"
        elif self.state.status not in OPEN_STATUSES and self.state.hold is None:
            assert not self.live, f"{self.state}: {self.live}"

    @invariant()
    def there_is_one_limit_of_the_work_at_most(self) -> None:
        assert len(self.live & set(HANDLING)) <= 1, str(self.live)


TestMatter = Matter.TestCase
TestMatter.settings = settings(max_examples=40, stateful_step_count=30)
