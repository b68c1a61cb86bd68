"""The board's figures: sums are what a look at everything finds, whenever they were made."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.db import SessionMaker
from hotline.people.principal import REQUESTER
from hotline.supervision.board.counting import Scope, count_behind, list_behind
from hotline.supervision.board.figures import FIGURES, GROUPS, STEPS, TOOK
from hotline.supervision.board.spans import Days, Spans
from hotline.supervision.board.sums import Gathered, close_days, gather, settle
from hotline.tickets.lifecycle import Action, Hold, Status
from tests.support.builders import Build
from tests.support.clock import MONDAY
from tests.support.queries import count_queries

STORIES: tuple[tuple[Status, Hold | None], ...] = (
    (Status.SUBMITTED, None),
    (Status.DISPATCHED, None),
    (Status.PROCESSING, None),
    (Status.CLOSED, None),
    (Status.DISPATCHED, Hold.RETURN_REVIEW),
    (Status.CLOSED, Hold.RATING_CHECK),
)
FIRST = MONDAY.astimezone(SHANGHAI).date()


async def _city_of_stories(build: Build) -> None:
    """Matters of several days, categories and areas; some are late, urged, given back, done again."""
    for nth, (status, hold) in enumerate(STORIES):
        await build.ticket(status, hold, area=("新城街道", "老城街道")[nth % 2])
        build.clock.move(hours=9)
    number = await build.ticket(Status.PROCESSING, area=None, category="urban")
    await build.do(Action.CONTACT, number)
    await build.do(Action.REQUEST_EXTENSION, number)
    await build.do(Action.URGE, number, by=REQUESTER)
    await build.do(Action.SUBMIT_FEEDBACK, number)
    await build.do(Action.REJECT_AUDIT, number)
    build.clock.move(days=3)
    await build.do(Action.SUBMIT_FEEDBACK, number)
    await build.do(Action.PASS_AUDIT, number)
    await build.do(Action.RECORD_VISIT, number, reached=True, solved=False, rating=2)


Fact = tuple[str, date, int | None, str | None, str]


def _day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


class Look:
    """A look at everything, without any statement of the board."""

    def __init__(self, tables: Mapping[str, Sequence[Any]]) -> None:
        self.tables = tables
        self.tickets = {row.id: row for row in tables["tickets"]}

    def fact(self, figure: str, at: datetime, unit: int | None, ticket_id: Any) -> Fact:
        ticket = self.tickets[ticket_id]
        return figure, _day(at), unit, ticket.area, (ticket.category_code or "").split(".")[0]

    def of_tickets(self) -> Iterator[Fact]:
        for one in self.tickets.values():
            instants = {
                "received": one.submitted_at,
                "repeated": one.repeat_of_id and one.submitted_at,
                "closed": one.closed_at,
            }
            for figure, at in instants.items():
                if at:
                    yield self.fact(figure, at, one.lead_department_id, one.id)

    def of_clocks(self) -> Iterator[Fact]:
        for one in self.tables["sla_clocks"]:
            if one.kind in {kind.value for kind in STEPS} and one.state in {"met", "missed"}:
                figure = f"{one.kind}_{one.state}"
                yield self.fact(figure, one.ended_at, one.department_id, one.ticket_id)
            if one.kind in {"rework_complete", "bad_rating_fix"}:
                yield self.fact("reworked", one.started_at, one.department_id, one.ticket_id)

    def of_requests(self) -> Iterator[Fact]:
        names = {"return": "returned", "arbitration": "arbitrated", "extension": "extended"}
        for one in self.tables["procedures"]:
            if one.kind in names:
                lead = self.tickets[one.ticket_id].lead_department_id
                unit = one.opened_department_id or lead
                yield self.fact(names[one.kind], one.opened_at, unit, one.ticket_id)
        for one in self.tables["urges"]:
            if one.is_requester:
                yield self.fact("urged", one.urged_at, one.department_id, one.ticket_id)

    def of_answers(self) -> Iterator[Fact]:
        for one in self.tables["visits"]:
            said = {
                "solved": one.is_solved is True,
                "unsolved": one.is_solved is False,
                "rated_well": (one.rating or 0) >= 3,
                "badly_rated": one.rating is not None and one.rating < 3,
            }
            unit = self.tickets[one.ticket_id].lead_department_id
            for figure, is_so in said.items():
                if is_so and one.is_reached and not one.excluded_at:
                    yield self.fact(figure, one.at, unit, one.ticket_id)

    def of_results(self) -> Iterator[Fact]:
        for one in self.tables["feedbacks"]:
            if one.is_passed:
                took = one.submitted_at - self.tickets[one.ticket_id].submitted_at
                figure = next(name for name, most in TOOK if most is None or took <= most)
                yield self.fact(figure, one.submitted_at, one.department_id, one.ticket_id)


async def _look_at_everything(session: AsyncSession) -> list[Fact]:
    tables: dict[str, Sequence[Any]] = {}
    for name in ("tickets", "sla_clocks", "procedures", "urges", "visits", "feedbacks"):
        rows: Any = await session.exec(sa.text(f"SELECT * FROM {name}"))  # type: ignore[call-overload]
        tables[name] = rows.all()
    look = Look(tables)
    return [
        *look.of_tickets(),
        *look.of_clocks(),
        *look.of_requests(),
        *look.of_answers(),
        *look.of_results(),
    ]


def _spans(build: Build) -> Spans:
    last = _day(build.clock.now())
    middle = FIRST + timedelta(days=2)
    return Spans(Days(middle, last), Days(FIRST, middle - timedelta(days=1)))


async def _gather(session: AsyncSession, build: Build, scope: Scope) -> Gathered:
    spans = _spans(build)
    return await gather(
        session,
        spans,
        scope,
        earliest=FIRST,
        year=Days(FIRST, spans.now.last),
        of_units=tuple(FIGURES),
    )


def _of(facts: Iterable[Fact], scope: Scope) -> list[Fact]:
    return [
        fact
        for fact in facts
        if scope.department in {None, fact[2]} and scope.area in {None, fact[3]}
    ]


def _assert_units_and_places(found: Gathered, facts: list[Fact], spans: Spans) -> None:
    units = Counter(
        (unit, name, spans.now.holds(day)) for name, day, unit, _, _ in facts if unit is not None
    )
    for (unit, name, is_now), count in units.items():
        assert found.units[unit][name][0 if is_now else 1] == count
    places = Counter(
        (area, root)
        for name, day, _, area, root in facts
        if name == "received" and area and root and spans.now.holds(day)
    )
    assert {place: n for place, n in found.places.items() if n} == dict(places)


async def _assert_right(session: AsyncSession, build: Build) -> None:
    """Every figure of every scope is what a look at everything finds."""
    facts = await _look_at_everything(session)
    scopes = [
        Scope(),
        *(Scope(department=unit) for unit in build.city.departments.values()),
        *(Scope(area=area) for area in ("新城街道", "老城街道", "无此街道")),
    ]
    spans = _spans(build)
    found = await _gather(session, build, Scope())
    _assert_units_and_places(found, facts, spans)
    for scope in scopes:
        found = await _gather(session, build, scope)
        own = _of(facts, scope)
        for figure in FIGURES:
            days = Counter(day for name, day, *_ in own if name == figure)
            assert dict(found.course.counts.get(figure, {})) == dict(days), (scope, figure)
        assert dict(found.year) == dict(Counter(fact[1] for fact in own if fact[0] == "received"))


async def test_figures_are_what_a_look_at_everything_finds(
    build: Build, maker: SessionMaker
) -> None:
    await _city_of_stories(build)
    async with maker() as session, session.begin():
        await _assert_right(session, build)
        assert (await _gather(session, build, Scope())).open_days > 3
        now = build.clock.now()
        assert await close_days(session, now) > 3
        await _assert_right(session, build)
        assert await settle(session, now) == 0, "whoever wrote before it was closed may still write"
        later = now + timedelta(minutes=5)
        assert await settle(session, later) > 3
        assert await settle(session, later) == 0
        assert await close_days(session, later) == 0
        await _assert_right(session, build)
        assert (await _gather(session, build, Scope())).open_days == 1


async def test_what_is_written_of_a_closed_day_is_counted_at_once(
    build: Build, maker: SessionMaker
) -> None:
    await _city_of_stories(build)
    late = await build.ticket(Status.DISPATCHED, area="新城街道")
    build.clock.move(days=2)
    async with maker() as session, session.begin():
        await close_days(session, build.clock.now())
        await settle(session, build.clock.now() + timedelta(minutes=5))
    async with maker() as session, session.begin():
        ticket = await build.find(late)
        for change in (
            "area = '老城街道'",
            "lead_department_id = NULL",
            "category_code = NULL",
            "repeat_of_id = (SELECT id FROM tickets ORDER BY id LIMIT 1)",
        ):
            await session.exec(  # type: ignore[call-overload]
                sa.text(f"UPDATE tickets SET {change} WHERE id = :id"), params={"id": ticket.id}
            )
            await _assert_right(session, build)
        await session.exec(  # type: ignore[call-overload]
            sa.text("UPDATE visits SET excluded_at = now(), excluded_reason = 'malicious'")
        )
        await session.exec(sa.text("UPDATE feedbacks SET is_passed = false"))  # type: ignore[call-overload]
        await session.exec(  # type: ignore[call-overload]
            sa.text("UPDATE sla_clocks SET state = 'missed' WHERE state = 'met'")
        )
        await _assert_right(session, build)
        assert (await _gather(session, build, Scope())).open_days > 1
        await settle(session, build.clock.now() + timedelta(minutes=5))
        assert (await _gather(session, build, Scope())).open_days == 1
        await _assert_right(session, build)


async def test_actions_of_today_leave_no_marks(build: Build, maker: SessionMaker) -> None:
    await build.ticket(Status.CLOSED)
    build.clock.move(days=1)
    async with maker() as session, session.begin():
        await close_days(session, build.clock.now())
        await settle(session, build.clock.now() + timedelta(minutes=5))
    await build.ticket(Status.PENDING_VISIT)
    async with maker() as session:
        marks: Any = await session.exec(sa.text("SELECT count(*) FROM board_marks"))  # type: ignore[call-overload]
        assert marks.scalar_one() == 0


async def _listed(session: AsyncSession, group: str, days: Days, scope: Scope) -> list[Any]:
    """Return the list behind a number, page after page."""
    keys: list[Any] = []
    page = await list_behind(session, group, days, scope, limit=2)
    while True:
        keys += [item.key for item in page.items]
        if page.next_cursor is None:
            return keys
        page = await list_behind(session, group, days, scope, cursor=page.next_cursor, limit=2)


async def test_a_number_is_the_length_of_its_list(build: Build, maker: SessionMaker) -> None:
    await _city_of_stories(build)
    days = Days(FIRST, _day(build.clock.now()))
    scopes = (Scope(), Scope(area="新城街道"), Scope(build.city.departments["chengguan"]))
    async with maker() as session:
        facts = await _look_at_everything(session)
        for group in GROUPS:
            for scope in scopes:
                expected = sum(1 for fact in _of(facts, scope) if fact[0] in GROUPS[group])
                assert await count_behind(session, group, days, scope) == expected
                keys = await _listed(session, group, days, scope)
                assert len(keys) == len(set(keys)) == expected, (group, scope)


async def test_the_board_asks_a_fixed_number_of_questions(
    build: Build, maker: SessionMaker, city_engine: AsyncEngine
) -> None:
    counts = []
    for _ in range(2):
        await _city_of_stories(build)
        async with maker() as session:
            with count_queries(city_engine) as statements:
                await _gather(session, build, Scope())
        counts.append(len(statements))
    assert counts == [6, 6]
