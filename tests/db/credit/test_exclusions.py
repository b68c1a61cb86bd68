"""Exclusions: asked for with evidence, decided by two, looked at again by a third."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from credit.exclusions.actions import ask_exclusion, decide_exclusion, recheck_exclusion
from credit.exclusions.errors import (
    DeciderTookPart,
    ExclusionAsked,
    ExclusionDecided,
    ExclusionNotFound,
    InvalidExclusion,
    NoRecheckDue,
    NothingToExclude,
)
from credit.exclusions.models import Exclusion
from credit.exclusions.queries import ExclusionFilter, list_exclusions
from credit.exclusions.rules import ExclusionCode, ExclusionState
from credit.freezing import freeze
from credit.ledger import Measure
from credit.period_models import PeriodRevision
from credit.periods import Period
from credit.recalculating import recalculations_of
from credit.scoring import score_all
from hotline.kernel.alarms import AlarmKind, open_alarms
from hotline.people.principal import PermissionDenied
from hotline.tickets.errors import TicketNotFound
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import Build
from tests.support.credit_facts import causes_of, deliver, make_frozen_again, rates_of
from tests.support.credit_rows import as_peers, shanghai, worked

WORDS: dict[str, Any] = {
    "code": ExclusionCode.FORCE_MAJEURE,
    "reason": "台风期间无法施工",
    "evidence": ["气象台证明"],
}


async def ask(build: Build, number: str, by: str = "leader.chengguan", **words: Any) -> Exclusion:
    async with build.acting(by) as tx:
        return await ask_exclusion(tx, number, **WORDS | words)


async def decide(build: Build, row: Exclusion, by: str, *, approve: bool = True) -> Exclusion:
    async with build.acting(by) as tx:
        return await decide_exclusion(tx, row.id, approve=approve, explanation="属实")


async def recheck(build: Build, row: Exclusion, by: str, *, founded: bool) -> Exclusion:
    async with build.acting(by) as tx:
        return await recheck_exclusion(tx, row.id, founded=founded, explanation="复核")


async def base(build: Build, unit: str = "chengguan") -> tuple[int, int]:
    async with build.session_maker() as session:
        scored = {one.department.code: one for one in await score_all(session, build.clock.now())}
    own = scored[unit].given.measured
    return scored[unit].given.n, int(sum(one.rate.k for one in own.values()))


@pytest.fixture
async def number(build: Build) -> str:
    """A ticket that counts for the one that led and for the one that helped."""
    number = await build.ticket(Status.ACCEPTED)
    await build.follow(
        number,
        (Action.DISPATCH, {"co_departments": ["zhujian"]}),
        *(Action.SIGN, Action.CONTACT, Action.SUBMIT_OPINION, Action.SUBMIT_FEEDBACK),
        *(Action.PASS_AUDIT, Action.RECORD_VISIT),
    )
    await deliver(build)
    build.clock.move(hours=1)
    return number


async def test_two_uninvolved_people_take_work_out(build: Build, number: str) -> None:
    row = await ask(build, number)
    assert row.department_id == build.city.departments["chengguan"]
    with pytest.raises(ExclusionAsked):
        await ask(build, number, "supervisor", department="chengguan")
    # The auditor has passed the work: he had a part in it.
    for by, error in (
        ("auditor", DeciderTookPart),
        ("leader.chengguan", PermissionDenied),
        ("admin", PermissionDenied),
    ):
        with pytest.raises(error):
            await decide(build, row, by)
    assert (await decide(build, row, "supervisor")).state is ExclusionState.SECONDED
    with pytest.raises(DeciderTookPart):
        await decide(build, row, "supervisor")
    assert await base(build) == (1, 6)
    assert (await decide(build, row, "authority")).state is ExclusionState.APPROVED
    build.clock.move(hours=1)
    assert await base(build) == (0, 0)
    assert (await base(build, "zhujian"))[0] == 1
    with pytest.raises(ExclusionDecided):
        await decide(build, row, "auditor.second")
    assert await causes_of(build) == {(measure.value, "force_majeure") for measure in Measure}


async def test_what_comes_later_does_not_count_either(build: Build, number: str) -> None:
    row = await ask(build, number)
    for by in ("supervisor", "authority"):
        await decide(build, row, by)
    build.clock.move(days=1)
    await build.follow(
        number,
        Action.REOPEN,
        Action.CONTACT,
        Action.SUBMIT_FEEDBACK,
        Action.PASS_AUDIT,
        Action.RECORD_VISIT,
    )
    await deliver(build)
    build.clock.move(hours=1)
    assert await base(build) == (0, 0)


async def test_one_refusal_is_enough_and_it_may_be_asked_again(build: Build, number: str) -> None:
    row = await ask(build, number)
    await decide(build, row, "supervisor")
    assert (await decide(build, row, "authority", approve=False)).state is ExclusionState.REFUSED
    assert await base(build) == (1, 6)
    with pytest.raises(ExclusionDecided):
        await decide(build, row, "supervisor.second")
    assert (await ask(build, number)).state is ExclusionState.ASKED


async def test_what_cannot_be_asked_for(build: Build, number: str) -> None:
    for by, error, words in (
        ("handler.chengguan", PermissionDenied, {}),
        ("leader.jiaotong", TicketNotFound, {}),
        ("leader.chengguan", InvalidExclusion, {"evidence": [" "]}),
        ("supervisor", InvalidExclusion, {}),
        ("supervisor", NothingToExclude, {"department": "jiaotong"}),
    ):
        with pytest.raises(error):
            await ask(build, number, by, **words)
    with pytest.raises(NothingToExclude):
        await ask(build, await build.ticket(Status.PROCESSING))
    with pytest.raises(ExclusionNotFound):
        async with build.acting("supervisor") as tx:
            await decide_exclusion(tx, uuid.uuid4(), approve=True, explanation="属实")


async def test_a_third_looks_at_what_was_drawn(
    build: Build, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("credit.exclusions.actions.is_sampled", lambda *_: True)
    row = await ask(build, number)
    with pytest.raises(NoRecheckDue):
        await recheck(build, row, "supervisor.second", founded=True)
    for by in ("supervisor", "authority"):
        await decide(build, row, by)
    due = ExclusionFilter(is_recheck_due=True)
    async with build.acting("supervisor") as tx:
        assert len((await list_exclusions(tx.session, tx.actor, due)).items) == 1
    for by in ("supervisor", "authority", "auditor"):
        with pytest.raises(DeciderTookPart):
            await recheck(build, row, by, founded=False)
    again = await recheck(build, row, "supervisor.second", founded=False)
    assert again.state is ExclusionState.REVOKED
    build.clock.move(hours=1)
    assert await base(build) == (1, 6)
    with pytest.raises(NoRecheckDue):
        await recheck(build, row, "authority.second", founded=False)
    async with build.acting("supervisor") as tx:
        assert (await list_exclusions(tx.session, tx.actor, due)).items == []
    # What counts again may be taken out again.
    row = await ask(build, number)
    for by in ("supervisor", "authority"):
        await decide(build, row, by)
    build.clock.move(hours=1)
    assert await base(build) == (0, 0)


async def test_what_becomes_known_later_does_not_count_either(build: Build) -> None:
    number = await build.ticket(Status.PENDING_VISIT)
    await deliver(build)
    row = await ask(build, number)
    for by in ("supervisor", "authority"):
        await decide(build, row, by)
    build.clock.move(hours=1)
    await build.do(Action.RECORD_VISIT, number, rating=1)
    await deliver(build)
    assert await rates_of(build) == {}
    assert {cause for _, cause in await causes_of(build)} == {"force_majeure"}


async def test_a_frozen_month_gets_a_revision_when_the_worker_comes_to_it(build: Build) -> None:
    await as_peers(build)
    build.clock.set(shanghai(2026, 11, 10))
    number = await build.ticket(Status.CLOSED)
    await worked(build, "chengguan", build.clock.now(), done=3)
    await deliver(build)
    build.clock.set(shanghai(2026, 12, 1, 1))
    async with build.acting("supervisor") as tx:
        period = await freeze(tx, Period.parse("2026-11"))
    row = await ask(build, number)
    build.clock.set(shanghai(2026, 12, 3))
    for by in ("supervisor", "authority"):
        await decide(build, row, by)
    async with build.session_maker() as session:
        assert await session.get(PeriodRevision, (period.key, 2)) is None
        waiting = (await recalculations_of(session, {row.id}))[row.id]
    assert (waiting.done_at, waiting.revised) == (None, None)
    build.clock.move(minutes=1)
    assert await make_frozen_again(build) == 1
    async with build.session_maker() as session:
        revision = await session.get_one(PeriodRevision, (period.key, 2))
        done = (await recalculations_of(session, {row.id}))[row.id]
    assert revision.reason == f"{number} excluded: force_majeure"
    assert (done.done_at, done.revised) == (build.clock.now(), ["2026-11/2"])


async def test_the_alarm_is_up_while_a_share_is_unusual(
    build: Build, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("credit.exclusions.actions.is_sampled", lambda *_: True)
    monkeypatch.setattr("credit.exclusions.rules.LEAST_EXCLUDED", 1)
    await worked(build, "chengguan", build.clock.now() - timedelta(hours=1), done=10)
    row = await ask(build, number)
    for by in ("supervisor", "authority"):
        await decide(build, row, by)
    async with build.session_maker() as session:
        (alarm,) = await open_alarms(session)
    assert (alarm.kind, alarm.subject) == (AlarmKind.EXCLUSIONS_UNUSUAL, "chengguan")
    figures = {name: alarm.details[name] for name in ("department", "share", "count")}
    assert figures == {"department": "chengguan", "share": "9.1%", "count": 1}
    assert alarm.details["name"]
    await recheck(build, row, "supervisor.second", founded=False)
    async with build.session_maker() as session:
        assert await open_alarms(session) == []


async def test_a_department_sees_its_own_and_others_see_nothing(build: Build, number: str) -> None:
    await ask(build, number)
    seen = {}
    for name in ("supervisor", "dispatcher", "admin", "leader.chengguan", "handler.chengguan"):
        async with build.acting(name) as tx:
            seen[name] = len((await list_exclusions(tx.session, tx.actor, ExclusionFilter())).items)
    for name in ("leader.zhujian", "observer", "operator"):
        async with build.acting(name) as tx:
            assert (await list_exclusions(tx.session, tx.actor, ExclusionFilter())).items == []
    assert set(seen.values()) == {1}
