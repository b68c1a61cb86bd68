"""Periods are frozen once, whole and for good; what changes later is a revision."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from credit.books import publish_rules
from credit.freezing import Change, begin_notice, freeze, publish_period, recalculate
from credit.ledger import EntryState
from credit.period_errors import (
    NoticeRunning,
    ObjectionsOpen,
    PeriodIsFrozen,
    PeriodMoveRefused,
    PeriodNotFrozen,
    PeriodNotOver,
    QuartersMissing,
)
from credit.period_models import CreditPeriod, PeriodRevision, PeriodScore, PeriodState
from credit.periods import Period
from credit.published import grades_in_force, published_scores, scores_of
from credit.recomputing import recompute
from credit.rulebook import DEFAULT_BOOK, Grade
from credit.units import units_as_of
from hotline.people.actions import save_department
from hotline.people.principal import SYSTEM, PermissionDenied
from tests.support.builders import Build
from tests.support.credit_rows import as_peers, became, happened, shanghai, worked

NOVEMBER = Period.parse("2026-11")
QUARTER = Period.parse("2026-Q4")


async def frozen(build: Build, key: str = "2026-11", **how: Any) -> CreditPeriod:
    async with build.acting("supervisor") as tx:
        return await freeze(tx, Period.parse(key), **how)


async def published(build: Build, key: str, by: Any = "supervisor") -> CreditPeriod:
    async with build.acting(by) as tx:
        return await publish_period(tx, key)


async def rows_of(build: Build, key: str, revision: int = 1) -> dict[str, PeriodScore]:
    async with build.session_maker() as session:
        return {row.department_code: row for row in await scores_of(session, key, revision)}


async def faults(build: Build, key: str) -> list[str]:
    async with build.session_maker() as session:
        return [fault async for one in recompute(session, key) for fault in one.faults]


@pytest.fixture
async def november(build: Build) -> Build:
    """November 2026 is over: four departments have worked, well and badly."""
    await as_peers(build)
    for unit, done, failed in (("chengguan", 95, 5), ("zhujian", 30, 10), ("jiaotong", 5, 1)):
        build.clock.set(shanghai(2026, 11, 10))
        await worked(build, unit, shanghai(2026, 11, 9), done=done, failed=failed)
    build.clock.set(shanghai(2026, 12, 1, 1))
    return build


async def test_a_month_is_frozen_once_with_everything_it_rests_on(november: Build) -> None:
    build = november
    period = await frozen(build)
    assert (period.state, period.revision, period.published_revision) == ("frozen", 1, None)
    rows = await rows_of(build, "2026-11")
    assert {code: row.n for code, row in rows.items()} == {
        "chengguan": 100,
        "zhujian": 40,
        "jiaotong": 6,
        "huanbao": 0,
    }
    assert rows["huanbao"].grade_reasons == ["no_activity"]
    assert rows["huanbao"].score is None
    assert rows["jiaotong"].rank is None
    assert rows["chengguan"].rank == 1
    mix = rows["zhujian"].explanation["case_mix"]["resolved"]
    assert Decimal(mix["observed"]) == rows["zhujian"].observed == 30
    assert rows["zhujian"].expected is not None
    assert 30 < rows["zhujian"].expected < 40
    assert await faults(build, "2026-11") == []
    with pytest.raises(PeriodIsFrozen):
        await frozen(build)
    async with build.session_maker() as session:
        assert await published_scores(session, "2026-11") == ()


async def test_what_is_not_over_is_not_frozen(november: Build) -> None:
    november.clock.set(NOVEMBER.until - timedelta(microseconds=1))
    with pytest.raises(PeriodNotOver):
        await frozen(november)
    november.clock.set(NOVEMBER.until)
    await frozen(november)


async def test_a_month_without_tickets_is_frozen_honestly(build: Build) -> None:
    build.clock.set(shanghai(2026, 12, 1, 1))
    await frozen(build)
    rows = await rows_of(build, "2026-11")
    assert len(rows) == 4
    for row in rows.values():
        assert (row.score, row.grade, row.n, row.rank) == (None, None, 0, None)
        assert row.grade_reasons == ["no_activity"]
    assert await faults(build, "2026-11") == []
    await published(build, "2026-11")
    async with build.session_maker() as session:
        assert await grades_in_force(session) == {}


async def test_a_month_is_signed_off_by_a_person_and_its_grades_act_from_then_on(
    november: Build,
) -> None:
    build = november
    await frozen(build)
    for actor in (SYSTEM, "leader.chengguan", "visitor", "observer"):
        with pytest.raises(PermissionDenied):
            await published(build, "2026-11", actor)
    with pytest.raises(PeriodMoveRefused):
        async with build.acting("supervisor") as tx:
            await begin_notice(tx, "2026-11")
    async with build.session_maker() as session:
        assert await grades_in_force(session) == {}
    period = await published(build, "2026-11")
    assert (period.state, period.published_revision) == ("published", 1)
    rows = await rows_of(build, "2026-11")
    async with build.session_maker() as session:
        in_force = await grades_in_force(session)
        assert {row.department_code: row.grade for row in in_force.values()} == {
            code: row.grade for code, row in rows.items() if row.grade
        }
    with pytest.raises(PeriodMoveRefused):
        await published(build, "2026-11")
    with pytest.raises(PeriodNotFrozen):
        await published(build, "2026-10")


async def test_a_quarter_is_shown_for_five_working_days_and_then_published(build: Build) -> None:
    build.clock.set(shanghai(2027, 1, 1, 1))
    await frozen(build, "2026-Q4")
    with pytest.raises(PeriodMoveRefused):
        await published(build, "2026-Q4")
    async with build.acting(SYSTEM) as tx:
        period = await begin_notice(tx, "2026-Q4")
    # New Year's Day is a holiday, the second and third are a weekend: five working days begin on the
    # fourth and end with the eighth.
    assert period.notice_until == shanghai(2027, 1, 8, 17)
    build.clock.set(period.notice_until - timedelta(microseconds=1))
    for actor in (SYSTEM, "supervisor"):
        with pytest.raises(NoticeRunning):
            await published(build, "2026-Q4", actor)
    build.clock.set(period.notice_until)
    assert (await published(build, "2026-Q4", SYSTEM)).state is PeriodState.PUBLISHED


async def test_an_open_objection_holds_a_quarter_up_until_a_person_decides(november: Build) -> None:
    build = november
    build.clock.set(shanghai(2026, 12, 5))
    entry = await happened(build, "chengguan", "plan_failed")
    build.clock.set(shanghai(2027, 1, 1, 1))
    await frozen(build, "2026-Q4")
    assert (await rows_of(build, "2026-Q4"))["chengguan"].ledger == -4
    async with build.acting(SYSTEM) as tx:
        await begin_notice(tx, "2026-Q4")
    build.clock.set(shanghai(2027, 1, 5))
    await became(build, entry, EntryState.OBJECTED)
    build.clock.set(shanghai(2027, 1, 9))
    with pytest.raises(ObjectionsOpen):
        await published(build, "2026-Q4", SYSTEM)
    period = await published(build, "2026-Q4")
    assert (period.revision, period.published_revision) == (2, 2)
    rows = await rows_of(build, "2026-Q4", 2)
    assert rows["chengguan"].ledger == 0
    assert (await rows_of(build, "2026-Q4"))["chengguan"].ledger == -4
    assert await faults(build, "2026-Q4") == []


async def test_a_revoked_event_makes_a_revision_of_every_period_it_weighs_in(
    november: Build,
) -> None:
    build = november
    build.clock.set(shanghai(2026, 11, 20))
    entry = await happened(build, "chengguan", "plan_failed")
    build.clock.set(shanghai(2026, 12, 1, 1))
    await frozen(build)
    await published(build, "2026-11")
    build.clock.set(shanghai(2027, 1, 1, 1))
    for key in ("2026-12", "2026-Q4"):
        await frozen(build, key)
    build.clock.set(shanghai(2027, 1, 3))
    async with build.acting("supervisor") as tx:
        again = await recalculate(tx, [Change(shanghai(2026, 11, 20), "nothing")])
    assert again == []
    await became(build, entry, EntryState.REVOKED)
    async with build.acting("auditor") as tx:
        again = await recalculate(tx, [Change(shanghai(2026, 11, 20), "申诉成立")])
    assert [one.key for one in again] == ["2026-11", "2026-12", "2026-Q4"]
    assert [one.published_revision for one in again] == [2, None, None]
    for key in ("2026-11", "2026-12", "2026-Q4"):
        assert (await rows_of(build, key))["chengguan"].ledger < 0
        assert (await rows_of(build, key, 2))["chengguan"].ledger == 0
        assert await faults(build, key) == []
    async with build.session_maker() as session:
        shown = await published_scores(session, "2026-11")
        assert {row.revision for row in shown} == {2}
        revision = await session.get_one(PeriodRevision, ("2026-11", 2))
        assert revision.reason == "申诉成立"


async def test_what_becomes_of_an_event_later_does_not_reach_back(november: Build) -> None:
    build = november
    build.clock.set(shanghai(2026, 11, 20))
    entry = await happened(build, "chengguan", "plan_failed")
    build.clock.set(shanghai(2026, 12, 1, 1))
    await frozen(build)
    build.clock.set(shanghai(2027, 3, 1))
    await became(build, entry, EntryState.REPAIRED)
    await happened(build, "chengguan", "false_closure")
    await worked(build, "zhujian", shanghai(2026, 11, 25))  # told late
    async with build.acting("supervisor") as tx:
        (period,) = await recalculate(tx, [Change(shanghai(2026, 11, 25), "补报")])
    rows = await rows_of(build, period.key, 2)
    assert rows["chengguan"].ledger == -4
    assert rows["chengguan"].severe == 0
    assert rows["zhujian"].n == 41


async def test_rules_of_the_last_day_hold_whatever_is_published_meanwhile(november: Build) -> None:
    build = november
    async with build.acting("admin") as tx:
        for since in (NOVEMBER.until, shanghai(2026, 12, 1, 3)):
            await publish_rules(tx, DEFAULT_BOOK, valid_from=since, note="十二月起")
    period = await frozen(build)
    async with build.session_maker() as session:
        assert (await session.get_one(PeriodRevision, ("2026-11", 1))).rule_version == 1
    build.clock.set(shanghai(2026, 12, 20))
    await worked(build, "zhujian", shanghai(2026, 11, 25))
    async with build.acting("supervisor") as tx:
        (period,) = await recalculate(tx, [Change(shanghai(2026, 11, 25), "补报")])
    async with build.session_maker() as session:
        revision = await session.get_one(PeriodRevision, ("2026-11", period.revision))
    assert (revision.revision, revision.rule_version) == (2, 1)


async def test_a_month_keeps_the_names_and_peers_of_its_day(november: Build) -> None:
    build = november
    await frozen(build)
    build.clock.set(shanghai(2026, 12, 5))
    async with build.acting("admin") as tx:
        await save_department(
            tx, code="chengguan", name="城市管理综合执法局", name_en="Law Enforcement"
        )
        await save_department(
            tx,
            code="zhujian",
            name="住房建设局",
            name_en="Housing",
            peer_group="bureaus",
            is_active=False,
        )
        await save_department(
            tx, code="shuiwu", name="水务局", name_en="Water", peer_group="bureaus"
        )
    await worked(build, "jiaotong", shanghai(2026, 11, 25))
    async with build.acting("supervisor") as tx:
        (period,) = await recalculate(tx, [Change(shanghai(2026, 11, 25), "补报")])
    for revision in (1, period.revision):
        rows = await rows_of(build, "2026-11", revision)
        assert set(rows) == {"chengguan", "zhujian", "jiaotong", "huanbao"}
        assert rows["chengguan"].department_name == "城市管理局"
        assert rows["chengguan"].peer_group == "bureaus"
        assert rows["zhujian"].rank is not None
    assert await faults(build, "2026-11") == []
    build.clock.set(shanghai(2027, 1, 1, 1))
    await worked(build, "zhujian", shanghai(2026, 12, 9), done=40)
    await frozen(build, "2026-12")
    rows = await rows_of(build, "2026-12")
    assert rows["chengguan"].department_name == "城市管理综合执法局"
    assert (rows["zhujian"].n, rows["zhujian"].rank) == (40, None)
    assert rows["shuiwu"].grade_reasons == ["no_activity"]


async def test_departments_of_any_instant_are_known(november: Build) -> None:
    build = november
    then = build.clock.now()
    build.clock.set(shanghai(2026, 12, 5))
    async with build.acting("admin") as tx:
        await save_department(tx, code="chengguan", name="执法局", name_en="Law", is_active=False)
        await save_department(tx, code="shuiwu", name="水务局", name_en="Water")
    async with build.session_maker() as session:
        units = {one.code: one for one in await units_as_of(session, then)}
        assert set(units) == {"chengguan", "zhujian", "jiaotong", "huanbao"}
        own = units["chengguan"]
        assert (own.name, own.peer_group, own.is_active) == ("城市管理局", "bureaus", True)
        units = {one.code: one for one in await units_as_of(session, build.clock.now(), then)}
        assert units["chengguan"] == own
        assert units["shuiwu"].name == "水务局"
        units = {one.code: one for one in await units_as_of(session, build.clock.now())}
        own = units["chengguan"]
        assert (own.name, own.peer_group, own.is_active) == ("执法局", None, False)


async def test_a_month_changes_no_grade_of_a_small_sample(november: Build) -> None:
    build = november
    await frozen(build)
    await published(build, "2026-11")
    before = await rows_of(build, "2026-11")
    build.clock.set(shanghai(2027, 1, 1, 1))
    await worked(build, "chengguan", shanghai(2026, 12, 9), failed=20)
    await frozen(build, "2026-12")
    row = (await rows_of(build, "2026-12"))["chengguan"]
    assert row.grade_before is row.grade is before["chengguan"].grade
    assert row.grade_by_score is Grade.D
    assert "small_sample" in row.grade_reasons


async def test_a_year_is_made_of_its_quarters_its_ledger_and_the_survey(
    november: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = november
    build.clock.set(shanghai(2026, 12, 20))
    await happened(build, "chengguan", "plan_failed")
    build.clock.set(shanghai(2027, 1, 1, 1))
    with pytest.raises(QuartersMissing):
        await frozen(build, "2026")
    for nth in (1, 2, 3, 4):
        await frozen(build, f"2026-Q{nth}")

    async def asked(_session: object, _year: int) -> dict[int, Decimal]:
        return {build.city.departments["zhujian"]: Decimal(80)}

    monkeypatch.setattr("credit.freezing.survey_scores", asked)
    await frozen(build, "2026")
    rows, quarter = await rows_of(build, "2026"), await rows_of(build, "2026-Q4")
    own, of_quarter = rows["chengguan"], quarter["chengguan"].score
    assert own.score is not None
    assert of_quarter is not None
    # Nobody was asked about it: 7 parts quarters, 2 parts ledger, which is 100 less 2.5 for each point.
    assert own.score == ((7 * of_quarter + 2 * (100 - 10)) / 9).quantize(Decimal("0.01"))
    with_survey, of_quarter = rows["zhujian"], quarter["zhujian"].score
    assert of_quarter is not None
    assert with_survey.score == (
        Decimal("0.7") * of_quarter + Decimal("0.2") * 100 + Decimal("0.1") * 80
    ).quantize(Decimal("0.01"))
    assert rows["huanbao"].score is None
    assert await faults(build, "2026") == []


async def test_frozen_rows_cannot_be_changed_and_a_change_is_found(november: Build) -> None:
    await frozen(november)
    for table in ("revisions", "scores"):
        for statement in (
            f"DELETE FROM credit_period_{table}",
            f"UPDATE credit_period_{table} SET revision = 2",
            f"TRUNCATE credit_period_{table} CASCADE",
        ):
            with pytest.raises(sa.exc.DBAPIError, match="append-only"):
                async with november.session_maker() as session, session.begin():
                    await session.exec(sa.text(statement))  # type: ignore[call-overload]
    async with november.session_maker() as session, session.begin():
        await session.exec(sa.text("ALTER TABLE credit_period_scores DISABLE TRIGGER USER"))  # type: ignore[call-overload]
        await session.exec(sa.text("UPDATE credit_period_scores SET score = 99 WHERE rank = 1"))  # type: ignore[call-overload]
        await session.exec(sa.text("ALTER TABLE credit_period_scores ENABLE TRIGGER USER"))  # type: ignore[call-overload]
    found = await faults(november, "2026-11")
    assert any(one.startswith("chengguan: score is 99.00 and ought to be") for one in found)
    assert "the rows that stand have another digest" in found
