"""How like one matter is to another, and why - pure.

Words, place, subject and time each say their share. The score is the same whichever of the two is asked,
lies between 0 and 1, and never falls when the words, the place or the time come nearer.
"""

import enum
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from hotline.incidents.words import Portrait, Weights, cosine, vector_of

SHOWN_FROM = 0.34
"""What is less alike is no help to whoever has a caller on the line."""

SAME_WORDS_FROM = 0.6
"""Words this alike say the same: nobody tells a matter twice in one wording."""

HALF_LIFE = timedelta(days=30)
NEAR_METRES = 500.0
_SPOT_METRES = 60.0
_EARTH_METRES = 6_371_000.0


class Place(enum.IntEnum):
    """How near two matters are, the nearer the greater."""

    APART = 0
    UNKNOWN = 1
    SAME_AREA = 2
    NEAR = 3
    SAME_STREET = 4
    SAME_SPOT = 5


_NEARNESS: Mapping[Place, float] = {
    Place.APART: 0.0,
    Place.UNKNOWN: 0.3,
    Place.SAME_AREA: 0.4,
    Place.NEAR: 0.75,
    Place.SAME_STREET: 0.9,
    Place.SAME_SPOT: 1.0,
}


class Reason(enum.StrEnum):
    """Why two matters are taken to be alike."""

    SAME_CALLER = "same_caller"
    SAME_SPOT = "same_spot"
    SAME_STREET = "same_street"
    NEAR = "near"
    SAME_AREA = "same_area"
    SAME_CATEGORY = "same_category"
    LIKE_WORDS = "like_words"


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like two matters are.

    Attributes:
        score: 0 to 1.
        words: how alike their words are, 0 to 1.
        place: how near they are.
        subject: how alike their categories are, 0 to 1; None when one is not known.
        days: whole days between them.
        metres: between them, where both are on the map.
        is_same_caller: whether the same number told of both.
    """

    score: float
    words: float
    place: Place
    subject: float | None
    days: int
    metres: int | None = None
    is_same_caller: bool = False

    @property
    def reasons(self) -> Sequence[Reason]:
        """Return why, the weightiest first."""
        found = [Reason.SAME_CALLER] if self.is_same_caller else []
        place = _PLACE_REASONS.get(self.place)
        if place is not None:
            found.append(place)
        if self.subject is not None and self.subject >= 1:
            found.append(Reason.SAME_CATEGORY)
        if self.words >= _WORTH_SAYING:
            found.append(Reason.LIKE_WORDS)
        return found


_WORTH_SAYING = 0.15
_PLACE_REASONS: Mapping[Place, Reason] = {
    Place.SAME_SPOT: Reason.SAME_SPOT,
    Place.SAME_STREET: Reason.SAME_STREET,
    Place.NEAR: Reason.NEAR,
    Place.SAME_AREA: Reason.SAME_AREA,
}


def metres_between(one: Portrait, other: Portrait) -> float | None:
    """Return the distance as the crow flies; None where one is not on the map."""
    if one.lat is None or one.long is None or other.lat is None or other.long is None:
        return None
    north = math.radians((one.lat + other.lat) / 2)
    across = math.radians(one.long - other.long) * math.cos(north)
    along = math.radians(one.lat - other.lat)
    return _EARTH_METRES * math.hypot(across, along)


def place_between(one: Portrait, other: Portrait) -> Place:
    """Return how near two matters are, by the best that is known of both."""
    metres = metres_between(one, other)
    return max(_by_names(one, other), _by_map(metres))


def _by_names(one: Portrait, other: Portrait) -> Place:
    if one.spot is not None and one.spot == other.spot:
        return Place.SAME_SPOT
    if set(one.places) & set(other.places):
        return Place.SAME_STREET
    if one.area is None or other.area is None:
        return Place.UNKNOWN
    return Place.SAME_AREA if one.area == other.area else Place.APART


def _by_map(metres: float | None) -> Place:
    if metres is None:
        return Place.APART
    if metres <= _SPOT_METRES:
        return Place.SAME_SPOT
    return Place.NEAR if metres <= NEAR_METRES else Place.APART


def subject_between(one: str | None, other: str | None) -> float | None:
    """Return how alike two categories are: the share of their path that they have in common."""
    if one is None or other is None:
        return None
    first, second = one.split("."), other.split(".")
    shared = 0
    for part, twin in zip(first, second, strict=False):
        if part != twin:
            break
        shared += 1
    return shared / max(len(first), len(second))


def score_of(*, words: float, place: Place, subject: float | None, days: float) -> float:
    """Return how alike two matters are altogether, 0 to 1.

    Words or the subject say whether it is one matter; place and time whether it is the same one.
    """
    said = min(1.0, words / SAME_WORDS_FROM)
    matter = said + (1 - said) * 0.4 * (subject or 0.0)
    where = 0.45 + 0.55 * _NEARNESS[place]
    when = 0.6 + 0.4 * math.exp2(-abs(days) / HALF_LIFE.days)
    return matter * where * when


def likeness(
    one: Portrait, other: Portrait, weights: Weights, *, is_same_caller: bool = False
) -> Likeness:
    """Return how like two matters are, and why."""
    vectors = vector_of(one, weights), vector_of(other, weights)
    return compare(one, other, cosine(*vectors), is_same_caller=is_same_caller)


def compare(
    one: Portrait, other: Portrait, words: float, *, is_same_caller: bool = False
) -> Likeness:
    """Return how like two matters are, when it is known how alike their words are."""
    place = place_between(one, other)
    subject = subject_between(one.category, other.category)
    apart = abs(one.at - other.at)
    metres = metres_between(one, other)
    return Likeness(
        score_of(words=words, place=place, subject=subject, days=apart / timedelta(days=1)),
        words,
        place,
        subject,
        apart.days,
        round(metres) if metres is not None else None,
        is_same_caller,
    )
