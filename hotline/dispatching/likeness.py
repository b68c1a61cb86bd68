"""How like a new matter is to one that was decided before - pure."""

from dataclasses import dataclass

from hotline.tickets.routing.rules import lies_under

_SHORTEST = 2
"""Characters; one alone says nothing."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two matters have in common.

    Attributes:
        category: the category decided on, when the new one lies under it.
        is_same_category: whether it is the very same.
        is_same_area: whether both are of one area.
        words: what their titles share.
    """

    category: str | None
    is_same_category: bool
    is_same_area: bool
    words: tuple[str, ...]

    @property
    def rank(self) -> tuple[bool, int, int]:
        """How like; the greater is shown first."""
        depth = self.category.count(".") + 1 if self.category else 0
        return (self.is_same_area, depth, sum(map(len, self.words)))


def shared_words(one: str, other: str) -> tuple[str, ...]:
    """Return what two titles share: runs of at least two characters, the longest at each place."""
    found: list[str] = []
    at = 0
    while at < len(one):
        length = 0
        while at + length < len(one) and one[at : at + length + 1] in other:
            length += 1
        run = one[at : at + length].strip(" ，。、,.:：;；")
        if len(run) >= _SHORTEST and run not in found:
            found.append(run)
        at += max(length, 1)
    return tuple(found)


def likeness(
    *,
    category: str | None,
    area: str | None,
    title: str,
    decided_category: str | None,
    decided_area: str | None,
    decided_title: str,
) -> Likeness | None:
    """Return what a matter has in common with a decided one; None when the subject is another."""
    if decided_category is None or not lies_under(category, decided_category):
        return None
    return Likeness(
        decided_category,
        category == decided_category,
        area is not None and area == decided_area,
        shared_words(title, decided_title),
    )
