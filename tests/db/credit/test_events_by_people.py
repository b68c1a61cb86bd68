"""Events by people: proposed, confirmed by another, in force by term, accepted, tolerated, taken back."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from credit.bookkeeping import NewEntry, change_entry, find_entry
from credit.books import book_at
from credit.entries import actions
from credit.entries.confirming import confirm_due
from credit.entries.entering import enter
from credit.entries.errors import (
    AlreadyProposedForEntry,
    EntryIsReversal,
    NoPartInTicket,
    NotAnEvent,
    NothingToRestOn,
    PersonalDataInWords,
    ProposalNotFound,
    ProposalOver,
    SecondPersonOfCheckNeeded,
)
from credit.entries.models import EntryTerm, Proposal
from credit.entries.offering import offer_due
from credit.entries.queries import read_entry
from credit.entries.rules import ProposalState
from credit.errors import EntryMoveRefused, EntryNotFound, UnknownEventCode
from credit.ledger import EntrySource, EntryState
from credit.scoring import score_all
from credit.verification import verify_chains
from hotline.people.actions import DepartmentNotFound
from hotline.people.principal import PermissionDenied, Tx
from hotline.tickets.errors import TicketNotFound
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import NAME, PHONE, Build
from tests.support.credit_told import ledger, only_entry, some_id, standing, tell_credit


async def _propose(build: Build, by: str = "supervisor", **words: Any) -> Proposal:
    given = {
        "code": "rude_service",
        "department": "chengguan",
        "finding": "录音核实服务态度差",
        "document": "通报〔2026〕3号",
    } | words
    async with build.acting(by) as tx:
        return await actions.propose_entry(tx, **given)


async def _confirm(build: Build, proposal: Proposal, by: str = "supervisor.second") -> Proposal:
    async with build.acting(by) as tx:
        return await actions.confirm_proposal(tx, proposal.id, words="复核属实")


async def _refuse(build: Build, proposal: Proposal, by: str = "supervisor.second") -> Proposal:
    async with build.acting(by) as tx:
        return await actions.refuse_proposal(tx, proposal.id, reason="证据不足")


async def _points(build: Build, unit: str = "chengguan") -> str:
    async with build.session_maker() as session:
        scored = await score_all(session, build.clock.now())
    [one] = [one for one in scored if one.department.code == unit]
    return str(one.score.ledger)


async def _whole(build: Build) -> None:
    async with build.session_maker() as session:
        assert [one async for one in verify_chains(session)] == []


# -- proposing -----------------------------------------------------------------------------------------


async def test_what_one_person_enters_waits_for_its_term(build: Build) -> None:
    proposal = await _propose(build)
    row = await only_entry(build)
    assert (proposal.state, proposal.entry_id) == (ProposalState.ENTERED, row.entry.id)
    assert (row.state, row.entry.source) == (EntryState.PROVISIONAL, EntrySource.PERSON)
    assert row.entry.proof["finding"] == "录音核实服务态度差"
    assert await _points(build) == "0.00"


async def test_two_make_a_severe_event(build: Build) -> None:
    proposal = await _propose(build, code="data_tamper")
    assert (proposal.state, await ledger(build)) == (ProposalState.WAITING, [])
    with pytest.raises(SecondPersonOfCheckNeeded):
        await _confirm(build, proposal, "supervisor")
    done = await _confirm(build, proposal)
    assert done.state is ProposalState.ENTERED
    row = await only_entry(build)
    people = build.city.people
    assert row.state is EntryState.IN_FORCE
    assert row.entry.recorded_by == people["supervisor"].user_id
    assert row.entry.second_by == people["supervisor.second"].user_id
    assert await _points(build) == "-15.00"
    with pytest.raises(ProposalOver):
        await _confirm(build, proposal, "authority")
    await _whole(build)


async def test_what_the_rules_leave_to_checks_takes_two_even_when_it_is_good(build: Build) -> None:
    proposal = await _propose(build, code="hard_case_solved")
    assert proposal.state is ProposalState.WAITING
    await _confirm(build, proposal, "authority")
    assert await standing(build) == [("hard_case_solved", "in_force")]


async def test_a_proposal_set_aside(build: Build) -> None:
    proposal = await _propose(build, code="retaliation")
    refused = await _refuse(build, proposal)
    assert (refused.state, refused.decision) == (ProposalState.REFUSED, "证据不足")
    with pytest.raises(ProposalOver):
        await _refuse(build, proposal)
    own = await _propose(build, code="retaliation")
    assert (await _refuse(build, own, "supervisor")).decided_by is None  # taken back
    assert await ledger(build) == []


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ({"code": "unheard_of"}, UnknownEventCode),
        ({"code": "late_sign"}, NotAnEvent),
        ({"code": "tolerance"}, NotAnEvent),
        ({"department": "hotline"}, DepartmentNotFound),
        ({"department": "nowhere"}, DepartmentNotFound),
        ({"document": None}, NothingToRestOn),
        ({"document": None, "ticket": "2603029999990"}, TicketNotFound),
        ({"finding": f"致电{PHONE}核实"}, PersonalDataInWords),
        ({"evidence": ["身份证320102199001011234"]}, PersonalDataInWords),
        ({"document": "x@example.com"}, PersonalDataInWords),
    ],
)
async def test_what_cannot_be_proposed(
    build: Build, words: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await _propose(build, **words)
    async with build.session_maker() as session:
        assert (await session.exec(select(Proposal))).all() == []


async def test_it_rests_on_a_ticket_that_the_department_had(build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    with pytest.raises(NoPartInTicket):
        await _propose(build, department="zhujian", ticket=number)
    for words in ({"finding": f"{NAME}反映态度差"}, {"evidence": ["建设路12号3栋2单元照片"]}):
        with pytest.raises(PersonalDataInWords):
            await _propose(build, ticket=number, **words)
    await _propose(build, ticket=f" {number} ", document=None, happened_on=date(2026, 2, 20))
    row = await only_entry(build)
    assert row.entry.ticket_number == number
    assert row.entry.occurred_at.isoformat() == "2026-02-20T04:00:00+00:00"


async def test_whoever_is_of_the_department_has_no_say(build: Build) -> None:
    proposal = await _propose(build, code="data_tamper")
    lent = build.city.people["supervisor.second"]
    moved = type(lent)(
        lent.roles, lent.user_id, lent.username, "借调", build.city.departments["chengguan"]
    )
    doings: Sequence[Callable[[Tx], Awaitable[object]]] = (
        lambda tx: actions.confirm_proposal(tx, proposal.id, words="属实"),
        lambda tx: actions.refuse_proposal(tx, proposal.id, reason="不实"),
        lambda tx: actions.propose_entry(
            tx, code="rude_service", department="chengguan", finding="x", document="y"
        ),
    )
    for doing in doings:
        with pytest.raises(SecondPersonOfCheckNeeded):
            async with build.acting(moved) as tx:
                await doing(tx)


@pytest.mark.parametrize("by", ["operator", "auditor", "admin", "leader.chengguan", "observer"])
async def test_it_is_not_for_everybody(build: Build, by: str) -> None:
    proposal = await _propose(build, code="data_tamper")
    entry = (await _propose(build)).entry_id or some_id()
    doings: Sequence[Callable[[Tx], Awaitable[object]]] = (
        lambda tx: actions.propose_entry(
            tx, code="rude_service", department="zhujian", finding="x", document="y"
        ),
        lambda tx: actions.confirm_proposal(tx, proposal.id, words="属实"),
        lambda tx: actions.refuse_proposal(tx, proposal.id, reason="不实"),
        lambda tx: actions.propose_reversal(tx, entry, finding="误录"),
        lambda tx: actions.tolerate_entry(tx, entry, reason="先行先试"),
    )
    for doing in doings:
        with pytest.raises(PermissionDenied):
            async with build.acting(by) as tx:
                await doing(tx)


async def test_two_who_confirm_at_once(own_build: Build) -> None:
    proposal = await _propose(own_build, code="data_tamper")
    done = await asyncio.gather(
        *(_confirm(own_build, proposal, by) for by in ("supervisor.second", "authority")),
        return_exceptions=True,
    )
    assert [type(one) for one in done if isinstance(one, Exception)] == [ProposalOver]
    assert len(await ledger(own_build)) == 1
    with pytest.raises(ProposalNotFound):
        async with own_build.acting("authority") as tx:
            await actions.confirm_proposal(tx, some_id(), words="x")


# -- coming into force ---------------------------------------------------------------------------------


async def test_an_event_comes_into_force_after_three_working_days(build: Build) -> None:
    await _propose(build)
    term = (await only_entry(build)).confirm_by
    assert term is not None
    assert term.isoformat() == "2026-03-04T09:00:00+00:00"  # from Monday on to Wednesday's end
    build.clock.set(term - timedelta(seconds=1))
    assert await confirm_due(build.session_maker, build.cipher, build.clock.now()) == 0
    build.clock.set(term + timedelta(days=30))  # after whatever standstill
    assert await confirm_due(build.session_maker, build.cipher, build.clock.now()) == 1
    assert await confirm_due(build.session_maker, build.cipher, build.clock.now()) == 0
    row = await only_entry(build)
    assert (row.state, row.confirm_by) == (EntryState.IN_FORCE, None)
    async with build.session_maker() as session:
        course = await read_entry(session, build.city.people["supervisor"], row.entry.id)
    assert [change.reason for change in course.changes] == ["rude_service", "term_passed"]
    assert await _points(build) == "-3.00"


async def test_what_is_objected_to_does_not_come_into_force_by_itself(build: Build) -> None:
    entry_id = (await _propose(build)).entry_id or some_id()
    async with build.acting("supervisor") as tx:
        entry = await find_entry(tx, entry_id)
        await change_entry(tx, entry, EntryState.OBJECTED, reason="异议")
    build.clock.move(days=30)
    assert await confirm_due(build.session_maker, build.cipher, build.clock.now()) == 0
    assert (await only_entry(build)).state is EntryState.OBJECTED
    async with build.session_maker() as session:
        [term] = (await session.exec(select(EntryTerm))).all()
        assert term.settled_at == build.clock.now()
    with pytest.raises(EntryMoveRefused):
        async with build.acting("leader.chengguan") as tx:
            await actions.accept_entry(tx, entry_id)


async def test_workers_at_once_confirm_each_once(own_build: Build) -> None:
    for _ in range(5):
        await _propose(own_build)
    now = own_build.clock.move(days=10)
    counts = await asyncio.gather(
        *(confirm_due(own_build.session_maker, own_build.cipher, now) for _ in range(3))
    )
    assert sum(counts) == 5
    assert {row.state for row in await ledger(own_build)} == {EntryState.IN_FORCE}
    await _whole(own_build)


class _Killed(BaseException):
    """A process that is gone."""


async def test_whoever_is_cut_short_leaves_nothing_half_done(
    own_build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _propose(own_build)
    now = own_build.clock.move(days=10)

    async def die(*_: Any, **__: Any) -> None:
        raise _Killed

    with monkeypatch.context() as patch:
        patch.setattr("credit.entries.entering.settle_term", die)
        with pytest.raises(_Killed):
            await confirm_due(own_build.session_maker, own_build.cipher, now)
    assert (await only_entry(own_build)).state is EntryState.PROVISIONAL
    assert await confirm_due(own_build.session_maker, own_build.cipher, now) == 1
    await _whole(own_build)


async def test_a_leader_accepts_what_is_his_departments(build: Build) -> None:
    entry_id = (await _propose(build)).entry_id or some_id()
    for by, error in (
        ("handler.chengguan", PermissionDenied),
        ("supervisor", PermissionDenied),
        ("leader.zhujian", EntryNotFound),
    ):
        with pytest.raises(error):
            async with build.acting(by) as tx:
                await actions.accept_entry(tx, entry_id)
    async with build.acting("leader.chengguan") as tx:
        await actions.accept_entry(tx, entry_id)
    assert (await only_entry(build)).state is EntryState.IN_FORCE
    with pytest.raises(EntryMoveRefused):
        async with build.acting("leader.chengguan") as tx:
            await actions.accept_entry(tx, entry_id)


# -- taking back ---------------------------------------------------------------------------------------


async def _in_force(build: Build, code: str = "rude_service") -> uuid.UUID:
    await _propose(build, code=code)
    build.clock.move(days=7)
    await confirm_due(build.session_maker, build.cipher, build.clock.now())
    return (await only_entry(build)).entry.id


async def test_a_correction_takes_two(build: Build) -> None:
    entry_id = await _in_force(build)
    before, at = await _points(build), build.clock.now()
    async with build.acting("supervisor") as tx:
        proposal = await actions.propose_reversal(tx, entry_id, finding="认错单位")
    with pytest.raises(AlreadyProposedForEntry):
        async with build.acting("authority") as tx:
            await actions.propose_reversal(tx, entry_id, finding="再提")
    with pytest.raises(SecondPersonOfCheckNeeded):
        await _confirm(build, proposal, "supervisor")
    build.clock.move(days=1)
    await _confirm(build, proposal)
    rows = {row.entry.reverses_id is None: row for row in await ledger(build)}
    assert rows[True].state is EntryState.REVOKED
    assert rows[False].entry.second_by == build.city.people["supervisor.second"].user_id
    assert rows[False].entry.points == -rows[True].entry.points
    assert (before, await _points(build)) == ("-3.00", "0.00")
    async with build.session_maker() as session:
        then = await score_all(session, at)
    assert [str(one.score.ledger) for one in then if one.department.code == "chengguan"] == [before]
    for entry, error in (
        (rows[True].entry.id, EntryMoveRefused),
        (rows[False].entry.id, EntryIsReversal),
    ):
        with pytest.raises(error):
            async with build.acting("supervisor") as tx:
                await actions.propose_reversal(tx, entry, finding="又一次")
    await _whole(build)


async def test_a_correction_that_is_refused_leaves_all_as_it_was(build: Build) -> None:
    entry_id = await _in_force(build)
    async with build.acting("supervisor") as tx:
        proposal = await actions.propose_reversal(tx, entry_id, finding="误录")
    await _refuse(build, proposal)
    assert await standing(build) == [("rude_service", "in_force")]
    async with build.acting("supervisor") as tx:
        await actions.propose_reversal(tx, entry_id, finding="有新证据")


async def test_tolerance_is_the_authoritys(build: Build) -> None:
    entry_id = await _in_force(build)
    with pytest.raises(PermissionDenied):
        async with build.acting("supervisor") as tx:
            await actions.tolerate_entry(tx, entry_id, reason="先行先试")
    async with build.acting("authority") as tx:
        await actions.tolerate_entry(
            tx, entry_id, reason="改革探索中的失误", document="容错〔2026〕1号"
        )
    rows = {row.entry.code: row for row in await ledger(build)}
    assert rows["rude_service"].state is EntryState.REVOKED
    assert rows["tolerance"].entry.document == "容错〔2026〕1号"
    assert rows["tolerance"].entry.reverses_id == entry_id
    assert await _points(build) == "0.00"
    with pytest.raises(EntryMoveRefused):
        async with build.acting("authority") as tx:
            await actions.tolerate_entry(tx, entry_id, reason="再一次")
    await _whole(build)


async def test_what_people_entered_only_people_take_back(build: Build) -> None:
    number = await build.ticket(Status.DISPATCHED)
    await _propose(build, ticket=number)
    await build.do(Action.REQUEST_RETURN, number)
    await build.do(Action.DECIDE_RETURN, number, uphold=True, department="jiaotong")
    await tell_credit(build)
    assert await standing(build) == [("rude_service", "provisional")]


async def test_the_same_cause_entered_by_many_at_once(own_build: Build) -> None:
    unit = own_build.city.departments["chengguan"]
    ticket = some_id()

    async def once() -> bool:
        async with own_build.acting("system") as tx:
            rules = await book_at(tx.session, tx.now)
            new = NewEntry(
                department_id=unit,
                code="co_timeout",
                source_key="same",
                occurred_at=tx.now,
                ticket_id=ticket,
            )
            return await enter(tx, new, rules) is not None

    assert sum(await asyncio.gather(*(once() for _ in range(6)))) == 1
    assert len(await ledger(own_build)) == 1


# -- the season ----------------------------------------------------------------------------------------


async def _matters(build: Build, count: int, day: date) -> None:
    """Let a department have had matters of a season, without each being handled here."""
    number = await build.ticket(Status.PROCESSING)
    ticket = await build.find(number)
    async with build.acting("admin") as tx:
        await tx.session.exec(  # type: ignore[call-overload]
            sa.text(
                "INSERT INTO tickets SELECT (t).* FROM (SELECT jsonb_populate_record(k, "
                "jsonb_build_object('id', gen_random_uuid(), 'number', :prefix || "
                "lpad(n::text, 5, '0'), 'submitted_at', CAST(:at AS timestamptz))) AS t "
                "FROM tickets k, generate_series(1, :count) n WHERE k.id = :id) made"
            ),
            params={
                "prefix": f"{day:%y%m%d}00",
                "at": datetime(day.year, day.month, day.day, 4, tzinfo=build.clock.now().tzinfo),
                "count": count,
                "id": ticket.id,
            },
        )


async def test_a_drop_of_complaints_is_offered_once(build: Build) -> None:
    await _matters(build, 40, date(2024, 11, 5))
    await _matters(build, 30, date(2025, 11, 5))
    for count in (1, 0):
        assert await offer_due(build.session_maker, build.cipher, build.clock.now()) == count
    async with build.session_maker() as session:
        [offer] = (await session.exec(select(Proposal))).all()
    assert (offer.code, offer.proposed_by, offer.state) == (
        "proactive_fix",
        None,
        ProposalState.WAITING,
    )
    assert offer.evidence == ["2024-Q4: 40", "2025-Q4: 30"]
    assert await ledger(build) == []
    await _confirm(build, offer, "supervisor")
    row = await only_entry(build)
    assert (row.entry.code, row.state) == ("proactive_fix", EntryState.PROVISIONAL)
    assert row.entry.recorded_by == build.city.people["supervisor"].user_id


async def test_a_small_drop_or_a_small_number_is_nothing(build: Build) -> None:
    await _matters(build, 40, date(2024, 11, 5))
    await _matters(build, 33, date(2025, 11, 5))
    assert await offer_due(build.session_maker, build.cipher, build.clock.now()) == 0
