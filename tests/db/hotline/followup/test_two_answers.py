"""Two answers at once, each in a real transaction of its own: exactly one counts."""

import asyncio
from typing import Any

from sqlmodel import select

from hotline.followup.actions import Said, answer_by_link
from hotline.followup.links import word_of
from hotline.followup.models import RatingLink, Visit
from hotline.followup.rules import VisitAnswer
from hotline.kernel.errors import DomainError
from hotline.people.principal import REQUESTER
from hotline.tickets.lifecycle import Action, Status
from tests.support.builders import Build

IN_VAIN: dict[str, Any] = {"reached": False, "solved": None, "rating": None}


async def test_one_of_two_wins_and_the_other_is_told(own_build: Build) -> None:
    build = own_build
    number = await build.ticket(Status.PENDING_VISIT)
    for hours in (0, 6, 4):
        build.clock.move(hours=hours)
        await build.do(Action.RECORD_VISIT, number, **IN_VAIN)
    async with build.session_maker() as session:
        word = word_of(build.cipher, (await session.exec(select(RatingLink))).one().id)

    async def by_link(rating: int) -> None:
        async with build.acting(REQUESTER) as tx:
            await answer_by_link(tx, word, VisitAnswer(True, True, rating), Said())

    async def by_telephone() -> None:
        await build.do(Action.RECORD_VISIT, number, rating=5)

    ends = await asyncio.gather(by_link(3), by_link(4), by_telephone(), return_exceptions=True)
    lost = [end for end in ends if isinstance(end, BaseException)]
    assert len(lost) == 2
    assert all(isinstance(end, DomainError) for end in lost), lost
    assert {end.code for end in lost if isinstance(end, DomainError)} <= {
        "link-used",
        "illegal-transition",
    }
    async with build.session_maker() as session:
        ratings = (await session.exec(select(Visit.rating).where(Visit.is_reached))).all()
    assert len(ratings) == 1
    assert (await build.find(number)).status is Status.CLOSED
