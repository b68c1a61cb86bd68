"""Taking a matter's text and address apart into what can be compared - pure.

What is kept of a word is a number that cannot be read back, so that the index holds nobody's words. A
telephone or identity number never becomes a word at all.
"""

import math
import re
import unicodedata
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

import rjieba

KEPT_WORDS = 24
"""A few telling words tell more than all of them: letters repeat what every letter says."""

KEY_WORDS = 6
"""By so many of them a ticket is found in the index."""

TITLE_WEIGHT = 3.0
"""A title says the matter, the content how it came to it."""

READ_AT_MOST = 600
"""Characters of the content; what a long letter is about stands at its beginning."""

BUCKET_DAYS = 30
"""Keys are of their month, so that a search in time reads no more of the index than its time."""

_MOST_PLACES = 4
_SHORTEST = 2
_DIGITS_OF_A_PERSON = 5
_SECONDS_OF_A_DAY = 86_400
_UNKNOWN_WEIGHT = 6.0

_STOP = frozenset(
    re.findall(
        r"\S+",
        """
        没有 自己 我们 你们 他们 它们 大家 问题 反映 咨询 关于 投诉 请问 领导 您好 你好 希望 谢谢 感谢
        尊敬 相关 部门 政府 解决 严重 影响 附近 居民 怎么 如何 什么 能否 何时 为什么 建议 求助 现在 已经
        可以 这个 那个 因为 所以 但是 而且 或者 以及 来电 诉求 市民 群众 工单 热线 处理 情况 进行 要求
        尽快 核实 回复 时候 今天 昨天 一直 一个 不能 还有
        the and for you are was with that this have not from
        """,
    )
)
"""Words that every matter has, before anything was counted."""

_RUN = re.compile(r"[\u3400-\u9fff]+")
_NUMBERS = re.compile(rf"[\d*+-]{{{_DIGITS_OF_A_PERSON},}}[\dx]?")
_WORD = re.compile(r"[\u3400-\u9fff]|[a-z]")


def plain(text: str) -> str:
    """Return a text in one form: composed, narrow, small, without long numbers."""
    return _NUMBERS.sub(" ", unicodedata.normalize("NFKC", text).lower())


def words_of(text: str) -> list[str]:
    """Return the words of a text in their order, each once: of two letters or more, saying something."""
    found = dict.fromkeys(
        word
        for word in rjieba.cut(plain(text))
        if len(word) >= _SHORTEST and word not in _STOP and _WORD.search(word)
    )
    return list(found)


def terms_of(text: str) -> frozenset[str]:
    """Return words and pairs of neighbouring characters: a name cut wrongly is still recognised."""
    pairs = (
        run[place : place + 2] for run in _RUN.findall(plain(text)) for place in range(len(run) - 1)
    )
    return frozenset(words_of(text)) | frozenset(pair for pair in pairs if pair not in _STOP)


def hashed(text: str) -> int:
    """Return a text as the number that the index keeps, within four bytes with a sign."""
    return zlib.crc32(text.encode()) - 2**31


# -- places ----------------------------------------------------------------------------------------

_AREAS = re.compile(
    r"^.{1,8}?(?:省|自治区|特别行政区)|^.{1,6}?市(?!场)|^.{1,4}?(?:[区县]|街道)(?![\u4e00-\u9fff]?路)"
)
_PLACE = re.compile(
    r"[\u3400-\u9fffa-z0-9]{1,8}?"
    r"(?:大道|大街|胡同|小区|社区|新村|新城|花园|家园|公寓|雅苑|公馆|华庭|广场|大厦|市场|安置区|工业园|"
    r"中学|小学|学校|医院|路|街|巷|弄|里|苑|府|坊|轩|庭|村|湾|城)"
)
_LEADS = re.compile(r"^(?:投诉|反映|反应|关于|咨询|建议|请问|我住在|我住|家住|住在|位于|就在|在)+")
_BLANK = re.compile(r"[\s,，。、;；:：.]+")


def place_names(address: str) -> tuple[str, ...]:
    """Return the streets and communities that an address names, the areas above them left out."""
    text = _LEADS.sub("", _BLANK.sub("", unicodedata.normalize("NFKC", address).lower()))
    for _ in range(_MOST_PLACES):
        shorter = _AREAS.sub("", text, count=1)
        if shorter == text or len(shorter) < _SHORTEST:
            break
        text = shorter
    found = (name for name in _PLACE.findall(text) if len(name) > _SHORTEST)
    return tuple(dict.fromkeys(found))[:_MOST_PLACES]


def spot_of(address: str | None) -> str | None:
    """Return an address as it is compared; None when there is none to speak of."""
    text = _BLANK.sub("", unicodedata.normalize("NFKC", address or "").lower())
    return text if len(text) > _SHORTEST else None


