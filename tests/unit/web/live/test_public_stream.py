"""The stream of a requester: a word that nobody can guess or keep, and few streams of one address."""

from datetime import timedelta

import pytest

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.live import Batch, ChangedTicket
from tests.support.clock import MONDAY
from web.live.hub import Hint, Hub, Reader, Told
from web.live.public import MOST_OPEN_BY_ADDRESS, TOKEN_LIFE, Doors, live_token, matter_of
from web.live.stream import events

CIPHER = FieldCipher("k" * 40)
ONE, TWO = "2026113000015", "2026113000023"


def test_a_word_opens_its_own_matter_for_a_day() -> None:
    token = live_token(CIPHER, ONE, MONDAY)
    assert matter_of(CIPHER, token, MONDAY) == ONE
    assert matter_of(CIPHER, token, MONDAY + TOKEN_LIFE + timedelta(seconds=1)) is None
    assert matter_of(FieldCipher("j" * 40), token, MONDAY) is None


@pytest.mark.parametrize("token", ["", ONE, f"{ONE}..", f"{ONE}.99999999999.", f"{ONE}.x.y", "..."])
def test_what_was_not_signed_opens_nothing(token: str) -> None:
    assert matter_of(CIPHER, token, MONDAY) is None


def test_another_number_or_a_later_end_opens_nothing() -> None:
    number, until, signature = live_token(CIPHER, ONE, MONDAY).split(".")
    assert matter_of(CIPHER, f"{TWO}.{until}.{signature}", MONDAY) is None
    assert matter_of(CIPHER, f"{number}.{int(until) + 1}.{signature}", MONDAY) is None


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
