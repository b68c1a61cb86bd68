"""Cells of a table that leaves the house: typed where they can be, never a formula."""

import unicodedata
from datetime import date, datetime
from decimal import Decimal

from hotline.kernel.clock import SHANGHAI

Cell = str | int | float | Decimal | bool | date | datetime | None
"""What stands in a cell: words, a number, a day, an aware instant, or nothing."""

LONGEST = 32_000
"""Signs; Excel holds 32,767 in a cell and calls a file with more broken."""

_STARTS = frozenset("=+-@\t\r\n|%")
_KEPT = frozenset("\n\t")


def looks_like_formula(words: str) -> bool:
    """Tell whether a program may take words for a formula: by their first sign, full-width or not."""
    if not words:
        return False
    if words[0] in _STARTS:
        return True
    first = unicodedata.normalize("NFKC", words).lstrip()[:1]
    return first in _STARTS


def cleaned(words: str) -> str:
    """Return words without what a spreadsheet cannot hold, and not longer than it can."""
    kept = "".join(sign for sign in words if sign in _KEPT or _is_writable(sign))
    return kept if len(kept) <= LONGEST else f"{kept[: LONGEST - 1]}…"


def _is_writable(sign: str) -> bool:
    # Cs are halves of signs, Cc commands to terminals; neither has a place in XML.
    return unicodedata.category(sign) not in {"Cc", "Cs"} and sign not in "\ufffe\uffff"


def local(instant: datetime) -> datetime:
    """Return an instant as a wall clock in Shanghai shows it, to the second and without a zone."""
    return instant.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)


def plain(cell: Cell) -> str:
    """Return a cell as a field of a CSV file.

    Words that look like a formula get an apostrophe in front; numbers keep their sign.
    """
    match cell:
        case None:
            return ""
        case bool():
            return "1" if cell else "0"
        case str():
            words = cleaned(cell)
            return f"'{words}" if looks_like_formula(words) else words
        case datetime():
            return local(cell).isoformat(sep=" ")
        case date():
            return cell.isoformat()
        case _:
            return str(cell)


def valued(cell: Cell) -> str | int | float | bool | None:
    """Return a cell as a value of JSON; instants with their offset."""
    match cell:
        case datetime():
            return cell.astimezone(SHANGHAI).isoformat(timespec="seconds")
        case date():
            return cell.isoformat()
        case Decimal():
            return float(cell)
        case _:
            return cell
