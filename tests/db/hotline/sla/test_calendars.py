"""Calendars in versions: published, loaded by the year, previewed, and moved to."""

import copy
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select

from hotline.kernel.alarms import AlarmKind, open_alarms
from hotline.kernel.clock import SHANGHAI
from hotline.people.principal import PermissionDenied, Tx
from hotline.sla.calendars import (
    BuiltInCalendar,
    InvalidYear,
    check_calendar_horizon,
    import_year,
    install_official_calendar,
    preview_calendar_change,
    preview_recalculation,
    publish_calendar,
    recalculate,
    recalculate_provisional,
)
from hotline.sla.clocks import MICROSECONDS, Change, ClockState
from hotline.sla.models import Clock, ClockChange, Threshold, ThresholdState
from hotline.sla.policy import ClockKind
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.models import RequestType
from hotline.workdays.book import (
    CalendarBook,
    UnknownCalendar,
    list_calendar_versions,
    list_calendars,
    newest_calendar_id,
)
from hotline.workdays.definition import InvalidCalendar, definition_to_json
from hotline.workdays.official import KNOWN_UNTIL, official_calendars, official_definition
from tests.support.builders import Build
from tests.support.clock import MONDAY
from tests.support.queries import count_queries

OFFICIAL = definition_to_json(official_definition())
NEXT_YEAR = KNOWN_UNTIL.year + 1
_LINES = ("01-01,holiday,元旦", "01-04,holiday,元旦", "01-05,放假,元旦", "10-09,workday,调休")
CSV = "date,kind,name\n" + "".join(f"{NEXT_YEAR}-{line}\n" for line in _LINES)


def closed(*days: date) -> dict[str, Any]:
    """The official calendar with more holidays."""
    changed = copy.deepcopy(OFFICIAL)
    for day in days:
        changed["overrides"][day.isoformat()] = {"kind": "holiday", "name": "补发"}
    return changed


def next_days(count: int) -> list[date]:
    today = MONDAY.astimezone(SHANGHAI).date()
    return [today + timedelta(days=n) for n in range(1, count + 1)]


async def publish(build: Build, definition: Mapping[str, Any], **words: Any) -> str:
    given = {"code": "working", "name": "法定工作日", **words}
    async with build.acting("admin") as tx:
        row = await publish_calendar(tx, definition=definition, **given)
    return row.label


async def clock_of(build: Build, number: str, kind: ClockKind) -> Clock:
    ticket = await build.find(number)
    async with build.session_maker() as session:
        return (
            await session.exec(
                select(Clock).where(Clock.ticket_id == ticket.id, Clock.kind == kind)
            )
        ).one()


async def test_the_official_calendar_is_the_first_version(build: Build) -> None:
    async with build.acting("admin") as tx:
        assert not await install_official_calendar(tx)
        (row,) = await list_calendars(tx.session)
    assert (row.code, row.version, row.label) == ("working", 1, "working-1")
    assert row.covered_until == KNOWN_UNTIL
    assert row.definition == OFFICIAL


async def test_a_published_version_is_in_force_and_the_earlier_ones_stay(build: Build) -> None:
    book = CalendarBook()
    (holiday,) = next_days(1)
    assert await publish(build, closed(holiday), note="补发通知") == "working-2"
    async with build.session_maker() as session:
        newest = (await book.in_force(session))["working"]
        first = await book.version(session, "working", "working-1")
        assert await book.version(session, "working", "working-2") is newest
        rows = await list_calendar_versions(session, "working")
    assert newest.version == "working-2"
    assert (rows[0].note, rows[0].created_by) == ("补发通知", "admin")
    morning = datetime.combine(holiday, datetime.min.time(), SHANGHAI)
    evening = morning + timedelta(days=1)
    assert newest.elapsed(morning, evening) == 0
    assert first.elapsed(morning, evening) == first.day_seconds * MICROSECONDS


async def test_a_draft_is_kept_but_not_in_force(build: Build) -> None:
    await publish(build, closed(*next_days(1)), is_active=False)
    book = CalendarBook()
    async with build.session_maker() as session:
        assert (await book.in_force(session))["working"].version == "working-1"
        assert (await book.version(session, "working", "working-2")).version == "working-2"


