"""What a check-in on the spot may say: when, where, how far from the matter - pure.

A place helps and is never a condition: who refuses to give it, or has no signal, checks in all the same,
and it is written down that no place was given. An entry may come hours after it was made, when the
network is back; it keeps its own time, and the time at which it came stands beside it.
"""

import enum
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.tickets.onsite.errors import CheckInTimeRefused, PlaceRefused


class Moment(enum.StrEnum):
    """At which point of the work on the spot an entry was made."""

    ARRIVED = "arrived"
    AT_WORK = "at_work"
    FINISHED = "finished"


class PlaceState(enum.StrEnum):
    """Whether an entry says where it was made."""

    GIVEN = "given"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry was made, as the telephone says.

    Attributes:
        lat, long: degrees, WGS 84.
        accuracy_m: radius within which the telephone thinks it is, in metres.
    """

    lat: float
    long: float
    accuracy_m: float | None = None


MOST_PHOTOS = 6
"""Photographs of one entry."""

NEWEST = timedelta(minutes=5)
"""How far a telephone's clock may run ahead of ours."""

OLDEST = timedelta(days=7)
"""How long an entry may wait for a network."""

LATE_AFTER = timedelta(minutes=10)
"""An entry that came so long after it was made waited for a network."""

NEAR_M = 200
"""Within so many metres, and the telephone's own doubt, somebody is at the matter."""

_EARTH_M = 6_371_008.8
_LATS, _LONGS = 90, 180


def require_place(place: Place) -> None:
    """Pass in silence when a place can be one.

    Raises:
        PlaceRefused: it is not on the earth, or its accuracy is none.
    """
    if not (abs(place.lat) <= _LATS and abs(place.long) <= _LONGS):
        raise PlaceRefused
    if place.accuracy_m is not None and not 0 <= place.accuracy_m < math.inf:
        raise PlaceRefused


def require_time(made_at: datetime, *, since: datetime, now: datetime) -> None:
    """Pass in silence when an entry can have been made then.

    Args:
        made_at: when, by the telephone's clock.
        since: when the department was given the ticket.
        now: when it came.

    Raises:
        CheckInTimeRefused: it lies ahead, before the task, or too far back.
    """
    if made_at > now + NEWEST or made_at < max(since - NEWEST, now - OLDEST):
        raise CheckInTimeRefused


def is_late(made_at: datetime, came_at: datetime) -> bool:
    """Tell whether an entry waited for a network before it came."""
    return came_at - made_at > LATE_AFTER


def distance_m(one: Place, other: Place) -> int:
    """Return how many metres lie between two places, on the great circle."""
    lat_one, lat_other = math.radians(one.lat), math.radians(other.lat)
    half_lat = math.sin((lat_other - lat_one) / 2)
    half_long = math.sin(math.radians(other.long - one.long) / 2)
    chord = half_lat**2 + math.cos(lat_one) * math.cos(lat_other) * half_long**2
    return round(2 * _EARTH_M * math.asin(min(1.0, math.sqrt(chord))))


def distance_from(place: Place | None, lat: float | None, long: float | None) -> int | None:
    """Return how far from the matter an entry was made; None where one of the two has no place."""
    if place is None or lat is None or long is None:
        return None
    return distance_m(place, Place(lat, long))


def is_near(distance: int, accuracy_m: float | None) -> bool:
    """Tell whether somebody was at the matter, as far as his telephone can say."""
    return distance <= NEAR_M + min(accuracy_m or 0, NEAR_M)
