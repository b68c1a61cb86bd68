"""Which articles answer what is asked, and in which order - pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from hotline.knowledge.rules import ArticleWarning


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of the matter that an answer is looked for.

    Attributes:
        category: code of its subject.
        area: name of its area.
    """

    category: str | None = None
    area: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article as far as ranking needs it.

    Attributes:
        key: whatever names it.
        score: by its words.
        used: how often it was used lately.
    """

    key: int
    score: float
    categories: Sequence[str]
    areas: Sequence[str]
    warnings: Collection[ArticleWarning]
    used: int


LEAST_SCORE = 9.0
"""Below it the words that are shared say nothing."""

_SAME_CATEGORY = 1.5
_BY_CATEGORY = 9.0
_OTHER_AREA = 0.3
_DOUBTED = 0.9
_MOST_USED = 50


def rank(found: Iterable[Candidate], asked: Asked) -> list[int]:
    """Return which articles answer what is asked, the best first; what has expired comes last.

    Category, area and use shift what the words say; they do not stand in for it, but that an article of
    the very category is offered when no word was typed yet.
    """
    ranked = []
    for one in found:
        score = _score(one, asked)
        if score >= LEAST_SCORE:
            is_over = bool({ArticleWarning.EXPIRED, ArticleWarning.RETIRED} & set(one.warnings))
            ranked.append((is_over, -score, one.key))
    return [key for _, _, key in sorted(ranked)]


def _score(one: Candidate, asked: Asked) -> float:
    score = one.score
    if asked.category and any(_is_under(asked.category, code) for code in one.categories):
        score = score * _SAME_CATEGORY + _BY_CATEGORY
    if asked.area and one.areas and asked.area not in one.areas:
        score *= _OTHER_AREA
    if one.warnings:
        score *= _DOUBTED
    return score * (1 + min(one.used, _MOST_USED) / 250)


def _is_under(category: str, above: str) -> bool:
    return category == above or category.startswith(f"{above}.")
