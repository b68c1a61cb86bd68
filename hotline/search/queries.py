"""Searching: which tickets this person finds, in which order, and where in them.

How a question is answered depends on how many rows hold its words, which one row of 256 tells
beforehand. Where they are few, all of them are taken out of the index and put into order; where they are
many, the newest tickets are looked through until a page is full, and never more than some thousands.
Either way his rights are part of the statement: what he may not see is neither found nor counted.
"""

import enum
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.paging import InvalidCursor, decode_cursor, encode_cursor
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.search.documents import Key, Piece, PieceKind, keys_asked
from hotline.search.filling.queries import read_pieces
from hotline.tickets.access import OUT_OF_SIGHT, readable_each
from hotline.tickets.finding import (
    by_index,
    number_range,
    own_side,
)
from hotline.tickets.grams import SEPARATOR, Word, fold, mark, words_of
from hotline.tickets.models import Assignment, Ticket
from hotline.tickets.queries import TicketFilter, TicketRow, conditions, rows_of
from hotline.tickets.text_models import KeyKind, TicketKey, TicketText

SAMPLED = 256
"""One row of so many is in the sample."""

MOST_SORTED = 20 * SAMPLED
"""So many hits at most are put into order; beyond them the newest come first."""

MOST_WALKED = 20_000
"""So many tickets at most are looked through for one page."""

MOST_KEYED = 2_000
"""So many tickets of one name, number or address at most; the newest."""

MOST_KEYED_WORDS = 6
"""So many words of a question may be names or numbers."""

QUESTION_MAX = 200
LIMIT_MAX = 100
TITLE_IS_WORTH = timedelta(days=60)
"""By how much newer a ticket counts whose title, number or requester was asked for."""


