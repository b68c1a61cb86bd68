"""Who held a ticket: hops without a gap, whose lengths are the whole time."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from hotline.sla.explanation import explain_clock
from hotline.sla.policy import ClockKind
from hotline.tickets.holdings import Counted, Holder, holdings_of, shares_of
from hotline.tickets.lifecycle import Action
from tests.unit.hotline.sla.test_explanation import NATURAL, NINE, WORKING, Lived

HOUR = 3600 * 1_000_000
PERSON = uuid.UUID(int=7)


def row(at: datetime, unit: int | None, **changes: Any) -> dict[str, Any]:
    return {"at": at, "changes": {"owner_department_id": unit, **changes}}


HOLDERS = st.one_of(
    st.none(),
    st.builds(
        Holder,
        st.integers(1, 3),
        st.sampled_from([None, PERSON]),
        st.sampled_from([None, "department_duty"]),
    ),
)


@given(
    first=HOLDERS,
    later=st.lists(st.tuples(st.integers(-3, 10**12), HOLDERS), max_size=12),
    rest=st.integers(0, 10**12),
)
def test_the_hops_are_the_whole_time(
    first: Holder | None, later: list[tuple[int, Holder | None]], rest: int
) -> None:
    at, rows = NINE, []
    for past, holder in [(0, first), *later]:
        at += timedelta(microseconds=past)
        changes = {
            "owner_department_id": holder.department_id if holder else None,
            "holder_user_id": str(holder.user_id) if holder and holder.user_id else None,
            "holder_post": holder.post if holder else None,
        }
        rows.append({"at": at, "changes": changes})
    now = at + timedelta(microseconds=rest)
    found = holdings_of(rows, now)
    assert sum(hop.microseconds for hop in found.hops) == found.total
    for one, other in zip(found.hops, found.hops[1:], strict=False):
        assert one.until == other.since
    if found.ended_at is None:
        assert found.total >= (now - NINE) // timedelta(microseconds=1)
    units = {hop.holder.department_id for hop in found.hops if hop.holder}
    shares = shares_of(found, [])
    assert {share.department_id for share in shares} - {None} == units
    assert sum(share.held for share in shares) == found.total
    if found.holder and found.held is not None:
        assert found.held <= found.total


def test_a_ticket_goes_from_desk_to_desk() -> None:
    rows = [
        row(NINE, 1, holder_post="acceptance_desk", submitted_at=NINE.isoformat()),
        {"at": NINE + timedelta(minutes=5), "changes": {"urgency": "p1"}},
        row(NINE + timedelta(hours=1), 2, holder_post="department_duty"),
        row(NINE + timedelta(hours=2), 2, holder_post=None, holder_user_id=str(PERSON)),
        row(NINE + timedelta(hours=5), 1, holder_post="audit_desk", holder_user_id=None),
        row(NINE + timedelta(hours=6), None, holder_post=None),
        row(NINE + timedelta(hours=30), 2, holder_user_id=str(PERSON)),
    ]
    closed = holdings_of(rows[:-1], NINE + timedelta(days=9))
    assert closed.ended_at == NINE + timedelta(hours=6)
    assert (closed.total, closed.holder, closed.held) == (6 * HOUR, None, None)
    reopened = holdings_of(rows, NINE + timedelta(hours=32))
    assert [hop.microseconds // HOUR for hop in reopened.hops] == [1, 1, 3, 1, 24, 2]
    assert reopened.hops[-2].holder is None
    assert reopened.holder == Holder(2, PERSON, None)
    assert reopened.total == 32 * HOUR
    assert reopened.held == 6 * HOUR
    assert [(s.department_id, s.held // HOUR) for s in shares_of(reopened, [])] == [
        (1, 2),
        (2, 6),
        (None, 24),
    ]


def counted(lived: Lived, kind: ClockKind, unit: int, now: datetime, hop: int = 1) -> Counted:
    lived.clock.kind, lived.clock.department_id, lived.clock.hop = kind, unit, hop
    return Counted(
        lived.clock,
        lived.changes,
        explain_clock(lived.clock, lived.changes, lived.versions, now),
        lived.versions,
    )


def test_what_several_clocks_count_at_once_is_counted_once() -> None:
    now = NINE + timedelta(hours=10)
    other, work = Lived.begun(NATURAL, 1800), Lived.begun(NATURAL, 86400)
    contact = Lived.begun(NATURAL, 86400)
    other.settle(NINE + timedelta(hours=1))
    work.pause(NINE + timedelta(hours=3))
    work.resume(NINE + timedelta(hours=6), NINE + timedelta(hours=4))
    clocks = [
        counted(other, ClockKind.CO_OPINION, 2, now),
        counted(work, ClockKind.COMPLETE, 2, now),
        counted(contact, ClockKind.FIRST_CONTACT, 2, now),
    ]
    holdings = holdings_of([row(NINE, 2, holder_post="department_duty")], now)
    (share,) = shares_of(holdings, clocks)
    assert (share.held // HOUR, share.responsible // HOUR) == (10, 8)


def test_office_hours_and_all_hours_overlap() -> None:
    now = NINE + timedelta(hours=24)
    office, natural = Lived.begun(WORKING, 7 * 3600), Lived.begun(NATURAL, 3600)
    natural.settle(NINE + timedelta(hours=4))
    clocks = [
        counted(office, ClockKind.COMPLETE, 2, now),
        counted(natural, ClockKind.BAD_RATING_FIX, 2, now),
    ]
    holdings = holdings_of([row(NINE, 2, holder_post="department_duty")], now)
    (share,) = shares_of(holdings, clocks)
    # The noon hour counts by the clock that runs all day; the night counts by none.
    assert share.responsible == 8 * HOUR


def test_a_return_upheld_costs_the_unit_nothing_and_one_refused_costs_it_the_time() -> None:
    now = NINE + timedelta(hours=20)
    holdings = holdings_of(
        [
            row(NINE, 2, holder_post="department_duty"),
            row(NINE + timedelta(hours=4), 3, holder_post="department_duty"),
        ],
        now,
    )
    sign, work = Lived.begun(NATURAL, 1800), Lived.begun(NATURAL, 86400)
    sign.settle(NINE + timedelta(hours=1))
    work.pause(NINE + timedelta(hours=2))
    work.changes[-1].reason = Action.REQUEST_RETURN
    work.cancel(NINE + timedelta(hours=4))
    given_back = [counted(sign, ClockKind.SIGN, 2, now), counted(work, ClockKind.COMPLETE, 2, now)]
    assert [share.responsible for share in shares_of(holdings, given_back)] == [0, 0]
    work.changes[-1].reason = Action.REQUEST_SUPPLEMENT
    kept = [counted(sign, ClockKind.SIGN, 2, now), counted(work, ClockKind.COMPLETE, 2, now)]
    assert shares_of(holdings, kept)[0].responsible == 2 * HOUR


def test_a_timeline_without_rows_is_none() -> None:
    with pytest.raises(ValueError, match="at least one"):
        holdings_of([], NINE)
