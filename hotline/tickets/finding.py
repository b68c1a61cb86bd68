"""Conditions by which the index finds tickets: the reader's side of the texts, and what they must hold.

The numbers asked for stand in the statement itself: with them in it the database sees how many rows to
expect, and no plan made for other words is used again.
"""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlmodel import col, select

from hotline.people.principal import Principal
from hotline.tickets.grams import Word, mark, words_of
from hotline.tickets.models import Ticket
from hotline.tickets.numbering import is_ticket_number
from hotline.tickets.text_models import TicketText

_NUMBER_DIGITS = 13
SHORTEST_NUMBER = 6
"""So many digits of a ticket's number name its day."""


def sight_of(department_id: int) -> int:
    """Return the mark of a department that may see a ticket."""
    return mark("sight", department_id)


def own_side(principal: Principal) -> sa.ColumnElement[bool]:
    """Return the condition for the rows that hold what this person may read of a ticket.

    Written out, so that the planner sees the very condition of the partial indexes.
    """
    other = "departments" if principal.sees_every_ticket else "hotline"
    return sa.literal_column(f"ticket_texts.tier <> '{other}'", sa.Boolean)


def own_marks(principal: Principal) -> frozenset[int]:
    """Return the mark that every row bears which a department may see; its rights are asked besides."""
    if principal.sees_every_ticket or principal.department_id is None:
        return frozenset()
    return frozenset({sight_of(principal.department_id)})


def holds_grams(numbers: Iterable[int]) -> sa.ColumnElement[bool]:
    """Return the condition that a row's numbers include all of these."""
    listed = ",".join(map(str, sorted(numbers)))
    return sa.literal_column(f"ticket_texts.grams @> '{{{listed}}}'::int[]", sa.Boolean)


def holds_words(words: Iterable[Word], *, again: bool = False) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that a row's text holds words.

    Args:
        words: of a question.
        again: look into the text for words too for which the numbers are proof.
    """
    return [col(TicketText.text).like(word.pattern) for word in words if again or not word.is_exact]


def by_index(
    principal: Principal, words: Iterable[Word], marks: Iterable[int] = ()
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions for the rows in which this person finds all of these words."""
    asked = list(words)
    numbers = {number for word in asked for number in word.grams}
    return [
        own_side(principal),
        holds_grams(numbers | own_marks(principal) | set(marks)),
        *holds_words(asked),
    ]


def number_range(text: str) -> tuple[str, str] | None:
    """Return between which ticket numbers one lies that begins with `text`; None when it is none."""
    digits, _, child = text.partition("-")
    if not (digits.isascii() and digits.isdecimal() and (not child or child.isdecimal())):
        return None
    if child and len(digits) != _NUMBER_DIGITS:
        return None
    if not SHORTEST_NUMBER <= len(digits) <= _NUMBER_DIGITS:
        return None
    return digits.ljust(_NUMBER_DIGITS, "0"), digits.ljust(_NUMBER_DIGITS, "9")


def found(principal: Principal, text: str) -> sa.ColumnElement[bool]:
    """Return the condition that a ticket has this number, or all these words where he may read them."""
    stripped = text.strip()
    if is_ticket_number(stripped):
        return col(Ticket.number) == stripped
    words = words_of(text)
    if not words:
        return sa.true()
    texts = select(TicketText.ticket_id).where(*by_index(principal, words))
    numbers = number_range(stripped)
    if numbers is None:
        return col(Ticket.id).in_(texts)
    numbered = sa.orm.aliased(Ticket, name="numbered")
    return col(Ticket.id).in_(
        sa.union_all(texts, select(numbered.id).where(col(numbered.number).between(*numbers)))
    )
