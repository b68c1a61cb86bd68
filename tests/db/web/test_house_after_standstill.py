"""After a standstill the house is looked at when what was missed has been swept, not before."""

import pytest

from hotline.escalation.acts import act_once
from hotline.escalation.sweep import next_due, sweep_once
from hotline.tickets.lifecycle import Status
from tests.support.builders import Build
from web.run.worker import let_sweep_catch_up


async def test_the_first_look_waits_for_the_sweep(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    await build.ticket(Status.SUBMITTED)
    build.clock.move(hours=36)
    turns = 0

    async def others_go_on(_seconds: float) -> None:
        nonlocal turns
        turns += 1
        await sweep_once(build.session_maker, build.cipher, now=build.clock.now())
        await act_once(build.session_maker, build.cipher, now=build.clock.now())

    monkeypatch.setattr("asyncio.sleep", others_go_on)
    await let_sweep_catch_up(build.session_maker, build.clock)
    assert turns > 0
    due = await next_due(build.session_maker)
    assert due is None or due > build.clock.now()


async def test_it_does_not_wait_for_ever_for_a_sweeper_that_is_dead(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    await build.ticket(Status.SUBMITTED)
    build.clock.move(hours=36)

    async def time_passes(seconds: float) -> None:
        build.clock.move(seconds=seconds)

    monkeypatch.setattr("asyncio.sleep", time_passes)
    began = build.clock.now()
    await let_sweep_catch_up(build.session_maker, build.clock)
    due = await next_due(build.session_maker)
    assert due is not None
    assert due < began
