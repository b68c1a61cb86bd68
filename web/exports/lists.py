"""What a list must say of itself so that it can be exported."""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.exchange.cells import Cell
from hotline.exchange.errors import ListNotFound
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.paging import Page
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from web.i18n import Translator

R = TypeVar("R")

LONGEST_FILTER = 200


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """A column: what its page shows of a row, as words, a number or an instant.

    Attributes:
        code: its name in JSON.
        text: message id of its heading.
        value: what a row has there. Words come masked, as the page shows them.
        width: in letters, for a spreadsheet.
    """

    code: str
    text: str
    value: Callable[[R, Translator], Cell]
    width: int = 16


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads which part of a list, and when.

    Attributes:
        asked: the filter, as the page takes it from its address.
    """

    session: AsyncSession
    cipher: FieldCipher
    reader: Principal
    asked: Mapping[str, str]
    now: datetime
    t: Translator


@dataclass(frozen=True, slots=True, kw_only=True)
class ListExport(Generic[R]):
    """A list.

    Attributes:
        code: its name.
        title: message id of its heading.
        permission: whoever lacks it does not know the list.
        names: the filters that it takes.
        read: a page of its rows, from a cursor on.
        columns: what is written.
        ticket: the id of the ticket of a row, where a row is a ticket and can be told with its requester.
        paths: the pages that show it, each with what it adds to the filter.
    """

    code: str
    title: str
    permission: Permission
    names: Sequence[str]
    read: Callable[[Reading, str | None], Awaitable[Page[R]]]
    columns: Sequence[Column[R]]
    paths: Mapping[str, Mapping[str, str]]
    ticket: Callable[[R], uuid.UUID] | None = None

    def filter_of(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return the filters that say something, cut to a length that makes sense."""
        return {
            name: given[name].strip()[:LONGEST_FILTER]
            for name in self.names
            if given.get(name, "").strip()
        }


AnyList = ListExport[Any]
Lists = Mapping[str, AnyList]


def find_list(lists: Lists, reader: Principal, code: str) -> AnyList:
    """Return a list that somebody may export.

    Raises:
        ListNotFound: there is none of this name for him.
    """
    found = lists.get(code)
    if found is None or found.permission not in reader.permissions:
        raise ListNotFound(list=code)
    return found


def list_at(lists: Lists, reader: Principal, path: str) -> tuple[AnyList, Mapping[str, str]] | None:
    """Return the list that a page shows and what the page adds to its filter, if he may export it."""
    if Permission.EXPORT_LISTS not in reader.permissions:
        return None
    for one in lists.values():
        added = one.paths.get(path)
        if added is not None and one.permission in reader.permissions:
            return one, added
    return None
