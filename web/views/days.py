"""Days that somebody asks a list for: what is none is said at its field."""

from collections.abc import Mapping
from datetime import date

from hotline.kernel.errors import N_
from web.i18n import Translator

_YEARS = range(1949, 2101)
"""Beyond these nothing was submitted, and the arithmetic of instants comes to its ends."""


def asked_day(text: str) -> date | None:
    """Return the day that somebody asks a list for; None for what is no day, or none of ours."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def day_faults(asked: Mapping[str, str], names: tuple[str, ...], t: Translator) -> dict[str, str]:
    """Return what is wrong with days, by field name; two of them are the ends of a span.

    A list shows itself as if a wrong day had not been asked for.

    Args:
        asked: what was typed, by field name.
        names: the fields that ask for a day, an earlier end first.
        t: speaks the reader's language.
    """
    found: dict[str, str] = {}
    days: list[date] = []
    for name in names:
        text = asked.get(name, "").strip()
        if not text:
            continue
        day = asked_day(text)
        if day is None:
            found[name] = t.text(N_("Give a day, such as 2026-11-21"))
        else:
            days.append(day)
    if len(days) == len(names) == 2 and days[0] > days[1]:  # noqa: PLR2004  # a span has two ends
        found[names[1]] = t.text(N_("The span ends before it begins"))
    return found
