"""The catalogue in versions, the guard on every road, direct dispatch, and what is kept of it."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from hotline.dispatching.actions import (
    discard_draft,
    drop_draft_entry,
    end_precedent,
    open_draft,
    publish_catalogue,
    publish_draft,
    roll_back_catalogue,
    save_draft_entry,
)
from hotline.dispatching.checking import Fault, FaultKind
from hotline.dispatching.errors import (
    CatalogueDraftChanged,
    InvalidCatalogue,
    PrecedentEnded,
    UnknownCatalogueVersion,
)
from hotline.dispatching.models import Precedent, PrecedentSource
from hotline.dispatching.precedents import record_precedent
from hotline.dispatching.queries import (
    find_draft,
    like_precedents,
    list_versions,
    preview_catalogue,
)
from hotline.kernel.errors import DomainError
from hotline.people.actions import save_department
from hotline.people.levels import DepartmentLevel
from hotline.people.principal import PermissionDenied
from hotline.tickets.lifecycle import Action, Hold, Status
from hotline.tickets.models import RequestType, TicketEvent
from hotline.tickets.routing.codec import entries_from_json
from hotline.tickets.routing.errors import (
    DeviationNeedsReason,
    DirectDispatchImpossible,
    GrassrootsGuard,
)
from hotline.tickets.routing.models import DispatchRecord, DispatchRoad
from hotline.tickets.routing.queries import CATALOGUES, Routed, route, traits_of
from hotline.tickets.routing.rules import Doubt, Entry
from hotline.tickets.step import Step
from tests.support.builders import Build


def entry(category: str = "urban", department: str = "chengguan", **more: Any) -> Entry:
    return Entry(category=category, department=department, **{"is_sure": True, **more})


async def publish(build: Build, *entries: Entry, direct: bool = True) -> int:
    async with build.acting("admin") as tx:
        row = await publish_catalogue(tx, entries, is_direct=direct, note="试行")
        return row.version


async def raise_level(build: Build, department: str, level: DepartmentLevel) -> None:
    async with build.acting("admin") as tx:
        await save_department(tx, code=department, name="某街道", name_en="Street", level=level)


async def routed(build: Build, number: str) -> Routed:
    async with build.acting("dispatcher") as tx:
        return await route(tx.session, traits_of(await build.find(number)), tx.now)


async def last_row(build: Build, number: str) -> TicketEvent:
    ticket = await build.find(number)
    async with build.session_maker() as session:
        return (
            await session.exec(
                select(TicketEvent)
                .where(TicketEvent.ticket_id == ticket.id)
                .order_by(col(TicketEvent.seq).desc())
            )
        ).first()  # type: ignore[return-value]  # every ticket has a row


async def record_of(build: Build, number: str) -> DispatchRecord | None:
    ticket = await build.find(number)
    async with build.session_maker() as session:
        return await session.get(DispatchRecord, ticket.id)


# -- versions --------------------------------------------------------------------------------------


async def test_every_change_is_a_version_and_what_stays_keeps_its_age(build: Build) -> None:
    assert await publish(build, entry(), entry("housing", "zhujian")) == 1
    first = build.clock.now()
    build.clock.move(hours=1)
    assert await publish(build, entry(), entry("housing", "jiaotong"), direct=False) == 2
    async with build.session_maker() as session:
        found = await CATALOGUES.in_force(session, build.clock.now())
        assert found is not None
        assert (found.version, found.is_direct) == (2, False)
        assert [one.since for one in found.entries] == [first, build.clock.now()]
        before = await CATALOGUES.in_force(session, first)
        assert before is not None
        assert before.version == 1
        assert await CATALOGUES.in_force(session, first - timedelta(seconds=1)) is None
        rows = await list_versions(session)
    assert [(row.version, row.count, row.created_by) for row in rows] == [
        (2, 2, "admin"),
        (1, 2, "admin"),
    ]


async def test_a_version_may_begin_later_but_never_earlier(build: Build) -> None:
    now = build.clock.now()
    async with build.acting("admin") as tx:
        past = await publish_catalogue(
            tx, [entry()], is_direct=True, note="", from_at=now - timedelta(days=1)
        )
        assert past.from_at == now
        await publish_catalogue(tx, [], is_direct=False, note="", from_at=now + timedelta(days=1))
    async with build.session_maker() as session:
        for when, version in ((now, 1), (now + timedelta(days=1), 2)):
            found = await CATALOGUES.in_force(session, when)
            assert found is not None
            assert found.version == version


async def test_an_earlier_version_is_published_anew(build: Build) -> None:
    await publish(build, entry())
    await publish(build, entry("housing", "zhujian"), direct=False)
    async with build.acting("admin") as tx:
        row = await roll_back_catalogue(tx, 1, note="恢复")
        assert (row.version, row.is_direct) == (3, True)
        assert [one.category for one in entries_from_json(row.entries)] == ["urban"]
        with pytest.raises(UnknownCatalogueVersion):
            await roll_back_catalogue(tx, 9, note="恢复")


async def test_what_cannot_be_is_refused_with_its_row(build: Build) -> None:
    bad = [
        entry(),
        entry(),
        entry("nowhere"),
        entry("housing", "nobody", co_departments=("zhujian",)),
        entry("urban.roads", "zhujian", co_departments=("zhujian",)),
        entry("urban.roads", area="甲", valid_from=date(2026, 3, 2), valid_to=date(2026, 3, 1)),
        entry("urban.roads", "hotline", area="乙"),
    ]
    async with build.acting("admin") as tx:
        with pytest.raises(InvalidCatalogue) as refused:
            await publish_catalogue(tx, bad, is_direct=True, note="")
    assert refused.value.faults == (
        Fault(2, FaultKind.CONFLICT, "1"),
        Fault(3, FaultKind.UNKNOWN_CATEGORY, "nowhere"),
        Fault(4, FaultKind.UNKNOWN_DEPARTMENT, "nobody"),
        Fault(5, FaultKind.LEAD_AS_CO, "zhujian"),
        Fault(6, FaultKind.EMPTY_VALIDITY, "2026-03-02–2026-03-01"),
        Fault(7, FaultKind.INACTIVE_DEPARTMENT, "hotline"),
    )
    assert "3 unknown_category nowhere" in str(refused.value.params["rows"])


async def test_only_the_administrator_publishes(build: Build) -> None:
    for name in ("dispatcher", "supervisor", "authority", "operator"):
        async with build.acting(name) as tx:
            with pytest.raises(PermissionDenied):
                await publish_catalogue(tx, [], is_direct=False, note="")
            with pytest.raises(PermissionDenied):
                await open_draft(tx)


async def test_a_draft_from_its_first_row_to_its_publication(build: Build) -> None:
    await publish(build, entry())
    async with build.acting("admin") as tx:
        draft = await save_draft_entry(tx, entry("housing", "zhujian"))
        assert (draft.revision, draft.base_version, len(draft.entries)) == (1, 1, 2)
        await save_draft_entry(tx, entry("housing", "jiaotong"), row=2, revision=1)
        for wrong in ({"row": 2, "revision": 1}, {"row": 3}, {"row": 0}):
            with pytest.raises(CatalogueDraftChanged):
                await save_draft_entry(tx, entry("urban.roads"), **wrong)
        await drop_draft_entry(tx, 1, revision=2)
        with pytest.raises(CatalogueDraftChanged):
            await drop_draft_entry(tx, 2)
    async with build.acting("admin") as tx:
        row = await publish_draft(tx, note="住房归口调整", is_direct=False, revision=3)
        assert [one.department for one in entries_from_json(row.entries)] == ["jiaotong"]
        assert await find_draft(tx.session) is None


async def test_a_draft_does_not_undo_a_version_that_came_meanwhile(build: Build) -> None:
    async with build.acting("admin") as tx:
        await save_draft_entry(tx, entry())
    await publish(build, entry("housing", "zhujian"))
    async with build.acting("admin") as tx:
        with pytest.raises(CatalogueDraftChanged):
            await publish_draft(tx, note="", is_direct=True, revision=1)
        await discard_draft(tx)
        assert await find_draft(tx.session) is None


async def test_a_draft_is_tried_on_what_was_dispatched_of_late(build: Build) -> None:
    await publish(build, entry())
    old = await build.ticket(Status.DISPATCHED)
    build.clock.move(hours=24 * 31)
    moved = await build.ticket(Status.DISPATCHED, category="urban.roads", title="路面塌陷")
    await build.ticket(Status.DISPATCHED)
    draft = [entry(), entry("urban.roads", "jiaotong")]
    async with build.session_maker() as session:
        tried = await preview_catalogue(session, draft, build.clock.now())
        same = await preview_catalogue(session, [entry()], build.clock.now())
    assert (tried.days, tried.dispatched, tried.moved) == (30, 2, 1)
    [move] = tried.moves
    assert (move.number, move.went_to, move.before, move.after) == (
        moved,
        "chengguan",
        "chengguan",
        "jiaotong",
    )
    assert (same.moved, same.moves) == (0, ())
    assert (await build.find(old)).status is Status.DISPATCHED  # nothing was touched


# -- the guard -------------------------------------------------------------------------------------


async def test_what_a_bureau_owns_goes_to_no_street(build: Build) -> None:
    await raise_level(build, "huanbao", DepartmentLevel.STREET)
    await raise_level(build, "chengguan", DepartmentLevel.BUREAU)
    await publish(build, entry(min_level=DepartmentLevel.BUREAU, is_sure=False))
    number = await build.ticket(Status.ACCEPTED)
    with pytest.raises(GrassrootsGuard):
        await build.do(Action.DISPATCH, number, department="huanbao")
    await build.do(
        Action.DISPATCH,
        number,
        department="huanbao",
        co_departments=["chengguan"],
        override_reason="街道已书面同意",
    )
    assert (await last_row(build, number)).details["override"] == "街道已书面同意"


async def test_the_guard_stands_on_every_road(build: Build) -> None:
    disputed = await build.ticket(Status.ACCEPTED, Hold.ARBITRATION)
    await raise_level(build, "huanbao", DepartmentLevel.STREET)
    await publish(build, entry(min_level=DepartmentLevel.DISTRICT, is_sure=False))

    asked = await build.ticket(Status.ACCEPTED, Hold.CONSULTATION)
    back = await build.ticket(Status.DISPATCHED, Hold.RETURN_REVIEW)
    for action, number in ((Action.DECIDE_CONSULTATION, asked), (Action.DECIDE_RETURN, back)):
        words: dict[str, Any] = {"department": "huanbao", "explanation": "商定"}
        words |= {"uphold": True} if action is Action.DECIDE_RETURN else {}
        with pytest.raises(GrassrootsGuard):
            await build.do(action, number, **words)
        await build.do(action, number, **words, override_reason="协商一致")
        assert (await last_row(build, number)).details["override"] == "协商一致"
    await build.do(Action.DECIDE_ARBITRATION, disputed, department="huanbao")
    assert (await build.find(disputed)).is_designated


async def test_leaving_a_sure_proposal_asks_for_a_reason(build: Build) -> None:
    version = await publish(build, entry())
    number = await build.ticket(Status.ACCEPTED)
    with pytest.raises(DeviationNeedsReason):
        await build.do(Action.DISPATCH, number, department="jiaotong")
    await build.do(Action.DISPATCH, number, department="jiaotong", deviation="在施工路段")
    row = await last_row(build, number)
    assert row.details["deviation"] == "在施工路段"
    assert (row.details["catalogue"], row.details["proposed"]) == (version, "chengguan")
    record = await record_of(build, number)
    assert record is not None
    assert (record.road, record.is_sure) == (DispatchRoad.DESK, True)
    assert record.deviation == "在施工路段"
    assert record.department_id == build.city.departments["jiaotong"]
    assert record.proposed_id == build.city.departments["chengguan"]


async def test_a_reason_where_none_is_needed_is_not_kept(build: Build) -> None:
    await publish(build, entry())
    number = await build.ticket(Status.ACCEPTED)
    await build.do(Action.DISPATCH, number, department="chengguan", deviation="没有偏离")
    assert "deviation" not in (await last_row(build, number)).details
    record = await record_of(build, number)
    assert record is not None
    assert record.deviation is None


# -- direct dispatch -------------------------------------------------------------------------------


async def test_what_is_sure_is_dispatched_by_the_operator(build: Build) -> None:
    await publish(build, entry(co_departments=("zhujian",)))
    number = await build.ticket(Status.ACCEPTED)
    ticket = await build.do(Action.DIRECT_DISPATCH, number)
    assert ticket.status is Status.DISPATCHED
    assert ticket.lead_department_id == build.city.departments["chengguan"]
    row = await last_row(build, number)
    assert (row.action, row.role) == ("direct_dispatch", "operator")
    assert row.details["co_departments"] == ["zhujian"]
    record = await record_of(build, number)
    assert record is not None
    assert record.road is DispatchRoad.DIRECT


async def test_accepting_and_dispatching_are_two_rows_of_one_transaction(build: Build) -> None:
    await publish(build, entry())
    number = await build.ticket()
    ticket = await build.do(Action.ACCEPT, number, and_dispatch=True)
    assert ticket.status is Status.DISPATCHED
    async with build.session_maker() as session:
        rows = await session.exec(
            select(TicketEvent.action)
            .where(TicketEvent.ticket_id == ticket.id)
            .order_by(col(TicketEvent.seq))
        )
        assert rows.all() == ["submit", "accept", "direct_dispatch"]


@pytest.mark.parametrize(
    ("entries", "direct", "overrides"),
    [
        ((), True, {}),
        ((entry(is_sure=False),), True, {}),
        ((entry(),), False, {}),
        ((entry(),), True, {"secret": True}),
        ((entry(),), True, {"category": None}),
        ((entry(), entry(area="老城", department="zhujian")), True, {"area": None}),
        (
            (entry(),),
            True,
            {"request_type": RequestType.COMPLAINT, "content": "城市管理局收费不合理"},
        ),
    ],
)
async def test_what_is_not_sure_stays_with_the_desk(
    build: Build, entries: tuple[Entry, ...], direct: bool, overrides: dict[str, Any]
) -> None:
    await publish(build, *entries, direct=direct)
    number = await build.ticket(**overrides)
    with pytest.raises(DirectDispatchImpossible):
        await build.do(Action.ACCEPT, number, and_dispatch=True)
    assert (await build.find(number)).status is Status.SUBMITTED  # both or nothing
    await build.do(Action.ACCEPT, number)
    with pytest.raises(DirectDispatchImpossible):
        await build.do(Action.DIRECT_DISPATCH, number)


async def test_without_a_catalogue_nothing_is_proposed(build: Build) -> None:
    number = await build.ticket(Status.ACCEPTED)
    assert await routed(build, number) == Routed()
    with pytest.raises(DomainError):
        await build.do(Action.DIRECT_DISPATCH, number)
    await build.do(Action.DISPATCH, number)
    record = await record_of(build, number)
    assert record is not None
    assert (record.catalogue_id, record.proposed_id, record.is_sure) == (None, None, False)


# -- precedents ------------------------------------------------------------------------------------


async def decide(build: Build, number: str, department: str, why: str = "属道路养护") -> Precedent:
    async with build.acting("authority") as tx:
        step = await Step.begin(tx, number)
        return record_precedent(
            step,
            PrecedentSource.ARBITRATION,
            department_id=build.city.departments[department],
            explanation=why,
        )


async def test_a_newer_precedent_makes_the_catalogue_unsure_until_it_is_ended(
    build: Build,
) -> None:
    await publish(build, entry())
    number = await build.ticket(Status.ACCEPTED)
    build.clock.move(minutes=5)
    precedent = await decide(build, await build.ticket(), "jiaotong")
    found = (await routed(build, number)).proposal
    assert found is not None
    assert found.doubts == (Doubt.NEWER_PRECEDENT,)
    async with build.acting("admin") as tx:
        ended = await end_precedent(tx, precedent.id, reason="已写入目录")
        assert (ended.end_reason, ended.ended_at) == ("已写入目录", build.clock.now())
        with pytest.raises(PrecedentEnded):
            await end_precedent(tx, precedent.id, reason="再次")
    again = (await routed(build, number)).proposal
    assert again is not None
    assert again.is_sure


async def test_the_like_precedents_of_a_ticket(build: Build) -> None:
    ticket = await build.find(
        await build.ticket(Status.ACCEPTED, category="urban.roads", title="建设路路灯不亮")
    )
    cases: list[tuple[str, dict[str, Any]]] = [
        ("other subject", {"category": "housing"}),
        ("above", {"category": "urban", "area": "别处", "title": "井盖丢失"}),
        ("same words", {"category": "urban.roads", "area": "别处", "title": "路灯不亮"}),
        ("same", {"category": "urban.roads", "area": "别处", "title": "井盖丢失"}),
        ("same area", {"category": "urban", "title": "井盖丢失"}),
    ]
    for why, overrides in cases:
        build.clock.move(minutes=1)
        await decide(build, await build.ticket(**overrides), "jiaotong", why)
    async with build.session_maker() as session:
        found = await like_precedents(session, ticket)
    assert [like.row.precedent.explanation for like in found] == ["same area", "same words", "same"]
    assert found[1].likeness.words == ("路灯不亮",)
    assert found[0].row.decided_by == "authority先生"
