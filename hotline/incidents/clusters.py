"""Putting matters together that are one, and how warm such an incident is - pure.

Matters are taken in the order in which they came; each goes to the centre that is most like it, or begins
one of its own. The same matters give the same clusters however they were handed in. A matter is held
against a few centres only, those it shares rare words with: a thousand copies cost as much each as one.
"""

import math
import re
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hotline.incidents.likeness import Place
from hotline.incidents.words import Portrait, Weights, cosine, unit, vector_of, words_of

FEWEST = 3
"""So many tickets on one matter are an incident; two are a coincidence."""

WINDOW = timedelta(days=7)
"""Whoever comes longer after the last one begins another incident."""

QUIET_AFTER = timedelta(hours=72)
"""An incident of which nobody has told for so long is over."""

COOLING_HOURS = 6.0
"""After so many hours a ticket warms its incident by a third only."""

CENTRE_WORDS = 128
CENTRE_PLACES = 64
_CANDIDATES = 20
_COMMON_SHARE = 0.1
_FEWEST_COMMON = 50
_NAMING_WORDS = 4
_NAMING_TITLES = 30
_BETWEEN_SIGNS = re.compile(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])")
"""Chinese is written without blanks between words."""

NEEDED: Mapping[Place, float] = {
    Place.SAME_SPOT: 0.08,
    Place.SAME_STREET: 0.10,
    Place.NEAR: 0.12,
    Place.SAME_AREA: 0.35,
    Place.UNKNOWN: 0.14,
    Place.APART: 0.50,
}
"""How alike the words have to be, by place. Two streets of one area need more than places nobody knows:
they are known to be two. Of two areas it takes nearly the same words, as when the water fails in both."""


@dataclass(slots=True)
class Centre:
    """What the matters of a cluster have in common.

    Attributes:
        sums: the words of its matters with their weights added up, the weightiest only.
        places: streets, communities and addresses that were named.
        areas: names of areas.
        count: how many matters.
        last_at: when the last of them came.
    """

    sums: dict[int, float] = field(default_factory=dict)
    places: set[int] = field(default_factory=set)
    areas: set[str] = field(default_factory=set)
    count: int = 0
    last_at: datetime | None = None

    def add(self, portrait: Portrait, vector: Mapping[int, float]) -> None:
        """Take a matter in."""
        for word in sorted(vector):
            self.sums[word] = self.sums.get(word, 0.0) + vector[word]
        if len(self.sums) > CENTRE_WORDS:
            kept = sorted(self.sums, key=lambda word: (-self.sums[word], word))[:CENTRE_WORDS]
            self.sums = {word: self.sums[word] for word in kept}
        for place in places_of(portrait):
            if len(self.places) < CENTRE_PLACES:
                self.places.add(place)
        if portrait.area is not None:
            self.areas.add(portrait.area)
        self.count += 1
        self.last_at = max(self.last_at or portrait.at, portrait.at)

    def likeness(self, vector: Mapping[int, float]) -> float:
        """Return how alike a matter's words are to those in common, 0 to 1."""
        return cosine(vector, unit(self.sums))

    def place_of(self, portrait: Portrait) -> Place:
        """Return how near a matter is to those of the cluster."""
        if set(places_of(portrait)) & self.places:
            return Place.SAME_STREET
        if portrait.area is None or not self.areas:
            return Place.UNKNOWN
        return Place.SAME_AREA if portrait.area in self.areas else Place.APART

    def takes(
        self, portrait: Portrait, vector: Mapping[int, float], window: timedelta = WINDOW
    ) -> float | None:
        """Return how far a matter is beyond what it needs to belong; None when it does not."""
        if self.last_at is not None and abs(portrait.at - self.last_at) > window:
            return None
        spare = self.likeness(vector) - NEEDED[self.place_of(portrait)]
        return spare if spare >= 0 else None


def places_of(portrait: Portrait) -> tuple[int, ...]:
    """Return the streets, communities and the address of a matter."""
    return (*portrait.places, *((portrait.spot,) if portrait.spot is not None else ()))


@dataclass(frozen=True, slots=True)
class Item:
    """A matter with the id of its ticket."""

    id: uuid.UUID
    portrait: Portrait


