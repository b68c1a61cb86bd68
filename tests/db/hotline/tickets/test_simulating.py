"""Another policy on what has been: real beginnings, pauses and ends, other limits."""

from datetime import timedelta
from typing import Any

import pytest

from hotline.kernel.errors import DomainError
from hotline.sla.actions import DefaultPolicyNeeded, Draft
from hotline.sla.codec import policy_to_json
from hotline.sla.policy import ClockKind, InvalidPolicy, Limit
from hotline.sla.presets import PRESETS
from hotline.sla.simulation import Excluded, Simulation, Verdict
from hotline.tickets.lifecycle import Action, Hold, State, Status
from hotline.tickets.simulating import SimulationTooLarge, propose, simulate
from hotline.workdays.book import UnknownCalendar
from tests.support.builders import ROADS, Build
from tests.support.clock import MONDAY

_A = Action
(FAST,) = [preset.policy for preset in PRESETS if preset.policy.code == "fast-24"]


def draft(code: str = "fast-24", match: dict[str, Any] | None = None, **limits: Any) -> Draft:
    definition = policy_to_json(FAST)
    for kind, rule in limits.items():
        if rule is None:
            del definition["clocks"][kind]
        else:
            definition["clocks"][kind] = rule if isinstance(rule, dict) else {"limit": rule}
    return Draft(code=code, name="试行", definition={**definition, "match": match or {}})


async def tried(build: Build, proposed: Draft, **more: Any) -> Simulation:
    async with build.session_maker() as session:
        proposal = await propose(session, proposed)
        return await simulate(
            session,
            proposal,
            MONDAY,
            MONDAY + timedelta(days=30),
            now=build.clock.now(),
            **more,
        )


def verdicts(result: Simulation, kind: ClockKind) -> tuple[dict[str, int], dict[str, int]]:
    tally = result.by_kind()[kind]
    return (
        {verdict.value: count for verdict, count in tally.was.items()},
        {verdict.value: count for verdict, count in tally.would.items()},
    )


async def closed(build: Build, hours: float, **overrides: Any) -> str:
    """A ticket whose work took so many hours."""
    number = (await build.create(**overrides)).number
    await build.follow(number, *ROADS[State(Status.PROCESSING)], timedelta(hours=hours))
    await build.follow(number, _A.CONTACT, _A.SUBMIT_FEEDBACK, _A.PASS_AUDIT, _A.RECORD_VISIT)
    return number


async def test_the_same_policy_changes_nothing(build: Build) -> None:
    for state in ROADS:
        build.clock.set(MONDAY)
        number = (await build.create()).number
        await build.follow(number, *ROADS[state])
    build.clock.move(hours=30)
    result = await tried(build, draft(**policy_to_json(FAST)["clocks"]))
    total = result.total()
    assert result.tickets == len(ROADS) + 1  # the merged ticket's parent
    assert result.clocks > len(ROADS)
    assert total.was == total.would
    assert not total.gained
    assert not total.lost
    assert set(result.excluded) == {Excluded.CANCELLED}


async def test_a_shorter_limit_breaks_and_a_longer_one_keeps(build: Build) -> None:
    quick = await closed(build, 10)
    build.clock.set(MONDAY)
    slow = await closed(build, 30)
    shorter = await tried(build, draft(complete="PT8H"))
    assert verdicts(shorter, ClockKind.COMPLETE) == ({"kept": 1, "broken": 1}, {"broken": 2})
    assert list(shorter.total().lost) == [quick]
    longer = await tried(build, draft(complete="PT48H"))
    assert verdicts(longer, ClockKind.COMPLETE) == ({"kept": 1, "broken": 1}, {"kept": 2})
    assert list(longer.total().gained) == [slow]
    unit = build.city.departments["chengguan"]
    assert longer.tallies[unit, ClockKind.COMPLETE].would[Verdict.BROKEN] == 0
    assert list(longer.by_department()) == [unit, build.city.departments["hotline"]]


@pytest.mark.parametrize(("limit", "would"), [("PT10H", "kept"), ("PT9H59M59S", "broken")])
async def test_exactly_at_the_other_limit_is_in_time(build: Build, limit: str, would: str) -> None:
    await closed(build, 10)
    assert verdicts(await tried(build, draft(complete=limit)), ClockKind.COMPLETE)[1] == {would: 1}


