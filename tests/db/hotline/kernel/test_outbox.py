"""Facts leave with their transaction, in order, once; and a second delivery does nothing."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import pytest

from hotline.kernel.facts import Fact
from hotline.kernel.outbox import emit, first_time, relay_once
from tests.support.builders import Build


@dataclass(frozen=True, slots=True, kw_only=True)
class BellRung(Fact):
    """A fact of these tests."""

    topic: ClassVar[str] = "bell_rung"

    times: int


SUBSCRIBERS: Mapping[str, Sequence[str]] = {"bell_rung": ("ears.hear", "dog.bark")}


class Bus:
    """Remembers what was handed over."""

    def __init__(self) -> None:
        self.jobs: list[tuple[str, str, str]] = []

    async def enqueue(self, job: str, job_id: str, fact_id: str) -> None:
        self.jobs.append((job, job_id, fact_id))


async def _relay(build: Build, bus: Bus, limit: int = 500) -> int:
    return await relay_once(
        build.session_maker, bus.enqueue, SUBSCRIBERS, now=build.clock.now(), limit=limit
    )


async def _break_off(build: Build) -> None:
    async with build.acting("operator") as tx:
        await emit(tx, BellRung(times=1))
        raise RuntimeError


async def test_a_fact_leaves_if_and_only_if_its_transaction_commits(build: Build) -> None:
    bus = Bus()
    with pytest.raises(RuntimeError):
        await _break_off(build)
    assert await _relay(build, bus) == 0
    async with build.acting("operator") as tx:
        await emit(tx, BellRung(times=1))
        await emit(tx)
    assert await _relay(build, bus) == 1
    assert [job for job, _, _ in bus.jobs] == ["ears.hear", "dog.bark"]
    assert all(job_id == f"{fact}:{job}" for job, job_id, fact in bus.jobs)
    assert await _relay(build, bus) == 0


async def test_facts_are_handed_over_oldest_first_in_portions(build: Build) -> None:
    bus = Bus()
    for times in range(5):
        build.clock.move(seconds=1)
        async with build.acting("operator") as tx:
            await emit(tx, BellRung(times=times))
    assert [await _relay(build, bus, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    keys = [fact for _, _, fact in bus.jobs]
    assert keys == sorted(keys)


async def test_several_relays_hand_each_fact_over_once(own_build: Build) -> None:
    async with own_build.acting("operator") as tx:
        await emit(tx, *(BellRung(times=n) for n in range(40)))
    bus = Bus()

    async def one() -> int:
        return sum([await _relay(own_build, bus, limit=6) for _ in range(4)])

    counts = await asyncio.gather(*(one() for _ in range(4)))
    while rest := await _relay(own_build, bus):
        counts.append(rest)
    assert sum(counts) == 40
    assert len(set(bus.jobs)) == len(bus.jobs) == 80


async def test_a_receipt_is_written_once_for_each_subscriber(build: Build) -> None:
    fact_id = uuid.uuid4()
    answers = []
    for subscriber in ("a", "a", "b", "a"):
        async with build.acting("operator") as tx:
            answers.append(await first_time(tx, subscriber, fact_id))
    assert answers == [True, False, True, False]
