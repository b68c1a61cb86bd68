"""How alike two replies are, and how much of a reply touches the matter it answers.

What every reply says - greetings, thanks, where to call - and dates and figures are left aside: it is
the rest that is a reply.
"""

import re
import unicodedata
from collections.abc import Sequence

from rapidfuzz import fuzz, process

from hotline.anomalies.rules import COPIED_ABOVE, SHORTEST_REPLY

_PHRASES = re.compile(
    "尊敬的[^,。:]{0,12}[,:]?|您好|你好|感谢您?[^。!]{0,40}[。!]?|谢谢[^。!]{0,20}[。!]?"
    "|如[^。]{0,20}(?:疑问|问题)[^。]*。?|欢迎[^。]{0,20}(?:监督|来电)[^。]*。?"
)
"""In the signs that are left after normalising: no wide comma, colon or exclamation mark."""

_NO_WORDS = re.compile(r"[\W\d_]+")
_HUNDRED = 100


def essence(text: str) -> str:
    """Return what is left of a text without phrases, figures and signs."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return _NO_WORDS.sub("", _PHRASES.sub("", plain))


def says_something(reply: str) -> bool:
    """Tell whether the essence of a reply is more than a phrase."""
    return len(reply) >= SHORTEST_REPLY


def alike(replies: Sequence[str], others: Sequence[str]) -> Sequence[Sequence[tuple[int, float]]]:
    """Return for each reply which of the others are as good as the same, and how alike, 0 to 1.

    Args:
        replies: essences.
        others: essences to hold them against.
    """
    return [
        [
            (place, score / _HUNDRED)
            for _, score, place in process.extract(
                reply,
                others,
                scorer=fuzz.ratio,
                score_cutoff=COPIED_ABOVE * _HUNDRED,
                limit=None,
            )
        ]
        for reply in replies
    ]


_COMMON = frozenset(
    "的了在是我有和就不人都一上也很到说要去你会着没看好自己这那他们已局公司单位您处将对为于与及并经后由所向该以"
    "时月日请等中现进行情况问题工作人员"
)
"""Signs that are in every text."""


def overlap(reply: str, matter: str) -> float | None:
    """Return the share of a reply's signs that the matter has too; None for a phrase.

    Args:
        reply: its essence.
        matter: the essence of title, content and place.
    """
    if not says_something(reply):
        return None
    signs = set(reply) - _COMMON
    return len(signs & set(matter)) / len(signs) if signs else None
