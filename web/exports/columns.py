"""What the descriptions of lists have in common."""

from collections.abc import Callable, Sequence
from typing import Any

from hotline.kernel.errors import N_
from hotline.kernel.paging import Page
from web.exports.lists import Column, Reading
from web.i18n import Translator
from web.labels import label


def said(name: str) -> Callable[[Any, Translator], str]:
    """Return what says an enumeration's member in words."""

    def value(row: Any, t: Translator) -> str:  # noqa: ANN401  # a view of whichever list
        member = getattr(row, name)
        return t.text(label(member)) if member is not None else ""

    return value


def its(name: str) -> Callable[[Any, Translator], Any]:
    """Return what takes an attribute as it is."""
    return lambda row, _: getattr(row, name)


def viewed(found: Page[Any], view: Callable[[Any], Any]) -> Page[Any]:
    """Return a page of rows as a page of what is shown of them."""
    return Page([view(row) for row in found.items], found.next_cursor)


def filled(reading: Reading, names: Sequence[str]) -> dict[str, str]:
    """Return the filters of a page, empty where nothing was asked for."""
    return {name: reading.asked.get(name, "") for name in names}


TICKET: Column[Any] = Column("ticket", N_("Ticket"), its("ticket"), 18)
TITLE: Column[Any] = Column("title", N_("Title"), its("title"), 40)
DEPARTMENT: Column[Any] = Column("department", N_("Department"), its("department"), 24)
