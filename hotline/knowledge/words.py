"""What an article is found by: the words and the pairs of characters of a text.

Chinese is found by dictionary words and by pairs of characters: words carry meaning, pairs find what a
word boundary would hide. How much a hit is worth is said by how few articles share it.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence

import rjieba

from hotline.knowledge.rules import ArticleText

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
