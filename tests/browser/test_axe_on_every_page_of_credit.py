"""Every page of this part of the program: axe, frame, width, and a silent browser."""

import pytest

from tests.browser.streets import Streets
from tests.support.samples import routes_of

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("route", routes_of("credit"))
async def test_everybody_can_use_the_page(streets: Streets, route: str) -> None:
    sample = await streets.sample(route)
    if sample.is_whole:
        assert await streets.faults(sample) == []