class Sort(enum.StrEnum):
    """In which order hits stand."""

    BEST = "best"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked.

    Attributes:
        text: as it was typed.
        wanted: by what it is narrowed; its own words are not used.
        sort: the order asked for.
    """

    text: str
    wanted: TicketFilter = field(default_factory=TicketFilter)
    sort: Sort = Sort.BEST


@dataclass(frozen=True, slots=True)
class Hit:
    """A ticket that was found.

    Attributes:
        row: the ticket, as it was written: mask it before showing.
        pieces: those of its words in which something was found, masked.
        kinds: where it was found.
    """

    row: TicketRow
    pieces: Sequence[Piece]
    kinds: Sequence[PieceKind]


@dataclass(frozen=True, slots=True)
class Lookup:
    """That the question was for a person, and how many tickets it came to."""

    key: Key
    hit_count: int


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits.

    Attributes:
        words: what was looked for.
        hits: this page's.
        total: how many there are in all; None where nobody can tell, and on later pages.
        is_exact: whether `total` was counted and not estimated.
        next_cursor: of the page that follows, if any.
        looked_back_to: the instant up to which was looked, when the page is not full and older
            tickets are left.
        is_common: whether the words are so common that the newest come first.
        lookups: for the record.
    """

    words: Sequence[Word]
    hits: Sequence[Hit] = ()
    total: int | None = 0
    is_exact: bool = True
    next_cursor: str | None = None
    looked_back_to: datetime | None = None
    is_common: bool = False
    lookups: Sequence[Lookup] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the last hit of a page stands."""

    mode: Sort
    at: datetime
    key: uuid.UUID

    def encoded(self) -> str:
        return encode_cursor(self.mode.value, self.at.isoformat(), str(self.key))


def _decoded(cursor: str | None) -> _Place | None:
    if not cursor:
        return None
    mode, at, key = decode_cursor(cursor, 3)
    try:
        instant = datetime.fromisoformat(at)
        place = _Place(Sort(mode), instant, uuid.UUID(key))
    except (ValueError, OverflowError) as error:
        raise InvalidCursor from error
    if instant.tzinfo is None:
        raise InvalidCursor
    return place


@dataclass(frozen=True, slots=True)
class _Keyed:
    """What names, numbers and addresses lead to.

    Attributes:
        by_word: tickets by the place of the word that leads to them.
        kinds: by ticket, what it was found by.
        numbers: tickets whose own number was asked for.
        lookups: for the record.
    """

    by_word: Mapping[int, Sequence[uuid.UUID]]
    kinds: Mapping[uuid.UUID, set[PieceKind]]
    numbers: Sequence[uuid.UUID]
    lookups: Sequence[Lookup]

    @property
    def ids(self) -> list[uuid.UUID]:
        """Every one of these tickets."""
        return list(self.kinds)


_NUMBER = "number"
_KINDS: Mapping[str, PieceKind] = {
    _NUMBER: PieceKind.NUMBER,
    KeyKind.NAME.value: PieceKind.NAME,
    KeyKind.PHONE.value: PieceKind.PHONE,
    KeyKind.TAIL.value: PieceKind.PHONE,
    KeyKind.ADDRESS.value: PieceKind.ADDRESS,
}
_PERSONAL = frozenset({KeyKind.NAME, KeyKind.PHONE, KeyKind.TAIL})


def _may_find_people(principal: Principal) -> list[sa.ColumnElement[bool]] | None:
    """Return the conditions under which a digest leads this person to a ticket; None for never.

    They are those of a reveal: whoever may not ask to see a requester does not find him.
    """
    if Permission.REVEAL_PERSONAL_DATA not in principal.permissions:
        return None
    if principal.sees_every_ticket:
        return []
    has_task = sa.exists().where(
        col(Assignment.ticket_id) == col(TicketKey.ticket_id),
        col(Assignment.department_id) == principal.department_id,
        col(Assignment.state).not_in(OUT_OF_SIGHT),
    )
    is_open = sa.exists().where(
        col(Ticket.id) == col(TicketKey.ticket_id), col(Ticket.is_secret).is_(False)
    )
    return [has_task, is_open]


def _keyed_parts(
    principal: Principal, cipher: FieldCipher, words: Sequence[Word]
) -> tuple[list[sa.Select[*tuple[Any, ...]]], dict[bytes, Key]]:
    people = _may_find_people(principal)
    parts: list[sa.Select[*tuple[Any, ...]]] = []
    asked: dict[bytes, Key] = {}
    for place, word in enumerate(words[:MOST_KEYED_WORDS]):
        numbers = number_range(word.text)
        if numbers is not None:
            parts.append(
                sa.select(
                    sa.literal(place).label("place"),
                    sa.literal(_NUMBER).label("kind"),
                    col(Ticket.id).label("ticket_id"),
                    sa.literal(b"", sa.LargeBinary).label("key"),
                )
                .where(col(Ticket.number).between(*numbers))
                .order_by(col(Ticket.number).desc())
                .limit(MOST_KEYED)
            )
        for key in keys_asked(cipher, word.text) if people is not None else ():
            asked[key.digest] = key
            parts.append(
                sa.select(
                    sa.literal(place).label("place"),
                    sa.literal(key.kind.value).label("kind"),
                    col(TicketKey.ticket_id).label("ticket_id"),
                    col(TicketKey.key).label("key"),
                )
                .where(
                    col(TicketKey.key) == key.digest,
                    *(people or ()),
                )
                .order_by(col(TicketKey.ticket_id).desc())
                .limit(MOST_KEYED)
            )
    return parts, asked


async def _keyed(
    session: AsyncSession, principal: Principal, cipher: FieldCipher, words: Sequence[Word]
) -> _Keyed:
    parts, asked = _keyed_parts(principal, cipher, words)
    by_word: dict[int, dict[uuid.UUID, None]] = {}
    kinds: dict[uuid.UUID, set[PieceKind]] = {}
    counts = dict.fromkeys(asked, 0)
    numbers: dict[uuid.UUID, None] = {}
    if parts:
        whole = sa.union_all(*(sa.select(part.subquery()) for part in parts))
        for place, kind, ticket_id, key in await session.exec(whole):  # type: ignore[call-overload]
            by_word.setdefault(place, {})[ticket_id] = None
            kinds.setdefault(ticket_id, set()).add(_KINDS[kind])
            if kind == _NUMBER:
                numbers[ticket_id] = None
            else:
                counts[bytes(key)] += 1
    lookups = [
        Lookup(key, counts[digest])
        for digest, key in asked.items()
        if key.kind in _PERSONAL and (counts[digest] or key.kind is not KeyKind.NAME)
    ]
    return _Keyed(
        {place: list(ids) for place, ids in by_word.items()}, kinds, list(numbers), lookups
    )


def _marks(wanted: TicketFilter) -> set[int]:
    """Return the marks of what the question is narrowed by, as far as rows bear them."""
    found: set[int] = set()
    if wanted.category:
        found.add(mark("category", wanted.category))
    if wanted.area:
        found.add(mark("area", wanted.area))
    if len(wanted.channel) == 1:
        found.add(mark("channel", wanted.channel[0].value))
    return found


_Column = sa.ColumnElement[Any] | Mapped[Any]


def _is_any(column: _Column, ids: Sequence[uuid.UUID]) -> sa.ColumnElement[bool]:
    listed: sa.ColumnElement[bool] = column == sa.any_(sa.cast(list(ids), ARRAY(sa.Uuid)))
    return listed


def _each_word(
    words: Sequence[Word],
    keyed: _Keyed,
    ticket_id: _Column,
    text: _Column,
) -> list[sa.ColumnElement[bool]]:
    """Return that each word is in the text, or leads to the ticket by a digest or its number."""
    return [
        sa.or_(text.like(word.pattern), _is_any(ticket_id, ids))
        if (ids := keyed.by_word.get(place))
        else text.like(word.pattern)
        for place, word in enumerate(words)
    ]


class _Search:
    """One question on its way through the index."""

    def __init__(
        self, session: AsyncSession, principal: Principal, question: Question, keyed: _Keyed
    ) -> None:
        self._session = session
        self._principal = principal
        self._question = question
        self._words = words_of(question.text)
        self._keyed = keyed
        wanted = question.wanted
        self._by_index = by_index(principal, self._words, _marks(wanted))
        # The first is his rights, as lists ask for them: here each hit is asked for by itself.
        self._narrowing: Sequence[sa.ColumnElement[bool]] = conditions(principal, wanted)[1:]

    def _is_wanted(self, ticket_id: _Column) -> list[sa.ColumnElement[bool]]:
        """Return that he may see the ticket and wants it, asked of one after the other."""
        found: list[sa.ColumnElement[bool]] = []
        if not self._principal.sees_every_ticket:
            found.append(readable_each(self._principal, ticket_id))
        if self._narrowing:
            one = sa.select(sa.literal(1)).where(col(Ticket.id) == ticket_id, *self._narrowing)
            found.append(sa.exists(one.correlate_except(Ticket).offset(0)))
        return found

    async def sample(self) -> tuple[int, int]:
        """Return how many rows of the sample hold the words, and how many of them he wants."""
        wanted = self._is_wanted(col(TicketText.ticket_id))
        count = sa.func.count()
        statement = (
            sa.select(count, count.filter(*wanted) if wanted else count)
            .select_from(TicketText)
            .where(sa.literal_column("ticket_texts.is_sample", sa.Boolean), *self._by_index)
        )
        row = (await self._session.exec(statement)).one()  # type: ignore[call-overload]
        return int(row[0]), int(row[1])

    def _place(self, *, is_keyed: bool) -> _Column:
        """Return by what a row stands in the list."""
        at = col(TicketText.submitted_at)
        if self._question.sort is Sort.NEWEST:
            return at
        worth = sa.literal(TITLE_IS_WORTH, sa.Interval)
        if is_keyed:
            return at + worth
        title = sa.func.split_part(col(TicketText.text), SEPARATOR, 1)
        return sa.case(
            (sa.and_(*(title.like(word.pattern) for word in self._words)), at + worth), else_=at
        )

    def _hits(self) -> sa.CTE:
        """Return every row that holds what was asked for."""
        key, at = col(TicketText.ticket_id), col(TicketText.submitted_at)
        parts: list[sa.Select[*tuple[Any, ...]]] = [
            sa.select(
                key.label("ticket_id"), at.label("at"), self._place(is_keyed=False).label("place")
            ).where(*self._by_index)
        ]
        if self._keyed.ids:
            parts.append(
                sa.select(key, at, self._place(is_keyed=True)).where(
                    own_side(self._principal),
                    _is_any(key, self._keyed.ids),
                    *_each_word(self._words, self._keyed, key, col(TicketText.text)),
                )
            )
        if self._keyed.numbers and len(self._words) == 1:
            # A number is found at once, whether or not its ticket is in the index already.
            placed = col(Ticket.submitted_at)
            best = placed + sa.literal(TITLE_IS_WORTH, sa.Interval)
            parts.append(
                sa.select(
                    col(Ticket.id), placed, placed if self._question.sort is Sort.NEWEST else best
                ).where(_is_any(col(Ticket.id), self._keyed.numbers))
            )
        whole = parts[0] if len(parts) == 1 else sa.union_all(*parts)
        return whole.cte("hit").prefix_with("MATERIALIZED")

    async def sorted_page(
        self, after: _Place | None, limit: int
    ) -> tuple[list[tuple[uuid.UUID, datetime]], int]:
        """Return the ids of a page with their places, and how many hits there are."""
        hit = self._hits()
        seen = (
            sa.select(hit.c.ticket_id, sa.func.max(hit.c.place).label("place"))
            .where(*self._is_wanted(hit.c.ticket_id))
            .group_by(hit.c.ticket_id)
            .cte("seen")
            .prefix_with("MATERIALIZED")
        )
        total = sa.select(sa.func.count()).select_from(seen).scalar_subquery()
        statement = sa.select(seen.c.ticket_id, seen.c.place, total)
        if after is not None:
            statement = statement.where(
                sa.tuple_(seen.c.place, seen.c.ticket_id)
                < sa.tuple_(sa.literal(after.at), sa.literal(after.key))
            )
        statement = statement.order_by(seen.c.place.desc(), seen.c.ticket_id.desc())
        rows = (await self._session.exec(statement.limit(limit + 1))).all()  # type: ignore[call-overload]
        return [(row[0], row[1]) for row in rows], int(rows[0][2]) if rows else 0

    def _newest(self, after: _Place | None) -> sa.Select[uuid.UUID, datetime, str]:
        """Return the newest rows of his side, the text with each."""
        wanted = self._question.wanted
        at, key = col(TicketText.submitted_at), col(TicketText.ticket_id)
        statement = sa.select(key, at, col(TicketText.text)).where(own_side(self._principal))
        if after is not None:
            statement = statement.where(
                sa.tuple_(at, key) < sa.tuple_(sa.literal(after.at), sa.literal(after.key))
            )
        if wanted.created_from is not None:
            statement = statement.where(at >= wanted.created_from)
        if wanted.created_to is not None:
            statement = statement.where(at < wanted.created_to)
        return statement.order_by(at.desc(), key.desc())

    async def walked_page(
        self, after: _Place | None, limit: int
    ) -> tuple[list[tuple[uuid.UUID, datetime]], tuple[uuid.UUID, datetime] | None]:
        """Return the ids of a page, and where the walk ended when it ended before the page was full."""
        walk = self._newest(after).limit(MOST_WALKED).subquery("walk")
        statement = (
            sa.select(walk.c.ticket_id, walk.c.submitted_at)
            .where(
                *_each_word(self._words, self._keyed, walk.c.ticket_id, walk.c.text),
                *self._is_wanted(walk.c.ticket_id),
            )
            .order_by(walk.c.submitted_at.desc(), walk.c.ticket_id.desc())
            .limit(limit + 1)
        )
        rows = (await self._session.exec(statement)).all()  # type: ignore[call-overload]
        page = [(row[0], row[1]) for row in rows]
        if len(page) > limit:
            return page, None
        last = self._newest(after).offset(MOST_WALKED - 1).limit(1)
        end = (await self._session.exec(last)).first()  # type: ignore[call-overload]
        return page, (end[0], end[1]) if end else None


async def find_tickets(
    session: AsyncSession,
    principal: Principal,
    cipher: FieldCipher,
    question: Question,
    *,
    cursor: str | None = None,
    limit: int = 20,
) -> Found:
    """Return a page of what this person finds, in a fixed number of statements.

    Args:
        session: where to read.
        principal: the reader.
        cipher: by which names and numbers are found.
        question: what is asked.
        cursor: `next_cursor` of the page before.
        limit: hits of a page, at most 100.

    Raises:
        InvalidCursor: the cursor is not of such a page.
    """
    after = _decoded(cursor)
    words = words_of(question.text[:QUESTION_MAX])
    if not words:
        return Found(words)
    limit = min(limit, LIMIT_MAX)
    keyed = await _keyed(session, principal, cipher, words)
    search = _Search(session, principal, question, keyed)
    held, wanted = await search.sample()
    # A page that follows goes on in the order of the one before it.
    is_common = held * SAMPLED > MOST_SORTED and (after is None or after.mode is Sort.NEWEST)
    if is_common:
        return await _common(search, principal, keyed, words, after, limit, wanted)
    mode = after.mode if after else question.sort
    page, total = await search.sorted_page(after, limit)
    ids = [key for key, _ in page[:limit]]
    return Found(
        words,
        await _shown(session, principal, keyed, words, ids),
        None if after else total,
        next_cursor=_Place(mode, page[limit - 1][1], ids[-1]).encoded()
        if len(page) > limit
        else None,
        lookups=keyed.lookups if after is None else (),
    )


async def _common(
    search: _Search,
    principal: Principal,
    keyed: _Keyed,
    words: Sequence[Word],
    after: _Place | None,
    limit: int,
    wanted: int,
) -> Found:
    session = search._session  # noqa: SLF001  # of this module
    page, end = await search.walked_page(after, limit)
    ids = [key for key, _ in page[:limit]]
    following = None
    if len(page) > limit:
        following = _Place(Sort.NEWEST, page[limit - 1][1], ids[-1])
    elif end is not None:
        following = _Place(Sort.NEWEST, end[1], end[0])
    return Found(
        words,
        await _shown(session, principal, keyed, words, ids),
        None if after else wanted * SAMPLED or None,
        is_exact=False,
        next_cursor=following.encoded() if following else None,
        looked_back_to=end[1] if end else None,
        is_common=True,
        lookups=keyed.lookups if after is None else (),
    )


async def _shown(
    session: AsyncSession,
    principal: Principal,
    keyed: _Keyed,
    words: Sequence[Word],
    ids: Sequence[uuid.UUID],
) -> list[Hit]:
    """Return these tickets with the words in which something was found and he may read."""
    if not ids:
        return []
    rows = await rows_of(session, principal, ids)
    pieces = await read_pieces(session, list(rows))
    return [_hit(rows[key], pieces[key], principal, keyed, words) for key in ids if key in rows]


_ORDER = tuple(PieceKind)


def _hit(
    row: TicketRow,
    pieces: Sequence[Piece],
    principal: Principal,
    keyed: _Keyed,
    words: Sequence[Word],
) -> Hit:
    kinds = set(keyed.kinds.get(row.id, ()))
    found: list[Piece] = []
    for piece in pieces:
        if piece.is_inner and not principal.sees_every_ticket:
            continue
        folded = fold(piece.text)
        if any(word.text in folded for word in words):
            found.append(piece)
            kinds.add(piece.kind)
    return Hit(row, found, sorted(kinds, key=_ORDER.index))