async def test_pauses_are_honoured_on_the_other_calendar(build: Build) -> None:
    number = (await build.create()).number
    await build.follow(
        number,
        *ROADS[State(Status.PROCESSING)],
        timedelta(hours=2),
        _A.REQUEST_SUSPENSION,
        _A.DECIDE_SUSPENSION,
        timedelta(days=9),
        _A.END_SUSPENSION,
        timedelta(hours=4),
        _A.CONTACT,
        _A.SUBMIT_FEEDBACK,
        timedelta(hours=9),
        _A.PASS_AUDIT,
    )
    office = {"calendar": "working"}
    for limit, would in (("PT6H", "kept"), ("PT4H", "broken")):
        natural = await tried(build, draft(complete=limit))
        assert verdicts(natural, ClockKind.COMPLETE)[1] == {would: 1}, limit
    # Two hours of Monday and, over noon, three of the Wednesday after next.
    for limit, would in (("PT5H", "kept"), ("PT4H", "broken")):
        working = await tried(build, draft(complete={"limit": limit, **office}))
        assert verdicts(working, ClockKind.COMPLETE)[1] == {would: 1}, limit


async def test_an_extension_reaches_to_its_day_and_is_given_only_in_time(build: Build) -> None:
    number = (await build.create()).number
    await build.follow(
        number, *ROADS[State(Status.PROCESSING)], timedelta(hours=5), _A.REQUEST_EXTENSION
    )
    await build.follow(number, _A.DECIDE_EXTENSION, timedelta(hours=30))
    await build.follow(number, _A.CONTACT, _A.SUBMIT_FEEDBACK, _A.PASS_AUDIT)
    for limit, would in (("PT24H", "kept"), ("PT6H", "kept"), ("PT4H", "broken")):
        result = await tried(build, draft(complete=limit))
        assert verdicts(result, ClockKind.COMPLETE)[1] == {would: 1}, limit


async def test_a_stricter_promise_stays_one(build: Build) -> None:
    number = (await build.create()).number
    await build.do(_A.ACCEPT, number, handler_limit=Limit(seconds=4 * 3600))
    await build.follow(number, _A.DISPATCH, _A.SIGN, timedelta(hours=6))
    for limit in ("PT48H", "PT3H"):
        result = await tried(build, draft(complete=limit))
        assert verdicts(result, ClockKind.COMPLETE) == ({"broken": 1}, {"broken": 1})


async def test_what_still_runs_is_open_or_broken(build: Build) -> None:
    await build.ticket(Status.PROCESSING)
    await build.ticket(Status.PROCESSING, Hold.SUSPENSION)
    build.clock.move(hours=6)
    result = await tried(build, draft(complete="PT5H"))
    assert verdicts(result, ClockKind.COMPLETE) == ({"open": 2}, {"broken": 1, "open": 1})


async def test_tickets_under_another_policy_are_left_alone_and_those_that_come_to_it_counted(
    build: Build,
) -> None:
    await closed(build, 10)
    build.clock.set(MONDAY)
    await closed(build, 10, category="housing")
    other = draft("housing-only", {"category": ["housing"]}, complete="PT8H")
    result = await tried(build, other)
    assert result.excluded[Excluded.OTHER_POLICY] == 1
    assert verdicts(result, ClockKind.COMPLETE) == ({"kept": 1}, {"broken": 1})


async def test_a_limit_that_is_left_out_is_counted_apart(build: Build) -> None:
    await build.ticket(Status.PROCESSING)
    result = await tried(build, draft(first_contact=None))
    assert result.excluded[Excluded.NO_SUCH_CLOCK] == 1
    assert ClockKind.FIRST_CONTACT not in result.by_kind()


async def test_only_what_was_submitted_in_the_period(build: Build) -> None:
    build.clock.set(MONDAY - timedelta(microseconds=1))
    await build.ticket()
    build.clock.set(MONDAY)
    await build.ticket()
    seen: list[int] = []
    assert (await tried(build, draft(), progress=seen.append)).tickets == 1
    assert seen == [1]


async def test_what_cannot_be_tried(build: Build) -> None:
    await build.ticket()
    await build.ticket()
    refusals: list[tuple[type[DomainError], Draft, dict[str, Any]]] = [
        (SimulationTooLarge, draft(), {"most": 1}),
        (UnknownCalendar, draft(complete={"limit": "P1D", "calendar": "lunar"}), {}),
        (InvalidPolicy, draft(complete=None), {}),
        (InvalidPolicy, draft("fast-24", {"urgency": ["p1"]}), {}),
        (
            DefaultPolicyNeeded,
            Draft(code="fast-24", name="x", definition=policy_to_json(FAST), is_active=False),
            {},
        ),
    ]
    for error, proposed, more in refusals:
        with pytest.raises(error):
            await tried(build, proposed, **more)
