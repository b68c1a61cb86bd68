"""What an article is found by, and how well it answers what is asked - pure.

Chinese is found by dictionary words and by pairs of characters: words carry meaning, pairs find what a
word boundary would hide. How much a hit is worth is said by how few articles share it.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import rjieba

from hotline.knowledge.rules import ArticleText, ArticleWarning

_HAN = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[a-z0-9]{2,}")
_EMPTY_WORDS = (
    "怎么 什么 如何 可以 请问 我们 你们 他们 需要 没有 一个 这个 那个 现在 已经 因为 所以 但是 就是 还是 "
    "不是 是否 能否 哪里 多少 想问 咨询 反映 来电 市民 希望 有关 部门 相关 进行 问题 情况 办理 投诉 处理 "
    "一下 时候 时间 今天 昨天 明天 自己 家里 这样 那样 知道 应该 不能 不到 以及 或者 怎么办"
)
_EMPTY = frozenset(_EMPTY_WORDS.split())
"""Words that stand in every matter and find nothing."""

_WEIGHTS: Mapping[str, float] = {
    "tags": 5.0,
    "title": 4.0,
    "short": 1.5,
    "answer": 1.0,
    "materials": 0.5,
    "steps": 0.5,
    "place": 0.5,
}
_LONGEST_ANSWER = 4000
"""Characters of a text that are indexed: what it is about stands at its beginning."""

MOST_TERMS = 120
_LONGEST_QUESTION = 600
_PAIR = 0.6
"""What a pair of characters is worth beside a word."""


def plain(text: str) -> str:
    """Return a text as it is compared: full width made half, small letters."""
    return unicodedata.normalize("NFKC", text).lower()


def terms_of(text: str) -> dict[str, float]:
    """Return what a text is found by, and what each is worth."""
    plainly = plain(text)
    found: dict[str, float] = dict.fromkeys(_LATIN.findall(plainly), 1.0)
    for run in _HAN.findall(plainly):
        for at in range(len(run) - 1):
            found.setdefault(run[at : at + 2], _PAIR)
        for word in rjieba.cut(run):
            if len(word) > 1:
                found[word] = 1.0
    return {term: worth for term, worth in found.items() if term not in _EMPTY and len(term) <= 24}  # noqa: PLR2004


def index_terms(text: ArticleText) -> dict[str, float]:
    """Return the terms of an article with their weights: what its name says weighs most."""
    found: dict[str, float] = {}
    for name, weight in _WEIGHTS.items():
        value: str | Sequence[str] | None = getattr(text, name)
        written = value if isinstance(value, str) else " ".join(value or ())
        for term, worth in terms_of(written[:_LONGEST_ANSWER]).items():
            found[term] = found.get(term, 0.0) + weight * worth
    return found


def question_terms(title: str, content: str = "") -> dict[str, float]:
    """Return what is asked for: the title's terms count twice, and no more than so many are asked."""
    asked = {term: 2 * worth for term, worth in terms_of(title[:_LONGEST_QUESTION]).items()}
    for term, worth in terms_of(content[:_LONGEST_QUESTION]).items():
        asked.setdefault(term, worth)
    return dict(list(asked.items())[:MOST_TERMS])


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
