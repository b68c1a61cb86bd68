"""No matter is passed back and forth for ever: every way through the machine, searched to the end.

The model keeps of a ticket what a dispute may turn on: its place in the machine, who has it, who gave
it back for good, how often, whether it was designated, and what was asked since it was given last.
Where an action leads is read off the machine itself, and whether it may be done is asked of the very
rules that the actions ask. Time only closes windows, so here every window is open.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache

from hotline.people.permissions import Role
from hotline.procedures.dispute_rules import (
    PastReturn,
    ReturnLevel,
    arbitration_outcome,
    dispute_outcome,
    level_of,
    may_dispute,
    may_return,
    require_another,
    uphold_outcome,
)
from hotline.procedures.errors import ReturnToSelf, ReturnWithAuthority
from hotline.procedures.rules import BOUNCES_TO_ARBITRATION, ProcedureState
from hotline.tickets.actions.dispatch import SETTLED_TOGETHER
from hotline.tickets.lifecycle import (
    REACHABLE_STATES,
    TRANSITIONS,
    Action,
    Hold,
    Outcome,
    State,
    Status,
    actions_from,
    next_move,
)
from hotline.workdays.workcalendar import NaturalTime
from tests.support.machine import DISPATCHES, DISPUTES, WITHOUT_LEAD

UNITS = (1, 2, 3, 4)
SUBMITTED = State(Status.SUBMITTED)
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
HOP = 1
"""Only what was asked in the present hop matters, so every hop may bear the same number."""


@dataclass(frozen=True)
class Matter:
    """A ticket, as far as a dispute can turn on it."""

    state: State = SUBMITTED
    lead: int | None = None
    returned: frozenset[int] = frozenset()
    bounces: int = 0
    is_designated: bool = False
    is_raised: bool = False
    past: PastReturn | None = None
    is_urgent: bool = False

    @property
    def asked(self) -> list[PastReturn]:
        return [self.past] if self.past else []


@dataclass(frozen=True)
class Step:
    """One action that may be done, and what it makes of the matter."""

    action: Action
    after: Matter


def _ended(matter: Matter, state: ProcedureState, level: ReturnLevel | None = None) -> PastReturn:
    assert matter.past is not None
    return replace(matter.past, state=state, level=level, decided_at=NOW)


def _moved(matter: Matter, action: Action, outcome: Outcome = Outcome.DONE) -> Matter:
    return replace(matter, state=next_move(matter.state, action, outcome).applied_to(matter.state))


def _given(matter: Matter, unit: int) -> Matter:
    """A department is given the ticket: another hop, in which nothing was asked yet."""
    return replace(matter, lead=unit, past=None, is_raised=False)


def _taken_back(matter: Matter) -> Matter:
    assert matter.lead is not None
    return replace(
        matter,
        lead=None,
        returned=matter.returned | {matter.lead},
        bounces=matter.bounces + 1,
    )


def _may_have(matter: Matter, unit: int, action: Action) -> bool:
    """What `dispatch_to` asks: who was right to return it does not get it by one person's word."""
    return action in SETTLED_TOGETHER or unit not in matter.returned


def _requests(matter: Matter) -> Iterator[Matter]:
    if may_return(matter.asked, hop=HOP, is_designated=matter.is_designated):
        yield replace(
            _moved(matter, Action.REQUEST_RETURN), past=PastReturn(HOP, ProcedureState.PENDING)
        )


def _decides(matter: Matter) -> Iterator[Matter]:
    for role in (Role.DISPATCHER, Role.AUTHORITY):
        try:
            level = level_of({role}, is_raised=matter.is_raised)
        except ReturnWithAuthority:
            continue
        yield replace(
            _moved(matter, Action.DECIDE_RETURN, Outcome.REFUSED),
            past=_ended(matter, ProcedureState.REFUSED, level),
            is_raised=False,
        )
        yield from _upholds(matter, level)


