"""The stream of a requester: of his matter and nothing else, and few of one address."""

from hotline.kernel.live import Batch, ChangedTicket
from web.live.hub import Hint, Hub, Reader, Told
from web.live.public import MOST_OPEN_BY_ADDRESS, Doors
from web.live.stream import events

ONE, TWO = "2026113000015", "2026113000023"


def test_one_address_opens_so_many_streams() -> None:
    doors = Doors()
    open_now = [doors.passed("a") for _ in range(MOST_OPEN_BY_ADDRESS)]
    for one in open_now:
        one.__enter__()
    assert not doors.is_free("a")
    assert doors.is_free("b")
    open_now[0].__exit__(None, None, None)
    assert doors.is_free("a")


async def test_a_requester_hears_of_his_own_matter_and_of_nothing_else() -> None:
    hub = Hub()
    reader = Reader(matters=frozenset({ONE}))
    stream = events(hub, {"matter"}, reader, heartbeat=0.01)
    await anext(stream)
    assert b'"topics":["matter"]' in await anext(stream)  # what was told before is not known
    hub.publish(Hint("tickets"))
    hub.publish(Told(Batch("b1", [ChangedTicket(TWO, [1])]), {TWO: {"state": "closed"}}))
    assert b"event: ping" in await anext(stream)
    hub.publish(
        Told(Batch("b2", [ChangedTicket(ONE, [1])], {"board": None}), {ONE: {"state": "x"}})
    )
    said = await anext(stream)
    assert b'"topics":["matter"]' in said
    assert ONE.encode() not in said
    assert b"lines" not in said
    await stream.aclose()
    assert len(hub) == 0