# -- weights ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each word tells: the rarer, the more.

    Attributes:
        counts: in how many tickets a word stands; rare ones may be left out.
        total: of how many tickets.
    """

    counts: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    total: int = 0

    def of(self, word: int) -> float:
        """Return the weight of a word, more than nothing."""
        if not self.total:
            return _UNKNOWN_WEIGHT
        return math.log((self.total + 2) / (self.counts.get(word, 0) + 1))


def weigh(portraits: Iterable["Portrait"]) -> Weights:
    """Return what words tell among these matters."""
    counts: dict[int, int] = {}
    total = 0
    for portrait in portraits:
        total += 1
        for word in {*portrait.title, *portrait.body}:
            counts[word] = counts.get(word, 0) + 1
    return Weights(counts, total)


# -- a matter, taken apart -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """What is compared of a matter; nothing of it can be read back.

    Attributes:
        title: the words of its title.
        body: telling words that only its content has.
        places: the streets and communities it is at.
        spot: its very address.
        area: its area's name.
        category: its category's code.
        at: when it came.
    """

    title: tuple[int, ...]
    body: tuple[int, ...]
    places: tuple[int, ...] = ()
    spot: int | None = None
    area: str | None = None
    category: str | None = None
    lat: float | None = None
    long: float | None = None
    at: datetime


def portray(
    *,
    title: str,
    content: str,
    at: datetime,
    weights: Weights,
    address: str | None = None,
    area: str | None = None,
    category: str | None = None,
    lat: float | None = None,
    long: float | None = None,
    most: int | None = KEPT_WORDS,
) -> Portrait:
    """Return a matter as it is compared: its most telling words, its places.

    Where no address is given, the title may name a place. `most` words are kept, None keeps all.
    """
    heads = {hashed(term) for term in terms_of(title)}
    rest = {hashed(term) for term in terms_of(content[:READ_AT_MOST])} - heads
    ranked = sorted(
        [(weights.of(word) * TITLE_WEIGHT, word) for word in heads]
        + [(weights.of(word), word) for word in rest],
        key=lambda pair: (-pair[0], pair[1]),
    )[:most]
    kept = [word for _, word in ranked]
    spot = spot_of(address)
    return Portrait(
        title=tuple(word for word in kept if word in heads),
        body=tuple(word for word in kept if word in rest),
        places=tuple(hashed(name) for name in place_names(address or title)),
        spot=hashed(spot) if spot else None,
        area=area or None,
        category=category or None,
        lat=lat,
        long=long,
        at=at,
    )


def vector_of(portrait: Portrait, weights: Weights) -> dict[int, float]:
    """Return the words of a matter with their weights, of length one; empty for no words."""
    raw = {word: weights.of(word) for word in portrait.body}
    raw |= {word: weights.of(word) * TITLE_WEIGHT for word in portrait.title}
    return unit(raw)


def unit(raw: Mapping[int, float]) -> dict[int, float]:
    """Return weights scaled to length one."""
    length = math.sqrt(sum(weight * weight for weight in raw.values()))
    return {word: weight / length for word, weight in raw.items()} if length else {}


def cosine(one: Mapping[int, float], other: Mapping[int, float]) -> float:
    """Return how alike two vectors of length one are, 0 to 1."""
    if len(one) > len(other):
        one, other = other, one
    both = sorted(one.keys() & other.keys())  # the same sum whichever way round it is asked
    return min(1.0, math.fsum(one[word] * other[word] for word in both))


# -- keys of the index -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Keys:
    """By what a matter is found: where it is, what it says, and its subject in its area."""

    places: tuple[int, ...]
    words: tuple[int, ...]
    subjects: tuple[int, ...]

    @property
    def all(self) -> list[int]:
        """Return every key once."""
        return list(dict.fromkeys((*self.places, *self.words, *self.subjects)))


def bucket_of(at: datetime) -> int:
    """Return the month of keys in which an instant lies."""
    return int(at.timestamp() // (_SECONDS_OF_A_DAY * BUCKET_DAYS))


def keys_of(portrait: Portrait, weights: Weights, buckets: Sequence[int]) -> Keys:
    """Return the keys of a matter in each of some months."""
    vector = vector_of(portrait, weights)
    telling = sorted(vector, key=lambda word: (-vector[word], word))[:KEY_WORDS]
    where = [f"p{place}" for place in portrait.places]
    if portrait.spot is not None:
        where.append(f"s{portrait.spot}")
    subject = [f"a{portrait.area or ''}|{portrait.category}"] if portrait.category else []
    return Keys(
        *(
            tuple(hashed(f"{bucket}:{name}") for bucket in buckets for name in names)
            for names in (where, [f"w{word}" for word in telling], subject)
        )
    )
