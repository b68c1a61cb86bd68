"""Lengths of time as people type them: `30m`, `4小时`, `1 d 2 h`, or `PT30M` - pure."""

import re
import unicodedata

from hotline.kernel.errors import N_
from hotline.sla.policy import InvalidPolicy, Limit

_SPELLED = re.compile(
    r"(?:(?P<days>\d{1,4}(?:\.\d{1,4})?)\s*(?:d|days?|天|日|个?工作日)\s*)?"
    r"(?:(?P<hours>\d{1,6}(?:\.\d{1,4})?)\s*(?:h|hours?|小时)\s*)?"
    r"(?:(?P<minutes>\d{1,8}(?:\.\d{1,4})?)\s*(?:m|min|minutes?|分钟?)\s*)?"
    r"(?:(?P<seconds>\d{1,9})\s*(?:s|sec|seconds?|秒))?",
    re.IGNORECASE,
)
_SECONDS = {"hours": 3600, "minutes": 60, "seconds": 1}


def read_limit(text: str) -> Limit:
    """Return the length of time that somebody typed.

    Args:
        text: amounts with their units, the largest first, in Chinese or English, wide or narrow signs; or
            an ISO 8601 duration.

    Raises:
        InvalidPolicy: it is no length of time, is not longer than zero, or is over a year.
    """
    typed = unicodedata.normalize("NFKC", text).strip()
    if typed[:1] in {"P", "p"}:
        return Limit.parse(typed.upper())
    found = _SPELLED.fullmatch(typed) if typed else None
    if found is None:
        raise InvalidPolicy(
            N_("{text} is not a length of time such as 30m, 4h or 5d"), text=repr(text)
        )
    seconds = sum(int(float(found[unit] or 0) * size) for unit, size in _SECONDS.items())
    return Limit.parse(f"P{found['days'] or 0}DT{seconds}S")
