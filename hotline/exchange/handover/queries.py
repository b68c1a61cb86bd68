"""Reading hand-over files, and the tickets that wait for one."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.exchange.handover.errors import HandOverFileNotFound
from hotline.exchange.handover.models import HandOverFile, HandOverLine, HandOverStep
from hotline.exchange.handover.reading import SentAway, sent_away
from hotline.exchange.handover.rules import LineState
from hotline.kernel.masking import mask_text
from hotline.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_place, page_of
from hotline.people.models import User
from hotline.people.principal import Principal
from hotline.tickets.access import readable
from hotline.tickets.models import SENT_AWAY_SQL, Ticket

CANDIDATES = 100


@dataclass(frozen=True, slots=True)
class HandOverRow:
    """A file and who made it."""

    file: HandOverFile
    made_by: str
    username: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """One ticket of a file."""

    line: HandOverLine
    ticket_number: str
    title: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step and who took it."""

    step: HandOverStep
    by: str


@dataclass(frozen=True, slots=True)
class HandOverDetail:
    """A file with its tickets and its steps."""

    row: HandOverRow
    lines: Sequence[LineRow]
    steps: Sequence[StepRow]


_ROWS = (
    select(HandOverFile, User.display_name, User.username)
    .join(User, col(User.id) == col(HandOverFile.made_by))
    .options(defer(HandOverFile.body, raiseload=True))  # type: ignore[arg-type]  # a column; it may be large
)


async def list_hand_over_files(
    session: AsyncSession, *, cursor: str | None = None, limit: int = DEFAULT_LIMIT
) -> Page[HandOverRow]:
    """Return hand-over files, the newest first, in one statement.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    key = (col(HandOverFile.made_at), col(HandOverFile.id))
    wanted = _ROWS.order_by(*(part.desc() for part in key)).limit(limit + 1)
    if cursor:
        place = sa.tuple_(*(sa.literal(part) for part in decode_place(cursor)))
        wanted = wanted.where(sa.tuple_(*key) < place)
    rows = [HandOverRow(*row) for row in await session.exec(wanted)]
    return page_of(rows, limit, lambda row: (row.file.made_at, row.file.id))


async def find_hand_over(session: AsyncSession, number: str) -> HandOverDetail:
    """Return a file with all that is known of it.

    Raises:
        HandOverFileNotFound: there is no such file.
    """
    found = (await session.exec(_ROWS.where(HandOverFile.number == number.strip().upper()))).first()
    if found is None:
        raise HandOverFileNotFound(number=mask_text(number[:20]))
    row = HandOverRow(*found)
    lines = await session.exec(
        select(HandOverLine, Ticket.number, Ticket.title)
        .join(Ticket, col(Ticket.id) == col(HandOverLine.ticket_id))
        .where(HandOverLine.file_id == row.file.id)
        .order_by(col(HandOverLine.position))
    )
    steps = await session.exec(
        select(HandOverStep, User.display_name)
        .join(User, col(User.id) == col(HandOverStep.by_id))
        .where(HandOverStep.file_id == row.file.id)
        .order_by(col(HandOverStep.id))
    )
    return HandOverDetail(row, [LineRow(*one) for one in lines], [StepRow(*one) for one in steps])


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ticket that was sent away and stands in no file."""

    ticket: Ticket
    away: SentAway | None


async def list_candidates(
    session: AsyncSession, reader: Principal, *, limit: int = CANDIDATES
) -> Sequence[Candidate]:
    """Return tickets that went elsewhere and that no file holds, the latest first."""
    standing = (
        sa.exists()
        .where(
            col(HandOverLine.ticket_id) == col(Ticket.id),
            col(HandOverLine.state) != LineState.REFUSED,
        )
        .correlate(Ticket)
    )
    tickets = (
        await session.exec(
            select(Ticket)
            .where(
                sa.text(f"tickets.{SENT_AWAY_SQL}"),
                readable(reader),
                ~standing,
            )
            .order_by(col(Ticket.closed_at).desc(), col(Ticket.id).desc())
            .limit(limit)
        )
    ).all()
    away: Mapping[uuid.UUID, SentAway] = await sent_away(session, [one.id for one in tickets])
    return [Candidate(one, away.get(one.id)) for one in tickets]
