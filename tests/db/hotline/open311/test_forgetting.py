"""Reports of the test endpoint are gone after a week; everything else stays."""

from datetime import timedelta

from sqlmodel import select

from hotline.open311.forgetting import TESTS_KEPT, forget_tests
from hotline.open311.keys import add_key, find_key
from hotline.open311.models import Open311Submission
from hotline.open311.parameters import NewRequest
from hotline.open311.receiving import receive
from hotline.open311.services import offered_services
from tests.support.builders import Build


async def test_tests_are_forgotten(build: Build) -> None:
    began = build.clock.now()
    for is_test in (True, False):
        async with build.acting("admin") as tx:
            _, plain = await add_key(tx, name="应用", is_test=is_test)
            key = await find_key(tx.session, plain, is_test=is_test)
            assert key is not None
            services = await offered_services(tx.session)
        async with build.acting("operator") as tx:
            await receive(tx, key, services["urban.roads"], NewRequest(address="建设路"))
    assert await forget_tests(build.session_maker, began + TESTS_KEPT) == 0
    assert await forget_tests(build.session_maker, began + TESTS_KEPT + timedelta(seconds=1)) == 1
    async with build.session_maker() as session:
        (left,) = (await session.exec(select(Open311Submission))).all()
    assert not left.is_test
