"""What a check-in on the spot may say, and what is kept of a photograph."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from hotline.tickets.onsite.errors import CheckInTimeRefused, PhotoRefused, PlaceRefused
from hotline.tickets.onsite.photos import MOST_BYTES, clean_photo
from hotline.tickets.onsite.rules import (
    NEAR_M,
    Place,
    distance_from,
    distance_m,
    is_late,
    is_near,
    require_place,
    require_time,
)
from tests.support.photographs import SECRETS, jpeg, png

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
PLACES = st.builds(Place, st.floats(-90, 90), st.floats(-180, 180))


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        (Place(30.0, 104.0), Place(30.0, 104.0), 0),
        (Place(0.0, 0.0), Place(0.0, 1.0), 111_195),
        (Place(39.9042, 116.4074), Place(31.2304, 121.4737), 1_067_311),
        (Place(0.0, 179.999), Place(0.0, -179.999), 222),
        (Place(90.0, 0.0), Place(-90.0, 0.0), 20_015_115),
    ],
)
def test_distances(one: Place, other: Place, metres: int) -> None:
    assert distance_m(one, other) == pytest.approx(metres, abs=1)


@given(PLACES, PLACES)
def test_a_distance_is_the_same_both_ways_and_no_more_than_half_round(
    one: Place, other: Place
) -> None:
    there, back = distance_m(one, other), distance_m(other, one)
    assert abs(there - back) <= 1
    assert 0 <= there <= math.pi * 6_371_009 + 1


def test_without_a_place_there_is_no_distance() -> None:
    assert distance_from(None, 30.0, 104.0) is None
    assert distance_from(Place(30.0, 104.0), None, None) is None
    assert distance_from(Place(30.0, 104.0), 30.001, 104.0) == 111


@pytest.mark.parametrize(
    ("distance", "accuracy", "near"),
    [
        (NEAR_M, None, True),
        (NEAR_M + 1, None, False),
        (NEAR_M + 50, 50.0, True),
        (NEAR_M * 2 + 1, 100_000.0, False),
    ],
)
def test_near_is_near_even_by_a_telephone_in_doubt(
    distance: int, accuracy: float | None, near: bool
) -> None:
    assert is_near(distance, accuracy) is near


@pytest.mark.parametrize(
    "place",
    [
        Place(90.1, 0.0),
        Place(0.0, -180.5),
        Place(math.nan, 0.0),
        Place(0.0, 0.0, -1.0),
        Place(0.0, 0.0, math.inf),
        Place(0.0, 0.0, math.nan),
    ],
)
def test_what_is_no_place_is_refused(place: Place) -> None:
    with pytest.raises(PlaceRefused):
        require_place(place)


def test_an_entry_keeps_its_own_time_if_it_can_be_true() -> None:
    given_at = NOON - timedelta(days=2)
    for made_at in (NOON, NOON + timedelta(minutes=5), given_at - timedelta(minutes=5)):
        require_time(made_at, since=given_at, now=NOON)
    for made_at in (NOON + timedelta(minutes=6), given_at - timedelta(minutes=6)):
        with pytest.raises(CheckInTimeRefused):
            require_time(made_at, since=given_at, now=NOON)
    with pytest.raises(CheckInTimeRefused):
        require_time(NOON - timedelta(days=8), since=NOON - timedelta(days=30), now=NOON)
    assert is_late(NOON - timedelta(minutes=11), NOON)
    assert not is_late(NOON, NOON)


@pytest.mark.parametrize(
    ("sent", "media_type", "size"),
    [(jpeg(4, 3), "image/jpeg", (4, 3)), (png(2, 5), "image/png", (2, 5))],
    ids=["jpeg", "png"],
)
def test_only_the_picture_is_kept(sent: bytes, media_type: str, size: tuple[int, int]) -> None:
    photo = clean_photo(sent)
    assert (photo.media_type, (photo.width, photo.height)) == (media_type, size)
    assert not any(secret in photo.content for secret in SECRETS)
    assert clean_photo(photo.content) == photo


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GIF89a",
        b"<svg/>",
        jpeg()[:40],
        jpeg(0, 0),
        png()[:30],
        jpeg(60_000, 60_000),
        jpeg(picture=bytes(MOST_BYTES)),
    ],
    ids=["empty", "gif", "svg", "cut", "nothing", "cut png", "huge", "heavy"],
)
def test_what_is_no_photograph_is_refused(sent: bytes) -> None:
    with pytest.raises(PhotoRefused):
        clean_photo(sent)


@given(st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_whatever_is_sent_is_kept_or_refused(rest: bytes, head: bytes) -> None:
    try:
        photo = clean_photo(head + rest)
    except PhotoRefused:
        return
    assert photo.width * photo.height > 0