def _upholds(matter: Matter, level: ReturnLevel) -> Iterator[Matter]:
    granted = replace(matter, past=_ended(matter, ProcedureState.GRANTED, level), is_raised=False)
    for unit in (None, *UNITS):
        outcome = uphold_outcome(matter.bounces, is_named=unit is not None)
        after = _moved(_taken_back(granted), Action.DECIDE_RETURN, outcome)
        if unit is None or outcome is Outcome.ARBITRATED:
            yield after
            continue
        try:
            require_another(unit, matter.lead)
        except ReturnToSelf:
            continue
        if _may_have(matter, unit, Action.DECIDE_RETURN):
            yield _given(after, unit)


def _raises(matter: Matter) -> Iterator[Matter]:
    if not matter.is_raised:
        yield replace(_moved(matter, Action.RAISE_RETURN), is_raised=True)


def _withdraws(matter: Matter) -> Iterator[Matter]:
    yield replace(
        _moved(matter, Action.WITHDRAW_RETURN),
        past=_ended(matter, ProcedureState.WITHDRAWN),
        is_raised=False,
    )


def _disputes(matter: Matter) -> Iterator[Matter]:
    if may_dispute(
        matter.asked, hop=HOP, is_designated=matter.is_designated, now=NOW, working=NaturalTime()
    ):
        assert matter.past is not None
        yield replace(
            _moved(matter, Action.DISPUTE_RETURN, dispute_outcome(is_urgent=matter.is_urgent)),
            past=replace(matter.past, is_disputed=True),
        )


def _refers(matter: Matter) -> Iterator[Matter]:
    yield replace(
        _moved(matter, Action.REFER_ARBITRATION, dispute_outcome(is_urgent=matter.is_urgent)),
        past=_ended(matter, ProcedureState.ENDED, ReturnLevel.ARBITRATION),
        is_raised=False,
    )


def _designates(matter: Matter) -> Iterator[Matter]:
    for unit in UNITS:
        outcome = arbitration_outcome(unit, matter.lead)
        after = replace(_moved(matter, Action.DECIDE_ARBITRATION, outcome), is_designated=True)
        if outcome is Outcome.DONE:
            after = _given(after if after.lead is None else _taken_back(after), unit)
        yield after


def _objects(matter: Matter) -> Iterator[Matter]:
    """What was closed is objected to only where it was explained at the desk: nobody ever had it."""
    had = matter.lead is not None or matter.returned or matter.is_designated
    if matter.state.status is not Status.CLOSED or not had:
        yield _moved(matter, Action.OBJECT)


HOW = {
    Action.OBJECT: _objects,
    Action.REQUEST_RETURN: _requests,
    Action.DECIDE_RETURN: _decides,
    Action.RAISE_RETURN: _raises,
    Action.WITHDRAW_RETURN: _withdraws,
    Action.DISPUTE_RETURN: _disputes,
    Action.REFER_ARBITRATION: _refers,
    Action.DECIDE_ARBITRATION: _designates,
}


def _plainly(matter: Matter, action: Action) -> Iterator[Matter]:
    """Everything else that people do to a ticket."""
    for outcome in TRANSITIONS[action].moves:
        if WITHOUT_LEAD.get(outcome, matter.lead is None) is not (matter.lead is None):
            continue
        after = _moved(matter, action, outcome)
        if action not in DISPATCHES:
            yield after
            continue
        for unit in UNITS:
            if _may_have(matter, unit, action):
                yield _given(after, unit)


@cache
def steps(matter: Matter) -> tuple[Step, ...]:
    return tuple(
        Step(action, after)
        for action in actions_from(matter.state)
        for after in (HOW[action](matter) if action in HOW else _plainly(matter, action))
    )


@cache
def everything() -> frozenset[Matter]:
    """Every matter that any sequence of actions can make."""
    edge = [Matter(), Matter(is_urgent=True)]
    reached = set(edge)
    while edge:
        fresh = {step.after for step in steps(edge.pop())} - reached
        reached |= fresh
        edge += fresh
    return frozenset(reached)