@dataclass(frozen=True, slots=True)
class Cluster:
    """Matters that are one, in the order in which they came."""

    items: Sequence[Item]
    centre: Centre


def cluster(
    items: Iterable[Item],
    weights: Weights,
    *,
    window: timedelta = WINDOW,
    fewest: int = FEWEST,
) -> list[Cluster]:
    """Return the clusters of at least `fewest` matters, those that began first coming first.

    Args:
        items: the matters, in any order.
        weights: what words tell.
        window: how long after the last one of a cluster another may still belong.
        fewest: of how many matters a cluster is one.
    """
    ordered = sorted(items, key=lambda item: (item.portrait.at, item.id))
    vectors = [vector_of(item.portrait, weights) for item in ordered]
    telling = _telling(vectors)
    groups = _Groups(telling, window)
    for item, vector in zip(ordered, vectors, strict=True):
        groups.place(item, vector)
    return [
        Cluster(members, centre)
        for members, centre in zip(groups.members, groups.centres, strict=True)
        if len(members) >= fewest
    ]


def _telling(vectors: Sequence[Mapping[int, float]]) -> frozenset[int]:
    """Return the words rare enough to look for a centre by."""
    counts: dict[int, int] = {}
    for vector in vectors:
        for word in vector:
            counts[word] = counts.get(word, 0) + 1
    most = max(_FEWEST_COMMON, _COMMON_SHARE * len(vectors))
    rare = frozenset(word for word, count in counts.items() if count <= most)
    # In a storm of copies every word is common, and all of them lead to one centre.
    return rare if len(rare) * 2 > len(counts) else frozenset(counts)


class _Groups:
    """Clusters in the making."""

    def __init__(self, telling: Collection[int], window: timedelta) -> None:
        self._telling = telling
        self._window = window
        self._where: dict[int, dict[int, None]] = {}
        self.centres: list[Centre] = []
        self.members: list[list[Item]] = []

    def place(self, item: Item, vector: Mapping[int, float]) -> None:
        """Put a matter where it belongs."""
        best = self._best(item, vector)
        if best is None:
            best = len(self.centres)
            self.centres.append(Centre())
            self.members.append([])
        self.centres[best].add(item.portrait, vector)
        self.members[best].append(item)
        for word in vector:
            if word in self._telling:
                self._where.setdefault(word, {})[best] = None

    def _best(self, item: Item, vector: Mapping[int, float]) -> int | None:
        shared: dict[int, float] = {}
        for word, weight in vector.items():
            for place in self._where.get(word, ()):
                shared[place] = shared.get(place, 0.0) + weight
        near = sorted(shared, key=lambda place: (-shared[place], place))[:_CANDIDATES]
        found = [
            (spare, place)
            for place in near
            if (spare := self.centres[place].takes(item.portrait, vector, self._window)) is not None
        ]
        return min(found, key=lambda pair: (-pair[0], pair[1]))[1] if found else None


# -- heat ------------------------------------------------------------------------------------------


def warmed(warmth: float | None, at: datetime) -> float:
    """Return how warm an incident is with another ticket; the order of tickets does not matter.

    Warmth is kept as a logarithm that needs no cooling: of two incidents the warmer one stays so until
    one of them gets another ticket.
    """
    own = at.timestamp() / 3600 / COOLING_HOURS
    if warmth is None:
        return own
    higher, lower = max(warmth, own), min(warmth, own)
    return higher + math.log1p(math.exp(lower - higher))


def heat_at(warmth: float, now: datetime) -> float:
    """Return the tickets per hour of the last hours, older ones counting less and less."""
    return math.exp(warmth - now.timestamp() / 3600 / COOLING_HOURS) / COOLING_HOURS


# -- a name ----------------------------------------------------------------------------------------


def name_of(titles: Sequence[str]) -> str:
    """Return the words that half of the titles have, as the first of these has them; or that title."""
    looked_at = titles[:_NAMING_TITLES]
    counts: dict[str, int] = {}
    for title in looked_at:
        for word in words_of(title):
            counts[word] = counts.get(word, 0) + 1
    shared = [word for word, count in counts.items() if count * 2 >= len(looked_at) and count > 1]
    named = _BETWEEN_SIGNS.sub("", " ".join(shared[:_NAMING_WORDS]))
    return named or (titles[0] if titles else "")