async def test_there_may_be_several_calendars(build: Build) -> None:
    week = {"week": {"sat": ["09:00-24:00"]}, "covered_until": "2026-12-31"}
    assert await publish(build, week, code="duty-room", name="值班室") == "duty-room-1"
    async with build.session_maker() as session:
        calendars = await CalendarBook().in_force(session)
    assert set(calendars) == {"natural", "working", "duty-room"}
    assert calendars["duty-room"].day_seconds == 15 * 3600


async def test_the_book_asks_one_tiny_question(own_build: Build, own_city: AsyncEngine) -> None:
    book = CalendarBook()
    async with own_build.session_maker() as session:
        newest = await newest_calendar_id(session)
        first = await book.in_force_as_of(session, newest)
        with count_queries(own_city) as statements:
            assert await book.in_force_as_of(session, newest) is first
            assert statements == []
            assert await book.in_force(session) is first
            assert len(statements) == 1
            assert "max(" in statements[0]
            await book.version(session, "working", "working-1")
            await book.version(session, "natural", "1")
            assert len(statements) == 1


async def test_an_empty_table_leaves_what_comes_with_the_program(session_maker: Any) -> None:
    book = CalendarBook()
    async with session_maker() as session:
        assert await book.in_force(session) is official_calendars()
        official = official_calendars()["working"]
        assert await book.version(session, "working", official.version) is official
        for code, version in (("working", "working-9"), ("other", "other-1"), ("other", "x")):
            with pytest.raises(UnknownCalendar):
                await book.version(session, code, version)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ({"code": "natural"}, BuiltInCalendar),
        ({"code": "Working Days"}, InvalidCalendar),
        ({"code": "x" * 25}, InvalidCalendar),
        ({"name": " "}, InvalidCalendar),
        ({"note": "x" * 501}, InvalidCalendar),
        ({"definition": {"week": {}, "covered_until": "2026-12-31"}}, InvalidCalendar),
    ],
)
async def test_what_cannot_be_kept_is_refused(
    build: Build, words: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await publish(build, **{"definition": OFFICIAL, **words})


async def test_only_the_administrator_changes_calendars(build: Build) -> None:
    acts: tuple[Callable[[Tx], Awaitable[object]], ...] = (
        lambda tx: publish_calendar(tx, code="x", name="x", definition=OFFICIAL),
        lambda tx: recalculate(tx, "working"),
        lambda tx: import_year(tx, code="working", year=NEXT_YEAR, text=CSV),
    )
    for name in ("supervisor", "operator", "leader.chengguan"):
        async with build.acting(name) as tx:
            for act in acts:
                with pytest.raises(PermissionDenied):
                    await act(tx)


# -- a year ----------------------------------------------------------------------------------------


async def test_a_year_is_tried_then_loaded(build: Build) -> None:
    async with build.acting("admin") as tx:
        trial = await import_year(tx, code="working", year=NEXT_YEAR, text=CSV, dry_run=True)
        assert len(await list_calendar_versions(tx.session, "working")) == 1
        done = await import_year(tx, code="working", year=NEXT_YEAR, text=CSV)
        (newest, _) = await list_calendar_versions(tx.session, "working")
    assert (trial.version, done.version) == (None, "working-2")
    assert trial.counts == done.counts == {"holiday": 3, "workday": 1}
    assert newest.covered_until == date(NEXT_YEAR, 12, 31)
    assert f"{KNOWN_UNTIL.year}-10-01" in newest.definition["overrides"]


async def test_bad_lines_are_named_and_nothing_is_taken(build: Build) -> None:
    text = f"{CSV}{NEXT_YEAR}-13-01,holiday,x\n{NEXT_YEAR}-01-01,holiday,twice\n2020-01-01,bank,\n"
    async with build.acting("admin") as tx:
        trial = await import_year(tx, code="working", year=NEXT_YEAR, text=text, dry_run=True)
        assert [fault.line for fault in trial.faults] == [6, 7, 8]
        with pytest.raises(InvalidYear, match="listed twice"):
            await import_year(tx, code="working", year=NEXT_YEAR, text=text)
        later = CSV.replace(str(NEXT_YEAR), str(NEXT_YEAR + 1))
        with pytest.raises(InvalidCalendar, match="load"):
            await import_year(tx, code="working", year=NEXT_YEAR + 1, text=later)
        with pytest.raises(UnknownCalendar):
            await import_year(tx, code="nowhere", year=NEXT_YEAR, text=CSV)
        with pytest.raises(BuiltInCalendar):
            await import_year(tx, code="natural", year=NEXT_YEAR, text=CSV)
        assert len(await list_calendar_versions(tx.session, "working")) == 1


# -- running clocks --------------------------------------------------------------------------------


_A = Action


def _suspend() -> tuple[Action, Action]:
    return _A.REQUEST_SUSPENSION, _A.DECIDE_SUSPENSION


async def processing(build: Build) -> str:
    return await build.ticket(Status.PROCESSING, request_type=RequestType.CONSULT)


async def test_a_late_holiday_is_previewed_then_moved_to(build: Build) -> None:
    number = await processing(build)
    before = await clock_of(build, number, ClockKind.COMPLETE)
    build.clock.move(hours=1)
    changed = closed(*next_days(2))
    async with build.session_maker() as session:
        preview = await preview_calendar_change(session, "working", changed, build.clock.now())
    shown = {change.clock_id: change for change in preview.changes}
    assert (preview.changed, preview.later, preview.earlier) == (len(shown), len(shown), 0)
    assert await publish(build, changed) == "working-2"
    assert (await clock_of(build, number, ClockKind.COMPLETE)).due_at == before.due_at
    async with build.session_maker() as session:
        again = await preview_recalculation(session, "working", build.clock.now())
    assert again == preview
    async with build.acting("admin") as tx:
        done = await recalculate(tx, "working")
    assert (done.version, done.remaining) == ("working-2", 0)
    assert done.changed == preview.changed
    after = await clock_of(build, number, ClockKind.COMPLETE)
    assert after.due_at == shown[after.id].new_due_at == before.due_at + timedelta(days=2)
    assert (after.calendar_version, after.since) == ("working-2", build.clock.now())
    assert after.used_microseconds == 3600 * MICROSECONDS
    ticket = await build.find(number)
    assert ticket.due_at == after.due_at
    async with build.session_maker() as session:
        (row,) = (
            await session.exec(select(ClockChange).where(ClockChange.clock_id == after.id))
        ).all()
        levels = (
            await session.exec(
                select(Threshold)
                .where(Threshold.clock_id == after.id)
                .order_by(col(Threshold.due_at))
            )
        ).all()
    assert (row.change, row.previous_due_at, row.due_at) == (
        Change.RECALCULATED,
        before.due_at,
        after.due_at,
    )
    assert row.used_microseconds + (after.limit_seconds * MICROSECONDS - row.used_microseconds) == (
        row.previous_limit_seconds * MICROSECONDS
    )
    new = official_calendars()["working"]
    assert levels[-1].due_at == after.due_at
    assert all(level.due_at > new.add(after.started_at, 0) for level in levels)
    async with build.acting("admin") as tx:
        assert (await recalculate(tx, "working")).moved == 0


async def test_what_waits_moves_what_is_over_stays(build: Build) -> None:
    overdue, waits, handed_in = [await processing(build) for _ in range(3)]
    build.clock.move(hours=1)
    await build.follow(waits, *_suspend())
    await build.do(_A.CONTACT, handed_in)
    await build.do(_A.SUBMIT_FEEDBACK, handed_in)
    late = await clock_of(build, overdue, ClockKind.COMPLETE)
    async with build.session_maker() as session, session.begin():
        await session.exec(
            sa.update(Clock)
            .where(col(Clock.id) == late.id)
            .values(due_at=build.clock.now() - timedelta(seconds=1))
        )
    await publish(build, closed(*next_days(2)))
    async with build.session_maker() as session:
        preview = await preview_recalculation(session, "working", build.clock.now())
    assert preview.overdue >= 1
    assert preview.paused >= 1
    async with build.acting("admin") as tx:
        await recalculate(tx, "working")
    states = {}
    for name, number in (("overdue", overdue), ("waits", waits), ("handed_in", handed_in)):
        clock = await clock_of(build, number, ClockKind.COMPLETE)
        states[name] = (clock.state, clock.calendar_version == "working-2")
    assert states == {
        "overdue": (ClockState.RUNNING, False),
        "waits": (ClockState.PAUSED, True),
        "handed_in": (ClockState.SUBMITTED, False),
    }


async def test_so_many_tickets_at_a_time(build: Build) -> None:
    numbers = [await processing(build) for _ in range(3)]
    build.clock.move(minutes=1)
    await publish(build, closed(*next_days(1)))
    left = []
    for _ in numbers:
        async with build.acting("admin") as tx:
            left.append((await recalculate(tx, "working", most=1)).remaining)
    assert left == [2, 1, 0]


async def test_what_is_provisional_follows_by_itself(build: Build) -> None:
    build.clock.set(datetime(KNOWN_UNTIL.year, 12, 30, 2, tzinfo=UTC))
    number = await processing(build)
    before = await clock_of(build, number, ClockKind.COMPLETE)
    assert before.is_provisional
    build.clock.move(minutes=1)
    async with build.acting("admin") as tx:
        await import_year(tx, code="working", year=NEXT_YEAR, text=CSV)
    after = await clock_of(build, number, ClockKind.COMPLETE)
    assert not after.is_provisional
    assert after.calendar_version == "working-2"
    assert after.due_at > before.due_at
    async with build.acting("admin") as tx:
        assert await recalculate_provisional(tx) == 0


async def test_every_level_ahead_is_laid_out_by_the_new_version(build: Build) -> None:
    number = await processing(build)
    build.clock.move(minutes=30)
    await publish(build, closed(*next_days(3)))
    async with build.acting("admin") as tx:
        await recalculate(tx, "working")
    clock = await clock_of(build, number, ClockKind.COMPLETE)
    async with build.session_maker() as session:
        new = await CalendarBook().version(session, "working", "working-2")
        levels = (
            await session.exec(
                select(Threshold).where(
                    Threshold.clock_id == clock.id, Threshold.state == ThresholdState.ARMED
                )
            )
        ).all()
    assert len(levels) == 3
    for level in levels:
        ahead = level.target_microseconds - clock.used_microseconds
        assert level.due_at == new.add(clock.since, ahead)


async def test_the_whole_moves_as_the_rules_move_one(build: Build) -> None:
    for wait in range(4):
        await processing(build)
        build.clock.move(hours=5 * wait)
    await publish(build, closed(*next_days(2)))
    running = (Clock.state == ClockState.RUNNING, Clock.calendar == "working")
    async with build.session_maker() as session:
        before = (await session.exec(select(Clock).where(*running))).all()
        book = CalendarBook()
        new = await book.version(session, "working", "working-2")
        wanted = {}
        for clock in before:
            old = await book.version(session, "working", clock.calendar_version)
            wanted[clock.id] = clock.timing.recalculated(old, new, build.clock.now())
    async with build.acting("admin") as tx:
        await recalculate(tx, "working")
    async with build.session_maker() as session:
        after = (await session.exec(select(Clock).where(*running))).all()
    assert len(wanted) >= 4
    assert {clock.id: clock.timing for clock in after} == wanted


# -- the horizon -----------------------------------------------------------------------------------


async def test_sixty_days_before_its_end_a_calendar_calls(build: Build) -> None:
    end = datetime.combine(KNOWN_UNTIL, datetime.min.time(), SHANGHAI)
    async with build.session_maker() as session, session.begin():
        assert await check_calendar_horizon(session, end - timedelta(days=61)) == []
        (near,) = await check_calendar_horizon(session, end - timedelta(days=60))
        await check_calendar_horizon(session, end - timedelta(days=10))
        (alarm,) = await open_alarms(session)
    assert (near.code, near.covered_until, near.days_left) == ("working", KNOWN_UNTIL, 60)
    assert (alarm.kind, alarm.subject) == (AlarmKind.CALENDAR_HORIZON, "working")
    async with build.acting("admin") as tx:
        await import_year(tx, code="working", year=NEXT_YEAR, text=CSV)
        assert await check_calendar_horizon(tx.session, end - timedelta(days=10)) == []
        assert await open_alarms(tx.session) == []
