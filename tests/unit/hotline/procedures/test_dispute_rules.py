"""Who may ask, decide, dispute and designate: tables of cases."""

from datetime import UTC, datetime, timedelta

import pytest

from hotline.people.permissions import Role
from hotline.procedures.dispute_rules import (
    SUGGESTION_MEANS,
    PastReturn,
    ReturnLevel,
    arbitration_outcome,
    dispute_outcome,
    dispute_window,
    level_of,
    may_dispute,
    may_return,
    require_another,
    require_grounds,
    require_may_dispute,
    require_may_return,
    uphold_outcome,
)
from hotline.procedures.errors import (
    DisputeWindowClosed,
    NothingToDispute,
    ReturnAskedBefore,
    ReturnForbidden,
    ReturnNeedsContact,
    ReturnToSelf,
    ReturnWithAuthority,
)
from hotline.procedures.rules import ProcedureState, ReturnReason
from hotline.sla.policy import ClockKind, rule_for
from hotline.sla.presets import PRESETS
from hotline.tickets.lifecycle import Outcome
from hotline.workdays.official import official_calendars

WORKING = official_calendars()["working"]
FRIDAY_FIVE = datetime(2026, 3, 6, 9, tzinfo=UTC)
TICK = timedelta(microseconds=1)
BY_CODE = {preset.policy.code: preset.policy for preset in PRESETS}


def _rejected(
    hop: int = 2, level: ReturnLevel = ReturnLevel.DISPATCHER, *, is_disputed: bool = False
) -> PastReturn:
    return PastReturn(hop, ProcedureState.REFUSED, level, FRIDAY_FIVE, is_disputed=is_disputed)


@pytest.mark.parametrize("state", list(ProcedureState))
def test_a_department_asks_once_for_each_time_it_was_given_the_ticket(
    state: ProcedureState,
) -> None:
    past = [PastReturn(1, state)]
    require_may_return(past, hop=2, is_designated=False)
    assert may_return(past, hop=2, is_designated=False)
    with pytest.raises(ReturnAskedBefore):
        require_may_return(past, hop=1, is_designated=False)
    for hop in (1, 2):
        with pytest.raises(ReturnForbidden):
            require_may_return(past, hop=hop, is_designated=True)
        assert not may_return(past, hop=hop, is_designated=True)


def test_what_is_unclear_must_have_been_asked() -> None:
    for reason in ReturnReason:
        require_grounds(reason, has_tried_contact=True)
        if reason is ReturnReason.UNCLEAR:
            with pytest.raises(ReturnNeedsContact):
                require_grounds(reason, has_tried_contact=False)
        else:
            require_grounds(reason, has_tried_contact=False)
    assert set(SUGGESTION_MEANS) == set(ReturnReason)


def test_another_department_is_another_department() -> None:
    require_another(1, 2)
    require_another(1, None)
    with pytest.raises(ReturnToSelf):
        require_another(1, 1)


@pytest.mark.parametrize(
    ("bounces", "is_named", "outcome"),
    [
        (0, True, Outcome.REDISPATCHED),
        (0, False, Outcome.UNASSIGNED),
        (1, True, Outcome.REDISPATCHED),
        (1, False, Outcome.UNASSIGNED),
        (2, True, Outcome.ARBITRATED),
        (2, False, Outcome.ARBITRATED),
        (3, True, Outcome.ARBITRATED),
    ],
)
def test_what_an_upheld_return_comes_to(bounces: int, is_named: bool, outcome: Outcome) -> None:
    assert uphold_outcome(bounces, is_named=is_named) is outcome


@pytest.mark.parametrize(
    ("roles", "is_raised", "level"),
    [
        ({Role.DISPATCHER}, False, ReturnLevel.DISPATCHER),
        ({Role.AUTHORITY}, False, ReturnLevel.AUTHORITY),
        ({Role.DISPATCHER, Role.AUTHORITY}, False, ReturnLevel.DISPATCHER),
        ({Role.AUTHORITY}, True, ReturnLevel.AUTHORITY),
        ({Role.DISPATCHER, Role.AUTHORITY}, True, ReturnLevel.AUTHORITY),
        ({Role.DISPATCHER}, True, None),
    ],
)
def test_at_which_level_somebody_decides(
    roles: set[Role], is_raised: bool, level: ReturnLevel | None
) -> None:
    if level is None:
        with pytest.raises(ReturnWithAuthority):
            level_of(roles, is_raised=is_raised)
    else:
        assert level_of(roles, is_raised=is_raised) is level


@pytest.mark.parametrize(
    ("past", "is_designated"),
    [
        ([], False),
        ([_rejected()], True),
        ([_rejected(hop=1)], False),
        ([_rejected(level=ReturnLevel.AUTHORITY)], False),
        ([_rejected(is_disputed=True)], False),
        ([PastReturn(2, ProcedureState.GRANTED, ReturnLevel.DISPATCHER, FRIDAY_FIVE)], False),
        ([PastReturn(2, ProcedureState.WITHDRAWN, None, FRIDAY_FIVE)], False),
    ],
)
def test_what_cannot_be_disputed(past: list[PastReturn], is_designated: bool) -> None:
    given = {"hop": 2, "is_designated": is_designated}
    with pytest.raises(NothingToDispute):
        require_may_dispute(past, **given, now=FRIDAY_FIVE, working=WORKING)  # type: ignore[arg-type]
    assert not may_dispute(past, **given, now=FRIDAY_FIVE, working=WORKING)  # type: ignore[arg-type]


def test_a_rejection_is_disputed_within_two_hours_of_work() -> None:
    """From Friday at five to Monday at ten: the weekend is nobody's time."""
    closes = dispute_window(WORKING, FRIDAY_FIVE)
    assert closes > FRIDAY_FIVE + timedelta(days=2)
    past = [PastReturn(1, ProcedureState.GRANTED), _rejected()]
    for now in (FRIDAY_FIVE, closes):
        require_may_dispute(past, hop=2, is_designated=False, now=now, working=WORKING)
        assert may_dispute(past, hop=2, is_designated=False, now=now, working=WORKING)
    with pytest.raises(DisputeWindowClosed):
        require_may_dispute(past, hop=2, is_designated=False, now=closes + TICK, working=WORKING)
    assert not may_dispute(past, hop=2, is_designated=False, now=closes + TICK, working=WORKING)


def test_urgent_matters_are_not_put_down() -> None:
    assert dispute_outcome(is_urgent=True) is Outcome.ACT_FIRST
    assert dispute_outcome(is_urgent=False) is Outcome.DONE


@pytest.mark.parametrize(("present", "outcome"), [(1, Outcome.KEPT), (2, "done"), (None, "done")])
def test_whoever_has_it_and_is_designated_keeps_it(present: int | None, outcome: Outcome) -> None:
    assert arbitration_outcome(1, present) is Outcome(outcome)


@pytest.mark.parametrize(
    ("code", "seconds", "calendar"),
    [("p0", 1800, "natural"), ("p1", 1800, "natural"), ("fast-24", 7200, "working")],
)
def test_the_hotline_has_half_an_hour_where_it_is_urgent(
    code: str, seconds: int, calendar: str
) -> None:
    review = rule_for(BY_CODE[code], ClockKind.DISPUTE_REVIEW)
    arbitration = rule_for(BY_CODE[code], ClockKind.ARBITRATION)
    assert review is not None
    assert arbitration is not None
    assert (review.limit.seconds, review.calendar) == (seconds, calendar)
    assert arbitration.limit.seconds == (seconds if calendar == "natural" else 4 * 3600)
    assert arbitration.calendar == calendar
