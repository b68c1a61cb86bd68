"""A matter's words as features read them - pure.

Nothing that points to a person goes on: every run of digits becomes one mark, whether it was a
telephone number, an identity card or a house, and addresses of mail are cut out.
"""

import re
import unicodedata

LONGEST = 3000
"""Characters that are looked at; what comes after them repeats what was said."""

FEWEST = 4
"""Letters below which nothing is suggested: one word or two fit anything."""

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_DIGITS = re.compile(r"\d+")
_BLANKS = re.compile(r"\s+")


def plain(title: str, content: str = "") -> str:
    """Return title and content as one text: full width made half, masked, cut to what is looked at.

    The title stands in it twice: it says in one sentence what the content says in ten.
    """
    joined = f"{title}\n{title}\n{content}" if title and content else f"{title}\n{content}"
    text = unicodedata.normalize("NFKC", joined[: LONGEST * 2]).lower()
    text = _MAIL.sub(" ", text)
    text = _DIGITS.sub("0", text)
    return _BLANKS.sub(" ", text).strip()[:LONGEST]


def is_enough(title: str, content: str = "") -> bool:
    """Tell whether a matter says enough for a suggestion: letters count, signs and digits do not."""
    return sum(map(str.isalpha, f"{title}{content}"[:LONGEST])) >= FEWEST
