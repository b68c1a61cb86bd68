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

_FAR = 0.3
"""What says so little beside the best is not what is asked, unless it is of the very subject."""

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
    scored = [(one, _score(one, asked)) for one in found]
    best = max((score for _, score in scored), default=0.0)
    ranked = []
    for one, score in scored:
        least = LEAST_SCORE if _is_of(one, asked) else max(LEAST_SCORE, best * _FAR)
        if score >= least:
            is_over = bool({ArticleWarning.EXPIRED, ArticleWarning.RETIRED} & set(one.warnings))
            ranked.append((is_over, -score, one.key))
    return [key for _, _, key in sorted(ranked)]


def _score(one: Candidate, asked: Asked) -> float:
    score = one.score
    if _is_of(one, asked):
        score = score * _SAME_CATEGORY + _BY_CATEGORY
    if asked.area and one.areas and asked.area not in one.areas:
        score *= _OTHER_AREA
    if one.warnings:
        score *= _DOUBTED
    return score * (1 + min(one.used, _MOST_USED) / 250)


def _is_of(one: Candidate, asked: Asked) -> bool:
    """Tell whether an article is of the very subject that is asked about, or of one above it."""
    return asked.category is not None and any(
        _is_under(asked.category, code) for code in one.categories
    )


def _is_under(category: str, above: str) -> bool:
    return category == above or category.startswith(f"{above}.")
