"""Receivers: tried in turn, nobody passed over in silence, somebody on duty at the end."""

import uuid
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from hotline.escalation.receivers import (
    ON_CLOCK,
    RAISED_TO,
    Case,
    Receiver,
    Roster,
    SkipReason,
    chains_for,
    resolve,
)
from hotline.people.permissions import Role
from hotline.sla.policy import ClockKind, Rung


def _id(number: int) -> uuid.UUID:
    return uuid.UUID(int=number)


HOTLINE, UNIT = 1, 2
HANDLER, LEADER, DUTY, SUPERVISOR, HEAD, OFFICE, ADMIN, OPERATOR = map(_id, range(10, 18))
FULL = Roster(
    by_role={
        (Role.HANDLER.value, UNIT): [HANDLER],
        (Role.LEADER.value, UNIT): [LEADER],
        (Role.OPERATOR.value, HOTLINE): [OPERATOR],
    },
    by_role_anywhere={
        Role.SUPERVISOR.value: [SUPERVISOR],
        Role.AUTHORITY.value: [OFFICE],
        Role.ADMIN.value: [ADMIN],
    },
    duty={HOTLINE: HEAD, UNIT: DUTY},
    active=frozenset({HANDLER, LEADER, DUTY, SUPERVISOR, HEAD, OFFICE, ADMIN, OPERATOR}),
    hotline_id=HOTLINE,
)
EMPTY = Roster({}, {}, {}, frozenset(), HOTLINE)


def _work(rung: Rung, holder: uuid.UUID | None = HANDLER) -> Case:
    return Case(ClockKind.COMPLETE, rung, UNIT, holder)


@pytest.mark.parametrize(
    ("rung", "told"),
    [
        (Rung.YELLOW, {HANDLER}),
        (Rung.ORANGE, {HANDLER, DUTY, LEADER}),
        (Rung.RED, {HANDLER, DUTY, LEADER, SUPERVISOR}),
        (Rung.URGE, {HANDLER, LEADER, SUPERVISOR}),
        (Rung.ORDER, {LEADER, DUTY, SUPERVISOR}),
        (Rung.LISTING, {LEADER, SUPERVISOR, OFFICE}),
    ],
)
def test_who_is_told_of_a_departments_work(rung: Rung, told: set[uuid.UUID]) -> None:
    found = resolve(_work(rung), FULL)
    assert (set(found.users), found.skipped, found.is_nobody) == (told, (), False)


def test_the_hotlines_own_clocks_go_to_its_own_people() -> None:
    case = Case(ClockKind.ACCEPT, Rung.RED, HOTLINE, None)
    found = resolve(case, FULL)
    assert set(found.users) == {OPERATOR, SUPERVISOR, HEAD}
    assert found.skipped == ((Receiver.HOLDER, SkipReason.NO_HOLDER),)


def test_each_one_passed_over_is_written_with_its_reason() -> None:
    roster = replace(FULL, by_role={}, duty={HOTLINE: HEAD})
    found = resolve(_work(Rung.YELLOW, holder=_id(99)), roster)
    assert found.users == (SUPERVISOR,)
    assert found.skipped == (
        (Receiver.HOLDER, SkipReason.HOLDER_AWAY),
        (Receiver.UNIT_WORKERS, SkipReason.NOBODY),
        (Receiver.UNIT_DUTY, SkipReason.NO_DUTY_HOLDER),
        (Receiver.UNIT_LEADERS, SkipReason.NOBODY),
    )


def test_where_nobody_is_left_it_says_so() -> None:
    found = resolve(_work(Rung.RED, holder=None), EMPTY)
    assert found.users == ()
    assert found.is_nobody


def test_a_person_on_duty_who_is_switched_off_is_passed_over() -> None:
    roster = replace(FULL, by_role={}, active=FULL.active - {DUTY, HANDLER})
    found = resolve(_work(Rung.YELLOW), roster)
    assert (Receiver.UNIT_DUTY, SkipReason.NO_DUTY_HOLDER) in found.skipped
    assert found.users == (SUPERVISOR,)


@pytest.mark.parametrize("rung", list(Rung))
@pytest.mark.parametrize("kind", list(ClockKind))
def test_every_chain_ends_with_people_on_duty(kind: ClockKind, rung: Rung) -> None:
    last = {Receiver.HOTLINE_DUTY, Receiver.SUPERVISORS, Receiver.ADMINS}
    for chain in (*chains_for(kind, rung), *RAISED_TO[rung]):
        assert last <= set(chain)
        assert chain[-1] is Receiver.ADMINS


PEOPLE = st.lists(st.integers(20, 29).map(_id), max_size=2)


@given(
    st.sampled_from(ClockKind),
    st.sampled_from(Rung),
    st.dictionaries(st.tuples(st.sampled_from([r.value for r in Role]), st.just(UNIT)), PEOPLE),
    st.dictionaries(st.sampled_from([r.value for r in Role]), PEOPLE),
    st.dictionaries(st.sampled_from([HOTLINE, UNIT]), st.integers(20, 29).map(_id)),
    st.none() | st.integers(20, 29).map(_id),
)
def test_as_long_as_somebody_is_on_duty_somebody_is_told(
    kind: ClockKind,
    rung: Rung,
    by_role: dict[tuple[str, int], list[uuid.UUID]],
    anywhere: dict[str, list[uuid.UUID]],
    duty: dict[int, uuid.UUID],
    holder: uuid.UUID | None,
) -> None:
    active = frozenset(_id(n) for n in range(20, 30))
    roster = Roster(by_role, anywhere, duty, active, HOTLINE)
    found = resolve(Case(kind, rung, UNIT, holder), roster)
    manned = bool(
        anywhere.get(Role.SUPERVISOR.value) or anywhere.get(Role.ADMIN.value) or HOTLINE in duty
    )
    assert bool(found.users) or not manned
    assert not (manned and found.is_nobody)
    assert len(set(found.users)) == len(found.users)
    # The same question has the same answer.
    assert resolve(Case(kind, rung, UNIT, holder), roster) == found


def test_the_authority_and_the_duty_head_are_told_when_nobody_acknowledges() -> None:
    found = resolve(_work(Rung.RED), FULL, RAISED_TO[Rung.RED])
    assert found.users == (OFFICE, HEAD)


def test_the_hotlines_clocks_are_those_that_no_department_is_on() -> None:
    assert ClockKind.COMPLETE not in ON_CLOCK
    assert ClockKind.SUPERVISION_REPLY not in ON_CLOCK
    assert set(ON_CLOCK.values()) <= {
        Role.OPERATOR,
        Role.DISPATCHER,
        Role.AUDITOR,
        Role.VISITOR,
        Role.AUTHORITY,
        Role.SUPERVISOR,
    }