def _finished() -> list[Matter]:
    """Every matter, behind all that can be made of it and not of each other."""
    seen: set[Matter] = set()
    order: list[Matter] = []
    for root in everything():
        work = [] if root in seen else [(root, iter(steps(root)))]
        seen.add(root)
        while work:
            _, rest = work[-1]
            after = next((step.after for step in rest if step.after not in seen), None)
            if after is None:
                order.append(work.pop()[0])
            else:
                seen.add(after)
                work.append((after, iter(steps(after))))
    return order


@cache
def circles() -> dict[Matter, int]:
    """The circle of each matter: those of one circle can be made of each other.

    Numbered so that nothing leads from a circle to one of a smaller number (Kosaraju).
    """
    before: dict[Matter, list[Matter]] = {matter: [] for matter in everything()}
    for matter in everything():
        for step in steps(matter):
            before[step.after].append(matter)
    circle: dict[Matter, int] = {}
    for number, root in enumerate(reversed(_finished())):
        edge = [root]
        while edge:
            matter = edge.pop()
            if matter not in circle:
                circle[matter] = number
                edge += before[matter]
    return circle


def test_the_search_has_seen_the_whole_machine() -> None:
    """Else it would prove nothing: every state, every action, and all that a dispute can come to."""
    assert {matter.state for matter in everything()} == REACHABLE_STATES
    done = {step.action for matter in everything() for step in steps(matter)}
    assert done == {action for action, row in TRANSITIONS.items() if not row.creates}
    assert {matter.bounces for matter in everything()} == set(range(BOUNCES_TO_ARBITRATION + 1))
    assert {matter.is_designated for matter in everything()} == {True, False}


def test_at_most_three_returns_are_upheld() -> None:
    for matter in everything():
        assert matter.bounces <= BOUNCES_TO_ARBITRATION
        if matter.bounces == BOUNCES_TO_ARBITRATION and not matter.is_designated:
            # Nothing but the authority's designation gives it to a department again.
            assert matter.lead is None
            assert matter.state == State(Status.ACCEPTED, Hold.ARBITRATION)


def test_what_was_designated_is_never_disputed_again() -> None:
    """In no round, by nobody: whatever happens to the ticket afterwards."""
    designated = [matter for matter in everything() if matter.is_designated]
    assert designated
    for matter in designated:
        for step in steps(matter):
            assert step.action not in DISPUTES
            assert step.after.is_designated


def test_no_dispute_is_part_of_a_circle() -> None:
    """The theorem: whatever people do, from no step of a dispute does any way lead back before it.

    There are only so many matters, so only so many such steps can ever follow each other.
    """
    circle = circles()
    for matter in everything():
        for step in steps(matter):
            if step.action in DISPUTES:
                assert circle[matter] != circle[step.after], f"{step.action} in {matter}"


def test_a_ticket_that_is_handled_again_does_go_round() -> None:
    """The search finds circles where there are some."""
    circle = circles()
    again = [
        step
        for matter in everything()
        for step in steps(matter)
        if step.action is Action.REOPEN and circle[matter] == circle[step.after]
    ]
    assert again


def test_the_longest_dispute_is_short() -> None:
    """How many steps of disputes a ticket can see in its whole life, in all its rounds."""
    circle = circles()
    longest: dict[int, int] = {}
    for matter in sorted(circle, key=lambda matter: -circle[matter]):
        name = circle[matter]
        onward = [
            (step.action in DISPUTES) + longest[circle[step.after]]
            for step in steps(matter)
            if circle[step.after] != name
        ]
        longest[name] = max(longest.get(name, 0), *onward, 0)
    # Asked, raised, rejected ... upheld, three times, and the designation at the end.
    assert max(longest.values()) == 3 * BOUNCES_TO_ARBITRATION + 1


def test_who_was_right_to_return_it_gets_it_again_only_by_a_common_decision() -> None:
    for matter in everything():
        for step in steps(matter):
            again = step.after.lead in matter.returned and step.after.lead != matter.lead
            if again:
                assert step.action in SETTLED_TOGETHER


def test_a_return_is_asked_for_once_in_each_hop() -> None:
    for matter in everything():
        asked = [step for step in steps(matter) if step.action is Action.REQUEST_RETURN]
        if matter.past is not None:
            assert not asked
