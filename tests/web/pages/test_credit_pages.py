"""The pages of credit."""

from tests.web.pages.conftest import PersonAs


async def test_credit_stands_in_everybodys_side_bar(person_as: PersonAs) -> None:
    for name in ("supervisor", "handler.chengguan", "observer", "operator"):
        bar = (await person_as(name).get("/nav?at=/credit/ranking")).text
        assert 'href="/credit"' in bar
        [current] = [line for line in bar.split("<li>") if 'aria-current="page"' in line]
        assert 'href="/credit"' in current
