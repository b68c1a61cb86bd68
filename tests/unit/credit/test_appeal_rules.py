"""Deadlines and persons of appeals and repairs, as functions of values."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from credit.appeals.effects import given_by, without_entry, without_tickets
from credit.appeals.errors import (
    AlreadyHeard,
    AppealMoveRefused,
    AppealOpen,
    AppealTooLate,
    NothingNew,
    OtherLevelDecides,
)
from credit.appeals.rules import (
    OPEN,
    AppealState,
    Earlier,
    appeal_until,
    late_until,
    require_following,
    require_in_time,
    require_level,
)
from credit.cases.rules import Decider, due_after, require_uninvolved
from credit.display import Displayed, is_shown
from credit.errors import DeciderInvolved
from credit.explaining import score_to_json
from credit.formula.v1 import ScoreInput, evaluate
from credit.ledger import EntryState
from credit.repairs.errors import (
    CheckMissing,
    FalseStatementOpen,
    NotClean,
    NotRepairable,
    ProofMissing,
    RepairBanned,
    RepairMoveRefused,
    RepairTooEarly,
)
from credit.repairs.rules import (
    Proof,
    RepairState,
    Standing,
    ends_on,
    minor_repaired_on,
    require_following as require_repair_following,
    require_grantable,
    require_may_ask,
)
from credit.rulebook import DEFAULT_BOOK, Indicator, InvalidRuleBook, Remedies, RuleBook, Severity
from credit.statistics import Rate
from hotline.people.permissions import Role
from hotline.workdays.official import official_calendars
from tests.support.credit_cases import DAY, entry, measured

WORKING = official_calendars()["working"]
REMEDIES = Remedies()
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 500 * 86400).map(
    lambda seconds: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@given(INSTANTS, st.integers(1, 20))
def test_so_many_days_of_work_lie_before_a_deadline(start: datetime, days: int) -> None:
    due = due_after(WORKING, start, days)
    assert WORKING.elapsed(start, due) == days * WORKING.day_seconds * 1_000_000
    assert due > due_after(WORKING, start, days - 1) or days == 1


@given(INSTANTS, INSTANTS)
def test_who_is_noticed_later_has_until_later(one: datetime, other: datetime) -> None:
    early, late = sorted((one, other))
    assert appeal_until(WORKING, early, REMEDIES) <= appeal_until(WORKING, late, REMEDIES)


def test_the_spring_festival_is_no_time_to_appeal_in() -> None:
    """Noticed on Friday noon before the holidays: ten days of work end well after them."""
    noticed = datetime(2026, 2, 13, 4, tzinfo=UTC)
    assert appeal_until(WORKING, noticed, REMEDIES) > noticed + timedelta(days=18)


@given(INSTANTS, st.integers(0, 500), st.booleans())
def test_in_time_by_itself_later_with_something_new_then_never(
    noticed: datetime, days: int, is_new: bool
) -> None:
    now = noticed + timedelta(days=days)
    in_time = now <= appeal_until(WORKING, noticed, REMEDIES)
    heard = in_time or (is_new and now <= late_until(noticed, REMEDIES))
    try:
        is_late = require_in_time(now, noticed, (), WORKING, REMEDIES, has_new_evidence=is_new)
    except (NothingNew, AppealTooLate):
        assert not heard
    else:
        assert heard
        assert is_late is not in_time


@pytest.mark.parametrize(
    ("earlier", "is_new", "refusal"),
    [
        ([Earlier(AppealState.FIRST, False)], True, AppealOpen),
        ([Earlier(AppealState.SECOND, False)], False, AppealOpen),
        ([Earlier(AppealState.REFUSED, False)], False, AlreadyHeard),
        ([Earlier(AppealState.REFUSED, True)], True, AlreadyHeard),
        (
            [Earlier(AppealState.REFUSED, False), Earlier(AppealState.WITHDRAWN, True)],
            True,
            AlreadyHeard,
        ),
    ],
)
def test_heard_as_often_as_it_may(
    earlier: list[Earlier], is_new: bool, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        require_in_time(NOW, NOW, earlier, WORKING, REMEDIES, has_new_evidence=is_new)


def test_what_was_taken_back_was_not_heard_and_new_evidence_is() -> None:
    taken_back = [Earlier(AppealState.WITHDRAWN, False)]
    assert not require_in_time(NOW, NOW, taken_back, WORKING, REMEDIES, has_new_evidence=False)
    refused = [Earlier(AppealState.REFUSED, False)]
    assert require_in_time(NOW, NOW, refused, WORKING, REMEDIES, has_new_evidence=True)


def test_each_level_has_its_deciders_and_what_is_over_none() -> None:
    require_level(AppealState.FIRST, {Role.AUDITOR})
    require_level(AppealState.FIRST, {Role.SUPERVISOR, Role.VISITOR})
    require_level(AppealState.SECOND, {Role.AUTHORITY})
    for state, roles in (
        (AppealState.FIRST, {Role.AUTHORITY}),
        (AppealState.SECOND, {Role.AUDITOR, Role.SUPERVISOR, Role.ADMIN}),
    ):
        with pytest.raises(OtherLevelDecides):
            require_level(state, roles)
    for state in set(AppealState) - OPEN:
        with pytest.raises(AppealMoveRefused):
            require_level(state, set(Role))


def test_an_appeal_ends_once() -> None:
    for state in (AppealState.UPHELD, AppealState.WITHDRAWN):
        for following in AppealState:
            with pytest.raises(AppealMoveRefused):
                require_following(state, following)
    require_following(AppealState.REFUSED, AppealState.SECOND)


def test_who_had_a_part_does_not_decide() -> None:
    he, she = uuid.UUID(int=1), uuid.UUID(int=2)
    require_uninvolved(Decider(he, 1), 2, {she, None})
    require_uninvolved(Decider(None, None), 2, {None})  # the system is nobody
    for decider, before in ((Decider(he, 2), set()), (Decider(he, 1), {he, she})):
        with pytest.raises(DeciderInvolved):
            require_uninvolved(decider, 2, before)


FULL = Proof("已整改", ("验收单",), "保证不再发生", "培训签到表")
ON = date(2026, 1, 10)


def _standing(severity: Severity, **more: object) -> Standing:
    return replace(Standing(severity, EntryState.IN_FORCE, ON), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("severity", "days"), [(Severity.MINOR, 0), (Severity.GENERAL, 90), (Severity.SEVERE, 365)]
)
def test_from_which_day_on(severity: Severity, days: int) -> None:
    require_may_ask(_standing(severity), FULL, ON + timedelta(days=days), REMEDIES)
    if days:
        with pytest.raises(RepairTooEarly):
            require_may_ask(_standing(severity), FULL, ON + timedelta(days=days - 1), REMEDIES)


def test_what_each_class_asks_for() -> None:
    later = ON + timedelta(days=400)
    require_may_ask(_standing(Severity.MINOR), Proof("已整改"), later, REMEDIES)
    for severity, proof in (
        (Severity.MINOR, Proof("")),
        (Severity.GENERAL, replace(FULL, pledge=None)),
        (Severity.GENERAL, replace(FULL, evidence=())),
        (Severity.SEVERE, replace(FULL, training=None)),
    ):
        with pytest.raises(ProofMissing):
            require_may_ask(_standing(severity), proof, later, REMEDIES)
    require_may_ask(_standing(Severity.GENERAL), replace(FULL, training=None), later, REMEDIES)


def test_sixty_clean_days_and_a_year_after_a_false_statement() -> None:
    today = ON + timedelta(days=200)
    lately = _standing(Severity.GENERAL, last_same_on=today - timedelta(days=59))
    with pytest.raises(NotClean):
        require_may_ask(lately, FULL, today, REMEDIES)
    require_may_ask(lately, FULL, today + timedelta(days=1), REMEDIES)
    lied = _standing(Severity.MINOR, last_false_on=today)
    with pytest.raises(RepairBanned):
        require_may_ask(lied, FULL, today + timedelta(days=364), REMEDIES)
    require_may_ask(lied, FULL, today + timedelta(days=365), REMEDIES)


@pytest.mark.parametrize("state", sorted(set(EntryState) - {EntryState.IN_FORCE}))
def test_only_what_is_in_force_is_repaired(state: EntryState) -> None:
    with pytest.raises(NotRepairable):
        require_may_ask(
            _standing(Severity.GENERAL, state=state), FULL, ON + timedelta(days=200), REMEDIES
        )
    with pytest.raises(NotRepairable):
        require_may_ask(_standing(Severity.PLUS), FULL, ON + timedelta(days=200), REMEDIES)


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@given(DAYS, DAYS, st.lists(DAYS, max_size=5))
def test_a_minor_event_repairs_itself_after_thirty_clean_days(
    on: date, cured: date, again: list[date]
) -> None:
    day = minor_repaired_on(on, cured, again, REMEDIES)
    assert all((day - one).days >= 30 for one in (on, cured, *again))
    assert any((day - one).days == 30 for one in (on, cured, *again))


def test_people_grant_only_what_was_checked() -> None:
    require_grantable(Severity.GENERAL, RepairState.CHECKED, is_good=True, is_doubted=False)
    for state, is_good, is_doubted, refusal in (
        (RepairState.ASKED, False, False, CheckMissing),
        (RepairState.CHECKED, False, False, CheckMissing),
        (RepairState.CHECKED, True, True, FalseStatementOpen),
        (RepairState.REFUSED, True, False, RepairMoveRefused),
    ):
        with pytest.raises(refusal):
            require_grantable(Severity.SEVERE, state, is_good=is_good, is_doubted=is_doubted)
    with pytest.raises(CheckMissing):  # time does it
        require_grantable(Severity.MINOR, RepairState.ASKED, is_good=True, is_doubted=False)
    for state in (RepairState.FALSE, RepairState.WITHDRAWN):
        with pytest.raises(RepairMoveRefused):
            require_repair_following(state, RepairState.FALSE)


@pytest.mark.parametrize(
    ("severity", "most"),
    [(Severity.MINOR, 0), (Severity.GENERAL, 365), (Severity.SEVERE, 1095), (Severity.PLUS, 365)],
)
def test_what_the_public_sees_and_for_how_long(severity: Severity, most: int) -> None:
    in_force = Displayed(severity, EntryState.IN_FORCE, ON)
    shown = [
        age for age in range(-2, 1100) if is_shown(in_force, ON + timedelta(days=age), DEFAULT_BOOK)
    ]
    assert shown == list(range(most))
    assert all(later == earlier + 1 for earlier, later in pairwise(shown))
    assert is_shown(replace(in_force, state=EntryState.OBJECTED), ON, DEFAULT_BOOK) is bool(most)
    hidden = set(EntryState) - {EntryState.IN_FORCE, EntryState.OBJECTED}
    assert not any(is_shown(replace(in_force, state=one), ON, DEFAULT_BOOK) for one in hidden)
    assert not is_shown(replace(in_force, confirmed_on=None), ON, DEFAULT_BOOK)
    if most > 0:
        assert ends_on(DEFAULT_BOOK.decays[severity], ON) == ON + timedelta(days=most)


def test_limits_are_days_and_part_of_the_rules() -> None:
    with pytest.raises(InvalidRuleBook):
        replace(DEFAULT_BOOK, remedies=replace(REMEDIES, first_days=0))
    assert isinstance(DEFAULT_BOOK, RuleBook)


def test_a_score_is_made_again_with_and_without_what_is_in_dispute() -> None:
    events = [entry("false_closure", ON, number=1), entry("milestone_missed", ON, number=2)]
    given_ = ScoreInput(DAY, 40, measured(promise="38/40", sign="39/40"), events)
    kept = evaluate(given_, DEFAULT_BOOK)
    again = given_by(score_to_json(kept), events, DAY)
    made = without_entry(again, events[0].id, DEFAULT_BOOK)
    assert made is not None
    refused, upheld = made
    assert refused.score == kept.score
    assert upheld.ledger == Decimal("-0.30")  # what two points weigh after 324 days
    assert without_entry(again, uuid.UUID(int=9), DEFAULT_BOOK) is None
    figure = without_tickets(again, Indicator.PROMISE, Rate(Decimal(0), 2), DEFAULT_BOOK)
    assert figure is not None
    assert figure[1].performance is not None
    assert figure[0].performance is not None
    assert figure[1].performance > figure[0].performance
    assert without_tickets(again, Indicator.QUALITY, Rate(Decimal(0), 1), DEFAULT_BOOK) is None
    none_left = without_tickets(again, Indicator.SIGN, Rate(Decimal(39), 40), DEFAULT_BOOK)
    assert none_left is not None
