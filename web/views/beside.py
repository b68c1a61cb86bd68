"""The list beside the ticket, as it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from web.views.tickets import TicketRow


@dataclass(frozen=True, slots=True)
class BesideRow:
    """A line of the list.

    Attributes:
        href: the ticket's address within this list.
        is_present: it is the one that is open.
    """

    row: TicketRow
    href: str
    is_present: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BesideView:
    """The list beside a ticket.

    Attributes:
        title: message id of its heading.
        href: the list by itself.
        refresh_href: the list alone, to be renewed.
        place: which row is open, counted from one; 0 when it is not in the list any more.
        previous_href: the row before.
        next_href: the row after; of a ticket that has left the list, the first.
        next_number: the number of that.
    """

    title: str
    href: str
    refresh_href: str
    rows: Sequence[BesideRow]
    place: int
    previous_href: str | None
    next_href: str | None
    next_number: str


def ticket_href(number: str, within: str) -> str:
    """Return the address of a ticket within a list: it works when it is opened by itself, too."""
    return f"/tickets/{number}?{urlencode({'in': within})}"


def beside_view(title: str, href: str, rows: Sequence[TicketRow], number: str) -> BesideView:
    """Return the list at `href` beside the ticket `number`."""
    numbers = [row.number for row in rows]
    place = numbers.index(number) + 1 if number in numbers else 0
    after = numbers[place] if place < len(numbers) else None
    before = numbers[place - 2] if place > 1 else None
    return BesideView(
        title=title,
        href=href,
        refresh_href=f"/desk/beside?{urlencode({'in': href, 'at': number})}",
        rows=[
            BesideRow(row, ticket_href(row.number, href), is_present=row.number == number)
            for row in rows
        ],
        place=place,
        previous_href=ticket_href(before, href) if before else None,
        next_href=ticket_href(after, href) if after else None,
        next_number=after or "",
    )
