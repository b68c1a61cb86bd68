"""Where a practice city must not begin again: everywhere but in an invented one of our own."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import func, select

from hotline.kernel.settings import Settings
from hotline.people.models import User
from hotline.practice.actions import ask_again, found_practice
from hotline.practice.rules import NoPractice, PracticeNotRenewable
from tests.support.builders import Build
from web.run.practice import _mark, begin_again, rebuild
from web.run.services import ServiceUrls


@pytest.mark.parametrize("is_demo", [False, True])
async def test_a_real_house_is_never_thrown_away(
    own_city: AsyncEngine, own_build: Build, tmp_path: Path, is_demo: bool
) -> None:
    urls = ServiceUrls(own_city.url.render_as_string(hide_password=False), "unused")
    settings = Settings(home=tmp_path, demo=is_demo)
    assert await _mark(urls.database_url) is None
    with pytest.raises(NoPractice):
        await rebuild(settings, urls)
    async with own_build.session_maker() as session:
        assert (await session.exec(select(func.count()).select_from(User))).one() > 0


async def test_an_invented_city_is_left_alone_without_the_demo_or_without_its_own_database(
    own_city: AsyncEngine, own_build: Build, tmp_path: Path
) -> None:
    urls = ServiceUrls(own_city.url.render_as_string(hide_password=False), "unused")
    async with own_build.acting("admin") as tx:
        await found_practice(tx)
    assert await _mark(urls.database_url) is False
    async with own_build.acting("admin") as tx:
        await ask_again(tx, is_demo=True, is_renewable=True)
    assert await _mark(urls.database_url) is True
    with pytest.raises(NoPractice):
        await rebuild(Settings(home=tmp_path, demo=False), urls)
    elsewhere = Settings(
        home=tmp_path, demo=True, database_url="postgresql://x@y/z", secret_key="s" * 40
    )
    for refused in (rebuild(elsewhere, urls), begin_again(elsewhere)):
        with pytest.raises(PracticeNotRenewable):
            await refused
