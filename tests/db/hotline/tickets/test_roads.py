"""Every state of the machine is reached on the database by the actions of real people."""

import pytest

from hotline.tickets.lifecycle import REACHABLE_STATES, State
from tests.support.builders import ROADS, Build


def test_there_is_a_road_to_every_state() -> None:
    assert set(ROADS) == REACHABLE_STATES


@pytest.mark.parametrize("state", list(ROADS), ids=str)
async def test_a_road_leads_where_it_says(build: Build, state: State) -> None:
    ticket = await build.find(await build.ticket(*state))
    assert State(ticket.status, ticket.hold) == state
