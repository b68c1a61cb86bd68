"""Editing the rules: drafts, two people at once, previews, publishing, decisions for the past."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select

from credit.books import book_at, list_books
from credit.codec import book_from_json
from credit.freezing import freeze, publish_period
from credit.ledger import EntryState
from credit.period_models import PeriodRevision
from credit.periods import Period
from credit.published import published_scores
from credit.rulebook import Grade, InvalidRuleBook
from credit.rules.actions import (
    begin_draft,
    carry_over_draft,
    discard_draft,
    publish_draft,
    save_draft,
)
from credit.rules.errors import (
    DraftNotFound,
    NothingChanged,
    NotRetroactive,
    RetroactiveRefused,
    RuleVersionNotFound,
    StaleDraft,
    StaleRules,
)
from credit.rules.fields import flat, nested
from credit.rules.models import RuleDraft
from credit.rules.preview import Preview, preview_rules
from credit.rules.queries import find_draft, newest_version, open_drafts
from credit.rules.retroactive import decide_retroactive
from hotline.people.principal import PermissionDenied
from tests.support.builders import Build
from tests.support.credit_facts import make_frozen_again
from tests.support.credit_rows import as_peers, happened, shanghai, worked
from tests.support.queries import count_queries

STRICT = {"grades.lines.A": "99", "grades.lines.B": "98", "grades.lines.C": "97"}


async def _begin(build: Build, by: str = "supervisor", **changed: str) -> RuleDraft:
    async with build.acting(by) as tx:
        base = await newest_version(tx.session)
        return await begin_draft(tx, _changed(base.book, changed), note="试行")


def _changed(book: Any, values: dict[str, str]) -> dict[str, Any]:
    return nested(flat(book) | {name.replace("__", "."): text for name, text in values.items()})


async def _save(
    build: Build, draft: RuleDraft, by: str, version: int | None = None, **changed: str
) -> RuleDraft:
    async with build.acting(by) as tx:
        kept = await find_draft(tx.session, draft.id)
        return await save_draft(
            tx, draft.id, _changed(kept.book, changed), note="改", expected_version=version
        )


async def _publish(build: Build, draft: RuleDraft, by: str = "supervisor", **how: Any) -> int:
    async with build.acting(by) as tx:
        return (await publish_draft(tx, draft.id, **how)).version


async def _preview(build: Build, **changed: str) -> Preview:
    async with build.session_maker() as session:
        base = await newest_version(session)
        book = book_from_json(_changed(base.book, changed))
        return await preview_rules(session, book, build.clock.now())


@pytest.mark.parametrize("by", ["auditor", "authority", "leader.chengguan", "observer"])
async def test_who_may_work_on_the_rules(build: Build, by: str) -> None:
    draft = await _begin(build, "admin", strength="30")
    with pytest.raises(PermissionDenied):
        await _begin(build, by)
    with pytest.raises(PermissionDenied):
        await _save(build, draft, by, strength="31")
    with pytest.raises(PermissionDenied):
        await _publish(build, draft, by)
    with pytest.raises(PermissionDenied):
        async with build.acting(by) as tx:
            await discard_draft(tx, draft.id)


async def test_a_draft_is_a_row_and_a_version_when_it_is_published(build: Build) -> None:
    draft = await _begin(build, strength="30")
    async with build.session_maker() as session:
        assert [one.id for one in await open_drafts(session)] == [draft.id]
        assert (await book_at(session, build.clock.now())).book.strength == 20
    later = build.clock.now() + timedelta(days=3)
    assert await _publish(build, draft, valid_from=later) == 2
    async with build.session_maker() as session:
        assert await open_drafts(session) == []
        assert (await session.get_one(RuleDraft, draft.id)).published_version == 2
        assert (await book_at(session, later - timedelta(seconds=1))).version == 1
        assert (await book_at(session, later)).book.strength == 30
        newest = (await list_books(session))[0]
        assert (newest.note, newest.published_by) == (
            "试行",
            build.city.people["supervisor"].user_id,
        )
    with pytest.raises(DraftNotFound):
        await _publish(build, draft)


async def test_rules_never_hold_from_before_their_publication(build: Build) -> None:
    draft = await _begin(build, strength="30")
    with pytest.raises(NotRetroactive):
        await _publish(build, draft, valid_from=build.clock.now() - timedelta(minutes=2))
    just_now = build.clock.now() - timedelta(seconds=30)  # a form gives minutes
    await _publish(build, draft, valid_from=just_now)
    async with build.session_maker() as session:
        assert (await list_books(session))[0].valid_from == build.clock.now()


async def test_what_does_not_hold_together_is_not_kept(build: Build) -> None:
    draft = await _begin(build, strength="30")
    with pytest.raises(InvalidRuleBook):
        await _save(build, draft, "supervisor", weighings__sign__weight="11")
    book = nested(flat(draft.book))
    del book["events"]["late_sign"]
    with pytest.raises(InvalidRuleBook) as raised:
        async with build.acting("admin") as tx:
            await save_draft(tx, draft.id, book, note="")
    assert raised.value.faults[0].field == "events.late_sign.points"
    with pytest.raises(InvalidRuleBook):
        async with build.acting("admin") as tx:
            await save_draft(tx, draft.id, _changed(draft.book, {"formula": "v9"}), note="")
    async with build.session_maker() as session:
        assert (await find_draft(session, draft.id)).version == 1
    with pytest.raises(RuleVersionNotFound):
        async with build.acting("admin") as tx:
            await begin_draft(tx, based_on=7)


async def test_of_two_who_save_at_once_the_second_is_told(build: Build) -> None:
    draft = await _begin(build, strength="30")
    assert (await _save(build, draft, "admin", 1, strength="31")).version == 2
    with pytest.raises(StaleDraft):
        await _save(build, draft, "supervisor", 1, window_days="60")
    async with build.session_maker() as session:
        kept = await find_draft(session, draft.id)
        assert (kept.book["strength"], kept.book["window_days"]) == (31, 90)
    await _save(build, draft, "supervisor", 2, window_days="60")
    async with build.session_maker() as session:
        kept = await find_draft(session, draft.id)
        assert (kept.book["strength"], kept.book["window_days"]) == (31, 60)


async def test_a_draft_that_was_overtaken_is_carried_over_and_loses_nothing(build: Build) -> None:
    mine = await _begin(build, strength="30", window_days="60")
    theirs = await _begin(build, "admin", window_days="80", grades__margin="2")
    await _publish(build, theirs, "admin")
    with pytest.raises(StaleRules):
        await _publish(build, mine)
    async with build.acting("supervisor") as tx:
        draft, both = await carry_over_draft(tx, mine.id, expected_version=1)
        assert list(both) == ["window_days"]
        assert (draft.based_on, draft.book["grades"]["margin"]) == (2, "2")
    assert await _publish(build, mine) == 3
    async with build.session_maker() as session:
        book = (await book_at(session, build.clock.now())).book
        assert (book.strength, book.window_days, book.grades.margin) == (30, 60, Decimal(2))


async def test_what_changes_nothing_or_was_put_aside_is_not_published(build: Build) -> None:
    with pytest.raises(NothingChanged):
        await _publish(build, await _begin(build))
    draft = await _begin(build, strength="30")
    async with build.acting("supervisor") as tx:
        await discard_draft(tx, draft.id, expected_version=1)
    with pytest.raises(DraftNotFound):
        await _publish(build, draft)
    with pytest.raises(DraftNotFound):
        async with build.acting("supervisor") as tx:
            await discard_draft(tx, draft.id)


@pytest.fixture
async def quarter(build: Build) -> Build:
    """The third quarter is over: two departments have worked, one has a severe event."""
    build.clock.set(shanghai(2026, 7, 1))
    await as_peers(build)
    build.clock.set(shanghai(2026, 8, 10))
    await worked(build, "chengguan", shanghai(2026, 8, 9), done=95, failed=5)
    await worked(build, "zhujian", shanghai(2026, 8, 9), done=60, failed=40)
    await happened(build, "chengguan", "rude_service")
    build.clock.set(shanghai(2026, 11, 2))
    return build


async def test_a_preview_says_what_would_have_changed_and_writes_nothing(quarter: Build) -> None:
    same = await _preview(quarter)
    assert str(same.period) == "2026-Q3"
    assert (same.changed, same.grade_changed, same.reweighed, same.against) == (0, 0, 0, 1)
    heavier = await _preview(quarter, events__rude_service__points="-23")
    effects = {one.department.code: one for one in heavier.effects}
    assert heavier.reweighed == 1
    assert effects["chengguan"].moved == Decimal(-20)
    assert effects["chengguan"].before.grade is not effects["chengguan"].after.grade
    assert not effects["zhujian"].is_changed
    assert (effects["chengguan"].before.rank, effects["zhujian"].before.rank) == (1, 2)
    assert effects["huanbao"].before.score is None
    lines = await _preview(quarter, **STRICT)
    assert lines.grade_changed >= 1
    async with quarter.session_maker() as session:
        assert len(await list_books(session)) == 1


async def test_a_preview_weighs_as_the_frozen_quarter_does(quarter: Build) -> None:
    async with quarter.acting("supervisor") as tx:
        await freeze(tx, Period.parse("2026-Q3"))
    preview = await _preview(quarter)
    async with quarter.session_maker() as session:
        revision = await session.get_one(PeriodRevision, ("2026-Q3", 1))
        scores = (
            await session.exec(
                sa.text("SELECT department_id, score FROM credit_period_scores WHERE revision = 1")  # type: ignore[call-overload]
            )
        ).all()
    assert preview.as_of == revision.as_of
    assert {one.department.id: one.before.score for one in preview.effects} == dict(scores)


async def test_without_a_quarter_the_last_days_are_looked_at(build: Build) -> None:
    await worked(build, "chengguan", build.clock.now() - timedelta(days=3), done=10)
    preview = await _preview(build, strength="1")
    assert preview.period is None
    assert preview.window.until - preview.window.since == timedelta(days=90)


async def test_a_preview_takes_a_fixed_number_of_statements(
    quarter: Build, city_engine: AsyncEngine
) -> None:
    counts = []
    for _ in range(2):
        with count_queries(city_engine) as statements:
            await _preview(quarter, strength="30")
        counts.append(len(statements))
        await worked(quarter, "jiaotong", shanghai(2026, 9, 9), done=5)
        await happened(quarter, "jiaotong", "kb_stale", EntryState.IN_FORCE)
    assert counts[0] == counts[1] <= 14


async def test_the_authority_lets_rules_hold_for_the_past_and_periods_follow(
    quarter: Build,
) -> None:
    async with quarter.acting("supervisor") as tx:
        await freeze(tx, Period.parse("2026-08"))
        await publish_period(tx, "2026-08")
    draft = await _begin(quarter, **STRICT)
    await _publish(quarter, draft)
    async with quarter.session_maker() as session:
        assert (await book_at(session, shanghai(2026, 8, 20))).version == 1
        assert {one.revision for one in await published_scores(session, "2026-08")} == {1}
        before = {
            one.department_code: one.grade for one in await published_scores(session, "2026-08")
        }
    for by in ("supervisor", "admin"):
        with pytest.raises(PermissionDenied):
            async with quarter.acting(by) as tx:
                await decide_retroactive(tx, 2, since=shanghai(2026, 8, 1), reason="市府决定")
    with pytest.raises(RetroactiveRefused):
        async with quarter.acting("authority") as tx:
            await decide_retroactive(tx, 2, since=quarter.clock.now(), reason="市府决定")
    async with quarter.acting("authority") as tx:
        await decide_retroactive(tx, 2, since=shanghai(2026, 8, 1, 0), reason="市府决定")
    await make_frozen_again(quarter)
    async with quarter.session_maker() as session:
        assert (await book_at(session, shanghai(2026, 8, 20))).version == 2
        assert (await book_at(session, shanghai(2026, 7, 20))).version == 1
        revision = await session.get_one(PeriodRevision, ("2026-08", 2))
        assert (revision.reason, revision.rule_version) == ("市府决定", 2)
        after = {
            one.department_code: one.grade for one in await published_scores(session, "2026-08")
        }
    assert before["chengguan"] is not after["chengguan"]
    assert after["chengguan"] is Grade.D


async def test_versions_and_decisions_cannot_be_changed(quarter: Build) -> None:
    draft = await _begin(quarter, strength="30")
    await _publish(quarter, draft)
    async with quarter.acting("authority") as tx:
        await decide_retroactive(tx, 2, since=shanghai(2026, 8, 1), reason="市府决定")
    for statement in (
        "UPDATE credit_rule_books SET note = 'x'",
        "DELETE FROM credit_retroactive_decisions",
        "UPDATE credit_retroactive_decisions SET since = now()",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):
            async with quarter.acting("admin") as tx:
                await tx.session.exec(sa.text(statement))  # type: ignore[call-overload]


async def test_no_other_draft_is_found(build: Build) -> None:
    with pytest.raises(DraftNotFound):
        async with build.session_maker() as session:
            await find_draft(session, uuid.uuid4())
    async with build.session_maker() as session:
        assert (await session.exec(select(RuleDraft))).all() == []
